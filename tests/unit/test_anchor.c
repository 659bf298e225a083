/* The step of one anchored value: each rule of signing, saving and sending. How the rules play together is
 * tests/sim/sim_anchor.c. */
#include "tests/harness.h"
#include "tests/job.h"

/* ------------------------------------------------------------------ the happy path */

static void happy_path(void **state)
{
    (void)state;
    struct anchor_job job = job_at_final();
    job_expect_state(&job, ANCHOR_FINAL);
    assert_int_equal(job.nonce, 7);
    assert_int_equal(job.n_attempts, 1);
    assert_int_equal(job.mined.seq, 1);
    assert_true(job.cost == 5000 && job.booked == 5000);
    job_expect(job_step(&job, ANCHOR_EV_EVIDENCE), ANCHOR_DO_SAVE);
    job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_WAIT);
    assert_true(job.has_evidence && !job.done);
}

static void a_queued_job_waits_for_go(void **state)
{
    (void)state;
    struct anchor_job job = job_at_queued();
    struct anchor_action a = job_step(&job, ANCHOR_EV_TICK);
    job_expect(a, ANCHOR_DO_WAIT);
    assert_true(a.wait_ms == ANCHOR_NO_WAKE);
    job_expect(job_quote(&job, 20), ANCHOR_DO_WAIT); /* an answer nobody asked for */
    assert_false(job.has_nonce);
}

static void a_refused_price_gives_go_back(void **state)
{
    (void)state;
    struct anchor_job job = job_at_queued();
    job_step(&job, ANCHOR_EV_GO);
    job_expect(job_quote(&job, 500), ANCHOR_DO_WAIT);
    assert_int_equal(job.alarms, ANCHOR_ALARM_FEE_CAPPED);
    assert_false(job.has_nonce);
    job_expect(job_step(&job, ANCHOR_EV_TICK), ANCHOR_DO_WAIT);
    job_expect(job_step(&job, ANCHOR_EV_GO), ANCHOR_DO_QUOTE);
    job_expect(job_quote(&job, 20), ANCHOR_DO_SAVE);
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
        struct anchor_job job = job_at_queued();
        job_step(&job, ANCHOR_EV_GO);
        job_ev.quote = (struct anchor_quote){.market = {.base = JOB_GWEI}, .gas = CASES[i].gas,
                                         .room = {CASES[i].budget, CASES[i].funds}};
        job_expect(job_step(&job, ANCHOR_EV_QUOTE), ANCHOR_DO_WAIT);
        assert_int_equal(job.alarms, CASES[i].alarm);
    }
}

/* ------------------------------------------------------------------ saved before sent */

static void nothing_but_save_while_unsaved(void **state)
{
    (void)state;
    struct anchor_job job = job_at_assigned();
    job_signed(&job, 0xa1);
    for (int i = 0; i < 3; i++) {
        job_expect(job_looked(&job, 7, 7), ANCHOR_DO_SAVE);
        job_expect(job_step(&job, ANCHOR_EV_TICK), ANCHOR_DO_SAVE);
        job_expect(job_sent(&job, ANCHOR_REPLY_ACCEPTED), ANCHOR_DO_SAVE);
    }
}

static void a_failed_save_is_tried_again(void **state)
{
    (void)state;
    struct anchor_job job = job_at_assigned();
    job_signed(&job, 0xa1);
    job_ev.action = ANCHOR_DO_SAVE;
    struct anchor_action a = job_step(&job, ANCHOR_EV_FAILED);
    job_expect(a, ANCHOR_DO_WAIT);
    assert_int_equal(a.wait_ms, job_policy.retry_ms);
    assert_int_equal(job.alarms, ANCHOR_ALARM_STORE);
    job_expect(job_step(&job, ANCHOR_EV_TICK), ANCHOR_DO_SAVE);
    job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_LOOK);
    assert_int_equal(job.alarms, 0);
    job_expect(job_looked(&job, 7, 7), ANCHOR_DO_SEND);
}

static void a_failed_signature_is_tried_again(void **state)
{
    (void)state;
    struct anchor_job job = job_at_assigned();
    job_ev.action = ANCHOR_DO_SIGN;
    job_expect(job_step(&job, ANCHOR_EV_FAILED), ANCHOR_DO_WAIT);
    assert_int_equal(job.alarms, ANCHOR_ALARM_SIGNER);
    struct anchor_action a = job_step(&job, ANCHOR_EV_TICK);
    job_expect(a, ANCHOR_DO_SIGN);
    assert_int_equal(a.seq, 1);
    job_signed(&job, 0xa1);
    assert_int_equal(job.alarms, 0);
}

