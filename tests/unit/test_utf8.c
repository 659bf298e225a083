/* UTF-8: every scalar value goes round, every ill-formed sequence is refused at its place. */
#include "tests/harness.h"

#include <stdio.h>

#include "common/utf8.h"

static struct slice text(const char *s)
{
    return (struct slice){(const uint8_t *)s, strlen(s)};
}

static void every_scalar_value_goes_round(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x10ffff; point++) {
        if (point == 0xd800)
            point = 0xe000;
        uint8_t bytes[4];
        uint32_t got = 0;
        size_t len = utf8_encode(bytes, point);
        assert_int_equal(utf8_decode((struct slice){bytes, len}, &got), len);
        assert_int_equal(got, point);
        assert_int_equal(utf8_decode((struct slice){bytes, len - 1}, &got), 0);
    }
}

static void lengths_change_where_they_should(void **state)
{
    (void)state;
    static const struct { uint32_t point; size_t len; } CASES[] = {
        {0x7f, 1}, {0x80, 2}, {0x7ff, 2}, {0x800, 3}, {0xffff, 3}, {0x10000, 4},
    };
    uint8_t bytes[4];
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_int_equal(utf8_encode(bytes, CASES[i].point), CASES[i].len);
}

static void ill_formed_text_is_refused_at_its_place(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "\x80",             /* continuation without a lead byte */
        "\xc0\x80",         /* overlong NUL */
        "\xc1\xbf",         /* overlong */
        "\xe0\x9f\xbf",     /* overlong */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xed\xa0\x80",     /* U+D800 */
        "\xed\xbf\xbf",     /* U+DFFF */
        "\xf4\x90\x80\x80", /* U+110000 */
        "\xf5\x80\x80\x80", /* no such lead byte */
        "\xff",
        "\xc3(",            /* no continuation */
        "\xe2\x82(",
        "\xf0\x9f\x92(",
        "\xe2\x82",         /* cut short */
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        char line[64];
        snprintf(line, sizeof line, "123456789\xc3\xa9%s", BAD[i]);
        assert_int_equal(utf8_check(text(line)), 11);
    }
}

static void well_formed_text_is_taken_whole(void **state)
{
    (void)state;
    const char *good = "plain ASCII, then \xc3\xa9 \xe2\x82\xac \xf0\x9f\x92\xa9, and ASCII again";
    assert_int_equal(utf8_check(text(good)), strlen(good));
    assert_int_equal(utf8_check(text("")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scalar_value_goes_round),
        cmocka_unit_test(lengths_change_where_they_should),
        cmocka_unit_test(ill_formed_text_is_refused_at_its_place),
        cmocka_unit_test(well_formed_text_is_taken_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
