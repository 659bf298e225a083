/* The step of one anchored value: each rule by itself. How they play together is tests/sim/sim_anchor.c. */
#include "tests/harness.h"

#include "daemon/core/anchor_explain.h"

#define GWEI UINT64_C(1000000000)
#define NOON UINT64_C(1795348800) /* 2026-11-22 12:00:00 UTC */

static const struct anchor_policy POLICY = {
    .registry = true,
    .confirmations = 12,
    .watch_blocks = 64,
    .evidence = true,
    .poll_ms = 4000,
    .watch_ms = 60000,
    .resend_ms = 12000,
    .bump_after_ms = 48000,
    .retry_ms = 2000,
    .fees = {.max_fee_per_gas = 200 * GWEI, .min_priority_fee = GWEI, .max_priority_fee = 3 * GWEI,
             .max_gas = 100000},
};

/* The event being made; every test begins with an empty one, five seconds after the boot. */
static struct anchor_event ev;

static int begin(void **state)
{
    (void)state;
    memset(&ev, 0, sizeof ev);
    ev.now_ms = 5000;
    ev.now = NOON;
    return 0;
}

static void later(uint64_t ms)
{
    ev.now_ms += ms;
    ev.now += ms / 1000;
}

static struct hash32 hash(uint8_t n)
{
    return (struct hash32){.b = {n}};
}

static struct anchor_action step(struct anchor_job *job, enum anchor_what what)
{
    ev.what = what;
    return anchor_step(job, &ev, &POLICY);
}

static void expect(struct anchor_action a, enum anchor_do what)
{
    assert_string_equal(anchor_do_name(a.what), anchor_do_name(what));
}

static void expect_state(const struct anchor_job *job, enum anchor_state state)
{
    assert_string_equal(anchor_state_name(job->state), anchor_state_name(state));
}

/* ------------------------------------------------------------------ the way to each state */

static struct anchor_action quote(struct anchor_job *job, uint64_t base_gwei)
{
    ev.quote = (struct anchor_quote){.market = {.base = base_gwei * GWEI, .tip = GWEI},
                                     .gas = 23050,
                                     .room = {WEI_MAX, WEI_MAX},
                                     .next_nonce = 7};
    return step(job, ANCHOR_EV_QUOTE);
}

static struct anchor_action signed_by(struct anchor_job *job, uint8_t n)
{
    ev.hash = hash(n);
    return step(job, ANCHOR_EV_SIGNED);
}

static struct anchor_action sent(struct anchor_job *job, uint32_t replies)
{
    ev.sent = (struct anchor_sent){.replies = replies};
    return step(job, ANCHOR_EV_SENT);
}

/* A look that finds no receipt. */
static struct anchor_action looked(struct anchor_job *job, uint64_t nonce, uint64_t nonce_final)
{
    ev.looked.n_receipts = 0;
    ev.looked.chain = (struct anchor_chain){.head = 100, .finalized_known = true, .finalized = 90,
                                            .nonce = nonce, .nonce_final_known = true,
                                            .nonce_final = nonce_final};
    return step(job, ANCHOR_EV_LOOKED);
}

/* A look that finds the receipt of attempt seq in block 100, which the chain has (or has another). */
static struct anchor_action found(struct anchor_job *job, uint32_t seq, bool canonical, bool useful)
{
    ev.looked.chain = (struct anchor_chain){.head = 100, .nonce = 8};
    ev.looked.n_receipts = 1;
    ev.looked.receipts[0] = (struct anchor_receipt){
        .seq = seq,
        .mined = {.block = 100, .block_hash = hash(0xb0), .block_time = ev.now, .useful = useful,
                  .cost = 5000},
        .canonical_known = true,
        .canonical = canonical ? hash(0xb0) : hash(0xb1)};
    return step(job, ANCHOR_EV_LOOKED);
}

static struct anchor_action checked(struct anchor_job *job, uint64_t head, uint64_t finalized,
                                    bool canonical)
{
    ev.checked.chain =
        (struct anchor_chain){.head = head, .finalized_known = true, .finalized = finalized};
    ev.checked.canonical_known = true;
    ev.checked.canonical = canonical ? hash(0xb0) : hash(0xb1);
    return step(job, ANCHOR_EV_CHECKED);
}

static struct anchor_job queued(void)
{
    struct hash32 value = hash(1);
    struct anchor_job job = anchor_new(812, &value, ev.now);
    expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_WAIT);
    return job;
}

static struct anchor_job assigned(void)
{
    struct anchor_job job = queued();
    expect(step(&job, ANCHOR_EV_GO), ANCHOR_DO_QUOTE);
    expect(quote(&job, 20), ANCHOR_DO_SAVE);
    expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_SIGN);
    return job;
}

static struct anchor_job sent_job(void)
{
    struct anchor_job job = assigned();
    expect(signed_by(&job, 0xa1), ANCHOR_DO_SAVE);
    expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_LOOK);
    expect(looked(&job, 7, 7), ANCHOR_DO_SEND);
    expect(sent(&job, ANCHOR_REPLY_ACCEPTED), ANCHOR_DO_SAVE);
    expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_WAIT);
    return job;
}

