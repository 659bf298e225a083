/* Compaction of the store while the daemon serves: what was forgotten leaves the mirror and the files of the store.
 *
 * Happy path:
 *  - compaction_start(): the sealer begins no further batch and says when none is under way;
 *  - on a pool thread, beside acknowledgements, the mirror's files are written again without what is forgotten;
 *  - then the store is ours alone: writes wait, reading goes on, a compact copy is made (seconds a gigabyte);
 *  - the copy takes its place: for a moment reading is refused too (503, Retry-After);
 *  - everything goes on; on_done.
 * Failure modes: mirror or copy fail (disk full): on_done says so, all is as before, to be done again. The swap
 * fails: the store cannot be used any more; on_lost, which ends the process; what is on disk is whole, old or new.
 * Killed anywhere: the next start finds a whole store, whose statistics say what is still to be erased.
 * Nothing may be forgotten meanwhile: whoever forgets asks compaction_is_busy().
 * Thread: the loop's.
 */
#ifndef DAEMON_COMPACTION_H
#define DAEMON_COMPACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/io/storeq.h"
#include "daemon/mirror.h"
#include "daemon/sealer.h"

struct compaction {
    /* Set by the owner; borrowed. */
    struct storeq *storeq;
    struct sealer *sealer;
    struct mirror *mirror;
    const struct proofs_log *log;
    void *owner;
    void (*on_lost)(void *owner, const struct err *e);
    /* Private. */
    bool busy;
    void (*on_done)(void *ctx, enum err_code rc, const struct err *e);
    void *ctx;
    struct storeq_job scrub, copy, swap;
    uint64_t held_at; /* uv_hrtime() since when writes wait; 0: they do not */
    uint64_t swap_at; /* and when the swap was ordered */
    /* Results, valid in on_done. */
    uint64_t erased;       /* targets whose erasure is complete now */
    uint64_t mirror_files; /* written again */
    uint64_t before, after; /* bytes of log/, free pages left out */
    uint64_t writes_held_us, reads_held_us; /* how long writes waited, and reads were refused */
    uint64_t completed;    /* compactions since the start */
};

/** Begin. on_done is called once, never from inside; after compaction_abandon() not at all.
 *  Returns: ERR_OK; ERR_BUSY one is under way; ERR_CANCELLED the store is closing. */
enum err_code compaction_start(struct compaction *c, void (*on_done)(void *ctx, enum err_code rc, const struct err *e),
                               void *ctx, struct err *e);

bool compaction_is_busy(const struct compaction *c);

/** Nobody waits for the answer any more; the work goes on. */
void compaction_abandon(struct compaction *c);

#endif
