/* hallmarkctl deploy-registry: see deploy.h. */
#include "daemon/ctl/deploy.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/blobs.h"
#include "common/bytes.h"
#include "common/ethtx.h"
#include "common/hex.h"
#include "common/keccak.h"
#include "daemon/ctl/rpcsync.h"
#include "registry_embedded.h"

#define MAX_GAS 1000000 /* eight times what it takes: a node that says more is wrong */

static const struct slice BYTECODE = {REGISTRY_BYTECODE, sizeof REGISTRY_BYTECODE};

/* One deployment under way. */
struct deployment {
    const struct deploy_options *options;
    const struct deploy_io *io;
    struct seal_address sender;
    uint64_t nonce;
    struct fee_bid bid;
    struct err unsure; /* why the sending was not answered; OK: it was */
    struct deploy_result result;
};

/* ---- asking ---- */

static enum err_code ask(struct deployment *d, const struct ethrpc_request *request,
                         struct ethrpc_reply *ret, struct err *e)
{
    *ret = (struct ethrpc_reply){0};
    return d->io->call(d->io->user, request, ret, e);
}

static enum err_code ask_u64(struct deployment *d, const struct ethrpc_request *request,
                             uint64_t *ret, struct err *e)
{
    struct ethrpc_reply reply;
    enum err_code rc = ask(d, request, &reply, e);
    if (rc == ERR_OK)
        rc = ethrpc_get_u64(&reply, ret, e);
    ethrpc_done(&reply);
    return rc;
}

static enum err_code ask_wei(struct deployment *d, const struct ethrpc_request *request, wei *ret,
                             struct err *e)
{
    struct ethrpc_reply reply;
    enum err_code rc = ask(d, request, &reply, e);
    if (rc == ERR_OK)
        rc = ethrpc_get_wei(&reply, ret, e);
    ethrpc_done(&reply);
    return rc;
}

static uint64_t cut(wei amount)
{
    return amount > UINT64_MAX ? UINT64_MAX : (uint64_t)amount;
}

static void address_text(char text[43], const struct seal_address *address)
{
    memcpy(text, "0x", 2);
    hex_encode(text + 2, address->b, sizeof address->b);
}

/* ---- before sending ---- */

static enum err_code check_chain(struct deployment *d, struct err *e)
{
    struct ethrpc_request request = {.method = ETHRPC_CHAIN_ID};
    uint64_t chain_id;
    enum err_code rc = ask_u64(d, &request, &chain_id, e);
    if (rc == ERR_OK && chain_id != d->options->chain_id)
        rc = err_set(e, ERR_CONFLICT,
                     "the node is on chain %" PRIu64 ", the settings say chain_id = %" PRIu64,
                     chain_id, d->options->chain_id);
    return rc;
}

/* Whatever is under way with this key, an anchor perhaps, must not lose its nonce to us. */
static enum err_code take_nonce(struct deployment *d, struct err *e)
{
    struct ethrpc_request request = {
        .method = ETHRPC_TRANSACTION_COUNT, .block = ETHRPC_LATEST, .address = d->sender};
    uint64_t pending;
    enum err_code rc = ask_u64(d, &request, &d->nonce, e);
    request.block = ETHRPC_PENDING;
    if (rc == ERR_OK)
        rc = ask_u64(d, &request, &pending, e);
    if (rc == ERR_OK && pending != d->nonce)
        rc = err_set(
            e, ERR_BUSY,
            "this key has transactions under way: stop hallmarkd, wait until they are mined");
    return rc;
}

static enum err_code ask_history(struct deployment *d, struct fee_history *ret, struct err *e)
{
    struct ethrpc_request request = {
        .method = ETHRPC_FEE_HISTORY, .n_blocks = FEE_BLOCKS, .block = ETHRPC_LATEST};
    struct ethrpc_fee_history history;
    struct ethrpc_reply reply;
    enum err_code rc = ask(d, &request, &reply, e);
    if (rc == ERR_OK)
        rc = ethrpc_get_fee_history(&reply, &history, e);
    ethrpc_done(&reply);
    if (rc != ERR_OK)
        return rc;
    if (history.n_blocks > FEE_BLOCKS)
        return err_set(e, ERR_RPC, "eth_feeHistory: more blocks than were asked for");
    *ret = (struct fee_history){.n_blocks = history.n_blocks};
    for (size_t i = 0; i < history.n_blocks; i++) {
        ret->base[i] = cut(history.blocks[i].base_fee);
        ret->tip[i] = cut(history.blocks[i].reward50);
        ret->used[i] = history.blocks[i].used;
    }
    ret->base[history.n_blocks] = cut(history.next_base_fee);
    return ERR_OK;
}

