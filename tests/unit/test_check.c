/* One file from its bytes to its verdict, against a chain in memory that can lie, fail and be slow:
 * every fault gives its own code, and nothing but a sound proof is genuine. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/jsonio.h"
#include "common/limits.h"
#include "common/sha256.h"
#include "tests/checkcase.h"
#include "verifier/document.h"
#include "verifier/report.h"

/* -- Genuine -------------------------------------------------------------------------------- */

static void registered_file_is_genuine(void **state)
{
    struct checkcase *f = *state;
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    checkcase_expect(f, REASON_GENUINE, 0);
    assert_string_equal(f->result.issuer.name, "Institut Exemple");
    assert_string_equal(f->result.issuer.log, SAMPLE_LOG);
    assert_int_equal(f->result.issuer.recorded_at, f->proof.anchors[0].block_time);
}

static void anchor_to_self_needs_no_event(void **state)
{
    struct checkcase *f = *state;
    checkcase_anchor(f, (struct fakechain_tx){.key = CHECKCASE_ISSUER, .to = fakechain_address(CHECKCASE_ISSUER)});
    checkcase_expect(f, REASON_GENUINE, 0);
}

static void files_of_one_batch_share_the_look_up(void **state)
{
    struct checkcase *f = *state;
    struct proof_anchor *a = checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    checkcase_expect(f, REASON_GENUINE, 0);
    unsigned first = f->chain.calls;
    f->chain.break_method = "eth_getTransactionByHash"; /* nobody may ask again */
    f->chain.with_error = ERR_IO;
    check_file(&f->setup, f->file, NULL, &f->result);
    assert_int_equal(f->result.verdict.exit, 0);
    assert_int_equal(f->chain.calls, first + 1); /* only whether this one was revoked */
    a->tx_hash.b[0] ^= 1;
    free(a->evidence);
    a->evidence = NULL;
    checkcase_save_proof(f);
    check_file(&f->setup, f->file, NULL, &f->result);
    assert_int_equal(f->result.verdict.reason, REASON_CHAIN_UNREACHABLE);
}

static void old_proof_without_evidence_is_genuine(void **state)
{
    struct checkcase *f = *state;
    struct proof_anchor *a = checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    free(a->evidence);
    a->evidence = NULL;
    checkcase_save_proof(f);
    checkcase_expect(f, REASON_GENUINE, 0);
}

static void later_anchor_proves_an_earlier_batch(void **state)
{
    struct checkcase *f = *state;
    struct sample later = sample_batch(&f->genesis, &f->batch, 3, NULL, 43);
    struct fakechain_tx tx = checkcase_to_registry(f, CHECKCASE_ISSUER);
    tx.input = later.value.b;
    tx.input_len = 32;
    struct proof_anchor *a = sample_anchor(&f->proof, &later, 1);
    fakechain_fill(&f->chain, fakechain_send(&f->chain, &tx), a);
    fakechain_settle(&f->chain);
    checkcase_save_proof(f);
    checkcase_expect(f, REASON_GENUINE, 0);
    a->tail[0].bytes[5] ^= 1;
    checkcase_save_proof(f);
    checkcase_expect(f, REASON_RECEIPT_CONTRADICTS, 1);
    sample_done(&later);
}

static void depth_stands_in_for_the_finalized_tag(void **state)
{
    struct checkcase *f = *state;
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    f->chain.no_finalized = true;
    checkcase_expect(f, REASON_BLOCK_NOT_FINAL, 2);
    for (int i = 0; i < 10; i++)
        fakechain_settle(&f->chain);
    checkcase_expect(f, REASON_GENUINE, 0);
}

/* -- The document and its proof ------------------------------------------------------------- */

static void altered_file(void **state)
{
    struct checkcase *f = *state;
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    checkcase_put_file(f->file, "Diploma of Nadia Benali: data analysis, level 2, 94/100", strlen(CHECKCASE_CONTENT));
    checkcase_expect(f, REASON_HASH_DIFFERS, 1);
    assert_false(f->result.issuer.has);
    /* the forger adapts the proof, too */
    f->proof.target =
        sha256("Diploma of Nadia Benali: data analysis, level 2, 94/100", strlen(CHECKCASE_CONTENT));
    checkcase_save_proof(f);
    checkcase_expect(f, REASON_RECEIPT_CONTRADICTS, 1);
}

