/* Anchoring on a fake chain and a fake clock, in every kind of weather, with crashes at every step.
 *
 * The shell part (job_run, lane_run, perform) is as thin as that of the daemon: it does what the core
 * says. After a storm of faults the weather turns calm, and then every value must end final exactly once
 * on the chain, or be proven by a later one. What must hold on the way is checked where it happens.
 *
 *   sim_anchor [-x FACTOR]           all weathers, FACTOR times as many runs
 *   sim_anchor [-x FACTOR] NAME      one weather
 *   sim_anchor NAME SEED [CRASH]     one run, step by step, with a crash at point CRASH
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/core/anchor_explain.h"
#include "daemon/core/lane.h"
#include "tests/sim/fakechain.h"

#define MAX_K 8
#define MAX_RAW 512
#define MAX_ACTIONS_AT_ONCE 200 /* more without a wait is a livelock */

/* Chances are per mille, at each occasion. */
struct weather {
    const char *name;
    unsigned runs;
    unsigned n_values;
    unsigned storm_s;      /* how long the faults last */
    unsigned block_s;      /* time between blocks */
    unsigned slowness;     /* of all times of the policy, in multiples of the normal */
    unsigned crash, save_fails, sign_fails, rpc_fails, busy;
    unsigned lost_reply, lost_request, false_success, pool_full;
    unsigned lag, unknown, orphan_receipt;
    unsigned drop_pool, reorg, stranger, useless, spike;
    unsigned max_depth;
    bool breaks_finality;  /* reorganisations take back final blocks */
    bool poor;             /* little balance at first */
    bool tight_budget;     /* a day pays for some anchors only */
    bool legacy;           /* no base fee */
    bool full_blocks;      /* no place for us in any block, at a low price */
    bool restores;         /* the store is replaced by an older copy of itself */
    bool every_crash;      /* one run for every crash point */
    bool smooth;           /* nothing happens: one signature a value is enough */
};

static const struct weather WEATHERS[] = {
    {.name = "calm", .runs = 200, .n_values = 3, .storm_s = 120, .smooth = true},
    {.name = "every-crash", .runs = 6, .n_values = 2, .storm_s = 240, .every_crash = true},
    {.name = "every-crash-in-storm", .runs = 2, .n_values = 2, .storm_s = 240, .every_crash = true,
     .lost_reply = 200, .reorg = 30, .max_depth = 6, .drop_pool = 30, .stranger = 10},
    {.name = "crashes", .runs = 150, .n_values = 5, .storm_s = 900, .crash = 30, .save_fails = 50,
     .sign_fails = 50, .busy = 200},
    {.name = "bad-endpoints", .runs = 150, .n_values = 5, .storm_s = 900, .rpc_fails = 200,
     .lost_reply = 200, .lost_request = 200, .false_success = 200, .pool_full = 100, .lag = 300,
     .unknown = 300, .orphan_receipt = 300, .reorg = 10, .max_depth = 4, .busy = 200},
    {.name = "reorgs", .runs = 150, .n_values = 5, .storm_s = 900, .reorg = 60, .max_depth = 12,
     .orphan_receipt = 300, .drop_pool = 20, .crash = 5, .lag = 100},
    {.name = "broken-finality", .runs = 150, .n_values = 5, .storm_s = 900, .reorg = 30, .max_depth = 12,
     .orphan_receipt = 300, .breaks_finality = true, .crash = 5},
    {.name = "fee-spikes", .runs = 100, .n_values = 6, .storm_s = 2400, .spike = 10, .crash = 2},
    {.name = "legacy", .runs = 60, .n_values = 4, .storm_s = 900, .legacy = true, .lost_request = 200,
     .crash = 5},
    {.name = "dropped-pools", .runs = 100, .n_values = 5, .storm_s = 900, .drop_pool = 200,
     .false_success = 300},
    {.name = "strangers", .runs = 200, .n_values = 6, .storm_s = 1200, .stranger = 30, .crash = 5,
     .lag = 100, .unknown = 200, .lost_reply = 100, .reorg = 10, .max_depth = 6},
    {.name = "no-money", .runs = 80, .n_values = 4, .storm_s = 900, .poor = true, .crash = 5},
    {.name = "tight-budget", .runs = 60, .n_values = 8, .storm_s = 3 * 86400, .block_s = 400,
     .slowness = 40, .tight_budget = true, .reorg = 10, .max_depth = 4, .crash = 2, .drop_pool = 50},
    {.name = "full-blocks", .runs = 3, .n_values = 2, .storm_s = 2 * 86400, .block_s = 60,
     .full_blocks = true},
    {.name = "useless", .runs = 100, .n_values = 5, .storm_s = 1200, .useless = 300, .crash = 5,
     .reorg = 20, .max_depth = 6},
    {.name = "old-copies", .runs = 200, .n_values = 5, .storm_s = 1200, .restores = true,
     .lost_reply = 100, .drop_pool = 10},
    {.name = "everything", .runs = 300, .n_values = 6, .storm_s = 1800, .crash = 10, .save_fails = 20,
     .sign_fails = 20, .rpc_fails = 50, .busy = 100, .lost_reply = 100, .lost_request = 100,
     .false_success = 100, .pool_full = 50, .lag = 100, .unknown = 100, .orphan_receipt = 100,
     .drop_pool = 20, .reorg = 20, .max_depth = 12, .stranger = 10, .useless = 50, .spike = 5},
};

