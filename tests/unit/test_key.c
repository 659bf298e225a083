/* Public keys in every form: the same key out of each, and nothing out of what is no key. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/keybench.h"
#include "verifier/keys/account.h"
#include "verifier/keys/keyder.h"
#include "verifier/keys/keytext.h"

static struct keybench bench;

static int setup(void **state)
{
    (void)state;
    keybench_open(&bench, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    keybench_close(&bench);
    return 0;
}

static enum err_code read_hex(struct key *ret, enum key_kind kind, const char *hex)
{
    size_t len;
    uint8_t *bytes = harness_hex(hex, &len);
    enum err_code rc = key_read(ret, kind, (struct slice){bytes, len}, NULL);
    free(bytes);
    return rc;
}

static enum err_code read_jwk(struct key *ret, const char *json, struct err *e)
{
    const struct jdoc *jwk;
    assert_ok(jdoc_parse(&bench.arena, slice_of(json), jdoc_limits(), &jwk, e), *e);
    return keytext_jwk(ret, jwk, e);
}

/* ---- Ed25519 ---- */

/* All eight points whose order divides 8, and the ways to write them with a y over the prime. */
static void weak_points(void **state)
{
    static const char *const POINTS[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    struct key key;
    (void)state;
    for (size_t i = 0; i < sizeof POINTS / sizeof POINTS[0]; i++)
        assert_err(read_hex(&key, KEY_ED25519, POINTS[i]), ERR_INVALID);
    assert_err(read_hex(&key, KEY_ED25519, "01"), ERR_PARSE);
    /* One below the prime minus one is nothing special. */
    assert_err(read_hex(&key, KEY_ED25519, "ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
               ERR_OK);
}

/* ---- curves ---- */

static void points(void **state)
{
    static const enum key_kind KINDS[] = {KEY_P256, KEY_P384, KEY_SECP256K1};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct key key = keybench_key(KINDS[i], 0), again;
        struct err e;
        uint8_t bytes[98] = {4};
        memcpy(bytes + 1, key.bytes, key.len);
        assert_ok(key_read(&again, KINDS[i], (struct slice){bytes, key.len + 1}, &e), e);
        assert_true(key_equal(&key, &again));
        size_t len = key_compress(bytes, &key);
        assert_ok(key_read(&again, KINDS[i], (struct slice){bytes, len}, &e), e);
        assert_true(key_equal(&key, &again));
        /* Off the curve, hybrid, infinity, a byte more or less. */
        memcpy(bytes + 1, key.bytes, key.len);
        bytes[0] = 4;
        bytes[key.len] ^= 1;
        assert_err(key_read(&again, KINDS[i], (struct slice){bytes, key.len + 1}, NULL), ERR_INVALID);
        bytes[key.len] ^= 1;
        bytes[0] = (uint8_t)(6 + bytes[key.len] % 2);
        assert_err(key_read(&again, KINDS[i], (struct slice){bytes, key.len + 1}, NULL), ERR_PARSE);
        bytes[0] = 0;
        assert_err(key_read(&again, KINDS[i], (struct slice){bytes, 1}, NULL), ERR_PARSE);
        bytes[0] = 4;
        assert_err(key_read(&again, KINDS[i], (struct slice){bytes, key.len}, NULL), ERR_PARSE);
        assert_err(key_read(&again, KINDS[i], (struct slice){bytes, key.len + 2}, NULL), ERR_PARSE);
        assert_err(key_read(&again, KINDS[i], (struct slice){bytes, 0}, NULL), ERR_PARSE);
        /* x beyond the prime */
        memset(bytes + 1, 0xff, key.len / 2);
        bytes[0] = 2;
        assert_err(key_read(&again, KINDS[i], (struct slice){bytes, key.len / 2 + 1}, NULL), ERR_INVALID);
    }
}

/* ---- RSA ---- */

static void rsa_sizes(void **state)
{
    uint8_t n[KEY_RSA_BYTES + 2];
    struct key key;
    (void)state;
    memset(n, 0x81, sizeof n);
    assert_err(key_read_rsa(&key, (struct slice){n, 256}, 65537, NULL), ERR_OK);
    assert_err(key_read_rsa(&key, (struct slice){n, 255}, 65537, NULL), ERR_INVALID);
    assert_err(key_read_rsa(&key, (struct slice){n, 1024}, 3, NULL), ERR_OK);
    assert_err(key_read_rsa(&key, (struct slice){n, 1025}, 3, NULL), ERR_INVALID);
    assert_err(key_read_rsa(&key, (struct slice){n, 0}, 3, NULL), ERR_INVALID);
    assert_err(key_read_rsa(&key, (struct slice){n, 256}, 1, NULL), ERR_INVALID);
    assert_err(key_read_rsa(&key, (struct slice){n, 256}, 65536, NULL), ERR_INVALID);
    assert_err(key_read_rsa(&key, (struct slice){n, 256}, UINT64_C(1) << 33 | 1, NULL), ERR_INVALID);
    n[0] = 0; /* a leading zero does not count, nor does what it hides */
    assert_err(key_read_rsa(&key, (struct slice){n, 257}, 65537, NULL), ERR_OK);
    assert_int_equal(key.len, 256);
    n[0] = 0x7f; /* one bit too short */
    assert_err(key_read_rsa(&key, (struct slice){n, 256}, 65537, NULL), ERR_INVALID);
    n[0] = 0x81;
    n[255] = 0x80;
    assert_err(key_read_rsa(&key, (struct slice){n, 256}, 65537, NULL), ERR_INVALID);
}

static const char PKCS1_PEM[] =
    "-----BEGIN RSA PUBLIC KEY-----\n"
    "MIIBCgKCAQEAtsFTO+iBc2DpOyL3+aWNoPvmRs4h/UseSIe0KttWbp8Unboun0/w\n"
    "/0DshnV7BfYFgRBf3OUJQ9gKFKjFfpkCsvEIThQ4VkBGg58JUfPSrdfxkbz6pQ9z\n"
    "/l4pmX7TLZ1NzWrdlL/GmdD7o5MUyqT1FRf1dVCe2o8zTEMolwuuwJbYfzXxdRFn\n"
    "tTLKFIM3AXlEV5rPFjFJqI6HFjxnc51ubhuWtbjX1yAqDC2u185FCxpBQZyUEg+z\n"
    "YAgRpcbWqqh95DouyNQeryf8OAht154jj5RggwVEx5bVNEmgLMGUoz5SzQyv39rG\n"
    "5ebmKf4B24awAziUNyRscKAXPKr9hkzt8QIDAQAB\n"
    "-----END RSA PUBLIC KEY-----\n";
static const char SPKI_PEM[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtsFTO+iBc2DpOyL3+aWN\n"
    "oPvmRs4h/UseSIe0KttWbp8Unboun0/w/0DshnV7BfYFgRBf3OUJQ9gKFKjFfpkC\n"
    "svEIThQ4VkBGg58JUfPSrdfxkbz6pQ9z/l4pmX7TLZ1NzWrdlL/GmdD7o5MUyqT1\n"
    "FRf1dVCe2o8zTEMolwuuwJbYfzXxdRFntTLKFIM3AXlEV5rPFjFJqI6HFjxnc51u\n"
    "bhuWtbjX1yAqDC2u185FCxpBQZyUEg+zYAgRpcbWqqh95DouyNQeryf8OAht154j\n"
    "j5RggwVEx5bVNEmgLMGUoz5SzQyv39rG5ebmKf4B24awAziUNyRscKAXPKr9hkzt\n"
    "8QIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
static const char P256_PEM[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAECAwDRuFEDBs7DCaJ+WoCBMvIKify\n"
    "LZpttmVEQpiNQ+VgQ6O29TRZYGmR3WvZv2RljaXy6majWrGrYZBRPc/HPQ==\n"
    "-----END PUBLIC KEY-----\n";
static const char ED25519_PEM[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAcZmGcV+yo7V/cIU28vgadUl44t6Cg/ZbRQkUdR3z5uA=\n"
    "-----END PUBLIC KEY-----\n";
static const char RSA_1024_PEM[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC8hgj9CeFMDuo4tztr2AFwWn/o\n"
    "ITup+OyeCQ5XtBPWeJbRlebvcbRwqMDsobRnIn4pe99QQ9SDC2oNe2gAA91L6ewR\n"
    "fQ2ZrBqL3REXBV0TITBQtiwnRwHYkqns7hwMvwcwfdSAzJux4WY9vYY2XCGR9/gq\n"
    "o6iE1leSNMpD5Z5EvwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

static void pem(void **state)
{
    struct key rsa = keybench_key(KEY_RSA, 0), key;
    struct err e;
    (void)state;
    assert_ok(keyder_pem(&key, slice_of(PKCS1_PEM), &e), e);
    assert_true(key_equal(&key, &rsa));
    assert_ok(keyder_pem(&key, slice_of(SPKI_PEM), &e), e);
    assert_true(key_equal(&key, &rsa));
    assert_ok(keyder_pem(&key, slice_of(P256_PEM), &e), e);
    assert_int_equal(key.kind, KEY_P256);
    assert_ok(keyder_pem(&key, slice_of(ED25519_PEM), &e), e);
    assert_int_equal(key.kind, KEY_ED25519);
    assert_err(keyder_pem(&key, slice_of(RSA_1024_PEM), NULL), ERR_INVALID);
    assert_err(keyder_pem(&key, slice_of("no PEM"), NULL), ERR_PARSE);
    assert_err(keyder_pem(&key, (struct slice){NULL, 0}, NULL), ERR_PARSE);
    for (size_t cut = 1; cut < sizeof SPKI_PEM - 40; cut += 7)
        assert_int_not_equal(keyder_pem(&key, (struct slice){(const uint8_t *)SPKI_PEM, cut}, NULL), ERR_OK);
}

/* ---- text ---- */

static void multikeys(void **state)
{
    (void)state;
    for (int kind = 0; kind < KEY_RSA; kind++) {
        struct key key = keybench_key((enum key_kind)kind, 1), again;
        struct err e;
        const char *text = keybench_multibase(&bench, (enum key_kind)kind, 1);
        assert_ok(keytext_multibase(&again, slice_of(text), &e), e);
        assert_true(key_equal(&key, &again));
        for (size_t i = 0; i < strlen(text); i++) { /* cut anywhere it is no key of the same bytes */
            enum err_code rc = keytext_multibase(&again, (struct slice){(const uint8_t *)text, i}, NULL);
            assert_int_not_equal(rc, ERR_OK);
        }
    }
}

/* Of multicodecs only the listed ones, in their shortest form, before a compressed point. */
static void multicodecs(void **state)
{
    struct key key = keybench_key(KEY_P256, 0), got;
    uint8_t bytes[100] = {0x80, 0x24};
    size_t len = 2 + key_compress(bytes + 2, &key);
    (void)state;
    assert_err(keytext_multikey(&got, (struct slice){bytes, len}, NULL), ERR_OK);
    bytes[0] = 0x81; /* P-384 with a point of P-256 */
    assert_err(keytext_multikey(&got, (struct slice){bytes, len}, NULL), ERR_PARSE);
    bytes[0] = 0x82; /* P-521 */
    assert_err(keytext_multikey(&got, (struct slice){bytes, len}, NULL), ERR_UNSUPPORTED);
    memcpy(bytes, "\x80\xa4\x00", 3); /* 0x1200 in three bytes */
    key_compress(bytes + 3, &key);
    assert_err(keytext_multikey(&got, (struct slice){bytes, len + 1}, NULL), ERR_UNSUPPORTED);
    memcpy(bytes, "\x80\x24\x04", 3);
    memcpy(bytes + 3, key.bytes, key.len);
    assert_err(keytext_multikey(&got, (struct slice){bytes, 3 + key.len}, NULL), ERR_PARSE);
    assert_err(keytext_multikey(&got, (struct slice){bytes, 0}, NULL), ERR_UNSUPPORTED);
}

static void hex_and_base58(void **state)
{
    static const char HEX[] = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"; /* of 1 */
    struct key a, b;
    struct err e;
    (void)state;
    assert_ok(keytext_hex(&a, KEY_SECP256K1, slice_of(HEX), &e), e);
    assert_ok(keytext_hex(&b, KEY_SECP256K1, slice_of(keybench_text(&bench, "0x%s", HEX)), &e), e);
    assert_true(key_equal(&a, &b));
    assert_err(keytext_hex(&b, KEY_SECP256K1, (struct slice){(const uint8_t *)HEX, 65}, NULL), ERR_PARSE);
    assert_err(keytext_hex(&b, KEY_SECP256K1, slice_of("zz"), NULL), ERR_PARSE);
    assert_ok(keytext_base58(&a, KEY_SECP256K1, slice_of("23o6Sau8NxxzXcgSc3PLcNxrzrZpbLeBn1izfv3jbKhuv"), &e), e);
    assert_ok(keytext_multibase(&b, slice_of("zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"), &e), e);
    assert_true(key_equal(&a, &b));
}

static void jwks(void **state)
{
    (void)state;
    for (int kind = 0; kind < KEY_KINDS_N; kind++) {
        struct key key = keybench_key((enum key_kind)kind, 0), again;
        struct err e;
        const char *jwk = keybench_jwk(&bench, (enum key_kind)kind, 0);
        assert_ok(read_jwk(&again, jwk, &e), e);
        assert_true(key_equal(&key, &again));
        int body = (int)strlen(jwk) - 1;
        assert_err(read_jwk(&again, keybench_text(&bench, "%.*s,\"alg\":\"%s\",\"use\":\"sig\"}", body, jwk,
                                                  key_algorithm((enum key_kind)kind)), &e), ERR_OK);
        assert_err(read_jwk(&again, keybench_text(&bench, "%.*s,\"alg\":\"HS256\"}", body, jwk), &e), ERR_DENIED);
        assert_err(read_jwk(&again, keybench_text(&bench, "%.*s,\"use\":\"enc\"}", body, jwk), &e), ERR_DENIED);
        assert_err(read_jwk(&again, keybench_text(&bench, "%.*s,\"key_ops\":[\"sign\"]}", body, jwk), &e), ERR_DENIED);
        assert_err(read_jwk(&again, keybench_text(&bench, "%.*s,\"key_ops\":[\"verify\"]}", body, jwk), &e), ERR_OK);
        assert_err(read_jwk(&again, keybench_text(&bench, "%.*s,\"d\":\"AA\"}", body, jwk), &e), ERR_DENIED);
    }
}

static void bad_jwks(void **state)
{
    static const struct {
        const char *json;
        enum err_code rc;
    } BAD[] = {
        {"{}", ERR_UNSUPPORTED},
        {"[]", ERR_UNSUPPORTED},
        {"{\"kty\":\"oct\",\"k\":\"AAAA\"}", ERR_UNSUPPORTED},
        {"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AAAA\"}", ERR_UNSUPPORTED},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", ERR_PARSE},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQ\"}", ERR_PARSE},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", ERR_LIMIT},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", ERR_INVALID},
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":7}", ERR_PARSE},
        {"{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AA\",\"y\":\"AA\"}", ERR_UNSUPPORTED},
        {"{\"kty\":\"EC\",\"x\":\"AA\",\"y\":\"AA\"}", ERR_UNSUPPORTED},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}", ERR_PARSE},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA==\",\"y\":\"AA\"}", ERR_PARSE},
        {"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", ERR_INVALID},
        {"{\"kty\":\"RSA\",\"n\":\"AQAB\"}", ERR_PARSE},
    };
    struct key key;
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        if (read_jwk(&key, BAD[i].json, &e) != BAD[i].rc)
            fail_msg("%s: %s", BAD[i].json, e.msg);
}

