/* The store by its contract: accept, find, seal, read back, reopen, refuse. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "common/db/dbenv.h"
#include "common/db/store.h"
#include "common/merkle.h"
#include "common/sha256.h"
#include "tests/harness.h"
#include "tests/memfolder.h"

#define MAP_SIZE (UINT64_C(1) << 30)

static char path[128];
static unsigned n_folders;

struct fixture {
    struct store *store;
    struct err e;
};

static void open_at(struct fixture *f, bool read_only)
{
    struct store_options o = {path, MAP_SIZE, read_only};
    assert_ok(store_open(&f->store, &o, &f->e), f->e);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(path, sizeof path, "%s/store-%u", memfolder(), n_folders++);
    open_at(f, false);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    free(f);
    return 0;
}

static void reopen(struct fixture *f)
{
    store_close(f->store);
    open_at(f, false);
}

/* Target number i: any 32 bytes that differ. */
static struct hash32 target(uint64_t i)
{
    return sha256(&i, sizeof i);
}

static struct hash32 *targets(uint64_t from, size_t n)
{
    struct hash32 *t = malloc(n * sizeof *t);
    for (size_t i = 0; i < n; i++)
        t[i] = target(from + i);
    return t;
}

/* Accept targets from … from + n - 1 in one transaction; returns how many were new. */
static uint64_t accept_range(struct fixture *f, uint64_t from, size_t n)
{
    struct hash32 *t = targets(from, n);
    struct store_accept a = {.targets = t, .n = n, .rule = STORE_RULE_BYTES, .accepted_at = 1000 + from};
    struct store_write *w;
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_accept(w, &a, &f->e), f->e);
    assert_ok(store_write_commit(w, &f->e), f->e);
    assert_int_equal(a.ret_accepted + a.ret_duplicates, n);
    free(t);
    return a.ret_accepted;
}

static enum err_code find(struct fixture *f, uint64_t i, struct store_entry *ret)
{
    struct hash32 t = target(i);
    struct store_read r;
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    enum err_code rc = store_find(&r, &t, ret, &f->e);
    store_read_end(&r);
    return rc;
}

/* A batch whose values only have to differ. */
static struct store_batch batch(uint64_t k, uint64_t first, uint64_t n, struct hash32 root)
{
    struct store_batch b = {.k = k, .first = first, .leaf_count = n, .root = root, .status = STORE_SEALED};
    b.sealed_at = 5000 + k;
    b.seal = target(k * 3 + 1000000);
    b.anchored = target(k * 3 + 1000001);
    memset(b.header, (int)k, sizeof b.header);
    return b;
}

static struct store_batch seal(struct fixture *f, uint64_t k, uint64_t first, uint64_t n)
{
    struct store_write *w;
    struct hash32 root = {0};
    if (n > 0)
        assert_ok(store_tree_build(f->store, first, n, &root, &f->e), f->e);
    struct store_batch b = batch(k, first, n, root);
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_batch_put(w, &b, NULL, &f->e), f->e);
    assert_ok(store_write_commit(w, &f->e), f->e);
    return b;
}

/* ------------------------------------------------------------------ accepting and finding */

static void accepted_is_found(void **state)
{
    struct fixture *f = *state;
    struct store_entry entry;
    assert_int_equal(accept_range(f, 1, 100), 100);
    for (uint64_t i = 1; i <= 100; i++) {
        struct hash32 t = target(i);
        assert_ok(find(f, i, &entry), f->e);
        assert_int_equal(entry.sequence, i);
        assert_true(hash32_equal(&entry.target, &t));
        assert_int_equal(entry.rule, STORE_RULE_BYTES);
        assert_int_equal(entry.accepted_at, 1001);
        assert_int_equal(entry.k, 0);
    }
    assert_err(find(f, 101, &entry), ERR_NOT_FOUND);
}

static void accepted_survives_reopening(void **state)
{
    struct fixture *f = *state;
    struct store_entry before, after;
    accept_range(f, 1, 1000);
    assert_ok(find(f, 500, &before), f->e);
    reopen(f);
    assert_ok(find(f, 500, &after), f->e);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(accept_range(f, 900, 200), 99);
    assert_ok(find(f, 1099, &after), f->e);
    assert_int_equal(after.sequence, 1099);
}

static void one_at_a_time_fills_pages(void **state)
{
    struct fixture *f = *state;
    struct store_entry entry;
    for (uint64_t i = 1; i <= 120; i++)
        assert_int_equal(accept_range(f, i, 1), 1);
    for (uint64_t i = 1; i <= 120; i++) {
        assert_ok(find(f, i, &entry), f->e);
        assert_int_equal(entry.sequence, i);
        assert_int_equal(entry.accepted_at, 1000 + i);
    }
}

