/* Spans by blocks: the same as byte by byte, wherever in a block the odd byte stands. */
#include "tests/harness.h"

#include <string.h>

#include "verifier/rdf/span.h"

#define ROOM 300

static const uint8_t TABLE[256] = {
    [0x00 ... 0x1f] = 1, ['"'] = 1 | 2, ['\\'] = 1 | 2, [' '] = 2, ['<'] = 2, ['>'] = 2, ['^'] = 2,
    ['`'] = 2,           ['{'] = 2,     ['|'] = 2,      ['}'] = 2, [0x7f] = 4, [0x80 ... 0xff] = 8,
};

static size_t plainly(struct slice text, uint8_t classes)
{
    size_t n = 0;
    while (n < text.len && (TABLE[text.data[n]] & classes) == 0)
        n++;
    return n;
}

static void every_byte_at_every_place(void **state)
{
    (void)state;
    static const uint8_t CLASSES[] = {0, 1, 2, 4, 8, 1 | 8, 15};
    uint8_t bytes[ROOM];
    memset(bytes, 'A', sizeof bytes);
    for (unsigned c = 0; c < 256; c++)
        for (size_t at = 0; at < 140; at++) {
            bytes[at] = (uint8_t)c;
            for (size_t i = 0; i < sizeof CLASSES; i++)
                for (size_t len = at; len <= at + 70; len += 35) {
                    struct slice text = {bytes + (at & 3), len - (len < (at & 3) ? len : (at & 3))};
                    assert_int_equal(span_without(text, TABLE, CLASSES[i]), plainly(text, CLASSES[i]));
                }
            bytes[at] = 'A';
        }
}

/* What the table says of a byte that is never looked up must be nothing: the contract of span_without(). */
static void bytes_that_are_skipped(void **state)
{
    (void)state;
    uint8_t all[256], bytes[64];
    memset(all, 1, sizeof all);
    for (unsigned c = 0; c < 256; c++) {
        memset(bytes, (int)c, sizeof bytes);
        bool skipped = span_without((struct slice){bytes, sizeof bytes}, all, 1) == sizeof bytes;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     (c != 0 && strchr("!#$%&'()*+,-./:;=?@[]_", (int)c) != NULL);
        assert_int_equal(skipped, plain);
    }
}

/* With AVX2 and without: random texts, mostly of plain bytes. */
static void both_ways_agree(void **state)
{
    (void)state;
    uint8_t bytes[ROOM];
    uint64_t seed = 7;
    if (!span_has_avx2()) {
        print_message("this CPU has no AVX2: one way only\n");
        skip();
    }
    for (unsigned round = 0; round < 200000; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            bytes[i] = seed >> 57 != 0 ? (uint8_t)('A' + (seed >> 33) % 26) : (uint8_t)(seed >> 40);
        }
        size_t start = round % 64;
        struct slice text = {bytes + start, (size_t)(seed >> 20) % (sizeof bytes - start)};
        uint8_t classes = (uint8_t)(round % 16);
        size_t expected = plainly(text, classes);
        assert_int_equal(span_without_by(true, text, TABLE, classes), expected);
        assert_int_equal(span_without_by(false, text, TABLE, classes), expected);
    }
}

static void nothing(void **state)
{
    (void)state;
    assert_int_equal(span_without((struct slice){0}, TABLE, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_at_every_place),
        cmocka_unit_test(bytes_that_are_skipped),
        cmocka_unit_test(both_ways_agree),
        cmocka_unit_test(nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
