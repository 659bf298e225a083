/* Anchors what was sealed: see anchorer.h. */
#include "daemon/anchorer.h"

#include <inttypes.h>
#include <string.h>

#include "daemon/issuers.h"
#include "daemon/lanestore.h"
#include "daemon/log.h"

#define GENESIS_META "chain-genesis"
#define USED_META "key-used" /* u64: so many values had the key of this log anchored before it began */

static void lane_soon(struct anchorer *a);

/* ------------------------------------------------------------------ tasks */

static size_t jobs_of(const struct anchorer *a, const struct anchor_job *jobs[ANCHORER_MAX_TASKS],
                      bool idle[ANCHORER_MAX_TASKS])
{
    for (size_t i = 0; i < a->n_tasks; i++) {
        jobs[i] = &a->tasks[i]->job;
        idle[i] = a->tasks[i]->idle;
    }
    return a->n_tasks;
}

static bool start(struct anchorer *a, const struct anchor_job *job)
{
    struct task *task = task_new(&a->env, job);
    size_t at = anchor_is_call(job) ? a->n_tasks : a->n_batches;
    if (task == NULL)
        return false;
    memmove(&a->tasks[at + 1], &a->tasks[at], (a->n_tasks - at) * sizeof *a->tasks);
    a->tasks[at] = task;
    a->n_tasks++;
    a->n_batches += !anchor_is_call(job);
    struct anchor_event tick = {.what = ANCHOR_EV_TICK};
    task_give(task, &tick);
    return true;
}

/* A final value is only looked after: it must not hold the place of one that waits to be sent. */
static bool has_room(const struct anchorer *a, bool for_call)
{
    size_t n = 0;
    if (for_call)
        return anchorer_has_room_for_call(a);
    for (size_t i = 0; i < a->n_batches; i++)
        n += a->tasks[i]->job.state != ANCHOR_FINAL;
    return n < ANCHORER_MAX_BATCHES && a->n_batches < ANCHORER_MAX_BATCHES + ANCHORER_MAX_WATCHED;
}

/* Read open anchors above k, as long as there is room for their kind. */
static enum err_code load_above(struct anchorer *a, const struct store_read *read, uint64_t k, bool calls, struct err *e)
{
    for (;;) {
        struct slice blob;
        struct anchor_job job;
        enum err_code rc = store_anchor_open_after(read, k, &k, &blob, e);
        if (rc == ERR_NOT_FOUND || (rc == ERR_OK && !calls && k >= ANCHOR_CALLS)) {
            a->more = a->more && calls;
            return ERR_OK;
        }
        if (rc == ERR_OK && !has_room(a, calls))
            return ERR_OK;
        if (rc == ERR_OK)
            rc = anchor_decode(&job, blob.data, blob.len, e);
        if (rc == ERR_OK && !start(a, &job))
            rc = err_set(e, ERR_NOMEM, "out of memory");
        if (rc != ERR_OK)
            return rc;
    }
}

static enum err_code load(struct anchorer *a, bool with_calls, struct err *e)
{
    struct store_read read;
    enum err_code rc = store_read_begin(a->env.store, &read, e);
    if (rc != ERR_OK)
        return rc;
    a->more = true;
    rc = load_above(a, &read, a->n_batches > 0 ? a->tasks[a->n_batches - 1]->job.k : 0, false, e);
    if (rc == ERR_OK && with_calls)
        rc = load_above(a, &read, ANCHOR_CALLS, true, e);
    store_read_end(&read);
    return rc;
}

void anchorer_add(struct anchorer *a, const struct anchor_job *job)
{
    if (a->closing)
        return;
    bool wait = !anchor_is_call(job) && (a->more || !has_room(a, false));
    if (wait || !start(a, job))
        a->more = true; /* it is in the store: read when there is room */
    chainview_look(&a->view);
}

static void load_more(struct anchorer *a)
{
    struct err e;
    if (a->more && !a->closing && load(a, false, &e) != ERR_OK)
        log_error("load-failed", "error=%s", log_quote(e.msg).s);
}

