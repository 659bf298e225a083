/* CBOR heads: the examples of RFC 8949 appendix A, and what is refused. */
#include "tests/harness.h"

#include <stdlib.h>

#include "common/cbor.h"

static void integers(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        const char *hex;
    } KNOWN[] = {
        {0, "00"}, {23, "17"}, {24, "1818"}, {100, "1864"}, {1000, "1903e8"}, {1000000, "1a000f4240"},
        {1000000000000, "1b000000e8d4a51000"}, {UINT64_MAX, "1bffffffffffffffff"},
    };
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        size_t len;
        uint8_t *bytes = harness_hex(KNOWN[i].hex, &len), out[16];
        struct bytes_writer w = bytes_writer(out, sizeof out);
        cbor_put(&w, CBOR_UINT, KNOWN[i].value);
        assert_int_equal(w.len, len);
        assert_memory_equal(out, bytes, len);
        struct bytes_reader r = bytes_reader(bytes, len);
        assert_int_equal(cbor_get(&r, CBOR_UINT), KNOWN[i].value);
        assert_true(bytes_done(&r));
        free(bytes);
    }
}

static void negative_integers(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        int64_t value;
    } KNOWN[] = {{"\x20", 1, -1}, {"\x39\x03\xe7", 3, -1000}, {"\x3b\x7f\xff\xff\xff\xff\xff\xff\xff", 9, INT64_MIN}};
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        struct bytes_reader r = bytes_reader(KNOWN[i].bytes, KNOWN[i].len);
        assert_true(cbor_get_int(&r) == KNOWN[i].value);
        assert_true(bytes_done(&r));
    }
    struct bytes_reader over = bytes_reader("\x3b\xff\xff\xff\xff\xff\xff\xff\xff", 9);
    assert_int_equal(cbor_get_int(&over), 0);
    assert_true(over.failed);
}

static void strings(void **state)
{
    (void)state;
    struct bytes_reader r = bytes_reader("\x43\1\2\3\x61" "a", 6);
    assert_int_equal(cbor_peek(&r), CBOR_BYTES);
    struct slice s = cbor_get_string(&r, CBOR_BYTES);
    assert_int_equal(s.len, 3);
    assert_memory_equal(s.data, "\1\2\3", 3);
    s = cbor_get_string(&r, CBOR_TEXT);
    assert_int_equal(s.len, 1);
    assert_true(bytes_done(&r));
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } BAD[] = {
        {"", 0},                                          /* nothing */
        {"\x18", 1},                                      /* cut */
        {"\x18\x17", 2},                                  /* not the shortest form */
        {"\x19\x00\xff", 3}, {"\x1a\x00\x00\xff\xff", 5}, /* as well */
        {"\x1b\x00\x00\x00\x00\xff\xff\xff\xff", 9},
        {"\x1c", 1}, {"\x1f", 1}, /* reserved, indefinite */
        {"\x20", 1}, {"\x60", 1}, /* another type */
        {"\xf4", 1}, {"\xc0", 1}, /* simple value, tag */
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        struct bytes_reader r = bytes_reader(BAD[i].bytes, BAD[i].len);
        assert_int_equal(cbor_get(&r, CBOR_UINT), 0);
        if (!r.failed)
            fail_msg("case %zu was read", i);
    }
    struct bytes_reader longer = bytes_reader("\x5b\xff\xff\xff\xff\xff\xff\xff\xff", 9);
    assert_int_equal(cbor_get_string(&longer, CBOR_BYTES).len, 0);
    assert_true(longer.failed);
    struct bytes_reader tag = bytes_reader("\xc0", 1);
    assert_int_equal(cbor_get(&tag, CBOR_OTHER), 0);
    assert_true(tag.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),
        cmocka_unit_test(negative_integers),
        cmocka_unit_test(strings),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
