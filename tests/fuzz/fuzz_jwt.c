/* Tokens, JWKs and DIDs of strangers: opened, checked with nobody to ask, and written again. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "verifier/keys/did.h"
#include "verifier/keys/jwt.h"
#include "verifier/keys/keytext.h"

static struct lookup lookup;
static struct arena arena;

/* A token that holds has a finding that proves it, and its key came out of the issuer's own name or is
 * said to be nobody's: there is nobody to ask. */
static void check_token(struct slice text)
{
    static struct verdict_findings findings;
    struct format_env env = {.lookup = &lookup, .now = 1767225600};
    struct format_check c = {.env = &env, .arena = &arena, .findings = &findings};
    struct jwt jwt;
    struct err e;
    enum err_code rc = jwt_open(&arena, text, &jwt, &e);
    if (rc != ERR_OK) {
        fuzz_assert(reasons_row(jwt_refusal(rc))->effect != REASONS_PASSED);
        return;
    }
    fuzz_assert(jws_looks_like(text));
    findings.n = 0;
    c.root = jwt.credential;
    if (!jdoc_get_string(jwt.credential, "issuer", &c.issuer))
        jdoc_get_string(jdoc_get(jwt.credential, "issuer"), "id", &c.issuer);
    bool good = jwt_check(&c, &jwt), objects = false, proves = false;
    for (size_t i = 0; i < findings.n; i++) {
        enum reasons_effect effect = reasons_row(findings.items[i].reason)->effect;
        objects = objects || effect == REASONS_NOT_GENUINE || effect == REASONS_COULD_NOT_CHECK;
        proves = proves || effect == REASONS_PROVES;
    }
    fuzz_assert(good ? proves && !objects : objects);
}

static void check_jwk(struct slice text)
{
    char multibase[KEYTEXT_MULTIBASE_ROOM];
    const struct jdoc *jwk;
    struct key key, again;
    if (jdoc_parse(&arena, text, jdoc_limits(), &jwk, NULL) != ERR_OK || keytext_jwk(&key, jwk, NULL) != ERR_OK ||
        key.kind == KEY_RSA)
        return;
    keytext_write(multibase, &key);
    fuzz_assert(keytext_multibase(&again, slice_of(multibase), NULL) == ERR_OK && key_equal(&key, &again));
}

/* Nothing but a host and a path comes out of a did:web. */
static void check_did(struct slice text)
{
    struct did did = did_parse(text);
    struct method method;
    struct slice url;
    if (did.kind == DID_NONE)
        return;
    if (did_implied(&arena, &did, &method, NULL) == ERR_OK)
        fuzz_assert(slice_starts(method.id, did.whole));
    if (did.kind != DID_WEB || did_web_url(&arena, &did, &url, NULL) != ERR_OK)
        return;
    fuzz_assert(slice_starts(url, SLICE("https://")));
    fuzz_assert(memmem(url.data, url.len, "/../", 4) == NULL && memmem(url.data, url.len, "/./", 3) == NULL);
    for (size_t i = 0; i < url.len; i++)
        fuzz_assert(url.data[i] > ' ' && url.data[i] < 0x7f && strchr("@?#%\\", url.data[i]) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct slice text = {data, len};
    lookup_open(&lookup, NULL);
    arena_init(&arena, (size_t)64 << 20);
    check_token(text);
    check_jwk(text);
    check_did(text);
    arena_done(&arena);
    lookup_close(&lookup);
    return 0;
}
