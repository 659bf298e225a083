/* Tokens: the published examples, tokens of every algorithm, and all the ways to forge one. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/multibase.h"
#include "tests/keybench.h"
#include "verifier/keys/jwt.h"
#include "verifier/keys/keytext.h"

#define V2 "\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"type\":[\"VerifiableCredential\"]"
#define V1 "\"@context\":[\"https://www.w3.org/2018/credentials/v1\"],\"type\":[\"VerifiableCredential\"]"
#define SUBJECT "\"credentialSubject\":{\"id\":\"did:example:holder\"}"

static const char *header_of(struct keybench *b, enum key_kind kind, const char *more)
{
    return keybench_text(b, "{\"alg\":\"%s\",\"typ\":\"JWT\"%s}", key_algorithm(kind), more);
}

static const char *payload_of(struct keybench *b, const char *issuer, const char *more)
{
    return keybench_text(b, "{" V2 ",\"id\":\"urn:x:1\",\"issuer\":{\"id\":\"%s\"}," SUBJECT
                            ",\"validFrom\":\"2025-01-01T00:00:00Z\",\"iss\":\"%s\"%s}", issuer, issuer, more);
}

/* The DID of a key of any kind. */
static const char *did_of(struct keybench *b, enum key_kind kind)
{
    const char *jwk = keybench_jwk(b, kind, 0);
    return keybench_text(b, "did:jwk:%s", keybench_base64url(b, jwk, strlen(jwk)));
}

static void every_algorithm(void **state)
{
    struct keybench *b = *state;
    for (int k = 0; k < KEY_KINDS_N; k++) {
        enum key_kind kind = (enum key_kind)k;
        const char *did = did_of(b, kind), *payload = payload_of(b, did, ",\"nbf\":1735689600,\"jti\":\"urn:x:1\"");
        const char *kids[] = {"", keybench_text(b, ",\"kid\":\"%s#0\"", did), ",\"kid\":\"#0\"",
                              keybench_text(b, ",\"kid\":\"%s\"", did)};
        for (size_t i = 0; i < sizeof kids / sizeof kids[0]; i++) {
            assert_true(keybench_token(b, keybench_jws(b, kind, 0, header_of(b, kind, kids[i]), payload)));
            keybench_expect(b, SIGNATURE_HOLDS);
            keybench_expect(b, CLAIMS_AGREE);
        }
        assert_false(keybench_token(b, keybench_jws(b, kind, 0, header_of(b, kind, ",\"kid\":\"#1\""), payload)));
        keybench_expect(b, KEY_NOT_LISTED);
        if (kind == KEY_RSA)
            continue;
        assert_false(keybench_token(b, keybench_jws(b, kind, 1, header_of(b, kind, ""), payload)));
        keybench_expect(b, SIGNATURE_WRONG);
    }
}

/* The algorithm is that of the key; the header can only contradict it. */
static void confusion(void **state)
{
    static const char *const ALGORITHMS[] = {"RS256", "ES256", "ES384", "ES256K", "EdDSA"};
    struct keybench *b = *state;
    for (int k = 0; k < KEY_KINDS_N; k++) {
        enum key_kind kind = (enum key_kind)k;
        const char *payload = payload_of(b, did_of(b, kind), "");
        for (size_t i = 0; i < sizeof ALGORITHMS / sizeof ALGORITHMS[0]; i++) {
            if (strcmp(ALGORITHMS[i], key_algorithm(kind)) == 0)
                continue;
            const char *header = keybench_text(b, "{\"alg\":\"%s\"}", ALGORITHMS[i]);
            assert_false(keybench_token(b, keybench_jws(b, kind, 0, header, payload)));
            keybench_expect(b, ALGORITHM_NOT_OF_KEY);
        }
    }
}

