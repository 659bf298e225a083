/* Every own anchor that is on the chain: see ownlist.h. */
#include "daemon/ownlist.h"

#include <stdlib.h>
#include <string.h>

#include "common/registry.h"
#include "common/sha256.h"

#define FIRST_STEP 2000      /* blocks: what every provider allows */
#define MAX_STEP (1u << 20)

static void finish(struct ownlist *l, bool ok, bool cancelled)
{
    chain_ask_done(&l->ask);
    l->ok = ok;
    l->cancelled = cancelled;
    l->done(l);
}

static bool add(struct ownlist *l, const struct hash32 *value)
{
    if (l->n == l->room) {
        size_t room = l->room > 0 ? 2 * l->room : 64;
        struct gap_value *grown = reallocarray(l->values, room, sizeof *grown);
        if (grown == NULL)
            return false;
        l->values = grown;
        l->room = room;
    }
    l->values[l->n++] = (struct gap_value){.value = *value};
    return true;
}

/* ------------------------------------------------------------------ by events */

static void ask_logs(struct ownlist *l);

/* What an endpoint's list says, in one hash; false if it gave none. */
static bool digest(const struct ethrpc_reply *reply, struct hash32 *ret)
{
    struct ethrpc_logs logs = {0};
    struct sha256_stream s;
    if (ethrpc_get_logs(reply, &logs, NULL) != ERR_OK)
        return false;
    sha256_init(&s);
    for (size_t i = 0; i < logs.n; i++) {
        sha256_update(&s, logs.item[i].block_hash.b, 32);
        sha256_update(&s, logs.item[i].tx_hash.b, 32);
        sha256_update(&s, logs.item[i].log.topics, sizeof logs.item[i].log.topics);
    }
    ethrpc_logs_done(&logs);
    *ret = sha256_final(&s);
    return true;
}

/* The list that the quorum gives. Returns: NULL if there is none. */
static const struct ethrpc_reply *agreed(const struct chain_ask *a)
{
    struct hash32 digests[RPC_MAX_ENDPOINTS];
    size_t from[RPC_MAX_ENDPOINTS], n = 0;
    for (size_t i = 0; i < a->n; i++)
        if (digest(&a->replies[i], &digests[n]))
            from[n++] = i;
    for (size_t i = 0; i < n; i++) {
        uint64_t same = 0;
        for (size_t j = 0; j < n; j++)
            same += hash32_equal(&digests[i], &digests[j]);
        if (same >= a->chain->quorum)
            return &a->replies[from[i]];
    }
    return NULL;
}

static bool take_logs(struct ownlist *l, const struct ethrpc_reply *reply)
{
    struct ethrpc_logs logs = {0};
    bool ok = ethrpc_get_logs(reply, &logs, NULL) == ERR_OK;
    for (size_t i = 0; ok && i < logs.n; i++) {
        struct registry_event event;
        if (!logs.item[i].removed && registry_read(&event, &logs.item[i].log, &l->to) &&
            event.what == REGISTRY_ANCHORED && memcmp(&event.issuer, &l->sender, sizeof l->sender) == 0)
            ok = add(l, &event.value);
    }
    ethrpc_logs_done(&logs);
    return ok;
}

static bool is_too_long(const struct chain_ask *a)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->replies[i].refused && a->replies[i].fault.class == ETHFAULT_TOO_MUCH)
            return true;
    return false;
}

static void on_logs(struct chain_ask *a)
{
    struct ownlist *l = a->user;
    const struct ethrpc_reply *reply = a->cancelled ? NULL : agreed(a);
    if (reply != NULL && take_logs(l, reply)) {
        l->from += l->step;
        if (2 * l->step < l->too_long)
            l->step *= 2;
        ask_logs(l);
    } else if (!a->cancelled && is_too_long(a) && l->step > 1) {
        l->too_long = l->step;
        l->step /= 2;
        ask_logs(l);
    } else {
        finish(l, false, a->cancelled);
    }
}

static void ask_logs(struct ownlist *l)
{
    struct ethrpc_request request = {.method = ETHRPC_LOGS, .address = l->to, .block = l->from, .n_topics = 3};
    request.topics[0] = registry_topic(REGISTRY_ANCHORED);
    request.any_topic[1] = true;
    request.topics[2] = registry_word(&l->sender);
    if (l->from > l->last_block) {
        finish(l, true, false);
        return;
    }
    request.last_block = l->last_block - l->from < l->step ? l->last_block : l->from + l->step - 1;
    l->ask.user = l;
    chain_ask(l->chain, &l->ask, &request, on_logs);
}

/* ------------------------------------------------------------------ by nonces */

static void locate_next(struct ownlist *l);

static void on_located(struct locate *at)
{
    struct ownlist *l = at->user;
    if (!at->found || (at->is_anchor && !add(l, &at->value))) {
        finish(l, false, at->cancelled);
        return;
    }
    at->nonce++;
    at->from = at->first; /* the next one is not below */
    locate_next(l);
}

static void locate_next(struct ownlist *l)
{
    if (l->locate.nonce == l->n_nonces) {
        finish(l, true, false);
        return;
    }
    l->locate.last = l->last_block;
    locate_start(&l->locate);
}

/* A list of nothing is answered by a question too: done never comes from inside ownlist_start. */
static void on_nothing(struct chain_ask *a)
{
    finish(a->user, !a->cancelled, a->cancelled);
}

void ownlist_start(struct ownlist *l)
{
    l->n = 0;
    l->from = 0;
    l->step = FIRST_STEP;
    l->too_long = MAX_STEP;
    l->ask.user = l;
    if (l->registry) {
        ask_logs(l);
    } else if (l->n_nonces == 0) {
        chain_ask(l->chain, &l->ask, &(struct ethrpc_request){.method = ETHRPC_CHAIN_ID}, on_nothing);
    } else {
        l->locate.chain = l->chain;
        l->locate.sender = l->sender;
        l->locate.to = l->to;
        l->locate.nonce = 0;
        l->locate.from = 0;
        l->locate.user = l;
        l->locate.done = on_located;
        locate_next(l);
    }
}

void ownlist_done(struct ownlist *l)
{
    free(l->values);
    l->values = NULL;
    l->n = l->room = 0;
}
