/* From JSON to the hash: real credentials and their published hashes, the rule for proofs, unsafe and
 * lossy documents, variants of contexts. A small set of our own runs without the public data. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "verifier/rdf/canonize.h"

struct fixture {
    struct canonize canonize;
    struct canonize_options options;
    struct arena arena;
    struct canonize_result got;
    struct err e;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    canonize_init(&f->canonize);
    arena_init(&f->arena, CANONIZE_ARENA_BYTES);
    f->options = canonize_options();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_done(&f->arena);
    canonize_done(&f->canonize);
    free(f);
    return 0;
}

static const struct jdoc *parse(struct fixture *f, const char *json)
{
    const struct jdoc *root;
    struct jdoc_limits limits = {.bytes = CANONIZE_JSON_BYTES, .depth = JDOC_MAX_DEPTH};
    assert_ok(jdoc_parse(&f->arena, slice_of(json), limits, &root, &f->e), f->e);
    return root;
}

static enum err_code canonize(struct fixture *f, const char *json)
{
    return canonize_document(&f->canonize, &f->arena, slice_of(json), &f->options, &f->got, &f->e);
}

static void assert_text(struct fixture *f, const char *json, const char *expected)
{
    assert_ok(canonize(f, json), f->e);
    if (!slice_is(f->got.text, expected))
        fail_msg("got\n%.*sexpected\n%s", (int)f->got.text.len, f->got.text.data, expected);
}

/* ---- our own ---- */

#define V2 "\"@context\":\"https://www.w3.org/ns/credentials/v2\""
#define VC "\"type\":\"VerifiableCredential\""
#define TYPE "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
#define CRED "https://www.w3.org/2018/credentials#"

static void a_credential_becomes_sorted_quads(void **state)
{
    assert_text(*state,
                "{" V2 ",\"id\":\"urn:a\",\"type\":\"VerifiableCredential\",\"issuer\":\"urn:i\","
                "\"credentialSubject\":{\"id\":\"urn:s\"}}",
                "<urn:a> " TYPE " <" CRED "VerifiableCredential> .\n"
                "<urn:a> <" CRED "credentialSubject> <urn:s> .\n"
                "<urn:a> <" CRED "issuer> <urn:i> .\n");
}

static void used_contexts_are_named(void **state)
{
    struct fixture *f = *state;
    assert_ok(canonize(f, "{" V2 ",\"id\":\"urn:a\"," VC ",\"issuer\":\"urn:i\"}"), f->e);
    assert_int_equal(f->got.n_contexts, 1);
    assert_true(slice_is(f->got.contexts[0]->url, "https://www.w3.org/ns/credentials/v2"));
    assert_string_equal(f->got.contexts[0]->variant, "only");
}

static void an_unknown_context_is_an_error(void **state)
{
    struct fixture *f = *state;
    assert_err(canonize(f, "{\"@context\":\"https://example.org/c\",\"id\":\"urn:a\"}"), ERR_NOT_FOUND);
    assert_non_null(strstr(f->e.msg, "https://example.org/c"));
    assert_non_null(strstr(f->e.msg, "--context"));
}

static void a_context_file_can_be_given(void **state)
{
    struct fixture *f = *state;
    struct slice url = SLICE("https://example.org/c");
    struct slice json = SLICE("{\"@context\":{\"id\":\"@id\",\"p\":\"https://example.org/p\"}}");
    assert_ok(canonize_add_context(&f->canonize, url, json, &f->e), f->e);
    assert_err(canonize_add_context(&f->canonize, url, json, &f->e), ERR_EXISTS);
    assert_err(canonize_add_context(&f->canonize, SLICE("urn:x"), SLICE("[]"), &f->e), ERR_INVALID);
    assert_err(canonize_add_context(&f->canonize, SLICE("urn:y"), SLICE("{"), &f->e), ERR_PARSE);
    assert_text(f, "{\"@context\":\"https://example.org/c\",\"id\":\"urn:a\",\"p\":\"1\"}",
                "<urn:a> <https://example.org/p> \"1\" .\n");
    assert_string_equal(f->got.contexts[0]->variant, "given");
}

