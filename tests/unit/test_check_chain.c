/* One file to its verdict: transactions, blocks, endpoints and evidence that do not prove it, against a chain in memory
 * that can lie, fail and be slow. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/hex.h"
#include "tests/checkcase.h"

/* -- The transaction ------------------------------------------------------------------------ */

static void transactions_that_are_no_anchors(void **state)
{
    struct checkcase *f = *state;
    static const uint8_t LONGER[33] = {1};
    struct seal_address stranger = fakechain_address(9);
    struct {
        struct fakechain_tx tx;
        enum reason reason;
        int exit;
    } cases[] = {
        {{.key = CHECKCASE_ISSUER, .to = f->chain.registry, .value = 1}, REASON_NOT_AN_ANCHOR, 1},
        {{.key = CHECKCASE_ISSUER, .to = f->chain.registry, .chain_id = 5}, REASON_NOT_AN_ANCHOR, 1},
        {{.key = CHECKCASE_ISSUER, .to = stranger}, REASON_NOT_AN_ANCHOR, 1},
        {{.key = CHECKCASE_ISSUER, .to = f->chain.registry, .input = LONGER, .input_len = 33},
         REASON_NOT_AN_ANCHOR,
         1},
        {{.key = CHECKCASE_ISSUER, .to = f->chain.registry, .input = LONGER, .input_len = 32},
         REASON_VALUE_DIFFERS,
         1},
        {{.key = CHECKCASE_ISSUER, .to = f->chain.registry, .failed = true}, REASON_TRANSACTION_FAILED, 1},
        {{.key = CHECKCASE_ISSUER, .to = f->chain.registry, .silent = true}, REASON_TRANSACTION_FAILED, 1},
        {{.key = CHECKCASE_ISSUER, .to = f->chain.registry, .claims = 2}, REASON_TRANSACTION_FAILED, 1},
        {{.key = CHECKCASE_ISSUER, .to = fakechain_address(CHECKCASE_ISSUER), .failed = true}, REASON_TRANSACTION_FAILED, 1},
        {{.key = 2, .to = f->chain.registry}, REASON_KEY_FOREIGN, 1},
        {{.key = CHECKCASE_ISSUER, .to = f->chain.registry, .pending = true}, REASON_ANCHOR_WAITING, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        checkcase_anchor(f, cases[i].tx);
        f->proof.anchors[0] = f->proof.anchors[f->proof.n_anchors - 1]; /* only the newest */
        size_t n = f->proof.n_anchors;
        f->proof.n_anchors = 1;
        checkcase_save_proof(f);
        checkcase_expect(f, cases[i].reason, cases[i].exit);
        assert_int_equal(n, 1);
        free(f->proof.anchors[0].tail), free(f->proof.anchors[0].evidence);
        f->proof.n_anchors = 0;
    }
}

static void event_of_another_value(void **state)
{
    struct checkcase *f = *state;
    struct proof_anchor *a = checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    f->chain.blocks[a->block_number].log.topics[1].b[0] ^= 1;
    checkcase_expect(f, REASON_TRANSACTION_FAILED, 1);
}

static void without_a_registry_nothing_goes_to_address_zero(void **state)
{
    struct checkcase *f = *state;
    checkcase_without_registry(f);
    checkcase_anchor(f, (struct fakechain_tx){.key = CHECKCASE_ISSUER});
    checkcase_expect(f, REASON_NOT_AN_ANCHOR, 1);
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
    struct checkcase *f = *state;
    static const char *const METHODS[] = {"eth_getTransactionByHash", "eth_getTransactionReceipt"};
    struct proof_anchor *a = checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    struct endpoints_transport transport = {mix_up, NULL};
    endpoints_close(&f->endpoints);
    endpoints_open(&f->endpoints, &transport, checkcase_urls, 1);
    for (size_t i = 0; i < 2; i++) {
        mixed_up.chain = &f->chain;
        mixed_up.method = METHODS[i];
        mixed_up.asked = a->tx_hash;
        mixed_up.answered = f->chain.blocks[0].tx_hash;
        checkcase_expect(f, REASON_CHAIN_GARBLED, 2);
    }
}

static void unknown_transaction(void **state)
{
    struct checkcase *f = *state;
    struct proof_anchor *a = checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    a->tx_hash.b[0] ^= 1;
    checkcase_save_proof(f);
    checkcase_expect(f, REASON_EVIDENCE_CONTRADICTS, 2);
    free(a->evidence);
    a->evidence = NULL;
    checkcase_save_proof(f);
    checkcase_expect(f, REASON_ANCHOR_NOT_FOUND, 2);
}

static void friendly_members_must_be_the_chains(void **state)
{
    struct checkcase *f = *state;
    struct proof_anchor *a = checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER)), good = *a;
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
        checkcase_save_proof(f);
        checkcase_expect(f, REASON_ANCHOR_MOVED, 2);
    }
    *a = good;
    checkcase_save_proof(f);
    checkcase_expect(f, REASON_GENUINE, 0);
}

