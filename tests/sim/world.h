/* The world of sim_anchor.c: a daemon of which only the core is real, its disk, its chain, its weather. */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "daemon/core/lane.h"
#include "tests/sim/fakechain.h"

#define MAX_K 8
#define MAX_RAW 512

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
    unsigned lag, unknown, orphan_receipt, no_receipt;
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

/* The run under way, as the command line names it. */
struct world_run {
    bool verbose; /* say every step */
    const char *name;
    uint64_t seed, crash_at;
};
extern struct world_run world_run;

/** Say what does not hold and how to see it again, and exit. */
void world_broken(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void world_trace(const struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

uint64_t world_now_s(const struct world *w);
/** A fault of the storm, per mille of the time; never in calm weather. */
bool world_fault(struct world *w, unsigned per_mille);
/** A point at which the process may die. */
bool world_dies(struct world *w);

#endif
