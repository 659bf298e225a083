/* The evidence of a mined anchor: see capture.h. In the order of the questions. */
#include "daemon/capture.h"

#include <stdlib.h>
#include <string.h>

#include "common/ethraw.h"
#include "common/evidence.h"
#include "common/evidencejson.h"

static void finish(struct capture *c)
{
    c->cancelled = c->ask.cancelled;
    chain_ask_done(&c->ask);
    blobs_done(&c->header);
    blobs_done(&c->transactions);
    blobs_done(&c->receipts);
    free(c->hashes);
    c->hashes = NULL;
    c->done(c);
}

static void ask(struct capture *c, struct ethrpc_request request, void (*done)(struct chain_ask *))
{
    c->ask.user = c;
    chain_ask_one(c->chain, &c->ask, &request, done);
}

/* The answer of the endpoint, or NULL and the reason in c->err. */
static const struct ethrpc_reply *answer(struct capture *c)
{
    if (c->ask.n == 1)
        return &c->ask.replies[0];
    c->err = c->ask.call.err;
    if (c->err.code == ERR_OK)
        err_set(&c->err, ERR_RPC, "the endpoint gave no usable answer");
    return NULL;
}

/* ------------------------------------------------------------------ 4: build and check */

static void build(struct capture *c)
{
    struct evidence evidence = {0};
    struct evidence_block block = {
        .genesis_block = c->genesis,
        .header = blobs_get(&c->header, 0),
        .transactions = &c->transactions,
        .receipts = &c->receipts,
    };
    c->err.code = evidence_build(&evidence, &block, c->tx_index, &c->err);
    if (c->err.code == ERR_OK)
        c->err.code = evidencejson_write(c->out, &evidence, &c->err);
    evidence_done(&evidence);
    finish(c);
}

/* ------------------------------------------------------------------ 3: receipts */

static void ask_next_receipt(struct capture *c);

static void on_receipt(struct chain_ask *a)
{
    struct capture *c = a->user;
    const struct ethrpc_reply *reply = answer(c);
    if (reply == NULL || ethraw_receipt(reply, &c->block_hash, &c->receipts, &c->err) != ERR_OK)
        finish(c);
    else
        ask_next_receipt(c);
}

static void ask_next_receipt(struct capture *c)
{
    if (c->receipts.n == c->n_transactions)
        build(c);
    else
        ask(c, (struct ethrpc_request){.method = ETHRPC_RECEIPT, .hash = c->hashes[c->receipts.n]}, on_receipt);
}

static void on_receipts(struct chain_ask *a)
{
    struct capture *c = a->user;
    const struct ethrpc_reply *reply = answer(c);
    if (reply != NULL && reply->refused && reply->fault.class == ETHFAULT_NO_METHOD)
        ask_next_receipt(c);
    else if (reply == NULL || ethraw_block_receipts(reply, &c->block_hash, &c->receipts, &c->err) != ERR_OK)
        finish(c);
    else
        build(c);
}

static void ask_receipts(struct capture *c)
{
    ask(c, (struct ethrpc_request){.method = ETHRPC_BLOCK_RECEIPTS, .block = c->block_number}, on_receipts);
}

/* ------------------------------------------------------------------ 2: transactions that JSON cannot carry */

static void ask_next_raw(struct capture *c);

static void on_raw(struct chain_ask *a)
{
    struct capture *c = a->user;
    const struct ethrpc_reply *reply = answer(c);
    if (reply == NULL || ethrpc_get_bytes(reply, &c->transactions, &c->err) != ERR_OK)
        finish(c);
    else
        ask_next_raw(c);
}

static void ask_next_raw(struct capture *c)
{
    if (c->transactions.n == c->n_transactions)
        ask_receipts(c);
    else
        ask(c, (struct ethrpc_request){.method = ETHRPC_RAW_TRANSACTION_AT, .hash = c->block_hash, .index = c->transactions.n},
            on_raw);
}

/* ------------------------------------------------------------------ 1: the block */

static enum err_code read_hashes(struct capture *c, const struct ethrpc_reply *reply, size_t n)
{
    if (n > CAPTURE_MAX_TRANSACTIONS)
        return err_set(&c->err, ERR_LIMIT, "the block has more than %d transactions", CAPTURE_MAX_TRANSACTIONS);
    c->hashes = calloc(n > 0 ? n : 1, sizeof *c->hashes);
    if (c->hashes == NULL)
        return err_set(&c->err, ERR_NOMEM, "out of memory");
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < n && rc == ERR_OK; i++)
        rc = ethrpc_get_block_transaction(reply, i, &c->hashes[i], &c->err);
    c->n_transactions = n;
    return rc;
}

static void on_block(struct chain_ask *a)
{
    struct capture *c = a->user;
    struct ethrpc_block block;
    const struct ethrpc_reply *reply = answer(c);
    enum err_code rc = reply != NULL ? ethrpc_get_block(reply, &block, &c->err) : c->err.code;
    if (rc == ERR_OK)
        rc = ethraw_header(reply, &c->header, &c->err);
    if (rc == ERR_OK)
        rc = read_hashes(c, reply, block.n_transactions);
    if (rc == ERR_OK)
        rc = ethraw_block_transactions(reply, &c->transactions, &c->err);
    if (rc == ERR_OK) {
        ask_receipts(c);
    } else if (rc == ERR_UNSUPPORTED) {
        blobs_cut(&c->transactions, 0);
        ask_next_raw(c);
    } else {
        c->err.code = rc;
        finish(c);
    }
}

void capture_start(struct capture *c)
{
    c->err = (struct err){0};
    c->n_transactions = 0;
    ask(c, (struct ethrpc_request){.method = ETHRPC_BLOCK_BY_HASH, .hash = c->block_hash, .whole = true}, on_block);
}
