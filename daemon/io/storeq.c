/* Group commit off the loop: see storeq.h. */
#include "daemon/io/storeq.h"

#include <assert.h>
#include <string.h>

#define INDEX_RETRY_MS 1000 /* after an error, a full disk for instance */

/* ------------------------------------------------------------------ lists */

static void list_init(struct storeq_list *l)
{
    *l = (struct storeq_list){0};
    l->end = &l->first;
}

static void list_push(struct storeq_list *l, struct storeq_req *req)
{
    req->next = NULL;
    *l->end = req;
    l->end = &req->next;
    l->count++;
    l->bytes += req->bytes;
}

static struct storeq_req *list_pop(struct storeq_list *l)
{
    struct storeq_req *req = l->first;
    l->first = req->next;
    if (l->first == NULL)
        l->end = &l->first;
    l->count--;
    l->bytes -= req->bytes;
    return req;
}

/* Move what one transaction may hold, in order; at least one. */
static void fill_round(struct storeq *q)
{
    while (q->waiting.first != NULL && q->round.count < STOREQ_ROUND_REQUESTS &&
           (q->round.count == 0 || q->round.bytes + q->waiting.first->bytes <= STOREQ_ROUND_BYTES))
        list_push(&q->round, list_pop(&q->waiting));
}

/* ------------------------------------------------------------------ the round, on the pool thread */

/* Apply all requests that were not refused before. Returns: false if one was refused half-way: redo. */
static bool apply_all(struct storeq *q, struct store_write *w)
{
    for (struct storeq_req *req = q->round.first; req != NULL; req = req->next) {
        uint64_t before = store_write_count(w);
        if (req->status != ERR_OK)
            continue;
        req->status = req->apply(w, req, &req->err);
        if (store_write_failed(w)) {
            req->status = ERR_OK; /* not its own fault: it shares the fate of the round */
            return true;
        }
        if (req->status != ERR_OK && store_write_count(w) != before)
            return false;
    }
    return true;
}

/* One transaction for all. Each turn of this loop refuses one request more, so it ends. */
static enum err_code run_round(struct storeq *q, struct err *e)
{
    struct store_write *w;
    for (;;) {
        enum err_code rc = store_write_begin(q->store, &w, e);
        if (rc != ERR_OK)
            return rc;
        if (apply_all(q, w))
            return store_write_commit(w, e);
        store_write_abort(w);
    }
}

static void on_round_work(uv_work_t *work)
{
    struct storeq *q = work->data;
    uint64_t start = uv_hrtime();
    q->round_status = run_round(q, &q->round_err);
    q->round_us = (uv_hrtime() - start) / 1000;
}

/* ------------------------------------------------------------------ the round, on the loop */

static void wake(struct storeq *q);
static void close_if_done(struct storeq *q);

static void finish(struct storeq *q, struct storeq_req *req, enum err_code status)
{
    q->stats.requests += status == ERR_OK;
    q->stats.failed += status != ERR_OK;
    req->done(req, status);
}

static void on_round_done(uv_work_t *work, int status)
{
    struct storeq *q = work->data;
    struct storeq_list round = q->round; /* never empty, so its end is not q's */
    assert(status == 0); /* it is never cancelled */
    list_init(&q->round);
    q->round_busy = false;
    q->stats.rounds++;
    q->stats.last_round_us = q->round_us;
    q->stats.rounds_seen_at_ms = uv_now(q->loop);
    if (q->round_us > q->stats.max_round_us)
        q->stats.max_round_us = q->round_us;
    while (round.first != NULL) {
        struct storeq_req *req = list_pop(&round);
        if (req->status == ERR_OK && q->round_status != ERR_OK) {
            req->status = q->round_status;
            req->err = q->round_err;
        }
        finish(q, req, req->status);
    }
    wake(q);
    close_if_done(q);
}

/* The next job, or the one under way, wants the store for itself. */
static bool is_held(const struct storeq *q)
{
    return q->jobs != NULL && q->jobs->alone;
}

