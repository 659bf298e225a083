/* Key files: files made by another implementation (Node's crypto and js-sha3), every way to be wrong,
 * and the vectors of Ethereum and ethers. */
#include "tests/harness.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/ethtx.h"
#include "common/hex.h"
#include "common/keystore.h"
#include "tests/vectors.h"

#define SECRET "2c8df78a70572328bd68d469440c46b361b6b7ad2b3a8d156bdeaedfff53553d"
#define ADDRESS "6899e6df8166b10166bd0fa1dbc76a4512d6ae5c"
#define SALT "63479ad69a090b258277ec8fba6f99419a2ffb248981510657c944ccd1148e97"
#define IV "0ab306823035661bb8dba21cc2535231"
#define PASSPHRASE "un mot de passe d’essai"

static const char SCRYPT_FILE[] =
    "{\"address\":\"" ADDRESS "\",\"crypto\":{\"cipher\":\"aes-128-ctr\","
    "\"ciphertext\":\"f108a7052239f71071aa1afcccda197e4bc68d2da891dbf565e160df6aba239f\","
    "\"cipherparams\":{\"iv\":\"" IV "\"},\"kdf\":\"scrypt\",\"kdfparams\":{\"dklen\":32,\"n\":4096,"
    "\"p\":1,\"r\":8,\"salt\":\"" SALT "\"},"
    "\"mac\":\"75c60f751e523c539358614c6e684014795ff2a5e1fb1de5659cc9dc7129e0e8\"},"
    "\"id\":\"a5614527-0ce6-43be-bd1d-d012b7394867\",\"version\":3}\n";

static const char PBKDF2_FILE[] =
    "{\"version\":3,\"Crypto\":{\"cipher\":\"aes-128-ctr\","
    "\"ciphertext\":\"0x9A30D1EE968E0D74CF6C78D0A4B8213795C92F6DD312AB13F8E81160E0019792\","
    "\"cipherparams\":{\"iv\":\"" IV "\"},\"kdf\":\"pbkdf2\",\"kdfparams\":{\"dklen\":32,\"c\":1000,"
    "\"prf\":\"hmac-sha256\",\"salt\":\"" SALT "\"},"
    "\"mac\":\"a4ec7825f378c0a8b15b99f22f774ae95323cb81df85d31a21133a23c23566c8\"}}";

static struct slice slice_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

static void check_secret(const struct keystore_secret *secret, const char *hex)
{
    char text[65];
    hex_encode(text, secret->b, sizeof secret->b);
    assert_string_equal(text, hex);
}

static void reads_what_others_wrote(void **state)
{
    (void)state;
    const char *const files[] = {SCRYPT_FILE, PBKDF2_FILE};
    for (size_t i = 0; i < 2; i++) {
        struct keystore_secret secret;
        struct err e;
        assert_ok(keystore_read(files[i], strlen(files[i]), slice_of(PASSPHRASE), &secret, &e), e);
        check_secret(&secret, SECRET);
    }
}

static void writes_what_others_would(void **state)
{
    (void)state;
    struct keystore_secret secret;
    struct seal_address address;
    struct keystore_random random;
    char text[KEYSTORE_TEXT_LEN];
    struct err e;
    assert_true(hex_decode(secret.b, sizeof secret.b, SECRET, 64, false));
    assert_true(hex_decode(address.b, sizeof address.b, ADDRESS, 40, false));
    assert_true(hex_decode(random.salt, sizeof random.salt, SALT, 64, false));
    assert_true(hex_decode(random.iv, sizeof random.iv, IV, 32, false));
    assert_true(hex_decode(random.id, sizeof random.id, "a56145270ce6b3bebd1dd012b7394867", 32, false));
    assert_ok(keystore_write(&secret, &address, slice_of(PASSPHRASE), &keystore_cost_light, &random, text, &e), e);
    assert_string_equal(text, SCRYPT_FILE);
}

/* The longest text there is must fit: the largest legal numbers. */
static void an_empty_passphrase_and_large_costs_fit(void **state)
{
    (void)state;
    struct keystore_secret secret = {{1}}, got;
    struct seal_address address = {{2}};
    struct keystore_random random = {{3}, {4}, {5}};
    const struct keystore_cost cost = {.n = 2, .r = 1024, .p = 1000};
    char text[KEYSTORE_TEXT_LEN];
    struct err e;
    assert_ok(keystore_write(&secret, &address, slice_of(""), &cost, &random, text, &e), e);
    assert_int_equal(text[strlen(text) - 1], '\n');
    assert_ok(keystore_read(text, strlen(text), slice_of(""), &got, &e), e);
    assert_memory_equal(&got, &secret, sizeof got);
}