static void salts_differ(void **state)
{
    struct fixture *f = *state;
    struct store_entry x, y;
    accept_range(f, 1, 600);
    for (uint64_t i = 1; i < 600; i++) {
        assert_ok(find(f, i, &x), f->e);
        assert_ok(find(f, i + 1, &y), f->e);
        assert_memory_not_equal(x.salt.b, y.salt.b, sizeof x.salt.b);
    }
}

static void duplicates_get_the_first_place(void **state)
{
    struct fixture *f = *state;
    struct hash32 t[4] = {target(1), target(2), target(1), target(3)};
    struct store_place places[4];
    struct store_accept a = {.targets = t, .n = 4, .ret_places = places};
    struct store_accept again = a;
    struct store_write *w;
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_accept(w, &a, &f->e), f->e);
    assert_int_equal(a.ret_accepted, 3);
    assert_int_equal(a.ret_duplicates, 1);
    assert_int_equal(places[2].sequence, 1);
    assert_true(places[2].duplicate);
    assert_int_equal(places[3].sequence, 3);
    assert_ok(store_accept(w, &again, &f->e), f->e); /* another request of the same round */
    assert_int_equal(again.ret_duplicates, 4);
    assert_int_equal(places[1].sequence, 2);
    assert_ok(store_write_commit(w, &f->e), f->e);
    assert_int_equal(accept_range(f, 1, 3), 0);
}

static void rules_of_their_own(void **state)
{
    struct fixture *f = *state;
    struct hash32 t[3] = {target(1), target(2), target(3)};
    const uint8_t rules[3] = {STORE_RULE_RDFC, STORE_RULE_UNKNOWN, STORE_RULE_BYTES};
    struct store_accept a = {.targets = t, .n = 3, .rules = rules};
    struct store_entry entry;
    struct store_write *w;
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_accept(w, &a, &f->e), f->e);
    assert_ok(store_write_commit(w, &f->e), f->e);
    for (uint64_t i = 0; i < 3; i++) {
        assert_ok(find(f, i + 1, &entry), f->e);
        assert_int_equal(entry.rule, rules[i]);
    }
}

static void aborted_is_forgotten_at_once(void **state)
{
    struct fixture *f = *state;
    struct hash32 *t = targets(1, 5000);
    struct store_accept a = {.targets = t, .n = 5000};
    struct store_entry entry;
    struct store_write *w;
    accept_range(f, 100000, 10);
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_accept(w, &a, &f->e), f->e);
    assert_int_equal(a.ret_accepted, 5000);
    store_write_abort(w);
    free(t);
    assert_err(find(f, 1, &entry), ERR_NOT_FOUND);
    assert_int_equal(accept_range(f, 1, 10), 10);
    assert_ok(find(f, 1, &entry), f->e);
    assert_int_equal(entry.sequence, 11);
}

/* What an aborted transaction put into memory is taken out again: else the table would be full by now. */
static void aborting_leaves_room(void **state)
{
    struct fixture *f = *state;
    struct hash32 *t = targets(1, 100000);
    struct store_write *w;
    for (unsigned i = 0; i < 12; i++) {
        struct store_accept a = {.targets = t, .n = 100000};
        assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
        assert_ok(store_accept(w, &a, &f->e), f->e);
        assert_int_equal(a.ret_accepted, 100000);
        store_write_abort(w);
    }
    free(t);
    assert_int_equal(accept_range(f, 1, 1000), 1000);
}

static void a_view_sees_what_is_written(void **state)
{
    struct fixture *f = *state;
    struct hash32 t = target(7);
    struct store_accept a = {.targets = &t, .n = 1};
    struct store_entry entry;
    struct store_write *w;
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_accept(w, &a, &f->e), f->e);
    assert_ok(store_find(store_write_view(w), &t, &entry, &f->e), f->e);
    assert_err(find(f, 7, &entry), ERR_NOT_FOUND); /* not for others before the commit */
    assert_ok(store_write_commit(w, &f->e), f->e);
    assert_ok(find(f, 7, &entry), f->e);
}

static void pending_counts(void **state)
{
    struct fixture *f = *state;
    struct store_pending p;
    struct store_read r;
    accept_range(f, 1, 10);
    accept_range(f, 11, 5);
    seal(f, 1, 1, 12);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_pending(&r, &p, &f->e), f->e);
    assert_int_equal(p.first, 13);
    assert_int_equal(p.count, 3);
    assert_int_equal(p.oldest_at, 1011);
    store_read_end(&r);
}

static void pending_of_nothing(void **state)
{
    struct fixture *f = *state;
    struct store_pending p;
    struct store_read r;
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_pending(&r, &p, &f->e), f->e);
    assert_int_equal(p.first, 1);
    assert_int_equal(p.count, 0);
    assert_int_equal(p.oldest_at, 0);
    store_read_end(&r);
}

/* ------------------------------------------------------------------ sealing */

