/* Closes batches: see sealer.h for the story. */
#include "daemon/sealer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/sha256.h"
#include "daemon/fault.h"
#include "daemon/lanestore.h"
#include "daemon/log.h"
#include "daemon/taskbase.h"

#define AGAIN_META "again" /* u64 each: the orphans that are still to be sealed again, the next one last */
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

static const char *annex_of(const struct sealer *s)
{
    return s->batch.annex_len > 0 ? s->annex.data : NULL;
}

/* ------------------------------------------------------------------ 4: the batch is durable */

static void is_durable(struct sealer *s)
{
    uint64_t now = clock_mono_ms(s->clock);
    s->busy = false;
    s->forced = false;
    s->failures = 0;
    s->last_error[0] = '\0';
    if (s->reason == BATCH_AGAIN)
        s->n_again--;
    else
        s->flush -= s->flush < s->batch.leaf_count ? s->flush : s->batch.leaf_count;
    s->oldest_mono_ms = 0;
    s->sealed_mono_ms = now;
    s->stats.batches++;
    s->stats.leaves += s->batch.leaf_count;
    s->job.run.unsaved = false;
    log_info("sealed", "batch=%" PRIu64 " leaves=%" PRIu64 " reason=%s ms=%" PRIu64, s->batch.k, s->batch.leaf_count,
             batch_reason_name(s->reason), now - s->started_mono_ms);
    if (s->reason == BATCH_GAP) {
        s->has_gap = false;
        s->on_declared(s->owner);
    }
    s->on_sealed(s->owner, &s->job);
    sealer_wake(s);
}

static void on_put(struct storeq_req *req, enum err_code status)
{
    struct sealer *s = (struct sealer *)((char *)req - offsetof(struct sealer, put));
    if (status != ERR_OK) {
        s->unsure = true;
        failed(s, "put", &req->err);
        return;
    }
    fault_point("sealed");
    is_durable(s);
}

/* A write that failed may have come to stay (dbenv.h): then the newest batch is the one that was to be put. */
static bool was_put_after_all(struct sealer *s, const struct store_batch *newest)
{
    bool unsure = s->unsure;
    s->unsure = false;
    return unsure && newest->k == s->batch.k && hash32_equal(&newest->anchored, &s->batch.anchored);
}

static enum err_code recover_lane(struct store_write *w, struct err *e)
{
    struct lane lane;
    enum err_code rc = lanestore_read(store_write_view(w), &lane, e);
    if (rc != ERR_OK)
        return rc;
    lane_recovered(&lane);
    return lanestore_put(w, &lane, e);
}

/* What a batch after a loss changes besides. */
static enum err_code put_beside(struct store_write *w, const struct sealer *s, struct err *e)
{
    if (s->reason != BATCH_GAP && s->reason != BATCH_AGAIN)
        return ERR_OK;
    enum err_code rc = s->left.len > 0 ? store_meta_put(w, AGAIN_META, s->left.data, s->left.len, e)
                                       : store_meta_delete(w, AGAIN_META, e);
    return rc == ERR_OK && s->reason == BATCH_GAP ? recover_lane(w, e) : rc;
}

/* Pool thread. */
static enum err_code apply_put(struct store_write *w, struct storeq_req *req, struct err *e)
{
    struct sealer *s = (struct sealer *)((char *)req - offsetof(struct sealer, put));
    uint8_t blob[ANCHOR_MAX_BLOB];
    size_t len;
    anchor_encode(&s->job, blob, &len);
    enum err_code rc = store_batch_put(w, &s->batch, annex_of(s), e);
    if (rc == ERR_OK)
        rc = issuers_told(w, s->n_told, e);
    if (rc == ERR_OK)
        rc = store_anchor_put(w, s->batch.k, false, blob, len, e);
    return rc != ERR_OK ? rc : put_beside(w, s, e);
}

/* ------------------------------------------------------------------ 3: the mirror has it */

