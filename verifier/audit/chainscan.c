/* Listing what the keys of a log have done: see chainscan.h. */
#include "verifier/audit/chainscan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/ethreceipt.h"
#include "common/ethtx.h"
#include "common/registry.h"
#include "verifier/audit/chaincall.h"
#include "verifier/chain.h"

#define DAY 86400
#define MAX_CALLS 100000 /* eth_getLogs of one query */

/* One call of chainscan_keys(). */
struct scan {
    struct chainscan *s;
    struct ledger *l;
    struct chaincall call;
    struct err *e;
};

enum err_code chainscan_open(struct chainscan *ret, struct endpoints *endpoints, struct progress *progress,
                             struct err *e)
{
    *ret = (struct chainscan){.endpoints = endpoints, .progress = progress};
    ret->cache = calloc(CHAINSCAN_CACHE, sizeof *ret->cache);
    return ret->cache != NULL ? ERR_OK : err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
}

void chainscan_close(struct chainscan *s)
{
    free(s->cache);
    s->cache = NULL;
}

static struct scan begin(struct chainscan *s, struct ledger *l, struct err *e)
{
    return (struct scan){s, l, {s->endpoints, l->genesis.chain_id}, e};
}

static void note(struct scan *x, struct finding where, const char *detail)
{
    findings_add(&x->l->seen, where, "%s: %s", x->s->log_host, detail);
}

/* ------------------------------------------------------------------ blocks */

static void remember(struct chainscan *s, const struct ethheader *header)
{
    s->cache[header->number % CHAINSCAN_CACHE] = (struct ledger_block){
        .asked = true, .found = true, .number = header->number, .time = header->time, .hash = header->hash};
}

/* A final block by its height. */
static enum err_code ask_block(struct scan *x, uint64_t number, struct ledger_block *ret)
{
    const struct ledger_block *known = &x->s->cache[number % CHAINSCAN_CACHE];
    struct ethheader header;
    if (known->asked && known->number == number) {
        *ret = *known;
        return ERR_OK;
    }
    enum err_code rc = chaincall_header(&x->call, number, &header, x->e);
    if (rc != ERR_OK)
        return rc;
    remember(x->s, &header);
    *ret = x->s->cache[number % CHAINSCAN_CACHE];
    return ERR_OK;
}

static enum err_code ask_final_number(const struct endpoints_talk *t, void *arg)
{
    return chain_final(t, arg);
}

enum err_code chainscan_final(struct chainscan *s, struct ledger *l, struct err *e)
{
    struct scan x = begin(s, l, e);
    struct ledger_block block;
    uint64_t number = 0;
    enum err_code rc = endpoints_round(s->endpoints, l->genesis.chain_id, ask_final_number, &number, e);
    if (rc == ERR_OK)
        rc = ask_block(&x, number, &block);
    if (rc == ERR_OK)
        l->final = block;
    return rc;
}

/* The first block that is not older than the log, less a day because clocks differ. */
static enum err_code find_first(struct scan *x)
{
    uint64_t created_at = x->l->genesis.created_at, since = created_at > DAY ? created_at - DAY : 0;
    uint64_t low = 0, high = x->l->final.number;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        struct ledger_block block;
        enum err_code rc = ask_block(x, middle, &block);
        if (rc != ERR_OK)
            return rc;
        if (block.time < since)
            low = middle + 1;
        else
            high = middle;
    }
    x->s->first = low;
    x->s->has_first = true;
    return ERR_OK;
}

enum err_code chainscan_recent(struct chainscan *s, struct ledger *l, size_t i, struct err *e)
{
    struct scan x = begin(s, l, e);
    struct ledger_batch *batch = &l->batches[i];
    const struct seal_header *header = &batch->header;
    if (batch->recent.asked || !batch->header_ok || header->chain_id != l->genesis.chain_id ||
        hash32_is_zero(&header->block_hash) || header->block > l->final.number)
        return ERR_OK;
    return ask_block(&x, header->block, &batch->recent);
}

/* ------------------------------------------------------------------ one transaction */

