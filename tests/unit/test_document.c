/* What a file is: bytes, a credential, or a damaged credential; and its hash. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/sha256.h"
#include "common/text.h"
#include "verifier/document.h"

static const char *put(const char *name, const void *data, size_t len)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", harness_folder(), name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    fclose(f);
    return path;
}

/* Owner: the caller, document_done(). */
static struct document read_text(const char *text, bool as_bytes)
{
    struct document d;
    struct err e;
    assert_ok(document_read(&d, put("file", text, strlen(text)), as_bytes, &e), e);
    return d;
}

static enum document_kind kind_of(const char *text, bool as_bytes)
{
    struct document d = read_text(text, as_bytes);
    enum document_kind kind = d.kind;
    struct hash32 h = sha256(text, strlen(text));
    assert_true(hash32_equal(document_as_bytes(&d), &h));
    assert_int_equal(d.rule, kind == DOCUMENT_FILE ? PROOF_RULE_BYTES : PROOF_RULE_RDFC);
    if (kind == DOCUMENT_FILE || kind == DOCUMENT_QUADS)
        assert_true(document_hash(&d, NULL, NULL) && hash32_equal(&d.hash, &h));
    document_done(&d);
    return kind;
}

#define QUAD "<did:x> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> " \
             "<https://www.w3.org/2018/credentials#VerifiableCredential> .\n"

static void kinds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum document_kind kind;
    } CASES[] = {
        {"", DOCUMENT_FILE},
        {"%PDF-1.7 \"@context\"", DOCUMENT_FILE},
        {"{\"a\":1}", DOCUMENT_FILE},
        {"{\"a\":{\"@context\":1}}", DOCUMENT_FILE},
        {"[{\"@context\":[]}]", DOCUMENT_FILE},
        {"{\"type\":\"HallmarkProof\"}", DOCUMENT_FILE},
        {"{not json", DOCUMENT_FILE},
        {"{\"@context\":[]}", DOCUMENT_CREDENTIAL},
        {"{\"@cont\\u0065xt\":[]}", DOCUMENT_CREDENTIAL},
        {" \r\n\t{\"a\":1,\"@context\":\"x\"}\n", DOCUMENT_CREDENTIAL},
        {"{\"@context\":[]", DOCUMENT_DAMAGED},
        {"{\"@context\":[],\"a\":1,\"a\":2}", DOCUMENT_DAMAGED},
        {"\xef\xbb\xbf{\"@context\":[]}", DOCUMENT_DAMAGED},
        {"{\xe2\x80\x9c@context\xe2\x80\x9d:1,\"@context\":[]}", DOCUMENT_DAMAGED},
        {QUAD, DOCUMENT_QUADS},
        {QUAD "_:c14n0 <a:b> <a:c> .\n", DOCUMENT_QUADS},
        {"_:c14n0 <a:b> <a:c> .\n" QUAD, DOCUMENT_FILE}, /* not in order: not canonical */
        {QUAD "_:b0 <a:b> <a:c> .\n", DOCUMENT_FILE},
        {"<html></html>", DOCUMENT_FILE},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        if (kind_of(CASES[i].text, false) != CASES[i].kind)
            fail_msg("case %zu: %s", i, CASES[i].text);
        assert_int_equal(kind_of(CASES[i].text, true), DOCUMENT_FILE);
    }
}

/* -- Credentials ---------------------------------------------------------------------------- */

#define SUBJECT "\"credentialSubject\":{\"id\":\"did:example:nadia\",\"type\":\"AchievementSubject\"," \
                "\"achievement\":{\"id\":\"urn:example:data\",\"type\":\"Achievement\"," \
                "\"criteria\":{\"narrative\":\"84 of 100\"},\"description\":\"Data analysis\"," \
                "\"name\":\"Data analysis, level 2\"}}"
#define CONTEXTS "\"@context\":[\"https://www.w3.org/ns/credentials/v2\"," \
                 "\"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json\"]"
#define HEAD "\"type\":[\"VerifiableCredential\",\"OpenBadgeCredential\"]," \
             "\"issuer\":{\"id\":\"did:example:school\",\"type\":\"Profile\"}," \
             "\"validFrom\":\"2026-11-22T00:00:00Z\""
#define BADGE "{" CONTEXTS "," HEAD "," SUBJECT "}"
#define MERKLE "{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"merkle-proof-2019\",\"proofValue\":\"z1\"}"