static void not_final_or_gone(void **state)
{
    struct checkcase *f = *state;
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    f->chain.final = 0;
    checkcase_expect(f, REASON_BLOCK_NOT_FINAL, 2);
    f->chain.final = f->chain.n - 1;
    /* a reorganisation: another block stands at that height */
    struct fakechain_block *b = &f->chain.blocks[f->proof.anchors[0].block_number];
    b->replaced = true;
    checkcase_expect(f, REASON_BLOCK_NOT_CANONICAL, 2);
    b->replaced = false;
    checkcase_expect(f, REASON_GENUINE, 0);
    b->hash.b[0] ^= 1; /* or the transaction went into another block */
    checkcase_expect(f, REASON_ANCHOR_MOVED, 2);
}

/* -- Endpoints ------------------------------------------------------------------------------ */

static void faults_of_endpoints(void **state)
{
    struct checkcase *f = *state;
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
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
        checkcase_expect(f, CASES[i].reason, 2);
        assert_null(strstr(f->result.verdict.detail, "secret-key"));
        assert_non_null(strstr(f->result.verdict.detail, "node.example"));
    }
}

/* The first key speaks for itself, any other needs its events. */
static void keys_that_cannot_be_asked_about(void **state)
{
    struct checkcase *f = *state;
    f->chain.break_method = "eth_getLogs";
    f->chain.with_error = ERR_IO;
    checkcase_anchor(f, checkcase_to_registry(f, 2));
    checkcase_expect(f, REASON_KEYS_UNKNOWN, 2);
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    checkcase_expect(f, REASON_REVOCATION_UNKNOWN, 2);
    assert_int_equal(f->result.verdict.authenticity, VERDICT_GENUINE);
    assert_int_equal(f->result.verdict.force, VERDICT_FORCE_UNKNOWN);
}

static void wrong_chain_and_no_endpoint(void **state)
{
    struct checkcase *f = *state;
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    f->chain.id = 5;
    checkcase_expect(f, REASON_CHAIN_WRONG, 2);
    f->endpoints.n = 0;
    checkcase_expect(f, REASON_NO_ENDPOINT, 2);
}

/* The second endpoint answers where the first one fails. */
static enum err_code first_is_down(void *self, const struct fetch_request *request,
                                   struct fetch_reply *reply, struct err *e)
{
    struct endpoints_transport good = fakechain_transport(self);
    if (strcmp(request->url, checkcase_urls[0]) == 0)
        return err_set(e, ERR_IO, "connection refused");
    return good.exchange(good.self, request, reply, e);
}

static void endpoints_are_asked_in_turn(void **state)
{
    struct checkcase *f = *state;
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    struct endpoints_transport transport = {first_is_down, &f->chain};
    endpoints_close(&f->endpoints);
    endpoints_open(&f->endpoints, &transport, checkcase_urls, 2);
    checkcase_expect(f, REASON_GENUINE, 0);
}

/* -- Several anchors ------------------------------------------------------------------------ */

static void one_good_anchor_is_enough(void **state)
{
    struct checkcase *f = *state;
    checkcase_anchor(f, checkcase_to_registry(f, 9)); /* a stranger copied the value */
    checkcase_expect(f, REASON_KEY_FOREIGN, 1);
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    checkcase_expect(f, REASON_GENUINE, 0);
    f->proof.anchors[1].chain_id = 1; /* and it cannot be asked */
    free(f->proof.anchors[1].evidence);
    f->proof.anchors[1].evidence = NULL;
    checkcase_save_proof(f);
    checkcase_expect(f, REASON_CHAIN_WRONG, 2);
}

/* -- Evidence and checkpoints --------------------------------------------------------------- */

/* The code that a step of the last check gave; "" if there was no such step. */
static const char *step_code(const struct checkcase *f, const char *step)
{
    for (size_t i = 0; i < f->result.findings.n; i++) {
        const struct reasons_row *row = reasons_row(f->result.findings.items[i].reason);
        if (strcmp(row->step, step) == 0)
            return row->code;
    }
    return "";
}