static bool is_key(const struct ledger *l, const struct seal_address *address)
{
    for (size_t i = 0; i < l->n_keys; i++)
        if (keychain_same(&l->keys[i].key, address))
            return true;
    return false;
}

static bool is_call(const struct ethtx *tx, void (*put)(uint8_t *, const struct seal_address *),
                    struct seal_address *ret)
{
    uint8_t call[REGISTRY_CALL_LEN];
    if (tx->data.len != sizeof call)
        return false;
    memcpy(ret->b, tx->data.data + sizeof call - sizeof ret->b, sizeof ret->b);
    put(call, ret);
    return memcmp(call, tx->data.data, sizeof call) == 0;
}

static bool is_revoke(const struct ethtx *tx, struct hash32 *ret)
{
    uint8_t call[REGISTRY_CALL_LEN];
    if (tx->data.len != sizeof call)
        return false;
    memcpy(ret->b, tx->data.data + sizeof call - sizeof ret->b, sizeof ret->b);
    registry_put_revoke(call, ret);
    return memcmp(call, tx->data.data, sizeof call) == 0;
}

static enum ledger_kind kind_of(const struct ledger *l, const struct ethtx *tx, struct ledger_tx *ret)
{
    static const uint8_t NOTHING[sizeof tx->value];
    bool to_registry = ledger_has_registry(l) && keychain_same(&tx->to, &l->genesis.registry);
    if (!tx->has_chain_id || tx->chain_id != l->genesis.chain_id || !tx->has_to ||
        memcmp(tx->value, NOTHING, sizeof NOTHING) != 0)
        return LEDGER_OTHER;
    if (tx->data.len == sizeof ret->value.b) {
        memcpy(ret->value.b, tx->data.data, sizeof ret->value.b);
        return to_registry || keychain_same(&tx->to, &ret->sender) ? LEDGER_ANCHOR : LEDGER_ELSEWHERE;
    }
    if (to_registry && is_call(tx, registry_put_authorize, &ret->key))
        return LEDGER_KEY_ADD;
    if (to_registry && is_call(tx, registry_put_deauthorize, &ret->key))
        return LEDGER_KEY_REMOVE;
    if (to_registry && is_revoke(tx, &ret->value))
        return LEDGER_REVOKE;
    return LEDGER_OTHER;
}

/* True if this is the event that the transaction must have left in the registry of the log. */
static bool is_event_of(const struct ledger *l, const struct ledger_tx *tx, const struct ethreceipt_log *log)
{
    static const enum registry_what WHAT[] = {[LEDGER_ANCHOR] = REGISTRY_ANCHORED,
                                              [LEDGER_KEY_ADD] = REGISTRY_KEY_ADDED,
                                              [LEDGER_KEY_REMOVE] = REGISTRY_KEY_REMOVED,
                                              [LEDGER_REVOKE] = REGISTRY_REVOKED};
    struct registry_event event;
    if (tx->kind == LEDGER_ELSEWHERE || tx->kind == LEDGER_OTHER || !registry_read(&event, log, &l->genesis.registry) ||
        event.what != WHAT[tx->kind] || !keychain_same(&event.issuer, &tx->sender))
        return false;
    return tx->kind == LEDGER_KEY_ADD || tx->kind == LEDGER_KEY_REMOVE ? keychain_same(&event.key, &tx->key)
                                                                       : hash32_equal(&event.value, &tx->value);
}

/* The bloom filter of a header is bound by its hash: without these bits there is no such event. */
static bool bloom_allows(const struct ledger *l, const struct ethheader *header, const struct seal_address *key)
{
    struct hash32 word = registry_word(key);
    return ethreceipt_bloom_has(header->bloom, l->genesis.registry.b, sizeof l->genesis.registry.b) &&
           ethreceipt_bloom_has(header->bloom, word.b, sizeof word.b);
}

