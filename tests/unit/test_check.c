/* One file from its bytes to its verdict, against a chain in memory that can lie, fail and be slow:
 * every fault gives its own code, and nothing but a sound proof is genuine. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/hex.h"
#include "common/jsonio.h"
#include "common/limits.h"
#include "common/sha256.h"
#include "tests/fakechain.h"
#include "tests/sample.h"
#include "verifier/check.h"
#include "verifier/document.h"
#include "verifier/report.h"

#define ISSUER 1 /* test key of the genesis */
#define CONTENT "Diploma of Nadia Benali: data analysis, level 2, 84/100"

/* A log with one registered file, its proof and a reader who trusts the issuer. */
struct fixture {
    struct fakechain chain;
    struct seal_genesis genesis;
    struct sample batch;
    struct proof proof;
    char file[256], proof_file[300];
    struct endpoints endpoints;
    struct trust_entry entry;
    struct trust trust;
    struct checkpoints checkpoints;
    struct canonize canonize;
    struct check_setup setup;
    struct check_result result;
};

static const char *const URLS[] = {"http://node.example:8545/secret-key", "http://second.example/"};

static void put_file(const char *path, const char *data, size_t len)
{
    remove(path); /* truncating instead would make the file system flush */
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    fclose(f);
}

static void save_proof(struct fixture *f)
{
    struct text t = {0};
    struct err e;
    assert_ok(proof_write(&t, &f->proof, &e), e);
    put_file(f->proof_file, t.data, t.len);
    text_done(&t);
}

/* The same file in a log that has no registry: it anchors to itself and cannot revoke. */
static void use_genesis_without_registry(struct fixture *f)
{
    struct seal_address none = {{0}}, first = fakechain_address(ISSUER);
    struct hash32 target = f->batch.targets[0];
    sample_done(&f->batch);
    proof_done(&f->proof);
    f->genesis = sample_genesis(&none, &first);
    f->batch = sample_batch(&f->genesis, NULL, 5, &target, 42);
    f->proof = sample_proof(&f->batch, 0);
}

/* Anchor the batch with a transaction and save the proof. */
static struct proof_anchor *anchor_with(struct fixture *f, struct fakechain_tx tx)
{
    if (tx.input == NULL) {
        tx.input = f->batch.value.b;
        tx.input_len = 32;
    }
    struct proof_anchor *a = sample_anchor(&f->proof, NULL, 0);
    fakechain_fill(&f->chain, fakechain_send(&f->chain, &tx), a);
    fakechain_settle(&f->chain);
    save_proof(f);
    return a;
}

static struct fixture *new_fixture(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct seal_address first = fakechain_address(ISSUER);
    struct hash32 target = sha256(CONTENT, strlen(CONTENT));
    snprintf(f->file, sizeof f->file, "%s/diploma.txt", harness_folder());
    snprintf(f->proof_file, sizeof f->proof_file, "%s.proof.json", f->file);
    put_file(f->file, CONTENT, strlen(CONTENT));
    fakechain_open(&f->chain, SAMPLE_CHAIN);
    f->genesis = sample_genesis(&f->chain.registry, &first);
    f->batch = sample_batch(&f->genesis, NULL, 5, &target, 42);
    f->proof = sample_proof(&f->batch, 0);
    struct endpoints_transport transport = fakechain_transport(&f->chain);
    endpoints_open(&f->endpoints, &transport, URLS, 1);
    f->entry = (struct trust_entry){.name = (char *)"Institut Exemple",
                                    .is_address = true,
                                    .address = first,
                                    .until = UINT64_MAX};
    f->trust = (struct trust){&f->entry, 1};
    canonize_init(&f->canonize);
    f->setup = (struct check_setup){.endpoints = &f->endpoints,
                                    .canonize = &f->canonize,
                                    .trust = &f->trust,
                                    .checkpoints = &f->checkpoints};
    return f;
}

static int setup(void **state)
{
    *state = new_fixture();
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    remove(f->proof_file);
    proof_done(&f->proof);
    sample_done(&f->batch);
    endpoints_close(&f->endpoints);
    canonize_done(&f->canonize);
    registrylog_done(&f->setup.registrylog);
    fakechain_close(&f->chain);
    free(f);
    return 0;
}

static void expect(struct fixture *f, enum reason reason, int exit)
{
    f->setup.memory.filled = false; /* ask again: the chain may have changed */
    check_file(&f->setup, f->file, NULL, &f->result);
    const struct verdict *v = &f->result.verdict;
    if (v->reason == reason && (int)v->exit == exit)
        return;
    struct text t = {0};
    report_text(&t, &f->result, REASONS_ENGLISH, 0, 0);
    fail_msg("expected %s, exit %d; got exit %d:\n%s", reasons_row(reason)->code, exit, v->exit,
             t.data);
}

static struct fakechain_tx to_registry(const struct fixture *f, uint8_t key)
{
    return (struct fakechain_tx){.key = key, .to = f->chain.registry};
}

/* -- Genuine -------------------------------------------------------------------------------- */

static void registered_file_is_genuine(void **state)
{
    struct fixture *f = *state;
    anchor_with(f, to_registry(f, ISSUER));
    expect(f, REASON_GENUINE, 0);
    assert_string_equal(f->result.issuer.name, "Institut Exemple");
    assert_string_equal(f->result.issuer.log, SAMPLE_LOG);
    assert_int_equal(f->result.issuer.recorded_at, f->proof.anchors[0].block_time);
}

