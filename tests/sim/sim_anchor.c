/* Anchoring on a fake chain and a fake clock, in every kind of weather, with crashes at every step.
 *
 * After a storm of faults the weather turns calm, and then every value must end final exactly once on the
 * chain, or be proven by a later one. What must hold on the way (checks.h) is checked where it happens.
 *
 *   sim_anchor [-x FACTOR]           all weathers, FACTOR times as many runs
 *   sim_anchor [-x FACTOR] NAME      one weather
 *   sim_anchor NAME SEED [CRASH]     one run, step by step, with a crash at point CRASH
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/checks.h"
#include "tests/sim/shell.h"

static const struct weather WEATHERS[] = {
    {.name = "calm", .runs = 200, .n_values = 3, .storm_s = 120, .smooth = true},
    {.name = "every-crash", .runs = 6, .n_values = 2, .storm_s = 240, .every_crash = true},
    {.name = "every-crash-in-storm", .runs = 2, .n_values = 2, .storm_s = 240, .every_crash = true,
     .lost_reply = 200, .reorg = 30, .max_depth = 6, .drop_pool = 30, .stranger = 10},
    {.name = "crashes", .runs = 150, .n_values = 5, .storm_s = 900, .crash = 30, .save_fails = 50,
     .sign_fails = 50, .busy = 200},
    {.name = "bad-endpoints", .runs = 150, .n_values = 5, .storm_s = 900, .rpc_fails = 200,
     .lost_reply = 200, .lost_request = 200, .false_success = 200, .pool_full = 100, .lag = 300,
     .unknown = 300, .orphan_receipt = 300, .no_receipt = 500, .reorg = 10, .max_depth = 4, .busy = 200},
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
     .lag = 100, .unknown = 200, .no_receipt = 200, .lost_reply = 100, .reorg = 10, .max_depth = 6},
    {.name = "no-money", .runs = 80, .n_values = 4, .storm_s = 900, .poor = true, .crash = 5},
    {.name = "tight-budget", .runs = 60, .n_values = 8, .storm_s = 3 * 86400, .block_s = 400,
     .slowness = 40, .tight_budget = true, .reorg = 10, .max_depth = 4, .crash = 2, .drop_pool = 50},
    {.name = "full-blocks", .runs = 3, .n_values = 2, .storm_s = 2 * 86400, .block_s = 60,
     .full_blocks = true},
    {.name = "useless", .runs = 100, .n_values = 5, .storm_s = 1200, .useless = 300, .crash = 5,
     .reorg = 20, .max_depth = 6},
    {.name = "old-copies", .runs = 200, .n_values = 5, .storm_s = 1200, .restores = true,
     .lost_reply = 100, .lost_request = 300, .drop_pool = 10, .busy = 300, .no_receipt = 200},
    {.name = "everything", .runs = 300, .n_values = 6, .storm_s = 1800, .crash = 10, .save_fails = 20,
     .sign_fails = 20, .rpc_fails = 50, .busy = 100, .lost_reply = 100, .lost_request = 100,
     .false_success = 100, .pool_full = 50, .lag = 100, .unknown = 100, .orphan_receipt = 100,
     .no_receipt = 50, .drop_pool = 20, .reorg = 20, .max_depth = 12, .stranger = 10, .useless = 50, .spike = 5},
};

#define N_WEATHERS (sizeof WEATHERS / sizeof WEATHERS[0])

/* ------------------------------------------------------------------ weather */

static void seal(struct world *w)
{
    uint64_t k = ++w->n_sealed;
    struct hash32 value = {.b = {(uint8_t)k}};
    struct slot *slot = &w->slots[k];
    *slot = (struct slot){.used = true, .job = anchor_new(k, &value, world_now_s(w))};
    anchor_encode(&slot->job, w->disk.job[k], &w->disk.job_len[k]);
    shell_run(w, slot, ANCHOR_EV_SAVED);
}

