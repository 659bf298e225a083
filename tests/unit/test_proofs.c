/* Proofs with a key: the published vectors of W3C, the public certificates, and our own: every suite, every
 * change of a document or of its proof, keys of the wrong kind, owner, purpose and day. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/keybench.h"
#include "verifier/keys/proofs.h"
#include "verifier/keys/suite.h"

/* ---- published vectors ---- */

/* The document of a file, checked. In them a did:key signs for an issuer of another name: it is taken
 * for the issuer here. */
static bool holds_for_signer(struct keybench *b, const char *name)
{
    const char *path = harness_data(name);
    if (path == NULL)
        skip();
    size_t len;
    char *text = harness_read(path, &len);
    keybench_document(b, text, len);
    const struct jdoc *proof = jdoc_get(b->check.root, "proof");
    bool good = true;
    size_t n = proof->type == JDOC_ARRAY ? proof->array.n : 1;
    for (size_t i = 0; i < n; i++) {
        const struct jdoc *one = proof->type == JDOC_ARRAY ? proof->array.items[i] : proof;
        struct slice method;
        struct format_proof job = {.proof = one, .moment = KEYBENCH_NOW};
        struct err e;
        assert_true(jdoc_get_string(one, "verificationMethod", &method));
        b->check.issuer = (struct slice){method.data, slice_find(method, '#')};
        assert_ok(proofs_secured(&b->arena, b->check.root, one, &job.document, &e), e);
        good = proofs_check(&b->check, &job) && good;
    }
    free(text);
    return good;
}

static void published(void **state)
{
    static const char *const FILES[] = {
        "vc-di-eddsa/TestVectors/eddsa-rdfc-2022/employ/signedDataInt.json",
        "vc-di-eddsa/TestVectors/eddsa-jcs-2022/signedJCS.json",
        "vc-di-eddsa/TestVectors/proof-set-chain/signedProofSet1.json",
        "vc-di-eddsa/TestVectors/proof-set-chain/signedProofSet2.json",
        "vc-di-eddsa/TestVectors/proof-set-chain/signedProofChain1.json",
        "vc-di-eddsa/TestVectors/proof-set-chain/signedProofChain2.json",
        "vc-di-ecdsa/TestVectors/ecdsa-rdfc-2019-p256/signedECDSAP256.json",
        "vc-di-ecdsa/TestVectors/ecdsa-rdfc-2019-p256/employ/signedECDSAP256.json",
        "vc-di-ecdsa/TestVectors/ecdsa-rdfc-2019-p384/signedECDSAP384.json",
        "vc-di-ecdsa/TestVectors/ecdsa-rdfc-2019-p384/employ/signedECDSAP384.json",
        "vc-di-ecdsa/TestVectors/ecdsa-jcs-2019-p256/signedJCSECDSAP256.json",
        "vc-di-ecdsa/TestVectors/ecdsa-jcs-2019-p384/signedJCSECDSAP384.json",
        "vc-di-ecdsa/TestVectors/ecdsa-sd-2023/employ/derivedRevealDocument.json",
        "vc-di-ecdsa/TestVectors/ecdsa-sd-2023/prc/derivedRevealDocument.json",
    };
    struct keybench *b = *state;
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        char name[256];
        snprintf(name, sizeof name, "suites/%s", FILES[i]);
        if (!holds_for_signer(b, name)) {
            keybench_print(b);
            fail_msg("%s does not hold", FILES[i]);
        }
    }
}

/* The certificates of the public data whose proofs have keys, with what their tests recorded. What the
 * Merkle proofs beside them are worth is not looked at here. */
