/* Checking one signature: see signature.h. */
#include "verifier/keys/signature.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "common/sha256.h"
#include "verifier/keys/account.h"

size_t signature_len(const struct key *key)
{
    switch (key->kind) {
    case KEY_ED25519:
    case KEY_P256:
    case KEY_SECP256K1:
    case KEY_ETH_ACCOUNT:
    case KEY_BTC_ACCOUNT: return 64;
    case KEY_P384: return 96;
    case KEY_RSA: return key->len;
    }
    return 0;
}

/* -- OpenSSL -------------------------------------------------------------------------------- */

static EVP_PKEY *pkey_of(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *pkey = NULL;
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

static EVP_PKEY *curve_pkey(const struct key *key, const char *group)
{
    uint8_t point[97] = {4};
    memcpy(point + 1, key->bytes, key->len);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, key->len + 1),
        OSSL_PARAM_construct_end(),
    };
    return pkey_of("EC", params);
}

static EVP_PKEY *rsa_pkey(const struct key *key)
{
    BIGNUM *n = BN_bin2bn(key->bytes, (int)key->len, NULL), *e = BN_new();
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey = NULL;
    if (n != NULL && e != NULL && build != NULL && BN_set_word(e, key->exponent) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        params = OSSL_PARAM_BLD_to_param(build);
    if (params != NULL)
        pkey = pkey_of("RSA", params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_free(e);
    BN_free(n);
    return pkey;
}

static bool evp_holds(EVP_PKEY *pkey, const EVP_MD *md, struct slice message, struct slice signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = pkey != NULL && ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, md, NULL, pkey) == 1 &&
                EVP_DigestVerify(ctx, signature.data, signature.len, message.data, message.len) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return good;
}

static bool ed25519_holds(const struct key *key, struct slice message, struct slice signature)
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, key->bytes, key->len);
    return evp_holds(pkey, NULL, message, signature);
}

/* PKCS #1 v1.5 is what EVP does with an RSA key unless it is told otherwise. */
static bool rsa_holds(const struct key *key, struct slice message, struct slice signature)
{
    return evp_holds(rsa_pkey(key), EVP_sha256(), message, signature);
}

/* r ‖ s to the DER form that EVP reads. Returns: its length; 0 without memory. */
static size_t to_der(uint8_t **der, struct slice signature)
{
    size_t half = signature.len / 2;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature.data, (int)half, NULL);
    BIGNUM *s = BN_bin2bn(signature.data + half, (int)half, NULL);
    int len = 0;
    *der = NULL;
    if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1) {
        r = s = NULL; /* they belong to sig now */
        len = i2d_ECDSA_SIG(sig, der);
    }
    ECDSA_SIG_free(sig);
    BN_free(r);
    BN_free(s);
    return len < 0 ? 0 : (size_t)len;
}

static bool nist_holds(const struct key *key, struct slice message, struct slice signature)
{
    bool large = key->kind == KEY_P384;
    uint8_t *der;
    size_t len = to_der(&der, signature);
    bool good = len > 0 && evp_holds(curve_pkey(key, large ? "secp384r1" : "prime256v1"),
                                     large ? EVP_sha384() : EVP_sha256(), message,
                                     (struct slice){der, len});
    OPENSSL_free(der);
    return good;
}

/* -- libsecp256k1 --------------------------------------------------------------------------- */

static bool secp256k1_holds(const struct key *key, struct slice message, struct slice signature)
{
    const secp256k1_context *ctx = secp256k1_context_static;
    struct hash32 digest = sha256(message.data, message.len);
    secp256k1_ecdsa_signature sig;
    secp256k1_pubkey point;
    uint8_t full[65] = {4};
    memcpy(full + 1, key->bytes, key->len);
    if (!secp256k1_ec_pubkey_parse(ctx, &point, full, sizeof full) ||
        !secp256k1_ecdsa_signature_parse_compact(ctx, &sig, signature.data))
        return false;
    secp256k1_ecdsa_signature_normalize(ctx, &sig, &sig); /* a high s is accepted: see signature.h */
    return secp256k1_ecdsa_verify(ctx, &sig, digest.b, &point);
}

static bool fits_account(const struct key *account, const secp256k1_pubkey *point)
{
    uint8_t full[65];
    size_t len = sizeof full;
    struct key key = {.kind = KEY_SECP256K1, .len = 64};
    secp256k1_ec_pubkey_serialize(secp256k1_context_static, full, &len, point, SECP256K1_EC_UNCOMPRESSED);
    memcpy(key.bytes, full + 1, key.len);
    struct key own = account_of(&key, account->kind);
    return key_equal(&own, account);
}

/* Four keys at most can have made a signature: is one of them the key of the account? */
static bool account_holds(const struct key *account, struct slice message, struct slice signature)
{
    const secp256k1_context *ctx = secp256k1_context_static;
    struct hash32 digest = sha256(message.data, message.len);
    for (int id = 0; id < 4; id++) {
        secp256k1_ecdsa_recoverable_signature sig;
        secp256k1_pubkey point;
        if (secp256k1_ecdsa_recoverable_signature_parse_compact(ctx, &sig, signature.data, id) &&
            secp256k1_ecdsa_recover(ctx, &point, &sig, digest.b) && fits_account(account, &point))
            return true;
    }
    return false;
}

enum signature_answer signature_check(const struct key *key, struct slice message,
                                      struct slice signature)
{
    static bool (*const HOLDS[])(const struct key *key, struct slice message, struct slice signature) = {
        [KEY_ED25519] = ed25519_holds,         [KEY_P256] = nist_holds,
        [KEY_P384] = nist_holds,               [KEY_SECP256K1] = secp256k1_holds,
        [KEY_RSA] = rsa_holds,                 [KEY_ETH_ACCOUNT] = account_holds,
        [KEY_BTC_ACCOUNT] = account_holds,
    };
    if (signature.len != signature_len(key))
        return SIGNATURE_MALFORMED;
    return HOLDS[key->kind](key, message, signature) ? SIGNATURE_HOLDS : SIGNATURE_WRONG;
}
