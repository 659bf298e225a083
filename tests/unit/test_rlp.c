/* RLP: the vectors of Ethereum and ethers, what is not canonical, and hostile bytes. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/rlp.h"
#include "tests/vectors.h"

/* --- the vectors ------------------------------------------------------------------------------- */

/* "#123…": a number of any size. */
static void put_decimal(struct bytes_writer *w, const char *digits)
{
    uint8_t bytes[64] = {0};
    for (; *digits != '\0'; digits++) {
        unsigned carry = (unsigned)(*digits - '0');
        for (size_t i = sizeof bytes; i-- > 0; carry >>= 8) {
            carry += bytes[i] * 10u;
            bytes[i] = (uint8_t)carry;
        }
    }
    rlp_put_uint(w, bytes, sizeof bytes);
}

/* ethereum/tests: numbers, texts, lists. */
static void put_value(struct bytes_writer *w, const json_t *value)
{
    size_t i;
    json_t *item;
    const char *text = json_string_value(value);
    if (json_is_integer(value)) {
        rlp_put_u64(w, (uint64_t)json_integer_value(value));
    } else if (text != NULL && text[0] == '#') {
        put_decimal(w, text + 1);
    } else if (text != NULL) {
        rlp_put_bytes(w, text, json_string_length(value));
    } else {
        size_t list = rlp_open(w);
        json_array_foreach(value, i, item)
            put_value(w, item);
        rlp_close(w, list);
    }
}

/* ethers: bytes in hex, lists. */
static void put_hex_value(struct bytes_writer *w, const json_t *value)
{
    size_t i, len;
    json_t *item;
    if (json_is_string(value)) {
        uint8_t *bytes = vectors_bytes(json_string_value(value), &len);
        rlp_put_bytes(w, bytes, len);
        free(bytes);
        return;
    }
    size_t list = rlp_open(w);
    json_array_foreach(value, i, item)
        put_hex_value(w, item);
    rlp_close(w, list);
}

/* Sound to the last byte? */
static enum err_code read_all(const void *data, size_t len)
{
    struct rlp_reader r = rlp_reader(data, len);
    rlp_skip(&r);
    return rlp_finish(&r, "item", NULL);
}

static void check_encoding(const struct bytes_writer *w, const char *expected)
{
    size_t len;
    uint8_t *bytes = vectors_bytes(expected, &len);
    assert_false(w->failed);
    assert_int_equal(w->len, len);
    assert_memory_equal(w->data, bytes, len);
    assert_err(read_all(bytes, len), ERR_OK);
    free(bytes);
}

static void vectors_of_ethereum(void **state)
{
    (void)state;
    json_t *cases = vectors_load("vectors/ethereum-tests/RLPTests/rlptest.json"), *c;
    const char *name;
    size_t n = 0;
    uint8_t room[4096];
    json_object_foreach(cases, name, c)
    {
        struct bytes_writer w = bytes_writer(room, sizeof room);
        put_value(&w, json_object_get(c, "in"));
        check_encoding(&w, vectors_text(c, "out"));
        n++;
    }
    assert_int_equal(n, 28);
    json_decref(cases);
}

static void vectors_of_ethers(void **state)
{
    (void)state;
    json_t *cases = vectors_load("vectors/ethers-js/rlp.json.gz"), *c;
    size_t i;
    uint8_t *room = malloc(1u << 20);
    json_array_foreach(cases, i, c)
    {
        struct bytes_writer w = bytes_writer(room, 1u << 20);
        put_hex_value(&w, json_object_get(c, "decoded"));
        check_encoding(&w, vectors_text(c, "encoded"));
    }
    assert_true(i > 5);
    free(room);
    json_decref(cases);
}

/* --- our own ----------------------------------------------------------------------------------- */

static void check_written(const struct bytes_writer *w, const char *hex)
{
    char got[512];
    assert_false(w->failed);
    assert_true(2 * w->len < sizeof got);
    hex_encode(got, w->data, w->len);
    assert_string_equal(got, hex);
}

