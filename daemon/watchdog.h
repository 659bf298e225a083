/* Tells the service manager that the daemon lives, as long as all of it moves: the loop runs (the timer is called), the
 * store answers (a round through it comes back) and the view of the chain goes on, whether endpoints answer or not.
 *
 * Failure modes: one of them stands still: nothing is said, and the manager starts another process.
 * Thread: the loop's. */
#ifndef DAEMON_WATCHDOG_H
#define DAEMON_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "daemon/chainview.h"
#include "daemon/compaction.h"
#include "daemon/io/clock.h"
#include "daemon/io/storeq.h"

struct watchdog {
    /* Set by the owner; borrowed. */
    struct storeq *storeq;
    const struct compaction *compaction; /* the store may be silent while it is compacted */
    const struct chainview *view;
    const struct clock *clock;
    /* Private. */
    uv_timer_t timer;
    struct storeq_req pulse; /* the round through the store */
    bool out;                /* it has not come back yet */
};

/** Begin, if the manager wants to hear of us at all. */
void watchdog_open(struct watchdog *w, uv_loop_t *loop);

/** Whether the view of the chain goes on: looks stand at most idle_ms apart, and the requests of one may all time out.
 *  Units: now_ms as clock_mono_ms(). */
bool watchdog_chain_moves(const struct chainview *view, uint64_t now_ms);

/** Before storeq is closed. */
void watchdog_close(struct watchdog *w);

#endif
