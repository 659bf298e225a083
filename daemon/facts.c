/* What there is to say about a running daemon: see facts.h. */
#include "daemon/facts.h"

#define DAY_S 86400
#define MAX_COUNTED 1000 /* batches looked at for the pace */
#define ANCHOR_GAS 23200 /* what one anchor costs at most: design.md, registry */

static const char *const FEE_WORDS[] = {
#define X(name, word) word,
    FACTS_FEES(X)
#undef X
};

static const char *const AGREEMENT_WORDS[] = {
#define X(name, word) word,
    FACTS_AGREEMENTS(X)
#undef X
};

const char *facts_fee_word(enum facts_fee fee)
{
    return FEE_WORDS[fee];
}

const char *facts_agreement_word(enum facts_agreement agreement)
{
    return AGREEMENT_WORDS[agreement];
}

/* ------------------------------------------------------------------ the store */

/* Acceptance of the first hash of the first batch that holds any and is not final. */
static uint64_t oldest_unanchored(const struct store_read *read, uint64_t settled, uint64_t pending_at)
{
    struct store_batch batch = {.k = settled};
    struct store_entry entry;
    while (store_batch_after(read, batch.k, &batch, NULL) == ERR_OK)
        if (batch.leaf_count > 0 && batch.status != STORE_FINAL)
            return store_entry(read, batch.first, &entry, NULL) == ERR_OK ? entry.accepted_at : batch.sealed_at;
    return pending_at;
}

/* The newest batch whose anchor is final. */
static void find_final(const struct store_read *read, uint64_t head, struct facts *f)
{
    struct store_batch batch;
    enum err_code rc = head != 0 ? store_batch(read, head, &batch, NULL) : ERR_NOT_FOUND;
    while (rc == ERR_OK && batch.status != STORE_FINAL)
        rc = store_batch_before(read, batch.k, &batch, NULL);
    f->last_final = rc == ERR_OK ? batch.k : 0;
    f->last_final_at = rc == ERR_OK ? batch.final_at : 0;
}

/* Batches sealed in the last day; for a young log, as many as a whole day would have. */
static uint64_t count_pace(const struct store_read *read, uint64_t head, uint64_t now)
{
    struct store_batch batch;
    uint64_t n = 0, oldest = now;
    enum err_code rc = head != 0 ? store_batch(read, head, &batch, NULL) : ERR_NOT_FOUND;
    while (rc == ERR_OK && n < MAX_COUNTED && batch.sealed_at + DAY_S > now) {
        oldest = batch.sealed_at;
        n++;
        rc = store_batch_before(read, batch.k, &batch, NULL);
    }
    uint64_t span = now > oldest ? now - oldest : 0;
    bool whole_day = rc == ERR_OK && n < MAX_COUNTED; /* older batches exist: the rest of the day was quiet */
    if (!whole_day && n > 1)
        n = n * DAY_S / (span > 3600 ? span : 3600);
    return n > 0 ? n : 1;
}

static enum err_code read_store(const struct control *c, struct facts *f, struct err *e)
{
    struct store_read read;
    struct store_batch newest = {.anchored = c->log->r0};
    enum err_code rc = store_read_begin(c->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_stats(&read, &f->store, e);
    if (rc == ERR_OK)
        rc = store_pending(&read, &f->pending, e);
    if (rc == ERR_OK) {
        rc = store_batch_newest(&read, &newest, e);
        rc = rc == ERR_NOT_FOUND ? ERR_OK : rc;
    }
    f->head = newest.k;
    f->anchored = newest.anchored;
    if (rc == ERR_OK) {
        f->oldest_unanchored_at = oldest_unanchored(&read, c->api->events->settled, f->pending.oldest_at);
        find_final(&read, newest.k, f);
        f->batches_a_day = count_pace(&read, newest.k, f->now);
    }
    store_read_end(&read);
    return rc;
}

/* ------------------------------------------------------------------ the chain */

static enum facts_fee judge_fee(const struct control *c, uint32_t alarms)
{
    if (!c->anchorer->view.ever)
        return FACTS_FEE_UNKNOWN;
    if ((alarms & ANCHOR_ALARM_FUNDS) != 0)
        return FACTS_FEE_NO_FUNDS;
    if ((alarms & ANCHOR_ALARM_BUDGET) != 0)
        return FACTS_FEE_NO_BUDGET;
    const struct fee_policy *fees = &c->anchorer->env.policy.fees;
    wei least = wei_add(c->anchorer->view.head.base_fee, fees->min_priority_fee);
    return (alarms & ANCHOR_ALARM_FEE_CAPPED) != 0 || least > fees->max_fee_per_gas ? FACTS_FEE_ABOVE_CAP : FACTS_FEE_OK;
}

static enum facts_agreement judge_endpoints(const struct control *c, uint32_t alarms)
{
    const struct chainview *view = &c->anchorer->view;
    uint64_t least = UINT64_MAX, most = 0;
    bool aside = false;
    for (size_t i = 0; i < c->rpc->n_endpoints; i++) {
        uint64_t head = view->heads[i];
        aside |= c->rpc->endpoints[i].health == RPC_QUARANTINED;
        if (head != 0 && head < least)
            least = head;
        if (head > most)
            most = head;
    }
    if (view->looks + view->failures == 0)
        return FACTS_ENDPOINTS_UNKNOWN;
    if (aside || (alarms & (ANCHOR_ALARM_DISAGREE | ANCHOR_ALARM_WRONG_CHAIN)) != 0)
        return FACTS_ENDPOINTS_DISAGREE;
    if (!view->lane.rpc_ok)
        return FACTS_ENDPOINTS_TOO_FEW;
    return most > FACTS_MAX_LAG && least < most - FACTS_MAX_LAG ? FACTS_ENDPOINTS_BEHIND : FACTS_ENDPOINTS_AGREE;
}

static uint64_t runway(const struct control *c, uint64_t a_day)
{
    const struct task_env *env = &c->anchorer->env;
    const struct chainview *view = &c->anchorer->view;
    wei price = view->head.has_base_fee || env->price == 0
                    ? wei_add(view->head.base_fee, env->policy.fees.min_priority_fee) : env->price;
    wei one = wei_add(wei_mul(price, ANCHOR_GAS), env->l1_price);
    return lane_runway_days(view->lane.balance, one > UINT64_MAX ? UINT64_MAX : (uint64_t)one, 1, a_day);
}

enum err_code facts_gather(const struct control *c, struct facts *ret, struct err *e)
{
    uint32_t alarms = anchorer_alarms(c->anchorer);
    *ret = (struct facts){.now = clock_unix_s(c->clock), .batches_a_day = 1, .runway_days = FACTS_UNKNOWN};
    for (size_t i = 0; i < c->anchorer->n_batches; i++)
        ret->in_flight += c->anchorer->tasks[i]->job.state != ANCHOR_FINAL;
    for (size_t i = 0; i < c->rpc->n_endpoints; i++)
        ret->healthy += c->rpc->endpoints[i].health == RPC_HEALTHY;
    ret->spent_today = fee_ledger_at(c->anchorer->env.lane.ledger, ret->now).spent;
    ret->daily_budget = c->anchorer->env.policy.fees.daily_budget;
    ret->agreement = judge_endpoints(c, alarms);
    ret->fee = judge_fee(c, alarms);
    enum err_code rc = read_store(c, ret, e);
    if (c->anchorer->view.ever)
        ret->runway_days = runway(c, ret->batches_a_day);
    return rc;
}
