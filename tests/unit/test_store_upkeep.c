/* What is done to a whole store: an older one is brought up to date, a restore is made aside, forgotten targets are
 * taken back in, an open store is compacted; each of them also cut short at every LMDB call. */
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/db/dbenv.h"
#include "common/db/store.h"
#include "common/db/store_stage.h"
#include "tests/harness.h"
#include "tests/memfolder.h"
#include "tests/storecase.h"

#define MAP_SIZE (UINT64_C(1) << 28)
#define N 3000      /* targets; the first 2000 are batch 1 */
#define ERASED 1234 /* forgotten, and compacted */
#define GONE 1500   /* forgotten since */

static char path[128];
static unsigned n_folders;
static struct err e;

static void new_folder(void)
{
    snprintf(path, sizeof path, "%s/upkeep-%u", memfolder(), n_folders++);
}

static struct store *open_store(void)
{
    struct store_options o = {path, MAP_SIZE, false};
    struct store *s;
    assert_ok(store_open(&s, &o, &e), e);
    return s;
}

static struct store_write *begin(struct store *s)
{
    struct store_write *w;
    assert_ok(store_write_begin(s, &w, &e), e);
    return w;
}

static void accept_range(struct store *s, uint64_t from, uint64_t n)
{
    struct hash32 *t = malloc(n * sizeof *t);
    struct store_accept a = {.targets = t, .n = n, .rule = STORE_RULE_BYTES, .accepted_at = 1000};
    for (uint64_t i = 0; i < n; i++)
        t[i] = storecase_target(from + i);
    struct store_write *w = begin(s);
    assert_ok(store_accept(w, &a, &e), e);
    assert_ok(store_write_commit(w, &e), e);
    assert_int_equal(a.ret_accepted, n);
    free(t);
}

static struct hash32 seal(struct store *s, uint64_t k, uint64_t first, uint64_t n)
{
    struct store_batch b = {.k = k, .first = first, .leaf_count = n, .status = STORE_SEALED, .anchored = storecase_target(k + 1000000)};
    assert_ok(store_tree_build(s, first, n, &b.root, &e), e);
    struct store_write *w = begin(s);
    assert_ok(store_batch_put(w, &b, NULL, &e), e);
    assert_ok(store_write_commit(w, &e), e);
    return b.root;
}

static struct store_forgotten forget(struct store *s, uint64_t i)
{
    struct hash32 t = storecase_target(i);
    struct store_forgotten out;
    struct store_write *w = begin(s);
    assert_ok(store_forget(w, &t, &out, &e), e);
    assert_ok(store_write_commit(w, &e), e);
    return out;
}

static enum err_code find(struct store *s, uint64_t i)
{
    struct hash32 t = storecase_target(i);
    struct store_entry entry;
    struct store_read r;
    assert_ok(store_read_begin(s, &r, &e), e);
    enum err_code rc = store_find(&r, &t, &entry, &e);
    store_read_end(&r);
    if (rc == ERR_OK)
        assert_int_equal(entry.sequence, i);
    return rc;
}

static struct store_stats stats(struct store *s)
{
    struct store_stats st;
    struct store_read r;
    assert_ok(store_read_begin(s, &r, &e), e);
    assert_ok(store_stats(&r, &st, &e), e);
    store_read_end(&r);
    return st;
}

static struct store_forgotten kept(struct store *s, uint64_t sequence)
{
    struct store_forgotten f;
    struct store_read r;
    assert_ok(store_read_begin(s, &r, &e), e);
    assert_ok(store_forgotten(&r, sequence, &f, &e), e);
    store_read_end(&r);
    return f;
}

/* A store with a batch, a target erased and one forgotten since. */
static struct store_forgotten make_store(struct hash32 *ret_root)
{
    struct store_options o = {path, MAP_SIZE, false};
    struct store *s = open_store();
    accept_range(s, 1, N);
    *ret_root = seal(s, 1, 1, 2000);
    forget(s, ERASED);
    store_close(s);
    assert_ok(store_compact(&o, &e), e);
    s = open_store();
    struct store_forgotten f = forget(s, GONE);
    store_close(s);
    return f;
}

/* ------------------------------------------------------------------ an older schema */

static void put(MDB_txn *txn, MDB_dbi table, const void *key, size_t key_len, const void *value, size_t len)
{
    MDB_val k = {key_len, (void *)(uintptr_t)key}, v = {len, (void *)(uintptr_t)value};
    assert_int_equal(mdb_put(txn, table, &k, &v, 0), 0);
}

