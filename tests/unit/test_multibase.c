/* base58btc and base64url: known answers, round trips, and a schoolbook implementation beside ours. */
#include "tests/harness.h"

#include <gmp.h>
#include <stdlib.h>

#include "common/base58_x4.h"
#include "common/multibase.h"

static const struct {
    const char *hex, *text;
} KNOWN[] = {
    {"", "z"},
    {"00", "z1"},
    {"0000", "z11"},
    {"48656c6c6f20576f726c6421", "z2NEpo7TZRRrLZSi2U"},
    {"0000287fb4cd", "z11233QC4"},
    {"ff", "z5Q"},
    {"ffffffffffffffff", "zjpXCZedGfVQ"},
    {"", "u"},
    {"00", "uAA"},
    {"fbff", "u-_8"},
    {"666f6f626172", "uZm9vYmFy"},
};

static void known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        size_t len, got;
        uint8_t *bytes = harness_hex(KNOWN[i].hex, &len), back[64];
        struct err e;
        assert_ok(multibase_decode(back, &got, KNOWN[i].text, strlen(KNOWN[i].text), &e), e);
        assert_int_equal(got, len);
        assert_memory_equal(back, bytes, len);
        char text[64];
        if (KNOWN[i].text[0] == 'z') {
            assert_int_equal(multibase_base58(text, bytes, len), strlen(KNOWN[i].text));
            assert_string_equal(text, KNOWN[i].text);
        }
        free(bytes);
    }
}

/* Digit by digit, as on paper. */
static void schoolbook(char *text, const uint8_t *bytes, size_t len)
{
    static const char DIGITS[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    uint8_t digits[2000];
    size_t n = 0, zeros = 0;
    while (zeros < len && bytes[zeros] == 0)
        zeros++;
    for (size_t i = zeros; i < len; i++) {
        unsigned carry = bytes[i];
        for (size_t j = 0; j < n || carry > 0; j++) {
            if (j == n)
                digits[n++] = 0;
            carry += (unsigned)digits[j] << 8;
            digits[j] = (uint8_t)(carry % 58);
            carry /= 58;
        }
    }
    *text++ = 'z';
    for (size_t i = 0; i < zeros; i++)
        *text++ = '1';
    while (n > 0)
        *text++ = DIGITS[digits[--n]];
    *text = '\0';
}

static void agrees_with_schoolbook(void **state)
{
    (void)state;
    uint64_t seed = 58;
    for (size_t len = 0; len < 400; len++) {
        uint8_t bytes[400], back[600];
        char ours[600], theirs[600];
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)harness_random(&seed);
        if (len % 3 == 0)
            memset(bytes, len % 2 != 0 ? 0xff : 0, len / 2); /* runs of zeros and ones */
        size_t n = multibase_base58(ours, bytes, len), got;
        schoolbook(theirs, bytes, len);
        assert_string_equal(ours, theirs);
        assert_true(n < MULTIBASE_BASE58_ROOM(len));
        struct err e;
        assert_ok(multibase_decode(back, &got, ours, n, &e), e);
        assert_int_equal(got, len);
        assert_memory_equal(back, bytes, len);
    }
}

/* As libgmp says it, from a number to text in one call. */
static void by_libgmp(char *text, const uint8_t *bytes, size_t len)
{
    static const char THEIRS[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv";
    static const char OURS[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    mpz_t number;
    *text++ = 'z';
    for (; len > 0 && *bytes == 0; bytes++, len--)
        *text++ = '1';
    *text = '\0';
    if (len == 0)
        return;
    mpz_init(number);
    mpz_import(number, len, 1, 1, 1, 0, bytes);
    mpz_get_str(text, 58, number);
    for (; *text != '\0'; text++)
        *text = OURS[strchr(THEIRS, *text) - THEIRS];
    mpz_clear(number);
}

/* Values that lead to the longest carries and the largest sums, and random ones. */
static void fill(uint8_t *bytes, size_t len, unsigned kind, uint64_t *seed)
{
    switch (kind) {
    case 0: memset(bytes, 0xff, len); break;
    case 1: /* a power of two */
        memset(bytes, 0, len);
        bytes[0] = 1;
        break;
    case 2: /* hex in CBOR, as in a proof */
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t) "0123456789abcdefx@"[harness_random(seed) % 18];
        break;
    default:
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)harness_random(seed);
        if (kind == 3)
            memset(bytes, 0, len / 3);
        else if (kind == 4)
            memset(bytes + len / 3, 0, len / 3);
    }
}

