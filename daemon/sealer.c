/* Closes batches: see sealer.h for the story. */
#include "daemon/sealer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/sha256.h"
#include "daemon/fault.h"
#include "daemon/log.h"

#define RETRY_MS 5000
#define MAX_TIMER_MS 60000 /* look at least once a minute: wall time may have jumped */

static void on_timer(uv_timer_t *timer)
{
    sealer_wake(timer->data);
}

static void look_again(struct sealer *s, uint64_t wait_ms)
{
    uint64_t now = clock_mono_ms(s->clock);
    s->due_mono_ms = wait_ms == BATCH_NO_WAKE ? BATCH_NO_WAKE : now + wait_ms;
    if (wait_ms > MAX_TIMER_MS)
        wait_ms = MAX_TIMER_MS;
    uv_timer_start(&s->timer, on_timer, wait_ms, 0);
}

static void failed(struct sealer *s, const char *what, const struct err *e)
{
    s->busy = false;
    s->failures++;
    snprintf(s->last_error, sizeof s->last_error, "%s", e->msg);
    log_error("seal-failed", "batch=%" PRIu64 " step=%s error=%s retry_ms=%d", s->batch.k, what,
              log_quote(e->msg).s, RETRY_MS);
    if (!s->closing)
        look_again(s, RETRY_MS);
}

/* ------------------------------------------------------------------ 4: the batch is durable */

static void on_put(struct storeq_req *req, enum err_code status)
{
    struct sealer *s = (struct sealer *)((char *)req - offsetof(struct sealer, put));
    if (status != ERR_OK) {
        failed(s, "put", &req->err);
        return;
    }
    fault_point("sealed");
    uint64_t now = clock_mono_ms(s->clock);
    s->busy = false;
    s->failures = 0;
    s->last_error[0] = '\0';
    s->flush -= s->flush < s->batch.leaf_count ? s->flush : s->batch.leaf_count;
    s->oldest_mono_ms = 0;
    s->sealed_mono_ms = now;
    s->stats.batches++;
    s->stats.leaves += s->batch.leaf_count;
    s->job.run.unsaved = false;
    log_info("sealed", "batch=%" PRIu64 " leaves=%" PRIu64 " reason=%s ms=%" PRIu64, s->batch.k, s->batch.leaf_count,
             batch_reason_name(s->reason), now - s->started_mono_ms);
    s->on_sealed(s->owner, &s->job);
    sealer_wake(s);
}

/* Pool thread. */
static enum err_code apply_put(struct store_write *w, struct storeq_req *req, struct err *e)
{
    struct sealer *s = (struct sealer *)((char *)req - offsetof(struct sealer, put));
    uint8_t blob[ANCHOR_MAX_BLOB];
    size_t len;
    anchor_encode(&s->job, blob, &len);
    enum err_code rc = store_batch_put(w, &s->batch, NULL, e);
    return rc != ERR_OK ? rc : store_anchor_put(w, s->batch.k, false, blob, len, e);
}

/* ------------------------------------------------------------------ 3: the mirror has it */

static void put(struct sealer *s)
{
    struct err e;
    s->job = anchor_new(s->batch.k, &s->batch.anchored, clock_unix_s(s->clock));
    s->put = (struct storeq_req){.apply = apply_put, .done = on_put};
    if (storeq_submit(s->storeq, &s->put, &e) != ERR_OK)
        failed(s, "put", &e);
}

static void on_copied(struct storeq_job *job, enum err_code status)
{
    struct sealer *s = (struct sealer *)((char *)job - offsetof(struct sealer, copy));
    if (status == ERR_OK)
        put(s);
    else
        failed(s, "mirror", &job->err);
}

/* Pool thread. */
static enum err_code run_copy(struct store *store, struct storeq_job *job, struct err *e)
{
    struct sealer *s = (struct sealer *)((char *)job - offsetof(struct sealer, copy));
    return mirror_write(s->mirror, store, s->log, &s->batch, NULL, e);
}

/* ------------------------------------------------------------------ 2: the tree is durable */

static void fill_header(struct sealer *s)
{
    struct sealer_block block = s->recent_block(s->owner);
    struct seal_header header = {
        .r0 = s->log->r0,
        .number = s->batch.k,
        .leaf_count = s->batch.leaf_count,
        .sealed_at = s->batch.sealed_at,
        .chain_id = s->log->chain_id,
        .block = block.number,
        .block_hash = block.hash,
    };
    seal_header_encode(s->batch.header, &header);
    struct hash32 header_hash = sha256(s->batch.header, sizeof s->batch.header);
    s->batch.seal = seal_of(&s->batch.root, &header_hash);
    s->batch.anchored = seal_next(&s->batch.previous, &s->batch.seal);
}

static void finish_batch(struct sealer *s)
{
    struct err e;
    fill_header(s);
    s->copy = (struct storeq_job){.run = run_copy, .done = on_copied};
    if (storeq_run(s->storeq, &s->copy, &e) != ERR_OK)
        failed(s, "mirror", &e);
}

