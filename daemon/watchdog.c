/* Word that the daemon lives: see watchdog.h. */
#include "daemon/watchdog.h"

#include <stddef.h>

#include "daemon/notify.h"

#define CHAIN_QUIET_MS (60000 + 10 * 10000) /* an idle poll, and ten requests that time out */

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

static bool chain_moves(const struct watchdog *w)
{
    uint64_t looked = w->view->looked_mono_ms; /* 0: the first look is still under way */
    return looked == 0 || clock_mono_ms(w->clock) - looked < CHAIN_QUIET_MS;
}

static bool store_moves(const struct watchdog *w)
{
    return !w->out || compaction_is_busy(w->compaction); /* rounds wait for that */
}

static void on_timer(uv_timer_t *timer)
{
    struct watchdog *w = timer->data;
    if (store_moves(w) && chain_moves(w))
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
