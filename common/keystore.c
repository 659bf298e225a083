/* Web3 secret storage, version 3: see keystore.h. */
#include "common/keystore.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "common/hex.h"
#include "common/jsonio.h"
#include "common/keccak.h"
#include "common/limits.h"

#define DERIVED_LEN 32 /* 16 bytes encrypt, 16 go into the check value */
#define CIPHER_KEY_LEN 16
#define SALT_MAX 64
#define SCRYPT_MAX_BLOCKS (LIMITS_KEY_SCRYPT_BYTES / 128)

const struct keystore_cost keystore_cost_standard = {.n = 262144, .r = 8, .p = 1};
const struct keystore_cost keystore_cost_light = {.n = 4096, .r = 8, .p = 1};

/* The parameters of a file, whichever the function is. */
struct kdf {
    struct slice salt;
    struct keystore_cost scrypt;
    uint32_t rounds; /* pbkdf2 */
};

/* Everything a version 3 file says that is needed to open it. */
struct sealed {
    uint8_t salt[SALT_MAX];
    struct kdf kdf;
    enum err_code (*derive)(const struct kdf *kdf, struct slice passphrase,
                            uint8_t ret[DERIVED_LEN], struct err *e);
    uint8_t iv[16];
    uint8_t ciphertext[32];
    struct hash32 mac;
};

static enum err_code check_cost(const struct keystore_cost *cost, struct err *e)
{
    uint64_t n = cost->n, r = cost->r, p = cost->p;
    /* Each factor has 32 bits: dividing keeps the products in range. */
    if (n == 0 || r == 0 || p == 0 || r > SCRYPT_MAX_BLOCKS / n || p > SCRYPT_MAX_BLOCKS / r ||
        p > LIMITS_KEY_SCRYPT_WORK / n / r)
        return err_set(e, ERR_LIMIT,
                       "scrypt with n=%" PRIu64 " r=%" PRIu64 " p=%" PRIu64 " is out of bounds", n,
                       r, p);
    /* RFC 7914 section 2: "must be larger than 1, a power of 2, and less than 2^(128 * r / 8)". */
    if (n < 2 || (n & (n - 1)) != 0 || (r == 1 && n >= 65536))
        return err_set(e, ERR_INVALID, "scrypt cannot work with n=%" PRIu64 " and r=%" PRIu64, n,
                       r);
    return ERR_OK;
}

static enum err_code derive_scrypt(const struct kdf *kdf, struct slice passphrase,
                                   uint8_t ret[DERIVED_LEN], struct err *e)
{
    const struct keystore_cost *cost = &kdf->scrypt;
    enum err_code rc = check_cost(cost, e);
    if (rc != ERR_OK)
        return rc;
    /* OpenSSL counts its own blocks too; three times the limit never refuses what we allow. */
    if (EVP_PBE_scrypt((const char *)passphrase.data, passphrase.len, kdf->salt.data, kdf->salt.len,
                       cost->n, cost->r, cost->p, 3 * LIMITS_KEY_SCRYPT_BYTES, ret,
                       DERIVED_LEN) != 1)
        return err_set(e, ERR_NOMEM, "scrypt needs %" PRIu64 " MiB of memory",
                       ((uint64_t)cost->n * cost->r * 128) >> 20);
    return ERR_OK;
}

static enum err_code derive_pbkdf2(const struct kdf *kdf, struct slice passphrase,
                                   uint8_t ret[DERIVED_LEN], struct err *e)
{
    if (PKCS5_PBKDF2_HMAC((const char *)passphrase.data, (int)passphrase.len, kdf->salt.data,
                          (int)kdf->salt.len, (int)kdf->rounds, EVP_sha256(), DERIVED_LEN,
                          ret) != 1)
        return err_set(e, ERR_NOMEM, "pbkdf2 failed");
    return ERR_OK;
}

static struct hash32 check_value(const uint8_t derived[DERIVED_LEN], const uint8_t ciphertext[32])
{
    uint8_t bytes[DERIVED_LEN - CIPHER_KEY_LEN + 32];
    memcpy(bytes, derived + CIPHER_KEY_LEN, DERIVED_LEN - CIPHER_KEY_LEN);
    memcpy(bytes + DERIVED_LEN - CIPHER_KEY_LEN, ciphertext, 32);
    struct hash32 mac = keccak_256(bytes, sizeof bytes);
    explicit_bzero(bytes, sizeof bytes);
    return mac;
}

/* aes-128-ctr, which is its own inverse. */
static enum err_code crypt32(const uint8_t key[CIPHER_KEY_LEN], const uint8_t iv[16],
                             const uint8_t in[32], uint8_t ret[32], struct err *e)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0;
    bool ok = ctx != NULL && EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, iv) == 1 &&
              EVP_EncryptUpdate(ctx, ret, &len, in, 32) == 1;
    EVP_CIPHER_CTX_free(ctx); /* wipes the key schedule */
    return ok ? ERR_OK : err_set(e, ERR_NOMEM, "aes-128-ctr failed");
}