static void agrees_with_libgmp(void **state)
{
    (void)state;
    static uint8_t bytes[BASE58_X4_MAX + 200];
    static char ours[MULTIBASE_BASE58_ROOM(sizeof bytes)], theirs[sizeof ours];
    uint64_t seed = 585858;
    for (size_t len = 0; len <= sizeof bytes; len += len < 2000 || len / 29 == BASE58_X4_MAX / 29 ? 1 : 29)
        for (unsigned kind = 0; kind < 6; kind++) {
            fill(bytes, len, len > 0 ? kind : 5, &seed);
            size_t n = multibase_base58(ours, bytes, len);
            by_libgmp(theirs, bytes, len);
            assert_string_equal(ours, theirs);
            assert_int_equal(n, strlen(theirs));
        }
}

/* The least and the greatest number of each count of digits: 58^n and 58^n - 1. */
static void turns_of_a_digit(void **state)
{
    (void)state;
    static uint8_t bytes[BASE58_X4_MAX];
    static char text[MULTIBASE_BASE58_ROOM(sizeof bytes)];
    mpz_t number;
    size_t len;
    mpz_init(number);
    for (size_t digits = 1; digits < 3900; digits += 1 + digits / 50) {
        mpz_ui_pow_ui(number, 58, digits);
        mpz_export(bytes, &len, 1, 1, 1, 0, number);
        assert_int_equal(multibase_base58(text, bytes, len), digits + 2);
        assert_int_equal(text[1], '2');
        assert_int_equal(strspn(text + 2, "1"), digits);
        mpz_sub_ui(number, number, 1);
        mpz_export(bytes, &len, 1, 1, 1, 0, number);
        assert_int_equal(multibase_base58(text, bytes, len), digits + 1);
        assert_int_equal(strspn(text + 1, "z"), digits);
    }
    mpz_clear(number);
}

/* The tests above say nothing about the fast way where the CPU cannot go it: that is said aloud. */
static void fast_way_was_tested(void **state)
{
    (void)state;
    char text[8];
    if (!base58_x4_can()) {
        print_message("skipped: this CPU has no AVX2, only libgmp's way was tested\n");
        skip();
    }
    assert_int_equal(base58_x4(text, (const uint8_t *)"\xff", 1), 2);
    assert_memory_equal(text, "5Q", 2);
}

/* Lengths at which libgmp changes its method. */
static void long_values_go_both_ways(void **state)
{
    (void)state;
    uint64_t seed = 8192;
    static uint8_t bytes[9000], back[18000];
    static char text[MULTIBASE_BASE58_ROOM(9000)];
    for (size_t len = 90; len < 9000; len += 1 + len / 40) {
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)harness_random(&seed);
        memset(bytes + len / 3, len % 2 != 0 ? 0 : 0xff, len / 3);
        size_t n = multibase_base58(text, bytes, len), got;
        struct err e;
        assert_ok(multibase_decode(back, &got, text, n, &e), e);
        assert_int_equal(got, len);
        assert_memory_equal(bytes, back, len);
    }
}

static void longest_value_goes_both_ways(void **state)
{
    (void)state;
    size_t len = MULTIBASE_MAX_BASE58, got;
    uint8_t *bytes = malloc(len), *back = malloc(2 * len);
    char *text = malloc(MULTIBASE_BASE58_ROOM(len));
    memset(bytes, 0xff, len);
    size_t n = multibase_base58(text, bytes, len);
    struct err e;
    assert_ok(multibase_decode(back, &got, text, n, &e), e);
    assert_int_equal(got, len);
    assert_memory_equal(bytes, back, len);
    free(bytes), free(back), free(text);
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err_code code;
    } BAD[] = {
        {"", ERR_UNSUPPORTED}, {"f00", ERR_UNSUPPORTED}, {"z0", ERR_PARSE},  {"zO", ERR_PARSE},
        {"zI", ERR_PARSE},     {"zl", ERR_PARSE},        {"z 1", ERR_PARSE}, {"uA", ERR_PARSE},
        {"uAB", ERR_PARSE},    {"uA=", ERR_PARSE},       {"uA+", ERR_PARSE}, {"uAAAA=", ERR_PARSE},
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        uint8_t bytes[64];
        size_t got;
        struct err e;
        assert_err(multibase_decode(bytes, &got, BAD[i].text, strlen(BAD[i].text), &e), BAD[i].code);
    }
    size_t len = 200000, got;
    char *text = malloc(len);
    uint8_t *bytes = malloc(len);
    struct err e;
    memset(text, 'z', len);
    assert_err(multibase_decode(bytes, &got, text, len, &e), ERR_LIMIT);
    free(text), free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(agrees_with_schoolbook),
        cmocka_unit_test(agrees_with_libgmp),
        cmocka_unit_test(turns_of_a_digit),
        cmocka_unit_test(fast_way_was_tested),
        cmocka_unit_test(long_values_go_both_ways),
        cmocka_unit_test(longest_value_goes_both_ways),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