static void certificates(void **state)
{
    static const struct {
        const char *id;
        const char *purpose;
        enum reason reason; /* must be found */
        bool good;
    } CASES[] = {
        {"ecdsa-sd-2023-derived", NULL, REASON_SIGNATURE_HOLDS, true},
        {"ecdsa-sd-2023-derived-1", "authentication", REASON_PROOF_OTHER_PURPOSE, false},
        {"ecdsa-sd-2023-signed", NULL, REASON_BASE_PROOF, false},
        {"expired-verification-method-ecdsa-sd-2023", NULL, REASON_KEY_EXPIRED_BEFORE, false},
        {"revoked-verification-method-ecdsa-sd-2023", NULL, REASON_KEY_REVOKED_BEFORE, false},
        {"mocknet-v3-valid", NULL, REASON_SIGNATURE_HOLDS, true},
        {"multiple-proofs-non-chained", NULL, REASON_SIGNATURE_HOLDS, true},
        {"proof-chain-example-ed25519", NULL, REASON_SIGNATURE_HOLDS, true},
        {"proof-chain-example-ed25519-1", "authentication", REASON_PROOF_OTHER_PURPOSE, false},
        {"openbadges/ob30__simple", NULL, REASON_KEY_UNBOUND, true},
        {"openbadges/ob30__simple-eddsa-2022", NULL, REASON_KEY_UNBOUND, true},
        {"openbadges/ob30__complete", NULL, REASON_KEY_UNBOUND, true},
        {"openbadges/ob30__complete_v1", NULL, REASON_KEY_UNREACHABLE, false},
        {"openbadges/ob30__simple-err-proof-method-unknown-scheme", NULL, REASON_DID_UNSUPPORTED, false},
        {"openbadges/ob30__simple-err-context", NULL, REASON_SIGNER_NOT_ISSUER, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct keybench *b = malloc(sizeof *b);
        char name[256], *env = NULL;
        size_t len;
        assert_non_null(b);
        snprintf(name, sizeof name, "fixtures/env/%s.env.json", CASES[i].id);
        const char *path = strncmp(CASES[i].id, "openbadges/", 11) == 0 ? NULL : harness_data(name);
        if (path != NULL)
            env = harness_read(path, &len);
        keybench_open(b, env);
        snprintf(name, sizeof name, "fixtures/%s.json", CASES[i].id);
        path = harness_data(name);
        if (path == NULL) {
            keybench_close(b);
            free(b);
            skip();
        }
        char *text = harness_read(path, &len);
        b->env.expected.purpose = CASES[i].purpose;
        keybench_document(b, text, len);
        bool good = keybench_proofs(b);
        if (good != CASES[i].good || !keybench_found(b, CASES[i].reason)) {
            keybench_print(b);
            fail_msg("%s", CASES[i].id);
        }
        keybench_close(b);
        free(b);
        free(env);
        free(text);
    }
}

/* ---- our own ---- */

static const struct {
    const char *type, *cryptosuite;
    enum key_kind kind;
} WAYS[] = {
    {"DataIntegrityProof", "eddsa-rdfc-2022", KEY_ED25519},
    {"DataIntegrityProof", "eddsa-jcs-2022", KEY_ED25519},
    {"DataIntegrityProof", "ecdsa-rdfc-2019", KEY_P256},
    {"DataIntegrityProof", "ecdsa-rdfc-2019", KEY_P384},
    {"DataIntegrityProof", "ecdsa-jcs-2019", KEY_P256},
    {"DataIntegrityProof", "ecdsa-jcs-2019", KEY_P384},
    {"Ed25519Signature2020", NULL, KEY_ED25519},
    {"EcdsaSecp256k1Signature2019", NULL, KEY_SECP256K1},
};
#define N_WAYS (sizeof WAYS / sizeof WAYS[0])

#define CONTEXTS_V2 "[\"https://www.w3.org/ns/credentials/v2\"]"
#define CONTEXTS_V1 "[\"https://www.w3.org/2018/credentials/v1\",\"https://w3id.org/security/suites/ed25519-2020/v1\"]"

static const char *contexts_of(size_t way)
{
    return WAYS[way].cryptosuite != NULL ? CONTEXTS_V2 : CONTEXTS_V1;
}

static const char *credential_by(struct keybench *b, size_t way, const char *issuer)
{
    return keybench_text(b, "{\"@context\":%s,\"type\":[\"VerifiableCredential\"],\"id\":\"urn:x:1\",\"issuer\":\"%s\","
                            "\"credentialSubject\":{\"id\":\"urn:x:holder\"}}", contexts_of(way), issuer);
}

static const char *options_by(struct keybench *b, size_t way, const char *method, const char *more)
{
    const char *suite = WAYS[way].cryptosuite;
    bool jcs = suite != NULL && strstr(suite, "jcs") != NULL;
    return keybench_text(b, "{\"type\":\"%s\"%s%s%s,\"created\":\"2025-06-01T00:00:00Z\",\"verificationMethod\":\"%s\","
                            "\"proofPurpose\":\"assertionMethod\"%s%s%s}", WAYS[way].type,
                         suite != NULL ? ",\"cryptosuite\":\"" : "", suite != NULL ? suite : "", suite != NULL ? "\"" : "",
                         method, jcs ? ",\"@context\":" : "", jcs ? contexts_of(way) : "", more);
}

static const char *method_by(struct keybench *b, size_t way, unsigned nth)
{
    return keybench_text(b, "%s#%s", keybench_did(b, WAYS[way].kind, nth), keybench_multibase(b, WAYS[way].kind, nth));
}

/* A credential of did:key number nth, signed by it. */
static const char *secured(struct keybench *b, size_t way, unsigned nth)
{
    return keybench_secure(b, WAYS[way].kind, nth, credential_by(b, way, keybench_did(b, WAYS[way].kind, nth)),
                           options_by(b, way, method_by(b, way, nth), ""));
}

static bool check(struct keybench *b, const char *text)
{
    keybench_document(b, text, strlen(text));
    return keybench_proofs(b);
}

static void every_suite(void **state)
{
    struct keybench *b = *state;
    for (size_t way = 0; way < N_WAYS; way++) {
        if (!check(b, secured(b, way, 0))) {
            keybench_print(b);
            fail_msg("way %zu", way);
        }
        keybench_expect(b, SIGNATURE_HOLDS);
        keybench_expect(b, PROOF_FITS);
        assert_int_equal(verdict_of(&b->findings).authenticity, VERDICT_GENUINE);
    }
}

/* No changed byte gives a document whose proof holds: neither in what is signed nor in the proof. */
static void every_byte_counts(void **state)
{
    struct keybench *b = *state;
    for (size_t way = 0; way < N_WAYS; way++) {
        char *text = strdup(secured(b, way, 0));
        assert_non_null(text);
        for (char *at = text; *at != '\0'; at++) {
            static const char MASKS[] = {1, 0x20};
            for (size_t i = 0; i < sizeof MASKS; i++) {
                struct jdoc_limits limits = jdoc_limits();
                const struct jdoc *root;
                arena_reset(&b->arena);
                *at ^= MASKS[i];
                bool json = *at != '\0' && jdoc_parse(&b->arena, slice_of(text), limits, &root, NULL) == ERR_OK;
                if (json && root->type == JDOC_OBJECT && check(b, text)) {
                    keybench_print(b);
                    fail_msg("way %zu, byte %td: %s", way, at - text, text);
                }
                *at ^= MASKS[i];
            }
        }
        arena_reset(&b->arena);
        assert_true(check(b, text));
        free(text);
    }
}

/* A text with every `old` replaced; exactly n of them. */
static const char *replaced(struct keybench *b, const char *text, const char *old, const char *new, size_t n)
{
    struct text out = {0};
    for (const char *at; (at = strstr(text, old)) != NULL; text = at + strlen(old), n--) {
        text_put(&out, text, (size_t)(at - text));
        text_puts(&out, new);
    }
    text_puts(&out, text);
    assert_int_equal(n, 0);
    const char *ret = keybench_text(b, "%s", text_string(&out));
    text_done(&out);
    return ret;
}

/* What is added after signing is never part of what holds. */
static void added_members(void **state)
{
    static const struct {
        const char *old, *new;
    } CHANGES[] = {
        {"\"id\":\"urn:x:1\"", "\"id\":\"urn:x:1\",\"name\":\"Mallory\""},          /* defined */
        {"\"id\":\"urn:x:1\"", "\"id\":\"urn:x:1\",\"grade\":\"A+\""},              /* undefined: would be dropped */
        {"\"id\":\"urn:x:holder\"", "\"id\":\"urn:x:holder\",\"grade\":\"A+\""},
        {"\"proofPurpose\"", "\"grade\":\"A+\",\"proofPurpose\""},
        {"\"proofPurpose\"", "\"domain\":\"a.example\",\"proofPurpose\""},
        {"\"proofPurpose\"", "\"expires\":\"2030-01-01T00:00:00Z\",\"proofPurpose\""},
        {"2025-06-01", "2025-06-02"},
        {"\"@context\":[", "\"@context\":[{\"grade\":null},"},
        {"\"],\"type\"", "\",{\"id\":\"https://x.example/id\"}],\"type\""},
    };
    struct keybench *b = *state;
    for (size_t way = 0; way < N_WAYS; way++)
        for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++) {
            const char *text = secured(b, way, 0);
            size_t n = 0;
            for (const char *at = text; (at = strstr(at, CHANGES[i].old)) != NULL; at++)
                n++;
            if (check(b, replaced(b, text, CHANGES[i].old, CHANGES[i].new, n))) {
                keybench_print(b);
                fail_msg("way %zu: %s", way, CHANGES[i].new);
            }
        }
}

