/* When the view of the chain stands still, for every pace that the settings allow. */
#include "daemon/watchdog.h"

#include "daemon/policies.h"
#include "tests/harness.h"

#define LOOKED_AT UINT64_C(3600000)
#define TIMEOUT_MS 10000
#define POLL_MAX_MS UINT64_C(600000) /* the largest [chain] poll */

static bool moves_after(uint64_t poll_ms, uint64_t quiet_ms)
{
    struct settings settings = {.chain.poll = poll_ms};
    struct chain chain = {.timeout_ms = TIMEOUT_MS};
    struct chainview view = {
        .chain = &chain, .idle_ms = policies_idle_poll_ms(&settings), .looked_mono_ms = LOOKED_AT};
    return watchdog_chain_moves(&view, LOOKED_AT + quiet_ms);
}

static void between_two_looks_it_moves(void **state)
{
    static const uint64_t POLLS_MS[] = {50, 4000, 60000, 61000, 200000, POLL_MAX_MS};
    (void)state;
    for (size_t i = 0; i < sizeof POLLS_MS / sizeof *POLLS_MS; i++) {
        assert_true(moves_after(POLLS_MS[i], 0));
        assert_true(moves_after(POLLS_MS[i], POLLS_MS[i]));
        assert_true(moves_after(POLLS_MS[i], POLLS_MS[i] + 5 * TIMEOUT_MS)); /* a look that fails slowly */
    }
}

static void without_a_look_it_stands_still(void **state)
{
    (void)state;
    assert_true(moves_after(4000, 159999));
    assert_false(moves_after(4000, 160000));
    assert_false(moves_after(POLL_MAX_MS, POLL_MAX_MS + 10 * TIMEOUT_MS));
}

static void the_first_look_may_take_its_time(void **state)
{
    struct chain chain = {.timeout_ms = TIMEOUT_MS};
    struct chainview view = {.chain = &chain, .idle_ms = 60000};
    (void)state;
    assert_true(watchdog_chain_moves(&view, UINT64_C(1) << 40));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(between_two_looks_it_moves),
        cmocka_unit_test(without_a_look_it_stands_still),
        cmocka_unit_test(the_first_look_may_take_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
