/* Everything that the keys of a log have done on its chain, up to the newest final block.
 *
 * Happy path: chainscan_final(); then the log is read; chainscan_keys() lists the transactions of its keys;
 * chainscan_recent() looks up the blocks that the headers name. Again for what came since, as often as wanted.
 *
 * How nothing can be left out: (1) the registry's events are listed key by key, in spans that are halved when
 * an endpoint refuses; (2) each event's transaction is fetched, its bytes must have its hash, its signature names
 * the sender and its nonce; (3) nonces have no holes: one that is still missing is searched for by halving
 * between the blocks around it, and found in the block itself; the transaction counts of all endpoints are
 * asked, the highest counts; (4) from the last transaction of a key to the final block the bloom filter of each
 * header, which its hash binds, says whether there can be an event, and then the receipts must have the root
 * that the header names. Without a registry, (1) falls away and (4) reads whole blocks.
 *
 * Failure modes: an endpoint that lies is noted in ledger.seen; one that cannot answer makes the call fail with
 * the errors of endpoints.h, and what was read so far stays in the ledger: call it again.
 */
#ifndef VERIFIER_AUDIT_CHAINSCAN_H
#define VERIFIER_AUDIT_CHAINSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "verifier/audit/ledger.h"
#include "verifier/audit/progress.h"
#include "verifier/endpoints.h"

#define CHAINSCAN_HEADERS 20000 /* headers that are read at most behind a key's last transaction */
#define CHAINSCAN_BLOCKS 5000   /* whole blocks, the same, and for a nonce on a node without old state */

struct chainscan {
    struct endpoints *endpoints; /* borrowed; all serve the same chain */
    struct progress *progress;   /* borrowed; may be NULL */
    void (*on_tx)(void *arg, const struct ledger_tx *tx); /* called for each that is kept; may be NULL */
    void *arg;
    uint64_t scanned[LEDGER_MAX_KEYS]; /* by key of the ledger: read up to this block; 0: not yet */
    bool has_first;
    uint64_t first;                    /* the first block that can matter */
    uint64_t span;                     /* blocks that the endpoint took for one eth_getLogs; 0: not known */
    char log_host[160];                /* who answered the last eth_getLogs */
    struct ledger_block *cache;        /* CHAINTX_CACHE final blocks, by number */
};

/** Returns: ERR_OK; ERR_NOMEM. Owner: the caller, chainscan_close(). */
enum err_code chainscan_open(struct chainscan *ret, struct endpoints *endpoints, struct progress *progress,
                             struct err *e) __attribute__((warn_unused_result));
void chainscan_close(struct chainscan *s);

/** The newest final block (`finalized`; where there is no such tag, 12 blocks under the head).
 *  In: l  with its genesis. Out: l->final. Call it before the log is read: what is recorded up to there is
 *  then in the log. */
enum err_code chainscan_final(struct chainscan *s, struct ledger *l, struct err *e)
    __attribute__((warn_unused_result));

/** List all transactions of the log's keys up to l->final, also of keys that turn up on the way. */
enum err_code chainscan_keys(struct chainscan *s, struct ledger *l, struct err *e)
    __attribute__((warn_unused_result));

/** Look up the recent block of batch i, if its header names one that is final by now. */
enum err_code chainscan_recent(struct chainscan *s, struct ledger *l, size_t i, struct err *e)
    __attribute__((warn_unused_result));

#endif
