/* Group commit: many small writes become one transaction and one flush, off the loop's thread.
 *
 * Happy path:
 *  - storeq_submit() puts the request on the waiting list; at the end of this turn of the loop, if no round
 *    is under way, one starts: so all requests of a turn share a flush;
 *  - a round takes waiting requests in order, up to STOREQ_ROUND_REQUESTS and STOREQ_ROUND_BYTES, and goes
 *    to the thread pool: there one write transaction calls req->apply for each of them and commits;
 *  - back on the loop, req->done is called for each, in order; then the next round starts.
 * Beside it, each on a pool thread of its own, because they write other files:
 *  - jobs (storeq_run()): long work such as store_tree_build(), one after the other;
 *  - the upkeep of the index, slice by slice, whenever a round has made it due.
 * A job with `alone` set (the compaction of the store) goes before the other jobs, and has the store for itself: no
 * round and no upkeep is under way; what is submitted meanwhile waits.
 *
 * Failure modes:
 *  - apply refuses (ERR_CONFLICT, …): that request gets its error, the others of its round go on. If it had
 *    written something before it refused, the transaction is thrown away and the round is applied again
 *    without it;
 *  - the engine fails (disk or map full): every request of the round that was not refused gets that error;
 *    the next round tries again;
 *  - the queue is full: storeq_submit() says ERR_BUSY and keeps nothing;
 *  - the index is far behind: rounds wait for its next slice;
 *  - storeq_close(): waiting requests get ERR_CANCELLED, the round under way gets what it gets, long work is
 *    asked to stop; on_closed comes last, when the pool holds nothing of ours.
 *
 * Thread rule: all functions on the loop's thread. Between submit and done a request belongs to the queue;
 * nobody else touches it. apply and run happen on a pool thread, done on the loop's, never from inside
 * storeq_submit(). done may submit again, the same request too.
 */
#ifndef DAEMON_IO_STOREQ_H
#define DAEMON_IO_STOREQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/db/store.h"
#include "common/err.h"

#define STOREQ_MAX_REQUESTS 65536        /* waiting; more is ERR_BUSY */
#define STOREQ_MAX_BYTES (256u << 20)    /* waiting, by req->bytes; one larger request alone is taken */
#define STOREQ_ROUND_REQUESTS 8192       /* in one transaction: bounds the latency of a round */
#define STOREQ_ROUND_BYTES (1u << 20)    /* 32,768 targets, some 15 ms; a larger request has a round of its own */

struct storeq_req {
    /* Set by the submitter before storeq_submit(). */
    enum err_code (*apply)(struct store_write *w, struct storeq_req *req, struct err *e); /* pool thread; may be
                              called again from scratch if the round is redone: only the last call counts */
    void (*done)(struct storeq_req *req, enum err_code status); /* loop thread, exactly once */
    size_t bytes;             /* what it carries, for the limits; 0 for small ones */
    /* Result, valid in done. */
    struct err err;           /* .msg if status is not ERR_OK */
    /* The queue's own. */
    struct storeq_req *next;
    enum err_code status;
};

/* Long work on a pool thread of its own. */
struct storeq_job {
    bool alone;               /* set by the submitter: nothing else writes meanwhile */
    enum err_code (*run)(struct store *s, struct storeq_job *job, struct err *e); /* pool thread */
    void (*done)(struct storeq_job *job, enum err_code status);                  /* loop thread, exactly once */
    struct err err;
    struct storeq_job *next;
    enum err_code status;
};

struct storeq_stats {
    uint64_t rounds;          /* commits so far */
    uint64_t reopened;        /* so often were the files opened anew after a failed write */
    uint64_t requests;        /* answered ERR_OK so far */
    uint64_t failed;          /* answered otherwise */
    size_t waiting;           /* requests waiting now */
    uint64_t last_round_us;   /* how long the last round took on the pool thread */
    uint64_t max_round_us;    /* and the longest one since storeq_open() */
    uint64_t rounds_seen_at_ms; /* uv_now() when the last round ended: the watchdog's sign of life */
};

struct storeq_list {
    struct storeq_req *first;
    struct storeq_req **end;
    size_t count;
    size_t bytes;
};

struct storeq {
    uv_loop_t *loop;
    struct store *store;      /* borrowed; closed by its owner after on_closed */
    struct storeq_list waiting;
    struct storeq_list round; /* the pool thread's while round_busy */
    struct storeq_job *jobs;  /* FIFO; the first is under way if job_busy */
    struct storeq_job **jobs_end;
    uv_prepare_t prepare;     /* both start the round of this turn; see storeq.c */
    uv_check_t check;
    uv_timer_t retry;         /* the index, after an error */
    uv_work_t round_work, job_work, index_work;
    bool round_busy, job_busy, index_busy;
    bool closing;
    unsigned handles;         /* not yet closed */
    enum err_code round_status, index_status;
    struct err round_err, index_err;
    uint64_t round_us;
    struct storeq_stats stats;
    void (*on_closed)(struct storeq *q);
    void (*on_index_error)(struct storeq *q, const struct err *e); /* may be NULL; to log it */
    void (*on_reopened)(struct storeq *q);                         /* may be NULL; to log it */
    unsigned reopened;        /* as of the last look */
    void *owner;              /* the owner's, untouched */
};

/** Start the queue over an open store. It starts the upkeep of the index at once if that is due.
 *  Returns: ERR_OK; ERR_IO libuv refused (nothing to close then). */
enum err_code storeq_open(struct storeq *q, uv_loop_t *loop, struct store *store, struct err *e)
    __attribute__((warn_unused_result));

/** Lend a request to the queue.
 *  Returns: ERR_OK: done will come; ERR_BUSY: full; ERR_CANCELLED: closing. done does not come then. */
enum err_code storeq_submit(struct storeq *q, struct storeq_req *req, struct err *e)
    __attribute__((warn_unused_result));

/** Lend a job to the queue. One with `alone` that is lent in the `done` of another such job follows it without a
 *  round in between. Returns: ERR_OK; ERR_CANCELLED closing. */
enum err_code storeq_run(struct storeq *q, struct storeq_job *job, struct err *e)
    __attribute__((warn_unused_result));

/** Stop; on_closed is called once all callbacks have come. The store stays open, but its long work is
 *  cancelled for good (store_cancel()). */
void storeq_close(struct storeq *q, void (*on_closed)(struct storeq *q));

/** True if nothing waits and no round or job is under way: what a drain waits for. */
bool storeq_idle(const struct storeq *q);

/** True if the next small request would be refused for want of room. */
bool storeq_full(const struct storeq *q);

#endif