static void start_round(struct storeq *q)
{
    if (q->round_busy || is_held(q) || q->waiting.first == NULL || (q->index_busy && store_index_behind(q->store)))
        return;
    fill_round(q);
    q->round_busy = true;
    q->round_err = (struct err){0};
    int rc = uv_queue_work(q->loop, &q->round_work, on_round_work, on_round_done);
    assert(rc == 0); /* it only fails for want of a work function */
}

/* ------------------------------------------------------------------ the index */

static void on_index_work(uv_work_t *work)
{
    struct storeq *q = work->data;
    q->index_status = store_index_step(q->store, &q->index_err);
}

static void on_retry(uv_timer_t *timer)
{
    wake(timer->data);
}

static void on_index_done(uv_work_t *work, int status)
{
    struct storeq *q = work->data;
    assert(status == 0);
    q->index_busy = false;
    if (q->index_status != ERR_OK && !q->closing) {
        uv_timer_start(&q->retry, on_retry, INDEX_RETRY_MS, 0);
        if (q->on_index_error != NULL)
            q->on_index_error(q, &q->index_err);
    }
    wake(q);
    close_if_done(q);
}

static void start_index(struct storeq *q)
{
    if (q->index_busy || q->closing || is_held(q) || uv_is_active((uv_handle_t *)&q->retry) || !store_index_due(q->store))
        return;
    q->index_busy = true;
    q->index_err = (struct err){0};
    int rc = uv_queue_work(q->loop, &q->index_work, on_index_work, on_index_done);
    assert(rc == 0);
}

/* ------------------------------------------------------------------ jobs */

static void on_job_work(uv_work_t *work)
{
    struct storeq *q = work->data;
    q->jobs->status = q->jobs->run(q->store, q->jobs, &q->jobs->err);
}

static struct storeq_job *pop_job(struct storeq *q)
{
    struct storeq_job *job = q->jobs;
    q->jobs = job->next;
    if (q->jobs == NULL)
        q->jobs_end = &q->jobs;
    return job;
}

static void on_job_done(uv_work_t *work, int status)
{
    struct storeq *q = work->data;
    struct storeq_job *job = pop_job(q);
    assert(status == 0);
    q->job_busy = false;
    job->done(job, job->status);
    wake(q);
    close_if_done(q);
}

static void start_job(struct storeq *q)
{
    if (q->job_busy || q->jobs == NULL || (q->jobs->alone && (q->round_busy || q->index_busy)))
        return;
    q->job_busy = true;
    int rc = uv_queue_work(q->loop, &q->job_work, on_job_work, on_job_done);
    assert(rc == 0);
}

enum err_code storeq_run(struct storeq *q, struct storeq_job *job, struct err *e)
{
    if (q->closing)
        return err_set(e, ERR_CANCELLED, "the store is closing");
    struct storeq_job **at = !job->alone ? q->jobs_end : q->job_busy ? &q->jobs->next : &q->jobs;
    job->status = ERR_OK;
    job->err = (struct err){0};
    job->next = *at;
    *at = job;
    if (job->next == NULL)
        q->jobs_end = &job->next;
    start_job(q);
    return ERR_OK;
}

/* ------------------------------------------------------------------ starting */

/* A turn of the loop is timers, prepare, poll, check: a request submitted by a timer waits for prepare, one
 * submitted by a poll callback for check. Either way all requests of the turn share a round. */
static void end_of_turn(struct storeq *q)
{
    uv_prepare_stop(&q->prepare);
    uv_check_stop(&q->check);
    start_round(q);
}

static void on_prepare(uv_prepare_t *handle)
{
    end_of_turn(handle->data);
}

static void on_check(uv_check_t *handle)
{
    end_of_turn(handle->data);
}

static void start_round_soon(struct storeq *q)
{
    if (q->handles == 0 || q->closing || q->round_busy || q->waiting.first == NULL)
        return;
    uv_prepare_start(&q->prepare, on_prepare);
    uv_check_start(&q->check, on_check);
}

/* A compaction, which may be exchanging the store's files right now, begins to count anew. */
static void look_for_reopened(struct storeq *q)
{
    if (q->job_busy && q->jobs->alone)
        return;
    unsigned now = store_reopened(q->store), before = q->reopened;
    q->reopened = now;
    if (now <= before)
        return;
    q->stats.reopened += now - before;
    if (q->on_reopened != NULL)
        q->on_reopened(q);
}