static void refused_headers(void **state)
{
    static const struct {
        const char *header;
        enum reason reason;
    } HEADERS[] = {
        {"{\"alg\":\"none\"}", REASON_TOKEN_UNSIGNED},
        {"{\"alg\":\"None\"}", REASON_TOKEN_UNSIGNED},
        {"{\"alg\":\"HS256\"}", REASON_TOKEN_UNSIGNED},
        {"{\"alg\":\"PS256\"}", REASON_TOKEN_UNSIGNED},
        {"{\"alg\":\"ES512\"}", REASON_TOKEN_UNSIGNED},
        {"{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"}", REASON_TOKEN_REFUSED},
        {"{\"alg\":\"EdDSA\",\"crit\":[\"b64\"],\"b64\":false}", REASON_TOKEN_REFUSED},
        {"{\"alg\":\"EdDSA\",\"crit\":[\"exp\"]}", REASON_TOKEN_REFUSED},
        {"{\"alg\":\"EdDSA\",\"crit\":[]}", REASON_TOKEN_REFUSED},
        {"{\"alg\":\"EdDSA\",\"b64\":true}", REASON_TOKEN_REFUSED},
        {"{\"alg\":\"EdDSA\",\"zip\":\"DEF\"}", REASON_TOKEN_REFUSED},
        {"{\"alg\":\"EdDSA\",\"typ\":\"dpop+jwt\"}", REASON_TOKEN_REFUSED},
        {"{\"alg\":\"EdDSA\",\"cty\":\"JWT\"}", REASON_TOKEN_REFUSED},
        {"{\"alg\":7}", REASON_TOKEN_MALFORMED},
        {"{}", REASON_TOKEN_MALFORMED},
        {"[]", REASON_TOKEN_MALFORMED},
        {"{\"alg\":\"EdDSA\",\"alg\":\"EdDSA\"}", REASON_TOKEN_MALFORMED},
        {"{\"alg\":\"EdDSA\"} ", REASONS_COUNT}, /* white space is legal */
        {"{\"alg\":\"Ed25519\"}", REASONS_COUNT},
        {"{\"alg\":\"EdDSA\",\"typ\":\"application/vc+jwt\",\"cty\":\"vc\"}", REASONS_COUNT},
        {"{\"alg\":\"EdDSA\",\"typ\":\"VC+LD+JSON+JWT\"}", REASONS_COUNT},
        {"{\"alg\":\"EdDSA\",\"jku\":\"https://evil.example/keys\",\"x5u\":\"https://evil.example\"}", REASONS_COUNT},
    };
    struct keybench *b = *state;
    const char *payload = payload_of(b, did_of(b, KEY_ED25519), "");
    for (size_t i = 0; i < sizeof HEADERS / sizeof HEADERS[0]; i++) {
        bool good = keybench_token(b, keybench_jws(b, KEY_ED25519, 0, HEADERS[i].header, payload));
        if (good != (HEADERS[i].reason == REASONS_COUNT) || (!good && !keybench_found(b, HEADERS[i].reason))) {
            keybench_print(b);
            fail_msg("%s", HEADERS[i].header);
        }
    }
}