static struct hash32 hash_of(const char *text)
{
    struct canonize contexts;
    canonize_init(&contexts);
    struct document d = read_text(text, false);
    if (!document_hash(&d, &contexts, NULL))
        fail_msg("%s: %s", reasons_row(d.refusal.reason)->code, d.refusal.detail);
    struct hash32 hash = d.hash;
    document_done(&d);
    canonize_done(&contexts);
    return hash;
}

static void assert_same(const char *a, const char *b, bool same)
{
    struct hash32 hash_a = hash_of(a), hash_b = hash_of(b);
    if (hash32_equal(&hash_a, &hash_b) != same)
        fail_msg("%s hash: %s", same ? "another" : "the same", b);
}

static void what_it_says_decides_not_how(void **state)
{
    (void)state;
    assert_same(BADGE, "\n{ " SUBJECT " ,\t" HEAD ",\n" CONTEXTS " }\n", true);
    assert_same(BADGE, "{" CONTEXTS ",\"proof\":" MERKLE "," HEAD "," SUBJECT "}", true);
    assert_same(BADGE, "{" CONTEXTS ",\"proof\":[" MERKLE "]," HEAD "," SUBJECT "}", true);
    assert_same(BADGE, "{" CONTEXTS "," HEAD ",\"id\":\"urn:a\"," SUBJECT "}", false);
}

static void every_altered_field_gives_another_hash(void **state)
{
    (void)state;
    static const char *const WORDS[] = {"nadia", "school", "2026", "data\"", "84 of", "Data analysis\"",
                                        "level 2"};
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        char *altered = strdup(BADGE), *at = strstr(altered, WORDS[i]);
        at[0] = at[0] == '2' ? '3' : at[0] == '8' ? '9' : (char)(at[0] ^ 1);
        assert_same(BADGE, altered, false);
        free(altered);
    }
}

/* The canonical form is the credential: same rule, same hash. */
static void the_canonical_form_stands_for_the_credential(void **state)
{
    (void)state;
    struct canonize contexts;
    canonize_init(&contexts);
    struct document badge = read_text(BADGE, false);
    assert_true(document_hash(&badge, &contexts, NULL));
    char *text = strndup((const char *)badge.canonical.text.data, badge.canonical.text.len);
    struct document quads = read_text(text, false);
    assert_int_equal(quads.kind, DOCUMENT_QUADS);
    assert_int_equal(quads.rule, PROOF_RULE_RDFC);
    assert_true(document_hash(&quads, &contexts, NULL));
    assert_true(hash32_equal(&quads.hash, &badge.hash));
    document_done(&quads);
    document_done(&badge);
    canonize_done(&contexts);
    free(text);
}

