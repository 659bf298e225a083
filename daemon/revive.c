/* Opens a broken store anew: see revive.h. */
#include "daemon/revive.h"

#include <stddef.h>

#include "common/db/store_revive.h"
#include "daemon/log.h"

#define LOOK_MS 100

/* Pool thread. */
static enum err_code run(struct store *store, struct storeq_job *job, struct err *e)
{
    (void)job;
    return store_revive(store, e);
}

static void on_done(struct storeq_job *job, enum err_code status)
{
    struct revive *r = (struct revive *)((char *)job - offsetof(struct revive, job));
    r->busy = false;
    r->failed = status != ERR_OK;
    if (status == ERR_OK)
        log_warning("store-reopened", "reason=%s", log_quote("its header could not be written").s);
    else
        log_error("store-broken", "error=%s", log_quote(job->err.msg).s);
}

static void on_timer(uv_timer_t *timer)
{
    struct revive *r = timer->data;
    if (r->busy || !(r->failed || store_revive_due(r->storeq->store)))
        return;
    r->job = (struct storeq_job){.alone = true, .run = run, .done = on_done};
    r->busy = storeq_run(r->storeq, &r->job, NULL) == ERR_OK;
}

void revive_open(struct revive *r, uv_loop_t *loop)
{
    uv_timer_init(loop, &r->timer);
    r->timer.data = r;
    uv_timer_start(&r->timer, on_timer, LOOK_MS, LOOK_MS);
}

void revive_close(struct revive *r)
{
    uv_close((uv_handle_t *)&r->timer, NULL);
}
