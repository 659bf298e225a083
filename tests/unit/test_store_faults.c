/* The store when things fail: every LMDB call once, the process killed at every LMDB call and at random moments,
 * the map full, the disk full. What was acknowledged is always there, and the store goes on without a restart. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/db/dbenv.h"
#include "common/db/pages.h"
#include "common/db/store.h"
#include "common/sha256.h"
#include "tests/harness.h"
#include "tests/memfolder.h"

#define MAP_SIZE (UINT64_C(1) << 28)
#define REQUEST 50 /* targets of one */

/* What the store has acknowledged; shared with a child, so that it survives the child. */
struct progress {
    uint64_t accepted;
    uint64_t batches;
    uint64_t forgotten; /* target number; 0: none */
    uint64_t values;
};

static char path[128];
static unsigned n_folders;
static struct progress *done; /* in shared memory */
static struct err e;

static void new_folder(void)
{
    snprintf(path, sizeof path, "%s/faults-%u", memfolder(), n_folders++);
    *done = (struct progress){0};
}

static enum err_code open_store(struct store **ret, uint64_t map_size)
{
    struct store_options o = {path, map_size, false};
    return store_open(ret, &o, &e);
}

static struct hash32 target(uint64_t i)
{
    return sha256(&i, sizeof i);
}

/* ------------------------------------------------------------------ a life in the store, step by step */

static enum err_code accept_some(struct store *s)
{
    struct hash32 t[REQUEST];
    struct store_accept a = {.targets = t, .n = REQUEST, .rule = STORE_RULE_BYTES, .accepted_at = 1};
    struct store_write *w;
    for (uint64_t i = 0; i < REQUEST; i++)
        t[i] = target(done->accepted + 1 + i);
    enum err_code rc = store_write_begin(s, &w, &e);
    if (rc != ERR_OK)
        return rc;
    rc = store_accept(w, &a, &e);
    if (rc != ERR_OK) {
        store_write_abort(w);
        return rc;
    }
    rc = store_write_commit(w, &e);
    if (rc == ERR_OK)
        done->accepted += REQUEST;
    return rc;
}

static enum err_code seal_some(struct store *s)
{
    struct store_batch b = {.k = done->batches + 1, .status = STORE_SEALED, .annex_len = 2};
    struct store_write *w;
    b.first = done->batches * REQUEST + 1;
    b.leaf_count = REQUEST;
    b.anchored = target(b.k + 1000000);
    enum err_code rc = store_tree_build(s, b.first, b.leaf_count, &b.root, &e);
    if (rc == ERR_OK)
        rc = store_write_begin(s, &w, &e);
    if (rc != ERR_OK)
        return rc;
    rc = store_batch_put(w, &b, "{}", &e);
    if (rc == ERR_OK)
        rc = store_anchor_put(w, b.k, false, "job", 3, &e);
    if (rc != ERR_OK) {
        store_write_abort(w);
        return rc;
    }
    rc = store_write_commit(w, &e);
    if (rc == ERR_OK)
        done->batches++;
    return rc;
}

static enum err_code write_values(struct store *s)
{
    struct hash32 h = target(done->values + 2000000), t = target(7);
    struct store_forgotten out;
    struct store_write *w;
    enum err_code rc = store_write_begin(s, &w, &e);
    if (rc != ERR_OK)
        return rc;
    rc = store_batch_mark(w, 1, STORE_MINED, 5, 0, &e);
    if (rc == ERR_OK)
        rc = store_attempt_put(w, 1, 1 + (uint32_t)done->values, &h, "raw", 3, &e);
    if (rc == ERR_OK)
        rc = store_meta_put(w, "nonce", &done->values, sizeof done->values, &e);
    if (rc == ERR_OK && done->forgotten == 0)
        rc = store_forget(w, &t, &out, &e);
    if (rc != ERR_OK) {
        store_write_abort(w);
        return rc;
    }
    rc = store_write_commit(w, &e);
    if (rc == ERR_OK) {
        done->values++;
        done->forgotten = 7;
    }
    return rc;
}

/* Stops at the first error. */
static enum err_code live(struct store *s)
{
    enum err_code rc = ERR_OK;
    for (unsigned round = 0; round < 3 && rc == ERR_OK; round++) {
        rc = accept_some(s);
        if (rc == ERR_OK)
            rc = accept_some(s);
        if (rc == ERR_OK)
            rc = seal_some(s);
        if (rc == ERR_OK)
            rc = write_values(s);
        if (rc == ERR_OK)
            rc = store_index_step(s, &e);
    }
    return rc;
}

/* ------------------------------------------------------------------ the full check */

