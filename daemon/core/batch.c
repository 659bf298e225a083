/* When is a batch due: see batch.h. */
#include "daemon/core/batch.h"

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t since(uint64_t now, uint64_t then)
{
    return now > then ? now - then : 0;
}

/* The longer of two measures. Wall seconds are cut off at both ends, so one is taken off: never early. */
static uint64_t elapsed_ms(const struct batch_state *state, uint64_t at, uint64_t at_mono_ms)
{
    uint64_t wall = since(since(state->now, at), 1);
    wall = wall > UINT64_MAX / 1000 ? UINT64_MAX : wall * 1000;
    return max_u64(wall, since(state->mono_ms, at_mono_ms));
}

/* What is due, were it not for min_interval. */
static enum batch_reason due(const struct batch_state *state, const struct batch_policy *policy,
                             uint64_t age_ms, uint64_t quiet_ms)
{
    if (state->pending > 0 && state->flush > 0)
        return BATCH_FLUSH;
    if (state->forced)
        return state->pending > 0 ? BATCH_FLUSH : BATCH_HEARTBEAT;
    if (state->pending >= policy->max_leaves)
        return BATCH_FULL;
    if (state->pending > 0 && age_ms >= policy->max_age_ms)
        return BATCH_AGE;
    if (policy->heartbeat_ms > 0 && quiet_ms >= policy->heartbeat_ms)
        return BATCH_HEARTBEAT;
    return BATCH_NOT_DUE;
}

/* The time until something becomes due by itself; nothing is due now. */
static uint64_t until_due(const struct batch_state *state, const struct batch_policy *policy,
                          uint64_t age_ms, uint64_t quiet_ms)
{
    uint64_t wait = BATCH_NO_WAKE;
    if (state->pending > 0)
        wait = max_u64(policy->max_age_ms - age_ms, since(policy->min_interval_ms, quiet_ms));
    if (policy->heartbeat_ms > 0)
        wait = min_u64(wait, policy->heartbeat_ms - quiet_ms);
    return wait;
}

struct batch_decision batch_decide(const struct batch_state *state, const struct batch_policy *policy)
{
    struct batch_decision no = {.sealed_at = max_u64(state->now, state->sealed_at),
                                .wait_ms = BATCH_NO_WAKE};
    if (state->paused || state->draining)
        return no;

    uint64_t age_ms = elapsed_ms(state, state->oldest_at, state->oldest_mono_ms);
    uint64_t quiet_ms = elapsed_ms(state, state->sealed_at, state->sealed_mono_ms);
    enum batch_reason reason = due(state, policy, age_ms, quiet_ms);
    if (reason == BATCH_NOT_DUE) {
        no.wait_ms = until_due(state, policy, age_ms, quiet_ms);
        return no;
    }
    if (reason != BATCH_FLUSH && quiet_ms < policy->min_interval_ms) {
        no.wait_ms = policy->min_interval_ms - quiet_ms;
        return no;
    }
    struct batch_decision yes = {.reason = reason,
                                 .n_leaves = min_u64(state->pending, policy->max_leaves),
                                 .sealed_at = no.sealed_at};
    return yes;
}

const char *batch_reason_name(enum batch_reason reason)
{
    static const char *const NAMES[] = {
        [BATCH_NOT_DUE] = "not due",
        [BATCH_FULL] = "full",
        [BATCH_FLUSH] = "flush",
        [BATCH_AGE] = "age",
        [BATCH_HEARTBEAT] = "heartbeat",
        [BATCH_GAP] = "gap",
        [BATCH_AGAIN] = "again",
    };
    return NAMES[reason];
}