static void on_idle(void *owner, struct task *task)
{
    (void)task;
    lane_soon(owner);
}

static void on_saved(void *owner, struct task *task)
{
    struct anchorer *a = owner;
    enum anchor_state state = task->job.state;
    a->stats.sent += state == ANCHOR_SENT;
    a->stats.mined += state == ANCHOR_MINED;
    if (state == ANCHOR_FINAL && a->last_final_at < task->job.final_at)
        a->last_final_at = task->job.final_at;
    a->stats.final += state == ANCHOR_FINAL && task->job.done;
    if (state == ANCHOR_FINAL)
        load_more(a); /* in its place */
    if (state <= ANCHOR_SENT && task->job.n_reorgs > 0) /* the view is of before */
        chainview_look(&a->view);
    a->on_batch(a->owner, task->job.k, state);
}

static void on_done(void *owner, struct task *task)
{
    struct anchorer *a = owner;
    for (size_t i = 0; i < a->n_tasks; i++)
        if (a->tasks[i] == task) {
            memmove(&a->tasks[i], &a->tasks[i + 1], (a->n_tasks - i - 1) * sizeof *a->tasks);
            a->n_tasks--;
            a->n_batches -= i < a->n_batches;
            break;
        }
    task_close(task);
    load_more(a);
    lane_soon(a);
}

static struct fee_room room(void *owner)
{
    struct anchorer *a = owner;
    const struct anchor_job *jobs[ANCHORER_MAX_TASKS];
    bool idle[ANCHORER_MAX_TASKS];
    size_t n = jobs_of(a, jobs, idle);
    return lane_room(&a->env.lane, jobs, n, &a->view.lane, &a->lane_policy);
}

size_t anchorer_retry(struct anchorer *a)
{
    struct task *stuck[ANCHORER_MAX_TASKS];
    size_t n = 0;
    for (size_t i = 0; i < a->n_tasks; i++)
        if (a->tasks[i]->job.state == ANCHOR_REVERTED && a->tasks[i]->idle)
            stuck[n++] = a->tasks[i];
    for (size_t i = 0; i < n; i++) {
        struct anchor_event retry = {.what = ANCHOR_EV_RETRY};
        task_give(stuck[i], &retry);
    }
    return n;
}

/* ------------------------------------------------------------------ alarms */

uint32_t anchorer_alarms(const struct anchorer *a)
{
    uint32_t alarms = a->env.lane.alarms;
    alarms |= a->key_gone ? ANCHOR_ALARM_KEY_GONE : 0;
    alarms |= a->used_before > 0 ? ANCHOR_ALARM_KEY_USED : 0;
    for (size_t i = 0; i < a->n_tasks; i++)
        alarms |= a->tasks[i]->job.alarms;
    return alarms;
}

/* Say what began and what ended, once each. */
static void log_alarms(struct anchorer *a)
{
    uint32_t now = anchorer_alarms(a), changed = now ^ a->alarms;
    for (unsigned i = 0; i < ANCHOR_N_ALARMS; i++) {
        uint32_t bit = 1u << i;
        if ((changed & bit) == 0)
            continue;
        const struct anchor_alarm_info *info = anchor_alarm_info((enum anchor_alarm)bit);
        if ((now & bit) == 0)
            log_info("alarm-ended", "alarm=%s", info->name);
        else
            log_write(info->urgent ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "alarm", "alarm=%s text=%s remedy=%s", info->name,
                      log_quote(info->text).s, log_quote(info->remedy).s);
    }
    a->alarms = now;
}

/* ------------------------------------------------------------------ the lane */

static void perform_lane(struct anchorer *a, struct lane_action action);