#define N_WEATHERS (sizeof WEATHERS / sizeof WEATHERS[0])

/* ------------------------------------------------------------------ the world */

struct raw {
    uint64_t k;
    uint32_t seq;
    struct fake_tx tx;
};

/* What is on disk. */
struct disk {
    uint8_t job[MAX_K + 2][ANCHOR_MAX_BLOB];
    size_t job_len[MAX_K + 2]; /* 0: no such batch */
    uint8_t lane[LANE_MAX_BLOB];
    size_t lane_len;
    struct raw raws[MAX_RAW];
    size_t n_raws;
};

/* One job in memory. */
struct slot {
    struct anchor_job job;
    bool used;
    bool busy;                   /* its action is under way */
    struct anchor_action action;
    uint64_t wake_ms;
    bool has_raw;                /* signed, not yet stored */
    struct fake_tx raw;
};

struct world {
    const struct weather *weather;
    uint64_t random;
    struct fake_chain chain;
    struct anchor_policy policy;
    struct lane_policy lane_policy;
    uint64_t now_ms;     /* since 1970 */
    uint64_t boot_ms;    /* the monotonic clock begins anew with each life */
    uint64_t next_block_ms;
    uint64_t calm_ms;
    bool calm;

    struct disk disk, copy;
    bool has_copy, restored, stopped; /* stopped: the daemon said that its store is too old */

    struct lane lane;
    struct lane_view view;
    struct slot slots[MAX_K + 1]; /* by k */
    struct anchor_event event;

    uint64_t crash_at;   /* crash point, 0: none */
    uint64_t points;     /* crash points passed */
    bool crashed;

    uint64_t n_sealed;
    uint64_t actions;
    uint64_t signatures[MAX_K + 1];
    uint64_t nonce_of[FAKE_NONCES]; /* k that took it, 0: none */
};

/* What all runs together must have seen, or they prove less than they say. */
static struct {
    uint64_t states[ANCHOR_COVERED + 1];
    uint64_t whats[ANCHOR_EV_FAILED + 1];
    uint64_t alarms[ANCHOR_N_ALARMS];
    uint64_t lane[LANE_DO_SAVE + 1];
} seen;

static bool verbose;
static const char *run_name;
static uint64_t run_seed, run_crash;

static void __attribute__((format(printf, 1, 2), noreturn)) broken(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "sim_anchor %s %" PRIu64 " %" PRIu64 ": ", run_name, run_seed, run_crash);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

static void __attribute__((format(printf, 2, 3))) trace(const struct world *w, const char *fmt, ...)
{
    if (!verbose)
        return;
    va_list ap;
    va_start(ap, fmt);
    printf("%8.1f head %" PRIu64 " final %" PRIu64 " nonce %" PRIu64 " base %" PRIu64 " | ",
           (double)(w->now_ms % 100000000) / 1000, w->chain.head, w->chain.finalized, w->chain.n_uses,
           w->chain.base / GWEI);
    vprintf(fmt, ap);
    putchar('\n');
    va_end(ap);
}

static uint64_t now_s(const struct world *w)
{
    return w->now_ms / 1000;
}

static bool fault(struct world *w, unsigned per_mille)
{
    return !w->calm && fake_chance(&w->random, per_mille);
}

/* A point at which the process may die. */
static bool dies(struct world *w)
{
    w->points++;
    if (w->points == w->crash_at || fault(w, w->weather->crash)) {
        trace(w, "CRASH at point %" PRIu64, w->points);
        w->crashed = true;
    }
    return w->crashed;
}

/* ------------------------------------------------------------------ what must hold */

static const struct fake_use *use_of(const struct world *w, uint64_t k)
{
    for (uint64_t i = 0; i < w->chain.n_uses; i++) {
        const struct fake_tx *tx = &w->chain.txs[w->chain.uses[i].tx];
        if (tx->k == k && !tx->useless)
            return &w->chain.uses[i];
    }
    return NULL;
}

static void check_bid(const struct world *w, const struct anchor_job *job)
{
    const struct fee_policy *fees = &w->policy.fees;
    if (job->draft.cap > fees->max_fee_per_gas || job->draft.tip > job->draft.cap ||
        (!job->draft.legacy && job->draft.tip > fees->max_priority_fee))
        broken("batch %" PRIu64 " bids over the caps", job->k);
}

/* One value, one nonce, for ever; unless the nonce is finally used by something else. */
static void check_nonce(struct world *w, const struct anchor_job *job)
{
    if (job->nonce >= FAKE_NONCES)
        broken("nonce %" PRIu64 " is far off", job->nonce);
    uint64_t *owner = &w->nonce_of[job->nonce];
    if (*owner != 0 && *owner != job->k && !w->restored)
        broken("nonce %" PRIu64 " of batch %" PRIu64 " is given to batch %" PRIu64, job->nonce, *owner,
               job->k);
    *owner = job->k;
    for (uint64_t n = 0; n < FAKE_NONCES; n++) {
        if (n == job->nonce || w->nonce_of[n] != job->k)
            continue;
        const struct fake_use *use = &w->chain.uses[n];
        const struct fake_tx *tx = &w->chain.txs[use->tx];
        if (n >= w->chain.n_uses || use->block > w->chain.finalized || (tx->k == job->k && !tx->useless))
            broken("batch %" PRIu64 " leaves nonce %" PRIu64 " which may still be mined", job->k, n);
    }
    uint64_t before = job->nonce == 0 ? 0 : w->nonce_of[job->nonce - 1];
    if (before != 0 && before != job->k && w->slots[before].used && !anchor_is_out(&w->slots[before].job))
        broken("batch %" PRIu64 " takes a nonce before the one below is out", job->k);
}