/* The list as it will be: without the orphan that this batch holds. */
static void fill_left(struct sealer *s)
{
    size_t n = s->n_again - (s->reason == BATCH_AGAIN);
    text_clear(&s->left);
    for (size_t i = 0; i < n; i++) {
        uint8_t number[8];
        struct bytes_writer b = bytes_writer(number, sizeof number);
        bytes_put_u64(&b, s->again[i]);
        text_put(&s->left, (const char *)number, sizeof number);
    }
}

static void put(struct sealer *s)
{
    struct err e;
    fill_left(s);
    if (s->left.failed) {
        text_done(&s->left);
        err_set(&e, ERR_NOMEM, "out of memory");
        failed(s, "put", &e);
        return;
    }
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
    return mirror_write(s->mirror, store, s->log, &s->batch, annex_of(s), e);
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
    if (s->batch.annex_len > 0)
        header.annex_hash = sha256(annex_of(s), s->batch.annex_len);
    seal_header_encode(s->batch.header, &header);
    struct hash32 header_hash = sha256(s->batch.header, sizeof s->batch.header);
    s->batch.seal = seal_of(&s->batch.root, &header_hash);
    s->batch.anchored = seal_next(&s->batch.previous, &s->batch.seal);
}

/* The gap, or what changed about the keys; those may wait for the next batch. */
static enum err_code fill_annex(struct sealer *s, struct err *e)
{
    struct store_read read;
    text_clear(&s->annex);
    s->n_told = 0;
    if (s->reason == BATCH_GAP) {
        text_put(&s->annex, s->gap.annex, s->gap.annex_len);
    } else if (store_read_begin(s->store, &read, NULL) == ERR_OK) {
        s->n_told = issuers_annex(&read, &s->annex);
        store_read_end(&read);
    }
    if (s->annex.failed) {
        text_done(&s->annex);
        s->n_told = 0;
        return err_set(e, ERR_NOMEM, "out of memory");
    }
    s->batch.annex_len = (uint32_t)s->annex.len;
    return ERR_OK;
}

static void finish_batch(struct sealer *s)
{
    struct err e;
    if (fill_annex(s, &e) != ERR_OK) {
        failed(s, "annex", &e);
        return;
    }
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
    if (s->flush_asked)
        s->flush = pending->count;
    s->flush_asked = false;
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
        .draining = s->draining || s->key_goes || !s->may_seal(s->owner),
        .forced = s->forced,
    };
    return ERR_OK;
}

/* Range, number and what it follows are in s->batch; from the tree on all batches are the same. */
static void begin(struct sealer *s, enum batch_reason reason, uint64_t sealed_at)
{
    struct err e;
    s->busy = true;
    s->reason = reason;
    s->started_mono_ms = clock_mono_ms(s->clock);
    s->batch.sealed_at = sealed_at;
    s->batch.status = STORE_SEALED;
    if (s->batch.leaf_count == 0) { /* a heartbeat, a gap: B_k is 32 zero bytes */
        finish_batch(s);
        return;
    }
    s->tree = (struct storeq_job){.run = run_tree, .done = on_tree};
    if (storeq_run(s->storeq, &s->tree, &e) != ERR_OK)
        failed(s, "tree", &e);
}

static void begin_gap(struct sealer *s, const struct store_pending *pending, uint64_t sealed_at)
{
    s->batch = (struct store_batch){.k = s->gap.k, .first = pending->first, .previous = s->gap.previous};
    begin(s, BATCH_GAP, sealed_at);
}