static enum err_code ask_market(struct deployment *d, struct fee_market *ret, struct err *e)
{
    struct ethrpc_request request = {.method = ETHRPC_BLOCK_BY_NUMBER, .block = ETHRPC_LATEST};
    struct ethrpc_block block;
    struct ethrpc_reply reply;
    struct fee_history history;
    wei price = 0;
    enum err_code rc = ask(d, &request, &reply, e);
    if (rc == ERR_OK)
        rc = ethrpc_get_block(&reply, &block, e);
    ethrpc_done(&reply);
    if (rc != ERR_OK)
        return rc;
    if (!block.has_base_fee) {
        rc = ask_wei(d, &(struct ethrpc_request){.method = ETHRPC_GAS_PRICE}, &price, e);
        if (rc == ERR_OK)
            *ret = fee_market_legacy(cut(price));
        return rc;
    }
    rc = ask_history(d, &history, e);
    /* Not every node offers it; the settings have a floor. */
    if (rc == ERR_OK && ask_wei(d, &(struct ethrpc_request){.method = ETHRPC_MAX_PRIORITY_FEE},
                                &price, NULL) != ERR_OK)
        price = 0;
    if (rc == ERR_OK)
        *ret = fee_market_of(&history, cut(price));
    return rc;
}

static enum err_code explain(const struct deployment *d, enum fee_verdict verdict, uint64_t gas,
                             struct err *e)
{
    char sender[43];
    address_text(sender, &d->sender);
    switch (verdict) {
    case FEE_OK:
        break;
    case FEE_OVER_PRICE:
        return err_set(
            e, ERR_LIMIT,
            "the chain asks for more than max_fee_per_gas or max_priority_fee in [fees]");
    case FEE_OVER_BUDGET:
        return err_set(e, ERR_LIMIT, "it may cost more than daily_budget in [fees]");
    case FEE_OVER_FUNDS:
        return err_set(e, ERR_LIMIT, "the balance of %s does not cover it: pay in", sender);
    case FEE_OVER_GAS:
        return err_set(e, ERR_RPC, "eth_estimateGas: %" PRIu64 " gas cannot be right", gas);
    }
    return ERR_OK;
}

static enum err_code take_bid(struct deployment *d, struct err *e)
{
    struct fee_policy policy = d->options->fees;
    struct fee_room room = {.budget = policy.daily_budget};
    struct ethrpc_request balance = {
        .method = ETHRPC_BALANCE, .block = ETHRPC_LATEST, .address = d->sender};
    struct ethrpc_request estimate = {
        .method = ETHRPC_ESTIMATE_GAS, .address = d->sender, .data = BYTECODE};
    struct fee_market market;
    uint64_t gas;
    policy.max_gas = MAX_GAS;
    enum err_code rc = ask_wei(d, &balance, &room.funds, e);
    if (rc == ERR_OK)
        rc = ask_market(d, &market, e);
    if (rc == ERR_OK)
        rc = ask_u64(d, &estimate, &gas, e);
    if (rc == ERR_OK)
        rc = explain(d, fee_first(&market, gas, 0, &room, &policy, &d->bid), gas, e);
    return rc;
}

/* ---- sending ---- */