static void missing_things(void **state)
{
    struct checkcase *f = *state;
    checkcase_expect(f, REASON_NO_PROOF, 2);
    check_file(&f->setup, f->file, "/nonexistent", &f->result);
    assert_int_equal(f->result.verdict.exit, 66);
    check_file(&f->setup, "/nonexistent", NULL, &f->result);
    assert_int_equal(f->result.verdict.reason, REASON_NO_SUCH_FILE);
    assert_int_equal(f->result.verdict.exit, 66);
}

/* -- Credentials ---------------------------------------------------------------------------- */

#define CREDENTIAL(context, name)                                                                  \
    "{\"@context\":" context ",\"type\":\"VerifiableCredential\",\"issuer\":\"did:example:school\","  \
    "\"credentialSubject\":{\"id\":\"did:example:nadia\",\"name\":\"" name "\"}}"
#define V2 "\"https://www.w3.org/ns/credentials/v2\""
#define GRADE "\"https://certif.example.fr/grade\""

static void put_text(struct checkcase *f, const char *text)
{
    checkcase_put_file(f->file, text, strlen(text));
}

/* Register the credential that a text is, or, with as_bytes, the text. */
static void register_text(struct checkcase *f, const char *text, bool as_bytes)
{
    struct document d;
    struct err e;
    put_text(f, text);
    assert_ok(document_read(&d, f->file, as_bytes, &e), e);
    assert_true(document_hash(&d, &f->canonize, NULL));
    sample_done(&f->batch);
    proof_done(&f->proof);
    f->batch = sample_batch(&f->genesis, NULL, 5, &d.hash, 42);
    f->proof = sample_proof(&f->batch, 0);
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    document_done(&d);
}

static const struct verdict_finding *find_step(const struct checkcase *f, enum reason reason)
{
    for (size_t i = 0; i < f->result.findings.n; i++)
        if (f->result.findings.items[i].reason == reason)
            return &f->result.findings.items[i];
    return NULL;
}

static void credentials_are_known_by_what_they_say(void **state)
{
    struct checkcase *f = *state;
    register_text(f, CREDENTIAL(V2, "Nadia"), false);
    checkcase_expect(f, REASON_GENUINE, 0);
    put_text(f, "{\"issuer\":\"did:example:school\",\n\"credentialSubject\":{\"name\":\"\\u004eadia\","
                "\"id\":\"did:example:nadia\"},\t\"type\":[\"VerifiableCredential\"],\"@context\":[" V2 "]}");
    checkcase_expect(f, REASON_GENUINE, 0);
    put_text(f, CREDENTIAL(V2, "Nadir"));
    checkcase_expect(f, REASON_HASH_DIFFERS, 1);
    f->setup.as_bytes = true;
    put_text(f, CREDENTIAL(V2, "Nadia"));
    checkcase_expect(f, REASON_HASH_DIFFERS, 1);
}

static void a_credential_registered_as_a_file_is_genuine(void **state)
{
    struct checkcase *f = *state;
    static const char *const TEXTS[] = {
        CREDENTIAL(V2, "Nadia"),
        CREDENTIAL(GRADE, "Nadia"),           /* its context is not known */
        CREDENTIAL(V2, "Nadia") " and more",  /* it does not parse */
        CREDENTIAL(V2, "\",\"rank\":\"first"), /* a member that no context defines */
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        register_text(f, TEXTS[i], true);
        checkcase_expect(f, REASON_GENUINE, 0);
        char *altered = strdup(TEXTS[i]);
        strstr(altered, "did:example:nadia")[12] = 'm';
        put_text(f, altered);
        check_file(&f->setup, f->file, NULL, &f->result);
        assert_int_not_equal(f->result.verdict.authenticity, VERDICT_GENUINE);
        free(altered);
    }
}