static void malformed(void **state)
{
    struct keybench *b = *state;
    const char *payload = payload_of(b, did_of(b, KEY_ED25519), "");
    const char *good = keybench_jws(b, KEY_ED25519, 0, "{\"alg\":\"EdDSA\"}", payload);
    const char *bad[] = {
        "", ".", "..", "...", "a.b", keybench_text(b, "%s.", good), keybench_text(b, "%s.x", good),
        keybench_text(b, ".%s", good), keybench_text(b, "%s=", good), keybench_text(b, " %s", good),
        keybench_text(b, "%s\n", good), keybench_jws(b, KEY_ED25519, 0, "{\"alg\":\"EdDSA\"}", "[]"),
        keybench_jws(b, KEY_ED25519, 0, "{\"alg\":\"EdDSA\"}", "{\"a\":1,\"a\":2}"),
        keybench_jws(b, KEY_ED25519, 0, "{\"alg\":\"EdDSA\"}", "plain"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (keybench_token(b, bad[i]) || !keybench_found(b, REASON_TOKEN_MALFORMED))
            fail_msg("not malformed: %s", bad[i]);
    }
    assert_true(jws_looks_like(slice_of(good)));
    assert_false(jws_looks_like(slice_of("a.b.c")));
    assert_false(jws_looks_like(slice_of("www.example.org")));
}

/* A signature as DER, cut, longer, of zeros. */
static void other_signatures(void **state)
{
    struct keybench *b = *state;
    const char *good = keybench_jws(b, KEY_P256, 0, "{\"alg\":\"ES256\"}", payload_of(b, did_of(b, KEY_P256), ""));
    int head = (int)(strrchr(good, '.') + 1 - good);
    uint8_t raw[72] = {0};
    size_t len;
    assert_err(multibase_base64url(raw, &len, good + head, strlen(good + head), NULL), ERR_OK);
    uint8_t der[72] = {0x30, 0x46, 0x02, 0x21};
    memcpy(der + 5, raw, 32);
    memcpy(der + 37, "\x02\x21", 2);
    memcpy(der + 40, raw + 32, 32);
    const struct {
        const uint8_t *bytes;
        size_t len;
    } BAD[] = {{der, 72}, {raw, 63}, {raw, 65}, {raw, 0}, {(const uint8_t[64]){0}, 64}};
    assert_true(keybench_token(b, keybench_text(b, "%.*s%s", head, good, keybench_base64url(b, raw, 64))));
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        if (keybench_token(b, keybench_text(b, "%.*s%s", head, good, keybench_base64url(b, BAD[i].bytes, BAD[i].len))))
            fail_msg("signature %zu holds", i);
}

/* No changed character gives a token that holds. */
static void every_character_counts(void **state)
{
    struct keybench *b = *state;
    const char *good = keybench_jws(b, KEY_P256, 0, "{\"alg\":\"ES256\"}", payload_of(b, did_of(b, KEY_P256), ""));
    char *bad = strdup(good);
    assert_non_null(bad);
    for (char *at = bad; *at != '\0'; at++) {
        char kept = *at;
        *at = kept == 'A' ? 'B' : 'A';
        arena_reset(&b->arena);
        if (keybench_token(b, bad))
            fail_msg("character %td does not count", at - bad);
        *at = kept;
    }
    assert_true(keybench_token(b, bad));
    free(bad);
}

static void claims(void **state)
{
    static const struct {
        const char *claims;
        enum reason reason; /* REASONS_COUNT: holds */
    } CASES[] = {
        {"", REASONS_COUNT},
        {",\"sub\":\"did:example:holder\",\"jti\":\"urn:x:1\",\"nbf\":1735689600,\"iat\":1735689600,\"aud\":\"x\"", REASONS_COUNT},
        {",\"nbf\":1735689600.25", REASONS_COUNT},
        {",\"sub\":\"did:example:other\"", REASON_CLAIMS_OTHER_IDENTITY},
        {",\"sub\":7", REASON_CLAIMS_OTHER_IDENTITY},
        {",\"jti\":\"urn:x:2\"", REASON_CLAIMS_OTHER_IDENTITY},
        {",\"nbf\":1735689601", REASON_CLAIMS_OTHER_DATES},
        {",\"nbf\":-1", REASON_CLAIMS_OTHER_DATES},
        {",\"nbf\":\"1735689600\"", REASON_CLAIMS_OTHER_DATES},
        {",\"nbf\":1e300", REASON_CLAIMS_OTHER_DATES},
        {",\"nbf\":1e400", REASON_TOKEN_MALFORMED},
        {",\"nbf\":[1735689600]", REASON_CLAIMS_OTHER_DATES},
        {",\"nbf\":{\"a\":[[]]}", REASON_CLAIMS_OTHER_DATES},
        {",\"exp\":true", REASON_CLAIMS_OTHER_DATES},
        {",\"exp\":\"1893456000\"", REASON_CLAIMS_OTHER_DATES},
        {",\"exp\":-1", REASON_CLAIMS_OTHER_DATES},
        {",\"jti\":[\"urn:x:1\"]", REASON_CLAIMS_OTHER_IDENTITY},
        {",\"jti\":null", REASON_CLAIMS_OTHER_IDENTITY},
        {",\"exp\":1893456000,\"validUntil\":\"2030-01-01T00:00:00Z\"", REASONS_COUNT},
        {",\"exp\":1893456001,\"validUntil\":\"2030-01-01T00:00:00Z\"", REASON_CLAIMS_OTHER_DATES},
    };
    struct keybench *b = *state;
    const char *did = did_of(b, KEY_ED25519);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        bool good = keybench_token(b, keybench_jws(b, KEY_ED25519, 0, "{\"alg\":\"EdDSA\"}", payload_of(b, did, CASES[i].claims)));
        if (good != (CASES[i].reason == REASONS_COUNT) || (!good && !keybench_found(b, CASES[i].reason)))
            fail_msg("%s", CASES[i].claims);
    }
    /* An end that only the token tells is the end of the credential too. */
    assert_true(keybench_token(b, keybench_jws(b, KEY_ED25519, 0, "{\"alg\":\"EdDSA\"}", payload_of(b, did, ",\"exp\":1735689601"))));
    assert_true(jdoc_is(jdoc_get(b->check.root, "validUntil"), "2025-01-01T00:00:01Z"));
    assert_true(jdoc_is(jdoc_get(b->check.root, "validFrom"), "2025-01-01T00:00:00Z"));
    /* A member that is null says nothing, and hides nothing. */
    static const char *const NULLS[] = {"\"validUntil\":null", "\"expirationDate\":null"};
    for (size_t i = 0; i < 2; i++) {
        const char *more = keybench_text(b, ",\"exp\":1735689601,%s", NULLS[i]);
        assert_true(keybench_token(b, keybench_jws(b, KEY_ED25519, 0, "{\"alg\":\"EdDSA\"}", payload_of(b, did, more))));
        assert_true(jdoc_is(jdoc_get(b->check.root, "validUntil"), "2025-01-01T00:00:01Z"));
        more = keybench_text(b, "{\"iss\":\"%s\",\"exp\":1735689601,\"vc\":{" V1 ",%s}}", did, NULLS[i]);
        assert_true(keybench_token(b, keybench_jws(b, KEY_ED25519, 0, "{\"alg\":\"EdDSA\"}", more)));
        assert_true(jdoc_is(jdoc_get(b->check.root, "expirationDate"), "2025-01-01T00:00:01Z"));
    }
    /* iss against the issuer inside */
    const char *payload = keybench_text(b, "{" V2 ",\"issuer\":\"%s\"," SUBJECT ",\"iss\":\"did:web:a.example\"}", did);
    assert_false(keybench_token(b, keybench_jws(b, KEY_ED25519, 0, "{\"alg\":\"EdDSA\"}", payload)));
    keybench_expect(b, CLAIMS_OTHER_IDENTITY);
}

