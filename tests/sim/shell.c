/* The shell of a simulated daemon: see shell.h. */
#include "tests/sim/shell.h"

#include <inttypes.h>

#include "tests/sim/checks.h"

#define MAX_ACTIONS_AT_ONCE 200 /* more without a wait is a livelock */

/* ------------------------------------------------------------------ one action */

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
        world_broken("cannot read batch %" PRIu64 " back: %s", job->k, e.msg);
    if (world_fault(w, w->weather->save_fails)) {
        fail(w, slot);
        return;
    }
    if (job->has_nonce && (!before.has_nonce || before.nonce != job->nonce))
        checks_nonce(w, job);
    if (job->state == ANCHOR_FINAL && before.state != ANCHOR_FINAL)
        checks_final(w, job);
    anchor_encode(job, w->disk.job[job->k], &w->disk.job_len[job->k]);
    struct lane stored = {0};
    if (w->disk.lane_len > 0 && lane_decode(&stored, w->disk.lane, w->disk.lane_len, &e) != ERR_OK)
        world_broken("%s", e.msg);
    stored = lane_note(&stored, job, world_now_s(w));
    lane_encode(&stored, w->disk.lane, &w->disk.lane_len);
    w->lane = lane_note(&w->lane, job, world_now_s(w));
    if (slot->has_raw) {
        if (w->disk.n_raws == MAX_RAW)
            world_broken("too many signatures");
        const struct anchor_attempt *newest = &job->attempts[job->n_attempts - 1];
        w->disk.raws[w->disk.n_raws++] = (struct raw){job->k, newest->seq, slot->raw};
        slot->has_raw = false;
    }
    checks_round_trip(w, job->k);
    w->event.what = ANCHOR_EV_SAVED;
}

static void do_quote(struct world *w, struct slot *slot)
{
    const struct anchor_job *jobs[MAX_K];
    bool idle[MAX_K];
    uint64_t index[MAX_K];
    size_t n;
    if (world_fault(w, w->weather->rpc_fails)) {
        fail(w, slot);
        return;
    }
    list(w, jobs, idle, index, &n);
    w->view.balance = w->chain.balance;
    w->view.now = world_now_s(w);
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
    if (world_fault(w, w->weather->sign_fails)) {
        fail(w, slot);
        w->event.alarm = fake_chance(&w->random, 333)   ? ANCHOR_ALARM_SIGNER
                         : fake_chance(&w->random, 500) ? ANCHOR_ALARM_SIGNER_REFUSES
                                                        : ANCHOR_ALARM_SIGNER_WRONG;
        return;
    }
    checks_bid(w, job);
    w->signatures[job->k]++;
    slot->has_raw = true;
    slot->raw = (struct fake_tx){.hash = fake_hash(&w->random), /* a signer need not be deterministic */
                                 .nonce = job->nonce,
                                 .k = job->k,
                                 .legacy = job->draft.legacy,
                                 .tip = job->draft.tip,
                                 .cap = job->draft.cap,
                                 .gas = job->draft.gas,
                                 .useless = world_fault(w, w->weather->useless)};
    w->event.what = ANCHOR_EV_SIGNED;
    w->event.hash = slot->raw.hash;
}

static const struct fake_tx *stored_bytes(const struct world *w, uint64_t k, uint32_t seq)
{
    for (size_t i = 0; i < w->disk.n_raws; i++) {
        if (w->disk.raws[i].k == k && w->disk.raws[i].seq == seq)
            return &w->disk.raws[i].tx;
    }
    world_broken("batch %" PRIu64 " sends attempt %" PRIu32 " which is not on disk", k, seq);
}

static void do_send(struct world *w, struct slot *slot)
{
    const struct weather *weather = w->weather;
    const struct fake_tx *tx = stored_bytes(w, slot->job.k, slot->action.seq);
    struct anchor_sent sent = {0};
    w->event.what = ANCHOR_EV_SENT;
    if (world_fault(w, weather->rpc_fails))
        fail(w, slot);
    else if (world_fault(w, weather->false_success))
        sent.replies = ANCHOR_REPLY_ACCEPTED;
    else if (world_fault(w, weather->lost_request))
        sent.replies = ANCHOR_REPLY_UNKNOWN;
    else if (world_fault(w, weather->pool_full))
        sent.replies = ANCHOR_REPLY_POOL_FULL;
    else
        sent.replies = fake_send(&w->chain, tx, &sent.min_cap, &sent.min_tip);
    if (world_fault(w, weather->lost_reply))
        sent = (struct anchor_sent){.replies = ANCHOR_REPLY_UNKNOWN};
    w->event.sent = sent;
    world_trace(w, "  batch %" PRIu64 " nonce %" PRIu64 " seq %" PRIu32 ": replies %x", slot->job.k,
          slot->job.nonce, slot->action.seq, sent.replies);
}

