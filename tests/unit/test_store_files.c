/* The store and its files: forget, reopen, refuse what is damaged or another's, copy, compact. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/db/dbenv.h"
#include "common/merkle.h"
#include "tests/harness.h"
#include "tests/memfolder.h"
#include "tests/storecase.h"

/* ------------------------------------------------------------------ forgetting */

static void forgotten_keeps_leaf_and_place(void **state)
{
    struct storecase *f = *state;
    struct store_forgotten sealed, open, kept;
    struct store_entry entry, old;
    struct hash32 leaf, root, zero = {0};
    struct store_read r;
    size_t n;
    storecase_accept(f, 1, 50);
    struct store_batch b = storecase_seal(f, 1, 1, 40);
    assert_ok(storecase_find(f, 20, &old), f->e);
    sealed = storecase_forget(f, 20);
    open = storecase_forget(f, 45);
    struct hash32 expected = seal_revoke_id(&old.target, &old.salt);
    assert_true(hash32_equal(&sealed.revoke_id, &expected));
    assert_err(storecase_find(f, 20, &entry), ERR_GONE);
    assert_err(storecase_find(f, 45, &entry), ERR_GONE);
    storecase_reopen(f);
    assert_err(storecase_find(f, 20, &entry), ERR_GONE);
    assert_ok(storecase_find(f, 21, &entry), f->e);
    storecase_seal(f, 2, 41, 10); /* the tree takes the leaf that was kept */
    assert_ok(store_tree_build(f->store, 1, 40, &root, &f->e), f->e);
    assert_true(hash32_equal(&root, &b.root));
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_leaves(&r, 2, 4, 1, &leaf, &n, &f->e), f->e);
    assert_true(hash32_equal(&leaf, &open.leaf));
    assert_ok(store_leaves(&r, 1, 19, 1, &leaf, &n, &f->e), f->e);
    assert_true(hash32_equal(&leaf, &sealed.leaf));
    assert_ok(store_entry(&r, 20, &entry, &f->e), f->e);
    assert_true(entry.forgotten);
    assert_true(hash32_equal(&entry.target, &zero));
    assert_int_equal(entry.k, 1);
    assert_int_equal(entry.leaf_index, 19);
    assert_ok(store_forgotten(&r, 20, &kept, &f->e), f->e);
    assert_memory_equal(&kept, &sealed, sizeof kept);
    assert_err(store_forgotten(&r, 21, &kept, &f->e), ERR_NOT_FOUND);
    store_read_end(&r);
}

static void forgotten_is_accepted_anew(void **state)
{
    struct storecase *f = *state;
    struct store_entry entry;
    storecase_accept(f, 1, 3);
    storecase_forget(f, 2);
    assert_int_equal(storecase_accept(f, 1, 3), 1);
    assert_ok(storecase_find(f, 2, &entry), f->e);
    assert_int_equal(entry.sequence, 4);
}

static void forgetting_the_last_keeps_its_page(void **state)
{
    struct storecase *f = *state;
    struct hash32 t[2] = {storecase_target(11), storecase_target(12)};
    struct store_accept a = {.targets = t, .n = 1}, b = {.targets = t + 1, .n = 1};
    struct store_forgotten out;
    struct store_entry entry;
    struct store_write *w;
    storecase_accept(f, 1, 10);
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_accept(w, &a, &f->e), f->e);
    assert_ok(store_forget(w, &t[0], &out, &f->e), f->e);
    assert_ok(store_accept(w, &b, &f->e), f->e);
    assert_ok(store_write_commit(w, &f->e), f->e);
    assert_err(storecase_find(f, 11, &entry), ERR_GONE);
    assert_ok(storecase_find(f, 12, &entry), f->e);
    assert_int_equal(entry.sequence, 12);
    assert_ok(storecase_find(f, 10, &entry), f->e);
}

/* ------------------------------------------------------------------ opening */

static enum err_code open_again(bool read_only, struct err *e)
{
    struct store_options o = {storecase_path, STORECASE_MAP_SIZE, read_only};
    struct store *other = NULL;
    enum err_code rc = store_open(&other, &o, e);
    store_close(other);
    return rc;
}

