/* Running a loop until something has come true. */
#ifndef TESTS_LOOPRUN_H
#define TESTS_LOOPRUN_H

#include <stdbool.h>
#include <uv.h>

/** Run the loop until done(arg), or *counter is at least n. Fails the test after two minutes.
 *  In place of `while (!done) uv_run(loop, UV_RUN_ONCE)`: that runs due timers first and then waits for an event, even if
 *  a timer has just done it and no event will ever come. */
void looprun_until(uv_loop_t *loop, bool (*done)(void *arg), void *arg);
void looprun_count(uv_loop_t *loop, const unsigned *counter, unsigned n);

#endif
