/* Which keys speak for the log, and what the next annex tells of them. */
#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

#include "daemon/issuers.h"

static const struct proofs_log LOG = {.genesis = {.issuer = {{0x11}}}};
static const struct seal_address FIRST = {{0x11}}, SECOND = {{0x22}};

static struct store *store;

static int set_up(void **state)
{
    (void)state;
    static unsigned n;
    char path[128];
    struct err e;
    snprintf(path, sizeof path, "%s/store%u", harness_folder(), n++);
    struct store_options options = {.path = path, .map_size = 16u << 20};
    assert_ok(store_open(&store, &options, &e), e);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_close(store);
    return 0;
}

static enum err_code change(bool added, const struct seal_address *key)
{
    struct store_write *w;
    struct err e;
    assert_ok(store_write_begin(store, &w, &e), e);
    enum err_code rc = issuers_change(w, &LOG, added, key, &e);
    if (rc != ERR_OK) {
        store_write_abort(w);
        return rc;
    }
    assert_ok(store_write_commit(w, &e), e);
    return ERR_OK;
}

static void told(size_t n)
{
    struct store_write *w;
    struct err e;
    assert_ok(store_write_begin(store, &w, &e), e);
    assert_ok(issuers_told(w, n, &e), e);
    assert_ok(store_write_commit(w, &e), e);
}

static struct issuers in_force(void)
{
    struct store_read read;
    struct issuers issuers;
    struct err e;
    assert_ok(store_read_begin(store, &read, &e), e);
    assert_ok(issuers_read(&read, &LOG, &issuers, &e), e);
    store_read_end(&read);
    return issuers;
}

static void expect_annex(const char *text, size_t n)
{
    struct store_read read;
    struct text annex = {0};
    struct err e;
    assert_ok(store_read_begin(store, &read, &e), e);
    assert_int_equal(issuers_annex(&read, &annex), n);
    store_read_end(&read);
    assert_string_equal(text_string(&annex), text);
    text_done(&annex);
}

#define ADD_SECOND "{\"add\":\"0x2200000000000000000000000000000000000000\"}"
#define REMOVE_FIRST "{\"remove\":\"0x1100000000000000000000000000000000000000\"}"

static void a_key_comes_and_another_goes(void **state)
{
    (void)state;
    struct issuers issuers = in_force();
    assert_int_equal(issuers.n, 1);
    assert_true(issuers_has(&issuers, &FIRST));
    assert_false(issuers_has(&issuers, &SECOND));
    expect_annex("", 0);
    assert_int_equal(change(true, &SECOND), ERR_OK);
    assert_int_equal(change(true, &SECOND), ERR_OK); /* final again, after a reorganisation: nothing new */
    expect_annex("{\"version\":1,\"keys\":[" ADD_SECOND "]}", 1);
    assert_int_equal(change(false, &FIRST), ERR_OK);
    assert_int_equal(change(false, &FIRST), ERR_OK);
    expect_annex("{\"version\":1,\"keys\":[" ADD_SECOND "," REMOVE_FIRST "]}", 2);
    issuers = in_force();
    assert_int_equal(issuers.n, 1);
    assert_true(issuers_has(&issuers, &SECOND));
    told(1); /* the batch had read one of them */
    expect_annex("{\"version\":1,\"keys\":[" REMOVE_FIRST "]}", 1);
    told(1);
    expect_annex("", 0);
    told(0);
}

static void put_batch(uint64_t k, const char *annex)
{
    struct store_batch batch = {.k = k, .first = 1, .anchored = {{(uint8_t)k}}, .status = STORE_SEALED,
                                .annex_len = (uint32_t)strlen(annex)};
    struct store_write *w;
    struct err e;
    assert_ok(store_write_begin(store, &w, &e), e);
    assert_ok(store_batch_put(w, &batch, annex, &e), e);
    assert_ok(store_write_commit(w, &e), e);
}

static void a_restored_log_learns_its_keys_from_the_annexes(void **state)
{
    (void)state;
    bool learnt = false;
    struct err e;
    put_batch(1, "{\"version\":1,\"gap\":{}}");
    assert_ok(issuers_learn(store, &LOG, &learnt, &e), e);
    assert_false(learnt); /* nothing tells of a key */
    put_batch(2, "{\"version\":1,\"keys\":[" ADD_SECOND "]}");
    put_batch(3, "");
    put_batch(4, "{\"version\":1,\"keys\":[" REMOVE_FIRST "]}");
    assert_ok(issuers_learn(store, &LOG, &learnt, &e), e);
    assert_true(learnt);
    struct issuers issuers = in_force();
    assert_int_equal(issuers.n, 1);
    assert_true(issuers_has(&issuers, &SECOND));
    expect_annex("", 0); /* told already */
    learnt = false;
    assert_ok(issuers_learn(store, &LOG, &learnt, &e), e);
    assert_false(learnt);
}

static void the_last_key_may_go(void **state)
{
    (void)state;
    assert_int_equal(change(false, &FIRST), ERR_OK);
    assert_int_equal(in_force().n, 0);
}

static void there_is_a_limit(void **state)
{
    (void)state;
    struct seal_address key = {{0x30}};
    for (uint8_t i = 1; i < ISSUERS_MAX; i++) {
        key.b[19] = i;
        assert_int_equal(change(true, &key), ERR_OK);
    }
    key.b[19] = ISSUERS_MAX;
    assert_int_equal(change(true, &key), ERR_LIMIT);
    assert_int_equal(in_force().n, ISSUERS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_comes_and_another_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_restored_log_learns_its_keys_from_the_annexes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_key_may_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(there_is_a_limit, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