static void anchor_to_self_needs_no_event(void **state)
{
    struct fixture *f = *state;
    anchor_with(f, (struct fakechain_tx){.key = ISSUER, .to = fakechain_address(ISSUER)});
    expect(f, REASON_GENUINE, 0);
}

static void files_of_one_batch_share_the_look_up(void **state)
{
    struct fixture *f = *state;
    struct proof_anchor *a = anchor_with(f, to_registry(f, ISSUER));
    expect(f, REASON_GENUINE, 0);
    unsigned first = f->chain.calls;
    f->chain.break_method = "eth_getTransactionByHash"; /* nobody may ask again */
    f->chain.with_error = ERR_IO;
    check_file(&f->setup, f->file, NULL, &f->result);
    assert_int_equal(f->result.verdict.exit, 0);
    assert_int_equal(f->chain.calls, first + 1); /* only whether this one was revoked */
    a->tx_hash.b[0] ^= 1;
    free(a->evidence);
    a->evidence = NULL;
    save_proof(f);
    check_file(&f->setup, f->file, NULL, &f->result);
    assert_int_equal(f->result.verdict.reason, REASON_CHAIN_UNREACHABLE);
}

static void old_proof_without_evidence_is_genuine(void **state)
{
    struct fixture *f = *state;
    struct proof_anchor *a = anchor_with(f, to_registry(f, ISSUER));
    free(a->evidence);
    a->evidence = NULL;
    save_proof(f);
    expect(f, REASON_GENUINE, 0);
}

static void later_anchor_proves_an_earlier_batch(void **state)
{
    struct fixture *f = *state;
    struct sample later = sample_batch(&f->genesis, &f->batch, 3, NULL, 43);
    struct fakechain_tx tx = to_registry(f, ISSUER);
    tx.input = later.value.b;
    tx.input_len = 32;
    struct proof_anchor *a = sample_anchor(&f->proof, &later, 1);
    fakechain_fill(&f->chain, fakechain_send(&f->chain, &tx), a);
    fakechain_settle(&f->chain);
    save_proof(f);
    expect(f, REASON_GENUINE, 0);
    a->tail[0].bytes[5] ^= 1;
    save_proof(f);
    expect(f, REASON_RECEIPT_CONTRADICTS, 1);
    sample_done(&later);
}

static void depth_stands_in_for_the_finalized_tag(void **state)
{
    struct fixture *f = *state;
    anchor_with(f, to_registry(f, ISSUER));
    f->chain.no_finalized = true;
    expect(f, REASON_BLOCK_NOT_FINAL, 2);
    for (int i = 0; i < 10; i++)
        fakechain_settle(&f->chain);
    expect(f, REASON_GENUINE, 0);
}

/* -- The document and its proof ------------------------------------------------------------- */

static void altered_file(void **state)
{
    struct fixture *f = *state;
    anchor_with(f, to_registry(f, ISSUER));
    put_file(f->file, "Diploma of Nadia Benali: data analysis, level 2, 94/100", strlen(CONTENT));
    expect(f, REASON_HASH_DIFFERS, 1);
    assert_false(f->result.issuer.has);
    /* the forger adapts the proof, too */
    f->proof.target =
        sha256("Diploma of Nadia Benali: data analysis, level 2, 94/100", strlen(CONTENT));
    save_proof(f);
    expect(f, REASON_RECEIPT_CONTRADICTS, 1);
}

static void missing_things(void **state)
{
    struct fixture *f = *state;
    expect(f, REASON_NO_PROOF, 2);
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

static void put_text(struct fixture *f, const char *text)
{
    put_file(f->file, text, strlen(text));
}

/* Register the credential that a text is, or, with as_bytes, the text. */
static void register_text(struct fixture *f, const char *text, bool as_bytes)
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
    anchor_with(f, to_registry(f, ISSUER));
    document_done(&d);
}

static const struct verdict_finding *find_step(const struct fixture *f, enum reason reason)
{
    for (size_t i = 0; i < f->result.findings.n; i++)
        if (f->result.findings.items[i].reason == reason)
            return &f->result.findings.items[i];
    return NULL;
}

static void credentials_are_known_by_what_they_say(void **state)
{
    struct fixture *f = *state;
    register_text(f, CREDENTIAL(V2, "Nadia"), false);
    expect(f, REASON_GENUINE, 0);
    put_text(f, "{\"issuer\":\"did:example:school\",\n\"credentialSubject\":{\"name\":\"\\u004eadia\","
                "\"id\":\"did:example:nadia\"},\t\"type\":[\"VerifiableCredential\"],\"@context\":[" V2 "]}");
    expect(f, REASON_GENUINE, 0);
    put_text(f, CREDENTIAL(V2, "Nadir"));
    expect(f, REASON_HASH_DIFFERS, 1);
    f->setup.as_bytes = true;
    put_text(f, CREDENTIAL(V2, "Nadia"));
    expect(f, REASON_HASH_DIFFERS, 1);
}

