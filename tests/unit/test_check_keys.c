/* One file to its verdict: whose key signed, whether it was in force, what it revoked, and whom the reader trusts. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/checkcase.h"

/* -- Keys and revocation -------------------------------------------------------------------- */

static void say_key(struct checkcase *f, uint8_t by, uint8_t key,
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
    struct checkcase *f = *state;
    f->chain.max_span = 2; /* a provider that wants small spans */
    say_key(f, CHECKCASE_ISSUER, 2, registry_put_authorize);
    say_key(f, 2, 3, registry_put_authorize);
    say_key(f, CHECKCASE_ISSUER, 2, registry_put_deauthorize); /* what 2 said before still counts */
    checkcase_anchor(f, checkcase_to_registry(f, 3));
    checkcase_expect(f, REASON_GENUINE, 0);
    f->entry.address = fakechain_address(3); /* the sender may be on the list as well */
    checkcase_expect(f, REASON_GENUINE, 0);
}

static void keys_that_were_not_in_force(void **state)
{
    struct checkcase *f = *state;
    static const struct {
        uint8_t by, key;
        bool add;
    } STORIES[][3] = {
        {{9, 2, true}, {9, 9, true}, {9, 2, true}},       /* a stranger says so */
        {{CHECKCASE_ISSUER, 2, true}, {CHECKCASE_ISSUER, 2, false}, {9, 2, true}}, /* added and removed */
        {{2, 2, true}, {2, 2, true}, {CHECKCASE_ISSUER, 3, true}},  /* by itself */
    };
    for (size_t i = 0; i < 3; i++) {
        void *fresh = checkcase_new();
        f = fresh;
        for (size_t j = 0; j < 3; j++)
            say_key(f, STORIES[i][j].by, STORIES[i][j].key,
                    STORIES[i][j].add ? registry_put_authorize : registry_put_deauthorize);
        checkcase_anchor(f, checkcase_to_registry(f, 2));
        say_key(f, CHECKCASE_ISSUER, 2, registry_put_authorize); /* too late */
        checkcase_expect(f, REASON_KEY_FOREIGN, 1);
        checkcase_teardown(&fresh);
    }
}

/* The forger writes a genesis that names the issuer's address and a contract of his own, which says
 * that the issuer has authorized him. */
static void a_registry_that_lies_makes_no_keys(void **state)
{
    struct checkcase *f = *state;
    struct seal_address forger = fakechain_address(9);
    uint8_t call[REGISTRY_CALL_LEN];
    registry_put_authorize(call, &forger);
    fakechain_send(&f->chain, &(struct fakechain_tx){.key = 9, .to = f->chain.registry, .input = call,
                                                     .input_len = sizeof call, .claims = CHECKCASE_ISSUER});
    checkcase_anchor(f, checkcase_to_registry(f, 9));
    checkcase_expect(f, REASON_KEY_FOREIGN, 1);
}

/* Nor does an event in a transaction of the issuer's that called for something else. */
static void an_event_must_be_what_was_called_for(void **state)
{
    struct checkcase *f = *state;
    say_key(f, CHECKCASE_ISSUER, 2, registry_put_authorize);
    struct fakechain_block *b = &f->chain.blocks[f->chain.n - 1];
    struct seal_address forger = fakechain_address(9);
    b->log.topics[2] = registry_word(&forger);
    checkcase_anchor(f, checkcase_to_registry(f, 9));
    checkcase_expect(f, REASON_KEY_FOREIGN, 1);
}

static void a_call_signed_for_another_chain_makes_no_key(void **state)
{
    struct checkcase *f = *state;
    struct seal_address other = fakechain_address(2);
    uint8_t call[REGISTRY_CALL_LEN];
    registry_put_authorize(call, &other);
    fakechain_send(&f->chain, &(struct fakechain_tx){.key = CHECKCASE_ISSUER, .to = f->chain.registry, .input = call,
                                                     .input_len = sizeof call, .chain_id = 5});
    checkcase_anchor(f, checkcase_to_registry(f, 2));
    checkcase_expect(f, REASON_KEY_FOREIGN, 1);
}

/* Whoever stole a key that was removed since may say what he likes: more keys than anybody would follow, and more
 * events than anybody would look at. */