/* From a job that waits: a second attempt, sent too. */
static void add_attempt(struct anchor_job *job, uint8_t n)
{
    later(4000000);
    expect(step(job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
    struct anchor_action a = looked(job, 7, 7);
    if (a.what == ANCHOR_DO_SEND)
        a = sent(job, ANCHOR_REPLY_KNOWN);
    expect(a, ANCHOR_DO_QUOTE);
    expect(quote(job, 20), ANCHOR_DO_SIGN);
    expect(signed_by(job, n), ANCHOR_DO_SAVE);
    a = step(job, ANCHOR_EV_SAVED);
    expect(a, ANCHOR_DO_SEND);
    assert_int_equal(a.seq, job->n_attempts);
    expect(sent(job, ANCHOR_REPLY_ACCEPTED), ANCHOR_DO_SAVE);
    expect(step(job, ANCHOR_EV_SAVED), ANCHOR_DO_WAIT);
}

static struct anchor_job mined(bool useful)
{
    struct anchor_job job = sent_job();
    expect(step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
    expect(found(&job, 1, true, useful), ANCHOR_DO_SAVE);
    expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_CHECK);
    expect(checked(&job, 100, 90, true), ANCHOR_DO_WAIT);
    return job;
}

static struct anchor_job final(void)
{
    struct anchor_job job = mined(true);
    expect(step(&job, ANCHOR_EV_TICK), ANCHOR_DO_CHECK);
    expect(checked(&job, 110, 100, true), ANCHOR_DO_SAVE);
    expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_EVIDENCE);
    return job;
}

static struct anchor_job suspect(void)
{
    struct anchor_job job = sent_job();
    expect(step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
    expect(looked(&job, 8, 7), ANCHOR_DO_WAIT);
    expect_state(&job, ANCHOR_SUSPECT);
    return job;
}

/* How long after its sending the next higher fee is asked for. */
static uint64_t bump_delay(struct anchor_job *job)
{
    uint64_t start = ev.now_ms;
    for (int i = 0; i < 10000; i++) {
        later(1000);
        expect(step(job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
        struct anchor_action a = looked(job, 7, 7);
        if (a.what == ANCHOR_DO_SEND)
            a = sent(job, ANCHOR_REPLY_KNOWN);
        if (a.what == ANCHOR_DO_QUOTE)
            return ev.now_ms - start;
        expect(a, ANCHOR_DO_WAIT);
    }
    fail_msg("no higher fee is asked for in 10,000 s");
    return 0;
}

/* ------------------------------------------------------------------ the happy path */

static void happy_path(void **state)
{
    (void)state;
    struct anchor_job job = final();
    expect_state(&job, ANCHOR_FINAL);
    assert_int_equal(job.nonce, 7);
    assert_int_equal(job.n_attempts, 1);
    assert_int_equal(job.mined.seq, 1);
    assert_true(job.cost == 5000 && job.booked == 5000);
    expect(step(&job, ANCHOR_EV_EVIDENCE), ANCHOR_DO_SAVE);
    expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_WAIT);
    assert_true(job.has_evidence && !job.done);
}

static void a_queued_job_waits_for_go(void **state)
{
    (void)state;
    struct anchor_job job = queued();
    struct anchor_action a = step(&job, ANCHOR_EV_TICK);
    expect(a, ANCHOR_DO_WAIT);
    assert_true(a.wait_ms == ANCHOR_NO_WAKE);
    expect(quote(&job, 20), ANCHOR_DO_WAIT); /* an answer nobody asked for */
    assert_false(job.has_nonce);
}

static void a_refused_price_gives_go_back(void **state)
{
    (void)state;
    struct anchor_job job = queued();
    step(&job, ANCHOR_EV_GO);
    expect(quote(&job, 500), ANCHOR_DO_WAIT);
    assert_int_equal(job.alarms, ANCHOR_ALARM_FEE_CAPPED);
    assert_false(job.has_nonce);
    expect(step(&job, ANCHOR_EV_TICK), ANCHOR_DO_WAIT);
    expect(step(&job, ANCHOR_EV_GO), ANCHOR_DO_QUOTE);
    expect(quote(&job, 20), ANCHOR_DO_SAVE);
    assert_int_equal(job.alarms, 0);
}

static void each_refusal_has_its_alarm(void **state)
{
    (void)state;
    static const struct {
        uint64_t gas;
        wei budget, funds;
        uint32_t alarm;
    } CASES[] = {
        {0, WEI_MAX, WEI_MAX, ANCHOR_ALARM_GAS},
        {23050, 1, WEI_MAX, ANCHOR_ALARM_BUDGET},
        {23050, WEI_MAX, 1, ANCHOR_ALARM_FUNDS},
    };
    for (size_t i = 0; i < 3; i++) {
        struct anchor_job job = queued();
        step(&job, ANCHOR_EV_GO);
        ev.quote = (struct anchor_quote){.market = {.base = GWEI}, .gas = CASES[i].gas,
                                         .room = {CASES[i].budget, CASES[i].funds}};
        expect(step(&job, ANCHOR_EV_QUOTE), ANCHOR_DO_WAIT);
        assert_int_equal(job.alarms, CASES[i].alarm);
    }
}

/* ------------------------------------------------------------------ saved before sent */

static void nothing_but_save_while_unsaved(void **state)
{
    (void)state;
    struct anchor_job job = assigned();
    signed_by(&job, 0xa1);
    for (int i = 0; i < 3; i++) {
        expect(looked(&job, 7, 7), ANCHOR_DO_SAVE);
        expect(step(&job, ANCHOR_EV_TICK), ANCHOR_DO_SAVE);
        expect(sent(&job, ANCHOR_REPLY_ACCEPTED), ANCHOR_DO_SAVE);
    }
}

static void a_failed_save_is_tried_again(void **state)
{
    (void)state;
    struct anchor_job job = assigned();
    signed_by(&job, 0xa1);
    ev.action = ANCHOR_DO_SAVE;
    struct anchor_action a = step(&job, ANCHOR_EV_FAILED);
    expect(a, ANCHOR_DO_WAIT);
    assert_int_equal(a.wait_ms, POLICY.retry_ms);
    assert_int_equal(job.alarms, ANCHOR_ALARM_STORE);
    expect(step(&job, ANCHOR_EV_TICK), ANCHOR_DO_SAVE);
    expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_LOOK);
    assert_int_equal(job.alarms, 0);
    expect(looked(&job, 7, 7), ANCHOR_DO_SEND);
}

static void a_failed_signature_is_tried_again(void **state)
{
    (void)state;
    struct anchor_job job = assigned();
    ev.action = ANCHOR_DO_SIGN;
    expect(step(&job, ANCHOR_EV_FAILED), ANCHOR_DO_WAIT);
    assert_int_equal(job.alarms, ANCHOR_ALARM_SIGNER);
    struct anchor_action a = step(&job, ANCHOR_EV_TICK);
    expect(a, ANCHOR_DO_SIGN);
    assert_int_equal(a.seq, 1);
    signed_by(&job, 0xa1);
    assert_int_equal(job.alarms, 0);
}

static struct anchor_job reborn(const struct anchor_job *job)
{
    uint8_t blob[ANCHOR_MAX_BLOB];
    size_t len;
    struct anchor_job again;
    struct err e;
    anchor_encode(job, blob, &len);
    assert_ok(anchor_decode(&again, blob, len, &e), e);
    return again;
}

static void after_a_restart_it_looks_before_it_sends(void **state)
{
    (void)state;
    struct anchor_job job = sent_job();
    add_attempt(&job, 0xa2);
    job = reborn(&job);
    expect(step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
    struct anchor_action a = looked(&job, 7, 7);
    expect(a, ANCHOR_DO_SEND); /* all of them, the dearest first */
    assert_int_equal(a.seq, 2);
    a = sent(&job, ANCHOR_REPLY_KNOWN);
    expect(a, ANCHOR_DO_SEND);
    assert_int_equal(a.seq, 1);
    expect(sent(&job, ANCHOR_REPLY_REPLACEMENT), ANCHOR_DO_WAIT);
    assert_int_equal(bump_delay(&job), 72000); /* a cheaper one is bound to be refused: no hurry */
}

static void a_restart_while_assigned_signs_the_same_nonce(void **state)
{
    (void)state;
    struct anchor_job job = assigned();
    struct fee_bid draft = job.draft;
    job = reborn(&job);
    expect(step(&job, ANCHOR_EV_TICK), ANCHOR_DO_SIGN);
    assert_int_equal(job.nonce, 7);
    assert_int_equal(job.draft.cap, draft.cap);
}

/* ------------------------------------------------------------------ sending again, dearer */

static void the_same_bytes_every_twelve_seconds(void **state)
{
    (void)state;
    struct anchor_job job = sent_job();
    later(11999);
    step(&job, ANCHOR_EV_TICK);
    expect(looked(&job, 7, 7), ANCHOR_DO_WAIT);
    later(1);
    expect(step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
    struct anchor_action a = looked(&job, 7, 7);
    expect(a, ANCHOR_DO_SEND);
    assert_int_equal(a.seq, 1);
    expect(sent(&job, ANCHOR_REPLY_KNOWN), ANCHOR_DO_WAIT);
}

static void bumps_after_48_72_and_108_seconds(void **state)
{
    (void)state;
    struct anchor_job job = sent_job();
    static const uint64_t EXPECTED[] = {48000, 72000, 108000, 162000};
    for (uint8_t i = 0; i < 4; i++) {
        assert_int_equal(bump_delay(&job), EXPECTED[i]);
        expect(quote(&job, 20), ANCHOR_DO_SIGN);
        signed_by(&job, (uint8_t)(0xa2 + i));
        expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_SEND);
        expect(sent(&job, ANCHOR_REPLY_ACCEPTED), ANCHOR_DO_SAVE);
        expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_WAIT);
        assert_true(job.attempts[i + 1].bid.cap > job.attempts[i].bid.cap);
        assert_int_equal(job.nonce, 7);
    }
}

static void no_bump_behind_a_lower_nonce(void **state)
{
    (void)state;
    struct anchor_job job = sent_job();
    for (int i = 0; i < 100; i++) {
        later(10000);
        step(&job, ANCHOR_EV_TICK);
        struct anchor_action a = looked(&job, 6, 6); /* nonce 6 is not mined yet */
        if (a.what == ANCHOR_DO_SEND)
            a = sent(&job, ANCHOR_REPLY_KNOWN);
        expect(a, ANCHOR_DO_WAIT);
    }
    later(4000);
    step(&job, ANCHOR_EV_TICK);
    struct anchor_action a = looked(&job, 7, 7); /* now it is the next: the time begins */
    if (a.what == ANCHOR_DO_SEND)
        expect(sent(&job, ANCHOR_REPLY_KNOWN), ANCHOR_DO_WAIT);
    assert_int_equal(bump_delay(&job), 48000);
}

static void a_refused_replacement_is_priced_by_effect(void **state)
{
    (void)state;
    struct anchor_job job = sent_job();
    bump_delay(&job);
    quote(&job, 12);
    signed_by(&job, 0xa2);
    step(&job, ANCHOR_EV_SAVED);
    expect(sent(&job, ANCHOR_REPLY_REPLACEMENT), ANCHOR_DO_WAIT);
    assert_int_equal(bump_delay(&job), POLICY.poll_ms); /* soon, not at once */
    expect(quote(&job, 12), ANCHOR_DO_SIGN);
    const struct fee_bid *old = &job.attempts[1].bid;
    assert_true((12 * GWEI + job.draft.tip) * 10 > (12 * GWEI + old->tip) * 11);
}

static void a_named_minimum_is_honoured(void **state)
{
    (void)state;
    struct anchor_job job = assigned();
    signed_by(&job, 0xa1);
    step(&job, ANCHOR_EV_SAVED);
    looked(&job, 7, 7);
    ev.sent = (struct anchor_sent){.replies = ANCHOR_REPLY_UNDERPRICED, .min_tip = 2 * GWEI + 1};
    expect(step(&job, ANCHOR_EV_SENT), ANCHOR_DO_WAIT);
    expect_state(&job, ANCHOR_SIGNED);
    assert_false(anchor_is_out(&job));
    bump_delay(&job);
    quote(&job, 20);
    assert_int_equal(job.draft.tip, 2 * GWEI + 1);
}

static void capped_keeps_sending(void **state)
{
    (void)state;
    struct anchor_job job = sent_job();
    bump_delay(&job);
    expect(quote(&job, 500), ANCHOR_DO_WAIT);
    expect_state(&job, ANCHOR_FEE_CAPPED);
    assert_int_equal(job.alarms, ANCHOR_ALARM_FEE_CAPPED);
    for (int i = 0; i < 5; i++) {
        later(POLICY.resend_ms);
        step(&job, ANCHOR_EV_TICK);
        expect(looked(&job, 7, 7), ANCHOR_DO_SEND);
        expect(sent(&job, ANCHOR_REPLY_KNOWN), ANCHOR_DO_QUOTE);
        expect(quote(&job, 500), ANCHOR_DO_WAIT);
    }
    later(POLICY.resend_ms);
    step(&job, ANCHOR_EV_TICK);
    looked(&job, 7, 7);
    sent(&job, ANCHOR_REPLY_KNOWN);
    expect(quote(&job, 30), ANCHOR_DO_SIGN); /* the price has fallen */
    assert_int_equal(job.alarms, 0);
}

static void refusals_set_alarms(void **state)
{
    (void)state;
    static const uint32_t CASES[][2] = {
        {ANCHOR_REPLY_FUNDS, ANCHOR_ALARM_FUNDS},
        {ANCHOR_REPLY_FEE_CAP, ANCHOR_ALARM_ENDPOINT_CAP},
        {ANCHOR_REPLY_GAS, ANCHOR_ALARM_GAS},
        {ANCHOR_REPLY_POOL_FULL | ANCHOR_REPLY_UNKNOWN, 0},
    };
    for (size_t i = 0; i < 4; i++) {
        struct anchor_job job = assigned();
        signed_by(&job, 0xa1);
        step(&job, ANCHOR_EV_SAVED);
        looked(&job, 7, 7);
        expect(sent(&job, CASES[i][0]), ANCHOR_DO_WAIT);
        assert_int_equal(job.alarms, CASES[i][1]);
        later(POLICY.resend_ms);
        step(&job, ANCHOR_EV_TICK);
        looked(&job, 7, 7);
        sent(&job, ANCHOR_REPLY_ACCEPTED | CASES[i][0]); /* one endpoint is enough */
        assert_int_equal(job.alarms, 0);
    }
}

static void attempts_have_an_end(void **state)
{
    (void)state;
    struct anchor_job job = sent_job();
    struct anchor_policy rich = POLICY;
    rich.fees.max_fee_per_gas = rich.fees.max_priority_fee = UINT64_MAX;
    for (uint8_t i = 2; i < ANCHOR_MAX_ATTEMPTS; i++) {
        bump_delay(&job);
        ev.quote.market = (struct fee_market){.base = job.attempts[i - 2].bid.cap / 10 * 6};
        ev.quote.room = (struct fee_room){WEI_MAX, WEI_MAX};
        ev.what = ANCHOR_EV_QUOTE;
        expect(anchor_step(&job, &ev, &rich), ANCHOR_DO_SIGN);
        signed_by(&job, i);
        step(&job, ANCHOR_EV_SAVED);
        sent(&job, ANCHOR_REPLY_ACCEPTED);
        step(&job, ANCHOR_EV_SAVED);
    }
    assert_int_equal(job.n_attempts, ANCHOR_MAX_ATTEMPTS - 1);
    later(4000000);
    step(&job, ANCHOR_EV_TICK);
    expect(looked(&job, 7, 7), ANCHOR_DO_SEND);
    expect(sent(&job, ANCHOR_REPLY_KNOWN), ANCHOR_DO_WAIT);
    assert_int_equal(job.alarms & ANCHOR_ALARM_ATTEMPTS, ANCHOR_ALARM_ATTEMPTS);
    reborn(&job); /* the longest record */
}

/* ------------------------------------------------------------------ mined, final, taken back */

static void every_attempt_is_looked_up(void **state)
{
    (void)state;
    struct anchor_job job = sent_job();
    add_attempt(&job, 0xa2);
    step(&job, ANCHOR_EV_TICK);
    expect(found(&job, 1, true, true), ANCHOR_DO_SAVE); /* the older one made it */
    expect_state(&job, ANCHOR_MINED);
    assert_int_equal(job.mined.seq, 1);
}

static void a_receipt_of_an_orphaned_block_is_nothing(void **state)
{
    (void)state;
    struct anchor_job job = sent_job();
    step(&job, ANCHOR_EV_TICK);
    found(&job, 1, false, true);
    expect_state(&job, ANCHOR_SUSPECT); /* the nonce is used, by what? */
    step(&job, ANCHOR_EV_TICK);
    ev.looked.receipts[0].canonical_known = false;
    step(&job, ANCHOR_EV_LOOKED);
    expect_state(&job, ANCHOR_SUSPECT);
    step(&job, ANCHOR_EV_TICK);
    found(&job, 9, true, true); /* an attempt that is not ours */
    expect_state(&job, ANCHOR_SUSPECT);
}

static void final_by_tag(void **state)
{
    (void)state;
    struct anchor_job job = mined(true);
    checked(&job, 500, 99, true);
    expect_state(&job, ANCHOR_MINED);
    ev.checked.chain.finalized = 100;
    ev.checked.chain.finalized_known = false;
    step(&job, ANCHOR_EV_CHECKED);
    expect_state(&job, ANCHOR_MINED);
    checked(&job, 500, 100, true);
    expect_state(&job, ANCHOR_FINAL);
}

static void final_by_depth(void **state)
{
    (void)state;
    struct anchor_job job = mined(true);
    struct anchor_policy deep = POLICY;
    deep.by_depth = true;
    checked(&job, 111, 0, true);
    ev.checked.chain.finalized_known = false;
    anchor_step(&job, &ev, &deep);
    expect_state(&job, ANCHOR_MINED);
    ev.checked.chain.head = 112; /* twelve blocks on top */
    anchor_step(&job, &ev, &deep);
    expect_state(&job, ANCHOR_FINAL);
}

static void an_unknown_block_proves_nothing(void **state)
{
    (void)state;
    struct anchor_job job = mined(true);
    checked(&job, 500, 90, false);
    job = mined(true);
    ev.checked.canonical_known = false;
    ev.checked.canonical = hash(0xb1);
    ev.checked.chain.finalized = 400;
    expect(step(&job, ANCHOR_EV_CHECKED), ANCHOR_DO_WAIT);
    expect_state(&job, ANCHOR_MINED);
}

static void a_reorganisation_sends_everything_again(void **state)
{
    (void)state;
    struct anchor_job job = sent_job();
    add_attempt(&job, 0xa2);
    step(&job, ANCHOR_EV_TICK);
    found(&job, 1, true, true);
    step(&job, ANCHOR_EV_SAVED);
    expect(checked(&job, 101, 90, false), ANCHOR_DO_SAVE);
    expect_state(&job, ANCHOR_SENT);
    assert_int_equal(job.mined_at, 0);
    assert_int_equal(job.n_reorgs, 1);
    expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_LOOK);
    struct anchor_action a = looked(&job, 7, 7);
    expect(a, ANCHOR_DO_SEND);
    assert_int_equal(a.seq, 2);
    a = sent(&job, ANCHOR_REPLY_ACCEPTED);
    expect(a, ANCHOR_DO_SEND);
    assert_int_equal(a.seq, 1);
}

static void broken_finality_is_an_alarm_and_is_mended(void **state)
{
    (void)state;
    struct anchor_job job = final();
    step(&job, ANCHOR_EV_EVIDENCE);
    step(&job, ANCHOR_EV_SAVED);
    step(&job, ANCHOR_EV_TICK);
    expect(checked(&job, 112, 103, false), ANCHOR_DO_SAVE);
    expect_state(&job, ANCHOR_SENT);
    assert_int_equal(job.alarms, ANCHOR_ALARM_FINALITY_BROKEN);
    assert_false(job.has_evidence); /* it was of a block that is gone */
    assert_int_equal(job.final_at, 0);
    assert_true(job.cost == 0 && job.booked == 5000); /* paid again, it is booked once */
    job = reborn(&job);
    assert_int_equal(job.alarms, ANCHOR_ALARM_FINALITY_BROKEN);
}

static void done_when_deep_and_evident(void **state)
{
    (void)state;
    struct anchor_job job = final();
    step(&job, ANCHOR_EV_EVIDENCE);
    step(&job, ANCHOR_EV_SAVED);
    step(&job, ANCHOR_EV_TICK);
    struct anchor_action a = checked(&job, 163, 150, true);
    expect(a, ANCHOR_DO_WAIT);
    assert_int_equal(a.wait_ms, POLICY.watch_ms); /* it is only watched */
    step(&job, ANCHOR_EV_TICK);
    expect(checked(&job, 164, 150, true), ANCHOR_DO_SAVE);
    assert_true(job.done);
    expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_DONE);
    job = reborn(&job);
    expect(step(&job, ANCHOR_EV_TICK), ANCHOR_DO_DONE);
}