static void a_credential_registered_as_a_file_is_genuine(void **state)
{
    struct fixture *f = *state;
    static const char *const TEXTS[] = {
        CREDENTIAL(V2, "Nadia"),
        CREDENTIAL(GRADE, "Nadia"),           /* its context is not known */
        CREDENTIAL(V2, "Nadia") " and more",  /* it does not parse */
        CREDENTIAL(V2, "\",\"rank\":\"first"), /* a member that no context defines */
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        register_text(f, TEXTS[i], true);
        expect(f, REASON_GENUINE, 0);
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
    struct fixture *f = *state;
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
        expect(f, CASES[i].reason, CASES[i].exit);
        assert_int_equal(f->result.verdict.authenticity, VERDICT_COULD_NOT_CHECK);
    }
    remove(f->proof_file);
    expect(f, REASON_CREDENTIAL_BROKEN, 65);
    f->setup.as_bytes = true;
    expect(f, REASON_NO_PROOF, 2);
}

static void contexts_that_were_a_choice_are_named(void **state)
{
    struct fixture *f = *state;
    struct err e;
    struct slice grade = SLICE("{\"@context\":{\"grade\":\"urn:example:grade\"}}");
    static const char BADGE[] = "{\"@context\":\"https://w3id.org/openbadges/v2\",\"id\":\"urn:a\","
                                "\"type\":\"Assertion\",\"targetFramework\":\"x\"}";
    assert_ok(canonize_use_variant(&f->canonize, SLICE("https://w3id.org/openbadges/v2"), 1, &e), e);
    register_text(f, BADGE, false);
    expect(f, REASON_GENUINE, 0);
    assert_string_equal(find_step(f, REASON_CONTEXT_VARIANT)->detail,
                        "https://w3id.org/openbadges/v2: blockcerts");
    assert_ok(canonize_add_context(&f->canonize, SLICE("https://certif.example.fr/grade"), grade, &e), e);
    register_text(f, CREDENTIAL("[" V2 "," GRADE "]", "Nadia\",\"grade\":\"A"), false);
    expect(f, REASON_GENUINE, 0);
    assert_non_null(strstr(find_step(f, REASON_CONTEXT_GIVEN)->detail, "https://certif.example.fr/grade"));
    assert_null(find_step(f, REASON_CONTEXT_VARIANT));
}

static void malformed_proofs_could_not_be_checked(void **state)
{
    struct fixture *f = *state;
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
        put_file(f->proof_file, CASES[i].text, strlen(CASES[i].text));
        expect(f, CASES[i].reason, 2);
    }
    char *long_text = calloc(1, LIMITS_PROOF_BYTES + 1);
    put_file(f->proof_file, long_text, LIMITS_PROOF_BYTES + 1);
    free(long_text);
    expect(f, REASON_PROOF_MALFORMED, 2);
}

static void proof_without_anchor_is_pending(void **state)
{
    struct fixture *f = *state;
    save_proof(f);
    expect(f, REASON_NOT_ANCHORED, 2);
    assert_int_equal(f->result.verdict.authenticity, VERDICT_PENDING);
}

/* -- The transaction ------------------------------------------------------------------------ */