/* Whether it succeeded and left its event, by its receipt. */
static enum err_code ask_outcome(struct scan *x, const struct ethheader *header, struct ledger_tx *tx)
{
    struct ethrpc_receipt receipt = {0};
    enum err_code rc = chaincall_receipt(&x->call, &tx->hash, &receipt, x->e);
    if (rc == ERR_NOT_FOUND)
        return err_set(x->e, ERR_RPC, "an endpoint knows a transaction but not its receipt");
    if (rc != ERR_OK)
        return rc;
    bool to_itself = keychain_same(&tx->to, &tx->sender), found = false;
    for (size_t i = 0; i < receipt.logs.n && !found && !to_itself; i++) {
        found = is_event_of(x->l, tx, &receipt.logs.item[i].log);
        tx->place.log_index = found ? receipt.logs.item[i].log_index : 0;
    }
    tx->counts = receipt.has_status && receipt.ok &&
                 (to_itself || (found && bloom_allows(x->l, header, &tx->sender)));
    ethrpc_logs_done(&receipt.logs);
    return ERR_OK;
}

static void note_tx(struct scan *x, enum finding_code code, const struct ledger_tx *tx, const char *detail)
{
    note(x, (struct finding){.code = code, .block = tx->place.block, .tx = tx->hash, .key = tx->sender}, detail);
}

/* In: told  the event by which we know of it; NULL: found without one. */
static enum err_code judge_outcome(struct scan *x, const struct ethheader *header, struct ledger_tx *tx,
                                   const struct ethrpc_log *told)
{
    if (tx->kind == LEDGER_ELSEWHERE || tx->kind == LEDGER_OTHER)
        return ERR_OK;
    bool to_itself = keychain_same(&tx->to, &tx->sender);
    if (told != NULL) {
        bool fits = !to_itself && told->block_number == tx->place.block &&
                    hash32_equal(&told->block_hash, &tx->block_hash) && told->tx_index == tx->place.tx_index &&
                    is_event_of(x->l, tx, &told->log) && bloom_allows(x->l, header, &tx->sender);
        if (fits) {
            tx->place.log_index = told->log_index;
            tx->counts = true;
            return ERR_OK;
        }
        note_tx(x, FINDING_LOG_FALSE, tx, "its event is not that of the transaction");
    }
    enum err_code rc = ask_outcome(x, header, tx);
    if (rc == ERR_OK && told == NULL && tx->counts && !to_itself)
        note_tx(x, FINDING_LOG_HIDDEN, tx, "eth_getLogs left it out");
    return rc;
}

static enum err_code keep_tx(struct scan *x, struct ledger_tx *tx)
{
    enum err_code rc = ledger_add_tx(x->l, tx, x->e);
    if (rc == ERR_OK && x->s->on_tx != NULL)
        x->s->on_tx(x->s->arg, tx);
    if (rc == ERR_OK && tx->kind == LEDGER_KEY_ADD && tx->counts)
        rc = ledger_add_key(x->l, &tx->key, x->e);
    return rc;
}

/* Take a transaction by its own bytes, if a key of the log has signed it. */
static enum err_code take(struct scan *x, struct slice raw, const struct ethraw_place *place,
                          const struct ethrpc_log *told)
{
    struct ethtx decoded;
    struct ethheader header;
    struct ledger_tx tx = {.place = {.block = place->block_number, .tx_index = place->tx_index},
                           .block_hash = place->block_hash};
    if (ethtx_decode(&decoded, raw.data, raw.len, NULL) != ERR_OK ||
        ethtx_sender(&decoded, &tx.sender, NULL) != ERR_OK || !is_key(x->l, &tx.sender))
        return ERR_OK;
    enum err_code rc = chaincall_header(&x->call, place->block_number, &header, x->e);
    if (rc != ERR_OK)
        return rc;
    if (!hash32_equal(&header.hash, &place->block_hash))
        return err_set(x->e, ERR_RPC, "an endpoint names block %" PRIu64 " by two hashes", header.number);
    remember(x->s, &header);
    tx.time = header.time;
    tx.hash = decoded.hash;
    tx.to = decoded.to;
    tx.nonce = decoded.nonce;
    tx.kind = kind_of(x->l, &decoded, &tx);
    rc = judge_outcome(x, &header, &tx, told);
    return rc == ERR_OK ? keep_tx(x, &tx) : rc;
}