/* What cannot be canonicalized was not shown to be altered: it could not be checked. */
static void credentials_that_have_no_hash(void **state)
{
    struct checkcase *f = *state;
    static const struct {
        const char *text;
        enum reason reason;
        int exit;
    } CASES[] = {
        {CREDENTIAL(V2, "Nadia\",\"rank\":\"first"), REASON_CREDENTIAL_LOSSY, 2},
        {CREDENTIAL("[" V2 ",{\"name\":null}]", "Nadia"), REASON_CREDENTIAL_INVALID, 65},
        {CREDENTIAL("[" V2 "," GRADE "]", "Nadia"), REASON_CONTEXT_UNKNOWN, 2},
        {CREDENTIAL(V2, "Nadia") "}", REASON_CREDENTIAL_BROKEN, 65},
    };
    register_text(f, CREDENTIAL(V2, "Nadia"), false);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        put_text(f, CASES[i].text);
        checkcase_expect(f, CASES[i].reason, CASES[i].exit);
        assert_int_equal(f->result.verdict.authenticity, VERDICT_COULD_NOT_CHECK);
    }
    remove(f->proof_file);
    checkcase_expect(f, REASON_CREDENTIAL_BROKEN, 65);
    f->setup.as_bytes = true;
    checkcase_expect(f, REASON_NO_PROOF, 2);
}

static void contexts_that_were_a_choice_are_named(void **state)
{
    struct checkcase *f = *state;
    struct err e;
    struct slice grade = SLICE("{\"@context\":{\"grade\":\"urn:example:grade\"}}");
    static const char BADGE[] = "{\"@context\":\"https://w3id.org/openbadges/v2\",\"id\":\"urn:a\","
                                "\"type\":\"Assertion\",\"targetFramework\":\"x\"}";
    assert_ok(canonize_use_variant(&f->canonize, SLICE("https://w3id.org/openbadges/v2"), 1, &e), e);
    register_text(f, BADGE, false);
    checkcase_expect(f, REASON_GENUINE, 0);
    assert_string_equal(find_step(f, REASON_CONTEXT_VARIANT)->detail,
                        "https://w3id.org/openbadges/v2: blockcerts");
    assert_ok(canonize_add_context(&f->canonize, SLICE("https://certif.example.fr/grade"), grade, &e), e);
    register_text(f, CREDENTIAL("[" V2 "," GRADE "]", "Nadia\",\"grade\":\"A"), false);
    checkcase_expect(f, REASON_GENUINE, 0);
    assert_non_null(strstr(find_step(f, REASON_CONTEXT_GIVEN)->detail, "https://certif.example.fr/grade"));
    assert_null(find_step(f, REASON_CONTEXT_VARIANT));
}

static void malformed_proofs_could_not_be_checked(void **state)
{
    struct checkcase *f = *state;
    static const struct {
        const char *text;
        enum reason reason;
    } CASES[] = {
        {"", REASON_PROOF_MALFORMED},
        {"{}", REASON_PROOF_MALFORMED},
        {"<html>502</html>", REASON_PROOF_MALFORMED},
        {"{\"type\":\"HallmarkProof\",\"version\":2}", REASON_PROOF_VERSION},
        {"{\"type\":\"HallmarkProof\",\"version\":1}", REASON_PROOF_MALFORMED},
        {"{\"type\":\"HallmarkProof\",\"type\":\"HallmarkProof\",\"version\":1}",
         REASON_PROOF_MALFORMED},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        checkcase_put_file(f->proof_file, CASES[i].text, strlen(CASES[i].text));
        checkcase_expect(f, CASES[i].reason, 2);
    }
    char *long_text = calloc(1, LIMITS_PROOF_BYTES + 1);
    checkcase_put_file(f->proof_file, long_text, LIMITS_PROOF_BYTES + 1);
    free(long_text);
    checkcase_expect(f, REASON_PROOF_MALFORMED, 2);
}

static void proof_without_anchor_is_pending(void **state)
{
    struct checkcase *f = *state;
    checkcase_save_proof(f);
    checkcase_expect(f, REASON_NOT_ANCHORED, 2);
    assert_int_equal(f->result.verdict.authenticity, VERDICT_PENDING);
}

/* -- Damage --------------------------------------------------------------------------------- */

/* No flipped bit of a proof file, evidence included, is genuine. Of every byte the bit that changes the
 * case of a letter and one other: test_proof flips all of them. */