static void check_final(const struct world *w, const struct anchor_job *job)
{
    const struct fake_chain *chain = &w->chain;
    const struct fake_use *use = use_of(w, job->k);
    uint64_t deepest = w->policy.by_depth ? chain->highest - w->policy.confirmations : chain->finalized;
    if (use == NULL || use->block != job->mined.block || use->block > deepest ||
        !hash32_equal(&chain->blocks[use->block].hash, &job->mined.block_hash))
        broken("batch %" PRIu64 " is called final and is not", job->k);
}

/* What is read back must be what was written. */
static void check_round_trip(const struct world *w, uint64_t k)
{
    struct anchor_job back;
    struct err e;
    uint8_t again[ANCHOR_MAX_BLOB];
    size_t len;
    if (anchor_decode(&back, w->disk.job[k], w->disk.job_len[k], &e) != ERR_OK)
        broken("batch %" PRIu64 ": %s", k, e.msg);
    anchor_encode(&back, again, &len);
    if (len != w->disk.job_len[k] || memcmp(again, w->disk.job[k], len) != 0)
        broken("batch %" PRIu64 " changes on disk", k);
}

static void note_alarms(uint32_t alarms)
{
    for (unsigned bit = 0; bit < ANCHOR_N_ALARMS; bit++)
        seen.alarms[bit] += alarms >> bit & 1;
}

static void check_seen(void)
{
    static const uint32_t NEVER = /* the fake chain cannot make these */
        ANCHOR_ALARM_DISAGREE | ANCHOR_ALARM_NO_FINALITY | ANCHOR_ALARM_ENDPOINT_CAP |
        ANCHOR_ALARM_WRONG_CHAIN | ANCHOR_ALARM_NONCE_GAP | ANCHOR_ALARM_GAS | ANCHOR_ALARM_LOW_FUNDS;
    for (unsigned i = 0; i <= ANCHOR_COVERED; i++) {
        if (seen.states[i] == 0)
            broken("no run saw the state %s", anchor_state_name((enum anchor_state)i));
    }
    for (unsigned i = 0; i <= ANCHOR_EV_FAILED; i++) {
        if (seen.whats[i] == 0)
            broken("no run saw the event %s", anchor_what_name((enum anchor_what)i));
    }
    for (unsigned i = 0; i < ANCHOR_N_ALARMS; i++) {
        if (seen.alarms[i] == 0 && (NEVER >> i & 1) == 0)
            broken("no run saw the alarm %s", anchor_alarm_info((enum anchor_alarm)(1u << i))->name);
    }
    for (unsigned i = 0; i <= LANE_DO_SAVE; i++) {
        if (seen.lane[i] == 0)
            broken("no run saw the lane do %u", i);
    }
}

/* ------------------------------------------------------------------ the shell: one action */

static void fail(struct world *w, const struct slot *slot)
{
    w->event.what = ANCHOR_EV_FAILED;
    w->event.action = slot->action.what;
}

static void list(struct world *w, const struct anchor_job *ret[MAX_K], bool idle[MAX_K],
                 uint64_t index[MAX_K], size_t *ret_n)
{
    *ret_n = 0;
    for (uint64_t k = 1; k <= MAX_K; k++) {
        if (!w->slots[k].used)
            continue;
        ret[*ret_n] = &w->slots[k].job;
        idle[*ret_n] = !w->slots[k].busy;
        index[(*ret_n)++] = k;
    }
}

static void do_save(struct world *w, struct slot *slot)
{
    struct anchor_job *job = &slot->job;
    struct anchor_job before = {0};
    struct err e;
    if (w->disk.job_len[job->k] > 0 &&
        anchor_decode(&before, w->disk.job[job->k], w->disk.job_len[job->k], &e) != ERR_OK)
        broken("cannot read batch %" PRIu64 " back: %s", job->k, e.msg);
    if (fault(w, w->weather->save_fails)) {
        fail(w, slot);
        return;
    }
    if (job->has_nonce && (!before.has_nonce || before.nonce != job->nonce))
        check_nonce(w, job);
    if (job->state == ANCHOR_FINAL && before.state != ANCHOR_FINAL)
        check_final(w, job);
    anchor_encode(job, w->disk.job[job->k], &w->disk.job_len[job->k]);
    struct lane stored = {0};
    if (w->disk.lane_len > 0 && lane_decode(&stored, w->disk.lane, w->disk.lane_len, &e) != ERR_OK)
        broken("%s", e.msg);
    stored = lane_note(&stored, job, now_s(w));
    lane_encode(&stored, w->disk.lane, &w->disk.lane_len);
    w->lane = lane_note(&w->lane, job, now_s(w));
    if (slot->has_raw) {
        if (w->disk.n_raws == MAX_RAW)
            broken("too many signatures");
        const struct anchor_attempt *newest = &job->attempts[job->n_attempts - 1];
        w->disk.raws[w->disk.n_raws++] = (struct raw){job->k, newest->seq, slot->raw};
        slot->has_raw = false;
    }
    check_round_trip(w, job->k);
    w->event.what = ANCHOR_EV_SAVED;
}