static void evidence_is_tried_ten_times(void **state)
{
    (void)state;
    struct anchor_job job = final();
    unsigned tries = 0;
    ev.action = ANCHOR_DO_EVIDENCE;
    for (int i = 0; i < 1000 && !job.done; i++) {
        struct anchor_action a = step(&job, ANCHOR_EV_TICK);
        if (a.what == ANCHOR_DO_EVIDENCE) {
            tries++;
            expect(step(&job, ANCHOR_EV_FAILED), ANCHOR_DO_WAIT);
            assert_int_equal(job.alarms, tries >= 3 ? ANCHOR_ALARM_EVIDENCE : 0);
        } else {
            checked(&job, 1000, 900, true);
        }
        later(30000);
    }
    assert_int_equal(tries, 10);
    assert_true(job.done && !job.has_evidence); /* the proof stands without it */
}

/* ------------------------------------------------------------------ the nonce is used by something else */

static void a_used_nonce_alone_ends_nothing(void **state)
{
    (void)state;
    struct anchor_job job = suspect();
    assert_int_equal(job.alarms, ANCHOR_ALARM_NONCE_USED);
    for (int i = 0; i < 20; i++) {
        later(POLICY.poll_ms);
        expect(step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
        expect(looked(&job, 8, 7), ANCHOR_DO_WAIT); /* nothing is sent, nothing is lost */
    }
    step(&job, ANCHOR_EV_TICK);
    ev.looked.chain.nonce_final = 8; /* and few endpoints say so */
    ev.looked.chain.nonce_final_known = false;
    expect(step(&job, ANCHOR_EV_LOOKED), ANCHOR_DO_WAIT);
    step(&job, ANCHOR_EV_TICK);
    expect(found(&job, 1, true, true), ANCHOR_DO_SAVE); /* a lagging endpoint, that was all */
    expect_state(&job, ANCHOR_MINED);
}

static void nonce_too_low_makes_it_look(void **state)
{
    (void)state;
    struct anchor_job job = sent_job();
    later(POLICY.resend_ms);
    step(&job, ANCHOR_EV_TICK);
    looked(&job, 7, 7);
    expect(sent(&job, ANCHOR_REPLY_NONCE_LOW), ANCHOR_DO_WAIT);
    expect_state(&job, ANCHOR_SUSPECT);
    expect(step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
    expect(looked(&job, 7, 7), ANCHOR_DO_SEND); /* the chain says it is free */
    expect_state(&job, ANCHOR_SENT);
    sent(&job, ANCHOR_REPLY_NONCE_LOW | ANCHOR_REPLY_KNOWN); /* one endpoint has it */
    expect_state(&job, ANCHOR_SENT);
}

static void only_a_final_use_is_located(void **state)
{
    (void)state;
    struct anchor_job job = suspect();
    step(&job, ANCHOR_EV_TICK);
    expect(looked(&job, 8, 8), ANCHOR_DO_LOCATE);
    ev.located = (struct anchor_located){.user = ANCHOR_USER_UNKNOWN};
    expect(step(&job, ANCHOR_EV_LOCATED), ANCHOR_DO_WAIT);
    expect_state(&job, ANCHOR_SUSPECT);
    step(&job, ANCHOR_EV_TICK);
    looked(&job, 8, 8);
    ev.located = (struct anchor_located){.user = ANCHOR_USER_STRANGER, .hash = hash(0xa1)};
    expect(step(&job, ANCHOR_EV_LOCATED), ANCHOR_DO_WAIT); /* that is our own attempt */
    expect_state(&job, ANCHOR_SUSPECT);
}

static void an_open_receipt_keeps_it_from_being_located(void **state)
{
    (void)state;
    struct anchor_job job = suspect();
    step(&job, ANCHOR_EV_TICK);
    found(&job, 1, true, true);
    job = suspect();
    step(&job, ANCHOR_EV_TICK);
    ev.looked.chain.nonce_final_known = true;
    ev.looked.chain.nonce_final = ev.looked.chain.nonce = 8;
    ev.looked.n_receipts = 1;
    ev.looked.receipts[0].canonical_known = false;
    expect(step(&job, ANCHOR_EV_LOOKED), ANCHOR_DO_WAIT);
}

static struct anchor_job foreign(void)
{
    struct anchor_job job = suspect();
    step(&job, ANCHOR_EV_TICK);
    looked(&job, 8, 8);
    ev.located = (struct anchor_located){.user = ANCHOR_USER_STRANGER, .hash = hash(0xee)};
    expect(step(&job, ANCHOR_EV_LOCATED), ANCHOR_DO_SAVE);
    expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_WAIT);
    return job;
}

static void a_stranger_costs_the_nonce(void **state)
{
    (void)state;
    struct anchor_job job = foreign();
    expect_state(&job, ANCHOR_FOREIGN);
    assert_false(job.has_nonce);
    assert_int_equal(job.n_foreign, 1);
    assert_int_equal(job.alarms, ANCHOR_ALARM_FOREIGN);
    expect(step(&job, ANCHOR_EV_GO), ANCHOR_DO_QUOTE);
    quote(&job, 20);
    expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_SIGN);
    struct anchor_action a = step(&job, ANCHOR_EV_TICK);
    assert_int_equal(a.seq, 2); /* numbers are never used twice */
}

