/* JCS: numbers as ECMAScript writes them, keys in UTF-16 order, strings escaped as little as possible.
 * The public vectors and a million numbers are run by jcs-suite. */
#include "tests/harness.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "verifier/rdf/jcs.h"
#include "verifier/rdf/slice.h"

static void assert_number(double value, const char *expected)
{
    char text[JCS_NUMBER_MAX + 1] = {0};
    text[jcs_number(text, value)] = '\0';
    assert_string_equal(text, expected);
}

static void numbers_have_their_shortest_form(void **state)
{
    (void)state;
    assert_number(0, "0");
    assert_number(-0.0, "0");
    assert_number(-1, "-1");
    assert_number(1e20, "100000000000000000000");
    assert_number(999999999999999900000.0, "999999999999999900000");
    assert_number(1e21, "1e+21");
    assert_number(-1.5e300, "-1.5e+300");
    assert_number(0.000001, "0.000001");
    assert_number(0.0000012345, "0.0000012345");
    assert_number(1e-7, "1e-7");
    assert_number(123456.789, "123456.789");
    assert_number(0.1 + 0.2, "0.30000000000000004");
    assert_number(9007199254740993.0, "9007199254740992");
    assert_number(DBL_MAX, "1.7976931348623157e+308");
    assert_number(DBL_MIN, "2.2250738585072014e-308");
    assert_number(DBL_TRUE_MIN, "5e-324");
    assert_number(-2 * DBL_TRUE_MIN, "-1e-323");
}

/* Here the nearest decimal of 16 digits reads back as another double, and the one above is right. */
static void powers_of_two_are_special(void **state)
{
    (void)state;
    assert_number(ldexp(1, -44), "5.684341886080802e-14");
    assert_number(ldexp(1, -1022 + 1), "4.450147717014403e-308");
    assert_number(ldexp(1, 97), "1.5845632502852868e+29");
}

static void every_power_of_two_reads_back(void **state)
{
    (void)state;
    for (int i = -1074; i <= 1023; i++) {
        char text[JCS_NUMBER_MAX + 1];
        double value = ldexp(1, i);
        text[jcs_number(text, value)] = '\0';
        assert_true(strtod(text, NULL) == value);
    }
}

static void the_locale_does_not_matter(void **state)
{
    (void)state;
    static const char *const WITH_COMMA[] = {"fr_FR.UTF-8", "de_DE.UTF-8", "fr_FR", "de_DE"};
    const char *got = NULL;
    for (size_t i = 0; i < sizeof WITH_COMMA / sizeof WITH_COMMA[0] && got == NULL; i++)
        got = setlocale(LC_NUMERIC, WITH_COMMA[i]);
    if (got == NULL) {
        print_message("no locale with a decimal comma is installed\n");
        skip();
    }
    assert_number(1.5, "1.5");
    assert_number(1.2345678901234567e-300, "1.2345678901234568e-300");
    setlocale(LC_NUMERIC, "C");
}

static enum err_code write_text(const char *json, enum jcs_numbers numbers, char *out, size_t cap, struct err *e)
{
    struct arena arena;
    const struct jdoc *value;
    struct slice got;
    arena_init(&arena, 1 << 20);
    assert_ok(jdoc_parse(&arena, slice_of(json), jdoc_limits(), &value, e), *e);
    enum err_code rc = jcs_write(&arena, value, numbers, &got, e);
    if (rc == ERR_OK) {
        assert_true(got.len < cap);
        memcpy(out, got.data, got.len);
        out[got.len] = '\0';
    }
    arena_done(&arena);
    return rc;
}

static void assert_written(const char *json, const char *expected)
{
    char text[1024];
    struct err e;
    assert_ok(write_text(json, JCS_ANY_NUMBER, text, sizeof text, &e), e);
    assert_string_equal(text, expected);
}

static void white_space_goes_and_keys_are_sorted(void **state)
{
    (void)state;
    assert_written(" { \"b\" : [ 1 , { } , [ ] ] , \"a\" : null , \"\" : true } ",
                   "{\"\":true,\"a\":null,\"b\":[1,{},[]]}");
    assert_written("{\"aa\":1,\"a\":2,\"B\":false}", "{\"B\":false,\"a\":2,\"aa\":1}");
}

static void keys_are_sorted_by_utf16(void **state)
{
    (void)state;
    assert_written("{\"\\ufb33\":1,\"\\ud83d\\ude02\":2,\"\\ue000\":3,\"\\ud7ff\":4}",
                   "{\"\xed\x9f\xbf\":4,\"\xf0\x9f\x98\x82\":2,\"\xee\x80\x80\":3,\"\xef\xac\xb3\":1}");
    assert_true(jcs_compare(SLICE("a"), SLICE("ab")) < 0);
    assert_true(jcs_compare(SLICE("\xf0\x9f\x98\x82"), SLICE("\xf0\x9f\x98\x83")) < 0);
    assert_int_equal(jcs_compare(SLICE("same"), SLICE("same")), 0);
}

static void strings_are_escaped_as_little_as_possible(void **state)
{
    (void)state;
    assert_written("\"\\u0000\\u001f\\b\\t\\n\\f\\r\\\"\\\\\\/\\u007f\\u00e9\"",
                   "\"\\u0000\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\x7f\xc3\xa9\"");
}

static void integers_beyond_the_exact_range_can_be_refused(void **state)
{
    (void)state;
    char text[64];
    struct err e;
    assert_ok(write_text("9007199254740991", JCS_EXACT_INTEGER, text, sizeof text, &e), e);
    assert_ok(write_text("-9007199254740991", JCS_EXACT_INTEGER, text, sizeof text, &e), e);
    assert_ok(write_text("1e30", JCS_EXACT_INTEGER, text, sizeof text, &e), e);
    assert_err(write_text("9007199254740992", JCS_EXACT_INTEGER, text, sizeof text, &e), ERR_INVALID);
    assert_err(write_text("{\"a\":[-9007199254740993]}", JCS_EXACT_INTEGER, text, sizeof text, &e), ERR_INVALID);
    assert_ok(write_text("9007199254740993", JCS_ANY_NUMBER, text, sizeof text, &e), e);
    assert_string_equal(text, "9007199254740992");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_their_shortest_form),
        cmocka_unit_test(powers_of_two_are_special),
        cmocka_unit_test(every_power_of_two_reads_back),
        cmocka_unit_test(the_locale_does_not_matter),
        cmocka_unit_test(white_space_goes_and_keys_are_sorted),
        cmocka_unit_test(keys_are_sorted_by_utf16),
        cmocka_unit_test(strings_are_escaped_as_little_as_possible),
        cmocka_unit_test(integers_beyond_the_exact_range_can_be_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
