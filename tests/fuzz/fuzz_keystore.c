/* Key files with any passphrase. The limits of what a file may cost are lowered, so the source is
 * included: a fuzzer that meets a legal second of scrypt would find nothing else. */
#include "tests/fuzz/fuzz.h"

#include "common/limits.h"
#undef LIMITS_KEY_SCRYPT_BYTES
#undef LIMITS_KEY_SCRYPT_WORK
#undef LIMITS_KEY_PBKDF2_ROUNDS
#define LIMITS_KEY_SCRYPT_BYTES (1u << 14)
#define LIMITS_KEY_SCRYPT_WORK (1u << 8)
#define LIMITS_KEY_PBKDF2_ROUNDS 16u
#include "common/keystore.c"

static const struct slice PASSPHRASE = {(const uint8_t *)"secret", 6};

/* A file that we write is read, whatever was the key. */
static void check_rewritten(const struct keystore_secret *secret)
{
    static const struct keystore_cost COST = {.n = 2, .r = 1, .p = 1};
    static const struct keystore_random RANDOM = {{1}, {2}, {3}};
    const struct seal_address address = {{4}};
    struct seal_address stated;
    struct keystore_secret again;
    char text[KEYSTORE_TEXT_LEN];
    struct err e;
    fuzz_assert(keystore_write(secret, &address, PASSPHRASE, &COST, &RANDOM, text, &e) == ERR_OK);
    fuzz_assert(keystore_read(text, strlen(text), PASSPHRASE, &again, &e) == ERR_OK);
    fuzz_assert(memcmp(&again, secret, sizeof again) == 0);
    fuzz_assert(keystore_address(text, strlen(text), &stated, &e) == ERR_OK);
    fuzz_assert(memcmp(&stated, &address, sizeof stated) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct keystore_secret secret;
    struct seal_address address;
    struct err e;
    if (keystore_read(text, size, PASSPHRASE, &secret, &e) == ERR_OK)
        check_rewritten(&secret);
    (void)!keystore_address(text, size, &address, &e);
    return 0;
}