static void do_quote(struct world *w, struct slot *slot)
{
    const struct anchor_job *jobs[MAX_K];
    bool idle[MAX_K];
    uint64_t index[MAX_K];
    size_t n;
    if (fault(w, w->weather->rpc_fails)) {
        fail(w, slot);
        return;
    }
    list(w, jobs, idle, index, &n);
    w->view.balance = w->chain.balance;
    w->view.now = now_s(w);
    struct fee_market market = {.base = w->chain.base, .tip = w->chain.market_tip};
    w->event.what = ANCHOR_EV_QUOTE;
    w->event.quote = (struct anchor_quote){
        .market = w->chain.legacy ? fee_market_legacy(w->chain.market_tip) : market,
        .gas = FAKE_GAS_USED,
        .room = lane_room(&w->lane, jobs, n, &w->view, &w->lane_policy),
        .next_nonce = w->lane.next_nonce};
}

static void do_sign(struct world *w, struct slot *slot)
{
    const struct anchor_job *job = &slot->job;
    if (fault(w, w->weather->sign_fails)) {
        fail(w, slot);
        return;
    }
    check_bid(w, job);
    w->signatures[job->k]++;
    slot->has_raw = true;
    slot->raw = (struct fake_tx){.hash = fake_hash(&w->random), /* a signer need not be deterministic */
                                 .nonce = job->nonce,
                                 .k = job->k,
                                 .legacy = job->draft.legacy,
                                 .tip = job->draft.tip,
                                 .cap = job->draft.cap,
                                 .gas = job->draft.gas,
                                 .useless = fault(w, w->weather->useless)};
    w->event.what = ANCHOR_EV_SIGNED;
    w->event.hash = slot->raw.hash;
}

static const struct fake_tx *stored_bytes(const struct world *w, uint64_t k, uint32_t seq)
{
    for (size_t i = 0; i < w->disk.n_raws; i++) {
        if (w->disk.raws[i].k == k && w->disk.raws[i].seq == seq)
            return &w->disk.raws[i].tx;
    }
    broken("batch %" PRIu64 " sends attempt %" PRIu32 " which is not on disk", k, seq);
}

static void do_send(struct world *w, struct slot *slot)
{
    const struct weather *weather = w->weather;
    const struct fake_tx *tx = stored_bytes(w, slot->job.k, slot->action.seq);
    struct anchor_sent sent = {0};
    w->event.what = ANCHOR_EV_SENT;
    if (fault(w, weather->rpc_fails))
        fail(w, slot);
    else if (fault(w, weather->false_success))
        sent.replies = ANCHOR_REPLY_ACCEPTED;
    else if (fault(w, weather->lost_request))
        sent.replies = ANCHOR_REPLY_UNKNOWN;
    else if (fault(w, weather->pool_full))
        sent.replies = ANCHOR_REPLY_POOL_FULL;
    else
        sent.replies = fake_send(&w->chain, tx, &sent.min_cap, &sent.min_tip);
    if (fault(w, weather->lost_reply))
        sent = (struct anchor_sent){.replies = ANCHOR_REPLY_UNKNOWN};
    w->event.sent = sent;
    trace(w, "  batch %" PRIu64 " nonce %" PRIu64 " seq %" PRIu32 ": replies %x", slot->job.k,
          slot->job.nonce, slot->action.seq, sent.replies);
}

/* How far back the endpoint that answers is. */
static uint64_t seen_head(struct world *w)
{
    uint64_t lag = fault(w, w->weather->lag) ? fake_below(&w->random, 6) : 0;
    return w->chain.head - lag;
}

static struct anchor_chain chain_view(struct world *w, uint64_t at)
{
    const struct fake_chain *chain = &w->chain;
    uint64_t final = chain->finalized < at ? chain->finalized : at;
    if (w->policy.by_depth)
        final = at - w->policy.confirmations;
    return (struct anchor_chain){.head = at,
                                 .finalized_known = !fault(w, w->weather->unknown),
                                 .finalized = final,
                                 .nonce = fake_nonce_at(chain, at),
                                 .nonce_final_known = !fault(w, w->weather->unknown),
                                 .nonce_final = fake_nonce_at(chain, final)};
}

static bool canonical(struct world *w, uint64_t block, struct hash32 *ret)
{
    if (block > w->chain.head || fault(w, w->weather->unknown))
        return false;
    *ret = w->chain.blocks[block].hash;
    return true;
}

static const struct fake_orphan *orphan(struct world *w, const struct hash32 *hash)
{
    for (uint32_t i = w->chain.n_orphans; i > 0; i--) {
        if (hash32_equal(&w->chain.txs[w->chain.orphans[i - 1].tx].hash, hash) &&
            fault(w, w->weather->orphan_receipt))
            return &w->chain.orphans[i - 1];
    }
    return NULL;
}

