/* Single questions to the chain of a log: blocks, transactions, receipts, counts, events. What hashes or
 * signatures can prove is checked here, whatever the endpoint says.
 *
 * All functions return ERR_OK or the failures of endpoints.h; ERR_NOT_FOUND: no endpoint knows it. */
#ifndef VERIFIER_AUDIT_CHAINCALL_H
#define VERIFIER_AUDIT_CHAINCALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/blobs.h"
#include "common/err.h"
#include "common/ethheader.h"
#include "common/ethraw.h"
#include "common/ethrpc.h"
#include "verifier/endpoints.h"

struct chaincall {
    struct endpoints *endpoints; /* borrowed */
    uint64_t chain_id;
};

/** The header of a block by its height; its bytes have the hash that it says. */
enum err_code chaincall_header(struct chaincall *c, uint64_t number, struct ethheader *ret, struct err *e)
    __attribute__((warn_unused_result));

/** The bytes of a transaction, which have this hash, and where it stands. Owner: blobs_done(ret). */
enum err_code chaincall_transaction(struct chaincall *c, const struct hash32 *hash, struct blobs *ret,
                                    struct ethraw_place *ret_place, struct err *e)
    __attribute__((warn_unused_result));

/** Owner: ethrpc_logs_done(&ret->logs). */
enum err_code chaincall_receipt(struct chaincall *c, const struct hash32 *hash, struct ethrpc_receipt *ret,
                                struct err *e) __attribute__((warn_unused_result));

/** All transactions of a block, which have the root that its header names. Owner: blobs_done(ret). */
enum err_code chaincall_block(struct chaincall *c, uint64_t number, struct ethheader *ret_header,
                              struct blobs *ret, struct err *e) __attribute__((warn_unused_result));

/** All receipts of a block, which have the root that its header names. Owner: blobs_done(ret).
 *  Returns: also ERR_UNSUPPORTED, no endpoint gives the receipts of a block. */
enum err_code chaincall_receipts(struct chaincall *c, const struct ethheader *header, struct blobs *ret,
                                 struct err *e) __attribute__((warn_unused_result));

/** The hash of a transaction of a block, by its place. */
enum err_code chaincall_hash_at(struct chaincall *c, uint64_t number, size_t index, struct hash32 *ret,
                                struct err *e) __attribute__((warn_unused_result));

/** How many transactions a key has made up to a block, as each endpoint says. A nonce cannot be made up, only
 *  withheld: the highest answer counts.
 *  Out: ret_each  may be NULL; UINT64_MAX: that one gave no answer. At least one did. */
enum err_code chaincall_count(struct chaincall *c, const struct seal_address *key, uint64_t block,
                              uint64_t ret_each[ENDPOINTS_MAX], uint64_t *ret, struct err *e)
    __attribute__((warn_unused_result));

/** One eth_getLogs. In: request  its method is set here.
 *  Out:     *ret_refused  the endpoint would not answer for so many blocks, or its answer was too long
 *           ret_host      who answered
 *  Owner:   ethrpc_logs_done(ret). */
enum err_code chaincall_logs(struct chaincall *c, struct ethrpc_request *request, struct ethrpc_logs *ret,
                             bool *ret_refused, char ret_host[160], struct err *e)
    __attribute__((warn_unused_result));

#endif