/* Leaves, root and every path of a sealed batch against their definitions; of one target only the path is left. */
static void check_unforgotten(struct fixture *f, const struct store_batch *b, uint64_t forgotten)
{
    struct merkle_step steps[MERKLE_MAX_LEVELS];
    struct hash32 *leaves = malloc(b->leaf_count * sizeof *leaves);
    struct store_entry entry;
    struct store_read r;
    size_t got;
    unsigned n;
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_leaves(&r, b->k, 0, b->leaf_count, leaves, &got, &f->e), f->e);
    assert_int_equal(got, b->leaf_count);
    for (uint64_t i = 0; i < b->leaf_count; i++) {
        assert_ok(store_entry(&r, b->first + i, &entry, &f->e), f->e);
        assert_int_equal(entry.k, b->k);
        assert_int_equal(entry.leaf_index, i);
        struct hash32 leaf = seal_leaf(&entry.target, &entry.salt);
        assert_int_equal(hash32_equal(&leaf, &leaves[i]), b->first + i != forgotten);
        leaf = leaves[i];
        assert_ok(store_path(&r, b->k, i, steps, &n, &f->e), f->e);
        struct hash32 root = merkle_fold(leaf, steps, n);
        assert_true(hash32_equal(&root, &b->root));
    }
    assert_err(store_path(&r, b->k, b->leaf_count, steps, &n, &f->e), ERR_NOT_FOUND);
    struct hash32 root = merkle_root_in_place(leaves, b->leaf_count);
    assert_true(hash32_equal(&root, &b->root));
    store_read_end(&r);
    free(leaves);
}

static void check_batch(struct fixture *f, const struct store_batch *b)
{
    check_unforgotten(f, b, 0);
}

static void sealed_batches_of_all_sizes(void **state)
{
    static const uint64_t SIZES[] = {1, 2, 3, 1023, 1024, 1025, 2047, 2048, 5000};
    struct fixture *f = *state;
    struct store_batch b[sizeof SIZES / sizeof SIZES[0]];
    uint64_t first = 1;
    for (uint64_t k = 0; k < sizeof SIZES / sizeof SIZES[0]; k++) {
        accept_range(f, first, SIZES[k]);
        b[k] = seal(f, k + 1, first, SIZES[k]);
        first += SIZES[k];
    }
    reopen(f);
    for (uint64_t k = 0; k < sizeof SIZES / sizeof SIZES[0]; k++)
        check_batch(f, &b[k]);
}

static void leaves_in_parts(void **state)
{
    struct fixture *f = *state;
    struct hash32 all[3000], part[700];
    struct store_read r;
    size_t n;
    accept_range(f, 1, 3000);
    seal(f, 1, 1, 3000);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_leaves(&r, 1, 0, 3000, all, &n, &f->e), f->e);
    for (uint64_t at = 0; at < 3000; at += n) {
        assert_ok(store_leaves(&r, 1, at, 700, part, &n, &f->e), f->e);
        assert_in_range(n, 1, 700);
        assert_memory_equal(part, all + at, n * sizeof part[0]);
    }
    assert_ok(store_leaves(&r, 1, 3000, 700, part, &n, &f->e), f->e);
    assert_int_equal(n, 0);
    assert_err(store_leaves(&r, 2, 0, 1, part, &n, &f->e), ERR_NOT_FOUND);
    store_read_end(&r);
}

static void a_batch_is_read_back(void **state)
{
    struct fixture *f = *state;
    struct store_batch in, out;
    struct store_write *w;
    struct store_read r;
    struct slice annex;
    uint64_t k;
    accept_range(f, 1, 4);
    in = seal(f, 1, 1, 4);
    struct store_batch empty = batch(9, 5, 0, (struct hash32){0}); /* k may have holes */
    empty.annex_len = 7;
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_batch_put(w, &empty, "{\"a\":1}", &f->e), f->e);
    assert_ok(store_write_commit(w, &f->e), f->e);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_batch(&r, 1, &out, &f->e), f->e);
    assert_memory_equal(&in, &out, sizeof in);
    assert_ok(store_batch_newest(&r, &out, &f->e), f->e);
    assert_memory_equal(&empty, &out, sizeof in);
    assert_ok(store_batch_after(&r, 1, &out, &f->e), f->e);
    assert_int_equal(out.k, 9);
    assert_err(store_batch_after(&r, 9, &out, &f->e), ERR_NOT_FOUND);
    assert_ok(store_batch_before(&r, 9, &out, &f->e), f->e);
    assert_int_equal(out.k, 1);
    assert_err(store_batch_before(&r, 1, &out, &f->e), ERR_NOT_FOUND);
    assert_err(store_batch(&r, 2, &out, &f->e), ERR_NOT_FOUND);
    assert_ok(store_batch_of_value(&r, &empty.anchored, &k, &f->e), f->e);
    assert_int_equal(k, 9);
    assert_err(store_batch_of_value(&r, &empty.seal, &k, &f->e), ERR_NOT_FOUND);
    assert_ok(store_annex(&r, 9, &annex, &f->e), f->e);
    assert_int_equal(annex.len, 7);
    assert_memory_equal(annex.data, "{\"a\":1}", 7);
    assert_err(store_annex(&r, 1, &annex, &f->e), ERR_NOT_FOUND);
    store_read_end(&r);
}

