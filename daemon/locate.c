/* Which transaction used a nonce: see locate.h. */
#include "daemon/locate.h"

#include <string.h>

#include "common/ethraw.h"
#include "common/registry.h"

static void finish(struct locate *l)
{
    l->cancelled = l->ask.cancelled;
    chain_ask_done(&l->ask);
    l->done(l);
}

static bool is_key_call(struct slice data)
{
    static const struct seal_address ANY;
    uint8_t adds[REGISTRY_CALL_LEN], removes[REGISTRY_CALL_LEN];
    registry_put_authorize(adds, &ANY);
    registry_put_deauthorize(removes, &ANY);
    return data.len == REGISTRY_CALL_LEN && (memcmp(data.data, adds, 4) == 0 || memcmp(data.data, removes, 4) == 0);
}

static void read_transaction(struct locate *l, const struct ethtx *tx)
{
    static const uint8_t NOTHING[32];
    bool is_there = tx->has_to && memcmp(&tx->to, &l->to, sizeof l->to) == 0 && memcmp(tx->value, NOTHING, sizeof NOTHING) == 0;
    l->found = true;
    l->hash = tx->hash;
    l->is_anchor = is_there && tx->data.len == sizeof l->value.b;
    l->is_key_call = is_there && is_key_call(tx->data);
    if (l->is_anchor)
        memcpy(l->value.b, tx->data.data, sizeof l->value.b);
}

static void search_block(struct locate *l, const struct ethrpc_reply *reply)
{
    struct blobs raw = {0};
    if (ethraw_known_transactions(reply, &raw, NULL) != ERR_OK)
        raw.n = 0;
    for (size_t i = 0; i < raw.n && !l->found; i++) {
        struct slice bytes = blobs_get(&raw, i);
        struct ethtx tx;
        struct seal_address sender;
        if (ethtx_decode(&tx, bytes.data, bytes.len, NULL) == ERR_OK && tx.nonce == l->nonce &&
            ethtx_sender(&tx, &sender, NULL) == ERR_OK && memcmp(&sender, &l->sender, sizeof sender) == 0)
            read_transaction(l, &tx);
    }
    blobs_done(&raw);
}

static void on_block(struct chain_ask *ask)
{
    struct locate *l = ask->user;
    for (size_t i = 0; i < ask->n && !l->found; i++)
        search_block(l, &ask->replies[i]);
    finish(l);
}

static void halve(struct locate *l);

static void on_count(struct chain_ask *ask)
{
    struct locate *l = ask->user;
    uint64_t count, middle = l->first + (l->last - l->first) / 2;
    if (ask->cancelled || !chain_reached(ask, &count)) {
        finish(l);
        return;
    }
    if (count > l->nonce)
        l->last = middle;
    else
        l->first = middle + 1;
    halve(l);
}

static void halve(struct locate *l)
{
    struct ethrpc_request request = {.method = ETHRPC_TRANSACTION_COUNT, .address = l->sender};
    l->ask.user = l;
    if (l->first >= l->last) {
        request = (struct ethrpc_request){.method = ETHRPC_BLOCK_BY_NUMBER, .block = l->first, .whole = true};
        chain_ask(l->chain, &l->ask, &request, on_block);
        return;
    }
    request.block = l->first + (l->last - l->first) / 2;
    chain_ask(l->chain, &l->ask, &request, on_count);
}

void locate_start(struct locate *l)
{
    l->found = false;
    l->is_anchor = l->is_key_call = false;
    l->first = l->from;
    halve(l);
}
