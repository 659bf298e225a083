/* When is a batch due: every reason, every clock. */
#include "tests/harness.h"

#include "daemon/core/batch.h"

static const struct batch_policy POLICY = {.max_age_ms = 600000, .max_leaves = 1000};

/* An hour into the log's life; ten hashes, the oldest accepted a minute ago, the last batch two. */
static struct batch_state quiet(void)
{
    return (struct batch_state){.now = 1000000, .mono_ms = 3600000, .pending = 10, .oldest_at = 999940,
                                .oldest_mono_ms = 3540000, .sealed_at = 999880, .sealed_mono_ms = 3480000};
}

static void expect(struct batch_state s, struct batch_policy p, enum batch_reason reason, uint64_t n,
                   uint64_t wait_ms)
{
    struct batch_decision d = batch_decide(&s, &p);
    assert_string_equal(batch_reason_name(d.reason), batch_reason_name(reason));
    assert_int_equal(d.n_leaves, n);
    assert_int_equal(d.wait_ms, wait_ms);
}

static void waits_for_the_oldest(void **state)
{
    (void)state;
    expect(quiet(), POLICY, BATCH_NOT_DUE, 0, 540000);
}

static void seals_by_age(void **state)
{
    (void)state;
    struct batch_state s = quiet();
    s.mono_ms = s.oldest_mono_ms + 599999;
    expect(s, POLICY, BATCH_NOT_DUE, 0, 1);
    s.mono_ms++;
    expect(s, POLICY, BATCH_AGE, 10, 0);
}

static void seals_by_age_after_a_restart(void **state)
{
    (void)state;
    struct batch_state s = quiet();
    s.mono_ms = s.oldest_mono_ms = s.sealed_mono_ms = 5; /* this process knows nothing */
    s.now = s.oldest_at + 600;
    expect(s, POLICY, BATCH_NOT_DUE, 0, 1000); /* seconds are cut off: perhaps only 599.1 s */
    s.now++;
    expect(s, POLICY, BATCH_AGE, 10, 0);
}

static void seals_at_once_without_max_age(void **state)
{
    (void)state;
    struct batch_policy p = POLICY;
    p.max_age_ms = 0;
    expect(quiet(), p, BATCH_AGE, 10, 0);
}

static void nothing_pending_waits_for_ever(void **state)
{
    (void)state;
    struct batch_state s = quiet();
    s.pending = s.oldest_at = s.oldest_mono_ms = 0;
    expect(s, POLICY, BATCH_NOT_DUE, 0, BATCH_NO_WAKE);
    s.flush = 5; /* nothing to flush */
    expect(s, POLICY, BATCH_NOT_DUE, 0, BATCH_NO_WAKE);
}

static void seals_when_full(void **state)
{
    (void)state;
    struct batch_state s = quiet();
    s.pending = 999;
    expect(s, POLICY, BATCH_NOT_DUE, 0, 540000);
    s.pending = 1000;
    expect(s, POLICY, BATCH_FULL, 1000, 0);
    s.pending = 2500;
    expect(s, POLICY, BATCH_FULL, 1000, 0);
}

static void flush_is_exempt_from_the_interval(void **state)
{
    (void)state;
    struct batch_state s = quiet();
    struct batch_policy p = POLICY;
    p.min_interval_ms = 3600000;
    s.flush = 3;
    expect(s, p, BATCH_FLUSH, 10, 0);
    s.pending = 1001;
    expect(s, p, BATCH_FLUSH, 1000, 0);
}

static void the_interval_holds_back_full_and_old(void **state)
{
    (void)state;
    struct batch_state s = quiet();
    struct batch_policy p = POLICY;
    p.min_interval_ms = 150000; /* 120 s have passed */
    s.pending = 1000;
    expect(s, p, BATCH_NOT_DUE, 0, 30000);
    s.mono_ms = s.sealed_mono_ms + 150000;
    expect(s, p, BATCH_FULL, 1000, 0);
    s = quiet();
    p.min_interval_ms = 1000000; /* the later of the two dates is what to wait for */
    expect(s, p, BATCH_NOT_DUE, 0, 880000);
}

static void heartbeat_seals_an_empty_batch(void **state)
{
    (void)state;
    struct batch_state s = quiet();
    struct batch_policy p = POLICY;
    s.pending = 0;
    p.heartbeat_ms = 120001;
    expect(s, p, BATCH_NOT_DUE, 0, 1);
    p.heartbeat_ms = 120000;
    expect(s, p, BATCH_HEARTBEAT, 0, 0);
    s.pending = 10;
    expect(s, p, BATCH_HEARTBEAT, 10, 0);
    p.heartbeat_ms = 300000; /* comes before the oldest is due */
    expect(s, p, BATCH_NOT_DUE, 0, 180000);
}