static void a_batch_is_marked(void **state)
{
    struct fixture *f = *state;
    struct store_batch b;
    struct store_write *w;
    struct store_read r;
    accept_range(f, 1, 4);
    seal(f, 1, 1, 4);
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_batch_mark(w, 1, STORE_FINAL, 77, 88, &f->e), f->e);
    assert_err(store_batch_mark(w, 2, STORE_FINAL, 77, 88, &f->e), ERR_NOT_FOUND);
    assert_ok(store_write_commit(w, &f->e), f->e);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_batch(&r, 1, &b, &f->e), f->e);
    assert_int_equal(b.status, STORE_FINAL);
    assert_int_equal(b.mined_at, 77);
    assert_int_equal(b.final_at, 88);
    assert_int_equal(b.sealed_at, 5001);
    store_read_end(&r);
}

static enum err_code try_put(struct fixture *f, struct store_batch b)
{
    struct store_write *w;
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    enum err_code rc = store_batch_put(w, &b, NULL, &f->e);
    assert_int_equal(store_write_count(w), 0);
    store_write_abort(w);
    return rc;
}

static void contradicting_batches_are_refused(void **state)
{
    struct fixture *f = *state;
    struct hash32 root, other = target(5);
    accept_range(f, 1, 20);
    seal(f, 5, 1, 10);
    assert_ok(store_tree_build(f->store, 11, 5, &root, &f->e), f->e);
    assert_err(try_put(f, batch(5, 11, 5, root)), ERR_CONFLICT);   /* the number is taken */
    assert_err(try_put(f, batch(4, 11, 5, root)), ERR_CONFLICT);   /* going back */
    assert_err(try_put(f, batch(6, 12, 5, root)), ERR_CONFLICT);   /* a hole */
    assert_err(try_put(f, batch(6, 2, 5, root)), ERR_CONFLICT);    /* sealed, and not as it was */
    assert_err(try_put(f, batch(6, 11, 11, root)), ERR_CONFLICT);  /* more than are accepted */
    assert_err(try_put(f, batch(6, 11, 6, root)), ERR_NOT_FOUND);  /* no such tree */
    assert_err(try_put(f, batch(6, 11, 5, other)), ERR_CONFLICT);  /* not its root */
    assert_err(store_tree_build(f->store, 11, 11, &root, &f->e), ERR_INVALID);
    assert_err(store_tree_build(f->store, 11, 0, &root, &f->e), ERR_INVALID);
    assert_err(store_tree_build(f->store, 0, 1, &root, &f->e), ERR_INVALID);
    seal(f, 6, 11, 5);
}

static void a_range_is_sealed_again(void **state)
{
    struct fixture *f = *state;
    struct store_entry entry;
    accept_range(f, 1, 20);
    struct store_batch before = seal(f, 1, 1, 10), after = seal(f, 4294967297, 1, 10);
    assert_true(hash32_equal(&before.root, &after.root));
    assert_ok(find(f, 3, &entry), f->e);
    assert_int_equal(entry.k, 4294967297);
    check_batch(f, &after);
}

static void a_tree_is_built_again_smaller(void **state)
{
    struct fixture *f = *state;
    struct store_stats st;
    struct store_read r;
    struct hash32 root;
    accept_range(f, 1, 9000);
    assert_ok(store_tree_build(f->store, 1, 9000, &root, &f->e), f->e);
    struct store_batch b = seal(f, 1, 1, 3000), c = seal(f, 2, 3001, 6000);
    check_batch(f, &b);
    check_batch(f, &c);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_stats(&r, &st, &f->e), f->e);
    assert_in_range(st.tree_bytes, 9000 * 64, 9000 * 75); /* nothing is left of the first one */
    store_read_end(&r);
}

static void cancelled_work_stops(void **state)
{
    struct fixture *f = *state;
    struct hash32 root;
    accept_range(f, 1, 100);
    store_cancel(f->store);
    assert_err(store_tree_build(f->store, 1, 100, &root, &f->e), ERR_CANCELLED);
    assert_err(store_index_step(f->store, &f->e), ERR_CANCELLED);
}

/* ------------------------------------------------------------------ small values, anchors */