static void flipped_bits_are_never_genuine(void **state)
{
    struct checkcase *f = *state;
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    checkcase_expect(f, REASON_GENUINE, 0);
    size_t len;
    char *text = harness_read(f->proof_file, &len);
    for (size_t i = 0; i < 2 * (len - 1); i++) {
        size_t bit = 8 * (i / 2) + (i % 2 != 0 ? 5 : i / 2 % 5);
        text[bit / 8] ^= (char)(1 << bit % 8);
        checkcase_put_file(f->proof_file, text, len);
        check_file(&f->setup, f->file, NULL, &f->result);
        if (f->result.verdict.authenticity == VERDICT_GENUINE)
            fail_msg("bit %zu: \"%.40s\" is genuine", bit, text + (bit / 8 > 10 ? bit / 8 - 10 : 0));
        text[bit / 8] ^= (char)(1 << bit % 8);
    }
    free(text);
}

/* -- Reports -------------------------------------------------------------------------------- */

static void json_report_has_its_members(void **state)
{
    struct checkcase *f = *state;
    static const char *const MEMBERS[] = {"file",    "format", "authenticity", "force", "code",
                                          "message", "issuer", "holder",       "steps"};
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    checkcase_expect(f, REASON_GENUINE, 0);
    f->result.file = "a \"name\"\n\x1b[31m\xff.pdf";
    struct text t = {0};
    report_json(&t, &f->result, REASONS_ENGLISH);
    assert_ptr_equal(strchr(t.data, '\n'), t.data + t.len - 1); /* one line */
    json_t *report;
    struct err e;
    assert_ok(jsonio_load(&report, t.data, t.len, t.len, &e), e);
    assert_int_equal(json_object_size(report), 9);
    for (size_t i = 0; i < 9; i++)
        assert_non_null(json_object_get(report, MEMBERS[i]));
    assert_string_equal(json_string_value(json_object_get(report, "authenticity")), "genuine");
    assert_string_equal(json_string_value(json_object_get(report, "force")), "in-force");
    assert_string_equal(json_string_value(json_object_get(report, "code")), "HM-0001");
    json_t *step, *steps = json_object_get(report, "steps");
    size_t i;
    json_array_foreach(steps, i, step)
        assert_int_equal(json_object_size(step), 4);
    assert_true(i > 10);
    json_decref(report);
    text_done(&t);
}

static void text_report_leads_with_three_plain_lines(void **state)
{
    struct checkcase *f = *state;
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    checkcase_expect(f, REASON_GENUINE, 0);
    f->result.file = "/tmp/dipl\x1b[31m\u00f4me.pdf";
    struct text t = {0};
    report_text(&t, &f->result, REASONS_FRENCH, 1795330800, 0);
    static const char EXPECTED[] =
        "AUTHENTIQUE : Ce document est exactement celui que l’émetteur a fait enregistrer.\n"
        "Quoi : dipl?[31môme.pdf · À qui : voir le document · Par qui : Institut Exemple "
        "(certif.example.fr), "
        "enregistré le 18 novembre 2026 à 11:06 UTC\n"
        "EN VIGUEUR · vérifié le 22 novembre 2026 à 07:00 UTC\n\n";
    text_clear(&t);
    report_text(&t, &f->result, REASONS_FRENCH, 1795330800, 0);
    if (strncmp(t.data, EXPECTED, strlen(EXPECTED)) != 0)
        fail_msg("got:\n%s", t.data);
    text_done(&t);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, checkcase_setup, checkcase_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(registered_file_is_genuine),
        TEST(anchor_to_self_needs_no_event),
        TEST(files_of_one_batch_share_the_look_up),
        TEST(old_proof_without_evidence_is_genuine),
        TEST(later_anchor_proves_an_earlier_batch),
        TEST(depth_stands_in_for_the_finalized_tag),
        TEST(altered_file),
        TEST(missing_things),
        TEST(credentials_are_known_by_what_they_say),
        TEST(a_credential_registered_as_a_file_is_genuine),
        TEST(credentials_that_have_no_hash),
        TEST(contexts_that_were_a_choice_are_named),
        TEST(malformed_proofs_could_not_be_checked),
        TEST(proof_without_anchor_is_pending),
        TEST(flipped_bits_are_never_genuine),
        TEST(json_report_has_its_members),
        TEST(text_report_leads_with_three_plain_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