static void expect_policy(struct checkcase *f, const char *policy, const char *finality, const char *chain)
{
    check_file(&f->setup, f->file, NULL, &f->result);
    assert_string_equal(step_code(f, "choosePolicy"), policy);
    assert_string_equal(step_code(f, "checkFinality"), finality);
    assert_string_equal(step_code(f, "checkChain"), chain);
}

static void offline_by_nobody_or_by_a_checkpoint(void **state)
{
    struct checkcase *f = *state;
    struct proof_anchor *a = checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    struct checkpoint_block known = {SAMPLE_CHAIN, a->block_number, a->block_hash};
    f->setup.offline = true;
    f->endpoints.n = 0;
    checkcase_expect(f, REASON_BLOCK_UNCONFIRMED, 2);
    expect_policy(f, "HM-2243", "HM-2233", "HM-2252");
    f->checkpoints = (struct checkpoints){&known, 1};
    checkcase_expect(f, REASON_REVOCATION_UNKNOWN,
           2); /* genuine, but nobody says whether it is still in force */
    assert_int_equal(f->result.verdict.authenticity, VERDICT_GENUINE);
    expect_policy(f, "HM-2241", "HM-2234", "HM-2252");
    known.hash.b[0] ^= 1;
    checkcase_expect(f, REASON_BLOCK_NOT_CANONICAL, 2);
    known.number++;
    checkcase_expect(f, REASON_BLOCK_UNCONFIRMED, 2);
    assert_int_equal(f->chain.calls, 0);
}

static void offline_by_an_endpoint(void **state)
{
    struct checkcase *f = *state;
    struct proof_anchor *a = checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    f->setup.offline = true;
    checkcase_expect(f, REASON_REVOCATION_UNKNOWN, 2);
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
    struct checkcase *f = *state;
    struct proof_anchor *a = checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
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
    checkcase_save_proof(f);
    expect_policy(f, "HM-2242", "HM-2235", "HM-2253");
    assert_int_equal(f->result.verdict.authenticity, VERDICT_COULD_NOT_CHECK);
    f->checkpoints.n = 1; /* it names the anchor's block: block 0 is relied on by nobody, and that is said */
    expect_policy(f, "HM-2241", "HM-2234", "HM-2252");
    assert_int_equal(f->result.verdict.authenticity, VERDICT_GENUINE);
}

static void evidence_must_be_of_this_block_and_have_a_receipt(void **state)
{
    struct checkcase *f = *state;
    struct proof_anchor *a = checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    struct checkpoint_block known = {SAMPLE_CHAIN, a->block_number, a->block_hash};
    f->checkpoints = (struct checkpoints){&known, 1};
    f->setup.offline = true;
    a->block_time++;
    checkcase_save_proof(f);
    checkcase_expect(f, REASON_EVIDENCE_CONTRADICTS, 2);
    a->block_time--;
    json_t *evidence = json_loads(a->evidence, 0, NULL);
    json_object_del(evidence, "receipt");
    json_object_del(evidence, "receiptProof");
    free(a->evidence);
    a->evidence = json_dumps(evidence, JSON_COMPACT);
    json_decref(evidence);
    checkcase_save_proof(f);
    checkcase_expect(f, REASON_BLOCK_UNCONFIRMED, 2);
    f->setup.offline = false; /* an endpoint knows the receipt */
    checkcase_expect(f, REASON_GENUINE, 0);
}

static void offline_without_a_registry_is_in_force(void **state)
{
    struct checkcase *f = *state;
    struct seal_address first = fakechain_address(CHECKCASE_ISSUER);
    checkcase_without_registry(f);
    struct proof_anchor *a = checkcase_anchor(f, (struct fakechain_tx){.key = CHECKCASE_ISSUER, .to = first});
    struct checkpoint_block known = {SAMPLE_CHAIN, a->block_number, a->block_hash};
    f->checkpoints = (struct checkpoints){&known, 1};
    f->setup.offline = true;
    checkcase_expect(f, REASON_GENUINE, 0);
    f->setup.offline = false; /* the checkpoint also stands in for endpoints that are down */
    f->chain.break_method = "eth_chainId";
    f->chain.with_error = ERR_IO;
    checkcase_expect(f, REASON_GENUINE, 0);
    f->checkpoints.n = 0;
    checkcase_expect(f, REASON_CHAIN_UNREACHABLE, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, checkcase_setup, checkcase_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        TEST(one_good_anchor_is_enough),
        TEST(offline_by_nobody_or_by_a_checkpoint),
        TEST(offline_by_an_endpoint),
        TEST(the_chain_of_evidence),
        TEST(evidence_must_be_of_this_block_and_have_a_receipt),
        TEST(offline_without_a_registry_is_in_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
