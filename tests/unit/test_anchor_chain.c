/* The step of one anchored value: what the chain does to it (mined, final, taken back, its nonce used). */
#include "tests/harness.h"
#include "tests/job.h"

/* ------------------------------------------------------------------ mined, final, taken back */

static void every_attempt_is_looked_up(void **state)
{
    (void)state;
    struct anchor_job job = job_at_sent();
    job_add_attempt(&job, 0xa2);
    job_step(&job, ANCHOR_EV_TICK);
    job_expect(job_found(&job, 1, true, true), ANCHOR_DO_SAVE); /* the older one made it */
    job_expect_state(&job, ANCHOR_MINED);
    assert_int_equal(job.mined.seq, 1);
}

static void a_receipt_of_an_orphaned_block_is_nothing(void **state)
{
    (void)state;
    struct anchor_job job = job_at_sent();
    job_step(&job, ANCHOR_EV_TICK);
    job_found(&job, 1, false, true);
    job_expect_state(&job, ANCHOR_SUSPECT); /* the nonce is used, by what? */
    job_step(&job, ANCHOR_EV_TICK);
    job_ev.looked.receipts[0].canonical_known = false;
    job_step(&job, ANCHOR_EV_LOOKED);
    job_expect_state(&job, ANCHOR_SUSPECT);
    job_step(&job, ANCHOR_EV_TICK);
    job_found(&job, 9, true, true); /* an attempt that is not ours */
    job_expect_state(&job, ANCHOR_SUSPECT);
}

/* After a rotation the nonces are those of the new key: they say nothing of this value, and it gets no dearer attempt,
 * which the new key would sign. What was signed is sent again. */
static void the_nonces_of_another_key(void **state)
{
    static const uint64_t NONCES[] = {0, 7, 8};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct anchor_job job = job_at_sent();
        job_later(4000000);
        job_expect(job_step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
        job_ev.looked = (struct anchor_looked){.chain = {.head = 100, .nonce = NONCES[i], .nonce_final_known = true,
                                                         .nonce_final = NONCES[i], .other_key = true}};
        job_expect(job_step(&job, ANCHOR_EV_LOOKED), ANCHOR_DO_SEND);
        job_expect(job_sent(&job, ANCHOR_REPLY_KNOWN), ANCHOR_DO_WAIT);
        assert_int_equal(job.state, ANCHOR_SENT);
    }
}

static void final_by_tag(void **state)
{
    (void)state;
    struct anchor_job job = job_at_mined(true);
    job_checked(&job, 500, 99, true);
    job_expect_state(&job, ANCHOR_MINED);
    job_ev.checked.chain.finalized = 100;
    job_ev.checked.chain.finalized_known = false;
    job_step(&job, ANCHOR_EV_CHECKED);
    job_expect_state(&job, ANCHOR_MINED);
    job_checked(&job, 500, 100, true);
    job_expect_state(&job, ANCHOR_FINAL);
}

static void final_by_depth(void **state)
{
    (void)state;
    struct anchor_job job = job_at_mined(true);
    struct anchor_policy deep = job_policy;
    deep.by_depth = true;
    job_checked(&job, 111, 0, true);
    job_ev.checked.chain.finalized_known = false;
    anchor_step(&job, &job_ev, &deep);
    job_expect_state(&job, ANCHOR_MINED);
    job_ev.checked.chain.head = 112; /* twelve blocks on top */
    anchor_step(&job, &job_ev, &deep);
    job_expect_state(&job, ANCHOR_FINAL);
}

static void an_unknown_block_proves_nothing(void **state)
{
    (void)state;
    struct anchor_job job = job_at_mined(true);
    job_checked(&job, 500, 90, false);
    job = job_at_mined(true);
    job_ev.checked.canonical_known = false;
    job_ev.checked.canonical = job_hash(0xb1);
    job_ev.checked.chain.finalized = 400;
    job_expect(job_step(&job, ANCHOR_EV_CHECKED), ANCHOR_DO_WAIT);
    job_expect_state(&job, ANCHOR_MINED);
}