static void a_later_value_covers_it(void **state)
{
    (void)state;
    struct anchor_job job = foreign();
    ev.batch = 813;
    expect(step(&job, ANCHOR_EV_COVER), ANCHOR_DO_SAVE);
    expect_state(&job, ANCHOR_COVERED);
    assert_int_equal(job.covered_by, 813);
    expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_DONE);
    job = sent_job();
    expect(step(&job, ANCHOR_EV_COVER), ANCHOR_DO_LOOK); /* it has a nonce: never */
    expect_state(&job, ANCHOR_SENT);
}

static void the_same_value_of_a_lost_store_is_taken_over(void **state)
{
    (void)state;
    struct anchor_job job = suspect();
    step(&job, ANCHOR_EV_TICK);
    looked(&job, 8, 8);
    ev.located = (struct anchor_located){.user = ANCHOR_USER_SAME, .hash = hash(0xcc)};
    expect(step(&job, ANCHOR_EV_LOCATED), ANCHOR_DO_SAVE);
    assert_int_equal(job.n_attempts, 2);
    assert_true(job.attempts[1].imported);
    step(&job, ANCHOR_EV_SAVED);
    expect(step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
    expect(found(&job, 2, true, true), ANCHOR_DO_SAVE);
    step(&job, ANCHOR_EV_SAVED);
    checked(&job, 101, 90, false);
    step(&job, ANCHOR_EV_SAVED);
    struct anchor_action a = looked(&job, 7, 7);
    expect(a, ANCHOR_DO_SEND); /* of the other there are no bytes */
    assert_int_equal(a.seq, 1);
    expect(sent(&job, ANCHOR_REPLY_ACCEPTED), ANCHOR_DO_WAIT);
}

static void a_queued_value_on_the_chain_is_adopted(void **state)
{
    (void)state;
    struct anchor_job job = queued();
    ev.nonce = 3;
    ev.hash = hash(0xcc);
    expect(step(&job, ANCHOR_EV_ADOPT), ANCHOR_DO_SAVE);
    assert_int_equal(job.nonce, 3);
    expect(step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_LOOK);
    expect(looked(&job, 3, 3), ANCHOR_DO_WAIT); /* taken back: nothing to send yet */
    later(48000);
    step(&job, ANCHOR_EV_TICK);
    expect(looked(&job, 3, 3), ANCHOR_DO_QUOTE);
    expect(quote(&job, 20), ANCHOR_DO_SIGN);
    assert_int_equal(job.draft.tip, GWEI);
}

/* ------------------------------------------------------------------ useless transactions */

static struct anchor_action revert(struct anchor_job *job)
{
    step(job, ANCHOR_EV_TICK);
    expect(checked(job, 120, 110, true), ANCHOR_DO_SAVE);
    return step(job, ANCHOR_EV_SAVED);
}

static void useless_is_tried_once_more_then_an_operator(void **state)
{
    (void)state;
    struct anchor_job job = mined(false);
    expect(revert(&job), ANCHOR_DO_WAIT);
    expect_state(&job, ANCHOR_REVERTED);
    assert_int_equal(job.alarms, ANCHOR_ALARM_REVERTED);
    assert_true(job.cost == 5000);
    expect(step(&job, ANCHOR_EV_GO), ANCHOR_DO_QUOTE);
    quote(&job, 20);
    step(&job, ANCHOR_EV_SAVED);
    signed_by(&job, 0xa2);
    step(&job, ANCHOR_EV_SAVED);
    expect(found(&job, 2, true, false), ANCHOR_DO_SAVE);
    step(&job, ANCHOR_EV_SAVED);
    expect(revert(&job), ANCHOR_DO_WAIT);
    assert_true(job.cost == 10000);
    expect(step(&job, ANCHOR_EV_GO), ANCHOR_DO_WAIT);
    expect(step(&job, ANCHOR_EV_RETRY), ANCHOR_DO_SAVE);
    step(&job, ANCHOR_EV_SAVED);
    expect(step(&job, ANCHOR_EV_GO), ANCHOR_DO_QUOTE);
}

/* ------------------------------------------------------------------ what it ties up */

static void reserved_is_the_dearest_until_final(void **state)
{
    (void)state;
    struct anchor_job job = queued();
    assert_true(anchor_reserved(&job) == 0);
    job = assigned();
    assert_true(anchor_reserved(&job) == (wei)41 * GWEI * 27660);
    job = sent_job();
    add_attempt(&job, 0xa2);
    assert_true(anchor_reserved(&job) == fee_worst(&job.attempts[1].bid));
    job = mined(true);
    assert_true(anchor_reserved(&job) == (wei)41 * GWEI * 27660);
    job = final();
    assert_true(anchor_reserved(&job) == 0);
}

/* ------------------------------------------------------------------ total, and read back whole */

static void fill_at_random(uint64_t *r)
{
    uint8_t *bytes = (uint8_t *)&ev;
    for (size_t i = 0; i < sizeof ev; i++)
        bytes[i] = (uint8_t)(harness_random(r) % 3); /* small numbers meet each other */
    ev.what = (enum anchor_what)(harness_random(r) % (ANCHOR_EV_FAILED + 1));
    ev.action = (enum anchor_do)(harness_random(r) % (ANCHOR_DO_DONE + 1));
    ev.looked.n_receipts = harness_random(r) % 3;
    ev.located.user = (enum anchor_user)(harness_random(r) % 3);
    ev.now_ms = harness_random(r) % 1000000;
    if (harness_random(r) % 2 == 0)
        ev.checked.canonical = (struct hash32){0};
    ev.looked.chain.nonce = 6 + harness_random(r) % 4;
    ev.looked.chain.nonce_final = 6 + harness_random(r) % 4;
    ev.quote = (struct anchor_quote){.market = {.base = harness_random(r) % (300 * GWEI)}, .gas = 23050,
                                     .room = {WEI_MAX, WEI_MAX}, .next_nonce = 7};
    bool *flags[] = {&ev.looked.chain.finalized_known, &ev.looked.chain.nonce_final_known,
                     &ev.looked.chain.disagree, &ev.looked.chain.no_finality,
                     &ev.checked.chain.finalized_known, &ev.checked.chain.nonce_final_known,
                     &ev.checked.chain.disagree, &ev.checked.chain.no_finality,
                     &ev.checked.canonical_known};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        *flags[i] = harness_random(r) % 2;
    for (size_t i = 0; i < ev.looked.n_receipts; i++)
        ev.looked.receipts[i] = (struct anchor_receipt){
            .seq = (uint32_t)(harness_random(r) % 4), .canonical_known = harness_random(r) % 2,
            .mined = {.useful = harness_random(r) % 2, .block = harness_random(r) % 100}};
}

/* Any event in any state, sensible or not: the invariants hold, and what is written reads back the same. */
static void property_total_over_random_events(void **state)
{
    (void)state;
    uint64_t r = 11, seen = 0;
    for (int run = 0; run < 3000; run++) {
        struct hash32 value = hash(1);
        struct anchor_job job = anchor_new(1, &value, NOON);
        for (int i = 0; i < 100; i++) {
            fill_at_random(&r);
            struct anchor_job before = job;
            struct anchor_action a = anchor_step(&job, &ev, &POLICY);
            seen |= UINT64_C(1) << job.state;
            if (job.run.unsaved)
                assert_true(a.what == ANCHOR_DO_SAVE || a.what == ANCHOR_DO_WAIT);
            if (a.what == ANCHOR_DO_SEND)
                assert_true(anchor_attempt(&job, a.seq)->saved && !anchor_attempt(&job, a.seq)->imported);
            if (before.has_nonce && job.has_nonce)
                assert_int_equal(before.nonce, job.nonce);
            assert_true(job.next_seq >= before.next_seq && job.n_attempts <= ANCHOR_MAX_ATTEMPTS);
            struct anchor_job again = reborn(&job);
            assert_int_equal(again.state, job.state);
            assert_int_equal(again.n_attempts, job.n_attempts);
        }
    }
    assert_int_equal(seen, (1 << ANCHOR_N_STATES) - 1); /* every state was reached */
}

static void damaged_records_are_refused(void **state)
{
    (void)state;
    struct anchor_job job = final(), back;
    uint8_t blob[ANCHOR_MAX_BLOB];
    size_t len;
    anchor_encode(&job, blob, &len);
    for (size_t i = 0; i < len; i++)
        assert_err(anchor_decode(&back, blob, i, NULL), ERR_CORRUPT);
    assert_err(anchor_decode(&back, blob, len + 1, NULL), ERR_CORRUPT);
    blob[0] = 3;
    assert_err(anchor_decode(&back, blob, len, NULL), ERR_VERSION);
    blob[0] = 2;
    for (size_t i = 1; i < len; i++) { /* never an unsound job, whatever the byte */
        blob[i] ^= 0x15;
        if (anchor_decode(&back, blob, len, NULL) == ERR_OK) {
            step(&back, ANCHOR_EV_TICK);
            looked(&back, 8, 8);
        }
        blob[i] ^= 0x15;
    }
}

static void a_record_from_before_calls_is_read(void **state)
{
    (void)state;
    static const struct seal_address NOBODY;
    struct anchor_job job = final(), back;
    uint8_t blob[ANCHOR_MAX_BLOB];
    size_t len;
    struct err e;
    anchor_encode(&job, blob, &len);
    blob[0] = 1;
    assert_ok(anchor_decode(&back, blob, len - 21, &e), e); /* without the kind of call and the sender */
    assert_int_equal(back.state, ANCHOR_FINAL);
    assert_int_equal(back.call, ANCHOR_CALL_NONE);
    assert_memory_equal(&back.from, &NOBODY, sizeof NOBODY);
}

static void calls_are_kept_apart_from_batches(void **state)
{
    (void)state;
    static const enum anchor_call CALLS[] = {ANCHOR_CALL_AUTHORIZE, ANCHOR_CALL_DEAUTHORIZE, ANCHOR_CALL_REVOKE};
    struct hash32 argument = {{0xab}};
    uint8_t blob[ANCHOR_MAX_BLOB];
    size_t len;
    for (size_t i = 0; i < 3; i++) {
        struct anchor_job job = anchor_new_call(9, CALLS[i], &argument, 5), back = reborn(&job);
        assert_true(anchor_is_call(&back));
        assert_true(back.k == ANCHOR_CALLS + 9 && back.call == CALLS[i]);
        assert_memory_equal(&back.value, &argument, sizeof argument);
        back.k = 9;
        anchor_encode(&back, blob, &len);
        assert_err(anchor_decode(&job, blob, len, NULL), ERR_CORRUPT);
    }
    struct anchor_job job = anchor_new(1, &argument, 5);
    assert_false(anchor_is_call(&job));
    job.k = ANCHOR_CALLS + 1;
    anchor_encode(&job, blob, &len);
    assert_err(anchor_decode(&job, blob, len, NULL), ERR_CORRUPT);
}

static void a_call_wants_no_evidence(void **state)
{
    (void)state;
    struct anchor_job job = final();
    job.k += ANCHOR_CALLS;
    job.call = ANCHOR_CALL_REVOKE;
    job.has_evidence = false;
    assert_int_not_equal(step(&job, ANCHOR_EV_TICK).what, ANCHOR_DO_EVIDENCE);
    job.call = ANCHOR_CALL_NONE;
    job.run.looked = false;
    assert_int_equal(step(&job, ANCHOR_EV_TICK).what, ANCHOR_DO_EVIDENCE);
}

/* Whole, yet not what the step takes for granted. */
static void unsound_records_are_refused(void **state)
{
    (void)state;
    uint8_t blob[ANCHOR_MAX_BLOB];
    size_t len;
    struct anchor_job back;
    for (unsigned i = 0; i <= ANCHOR_N_STATES; i++) {
        struct anchor_job job = final();
        job.state = (enum anchor_state)i;
        job.has_nonce = !job.has_nonce;
        anchor_encode(&job, blob, &len);
        assert_err(anchor_decode(&back, blob, len, NULL), ERR_CORRUPT);
        job.has_nonce = i >= ANCHOR_ASSIGNED && i <= ANCHOR_FINAL;
        job.n_attempts = i == ANCHOR_ASSIGNED;
        job.mined.seq = 99;
        if (i != ANCHOR_QUEUED && i != ANCHOR_FOREIGN && i != ANCHOR_REVERTED) {
            anchor_encode(&job, blob, &len);
            assert_err(anchor_decode(&back, blob, len, NULL), ERR_CORRUPT);
        }
    }
}

static void a_record_keeps_everything(void **state)
{
    (void)state;
    struct anchor_job job = final(), back;
    step(&job, ANCHOR_EV_EVIDENCE);
    step(&job, ANCHOR_EV_SAVED);
    back = reborn(&job);
    back.run = job.run;
    assert_memory_equal(&job.value, &back.value, sizeof job.value);
    assert_memory_equal(&job.attempts[0].hash, &back.attempts[0].hash, sizeof(struct hash32));
    assert_int_equal(back.attempts[0].bid.cap, job.attempts[0].bid.cap);
    assert_int_equal(back.mined.block, 100);
    assert_int_equal(back.mined.block_time, job.mined.block_time);
    assert_int_equal(back.final_at, job.final_at);
    assert_true(back.has_evidence && back.cost == 5000 && back.booked == 5000);
    assert_true(back.attempts[0].saved && back.attempts[0].accepted);
}

/* ------------------------------------------------------------------ for people */

static void every_alarm_has_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ANCHOR_N_ALARMS; i++) {
        const struct anchor_alarm_info *info = anchor_alarm_info((enum anchor_alarm)(1u << i));
        assert_true(strlen(info->name) > 2 && strlen(info->text) > 10 && strlen(info->remedy) > 3);
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(info->name, anchor_alarm_info((enum anchor_alarm)(1u << j))->name);
    }
    assert_string_equal(anchor_alarm_info(ANCHOR_ALARM_NONCE_GAP)->name, "nonce-gap");
    assert_string_equal(anchor_alarm_info(ANCHOR_ALARM_STORE)->name, "store");
    assert_string_equal(anchor_alarm_info(ANCHOR_ALARM_RPC_DOWN)->name, "rpc-down");
}