static void after_a_restart_it_looks_before_it_sends(void **state)
{
    (void)state;
    struct anchor_job job = job_at_sent();
    job_add_attempt(&job, 0xa2);
    job = job_reborn(&job);
    job_expect(job_step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
    struct anchor_action a = job_looked(&job, 7, 7);
    job_expect(a, ANCHOR_DO_SEND); /* all of them, the dearest first */
    assert_int_equal(a.seq, 2);
    a = job_sent(&job, ANCHOR_REPLY_KNOWN);
    job_expect(a, ANCHOR_DO_SEND);
    assert_int_equal(a.seq, 1);
    job_expect(job_sent(&job, ANCHOR_REPLY_REPLACEMENT), ANCHOR_DO_WAIT);
    assert_int_equal(job_bump_delay(&job), 72000); /* a cheaper one is bound to be refused: no hurry */
}

static void a_restart_while_assigned_signs_the_same_nonce(void **state)
{
    (void)state;
    struct anchor_job job = job_at_assigned();
    struct fee_bid draft = job.draft;
    job = job_reborn(&job);
    job_expect(job_step(&job, ANCHOR_EV_TICK), ANCHOR_DO_SIGN);
    assert_int_equal(job.nonce, 7);
    assert_int_equal(job.draft.cap, draft.cap);
}

/* ------------------------------------------------------------------ sending again, dearer */

static void the_same_bytes_every_twelve_seconds(void **state)
{
    (void)state;
    struct anchor_job job = job_at_sent();
    job_later(11999);
    job_step(&job, ANCHOR_EV_TICK);
    job_expect(job_looked(&job, 7, 7), ANCHOR_DO_WAIT);
    job_later(1);
    job_expect(job_step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
    struct anchor_action a = job_looked(&job, 7, 7);
    job_expect(a, ANCHOR_DO_SEND);
    assert_int_equal(a.seq, 1);
    job_expect(job_sent(&job, ANCHOR_REPLY_KNOWN), ANCHOR_DO_WAIT);
}

static void bumps_after_48_72_and_108_seconds(void **state)
{
    (void)state;
    struct anchor_job job = job_at_sent();
    static const uint64_t EXPECTED[] = {48000, 72000, 108000, 162000};
    for (uint8_t i = 0; i < 4; i++) {
        assert_int_equal(job_bump_delay(&job), EXPECTED[i]);
        job_expect(job_quote(&job, 20), ANCHOR_DO_SIGN);
        job_signed(&job, (uint8_t)(0xa2 + i));
        job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_SEND);
        job_expect(job_sent(&job, ANCHOR_REPLY_ACCEPTED), ANCHOR_DO_SAVE);
        job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_WAIT);
        assert_true(job.attempts[i + 1].bid.cap > job.attempts[i].bid.cap);
        assert_int_equal(job.nonce, 7);
    }
}

static void no_bump_behind_a_lower_nonce(void **state)
{
    (void)state;
    struct anchor_job job = job_at_sent();
    for (int i = 0; i < 100; i++) {
        job_later(10000);
        job_step(&job, ANCHOR_EV_TICK);
        struct anchor_action a = job_looked(&job, 6, 6); /* nonce 6 is not mined yet */
        if (a.what == ANCHOR_DO_SEND)
            a = job_sent(&job, ANCHOR_REPLY_KNOWN);
        job_expect(a, ANCHOR_DO_WAIT);
    }
    job_later(4000);
    job_step(&job, ANCHOR_EV_TICK);
    struct anchor_action a = job_looked(&job, 7, 7); /* now it is the next: the time begins */
    if (a.what == ANCHOR_DO_SEND)
        job_expect(job_sent(&job, ANCHOR_REPLY_KNOWN), ANCHOR_DO_WAIT);
    assert_int_equal(job_bump_delay(&job), 48000);
}

static void a_refused_replacement_is_priced_by_effect(void **state)
{
    (void)state;
    struct anchor_job job = job_at_sent();
    job_bump_delay(&job);
    job_quote(&job, 12);
    job_signed(&job, 0xa2);
    job_step(&job, ANCHOR_EV_SAVED);
    job_expect(job_sent(&job, ANCHOR_REPLY_REPLACEMENT), ANCHOR_DO_WAIT);
    assert_int_equal(job_bump_delay(&job), job_policy.poll_ms); /* soon, not at once */
    job_expect(job_quote(&job, 12), ANCHOR_DO_SIGN);
    const struct fee_bid *old = &job.attempts[1].bid;
    assert_true((12 * JOB_GWEI + job.draft.tip) * 10 > (12 * JOB_GWEI + old->tip) * 11);
}

