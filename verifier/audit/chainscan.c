/* Listing what the keys of a log have done: see chainscan.h. */
#include "verifier/audit/chainscan.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/ethreceipt.h"
#include "common/registry.h"
#include "verifier/audit/chaincall.h"
#include "verifier/audit/chaintx.h"
#include "verifier/chain.h"

#define DAY 86400
#define MAX_CALLS 100000 /* eth_getLogs of one query */

/* One call of the functions below. */
struct scan {
    struct chainscan *s;
    struct ledger *l;
    struct chaintx t;
};

enum err_code chainscan_open(struct chainscan *ret, struct endpoints *endpoints, struct progress *progress,
                             struct err *e)
{
    *ret = (struct chainscan){.endpoints = endpoints, .progress = progress};
    ret->cache = calloc(CHAINTX_CACHE, sizeof *ret->cache);
    return ret->cache != NULL ? ERR_OK : err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
}

void chainscan_close(struct chainscan *s)
{
    free(s->cache);
    s->cache = NULL;
}

static struct scan begin(struct chainscan *s, struct ledger *l, struct err *e)
{
    struct chaintx t = {.ledger = l, .call = {s->endpoints, l->genesis.chain_id}, .cache = s->cache,
                        .log_host = s->log_host, .on_tx = s->on_tx, .arg = s->arg, .e = e};
    return (struct scan){s, l, t};
}

/* ------------------------------------------------------------------ blocks */

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
        rc = chaintx_block(&x.t, number, &block);
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
        enum err_code rc = chaintx_block(&x->t, middle, &block);
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
    return chaintx_block(&x.t, header->block, &batch->recent);
}

/* ------------------------------------------------------------------ events, span by span */