static enum err_code fetch_tx(struct scan *x, const struct hash32 *hash, const struct ethrpc_log *told)
{
    struct blobs raw = {0};
    struct ethraw_place place;
    if (ledger_find_tx(x->l, hash) != NULL)
        return ERR_OK;
    enum err_code rc = chaincall_transaction(&x->call, hash, &raw, &place, x->e);
    if (rc == ERR_NOT_FOUND || (rc == ERR_OK && !place.mined)) {
        if (told != NULL)
            note(x, (struct finding){.code = FINDING_LOG_FALSE, .block = told->block_number, .tx = *hash},
                 "there is no such transaction");
        rc = ERR_OK;
    } else if (rc == ERR_OK && place.block_number <= x->l->final.number) {
        rc = take(x, blobs_get(&raw, 0), &place, told);
    }
    blobs_done(&raw);
    return rc;
}

/* ------------------------------------------------------------------ events, span by span */

static enum err_code read_logs(struct scan *x, const struct ethrpc_logs *logs)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < logs->n && rc == ERR_OK; i++) {
        struct registry_event event;
        const struct ethrpc_log *log = &logs->item[i];
        if (!log->removed && registry_read(&event, &log->log, &x->l->genesis.registry))
            rc = fetch_tx(x, &log->tx_hash, log);
    }
    return rc;
}

/* Takes as many blocks at once as the endpoint likes: half of them after a refusal, never fewer than one. */
static enum err_code list_events(struct scan *x, struct ethrpc_request *request, uint64_t from)
{
    uint64_t last = x->l->final.number;
    unsigned calls = 0;
    while (from <= last) {
        uint64_t rest = last - from + 1, n = x->s->span > 0 && x->s->span < rest ? x->s->span : rest;
        struct ethrpc_logs logs = {0};
        bool refused;
        request->block = from;
        request->last_block = from + n - 1;
        progress_step(x->s->progress, "events: block", from, last);
        enum err_code rc = chaincall_logs(&x->call, request, &logs, &refused, x->s->log_host, x->e);
        if (refused && n > 1 && ++calls < MAX_CALLS) {
            x->s->span = n / 2;
            continue;
        }
        if (rc == ERR_OK)
            rc = read_logs(x, &logs);
        ethrpc_logs_done(&logs);
        if (rc != ERR_OK)
            return rc;
        from += n;
    }
    return ERR_OK;
}

static enum err_code list_key(struct scan *x, size_t key, uint64_t from)
{
    struct hash32 word = registry_word(&x->l->keys[key].key);
    enum err_code rc = ERR_OK;
    for (int what = 0; what < REGISTRY_N_EVENTS && rc == ERR_OK; what++) {
        bool is_second = what == REGISTRY_ANCHORED || what == REGISTRY_REVOKED; /* the issuer's place */
        struct ethrpc_request request = {.address = x->l->genesis.registry,
                                         .n_topics = is_second ? 3 : 2,
                                         .any_topic = {false, is_second},
                                         .topics = {registry_topic((enum registry_what)what), word, word}};
        rc = list_events(x, &request, from);
    }
    return rc;
}

/* ------------------------------------------------------------------ nonces */

static enum err_code search_block(struct scan *x, uint64_t number)
{
    struct ethheader header;
    struct blobs transactions = {0};
    enum err_code rc = chaincall_block(&x->call, number, &header, &transactions, x->e);
    for (size_t i = 0; i < transactions.n && rc == ERR_OK; i++) {
        struct slice raw = blobs_get(&transactions, i);
        struct ethraw_place place = {true, number, header.hash, i};
        struct ethtx tx;
        if (ethtx_decode(&tx, raw.data, raw.len, NULL) == ERR_OK && ledger_find_tx(x->l, &tx.hash) == NULL)
            rc = take(x, raw, &place, NULL);
    }
    blobs_done(&transactions);
    return rc;
}

static enum err_code search_blocks(struct scan *x, uint64_t after, uint64_t to)
{
    enum err_code rc = ERR_OK;
    for (uint64_t b = after + 1; b <= to && rc == ERR_OK; b++)
        rc = search_block(x, b);
    return rc;
}