/* Sign into raw, and check what was signed before it leaves. */
static enum err_code sign(struct deployment *d, struct blobs *raw, struct err *e)
{
    struct ethtx tx = {
        .type = d->bid.legacy ? ETHTX_LEGACY : ETHTX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = d->options->chain_id,
        .nonce = d->nonce,
        .gas = d->bid.gas,
        .max_fee = d->bid.cap,
        .max_priority_fee = d->bid.tip,
        .data = BYTECODE,
    };
    struct ethtx_signature signature;
    struct bytes_writer w = blobs_begin(raw, ethtx_room(&tx));
    enum err_code rc = ethtx_put_unsigned(&w, &tx, e);
    if (rc != ERR_OK)
        return rc;
    struct hash32 sighash = keccak_256(w.data, w.len);
    rc = localkey_sign(d->options->signer, &sighash, &signature, e);
    w = blobs_begin(raw, ethtx_room(&tx)); /* over the unsigned form */
    if (rc == ERR_OK)
        rc = ethtx_put_signed(&w, &tx, &signature, e);
    if (rc != ERR_OK)
        return rc;
    if (!blobs_commit(raw, &w))
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    struct slice bytes = blobs_get(raw, 0);
    return ethtx_check_signed(bytes.data, bytes.len, &tx, &d->sender, &d->result.tx_hash, e);
}

/* Only a refusal says that it was not sent; no answer says nothing. */
static enum err_code send(struct deployment *d, struct slice raw, struct err *e)
{
    struct ethrpc_request request = {.method = ETHRPC_SEND_RAW, .data = raw};
    struct ethrpc_reply reply;
    struct hash32 hash;
    enum err_code rc = ERR_OK;
    if (ask(d, &request, &reply, &d->unsure) == ERR_OK) {
        d->unsure.code = ERR_OK;
        if (reply.refused && reply.fault.class != ETHFAULT_KNOWN)
            rc = ethrpc_get_hash(&reply, &hash, e);
    }
    ethrpc_done(&reply);
    return rc;
}

/* ---- after sending: each look answers ERR_NOT_YET until there is something to see ---- */

static enum err_code look_for_receipt(struct deployment *d, struct err *e)
{
    struct ethrpc_request request = {.method = ETHRPC_RECEIPT, .hash = d->result.tx_hash};
    struct ethrpc_receipt receipt = {0};
    struct ethrpc_reply reply;
    enum err_code rc = ask(d, &request, &reply, NULL);
    if (rc == ERR_OK)
        rc = ethrpc_get_receipt(&reply, &receipt, NULL);
    ethrpc_done(&reply);
    ethrpc_logs_done(&receipt.logs);
    if (rc != ERR_OK || !hash32_equal(&receipt.tx_hash, &d->result.tx_hash))
        return ERR_NOT_YET;
    if (receipt.has_status && !receipt.ok)
        return err_set(e, ERR_DENIED, "the transaction was mined in block %" PRIu64 " but failed",
                       receipt.block_number);
    d->result.gas_used = receipt.gas_used;
    d->result.block_number = receipt.block_number;
    return ERR_OK;
}

static enum err_code look_for_code(struct deployment *d, struct err *e)
{
    struct ethrpc_request request = {
        .method = ETHRPC_CODE, .block = ETHRPC_LATEST, .address = d->result.address};
    struct blobs code = {0};
    struct ethrpc_reply reply;
    enum err_code rc = ask(d, &request, &reply, NULL);
    if (rc == ERR_OK)
        rc = ethrpc_get_bytes(&reply, &code, NULL);
    ethrpc_done(&reply);
    struct slice found = rc == ERR_OK ? blobs_get(&code, 0) : (struct slice){0};
    if (found.len == 0)
        rc = ERR_NOT_YET; /* the node behind the address may lag the one that had the receipt */
    else if (found.len != sizeof REGISTRY_RUNTIME ||
             memcmp(found.data, REGISTRY_RUNTIME, found.len) != 0)
        rc = err_set(e, ERR_CONFLICT, "the code on the chain is not the registry's");
    blobs_done(&code);
    return rc;
}

static enum err_code wait_for(struct deployment *d,
                              enum err_code (*look)(struct deployment *, struct err *),
                              uint64_t *looks, struct err *e)
{
    for (;;) {
        enum err_code rc = look(d, e);
        if (rc != ERR_NOT_YET)
            return rc;
        if (*looks == 0)
            return err_set(e, ERR_TIMEOUT, "not seen on the chain after %" PRIu64 " s%s%s",
                           d->options->timeout_ms / 1000,
                           d->unsure.code == ERR_OK ? "" : "; when sending: ",
                           d->unsure.code == ERR_OK ? "" : d->unsure.msg);
        (*looks)--;
        d->io->wait(d->io->user, d->options->poll_ms);
    }
}