/* VC 1.1: claims stand for members, and may not contradict them. */
static void wrapped(void **state)
{
    struct keybench *b = *state;
    const char *did = did_of(b, KEY_ED25519);
    const char *payload = keybench_text(b, "{\"iss\":\"%s\",\"sub\":\"did:example:holder\",\"jti\":\"urn:x:1\",\"nbf\":1735689600,"
                                           "\"exp\":1893456000,\"vc\":{" V1 ",\"credentialSubject\":{\"name\":\"A\"}}}", did);
    assert_true(keybench_token(b, keybench_jws(b, KEY_ED25519, 0, "{\"alg\":\"EdDSA\"}", payload)));
    const struct jdoc *v = b->check.root;
    assert_true(jdoc_is(jdoc_get(v, "issuer"), did));
    assert_true(jdoc_is(jdoc_get(v, "id"), "urn:x:1"));
    assert_true(jdoc_is(jdoc_get(v, "issuanceDate"), "2025-01-01T00:00:00Z"));
    assert_true(jdoc_is(jdoc_get(v, "expirationDate"), "2030-01-01T00:00:00Z"));
    assert_true(jdoc_is(jdoc_get(jdoc_get(v, "credentialSubject"), "id"), "did:example:holder"));
    payload = keybench_text(b, "{\"iss\":\"%s\",\"nbf\":1735689600,\"vc\":{" V1 ",\"issuer\":\"%s\","
                               "\"issuanceDate\":\"2025-01-01T00:00:00.9Z\"}}", did, did);
    assert_true(keybench_token(b, keybench_jws(b, KEY_ED25519, 0, "{\"alg\":\"EdDSA\"}", payload)));
    payload = keybench_text(b, "{\"iss\":\"%s\",\"vc\":{" V1 ",\"issuer\":\"did:web:a.example\"}}", did);
    assert_false(keybench_token(b, keybench_jws(b, KEY_ED25519, 0, "{\"alg\":\"EdDSA\"}", payload)));
    payload = keybench_text(b, "{\"iss\":\"%s\",\"vc\":{},\"vp\":{}}", did);
    assert_false(keybench_token(b, keybench_jws(b, KEY_ED25519, 0, "{\"alg\":\"EdDSA\"}", payload)));
    keybench_expect(b, TOKEN_REFUSED);
    assert_false(keybench_token(b, keybench_jws(b, KEY_ED25519, 0, "{\"alg\":\"EdDSA\"}", "{\"iss\":\"x\"}")));
    keybench_expect(b, TOKEN_REFUSED);
}

/* ---- whose key ---- */

static void record(struct keybench *b, const char *http)
{
    const char *text = keybench_text(b, "{\"http\":{%s}}", http);
    struct err e;
    lookup_close(&b->lookup);
    lookup_open(&b->lookup, NULL);
    assert_ok(lookup_record(&b->lookup, text, strlen(text), &e), e);
}