/* Nonces a … b - 1 of a key are in the blocks after `after` up to `to`. In: after  UINT64_MAX: before block 0 */
static enum err_code search_nonces(struct scan *x, const struct seal_address *key, uint64_t after, uint64_t to,
                                   uint64_t a, uint64_t b)
{
    uint64_t n = to - after, count;
    if (n <= 1)
        return search_block(x, to);
    uint64_t middle = after + n / 2;
    enum err_code rc = chaincall_count(&x->call, key, middle, &count, x->e);
    if (rc == ERR_RPC && n <= CHAINSCAN_BLOCKS) /* a node without old state: block by block */
        return search_blocks(x, after, to);
    if (rc != ERR_OK)
        return rc;
    if (count > a)
        rc = search_nonces(x, key, after, middle, a, count < b ? count : b);
    return rc == ERR_OK && count < b ? search_nonces(x, key, middle, to, count > a ? count : a, b) : rc;
}

struct used {
    uint64_t nonce, block;
};

static int by_nonce(const void *a, const void *b)
{
    const struct used *x = a, *y = b;
    return (x->nonce > y->nonce) - (x->nonce < y->nonce);
}

/* The nonces of a key that are known, in order. */
static enum err_code list_used(const struct scan *x, const struct seal_address *key, struct used **ret, size_t *ret_n)
{
    struct used *used = malloc((x->l->n_txs + 1) * sizeof *used);
    size_t n = 0;
    if (used == NULL)
        return err_set(x->e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    for (size_t i = 0; i < x->l->n_txs; i++)
        if (keychain_same(&x->l->txs[i].sender, key))
            used[n++] = (struct used){x->l->txs[i].nonce, x->l->txs[i].place.block};
    if (n > 1)
        qsort(used, n, sizeof *used, by_nonce);
    *ret = used;
    *ret_n = n;
    return ERR_OK;
}

/* Search, or after the search: complain about, every hole among the nonces first … end - 1. */
static enum err_code each_hole(struct scan *x, const struct seal_address *key, uint64_t first, uint64_t end,
                               uint64_t after, bool search)
{
    struct used *used = NULL;
    size_t n = 0;
    enum err_code rc = list_used(x, key, &used, &n);
    for (size_t i = 0; rc == ERR_OK && i <= n && first < end; i++) {
        uint64_t next = i < n && used[i].nonce < end ? used[i].nonce : end;
        uint64_t to = i < n ? used[i].block : x->l->final.number;
        if (next > first && search)
            rc = search_nonces(x, key, after, to, first, next);
        else if (next > first)
            findings_add(&x->l->seen, (struct finding){.code = FINDING_TRANSACTION_MISSING, .key = *key},
                         "nonces %" PRIu64 " to %" PRIu64, first, next - 1);
        if (i < n && used[i].nonce >= first) {
            first = used[i].nonce + 1;
            after = used[i].block - 1; /* one block may hold several */
        }
    }
    free(used);
    return rc;
}

/* The count of each endpoint at the final block: the highest is right, since a nonce cannot be made up. */
static enum err_code ask_counts(struct scan *x, size_t key, uint64_t counts[ENDPOINTS_MAX], uint64_t *ret_most)
{
    struct endpoints *all = x->s->endpoints;
    enum err_code worst = ERR_OK;
    bool any = false;
    *ret_most = 0;
    for (size_t i = 0; i < all->n; i++) {
        struct endpoints one;
        endpoints_open(&one, &all->transport, &all->items[i].url, 1);
        struct chaincall call = {&one, x->l->genesis.chain_id};
        enum err_code rc = chaincall_count(&call, &x->l->keys[key].key, x->l->final.number, &counts[i], x->e);
        endpoints_close(&one);
        if (rc != ERR_OK) {
            counts[i] = UINT64_MAX;
            worst = rc;
            continue;
        }
        any = true;
        *ret_most = counts[i] > *ret_most ? counts[i] : *ret_most;
    }
    return any ? ERR_OK : worst;
}

static uint64_t nonces_seen(const struct ledger *l, const struct seal_address *key)
{
    uint64_t end = 0;
    for (size_t i = 0; i < l->n_txs; i++)
        if (keychain_same(&l->txs[i].sender, key) && l->txs[i].nonce >= end)
            end = l->txs[i].nonce + 1;
    return end;
}

static void check_counts(struct scan *x, size_t key, const uint64_t counts[ENDPOINTS_MAX])
{
    struct ledger_key *k = &x->l->keys[key];
    uint64_t seen = nonces_seen(x->l, &k->key);
    if (seen > k->n_transactions)
        k->n_transactions = seen;
    for (size_t i = 0; i < x->s->endpoints->n; i++) {
        char host[160];
        if (counts[i] >= k->n_transactions)
            continue;
        fetch_host(host, sizeof host, x->s->endpoints->items[i].url);
        findings_add(&x->l->seen, (struct finding){.code = FINDING_NONCE_FALSE, .key = k->key},
                     "%s: %" PRIu64 " of %" PRIu64, host, counts[i], k->n_transactions);
    }
}

/* How many the key had made before the blocks that matter. */
static enum err_code count_before(struct scan *x, size_t key, uint64_t from, uint64_t *ret)
{
    *ret = 0;
    return from == 0 ? ERR_OK : chaincall_count(&x->call, &x->l->keys[key].key, from - 1, ret, x->e);
}

static enum err_code complete_nonces(struct scan *x, size_t key, uint64_t from, uint64_t counts[ENDPOINTS_MAX])
{
    uint64_t first, most;
    const struct seal_address address = x->l->keys[key].key;
    enum err_code rc = count_before(x, key, from, &first);
    if (rc == ERR_OK)
        rc = ask_counts(x, key, counts, &most);
    if (rc == ERR_OK) {
        x->l->keys[key].n_transactions = most;
        rc = each_hole(x, &address, first, most, from - 1, true);
    }
    return rc == ERR_OK ? each_hole(x, &address, first, most, from - 1, false) : rc;
}

/* ------------------------------------------------------------------ the newest blocks */

/* Look for events of a key in a block whose bloom filter allows one. */
static enum err_code search_receipts(struct scan *x, const struct ethheader *header)
{
    struct blobs receipts = {0};
    enum err_code rc = chaincall_receipts(&x->call, header, &receipts, x->e);
    if (rc == ERR_UNSUPPORTED)
        return search_block(x, header->number);
    for (size_t i = 0; i < receipts.n && rc == ERR_OK; i++) {
        struct slice raw = blobs_get(&receipts, i);
        struct ethreceipt receipt = {0};
        struct registry_event event;
        struct hash32 hash;
        bool ours = false;
        if (ethreceipt_decode(&receipt, raw.data, raw.len, NULL) != ERR_OK)
            continue;
        for (size_t j = 0; j < receipt.n_logs && !ours; j++)
            ours = registry_read(&event, &receipt.logs[j], &x->l->genesis.registry) && is_key(x->l, &event.issuer);
        ethreceipt_done(&receipt);
        if (ours)
            rc = chaincall_hash_at(&x->call, header->number, i, &hash, x->e);
        if (rc == ERR_OK && ours)
            rc = fetch_tx(x, &hash, NULL);
    }
    blobs_done(&receipts);
    return rc;
}

static enum err_code search_tail_block(struct scan *x, uint64_t number, const uint64_t from[LEDGER_MAX_KEYS], size_t n)
{
    struct ethheader header;
    if (!ledger_has_registry(x->l))
        return search_block(x, number);
    enum err_code rc = chaincall_header(&x->call, number, &header, x->e);
    bool may_hold = false;
    for (size_t i = 0; i < n && rc == ERR_OK && !may_hold; i++)
        may_hold = from[i] <= number && bloom_allows(x->l, &header, &x->l->keys[i].key);
    return rc == ERR_OK && may_hold ? search_receipts(x, &header) : rc;
}

/* From which block on nothing more is known of a key. */
static uint64_t tail_of(const struct ledger *l, const struct seal_address *key, uint64_t from)
{
    for (size_t i = 0; i < l->n_txs; i++)
        if ((keychain_same(&l->txs[i].sender, key) ||
             (l->txs[i].kind == LEDGER_KEY_ADD && keychain_same(&l->txs[i].key, key))) &&
            l->txs[i].place.block > from)
            from = l->txs[i].place.block;
    return from;
}

static enum err_code search_tail(struct scan *x, const uint64_t from[LEDGER_MAX_KEYS], size_t n)
{
    uint64_t tails[LEDGER_MAX_KEYS], first = UINT64_MAX, last = x->l->final.number;
    uint64_t most = ledger_has_registry(x->l) ? CHAINSCAN_HEADERS : CHAINSCAN_BLOCKS;
    for (size_t i = 0; i < n; i++) {
        tails[i] = tail_of(x->l, &x->l->keys[i].key, from[i]);
        first = tails[i] < first ? tails[i] : first;
    }
    if (first <= last && last - first >= most) {
        findings_add(&x->l->seen, (struct finding){.code = FINDING_TAIL_UNSCANNED},
                     "blocks %" PRIu64 " to %" PRIu64, first, last - most);
        first = last - most + 1;
    }
    enum err_code rc = ERR_OK;
    for (uint64_t b = first; b <= last && rc == ERR_OK; b++) {
        progress_step(x->s->progress, "newest blocks", b - first, last - first);
        rc = search_tail_block(x, b, tails, n);
    }
    return rc;
}

/* ------------------------------------------------------------------ all keys */

static enum err_code list_all(struct scan *x, const uint64_t from[LEDGER_MAX_KEYS], size_t *n)
{
    enum err_code rc = ERR_OK;
    for (; *n < x->l->n_keys && rc == ERR_OK; (*n)++) /* keys turn up on the way */
        if (ledger_has_registry(x->l))
            rc = list_key(x, *n, from[*n]);
    return rc;
}

/* What the node names is a hint: a transaction's own bytes say who signed it. */
static enum err_code follow_claims(struct scan *x)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < x->l->n_batches && rc == ERR_OK; i++) {
        const struct ledger_claim *claim = &x->l->batches[i].claim;
        if (claim->made && claim->chain_id == x->l->genesis.chain_id && claim->block <= x->l->final.number)
            rc = fetch_tx(x, &claim->tx, NULL);
        progress_step(x->s->progress, "named transactions", i, x->l->n_batches);
    }
    return rc;
}