static void a_wrong_passphrase_is_denied(void **state)
{
    (void)state;
    const char *const wrong[] = {"", "un mot de passe", PASSPHRASE " ", PASSPHRASE "\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct keystore_secret secret = {{0x55}}, before = secret;
        struct err e;
        assert_err(keystore_read(PBKDF2_FILE, strlen(PBKDF2_FILE), slice_of(wrong[i]), &secret, &e), ERR_DENIED);
        assert_memory_equal(&secret, &before, sizeof secret);
    }
}

/* A file with one piece replaced. */
static char *changed(const char *file, const char *from, const char *to)
{
    const char *at = strstr(file, from);
    assert_non_null(at);
    size_t front = (size_t)(at - file), cap = strlen(file) + strlen(to) + 1;
    char *text = malloc(cap);
    assert_non_null(text);
    snprintf(text, cap, "%.*s%s%s", (int)front, file, to, at + strlen(from));
    return text;
}

static const struct {
    const char *file, *from, *to;
    enum err_code code;
    const char *message;
} BAD[] = {
    {SCRYPT_FILE, "\"version\":3", "\"version\":4", ERR_VERSION, "version is not 3"},
    {SCRYPT_FILE, ",\"version\":3", "", ERR_INVALID, "version: is missing"},
    {SCRYPT_FILE, "{\"address\"", "[{\"address\"", ERR_PARSE, "not JSON"},
    {SCRYPT_FILE, "\"version\":3", "\"version\":3,\"version\":3", ERR_PARSE, "duplicate"},
    {SCRYPT_FILE, "\"crypto\"", "\"crypt\"", ERR_INVALID, "crypto: is missing"},
    {SCRYPT_FILE, "aes-128-ctr", "aes-128-cbc", ERR_UNSUPPORTED, "crypto: cipher is not aes-128-ctr"},
    {SCRYPT_FILE, "\"scrypt\"", "\"argon2\"", ERR_UNSUPPORTED, "crypto: kdf is neither"},
    {SCRYPT_FILE, "\"iv\":\"0a", "\"iv\":\"", ERR_INVALID, "crypto.cipherparams: iv is not 16 bytes in hex"},
    {SCRYPT_FILE, "\"iv\":\"0a", "\"iv\":\"0g", ERR_INVALID, "crypto.cipherparams: iv is not 16 bytes in hex"},
    {SCRYPT_FILE, "\"ciphertext\":\"f1", "\"ciphertext\":\"", ERR_INVALID, "ciphertext is not 32 bytes"},
    {SCRYPT_FILE, "\"mac\":\"75", "\"mac\":\"7575", ERR_INVALID, "mac is not 32 bytes"},
    {SCRYPT_FILE, "\"mac\":\"75", "\"mac\":\"74", ERR_DENIED, "wrong passphrase"},
    {SCRYPT_FILE, "\"ciphertext\":\"f1", "\"ciphertext\":\"f0", ERR_DENIED, "wrong passphrase"},
    {SCRYPT_FILE, "\"salt\":\"" SALT, "\"salt\":\"", ERR_INVALID, "salt is not 1 to 64 bytes"},
    {SCRYPT_FILE, "\"salt\":\"", "\"salt\":\"" SALT "00", ERR_INVALID, "salt is not 1 to 64 bytes"},
    {SCRYPT_FILE, "\"dklen\":32", "\"dklen\":16", ERR_UNSUPPORTED, "crypto.kdfparams: dklen is not 32"},
    {SCRYPT_FILE, "\"n\":4096", "\"n\":\"4096\"", ERR_INVALID, "crypto.kdfparams.n: must be an integer"},
    {SCRYPT_FILE, "\"n\":4096", "\"n\":4095", ERR_INVALID, "scrypt cannot work with n=4095"},
    {SCRYPT_FILE, "\"n\":4096", "\"n\":1", ERR_INVALID, "scrypt cannot work with n=1"},
    {SCRYPT_FILE, "\"n\":4096,\"p\":1,\"r\":8", "\"n\":65536,\"p\":1,\"r\":1", ERR_INVALID, "n=65536 and r=1"},
    {SCRYPT_FILE, "\"n\":4096", "\"n\":0", ERR_LIMIT, "out of bounds"},
    {SCRYPT_FILE, "\"r\":8", "\"r\":0", ERR_LIMIT, "out of bounds"},
    {SCRYPT_FILE, "\"p\":1", "\"p\":0", ERR_LIMIT, "out of bounds"},
    {SCRYPT_FILE, "\"n\":4096", "\"n\":2097152", ERR_LIMIT, "out of bounds"},
    {SCRYPT_FILE, "\"n\":4096", "\"n\":4294967296", ERR_LIMIT, "out of bounds"},
    {SCRYPT_FILE, "\"r\":8", "\"r\":4294967295", ERR_LIMIT, "out of bounds"},
    {SCRYPT_FILE, "\"p\":1", "\"p\":4294967295", ERR_LIMIT, "out of bounds"},
    {PBKDF2_FILE, "hmac-sha256", "hmac-sha512", ERR_UNSUPPORTED, "Crypto.kdfparams: prf is not hmac-sha256"},
    {PBKDF2_FILE, "\"c\":1000", "\"c\":0", ERR_LIMIT, "c is not 1 to 16777216"},
    {PBKDF2_FILE, "\"c\":1000", "\"c\":16777217", ERR_LIMIT, "c is not 1 to 16777216"},
    {PBKDF2_FILE, "\"c\":1000", "\"c\":-1", ERR_INVALID, "Crypto.kdfparams.c"},
};

