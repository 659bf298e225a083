/* Running a loop until something has come true: see looprun.h. */
#include "tests/looprun.h"

#include "tests/harness.h"

#define PATIENCE_MS 120000 /* a hung test fails instead of hanging */

struct run {
    bool (*done)(void *arg);
    void *arg;
    uv_timer_t patience;
    uv_prepare_t prepare; /* after the timers, before the wait */
    bool is_done, is_over;
    unsigned handles;
};

static void on_out_of_patience(uv_timer_t *timer)
{
    struct run *r = timer->data;
    r->is_over = true;
}

/* Never asked again once it said yes: it may have taken what it looked for. */
static bool is_done(struct run *r)
{
    r->is_done = r->is_done || r->done(r->arg);
    return r->is_done;
}

static void on_prepare(uv_prepare_t *prepare)
{
    if (is_done(prepare->data))
        uv_stop(prepare->loop); /* this turn does not wait, and is the last one */
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct run *r = handle->data;
    r->handles--;
}

void looprun_until(uv_loop_t *loop, bool (*done)(void *arg), void *arg)
{
    struct run r = {.done = done, .arg = arg, .handles = 2};
    uv_timer_init(loop, &r.patience);
    uv_prepare_init(loop, &r.prepare);
    r.patience.data = r.prepare.data = &r;
    uv_timer_start(&r.patience, on_out_of_patience, PATIENCE_MS, 0);
    uv_prepare_start(&r.prepare, on_prepare);
    while (!is_done(&r) && !r.is_over)
        uv_run(loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&r.patience, on_handle_closed);
    uv_close((uv_handle_t *)&r.prepare, on_handle_closed);
    while (r.handles > 0)
        uv_run(loop, UV_RUN_NOWAIT);
    if (!r.is_done)
        fail_msg("nothing happened for %d s", PATIENCE_MS / 1000);
}

struct counted {
    const unsigned *counter;
    unsigned n;
};

static bool has_counted(void *arg)
{
    const struct counted *w = arg;
    return *w->counter >= w->n;
}

void looprun_count(uv_loop_t *loop, const unsigned *counter, unsigned n)
{
    struct counted w = {counter, n};
    looprun_until(loop, has_counted, &w);
}