/* Canonical JSON does not cover what a later context would say. */
static void later_context(void **state)
{
    struct keybench *b = *state;
    const char *text = secured(b, 1, 0);
    const char *doc = keybench_text(b, "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\",{\"grade\":\"https://x.example/g\"}]%s",
                                    strstr(text, ",\"type\""));
    assert_false(check(b, doc));
    keybench_expect(b, CREDENTIAL_LOSSY);
}

/* ---- whose key, for what, when ---- */

static void foreign_keys(void **state)
{
    struct keybench *b = *state;
    for (size_t way = 0; way < N_WAYS; way++) {
        /* The attacker signs, rightly, a document that names the victim. */
        const char *victim = keybench_did(b, WAYS[way].kind, 1);
        const char *text = keybench_secure(b, WAYS[way].kind, 0, credential_by(b, way, victim),
                                           options_by(b, way, method_by(b, way, 0), ""));
        assert_false(check(b, text));
        keybench_expect(b, SIGNER_NOT_ISSUER);
        assert_int_equal(verdict_of(&b->findings).authenticity, VERDICT_NOT_GENUINE);
        /* The attacker's signature under the victim's name. */
        text = keybench_secure(b, WAYS[way].kind, 0, credential_by(b, way, victim),
                               options_by(b, way, method_by(b, way, 1), ""));
        assert_false(check(b, text));
        keybench_expect(b, SIGNATURE_WRONG);
    }
}