static void identity_is_set_once(void **state)
{
    struct fixture *f = *state;
    uint8_t genesis[SEAL_GENESIS_LEN], out[SEAL_GENESIS_LEN];
    char name[SEAL_NAME_MAX + 1];
    struct store_write *w;
    struct store_read r;
    memset(genesis, 7, sizeof genesis);
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_err(store_identity(store_write_view(w), out, name, &f->e), ERR_NOT_FOUND);
    assert_err(store_identity_put(w, genesis, "Not A Name", &f->e), ERR_INVALID);
    assert_ok(store_identity_put(w, genesis, "certif.example.fr", &f->e), f->e);
    assert_ok(store_identity_put(w, genesis, "certif.example.fr", &f->e), f->e);
    assert_err(store_identity_put(w, genesis, "other.example.fr", &f->e), ERR_CONFLICT);
    assert_ok(store_write_commit(w, &f->e), f->e);
    reopen(f);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_identity(&r, out, name, &f->e), f->e);
    assert_memory_equal(out, genesis, sizeof out);
    assert_string_equal(name, "certif.example.fr");
    store_read_end(&r);
}

static void small_values(void **state)
{
    struct fixture *f = *state;
    struct store_write *w;
    struct slice v;
    char long_name[STORE_META_NAME_MAX + 2];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_meta_put(w, "schema", "mine", 4, &f->e), f->e); /* not the store's own */
    assert_ok(store_meta_put(w, "empty", NULL, 0, &f->e), f->e);
    assert_err(store_meta_put(w, "", "x", 1, &f->e), ERR_INVALID);
    assert_err(store_meta_put(w, long_name, "x", 1, &f->e), ERR_INVALID);
    assert_err(store_meta_put(w, "big", "x", STORE_MAX_BLOB + 1, &f->e), ERR_LIMIT);
    assert_ok(store_write_commit(w, &f->e), f->e);
    reopen(f);
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_meta(store_write_view(w), "schema", &v, &f->e), f->e);
    assert_int_equal(v.len, 4);
    assert_memory_equal(v.data, "mine", 4);
    assert_ok(store_meta(store_write_view(w), "empty", &v, &f->e), f->e);
    assert_int_equal(v.len, 0);
    assert_ok(store_meta_delete(w, "schema", &f->e), f->e);
    assert_ok(store_meta_delete(w, "schema", &f->e), f->e);
    assert_err(store_meta(store_write_view(w), "schema", &v, &f->e), ERR_NOT_FOUND);
    store_write_abort(w);
}

static void anchors_are_open_until_final(void **state)
{
    struct fixture *f = *state;
    struct store_write *w;
    struct slice v;
    uint64_t k;
    bool final;
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    for (uint64_t i = 1; i <= 3; i++)
        assert_ok(store_anchor_put(w, i, false, "job", 3, &f->e), f->e);
    assert_ok(store_anchor_put(w, 2, true, "done", 4, &f->e), f->e);
    assert_ok(store_write_commit(w, &f->e), f->e);
    reopen(f);
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    const struct store_read *r = store_write_view(w);
    assert_ok(store_anchor_open_after(r, 0, &k, &v, &f->e), f->e);
    assert_int_equal(k, 1);
    assert_memory_equal(v.data, "job", 3);
    assert_ok(store_anchor_open_after(r, 1, &k, &v, &f->e), f->e);
    assert_int_equal(k, 3);
    assert_err(store_anchor_open_after(r, 3, &k, &v, &f->e), ERR_NOT_FOUND);
    assert_ok(store_anchor(r, 2, &v, &final, &f->e), f->e);
    assert_true(final);
    assert_int_equal(v.len, 4);
    assert_err(store_anchor(r, 4, &v, &final, &f->e), ERR_NOT_FOUND);
    assert_ok(store_anchor_put(w, 2, false, "", 0, &f->e), f->e); /* a reorg opens it again */
    assert_ok(store_anchor_open_after(r, 1, &k, &v, &f->e), f->e);
    assert_int_equal(k, 2);
    assert_int_equal(v.len, 0);
    store_write_abort(w);
}

static void attempts_by_number_and_hash(void **state)
{
    struct fixture *f = *state;
    struct hash32 h[3] = {target(1), target(2), target(3)};
    struct store_write *w;
    struct slice v;
    uint32_t number;
    uint64_t k;
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_attempt_put(w, 1, 1, &h[0], "one", 3, &f->e), f->e);
    assert_ok(store_attempt_put(w, 1, 2, &h[1], "two", 3, &f->e), f->e);
    assert_ok(store_attempt_put(w, 2, 1, &h[2], "other", 5, &f->e), f->e);
    assert_ok(store_attempt_put(w, 1, 2, &h[1], "TWO", 3, &f->e), f->e);
    assert_err(store_attempt_put(w, 1, 3, &h[1], "three", 5, &f->e), ERR_CONFLICT);
    const struct store_read *r = store_write_view(w);
    assert_ok(store_attempt_after(r, 1, 0, &number, &v, &f->e), f->e);
    assert_int_equal(number, 1);
    assert_ok(store_attempt_after(r, 1, 1, &number, &v, &f->e), f->e);
    assert_int_equal(number, 2);
    assert_memory_equal(v.data, "TWO", 3);
    assert_err(store_attempt_after(r, 1, 2, &number, &v, &f->e), ERR_NOT_FOUND);
    assert_ok(store_attempt_of_tx(r, &h[2], &k, &number, &f->e), f->e);
    assert_int_equal(k, 2);
    assert_int_equal(number, 1);
    assert_ok(store_attempt(r, 1, 1, &v, &f->e), f->e);
    assert_memory_equal(v.data, "one", 3);
    assert_err(store_attempt(r, 3, 1, &v, &f->e), ERR_NOT_FOUND);
    assert_ok(store_evidence_put(w, 1, "proof", 5, &f->e), f->e);
    assert_ok(store_evidence(r, 1, &v, &f->e), f->e);
    assert_int_equal(v.len, 5);
    assert_err(store_evidence(r, 2, &v, &f->e), ERR_NOT_FOUND);
    store_write_abort(w);
}