/* ---- accounts ---- */

/* The account of the secret 1: published everywhere. */
static void accounts(void **state)
{
    static const struct {
        const char *text;
        enum err_code rc;
        enum key_kind kind;
    } TEXTS[] = {
        {"0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf", ERR_OK, KEY_ETH_ACCOUNT},
        {"0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", ERR_OK, KEY_ETH_ACCOUNT},
        {"eip155:1:0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf", ERR_OK, KEY_ETH_ACCOUNT},
        {"eip155:11155111:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf", ERR_OK, KEY_ETH_ACCOUNT},
        {"0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf@eip155:1", ERR_OK, KEY_ETH_ACCOUNT},
        {"0x7e5F4552091A69125d5DfCb7b8C2659029395Bdf", ERR_INVALID, 0}, /* one letter's case */
        {"0x7E5F4552091A69125d5DfCb7b8C2659029395Bd", ERR_PARSE, 0},
        {"eip155:1:7E5F4552091A69125d5DfCb7b8C2659029395Bdf", ERR_PARSE, 0},
        {"eip155::0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf", ERR_PARSE, 0},
        {"eip155:1:0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf:1", ERR_PARSE, 0},
        {"bip122:000000000019d6689c085ae165831e93:1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", ERR_OK, KEY_BTC_ACCOUNT},
        {"1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH", ERR_OK, KEY_BTC_ACCOUNT},
        {"1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMJ", ERR_INVALID, 0},
        {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", ERR_UNSUPPORTED, 0},
        {"solana:4sGjMW1sUnHzSxGspuhpqLDx6wiyjNtZ:CKg5d12Jhpej1JqtmxLJgaFqqeYjxgPqToJ4LBdvG9Ev", ERR_UNSUPPORTED, 0},
        {"", ERR_UNSUPPORTED, 0},
    };
    struct key one, key;
    struct err e;
    (void)state;
    assert_err(read_hex(&one, KEY_SECP256K1, "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
               ERR_OK);
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        enum err_code rc = account_read(&key, slice_of(TEXTS[i].text), &e);
        if (rc != TEXTS[i].rc)
            fail_msg("%s: %s", TEXTS[i].text, err_name(rc));
        if (rc != ERR_OK)
            continue;
        struct key own = account_of(&one, TEXTS[i].kind);
        assert_true(key_equal(&key, &own));
    }
    char text[ACCOUNT_ROOM];
    key = account_of(&one, KEY_ETH_ACCOUNT);
    account_write(text, &key);
    assert_string_equal(text, "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
    key = account_of(&one, KEY_BTC_ACCOUNT);
    account_write(text, &key);
    assert_string_equal(text, "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weak_points), cmocka_unit_test(points),         cmocka_unit_test(rsa_sizes),
        cmocka_unit_test(pem),         cmocka_unit_test(multikeys),      cmocka_unit_test(multicodecs),
        cmocka_unit_test(jwks),        cmocka_unit_test(hex_and_base58), cmocka_unit_test(bad_jwks),
        cmocka_unit_test(accounts),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