static void lost_members_are_errors_or_listed(void **state)
{
    struct fixture *f = *state;
    const char *json = "{" V2 ",\"id\":\"urn:a\"," VC ",\"issuer\":\"urn:i\",\"credentialSubject\":"
                       "{\"id\":\"urn:s\",\"salary\":1},\"validFrom\":\"2026-01-01T00:00:00Z\"}";
    assert_err(canonize(f, json), ERR_INVALID);
    assert_non_null(strstr(f->e.msg, "/credentialSubject/salary"));
    f->options.losses = JSONLD_LOSS_LIST;
    assert_ok(canonize(f, json), f->e);
    assert_int_equal(f->got.n_losses, 1);
    assert_true(slice_is(f->got.losses[0].pointer, "/credentialSubject/salary"));
}

static void inline_contexts_only_add_terms(void **state)
{
    struct fixture *f = *state;
    static const char *const UNSAFE[] = {
        "{\"name\":null}",
        "{\"name\":\"urn:other\"}",
        "{\"x\":null}",
        "{\"x\":\"@type\"}",
        "{\"@vocab\":\"urn:v#\"}",
        "{\"@base\":\"urn:b\"}",
    };
    for (size_t i = 0; i < sizeof UNSAFE / sizeof UNSAFE[0]; i++) {
        char json[512];
        snprintf(json, sizeof json, "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\",%s],"
                                    VC ",\"id\":\"urn:a\",\"issuer\":\"urn:i\"}", UNSAFE[i]);
        if (canonize(f, json) != ERR_INVALID || strstr(f->e.msg, "unsafe context") == NULL)
            fail_msg("%s: %s", UNSAFE[i], f->e.msg);
    }
    assert_err(canonize(f, "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\",null],\"id\":\"urn:a\"}"),
               ERR_INVALID);
#define NONCE(iri) "{\"@context\":[\"https://www.w3.org/2018/credentials/v1\",\"https://w3id.org/blockcerts/v3\",{\"nonce\":\"" iri \
                   "\"}],\"id\":\"urn:a\",\"nonce\":\"1\"}"
    assert_ok(canonize(f, NONCE("https://schemas.learningmachine.com/2017/blockcerts/nonce")), f->e);
    assert_err(canonize(f, NONCE("https://schemas.learningmachine.com/2017/blockcerts/metadata")), ERR_INVALID);
    assert_ok(canonize(f, "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\",{\"x\":\"urn:x\"}],"
                          "\"id\":\"urn:a\",\"x\":\"1\"}"), f->e);
}

/* cert-issuer once issued the hash of nothing. */
static void an_empty_canonical_form_is_an_error(void **state)
{
    struct fixture *f = *state;
    f->options.losses = JSONLD_LOSS_IGNORE;
    assert_err(canonize(f, "{\"name\":\"x\"}"), ERR_INVALID);
    assert_non_null(strstr(f->e.msg, "empty"));
    assert_err(canonize_nquads(&f->arena, SLICE(""), &f->options, &f->got, &f->e), ERR_INVALID);
    f->options.credential = false;
    assert_text(f, "{}", "");
}

static void json_is_strict(void **state)
{
    struct fixture *f = *state;
    assert_err(canonize(f, "{\"id\":\"urn:a\",\"id\":\"urn:b\"}"), ERR_PARSE);
    assert_err(canonize(f, "{} {}"), ERR_PARSE);
}

static void too_much_is_too_complex(void **state)
{
    struct fixture *f = *state;
    f->options.budget.quads = 1;
    assert_err(canonize(f, "{" V2 ",\"id\":\"urn:a\",\"issuer\":\"urn:i\",\"type\":\"VerifiableCredential\"}"),
               ERR_LIMIT);
}

/* ---- proofs ---- */

#define MERKLE "{\"type\":\"MerkleProof2019\",\"n\":1}"
#define MERKLE_DI "{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"merkle-proof-2019\",\"n\":2}"
#define CHAINED "{\"type\":[\"ChainedProof2021\"],\"chainedProofType\":\"MerkleProof2019\",\"n\":3}"
#define OTHER "{\"type\":\"DataIntegrityProof\",\"cryptosuite\":\"eddsa-rdfc-2022\"}"