static void transactions_that_are_no_anchors(void **state)
{
    struct fixture *f = *state;
    static const uint8_t LONGER[33] = {1};
    struct seal_address stranger = fakechain_address(9);
    struct {
        struct fakechain_tx tx;
        enum reason reason;
        int exit;
    } cases[] = {
        {{.key = ISSUER, .to = f->chain.registry, .value = 1}, REASON_NOT_AN_ANCHOR, 1},
        {{.key = ISSUER, .to = f->chain.registry, .chain_id = 5}, REASON_NOT_AN_ANCHOR, 1},
        {{.key = ISSUER, .to = stranger}, REASON_NOT_AN_ANCHOR, 1},
        {{.key = ISSUER, .to = f->chain.registry, .input = LONGER, .input_len = 33},
         REASON_NOT_AN_ANCHOR,
         1},
        {{.key = ISSUER, .to = f->chain.registry, .input = LONGER, .input_len = 32},
         REASON_VALUE_DIFFERS,
         1},
        {{.key = ISSUER, .to = f->chain.registry, .failed = true}, REASON_TRANSACTION_FAILED, 1},
        {{.key = ISSUER, .to = f->chain.registry, .silent = true}, REASON_TRANSACTION_FAILED, 1},
        {{.key = ISSUER, .to = f->chain.registry, .claims = 2}, REASON_TRANSACTION_FAILED, 1},
        {{.key = ISSUER, .to = fakechain_address(ISSUER), .failed = true}, REASON_TRANSACTION_FAILED, 1},
        {{.key = 2, .to = f->chain.registry}, REASON_KEY_FOREIGN, 1},
        {{.key = ISSUER, .to = f->chain.registry, .pending = true}, REASON_ANCHOR_WAITING, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        anchor_with(f, cases[i].tx);
        f->proof.anchors[0] = f->proof.anchors[f->proof.n_anchors - 1]; /* only the newest */
        size_t n = f->proof.n_anchors;
        f->proof.n_anchors = 1;
        save_proof(f);
        expect(f, cases[i].reason, cases[i].exit);
        assert_int_equal(n, 1);
        free(f->proof.anchors[0].tail), free(f->proof.anchors[0].evidence);
        f->proof.n_anchors = 0;
    }
}

static void event_of_another_value(void **state)
{
    struct fixture *f = *state;
    struct proof_anchor *a = anchor_with(f, to_registry(f, ISSUER));
    f->chain.blocks[a->block_number].log.topics[1].b[0] ^= 1;
    expect(f, REASON_TRANSACTION_FAILED, 1);
}

static void without_a_registry_nothing_goes_to_address_zero(void **state)
{
    struct fixture *f = *state;
    use_genesis_without_registry(f);
    anchor_with(f, (struct fakechain_tx){.key = ISSUER});
    expect(f, REASON_NOT_AN_ANCHOR, 1);
}

/* A node that mixes up its answers: one method is asked about another transaction. */
static struct {
    struct fakechain *chain;
    const char *method;
    struct hash32 asked, answered;
} mixed_up;

static enum err_code mix_up(void *self, const struct fetch_request *request, struct fetch_reply *reply,
                            struct err *e)
{
    (void)self;
    struct endpoints_transport good = fakechain_transport(mixed_up.chain);
    struct fetch_request other = *request;
    char *body = strdup(request->body), from[65], to[65];
    hex_encode(from, mixed_up.asked.b, 32);
    hex_encode(to, mixed_up.answered.b, 32);
    char *at = strstr(body, from);
    if (strstr(body, mixed_up.method) != NULL && at != NULL)
        memcpy(at, to, 64);
    other.body = body;
    enum err_code rc = good.exchange(good.self, &other, reply, e);
    free(body);
    return rc;
}

static void answers_about_another_transaction(void **state)
{
    struct fixture *f = *state;
    static const char *const METHODS[] = {"eth_getTransactionByHash", "eth_getTransactionReceipt"};
    struct proof_anchor *a = anchor_with(f, to_registry(f, ISSUER));
    struct endpoints_transport transport = {mix_up, NULL};
    endpoints_close(&f->endpoints);
    endpoints_open(&f->endpoints, &transport, URLS, 1);
    for (size_t i = 0; i < 2; i++) {
        mixed_up.chain = &f->chain;
        mixed_up.method = METHODS[i];
        mixed_up.asked = a->tx_hash;
        mixed_up.answered = f->chain.blocks[0].tx_hash;
        expect(f, REASON_CHAIN_GARBLED, 2);
    }
}

static void unknown_transaction(void **state)
{
    struct fixture *f = *state;
    struct proof_anchor *a = anchor_with(f, to_registry(f, ISSUER));
    a->tx_hash.b[0] ^= 1;
    save_proof(f);
    expect(f, REASON_EVIDENCE_CONTRADICTS, 2);
    free(a->evidence);
    a->evidence = NULL;
    save_proof(f);
    expect(f, REASON_ANCHOR_NOT_FOUND, 2);
}

static void friendly_members_must_be_the_chains(void **state)
{
    struct fixture *f = *state;
    struct proof_anchor *a = anchor_with(f, to_registry(f, ISSUER)), good = *a;
    free(a->evidence);
    a->evidence = NULL;
    good.evidence = NULL;
    for (int i = 0; i < 5; i++) {
        *a = good;
        a->block_number += i == 0;
        a->block_time += i == 1;
        a->block_hash.b[3] ^= i == 2;
        a->from.b[3] ^= i == 3;
        a->to.b[3] ^= i == 4;
        save_proof(f);
        expect(f, REASON_ANCHOR_MOVED, 2);
    }
    *a = good;
    save_proof(f);
    expect(f, REASON_GENUINE, 0);
}

static void not_final_or_gone(void **state)
{
    struct fixture *f = *state;
    anchor_with(f, to_registry(f, ISSUER));
    f->chain.final = 0;
    expect(f, REASON_BLOCK_NOT_FINAL, 2);
    f->chain.final = f->chain.n - 1;
    /* a reorganisation: another block stands at that height */
    struct fakechain_block *b = &f->chain.blocks[f->proof.anchors[0].block_number];
    b->replaced = true;
    expect(f, REASON_BLOCK_NOT_CANONICAL, 2);
    b->replaced = false;
    expect(f, REASON_GENUINE, 0);
    b->hash.b[0] ^= 1; /* or the transaction went into another block */
    expect(f, REASON_ANCHOR_MOVED, 2);
}

/* -- Endpoints ------------------------------------------------------------------------------ */

static void faults_of_endpoints(void **state)
{
    struct fixture *f = *state;
    anchor_with(f, to_registry(f, ISSUER));
    static const struct {
        const char *method, *body;
        enum err_code rc;
        enum reason reason;
    } CASES[] = {
        {"eth_chainId", NULL, ERR_IO, REASON_CHAIN_UNREACHABLE},
        {"eth_chainId", NULL, ERR_TIMEOUT, REASON_CHAIN_UNREACHABLE},
        {"eth_getTransactionByHash", NULL, ERR_IO, REASON_CHAIN_UNREACHABLE},
        {"eth_getTransactionByHash", NULL, ERR_LIMIT, REASON_CHAIN_GARBLED},
        {"eth_getTransactionByHash", "<html>Bad gateway</html>", ERR_OK, REASON_CHAIN_GARBLED},
        {"eth_getTransactionByHash", "", ERR_OK, REASON_CHAIN_GARBLED},
        {"eth_getTransactionByHash", "{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":null}", ERR_OK,
         REASON_CHAIN_GARBLED},
        {"eth_getTransactionReceipt", "[]", ERR_OK, REASON_CHAIN_GARBLED},
        {"eth_getBlockByNumber", "{}", ERR_OK, REASON_CHAIN_GARBLED},
        {"eth_getLogs", "{}", ERR_OK, REASON_REVOCATION_UNKNOWN},
        {"eth_getLogs", NULL, ERR_IO, REASON_REVOCATION_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        f->endpoints.items[0].asked = false;
        f->chain.break_method = CASES[i].method;
        f->chain.with_body = CASES[i].body;
        f->chain.with_error = CASES[i].rc;
        expect(f, CASES[i].reason, 2);
        assert_null(strstr(f->result.verdict.detail, "secret-key"));
        assert_non_null(strstr(f->result.verdict.detail, "node.example"));
    }
}

/* The first key speaks for itself, any other needs its events. */
static void keys_that_cannot_be_asked_about(void **state)
{
    struct fixture *f = *state;
    f->chain.break_method = "eth_getLogs";
    f->chain.with_error = ERR_IO;
    anchor_with(f, to_registry(f, 2));
    expect(f, REASON_KEYS_UNKNOWN, 2);
    anchor_with(f, to_registry(f, ISSUER));
    expect(f, REASON_REVOCATION_UNKNOWN, 2);
    assert_int_equal(f->result.verdict.authenticity, VERDICT_GENUINE);
    assert_int_equal(f->result.verdict.force, VERDICT_FORCE_UNKNOWN);
}

static void wrong_chain_and_no_endpoint(void **state)
{
    struct fixture *f = *state;
    anchor_with(f, to_registry(f, ISSUER));
    f->chain.id = 5;
    expect(f, REASON_CHAIN_WRONG, 2);
    f->endpoints.n = 0;
    expect(f, REASON_NO_ENDPOINT, 2);
}

/* The second endpoint answers where the first one fails. */
static enum err_code first_is_down(void *self, const struct fetch_request *request,
                                   struct fetch_reply *reply, struct err *e)
{
    struct endpoints_transport good = fakechain_transport(self);
    if (strcmp(request->url, URLS[0]) == 0)
        return err_set(e, ERR_IO, "connection refused");
    return good.exchange(good.self, request, reply, e);
}

static void endpoints_are_asked_in_turn(void **state)
{
    struct fixture *f = *state;
    anchor_with(f, to_registry(f, ISSUER));
    struct endpoints_transport transport = {first_is_down, &f->chain};
    endpoints_close(&f->endpoints);
    endpoints_open(&f->endpoints, &transport, URLS, 2);
    expect(f, REASON_GENUINE, 0);
}

/* -- Keys and revocation -------------------------------------------------------------------- */

static void say_key(struct fixture *f, uint8_t by, uint8_t key,
                    void (*put)(uint8_t *, const struct seal_address *))
{
    struct seal_address address = fakechain_address(key);
    uint8_t call[REGISTRY_CALL_LEN];
    put(call, &address);
    fakechain_send(&f->chain, &(struct fakechain_tx){.key = by,
                                                     .to = f->chain.registry,
                                                     .input = call,
                                                     .input_len = sizeof call});
}

static void keys_are_reached_by_an_unbroken_chain(void **state)
{
    struct fixture *f = *state;
    f->chain.max_span = 2; /* a provider that wants small spans */
    say_key(f, ISSUER, 2, registry_put_authorize);
    say_key(f, 2, 3, registry_put_authorize);
    say_key(f, ISSUER, 2, registry_put_deauthorize); /* what 2 said before still counts */
    anchor_with(f, to_registry(f, 3));
    expect(f, REASON_GENUINE, 0);
    f->entry.address = fakechain_address(3); /* the sender may be on the list as well */
    expect(f, REASON_GENUINE, 0);
}

static void keys_that_were_not_in_force(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint8_t by, key;
        bool add;
    } STORIES[][3] = {
        {{9, 2, true}, {9, 9, true}, {9, 2, true}},       /* a stranger says so */
        {{ISSUER, 2, true}, {ISSUER, 2, false}, {9, 2, true}}, /* added and removed */
        {{2, 2, true}, {2, 2, true}, {ISSUER, 3, true}},  /* by itself */
    };
    for (size_t i = 0; i < 3; i++) {
        void *fresh = new_fixture();
        f = fresh;
        for (size_t j = 0; j < 3; j++)
            say_key(f, STORIES[i][j].by, STORIES[i][j].key,
                    STORIES[i][j].add ? registry_put_authorize : registry_put_deauthorize);
        anchor_with(f, to_registry(f, 2));
        say_key(f, ISSUER, 2, registry_put_authorize); /* too late */
        expect(f, REASON_KEY_FOREIGN, 1);
        teardown(&fresh);
    }
}

