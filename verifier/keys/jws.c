/* Compact JWS: see jws.h. */
#include "verifier/keys/jws.h"

#include <string.h>

#include "common/multibase.h"

/* The closed list of algorithms, and the kind of key that each needs. */
static const struct {
    const char *alg;
    enum key_kind kind;
} ALGORITHMS[] = {
    {"RS256", KEY_RSA},        {"ES256", KEY_P256},    {"ES384", KEY_P384},
    {"ES256K", KEY_SECP256K1}, {"EdDSA", KEY_ED25519}, {"Ed25519", KEY_ED25519},
};

static enum err_code find_algorithm(const struct jdoc *header, enum key_kind *ret, struct err *e)
{
    struct slice alg;
    if (!jdoc_get_string(header, "alg", &alg))
        return err_set(e, ERR_PARSE, "token whose header names no algorithm");
    for (size_t i = 0; i < sizeof ALGORITHMS / sizeof ALGORITHMS[0]; i++)
        if (slice_is(alg, ALGORITHMS[i].alg)) {
            *ret = ALGORITHMS[i].kind;
            return ERR_OK;
        }
    return err_set(e, ERR_UNSUPPORTED, "token with the algorithm %.*s, which proves nothing here",
                   SLICE_ARG(alg));
}

/* Extensions that change what is signed. Where keys are to be had (jku, x5u, x5c) is never read. */
static enum err_code check_extensions(const struct jdoc *header, bool detached, struct err *e)
{
    static const char *const REFUSED[] = {"enc", "zip"};
    const struct jdoc *crit = jdoc_get(header, "crit"), *b64 = jdoc_get(header, "b64");
    for (size_t i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++)
        if (jdoc_get(header, REFUSED[i]) != NULL)
            return err_set(e, ERR_DENIED, "token with %s: encrypted or compressed", REFUSED[i]);
    if (!detached && (crit != NULL || b64 != NULL))
        return err_set(e, ERR_DENIED, "token with crit or b64: an extension that we do not know");
    if (detached && (b64 == NULL || b64->type != JDOC_BOOL || b64->boolean || crit == NULL ||
                     crit->type != JDOC_ARRAY || crit->array.n != 1 || !jdoc_is(crit->array.items[0], "b64")))
        return err_set(e, ERR_DENIED, "detached signature whose header is not b64 = false, crit = [b64]");
    return ERR_OK;
}

static enum err_code decode(struct arena *arena, struct slice text, struct slice *ret, struct err *e)
{
    uint8_t *bytes = arena_alloc(arena, text.len + 1);
    size_t len;
    enum err_code rc = arena_check(arena, e);
    if (rc == ERR_OK)
        rc = multibase_base64url(bytes, &len, (const char *)text.data, text.len, e);
    if (rc == ERR_OK)
        *ret = (struct slice){bytes, len};
    return rc;
}

static enum err_code read_header(struct arena *arena, struct slice text, bool detached, struct jws *jws,
                                 struct err *e)
{
    struct slice json;
    if (text.len > JWS_HEADER_MAX)
        return err_set(e, ERR_LIMIT, "token with a header of over %zu bytes", JWS_HEADER_MAX);
    enum err_code rc = decode(arena, text, &json, e);
    if (rc == ERR_OK)
        rc = jdoc_parse(arena, json, jdoc_limits(), &jws->header, e);
    if (rc != ERR_OK)
        return err_wrap(e, "header of the token");
    if (jws->header->type != JDOC_OBJECT)
        return err_set(e, ERR_PARSE, "token whose header is no object");
    rc = check_extensions(jws->header, detached, e);
    if (rc == ERR_OK)
        rc = find_algorithm(jws->header, &jws->kind, e);
    if (rc != ERR_OK)
        return rc;
    jdoc_get_string(jws->header, "kid", &jws->kid);
    jdoc_get_string(jws->header, "typ", &jws->typ);
    jws->jwk = jdoc_get(jws->header, "jwk");
    return ERR_OK;
}

/* Exactly two dots. */
static bool split(struct slice text, struct slice part[3])
{
    for (size_t i = 0; i < 3; i++) {
        size_t dot = slice_find(text, '.');
        if ((dot == text.len) != (i == 2))
            return false;
        part[i] = (struct slice){text.data, dot};
        text = slice_from(text, i == 2 ? dot : dot + 1);
    }
    return true;
}

enum err_code jws_open(struct arena *arena, struct slice text, struct jws *ret, struct err *e)
{
    struct jws jws = {0};
    struct slice part[3];
    if (text.len > JWS_MAX_BYTES)
        return err_set(e, ERR_LIMIT, "token of over %zu bytes", JWS_MAX_BYTES);
    if (!split(text, part))
        return err_set(e, ERR_PARSE, "token that is not three parts with dots between");
    jws.signed_part = (struct slice){text.data, part[0].len + 1 + part[1].len};
    enum err_code rc = read_header(arena, part[0], false, &jws, e);
    if (rc == ERR_OK)
        rc = decode(arena, part[1], &jws.payload, e);
    if (rc == ERR_OK)
        rc = decode(arena, part[2], &jws.signature, e);
    if (rc == ERR_OK)
        *ret = jws;
    return rc;
}

enum err_code jws_open_detached(struct arena *arena, struct slice text, struct slice payload,
                                struct jws *ret, struct err *e)
{
    struct jws jws = {0};
    struct slice part[3];
    if (text.len > JWS_HEADER_MAX || !split(text, part) || part[1].len > 0)
        return err_set(e, ERR_PARSE, "not a detached signature");
    struct slice head = arena_join(arena, part[0], SLICE("."));
    jws.signed_part = arena_join(arena, head, payload);
    enum err_code rc = read_header(arena, part[0], true, &jws, e);
    if (rc == ERR_OK)
        rc = decode(arena, part[2], &jws.signature, e);
    if (rc == ERR_OK)
        *ret = jws;
    return rc;
}

static bool is_base64url(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    return text.len > 0;
}

/* The text of an object begins with {", or with { and white space: "eyJ" and its neighbours. */
bool jws_looks_like(struct slice text)
{
    struct slice part[3];
    uint8_t first[3];
    size_t len;
    return split(text, part) && is_base64url(part[0]) && is_base64url(part[1]) && part[0].len >= 4 &&
           (part[2].len == 0 || is_base64url(part[2])) &&
           multibase_base64url(first, &len, (const char *)part[0].data, 4, NULL) == ERR_OK && first[0] == '{';
}

bool jws_verify(const struct jws *jws, const struct key *key, enum signature_answer *ret)
{
    enum key_kind kind = key->kind >= KEY_KINDS_N ? KEY_SECP256K1 : key->kind;
    if (jws->kind != kind)
        return false;
    *ret = signature_check(key, jws->signed_part, jws->signature);
    return true;
}