/* How far back the endpoint that answers is. */
static uint64_t seen_head(struct world *w)
{
    uint64_t lag = world_fault(w, w->weather->lag) ? fake_below(&w->random, 6) : 0;
    return w->chain.head - lag;
}

static struct anchor_chain chain_view(struct world *w, uint64_t at)
{
    const struct fake_chain *chain = &w->chain;
    uint64_t final = chain->finalized < at ? chain->finalized : at;
    if (w->policy.by_depth)
        final = at - w->policy.confirmations;
    struct anchor_chain view = {.head = at,
                                .finalized_known = !world_fault(w, w->weather->unknown),
                                .finalized = final,
                                .nonce = fake_nonce_at(chain, at),
                                .nonce_final_known = !world_fault(w, w->weather->unknown),
                                .nonce_final = fake_nonce_at(chain, final)};
    if (!view.finalized_known)
        view.finalized = chain->head + 100; /* a lie of one endpoint */
    if (!view.nonce_final_known)
        view.nonce_final = chain->n_uses + 100;
    return view;
}

static bool canonical(struct world *w, uint64_t block, struct hash32 *ret)
{
    *ret = fake_hash(&w->random);
    if (block > w->chain.head || world_fault(w, w->weather->unknown))
        return false;
    *ret = w->chain.blocks[block].hash;
    return true;
}

static const struct fake_orphan *orphan(struct world *w, const struct hash32 *hash)
{
    for (uint32_t i = w->chain.n_orphans; i > 0; i--) {
        if (hash32_equal(&w->chain.txs[w->chain.orphans[i - 1].tx].hash, hash) &&
            world_fault(w, w->weather->orphan_receipt))
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
                                           .block_time = world_now_s(w),
                                           .useful = !w->chain.txs[tx].useless,
                                           .cost = cost}};
    r->canonical_known = canonical(w, block, &r->canonical);
}

static void do_look(struct world *w, struct slot *slot)
{
    const struct anchor_job *job = &slot->job;
    if (world_fault(w, w->weather->rpc_fails)) {
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
        else if (use != NULL && !world_fault(w, w->weather->no_receipt))
            add_receipt(w, attempt->seq, use->tx, use->block, &w->chain.blocks[use->block].hash,
                        use->cost);
    }
}

static void do_check(struct world *w, struct slot *slot)
{
    if (world_fault(w, w->weather->rpc_fails)) {
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
    if (use == NULL || world_fault(w, w->weather->unknown))
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
        if (world_fault(w, w->weather->rpc_fails))
            fail(w, slot);
        break;
    case ANCHOR_DO_WAIT:
    case ANCHOR_DO_DONE:
        break;
    }
}

/* ------------------------------------------------------------------ loops */

static void step(struct world *w, struct slot *slot)
{
    w->event.now_ms = w->now_ms - w->boot_ms + 1;
    w->event.now = world_now_s(w);
    enum anchor_state before = slot->job.state;
    slot->action = anchor_step(&slot->job, &w->event, &w->policy);
    w->actions++;
    if (before != ANCHOR_MINED && slot->job.state == ANCHOR_MINED)
        checks_mined(w, &slot->job);
    checks_sight.states[slot->job.state]++;
    checks_sight.whats[w->event.what]++;
    checks_note_alarms(slot->job.alarms);
    world_trace(w, "batch %" PRIu64 " %s: %s -> %s, %s, alarms %x", slot->job.k,
          anchor_what_name(w->event.what), anchor_state_name(before),
          anchor_state_name(slot->job.state), anchor_do_name(slot->action.what), slot->job.alarms);
}