static void bad_files_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        char *text = changed(BAD[i].file, BAD[i].from, BAD[i].to);
        struct keystore_secret secret = {{0x55}}, before = secret;
        struct err e;
        enum err_code rc = keystore_read(text, strlen(text), slice_of(PASSPHRASE), &secret, &e);
        if (rc != BAD[i].code || strstr(e.msg, BAD[i].message) == NULL)
            fail_msg("%s -> %s: %s (%s)", BAD[i].from, BAD[i].to, err_name(rc), rc == ERR_OK ? "" : e.msg);
        assert_memory_equal(&secret, &before, sizeof secret);
        free(text);
    }
}

static void too_long_is_refused(void **state)
{
    (void)state;
    size_t len = (16u << 10) + 1;
    char *text = calloc(1, len);
    struct keystore_secret secret;
    struct seal_address address;
    struct err e;
    assert_non_null(text);
    memset(text, ' ', len);
    assert_err(keystore_read(text, len, slice_of(""), &secret, &e), ERR_LIMIT);
    assert_err(keystore_address(text, len, &address, &e), ERR_LIMIT);
    struct slice passphrase = {(const uint8_t *)text, 4097};
    assert_err(keystore_read(SCRYPT_FILE, strlen(SCRYPT_FILE), passphrase, &secret, &e), ERR_LIMIT);
    free(text);
}

static void the_stated_address(void **state)
{
    (void)state;
    struct seal_address address = {{0}};
    char hex[41];
    struct err e;
    assert_err(keystore_address(PBKDF2_FILE, strlen(PBKDF2_FILE), &address, &e), ERR_NOT_FOUND);
    char *prefixed = changed(SCRYPT_FILE, ADDRESS, "0x6899E6DF8166B10166BD0FA1DBC76A4512D6AE5C");
    const char *const files[] = {SCRYPT_FILE, prefixed};
    for (size_t i = 0; i < 2; i++) {
        assert_ok(keystore_address(files[i], strlen(files[i]), &address, &e), e);
        hex_encode(hex, address.b, sizeof address.b);
        assert_string_equal(hex, ADDRESS);
    }
    free(prefixed);
    char *shorter = changed(SCRYPT_FILE, ADDRESS, "6899");
    assert_err(keystore_address(shorter, strlen(shorter), &address, &e), ERR_INVALID);
    free(shorter);
}

static void vectors_of_ethereum(void **state)
{
    (void)state;
    json_t *cases = vectors_load("vectors/ethereum-tests/KeyStoreTests/basic_tests.json");
    const char *name;
    json_t *c;
    assert_int_not_equal(json_object_size(cases), 0);
    json_object_foreach(cases, name, c)
    {
        char *file = json_dumps(json_object_get(c, "json"), 0);
        struct keystore_secret secret;
        struct err e;
        assert_ok(keystore_read(file, strlen(file), slice_of(vectors_text(c, "password")), &secret, &e), e);
        check_secret(&secret, vectors_text(c, "priv"));
        free(file);
    }
    json_decref(cases);
}

static void check_wallet(const json_t *wallet)
{
    const char *file = vectors_text(wallet, "content");
    size_t len;
    uint8_t *password = vectors_hex(wallet, "password", &len), *expected = vectors_hex(wallet, "address", NULL);
    struct keystore_secret secret;
    struct seal_address address;
    struct err e;
    assert_ok(keystore_read(file, strlen(file), (struct slice){password, len}, &secret, &e), e);
    assert_ok(ethtx_key_address(&address, secret.b, &e), e);
    assert_memory_equal(address.b, expected, sizeof address.b);
    free(password);
    free(expected);
}

static void vectors_of_ethers(void **state)
{
    (void)state;
    json_t *wallets = vectors_load("vectors/ethers-js/wallets.json.gz");
    size_t i, n = 0;
    json_t *wallet;
    json_array_foreach(wallets, i, wallet)
    {
        if (strcmp(vectors_text(wallet, "type"), "keystore") == 0) {
            check_wallet(wallet);
            n++;
        }
    }
    assert_int_equal(n, 7);
    json_decref(wallets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_others_wrote),
        cmocka_unit_test(writes_what_others_would),
        cmocka_unit_test(an_empty_passphrase_and_large_costs_fit),
        cmocka_unit_test(a_wrong_passphrase_is_denied),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(too_long_is_refused),
        cmocka_unit_test(the_stated_address),
        cmocka_unit_test(vectors_of_ethereum),
        cmocka_unit_test(vectors_of_ethers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
