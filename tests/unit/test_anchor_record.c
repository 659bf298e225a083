/* One anchored value as it is stored and explained; the step is total over random events. */
#include "tests/harness.h"
#include "tests/job.h"
#include "daemon/core/anchor_explain.h"

/* ------------------------------------------------------------------ total, and read back whole */

static void fill_at_random(uint64_t *r)
{
    uint8_t *bytes = (uint8_t *)&job_ev;
    for (size_t i = 0; i < sizeof job_ev; i++)
        bytes[i] = (uint8_t)(harness_random(r) % 3); /* small numbers meet each other */
    job_ev.what = (enum anchor_what)(harness_random(r) % (ANCHOR_EV_FAILED + 1));
    job_ev.action = (enum anchor_do)(harness_random(r) % (ANCHOR_DO_DONE + 1));
    job_ev.looked.n_receipts = harness_random(r) % 3;
    job_ev.located.user = (enum anchor_user)(harness_random(r) % 3);
    job_ev.now_ms = harness_random(r) % 1000000;
    if (harness_random(r) % 2 == 0)
        job_ev.checked.canonical = (struct hash32){0};
    job_ev.looked.chain.nonce = 6 + harness_random(r) % 4;
    job_ev.looked.chain.nonce_final = 6 + harness_random(r) % 4;
    job_ev.quote = (struct anchor_quote){.market = {.base = harness_random(r) % (300 * JOB_GWEI)}, .gas = 23050,
                                     .room = {WEI_MAX, WEI_MAX}, .next_nonce = 7};
    bool *flags[] = {&job_ev.looked.chain.finalized_known, &job_ev.looked.chain.nonce_final_known,
                     &job_ev.looked.chain.disagree, &job_ev.looked.chain.no_finality, &job_ev.looked.chain.other_key,
                     &job_ev.checked.chain.finalized_known, &job_ev.checked.chain.nonce_final_known,
                     &job_ev.checked.chain.disagree, &job_ev.checked.chain.no_finality, &job_ev.checked.chain.other_key,
                     &job_ev.checked.canonical_known};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        *flags[i] = harness_random(r) % 2;
    for (size_t i = 0; i < job_ev.looked.n_receipts; i++)
        job_ev.looked.receipts[i] = (struct anchor_receipt){
            .seq = (uint32_t)(harness_random(r) % 4), .canonical_known = harness_random(r) % 2,
            .mined = {.useful = harness_random(r) % 2, .block = harness_random(r) % 100}};
}

/* Any event in any state, sensible or not: the invariants hold, and what is written reads back the same. */
static void property_total_over_random_events(void **state)
{
    (void)state;
    uint64_t r = 11, seen = 0;
    for (int run = 0; run < 3000; run++) {
        struct hash32 value = job_hash(1);
        struct anchor_job job = anchor_new(1, &value, JOB_NOON);
        for (int i = 0; i < 100; i++) {
            fill_at_random(&r);
            struct anchor_job before = job;
            struct anchor_action a = anchor_step(&job, &job_ev, &job_policy);
            seen |= UINT64_C(1) << job.state;
            if (job.run.unsaved)
                assert_true(a.what == ANCHOR_DO_SAVE || a.what == ANCHOR_DO_WAIT);
            if (a.what == ANCHOR_DO_SEND)
                assert_true(anchor_attempt(&job, a.seq)->saved && !anchor_attempt(&job, a.seq)->imported);
            if (before.has_nonce && job.has_nonce)
                assert_int_equal(before.nonce, job.nonce);
            assert_true(job.next_seq >= before.next_seq && job.n_attempts <= ANCHOR_MAX_ATTEMPTS);
            struct anchor_job again = job_reborn(&job);
            assert_int_equal(again.state, job.state);
            assert_int_equal(again.n_attempts, job.n_attempts);
        }
    }
    assert_int_equal(seen, (1 << ANCHOR_N_STATES) - 1); /* every state was reached */
}

static void damaged_records_are_refused(void **state)
{
    (void)state;
    struct anchor_job job = job_at_final(), back;
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
            job_step(&back, ANCHOR_EV_TICK);
            job_looked(&back, 8, 8);
        }
        blob[i] ^= 0x15;
    }
}

static void a_record_from_before_calls_is_read(void **state)
{
    (void)state;
    static const struct seal_address NOBODY;
    struct anchor_job job = job_at_final(), back;
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
        struct anchor_job job = anchor_new_call(9, CALLS[i], &argument, 5), back = job_reborn(&job);
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
    struct anchor_job job = job_at_final();
    job.k += ANCHOR_CALLS;
    job.call = ANCHOR_CALL_REVOKE;
    job.has_evidence = false;
    assert_int_not_equal(job_step(&job, ANCHOR_EV_TICK).what, ANCHOR_DO_EVIDENCE);
    job.call = ANCHOR_CALL_NONE;
    job.run.looked = false;
    assert_int_equal(job_step(&job, ANCHOR_EV_TICK).what, ANCHOR_DO_EVIDENCE);
}

/* Whole, yet not what the step takes for granted. */
static void unsound_records_are_refused(void **state)
{
    (void)state;
    uint8_t blob[ANCHOR_MAX_BLOB];
    size_t len;
    struct anchor_job back;
    for (unsigned i = 0; i <= ANCHOR_N_STATES; i++) {
        struct anchor_job job = job_at_final();
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
    struct anchor_job job = job_at_final(), back;
    job_step(&job, ANCHOR_EV_EVIDENCE);
    job_step(&job, ANCHOR_EV_SAVED);
    back = job_reborn(&job);
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
    assert_int_equal(anchor_explain(job, JOB_NOON + 600, text, sizeof text), strlen(expected));
    assert_string_equal(text, expected);
}

static void stories(void **state)
{
    (void)state;
    struct anchor_job job = job_at_queued();
    expect_story(&job, "Batch 812 was sealed at 2026-11-22 12:00:00 UTC. It waits for its turn to be anchored, "
                       "for 10 min now.");
    job = job_at_final();
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
    struct anchor_job job = job_at_foreign();
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
    struct anchor_job job = job_at_final();
    for (unsigned i = 0; i < ANCHOR_N_STATES; i++) {
        job.state = (enum anchor_state)i;
        job.alarms = 0xffff;
        size_t len = anchor_explain(&job, UINT64_MAX, text, sizeof text);
        assert_true(len > 100 && len == strlen(text));
        for (size_t cap = 1; cap < 100; cap++)
            assert_int_equal(anchor_explain(&job, JOB_NOON, text, cap), cap - 1);
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
    struct hash32 value = job_hash(1);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct anchor_job job = anchor_new(1, &value, CASES[i].t);
        anchor_explain(&job, CASES[i].t, text, sizeof text);
        assert_non_null(strstr(text, CASES[i].text));
    }
}

#define TEST(f) cmocka_unit_test_setup(f, job_begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
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
