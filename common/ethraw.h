/* Blocks, transactions and receipts of replies, written back into the bytes that the chain commits to.
 *
 * Everything is checked against the hash that the node itself gives, but for receipts, which have none:
 * only the receipts root of the block says whether they are right (see evidence.h).
 * All functions add to a list and leave it alone on error. Returns, unless said otherwise: ERR_OK; ERR_RPC
 * the node refused, the result is not of this form, or its hash is another; ERR_NOT_FOUND null; ERR_NOMEM. */
#ifndef COMMON_ETHRAW_H
#define COMMON_ETHRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/blobs.h"
#include "common/err.h"
#include "common/ethrpc.h"
#include "common/hash32.h"
#include "common/seal.h"

/** The header of a block in RLP. ERR_RPC also means: a chain whose headers have a form of their own. */
enum err_code ethraw_header(const struct ethrpc_reply *reply, struct blobs *ret, struct err *e)
    __attribute__((warn_unused_result));

/** The transactions of a block that was asked for whole, in order.
 *  Returns: also ERR_UNSUPPORTED, a type whose bytes cannot be rebuilt: use the node's raw calls. */
enum err_code ethraw_block_transactions(const struct ethrpc_reply *reply, struct blobs *ret,
                                        struct err *e) __attribute__((warn_unused_result));

/** The same without those whose bytes cannot be rebuilt (deposits of the OP stack): for a search. */
enum err_code ethraw_known_transactions(const struct ethrpc_reply *reply, struct blobs *ret,
                                        struct err *e) __attribute__((warn_unused_result));

/* Where a transaction is. */
struct ethraw_place {
    bool mined; /* false: in a pool; the rest is zero then */
    uint64_t block_number;
    struct hash32 block_hash;
    uint64_t tx_index;
};

/** The transaction of eth_getTransactionByHash.
 *  Out:     ret_place  may be NULL
 *  Returns: also ERR_UNSUPPORTED, as above. */
enum err_code ethraw_transaction(const struct ethrpc_reply *reply, struct blobs *ret,
                                 struct ethraw_place *ret_place, struct err *e)
    __attribute__((warn_unused_result));

/** The receipts of eth_getBlockReceipts, which must be all of block_hash, in order; and the one of
 *  eth_getTransactionReceipt, which must be the next: its index the number of those in the list. */
enum err_code ethraw_block_receipts(const struct ethrpc_reply *reply, const struct hash32 *block_hash,
                                    struct blobs *ret, struct err *e)
    __attribute__((warn_unused_result));
enum err_code ethraw_receipt(const struct ethrpc_reply *reply, const struct hash32 *block_hash,
                             struct blobs *ret, struct err *e) __attribute__((warn_unused_result));

#endif