#define WEB "did:web:a.example"
#define WEB_DOCUMENT "\"https://a.example/.well-known/did.json\":{\"id\":\"" WEB "\",\"verificationMethod\":[{\"id\":\"#k\"," \
                     "\"publicKeyJwk\":%s}],\"assertionMethod\":[\"#k\"]}"

static bool check_web(struct keybench *b, unsigned nth, const char *header_more)
{
    return keybench_token(b, keybench_jws(b, KEY_P256, nth, header_of(b, KEY_P256, header_more), payload_of(b, WEB, "")));
}

static void from_the_web(void **state)
{
    struct keybench *b = *state;
    record(b, keybench_text(b, WEB_DOCUMENT, keybench_jwk(b, KEY_P256, 0)));
    assert_true(check_web(b, 0, ",\"kid\":\"" WEB "#k\""));
    assert_true(check_web(b, 0, ",\"kid\":\"#k\""));
    assert_true(check_web(b, 0, ",\"kid\":\"k\""));
    assert_true(check_web(b, 0, ""));
    assert_true(check_web(b, 0, ",\"kid\":\"" WEB "\""));
    assert_true(check_web(b, 0, keybench_text(b, ",\"jwk\":%s", keybench_jwk(b, KEY_P256, 0))));
    assert_false(check_web(b, 1, ""));
    keybench_expect(b, SIGNATURE_WRONG);
    assert_false(check_web(b, 0, ",\"kid\":\"" WEB "#other\""));
    keybench_expect(b, KEY_NOT_LISTED);
    /* The attacker's key in the header, and the attacker's DID as kid. */
    assert_false(check_web(b, 1, keybench_text(b, ",\"jwk\":%s", keybench_jwk(b, KEY_P256, 1))));
    keybench_expect(b, KEY_NOT_LISTED);
    assert_false(check_web(b, 1, keybench_text(b, ",\"kid\":\"%s\"", keybench_did(b, KEY_P256, 1))));
    keybench_expect(b, SIGNER_NOT_ISSUER);
}

static void out_of_reach(void **state)
{
    struct keybench *b = *state;
    assert_false(check_web(b, 0, ",\"kid\":\"" WEB "#k\""));
    keybench_expect(b, KEY_UNREACHABLE);
    assert_false(check_web(b, 0, ""));
    keybench_expect(b, KEY_UNREACHABLE);
    /* The mathematics can be checked, the owner cannot. */
    assert_true(check_web(b, 0, keybench_text(b, ",\"jwk\":%s", keybench_jwk(b, KEY_P256, 0))));
    keybench_expect(b, KEY_UNBOUND);
    assert_int_equal(verdict_of(&b->findings).authenticity, VERDICT_UNKNOWN_ISSUER);
    assert_false(check_web(b, 0, keybench_text(b, ",\"jwk\":%s", keybench_jwk(b, KEY_P256, 1))));
    keybench_expect(b, SIGNATURE_WRONG);
    assert_false(check_web(b, 0, ",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}"));
    keybench_expect(b, KEY_UNREADABLE);
}

/* The issuer's page says nothing of keys: the one in the header is nobody's in particular. */
static void page_without_keys(void **state)
{
    struct keybench *b = *state;
    record(b, "\"https://a.example/.well-known/did.json\":{\"id\":\"" WEB "\",\"name\":\"A\"}");
    assert_true(check_web(b, 0, keybench_text(b, ",\"jwk\":%s", keybench_jwk(b, KEY_P256, 0))));
    assert_int_equal(verdict_of(&b->findings).authenticity, VERDICT_UNKNOWN_ISSUER);
    assert_false(check_web(b, 0, ",\"kid\":\"" WEB "#k\""));
    keybench_expect(b, KEY_UNREADABLE);
}