static void one_writer_at_a_time(void **state)
{
    struct storecase *f = *state;
    struct store_write *w, *v;
    assert_err(open_again(false, &f->e), ERR_BUSY);
    assert_non_null(strstr(f->e.msg, "process"));
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_err(store_write_begin(f->store, &v, &f->e), ERR_BUSY);
    store_write_abort(w);
}

static void a_reader_beside_the_writer(void **state)
{
    struct storecase *f = *state;
    struct storecase reader = {0};
    struct store_entry entry;
    struct store_write *w;
    storecase_accept(f, 1, 100);
    storecase_open(&reader, true);
    assert_ok(storecase_find(&reader, 50, &entry), reader.e);
    assert_int_equal(entry.sequence, 50);
    assert_err(store_write_begin(reader.store, &w, &reader.e), ERR_DENIED);
    store_close(reader.store);
    store_close(f->store);
    f->store = NULL;
    snprintf(storecase_path + strlen(storecase_path), sizeof storecase_path - strlen(storecase_path), "-none");
    assert_err(open_again(true, &f->e), ERR_NOT_FOUND);
}

static void remove_index(void)
{
    char name[160];
    snprintf(name, sizeof name, "%s/index/data.mdb", storecase_path);
    assert_int_equal(unlink(name), 0);
}

static void a_lost_index_is_rebuilt(void **state)
{
    struct storecase *f = *state;
    struct store_entry entry;
    storecase_accept(f, 1, 1000);
    store_close(f->store);
    remove_index();
    storecase_open(f, false);
    assert_ok(storecase_find(f, 777, &entry), f->e);
    assert_int_equal(storecase_accept(f, 1, 1001), 1);
}

/* Overwrite a few bytes of a file of the store, or cut it. */
static void spoil(const char *file, long offset, const void *bytes, size_t len)
{
    char name[160];
    snprintf(name, sizeof name, "%s/%s", storecase_path, file);
    FILE *out = fopen(name, "r+b");
    assert_non_null(out);
    fseek(out, offset, SEEK_SET);
    fwrite(bytes, 1, len, out);
    fclose(out);
}

static void a_damaged_index_is_rebuilt(void **state)
{
    struct storecase *f = *state;
    struct store_entry entry;
    storecase_accept(f, 1, 1000);
    store_close(f->store);
    spoil("index/data.mdb", 0, "garbage garbage garbage garbage", 32);
    spoil("index/data.mdb", 4096, "garbage garbage garbage garbage", 32);
    storecase_open(f, false);
    assert_ok(storecase_find(f, 777, &entry), f->e);
}

static void not_a_store(void **state)
{
    struct storecase *f = *state;
    store_close(f->store);
    f->store = NULL;
    spoil("log/data.mdb", 0, "garbage garbage garbage garbage", 32);
    spoil("log/data.mdb", 4096, "garbage garbage garbage garbage", 32);
    assert_err(open_again(false, &f->e), ERR_CORRUPT);
    assert_err(open_again(true, &f->e), ERR_CORRUPT);
}

