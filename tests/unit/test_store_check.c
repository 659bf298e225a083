/* Checking a store: a sound one has no finding, at any size and beside its writer; each kind of damage, done by hand
 * in the database, is found and named. */
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/db/pages.h"
#include "common/db/store.h"
#include "common/db/store_check.h"
#include "common/sha256.h"
#include "daemon/core/anchor.h"
#include "daemon/ctl/fsck.h"
#include "tests/harness.h"
#include "tests/memfolder.h"
#include "tests/storecase.h"

#define MAP_SIZE (UINT64_C(1) << 30)

static char path[128];
static unsigned n_folders;
static struct err e;
static uint8_t genesis[SEAL_GENESIS_LEN] = "hallmark log 1\n";

static void new_folder(void)
{
    snprintf(path, sizeof path, "%s/check-%u", memfolder(), n_folders++);
}

static struct store *open_store(bool read_only)
{
    struct store_options o = {path, MAP_SIZE, read_only};
    struct store *s;
    assert_ok(store_open(&s, &o, &e), e);
    return s;
}

static void accept_range(struct store *s, uint64_t from, uint64_t n)
{
    struct hash32 *t = malloc(n * sizeof *t);
    struct store_accept a = {.targets = t, .n = n, .rule = STORE_RULE_BYTES, .accepted_at = 1000};
    struct store_write *w;
    for (uint64_t i = 0; i < n; i++)
        t[i] = storecase_target(from + i);
    assert_ok(store_write_begin(s, &w, &e), e);
    assert_ok(store_accept(w, &a, &e), e);
    assert_ok(store_write_commit(w, &e), e);
    free(t);
}

/* A batch as the sealer makes it; with_annex: two bytes. */
static void seal(struct store *s, uint64_t k, uint64_t n, bool with_annex)
{
    struct store_batch b = {.k = k, .leaf_count = n, .status = STORE_SEALED, .sealed_at = 5000 + k, .annex_len = with_annex ? 2 : 0};
    struct store_batch before = {.anchored = sha256(genesis, sizeof genesis)};
    struct seal_header h = {.r0 = before.anchored, .number = k, .leaf_count = n, .sealed_at = b.sealed_at, .chain_id = 1};
    struct store_pending pending;
    struct store_read r;
    struct store_write *w;
    assert_ok(store_read_begin(s, &r, &e), e);
    assert_ok(store_pending(&r, &pending, &e), e);
    if (k > 1)
        assert_ok(store_batch_newest(&r, &before, &e), e);
    store_read_end(&r);
    b.first = pending.first;
    b.previous = before.anchored;
    if (n > 0)
        assert_ok(store_tree_build(s, b.first, n, &b.root, &e), e);
    if (with_annex)
        h.annex_hash = sha256("{}", 2);
    seal_header_encode(b.header, &h);
    struct hash32 header_hash = sha256(b.header, sizeof b.header);
    b.seal = seal_of(&b.root, &header_hash);
    b.anchored = seal_next(&b.previous, &b.seal);
    assert_ok(store_write_begin(s, &w, &e), e);
    assert_ok(store_batch_put(w, &b, "{}", &e), e);
    assert_ok(store_write_commit(w, &e), e);
}

static void forget(struct store *s, uint64_t i)
{
    struct hash32 t = storecase_target(i);
    struct store_forgotten out;
    struct store_write *w;
    assert_ok(store_write_begin(s, &w, &e), e);
    assert_ok(store_forget(w, &t, &out, &e), e);
    assert_ok(store_write_commit(w, &e), e);
}

static void make_log(struct store *s)
{
    static const uint64_t SIZES[] = {1, 5, 0, 1023, 1024, 1025, 2048, 3000, 2, 1};
    struct store_write *w;
    assert_ok(store_write_begin(s, &w, &e), e);
    assert_ok(store_identity_put(w, genesis, "certif.example.fr", &e), e);
    assert_ok(store_write_commit(w, &e), e);
    accept_range(s, 1, 9000);
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++)
        seal(s, i + 1, SIZES[i], i == 4);
    forget(s, 3);
    forget(s, 8999);
}

