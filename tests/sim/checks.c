/* What must hold: see checks.h. */
#include "tests/sim/checks.h"

#include <inttypes.h>

struct checks_sight checks_sight;

static const struct fake_use *use_of(const struct world *w, uint64_t k)
{
    for (uint64_t i = 0; i < w->chain.n_uses; i++) {
        const struct fake_tx *tx = &w->chain.txs[w->chain.uses[i].tx];
        if (tx->k == k && !tx->useless)
            return &w->chain.uses[i];
    }
    return NULL;
}

void checks_bid(const struct world *w, const struct anchor_job *job)
{
    const struct fee_policy *fees = &w->policy.fees;
    if (job->draft.cap > fees->max_fee_per_gas || job->draft.tip > job->draft.cap ||
        (!job->draft.legacy && job->draft.tip > fees->max_priority_fee))
        world_broken("batch %" PRIu64 " bids over the caps", job->k);
}

/* Whatever nonce it had before must be finally used, and not by an anchor of this value. */
static void leaves_nothing_behind(const struct world *w, const struct anchor_job *job)
{
    for (uint64_t n = 0; n < FAKE_NONCES; n++) {
        if (n == job->nonce || w->nonce_of[n] != job->k)
            continue;
        const struct fake_use *use = &w->chain.uses[n];
        const struct fake_tx *tx = &w->chain.txs[use->tx];
        if (n >= w->chain.n_uses || use->block > w->chain.finalized || (tx->k == job->k && !tx->useless))
            world_broken("batch %" PRIu64 " leaves nonce %" PRIu64 " which may still be mined", job->k, n);
    }
}

static void is_its_turn(const struct world *w, const struct anchor_job *job)
{
    unsigned under_way = 0;
    for (uint64_t k = 1; k <= MAX_K; k++) {
        const struct anchor_job *other = &w->slots[k].job;
        under_way += w->slots[k].used && other->has_nonce && other->state < ANCHOR_MINED;
    }
    if (under_way > w->lane_policy.window && w->weather->reorg == 0)
        world_broken("%u values are under way", under_way);
    uint64_t before = job->nonce == 0 ? 0 : w->nonce_of[job->nonce - 1];
    if (before != 0 && before != job->k && w->slots[before].used && !anchor_is_out(&w->slots[before].job))
        world_broken("batch %" PRIu64 " takes a nonce before the one below is out", job->k);
}

void checks_nonce(struct world *w, const struct anchor_job *job)
{
    if (job->nonce >= FAKE_NONCES)
        world_broken("nonce %" PRIu64 " is far off", job->nonce);
    uint64_t *owner = &w->nonce_of[job->nonce];
    if (*owner != 0 && *owner != job->k && !w->restored)
        world_broken("nonce %" PRIu64 " of batch %" PRIu64 " is given to batch %" PRIu64, job->nonce,
                     *owner, job->k);
    *owner = job->k;
    leaves_nothing_behind(w, job);
    is_its_turn(w, job);
}

void checks_mined(const struct world *w, const struct anchor_job *job)
{
    const struct anchor_attempt *attempt = anchor_attempt(job, job->mined.seq);
    const struct fake_use *use = fake_receipt(&w->chain, &attempt->hash, w->chain.head);
    if (use == NULL || use->block != job->mined.block ||
        !hash32_equal(&w->chain.blocks[use->block].hash, &job->mined.block_hash))
        world_broken("batch %" PRIu64 " is called mined and is not", job->k);
}

void checks_final(const struct world *w, const struct anchor_job *job)
{
    const struct fake_chain *chain = &w->chain;
    const struct fake_use *use = use_of(w, job->k);
    uint64_t deepest = w->policy.by_depth ? chain->highest - w->policy.confirmations : chain->finalized;
    if (use == NULL || use->block != job->mined.block || use->block > deepest ||
        !hash32_equal(&chain->blocks[use->block].hash, &job->mined.block_hash))
        world_broken("batch %" PRIu64 " is called final and is not", job->k);
}

void checks_round_trip(const struct world *w, uint64_t k)
{
    struct anchor_job back;
    struct err e;
    uint8_t again[ANCHOR_MAX_BLOB];
    size_t len;
    if (anchor_decode(&back, w->disk.job[k], w->disk.job_len[k], &e) != ERR_OK)
        world_broken("batch %" PRIu64 ": %s", k, e.msg);
    anchor_encode(&back, again, &len);
    if (len != w->disk.job_len[k] || memcmp(again, w->disk.job[k], len) != 0)
        world_broken("batch %" PRIu64 " changes on disk", k);
}