/* An issuer named by a number that leads nowhere: no key contradicts it, and none proves it. */
static void nameless_issuers(void **state)
{
    struct keybench *b = *state;
    const char *issuer = "urn:uuid:6f2e33e5-7a29-4155-840a-59483ba10164";
    const char *text = keybench_secure(b, KEY_ED25519, 0, credential_by(b, 0, issuer),
                                       options_by(b, 0, method_by(b, 0, 0), ""));
    assert_true(check(b, text));
    keybench_expect(b, KEY_UNBOUND);
    assert_int_equal(verdict_of(&b->findings).authenticity, VERDICT_UNKNOWN_ISSUER);
    text = keybench_secure(b, KEY_ED25519, 0, credential_by(b, 0, issuer), options_by(b, 0, method_by(b, 0, 1), ""));
    assert_false(check(b, text));
    assert_int_equal(verdict_of(&b->findings).authenticity, VERDICT_NOT_GENUINE);
}

/* "https://…#z…" names the key by its value: the issuer's page may list it under another name, list others, or none. */
static void keys_named_by_value(void **state)
{
    static const struct {
        const char *before, *after; /* around the key */
        enum reason reason;
        enum verdict_authenticity authenticity;
    } PAGES[] = {
        {",\"assertionMethod\":[{\"id\":\"#k\",\"type\":\"Multikey\",\"publicKeyMultibase\":\"", "\"}]", REASON_KEY_FOR_PURPOSE,
         VERDICT_GENUINE},
        {",\"authentication\":[{\"id\":\"#k\",\"type\":\"Multikey\",\"publicKeyMultibase\":\"", "\"}]", REASON_KEY_WRONG_PURPOSE,
         VERDICT_NOT_GENUINE},
        {",\"name\":\"", "\"", REASON_KEY_UNBOUND, VERDICT_UNKNOWN_ISSUER},
        {",\"verificationMethod\":[{\"id\":\"#k\",\"type\":\"Multikey\",\"publicKeyMultibase\":"
         "\"z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi\"}],\"name\":\"", "\"", REASON_KEY_NOT_LISTED, VERDICT_NOT_GENUINE},
    };
    for (size_t i = 0; i < sizeof PAGES / sizeof PAGES[0]; i++) {
        struct keybench *b = *state, own;
        const char *key = keybench_multibase(b, KEY_ED25519, 0);
        keybench_open(&own, keybench_text(b, "{\"http\":{\"https://a.example/i\":{\"id\":\"https://a.example/i\"%s%s%s}}}",
                                          PAGES[i].before, key, PAGES[i].after));
        check(&own, keybench_secure(&own, KEY_ED25519, 0, credential_by(&own, 0, "https://a.example/i"),
                                    options_by(&own, 0, keybench_text(&own, "https://a.example/i#%s", key), "")));
        if (!keybench_found(&own, PAGES[i].reason)) {
            keybench_print(&own);
            fail_msg("page %zu", i);
        }
        assert_int_equal(verdict_of(&own.findings).authenticity, PAGES[i].authenticity);
        keybench_close(&own);
    }
}