static void assert_left(struct fixture *f, const char *json, size_t nth, const char *expected)
{
    const struct jdoc *proof, *root = parse(f, json);
    const struct jdoc *left = canonize_without_proof(&f->arena, root, nth, &proof);
    assert_true(jdoc_equal(left, parse(f, expected)));
    assert_true((proof == NULL) == (left == root));
}

static void the_merkle_proof_and_all_after_it_are_dropped(void **state)
{
    struct fixture *f = *state;
    assert_left(f, "{\"a\":1,\"proof\":" MERKLE "}", 0, "{\"a\":1}");
    assert_left(f, "{\"proof\":" MERKLE_DI ",\"a\":1}", 0, "{\"a\":1}");
    assert_left(f, "{\"proof\":" CHAINED "}", 0, "{}");
    assert_left(f, "{\"proof\":[" MERKLE "]}", 0, "{}");
    assert_left(f, "{\"proof\":[" OTHER "," MERKLE "," OTHER "]}", 0, "{\"proof\":[" OTHER "]}");
    assert_left(f, "{\"proof\":[" MERKLE "," OTHER "," MERKLE_DI "]}", 0, "{}");
    assert_left(f, "{\"proof\":[" MERKLE "," OTHER "," MERKLE_DI "]}", 1, "{\"proof\":[" MERKLE "," OTHER "]}");
}

static void other_proofs_stay(void **state)
{
    struct fixture *f = *state;
    assert_left(f, "{\"a\":1}", 0, "{\"a\":1}");
    assert_left(f, "{\"proof\":" OTHER "}", 0, "{\"proof\":" OTHER "}");
    assert_left(f, "{\"proof\":[" OTHER "]}", 0, "{\"proof\":[" OTHER "]}");
    assert_left(f, "{\"proof\":" MERKLE "}", 1, "{\"proof\":" MERKLE "}");
    assert_left(f, "{\"proof\":null}", 0, "{\"proof\":null}");
    assert_left(f, "{\"proof\":[1,null,\"x\"]}", 0, "{\"proof\":[1,null,\"x\"]}");
    assert_left(f, "[]", 0, "[]");
}

/* ---- N-Quads ---- */

static void canonical_nquads_are_taken_as_they_are(void **state)
{
    struct fixture *f = *state;
    struct slice text = SLICE("<a:s> <a:p> \"1\" .\n_:c14n0 <a:p> \"1\" .\n");
    assert_ok(canonize_nquads(&f->arena, text, &f->options, &f->got, &f->e), f->e);
    assert_true(slice_equal(f->got.text, text));
    static const char *const NOT_CANONICAL[] = {
        "_:c14n0 <a:p> \"1\" .\n<a:s> <a:p> \"1\" .\n", "<a:s> <a:p> \"1\" .\n_:b0 <a:p> \"1\" .\n",
        "<a:s> <a:p> \"1\".\n", "<a:s> <a:p> \"1\" .", "<a:s> <a:p> \"\\u0031\" .\n",
    };
    for (size_t i = 0; i < sizeof NOT_CANONICAL / sizeof NOT_CANONICAL[0]; i++)
        assert_err(canonize_nquads(&f->arena, slice_of(NOT_CANONICAL[i]), &f->options, &f->got, &f->e),
                   ERR_INVALID);
    assert_err(canonize_nquads(&f->arena, SLICE("x"), &f->options, &f->got, &f->e), ERR_PARSE);
}

/* ---- variants ---- */