/* ------------------------------------------------------------------ what was found */

struct found {
    unsigned n;
    unsigned of[STORE_FINDING_N];
    struct store_finding last;
};

static void on_found(void *ctx, const struct store_finding *finding)
{
    struct found *f = ctx;
    f->n++;
    f->of[finding->code]++;
    f->last = *finding;
}

static struct found check_store(struct store *s, bool deep, struct store_check_counts *ret)
{
    struct found f = {0};
    struct store_check_options o = {.deep = deep, .found = on_found, .ctx = &f};
    struct store_check_counts counts;
    struct err why;
    assert_ok(store_check(s, &o, &counts, &why), why);
    if (ret != NULL)
        *ret = counts;
    return f;
}

static struct found check(bool deep, struct store_check_counts *ret)
{
    struct store *s = open_store(true);
    struct found f = check_store(s, deep, ret);
    store_close(s);
    return f;
}

static void a_sound_store_has_no_finding(void **state)
{
    struct store_check_counts counts;
    struct store *s;
    (void)state;
    new_folder();
    s = open_store(false);
    store_close(s);
    assert_int_equal(check(true, &counts).n, 0); /* an empty one too */
    s = open_store(false);
    make_log(s);
    store_close(s);
    assert_int_equal(check(false, &counts).n, 0);
    assert_int_equal(counts.records, 9000);
    assert_int_equal(counts.forgotten, 2);
    assert_int_equal(counts.batches, 10);
    assert_int_equal(check(true, &counts).n, 0);
    struct store_options o = {path, MAP_SIZE, false};
    assert_ok(store_compact(&o, &e), e);
    assert_int_equal(check(true, NULL).n, 0);
}

/* ------------------------------------------------------------------ damage by hand */

/* Change `len` bytes at `at` of a value by a mask; len 0: remove the entry. */
static void damage(const char *part, const char *table, const void *key, size_t key_len, size_t at, size_t len, uint8_t mask)
{
    char folder[160];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_val k = {key_len, (void *)(uintptr_t)key}, v;
    snprintf(folder, sizeof folder, "%s/%s", path, part);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 16), 0);
    assert_int_equal(mdb_env_set_mapsize(env, MAP_SIZE), 0);
    assert_int_equal(mdb_env_open(env, folder, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, table, 0, &dbi), 0);
    assert_int_equal(mdb_get(txn, dbi, &k, &v), 0);
    uint8_t *copy = malloc(v.mv_size);
    memcpy(copy, v.mv_data, v.mv_size);
    MDB_val changed = {v.mv_size, copy};
    for (size_t i = 0; i < len; i++)
        copy[at + i] ^= mask;
    assert_int_equal(len == 0 ? mdb_del(txn, dbi, &k, NULL) : mdb_put(txn, dbi, &k, &changed, 0), 0);
    free(copy);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void damage_number(const char *part, const char *table, uint64_t key, size_t at, size_t len)
{
    damage(part, table, &key, sizeof key, at, len, 0x5a);
}

/* A record of batch: first 8, leaf count 8, root 32, header 140, seal 32, previous 32, anchored 32, … */
enum { ROOT = 16, HEADER = 48, SEAL = 188, PREVIOUS = 220, ANCHORED = 252, SEALED_AT = 284, STATUS = 308 };