/* An issuer given as one of its keys is the DID that the key belongs to. */
static void issuer_with_a_fragment(void **state)
{
    struct keybench *b = *state;
    const char *did = keybench_did(b, KEY_ED25519, 0);
    const char *issuer = keybench_text(b, "%s#%s", did, keybench_multibase(b, KEY_ED25519, 0));
    assert_true(check(b, keybench_secure(b, KEY_ED25519, 0, credential_by(b, 0, issuer), options_by(b, 0, method_by(b, 0, 0), ""))));
    assert_int_equal(verdict_of(&b->findings).authenticity, VERDICT_GENUINE);
}

/* A suite takes the kinds of keys that it is made for, whoever lists others. */
static void wrong_kinds(void **state)
{
    struct keybench *b = *state;
    for (size_t way = 0; way < N_WAYS; way++)
        for (int kind = 0; kind < KEY_RSA; kind++) {
            const char *did = keybench_did(b, (enum key_kind)kind, 0);
            const char *method = keybench_text(b, "%s#%s", did, keybench_multibase(b, (enum key_kind)kind, 0));
            const char *options = options_by(b, way, method, ",\"proofValue\":\"z111\",\"jws\":\"a..b\"");
            const char *doc = credential_by(b, way, did);
            check(b, keybench_text(b, "%.*s,\"proof\":%s}", (int)strlen(doc) - 1, doc, options));
            bool takes = kind == (int)WAYS[way].kind || (kind == KEY_P384 && WAYS[way].kind == KEY_P256) ||
                         (kind == KEY_P256 && WAYS[way].kind == KEY_P384);
            assert_int_equal(keybench_found(b, REASON_SUITE_NOT_OF_KEY), !takes);
            assert_false(keybench_found(b, REASON_SIGNATURE_HOLDS));
        }
}

static void record(struct keybench *b, const char *http)
{
    const char *text = keybench_text(b, "{\"http\":{%s}}", http);
    struct err e;
    lookup_close(&b->lookup);
    lookup_open(&b->lookup, NULL);
    assert_ok(lookup_record(&b->lookup, text, strlen(text), &e), e);
}

/* did:web:a.example lists one key, with these members and under these relationships. */
static const char *on_the_web(struct keybench *b, const char *members, const char *relationships)
{
    record(b, keybench_text(b, "\"https://a.example/.well-known/did.json\":{\"id\":\"did:web:a.example\",\"verificationMethod\":"
                               "[{\"id\":\"#k\",\"publicKeyMultibase\":\"%s\"%s}]%s}", keybench_multibase(b, KEY_ED25519, 0),
                            members, relationships));
    return keybench_secure(b, KEY_ED25519, 0, credential_by(b, 0, "did:web:a.example"),
                           options_by(b, 0, "did:web:a.example#k", ""));
}