static void begin_again(struct sealer *s, const struct store_batch *newest, uint64_t sealed_at)
{
    struct store_read read;
    struct store_batch orphan;
    struct err e;
    enum err_code rc = store_read_begin(s->store, &read, &e);
    if (rc == ERR_OK) {
        rc = store_batch(&read, s->again[s->n_again - 1], &orphan, &e);
        store_read_end(&read);
    }
    s->batch = (struct store_batch){.k = newest->k + 1, .previous = newest->anchored};
    if (rc != ERR_OK) {
        failed(s, "again", &e);
        return;
    }
    s->batch.first = orphan.first;
    s->batch.leaf_count = orphan.leaf_count;
    begin(s, BATCH_AGAIN, sealed_at);
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
    if (was_put_after_all(s, &newest)) {
        is_durable(s);
        return;
    }
    struct batch_decision decision = batch_decide(&state, &s->policy);
    bool held = s->paused || s->draining;
    if (s->has_gap && !held) {
        begin_gap(s, &pending, decision.sealed_at);
    } else if (s->n_again > 0 && !held && s->may_seal(s->owner)) {
        begin_again(s, &newest, decision.sealed_at);
    } else if (decision.reason == BATCH_NOT_DUE) {
        look_again(s, decision.wait_ms);
    } else {
        s->batch = (struct store_batch){.k = newest.k + 1,
                                        .first = pending.first,
                                        .leaf_count = decision.n_leaves,
                                        .previous = newest.anchored};
        begin(s, decision.reason, decision.sealed_at);
    }
}

uint64_t sealer_flush(struct sealer *s)
{
    struct store_read read;
    struct store_pending pending = {0};
    s->flush_asked = true;
    if (store_read_begin(s->store, &read, NULL) == ERR_OK) {
        s->flush_asked = store_pending(&read, &pending, NULL) != ERR_OK;
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

bool sealer_is_busy(const struct sealer *s)
{
    return s->busy || s->unsure;
}

uint64_t sealer_seconds_to_seal(const struct sealer *s)
{
    uint64_t now = clock_mono_ms(s->clock);
    if (s->busy || s->due_mono_ms == BATCH_NO_WAKE || s->due_mono_ms <= now)
        return 1;
    return (s->due_mono_ms - now + 999) / 1000;
}

/* ------------------------------------------------------------------ after a loss */

/* The next one last. A list that is being stored is a copy (fill_left). */
static enum err_code take_again(struct sealer *s, const uint64_t *ascending, size_t n, struct err *e)
{
    size_t all = n + s->n_again;
    uint64_t *list = all <= SEALER_MAX_AGAIN ? malloc((all + 1) * sizeof *list) : NULL;
    if (list == NULL)
        return err_set(e, all <= SEALER_MAX_AGAIN ? ERR_NOMEM : ERR_LIMIT, "%zu batches to be sealed again", all);
    for (size_t i = 0; i < n; i++)
        list[i] = ascending[n - 1 - i];
    for (size_t i = 0; i < s->n_again; i++) /* left over from the loss before */
        list[n + i] = s->again[i];
    free(s->again);
    s->again = list;
    s->n_again = all;
    return ERR_OK;
}

enum err_code sealer_declare(struct sealer *s, const struct sealer_gap *gap, const uint64_t *again, size_t n_again,
                             struct err *e)
{
    enum err_code rc = take_again(s, again, n_again, e);
    if (rc != ERR_OK)
        return rc;
    s->gap = *gap;
    s->has_gap = true;
    sealer_wake(s);
    return ERR_OK;
}

static enum err_code read_again(struct sealer *s, struct err *e)
{
    struct store_read read;
    struct slice bytes;
    enum err_code rc = store_read_begin(s->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_meta(&read, AGAIN_META, &bytes, e);
    if (rc == ERR_OK) {
        struct bytes_reader b = bytes_reader(bytes.data, bytes.len);
        s->n_again = bytes.len / 8;
        s->again = malloc(bytes.len > 0 ? bytes.len : 1);
        if (s->again == NULL)
            rc = err_set(e, ERR_NOMEM, "out of memory");
        for (size_t i = 0; rc == ERR_OK && i < s->n_again; i++)
            s->again[i] = bytes_get_u64(&b);
    }
    store_read_end(&read);
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

void sealer_done(struct sealer *s)
{
    free(s->again);
    s->again = NULL;
    s->n_again = 0;
    text_done(&s->annex);
    text_done(&s->left);
}

enum err_code sealer_open(struct sealer *s, struct err *e)
{
    enum err_code rc = read_again(s, e);
    if (rc != ERR_OK)
        return rc;

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