static const struct {
    const char *part, *table;
    uint64_t key;
    size_t at, len; /* len 0: removed */
    enum store_finding_code code;
    bool deep;      /* only a deep check finds it */
} DAMAGE[] = {
    {"log", "page", 0, 37 * 54 - 54, 0, STORE_FINDING_RECORD_MISSING, false},
    {"log", "page", 1, 53, 1, STORE_FINDING_RECORD_DAMAGED, false},
    {"log", "forgot", 3, 0, 0, STORE_FINDING_FORGOTTEN_LOST, false},
    {"log", "page", 0, 2 * 54 + 4, 1, STORE_FINDING_FORGOTTEN_LEFT, false},
    {"log", "batch", 6, STATUS, 1, STORE_FINDING_BATCH_DAMAGED, false},
    {"log", "batch", 6, HEADER + 50, 1, STORE_FINDING_SEAL_WRONG, false},
    {"log", "batch", 6, HEADER + 43, 1, STORE_FINDING_HEADER_WRONG, false},
    {"log", "batch", 6, SEAL, 1, STORE_FINDING_SEAL_WRONG, false},
    {"log", "batch", 6, PREVIOUS, 1, STORE_FINDING_CHAIN_BROKEN, false},
    {"log", "batch", 6, ANCHORED, 1, STORE_FINDING_CHAIN_BROKEN, false},
    {"log", "batch", 6, ANCHORED, 1, STORE_FINDING_VALUE_WRONG, false},
    {"log", "batch", 6, ROOT, 1, STORE_FINDING_ROOT_WRONG, false},
    {"log", "batch", 6, SEALED_AT, 1, STORE_FINDING_HEADER_WRONG, false},
    {"log", "batch", 6, 0, 0, STORE_FINDING_CHAIN_BROKEN, false},
    {"log", "batch", 6, 0, 0, STORE_FINDING_RANGE_WRONG, false},
    {"log", "range", 2, 0, 0, STORE_FINDING_RANGE_WRONG, false},
    {"log", "range", 2, 15, 1, STORE_FINDING_RANGE_WRONG, false},
    {"log", "annex", 5, 0, 1, STORE_FINDING_ANNEX_WRONG, false},
    {"log", "annex", 5, 0, 0, STORE_FINDING_ANNEX_WRONG, false},
    {"tree", "tree", 2, 0, 0, STORE_FINDING_TREE_MISSING, false},
    {"tree", "tree", 2, 8, 1, STORE_FINDING_ROOT_WRONG, false},
    {"tree", "node", 2 << 24, 64, 1, STORE_FINDING_ROOT_WRONG, false},
    {"tree", "node", 2 << 24, 0, 0, STORE_FINDING_TREE_MISSING, false},
    {"tree", "node", 2 << 24, 5 * 32, 1, STORE_FINDING_NODE_WRONG, true},
    {"log", "page", 2, 54 + 40, 1, STORE_FINDING_LEAF_WRONG, true},
};

static void every_damage_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof DAMAGE / sizeof *DAMAGE; i++) {
        new_folder();
        struct store *s = open_store(false);
        make_log(s);
        store_close(s);
        damage_number(DAMAGE[i].part, DAMAGE[i].table, DAMAGE[i].key, DAMAGE[i].at, DAMAGE[i].len);
        if (DAMAGE[i].deep)
            assert_int_equal(check(false, NULL).n, 0);
        struct found f = check(DAMAGE[i].deep, NULL);
        if (f.of[DAMAGE[i].code] == 0)
            fail_msg("damage %zu: no %s", i, store_finding_info(DAMAGE[i].code)->code);
    }
}

/* The record of a forgotten hash says that it was not forgotten. */
static void what_is_kept_wrongly_is_found(void **state)
{
    const uint64_t first_page = 0;
    (void)state;
    new_folder();
    struct store *s = open_store(false);
    make_log(s);
    store_close(s);
    damage("log", "page", &first_page, sizeof first_page, 2 * PAGES_RECORD + PAGES_RECORD - 1, 1, PAGES_FORGOTTEN);
    struct found f = check(false, NULL);
    assert_int_equal(f.of[STORE_FINDING_KEPT_WRONGLY], 1);
    assert_int_equal(f.of[STORE_FINDING_FORGOTTEN_LOST] + f.of[STORE_FINDING_FORGOTTEN_LEFT], 0);
}