/* The forger writes a genesis that names the issuer's address and a contract of his own, which says
 * that the issuer has authorized him. */
static void a_registry_that_lies_makes_no_keys(void **state)
{
    struct fixture *f = *state;
    struct seal_address forger = fakechain_address(9);
    uint8_t call[REGISTRY_CALL_LEN];
    registry_put_authorize(call, &forger);
    fakechain_send(&f->chain, &(struct fakechain_tx){.key = 9, .to = f->chain.registry, .input = call,
                                                     .input_len = sizeof call, .claims = ISSUER});
    anchor_with(f, to_registry(f, 9));
    expect(f, REASON_KEY_FOREIGN, 1);
}

/* Nor does an event in a transaction of the issuer's that called for something else. */
static void an_event_must_be_what_was_called_for(void **state)
{
    struct fixture *f = *state;
    say_key(f, ISSUER, 2, registry_put_authorize);
    struct fakechain_block *b = &f->chain.blocks[f->chain.n - 1];
    struct seal_address forger = fakechain_address(9);
    b->log.topics[2] = registry_word(&forger);
    anchor_with(f, to_registry(f, 9));
    expect(f, REASON_KEY_FOREIGN, 1);
}

static void a_call_signed_for_another_chain_makes_no_key(void **state)
{
    struct fixture *f = *state;
    struct seal_address other = fakechain_address(2);
    uint8_t call[REGISTRY_CALL_LEN];
    registry_put_authorize(call, &other);
    fakechain_send(&f->chain, &(struct fakechain_tx){.key = ISSUER, .to = f->chain.registry, .input = call,
                                                     .input_len = sizeof call, .chain_id = 5});
    anchor_with(f, to_registry(f, 2));
    expect(f, REASON_KEY_FOREIGN, 1);
}

