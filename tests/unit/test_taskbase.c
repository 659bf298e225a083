/* What the transaction of a job carries, and how logs call it. */
#include "tests/harness.h"

#include "daemon/taskbase.h"

static void an_anchor_carries_its_value(void **state)
{
    (void)state;
    struct hash32 value = {{1, 2, 3}};
    struct anchor_job job = anchor_new(7, &value, 0);
    uint8_t data[REGISTRY_CALL_LEN];
    assert_int_equal(taskbase_data(&job, data), 32);
    assert_memory_equal(data, value.b, 32);
    assert_string_equal(taskbase_name(&job).s, "batch=7");
}

static void a_call_carries_selector_and_argument(void **state)
{
    (void)state;
    struct seal_address key = {{0xab, [19] = 0xcd}};
    struct hash32 word = registry_word(&key), id = {{0xff}};
    uint8_t expected[3][REGISTRY_CALL_LEN], data[REGISTRY_CALL_LEN];
    registry_put_authorize(expected[0], &key);
    registry_put_deauthorize(expected[1], &key);
    registry_put_revoke(expected[2], &id);
    static const enum anchor_call CALLS[] = {ANCHOR_CALL_AUTHORIZE, ANCHOR_CALL_DEAUTHORIZE, ANCHOR_CALL_REVOKE};
    for (size_t i = 0; i < 3; i++) {
        struct anchor_job job = anchor_new_call(2, CALLS[i], i < 2 ? &word : &id, 0);
        assert_int_equal(taskbase_data(&job, data), REGISTRY_CALL_LEN);
        assert_memory_equal(data, expected[i], REGISTRY_CALL_LEN);
        assert_string_equal(taskbase_name(&job).s, "call=2");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_anchor_carries_its_value),
        cmocka_unit_test(a_call_carries_selector_and_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