static void a_reorganisation_sends_everything_again(void **state)
{
    (void)state;
    struct anchor_job job = job_at_sent();
    job_add_attempt(&job, 0xa2);
    job_step(&job, ANCHOR_EV_TICK);
    job_found(&job, 1, true, true);
    job_step(&job, ANCHOR_EV_SAVED);
    job_expect(job_checked(&job, 101, 90, false), ANCHOR_DO_SAVE);
    job_expect_state(&job, ANCHOR_SENT);
    assert_int_equal(job.mined_at, 0);
    assert_int_equal(job.n_reorgs, 1);
    job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_LOOK);
    struct anchor_action a = job_looked(&job, 7, 7);
    job_expect(a, ANCHOR_DO_SEND);
    assert_int_equal(a.seq, 2);
    a = job_sent(&job, ANCHOR_REPLY_ACCEPTED);
    job_expect(a, ANCHOR_DO_SEND);
    assert_int_equal(a.seq, 1);
}

static void broken_finality_is_an_alarm_and_is_mended(void **state)
{
    (void)state;
    struct anchor_job job = job_at_final();
    job_step(&job, ANCHOR_EV_EVIDENCE);
    job_step(&job, ANCHOR_EV_SAVED);
    job_step(&job, ANCHOR_EV_TICK);
    job_expect(job_checked(&job, 112, 103, false), ANCHOR_DO_SAVE);
    job_expect_state(&job, ANCHOR_SENT);
    assert_int_equal(job.alarms, ANCHOR_ALARM_FINALITY_BROKEN);
    assert_false(job.has_evidence); /* it was of a block that is gone */
    assert_int_equal(job.final_at, 0);
    assert_true(job.cost == 0 && job.booked == 5000); /* paid again, it is booked once */
    job = job_reborn(&job);
    assert_int_equal(job.alarms, ANCHOR_ALARM_FINALITY_BROKEN);
}

static void done_when_deep_and_evident(void **state)
{
    (void)state;
    struct anchor_job job = job_at_final();
    job_step(&job, ANCHOR_EV_EVIDENCE);
    job_step(&job, ANCHOR_EV_SAVED);
    job_step(&job, ANCHOR_EV_TICK);
    struct anchor_action a = job_checked(&job, 163, 150, true);
    job_expect(a, ANCHOR_DO_WAIT);
    assert_int_equal(a.wait_ms, job_policy.watch_ms); /* it is only watched */
    job_step(&job, ANCHOR_EV_TICK);
    job_expect(job_checked(&job, 164, 150, true), ANCHOR_DO_SAVE);
    assert_true(job.done);
    job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_DONE);
    job = job_reborn(&job);
    job_expect(job_step(&job, ANCHOR_EV_TICK), ANCHOR_DO_DONE);
}

static void evidence_is_tried_ten_times(void **state)
{
    (void)state;
    struct anchor_job job = job_at_final();
    unsigned tries = 0;
    job_ev.action = ANCHOR_DO_EVIDENCE;
    for (int i = 0; i < 1000 && !job.done; i++) {
        struct anchor_action a = job_step(&job, ANCHOR_EV_TICK);
        if (a.what == ANCHOR_DO_EVIDENCE) {
            tries++;
            job_expect(job_step(&job, ANCHOR_EV_FAILED), ANCHOR_DO_WAIT);
            assert_int_equal(job.alarms, tries >= 3 ? ANCHOR_ALARM_EVIDENCE : 0);
        } else {
            job_checked(&job, 1000, 900, true);
        }
        job_later(30000);
    }
    assert_int_equal(tries, 10);
    assert_true(job.done && !job.has_evidence); /* the proof stands without it */
}

/* ------------------------------------------------------------------ the nonce is used by something else */