/* ------------------------------------------------------------------ the index */

#define GENERATION (UINT64_C(1) << 19)
/* The list of runs: format 4, log 32, covered 8, next id 4, count 4; a run: id 4, tier 1, life 1, … */
enum { RUN_LIFE = 57 };

static void put_run(struct store *s)
{
    while (store_index_due(s))
        assert_ok(store_index_step(s, &e), e);
}

/* The first chunk of a run: its key begins with the number of the run. */
static void damage_index(size_t at, size_t len)
{
    char folder[160];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_cursor *c;
    MDB_val k, v;
    snprintf(folder, sizeof folder, "%s/index", path);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 16), 0);
    assert_int_equal(mdb_env_open(env, folder, MDB_RDONLY, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "entry", 0, &dbi), 0);
    assert_int_equal(mdb_cursor_open(txn, dbi, &c), 0);
    assert_int_equal(mdb_cursor_get(c, &k, &v, MDB_FIRST), 0);
    uint8_t key[64];
    size_t key_len = k.mv_size;
    memcpy(key, k.mv_data, key_len);
    mdb_cursor_close(c);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    damage("index", "entry", key, key_len, at, len, 0x5a);
}

static void the_index_is_checked(void **state)
{
    struct store_check_counts counts;
    char copy[128];
    (void)state;
    new_folder();
    struct store *s = open_store(false);
    accept_range(s, 1, GENERATION + 100);
    put_run(s);
    forget(s, 77);
    store_close(s);
    assert_int_equal(check(false, &counts).n, 0);
    assert_int_equal(counts.index_entries, GENERATION);
    memcpy(copy, path, sizeof path);
    damage_index(12, 1); /* the sequence of the first entry */
    struct found f = check(false, NULL);
    assert_int_equal(f.of[STORE_FINDING_INDEX_ENTRY], 1);
    damage_index(12, 1); /* mended */
    assert_int_equal(check(false, NULL).n, 0);
    damage_index(13, 8); /* the tag of the second: it stands before lower ones then */
    f = check(false, NULL);
    assert_int_equal(f.of[STORE_FINDING_INDEX_ENTRY], 1);
    assert_int_equal(f.of[STORE_FINDING_INDEX_ORDER], 1);
    damage_index(13, 8);
    damage("index", "state", "state", 5, RUN_LIFE, 1, 0x5a); /* the only run counts as merged away */
    f = check(false, NULL);
    assert_int_equal(f.of[STORE_FINDING_INDEX_GAP], 1);
    assert_int_equal(f.n, 1);
    damage("index", "state", "state", 5, RUN_LIFE, 1, 0x5a);
    damage_index(0, 0); /* 313 entries */
    f = check(false, NULL);
    assert_int_equal(f.of[STORE_FINDING_INDEX_COUNT], 1);
    assert_int_equal(f.n, 1);
}

/* ------------------------------------------------------------------ anchors: hallmarkctl fsck */

static void queue_anchor(struct store *s, uint64_t k)
{
    uint8_t blob[ANCHOR_MAX_BLOB];
    size_t len;
    struct store_batch b;
    struct store_read r;
    struct store_write *w;
    assert_ok(store_read_begin(s, &r, &e), e);
    assert_ok(store_batch(&r, k, &b, &e), e);
    store_read_end(&r);
    struct anchor_job job = anchor_new(k, &b.anchored, b.sealed_at);
    anchor_encode(&job, blob, &len);
    assert_ok(store_write_begin(s, &w, &e), e);
    assert_ok(store_anchor_put(w, k, false, blob, len, &e), e);
    assert_ok(store_write_commit(w, &e), e);
}

static struct found fsck(void)
{
    struct found f = {0};
    struct fsck_options o = {.store_path = path, .mirror = "", .found = on_found, .ctx = &f};
    struct fsck_result result;
    assert_ok(fsck_store(&o, &result, &e), e);
    return f;
}