static void add_receipt(struct world *w, uint32_t seq, uint32_t tx, uint64_t block,
                        const struct hash32 *block_hash, wei cost)
{
    struct anchor_looked *looked = &w->event.looked;
    struct anchor_receipt *r = &looked->receipts[looked->n_receipts++];
    *r = (struct anchor_receipt){.seq = seq,
                                 .mined = {.block = block,
                                           .block_hash = *block_hash,
                                           .block_time = now_s(w),
                                           .useful = !w->chain.txs[tx].useless,
                                           .cost = cost}};
    r->canonical_known = canonical(w, block, &r->canonical);
}

static void do_look(struct world *w, struct slot *slot)
{
    const struct anchor_job *job = &slot->job;
    if (fault(w, w->weather->rpc_fails)) {
        fail(w, slot);
        return;
    }
    uint64_t at = seen_head(w);
    w->event.what = ANCHOR_EV_LOOKED;
    w->event.looked.chain = chain_view(w, at);
    w->event.looked.n_receipts = 0;
    for (uint32_t i = job->n_attempts; i > 0; i--) {
        const struct anchor_attempt *attempt = &job->attempts[i - 1];
        const struct fake_orphan *old = orphan(w, &attempt->hash);
        const struct fake_use *use = fake_receipt(&w->chain, &attempt->hash, at);
        if (old != NULL)
            add_receipt(w, attempt->seq, old->tx, old->block, &old->block_hash, 0);
        else if (use != NULL)
            add_receipt(w, attempt->seq, use->tx, use->block, &w->chain.blocks[use->block].hash,
                        use->cost);
    }
}

static void do_check(struct world *w, struct slot *slot)
{
    if (fault(w, w->weather->rpc_fails)) {
        fail(w, slot);
        return;
    }
    w->event.what = ANCHOR_EV_CHECKED;
    w->event.checked.chain = chain_view(w, seen_head(w));
    w->event.checked.canonical_known =
        canonical(w, slot->job.mined.block, &w->event.checked.canonical);
}

static const struct fake_use *final_use(const struct world *w, uint64_t nonce)
{
    const struct fake_use *use = &w->chain.uses[nonce];
    return nonce < w->chain.n_uses && use->block <= w->chain.finalized ? use : NULL;
}

static void do_locate(struct world *w, struct slot *slot)
{
    const struct fake_use *use = final_use(w, slot->job.nonce);
    w->event.what = ANCHOR_EV_LOCATED;
    w->event.located = (struct anchor_located){.user = ANCHOR_USER_UNKNOWN};
    if (use == NULL || fault(w, w->weather->unknown))
        return;
    const struct fake_tx *tx = &w->chain.txs[use->tx];
    bool same = tx->k == slot->job.k;
    w->event.located = (struct anchor_located){
        .user = same ? ANCHOR_USER_SAME : ANCHOR_USER_STRANGER, .hash = tx->hash};
}

static void perform(struct world *w, struct slot *slot)
{
    switch (slot->action.what) {
    case ANCHOR_DO_SAVE:
        do_save(w, slot);
        break;
    case ANCHOR_DO_QUOTE:
        do_quote(w, slot);
        break;
    case ANCHOR_DO_SIGN:
        do_sign(w, slot);
        break;
    case ANCHOR_DO_SEND:
        do_send(w, slot);
        break;
    case ANCHOR_DO_LOOK:
        do_look(w, slot);
        break;
    case ANCHOR_DO_CHECK:
        do_check(w, slot);
        break;
    case ANCHOR_DO_LOCATE:
        do_locate(w, slot);
        break;
    case ANCHOR_DO_EVIDENCE:
        w->event.what = ANCHOR_EV_EVIDENCE;
        if (fault(w, w->weather->rpc_fails))
            fail(w, slot);
        break;
    case ANCHOR_DO_WAIT:
    case ANCHOR_DO_DONE:
        break;
    }
}

/* ------------------------------------------------------------------ the shell: loops */

static void step(struct world *w, struct slot *slot)
{
    w->event.now_ms = w->now_ms - w->boot_ms + 1;
    w->event.now = now_s(w);
    enum anchor_state before = slot->job.state;
    slot->action = anchor_step(&slot->job, &w->event, &w->policy);
    w->actions++;
    seen.states[slot->job.state]++;
    seen.whats[w->event.what]++;
    note_alarms(slot->job.alarms);
    trace(w, "batch %" PRIu64 " %s: %s -> %s, %s, alarms %x", slot->job.k,
          anchor_what_name(w->event.what), anchor_state_name(before),
          anchor_state_name(slot->job.state), anchor_do_name(slot->action.what), slot->job.alarms);
}

/* Perform what a job wants until it waits, or an action takes longer. */
static void job_go_on(struct world *w, struct slot *slot)
{
    for (unsigned n = 0; slot->busy; n++) {
        if (n > MAX_ACTIONS_AT_ONCE)
            broken("batch %" PRIu64 " does not come to rest", slot->job.k);
        if (fault(w, w->weather->busy) || dies(w))
            return;
        perform(w, slot);
        if (dies(w))
            return;
        step(w, slot);
        slot->busy = slot->action.what != ANCHOR_DO_WAIT && slot->action.what != ANCHOR_DO_DONE;
    }
    slot->wake_ms = slot->action.wait_ms == ANCHOR_NO_WAKE ? UINT64_MAX : w->now_ms + slot->action.wait_ms;
    if (slot->action.what == ANCHOR_DO_DONE)
        slot->used = false;
}