static void a_removed_key_cannot_talk_a_log_down(void **state)
{
    (void)state;
    for (int forged = 0; forged < 2; forged++) {
        void *fresh = checkcase_new();
        struct checkcase *f = fresh;
        say_key(f, CHECKCASE_ISSUER, 2, registry_put_authorize);
        say_key(f, 2, CHECKCASE_ISSUER, registry_put_deauthorize);
        for (unsigned i = 0; i < 300; i++)
            say_key(f, CHECKCASE_ISSUER, (uint8_t)(10 + i % (KEYCHAIN_MAX_KEYS + 10)), registry_put_authorize);
        checkcase_anchor(f, checkcase_to_registry(f, forged ? 11 : 2));
        checkcase_expect(f, forged ? REASON_KEY_FOREIGN : REASON_GENUINE, forged);
        checkcase_teardown(&fresh);
    }
}

static void removed_first_key_counts_no_more(void **state)
{
    struct checkcase *f = *state;
    say_key(f, CHECKCASE_ISSUER, 2, registry_put_authorize);
    say_key(f, 2, CHECKCASE_ISSUER, registry_put_deauthorize);
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    checkcase_expect(f, REASON_KEY_FOREIGN, 1);
}

static void revoke(struct checkcase *f, uint8_t by)
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
    struct checkcase *f = *state;
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    revoke(f, 9); /* anybody may say so */
    checkcase_expect(f, REASON_GENUINE, 0);
    say_key(f, CHECKCASE_ISSUER, 2, registry_put_authorize);
    revoke(f, 2);
    registrylog_done(&f->setup.registrylog);
    checkcase_expect(f, REASON_REVOKED, 3);
    assert_int_equal(f->result.verdict.authenticity, VERDICT_GENUINE);
}

/* --at: on the day of its block it stood, the day before it was not there, and today it is revoked. */
static void revoked_later_than_the_day_in_question(void **state)
{
    struct checkcase *f = *state;
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    checkcase_expect(f, REASON_GENUINE, 0);
    uint64_t recorded_at = f->result.issuer.recorded_at;
    say_key(f, CHECKCASE_ISSUER, 2, registry_put_authorize); /* blocks in between */
    revoke(f, CHECKCASE_ISSUER);
    f->setup.at = true;
    f->setup.now = recorded_at;
    registrylog_done(&f->setup.registrylog);
    checkcase_expect(f, REASON_GENUINE, 0);
    f->setup.now = recorded_at - 1;
    checkcase_expect(f, REASON_RECORDED_LATER, 3);
    f->setup.now = recorded_at + 1000000;
    checkcase_expect(f, REASON_REVOKED, 3);
}

static void revoked_by_a_removed_key(void **state)
{
    struct checkcase *f = *state;
    say_key(f, CHECKCASE_ISSUER, 2, registry_put_authorize);
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    say_key(f, CHECKCASE_ISSUER, 2, registry_put_deauthorize);
    revoke(f, 2);
    checkcase_expect(f, REASON_GENUINE, 0);
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
    struct checkcase *f = *state;
    checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    struct endpoints_transport transport = {revocations_are_down, &f->chain};
    endpoints_close(&f->endpoints);
    endpoints_open(&f->endpoints, &transport, checkcase_urls, 1);
    checkcase_expect(f, REASON_REVOCATION_UNKNOWN, 2);
    assert_int_equal(f->result.verdict.authenticity, VERDICT_GENUINE);
}

/* -- Trust ---------------------------------------------------------------------------------- */

static void trust_decides_who_is_known(void **state)
{
    struct checkcase *f = *state;
    struct proof_anchor *a = checkcase_anchor(f, checkcase_to_registry(f, CHECKCASE_ISSUER));
    f->setup.trust = NULL;
    checkcase_expect(f, REASON_NO_TRUST_LIST, 4);
    f->setup.trust = &f->trust;
    f->entry.until = a->block_time;
    checkcase_expect(f, REASON_ISSUER_NOT_THEN, 4);
    f->entry.until = a->block_time + 1;
    checkcase_expect(f, REASON_GENUINE, 0);
    f->entry.address = fakechain_address(9);
    checkcase_expect(f, REASON_ISSUER_UNLISTED, 4);
    assert_string_equal(f->result.issuer.name, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, checkcase_setup, checkcase_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_are_reached_by_an_unbroken_chain),
        TEST(keys_that_were_not_in_force),
        TEST(a_registry_that_lies_makes_no_keys),
        TEST(an_event_must_be_what_was_called_for),
        TEST(a_call_signed_for_another_chain_makes_no_key),
        TEST(a_removed_key_cannot_talk_a_log_down),
        TEST(removed_first_key_counts_no_more),
        TEST(revoked_by_a_key_of_the_log),
        TEST(revoked_later_than_the_day_in_question),
        TEST(revoked_by_a_removed_key),
        TEST(revocation_that_cannot_be_asked_is_unknown),
        TEST(trust_decides_who_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
