/* Who gets the next nonce: see lane.h. */
#include "daemon/core/lane.h"

#include <string.h>

#include "common/bytes.h"

#define BLOB_VERSION 2

/* What lane_step() and lane_located() look at. */
struct scene {
    const struct anchor_job *const *jobs;
    const bool *idle;
    size_t n;
};

static struct lane_action act(enum lane_do what, size_t index)
{
    return (struct lane_action){.what = what, .index = index};
}

static const struct lane_action WAIT = {.what = LANE_DO_WAIT};

static bool is_waiting(const struct anchor_job *job)
{
    return job->state == ANCHOR_QUEUED || job->state == ANCHOR_FOREIGN ||
           job->state == ANCHOR_REVERTED;
}

/* Its nonce is one of this key's. */
static bool is_ours(const struct lane *lane, const struct anchor_job *job)
{
    return job->has_nonce && memcmp(&job->from, &lane->sender, sizeof job->from) == 0;
}

/* It holds a nonce that is not used yet, as far as we know. */
static bool is_under_way(const struct anchor_job *job)
{
    return job->has_nonce && job->state != ANCHOR_MINED && job->state != ANCHOR_FINAL;
}

/* The first nonce of a new log. A wrong one would mend itself (nonce used: SUSPECT, FOREIGN), so two
 * witnesses are enough. */
static bool can_seed(const struct lane_view *view)
{
    return view->pending_known && view->nonce == view->nonce_pending;
}

/* ------------------------------------------------------------------ reasons to wait */

/* What was sent waits for a lower nonce, which is the next to be used and of nothing that we would send. */
static bool is_gap(const struct lane *lane, const struct scene *scene, uint64_t next)
{
    bool later = false;
    for (size_t i = 0; i < scene->n; i++) {
        const struct anchor_job *job = scene->jobs[i];
        if (is_ours(lane, job) && job->nonce == next)
            return false;
        later |= is_ours(lane, job) && is_under_way(job) && job->nonce > next;
    }
    return later;
}

static uint32_t alarms_of(const struct lane *lane, const struct scene *scene,
                          const struct lane_view *view, const struct lane_policy *policy)
{
    uint32_t alarms = lane->recover ? ANCHOR_ALARM_OLD_STORE : 0;
    if (!view->chain_ok) /* it is put aside then, and does not answer any more */
        return alarms | ANCHOR_ALARM_WRONG_CHAIN;
    if (!view->rpc_ok)
        return alarms | ANCHOR_ALARM_RPC_DOWN;
    if (view->balance < policy->low_funds)
        alarms |= ANCHOR_ALARM_LOW_FUNDS;
    if (lane->seeded && (view->nonce > lane->next_nonce ||
                         (view->final_known && view->nonce_final > lane->next_nonce)))
        alarms |= ANCHOR_ALARM_KEY_ELSEWHERE;
    if (lane->seeded ? lane->settling : !can_seed(view))
        alarms |= ANCHOR_ALARM_SETTLING;
    if (view->final_known && is_gap(lane, scene, view->nonce))
        alarms |= ANCHOR_ALARM_NONCE_GAP;
    return alarms;
}

/* All views of the chain are the same, and so is ours: nothing of a former life is still under way. */
static bool all_agree(const struct lane *lane, const struct lane_view *view)
{
    return view->pending_known && view->final_known && view->nonce == view->nonce_pending &&
           view->nonce == view->nonce_final && view->nonce == lane->next_nonce;
}

/* No save of a job is under way, so the lane may be stored as it is. */
static bool all_idle(const struct scene *scene)
{
    for (size_t i = 0; i < scene->n; i++) {
        if (!scene->idle[i])
            return false;
    }
    return true;
}

static struct lane_action seed(struct lane *lane, const struct lane_view *view)
{
    if (!can_seed(view))
        return WAIT;
    lane->seeded = true;
    lane->next_nonce = view->nonce;
    if (view->nonce > 0 && lane->last_k > 0) /* a key that comes to a log must not have anchored it before */
        lane->recover = lane->settling = true;
    return act(LANE_DO_SAVE, 0);
}

/* Nothing may be sent while it is unclear what the values before it are doing. */
static bool is_blocked(const struct lane *lane, const struct scene *scene,
                       const struct lane_policy *policy)
{
    uint32_t n = 0;
    for (size_t i = 0; i < scene->n; i++) {
        const struct anchor_job *job = scene->jobs[i];
        if (job->state == ANCHOR_SUSPECT)
            return true;
        if (is_ours(lane, job) && job->nonce >= lane->next_nonce)
            return true; /* taken, and not saved yet */
        if (is_under_way(job)) {
            n++;
            if (is_ours(lane, job) && job->nonce + 1 == lane->next_nonce && !anchor_is_out(job))
                return true;
        }
    }
    return n >= policy->window;
}

/* ------------------------------------------------------------------ who is next */

