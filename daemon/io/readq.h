/* Reads off the loop: writing a document from the store may wait for the disk (the map can be larger than
 * memory) and costs more than the HTTP around it, so it is done on pool threads.
 *
 * Happy path: readq_submit() lends a request; as soon as one of READQ_ROUNDS rounds is free, it takes what
 * waits, up to READQ_ROUND_REQUESTS, to the thread pool. There req->run is called for each of them within one
 * read of the store, so all see the same moment; back on the loop req->done is called for each, in order.
 *
 * Failure modes: the store refuses to be read: every request of the round gets that error; the queue is full:
 * readq_submit() says ERR_BUSY and keeps nothing.
 *
 * Thread rule: functions and done on the loop's thread; run on a pool thread. Between submit and done a request
 * belongs to the queue. There is nothing to close: the queue is idle when all requests have been answered.
 */
#ifndef DAEMON_IO_READQ_H
#define DAEMON_IO_READQ_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "common/db/store.h"
#include "common/err.h"

#define READQ_ROUNDS 2          /* pool threads that read at once; the pool has others for writing */
#define READQ_ROUND_REQUESTS 16 /* in one round: the first of them waits for the last */
#define READQ_MAX_REQUESTS 16384 /* waiting; more is ERR_BUSY */

struct readq_req {
    /* Set by the submitter. */
    enum err_code (*run)(const struct store_read *r, struct readq_req *req, struct err *e); /* pool thread */
    void (*done)(struct readq_req *req, enum err_code status);                              /* loop thread, exactly once */
    /* Result, valid in done: .msg if status is not ERR_OK. */
    struct err err;
    /* The queue's own. */
    struct readq_req *next;
    enum err_code status;
};

struct readq;

struct readq_round {
    struct readq *queue;
    uv_work_t work;
    struct readq_req *first; /* the pool thread's while busy */
    bool busy;
};

struct readq {
    uv_loop_t *loop;
    struct store *store; /* borrowed */
    struct readq_req *first, **end;
    size_t waiting;
    struct readq_round rounds[READQ_ROUNDS];
};

void readq_init(struct readq *q, uv_loop_t *loop, struct store *store);

/** Lend a request to the queue. Returns: ERR_OK: done will come, never from inside this call; ERR_BUSY: full,
 *  and done does not come. */
enum err_code readq_submit(struct readq *q, struct readq_req *req, struct err *e) __attribute__((warn_unused_result));

/** True if nothing waits and nothing is under way. */
bool readq_idle(const struct readq *q);

#endif
