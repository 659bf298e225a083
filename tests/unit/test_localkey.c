/* The signer: a key file opens, its signatures are those of its address, and a wrong file is refused. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/keystore.h"
#include "daemon/io/localkey.h"

static char key_path[128], passphrase_path[128];

static void put(const char *path, const char *text)
{
    remove(path);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

/* A key file under the passphrase "secret". */
static void put_key(const struct keystore_secret *secret, const struct seal_address *stated)
{
    struct slice passphrase = {(const uint8_t *)"secret", 6};
    struct keystore_random random = {{1}, {2}, {3}};
    char text[KEYSTORE_TEXT_LEN];
    struct err e;
    assert_ok(keystore_write(secret, stated, passphrase, &keystore_cost_light, &random, text, &e), e);
    put(key_path, text);
    put(passphrase_path, "secret\n");
}

/* The address of the key 1 is that of the curve's generator. */
static const struct keystore_secret ONE = {.b = {[31] = 1}};
static const struct seal_address ADDRESS_OF_ONE = {{0x7e, 0x5f, 0x45, 0x52, 0x09, 0x1a, 0x69, 0x12, 0x5d, 0x5d,
                                                    0xfc, 0xb7, 0xb8, 0xc2, 0x65, 0x90, 0x29, 0x39, 0x5b, 0xdf}};

static struct localkey_config config(void)
{
    return (struct localkey_config){.key_file = key_path, .passphrase_file = passphrase_path};
}

static void signatures_are_those_of_the_address(void **state)
{
    (void)state;
    struct localkey s;
    struct err e;
    put_key(&ONE, &ADDRESS_OF_ONE);
    struct localkey_config c = config();
    assert_ok(localkey_open(&s, &c, &e), e);
    struct seal_address address = localkey_address(&s), recovered;
    assert_memory_equal(&address, &ADDRESS_OF_ONE, sizeof address);
    for (uint8_t i = 0; i < 20; i++) {
        struct hash32 hash = {{i}};
        struct ethtx_signature signature, again;
        assert_ok(localkey_sign(&s, &hash, &signature, &e), e);
        assert_ok(ethtx_recover(&hash, &signature, &recovered, &e), e);
        assert_memory_equal(&recovered, &address, sizeof address);
        assert_ok(localkey_sign(&s, &hash, &again, &e), e);
        assert_memory_equal(&again, &signature, sizeof again);
    }
    localkey_close(&s);
    assert_null(s.secret);
    localkey_close(&s);
}

static void check_refused(enum err_code code, const char *message)
{
    struct localkey s;
    struct localkey_config c = config();
    struct err e;
    assert_err(localkey_open(&s, &c, &e), code);
    assert_null(s.secret);
    if (strstr(e.msg, message) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", message, e.msg);
}

static void wrong_files_are_refused(void **state)
{
    (void)state;
    put_key(&ONE, &ADDRESS_OF_ONE);
    put(passphrase_path, "Secret");
    check_refused(ERR_DENIED, "wrong passphrase");
    put(passphrase_path, "");
    check_refused(ERR_INVALID, "is empty");
    remove(passphrase_path);
    check_refused(ERR_NOT_FOUND, passphrase_path);
    put(passphrase_path, "secret");
    assert_int_equal(chmod(key_path, 0640), 0);
    check_refused(ERR_DENIED, "mode is 0640");
    put(key_path, "not a key");
    check_refused(ERR_PARSE, key_path);
    remove(key_path);
    check_refused(ERR_NOT_FOUND, key_path);
}

static void a_key_off_the_curve_or_of_another_address_is_refused(void **state)
{
    (void)state;
    static const struct keystore_secret ZERO;
    struct keystore_secret order = {.b = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                          0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                          0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41}};
    static const struct seal_address OTHER = {{9}};
    put_key(&ZERO, &ADDRESS_OF_ONE);
    check_refused(ERR_INVALID, "not a secret key");
    put_key(&order, &ADDRESS_OF_ONE);
    check_refused(ERR_INVALID, "not a secret key");
    put_key(&ONE, &OTHER);
    check_refused(ERR_CONFLICT, "the address of another key");
}

int main(void)
{
    snprintf(key_path, sizeof key_path, "%s/key.json", harness_folder());
    snprintf(passphrase_path, sizeof passphrase_path, "%s/passphrase", harness_folder());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_those_of_the_address),
        cmocka_unit_test(wrong_files_are_refused),
        cmocka_unit_test(a_key_off_the_curve_or_of_another_address_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