static void a_used_nonce_alone_ends_nothing(void **state)
{
    (void)state;
    struct anchor_job job = job_at_suspect();
    assert_int_equal(job.alarms, ANCHOR_ALARM_NONCE_USED);
    for (int i = 0; i < 20; i++) {
        job_later(job_policy.poll_ms);
        job_expect(job_step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
        job_expect(job_looked(&job, 8, 7), ANCHOR_DO_WAIT); /* nothing is sent, nothing is lost */
    }
    job_step(&job, ANCHOR_EV_TICK);
    job_ev.looked.chain.nonce_final = 8; /* and few endpoints say so */
    job_ev.looked.chain.nonce_final_known = false;
    job_expect(job_step(&job, ANCHOR_EV_LOOKED), ANCHOR_DO_WAIT);
    job_step(&job, ANCHOR_EV_TICK);
    job_expect(job_found(&job, 1, true, true), ANCHOR_DO_SAVE); /* a lagging endpoint, that was all */
    job_expect_state(&job, ANCHOR_MINED);
}

static void nonce_too_low_makes_it_look(void **state)
{
    (void)state;
    struct anchor_job job = job_at_sent();
    job_later(job_policy.resend_ms);
    job_step(&job, ANCHOR_EV_TICK);
    job_looked(&job, 7, 7);
    job_expect(job_sent(&job, ANCHOR_REPLY_NONCE_LOW), ANCHOR_DO_WAIT);
    job_expect_state(&job, ANCHOR_SUSPECT);
    job_expect(job_step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
    job_expect(job_looked(&job, 7, 7), ANCHOR_DO_SEND); /* the chain says it is free */
    job_expect_state(&job, ANCHOR_SENT);
    job_sent(&job, ANCHOR_REPLY_NONCE_LOW | ANCHOR_REPLY_KNOWN); /* one endpoint has it */
    job_expect_state(&job, ANCHOR_SENT);
}

static void only_a_final_use_is_located(void **state)
{
    (void)state;
    struct anchor_job job = job_at_suspect();
    job_step(&job, ANCHOR_EV_TICK);
    job_expect(job_looked(&job, 8, 8), ANCHOR_DO_LOCATE);
    job_ev.located = (struct anchor_located){.user = ANCHOR_USER_UNKNOWN};
    job_expect(job_step(&job, ANCHOR_EV_LOCATED), ANCHOR_DO_WAIT);
    job_expect_state(&job, ANCHOR_SUSPECT);
    job_step(&job, ANCHOR_EV_TICK);
    job_looked(&job, 8, 8);
    job_ev.located = (struct anchor_located){.user = ANCHOR_USER_STRANGER, .hash = job_hash(0xa1)};
    job_expect(job_step(&job, ANCHOR_EV_LOCATED), ANCHOR_DO_WAIT); /* that is our own attempt */
    job_expect_state(&job, ANCHOR_SUSPECT);
}

static void an_open_receipt_keeps_it_from_being_located(void **state)
{
    (void)state;
    struct anchor_job job = job_at_suspect();
    job_step(&job, ANCHOR_EV_TICK);
    job_found(&job, 1, true, true);
    job = job_at_suspect();
    job_step(&job, ANCHOR_EV_TICK);
    job_ev.looked.chain.nonce_final_known = true;
    job_ev.looked.chain.nonce_final = job_ev.looked.chain.nonce = 8;
    job_ev.looked.n_receipts = 1;
    job_ev.looked.receipts[0].canonical_known = false;
    job_expect(job_step(&job, ANCHOR_EV_LOOKED), ANCHOR_DO_WAIT);
}

static void a_stranger_costs_the_nonce(void **state)
{
    (void)state;
    struct anchor_job job = job_at_foreign();
    job_expect_state(&job, ANCHOR_FOREIGN);
    assert_false(job.has_nonce);
    assert_int_equal(job.n_foreign, 1);
    assert_int_equal(job.alarms, ANCHOR_ALARM_FOREIGN);
    job_expect(job_step(&job, ANCHOR_EV_GO), ANCHOR_DO_QUOTE);
    job_quote(&job, 20);
    job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_SIGN);
    struct anchor_action a = job_step(&job, ANCHOR_EV_TICK);
    assert_int_equal(a.seq, 2); /* numbers are never used twice */
}

static void a_later_value_covers_it(void **state)
{
    (void)state;
    struct anchor_job job = job_at_foreign();
    job_ev.batch = 813;
    job_expect(job_step(&job, ANCHOR_EV_COVER), ANCHOR_DO_SAVE);
    job_expect_state(&job, ANCHOR_COVERED);
    assert_int_equal(job.covered_by, 813);
    job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_DONE);
    job = job_at_sent();
    job_expect(job_step(&job, ANCHOR_EV_COVER), ANCHOR_DO_LOOK); /* it has a nonce: never */
    job_expect_state(&job, ANCHOR_SENT);
}