static void owners_word(void **state)
{
    static const struct {
        const char *members, *relationships;
        enum reason reason;
        bool good;
    } CASES[] = {
        {"", ",\"assertionMethod\":[\"#k\"]", REASON_KEY_FOR_PURPOSE, true},
        {"", ",\"assertionMethod\":[\"did:web:a.example#k\"]", REASON_KEY_FOR_PURPOSE, true},
        {"", "", REASON_PURPOSES_UNSTATED, true},
        {"", ",\"assertionMethod\":[]", REASON_KEY_WRONG_PURPOSE, false},
        {"", ",\"authentication\":[\"#k\"]", REASON_KEY_WRONG_PURPOSE, false},
        {",\"created\":\"2025-06-01T00:00:00Z\"", "", REASON_KEY_IN_FORCE, true},
        {",\"created\":\"2025-06-01T00:00:01Z\"", "", REASON_KEY_NOT_YET, false},
        {",\"revoked\":\"2025-06-01T00:00:00Z\"", "", REASON_KEY_REVOKED_BEFORE, false},
        {",\"revoked\":\"2025-06-01T00:00:01Z\"", "", REASON_KEY_ENDED_SINCE, false},
        {",\"revoked\":\"2026-01-01T00:00:01Z\"", "", REASON_KEY_IN_FORCE, true},
        {",\"expires\":\"2025-06-01T00:00:00Z\"", "", REASON_KEY_EXPIRED_BEFORE, false},
        {",\"expires\":\"2025-12-31T00:00:00Z\"", "", REASON_KEY_ENDED_SINCE, false},
        {",\"expires\":\"2026-01-01T00:00:01Z\"", "", REASON_KEY_IN_FORCE, true},
        {",\"expires\":\"soon\"", "", REASON_KEY_UNREADABLE, false},
        {",\"controller\":\"did:web:b.example\"", "", REASON_KEY_UNREACHABLE, false},
    };
    struct keybench *b = *state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        bool good = check(b, on_the_web(b, CASES[i].members, CASES[i].relationships));
        if (good != CASES[i].good || !keybench_found(b, CASES[i].reason)) {
            keybench_print(b);
            fail_msg("%s %s", CASES[i].members, CASES[i].relationships);
        }
    }
}

/* ---- options ---- */

static bool check_with(struct keybench *b, const char *more)
{
    return check(b, keybench_secure(b, KEY_ED25519, 0, credential_by(b, 0, keybench_did(b, KEY_ED25519, 0)),
                                    options_by(b, 0, method_by(b, 0, 0), more)));
}

static void expectations(void **state)
{
    struct keybench *b = *state;
    struct format_expected *expected = &b->env.expected;
    assert_true(check_with(b, ",\"domain\":\"https://a.example\",\"challenge\":\"c1\""));
    expected->domains[0] = "https://b.example";
    expected->domains[1] = "https://a.example";
    expected->challenge = "c1";
    assert_true(check_with(b, ",\"domain\":\"https://a.example\",\"challenge\":\"c1\""));
    assert_true(check_with(b, ",\"domain\":[\"https://x.example\",\"https://a.example\"],\"challenge\":\"c1\""));
    assert_true(check_with(b, ""));
    assert_false(check_with(b, ",\"domain\":\"https://x.example\""));
    keybench_expect(b, PROOF_OTHER_DOMAIN);
    assert_false(check_with(b, ",\"challenge\":\"c2\""));
    keybench_expect(b, PROOF_OTHER_CHALLENGE);
    expected->purpose = "authentication";
    assert_false(check_with(b, ""));
    keybench_expect(b, PROOF_OTHER_PURPOSE);
    expected->purpose = "assertionMethod";
    assert_true(check_with(b, ""));
    assert_true(check_with(b, ",\"expires\":\"2026-01-01T00:00:01Z\""));
    assert_true(check_with(b, ",\"expires\":\"2026-01-01T00:00:00Z\"")); /* authentic, and out of force */
    keybench_expect(b, PROOF_EXPIRED);
    assert_int_equal(verdict_of(&b->findings).force, VERDICT_EXPIRED);
}

/* A proof for another use than to assert is none of a credential; of a presentation it is. */
static void presentations(void **state)
{
    struct keybench *b = *state;
    const char *did = keybench_did(b, KEY_ED25519, 0);
    const char *options = replaced(b, options_by(b, 0, method_by(b, 0, 0), ",\"challenge\":\"c1\""), "assertionMethod",
                                   "authentication", 1);
    assert_false(check(b, keybench_secure(b, KEY_ED25519, 0, credential_by(b, 0, did), options)));
    keybench_expect(b, PROOF_OTHER_PURPOSE);
    const char *vp = keybench_text(b, "{\"@context\":" CONTEXTS_V2 ",\"type\":[\"VerifiablePresentation\"],\"holder\":\"%s\"}", did);
    assert_true(check(b, keybench_secure(b, KEY_ED25519, 0, vp, options)));
    b->env.expected.challenge = "c2";
    assert_false(check(b, keybench_secure(b, KEY_ED25519, 0, vp, options)));
    options = replaced(b, options_by(b, 0, method_by(b, 0, 0), ""), "assertionMethod", "authentication", 1);
    assert_false(check(b, keybench_secure(b, KEY_ED25519, 0, vp, options))); /* an old one, without any */
    keybench_expect(b, PROOF_OTHER_CHALLENGE);
    b->env.expected.challenge = NULL;
    vp = "{\"@context\":" CONTEXTS_V2 ",\"type\":[\"VerifiablePresentation\"],\"id\":\"urn:x:1\"}";
    assert_true(check(b, keybench_secure(b, KEY_ED25519, 0, vp, options)));
    keybench_expect(b, KEY_UNBOUND);
}