static void wake(struct storeq *q)
{
    look_for_reopened(q);
    start_index(q);
    start_job(q);
    start_round_soon(q);
}

bool storeq_full(const struct storeq *q)
{
    return q->waiting.count >= STOREQ_MAX_REQUESTS || q->waiting.bytes >= STOREQ_MAX_BYTES;
}

enum err_code storeq_submit(struct storeq *q, struct storeq_req *req, struct err *e)
{
    if (q->closing)
        return err_set(e, ERR_CANCELLED, "the store is closing");
    if (storeq_full(q) ||
        (q->waiting.count > 0 && req->bytes > STOREQ_MAX_BYTES - q->waiting.bytes))
        return err_set(e, ERR_BUSY, "too many writes wait, try again in a second");
    req->status = ERR_OK;
    req->err = (struct err){0};
    list_push(&q->waiting, req);
    start_round_soon(q);
    return ERR_OK;
}

bool storeq_idle(const struct storeq *q)
{
    return q->waiting.first == NULL && !q->round_busy && q->jobs == NULL;
}

/* ------------------------------------------------------------------ opening and closing */

enum err_code storeq_open(struct storeq *q, uv_loop_t *loop, struct store *store, struct err *e)
{
    void *owner = q->owner;
    void (*on_index_error)(struct storeq *, const struct err *) = q->on_index_error;
    void (*on_reopened)(struct storeq *) = q->on_reopened;
    *q = (struct storeq){
        .loop = loop, .store = store, .owner = owner, .on_index_error = on_index_error, .on_reopened = on_reopened};
    list_init(&q->waiting);
    list_init(&q->round);
    q->jobs_end = &q->jobs;
    q->round_work.data = q->job_work.data = q->index_work.data = q;
    q->prepare.data = q->check.data = q->retry.data = q;
    /* These three only fill in a struct; they return int for form's sake. */
    if (uv_prepare_init(loop, &q->prepare) != 0 || uv_check_init(loop, &q->check) != 0 ||
        uv_timer_init(loop, &q->retry) != 0)
        return err_set(e, ERR_IO, "the event loop refuses the store's handles");
    q->handles = 3;
    q->stats.rounds_seen_at_ms = uv_now(loop);
    wake(q);
    return ERR_OK;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct storeq *q = handle->data;
    q->handles--;
    close_if_done(q);
}

static void close_if_done(struct storeq *q)
{
    if (!q->closing || q->handles > 0 || q->round_busy || q->job_busy || q->index_busy ||
        q->on_closed == NULL)
        return;
    void (*on_closed)(struct storeq *) = q->on_closed;
    q->on_closed = NULL;
    on_closed(q);
}

/* Those that wait, not the one under way. */
static void cancel_jobs(struct storeq *q)
{
    struct storeq_job **from = q->job_busy ? &q->jobs->next : &q->jobs;
    struct storeq_job *job = *from;
    *from = NULL;
    q->jobs_end = from;
    while (job != NULL) {
        struct storeq_job *next = job->next;
        job->status = err_set(&job->err, ERR_CANCELLED, "the store is closing");
        job->done(job, ERR_CANCELLED);
        job = next;
    }
}

static void cancel_requests(struct storeq *q)
{
    while (q->waiting.first != NULL) {
        struct storeq_req *req = list_pop(&q->waiting);
        req->status = err_set(&req->err, ERR_CANCELLED, "the store is closing");
        finish(q, req, ERR_CANCELLED);
    }
}

void storeq_close(struct storeq *q, void (*on_closed)(struct storeq *q))
{
    assert(!q->closing);
    q->closing = true;
    q->on_closed = on_closed;
    store_cancel(q->store);
    uv_close((uv_handle_t *)&q->prepare, on_handle_closed);
    uv_close((uv_handle_t *)&q->check, on_handle_closed);
    uv_close((uv_handle_t *)&q->retry, on_handle_closed);
    cancel_requests(q);
    cancel_jobs(q);
}