static void removed_first_key_counts_no_more(void **state)
{
    struct fixture *f = *state;
    say_key(f, ISSUER, 2, registry_put_authorize);
    say_key(f, 2, ISSUER, registry_put_deauthorize);
    anchor_with(f, to_registry(f, ISSUER));
    expect(f, REASON_KEY_FOREIGN, 1);
}

static void revoke(struct fixture *f, uint8_t by)
{
    struct proof_value v;
    struct err e;
    uint8_t call[REGISTRY_CALL_LEN];
    assert_ok(proof_value(&v, &f->proof, &e), e);
    registry_put_revoke(call, &v.revoke_id);
    fakechain_send(&f->chain, &(struct fakechain_tx){.key = by,
                                                     .to = f->chain.registry,
                                                     .input = call,
                                                     .input_len = sizeof call});
}

static void revoked_by_a_key_of_the_log(void **state)
{
    struct fixture *f = *state;
    anchor_with(f, to_registry(f, ISSUER));
    revoke(f, 9); /* anybody may say so */
    expect(f, REASON_GENUINE, 0);
    say_key(f, ISSUER, 2, registry_put_authorize);
    revoke(f, 2);
    registrylog_done(&f->setup.registrylog);
    expect(f, REASON_REVOKED, 3);
    assert_int_equal(f->result.verdict.authenticity, VERDICT_GENUINE);
}

/* --at: on the day of its block it stood, the day before it was not there, and today it is revoked. */
static void revoked_later_than_the_day_in_question(void **state)
{
    struct fixture *f = *state;
    anchor_with(f, to_registry(f, ISSUER));
    expect(f, REASON_GENUINE, 0);
    uint64_t recorded_at = f->result.issuer.recorded_at;
    say_key(f, ISSUER, 2, registry_put_authorize); /* blocks in between */
    revoke(f, ISSUER);
    f->setup.at = true;
    f->setup.now = recorded_at;
    registrylog_done(&f->setup.registrylog);
    expect(f, REASON_GENUINE, 0);
    f->setup.now = recorded_at - 1;
    expect(f, REASON_RECORDED_LATER, 3);
    f->setup.now = recorded_at + 1000000;
    expect(f, REASON_REVOKED, 3);
}

static void revoked_by_a_removed_key(void **state)
{
    struct fixture *f = *state;
    say_key(f, ISSUER, 2, registry_put_authorize);
    anchor_with(f, to_registry(f, ISSUER));
    say_key(f, ISSUER, 2, registry_put_deauthorize);
    revoke(f, 2);
    expect(f, REASON_GENUINE, 0);
}

static enum err_code revocations_are_down(void *self, const struct fetch_request *request,
                                          struct fetch_reply *reply, struct err *e)
{
    struct hash32 topic = registry_topic(REGISTRY_REVOKED);
    char hex[9] = "";
    snprintf(hex, sizeof hex, "%02x%02x%02x%02x", topic.b[0], topic.b[1], topic.b[2], topic.b[3]);
    struct endpoints_transport good = fakechain_transport(self);
    if (strstr(request->body, hex) != NULL)
        return err_set(e, ERR_TIMEOUT, "no answer in time");
    return good.exchange(good.self, request, reply, e);
}

static void revocation_that_cannot_be_asked_is_unknown(void **state)
{
    struct fixture *f = *state;
    anchor_with(f, to_registry(f, ISSUER));
    struct endpoints_transport transport = {revocations_are_down, &f->chain};
    endpoints_close(&f->endpoints);
    endpoints_open(&f->endpoints, &transport, URLS, 1);
    expect(f, REASON_REVOCATION_UNKNOWN, 2);
    assert_int_equal(f->result.verdict.authenticity, VERDICT_GENUINE);
}

/* -- Trust ---------------------------------------------------------------------------------- */