/* A value that lost its nonce after a later one took its own: the later one proves it. */
static struct lane_action cover(const struct lane *lane, const struct scene *scene)
{
    for (size_t i = 0; i < scene->n; i++) {
        const struct anchor_job *job = scene->jobs[i];
        if (is_waiting(job) && !anchor_is_call(job) && job->k < lane->last_k && scene->idle[i])
            return (struct lane_action){.what = LANE_DO_COVER, .index = i, .batch = lane->last_k};
    }
    return WAIT;
}

static bool was_tried(const struct lane *lane, const struct lane_view *view, uint64_t k)
{
    return lane->tried == view->serial && lane->tried_k == k;
}

/* The lowest that waits, once a look: calls before batches. A value reverted twice stops all behind it. */
static struct lane_action go_among(struct lane *lane, const struct scene *scene, const struct lane_view *view, bool calls)
{
    for (size_t i = 0; i < scene->n; i++) {
        if (!is_waiting(scene->jobs[i]) || anchor_is_call(scene->jobs[i]) != calls)
            continue;
        if (!scene->idle[i] || was_tried(lane, view, scene->jobs[i]->k))
            return WAIT;
        lane->tried = view->serial;
        lane->tried_k = scene->jobs[i]->k;
        return act(LANE_DO_GO, i);
    }
    return WAIT;
}

static struct lane_action go(struct lane *lane, const struct scene *scene, const struct lane_view *view)
{
    struct lane_action call = go_among(lane, scene, view, true);
    return call.what != LANE_DO_WAIT ? call : go_among(lane, scene, view, false);
}

/* Nothing that waits could be found on the chain, so it need not be searched nonce by nonce. */
static bool can_skip(const struct lane *lane, const struct scene *scene, const struct lane_view *view)
{
    for (size_t i = 0; i < scene->n; i++) {
        if (is_waiting(scene->jobs[i]))
            return false;
    }
    return lane->recover && all_idle(scene) && view->nonce == view->nonce_final;
}

static struct lane_action skip(struct lane *lane, const struct lane_view *view)
{
    lane->next_nonce = view->nonce_final;
    return act(LANE_DO_SAVE, 0);
}

/* All views of the chain agree: end the settling, or do first what a loss needs. */
static struct lane_action settle(struct lane *lane, const struct scene *scene, const struct lane_view *view)
{
    if (!all_agree(lane, view) || !all_idle(scene))
        return WAIT;
    if (!lane->recover) {
        lane->settling = false;
        return act(LANE_DO_SAVE, 0);
    }
    if (was_tried(lane, view, 0))
        return WAIT;
    lane->tried = view->serial;
    lane->tried_k = 0;
    return act(LANE_DO_RECOVER, 0);
}

static struct lane_action locate(const struct lane *lane, const struct lane_view *view)
{
    if (was_tried(lane, view, 0))
        return WAIT;
    return (struct lane_action){.what = LANE_DO_LOCATE, .nonce = lane->next_nonce};
}

struct lane_action lane_step(struct lane *lane, const struct anchor_job *const *jobs, const bool *idle,
                             size_t n_jobs, const struct lane_view *view,
                             const struct lane_policy *policy)
{
    const struct scene scene = {jobs, idle, n_jobs};
    lane->alarms = alarms_of(lane, &scene, view, policy);
    struct lane_action covered = cover(lane, &scene);
    if (covered.what != LANE_DO_WAIT)
        return covered;
    if (!view->rpc_ok || !view->chain_ok)
        return WAIT;
    if (!lane->seeded)
        return all_idle(&scene) ? seed(lane, view) : WAIT;
    if (is_blocked(lane, &scene, policy))
        return WAIT;
    if (view->final_known && view->nonce_final > lane->next_nonce)
        return can_skip(lane, &scene, view) ? skip(lane, view) : locate(lane, view);
    if (view->nonce > lane->next_nonce)
        return WAIT; /* a stranger's, or a former life's: locate it once it is final */
    if (lane->settling)
        return settle(lane, &scene, view);
    return go(lane, &scene, view);
}

struct lane_action lane_located(struct lane *lane, const struct anchor_job *const *jobs,
                                const bool *idle, size_t n_jobs, const struct lane_view *view,
                                const struct lane_found *found)
{
    lane->tried = view->serial;
    lane->tried_k = 0;
    const struct scene scene = {jobs, idle, n_jobs};
    if (found->what == LANE_FOUND_NOTHING || found->nonce != lane->next_nonce)
        return WAIT;
    bool is_anchor = found->what == LANE_FOUND_ANCHOR;
    for (size_t i = 0; is_anchor && i < n_jobs; i++) {
        if (!hash32_equal(&jobs[i]->value, &found->value) || !is_waiting(jobs[i]) || anchor_is_call(jobs[i]))
            continue;
        if (!idle[i])
            return WAIT;
        return (struct lane_action){.what = LANE_DO_ADOPT, .index = i, .nonce = found->nonce};
    }
    if (!all_idle(&scene))
        return WAIT;
    bool is_key_call = found->what == LANE_FOUND_KEY_CALL;
    bool is_lost = is_key_call || (is_anchor && !found->known);
    lane->recover |= is_lost;
    lane->settling |= is_lost;
    lane->strangers += !is_anchor && !is_key_call;
    lane->next_nonce++;
    lane->tried = 0; /* the next one may be looked at at once */
    return act(LANE_DO_SAVE, 0);
}

