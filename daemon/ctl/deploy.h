/* hallmarkctl deploy-registry: create the registry contract on the chain. Needs no running daemon.
 *
 * Happy path: check the chain id, take nonce and fees, sign the creation, send it, wait until it is
 * mined, and compare the code that then stands on the chain with ours, byte for byte.
 * Failure modes: a wrong chain, an account that has other transactions under way, no money, fees
 * above the settings, a node that refuses: nothing was sent. No answer to the sending: the receipt
 * is waited for all the same, and the message says what to look for.
 */
#ifndef DAEMON_CTL_DEPLOY_H
#define DAEMON_CTL_DEPLOY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"
#include "common/ethrpc.h"
#include "common/hash32.h"
#include "common/seal.h"
#include "daemon/core/fee.h"
#include "daemon/io/localkey.h"

struct deploy_options {
    uint64_t chain_id;
    struct fee_policy fees; /* [fees]; its max_gas is for anchors and not looked at */
    const struct localkey *signer;
    uint64_t poll_ms;    /* between two looks for the receipt, above 0 */
    uint64_t timeout_ms; /* for all looks together */
};

struct deploy_result {
    struct seal_address address; /* of the registry */
    uint64_t gas_used;
    uint64_t block_number;
    struct hash32 tx_hash;
};

/* How deploy_run reaches the chain and lets time pass. */
struct deploy_io {
    void *user;
    enum err_code (*call)(void *user, const struct ethrpc_request *request,
                          struct ethrpc_reply *ret, struct err *e); /* as rpcsync_call */
    void (*wait)(void *user, uint64_t ms);
};

/** Deploy over a given way to the chain.
 *
 *  Returns: ERR_OK; ERR_CONFLICT wrong chain id, or other code at the address; ERR_BUSY the account
 *           has transactions under way; ERR_LIMIT the settings or the balance forbid the price;
 *           ERR_RPC the node refused, or its answer is of no use; ERR_TIMEOUT sent, but not seen
 *           mined in time; ERR_DENIED mined, but failed; those of localkey_sign and deploy_io.call.
 */
enum err_code deploy_run(const struct deploy_options *options, const struct deploy_io *io,
                         struct deploy_result *ret, struct err *e)
    __attribute__((warn_unused_result));

/** Deploy over the first endpoint that answers.
 *
 *  In:      urls     n_urls of them, tried in order until one says its chain id
 *  Returns: as deploy_run; ERR_INVALID no endpoint, or not a URL; ERR_IO, ERR_TIMEOUT none answers.
 *           A message names an endpoint by its place in the list.
 */
enum err_code deploy_registry(const struct deploy_options *options, const char *const urls[],
                              size_t n_urls, struct deploy_result *ret, struct err *e)
    __attribute__((warn_unused_result));

/** Print it in words, or as one line of JSON: {"address","gasUsed","blockNumber","transactionHash"}. */
void deploy_print(FILE *out, const struct deploy_result *result, bool json);

#endif
