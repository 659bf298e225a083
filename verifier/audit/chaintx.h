/* Reading single transactions of a log's keys into its ledger: by their own signed bytes, with their receipt or
 * their event, in blocks whose headers have the hash that they should. Used by chainscan.c.
 *
 * Errors: the failures of endpoints.h; ERR_LIMIT; ERR_NOMEM. */
#ifndef VERIFIER_AUDIT_CHAINTX_H
#define VERIFIER_AUDIT_CHAINTX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/ethheader.h"
#include "verifier/audit/chaincall.h"
#include "verifier/audit/ledger.h"

#define CHAINTX_CACHE 8192

/* All borrowed. */
struct chaintx {
    struct ledger *ledger;
    struct chaincall call;
    struct ledger_block *cache; /* CHAINTX_CACHE final blocks, by number */
    const char *log_host;       /* who answered the last eth_getLogs */
    void (*on_tx)(void *arg, const struct ledger_tx *tx); /* called for each that is kept; may be NULL */
    void *arg;
    struct err *e;
};

/** A final block by its height. Returns: also ERR_NOT_FOUND. */
enum err_code chaintx_block(struct chaintx *x, uint64_t number, struct ledger_block *ret)
    __attribute__((warn_unused_result));

/** Take a transaction by its hash, if a key of the log has signed it and its block is final. It is kept once.
 *  In: told  the event by which we know of it; NULL: found without one, and an event that it has left was hidden */
enum err_code chaintx_fetch(struct chaintx *x, const struct hash32 *hash, const struct ethrpc_log *told)
    __attribute__((warn_unused_result));

/** Take all that the keys of the log have signed in a block. */
enum err_code chaintx_search(struct chaintx *x, uint64_t number) __attribute__((warn_unused_result));

/** The bloom filter of a header is bound by its hash: false, there is no event of this key in the block. */
bool chaintx_may_hold(const struct ledger *l, const struct ethheader *header, const struct seal_address *key);

#endif
