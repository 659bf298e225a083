/* Text forms of keys: see keytext.h. */
#include "verifier/keys/keytext.h"

#include <assert.h>
#include <string.h>

#include "common/hex.h"
#include "common/multibase.h"
#include "verifier/keys/keyder.h"

/* -- Multikey ------------------------------------------------------------------------------- */

/* An unsigned varint in its shortest form. Returns: its length, 0 if it is none of ours. */
static size_t read_varint(struct slice bytes, uint64_t *ret)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.len && i < 4; i++) {
        value |= (uint64_t)(bytes.data[i] & 0x7f) << (7 * i);
        if (bytes.data[i] < 0x80) {
            *ret = value;
            return bytes.data[i] == 0 && i > 0 ? 0 : i + 1;
        }
    }
    return 0;
}

static size_t put_varint(uint8_t *bytes, uint64_t value)
{
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[n++] = (uint8_t)(value | 0x80);
    bytes[n++] = (uint8_t)value;
    return n;
}

enum err_code keytext_multikey(struct key *ret, struct slice bytes, struct err *e)
{
    uint64_t codec = 0;
    size_t n = read_varint(bytes, &codec);
    enum key_kind kind = n == 0 ? KEY_KINDS_N : key_kind_of_codec(codec);
    if (kind == KEY_KINDS_N)
        return err_set(e, ERR_UNSUPPORTED, "a Multikey of a kind that we do not read");
    bytes = slice_from(bytes, n);
    if (kind == KEY_RSA)
        return keyder_pkcs1(ret, bytes, e);
    if (kind != KEY_ED25519 && (bytes.len == 0 || bytes.data[0] == 4))
        return err_set(e, ERR_PARSE, "a Multikey whose point is not compressed");
    return key_read(ret, kind, bytes, e);
}

static enum err_code too_long(struct err *e)
{
    return err_set(e, ERR_LIMIT, "a key of over %d characters", KEYTEXT_MAX);
}

enum err_code keytext_multibase(struct key *ret, struct slice text, struct err *e)
{
    uint8_t bytes[KEYTEXT_MAX];
    size_t len;
    if (text.len > KEYTEXT_MAX)
        return too_long(e);
    enum err_code rc = multibase_decode(bytes, &len, (const char *)text.data, text.len, e);
    return rc != ERR_OK ? rc : keytext_multikey(ret, (struct slice){bytes, len}, e);
}

enum err_code keytext_base58(struct key *ret, enum key_kind kind, struct slice text, struct err *e)
{
    char prefixed[KEYTEXT_MAX + 1] = "z";
    uint8_t bytes[KEYTEXT_MAX];
    size_t len;
    if (text.len > KEYTEXT_MAX - 1)
        return too_long(e);
    memcpy(prefixed + 1, text.data, text.len);
    enum err_code rc = multibase_decode(bytes, &len, prefixed, text.len + 1, e);
    return rc != ERR_OK ? rc : key_read(ret, kind, (struct slice){bytes, len}, e);
}

enum err_code keytext_hex(struct key *ret, enum key_kind kind, struct slice text, struct err *e)
{
    uint8_t bytes[KEYTEXT_MAX / 2];
    if (text.len > KEYTEXT_MAX)
        return too_long(e);
    if (slice_starts(text, SLICE("0x")))
        text = slice_from(text, 2);
    if (text.len % 2 != 0 || !hex_decode(bytes, text.len / 2, (const char *)text.data, text.len, true))
        return err_set(e, ERR_PARSE, "a key that is not hexadecimal");
    return key_read(ret, kind, (struct slice){bytes, text.len / 2}, e);
}

void keytext_write(char text[static KEYTEXT_MULTIBASE_ROOM], const struct key *key)
{
    static const uint64_t CODECS[] = {
#define X(name, word, algorithm, codec, len) codec,
        KEY_KINDS(X)
#undef X
    };
    uint8_t bytes[2 + 49];
    assert(key->kind < KEY_RSA);
    size_t n = put_varint(bytes, CODECS[key->kind]);
    if (key->kind == KEY_ED25519) {
        memcpy(bytes + n, key->bytes, key->len);
        n += key->len;
    } else {
        n += key_compress(bytes + n, key);
    }
    multibase_base58(text, bytes, n);
}

/* -- JWK ------------------------------------------------------------------------------------ */

/* A member in base64url; at most max bytes. */
static enum err_code get_bytes(const struct jdoc *jwk, const char *name, uint8_t *bytes, size_t max,
                               size_t *ret_len, struct err *e)
{
    struct slice text;
    if (!jdoc_get_string(jwk, name, &text))
        return err_set(e, ERR_PARSE, "JWK without %s", name);
    if (text.len > (max * 8 + 5) / 6)
        return err_set(e, ERR_LIMIT, "JWK with a too long %s", name);
    enum err_code rc = multibase_base64url(bytes, ret_len, (const char *)text.data, text.len, e);
    return rc == ERR_OK ? rc : err_wrap(e, "JWK, %s", name);
}