static void check_targets(const struct store_read *r)
{
    struct store_entry entry;
    struct store_pending p;
    for (uint64_t i = 1; i <= done->accepted; i++) {
        struct hash32 t = target(i);
        enum err_code rc = store_find(r, &t, &entry, &e);
        if (i == 7 && rc == ERR_GONE)
            continue; /* asked to forget it, told so or not */
        assert_err(rc, ERR_OK);
        assert_int_not_equal(i, done->forgotten);
        assert_int_equal(entry.sequence, i);
        assert_int_equal(entry.k, entry.k == 0 ? 0 : (i - 1) / REQUEST + 1);
        assert_true(entry.k != 0 || i > done->batches * REQUEST);
    }
    /* A request is kept whole or not at all, acknowledged or not. */
    assert_ok(store_pending(r, &p, &e), e);
    assert_int_equal((p.first - 1 + p.count) % REQUEST, 0);
    assert_in_range(p.first - 1 + p.count, done->accepted, done->accepted + REQUEST);
}

static void check_batch(const struct store_read *r, uint64_t k)
{
    struct hash32 leaves[REQUEST];
    struct merkle_step steps[MERKLE_MAX_LEVELS];
    struct store_batch b;
    struct slice v;
    size_t n;
    unsigned n_steps;
    assert_ok(store_batch(r, k, &b, &e), e);
    assert_ok(store_leaves(r, k, 0, REQUEST, leaves, &n, &e), e);
    assert_int_equal(n, REQUEST);
    assert_ok(store_path(r, k, 3, steps, &n_steps, &e), e);
    struct hash32 root = merkle_fold(leaves[3], steps, n_steps);
    assert_true(hash32_equal(&root, &b.root));
    root = merkle_root_in_place(leaves, n);
    assert_true(hash32_equal(&root, &b.root));
    assert_ok(store_annex(r, k, &v, &e), e);
    assert_ok(store_anchor(r, k, &v, NULL, &e), e);
}

static void check_values(const struct store_read *r)
{
    struct hash32 h;
    struct slice v;
    uint64_t k;
    uint32_t number;
    for (uint64_t i = 0; i < done->values; i++) {
        h = target(i + 2000000);
        assert_ok(store_attempt_of_tx(r, &h, &k, &number, &e), e);
        assert_int_equal(number, i + 1);
    }
    if (done->values > 0)
        assert_ok(store_meta(r, "nonce", &v, &e), e);
}

static void check(struct store *s)
{
    struct store_read r;
    assert_ok(store_read_begin(s, &r, &e), e);
    check_targets(&r);
    for (uint64_t k = 1; k <= done->batches; k++)
        check_batch(&r, k);
    check_values(&r);
    store_read_end(&r);
}

/* Take up what was done but not acknowledged, so that life can go on. */
static void catch_up(struct store *s)
{
    struct store_read r;
    struct store_pending p;
    struct store_batch b;
    struct slice v;
    assert_ok(store_read_begin(s, &r, &e), e);
    assert_ok(store_pending(&r, &p, &e), e);
    done->accepted = p.first - 1 + p.count;
    done->batches = store_batch_newest(&r, &b, &e) == ERR_OK ? b.k : 0;
    if (store_meta(&r, "nonce", &v, &e) == ERR_OK) {
        memcpy(&done->values, v.data, sizeof done->values);
        done->values++;
        done->forgotten = 7;
    }
    store_read_end(&r);
}

static void check_and_go_on(void)
{
    struct store *s;
    assert_ok(open_store(&s, MAP_SIZE), e);
    check(s);
    catch_up(s);
    assert_ok(live(s), e);
    check(s);
    store_close(s);
}

/* ------------------------------------------------------------------ every LMDB call */

#ifdef HALLMARK_FAULTS
/* One life with the k-th call failing. Returns: false if there was no k-th call. */
static bool live_with_fault(long k, int rc)
{
    struct store *s = NULL;
    new_folder();
    dbenv_fault_rc = rc;
    dbenv_fault_at = k;
    enum err_code opened = open_store(&s, MAP_SIZE);
    enum err_code lived = opened == ERR_OK ? live(s) : opened;
    bool hit = dbenv_fault_at <= 0;
    dbenv_fault_at = 0;
    if (!hit)
        assert_ok(lived, e);
    if (s != NULL) { /* without a restart */
        check(s);
        catch_up(s);
        assert_ok(live(s), e);
        check(s);
        store_close(s);
    }
    check_and_go_on();
    return hit;
}

static void every_call_fails_once(void **state)
{
    (void)state;
    long k = 1;
    while (live_with_fault(k, k % 3 == 0 ? EIO : k % 3 == 1 ? ENOSPC : MDB_PANIC))
        k++;
    assert_in_range(k, 100, 5000);
    print_message("%ld calls failed once each\n", k - 1);
}