static void incomplete(void **state)
{
    static const struct {
        const char *old, *new;
        enum reason reason;
    } CHANGES[] = {
        {"\"proofPurpose\":\"assertionMethod\"", "\"x\":1", REASON_PROOF_INCOMPLETE},
        {"\"proofPurpose\":\"assertionMethod\"", "\"proofPurpose\":\"keys\"", REASON_PROOF_OTHER_PURPOSE},
        {"\"proofPurpose\":\"assertionMethod\"", "\"proofPurpose\":1", REASON_PROOF_INCOMPLETE},
        {"\"verificationMethod\"", "\"method\"", REASON_PROOF_INCOMPLETE},
        {"\"proofValue\"", "\"value\"", REASON_PROOF_INCOMPLETE},
        {"\"proofValue\":\"z", "\"proofValue\":\"u", REASON_SIGNATURE_MALFORMED},
        {"\"proofValue\":\"z", "\"proofValue\":\"z0", REASON_SIGNATURE_MALFORMED},
        {"\"proofValue\":\"z", "\"proofValue\":\"zz", REASON_SIGNATURE_MALFORMED},
        {"2025-06-01T00:00:00Z", "yesterday", REASON_PROOF_INCOMPLETE},
        {"eddsa-rdfc-2022", "eddsa-rdfc-2023", REASON_SUITE_UNKNOWN},
    };
    struct keybench *b = *state;
    for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++)
        if (check(b, replaced(b, secured(b, 0, 0), CHANGES[i].old, CHANGES[i].new, 1)) ||
            !keybench_found(b, CHANGES[i].reason)) {
            keybench_print(b);
            fail_msg("%s", CHANGES[i].new);
        }
}

/* ---- sets and chains ---- */

/* The proof that keybench_secure() wrote, which stands last. */
static const char *proof_of(struct keybench *b, const char *text)
{
    const char *last = text;
    for (const char *at = text; (at = strstr(at, "\"proof\":{")) != NULL; at++)
        last = at + 8;
    return keybench_text(b, "%.*s", (int)strlen(last) - 1, last);
}

static const char *with_proofs(struct keybench *b, const char *document, const char *proofs)
{
    return keybench_text(b, "%.*s,\"proof\":[%s]}", (int)strlen(document) - 1, document, proofs);
}

static void sets(void **state)
{
    struct keybench *b = *state;
    const char *doc = credential_by(b, 0, keybench_did(b, KEY_ED25519, 0));
    const char *own = proof_of(b, keybench_secure(b, KEY_ED25519, 0, doc, options_by(b, 0, method_by(b, 0, 0), "")));
    const char *other = proof_of(b, keybench_secure(b, KEY_ED25519, 1, doc, options_by(b, 0, method_by(b, 0, 1), "")));
    assert_true(check(b, with_proofs(b, doc, keybench_text(b, "%s,%s", own, other))));
    keybench_expect(b, COSIGNED);
    keybench_expect(b, COSIGNATURE_HOLDS);
    assert_int_equal(verdict_of(&b->findings).authenticity, VERDICT_GENUINE);
    /* Alone it is somebody else's; with a broken proof of the issuer nothing is genuine. */
    assert_false(check(b, with_proofs(b, doc, other)));
    keybench_expect(b, SIGNER_NOT_ISSUER);
    const char *broken = replaced(b, own, "2025-06-01", "2025-06-02", 1);
    assert_false(check(b, with_proofs(b, doc, keybench_text(b, "%s,%s", broken, other))));
    assert_int_equal(verdict_of(&b->findings).authenticity, VERDICT_NOT_GENUINE);
}

