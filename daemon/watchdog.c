/* Word that the daemon lives: see watchdog.h. */
#include "daemon/watchdog.h"

#include <stddef.h>

#include "daemon/notify.h"

#define SLOW_REQUESTS 10 /* of one look: more than it asks one after the other */

/* Pool thread. Writes nothing. */
static enum err_code apply_pulse(struct store_write *write, struct storeq_req *req, struct err *e)
{
    (void)write, (void)req, (void)e;
    return ERR_OK;
}

static void on_pulse(struct storeq_req *req, enum err_code status)
{
    struct watchdog *w = (struct watchdog *)((char *)req - offsetof(struct watchdog, pulse));
    (void)status; /* a full disk is not a hang */
    w->out = false;
}

bool watchdog_chain_moves(const struct chainview *view, uint64_t now_ms)
{
    uint64_t quiet_ms = now_ms - view->looked_mono_ms;
    bool is_first = view->looked_mono_ms == 0; /* it is still under way */
    return is_first || quiet_ms < view->idle_ms + SLOW_REQUESTS * view->chain->timeout_ms;
}

static bool store_moves(const struct watchdog *w)
{
    return !w->out || compaction_is_busy(w->compaction); /* rounds wait for that */
}

static void on_timer(uv_timer_t *timer)
{
    struct watchdog *w = timer->data;
    if (store_moves(w) && watchdog_chain_moves(w->view, clock_mono_ms(w->clock)))
        notify_send("WATCHDOG=1");
    if (!w->out) {
        w->pulse = (struct storeq_req){.apply = apply_pulse, .done = on_pulse};
        w->out = storeq_submit(w->storeq, &w->pulse, NULL) == ERR_OK;
    }
}

void watchdog_open(struct watchdog *w, uv_loop_t *loop)
{
    uint64_t period_ms = notify_watchdog_ms();
    uv_timer_init(loop, &w->timer);
    w->timer.data = w;
    if (period_ms > 0)
        uv_timer_start(&w->timer, on_timer, 0, period_ms);
}

void watchdog_close(struct watchdog *w)
{
    uv_close((uv_handle_t *)&w->timer, NULL);
}