static enum err_code read_okp(struct key *ret, const struct jdoc *jwk, struct err *e)
{
    uint8_t x[33];
    size_t len;
    if (!jdoc_is(jdoc_get(jwk, "crv"), "Ed25519"))
        return err_set(e, ERR_UNSUPPORTED, "JWK of a curve that we do not read");
    enum err_code rc = get_bytes(jwk, "x", x, 32, &len, e);
    return rc != ERR_OK ? rc : key_read(ret, KEY_ED25519, (struct slice){x, len}, e);
}

/* Both coordinates in full length, as RFC 7518 section 6.2.1.2 demands. */
static enum err_code read_ec(struct key *ret, const struct jdoc *jwk, struct err *e)
{
    static const enum key_kind KINDS[] = {KEY_P256, KEY_P384, KEY_SECP256K1};
    const struct jdoc *crv = jdoc_get(jwk, "crv");
    for (size_t i = 0; crv != NULL && i < sizeof KINDS / sizeof KINDS[0]; i++) {
        size_t coordinate = KINDS[i] == KEY_P384 ? 48 : 32, n_x, n_y;
        uint8_t point[1 + 2 * 49] = {4}, y[49];
        if (!jdoc_is(crv, key_kind_name(KINDS[i])) && !(KINDS[i] == KEY_SECP256K1 && jdoc_is(crv, "P-256K")))
            continue;
        enum err_code rc = get_bytes(jwk, "x", point + 1, coordinate, &n_x, e);
        if (rc == ERR_OK)
            rc = get_bytes(jwk, "y", y, coordinate, &n_y, e);
        if (rc != ERR_OK)
            return rc;
        if (n_x != coordinate || n_y != coordinate)
            return err_set(e, ERR_PARSE, "JWK with a coordinate that is too short");
        memcpy(point + 1 + coordinate, y, coordinate);
        return key_read(ret, KINDS[i], (struct slice){point, 1 + 2 * coordinate}, e);
    }
    return err_set(e, ERR_UNSUPPORTED, "JWK of a curve that we do not read");
}

static enum err_code read_rsa(struct key *ret, const struct jdoc *jwk, struct err *e)
{
    uint8_t n[KEY_RSA_BYTES + 1], exponent[8];
    size_t n_len, e_len;
    uint64_t value = 0;
    enum err_code rc = get_bytes(jwk, "n", n, KEY_RSA_BYTES, &n_len, e);
    if (rc == ERR_OK)
        rc = get_bytes(jwk, "e", exponent, 7, &e_len, e);
    if (rc != ERR_OK)
        return rc;
    for (size_t i = 0; i < e_len; i++)
        value = value << 8 | exponent[i];
    return key_read_rsa(ret, (struct slice){n, n_len}, value, e);
}

/* What a JWK says of itself must allow a signature to be verified. */
static enum err_code check_use(const struct jdoc *jwk, enum key_kind kind, struct err *e)
{
    static const char *const SECRETS[] = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"};
    const struct jdoc *use = jdoc_get(jwk, "use"), *ops = jdoc_get(jwk, "key_ops"), *alg = jdoc_get(jwk, "alg");
    bool may = ops == NULL;
    for (size_t i = 0; i < sizeof SECRETS / sizeof SECRETS[0]; i++)
        if (jdoc_get(jwk, SECRETS[i]) != NULL)
            return err_set(e, ERR_DENIED, "JWK with a secret in it (%s): the key is everybody's", SECRETS[i]);
    for (size_t i = 0; ops != NULL && ops->type == JDOC_ARRAY && i < ops->array.n; i++)
        may = may || jdoc_is(ops->array.items[i], "verify");
    if (!may || (use != NULL && !jdoc_is(use, "sig")))
        return err_set(e, ERR_DENIED, "JWK that is not for signatures (use, key_ops)");
    if (alg != NULL && !jdoc_is(alg, key_algorithm(kind)) && !(kind == KEY_ED25519 && jdoc_is(alg, "Ed25519")))
        return err_set(e, ERR_DENIED, "JWK for another algorithm than %s", key_algorithm(kind));
    return ERR_OK;
}

enum err_code keytext_jwk(struct key *ret, const struct jdoc *jwk, struct err *e)
{
    static const struct {
        const char *kty;
        enum err_code (*read)(struct key *ret, const struct jdoc *jwk, struct err *e);
    } TYPES[] = {{"OKP", read_okp}, {"EC", read_ec}, {"RSA", read_rsa}};
    const struct jdoc *kty = jdoc_get(jwk, "kty");
    struct key key;
    for (size_t i = 0; kty != NULL && i < sizeof TYPES / sizeof TYPES[0]; i++)
        if (jdoc_is(kty, TYPES[i].kty)) {
            enum err_code rc = TYPES[i].read(&key, jwk, e);
            if (rc == ERR_OK)
                rc = check_use(jwk, key.kind, e);
            if (rc == ERR_OK)
                *ret = key;
            return rc;
        }
    return err_set(e, ERR_UNSUPPORTED, "JWK of a kty that we do not read");
}