static void writes_the_canonical_form(void **state)
{
    (void)state;
    uint8_t room[200], text[56];
    memset(text, 'x', sizeof text);
    struct bytes_writer w = bytes_writer(room, sizeof room);
    rlp_put_u64(&w, 0);
    rlp_put_u64(&w, 127);
    rlp_put_u64(&w, 128);
    rlp_put_u64(&w, UINT64_MAX);
    rlp_put_wei(&w, (wei)1 << 64);
    rlp_put_uint(&w, (const uint8_t *)"\0\0\1", 3);
    rlp_put_bytes(&w, "\0", 1);
    rlp_put_bytes(&w, "\x80", 1);
    check_written(&w, "80" "7f" "8180" "88ffffffffffffffff" "89010000000000000000" "01" "00" "8180");

    w.len = 0;
    size_t outer = rlp_open(&w), inner = rlp_open(&w);
    rlp_close(&w, inner);
    rlp_put_bytes(&w, "dog", 3);
    rlp_close(&w, outer);
    check_written(&w, "c5c083646f67");

    w.len = 0;
    outer = rlp_open(&w);
    bytes_put(&w, text, 55);
    rlp_close_bytes(&w, outer);
    assert_int_equal(room[0], 0x80 + 55);
    bytes_put(&w, text, 56);
    rlp_close_bytes(&w, 56);
    assert_memory_equal(room + 56, "\xb8\x38", 2);
    assert_int_equal(w.len, 56 + 58);
}

static void a_full_writer_fails(void **state)
{
    (void)state;
    uint8_t room[10];
    for (size_t cap = 0; cap < sizeof room; cap++) {
        struct bytes_writer w = bytes_writer(room, cap);
        size_t list = rlp_open(&w);
        rlp_put_bytes(&w, "12345678", 8);
        rlp_close(&w, list);
        assert_true(w.failed);
    }
}

static void reads_what_it_writes(void **state)
{
    (void)state;
    uint8_t room[100], fixed[3], big[32];
    struct bytes_writer w = bytes_writer(room, sizeof room);
    size_t outer = rlp_open(&w);
    rlp_put_u64(&w, 1000);
    rlp_put_bytes(&w, "dog", 3);
    size_t inner = rlp_open(&w);
    rlp_put_wei(&w, (wei)1 << 100);
    rlp_close(&w, inner);
    rlp_put_bytes(&w, NULL, 0);
    rlp_close(&w, outer);

    struct rlp_reader r = rlp_reader(room, w.len);
    struct err e;
    assert_true(rlp_is_list(&r));
    rlp_enter(&r);
    assert_false(rlp_is_list(&r));
    assert_int_equal(rlp_get_u64(&r), 1000);
    rlp_get_fixed(&r, fixed, sizeof fixed);
    assert_memory_equal(fixed, "dog", 3);
    struct rlp_reader again = r;
    rlp_enter(&r);
    assert_true(rlp_more(&r));
    assert_true(rlp_get_wei(&r) == (wei)1 << 100);
    assert_false(rlp_more(&r));
    rlp_leave(&r);
    assert_int_equal(rlp_get_bytes(&r).len, 0);
    rlp_leave(&r);
    assert_ok(rlp_finish(&r, "list", &e), e);

    rlp_enter(&again);
    rlp_get_u256(&again, big);
    assert_true(wei_from_bytes(big) == (wei)1 << 100);
}

static const struct {
    const char *hex;
    enum err_code code;
} BAD[] = {
    {"", ERR_PARSE},                     /* nothing */
    {"8100", ERR_PARSE},                 /* a small byte in the long form */
    {"817f", ERR_PARSE},
    {"81", ERR_PARSE},                   /* too short */
    {"83646f", ERR_PARSE},
    {"b800", ERR_PARSE},                 /* length with leading zeros */
    {"b837" "00", ERR_PARSE},            /* 55 bytes in the form for 56 */
    {"b90038" "00", ERR_PARSE},
    {"b8", ERR_PARSE},                   /* length missing */
    {"bf" "ffffffffffffffff", ERR_PARSE}, /* 2^64 - 1 bytes */
    {"bf" "00ffffffffffffff", ERR_PARSE},
    {"ff" "ffffffffffffffff", ERR_PARSE},
    {"f8" "00", ERR_PARSE},
    {"f837" "00", ERR_PARSE},
    {"c1", ERR_PARSE},
    {"c281", ERR_PARSE},
    {"c18301", ERR_PARSE},               /* an item that leaves its list */
    {"8080", ERR_PARSE},                 /* bytes left over */
    {"c080", ERR_PARSE},
    {"c8c7c6c5c4c3c2c1c0", ERR_LIMIT},   /* nine lists */
};

static void everything_else_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        size_t len;
        uint8_t *bytes = harness_hex(BAD[i].hex, &len);
        assert_err(read_all(bytes, len), BAD[i].code);
        free(bytes);
    }
}