static void expect_story(const struct anchor_job *job, const char *expected)
{
    char text[ANCHOR_EXPLAIN_LEN];
    assert_int_equal(anchor_explain(job, NOON + 600, text, sizeof text), strlen(expected));
    assert_string_equal(text, expected);
}

static void stories(void **state)
{
    (void)state;
    struct anchor_job job = queued();
    expect_story(&job, "Batch 812 was sealed at 2026-11-22 12:00:00 UTC. It waits for its turn to be anchored, "
                       "for 10 min now.");
    job = final();
    expect_story(
        &job,
        "Batch 812 was sealed at 2026-11-22 12:00:00 UTC. Nonce 7 is its own; 1 transaction was signed for it, "
        "first accepted by an endpoint at 2026-11-22 12:00:00 UTC; the last is "
        "0xa100000000000000000000000000000000000000000000000000000000000000, made at 2026-11-22 12:00:00 UTC, "
        "for at most 41gwei per gas. Transaction "
        "0xa100000000000000000000000000000000000000000000000000000000000000 is in block 100 of "
        "2026-11-22 12:00:00 UTC and cost 5000wei. That block was found final at 2026-11-22 12:00:00 UTC.");
}

static void a_story_of_trouble(void **state)
{
    (void)state;
    struct anchor_job job = foreign();
    expect_story(&job,
                 "Batch 812 was sealed at 2026-11-22 12:00:00 UTC. A transaction that is not ours "
                 "(0xee00000000000000000000000000000000000000000000000000000000000000) took its nonce, so a new "
                 "one was needed. It waits for a new nonce, or for a later batch that proves it. Attention: a "
                 "transaction that is not ours took a nonce of ours (find out who else uses the key; a key must "
                 "belong to one daemon alone).");
}

