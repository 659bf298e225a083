/* Compaction of the store while the daemon serves: see compaction.h. */
#include "daemon/compaction.h"

#include <inttypes.h>

#include "daemon/fault.h"
#include "daemon/log.h"
#include "daemon/mirrorscrub.h"

static struct compaction *of_job(struct storeq_job *job, size_t offset)
{
    return (struct compaction *)(void *)((char *)job - offset);
}

static void finish(struct compaction *c, enum err_code rc, const struct err *e)
{
    void (*on_done)(void *, enum err_code, const struct err *) = c->on_done;
    c->busy = false;
    c->on_done = NULL;
    c->completed += rc == ERR_OK;
    if (c->held_at != 0)
        c->writes_held_us = (uv_hrtime() - c->held_at) / 1000;
    c->held_at = 0;
    if (rc == ERR_OK)
        log_info("compacted", "erased=%" PRIu64 " mirror_files=%" PRIu64 " before=%" PRIu64 " after=%" PRIu64
                 " writes_held_us=%" PRIu64 " reads_held_us=%" PRIu64, c->erased, c->mirror_files, c->before, c->after,
                 c->writes_held_us, c->reads_held_us);
    else
        log_error("compact-failed", "error=%s", log_quote(e->msg).s);
    sealer_release(c->sealer);
    if (on_done != NULL)
        on_done(c->ctx, rc, e);
}

static enum err_code read_stats(struct store *store, struct store_stats *ret, struct err *e)
{
    struct store_read read;
    enum err_code rc = store_read_begin(store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_stats(&read, ret, e);
    store_read_end(&read);
    return rc;
}

/* ------------------------------------------------------------------ 3: the copy takes its place */

/* Pool thread. */
static enum err_code run_swap(struct store *store, struct storeq_job *job, struct err *e)
{
    struct compaction *c = of_job(job, offsetof(struct compaction, swap));
    struct store_stats stats;
    enum err_code rc = store_compact_swap(store, e);
    if (rc == ERR_OK)
        rc = read_stats(store, &stats, e);
    if (rc == ERR_OK)
        c->after = stats.log_bytes;
    return rc;
}

static void on_swapped(struct storeq_job *job, enum err_code status)
{
    struct compaction *c = of_job(job, offsetof(struct compaction, swap));
    c->reads_held_us = (uv_hrtime() - c->swap_at) / 1000;
    if (status == ERR_OK)
        fault_point("compacted");
    else
        c->on_lost(c->owner, &job->err);
    finish(c, status, &job->err);
}

/* ------------------------------------------------------------------ 2: the copy */

/* Pool thread. */
static enum err_code run_copy(struct store *store, struct storeq_job *job, struct err *e)
{
    struct compaction *c = of_job(job, offsetof(struct compaction, copy));
    struct store_stats stats;
    enum err_code rc = read_stats(store, &stats, e);
    if (rc != ERR_OK)
        return rc;
    c->erased = stats.to_erase;
    c->before = stats.log_bytes;
    return store_compact_copy(store, e);
}

static void on_copied(struct storeq_job *job, enum err_code status)
{
    struct compaction *c = of_job(job, offsetof(struct compaction, copy));
    struct err e;
    if (status != ERR_OK) {
        finish(c, status, &job->err);
        return;
    }
    fault_point("compact-copied");
    c->swap = (struct storeq_job){.alone = true, .run = run_swap, .done = on_swapped};
    c->swap_at = uv_hrtime();
    if (storeq_run(c->storeq, &c->swap, &e) != ERR_OK)
        finish(c, ERR_CANCELLED, &e);
}

/* ------------------------------------------------------------------ 1: the mirror */

/* Pool thread. */
static enum err_code run_scrub(struct store *store, struct storeq_job *job, struct err *e)
{
    struct compaction *c = of_job(job, offsetof(struct compaction, scrub));
    return mirrorscrub(c->mirror, store, c->log, &c->mirror_files, e);
}

static void on_scrubbed(struct storeq_job *job, enum err_code status)
{
    struct compaction *c = of_job(job, offsetof(struct compaction, scrub));
    struct err e = job->err;
    if (status == ERR_OK) {
        fault_point("compact-scrubbed");
        c->copy = (struct storeq_job){.alone = true, .run = run_copy, .done = on_copied};
        c->held_at = uv_hrtime();
        status = storeq_run(c->storeq, &c->copy, &e);
    }
    if (status != ERR_OK)
        finish(c, status, &e);
}

static void on_held(void *ctx)
{
    struct compaction *c = ctx;
    struct err e;
    c->scrub = (struct storeq_job){.run = run_scrub, .done = on_scrubbed};
    if (storeq_run(c->storeq, &c->scrub, &e) != ERR_OK)
        finish(c, ERR_CANCELLED, &e);
}

/* ------------------------------------------------------------------ */

enum err_code compaction_start(struct compaction *c, void (*on_done)(void *ctx, enum err_code rc, const struct err *e),
                               void *ctx, struct err *e)
{
    if (c->busy)
        return err_set(e, ERR_BUSY, "a compaction is under way already");
    if (c->storeq->closing)
        return err_set(e, ERR_CANCELLED, "the store is closing");
    c->busy = true;
    c->on_done = on_done;
    c->ctx = ctx;
    c->mirror_files = 0;
    sealer_hold(c->sealer, on_held, c);
    return ERR_OK;
}

bool compaction_is_busy(const struct compaction *c)
{
    return c->busy;
}

void compaction_abandon(struct compaction *c)
{
    c->on_done = NULL;
}