static void a_hash_of_another_variant_is_found_and_named(void **state)
{
    struct fixture *f = *state;
    const char *json = "{\"@context\":\"https://w3id.org/openbadges/v2\",\"id\":\"urn:a\","
                       "\"type\":\"Assertion\",\"targetFramework\":\"x\\ty\"}";
    const struct jdoc *root = parse(f, json);
    struct canonize_result usual;
    bool matches;
    assert_ok(canonize_tree(&f->canonize, &f->arena, root, &f->options, &usual, &f->e), f->e);
    assert_ok(canonize_use_variant(&f->canonize, SLICE("https://w3id.org/openbadges/v2"), 1, &f->e), f->e);
    f->options.escape = NQUADS_LEGACY;
    struct canonize_result other;
    assert_ok(canonize_tree(&f->canonize, &f->arena, root, &f->options, &other, &f->e), f->e);
    assert_false(hash32_equal(&usual.hash, &other.hash));

    f->options.escape = NQUADS_RDFC;
    assert_ok(canonize_match(&f->canonize, &f->arena, root, &f->options, &other.hash, &f->got, &matches, &f->e),
              f->e);
    assert_true(matches);
    assert_string_equal(f->got.contexts[0]->variant, "blockcerts");
    assert_int_equal(f->got.escape, NQUADS_LEGACY);

    assert_ok(canonize_match(&f->canonize, &f->arena, root, &f->options, &usual.hash, &f->got, &matches, &f->e),
              f->e);
    assert_true(matches);
    assert_string_equal(f->got.contexts[0]->variant, "1edtech");

    struct hash32 none = {{1}};
    assert_ok(canonize_match(&f->canonize, &f->arena, root, &f->options, &none, &f->got, &matches, &f->e), f->e);
    assert_false(matches);
    assert_true(hash32_equal(&f->got.hash, &usual.hash));
    assert_err(canonize_use_variant(&f->canonize, SLICE("https://w3id.org/openbadges/v2"), 2, &f->e),
               ERR_NOT_FOUND);
}

/* ---- public data ---- */

static char *read_data(const char *folder, struct slice name, const char *ending)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%.*s%s", folder, SLICE_ARG(name), ending);
    const char *file = harness_data(path);
    return file == NULL ? NULL : harness_read(file, NULL);
}

static void the_oracle_agrees(void **state)
{
    struct fixture *f = *state;
    static const char *const NAMES[] = {
        "blockcerts_v2_mocknet", "blockcerts_v3.2_vcv2_merkleproof2019", "blockcerts_v3_hashlink",
        "blockcerts_v3_testnet_did", "clr2_complex", "ob3_complete", "ob3_simple",
        "vcdi_employmentAuth", "vcdi_unsigned_VC_v2_minimal_",
    };
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        char *json = read_data("suites/canonical-oracle", slice_of(NAMES[i]), ".json");
        char *text = read_data("suites/canonical-oracle", slice_of(NAMES[i]), ".nq");
        if (json == NULL || text == NULL)
            skip();
        assert_text(f, json, text);
        free(json);
        free(text);
    }
}

/* What the proof of a hash vector covers: Blockcerts 2 signs all but `signature`, Blockcerts 3 all but
 * the proof at an index and those after it. */
static const struct jdoc *covered(struct fixture *f, const struct jdoc *root, const struct jdoc *vector)
{
    const struct jdoc *index = jdoc_get(vector, "proof_index"), *list = jdoc_get(root, "proof"), *proof;
    if (list == NULL) {
        struct jdoc *copy = jdoc_object(&f->arena, root->offset);
        for (struct map_entry *m = root->object.first; m != NULL; m = m->next)
            if (!slice_is(m->key, "signature"))
                jdoc_set(&f->arena, copy, m->key, m->value);
        return copy;
    }
    const struct jdoc *wanted = list->type == JDOC_ARRAY ? list->array.items[(size_t)index->number.value] : list;
    for (size_t nth = 0;; nth++) {
        const struct jdoc *left = canonize_without_proof(&f->arena, root, nth, &proof);
        assert_non_null(proof);
        if (proof == wanted)
            return left;
    }
}