static enum err_code settle(struct deployment *d, struct err *e)
{
    assert(d->options->poll_ms > 0);
    uint64_t looks = d->options->timeout_ms / d->options->poll_ms;
    d->result.address = ethtx_contract_address(&d->sender, d->nonce);
    enum err_code rc = wait_for(d, look_for_receipt, &looks, e);
    if (rc == ERR_OK)
        rc = wait_for(d, look_for_code, &looks, e);
    if (rc != ERR_OK) { /* money may be on its way: say where to look */
        char address[43], hash[2 * sizeof d->result.tx_hash.b + 1];
        address_text(address, &d->result.address);
        hex_encode(hash, d->result.tx_hash.b, sizeof d->result.tx_hash.b);
        err_wrap(e, "transaction 0x%s, registry %s", hash, address);
    }
    return rc;
}

/* ---- the command ---- */

static enum err_code deploy_on(struct deployment *d, struct deploy_result *ret, struct err *e)
{
    struct blobs raw = {0};
    enum err_code rc = take_nonce(d, e);
    if (rc == ERR_OK)
        rc = take_bid(d, e);
    if (rc == ERR_OK)
        rc = sign(d, &raw, e);
    if (rc == ERR_OK)
        rc = send(d, blobs_get(&raw, 0), e);
    if (rc == ERR_OK)
        rc = settle(d, e);
    blobs_done(&raw);
    if (rc == ERR_OK)
        *ret = d->result;
    return rc;
}

static struct deployment begin(const struct deploy_options *options, const struct deploy_io *io)
{
    return (struct deployment){
        .options = options, .io = io, .sender = localkey_address(options->signer)};
}

enum err_code deploy_run(const struct deploy_options *options, const struct deploy_io *io,
                         struct deploy_result *ret, struct err *e)
{
    struct deployment d = begin(options, io);
    enum err_code rc = check_chain(&d, e);
    return rc == ERR_OK ? deploy_on(&d, ret, e) : rc;
}

static enum err_code call_endpoint(void *user, const struct ethrpc_request *request,
                                   struct ethrpc_reply *ret, struct err *e)
{
    return rpcsync_call(user, request, ret, e);
}

static void wait_a_while(void *user, uint64_t ms)
{
    (void)user;
    struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

/* *ret_over: this endpoint has spoken, whatever it said; another one would say the same. */
static enum err_code deploy_at(const struct deploy_options *options, const char *url,
                               struct deploy_result *ret, bool *ret_over, struct err *e)
{
    struct rpcsync rpc;
    struct deploy_io io = {.user = &rpc, .call = call_endpoint, .wait = wait_a_while};
    struct deployment d = begin(options, &io);
    enum err_code rc = rpcsync_open(&rpc, url, e);
    if (rc == ERR_OK)
        rc = check_chain(&d, e);
    *ret_over = rc == ERR_OK || rc == ERR_CONFLICT || rc == ERR_INVALID;
    if (rc == ERR_OK)
        rc = deploy_on(&d, ret, e);
    rpcsync_close(&rpc);
    return rc;
}

enum err_code deploy_registry(const struct deploy_options *options, const char *const urls[],
                              size_t n_urls, struct deploy_result *ret, struct err *e)
{
    enum err_code rc = err_set(e, ERR_INVALID, "no endpoint: set rpc in [chain]");
    bool over = false;
    for (size_t i = 0; i < n_urls && !over; i++) {
        rc = deploy_at(options, urls[i], ret, &over, e);
        if (rc != ERR_OK)
            err_wrap(e, "rpc endpoint %zu", i + 1);
    }
    return rc;
}

void deploy_print(FILE *out, const struct deploy_result *result, bool json)
{
    char address[43], hash[2 * sizeof result->tx_hash.b + 1];
    address_text(address, &result->address);
    hex_encode(hash, result->tx_hash.b, sizeof result->tx_hash.b);
    if (json)
        fprintf(out,
                "{\"address\":\"%s\",\"gasUsed\":%" PRIu64 ",\"blockNumber\":%" PRIu64
                ",\"transactionHash\":\"0x%s\"}\n",
                address, result->gas_used, result->block_number, hash);
    else
        fprintf(out, "registry %s\nblock %" PRIu64 ", %" PRIu64 " gas, transaction 0x%s\n", address,
                result->block_number, result->gas_used, hash);
}