static void job_run(struct world *w, struct slot *slot, enum anchor_what what)
{
    w->event.what = what;
    step(w, slot);
    slot->busy = slot->action.what != ANCHOR_DO_WAIT && slot->action.what != ANCHOR_DO_DONE;
    job_go_on(w, slot);
}

static void look_for_lane(struct world *w)
{
    uint64_t at = seen_head(w);
    struct anchor_chain chain = chain_view(w, at);
    w->view = (struct lane_view){.serial = w->view.serial + 1,
                                 .now = now_s(w),
                                 .rpc_ok = !fault(w, w->weather->rpc_fails),
                                 .chain_ok = true,
                                 .nonce = chain.nonce,
                                 .pending_known = true,
                                 .nonce_pending = fake_nonce_pending(&w->chain),
                                 .final_known = chain.nonce_final_known,
                                 .nonce_final = chain.nonce_final,
                                 .balance = w->chain.balance};
}

static struct lane_found locate_for_lane(struct world *w, uint64_t nonce)
{
    struct lane_found found = {.what = LANE_FOUND_NOTHING, .nonce = nonce};
    const struct fake_use *use = final_use(w, nonce);
    if (use == NULL || fault(w, w->weather->unknown))
        return found;
    const struct fake_tx *tx = &w->chain.txs[use->tx];
    found.what = tx->k == 0 ? LANE_FOUND_STRANGER : LANE_FOUND_ANCHOR;
    found.hash = tx->hash;
    found.value.b[0] = (uint8_t)tx->k;
    found.known = tx->k != 0 && w->disk.job_len[tx->k] > 0;
    return found;
}

static void lane_run(struct world *w)
{
    for (unsigned n = 0; !w->crashed; n++) {
        const struct anchor_job *jobs[MAX_K];
        bool idle[MAX_K];
        uint64_t index[MAX_K];
        size_t n_jobs;
        if (n > 4 * MAX_K)
            broken("the lane does not come to rest");
        list(w, jobs, idle, index, &n_jobs);
        struct lane_action a = lane_step(&w->lane, jobs, idle, n_jobs, &w->view, &w->lane_policy);
        seen.lane[a.what]++;
        note_alarms(w->lane.alarms);
        if (a.what == LANE_DO_LOCATE) {
            struct lane_found found = locate_for_lane(w, a.nonce);
            a = lane_located(&w->lane, jobs, idle, n_jobs, &w->view, &found);
            w->event.hash = found.hash;
            note_alarms(w->lane.alarms);
            trace(w, "lane located nonce %" PRIu64 ": %d", found.nonce, (int)found.what);
        }
        seen.lane[a.what]++;
        w->event.batch = a.batch;
        w->event.nonce = a.nonce;
        switch (a.what) {
        case LANE_DO_WAIT:
        case LANE_DO_LOCATE:
            return;
        case LANE_DO_GO:
            job_run(w, &w->slots[index[a.index]], ANCHOR_EV_GO);
            break;
        case LANE_DO_COVER:
            job_run(w, &w->slots[index[a.index]], ANCHOR_EV_COVER);
            break;
        case LANE_DO_ADOPT:
            job_run(w, &w->slots[index[a.index]], ANCHOR_EV_ADOPT);
            break;
        case LANE_DO_SAVE:
            if (!dies(w))
                lane_encode(&w->lane, w->disk.lane, &w->disk.lane_len);
            break;
        }
    }
}

/* Start, also after a crash: everything comes from the disk. */
static void start(struct world *w)
{
    struct err e;
    uint64_t serial = w->view.serial;
    w->crashed = false;
    w->boot_ms = w->now_ms;
    memset(w->slots, 0, sizeof w->slots);
    w->lane = (struct lane){0};
    w->view = (struct lane_view){.serial = serial};
    if (w->disk.lane_len > 0 && lane_decode(&w->lane, w->disk.lane, w->disk.lane_len, &e) != ERR_OK)
        broken("%s", e.msg);
    for (uint64_t k = 1; k <= w->n_sealed; k++) {
        struct slot *slot = &w->slots[k];
        if (w->disk.job_len[k] == 0)
            continue;
        if (anchor_decode(&slot->job, w->disk.job[k], w->disk.job_len[k], &e) != ERR_OK)
            broken("%s", e.msg);
        slot->used = !slot->job.done;
    }
}

/* ------------------------------------------------------------------ weather */

static void seal(struct world *w)
{
    uint64_t k = ++w->n_sealed;
    struct hash32 value = {.b = {(uint8_t)k}};
    struct slot *slot = &w->slots[k];
    *slot = (struct slot){.used = true, .job = anchor_new(k, &value, now_s(w))};
    anchor_encode(&slot->job, w->disk.job[k], &w->disk.job_len[k]);
    job_run(w, slot, ANCHOR_EV_SAVED);
}

static void keep_or_restore(struct world *w)
{
    if (!w->has_copy && w->n_sealed > 0 && fake_chance(&w->random, 20)) {
        w->copy = w->disk;
        w->has_copy = true;
        trace(w, "the store is copied");
    } else if (w->has_copy && !w->restored && fake_chance(&w->random, 10)) {
        struct err e;
        struct lane lane = {0};
        w->disk = w->copy;
        if (w->disk.lane_len > 0 && lane_decode(&lane, w->disk.lane, w->disk.lane_len, &e) != ERR_OK)
            broken("%s", e.msg);
        lane.settling = true;
        lane_encode(&lane, w->disk.lane, &w->disk.lane_len);
        w->restored = w->crashed = true;
        for (w->n_sealed = 0; w->disk.job_len[w->n_sealed + 1] > 0; w->n_sealed++)
            ;
        trace(w, "the store is replaced by its copy");
    }
}

