/* Signatures: what each kind of key signs holds; no changed bit of key, message or signature does. */
#include "tests/harness.h"

#include <stdlib.h>

#include "tests/keybench.h"
#include "verifier/keys/account.h"
#include "verifier/keys/signature.h"

static const uint8_t MESSAGE[] = "exactly this";
#define WHOLE ((struct slice){MESSAGE, sizeof MESSAGE - 1})

static void holds(void **state)
{
    (void)state;
    for (int k = 0; k < KEY_KINDS_N; k++) {
        enum key_kind kind = (enum key_kind)k;
        uint8_t sig[1024];
        struct key key = keybench_key(kind, 0);
        struct slice empty = {NULL, 0};
        size_t len = keybench_sign(kind, 0, WHOLE, sig);
        assert_int_equal(len, signature_len(&key));
        assert_int_equal(signature_check(&key, WHOLE, (struct slice){sig, len}), SIGNATURE_HOLDS);
        assert_int_equal(signature_check(&key, empty, (struct slice){sig, len}), SIGNATURE_WRONG);
        keybench_sign(kind, 0, empty, sig);
        assert_int_equal(signature_check(&key, empty, (struct slice){sig, len}), SIGNATURE_HOLDS);
    }
}

static void every_bit_counts(void **state)
{
    (void)state;
    for (int k = 0; k < KEY_KINDS_N; k++) {
        enum key_kind kind = (enum key_kind)k;
        uint8_t sig[1024], message[sizeof MESSAGE];
        struct key key = keybench_key(kind, 0);
        size_t len = keybench_sign(kind, 0, WHOLE, sig);
        memcpy(message, MESSAGE, sizeof message);
        for (size_t i = 0; i < 8 * len; i += k == KEY_RSA ? 37 : 5) {
            sig[i / 8] ^= (uint8_t)(1u << i % 8);
            assert_int_not_equal(signature_check(&key, WHOLE, (struct slice){sig, len}), SIGNATURE_HOLDS);
            sig[i / 8] ^= (uint8_t)(1u << i % 8);
        }
        for (size_t i = 0; i < 8 * WHOLE.len; i++) {
            message[i / 8] ^= (uint8_t)(1u << i % 8);
            assert_int_equal(signature_check(&key, (struct slice){message, WHOLE.len}, (struct slice){sig, len}),
                             SIGNATURE_WRONG);
            message[i / 8] ^= (uint8_t)(1u << i % 8);
        }
        if (kind != KEY_RSA) {
            struct key other = keybench_key(kind, 1);
            assert_int_equal(signature_check(&other, WHOLE, (struct slice){sig, len}), SIGNATURE_WRONG);
        }
    }
}

static void lengths(void **state)
{
    (void)state;
    for (int k = 0; k < KEY_KINDS_N; k++) {
        uint8_t sig[1024 + 1] = {0};
        struct key key = keybench_key((enum key_kind)k, 0);
        size_t len = keybench_sign((enum key_kind)k, 0, WHOLE, sig);
        for (size_t n = 0; n < sizeof sig; n += n < 100 ? 1 : 50)
            if (n != len)
                assert_int_equal(signature_check(&key, WHOLE, (struct slice){sig, n}), SIGNATURE_MALFORMED);
        assert_int_equal(signature_check(&key, WHOLE, (struct slice){sig, len + 1}), SIGNATURE_MALFORMED);
    }
}

/* r or s of zero, or of the order and beyond. */
static void out_of_range(void **state)
{
    static const enum key_kind KINDS[] = {KEY_P256, KEY_P384, KEY_SECP256K1};
    static const uint8_t FILL[] = {0x00, 0xff};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (size_t half = 0; half < 2; half++)
            for (size_t f = 0; f < 2; f++) {
                uint8_t sig[1024];
                struct key key = keybench_key(KINDS[i], 0);
                size_t len = keybench_sign(KINDS[i], 0, WHOLE, sig);
                memset(sig + half * len / 2, FILL[f], len / 2);
                assert_int_equal(signature_check(&key, WHOLE, (struct slice){sig, len}), SIGNATURE_WRONG);
            }
}

