/* Closes batches: asks daemon/core/batch when one is due, builds its tree, makes header, seal and
 * anchored value, and puts all of it in the store together with the anchor that is to be made.
 *
 * Happy path:
 *  - sealer_wake(): something was accepted, a timer rang, the operator asked;
 *  - the store says what is pending, batch_decide() says that a batch is due;
 *  - the tree is built and made durable on a pool thread, beside acknowledgements;
 *  - back on the loop header, seal and R_k are made; the batch is written to the mirror, if there is one;
 *  - one transaction puts the batch and its anchor job;
 *  - on_sealed() hands the job to the anchorer; then it looks again.
 * After a loss (sealer_declare): an empty batch whose annex declares the gap, then each orphan's hashes once
 * more, with the same salts; then as always.
 * Failure modes: tree, mirror or transaction fail (disk full, damage): logged, tried again after RETRY_MS; a
 * crash anywhere before the transaction leaves no trace, after it the anchorer finds the job.
 * Thread: the loop's.
 */
#ifndef DAEMON_SEALER_H
#define DAEMON_SEALER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/db/store.h"
#include "daemon/core/anchor.h"
#include "daemon/core/batch.h"
#include "daemon/core/gap.h"
#include "daemon/io/clock.h"
#include "daemon/io/storeq.h"
#include "daemon/issuers.h"
#include "daemon/mirror.h"
#include "daemon/proofs.h"

/* A block that existed before the batch was sealed: its not-before. */
struct sealer_block {
    uint64_t number;
    struct hash32 hash; /* zeros: none is known */
};

#define SEALER_MAX_AGAIN 100000 /* orphans of one loss */

/* A gap to be declared; see core/gap.h. */
struct sealer_gap {
    uint64_t k;
    struct hash32 previous;
    char annex[GAP_ANNEX_LEN];
    uint32_t annex_len;
};

struct sealer {
    uv_loop_t *loop;
    struct store *store; /* borrowed, all of these */
    struct storeq *storeq;
    const struct clock *clock;
    const struct proofs_log *log;
    struct mirror *mirror;
    struct batch_policy policy;
    uv_timer_t timer;
    bool busy;    /* a batch is under way */
    bool paused;  /* by the operator */
    bool draining;
    bool key_goes; /* a key is about to be removed: nothing is sealed */
    bool forced;   /* seal one batch, even an empty one; false once it is sealed */
    bool closing;
    bool unsure;   /* putting the batch failed: is it there all the same? */
    void (*on_held)(void *ctx); /* set by sealer_hold(): nothing new is begun; called once when nothing is under way */
    void *held_ctx;
    bool held;
    bool flush_asked;        /* while the store's files were being exchanged: counted when they are back */
    uint64_t flush;          /* so many of the oldest must go now */
    uint64_t oldest_mono_ms; /* since when something is pending, as this process saw it; 0: nothing is */
    uint64_t sealed_mono_ms;
    uint64_t due_mono_ms;    /* when the next batch is due, for Retry-After; BATCH_NO_WAKE if unknown */
    uint64_t failures;       /* in a row */
    char last_error[256];    /* "" if the last attempt went well */
    /* The batch under way: the pool thread's, too, so nothing here changes before it is durable or has failed. */
    struct store_batch batch;
    struct text annex;       /* the gap or the key changes that it tells; len 0: none */
    size_t n_told;           /* so many key changes */
    struct text left;        /* what is left to be sealed again once it is there, as it is stored; len 0: nothing */
    enum batch_reason reason;
    uint64_t started_mono_ms;
    struct storeq_job tree, copy;
    struct storeq_req put;
    struct anchor_job job;
    /* What is to be sealed after a loss: the loop thread's alone. */
    struct sealer_gap gap;   /* if has_gap: to be sealed before anything else */
    bool has_gap;
    uint64_t *again;         /* orphans to be sealed again, the next one last; stored with the gap */
    size_t n_again;
    struct {
        uint64_t batches, leaves;
        uint64_t last_tree_ms;
    } stats;
    /* The rest of the daemon. */
    void *owner;
    struct sealer_block (*recent_block)(void *owner);
    void (*on_sealed)(void *owner, const struct anchor_job *job); /* durable now */
    bool (*may_seal)(void *owner);     /* false: a loss is being settled */
    void (*on_declared)(void *owner);  /* the gap is durable now; comes before on_sealed */
};

/** Start. The fields that are borrowed, the policy and the callbacks are set by the caller.
 *  Returns: ERR_OK; ERR_IO libuv refused. */
enum err_code sealer_open(struct sealer *s, struct err *e);

/** Look whether something is due. Cheap; may be called at any time. */
void sealer_wake(struct sealer *s);

/** Seal what is pending now, without waiting for age or interval. Returns: how many hashes that is; 0 also while
 *  the store's files are being exchanged: it is done when they are back. */
uint64_t sealer_flush(struct sealer *s);

/** Begin no further batch until sealer_release(). on_held is called once, when none is under way: at once, or when the
 *  present one is done or has failed. Not called any more after sealer_close(). */
void sealer_hold(struct sealer *s, void (*on_held)(void *ctx), void *ctx);
void sealer_release(struct sealer *s);

/** Seal a gap as soon as nothing else is under way; with it the stored lane becomes lane_recovered(). Then seal
 *  again what the orphans `again` (ascending) hold.
 *  Returns: ERR_OK; ERR_LIMIT, ERR_NOMEM nothing will be done. */
enum err_code sealer_declare(struct sealer *s, const struct sealer_gap *gap, const uint64_t *again, size_t n_again,
                             struct err *e);

/** Whether a batch is under way, or one that seemed to fail may have come to stay: then nobody can say which batch of
 *  the store is the newest. */
bool sealer_is_busy(const struct sealer *s);

/** Free what it holds, after storeq is closed. */
void sealer_done(struct sealer *s);

/** Seconds until what is pending now is in a batch, as far as is known; at least 1. */
uint64_t sealer_seconds_to_seal(const struct sealer *s);

/** Stop the timer; nothing new is begun. storeq must be closed after this and before the sealer goes. */
void sealer_close(struct sealer *s);

#endif