/* A key at an address of its own: below the issuer's address it is his, elsewhere it is anybody's. */
static void bare_keys(void **state)
{
    struct keybench *b = *state;
    const char *jwk = keybench_jwk(b, KEY_P256, 0);
    record(b, keybench_text(b, "\"https://a.example/i/keys/1\":%s,\"https://a.example/ideas/1\":%s,\"https://b.example/1\":%s", jwk, jwk, jwk));
    static const struct {
        const char *kid;
        bool bound;
    } KIDS[] = {{"https://a.example/i/keys/1", true}, {"https://a.example/ideas/1", false}, {"https://b.example/1", false}};
    for (size_t i = 0; i < 3; i++) {
        const char *header = header_of(b, KEY_P256, keybench_text(b, ",\"kid\":\"%s\"", KIDS[i].kid));
        assert_true(keybench_token(b, keybench_jws(b, KEY_P256, 0, header, payload_of(b, "https://a.example/i", ""))));
        assert_int_equal(keybench_found(b, REASON_KEY_UNBOUND), !KIDS[i].bound);
    }
    /* Below it by its letters only. */
    static const char *const ROUND[] = {"https://a.example/i/../evil/1", "https://a.example/i/%2e%2e/evil/1", "https://a.example/i/.%2E/evil/1"};
    for (size_t i = 0; i < 3; i++) {
        record(b, keybench_text(b, "\"%s\":%s", ROUND[i], jwk));
        const char *header = header_of(b, KEY_P256, keybench_text(b, ",\"kid\":\"%s\"", ROUND[i]));
        assert_false(keybench_token(b, keybench_jws(b, KEY_P256, 0, header, payload_of(b, "https://a.example/i", ""))));
        keybench_expect(b, KEY_UNREACHABLE);
    }
}

static void purposes(void **state)
{
    struct keybench *b = *state;
    const char *jwk = keybench_jwk(b, KEY_P256, 0);
    record(b, keybench_text(b, "\"https://a.example/.well-known/did.json\":{\"id\":\"" WEB "\",\"verificationMethod\":[{\"id\":\"#k\","
                               "\"publicKeyJwk\":%s}],\"authentication\":[\"#k\"]}", jwk));
    assert_false(check_web(b, 0, ",\"kid\":\"#k\""));
    keybench_expect(b, KEY_WRONG_PURPOSE);
    const char *vp = "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"type\":[\"VerifiablePresentation\"],"
                     "\"holder\":\"" WEB "\",\"nonce\":\"n1\",\"aud\":[\"https://v.example\"]}";
    const char *token = keybench_jws(b, KEY_P256, 0, "{\"alg\":\"ES256\",\"kid\":\"#k\"}", vp);
    assert_true(keybench_token(b, token));
    b->env.expected.challenge = "n1";
    b->env.expected.domains[0] = "https://v.example";
    assert_true(keybench_token(b, token));
    b->env.expected.challenge = "n2";
    assert_false(keybench_token(b, token));
    keybench_expect(b, PROOF_OTHER_CHALLENGE);
    b->env.expected.challenge = NULL;
    b->env.expected.domains[0] = "https://w.example";
    assert_false(keybench_token(b, token));
    keybench_expect(b, PROOF_OTHER_DOMAIN);
}

/* ---- published ---- */

/* RFC 8037 appendix A.4 (Ed25519) and RFC 7515 appendix A.2 and A.3 (RSA, P-256). */
static void published(void **state)
{
    static const struct {
        const char *jwk, *token;
    } TOKENS[] = {
        {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
         "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki"
         "4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LN"
         "pXW6pCyStikYjKIWI5a0\"}",
         "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
         "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
        {"{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d"
         "4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7W"
         "TBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9"
         "gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"}",
         "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
         "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZc"
         "AcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOk"
         "HWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
    };
    struct keybench *b = *state;
    for (size_t i = 0; i < sizeof TOKENS / sizeof TOKENS[0]; i++) {
        const struct jdoc *jwk;
        enum signature_answer answer = SIGNATURE_WRONG;
        struct key key;
        struct jws jws;
        struct err e;
        assert_ok(jdoc_parse(&b->arena, slice_of(TOKENS[i].jwk), jdoc_limits(), &jwk, &e), e);
        assert_ok(keytext_jwk(&key, jwk, &e), e);
        assert_ok(jws_open(&b->arena, slice_of(TOKENS[i].token), &jws, &e), e);
        assert_true(jws_verify(&jws, &key, &answer));
        assert_int_equal(answer, SIGNATURE_HOLDS);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, keybench_setup, keybench_teardown)
    const struct CMUnitTest tests[] = {
        T(every_algorithm), T(confusion), T(refused_headers), T(malformed), T(other_signatures), T(every_character_counts),
        T(claims),          T(wrapped),   T(from_the_web),    T(out_of_reach), T(page_without_keys), T(bare_keys),
        T(purposes),        T(published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