static void on_tree(struct storeq_job *job, enum err_code status)
{
    struct sealer *s = (struct sealer *)((char *)job - offsetof(struct sealer, tree));
    s->stats.last_tree_ms = clock_mono_ms(s->clock) - s->started_mono_ms;
    if (status == ERR_OK)
        finish_batch(s);
    else
        failed(s, "tree", &job->err);
}

/* Pool thread. */
static enum err_code run_tree(struct store *store, struct storeq_job *job, struct err *e)
{
    struct sealer *s = (struct sealer *)((char *)job - offsetof(struct sealer, tree));
    return store_tree_build(store, s->batch.first, s->batch.leaf_count, &s->batch.root, e);
}

/* ------------------------------------------------------------------ 1: is one due? */

/* What the decision needs, and the newest batch: the next one follows it. */
static enum err_code look(struct sealer *s, struct batch_state *state, struct store_pending *pending,
                          struct store_batch *newest, struct err *e)
{
    struct store_read read;
    enum err_code rc = store_read_begin(s->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_pending(&read, pending, e);
    if (rc == ERR_OK) {
        rc = store_batch_newest(&read, newest, e);
        if (rc == ERR_NOT_FOUND) {
            *newest = (struct store_batch){.anchored = s->log->r0, .sealed_at = s->log->genesis.created_at};
            rc = ERR_OK;
        }
    }
    store_read_end(&read);
    if (rc != ERR_OK)
        return rc;
    uint64_t mono = clock_mono_ms(s->clock);
    if (pending->count == 0)
        s->oldest_mono_ms = 0;
    else if (s->oldest_mono_ms == 0)
        s->oldest_mono_ms = mono;
    *state = (struct batch_state){
        .now = clock_unix_s(s->clock),
        .mono_ms = mono,
        .pending = pending->count,
        .oldest_at = pending->oldest_at,
        .oldest_mono_ms = s->oldest_mono_ms,
        .sealed_at = newest->sealed_at,
        .sealed_mono_ms = s->sealed_mono_ms,
        .flush = s->flush,
        .paused = s->paused,
        .draining = s->draining,
    };
    return ERR_OK;
}

static void begin(struct sealer *s, const struct batch_decision *decision, const struct store_pending *pending,
                  const struct store_batch *newest)
{
    struct err e;
    s->busy = true;
    s->reason = decision->reason;
    s->started_mono_ms = clock_mono_ms(s->clock);
    s->batch = (struct store_batch){
        .k = newest->k + 1,
        .first = pending->first,
        .leaf_count = decision->n_leaves,
        .previous = newest->anchored,
        .sealed_at = decision->sealed_at,
        .status = STORE_SEALED,
    };
    if (decision->n_leaves == 0) { /* a heartbeat: B_k is 32 zero bytes */
        finish_batch(s);
        return;
    }
    s->tree = (struct storeq_job){.run = run_tree, .done = on_tree};
    if (storeq_run(s->storeq, &s->tree, &e) != ERR_OK)
        failed(s, "tree", &e);
}

void sealer_wake(struct sealer *s)
{
    struct batch_state state;
    struct store_pending pending;
    struct store_batch newest;
    struct err e;
    if (s->busy || s->closing)
        return;
    if (s->held) {
        void (*on_held)(void *) = s->on_held;
        s->on_held = NULL;
        if (on_held != NULL)
            on_held(s->held_ctx);
        return;
    }
    if (look(s, &state, &pending, &newest, &e) != ERR_OK) {
        failed(s, "look", &e);
        return;
    }
    struct batch_decision decision = batch_decide(&state, &s->policy);
    if (decision.reason == BATCH_NOT_DUE)
        look_again(s, decision.wait_ms);
    else
        begin(s, &decision, &pending, &newest);
}

uint64_t sealer_flush(struct sealer *s)
{
    struct store_read read;
    struct store_pending pending = {0};
    if (store_read_begin(s->store, &read, NULL) == ERR_OK) {
        if (store_pending(&read, &pending, NULL) != ERR_OK)
            pending.count = 0;
        store_read_end(&read);
    }
    s->flush = pending.count;
    sealer_wake(s);
    return pending.count;
}

void sealer_hold(struct sealer *s, void (*on_held)(void *ctx), void *ctx)
{
    s->held = true;
    s->on_held = on_held;
    s->held_ctx = ctx;
    sealer_wake(s);
}

void sealer_release(struct sealer *s)
{
    s->held = false;
    s->on_held = NULL;
    sealer_wake(s);
}

uint64_t sealer_seconds_to_seal(const struct sealer *s)
{
    uint64_t now = clock_mono_ms(s->clock);
    if (s->busy || s->due_mono_ms == BATCH_NO_WAKE || s->due_mono_ms <= now)
        return 1;
    return (s->due_mono_ms - now + 999) / 1000;
}

enum err_code sealer_open(struct sealer *s, struct err *e)
{
    if (uv_timer_init(s->loop, &s->timer) != 0)
        return err_set(e, ERR_IO, "start the sealer: no timer");
    s->timer.data = s;
    s->sealed_mono_ms = clock_mono_ms(s->clock);
    sealer_wake(s);
    return ERR_OK;
}

void sealer_close(struct sealer *s)
{
    s->closing = true;
    uv_close((uv_handle_t *)&s->timer, NULL);
}