/* Every state has a story, of any length that is asked for. */
static void stories_fit(void **state)
{
    (void)state;
    char text[ANCHOR_EXPLAIN_LEN];
    struct anchor_job job = final();
    for (unsigned i = 0; i < ANCHOR_N_STATES; i++) {
        job.state = (enum anchor_state)i;
        job.alarms = 0xffff;
        size_t len = anchor_explain(&job, UINT64_MAX, text, sizeof text);
        assert_true(len > 100 && len == strlen(text));
        for (size_t cap = 1; cap < 100; cap++)
            assert_int_equal(anchor_explain(&job, NOON, text, cap), cap - 1);
    }
    job.queued_at = job.sent_at = job.mined.block_time = UINT64_MAX;
    anchor_explain(&job, 0, text, sizeof text);
}

static void dates(void **state)
{
    (void)state;
    static const struct {
        uint64_t t;
        const char *text;
    } CASES[] = {
        {0, "1970-01-01 00:00:00"},          {951782399, "2000-02-28 23:59:59"},
        {951782400, "2000-02-29 00:00:00"},  {951868800, "2000-03-01 00:00:00"},
        {4107542399, "2100-02-28 23:59:59"}, {4107542400, "2100-03-01 00:00:00"},
    };
    char text[ANCHOR_EXPLAIN_LEN];
    struct hash32 value = hash(1);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct anchor_job job = anchor_new(1, &value, CASES[i].t);
        anchor_explain(&job, CASES[i].t, text, sizeof text);
        assert_non_null(strstr(text, CASES[i].text));
    }
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(happy_path),
        TEST(a_queued_job_waits_for_go),
        TEST(a_refused_price_gives_go_back),
        TEST(each_refusal_has_its_alarm),
        TEST(nothing_but_save_while_unsaved),
        TEST(a_failed_save_is_tried_again),
        TEST(a_failed_signature_is_tried_again),
        TEST(after_a_restart_it_looks_before_it_sends),
        TEST(a_restart_while_assigned_signs_the_same_nonce),
        TEST(the_same_bytes_every_twelve_seconds),
        TEST(bumps_after_48_72_and_108_seconds),
        TEST(no_bump_behind_a_lower_nonce),
        TEST(a_refused_replacement_is_priced_by_effect),
        TEST(a_named_minimum_is_honoured),
        TEST(capped_keeps_sending),
        TEST(refusals_set_alarms),
        TEST(attempts_have_an_end),
        TEST(every_attempt_is_looked_up),
        TEST(a_receipt_of_an_orphaned_block_is_nothing),
        TEST(final_by_tag),
        TEST(final_by_depth),
        TEST(an_unknown_block_proves_nothing),
        TEST(a_reorganisation_sends_everything_again),
        TEST(broken_finality_is_an_alarm_and_is_mended),
        TEST(done_when_deep_and_evident),
        TEST(evidence_is_tried_ten_times),
        TEST(a_used_nonce_alone_ends_nothing),
        TEST(nonce_too_low_makes_it_look),
        TEST(only_a_final_use_is_located),
        TEST(an_open_receipt_keeps_it_from_being_located),
        TEST(a_stranger_costs_the_nonce),
        TEST(a_later_value_covers_it),
        TEST(the_same_value_of_a_lost_store_is_taken_over),
        TEST(a_queued_value_on_the_chain_is_adopted),
        TEST(useless_is_tried_once_more_then_an_operator),
        TEST(reserved_is_the_dearest_until_final),
        TEST(property_total_over_random_events),
        TEST(damaged_records_are_refused),
        TEST(a_record_from_before_calls_is_read),
        TEST(calls_are_kept_apart_from_batches),
        TEST(a_call_wants_no_evidence),
        TEST(unsound_records_are_refused),
        TEST(a_record_keeps_everything),
        TEST(every_alarm_has_words),
        TEST(stories),
        TEST(a_story_of_trouble),
        TEST(stories_fit),
        TEST(dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