static enum err_code scan_keys(struct scan *x)
{
    uint64_t from[LEDGER_MAX_KEYS], counts[LEDGER_MAX_KEYS][ENDPOINTS_MAX];
    size_t listed = 0, counted = 0;
    for (size_t i = 0; i < LEDGER_MAX_KEYS; i++)
        from[i] = x->s->scanned[i] > 0 ? x->s->scanned[i] + 1 : x->s->first;
    enum err_code rc = list_all(x, from, &listed);
    if (rc == ERR_OK)
        rc = follow_claims(x);
    do {
        if (rc == ERR_OK)
            rc = list_all(x, from, &listed);
        for (; counted < listed && rc == ERR_OK; counted++)
            rc = complete_nonces(x, counted, from[counted], counts[counted]);
        if (rc == ERR_OK && x->l->n_keys == listed)
            rc = search_tail(x, from, listed);
    } while (rc == ERR_OK && x->l->n_keys > listed);
    for (size_t i = 0; i < counted && rc == ERR_OK; i++) {
        check_counts(x, i, counts[i]);
        x->s->scanned[i] = x->l->final.number;
    }
    return rc;
}

enum err_code chainscan_keys(struct chainscan *s, struct ledger *l, struct err *e)
{
    struct scan x = begin(s, l, e);
    enum err_code rc = ledger_add_key(l, &l->genesis.issuer, e);
    if (rc == ERR_OK && !s->has_first)
        rc = find_first(&x);
    return rc == ERR_OK ? scan_keys(&x) : rc;
}
