/* Status lists: known bits, either spelling, bombs and damage. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "common/limits.h"
#include "verifier/rdf/slice.h"
#include "verifier/status/bitlist.h"

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* base64url of gzip, after a prefix. Owner: the caller frees. */
static char *encode(const char *prefix, const uint8_t *bits, size_t len)
{
    uLong room = compressBound(len) + 64;
    uint8_t *packed = malloc(room);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bits, .avail_in = (uInt)len,
                  .next_out = packed, .avail_out = (uInt)room};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t n = z.total_out;
    deflateEnd(&z);
    char *text = malloc(strlen(prefix) + n * 4 / 3 + 8), *out = text + strlen(prefix);
    memcpy(text, prefix, strlen(prefix));
    for (size_t i = 0; i < n * 8; i += 6) {
        unsigned value = 0;
        for (size_t bit = i; bit < i + 6; bit++)
            value = value << 1 | (bit < n * 8 ? packed[bit / 8] >> (7 - bit % 8) & 1 : 0);
        *out++ = ALPHABET[value];
    }
    *out = '\0';
    free(packed);
    return text;
}

/* The list that Blockcerts publishes in its examples: one entry is set. */
static void a_published_list(void **state)
{
    (void)state;
    static const char LIST[] =
        "H4sIAAAAAAAAA-3OMQEAAAgDoEWwf1pbTA9IQAIAAJTMdQAAAAAAAAAAAAAAAAD4awEYNa3BAEAAAA";
    struct bitlist list;
    struct err e;
    uint32_t value;
    assert_ok(bitlist_open(&list, SLICE(LIST), &e), e);
    for (uint64_t i = 0; i < BITLIST_MIN_BITS; i++) {
        assert_true(bitlist_get(&list, i, 1, &value));
        assert_int_equal(value, i == 23547);
    }
    assert_false(bitlist_get(&list, BITLIST_MIN_BITS, 1, &value));
    assert_false(bitlist_get(&list, UINT64_MAX, 1, &value));
    bitlist_close(&list);
}

static void entries_of_several_bits(void **state)
{
    (void)state;
    static uint8_t bits[BITLIST_MIN_BITS / 8] = {0x1b, 0x80, 0, 0, 0xde, 0xad, 0xbe, 0xef};
    static const struct {
        unsigned bits;
        uint64_t index;
        uint32_t value;
    } CASES[] = {{1, 0, 0}, {1, 3, 1}, {2, 0, 0}, {2, 1, 1}, {2, 2, 2}, {2, 3, 3}, {3, 2, 7},
                 {8, 0, 0x1b}, {8, 4, 0xde}, {32, 1, 0xdeadbeef}, {31, 0, 0x0dc00000}};
    for (int form = 0; form < 2; form++) {
        struct bitlist list;
        struct err e;
        uint32_t value;
        char *text = encode(form == 0 ? "u" : "", bits, sizeof bits);
        assert_ok(bitlist_open(&list, slice_of(text), &e), e);
        for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
            assert_true(bitlist_get(&list, CASES[i].index, CASES[i].bits, &value));
            assert_int_equal(value, CASES[i].value);
        }
        assert_false(bitlist_get(&list, 0, 0, &value));
        assert_false(bitlist_get(&list, 0, 33, &value));
        assert_false(bitlist_get(&list, BITLIST_MIN_BITS / 32, 32, &value));
        assert_false(bitlist_get(&list, BITLIST_MIN_BITS / 3, 3, &value));
        bitlist_close(&list);
        free(text);
    }
}

static void short_lists_and_bombs(void **state)
{
    (void)state;
    static uint8_t bits[LIMITS_STATUS_BITS_BYTES + 1];
    static const struct {
        size_t len;
        enum err_code rc;
    } CASES[] = {{0, ERR_INVALID}, {BITLIST_MIN_BITS / 8 - 1, ERR_INVALID}, {BITLIST_MIN_BITS / 8, ERR_OK},
                 {LIMITS_STATUS_BITS_BYTES, ERR_OK}, {LIMITS_STATUS_BITS_BYTES + 1, ERR_LIMIT}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct bitlist list = {0};
        char *text = encode("u", bits, CASES[i].len);
        assert_err(bitlist_open(&list, slice_of(text), NULL), CASES[i].rc);
        bitlist_close(&list);
        free(text);
    }
}

static void damage(void **state)
{
    (void)state;
    static uint8_t bits[BITLIST_MIN_BITS / 8];
    struct bitlist list;
    char *good = encode("u", bits, sizeof bits);
    size_t len = strlen(good);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_not_equal(bitlist_open(&list, (struct slice){(uint8_t *)good, cut}, NULL), ERR_OK);
    for (size_t i = 1; i < len - 1; i++) { /* the last character holds bits that say nothing */
        char was = good[i];
        good[i] = was == 'A' ? 'B' : 'A';
        if (bitlist_open(&list, slice_of(good), NULL) == ERR_OK) { /* gzip's head: time and system */
            assert_int_equal(list.bytes.len, sizeof bits);
            assert_memory_equal(list.bytes.data, bits, sizeof bits);
            bitlist_close(&list);
        }
        good[i] = was;
    }
    static const char *const BAD[] = {"", "u", "uu", "=", "uH4sI!", "not base64url", "zH4sI"};
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        assert_int_not_equal(bitlist_open(&list, slice_of(BAD[i]), NULL), ERR_OK);
    free(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_published_list),
        cmocka_unit_test(entries_of_several_bits),
        cmocka_unit_test(short_lists_and_bombs),
        cmocka_unit_test(damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