static void nothing_while_paused_or_draining(void **state)
{
    (void)state;
    struct batch_state s = quiet();
    s.pending = 5000;
    s.flush = 5000;
    s.paused = true;
    expect(s, POLICY, BATCH_NOT_DUE, 0, BATCH_NO_WAKE);
    s.paused = false;
    s.draining = true;
    expect(s, POLICY, BATCH_NOT_DUE, 0, BATCH_NO_WAKE);
}

static void a_clock_that_goes_back_delays_nothing(void **state)
{
    (void)state;
    struct batch_state s = quiet();
    s.now -= 3600;
    s.mono_ms = s.oldest_mono_ms + 600000;
    expect(s, POLICY, BATCH_AGE, 10, 0);
    struct batch_decision d = batch_decide(&s, &POLICY);
    assert_int_equal(d.sealed_at, s.sealed_at); /* never before the batch before */
    s.now = s.sealed_at + 7;
    d = batch_decide(&s, &POLICY);
    assert_int_equal(d.sealed_at, s.now);
}

static void a_clock_that_goes_back_makes_no_heartbeats(void **state)
{
    (void)state;
    struct batch_state s = quiet();
    struct batch_policy p = POLICY;
    p.heartbeat_ms = 600000;
    s.pending = 0;
    s.now -= 3600;
    expect(s, p, BATCH_NOT_DUE, 0, 480000);
}

static void a_clock_beyond_all_bounds(void **state)
{
    (void)state;
    struct batch_state s = quiet();
    s.now = UINT64_MAX;
    expect(s, POLICY, BATCH_AGE, 10, 0);
    s.mono_ms = 0; /* goes back, which it never does */
    s.now = 0;
    expect(s, POLICY, BATCH_NOT_DUE, 0, 600000);
}

/* Hashes trickle in, the clock jumps about: no hash waits longer than max_age on the monotonic clock, no two
 * batches are closer than min_interval, sealed-at never goes back. */
static void property_over_random_days(void **state)
{
    (void)state;
    uint64_t r = 7;
    for (int day = 0; day < 200; day++) {
        struct batch_policy p = {.max_age_ms = 1000 + harness_random(&r) % 60000, .max_leaves = 50,
                                 .min_interval_ms = harness_random(&r) % 500};
        struct batch_state s = {.now = 1000000, .sealed_at = 1000000};
        uint64_t last = 0;
        for (int i = 0; i < 500; i++) {
            struct batch_decision d = batch_decide(&s, &p);
            if (d.reason != BATCH_NOT_DUE) {
                assert_true(d.sealed_at >= s.sealed_at);
                assert_true(s.mono_ms >= last + p.min_interval_ms || last == 0 || s.now > s.sealed_at + 1);
                last = s.sealed_mono_ms = s.mono_ms;
                s.sealed_at = d.sealed_at;
                s.pending -= d.n_leaves;
                s.oldest_at = s.now;
                s.oldest_mono_ms = s.mono_ms;
                continue;
            }
            if (s.pending > 0)
                assert_true(s.mono_ms - s.oldest_mono_ms < p.max_age_ms || d.wait_ms <= p.min_interval_ms);
            uint64_t step = harness_random(&r) % 3000;
            if (d.wait_ms != BATCH_NO_WAKE && step > d.wait_ms)
                step = d.wait_ms;
            s.mono_ms += step;
            s.now += step / 1000;
            if (harness_random(&r) % 100 == 0)
                s.now = 900000 + harness_random(&r) % 200000;
            if (harness_random(&r) % 3 == 0 && s.pending++ == 0) {
                s.oldest_at = s.now;
                s.oldest_mono_ms = s.mono_ms;
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_for_the_oldest),
        cmocka_unit_test(seals_by_age),
        cmocka_unit_test(seals_by_age_after_a_restart),
        cmocka_unit_test(seals_at_once_without_max_age),
        cmocka_unit_test(nothing_pending_waits_for_ever),
        cmocka_unit_test(seals_when_full),
        cmocka_unit_test(flush_is_exempt_from_the_interval),
        cmocka_unit_test(the_interval_holds_back_full_and_old),
        cmocka_unit_test(heartbeat_seals_an_empty_batch),
        cmocka_unit_test(nothing_while_paused_or_draining),
        cmocka_unit_test(a_clock_that_goes_back_delays_nothing),
        cmocka_unit_test(a_clock_that_goes_back_makes_no_heartbeats),
        cmocka_unit_test(a_clock_beyond_all_bounds),
        cmocka_unit_test(property_over_random_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
