/* The reasons why the daemon is not ready: each has a sentence in both languages, and none tells what is private. */
#include "tests/harness.h"

#include <string.h>

#include "daemon/ready.h"

static void a_sentence_in_both_languages(void **state)
{
    (void)state;
    assert_string_equal(ready_english(READY), "");
    assert_string_equal(ready_french(READY), "");
    for (enum ready_reason reason = READY_STOPPING; reason < READY_N; reason++) {
        const char *both[] = {ready_english(reason), ready_french(reason)};
        assert_string_not_equal(both[0], both[1]);
        for (unsigned i = 0; i < 2; i++) {
            assert_in_range(strlen(both[i]), 10, 255); /* what asks for it has room for 256 */
            assert_true(both[i][strlen(both[i]) - 1] != '.');
            assert_null(strchr(both[i], '/'));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_sentence_in_both_languages)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