static void refused(const char *text, enum reason reason, const char *detail)
{
    struct canonize contexts;
    canonize_init(&contexts);
    struct document d = read_text(text, false);
    assert_false(document_hash(&d, &contexts, NULL));
    assert_false(document_hash(&d, &contexts, document_as_bytes(&d)));
    assert_string_equal(reasons_row(d.refusal.reason)->code, reasons_row(reason)->code);
    if (strstr(d.refusal.detail, detail) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", detail, d.refusal.detail);
    document_done(&d);
    canonize_done(&contexts);
}

static void what_has_no_hash_says_why(void **state)
{
    (void)state;
    refused("{" CONTEXTS "," HEAD ",\"credentialSubject\":{\"id\":\"did:example:n\",\"rank\":1}}",
            REASON_CREDENTIAL_LOSSY, "at /credentialSubject/rank)");
    refused("{" CONTEXTS "," HEAD ",\"rank\":1,\"prize\":2," SUBJECT "}", REASON_CREDENTIAL_LOSSY,
            "(at /rank); also /prize");
    refused("{\"@context\":[\"https://w3id.org/openbadges/v2\",{\"name\":\"urn:n\"}],\"id\":\"urn:a\","
            "\"type\":\"BadgeClass\",\"name\":\"Nadia\"}",
            REASON_CREDENTIAL_INVALID, "unsafe context: term 'name'");
    refused("{\"@context\":[\"https://www.w3.org/2018/credentials/v1\","
            "\"https://w3id.org/blockcerts/v3\",{\"grade\":null}],\"type\":\"VerifiableCredential\","
            "\"credentialSubject\":{\"id\":\"did:example:n\",\"grade\":\"A+\"}}",
            REASON_CREDENTIAL_LOSSY, "at /credentialSubject/grade)");
    refused("{\"@context\":[\"https://www.w3.org/ns/credentials/v2\",{\"name\":\"urn:n\"}],\"name\":\"Nadia\"}",
            REASON_CREDENTIAL_INVALID, "redefine");
    refused("{\"@context\":[]}", REASON_CREDENTIAL_LOSSY, "nothing is said (at the top)");
    refused("{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"@id\":1,\"rank\":1}",
            REASON_CREDENTIAL_INVALID, "invalid @id value");
    refused("{\"@context\":\"https://certif.example.fr/own\",\"type\":\"A\"}", REASON_CONTEXT_UNKNOWN,
            "https://certif.example.fr/own");
    refused("{\"@context\":[],\n \"a\":01}", REASON_CREDENTIAL_BROKEN, "line 2, column 6");
    refused("{\"@context\":[],\"a\":1,\"a\":2}", REASON_CREDENTIAL_BROKEN, "line 1, column");
}

/* Eight blank nodes, each of which knows all the others: no budget tells them apart. */
static void too_complex(void **state)
{
    (void)state;
    struct text t = {0};
    text_puts(&t, "{\"@context\":{\"knows\":{\"@id\":\"urn:k\",\"@type\":\"@id\"}},\"@graph\":[");
    for (int i = 0; i < 8; i++) {
        text_putf(&t, "%s{\"@id\":\"_:n%d\",\"knows\":[", i > 0 ? "," : "", i);
        for (int j = 0; j < 8; j++)
            if (j != i)
                text_putf(&t, "%s\"_:n%d\"", j > (i == 0) ? "," : "", j);
        text_puts(&t, "]}");
    }
    text_puts(&t, "]}");
    refused(text_string(&t), REASON_CREDENTIAL_COMPLEX, "too complex");
    text_done(&t);
}

static void a_known_variant_is_found_by_its_hash(void **state)
{
    (void)state;
    static const char OLD[] = "{\"@context\":\"https://w3id.org/openbadges/v2\",\"id\":\"urn:a\","
                              "\"type\":\"Assertion\",\"targetFramework\":\"x\"}";
    struct canonize contexts;
    canonize_init(&contexts);
    struct err e;
    struct document usual = read_text(OLD, false), other = read_text(OLD, false);
    assert_true(document_hash(&usual, &contexts, NULL));
    assert_ok(canonize_use_variant(&contexts, SLICE("https://w3id.org/openbadges/v2"), 1, &e), e);
    assert_true(document_hash(&other, &contexts, NULL));
    struct hash32 target = other.hash;
    assert_false(hash32_equal(&usual.hash, &target));
    assert_true(document_hash(&usual, &contexts, &target));
    assert_true(hash32_equal(&usual.hash, &target));
    assert_string_equal(usual.canonical.contexts[0]->variant, "blockcerts");
    document_done(&usual);
    document_done(&other);
    canonize_done(&contexts);
}

static void long_files_are_streamed(void **state)
{
    (void)state;
    size_t len = 20 << 20; /* longer than any credential */
    char *data = malloc(len);
    struct document d;
    struct err e;
    memset(data, ' ', len);
    memcpy(data, "{\"@context\":[]}", 15);
    assert_ok(document_read(&d, put("long", data, len), false, &e), e);
    struct hash32 h = sha256(data, len);
    assert_true(document_hash(&d, NULL, NULL) && hash32_equal(&d.hash, &h));
    assert_int_equal(d.kind, DOCUMENT_FILE);
    document_done(&d);
    free(data);
}

static void absent_files(void **state)
{
    (void)state;
    struct document d;
    struct err e;
    char *text;
    size_t len;
    assert_err(document_read(&d, "/nonexistent/file", false, &e), ERR_NOT_FOUND);
    assert_err(document_read(&d, harness_folder(), false, &e), ERR_NOT_FOUND);
    assert_err(document_load(&text, &len, harness_folder(), 10, &e), ERR_NOT_FOUND);
    assert_err(document_load(&text, &len, put("eleven", "12345678901", 11), 10, &e), ERR_LIMIT);
    assert_ok(document_load(&text, &len, put("ten", "1234567890", 10), 10, &e), e);
    assert_int_equal(len, 10);
    assert_string_equal(text, "1234567890");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(what_it_says_decides_not_how),
        cmocka_unit_test(every_altered_field_gives_another_hash),
        cmocka_unit_test(the_canonical_form_stands_for_the_credential),
        cmocka_unit_test(what_has_no_hash_says_why),
        cmocka_unit_test(too_complex),
        cmocka_unit_test(a_known_variant_is_found_by_its_hash),
        cmocka_unit_test(long_files_are_streamed),
        cmocka_unit_test(absent_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
