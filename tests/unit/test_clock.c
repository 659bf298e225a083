/* The two sides of time. */
#include "tests/harness.h"

#include "daemon/io/clock.h"

static void system_clock(void **state)
{
    (void)state;
    const struct clock *c = clock_system();
    uint64_t before = clock_mono_ms(c);
    assert_true(clock_mono_ms(c) >= before);
    assert_true(clock_unix_s(c) > 1700000000);
    uint64_t first = clock_unix_s(c), ms = clock_unix_ms(c), last = clock_unix_s(c);
    assert_in_range(ms / 1000, first, last);
}

static void fake_clock(void **state)
{
    (void)state;
    struct clock_fake f;
    clock_fake_init(&f, 5000);
    uint64_t mono = clock_mono_ms(&f.clock);
    clock_fake_pass(&f, 1500);
    assert_int_equal(clock_unix_ms(&f.clock), 5001500);
    assert_int_equal(clock_unix_s(&f.clock), 5001);
    assert_int_equal(clock_mono_ms(&f.clock), mono + 1500);
    clock_fake_set(&f, 1400); /* an hour back */
    assert_int_equal(clock_unix_s(&f.clock), 1400);
    assert_int_equal(clock_mono_ms(&f.clock), mono + 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_clock),
        cmocka_unit_test(fake_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