/* Put a record into a table of the log, behind the store's back; NULL: the unnamed table. */
static void put_raw(const char *table, const char *key, const void *data, size_t len)
{
    char name[160];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_val k = {strlen(key), (void *)(uintptr_t)key}, v = {len, (void *)(uintptr_t)data};
    snprintf(name, sizeof name, "%s/log", storecase_path);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 20), 0);
    assert_int_equal(mdb_env_open(env, name, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, table, 0, &dbi), 0);
    assert_int_equal(len > 0 ? mdb_put(txn, dbi, &k, &v, 0) : mdb_del(txn, dbi, &k, NULL), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void a_newer_schema_is_refused(void **state)
{
    static const uint8_t NEXT[] = {0, 0, 0, STORE_SCHEMA + 1}, THIS[] = {0, 0, 0, STORE_SCHEMA};
    struct storecase *f = *state;
    store_close(f->store);
    put_raw("meta", "schema", NEXT, sizeof NEXT);
    assert_err(open_again(false, &f->e), ERR_VERSION);
    assert_err(open_again(true, &f->e), ERR_VERSION);
    put_raw("meta", "schema", THIS, sizeof THIS);
    storecase_open(f, false);
}

static void another_database_is_refused(void **state)
{
    struct storecase *f = *state;
    store_close(f->store);
    f->store = NULL;
    put_raw("meta", "schema", NULL, 0);
    assert_err(open_again(false, &f->e), ERR_CORRUPT);
}

static void a_truncated_log_is_seen(void **state)
{
    struct storecase *f = *state;
    char name[160];
    storecase_accept(f, 1, 20000);
    store_close(f->store);
    f->store = NULL;
    snprintf(name, sizeof name, "%s/log/data.mdb", storecase_path);
    assert_int_equal(truncate(name, 65536), 0);
    assert_err(open_again(false, &f->e), ERR_CORRUPT);
}

/* Root may write everywhere, so a child that is nobody tries. */
static void no_permission(void **state)
{
    struct storecase *f = *state;
    int status;
    assert_int_equal(chmod(storecase_path, 0500), 0);
    snprintf(storecase_path + strlen(storecase_path), sizeof storecase_path - strlen(storecase_path), "/below");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(geteuid() == 0 && setuid(65534) != 0 ? 255 : (int)open_again(false, &f->e));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), ERR_DENIED);
}

/* More than a generation: what leaves the memory is found in the index, duplicates too, also after reopening. */
static void a_full_generation_becomes_a_run(void **state)
{
    enum { MANY = (1 << 19) + 30000 };
    struct storecase *f = *state;
    struct store_entry entry;
    struct store_stats st;
    struct store_read r;
    assert_int_equal(storecase_accept(f, 1, MANY), MANY);
    assert_true(store_index_due(f->store));
    assert_false(store_index_behind(f->store));
#ifdef HALLMARK_FAULTS
    dbenv_fault_rc = MDB_MAP_FULL;
    dbenv_fault_at = 100; /* in the middle of writing the run */
    while (dbenv_fault_at > 0 && store_index_step(f->store, &f->e) == ERR_OK)
        continue;
    assert_int_equal(dbenv_fault_at, 0);
    assert_ok(storecase_find(f, 12345, &entry), f->e);
    assert_int_equal(storecase_accept(f, 1, 1000), 0);
#endif
    while (store_index_due(f->store))
        assert_ok(store_index_step(f->store, &f->e), f->e);
    for (unsigned again = 0; again < 2; again++) {
        for (uint64_t i = 1; i <= MANY; i += 1009) {
            assert_ok(storecase_find(f, i, &entry), f->e);
            assert_int_equal(entry.sequence, i);
        }
        assert_err(storecase_find(f, MANY + 1, &entry), ERR_NOT_FOUND);
        storecase_reopen(f);
    }
    assert_int_equal(storecase_accept(f, 1, MANY), 0);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_stats(&r, &st, &f->e), f->e);
    assert_int_equal(st.runs, 1);
    assert_int_equal(st.unindexed, 30000);
    assert_in_range(st.index_bytes, (1 << 19) * 13, (1 << 19) * 15);
    store_read_end(&r);
    storecase_forget(f, 77);
    store_close(f->store);
    remove_index();
    storecase_open(f, false); /* all runs are written again, the forgotten one among them */
    assert_err(storecase_find(f, 77, &entry), ERR_GONE);
    assert_ok(storecase_find(f, 78, &entry), f->e);
    store_close(f->store);
    struct store_options o = {storecase_path, STORECASE_MAP_SIZE, false};
    assert_ok(store_compact(&o, &f->e), f->e); /* takes it out of the index too */
    storecase_open(f, false);
    assert_err(storecase_find(f, 77, &entry), ERR_NOT_FOUND);
    assert_ok(storecase_find(f, 78, &entry), f->e);
}

/* ------------------------------------------------------------------ copying, compacting */