/* A stored anchor: whether it is final 1, version 1, k 8, value 32, state 1, … */
static const struct {
    const char *table;
    size_t at, len; /* len 0: removed */
    enum store_finding_code code;
} ANCHOR_DAMAGE[] = {
    {"anchor", 0, 0, STORE_FINDING_ANCHOR_MISSING},
    {"anchor", 1, 1, STORE_FINDING_ANCHOR_DAMAGED},
    {"anchor", 9, 1, STORE_FINDING_ANCHOR_WRONG},  /* of another batch */
    {"anchor", 20, 1, STORE_FINDING_ANCHOR_WRONG}, /* of another value */
    {"anchor", 0, 1, STORE_FINDING_ANCHOR_LIST},   /* it says: final */
    {"open", 0, 0, STORE_FINDING_ANCHOR_LIST},
};

static void every_damage_of_an_anchor_is_found(void **state)
{
    (void)state;
    new_folder();
    struct store *s = open_store(false);
    make_log(s);
    store_close(s);
    struct found f = fsck();
    assert_true(f.n == 10 && f.of[STORE_FINDING_ANCHOR_MISSING] == 10);
    for (size_t i = 0; i < sizeof ANCHOR_DAMAGE / sizeof *ANCHOR_DAMAGE; i++) {
        s = open_store(false);
        for (uint64_t k = 1; k <= 10; k++)
            queue_anchor(s, k); /* puts right what was damaged before, too */
        store_close(s);
        assert_int_equal(fsck().n, 0);
        damage_number("log", ANCHOR_DAMAGE[i].table, 6, ANCHOR_DAMAGE[i].at, ANCHOR_DAMAGE[i].len);
        f = fsck();
        if (f.n != 1 || f.of[ANCHOR_DAMAGE[i].code] != 1 || f.last.k != 6)
            fail_msg("damage %zu: %u findings, no %s", i, f.n, store_finding_info(ANCHOR_DAMAGE[i].code)->code);
    }
}

/* ------------------------------------------------------------------ beside the writer */

struct beside {
    pthread_t thread;
    struct store *s;
    atomic_bool stop;
    uint64_t rounds;
};

static void *write_on(void *ctx)
{
    struct beside *b = ctx;
    /* So many at most: the larger the store, the longer a check of it, and the more is written meanwhile. */
    for (uint64_t k = 11; b->rounds < 20 || (!atomic_load(&b->stop) && b->rounds < 100); k++, b->rounds++) {
        accept_range(b->s, 100000 * k, 5000);
        seal(b->s, k, 4000, false);
        forget(b->s, 100000 * k + 10);
        put_run(b->s);
    }
    return NULL;
}

static void a_store_in_use(void **state)
{
    struct beside b = {0};
    (void)state;
    new_folder();
    b.s = open_store(false);
    make_log(b.s);
    assert_int_equal(pthread_create(&b.thread, NULL, write_on, &b), 0);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(check_store(b.s, i % 2 == 1, NULL).n, 0);
    atomic_store(&b.stop, true);
    assert_int_equal(pthread_join(b.thread, NULL), 0);
    store_close(b.s);
    assert_int_equal(check(true, NULL).n, 0);
}

static void every_finding_has_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < STORE_FINDING_N; i++) {
        const struct store_finding_info *info = store_finding_info((enum store_finding_code)i);
        assert_int_equal(strlen(info->code), 6);
        assert_true(strlen(info->text) > 10 && strlen(info->remedy) > 10);
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(info->code, store_finding_info((enum store_finding_code)j)->code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_store_has_no_finding), cmocka_unit_test(every_damage_is_found),
        cmocka_unit_test(the_index_is_checked),         cmocka_unit_test(a_store_in_use),
        cmocka_unit_test(every_finding_has_words),      cmocka_unit_test(every_damage_of_an_anchor_is_found),
        cmocka_unit_test(what_is_kept_wrongly_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