static bool crash_at(long k)
{
    int status;
    new_folder();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct store *s;
        dbenv_fault_rc = DBENV_FAULT_CRASH;
        dbenv_fault_at = k;
        _exit(open_store(&s, MAP_SIZE) == ERR_OK && live(s) == ERR_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_not_equal(WEXITSTATUS(status), 1);
    check_and_go_on();
    return WEXITSTATUS(status) == 9;
}

static void a_crash_at_every_call(void **state)
{
    (void)state;
    long k = 1;
    while (crash_at(k))
        k++;
    assert_in_range(k, 100, 5000);
    print_message("killed at %ld calls\n", k - 1);
}

/* ------------------------------------------------------------------ a header that could not be written */

static void panic_at_next_call(void)
{
    dbenv_fault_rc = MDB_PANIC;
    dbenv_fault_at = 1;
}

static uint64_t n_targets(struct store *s)
{
    struct store_stats stats;
    struct store_read r;
    assert_ok(store_read_begin(s, &r, &e), e);
    assert_ok(store_stats(&r, &stats, &e), e);
    store_read_end(&r);
    return stats.targets;
}

static void the_files_are_opened_anew(void **state)
{
    struct store_read r, inside;
    struct store *s;
    (void)state;
    new_folder();
    assert_ok(open_store(&s, MAP_SIZE), e);
    assert_ok(live(s), e);
    panic_at_next_call();
    assert_ok(store_read_begin(s, &r, &e), e); /* a reader does it */
    store_read_end(&r);
    panic_at_next_call();
    assert_ok(accept_some(s), e); /* and a writer */
    assert_int_equal(store_reopened(s), 2);
    assert_ok(store_read_begin(s, &inside, &e), e);
    panic_at_next_call();
    assert_err(store_read_begin(s, &r, &e), ERR_BUSY); /* not under the feet of one who is inside */
    panic_at_next_call();
    assert_err(accept_some(s), ERR_BUSY);
    store_read_end(&inside);
    panic_at_next_call();
    assert_ok(accept_some(s), e);
    assert_int_equal(store_reopened(s), 3);
    check(s);
    assert_ok(live(s), e);
    store_close(s);
    check_and_go_on();
}

static void files_that_cannot_be_opened_are_tried_again(void **state)
{
    char log[192], aside[192];
    struct store_read r;
    struct store *s;
    (void)state;
    new_folder();
    assert_ok(open_store(&s, MAP_SIZE), e);
    assert_ok(live(s), e);
    snprintf(log, sizeof log, "%s/log", path);
    snprintf(aside, sizeof aside, "%s/aside", path);
    assert_int_equal(rename(log, aside), 0);
    panic_at_next_call();
    assert_err(store_read_begin(s, &r, &e), ERR_NOT_FOUND);
    assert_int_not_equal(accept_some(s), ERR_OK);
    assert_int_not_equal(store_read_begin(s, &r, &e), ERR_OK);
    assert_int_equal(rename(aside, log), 0);
    assert_ok(store_read_begin(s, &r, &e), e);
    store_read_end(&r);
    assert_ok(live(s), e);
    check(s);
    store_close(s);
    check_and_go_on();
}

/* What a commit leaves behind that failed, and could not be taken back: nobody was told of this target. */
static void append_behind_its_back(uint64_t last, const struct hash32 *t)
{
    static const uint8_t salt[SEAL_SALT_LEN];
    struct pages_tail tail = {.last = last, .put = last};
    struct dbenv env;
    struct dbtxn txn;
    MDB_dbi table;
    char log[192];
    snprintf(log, sizeof log, "%s/log", path);
    struct dbenv_options o = {log, "log", MAP_SIZE, false};
    if (dbenv_open(&env, &o, &e) != ERR_OK || dbtxn_begin(&txn, &env, &e) != ERR_OK ||
        dbenv_table(txn.txn, "page", MDB_INTEGERKEY, &table, &e) != ERR_OK ||
        !pages_append(&tail, &txn, table, t->b, salt, 1, STORE_RULE_BYTES) || !pages_flush(&tail, &txn, table) ||
        dbtxn_commit(&txn, &e) != ERR_OK)
        _exit(1);
    dbenv_close(&env);
    _exit(0);
}

static void a_failed_commit_that_came_to_stay(void **state)
{
    struct hash32 ghost = target(999999);
    struct store_accept again = {.targets = &ghost, .n = 1, .rule = STORE_RULE_BYTES, .accepted_at = 1};
    struct store_write *w;
    struct store *s;
    int status;
    (void)state;
    new_folder();
    assert_ok(open_store(&s, MAP_SIZE), e);
    assert_ok(accept_some(s), e);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        append_behind_its_back(REQUEST, &ghost);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    panic_at_next_call();
    assert_ok(store_write_begin(s, &w, &e), e);
    assert_ok(store_accept(w, &again, &e), e);
    assert_int_equal(again.ret_duplicates, 1);
    assert_ok(store_write_commit(w, &e), e);
    assert_ok(accept_some(s), e);
    assert_int_equal(n_targets(s), 2 * REQUEST + 1);
    store_close(s);
}
#else
static void every_call_fails_once(void **state)
{
    (void)state;
    print_message("built without fault hooks: skipped\n");
    skip();
}
#define a_crash_at_every_call every_call_fails_once
#define the_files_are_opened_anew every_call_fails_once
#define files_that_cannot_be_opened_are_tried_again every_call_fails_once
#define a_failed_commit_that_came_to_stay every_call_fails_once
#endif

#define ENOUGH 200000 /* targets: far less than the map holds */

/* Killed from outside, again and again on the same folder, inside calls too. */
static void killed_at_random(void **state)
{
    uint64_t seed = 3;
    (void)state;
    new_folder();
    for (unsigned round = 0; round < 25; round++) {
        int status;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct store *s;
            enum err_code rc = open_store(&s, MAP_SIZE);
            while (rc == ERR_OK && done->accepted < ENOUGH)
                rc = live(s);
            while (rc == ERR_OK)
                pause(); /* it will be killed, however late: the map must not be full before */
            _exit(1);
        }
        usleep((useconds_t)(harness_random(&seed) % 30000)); /* the moment does not matter, only that it varies */
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        struct store *s;
        assert_ok(open_store(&s, MAP_SIZE), e);
        check(s);
        catch_up(s);
        store_close(s);
    }
    check_and_go_on();
}

