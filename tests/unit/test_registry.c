/* The registry: its constants against the Keccak of the signatures, its events, its calldata. */
#include "tests/harness.h"

#include <string.h>

#include "common/keccak.h"
#include "common/registry.h"

static void topics_are_the_hashes_of_the_signatures(void **state)
{
    (void)state;
    static const char *const SIGNATURES[REGISTRY_N_EVENTS] = {
        [REGISTRY_ANCHORED] = "Anchored(bytes32,address)",
        [REGISTRY_KEY_ADDED] = "KeyAdded(address,address)",
        [REGISTRY_KEY_REMOVED] = "KeyRemoved(address,address)",
        [REGISTRY_REVOKED] = "Revoked(bytes32,address)",
    };
    for (int i = 0; i < REGISTRY_N_EVENTS; i++) {
        struct hash32 expected = keccak_256(SIGNATURES[i], strlen(SIGNATURES[i]));
        struct hash32 got = registry_topic((enum registry_what)i);
        assert_memory_equal(got.b, expected.b, sizeof got.b);
    }
}

static const struct seal_address REGISTRY = {{0xaa, 1}}, ISSUER = {{0xbb, 2}}, KEY = {{0xcc, 3}};
static const struct hash32 VALUE = {{0xdd, 4}};

static void check_call(const uint8_t call[REGISTRY_CALL_LEN], const char *signature, const struct hash32 *argument)
{
    struct hash32 selector = keccak_256(signature, strlen(signature));
    assert_memory_equal(call, selector.b, 4);
    assert_memory_equal(call + 4, argument->b, sizeof argument->b);
}

static void calldata_is_selector_and_argument(void **state)
{
    (void)state;
    uint8_t call[REGISTRY_CALL_LEN];
    struct hash32 word = {0};
    memcpy(word.b + 12, KEY.b, sizeof KEY.b);
    registry_put_authorize(call, &KEY);
    check_call(call, "authorize(address)", &word);
    registry_put_deauthorize(call, &KEY);
    check_call(call, "deauthorize(address)", &word);
    registry_put_revoke(call, &VALUE);
    check_call(call, "revoke(bytes32)", &VALUE);
}

static struct ethreceipt_log a_log(enum registry_what what)
{
    bool keys = what == REGISTRY_KEY_ADDED || what == REGISTRY_KEY_REMOVED;
    struct ethreceipt_log log = {.address = REGISTRY, .n_topics = 3};
    log.topics[0] = registry_topic(what);
    log.topics[1] = keys ? registry_word(&ISSUER) : VALUE;
    log.topics[2] = registry_word(keys ? &KEY : &ISSUER);
    return log;
}

static void every_event_is_read(void **state)
{
    (void)state;
    for (int i = 0; i < REGISTRY_N_EVENTS; i++) {
        struct ethreceipt_log log = a_log((enum registry_what)i);
        struct registry_event event;
        assert_true(registry_read(&event, &log, &REGISTRY));
        assert_int_equal(event.what, i);
        assert_memory_equal(event.issuer.b, ISSUER.b, sizeof ISSUER.b);
        if (i == REGISTRY_ANCHORED || i == REGISTRY_REVOKED)
            assert_memory_equal(event.value.b, VALUE.b, sizeof VALUE.b);
        else
            assert_memory_equal(event.key.b, KEY.b, sizeof KEY.b);
    }
}

static void refused(struct ethreceipt_log log)
{
    struct registry_event event = {.what = REGISTRY_REVOKED};
    assert_false(registry_read(&event, &log, &REGISTRY));
    assert_int_equal(event.what, REGISTRY_REVOKED);
}

static void everything_else_is_no_event(void **state)
{
    (void)state;
    static const uint8_t BYTE[1] = {0};
    for (int i = 0; i < REGISTRY_N_EVENTS; i++) {
        struct ethreceipt_log log = a_log((enum registry_what)i), bad = log;
        bad.address.b[19] ^= 1;
        refused(bad);
        bad = log;
        bad.n_topics = 2;
        refused(bad);
        bad = log;
        bad.n_topics = 4;
        refused(bad);
        bad = log;
        bad.data = (struct slice){BYTE, 1};
        refused(bad);
        bad = log;
        bad.topics[0].b[31] ^= 1;
        refused(bad);
        bad = log;
        bad.topics[2].b[11] ^= 1; /* no address has more than 20 bytes */
        refused(bad);
    }
}

static void anchored_wants_root_and_sender(void **state)
{
    (void)state;
    struct ethreceipt_log logs[] = {a_log(REGISTRY_REVOKED), a_log(REGISTRY_KEY_ADDED), a_log(REGISTRY_ANCHORED)};
    struct hash32 other_value = {{1}};
    assert_true(registry_has_anchored(logs, 3, &REGISTRY, &VALUE, &ISSUER));
    assert_false(registry_has_anchored(logs, 2, &REGISTRY, &VALUE, &ISSUER));
    assert_false(registry_has_anchored(logs, 0, &REGISTRY, &VALUE, &ISSUER));
    assert_false(registry_has_anchored(logs, 3, &KEY, &VALUE, &ISSUER));
    assert_false(registry_has_anchored(logs, 3, &REGISTRY, &other_value, &ISSUER));
    assert_false(registry_has_anchored(logs, 3, &REGISTRY, &VALUE, &KEY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topics_are_the_hashes_of_the_signatures),
        cmocka_unit_test(calldata_is_selector_and_argument),
        cmocka_unit_test(every_event_is_read),
        cmocka_unit_test(everything_else_is_no_event),
        cmocka_unit_test(anchored_wants_root_and_sender),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
