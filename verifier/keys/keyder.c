/* X.509 and PKCS #1 containers to keys: see keyder.h. */
#include "verifier/keys/keyder.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static enum err_code read_rsa(struct key *ret, const EVP_PKEY *pkey, struct err *e)
{
    BIGNUM *n = NULL, *exponent = NULL;
    uint8_t modulus[KEY_RSA_BYTES];
    enum err_code rc = err_set(e, ERR_PARSE, "RSA key: damaged");
    if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
        EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1) {
        size_t len = (size_t)BN_num_bytes(n);
        if (len > sizeof modulus || BN_num_bits(exponent) > 32)
            rc = err_set(e, ERR_INVALID, "RSA key: longer than %d bits, or an exponent over 2^32",
                         KEY_RSA_MAX_BITS);
        else
            rc = key_read_rsa(ret, (struct slice){modulus, (size_t)BN_bn2bin(n, modulus)},
                              BN_get_word(exponent), e);
    }
    BN_free(n);
    BN_free(exponent);
    return rc;
}

static enum err_code read_octets(struct key *ret, enum key_kind kind, const EVP_PKEY *pkey, struct err *e)
{
    uint8_t bytes[100];
    size_t len;
    if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof bytes, &len) != 1)
        return err_set(e, ERR_PARSE, "%s key: damaged", key_kind_name(kind));
    return key_read(ret, kind, (struct slice){bytes, len}, e);
}

static enum err_code read_pkey(struct key *ret, const EVP_PKEY *pkey, struct err *e)
{
    static const struct {
        const char *group;
        enum key_kind kind;
    } GROUPS[] = {{"prime256v1", KEY_P256}, {"secp384r1", KEY_P384}, {"secp256k1", KEY_SECP256K1}};
    char group[32] = "";
    if (EVP_PKEY_is_a(pkey, "RSA"))
        return read_rsa(ret, pkey, e);
    if (EVP_PKEY_is_a(pkey, "ED25519"))
        return read_octets(ret, KEY_ED25519, pkey, e);
    if (EVP_PKEY_is_a(pkey, "EC"))
        EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, NULL);
    for (size_t i = 0; i < sizeof GROUPS / sizeof GROUPS[0]; i++)
        if (strcmp(GROUPS[i].group, group) == 0)
            return read_octets(ret, GROUPS[i].kind, pkey, e);
    return err_set(e, ERR_UNSUPPORTED, "a key of a kind that we do not read");
}

/* OpenSSL keeps its own list of errors; ours are returned. */
static enum err_code take(struct key *ret, EVP_PKEY *pkey, struct err *e)
{
    enum err_code rc = pkey == NULL ? err_set(e, ERR_PARSE, "the container of the key is damaged")
                                    : read_pkey(ret, pkey, e);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return rc;
}

enum err_code keyder_pkcs1(struct key *ret, struct slice der, struct err *e)
{
    const uint8_t *at = der.data;
    EVP_PKEY *pkey = NULL;
    if (der.len <= 2 * KEY_RSA_BYTES)
        pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)der.len);
    if (pkey != NULL && at != der.data + der.len) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    return take(ret, pkey, e);
}

enum err_code keyder_pem(struct key *ret, struct slice text, struct err *e)
{
    char *name = NULL, *header = NULL;
    uint8_t *der = NULL;
    long len = 0;
    EVP_PKEY *pkey = NULL;
    if (text.len > KEYDER_PEM_MAX)
        return err_set(e, ERR_LIMIT, "a PEM text of over %d characters", KEYDER_PEM_MAX);
    BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
    if (bio != NULL && PEM_read_bio(bio, &name, &header, &der, &len) == 1) {
        const uint8_t *at = der;
        if (strcmp(name, "PUBLIC KEY") == 0)
            pkey = d2i_PUBKEY(NULL, &at, len);
        else if (strcmp(name, "RSA PUBLIC KEY") == 0)
            pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, len);
    }
    enum err_code rc = take(ret, pkey, e);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    BIO_free(bio);
    return rc;
}
