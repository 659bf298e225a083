/* The growing text buffer and times as text. */
#include "tests/harness.h"

#include <stdlib.h>
#include <time.h>

#include "common/rfc3339.h"
#include "common/text.h"

static void text_holds_what_was_put(void **state)
{
    (void)state;
    struct text t = {0};
    assert_string_equal(text_string(&t), "");
    text_puts(&t, "a");
    text_putc(&t, 'b');
    text_putf(&t, "%d%s", 12, "c");
    text_put_u64(&t, 0);
    text_put_u64(&t, UINT64_MAX);
    text_put_hex(&t, "\x00\xff", 2);
    text_put_time(&t, 0);
    assert_string_equal(text_string(&t), "ab12c01844674407370955161500ff1970-01-01T00:00:00Z");
    text_clear(&t);
    text_put_time_member(&t, "a", 1);
    text_put_time_member(&t, "b", 0);
    assert_string_equal(text_string(&t), ",\"a\":\"1970-01-01T00:00:01Z\",\"b\":null");
    assert_int_equal(t.len, strlen(t.data));
    text_done(&t);
}

static void text_grows_and_is_used_again(void **state)
{
    (void)state;
    struct text t = {0};
    for (int i = 0; i < 100000; i++)
        text_putc(&t, (char)('a' + i % 26));
    assert_int_equal(strlen(text_string(&t)), 100000);
    text_clear(&t);
    text_puts(&t, "short");
    char *mine = text_steal(&t);
    assert_string_equal(mine, "short");
    assert_null(t.data);
    free(mine);
}

static void text_escapes_json(void **state)
{
    (void)state;
    struct text t = {0};
    static const char RAW[] = "\"\\\b\f\n\r\t\x01\x7f é";
    text_put_json(&t, RAW, sizeof RAW); /* with its NUL */
    assert_string_equal(text_string(&t), "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u007f é\\u0000\"");
    text_done(&t);
}

static void what_is_no_utf8_stays_harmless(void **state)
{
    (void)state;
    struct text t = {0};
    text_put_json(&t, "\xff\xc3\xc2\x9b\xe2\x82\xac", 7);
    assert_string_equal(text_string(&t), "\"\\ufffd\\ufffd\\u009b€\"");
    text_clear(&t);
    text_put_plain(&t, "a\x1b[2J\n\xffé\xc2\x9b", 11);
    assert_string_equal(text_string(&t), "a?[2J??é?");
    text_done(&t);
}

static void text_fails_for_good(void **state)
{
    (void)state;
    struct text t = {0};
    text_put_time(&t, RFC3339_MAX + 1);
    text_puts(&t, "later");
    assert_true(t.failed);
    assert_null(text_steal(&t));
    text_reserve(&t, SIZE_MAX);
    assert_true(t.failed);
    text_done(&t);
}

static void time_agrees_with_the_c_library(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 200000; i++) {
        uint64_t in = harness_random(&seed) % (RFC3339_MAX + 1), out;
        char ours[RFC3339_LEN + 1], theirs[64];
        time_t t = (time_t)in;
        struct tm tm;
        assert_true(rfc3339_write(ours, in));
        strftime(theirs, sizeof theirs, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
        assert_string_equal(ours, theirs);
        assert_true(rfc3339_read(&out, ours, RFC3339_LEN));
        assert_int_equal(in, out);
    }
}

static void time_reads_every_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t seconds;
    } GOOD[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:30:00-01:00", 1800},
        {"2024-02-29t12:00:00.999z", 1709208000},
        {"2024-02-29T14:00:00+02:00", 1709208000},
        {"2016-12-31T23:59:60Z", 1483228800},
        {"9999-12-31T23:59:59Z", RFC3339_MAX},
    };
    for (size_t i = 0; i < sizeof GOOD / sizeof GOOD[0]; i++) {
        uint64_t seconds;
        assert_true(rfc3339_read(&seconds, GOOD[i].text, strlen(GOOD[i].text)));
        assert_int_equal(seconds, GOOD[i].seconds);
    }
}

static void time_refuses_the_rest(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "", "2024", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z",
        "2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z",
        "2024-01-01T00:00:61Z", "2024-01-01T00:00:00", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00+2:00", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00ZZ",
        "1969-12-31T23:59:59Z", "-024-01-01T00:00:00Z", "9999-12-31T23:59:59-00:01",
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        uint64_t seconds;
        if (rfc3339_read(&seconds, BAD[i], strlen(BAD[i])))
            fail_msg("read %s", BAD[i]);
    }
}

/* Four bytes at a time and the rest: every length, every value of a byte at every place. */
static void hex_of_every_length(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 300; len++) {
        struct text ours = {0}, theirs = {0};
        uint8_t bytes[300];
        for (size_t i = 0; i < len; i++) {
            bytes[i] = (uint8_t)(len + 7 * i);
            text_putf(&theirs, "%02x", bytes[i]);
        }
        text_put_hex(&ours, bytes, len);
        assert_string_equal(text_string(&ours), text_string(&theirs));
        text_done(&ours);
        text_done(&theirs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_of_every_length),
        cmocka_unit_test(text_holds_what_was_put),
        cmocka_unit_test(text_grows_and_is_used_again),
        cmocka_unit_test(text_escapes_json),
        cmocka_unit_test(what_is_no_utf8_stays_harmless),
        cmocka_unit_test(text_fails_for_good),
        cmocka_unit_test(time_agrees_with_the_c_library),
        cmocka_unit_test(time_reads_every_form),
        cmocka_unit_test(time_refuses_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