static void on_lane_put(struct storeq_req *req, enum err_code status)
{
    struct anchorer *a = (struct anchorer *)((char *)req - offsetof(struct anchorer, lane_put));
    a->lane_busy = false;
    if (status == ERR_OK) {
        if (anchorer_may_seal(a))
            a->on_may_seal(a->owner);
        else /* an idle view looks once a minute, and would not notice that it is idle no more */
            chainview_look(&a->view);
        lane_soon(a);
    } else /* the next look at the chain tries again */
        log_error("save-failed", "what=lane error=%s", log_quote(req->err.msg).s);
}

/* Pool thread. */
static enum err_code apply_lane(struct store_write *w, struct storeq_req *req, struct err *e)
{
    struct anchorer *a = (struct anchorer *)((char *)req - offsetof(struct anchorer, lane_put));
    return lanestore_put(w, &a->lane_saving, e);
}

static void save_lane(struct anchorer *a)
{
    a->lane_saving = a->env.lane;
    a->lane_put = (struct storeq_req){.apply = apply_lane, .done = on_lane_put};
    a->lane_busy = storeq_submit(a->env.storeq, &a->lane_put, NULL) == ERR_OK;
}

/* The store has a batch with this value, whatever has become of it. */
static bool is_known(const struct anchorer *a, const struct hash32 *value)
{
    struct store_read read;
    uint64_t k;
    if (store_read_begin(a->env.store, &read, NULL) != ERR_OK)
        return false;
    bool known = store_batch_of_value(&read, value, &k, NULL) == ERR_OK;
    store_read_end(&read);
    return known;
}

static struct lane_found found_by(const struct anchorer *a, const struct locate *l)
{
    struct lane_found found = {.what = LANE_FOUND_NOTHING, .hash = l->hash, .value = l->value, .nonce = l->nonce};
    if (l->found)
        found.what = l->is_anchor ? LANE_FOUND_ANCHOR : l->is_key_call ? LANE_FOUND_KEY_CALL : LANE_FOUND_STRANGER;
    found.known = found.what == LANE_FOUND_ANCHOR && is_known(a, &l->value);
    return found;
}

static void on_located(struct locate *l)
{
    struct anchorer *a = l->user;
    const struct anchor_job *jobs[ANCHORER_MAX_TASKS];
    bool idle[ANCHORER_MAX_TASKS];
    a->lane_busy = false;
    if (a->closing || l->cancelled)
        return;
    struct lane_found found = found_by(a, l);
    size_t n = jobs_of(a, jobs, idle);
    perform_lane(a, lane_located(&a->env.lane, jobs, idle, n, &a->view.lane, &found));
}

static uint64_t last_final(const struct anchorer *a)
{
    const struct chainview *v = &a->view;
    if (!v->by_depth)
        return v->finalized.number;
    return v->head.number > v->confirmations ? v->head.number - v->confirmations : 0;
}

static void locate(struct anchorer *a, uint64_t nonce)
{
    a->lane_busy = true;
    a->locate.chain = a->env.chain;
    a->locate.sender = a->env.sender;
    a->locate.to = a->env.to;
    a->locate.nonce = nonce;
    a->locate.from = 0;
    a->locate.last = last_final(a);
    a->locate.user = a;
    a->locate.done = on_located;
    locate_start(&a->locate);
}

/* ------------------------------------------------------------------ after a loss */

void anchorer_recovered(struct anchorer *a)
{
    lane_recovered(&a->env.lane);
    recover_done(&a->recover);
    a->lane_busy = false;
    lane_soon(a);
}

bool anchorer_may_seal(const struct anchorer *a)
{
    return lane_may_seal(&a->env.lane);
}

/* Give up what waits, one after the other: the chain of values goes another way. Then the gap is sealed. */
static void orphan_next(struct anchorer *a)
{
    struct anchor_event orphan = {.what = ANCHOR_EV_ORPHAN};
    for (size_t i = 0; i < a->n_batches; i++) {
        if (a->tasks[i]->job.has_nonce)
            continue;
        if (a->tasks[i]->idle)
            task_give(a->tasks[i], &orphan);
        return; /* it will be done soon, and the lane wakes */
    }
    if (a->more)
        return;
    a->orphaning = false;
    a->on_gap(a->owner, &a->recover);
}