/* n − s is as good as s on every curve, so of a signature and its twin one is high: see signature.h. */
static void high_s(void **state)
{
    static const struct {
        enum key_kind kind;
        const char *order;
    } CURVES[] = {
        {KEY_SECP256K1, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"},
        {KEY_P256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"},
        {KEY_P384, "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"},
    };
    (void)state;
    for (size_t k = 0; k < sizeof CURVES / sizeof CURVES[0]; k++) {
        uint8_t sig[1024];
        struct key key = keybench_key(CURVES[k].kind, 0);
        size_t len, half;
        uint8_t *order = harness_hex(CURVES[k].order, &half);
        unsigned borrow = 0;
        len = keybench_sign(CURVES[k].kind, 0, WHOLE, sig);
        assert_int_equal(len, 2 * half);
        assert_int_equal(signature_check(&key, WHOLE, (struct slice){sig, len}), SIGNATURE_HOLDS);
        for (size_t i = half; i > 0; i--) {
            unsigned v = 256u + order[i - 1] - sig[half + i - 1] - borrow;
            sig[half + i - 1] = (uint8_t)v;
            borrow = v < 256;
        }
        if (CURVES[k].kind == KEY_SECP256K1)
            assert_true(sig[half] >= 0x80); /* this library signs with a low s */
        assert_int_equal(signature_check(&key, WHOLE, (struct slice){sig, len}), SIGNATURE_HOLDS);
        sig[len - 1] ^= 1;
        assert_int_equal(signature_check(&key, WHOLE, (struct slice){sig, len}), SIGNATURE_WRONG);
        free(order);
    }
}

static void by_account(void **state)
{
    static const enum key_kind KINDS[] = {KEY_ETH_ACCOUNT, KEY_BTC_ACCOUNT};
    (void)state;
    for (unsigned nth = 0; nth < 4; nth++)
        for (size_t i = 0; i < 2; i++) {
            uint8_t sig[1024];
            struct key key = keybench_key(KEY_SECP256K1, nth), other = keybench_key(KEY_SECP256K1, nth ^ 1);
            struct key account = account_of(&key, KINDS[i]), foreign = account_of(&other, KINDS[i]);
            keybench_sign(KEY_SECP256K1, nth, WHOLE, sig);
            assert_int_equal(signature_check(&account, WHOLE, (struct slice){sig, 64}), SIGNATURE_HOLDS);
            assert_int_equal(signature_check(&foreign, WHOLE, (struct slice){sig, 64}), SIGNATURE_WRONG);
            sig[40] ^= 1;
            assert_int_equal(signature_check(&account, WHOLE, (struct slice){sig, 64}), SIGNATURE_WRONG);
            memset(sig, 0, sizeof sig);
            assert_int_equal(signature_check(&account, WHOLE, (struct slice){sig, 64}), SIGNATURE_WRONG);
        }
}

/* RFC 8032, section 7.1, test 3: not made by us. */
static void published(void **state)
{
    size_t n_key, n_message, n_sig;
    uint8_t *bytes = harness_hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", &n_key);
    uint8_t *message = harness_hex("af82", &n_message);
    uint8_t *sig = harness_hex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                               "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a", &n_sig);
    struct key key;
    struct err e;
    (void)state;
    assert_ok(key_read(&key, KEY_ED25519, (struct slice){bytes, n_key}, &e), e);
    assert_int_equal(signature_check(&key, (struct slice){message, n_message}, (struct slice){sig, n_sig}),
                     SIGNATURE_HOLDS);
    free(bytes);
    free(message);
    free(sig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds),        cmocka_unit_test(every_bit_counts), cmocka_unit_test(lengths),
        cmocka_unit_test(out_of_range), cmocka_unit_test(high_s),           cmocka_unit_test(by_account),
        cmocka_unit_test(published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