/* In safe mode where jsonld.js accepts it in safe mode; else refused, and equal with the losses listed. */
static void check_vector(struct fixture *f, const struct jdoc *root, const struct jdoc *vector, const char *id)
{
    const struct jdoc *safe = jdoc_get(vector, "jsonld_safe_mode"), *document = covered(f, root, vector);
    struct slice hex;
    char digits[65] = {0};
    assert_true(jdoc_get_string(vector, "sha256", &hex) && hex.len == 64);
    memcpy(digits, hex.data, hex.len);
    struct hash32 expected = harness_hash(digits);
    f->options.losses = JSONLD_LOSS_FAIL;
    enum err_code rc = canonize_tree(&f->canonize, &f->arena, document, &f->options, &f->got, &f->e);
    if (safe->type != JDOC_BOOL) {
        assert_int_equal(rc, ERR_INVALID);
        f->options.losses = JSONLD_LOSS_LIST;
        rc = canonize_tree(&f->canonize, &f->arena, document, &f->options, &f->got, &f->e);
        assert_true(rc != ERR_OK || f->got.n_losses > 0);
    }
    if (rc != ERR_OK)
        fail_msg("%s: %s", id, f->e.msg);
    if (!hash32_equal(&f->got.hash, &expected))
        fail_msg("%s: another hash", id);
}

static void published_hashes_are_met(void **state)
{
    struct fixture *f = *state;
    char *text = read_data("fixtures", SLICE("hash-vectors"), ".json");
    if (text == NULL)
        skip();
    const struct jdoc *vectors = parse(f, text);
    assert_true(vectors->array.n >= 49);
    for (size_t i = 0; i < vectors->array.n; i++) {
        struct slice id;
        char name[128];
        assert_true(jdoc_get_string(vectors->array.items[i], "id", &id));
        snprintf(name, sizeof name, "%.*s", (int)id.len, (const char *)id.data);
        char *json = read_data("fixtures", id, ".json");
        assert_non_null(json);
        check_vector(f, parse(f, json), vectors->array.items[i], name);
        free(json);
    }
    free(text);
}

static void known_attacks_are_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const NAMES[] = {"name-swapped-by-inline-context", "null-mapped-extra-claim"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        char *json = read_data("fixtures/attacks", slice_of(NAMES[i]), ".json");
        if (json == NULL)
            skip();
        assert_err(canonize(f, json), ERR_INVALID);
        assert_non_null(strstr(f->e.msg, "unsafe context"));
        free(json);
    }
}

/* The quads outlive the contexts that their words come from. */
static void data_needs_no_contexts(void **state)
{
    static const char JSON[] =
        "{" V2 ",\"id\":\"urn:x\",\"type\":\"VerifiableCredential\",\"issuer\":\"did:a:b\","
        "\"validFrom\":\"2026-01-01T00:00:00Z\",\"name\":{\"@value\":\"quo\\\"te\",\"@language\":\"en\"},"
        "\"credentialSubject\":{\"id\":\"did:c:d\",\"description\":\"d\"}}";
    struct fixture *f = *state;
    struct rdf_dataset read = rdf_dataset(&f->arena, 100);
    assert_ok(canonize(f, JSON), f->e);
    canonize_done(&f->canonize);
    canonize_init(&f->canonize);
    assert_ok(nquads_parse(&read, f->got.text, &f->e), f->e);
    assert_true(read.n >= 6);
    assert_int_equal(f->got.data.n, read.n);
    for (size_t i = 0; i < read.n; i++)
        assert_int_equal(rdf_quad_compare(&f->got.data.quads[i], &read.quads[i]), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(data_needs_no_contexts),
        TEST(a_credential_becomes_sorted_quads),
        TEST(used_contexts_are_named),
        TEST(an_unknown_context_is_an_error),
        TEST(a_context_file_can_be_given),
        TEST(lost_members_are_errors_or_listed),
        TEST(inline_contexts_only_add_terms),
        TEST(an_empty_canonical_form_is_an_error),
        TEST(json_is_strict),
        TEST(too_much_is_too_complex),
        TEST(the_merkle_proof_and_all_after_it_are_dropped),
        TEST(other_proofs_stay),
        TEST(canonical_nquads_are_taken_as_they_are),
        TEST(a_hash_of_another_variant_is_found_and_named),
        TEST(the_oracle_agrees),
        TEST(published_hashes_are_met),
        TEST(known_attacks_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