/* ------------------------------------------------------------------ forgetting */

static struct store_forgotten forget(struct fixture *f, uint64_t i)
{
    struct hash32 t = target(i);
    struct store_forgotten out;
    struct store_write *w;
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_forget(w, &t, &out, &f->e), f->e);
    assert_err(store_forget(w, &t, &out, &f->e), ERR_GONE);
    assert_ok(store_write_commit(w, &f->e), f->e);
    return out;
}

static void forgotten_keeps_leaf_and_place(void **state)
{
    struct fixture *f = *state;
    struct store_forgotten sealed, open, kept;
    struct store_entry entry, old;
    struct hash32 leaf, root, zero = {0};
    struct store_read r;
    size_t n;
    accept_range(f, 1, 50);
    struct store_batch b = seal(f, 1, 1, 40);
    assert_ok(find(f, 20, &old), f->e);
    sealed = forget(f, 20);
    open = forget(f, 45);
    struct hash32 expected = seal_revoke_id(&old.target, &old.salt);
    assert_true(hash32_equal(&sealed.revoke_id, &expected));
    assert_err(find(f, 20, &entry), ERR_GONE);
    assert_err(find(f, 45, &entry), ERR_GONE);
    reopen(f);
    assert_err(find(f, 20, &entry), ERR_GONE);
    assert_ok(find(f, 21, &entry), f->e);
    seal(f, 2, 41, 10); /* the tree takes the leaf that was kept */
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
    struct fixture *f = *state;
    struct store_entry entry;
    accept_range(f, 1, 3);
    forget(f, 2);
    assert_int_equal(accept_range(f, 1, 3), 1);
    assert_ok(find(f, 2, &entry), f->e);
    assert_int_equal(entry.sequence, 4);
}

static void forgetting_the_last_keeps_its_page(void **state)
{
    struct fixture *f = *state;
    struct hash32 t[2] = {target(11), target(12)};
    struct store_accept a = {.targets = t, .n = 1}, b = {.targets = t + 1, .n = 1};
    struct store_forgotten out;
    struct store_entry entry;
    struct store_write *w;
    accept_range(f, 1, 10);
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_accept(w, &a, &f->e), f->e);
    assert_ok(store_forget(w, &t[0], &out, &f->e), f->e);
    assert_ok(store_accept(w, &b, &f->e), f->e);
    assert_ok(store_write_commit(w, &f->e), f->e);
    assert_err(find(f, 11, &entry), ERR_GONE);
    assert_ok(find(f, 12, &entry), f->e);
    assert_int_equal(entry.sequence, 12);
    assert_ok(find(f, 10, &entry), f->e);
}

/* ------------------------------------------------------------------ opening */

static enum err_code open_again(bool read_only, struct err *e)
{
    struct store_options o = {path, MAP_SIZE, read_only};
    struct store *other = NULL;
    enum err_code rc = store_open(&other, &o, e);
    store_close(other);
    return rc;
}

static void one_writer_at_a_time(void **state)
{
    struct fixture *f = *state;
    struct store_write *w, *v;
    assert_err(open_again(false, &f->e), ERR_BUSY);
    assert_non_null(strstr(f->e.msg, "process"));
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_err(store_write_begin(f->store, &v, &f->e), ERR_BUSY);
    store_write_abort(w);
}

static void a_reader_beside_the_writer(void **state)
{
    struct fixture *f = *state;
    struct fixture reader = {0};
    struct store_entry entry;
    struct store_write *w;
    accept_range(f, 1, 100);
    open_at(&reader, true);
    assert_ok(find(&reader, 50, &entry), reader.e);
    assert_int_equal(entry.sequence, 50);
    assert_err(store_write_begin(reader.store, &w, &reader.e), ERR_DENIED);
    store_close(reader.store);
    store_close(f->store);
    f->store = NULL;
    snprintf(path + strlen(path), sizeof path - strlen(path), "-none");
    assert_err(open_again(true, &f->e), ERR_NOT_FOUND);
}