static void a_named_minimum_is_honoured(void **state)
{
    (void)state;
    struct anchor_job job = job_at_assigned();
    job_signed(&job, 0xa1);
    job_step(&job, ANCHOR_EV_SAVED);
    job_looked(&job, 7, 7);
    job_ev.sent = (struct anchor_sent){.replies = ANCHOR_REPLY_UNDERPRICED, .min_tip = 2 * JOB_GWEI + 1};
    job_expect(job_step(&job, ANCHOR_EV_SENT), ANCHOR_DO_WAIT);
    job_expect_state(&job, ANCHOR_SIGNED);
    assert_false(anchor_is_out(&job));
    job_bump_delay(&job);
    job_quote(&job, 20);
    assert_int_equal(job.draft.tip, 2 * JOB_GWEI + 1);
}

static void capped_keeps_sending(void **state)
{
    (void)state;
    struct anchor_job job = job_at_sent();
    job_bump_delay(&job);
    job_expect(job_quote(&job, 500), ANCHOR_DO_WAIT);
    job_expect_state(&job, ANCHOR_FEE_CAPPED);
    assert_int_equal(job.alarms, ANCHOR_ALARM_FEE_CAPPED);
    for (int i = 0; i < 5; i++) {
        job_later(job_policy.resend_ms);
        job_step(&job, ANCHOR_EV_TICK);
        job_expect(job_looked(&job, 7, 7), ANCHOR_DO_SEND);
        job_expect(job_sent(&job, ANCHOR_REPLY_KNOWN), ANCHOR_DO_QUOTE);
        job_expect(job_quote(&job, 500), ANCHOR_DO_WAIT);
    }
    job_later(job_policy.resend_ms);
    job_step(&job, ANCHOR_EV_TICK);
    job_looked(&job, 7, 7);
    job_sent(&job, ANCHOR_REPLY_KNOWN);
    job_expect(job_quote(&job, 30), ANCHOR_DO_SIGN); /* the price has fallen */
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
        struct anchor_job job = job_at_assigned();
        job_signed(&job, 0xa1);
        job_step(&job, ANCHOR_EV_SAVED);
        job_looked(&job, 7, 7);
        job_expect(job_sent(&job, CASES[i][0]), ANCHOR_DO_WAIT);
        assert_int_equal(job.alarms, CASES[i][1]);
        job_later(job_policy.resend_ms);
        job_step(&job, ANCHOR_EV_TICK);
        job_looked(&job, 7, 7);
        job_sent(&job, ANCHOR_REPLY_ACCEPTED | CASES[i][0]); /* one endpoint is enough */
        assert_int_equal(job.alarms, 0);
    }
}

static void attempts_have_an_end(void **state)
{
    (void)state;
    struct anchor_job job = job_at_sent();
    struct anchor_policy rich = job_policy;
    rich.fees.max_fee_per_gas = rich.fees.max_priority_fee = UINT64_MAX;
    for (uint8_t i = 2; i < ANCHOR_MAX_ATTEMPTS; i++) {
        job_bump_delay(&job);
        job_ev.quote.market = (struct fee_market){.base = job.attempts[i - 2].bid.cap / 10 * 6};
        job_ev.quote.room = (struct fee_room){WEI_MAX, WEI_MAX};
        job_ev.what = ANCHOR_EV_QUOTE;
        job_expect(anchor_step(&job, &job_ev, &rich), ANCHOR_DO_SIGN);
        job_signed(&job, i);
        job_step(&job, ANCHOR_EV_SAVED);
        job_sent(&job, ANCHOR_REPLY_ACCEPTED);
        job_step(&job, ANCHOR_EV_SAVED);
    }
    assert_int_equal(job.n_attempts, ANCHOR_MAX_ATTEMPTS - 1);
    job_later(4000000);
    job_step(&job, ANCHOR_EV_TICK);
    job_expect(job_looked(&job, 7, 7), ANCHOR_DO_SEND);
    job_expect(job_sent(&job, ANCHOR_REPLY_KNOWN), ANCHOR_DO_WAIT);
    assert_int_equal(job.alarms & ANCHOR_ALARM_ATTEMPTS, ANCHOR_ALARM_ATTEMPTS);
    job_reborn(&job); /* the longest record */
}

/* ------------------------------------------------------------------ what it ties up */

static void reserved_is_the_dearest_until_final(void **state)
{
    (void)state;
    struct anchor_job job = job_at_queued();
    assert_true(anchor_reserved(&job) == 0);
    job = job_at_assigned();
    assert_true(anchor_reserved(&job) == (wei)41 * JOB_GWEI * 27660);
    job = job_at_sent();
    job_add_attempt(&job, 0xa2);
    assert_true(anchor_reserved(&job) == fee_worst(&job.attempts[1].bid));
    job = job_at_mined(true);
    assert_true(anchor_reserved(&job) == (wei)41 * JOB_GWEI * 27660);
    job = job_at_final();
    assert_true(anchor_reserved(&job) == 0);
}

#define TEST(f) cmocka_unit_test_setup(f, job_begin)

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
        TEST(reserved_is_the_dearest_until_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