static void keep_or_restore(struct world *w)
{
    if (!w->has_copy && w->n_sealed > 0 && fake_chance(&w->random, 20)) {
        w->copy = w->disk;
        w->has_copy = true;
        world_trace(w, "the store is copied");
    } else if (w->has_copy && !w->restored && fake_chance(&w->random, 10)) {
        struct err e;
        struct lane lane = {0};
        w->disk = w->copy;
        if (w->disk.lane_len > 0 && lane_decode(&lane, w->disk.lane, w->disk.lane_len, &e) != ERR_OK)
            world_broken("%s", e.msg);
        lane.settling = true;
        lane_encode(&lane, w->disk.lane, &w->disk.lane_len);
        w->restored = w->crashed = true;
        for (w->n_sealed = 0; w->disk.job_len[w->n_sealed + 1] > 0; w->n_sealed++)
            ;
        world_trace(w, "the store is replaced by its copy");
    }
}

static void storm(struct world *w)
{
    const struct weather *weather = w->weather;
    struct fake_chain *chain = &w->chain;
    if (world_fault(w, weather->reorg)) {
        uint64_t depth = 1 + fake_below(&w->random, weather->max_depth);
        fake_reorg(chain, depth, weather->breaks_finality);
        world_trace(w, "REORG of %" PRIu64, depth);
    }
    if (world_fault(w, weather->drop_pool))
        fake_drop_pool(chain);
    if (world_fault(w, weather->stranger) && chain->n_uses < FAKE_NONCES / 2) {
        fake_stranger(chain, world_now_s(w));
        world_trace(w, "STRANGER at nonce %" PRIu64, chain->n_uses - 1);
    }
    if (world_fault(w, weather->spike) && chain->spike_blocks == 0) {
        chain->spike_blocks = 50;
        world_trace(w, "SPIKE");
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
    world_trace(w, "CALM");
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
        shell_start(w);
    if (w->n_sealed < w->weather->n_values && (w->calm || fake_chance(&w->random, 30)))
        seal(w);
    shell_look(w);
    for (uint64_t k = 1; k <= w->n_sealed && !w->crashed; k++) {
        struct slot *slot = &w->slots[k];
        if (slot->used && slot->busy)
            shell_go_on(w, slot);
        else if (slot->used && w->calm && slot->job.state == ANCHOR_REVERTED)
            shell_run(w, slot, ANCHOR_EV_RETRY);
        else if (slot->used && w->now_ms >= slot->wake_ms)
            shell_run(w, slot, ANCHOR_EV_TICK);
    }
    shell_lane(w);
    w->stopped = w->lane.recover;
    pass_time(w);
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
                                       .watch_ms = 20000 * slow,
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
    fake_init(chain, &w->random, client, fake_below(&w->random, 4), world_now_s(w));
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
    world_run.name = weather->name;
    world_run.seed = seed;
    world_run.crash_at = crash_at;
    memset(w, 0, sizeof *w);
    w->weather = &defaults;
    w->random = seed * 1000003 + (uint64_t)(weather - WEATHERS);
    w->now_ms = UINT64_C(1795330800000) + fake_below(&w->random, 86400000);
    w->calm_ms = w->now_ms + weather->storm_s * UINT64_C(1000);
    w->next_block_ms = w->now_ms + 1000;
    w->crash_at = crash_at;
    set_policy(w);
    set_chain(w);
    shell_start(w);
    uint64_t patience_ms = w->calm_ms + w->policy.poll_ms * 3600;
    while (!all_done(w) && !w->stopped) {
        if (w->now_ms > patience_ms)
            world_broken("it does not end");
        one_round(w);
        checks_budget(w);
    }
    checks_chain(w);
    if (w->stopped && !w->restored)
        world_broken("it stopped without a reason");
    if (!w->stopped)
        checks_end(w);
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
    world_run.verbose = argc > 2;
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
        checks_seen();
    printf("anchoring: %" PRIu64 " runs, %" PRIu64 " actions, all properties hold\n", total.runs,
           total.actions);
    return 0;
}