static void remove_index(void)
{
    char name[160];
    snprintf(name, sizeof name, "%s/index/data.mdb", path);
    assert_int_equal(unlink(name), 0);
}

static void a_lost_index_is_rebuilt(void **state)
{
    struct fixture *f = *state;
    struct store_entry entry;
    accept_range(f, 1, 1000);
    store_close(f->store);
    remove_index();
    open_at(f, false);
    assert_ok(find(f, 777, &entry), f->e);
    assert_int_equal(accept_range(f, 1, 1001), 1);
}

/* Overwrite a few bytes of a file of the store, or cut it. */
static void spoil(const char *file, long offset, const void *bytes, size_t len)
{
    char name[160];
    snprintf(name, sizeof name, "%s/%s", path, file);
    FILE *out = fopen(name, "r+b");
    assert_non_null(out);
    fseek(out, offset, SEEK_SET);
    fwrite(bytes, 1, len, out);
    fclose(out);
}

static void a_damaged_index_is_rebuilt(void **state)
{
    struct fixture *f = *state;
    struct store_entry entry;
    accept_range(f, 1, 1000);
    store_close(f->store);
    spoil("index/data.mdb", 0, "garbage garbage garbage garbage", 32);
    spoil("index/data.mdb", 4096, "garbage garbage garbage garbage", 32);
    open_at(f, false);
    assert_ok(find(f, 777, &entry), f->e);
}

static void not_a_store(void **state)
{
    struct fixture *f = *state;
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
    snprintf(name, sizeof name, "%s/log", path);
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
    struct fixture *f = *state;
    store_close(f->store);
    put_raw("meta", "schema", NEXT, sizeof NEXT);
    assert_err(open_again(false, &f->e), ERR_VERSION);
    assert_err(open_again(true, &f->e), ERR_VERSION);
    put_raw("meta", "schema", THIS, sizeof THIS);
    open_at(f, false);
}

static void another_database_is_refused(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    f->store = NULL;
    put_raw("meta", "schema", NULL, 0);
    assert_err(open_again(false, &f->e), ERR_CORRUPT);
}

static void a_truncated_log_is_seen(void **state)
{
    struct fixture *f = *state;
    char name[160];
    accept_range(f, 1, 20000);
    store_close(f->store);
    f->store = NULL;
    snprintf(name, sizeof name, "%s/log/data.mdb", path);
    assert_int_equal(truncate(name, 65536), 0);
    assert_err(open_again(false, &f->e), ERR_CORRUPT);
}

/* Root may write everywhere, so a child that is nobody tries. */
static void no_permission(void **state)
{
    struct fixture *f = *state;
    int status;
    assert_int_equal(chmod(path, 0500), 0);
    snprintf(path + strlen(path), sizeof path - strlen(path), "/below");
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
    struct fixture *f = *state;
    struct store_entry entry;
    struct store_stats st;
    struct store_read r;
    assert_int_equal(accept_range(f, 1, MANY), MANY);
    assert_true(store_index_due(f->store));
    assert_false(store_index_behind(f->store));
#ifdef HALLMARK_FAULTS
    dbenv_fault_rc = MDB_MAP_FULL;
    dbenv_fault_at = 100; /* in the middle of writing the run */
    while (dbenv_fault_at > 0 && store_index_step(f->store, &f->e) == ERR_OK)
        continue;
    assert_int_equal(dbenv_fault_at, 0);
    assert_ok(find(f, 12345, &entry), f->e);
    assert_int_equal(accept_range(f, 1, 1000), 0);
#endif
    while (store_index_due(f->store))
        assert_ok(store_index_step(f->store, &f->e), f->e);
    for (unsigned again = 0; again < 2; again++) {
        for (uint64_t i = 1; i <= MANY; i += 1009) {
            assert_ok(find(f, i, &entry), f->e);
            assert_int_equal(entry.sequence, i);
        }
        assert_err(find(f, MANY + 1, &entry), ERR_NOT_FOUND);
        reopen(f);
    }
    assert_int_equal(accept_range(f, 1, MANY), 0);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_stats(&r, &st, &f->e), f->e);
    assert_int_equal(st.runs, 1);
    assert_int_equal(st.unindexed, 30000);
    assert_in_range(st.index_bytes, (1 << 19) * 13, (1 << 19) * 15);
    store_read_end(&r);
    forget(f, 77);
    store_close(f->store);
    remove_index();
    open_at(f, false); /* all runs are written again, the forgotten one among them */
    assert_err(find(f, 77, &entry), ERR_GONE);
    assert_ok(find(f, 78, &entry), f->e);
    store_close(f->store);
    struct store_options o = {path, MAP_SIZE, false};
    assert_ok(store_compact(&o, &f->e), f->e); /* takes it out of the index too */
    open_at(f, false);
    assert_err(find(f, 77, &entry), ERR_NOT_FOUND);
    assert_ok(find(f, 78, &entry), f->e);
}