static void numbers_are_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum err_code as_u64, as_256;
    } CASES[] = {
        {"00", ERR_PARSE, ERR_PARSE},       /* zero is the empty string */
        {"820001", ERR_PARSE, ERR_PARSE},   /* leading zero */
        {"88ffffffffffffffff", ERR_OK, ERR_OK},
        {"89010000000000000000", ERR_LIMIT, ERR_OK},
        {"c0", ERR_PARSE, ERR_PARSE},
        {"a0" "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", ERR_LIMIT, ERR_OK},
        {"a1" "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", ERR_LIMIT, ERR_LIMIT},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        size_t len;
        uint8_t *bytes = harness_hex(CASES[i].hex, &len), big[32];
        struct rlp_reader r = rlp_reader(bytes, len), s = r, t = r;
        rlp_get_u64(&r);
        rlp_get_u256(&s, big);
        rlp_get_wei(&t);
        assert_err(rlp_finish(&r, "n", NULL), CASES[i].as_u64);
        assert_err(rlp_finish(&s, "n", NULL), CASES[i].as_256);
        assert_err(rlp_finish(&t, "n", NULL), CASES[i].as_256);
        free(bytes);
    }
}

static void wrong_turns_are_errors(void **state)
{
    (void)state;
    uint8_t fixed[4] = {1, 1, 1, 1};
    static const uint8_t LIST[] = {0xc2, 0x01, 0x02}, TEXT[] = {0x83, 'd', 'o', 'g'};
    struct rlp_reader r = rlp_reader(LIST, sizeof LIST);
    rlp_enter(&r);
    rlp_get_u64(&r);
    rlp_leave(&r); /* one item left */
    assert_err(rlp_finish(&r, "x", NULL), ERR_PARSE);
    r = rlp_reader(LIST, sizeof LIST);
    rlp_get_bytes(&r);
    assert_err(rlp_finish(&r, "x", NULL), ERR_PARSE);
    r = rlp_reader(LIST, sizeof LIST);
    rlp_enter(&r);
    assert_err(rlp_finish(&r, "x", NULL), ERR_PARSE);
    r = rlp_reader(TEXT, sizeof TEXT);
    rlp_enter(&r);
    assert_err(rlp_finish(&r, "x", NULL), ERR_PARSE);
    r = rlp_reader(TEXT, sizeof TEXT);
    rlp_get_fixed(&r, fixed, sizeof fixed);
    assert_err(rlp_finish(&r, "x", NULL), ERR_PARSE);
    assert_int_equal(fixed[0] | fixed[3], 0);
}

/* The first error is the one that is told. */
static void the_first_error_stays(void **state)
{
    (void)state;
    struct rlp_reader r = rlp_reader("\x80", 1);
    struct err e;
    rlp_fail(&r, ERR_LIMIT, "first");
    rlp_fail(&r, ERR_PARSE, "second");
    rlp_enter(&r);
    assert_err(rlp_finish(&r, "thing", &e), ERR_LIMIT);
    assert_string_equal(e.msg, "thing: first at byte 0");
}

/* Whatever is accepted is canonical: written again it is the same. */
static void write_again(struct bytes_writer *w, struct rlp_reader *r)
{
    while (rlp_more(r)) {
        if (rlp_is_list(r)) {
            size_t list = rlp_open(w);
            rlp_enter(r);
            write_again(w, r);
            rlp_leave(r);
            rlp_close(w, list);
        } else {
            struct slice s = rlp_get_bytes(r);
            if (r->failed == ERR_OK)
                rlp_put_bytes(w, s.data, s.len);
        }
    }
}

static void random_bytes_are_canonical_or_refused(void **state)
{
    (void)state;
    uint64_t seed = 3;
    size_t n_accepted = 0;
    for (int i = 0; i < 200000; i++) {
        uint8_t bytes[12], room[64];
        size_t len = 1 + harness_random(&seed) % sizeof bytes;
        for (size_t j = 0; j < len; j++) {
            uint64_t v = harness_random(&seed);
            bytes[j] = (uint8_t)(v % 3 == 0 ? 0xc0 + v / 3 % 12 : v % 3 == 1 ? 0x80 + v / 3 % 4 : v / 3);
        }
        if (read_all(bytes, len) != ERR_OK)
            continue;
        n_accepted++;
        struct rlp_reader r = rlp_reader(bytes, len);
        struct bytes_writer w = bytes_writer(room, sizeof room);
        write_again(&w, &r);
        assert_int_equal(w.len, len);
        assert_memory_equal(room, bytes, len);
    }
    assert_true(n_accepted > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_ethereum),
        cmocka_unit_test(vectors_of_ethers),
        cmocka_unit_test(writes_the_canonical_form),
        cmocka_unit_test(a_full_writer_fails),
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(numbers_are_bounded),
        cmocka_unit_test(wrong_turns_are_errors),
        cmocka_unit_test(the_first_error_stays),
        cmocka_unit_test(random_bytes_are_canonical_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