static void storm(struct world *w)
{
    const struct weather *weather = w->weather;
    struct fake_chain *chain = &w->chain;
    if (fault(w, weather->reorg)) {
        uint64_t depth = 1 + fake_below(&w->random, weather->max_depth);
        fake_reorg(chain, depth, weather->breaks_finality);
        trace(w, "REORG of %" PRIu64, depth);
    }
    if (fault(w, weather->drop_pool))
        fake_drop_pool(chain);
    if (fault(w, weather->stranger) && chain->n_uses < FAKE_NONCES / 2) {
        fake_stranger(chain, now_s(w));
        trace(w, "STRANGER at nonce %" PRIu64, chain->n_uses - 1);
    }
    if (fault(w, weather->spike) && chain->spike_blocks == 0) {
        chain->spike_blocks = 50;
        trace(w, "SPIKE");
    }
    if (weather->restores && !w->calm)
        keep_or_restore(w);
}

/* The operator pays in, and says resume. */
static void clear_up(struct world *w)
{
    if (w->calm || w->now_ms < w->calm_ms)
        return;
    w->calm = true;
    w->chain.balance += WEI_PER_ETHER;
    w->chain.full = 250;
    w->policy.fees.daily_budget = w->lane_policy.fees.daily_budget = WEI_PER_ETHER;
    trace(w, "CALM");
}

static void pass_time(struct world *w)
{
    w->now_ms += 1 + fake_below(&w->random, w->policy.poll_ms);
    while (w->next_block_ms <= w->now_ms) {
        storm(w);
        fake_mine(&w->chain, w->next_block_ms / 1000);
        w->next_block_ms += w->weather->block_s * 1000;
    }
    clear_up(w);
}

/* ------------------------------------------------------------------ a run */

static bool all_done(const struct world *w)
{
    for (uint64_t k = 1; k <= w->n_sealed; k++) {
        if (w->slots[k].used)
            return false;
    }
    return w->n_sealed == w->weather->n_values;
}

static void one_round(struct world *w)
{
    if (w->crashed)
        start(w);
    if (w->n_sealed < w->weather->n_values && (w->calm || fake_chance(&w->random, 30)))
        seal(w);
    look_for_lane(w);
    for (uint64_t k = 1; k <= w->n_sealed && !w->crashed; k++) {
        struct slot *slot = &w->slots[k];
        if (slot->used && slot->busy)
            job_go_on(w, slot);
        else if (slot->used && w->calm && slot->job.state == ANCHOR_REVERTED)
            job_run(w, slot, ANCHOR_EV_RETRY);
        else if (slot->used && w->now_ms >= slot->wake_ms)
            job_run(w, slot, ANCHOR_EV_TICK);
    }
    lane_run(w);
    w->stopped = w->lane.old_store;
    pass_time(w);
}

/* On the chain: each value once if it is final, never if a later one proves it, in order. */
static void check_end(const struct world *w)
{
    struct lane_batch batches[MAX_K];
    for (uint64_t k = 1; k <= w->n_sealed; k++) {
        struct anchor_job job;
        struct err e;
        if (anchor_decode(&job, w->disk.job[k], w->disk.job_len[k], &e) != ERR_OK)
            broken("%s", e.msg);
        batches[k - 1] = (struct lane_batch){k, job.state};
        const struct fake_use *use = use_of(w, k);
        if (job.state == ANCHOR_FINAL)
            check_final(w, &job);
        else if (job.state != ANCHOR_COVERED || use != NULL)
            broken("batch %" PRIu64 " ends %s", k, anchor_state_name(job.state));
        if (w->weather->smooth && (w->signatures[k] != 1 || job.state != ANCHOR_FINAL))
            broken("batch %" PRIu64 " was signed %" PRIu64 " times in calm weather", k, w->signatures[k]);
    }
    for (uint64_t k = 1; k <= w->n_sealed; k++) {
        uint64_t m;
        if (!lane_cover(batches, w->n_sealed, k, &m) || m < k || batches[m - 1].state != ANCHOR_FINAL)
            broken("batch %" PRIu64 " is proven by none", k);
    }
}

/* Also when the daemon has stopped: no value twice, and in order. */
static void check_chain(const struct world *w)
{
    uint64_t last = 0;
    for (uint64_t i = 0; i < w->chain.n_uses; i++) {
        const struct fake_tx *tx = &w->chain.txs[w->chain.uses[i].tx];
        if (tx->k == 0 || tx->useless)
            continue;
        if (tx->k <= last)
            broken("batch %" PRIu64 " is anchored after batch %" PRIu64, tx->k, last);
        last = tx->k;
    }
}

/* What was mined on a day cost no more than the budget of a day. */
static void check_budget(const struct world *w)
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
            broken("more than the budget was spent");
    }
}

