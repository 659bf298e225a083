/* Single questions to a chain: see chaincall.h. */
#include "verifier/audit/chaincall.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/ethtx.h"
#include "common/mpt.h"

/* A question of one call and how its answer is read. */
struct call {
    struct ethrpc_request request;
    enum err_code (*read)(const struct ethrpc_reply *reply, struct call *call, struct err *e);
    bool may_refuse; /* a refusal is an answer: */
    bool refused;
    const char *url; /* who answered */
    struct hash32 hash;
    uint64_t number;
    struct ethheader header;
    struct blobs raw;
    struct ethraw_place place;
    struct ethrpc_receipt receipt;
    struct ethrpc_logs logs;
};

static void start_clean(struct call *call)
{
    blobs_done(&call->raw);
    ethrpc_logs_done(&call->logs);
    ethrpc_logs_done(&call->receipt.logs);
    call->raw = (struct blobs){0};
    call->logs = (struct ethrpc_logs){0};
    call->receipt = (struct ethrpc_receipt){0};
}

/* What an endpoint gets wrong is its failure, whatever it was in the reader. */
static enum err_code of_reader(enum err_code rc, struct err *e)
{
    if (rc == ERR_PARSE || rc == ERR_INVALID || rc == ERR_LIMIT || rc == ERR_CONFLICT || rc == ERR_UNSUPPORTED)
        rc = e->code = ERR_RPC;
    return rc;
}

static enum err_code ask_one(const struct endpoints_talk *t, void *arg)
{
    struct call *call = arg;
    struct ethrpc_reply reply = {0};
    start_clean(call);
    enum err_code rc = endpoints_ask(t, &call->request, &reply);
    call->url = t->one->url;
    call->refused = rc == ERR_OK && reply.refused;
    if (rc == ERR_OK && !(call->refused && call->may_refuse))
        rc = of_reader(call->read(&reply, call, t->e), t->e);
    ethrpc_done(&reply);
    return rc;
}

static enum err_code ask(struct chaincall *c, struct call *call, struct err *e)
{
    enum err_code rc = endpoints_round(c->endpoints, c->chain_id, ask_one, call, e);
    if (rc != ERR_OK)
        start_clean(call);
    return rc;
}

/* ------------------------------------------------------------------ blocks */

static enum err_code read_header(const struct ethrpc_reply *reply, struct call *call, struct err *e)
{
    struct blobs rlp = {0};
    enum err_code rc = ethraw_header(reply, &rlp, e);
    if (rc == ERR_OK) {
        struct slice bytes = blobs_get(&rlp, 0);
        rc = ethheader_decode(&call->header, bytes.data, bytes.len, e);
    }
    blobs_done(&rlp);
    if (rc == ERR_OK && call->header.number != call->request.block)
        rc = err_set(e, ERR_RPC, "answers block %" PRIu64 " for block %" PRIu64, call->header.number,
                     call->request.block);
    return rc;
}

enum err_code chaincall_header(struct chaincall *c, uint64_t number, struct ethheader *ret, struct err *e)
{
    struct call call = {.request = {.method = ETHRPC_BLOCK_BY_NUMBER, .block = number}, .read = read_header};
    enum err_code rc = ask(c, &call, e);
    if (rc == ERR_OK)
        *ret = call.header;
    return rc;
}

static enum err_code check_root(const struct blobs *list, const struct hash32 *expected, const char *what,
                                struct err *e)
{
    struct hash32 root;
    enum err_code rc = mpt_build_list(list, MPT_NONE, &root, NULL, e);
    if (rc == ERR_OK && !hash32_equal(&root, expected))
        rc = err_set(e, ERR_RPC, "%s do not have the root that the block header names", what);
    return rc;
}

static enum err_code read_block(const struct ethrpc_reply *reply, struct call *call, struct err *e)
{
    enum err_code rc = read_header(reply, call, e);
    if (rc == ERR_OK)
        rc = ethraw_block_transactions(reply, &call->raw, e);
    return rc == ERR_OK ? check_root(&call->raw, &call->header.transactions_root, "transactions", e) : rc;
}

enum err_code chaincall_block(struct chaincall *c, uint64_t number, struct ethheader *ret_header,
                              struct blobs *ret, struct err *e)
{
    struct call call = {.request = {.method = ETHRPC_BLOCK_BY_NUMBER, .block = number, .whole = true},
                        .read = read_block};
    enum err_code rc = ask(c, &call, e);
    if (rc == ERR_OK) {
        *ret_header = call.header;
        *ret = call.raw;
    }
    return rc;
}

static enum err_code read_receipts(const struct ethrpc_reply *reply, struct call *call, struct err *e)
{
    enum err_code rc = ethraw_block_receipts(reply, &call->hash, &call->raw, e);
    return rc == ERR_OK ? check_root(&call->raw, &call->header.receipts_root, "receipts", e) : rc;
}

enum err_code chaincall_receipts(struct chaincall *c, const struct ethheader *header, struct blobs *ret,
                                 struct err *e)
{
    struct call call = {.request = {.method = ETHRPC_BLOCK_RECEIPTS, .block = header->number},
                        .read = read_receipts, .may_refuse = true, .hash = header->hash, .header = *header};
    enum err_code rc = ask(c, &call, e);
    if (rc == ERR_OK && call.refused)
        return err_set(e, ERR_UNSUPPORTED, "no endpoint gives the receipts of a block");
    if (rc == ERR_OK)
        *ret = call.raw;
    return rc;
}

