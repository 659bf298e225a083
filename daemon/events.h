/* Changes of batches, told to whoever listens: server-sent events of GET /v1/events.
 *
 * One event for each change of the public status of a batch:
 *
 *   id: 811
 *   event: batch
 *   data: {"number":812,"status":"mined","leafCount":4096,"anchored":"…","sealedAt":"…","minedAt":"…","finalAt":null}
 *
 * The id says how far nothing can be missed: every batch up to it was told in its final state. A reader who
 * comes back with that id (Last-Event-ID, or ?after=) first gets the present state of every batch behind it,
 * read from the store, then what happens. So a change may be told twice, and states passed through while
 * nobody listened are left out; the last word on a batch is never missed. A comment line comes every
 * heartbeat_ms.
 *
 * Happy path: events_subscribe() answers the request with a stream; what is behind the reader's place is
 * written as he takes it (events_continue); events_changed() tells the rest; events_leave() in on_done.
 * Failure modes: too many streams: the request is answered 503. A reader who leaves more than
 * EVENTS_BACKLOG bytes untaken is cut; he comes back with his last id. The store cannot be read: cut too.
 * Thread: the loop's.
 */
#ifndef DAEMON_EVENTS_H
#define DAEMON_EVENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/db/store.h"
#include "common/err.h"
#include "common/text.h"
#include "daemon/core/histogram.h"
#include "daemon/io/httpd.h"

#define EVENTS_BACKLOG 65536  /* bytes that may wait for one reader */
#define EVENTS_HEARTBEAT_MS 15000
#define EVENTS_REMEMBERED 1024 /* batches whose last told status is kept; more: some are told twice */

/* One reader, in the memory of its request. */
struct events_reader {
    struct events_reader *prev, *next;
    struct httpd_request *http; /* NULL: not subscribed */
    uint64_t place;             /* every batch up to it was told; UINT64_MAX: caught up */
    bool is_cut;
};

struct events {
    /* Set by the owner before events_open. */
    uv_loop_t *loop;
    struct store *store;
    uint64_t heartbeat_ms;
    /* Private. */
    uv_timer_t heartbeat;
    struct events_reader *readers;
    uint64_t settled; /* every batch up to it is final, and needs nothing more */
    struct {
        uint64_t k;
        enum store_status status;
    } told[EVENTS_REMEMBERED]; /* of batch k at k modulo the size */
    struct text scratch;
    uint64_t sent, cut; /* events written; readers cut for being slow */
    struct histogram final; /* seconds from the acceptance of a batch's oldest hash to finality */
};

/** Read what is not final yet. Returns: ERR_OK; ERR_IO and the errors of the store. */
enum err_code events_open(struct events *ev, struct err *e);

/** Answer a request with the stream.
 *  In:  r       zeroed, in the request's user area
 *       after   tell every batch above it first; UINT64_MAX: only what happens from now on */
void events_subscribe(struct events *ev, struct events_reader *r, struct httpd_request *http, uint64_t after);

/** The reader has taken all that was written: tell it more, if it is not caught up. */
void events_continue(struct events *ev, struct events_reader *r);

/** The request is over. Harmless for one that never subscribed. */
void events_leave(struct events *ev, struct events_reader *r);

/** Something about batch k, or about batches before it that its anchor proves, is durable. Tells what is new. */
void events_changed(struct events *ev, uint64_t k);

/** Readers now. */
unsigned events_readers(const struct events *ev);

/** Stop the heartbeat; the streams are ended by httpd_drain. */
void events_close(struct events *ev);

/** Free the memory, after the loop. */
void events_done(struct events *ev);

#endif