static void chains(void **state)
{
    struct keybench *b = *state;
    const char *doc = credential_by(b, 0, keybench_did(b, KEY_ED25519, 0));
    const char *first = proof_of(b, keybench_secure(b, KEY_ED25519, 0, doc,
                                                    options_by(b, 0, method_by(b, 0, 0), ",\"id\":\"urn:p:1\"")));
    const char *second = proof_of(b, keybench_secure(b, KEY_ED25519, 1, with_proofs(b, doc, first),
                                                     options_by(b, 0, method_by(b, 0, 1), ",\"previousProof\":\"urn:p:1\"")));
    assert_true(check(b, with_proofs(b, doc, keybench_text(b, "%s,%s", first, second))));
    assert_true(check(b, with_proofs(b, doc, keybench_text(b, "%s,%s", second, first))));
    /* Without the first, or with another first, the second does not hold. */
    assert_false(check(b, with_proofs(b, doc, second)));
    keybench_expect(b, PROOF_LEANS);
    const char *forged = replaced(b, first, "2025-06-01", "2025-06-02", 1);
    assert_false(check(b, with_proofs(b, doc, keybench_text(b, "%s,%s", forged, second))));
    keybench_expect(b, SIGNATURE_WRONG);
}

/* proofs_secured() by itself: what leans on what. */
static void chain_rules(void **state)
{
    static const struct {
        const char *proofs;
        enum err_code rc;
        const char *kept; /* ids in order */
    } CASES[] = {
        {"[{}]", ERR_OK, ""},
        {"[{},{\"id\":\"a\"}]", ERR_OK, ""},
        {"[{\"previousProof\":\"a\"},{\"id\":\"a\"}]", ERR_OK, "a"},
        {"[{\"previousProof\":[\"b\",\"a\"]},{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\"}]", ERR_OK, "ab"},
        {"[{\"previousProof\":\"a\"},{\"id\":\"a\",\"previousProof\":\"b\"},{\"id\":\"b\"}]", ERR_OK, "a"},
        {"[{\"previousProof\":\"a\"}]", ERR_NOT_FOUND, NULL},
        {"[{\"previousProof\":\"a\"},{\"id\":\"a\",\"previousProof\":\"b\"}]", ERR_NOT_FOUND, NULL},
        {"[{\"previousProof\":\"a\"},{\"id\":\"a\"},{\"id\":\"a\"}]", ERR_INVALID, NULL},
        {"[{\"id\":\"a\",\"previousProof\":\"a\"}]", ERR_INVALID, NULL},
        {"[{\"id\":\"a\",\"previousProof\":\"b\"},{\"id\":\"b\",\"previousProof\":\"a\"}]", ERR_INVALID, NULL},
        {"[{\"previousProof\":\"b\"},{\"id\":\"b\",\"previousProof\":\"c\"},{\"id\":\"c\",\"previousProof\":\"b\"}]", ERR_INVALID, NULL},
        {"[{\"previousProof\":{}}]", ERR_INVALID, NULL},
        {"[{\"previousProof\":[7]}]", ERR_INVALID, NULL},
        {"[{},{},{},{},{},{},{},{}]", ERR_OK, ""},
        {"[{},{},{},{},{},{},{},{},{}]", ERR_LIMIT, NULL},
    };
    struct keybench *b = *state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const char *text = keybench_text(b, "{\"x\":1,\"proof\":%s}", CASES[i].proofs);
        const struct jdoc *root = keybench_document(b, text, strlen(text)), *got;
        const struct jdoc *proof = jdoc_get(root, "proof")->array.items[0];
        enum err_code rc = proofs_secured(&b->arena, root, proof, &got, NULL);
        if (rc != CASES[i].rc)
            fail_msg("%s: %s", CASES[i].proofs, err_name(rc));
        if (rc != ERR_OK)
            continue;
        const struct jdoc *kept = jdoc_get(got, "proof");
        assert_non_null(jdoc_get(got, "x"));
        assert_int_equal(kept == NULL ? 0 : kept->array.n, strlen(CASES[i].kept));
        for (size_t j = 0; kept != NULL && j < kept->array.n; j++)
            assert_true(jdoc_is(jdoc_get(kept->array.items[j], "id"), keybench_text(b, "%c", CASES[i].kept[j])));
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, keybench_setup, keybench_teardown)
    const struct CMUnitTest tests[] = {
        T(published),     T(certificates), T(every_suite), T(every_byte_counts), T(added_members),
        T(later_context), T(foreign_keys), T(nameless_issuers), T(keys_named_by_value), T(issuer_with_a_fragment), T(wrong_kinds), T(owners_word),       T(expectations),
        T(presentations), T(incomplete),   T(sets),        T(chains),            T(chain_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