static enum err_code read_hash_at(const struct ethrpc_reply *reply, struct call *call, struct err *e)
{
    return ethrpc_get_block_transaction(reply, call->number, &call->hash, e);
}

enum err_code chaincall_hash_at(struct chaincall *c, uint64_t number, size_t index, struct hash32 *ret,
                                struct err *e)
{
    struct call call = {.request = {.method = ETHRPC_BLOCK_BY_NUMBER, .block = number}, .read = read_hash_at,
                        .number = index};
    enum err_code rc = ask(c, &call, e);
    if (rc == ERR_OK)
        *ret = call.hash;
    return rc;
}

/* ------------------------------------------------------------------ transactions */

static enum err_code read_transaction(const struct ethrpc_reply *reply, struct call *call, struct err *e)
{
    struct ethtx tx;
    enum err_code rc = ethraw_transaction(reply, &call->raw, &call->place, e);
    if (rc != ERR_OK)
        return rc;
    struct slice raw = blobs_get(&call->raw, 0);
    rc = ethtx_decode(&tx, raw.data, raw.len, e);
    if (rc == ERR_OK && !hash32_equal(&tx.hash, &call->request.hash))
        rc = err_set(e, ERR_RPC, "answers another transaction than was asked for");
    return rc;
}

enum err_code chaincall_transaction(struct chaincall *c, const struct hash32 *hash, struct blobs *ret,
                                    struct ethraw_place *ret_place, struct err *e)
{
    struct call call = {.request = {.method = ETHRPC_TRANSACTION, .hash = *hash}, .read = read_transaction};
    enum err_code rc = ask(c, &call, e);
    if (rc == ERR_OK) {
        *ret = call.raw;
        *ret_place = call.place;
    }
    return rc;
}

static enum err_code read_receipt(const struct ethrpc_reply *reply, struct call *call, struct err *e)
{
    return ethrpc_get_receipt(reply, &call->receipt, e);
}

enum err_code chaincall_receipt(struct chaincall *c, const struct hash32 *hash, struct ethrpc_receipt *ret,
                                struct err *e)
{
    struct call call = {.request = {.method = ETHRPC_RECEIPT, .hash = *hash}, .read = read_receipt};
    enum err_code rc = ask(c, &call, e);
    if (rc == ERR_OK)
        *ret = call.receipt;
    return rc;
}

static enum err_code read_count(const struct ethrpc_reply *reply, struct call *call, struct err *e)
{
    return ethrpc_get_u64(reply, &call->number, e);
}

/* Ask one endpoint alone. */
static enum err_code count_at(struct chaincall *c, size_t i, struct call *call, struct err *e)
{
    struct endpoints one;
    endpoints_open(&one, &c->endpoints->transport, &c->endpoints->items[i].url, 1);
    one.items[0] = c->endpoints->items[i];
    enum err_code rc = endpoints_round(&one, c->chain_id, ask_one, call, e);
    c->endpoints->items[i] = one.items[0];
    endpoints_close(&one);
    return rc;
}

enum err_code chaincall_count(struct chaincall *c, const struct seal_address *key, uint64_t block,
                              uint64_t ret_each[ENDPOINTS_MAX], uint64_t *ret, struct err *e)
{
    struct call call = {.request = {.method = ETHRPC_TRANSACTION_COUNT, .address = *key, .block = block},
                        .read = read_count};
    enum err_code worst = err_set(e, ERR_UNSUPPORTED, "no endpoint was given");
    uint64_t most = 0;
    bool any = false;
    for (size_t i = 0; i < c->endpoints->n; i++) {
        enum err_code rc = count_at(c, i, &call, e);
        if (rc != ERR_OK)
            worst = rc;
        else
            most = call.number > most ? call.number : most;
        any = any || rc == ERR_OK;
        if (ret_each != NULL)
            ret_each[i] = rc == ERR_OK ? call.number : UINT64_MAX;
    }
    if (!any)
        return worst;
    *ret = most;
    return ERR_OK;
}

/* ------------------------------------------------------------------ events */

static enum err_code read_logs(const struct ethrpc_reply *reply, struct call *call, struct err *e)
{
    return ethrpc_get_logs(reply, &call->logs, e);
}

enum err_code chaincall_logs(struct chaincall *c, struct ethrpc_request *request, struct ethrpc_logs *ret,
                             bool *ret_refused, char ret_host[160], struct err *e)
{
    request->method = ETHRPC_LOGS;
    struct call call = {.request = *request, .read = read_logs, .may_refuse = true};
    enum err_code rc = ask(c, &call, e);
    *ret_refused = (rc == ERR_OK && call.refused) || rc == ERR_RPC;
    if (rc == ERR_OK && !call.refused) {
        *ret = call.logs;
        fetch_host(ret_host, 160, call.url);
    }
    return rc == ERR_OK && call.refused ? err_set(e, ERR_RPC, "the endpoint refuses eth_getLogs") : rc;
}
