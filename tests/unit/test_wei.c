/* Amounts: texts of operators and quantities of nodes, both ways. */
#include "tests/harness.h"

#include <string.h>

#include "common/wei.h"

static void parses_what_operators_write(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        wei amount;
    } CASES[] = {
        {"0wei", 0},
        {"3wei", 3},
        {"20gwei", 20 * WEI_PER_GWEI},
        {"0.1gwei", WEI_PER_GWEI / 10},
        {"0.000000001gwei", 1},
        {"0.05ether", WEI_PER_ETHER / 20},
        {"1.5ether", WEI_PER_ETHER / 2 * 3},
        {"007wei", 7},
        {"340282366920938463463374607431768211455wei", WEI_MAX},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct err e = {0};
        wei got = 1;
        assert_ok(wei_parse(&got, CASES[i].text, &e), e);
        assert_true(got == CASES[i].amount);
    }
}

static void refuses_everything_else(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err_code code;
    } CASES[] = {
        {"", ERR_PARSE},           {"20", ERR_PARSE},        {"gwei", ERR_PARSE},
        {"-1wei", ERR_PARSE},      {"+1wei", ERR_PARSE},     {"1 gwei", ERR_PARSE},
        {"1Gwei", ERR_PARSE},      {"1gweis", ERR_PARSE},    {".5ether", ERR_PARSE},
        {"1.ether", ERR_PARSE},    {"1..5ether", ERR_PARSE}, {"1.5.5ether", ERR_PARSE},
        {"1e9wei", ERR_PARSE},     {"0x1wei", ERR_PARSE},    {"1.5wei", ERR_INVALID},
        {"0.0000000001gwei", ERR_INVALID},
        {"340282366920938463463374607431768211456wei", ERR_LIMIT},
        {"3402823669209384634633746074317682114550wei", ERR_LIMIT},
        {"340282366920938463464ether", ERR_LIMIT},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct err e;
        wei got = 77;
        assert_err(wei_parse(&got, CASES[i].text, &e), CASES[i].code);
        assert_true(got == 77);
    }
}

static void formats_the_shortest_exact_text(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "0wei", "1wei", "999999wei", "0.001gwei", "20gwei", "0.1gwei", "1.000000001gwei", "0.05ether",
        "0.001ether", "10000ether", "340282366920938463463.374607431768211455ether",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        struct err e;
        wei v;
        char text[WEI_TEXT_LEN];
        assert_ok(wei_parse(&v, TEXTS[i], &e), e);
        wei_format(text, v);
        assert_string_equal(text, TEXTS[i]);
    }
}

static void every_amount_survives_both_texts(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 2000; i++) {
        wei v = ((wei)harness_random(&seed) << 64 | harness_random(&seed)) >> (i % 128), got;
        char text[WEI_TEXT_LEN], quantity[WEI_QUANTITY_LEN];
        struct err e;
        wei_format(text, v);
        assert_ok(wei_parse(&got, text, &e), e);
        assert_true(got == v);
        wei_to_quantity(quantity, v);
        assert_true(wei_quantity(&got, quantity, strlen(quantity)));
        assert_true(got == v);
    }
}

static bool quantity(wei *ret, const char *text)
{
    return wei_quantity(ret, text, strlen(text));
}

static void quantities_are_strict(void **state)
{
    (void)state;
    wei v;
    uint64_t u;
    assert_true(quantity(&v, "0x0") && v == 0);
    assert_true(quantity(&v, "0x1a") && v == 26);
    assert_true(quantity(&v, "0x1A") && v == 26);
    static const char *const BAD[] = {"",    "0",    "0x",   "0x00", "0x01", "1a",
                                      "0X1", "0x1g", "0x-1", " 0x1", "0x1 ", "0x10000000000000000000000000000000000000000000000000000000000000000"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_false(quantity(&v, BAD[i]));
    assert_true(wei_quantity_u64(&u, "0xffffffffffffffff", 18) && u == UINT64_MAX);
    assert_false(wei_quantity_u64(&u, "0x10000000000000000", 19));
    assert_true(quantity(&v, "0x100000000000000000000000000000000") && v == WEI_MAX); /* 2^128 */
}

static void sums_and_products_saturate(void **state)
{
    (void)state;
    assert_true(wei_add(2, 3) == 5 && wei_mul(2, 3) == 6);
    assert_true(wei_add(WEI_MAX, 1) == WEI_MAX && wei_add(WEI_MAX, 0) == WEI_MAX);
    assert_true(wei_mul(WEI_MAX, 2) == WEI_MAX && wei_mul(WEI_MAX, 0) == 0 && wei_mul(0, WEI_MAX) == 0);
    assert_true(wei_mul((wei)1 << 64, (wei)1 << 63) == (wei)1 << 127);
    assert_true(wei_mul((wei)1 << 64, (wei)1 << 64) == WEI_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_what_operators_write),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(formats_the_shortest_exact_text),
        cmocka_unit_test(every_amount_survives_both_texts),
        cmocka_unit_test(quantities_are_strict),
        cmocka_unit_test(sums_and_products_saturate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