void lane_recovered(struct lane *lane)
{
    lane->recover = lane->settling = false;
}

bool lane_may_seal(const struct lane *lane)
{
    return !lane->settling && !lane->recover;
}

/* ------------------------------------------------------------------ what it keeps */

struct lane lane_note(const struct lane *lane, const struct anchor_job *job, uint64_t now)
{
    struct lane next = *lane;
    if (is_ours(lane, job)) {
        if (!next.seeded || job->nonce >= next.next_nonce)
            next.next_nonce = job->nonce + 1;
        next.seeded = true;
        if (!anchor_is_call(job) && job->k > next.last_k)
            next.last_k = job->k;
    }
    next.ledger = fee_ledger_at(next.ledger, now);
    if (job->cost > job->booked)
        next.ledger = fee_ledger_spend(next.ledger, now, job->cost - job->booked);
    return next;
}

struct lane lane_of_new_key(const struct lane *old, const struct seal_address *sender)
{
    return (struct lane){.sender = *sender, .last_k = old->last_k, .ledger = old->ledger, .strangers = old->strangers};
}

struct fee_room lane_room(const struct lane *lane, const struct anchor_job *const *jobs, size_t n_jobs,
                          const struct lane_view *view, const struct lane_policy *policy)
{
    wei reserved = 0, unpaid = 0;
    for (size_t i = 0; i < n_jobs; i++) {
        wei one = anchor_reserved(jobs[i]);
        reserved = wei_add(reserved, one);
        if (jobs[i]->state != ANCHOR_MINED) /* mined: the balance knows */
            unpaid = wei_add(unpaid, one);
    }
    return (struct fee_room){
        .budget = fee_budget_left(lane->ledger, view->now, reserved, &policy->fees),
        .funds = view->balance > unpaid ? view->balance - unpaid : 0};
}

uint64_t lane_runway_days(wei balance, uint64_t price, uint64_t gas, uint64_t per_day)
{
    wei daily = wei_mul((wei)price * gas, per_day);
    if (daily == 0)
        return UINT64_MAX;
    wei days = balance / daily;
    return days > UINT64_MAX ? UINT64_MAX : (uint64_t)days;
}

bool lane_cover(const struct lane_batch *batches, size_t n, uint64_t k, uint64_t *ret_m)
{
    size_t i = 0;
    while (i < n && batches[i].k < k)
        i++;
    if (i == n || batches[i].k != k)
        return false;
    for (; i < n; i++) {
        if (batches[i].state != ANCHOR_COVERED) {
            *ret_m = batches[i].k;
            return true;
        }
    }
    return false;
}

void lane_encode(const struct lane *lane, uint8_t ret[LANE_MAX_BLOB], size_t *ret_len)
{
    struct bytes_writer w = bytes_writer(ret, LANE_MAX_BLOB);
    bytes_put_u8(&w, BLOB_VERSION);
    bytes_put_u8(&w, lane->seeded);
    bytes_put_u8(&w, lane->settling);
    bytes_put_u8(&w, lane->recover);
    bytes_put_u64(&w, lane->next_nonce);
    bytes_put_u64(&w, lane->last_k);
    bytes_put_u64(&w, lane->ledger.day);
    bytes_put_u128(&w, lane->ledger.spent);
    bytes_put_u64(&w, lane->strangers);
    *ret_len = w.len;
}

enum err_code lane_decode(struct lane *ret, const void *data, size_t len, struct err *e)
{
    struct bytes_reader r = bytes_reader(data, len);
    uint8_t version = bytes_get_u8(&r);
    if (!r.failed && version != BLOB_VERSION)
        return err_set(e, ERR_VERSION, "lane record has version %u, this program knows %u", version,
                       BLOB_VERSION);
    struct lane lane = {0};
    uint8_t seeded = bytes_get_u8(&r), settling = bytes_get_u8(&r), recover = bytes_get_u8(&r);
    lane.seeded = seeded == 1;
    lane.settling = settling == 1;
    lane.recover = recover == 1;
    lane.next_nonce = bytes_get_u64(&r);
    lane.last_k = bytes_get_u64(&r);
    lane.ledger.day = bytes_get_u64(&r);
    lane.ledger.spent = bytes_get_u128(&r);
    lane.strangers = bytes_get_u64(&r);
    if (!bytes_done(&r) || seeded > 1 || settling > 1 || recover > 1)
        return err_set(e, ERR_CORRUPT, "lane record of %zu bytes is damaged", len);
    *ret = lane;
    return ERR_OK;
}
