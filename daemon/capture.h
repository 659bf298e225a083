/* The evidence of a mined anchor: what is needed to prove it by a block hash alone, collected from a node
 * and checked before it is kept (common/evidence).
 *
 * Happy path: the whole block, its receipts, the tries rebuilt; our roots equal the header's.
 * Other ways: a transaction type that cannot be rebuilt from JSON is asked for raw; where the node does
 * not know eth_getBlockReceipts the receipts are asked for one by one.
 * Failure modes: a node that lacks the block, a chain with tries of its own kind: .err says so; the
 * anchor is final all the same, and the capture is tried again later.
 * Thread: the loop's.
 */
#ifndef DAEMON_CAPTURE_H
#define DAEMON_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/blobs.h"
#include "common/err.h"
#include "common/hash32.h"
#include "common/text.h"
#include "daemon/chain.h"

#define CAPTURE_MAX_TRANSACTIONS 20000

struct capture {
    /* Set before capture_start. */
    struct chain *chain;
    struct hash32 block_hash;
    uint64_t block_number;
    uint64_t tx_index;
    struct hash32 genesis; /* hash of block 0 */
    struct text *out;      /* gets the evidence object as JSON text */
    void *user;
    void (*done)(struct capture *c);
    /* Valid in done. */
    struct err err; /* ERR_OK: out is filled */
    bool cancelled;
    /* Private. */
    struct chain_ask ask;
    struct blobs header, transactions, receipts;
    struct hash32 *hashes; /* of all transactions of the block */
    size_t n_transactions;
};

/** Start. Zero it before its first use. done comes exactly once, never from inside this call. */
void capture_start(struct capture *c);

#endif
