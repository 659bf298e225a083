/* The copy that carries its proof: what is kept byte for byte, where the proof goes, what has no copy. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "common/merkleproof.h"
#include "tests/sample.h"
#include "verifier/issued.h"
#include "verifier/rdf/canonize.h"
#include "verifier/rdf/slice.h"

#define V1 "\"https://www.w3.org/2018/credentials/v1\""
#define V2 "\"https://www.w3.org/ns/credentials/v2\""

struct world {
    struct sample batch;
    struct proof proof;
};

static struct world make_world(uint64_t chain_id)
{
    struct seal_address registry = {{0x70}}, issuer = {{0xab, 0xcd}};
    struct seal_genesis genesis = sample_genesis(&registry, &issuer);
    struct world w = {.batch = sample_batch(&genesis, NULL, 5, NULL, 1)};
    w.proof = sample_proof(&w.batch, 3);
    struct proof_anchor *anchor = sample_anchor(&w.proof, &w.batch, 0);
    anchor->chain_id = chain_id;
    anchor->from = issuer;
    anchor->block_time = SAMPLE_CREATED;
    return w;
}

static void done_world(struct world *w)
{
    proof_done(&w->proof);
    sample_done(&w->batch);
}

static enum err_code write_copy(struct text *out, uint64_t chain_id, const char *json, const char *method)
{
    struct world w = make_world(chain_id);
    struct err e;
    enum err_code rc = issued_write(out, slice_of(json), &w.proof, method, &e);
    if (rc == ERR_UNSUPPORTED)
        assert_true(strlen(e.msg) > 10);
    done_world(&w);
    return rc;
}

/* What is written before and behind the proofValue. */
static void assert_copy(const char *json, const char *before)
{
    struct text out = {0};
    assert_err(write_copy(&out, 1, json, NULL), ERR_OK);
    if (strncmp(out.data, before, strlen(before)) != 0)
        fail_msg("got %s\nexpected %s…", out.data, before);
    text_done(&out);
}

#define PROOF(form, method)                                                                        \
    "{\n    " form ",\n    \"created\": \"2026-11-18T11:06:40Z\",\n"                               \
    "    \"verificationMethod\": \"" method "\",\n    \"proofPurpose\": \"assertionMethod\",\n"     \
    "    \"proofValue\": \"z"
#define MODERN "\"type\": \"DataIntegrityProof\",\n    \"cryptosuite\": \"merkle-proof-2019\""
#define LEGACY "\"type\": \"MerkleProof2019\""
#define ADDRESS "#0xabcd000000000000000000000000000000000000"

static void members_are_copied_as_they_are(void **state)
{
    (void)state;
    assert_copy("{\"@context\": [" V2 "], \"issuer\":\"did:x:1\" ,\"n\":1.50e0,\"s\":\"a\\u00e9\\\"}{\",\n"
                "\"o\": { \"p\": [1, {\"q\":\"]\"}, null] }, \"t\":true , \"z\":-0}",
                "{\n  \"@context\": [" V2 "],\n  \"issuer\": \"did:x:1\",\n  \"n\": 1.50e0,\n"
                "  \"s\": \"a\\u00e9\\\"}{\",\n  \"o\": { \"p\": [1, {\"q\":\"]\"}, null] },\n"
                "  \"t\": true,\n  \"z\": -0,\n  \"proof\": " PROOF(MODERN, "did:x:1" ADDRESS));
}

static void the_form_follows_the_contexts(void **state)
{
    (void)state;
    assert_copy("{\"@context\":" V1 ",\"issuer\":{\"id\":\"https://i.example/\"}}",
                "{\n  \"@context\": " V1 ",\n  \"issuer\": {\"id\":\"https://i.example/\"},\n"
                "  \"proof\": " PROOF(LEGACY, "https://i.example/" ADDRESS));
    assert_copy("{\"@context\":[" V1 ",\"https://w3id.org/security/data-integrity/v2\"],\"issuer\":\"u:i\"}",
                "{\n  \"@context\": [" V1 ",\"https://w3id.org/security/data-integrity/v2\"],\n"
                "  \"issuer\": \"u:i\",\n  \"proof\": " PROOF(MODERN, "u:i" ADDRESS));
    assert_copy("{\"@context\":[" V2 "],\"holder\":\"u:h\"}",
                "{\n  \"@context\": [" V2 "],\n  \"holder\": \"u:h\",\n"
                "  \"proof\": " PROOF(MODERN, "u:h" ADDRESS));
}

/* The hash covers the proofs before a Merkle proof, and none from it on. */
static void proofs_that_the_hash_covers_stay(void **state)
{
    (void)state;
#define HEAD "{\"@context\":[" V2 "],\"proof\":"
#define COPY "{\n  \"@context\": [" V2 "],\n  \"issuer\": \"u:i\",\n  \"proof\": "
#define OURS PROOF(MODERN, "u:i" ADDRESS)
    assert_copy(HEAD "{\"type\":\"A\"},\"issuer\":\"u:i\"}", COPY "[{\"type\":\"A\"}, " OURS);
    assert_copy(HEAD "[{\"type\":\"A\"},{\"type\":\"B\"}],\"issuer\":\"u:i\"}",
                COPY "[{\"type\":\"A\"}, {\"type\":\"B\"}, " OURS);
    assert_copy(HEAD "{\"type\":\"MerkleProof2019\"},\"issuer\":\"u:i\"}", COPY OURS);
    assert_copy(HEAD "[{\"type\":\"A\"},{\"type\":\"MerkleProof2019\"},{\"type\":\"C\"}],\"issuer\":\"u:i\"}",
                COPY "[{\"type\":\"A\"}, " OURS);
    assert_copy(HEAD "[],\"issuer\":\"u:i\"}", COPY OURS);
}

