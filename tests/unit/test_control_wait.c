/* The command `wait` and a flush while the store's files are being exchanged: both come to their end when they are back. */
#include "tests/harness.h"
#include "tests/looprun.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "common/db/storebase.h"
#include "common/hex.h"
#include "common/sha256.h"
#include "daemon/control.h"
#include "tests/memfolder.h"
#include "tests/rawclient.h"

static uv_loop_t loop;
static struct store *store;
static struct clock_fake fake;
static struct proofs_log log_;
static struct sealer sealer;
static struct control control;
static struct rawclient c;
static struct err e;
static unsigned n_closed, n_folders;

static bool may_not_seal(void *owner)
{
    (void)owner;
    return false; /* only what it looks at is of interest */
}

static void on_closed(struct ctlsock *s)
{
    (void)s;
    n_closed++;
}

static struct hash32 target(uint64_t i)
{
    return sha256(&i, sizeof i);
}

static void accept_and_seal(uint64_t n, uint64_t sealed)
{
    struct store_write *w;
    assert_ok(store_write_begin(store, &w, &e), e);
    for (uint64_t i = 0; i < n; i++) {
        struct hash32 t = target(i);
        struct store_accept a = {.targets = &t, .n = 1, .rule = STORE_RULE_BYTES, .accepted_at = 1};
        assert_ok(store_accept(w, &a, &e), e);
    }
    assert_ok(store_write_commit(w, &e), e);
    struct store_batch batch = {.k = 1, .first = 1, .leaf_count = sealed, .sealed_at = 2, .status = STORE_SEALED};
    assert_ok(store_tree_build(store, 1, sealed, &batch.root, &e), e);
    assert_ok(store_write_begin(store, &w, &e), e);
    assert_ok(store_batch_put(w, &batch, NULL, &e), e);
    assert_ok(store_write_commit(w, &e), e);
}

static int set_up(void **state)
{
    char path[128], socket[128];
    (void)state;
    n_closed = 0;
    uv_loop_init(&loop);
    snprintf(path, sizeof path, "%s/wait-%u", memfolder(), n_folders++);
    struct store_options options = {.path = path, .map_size = 1u << 24};
    assert_ok(store_open(&store, &options, &e), e);
    accept_and_seal(3, 2);
    clock_fake_init(&fake, 1000);
    sealer = (struct sealer){.loop = &loop, .store = store, .clock = &fake.clock, .log = &log_, .may_seal = may_not_seal,
                             .policy = {.max_age_ms = 3600000, .max_leaves = 1000}};
    assert_ok(sealer_open(&sealer, &e), e);
    control = (struct control){.loop = &loop, .store = store, .sealer = &sealer};
    snprintf(socket, sizeof socket, "%s/control.sock", harness_folder());
    assert_ok(control_open(&control, socket, &e), e);
    rawclient_open(&c, &loop, socket);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    atomic_store(&store->away, false);
    rawclient_close(&c);
    control_close(&control, on_closed);
    sealer_close(&sealer);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(n_closed, 1);
    sealer_done(&sealer);
    assert_int_equal(uv_loop_close(&loop), 0);
    store_close(store);
    return 0;
}

static void ask(uint64_t i, unsigned timeout)
{
    char hex[65], line[256];
    struct hash32 t = target(i);
    hex_encode(hex, t.b, sizeof t.b);
    snprintf(line, sizeof line, "{\"command\":\"wait\",\"hashes\":[\"%s\"],\"timeout\":%u}\n", hex, timeout);
    rawclient_say(&c, line);
}

static void what_is_there_already(void **state)
{
    (void)state;
    ask(0, 0);
    assert_true(rawclient_wait_for(&c, "{\"ok\":true}\n"));
}

static bool somebody_waits(void *arg)
{
    (void)arg;
    return control.waiters != NULL;
}

/* Nothing else happens that could wake it. */
static void a_wait_outlasts_an_exchange(void **state)
{
    (void)state;
    atomic_store(&store->away, true);
    ask(1, 0);
    looprun_until(&loop, somebody_waits, NULL);
    assert_int_equal(c.in_len, 0);
    atomic_store(&store->away, false);
    assert_true(rawclient_wait_for(&c, "{\"ok\":true}\n"));
}

static void its_time_is_over(void **state)
{
    (void)state;
    ask(2, 1); /* accepted, not sealed */
    assert_true(rawclient_wait_for(&c, "\"timeout\""));
    assert_null(control.waiters);
    atomic_store(&store->away, true);
    ask(2, 1);
    assert_true(rawclient_wait_for(&c, "\"timeout\""));
}

static void a_flush_outlasts_an_exchange(void **state)
{
    (void)state;
    assert_int_equal(sealer_flush(&sealer), 1);
    sealer.flush = 0;
    atomic_store(&store->away, true);
    assert_int_equal(sealer_flush(&sealer), 0);
    assert_int_equal(sealer.flush, 0);
    atomic_store(&store->away, false);
    sealer_wake(&sealer);
    assert_int_equal(sealer.flush, 1);
    sealer.flush = 0;
    sealer_wake(&sealer);
    assert_int_equal(sealer.flush, 0); /* once */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        T(what_is_there_already),
        T(a_wait_outlasts_an_exchange),
        T(its_time_is_over),
        T(a_flush_outlasts_an_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
