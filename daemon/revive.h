/* Watches for a store whose file header could not be written (a disk that failed for a moment), and opens it anew: no
 * restart is needed, and reading goes on.
 *
 * Happy path: a timer looks ten times a second; if it is due, a job that has the store for itself does it.
 * Failure modes: the disk is not well yet: writing breaks it again, and it is opened again. Thread: the loop's. */
#ifndef DAEMON_REVIVE_H
#define DAEMON_REVIVE_H

#include <stdbool.h>
#include <uv.h>

#include "daemon/io/storeq.h"

struct revive {
    struct storeq *storeq; /* set by the owner */
    uv_timer_t timer;
    struct storeq_job job;
    bool busy;
    bool failed; /* the files are closed: try until they open */
};

void revive_open(struct revive *r, uv_loop_t *loop);
/** Before storeq is closed. */
void revive_close(struct revive *r);

#endif