static void a_copy_is_a_store(void **state)
{
    struct storecase *f = *state;
    struct store_entry entry;
    char copy[128];
    storecase_accept(f, 1, 5000);
    struct store_batch b = storecase_seal(f, 1, 1, 4000);
    snprintf(copy, sizeof copy, "%s/copy", memfolder());
    assert_ok(store_copy(f->store, copy, &f->e), f->e);
    assert_err(store_copy(f->store, copy, &f->e), ERR_EXISTS);
    storecase_accept(f, 5001, 10); /* the copied store goes on */
    store_close(f->store);
    memcpy(storecase_path, copy, sizeof storecase_path);
    storecase_open(f, true); /* a backup has no index: small ones are found all the same */
    assert_ok(storecase_find(f, 4321, &entry), f->e);
    assert_err(storecase_find(f, 5001, &entry), ERR_NOT_FOUND);
    storecase_check(f, &b);
    storecase_reopen(f);
    storecase_check(f, &b);
    assert_int_equal(storecase_accept(f, 4999, 3), 1);
}

static void compaction_leaves_no_trace(void **state)
{
    static const char *const FILES[] = {"log/data.mdb", "tree/data.mdb", "index/data.mdb"};
    struct store_options o = {storecase_path, STORECASE_MAP_SIZE, false};
    struct storecase *f = *state;
    struct store_entry entry, old;
    struct store_forgotten kept;
    struct store_read r;
    storecase_accept(f, 1, 3000);
    struct store_batch b = storecase_seal(f, 1, 1, 2000);
    assert_ok(storecase_find(f, 1234, &old), f->e);
    storecase_forget(f, 1234);
    assert_true(storecase_file_holds(storecase_path, FILES[0], old.salt.b, sizeof old.salt.b)); /* on a free page */
    assert_err(store_compact(&o, &f->e), ERR_BUSY);
    store_close(f->store);
    f->store = NULL;
    assert_ok(store_compact(&o, &f->e), f->e);
    storecase_open(f, false);
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        assert_false(storecase_file_holds(storecase_path, FILES[i], old.target.b, sizeof old.target.b));
        assert_false(storecase_file_holds(storecase_path, FILES[i], old.salt.b, sizeof old.salt.b));
    }
    assert_err(storecase_find(f, 1234, &entry), ERR_NOT_FOUND);
    assert_ok(storecase_find(f, 1235, &entry), f->e);
    assert_int_equal(entry.leaf_index, 1234);
    storecase_check_but(f, &b, 1234);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_forgotten(&r, 1234, &kept, &f->e), f->e);
    store_read_end(&r);
    storecase_accept(f, 3001, 10);
    storecase_reopen(f);
    store_close(f->store);
    f->store = NULL;
    assert_ok(store_compact(&o, &f->e), f->e); /* again */
    storecase_open(f, false);
    assert_ok(storecase_find(f, 3010, &entry), f->e);
}

static void statistics(void **state)
{
    struct storecase *f = *state;
    struct store_stats st;
    struct store_read r;
    storecase_accept(f, 1, 10000);
    storecase_seal(f, 1, 1, 9000);
    storecase_forget(f, 5);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_stats(&r, &st, &f->e), f->e);
    assert_int_equal(st.targets, 10000);
    assert_int_equal(st.sealed, 9000);
    assert_int_equal(st.forgotten, 1);
    assert_int_equal(st.batches, 1);
    assert_int_equal(st.unindexed, 10000);
    assert_int_equal(st.map_size, STORECASE_MAP_SIZE);
    assert_in_range(st.log_bytes, 10000 * 54, 10000 * 70);
    assert_in_range(st.tree_bytes, 9000 * 64, 9000 * 75);
    store_read_end(&r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, storecase_set_up, storecase_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(forgotten_keeps_leaf_and_place),
        TEST(forgotten_is_accepted_anew),
        TEST(forgetting_the_last_keeps_its_page),
        TEST(one_writer_at_a_time),
        TEST(a_reader_beside_the_writer),
        TEST(a_lost_index_is_rebuilt),
        TEST(a_damaged_index_is_rebuilt),
        TEST(not_a_store),
        TEST(a_newer_schema_is_refused),
        TEST(another_database_is_refused),
        TEST(a_truncated_log_is_seen),
        TEST(no_permission),
        TEST(a_full_generation_becomes_a_run),
        TEST(a_copy_is_a_store),
        TEST(compaction_leaves_no_trace),
        TEST(statistics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