static void trust_decides_who_is_known(void **state)
{
    struct fixture *f = *state;
    struct proof_anchor *a = anchor_with(f, to_registry(f, ISSUER));
    f->setup.trust = NULL;
    expect(f, REASON_NO_TRUST_LIST, 4);
    f->setup.trust = &f->trust;
    f->entry.until = a->block_time;
    expect(f, REASON_ISSUER_NOT_THEN, 4);
    f->entry.until = a->block_time + 1;
    expect(f, REASON_GENUINE, 0);
    f->entry.address = fakechain_address(9);
    expect(f, REASON_ISSUER_UNLISTED, 4);
    assert_string_equal(f->result.issuer.name, "");
}

/* -- Several anchors ------------------------------------------------------------------------ */

static void one_good_anchor_is_enough(void **state)
{
    struct fixture *f = *state;
    anchor_with(f, to_registry(f, 9)); /* a stranger copied the value */
    expect(f, REASON_KEY_FOREIGN, 1);
    anchor_with(f, to_registry(f, ISSUER));
    expect(f, REASON_GENUINE, 0);
    f->proof.anchors[1].chain_id = 1; /* and it cannot be asked */
    free(f->proof.anchors[1].evidence);
    f->proof.anchors[1].evidence = NULL;
    save_proof(f);
    expect(f, REASON_CHAIN_WRONG, 2);
}

/* -- Evidence and checkpoints --------------------------------------------------------------- */

/* The code that a step of the last check gave; "" if there was no such step. */
static const char *step_code(const struct fixture *f, const char *step)
{
    for (size_t i = 0; i < f->result.findings.n; i++) {
        const struct reasons_row *row = reasons_row(f->result.findings.items[i].reason);
        if (strcmp(row->step, step) == 0)
            return row->code;
    }
    return "";
}

static void expect_policy(struct fixture *f, const char *policy, const char *finality, const char *chain)
{
    check_file(&f->setup, f->file, NULL, &f->result);
    assert_string_equal(step_code(f, "choosePolicy"), policy);
    assert_string_equal(step_code(f, "checkFinality"), finality);
    assert_string_equal(step_code(f, "checkChain"), chain);
}

static void offline_by_nobody_or_by_a_checkpoint(void **state)
{
    struct fixture *f = *state;
    struct proof_anchor *a = anchor_with(f, to_registry(f, ISSUER));
    struct checkpoint_block known = {SAMPLE_CHAIN, a->block_number, a->block_hash};
    f->setup.offline = true;
    f->endpoints.n = 0;
    expect(f, REASON_BLOCK_UNCONFIRMED, 2);
    expect_policy(f, "HM-2243", "HM-2233", "HM-2252");
    f->checkpoints = (struct checkpoints){&known, 1};
    expect(f, REASON_REVOCATION_UNKNOWN,
           2); /* genuine, but nobody says whether it is still in force */
    assert_int_equal(f->result.verdict.authenticity, VERDICT_GENUINE);
    expect_policy(f, "HM-2241", "HM-2234", "HM-2252");
    known.hash.b[0] ^= 1;
    expect(f, REASON_BLOCK_NOT_CANONICAL, 2);
    known.number++;
    expect(f, REASON_BLOCK_UNCONFIRMED, 2);
    assert_int_equal(f->chain.calls, 0);
}

static void offline_by_an_endpoint(void **state)
{
    struct fixture *f = *state;
    struct proof_anchor *a = anchor_with(f, to_registry(f, ISSUER));
    f->setup.offline = true;
    expect(f, REASON_REVOCATION_UNKNOWN, 2);
    assert_int_equal(f->result.verdict.authenticity, VERDICT_GENUINE);
    expect_policy(f, "HM-2242", "HM-2235", "HM-2251");
    f->chain.final = a->block_number - 1;
    expect_policy(f, "HM-2242", "HM-2231", "HM-2251");
    f->chain.blocks[a->block_number].replaced = true;
    expect_policy(f, "HM-2242", "HM-2232", "HM-2251");
    f->chain.break_method = "eth_chainId";
    f->chain.with_error = ERR_IO;
    f->endpoints.items[0].asked = false;
    expect_policy(f, "HM-2242", "HM-2233", "HM-2252");
    assert_int_equal(f->result.verdict.exit, 2);
}

/* Block 0 of the evidence: by a checkpoint, by the endpoint, and relied on by nobody. */
static void the_chain_of_evidence(void **state)
{
    struct fixture *f = *state;
    struct proof_anchor *a = anchor_with(f, to_registry(f, ISSUER));
    struct checkpoint_block known[] = {{SAMPLE_CHAIN, a->block_number, a->block_hash},
                                       {SAMPLE_CHAIN, 0, f->chain.blocks[0].hash}};
    f->setup.offline = true;
    f->checkpoints = (struct checkpoints){known, 2};
    expect_policy(f, "HM-2241", "HM-2234", "HM-2251");
    known[1].hash.b[5] ^= 1;
    expect_policy(f, "HM-2241", "HM-2234", "HM-2253");
    assert_int_equal(f->result.verdict.authenticity, VERDICT_COULD_NOT_CHECK);
    f->checkpoints.n = 0;
    expect_policy(f, "HM-2242", "HM-2235", "HM-2251");
    char *digit = strstr(a->evidence, "\"genesisBlock\":\"0x") + 20;
    *digit = *digit == '0' ? '1' : '0';
    save_proof(f);
    expect_policy(f, "HM-2242", "HM-2235", "HM-2253");
    assert_int_equal(f->result.verdict.authenticity, VERDICT_COULD_NOT_CHECK);
    f->checkpoints.n = 1; /* it names the anchor's block: block 0 is relied on by nobody, and that is said */
    expect_policy(f, "HM-2241", "HM-2234", "HM-2252");
    assert_int_equal(f->result.verdict.authenticity, VERDICT_GENUINE);
}