/* What version 1 had: the index key at the end of each forgotten record, and no table `erase`. */
static void make_version_1(void)
{
    static const uint64_t SEQUENCES[] = {ERASED, GONE};
    static const uint8_t SCHEMA[4] = {0, 0, 0, 1};
    char log[160];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi meta, forgot, erase;
    snprintf(log, sizeof log, "%s/log", path);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 16), 0);
    assert_int_equal(mdb_env_set_mapsize(env, MAP_SIZE), 0);
    assert_int_equal(mdb_env_open(env, log, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "meta", 0, &meta), 0);
    assert_int_equal(mdb_dbi_open(txn, "forgot", MDB_INTEGERKEY, &forgot), 0);
    assert_int_equal(mdb_dbi_open(txn, "erase", MDB_INTEGERKEY, &erase), 0);
    for (size_t i = 0; i < sizeof SEQUENCES / sizeof *SEQUENCES; i++) {
        MDB_val key = {8, (void *)(uintptr_t)&SEQUENCES[i]}, value, tag;
        uint8_t old[72] = {0};
        assert_int_equal(mdb_get(txn, forgot, &key, &value), 0);
        assert_int_equal(value.mv_size, 64);
        memcpy(old, value.mv_data, 64);
        int rc = mdb_get(txn, erase, &key, &tag);
        assert_int_equal(rc, SEQUENCES[i] == GONE ? 0 : MDB_NOTFOUND);
        if (rc == 0)
            memcpy(old + 64, tag.mv_data, 8);
        put(txn, forgot, &SEQUENCES[i], 8, old, sizeof old);
    }
    assert_int_equal(mdb_drop(txn, erase, 1), 0);
    put(txn, meta, "schema", 6, SCHEMA, sizeof SCHEMA);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void check_upgraded(const struct store_forgotten *gone, const struct hash32 *root)
{
    struct store *s = open_store();
    struct hash32 again;
    assert_int_equal(find(s, ERASED), ERR_NOT_FOUND);
    assert_int_equal(find(s, GONE), ERR_GONE);
    assert_int_equal(find(s, GONE + 1), ERR_OK);
    assert_int_equal(stats(s).forgotten, 2);
    assert_int_equal(stats(s).to_erase, 1);
    struct store_forgotten f = kept(s, GONE);
    assert_memory_equal(&f, gone, sizeof f);
    assert_ok(store_tree_build(s, 1, 2000, &again, &e), e);
    assert_true(hash32_equal(&again, root));
    store_close(s);
}

static void an_older_store_is_brought_up_to_date(void **state)
{
    struct hash32 root;
    struct store *s;
    (void)state;
    new_folder();
    struct store_forgotten gone = make_store(&root);
    make_version_1();
    struct store_options look = {path, MAP_SIZE, true};
    assert_err(store_open(&s, &look, &e), ERR_VERSION);
    assert_non_null(strstr(e.msg, "start hallmarkd on it once"));
    check_upgraded(&gone, &root);
    check_upgraded(&gone, &root);
    assert_ok(store_open(&s, &look, &e), e);
    store_close(s);
}

/* ------------------------------------------------------------------ cut short at every call */

#ifdef HALLMARK_FAULTS
/* Run work in a child that dies at its k-th LMDB call. Returns: whether it died. */
static bool dies_at(long k, enum err_code (*work)(void))
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dbenv_fault_rc = DBENV_FAULT_CRASH;
        dbenv_fault_at = k;
        _exit(work() == ERR_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_not_equal(WEXITSTATUS(status), 1);
    return WEXITSTATUS(status) == 9;
}

static enum err_code open_and_close(void)
{
    struct store_options o = {path, MAP_SIZE, false};
    struct store *s;
    enum err_code rc = store_open(&s, &o, &e);
    if (rc == ERR_OK)
        store_close(s);
    return rc;
}

static void an_upgrade_cut_short(void **state)
{
    struct hash32 root;
    long k = 1;
    (void)state;
    for (bool died = true; died; k++) {
        new_folder();
        struct store_forgotten gone = make_store(&root);
        make_version_1();
        died = dies_at(k, open_and_close);
        check_upgraded(&gone, &root);
    }
    assert_in_range(k, 20, 1000);
}

static enum err_code compact(void)
{
    struct store_options o = {path, MAP_SIZE, false};
    return store_compact(&o, &e);
}

static void copy_file(const char *from_folder, const char *file)
{
    char from[160], to[160];
    size_t len;
    snprintf(from, sizeof from, "%s/%s", from_folder, file);
    snprintf(to, sizeof to, "%s/%s", path, file);
    char *bytes = harness_read(from, &len);
    FILE *out = fopen(to, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, len, out), len);
    assert_int_equal(fclose(out), 0);
    free(bytes);
}