/* Pool thread. What the chain says about the keys of the log. */
static enum err_code apply_learn(struct store_write *w, struct storeq_req *req, struct err *e)
{
    struct anchorer *a = (struct anchorer *)((char *)req - offsetof(struct anchorer, learn_put));
    const struct ownlist *list = &a->recover.list;
    enum err_code rc = ERR_OK;
    for (size_t i = 0; rc == ERR_OK && i < list->n_keys; i++)
        rc = issuers_change(w, a->env.log, list->in_force[i], &list->keys[i], e);
    return rc;
}

static void on_learnt(struct storeq_req *req, enum err_code status)
{
    struct anchorer *a = (struct anchorer *)((char *)req - offsetof(struct anchorer, learn_put));
    if (status == ERR_OK && a->recover.plan.lost) {
        a->orphaning = true;
    } else if (status == ERR_OK) { /* the store knows every own anchor */
        lane_recovered(&a->env.lane);
        save_lane(a);
    } else {
        log_error("save-failed", "what=keys error=%s", log_quote(req->err.msg).s);
        a->lane_busy = false;
    }
    lane_soon(a);
}

/* Pool thread. */
static enum err_code apply_used(struct store_write *w, struct storeq_req *req, struct err *e)
{
    struct anchorer *a = (struct anchorer *)((char *)req - offsetof(struct anchorer, used_put));
    uint8_t bytes[8];
    struct bytes_writer b = bytes_writer(bytes, sizeof bytes);
    bytes_put_u64(&b, a->used_before);
    return store_meta_put(w, USED_META, bytes, sizeof bytes, e);
}

static void on_used(struct storeq_req *req, enum err_code status)
{
    struct anchorer *a = (struct anchorer *)((char *)req - offsetof(struct anchorer, used_put));
    if (status != ERR_OK) /* the alarm lasts until the next start all the same */
        log_error("save-failed", "what=key-used error=%s", log_quote(req->err.msg).s);
    a->lane_busy = false;
    lane_soon(a);
}

/* What the key of a new log has anchored before is not this log's, or its store was lost: an alarm for good. */
static void on_first_look(struct anchorer *a, const struct recover *r)
{
    a->first = r->ok ? ANCHORER_OLD_LOG : ANCHORER_NEW_LOG; /* again after the next look */
    a->used_before = r->ok ? r->plan.n_unknown : 0;
    a->used_put = (struct storeq_req){.apply = apply_used, .done = on_used};
    if (a->used_before > 0 && storeq_submit(a->env.storeq, &a->used_put, NULL) == ERR_OK)
        return;
    a->lane_busy = false;
    lane_soon(a);
}

static void on_recover(struct recover *r)
{
    struct anchorer *a = r->user;
    if (a->closing || r->cancelled)
        return;
    if (a->first == ANCHORER_LOOKING && !(r->ok && r->key_gone)) {
        on_first_look(a, r);
        return;
    }
    a->key_gone = r->ok && r->key_gone;
    if (a->key_gone) { /* the lane stays busy: nothing is sent by this key any more */
        log_alarms(a);
        return;
    }
    a->learn_put = (struct storeq_req){.apply = apply_learn, .done = on_learnt};
    if (!r->ok || storeq_submit(a->env.storeq, &a->learn_put, NULL) != ERR_OK) {
        a->lane_busy = false;
        lane_soon(a);
    }
}

static void recover(struct anchorer *a)
{
    a->lane_busy = true;
    a->recover.store = a->env.store;
    a->recover.r0 = a->env.log->r0;
    a->recover.list.chain = a->env.chain;
    a->recover.list.first = a->env.log->genesis.issuer;
    a->recover.list.sender = a->env.sender;
    a->recover.list.to = a->env.to;
    a->recover.list.registry = a->env.policy.registry;
    a->recover.list.last_block = last_final(a);
    a->recover.list.n_nonces = a->view.lane.nonce_final;
    a->recover.user = a;
    a->recover.done = on_recover;
    recover_start(&a->recover);
}