/* ------------------------------------------------------------------ full */

static void fill(struct store *s)
{
    enum err_code rc = ERR_OK;
    while (rc == ERR_OK)
        rc = accept_some(s);
    assert_int_equal(rc, ERR_NOSPACE);
    assert_true(done->accepted > 0);
    assert_err(accept_some(s), ERR_NOSPACE);
}

static void a_full_map(void **state)
{
    struct store *s;
    (void)state;
    new_folder();
    assert_ok(open_store(&s, 1u << 20), e);
    fill(s);
    assert_non_null(strstr(e.msg, "map_size"));
    check(s); /* reading goes on */
    store_close(s);
    assert_ok(open_store(&s, 1u << 22), e); /* a larger map_size is all it takes */
    check(s);
    assert_ok(accept_some(s), e);
    check(s);
    store_close(s);
}

static long file_size(const char *file)
{
    char name[160];
    struct stat st;
    snprintf(name, sizeof name, "%s/%s", path, file);
    assert_int_equal(stat(name, &st), 0);
    return (long)st.st_size;
}

/* The system's limit on the size of a file gives the same errors as a full disk: short writes, then none. */
static void a_full_disk(void **state)
{
    struct rlimit old, tight;
    struct store *s;
    (void)state;
    new_folder();
    assert_ok(open_store(&s, MAP_SIZE), e);
    assert_ok(live(s), e);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    tight = old;
    tight.rlim_cur = (rlim_t)file_size("log/data.mdb") + 300000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    fill(s);
    check(s);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_ok(accept_some(s), e); /* room again: no restart */
    assert_ok(live(s), e);
    check(s);
    store_close(s);
    check_and_go_on();
}

static void a_full_file_system(void **state)
{
    struct store *s;
    char filler[160];
    (void)state;
    new_folder();
    mkdir(path, 0700);
    if (mount("none", path, "tmpfs", 0, "size=2m") != 0) {
        print_message("cannot mount a small file system here: skipped\n");
        skip();
    }
    snprintf(filler, sizeof filler, "%s/filler", path);
    FILE *f = fopen(filler, "w");
    for (unsigned i = 0; i < 1u << 20; i++)
        putc('x', f);
    fclose(f);
    assert_ok(open_store(&s, MAP_SIZE), e);
    fill(s);
    check(s);
    unlink(filler);
    assert_ok(accept_some(s), e);
    assert_ok(live(s), e);
    check(s);
    store_close(s);
    umount(path);
}

static int make_progress(void **state)
{
    (void)state;
    done = mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return done == MAP_FAILED ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_fails_once), cmocka_unit_test(a_crash_at_every_call),
        cmocka_unit_test(killed_at_random),      cmocka_unit_test(a_full_map),
        cmocka_unit_test(a_full_disk),           cmocka_unit_test(a_full_file_system),
        cmocka_unit_test(the_files_are_opened_anew),
        cmocka_unit_test(files_that_cannot_be_opened_are_tried_again),
        cmocka_unit_test(a_failed_commit_that_came_to_stay),
    };
    return cmocka_run_group_tests(tests, make_progress, NULL);
}