/* ---- writing ---- */

/* RFC 9562, version 4: 6 of the 128 random bits are fixed. */
static void uuid_text(char text[37], const uint8_t random[16])
{
    uint8_t b[16];
    memcpy(b, random, sizeof b);
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    char hex[33];
    hex_encode(hex, b, sizeof b);
    snprintf(text, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static void put_text(char text[KEYSTORE_TEXT_LEN], const struct seal_address *address,
                     const struct keystore_cost *cost, const struct keystore_random *random,
                     const uint8_t ciphertext[32], const struct hash32 *mac)
{
    char address_hex[41], iv_hex[33], cipher_hex[65], salt_hex[65], mac_hex[65], id[37];
    hex_encode(address_hex, address->b, sizeof address->b);
    hex_encode(iv_hex, random->iv, sizeof random->iv);
    hex_encode(cipher_hex, ciphertext, 32);
    hex_encode(salt_hex, random->salt, sizeof random->salt);
    hex_encode(mac_hex, mac->b, sizeof mac->b);
    uuid_text(id, random->id);
    snprintf(text, KEYSTORE_TEXT_LEN,
             "{\"address\":\"%s\",\"crypto\":{\"cipher\":\"aes-128-ctr\",\"ciphertext\":\"%s\","
             "\"cipherparams\":{\"iv\":\"%s\"},\"kdf\":\"scrypt\",\"kdfparams\":{\"dklen\":%d,"
             "\"n\":%" PRIu32 ",\"p\":%" PRIu32 ",\"r\":%" PRIu32
             ",\"salt\":\"%s\"},\"mac\":\"%s\"},"
             "\"id\":\"%s\",\"version\":3}\n",
             address_hex, cipher_hex, iv_hex, DERIVED_LEN, cost->n, cost->p, cost->r, salt_hex,
             mac_hex, id);
}

enum err_code keystore_write(const struct keystore_secret *secret,
                             const struct seal_address *address, struct slice passphrase,
                             const struct keystore_cost *cost, const struct keystore_random *random,
                             char ret_text[KEYSTORE_TEXT_LEN], struct err *e)
{
    struct kdf kdf = {.salt = {random->salt, sizeof random->salt}, .scrypt = *cost};
    uint8_t derived[DERIVED_LEN], ciphertext[32];
    enum err_code rc = derive_scrypt(&kdf, passphrase, derived, e);
    if (rc == ERR_OK)
        rc = crypt32(derived, random->iv, secret->b, ciphertext, e);
    if (rc == ERR_OK) {
        struct hash32 mac = check_value(derived, ciphertext);
        put_text(ret_text, address, cost, random, ciphertext, &mac);
    }
    explicit_bzero(derived, sizeof derived);
    return rc;
}

/* ---- reading ---- */

/* A string of min … max bytes in hex. Some writers put 0x in front, some use capitals. */
static size_t get_hex(const struct jsonio_node *object, const char *name, uint8_t *bytes,
                      size_t min, size_t max)
{
    const char *hex = jsonio_string(object, name);
    if (hex[0] == '0' && (hex[1] == 'x' || hex[1] == 'X'))
        hex += 2;
    size_t len = strlen(hex) / 2;
    if (len >= min && len <= max && hex_decode(bytes, len, hex, strlen(hex), true))
        return len;
    if (min == max)
        jsonio_fail(object, ERR_INVALID, "%s is not %zu bytes in hex", name, min);
    else
        jsonio_fail(object, ERR_INVALID, "%s is not %zu to %zu bytes in hex", name, min, max);
    return 0;
}

/* Whatever does not fit 32 bits is over every limit that follows. */
static uint32_t get_u32(const struct jsonio_node *object, const char *name)
{
    uint64_t n = jsonio_u64(object, name);
    return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static void must_be(const struct jsonio_node *object, const char *name, const char *expected)
{
    if (strcmp(jsonio_string(object, name), expected) != 0)
        jsonio_fail(object, ERR_UNSUPPORTED, "%s is not %s", name, expected);
}

static void get_scrypt(const struct jsonio_node *params, struct kdf *ret)
{
    ret->scrypt.n = get_u32(params, "n");
    ret->scrypt.r = get_u32(params, "r");
    ret->scrypt.p = get_u32(params, "p");
}

static void get_pbkdf2(const struct jsonio_node *params, struct kdf *ret)
{
    must_be(params, "prf", "hmac-sha256");
    ret->rounds = get_u32(params, "c");
    if (ret->rounds < 1 || ret->rounds > LIMITS_KEY_PBKDF2_ROUNDS)
        jsonio_fail(params, ERR_LIMIT, "c is not 1 to %u", LIMITS_KEY_PBKDF2_ROUNDS);
}

static const struct {
    const char *name;
    void (*get)(const struct jsonio_node *params, struct kdf *ret);
    enum err_code (*derive)(const struct kdf *kdf, struct slice passphrase,
                            uint8_t ret[DERIVED_LEN], struct err *e);
} KDFS[] = {
    {"scrypt", get_scrypt, derive_scrypt},
    {"pbkdf2", get_pbkdf2, derive_pbkdf2},
};
#define N_KDFS (sizeof KDFS / sizeof KDFS[0])

static void get_kdf(const struct jsonio_node *crypto, struct sealed *ret)
{
    const char *name = jsonio_string(crypto, "kdf");
    struct jsonio_node params = jsonio_object(crypto, "kdfparams");
    if (jsonio_u64(&params, "dklen") != DERIVED_LEN)
        jsonio_fail(&params, ERR_UNSUPPORTED, "dklen is not %d", DERIVED_LEN);
    ret->kdf.salt.len = get_hex(&params, "salt", ret->salt, 1, SALT_MAX);
    ret->kdf.salt.data = ret->salt;
    for (size_t i = 0; i < N_KDFS; i++)
        if (strcmp(name, KDFS[i].name) == 0) {
            ret->derive = KDFS[i].derive;
            KDFS[i].get(&params, &ret->kdf);
            return;
        }
    jsonio_fail(crypto, ERR_UNSUPPORTED, "kdf is neither scrypt nor pbkdf2");
}

static void get_sealed(const struct jsonio_node *root, struct sealed *ret)
{
    /* Early geth and ethers 5 write a capital. */
    struct jsonio_node crypto =
        jsonio_object(root, jsonio_has(root, "Crypto") ? "Crypto" : "crypto");
    struct jsonio_node cipher = jsonio_object(&crypto, "cipherparams");
    must_be(&crypto, "cipher", "aes-128-ctr");
    get_hex(&cipher, "iv", ret->iv, sizeof ret->iv, sizeof ret->iv);
    get_hex(&crypto, "ciphertext", ret->ciphertext, sizeof ret->ciphertext, sizeof ret->ciphertext);
    get_hex(&crypto, "mac", ret->mac.b, sizeof ret->mac.b, sizeof ret->mac.b);
    get_kdf(&crypto, ret);
}

static void get_address(const struct jsonio_node *root, struct seal_address *ret)
{
    if (!jsonio_has(root, "address"))
        jsonio_fail(root, ERR_NOT_FOUND, "states no address");
    get_hex(root, "address", ret->b, sizeof ret->b, sizeof ret->b);
}

/* One of the two outputs is asked for, the other is NULL. */
static enum err_code parse(const char *text, size_t len, struct sealed *sealed,
                           struct seal_address *address, struct err *e)
{
    json_t *value;
    enum err_code rc = jsonio_load(&value, text, len, LIMITS_KEY_FILE_BYTES, e);
    if (rc != ERR_OK)
        return rc;
    struct jsonio doc = {.e = e};
    struct jsonio_node root = jsonio_root(&doc, value);
    if (jsonio_u64(&root, "version") != 3)
        jsonio_fail(&root, ERR_VERSION, "version is not 3");
    if (sealed != NULL)
        get_sealed(&root, sealed);
    if (address != NULL)
        get_address(&root, address);
    json_decref(value);
    return doc.code;
}

static enum err_code unseal(const struct sealed *sealed, struct slice passphrase,
                            struct keystore_secret *ret, struct err *e)
{
    uint8_t derived[DERIVED_LEN];
    enum err_code rc = sealed->derive(&sealed->kdf, passphrase, derived, e);
    if (rc == ERR_OK) {
        struct hash32 mac = check_value(derived, sealed->ciphertext);
        rc = CRYPTO_memcmp(mac.b, sealed->mac.b, sizeof mac.b) == 0
                 ? crypt32(derived, sealed->iv, sealed->ciphertext, ret->b, e)
                 : err_set(e, ERR_DENIED, "wrong passphrase, or the file is damaged");
    }
    explicit_bzero(derived, sizeof derived);
    return rc;
}

enum err_code keystore_read(const char *text, size_t len, struct slice passphrase,
                            struct keystore_secret *ret, struct err *e)
{
    struct sealed sealed = {0};
    if (passphrase.len > LIMITS_PASSPHRASE_BYTES)
        return err_set(e, ERR_LIMIT, "passphrase is longer than %d bytes", LIMITS_PASSPHRASE_BYTES);
    enum err_code rc = parse(text, len, &sealed, NULL, e);
    return rc == ERR_OK ? unseal(&sealed, passphrase, ret, e) : rc;
}

enum err_code keystore_address(const char *text, size_t len, struct seal_address *ret,
                               struct err *e)
{
    struct seal_address address;
    enum err_code rc = parse(text, len, NULL, &address, e);
    if (rc == ERR_OK)
        *ret = address;
    return rc;
}