/* ------------------------------------------------------------------ what the lane wants */

static void perform_lane(struct anchorer *a, struct lane_action action)
{
    struct anchor_event event = {0};
    switch (action.what) {
    case LANE_DO_WAIT:
        return;
    case LANE_DO_SAVE:
        save_lane(a);
        return;
    case LANE_DO_LOCATE:
        locate(a, action.nonce);
        return;
    case LANE_DO_RECOVER:
        if (!a->is_sealing(a->owner)) /* else its batch would be of neither side of the gap; the lane wakes when it comes */
            recover(a);
        return;
    case LANE_DO_GO:
        event.what = ANCHOR_EV_GO;
        break;
    case LANE_DO_COVER:
        event.what = ANCHOR_EV_COVER;
        event.batch = action.batch;
        break;
    case LANE_DO_ADOPT:
        event.what = ANCHOR_EV_ADOPT;
        event.nonce = action.nonce;
        event.sender = a->env.sender;
        event.hash = a->locate.hash;
        break;
    }
    if (a->tasks[action.index]->idle) /* ADOPT comes after a wait: it may have begun something meanwhile */
        task_give(a->tasks[action.index], &event);
    lane_soon(a);
}

static void on_soon(uv_timer_t *timer)
{
    struct anchorer *a = timer->data;
    const struct anchor_job *jobs[ANCHORER_MAX_TASKS];
    bool idle[ANCHORER_MAX_TASKS];
    if (a->orphaning && !a->closing)
        orphan_next(a);
    if (a->closing || a->lane_busy || a->view.stale || a->view.looks + a->view.failures == 0)
        return;
    if (a->first == ANCHORER_NEW_LOG && a->view.lane.rpc_ok && a->first_tried != a->view.lane.serial) {
        a->first = ANCHORER_LOOKING;
        a->first_tried = a->view.lane.serial;
        recover(a);
        return;
    }
    size_t n = jobs_of(a, jobs, idle);
    bool seeded = a->env.lane.seeded;
    struct lane_action action = lane_step(&a->env.lane, jobs, idle, n, &a->view.lane, &a->lane_policy);
    if (!seeded && a->env.lane.next_nonce > 0 && a->env.lane.last_k == 0)
        a->first = ANCHORER_NEW_LOG;
    log_alarms(a);
    perform_lane(a, action);
}

static void lane_soon(struct anchorer *a)
{
    if (!a->closing)
        uv_timer_start(&a->soon, on_soon, 0, 0);
}

/* ------------------------------------------------------------------ the view */

static void on_view(void *owner)
{
    lane_soon(owner);
}

static bool is_busy(void *owner)
{
    return anchorer_is_busy(owner);
}

/* Pool thread. */
static enum err_code apply_pin(struct store_write *w, struct storeq_req *req, struct err *e)
{
    struct anchorer *a = (struct anchorer *)((char *)req - offsetof(struct anchorer, pin_put));
    return store_meta_put(w, GENESIS_META, a->view.genesis.b, sizeof a->view.genesis.b, e);
}

static void on_pinned(struct storeq_req *req, enum err_code status)
{
    struct anchorer *a = (struct anchorer *)((char *)req - offsetof(struct anchorer, pin_put));
    a->pinned = status == ERR_OK; /* else it is learnt again at the next start */
}

static void on_genesis(void *owner, const struct hash32 *hash)
{
    struct anchorer *a = owner;
    (void)hash;
    a->pin_put = (struct storeq_req){.apply = apply_pin, .done = on_pinned};
    if (storeq_submit(a->env.storeq, &a->pin_put, NULL) != ERR_OK)
        a->pinned = false;
}

