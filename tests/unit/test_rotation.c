/* The stages of a key change: which fact moves which stage, and that the record survives. */
#include "tests/harness.h"

#include <string.h>

#include "daemon/core/rotation.h"

/* Every stage and every combination of facts: only the right fact moves it. */
static void each_stage_waits_for_its_fact(void **state)
{
    (void)state;
    enum { NOTHING, CALL, DRAINED, PROVED };
    static const struct {
        int fact;
        enum rotation_do what;
    } ROWS[] = {
        [ROTATION_NONE] = {NOTHING, ROTATION_DO_WAIT},      [ROTATION_AUTHORIZE] = {CALL, ROTATION_DO_DRAIN},
        [ROTATION_DRAIN] = {DRAINED, ROTATION_DO_SWITCH},   [ROTATION_PROVE] = {PROVED, ROTATION_DO_DEAUTHORIZE},
        [ROTATION_REMOVE] = {CALL, ROTATION_DO_END},        [ROTATION_LAST] = {DRAINED, ROTATION_DO_DEAUTHORIZE},
        [ROTATION_CLOSE] = {CALL, ROTATION_DO_CLOSE},       [ROTATION_CLOSED] = {NOTHING, ROTATION_DO_WAIT},
    };
    for (int stage = ROTATION_NONE; stage <= ROTATION_CLOSED; stage++)
        for (int facts = 0; facts < 8; facts++) {
            struct rotation r = {.stage = (enum rotation_stage)stage};
            struct rotation_facts f = {.call_final = facts & 1, .drained = facts & 2, .proved = facts & 4};
            bool is_there = (ROWS[stage].fact == CALL && f.call_final) || (ROWS[stage].fact == DRAINED && f.drained) ||
                            (ROWS[stage].fact == PROVED && f.proved);
            assert_int_equal(rotation_next(&r, &f), is_there ? ROWS[stage].what : ROTATION_DO_WAIT);
        }
}

static void sealing_stops_before_a_key_goes(void **state)
{
    (void)state;
    for (int stage = ROTATION_NONE; stage <= ROTATION_CLOSED; stage++)
        assert_int_equal(rotation_stops_sealing((enum rotation_stage)stage),
                         stage == ROTATION_DRAIN || stage == ROTATION_CLOSE || stage == ROTATION_CLOSED);
}

static void the_record_survives(void **state)
{
    (void)state;
    struct rotation r = {.stage = ROTATION_PROVE, .from = {{1}}, .to = {{2}}, .call = 7, .since = UINT64_MAX}, read;
    uint8_t blob[ROTATION_BLOB + 1] = {0};
    struct err e;
    rotation_encode(&r, blob);
    assert_ok(rotation_decode(&read, blob, ROTATION_BLOB, &e), e);
    assert_int_equal(read.stage, ROTATION_PROVE);
    assert_memory_equal(&read.from, &r.from, sizeof r.from);
    assert_memory_equal(&read.to, &r.to, sizeof r.to);
    assert_int_equal(read.call, 7);
    assert_true(read.since == UINT64_MAX);
    for (size_t len = 0; len < ROTATION_BLOB; len++)
        assert_int_not_equal(rotation_decode(&read, blob, len, &e), ERR_OK);
    assert_err(rotation_decode(&read, blob, sizeof blob, &e), ERR_CORRUPT);
    blob[1] = ROTATION_CLOSED + 1;
    assert_err(rotation_decode(&read, blob, ROTATION_BLOB, &e), ERR_CORRUPT);
    blob[0]++;
    assert_err(rotation_decode(&read, blob, ROTATION_BLOB, &e), ERR_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stage_waits_for_its_fact),
        cmocka_unit_test(sealing_stops_before_a_key_goes),
        cmocka_unit_test(the_record_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