void checks_note_alarms(uint32_t alarms)
{
    for (unsigned bit = 0; bit < ANCHOR_N_ALARMS; bit++)
        checks_sight.alarms[bit] += alarms >> bit & 1;
}

void checks_seen(void)
{
    static const uint32_t NEVER = /* the fake chain cannot make these */
        ANCHOR_ALARM_DISAGREE | ANCHOR_ALARM_NO_FINALITY | ANCHOR_ALARM_ENDPOINT_CAP |
        ANCHOR_ALARM_WRONG_CHAIN | ANCHOR_ALARM_NONCE_GAP | ANCHOR_ALARM_GAS | ANCHOR_ALARM_LOW_FUNDS |
        ANCHOR_ALARM_KEY_GONE | ANCHOR_ALARM_KEY_USED;
    for (unsigned i = 0; i < ANCHOR_N_STATES; i++) {
        if (checks_sight.states[i] == 0 && i != ANCHOR_ORPHANED) /* a run ends where a recovery begins */
            world_broken("no run saw the state %s", anchor_state_name((enum anchor_state)i));
    }
    for (unsigned i = 0; i <= ANCHOR_EV_FAILED; i++) {
        if (checks_sight.whats[i] == 0 && i != ANCHOR_EV_ORPHAN)
            world_broken("no run saw the event %s", anchor_what_name((enum anchor_what)i));
    }
    for (unsigned i = 0; i < ANCHOR_N_ALARMS; i++) {
        if (checks_sight.alarms[i] == 0 && (NEVER >> i & 1) == 0)
            world_broken("no run saw the alarm %s", anchor_alarm_info((enum anchor_alarm)(1u << i))->name);
    }
    for (unsigned i = 0; i <= LANE_DO_SAVE; i++) {
        if (checks_sight.lane[i] == 0 && i != LANE_DO_RECOVER)
            world_broken("no run saw the lane do %u", i);
    }
}

void checks_end(const struct world *w)
{
    struct lane_batch batches[MAX_K];
    for (uint64_t k = 1; k <= w->n_sealed; k++) {
        struct anchor_job job;
        struct err e;
        if (anchor_decode(&job, w->disk.job[k], w->disk.job_len[k], &e) != ERR_OK)
            world_broken("%s", e.msg);
        batches[k - 1] = (struct lane_batch){k, job.state};
        const struct fake_use *use = use_of(w, k);
        if (job.state == ANCHOR_FINAL)
            checks_final(w, &job);
        else if (job.state != ANCHOR_COVERED || use != NULL)
            world_broken("batch %" PRIu64 " ends %s", k, anchor_state_name(job.state));
        if (w->weather->smooth && (w->signatures[k] != 1 || job.state != ANCHOR_FINAL))
            world_broken("batch %" PRIu64 " was signed %" PRIu64 " times in calm weather", k, w->signatures[k]);
    }
    for (uint64_t k = 1; k <= w->n_sealed; k++) {
        uint64_t m;
        if (!lane_cover(batches, w->n_sealed, k, &m) || m < k || batches[m - 1].state != ANCHOR_FINAL)
            world_broken("batch %" PRIu64 " is proven by none", k);
    }
}

void checks_chain(const struct world *w)
{
    uint64_t last = 0;
    for (uint64_t i = 0; i < w->chain.n_uses; i++) {
        const struct fake_tx *tx = &w->chain.txs[w->chain.uses[i].tx];
        if (tx->k == 0 || tx->useless)
            continue;
        if (tx->k <= last)
            world_broken("batch %" PRIu64 " is anchored after batch %" PRIu64, tx->k, last);
        last = tx->k;
    }
}

void checks_budget(const struct world *w)
{
    wei budget = w->policy.fees.daily_budget;
    uint64_t day = 0;
    wei spent = 0;
    if (w->calm || w->weather->breaks_finality)
        return;
    for (uint64_t i = 0; i < w->chain.n_uses; i++) {
        uint64_t d = w->chain.blocks[w->chain.uses[i].block].time / 86400;
        spent = d == day ? spent + w->chain.uses[i].cost : w->chain.uses[i].cost;
        day = d;
        if (spent > budget)
            world_broken("more than the budget was spent");
    }
}