struct sealer_block anchorer_recent_block(const struct anchorer *a)
{
    if (a->view.anchor.finalized_known)
        return (struct sealer_block){a->view.finalized.number, a->view.finalized.hash};
    if (a->view.ever)
        return (struct sealer_block){a->view.head.number, a->view.head.hash};
    return (struct sealer_block){0};
}

bool anchorer_has_room_for_call(const struct anchorer *a)
{
    return a->n_tasks - a->n_batches < ANCHORER_MAX_CALLS;
}

bool anchorer_is_calling(const struct anchorer *a, enum anchor_call call, const struct hash32 *argument)
{
    for (size_t i = a->n_batches; i < a->n_tasks; i++) {
        const struct anchor_job *job = &a->tasks[i]->job;
        if (job->call == call && hash32_equal(&job->value, argument) && job->state != ANCHOR_FINAL)
            return true;
    }
    return false;
}

bool anchorer_is_settled(const struct anchorer *a)
{
    for (size_t i = 0; i < a->n_tasks; i++)
        if (a->tasks[i]->job.state != ANCHOR_FINAL || a->tasks[i]->saved_state != ANCHOR_FINAL)
            return false;
    return !a->more && !a->lane_busy;
}

void anchorer_switch(struct anchorer *a, const struct seal_address *sender)
{
    a->env.sender = *sender;
    a->env.lane = lane_of_new_key(&a->env.lane, sender);
    chainview_switch(&a->view, sender);
}

bool anchorer_is_busy(const struct anchorer *a)
{
    for (size_t i = 0; i < a->n_tasks; i++)
        if (a->tasks[i]->job.state != ANCHOR_FINAL || !a->tasks[i]->job.has_evidence)
            return true;
    return a->more || !anchorer_may_seal(a);
}

/* ------------------------------------------------------------------ start and stop */

static enum err_code read_stored(struct anchorer *a, struct err *e)
{
    struct store_read read;
    struct slice bytes;
    enum err_code rc = store_read_begin(a->env.store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = lanestore_read(&read, &a->env.lane, e);
    rc = rc == ERR_NOT_FOUND ? ERR_OK : rc;
    a->env.lane.sender = a->env.sender;
    if (rc == ERR_OK && store_meta(&read, GENESIS_META, &bytes, NULL) == ERR_OK && bytes.len == 32) {
        memcpy(a->view.genesis.b, bytes.data, 32);
        a->pinned = true;
    }
    if (rc == ERR_OK && store_meta(&read, USED_META, &bytes, NULL) == ERR_OK) {
        struct bytes_reader b = bytes_reader(bytes.data, bytes.len);
        a->used_before = bytes_get_u64(&b);
    }
    store_read_end(&read);
    return rc;
}

enum err_code anchorer_open(struct anchorer *a, struct err *e)
{
    a->env.view = &a->view;
    a->env.lane.sender = a->env.sender;
    a->env.owner = a;
    a->env.room = room;
    a->env.on_idle = on_idle;
    a->env.on_saved = on_saved;
    a->env.on_done = on_done;
    a->view.owner = a;
    a->view.is_busy = is_busy;
    a->view.on_view = on_view;
    a->view.on_genesis = on_genesis;
    enum err_code rc = read_stored(a, e);
    if (rc != ERR_OK)
        return err_wrap(e, "start the anchorer");
    if (uv_timer_init(a->env.loop, &a->soon) != 0)
        return err_set(e, ERR_IO, "start the anchorer: no timer");
    a->soon.data = a;
    rc = chainview_open(&a->view, e);
    return rc == ERR_OK ? load(a, true, e) : rc;
}

void anchorer_close(struct anchorer *a)
{
    a->closing = true;
    uv_close((uv_handle_t *)&a->soon, NULL);
    chainview_close(&a->view);
    for (size_t i = 0; i < a->n_tasks; i++)
        task_stop(a->tasks[i]);
}

void anchorer_done(struct anchorer *a)
{
    for (size_t i = 0; i < a->n_tasks; i++)
        task_close(a->tasks[i]);
    a->n_tasks = 0;
    recover_done(&a->recover);
}