static void the_proof_value_is_the_path(void **state)
{
    (void)state;
    struct world w = make_world(11155111);
    struct text out = {0};
    struct merkleproof value;
    struct err e;
    assert_ok(issued_write(&out, SLICE("{\"@context\":[" V2 "],\"issuer\":\"u:i\"}"), &w.proof,
                           "did:web:i.example#key \"1\"", &e), e);
    assert_non_null(strstr(out.data, "\"verificationMethod\": \"did:web:i.example#key \\\"1\\\"\""));
    const char *from = strstr(out.data, "\"proofValue\": \"") + strlen("\"proofValue\": \"");
    assert_ok(merkleproof_read(&value, from, strcspn(from, "\""), &e), e);
    assert_true(hash32_equal(&value.root, &w.proof.anchors[0].merkle_root));
    assert_true(hash32_equal(&value.target, &w.proof.target));
    assert_int_equal(value.n_steps, w.proof.n_path + w.proof.anchors[0].n_tail);
    assert_int_equal(value.anchors[0].network, 11155111);
    assert_true(hash32_equal(&value.anchors[0].tx, &w.proof.anchors[0].tx_hash));
    assert_string_equal(strchr(from, '"'), "\"\n  }\n}\n");
    merkleproof_done(&value);
    text_done(&out);
    done_world(&w);
}

static void the_first_anchor_with_a_name(void **state)
{
    (void)state;
    struct world w = make_world(31337);
    struct proof_anchor *second = sample_anchor(&w.proof, &w.batch, 0);
    second->chain_id = 1;
    second->from = (struct seal_address){{0xee}};
    struct text out = {0};
    struct err e;
    assert_ok(issued_write(&out, SLICE("{\"@context\":[" V2 "],\"issuer\":\"u:i\"}"), &w.proof, NULL, &e), e);
    assert_non_null(strstr(out.data, "u:i#0xee00"));
    text_done(&out);
    done_world(&w);
}

static void what_has_no_copy(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        uint64_t chain_id;
        enum err_code rc;
    } CASES[] = {
        {"{\"@context\":\"https://w3id.org/openbadges/v2\",\"issuer\":\"u:i\"}", 1, ERR_UNSUPPORTED},
        {"{\"@context\":[{\"a\":\"u:a\"}," V2 "],\"issuer\":\"u:i\"}", 1, ERR_UNSUPPORTED},
        {"{\"@context\":[" V2 "]}", 1, ERR_UNSUPPORTED},
        {"{\"@context\":[" V2 "],\"issuer\":{\"name\":\"n\"}}", 1, ERR_UNSUPPORTED},
        {"{\"@context\":[" V2 "],\"issuer\":\"u:i\"}", 31337, ERR_UNSUPPORTED},
        {"_:c14n0 <u:p> \"x\" .\n", 1, ERR_PARSE},
        {"{\"@context\":[" V2 "],\"issuer\":\"u:i\"", 1, ERR_PARSE},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct text out = {0};
        assert_err(write_copy(&out, CASES[i].chain_id, CASES[i].json, NULL), CASES[i].rc);
        text_done(&out);
    }
}

static void not_anchored_or_too_long(void **state)
{
    (void)state;
    struct world w = make_world(1);
    struct text out = {0};
    struct err e;
    struct slice json = SLICE("{\"@context\":[" V2 "],\"issuer\":\"u:i\"}");
    struct proof_anchor *anchor = &w.proof.anchors[0];
    free(anchor->tail);
    anchor->n_tail = 2000;
    anchor->tail = calloc(anchor->n_tail, sizeof *anchor->tail);
    for (size_t i = 0; i < anchor->n_tail; i++)
        anchor->tail[i].len = 32;
    assert_err(issued_write(&out, json, &w.proof, NULL, &e), ERR_UNSUPPORTED);
    assert_string_equal(e.msg, "the path is too long for a MerkleProof2019");
    size_t had = w.proof.n_anchors;
    w.proof.n_anchors = 0;
    assert_err(issued_write(&out, json, &w.proof, NULL, &e), ERR_UNSUPPORTED);
    assert_string_equal(e.msg, "it is not anchored yet");
    w.proof.n_anchors = had;
    text_done(&out);
    done_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_copied_as_they_are),
        cmocka_unit_test(the_form_follows_the_contexts),
        cmocka_unit_test(proofs_that_the_hash_covers_stay),
        cmocka_unit_test(the_proof_value_is_the_path),
        cmocka_unit_test(the_first_anchor_with_a_name),
        cmocka_unit_test(what_has_no_copy),
        cmocka_unit_test(not_anchored_or_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