/* ------------------------------------------------------------------ copying, compacting */

static void a_copy_is_a_store(void **state)
{
    struct fixture *f = *state;
    struct store_entry entry;
    char copy[128];
    accept_range(f, 1, 5000);
    struct store_batch b = seal(f, 1, 1, 4000);
    snprintf(copy, sizeof copy, "%s/copy-%u", memfolder(), n_folders);
    assert_ok(store_copy(f->store, copy, &f->e), f->e);
    assert_err(store_copy(f->store, copy, &f->e), ERR_EXISTS);
    accept_range(f, 5001, 10); /* the copied store goes on */
    store_close(f->store);
    memcpy(path, copy, sizeof path);
    open_at(f, true); /* a backup has no index: small ones are found all the same */
    assert_ok(find(f, 4321, &entry), f->e);
    assert_err(find(f, 5001, &entry), ERR_NOT_FOUND);
    check_batch(f, &b);
    reopen(f);
    check_batch(f, &b);
    assert_int_equal(accept_range(f, 4999, 3), 1);
}

/* Whether a file of the store holds these bytes anywhere, free pages included. */
static bool file_holds(const char *file, const void *bytes, size_t len)
{
    char name[160];
    size_t size;
    snprintf(name, sizeof name, "%s/%s", path, file);
    char *all = harness_read(name, &size);
    bool found = memmem(all, size, bytes, len) != NULL;
    free(all);
    return found;
}

static void compaction_leaves_no_trace(void **state)
{
    static const char *const FILES[] = {"log/data.mdb", "tree/data.mdb", "index/data.mdb"};
    struct store_options o = {path, MAP_SIZE, false};
    struct fixture *f = *state;
    struct store_entry entry, old;
    struct store_forgotten kept;
    struct store_read r;
    accept_range(f, 1, 3000);
    struct store_batch b = seal(f, 1, 1, 2000);
    assert_ok(find(f, 1234, &old), f->e);
    forget(f, 1234);
    assert_true(file_holds(FILES[0], old.salt.b, sizeof old.salt.b)); /* on a free page */
    assert_err(store_compact(&o, &f->e), ERR_BUSY);
    store_close(f->store);
    f->store = NULL;
    assert_ok(store_compact(&o, &f->e), f->e);
    open_at(f, false);
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        assert_false(file_holds(FILES[i], old.target.b, sizeof old.target.b));
        assert_false(file_holds(FILES[i], old.salt.b, sizeof old.salt.b));
    }
    assert_err(find(f, 1234, &entry), ERR_NOT_FOUND);
    assert_ok(find(f, 1235, &entry), f->e);
    assert_int_equal(entry.leaf_index, 1234);
    check_unforgotten(f, &b, 1234);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_forgotten(&r, 1234, &kept, &f->e), f->e);
    store_read_end(&r);
    accept_range(f, 3001, 10);
    reopen(f);
    store_close(f->store);
    f->store = NULL;
    assert_ok(store_compact(&o, &f->e), f->e); /* again */
    open_at(f, false);
    assert_ok(find(f, 3010, &entry), f->e);
}

static void statistics(void **state)
{
    struct fixture *f = *state;
    struct store_stats st;
    struct store_read r;
    accept_range(f, 1, 10000);
    seal(f, 1, 1, 9000);
    forget(f, 5);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_stats(&r, &st, &f->e), f->e);
    assert_int_equal(st.targets, 10000);
    assert_int_equal(st.sealed, 9000);
    assert_int_equal(st.forgotten, 1);
    assert_int_equal(st.batches, 1);
    assert_int_equal(st.unindexed, 10000);
    assert_int_equal(st.map_size, MAP_SIZE);
    assert_in_range(st.log_bytes, 10000 * 54, 10000 * 70);
    assert_in_range(st.tree_bytes, 9000 * 64, 9000 * 75);
    store_read_end(&r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(accepted_is_found),
        TEST(accepted_survives_reopening),
        TEST(one_at_a_time_fills_pages),
        TEST(salts_differ),
        TEST(duplicates_get_the_first_place),
        TEST(rules_of_their_own),
        TEST(aborted_is_forgotten_at_once),
        TEST(aborting_leaves_room),
        TEST(a_view_sees_what_is_written),
        TEST(pending_counts),
        TEST(pending_of_nothing),
        TEST(sealed_batches_of_all_sizes),
        TEST(leaves_in_parts),
        TEST(a_batch_is_read_back),
        TEST(a_batch_is_marked),
        TEST(contradicting_batches_are_refused),
        TEST(a_range_is_sealed_again),
        TEST(a_tree_is_built_again_smaller),
        TEST(cancelled_work_stops),
        TEST(identity_is_set_once),
        TEST(small_values),
        TEST(anchors_are_open_until_final),
        TEST(attempts_by_number_and_hash),
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