static void the_same_value_of_a_lost_store_is_taken_over(void **state)
{
    (void)state;
    struct anchor_job job = job_at_suspect();
    job_step(&job, ANCHOR_EV_TICK);
    job_looked(&job, 8, 8);
    job_ev.located = (struct anchor_located){.user = ANCHOR_USER_SAME, .hash = job_hash(0xcc)};
    job_expect(job_step(&job, ANCHOR_EV_LOCATED), ANCHOR_DO_SAVE);
    assert_int_equal(job.n_attempts, 2);
    assert_true(job.attempts[1].imported);
    job_step(&job, ANCHOR_EV_SAVED);
    job_expect(job_step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
    job_expect(job_found(&job, 2, true, true), ANCHOR_DO_SAVE);
    job_step(&job, ANCHOR_EV_SAVED);
    job_checked(&job, 101, 90, false);
    job_step(&job, ANCHOR_EV_SAVED);
    struct anchor_action a = job_looked(&job, 7, 7);
    job_expect(a, ANCHOR_DO_SEND); /* of the other there are no bytes */
    assert_int_equal(a.seq, 1);
    job_expect(job_sent(&job, ANCHOR_REPLY_ACCEPTED), ANCHOR_DO_WAIT);
}

static void a_queued_value_on_the_chain_is_adopted(void **state)
{
    (void)state;
    struct anchor_job job = job_at_queued();
    job_ev.nonce = 3;
    job_ev.hash = job_hash(0xcc);
    job_expect(job_step(&job, ANCHOR_EV_ADOPT), ANCHOR_DO_SAVE);
    assert_int_equal(job.nonce, 3);
    job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_LOOK);
    job_expect(job_looked(&job, 3, 3), ANCHOR_DO_WAIT); /* taken back: nothing to send yet */
    job_later(48000);
    job_step(&job, ANCHOR_EV_TICK);
    job_expect(job_looked(&job, 3, 3), ANCHOR_DO_QUOTE);
    job_expect(job_quote(&job, 20), ANCHOR_DO_SIGN);
    assert_int_equal(job.draft.tip, JOB_GWEI);
}

/* ------------------------------------------------------------------ useless transactions */

static struct anchor_action revert(struct anchor_job *job)
{
    job_step(job, ANCHOR_EV_TICK);
    job_expect(job_checked(job, 120, 110, true), ANCHOR_DO_SAVE);
    return job_step(job, ANCHOR_EV_SAVED);
}

static void useless_is_tried_once_more_then_an_operator(void **state)
{
    (void)state;
    struct anchor_job job = job_at_mined(false);
    job_expect(revert(&job), ANCHOR_DO_WAIT);
    job_expect_state(&job, ANCHOR_REVERTED);
    assert_int_equal(job.alarms, ANCHOR_ALARM_REVERTED);
    assert_true(job.cost == 5000);
    job_expect(job_step(&job, ANCHOR_EV_GO), ANCHOR_DO_QUOTE);
    job_quote(&job, 20);
    job_step(&job, ANCHOR_EV_SAVED);
    job_signed(&job, 0xa2);
    job_step(&job, ANCHOR_EV_SAVED);
    job_expect(job_found(&job, 2, true, false), ANCHOR_DO_SAVE);
    job_step(&job, ANCHOR_EV_SAVED);
    job_expect(revert(&job), ANCHOR_DO_WAIT);
    assert_true(job.cost == 10000);
    job_expect(job_step(&job, ANCHOR_EV_GO), ANCHOR_DO_WAIT);
    job_expect(job_step(&job, ANCHOR_EV_RETRY), ANCHOR_DO_SAVE);
    job_step(&job, ANCHOR_EV_SAVED);
    job_expect(job_step(&job, ANCHOR_EV_GO), ANCHOR_DO_QUOTE);
}

#define TEST(f) cmocka_unit_test_setup(f, job_begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_attempt_is_looked_up),
        TEST(a_receipt_of_an_orphaned_block_is_nothing),
        TEST(the_nonces_of_another_key),
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