static void copy_store(const char *origin)
{
    static const char *const FOLDERS[] = {"", "/log", "/tree"};
    char folder[160];
    for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++) {
        snprintf(folder, sizeof folder, "%s%s", path, FOLDERS[i]);
        assert_int_equal(mkdir(folder, 0700), 0);
    }
    copy_file(origin, "log/data.mdb");
    copy_file(origin, "tree/data.mdb");
}

static void a_compaction_cut_short(void **state)
{
    struct hash32 root, again;
    char origin[128];
    long k = 1;
    (void)state;
    new_folder();
    memcpy(origin, path, sizeof path);
    struct store_forgotten gone = make_store(&root);
    for (bool died = true; died; k += 3) { /* opening has its own such test (test_store_faults) */
        new_folder();
        copy_store(origin);
        died = dies_at(k, compact);
        struct store *s = open_store();
        enum err_code rc = find(s, GONE);
        assert_true(rc == ERR_NOT_FOUND || (rc == ERR_GONE && died));
        assert_true(stats(s).to_erase == 0 ? rc == ERR_NOT_FOUND : died);
        assert_int_equal(find(s, GONE + 1), ERR_OK);
        struct store_forgotten f = kept(s, GONE);
        assert_memory_equal(&f, &gone, sizeof f);
        assert_ok(store_tree_build(s, 1, 2000, &again, &e), e);
        assert_true(hash32_equal(&again, &root));
        store_close(s);
        assert_ok(compact(), e);
        s = open_store();
        assert_int_equal(stats(s).to_erase, 0);
        assert_int_equal(find(s, GONE), ERR_NOT_FOUND);
        store_close(s);
    }
    assert_in_range(k, 50, 2000);
}
#else
static void an_upgrade_cut_short(void **state)
{
    (void)state;
    print_message("built without fault hooks: skipped\n");
    skip();
}
#define a_compaction_cut_short an_upgrade_cut_short
#endif

/* ------------------------------------------------------------------ compaction of an open store */

static void an_open_store_is_compacted(void **state)
{
    struct store_read reader;
    struct store_entry entry;
    struct store *s;
    (void)state;
    new_folder();
    s = open_store();
    accept_range(s, 1, N);
    struct hash32 root = seal(s, 1, 1, 2000), again;
    assert_ok(store_read_begin(s, &reader, &e), e);
    assert_ok(store_entry(&reader, GONE, &entry, &e), e);
    store_read_end(&reader);
    forget(s, GONE);
    assert_true(storecase_file_holds(path, "log/data.mdb", entry.salt.b, sizeof entry.salt.b));
    assert_int_equal(stats(s).to_erase, 1);
    assert_ok(store_compact_copy(s, &e), e);
    assert_int_equal(stats(s).to_erase, 1); /* the old file is still there */
    assert_int_equal(find(s, GONE + 1), ERR_OK);
    assert_ok(store_compact_swap(s, &e), e);
    assert_int_equal(stats(s).to_erase, 0);
    assert_int_equal(find(s, GONE), ERR_NOT_FOUND);
    assert_int_equal(find(s, GONE + 1), ERR_OK);
    assert_false(storecase_file_holds(path, "log/data.mdb", entry.salt.b, sizeof entry.salt.b));
    assert_false(storecase_file_holds(path, "log/data.mdb", entry.target.b, sizeof entry.target.b));
    accept_range(s, N + 1, 100); /* it goes on */
    assert_ok(store_tree_build(s, 1, 2000, &again, &e), e);
    assert_true(hash32_equal(&again, &root));
    seal(s, 2, 2001, 1000);
    store_close(s);
    s = open_store();
    assert_int_equal(find(s, N + 100), ERR_OK);
    store_close(s);
}

struct reader {
    pthread_t thread;
    struct store *s;
    atomic_bool stop;
    uint64_t found, turned_away;
};

static void *read_on(void *ctx)
{
    struct reader *reader = ctx;
    struct hash32 t = storecase_target(GONE + 1);
    struct err why;
    while (!atomic_load(&reader->stop)) {
        struct store_entry entry;
        struct store_read r;
        enum err_code rc = store_read_begin(reader->s, &r, &why);
        if (rc == ERR_OK) {
            rc = store_find(&r, &t, &entry, &why);
            store_read_end(&r);
        }
        reader->found += rc == ERR_OK;
        reader->turned_away += rc == ERR_BUSY;
        if (rc != ERR_OK && rc != ERR_BUSY)
            return reader; /* the main thread fails */
    }
    return NULL;
}