static void evidence_must_be_of_this_block_and_have_a_receipt(void **state)
{
    struct fixture *f = *state;
    struct proof_anchor *a = anchor_with(f, to_registry(f, ISSUER));
    struct checkpoint_block known = {SAMPLE_CHAIN, a->block_number, a->block_hash};
    f->checkpoints = (struct checkpoints){&known, 1};
    f->setup.offline = true;
    a->block_time++;
    save_proof(f);
    expect(f, REASON_EVIDENCE_CONTRADICTS, 2);
    a->block_time--;
    json_t *evidence = json_loads(a->evidence, 0, NULL);
    json_object_del(evidence, "receipt");
    json_object_del(evidence, "receiptProof");
    free(a->evidence);
    a->evidence = json_dumps(evidence, JSON_COMPACT);
    json_decref(evidence);
    save_proof(f);
    expect(f, REASON_BLOCK_UNCONFIRMED, 2);
    f->setup.offline = false; /* an endpoint knows the receipt */
    expect(f, REASON_GENUINE, 0);
}

static void offline_without_a_registry_is_in_force(void **state)
{
    struct fixture *f = *state;
    struct seal_address first = fakechain_address(ISSUER);
    use_genesis_without_registry(f);
    struct proof_anchor *a = anchor_with(f, (struct fakechain_tx){.key = ISSUER, .to = first});
    struct checkpoint_block known = {SAMPLE_CHAIN, a->block_number, a->block_hash};
    f->checkpoints = (struct checkpoints){&known, 1};
    f->setup.offline = true;
    expect(f, REASON_GENUINE, 0);
    f->setup.offline = false; /* the checkpoint also stands in for endpoints that are down */
    f->chain.break_method = "eth_chainId";
    f->chain.with_error = ERR_IO;
    expect(f, REASON_GENUINE, 0);
    f->checkpoints.n = 0;
    expect(f, REASON_CHAIN_UNREACHABLE, 2);
}

/* -- Damage --------------------------------------------------------------------------------- */

/* No flipped bit of a proof file, evidence included, is genuine. Of every byte the bit that changes the
 * case of a letter and one other: test_proof flips all of them. */
static void flipped_bits_are_never_genuine(void **state)
{
    struct fixture *f = *state;
    anchor_with(f, to_registry(f, ISSUER));
    expect(f, REASON_GENUINE, 0);
    size_t len;
    char *text = harness_read(f->proof_file, &len);
    for (size_t i = 0; i < 2 * (len - 1); i++) {
        size_t bit = 8 * (i / 2) + (i % 2 != 0 ? 5 : i / 2 % 5);
        text[bit / 8] ^= (char)(1 << bit % 8);
        put_file(f->proof_file, text, len);
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
    struct fixture *f = *state;
    static const char *const MEMBERS[] = {"file",    "format", "authenticity", "force", "code",
                                          "message", "issuer", "holder",       "steps"};
    anchor_with(f, to_registry(f, ISSUER));
    expect(f, REASON_GENUINE, 0);
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
    struct fixture *f = *state;
    anchor_with(f, to_registry(f, ISSUER));
    expect(f, REASON_GENUINE, 0);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
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
        TEST(transactions_that_are_no_anchors),
        TEST(event_of_another_value),
        TEST(without_a_registry_nothing_goes_to_address_zero),
        TEST(answers_about_another_transaction),
        TEST(unknown_transaction),
        TEST(friendly_members_must_be_the_chains),
        TEST(not_final_or_gone),
        TEST(faults_of_endpoints),
        TEST(keys_that_cannot_be_asked_about),
        TEST(wrong_chain_and_no_endpoint),
        TEST(endpoints_are_asked_in_turn),
        TEST(keys_are_reached_by_an_unbroken_chain),
        TEST(keys_that_were_not_in_force),
        TEST(a_registry_that_lies_makes_no_keys),
        TEST(an_event_must_be_what_was_called_for),
        TEST(a_call_signed_for_another_chain_makes_no_key),
        TEST(removed_first_key_counts_no_more),
        TEST(revoked_by_a_key_of_the_log),
        TEST(revoked_later_than_the_day_in_question),
        TEST(revoked_by_a_removed_key),
        TEST(revocation_that_cannot_be_asked_is_unknown),
        TEST(trust_decides_who_is_known),
        TEST(one_good_anchor_is_enough),
        TEST(offline_by_nobody_or_by_a_checkpoint),
        TEST(offline_by_an_endpoint),
        TEST(the_chain_of_evidence),
        TEST(evidence_must_be_of_this_block_and_have_a_receipt),
        TEST(offline_without_a_registry_is_in_force),
        TEST(flipped_bits_are_never_genuine),
        TEST(json_report_has_its_members),
        TEST(text_report_leads_with_three_plain_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