static void set_policy(struct world *w)
{
    const uint64_t slow = w->weather->slowness;
    w->policy = (struct anchor_policy){.registry = true,
                                       .by_depth = fake_chance(&w->random, 300),
                                       .confirmations = 20, /* beyond any reorganisation that spares final blocks */
                                       .watch_blocks = w->weather->breaks_finality ? 40 : 20,
                                       .evidence = true,
                                       .poll_ms = 4000 * slow,
                                       .resend_ms = 12000 * slow,
                                       .bump_after_ms = 48000 * slow,
                                       .retry_ms = 2000 * slow,
                                       .fees = {.max_fee_per_gas = 200 * GWEI,
                                                .min_priority_fee = GWEI / 10,
                                                .max_priority_fee = 30 * GWEI,
                                                .max_gas = 100000,
                                                .daily_budget = WEI_PER_ETHER}};
    if (w->weather->smooth)
        w->policy.bump_after_ms = 600000; /* blocks may be full for a while */
    if (w->weather->tight_budget)
        w->policy.fees.daily_budget = (wei)200 * GWEI * FAKE_GAS_USED;
    w->lane_policy = (struct lane_policy){.window = 4, .fees = w->policy.fees};
}

static void set_chain(struct world *w)
{
    struct fake_chain *chain = &w->chain;
    enum fake_client client = (enum fake_client)fake_below(&w->random, 4);
    fake_init(chain, &w->random, client, fake_below(&w->random, 4), now_s(w));
    chain->strict_gap = fake_chance(&w->random, 200);
    chain->min_tip = !w->weather->smooth && fake_chance(&w->random, 200) ? GWEI : 0;
    if (w->weather->breaks_finality)
        chain->finality_lag = 2;
    if (w->weather->poor)
        chain->balance = (wei)30 * GWEI * FAKE_GAS_USED;
    if (w->weather->full_blocks) {
        chain->full = 1000;
        chain->max_tip = GWEI / 9;
        chain->market_tip = GWEI / 10;
        chain->min_tip = 0;
        chain->base = chain->normal_base = chain->max_base = GWEI;
    }
    if (w->weather->legacy) {
        chain->legacy = true;
        chain->base = 0;
        chain->min_tip = 0;
        if (client == FAKE_BESU) /* its rule is that of geth for a gas price */
            chain->client = FAKE_GETH;
    }
}

/* Returns: the crash points passed. */
static uint64_t run(struct world *w, const struct weather *weather, uint64_t seed, uint64_t crash_at)
{
    static struct weather defaults;
    defaults = *weather;
    if (defaults.block_s == 0)
        defaults.block_s = 12;
    if (defaults.slowness == 0)
        defaults.slowness = 1;
    run_name = weather->name;
    run_seed = seed;
    run_crash = crash_at;
    memset(w, 0, sizeof *w);
    w->weather = &defaults;
    w->random = seed * 1000003 + (uint64_t)(weather - WEATHERS);
    w->now_ms = UINT64_C(1795330800000) + fake_below(&w->random, 86400000);
    w->calm_ms = w->now_ms + weather->storm_s * UINT64_C(1000);
    w->next_block_ms = w->now_ms + 1000;
    w->crash_at = crash_at;
    set_policy(w);
    set_chain(w);
    start(w);
    uint64_t patience_ms = w->calm_ms + w->policy.poll_ms * 3600;
    while (!all_done(w) && !w->stopped) {
        if (w->now_ms > patience_ms)
            broken("it does not end");
        one_round(w);
        check_budget(w);
    }
    check_chain(w);
    if (w->stopped && !w->restored)
        broken("it stopped without a reason");
    if (!w->stopped)
        check_end(w);
    return w->points;
}

struct total {
    uint64_t runs, actions;
};

static uint64_t count(struct total *total, struct world *w, const struct weather *weather, uint64_t seed,
                      uint64_t crash_at)
{
    uint64_t points = run(w, weather, seed, crash_at);
    total->runs++;
    total->actions += w->actions;
    return points;
}

static void run_weather(struct total *total, struct world *w, const struct weather *weather, uint64_t factor)
{
    for (uint64_t seed = 1; seed <= weather->runs * factor; seed++) {
        uint64_t points = count(total, w, weather, seed, 0);
        for (uint64_t at = 1; weather->every_crash && at <= points; at++)
            count(total, w, weather, seed, at);
    }
}

int main(int argc, char **argv)
{
    static struct world world;
    struct total total = {0};
    uint64_t factor = 1;
    if (argc > 2 && strcmp(argv[1], "-x") == 0) {
        factor = strtoull(argv[2], NULL, 10);
        argc -= 2;
        argv += 2;
    }
    verbose = argc > 2;
    for (size_t i = 0; i < N_WEATHERS; i++) {
        if (argc > 1 && strcmp(argv[1], WEATHERS[i].name) != 0)
            continue;
        if (argc > 2)
            count(&total, &world, &WEATHERS[i], strtoull(argv[2], NULL, 10),
                  argc > 3 ? strtoull(argv[3], NULL, 10) : 0);
        else
            run_weather(&total, &world, &WEATHERS[i], factor);
    }
    if (total.runs == 0) {
        fprintf(stderr, "no such weather\n");
        return 64;
    }
    if (argc == 1)
        check_seen();
    printf("anchoring: %" PRIu64 " runs, %" PRIu64 " actions, all properties hold\n", total.runs,
           total.actions);
    return 0;
}