void shell_go_on(struct world *w, struct slot *slot)
{
    for (unsigned n = 0; slot->busy; n++) {
        if (n > MAX_ACTIONS_AT_ONCE)
            world_broken("batch %" PRIu64 " does not come to rest", slot->job.k);
        if (world_fault(w, w->weather->busy) || world_dies(w))
            return;
        perform(w, slot);
        if (world_dies(w))
            return;
        step(w, slot);
        slot->busy = slot->action.what != ANCHOR_DO_WAIT && slot->action.what != ANCHOR_DO_DONE;
    }
    slot->wake_ms = slot->action.wait_ms == ANCHOR_NO_WAKE ? UINT64_MAX : w->now_ms + slot->action.wait_ms;
    if (slot->action.what == ANCHOR_DO_DONE)
        slot->used = false;
}

void shell_run(struct world *w, struct slot *slot, enum anchor_what what)
{
    w->event.what = what;
    step(w, slot);
    slot->busy = slot->action.what != ANCHOR_DO_WAIT && slot->action.what != ANCHOR_DO_DONE;
    shell_go_on(w, slot);
}

void shell_look(struct world *w)
{
    uint64_t at = seen_head(w);
    struct anchor_chain chain = chain_view(w, at);
    w->view = (struct lane_view){.serial = w->view.serial + 1,
                                 .now = world_now_s(w),
                                 .rpc_ok = !world_fault(w, w->weather->rpc_fails),
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
    if (use == NULL || world_fault(w, w->weather->unknown))
        return found;
    const struct fake_tx *tx = &w->chain.txs[use->tx];
    found.what = tx->k == 0 ? LANE_FOUND_STRANGER : LANE_FOUND_ANCHOR;
    found.hash = tx->hash;
    found.value.b[0] = (uint8_t)tx->k;
    found.known = tx->k != 0 && w->disk.job_len[tx->k] > 0;
    return found;
}

void shell_lane(struct world *w)
{
    for (unsigned n = 0; !w->crashed; n++) {
        const struct anchor_job *jobs[MAX_K];
        bool idle[MAX_K];
        uint64_t index[MAX_K];
        size_t n_jobs;
        if (n > 4 * MAX_K)
            world_broken("the lane does not come to rest");
        list(w, jobs, idle, index, &n_jobs);
        struct lane_action a = lane_step(&w->lane, jobs, idle, n_jobs, &w->view, &w->lane_policy);
        checks_sight.lane[a.what]++;
        checks_note_alarms(w->lane.alarms);
        if (a.what == LANE_DO_LOCATE) {
            struct lane_found found = locate_for_lane(w, a.nonce);
            a = lane_located(&w->lane, jobs, idle, n_jobs, &w->view, &found);
            w->event.hash = found.hash;
            checks_note_alarms(w->lane.alarms);
            world_trace(w, "lane located nonce %" PRIu64 ": %d", found.nonce, (int)found.what);
        }
        checks_sight.lane[a.what]++;
        w->event.batch = a.batch;
        w->event.nonce = a.nonce;
        switch (a.what) {
        case LANE_DO_WAIT:
        case LANE_DO_LOCATE:
        case LANE_DO_RECOVER: /* the run ends here: what follows touches the store more than the chain */
            return;
        case LANE_DO_GO:
            shell_run(w, &w->slots[index[a.index]], ANCHOR_EV_GO);
            break;
        case LANE_DO_COVER:
            shell_run(w, &w->slots[index[a.index]], ANCHOR_EV_COVER);
            break;
        case LANE_DO_ADOPT:
            shell_run(w, &w->slots[index[a.index]], ANCHOR_EV_ADOPT);
            break;
        case LANE_DO_SAVE:
            if (!world_dies(w))
                lane_encode(&w->lane, w->disk.lane, &w->disk.lane_len);
            break;
        }
    }
}

void shell_start(struct world *w)
{
    struct err e;
    uint64_t serial = w->view.serial;
    w->crashed = false;
    w->boot_ms = w->now_ms;
    memset(w->slots, 0, sizeof w->slots);
    w->lane = (struct lane){0};
    w->view = (struct lane_view){.serial = serial};
    if (w->disk.lane_len > 0 && lane_decode(&w->lane, w->disk.lane, w->disk.lane_len, &e) != ERR_OK)
        world_broken("%s", e.msg);
    for (uint64_t k = 1; k <= w->n_sealed; k++) {
        struct slot *slot = &w->slots[k];
        if (w->disk.job_len[k] == 0)
            continue;
        if (anchor_decode(&slot->job, w->disk.job[k], w->disk.job_len[k], &e) != ERR_OK)
            world_broken("%s", e.msg);
        slot->used = !slot->job.done;
    }
}