static void readers_beside_a_compaction(void **state)
{
    struct reader readers[3] = {0};
    void *failed;
    (void)state;
    new_folder();
    struct store *s = open_store();
    accept_range(s, 1, N);
    for (size_t i = 0; i < 3; i++) {
        readers[i].s = s;
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_on, &readers[i]), 0);
    }
    for (unsigned i = 0; i < 20; i++) {
        forget(s, i + 1);
        assert_ok(store_compact_copy(s, &e), e);
        assert_ok(store_compact_swap(s, &e), e);
    }
    for (size_t i = 0; i < 3; i++) {
        atomic_store(&readers[i].stop, true);
        assert_int_equal(pthread_join(readers[i].thread, &failed), 0);
        assert_null(failed);
    }
    store_close(s);
}

/* ------------------------------------------------------------------ forgotten targets of a mirror */

static void forgotten_targets_are_taken_back_in(void **state)
{
    struct hash32 root, again;
    struct store_options first = {NULL, MAP_SIZE, false};
    char old_path[128];
    struct store_entry entry;
    struct store_read r;
    struct store *old, *s;
    (void)state;
    new_folder();
    make_store(&root);
    memcpy(old_path, path, sizeof path);
    first.path = old_path;
    assert_ok(store_open(&old, &first, &e), e);
    new_folder();
    s = open_store();
    assert_ok(store_read_begin(old, &r, &e), e);
    struct store_write *w = begin(s);
    for (uint64_t i = 1; i <= 2000; i++) {
        struct store_forgotten f;
        assert_ok(store_entry(&r, i, &entry, &e), e);
        struct store_accept a = {.targets = &entry.target, .n = 1, .rule = entry.rule, .salts = &entry.salt};
        if (!entry.forgotten) {
            assert_ok(store_accept(w, &a, &e), e);
            continue;
        }
        assert_ok(store_forgotten(&r, i, &f, &e), e);
        assert_ok(store_accept_forgotten(w, &f.leaf, &f.revoke_id, &e), e);
    }
    store_read_end(&r);
    store_close(old);
    assert_ok(store_write_commit(w, &e), e);
    assert_ok(store_tree_build(s, 1, 2000, &again, &e), e);
    assert_true(hash32_equal(&again, &root));
    assert_int_equal(find(s, GONE), ERR_NOT_FOUND);
    assert_int_equal(find(s, GONE + 1), ERR_OK);
    assert_int_equal(stats(s).forgotten, 2);
    assert_int_equal(stats(s).to_erase, 0);
    w = begin(s); /* taken back with its transaction */
    struct store_accept a = {.targets = &again, .n = 1, .rule = STORE_RULE_BYTES};
    assert_ok(store_accept(w, &a, &e), e);
    assert_ok(store_accept_forgotten(w, &root, &root, &e), e);
    assert_ok(store_accept_forgotten(w, &root, &root, &e), e);
    store_write_abort(w);
    assert_int_equal(stats(s).targets, 2000);
    accept_range(s, 2001, 50);
    store_close(s);
    s = open_store();
    assert_int_equal(find(s, 2050), ERR_OK);
    store_close(s);
}

/* ------------------------------------------------------------------ a store made aside */

static void a_staged_store_goes_live_whole(void **state)
{
    struct store_options staged = {NULL, MAP_SIZE, false}, live = {path, MAP_SIZE, false};
    struct store_stage g, second;
    struct store *s;
    (void)state;
    new_folder();
    assert_ok(store_stage_begin(&g, path, &e), e);
    assert_err(store_stage_begin(&second, path, &e), ERR_BUSY);
    assert_err(store_open(&s, &live, &e), ERR_CONFLICT); /* cut short here: never taken for a store */
    staged.path = g.folder;
    assert_ok(store_open(&s, &staged, &e), e);
    accept_range(s, 1, 10);
    store_close(s);
    close(g.lock_fd); /* killed */
    assert_ok(store_stage_begin(&g, path, &e), e);
    assert_ok(store_open(&s, &staged, &e), e);
    assert_int_equal(stats(s).targets, 0);
    accept_range(s, 1, 20);
    store_close(s);
    assert_ok(store_stage_commit(&g, &e), e);
    s = open_store();
    assert_int_equal(find(s, 20), ERR_OK);
    store_close(s);
    assert_err(store_stage_begin(&g, path, &e), ERR_EXISTS);
    new_folder();
    live.path = path;
    assert_ok(store_stage_begin(&g, path, &e), e);
    store_stage_abort(&g);
    s = open_store();
    assert_int_equal(stats(s).targets, 0);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_store_is_brought_up_to_date), cmocka_unit_test(an_upgrade_cut_short),
        cmocka_unit_test(a_compaction_cut_short),               cmocka_unit_test(an_open_store_is_compacted),
        cmocka_unit_test(readers_beside_a_compaction),
        cmocka_unit_test(forgotten_targets_are_taken_back_in),  cmocka_unit_test(a_staged_store_goes_live_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