static enum err_code read_logs(struct scan *x, const struct ethrpc_logs *logs)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < logs->n && rc == ERR_OK; i++) {
        struct registry_event event;
        const struct ethrpc_log *log = &logs->item[i];
        if (!log->removed && registry_read(&event, &log->log, &x->l->genesis.registry))
            rc = chaintx_fetch(&x->t, &log->tx_hash, log);
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
        enum err_code rc = chaincall_logs(&x->t.call, request, &logs, &refused, x->s->log_host, x->t.e);
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

static enum err_code search_blocks(struct scan *x, uint64_t after, uint64_t to)
{
    enum err_code rc = ERR_OK;
    for (uint64_t b = after + 1; b <= to && rc == ERR_OK; b++)
        rc = chaintx_search(&x->t, b);
    return rc;
}

/* Nonces a … b - 1 of a key are in the blocks after `after` up to `to`. In: after  UINT64_MAX: before block 0 */
static enum err_code search_nonces(struct scan *x, const struct seal_address *key, uint64_t after, uint64_t to,
                                   uint64_t a, uint64_t b)
{
    uint64_t n = to - after, count;
    if (n <= 1)
        return chaintx_search(&x->t, to);
    uint64_t middle = after + n / 2;
    enum err_code rc = chaincall_count(&x->t.call, key, middle, NULL, &count, x->t.e);
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
        return err_set(x->t.e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
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

/* What is asked of a key: which nonces it has used since its first block that matters. */
struct span {
    uint64_t from;  /* block */
    uint64_t first; /* nonce that it began with */
    uint64_t tail;  /* block from which on nothing more is known of it */
    uint64_t each[ENDPOINTS_MAX]; /* how many it has used, as each endpoint says */
};

static uint64_t nonces_seen(const struct ledger *l, const struct seal_address *key)
{
    uint64_t end = 0;
    for (size_t i = 0; i < l->n_txs; i++)
        if (keychain_same(&l->txs[i].sender, key) && l->txs[i].nonce >= end)
            end = l->txs[i].nonce + 1;
    return end;
}

static void check_counts(struct scan *x, size_t key, const struct span *span)
{
    struct ledger_key *k = &x->l->keys[key];
    uint64_t seen = nonces_seen(x->l, &k->key);
    if (seen > k->n_transactions)
        k->n_transactions = seen;
    for (size_t i = 0; i < x->s->endpoints->n; i++) {
        char host[160];
        if (span->each[i] >= k->n_transactions)
            continue;
        fetch_host(host, sizeof host, x->s->endpoints->items[i].url);
        findings_add(&x->l->seen, (struct finding){.code = FINDING_NONCE_FALSE, .key = k->key},
                     "%s: %" PRIu64 " of %" PRIu64, host, span->each[i], k->n_transactions);
    }
}

static enum err_code complete_nonces(struct scan *x, size_t key, struct span *span)
{
    const struct seal_address address = x->l->keys[key].key;
    uint64_t most = 0;
    enum err_code rc = ERR_OK;
    span->first = 0;
    if (span->from > 0)
        rc = chaincall_count(&x->t.call, &address, span->from - 1, NULL, &span->first, x->t.e);
    if (rc == ERR_OK)
        rc = chaincall_count(&x->t.call, &address, x->l->final.number, span->each, &most, x->t.e);
    if (rc == ERR_OK) {
        x->l->keys[key].n_transactions = most;
        rc = each_hole(x, &address, span->first, most, span->from - 1, true);
    }
    return rc;
}

/* ------------------------------------------------------------------ the newest blocks */

/* Look for events of a key in a block whose bloom filter allows one. */
static enum err_code search_receipts(struct scan *x, const struct ethheader *header)
{
    struct blobs receipts = {0};
    enum err_code rc = chaincall_receipts(&x->t.call, header, &receipts, x->t.e);
    if (rc == ERR_UNSUPPORTED)
        return chaintx_search(&x->t, header->number);
    for (size_t i = 0; i < receipts.n && rc == ERR_OK; i++) {
        struct slice raw = blobs_get(&receipts, i);
        struct ethreceipt receipt = {0};
        struct registry_event event;
        struct hash32 hash;
        bool ours = false;
        if (ethreceipt_decode(&receipt, raw.data, raw.len, NULL) != ERR_OK)
            continue;
        for (size_t j = 0; j < receipt.n_logs && !ours; j++)
            ours = registry_read(&event, &receipt.logs[j], &x->l->genesis.registry) && ledger_is_key(x->l, &event.issuer);
        ethreceipt_done(&receipt);
        if (ours)
            rc = chaincall_hash_at(&x->t.call, header->number, i, &hash, x->t.e);
        if (rc == ERR_OK && ours)
            rc = chaintx_fetch(&x->t, &hash, NULL);
    }
    blobs_done(&receipts);
    return rc;
}

static enum err_code search_tail_block(struct scan *x, uint64_t number, const struct span *spans, size_t n)
{
    struct ethheader header;
    if (!ledger_has_registry(x->l))
        return chaintx_search(&x->t, number);
    enum err_code rc = chaincall_header(&x->t.call, number, &header, x->t.e);
    bool may_hold = false;
    for (size_t i = 0; i < n && rc == ERR_OK && !may_hold; i++)
        may_hold = spans[i].tail <= number && chaintx_may_hold(x->l, &header, &x->l->keys[i].key);
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

static enum err_code search_tail(struct scan *x, struct span *spans, size_t n)
{
    uint64_t first = UINT64_MAX, last = x->l->final.number;
    uint64_t most = ledger_has_registry(x->l) ? CHAINSCAN_HEADERS : CHAINSCAN_BLOCKS;
    for (size_t i = 0; i < n; i++) {
        spans[i].tail = tail_of(x->l, &x->l->keys[i].key, spans[i].from);
        first = spans[i].tail < first ? spans[i].tail : first;
    }
    if (first <= last && last - first >= most) {
        findings_add(&x->l->seen, (struct finding){.code = FINDING_TAIL_UNSCANNED},
                     "blocks %" PRIu64 " to %" PRIu64, first, last - most);
        first = last - most + 1;
    }
    enum err_code rc = ERR_OK;
    for (uint64_t b = first; b <= last && rc == ERR_OK; b++) {
        progress_step(x->s->progress, "newest blocks", b - first, last - first);
        rc = search_tail_block(x, b, spans, n);
    }
    return rc;
}

/* ------------------------------------------------------------------ all keys */

static enum err_code list_all(struct scan *x, const struct span *spans, size_t *n)
{
    enum err_code rc = ERR_OK;
    for (; *n < x->l->n_keys && rc == ERR_OK; (*n)++) /* keys turn up on the way */
        if (ledger_has_registry(x->l))
            rc = list_key(x, *n, spans[*n].from);
    return rc;
}

/* What the node names is a hint: a transaction's own bytes say who signed it. */
static enum err_code follow_claims(struct scan *x)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < x->l->n_batches && rc == ERR_OK; i++) {
        const struct ledger_claim *claim = &x->l->batches[i].claim;
        if (claim->made && claim->chain_id == x->l->genesis.chain_id && claim->block <= x->l->final.number)
            rc = chaintx_fetch(&x->t, &claim->tx, NULL);
        progress_step(x->s->progress, "named transactions", i, x->l->n_batches);
    }
    return rc;
}

static enum err_code scan_spans(struct scan *x, struct span *spans, size_t *n)
{
    size_t counted = 0;
    enum err_code rc = list_all(x, spans, n);
    if (rc == ERR_OK)
        rc = follow_claims(x);
    do {
        if (rc == ERR_OK)
            rc = list_all(x, spans, n);
        for (; counted < *n && rc == ERR_OK; counted++)
            rc = complete_nonces(x, counted, &spans[counted]);
        if (rc == ERR_OK && x->l->n_keys == *n)
            rc = search_tail(x, spans, *n);
    } while (rc == ERR_OK && x->l->n_keys > *n);
    return rc;
}

static enum err_code scan_keys(struct scan *x)
{
    struct span *spans = calloc(LEDGER_MAX_KEYS, sizeof *spans);
    size_t n = 0;
    if (spans == NULL)
        return err_set(x->t.e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    for (size_t i = 0; i < LEDGER_MAX_KEYS; i++)
        spans[i].from = x->s->scanned[i] > 0 ? x->s->scanned[i] + 1 : x->s->first;
    enum err_code rc = scan_spans(x, spans, &n);
    for (size_t i = 0; i < n && rc == ERR_OK; i++) {
        const struct seal_address key = x->l->keys[i].key;
        check_counts(x, i, &spans[i]);
        rc = each_hole(x, &key, spans[i].first, x->l->keys[i].n_transactions, spans[i].from - 1, false);
        x->s->scanned[i] = x->l->final.number;
    }
    free(spans);
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
