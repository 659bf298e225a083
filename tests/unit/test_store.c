/* The store by its contract: accept, find, seal, read back. */
#include <stdio.h>
#include <stdlib.h>

#include "common/merkle.h"
#include "tests/harness.h"
#include "tests/storecase.h"

/* ------------------------------------------------------------------ accepting and finding */

static void accepted_is_found(void **state)
{
    struct storecase *f = *state;
    struct store_entry entry;
    assert_int_equal(storecase_accept(f, 1, 100), 100);
    for (uint64_t i = 1; i <= 100; i++) {
        struct hash32 t = storecase_target(i);
        assert_ok(storecase_find(f, i, &entry), f->e);
        assert_int_equal(entry.sequence, i);
        assert_true(hash32_equal(&entry.target, &t));
        assert_int_equal(entry.rule, STORE_RULE_BYTES);
        assert_int_equal(entry.accepted_at, 1001);
        assert_int_equal(entry.k, 0);
    }
    assert_err(storecase_find(f, 101, &entry), ERR_NOT_FOUND);
}

static void accepted_survives_reopening(void **state)
{
    struct storecase *f = *state;
    struct store_entry before, after;
    storecase_accept(f, 1, 1000);
    assert_ok(storecase_find(f, 500, &before), f->e);
    storecase_reopen(f);
    assert_ok(storecase_find(f, 500, &after), f->e);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(storecase_accept(f, 900, 200), 99);
    assert_ok(storecase_find(f, 1099, &after), f->e);
    assert_int_equal(after.sequence, 1099);
}

static void one_at_a_time_fills_pages(void **state)
{
    struct storecase *f = *state;
    struct store_entry entry;
    for (uint64_t i = 1; i <= 120; i++)
        assert_int_equal(storecase_accept(f, i, 1), 1);
    for (uint64_t i = 1; i <= 120; i++) {
        assert_ok(storecase_find(f, i, &entry), f->e);
        assert_int_equal(entry.sequence, i);
        assert_int_equal(entry.accepted_at, 1000 + i);
    }
}

static void salts_differ(void **state)
{
    struct storecase *f = *state;
    struct store_entry x, y;
    storecase_accept(f, 1, 600);
    for (uint64_t i = 1; i < 600; i++) {
        assert_ok(storecase_find(f, i, &x), f->e);
        assert_ok(storecase_find(f, i + 1, &y), f->e);
        assert_memory_not_equal(x.salt.b, y.salt.b, sizeof x.salt.b);
    }
}

static void duplicates_get_the_first_place(void **state)
{
    struct storecase *f = *state;
    struct hash32 t[4] = {storecase_target(1), storecase_target(2), storecase_target(1), storecase_target(3)};
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
    assert_int_equal(storecase_accept(f, 1, 3), 0);
}

static void rules_of_their_own(void **state)
{
    struct storecase *f = *state;
    struct hash32 t[3] = {storecase_target(1), storecase_target(2), storecase_target(3)};
    const uint8_t rules[3] = {STORE_RULE_RDFC, STORE_RULE_UNKNOWN, STORE_RULE_BYTES};
    struct store_accept a = {.targets = t, .n = 3, .rules = rules};
    struct store_entry entry;
    struct store_write *w;
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_accept(w, &a, &f->e), f->e);
    assert_ok(store_write_commit(w, &f->e), f->e);
    for (uint64_t i = 0; i < 3; i++) {
        assert_ok(storecase_find(f, i + 1, &entry), f->e);
        assert_int_equal(entry.rule, rules[i]);
    }
}

static void aborted_is_forgotten_at_once(void **state)
{
    struct storecase *f = *state;
    struct hash32 *t = storecase_targets(1, 5000);
    struct store_accept a = {.targets = t, .n = 5000};
    struct store_entry entry;
    struct store_write *w;
    storecase_accept(f, 100000, 10);
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_accept(w, &a, &f->e), f->e);
    assert_int_equal(a.ret_accepted, 5000);
    store_write_abort(w);
    free(t);
    assert_err(storecase_find(f, 1, &entry), ERR_NOT_FOUND);
    assert_int_equal(storecase_accept(f, 1, 10), 10);
    assert_ok(storecase_find(f, 1, &entry), f->e);
    assert_int_equal(entry.sequence, 11);
}

/* What an aborted transaction put into memory is taken out again: else the table would be full by now. */
static void aborting_leaves_room(void **state)
{
    struct storecase *f = *state;
    struct hash32 *t = storecase_targets(1, 100000);
    struct store_write *w;
    for (unsigned i = 0; i < 12; i++) {
        struct store_accept a = {.targets = t, .n = 100000};
        assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
        assert_ok(store_accept(w, &a, &f->e), f->e);
        assert_int_equal(a.ret_accepted, 100000);
        store_write_abort(w);
    }
    free(t);
    assert_int_equal(storecase_accept(f, 1, 1000), 1000);
}

static void a_view_sees_what_is_written(void **state)
{
    struct storecase *f = *state;
    struct hash32 t = storecase_target(7);
    struct store_accept a = {.targets = &t, .n = 1};
    struct store_entry entry;
    struct store_write *w;
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_accept(w, &a, &f->e), f->e);
    assert_ok(store_find(store_write_view(w), &t, &entry, &f->e), f->e);
    assert_err(storecase_find(f, 7, &entry), ERR_NOT_FOUND); /* not for others before the commit */
    assert_ok(store_write_commit(w, &f->e), f->e);
    assert_ok(storecase_find(f, 7, &entry), f->e);
}

static void pending_counts(void **state)
{
    struct storecase *f = *state;
    struct store_pending p;
    struct store_read r;
    storecase_accept(f, 1, 10);
    storecase_accept(f, 11, 5);
    storecase_seal(f, 1, 1, 12);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_pending(&r, &p, &f->e), f->e);
    assert_int_equal(p.first, 13);
    assert_int_equal(p.count, 3);
    assert_int_equal(p.oldest_at, 1011);
    store_read_end(&r);
}

static void pending_of_nothing(void **state)
{
    struct storecase *f = *state;
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

static void sealed_batches_of_all_sizes(void **state)
{
    static const uint64_t SIZES[] = {1, 2, 3, 1023, 1024, 1025, 2047, 2048, 5000};
    struct storecase *f = *state;
    struct store_batch b[sizeof SIZES / sizeof SIZES[0]];
    uint64_t first = 1;
    for (uint64_t k = 0; k < sizeof SIZES / sizeof SIZES[0]; k++) {
        storecase_accept(f, first, SIZES[k]);
        b[k] = storecase_seal(f, k + 1, first, SIZES[k]);
        first += SIZES[k];
    }
    storecase_reopen(f);
    for (uint64_t k = 0; k < sizeof SIZES / sizeof SIZES[0]; k++)
        storecase_check(f, &b[k]);
}

static void leaves_in_parts(void **state)
{
    struct storecase *f = *state;
    struct hash32 all[3000], part[700];
    struct store_read r;
    size_t n;
    storecase_accept(f, 1, 3000);
    storecase_seal(f, 1, 1, 3000);
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
    struct storecase *f = *state;
    struct store_batch in, out;
    struct store_write *w;
    struct store_read r;
    struct slice annex;
    uint64_t k;
    storecase_accept(f, 1, 4);
    in = storecase_seal(f, 1, 1, 4);
    struct store_batch empty = storecase_batch(9, 5, 0, (struct hash32){0}); /* k may have holes */
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
    struct storecase *f = *state;
    struct store_batch b;
    struct store_write *w;
    struct store_read r;
    storecase_accept(f, 1, 4);
    storecase_seal(f, 1, 1, 4);
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

static enum err_code try_put(struct storecase *f, struct store_batch b)
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
    struct storecase *f = *state;
    struct hash32 root, other = storecase_target(5);
    storecase_accept(f, 1, 20);
    storecase_seal(f, 5, 1, 10);
    assert_ok(store_tree_build(f->store, 11, 5, &root, &f->e), f->e);
    assert_err(try_put(f, storecase_batch(5, 11, 5, root)), ERR_CONFLICT);   /* the number is taken */
    assert_err(try_put(f, storecase_batch(4, 11, 5, root)), ERR_CONFLICT);   /* going back */
    assert_err(try_put(f, storecase_batch(6, 12, 5, root)), ERR_CONFLICT);   /* a hole */
    assert_err(try_put(f, storecase_batch(6, 2, 5, root)), ERR_CONFLICT);    /* sealed, and not as it was */
    assert_err(try_put(f, storecase_batch(6, 11, 11, root)), ERR_CONFLICT);  /* more than are accepted */
    assert_err(try_put(f, storecase_batch(6, 11, 6, root)), ERR_NOT_FOUND);  /* no such tree */
    assert_err(try_put(f, storecase_batch(6, 11, 5, other)), ERR_CONFLICT);  /* not its root */
    assert_err(store_tree_build(f->store, 11, 11, &root, &f->e), ERR_INVALID);
    assert_err(store_tree_build(f->store, 11, 0, &root, &f->e), ERR_INVALID);
    assert_err(store_tree_build(f->store, 0, 1, &root, &f->e), ERR_INVALID);
    storecase_seal(f, 6, 11, 5);
}

static void a_range_is_sealed_again(void **state)
{
    struct storecase *f = *state;
    struct store_entry entry;
    storecase_accept(f, 1, 20);
    struct store_batch before = storecase_seal(f, 1, 1, 10), after = storecase_seal(f, 4294967297, 1, 10);
    assert_true(hash32_equal(&before.root, &after.root));
    assert_ok(storecase_find(f, 3, &entry), f->e);
    assert_int_equal(entry.k, 4294967297);
    storecase_check(f, &after);
}

static void a_tree_is_built_again_smaller(void **state)
{
    struct storecase *f = *state;
    struct store_stats st;
    struct store_read r;
    struct hash32 root;
    storecase_accept(f, 1, 9000);
    assert_ok(store_tree_build(f->store, 1, 9000, &root, &f->e), f->e);
    struct store_batch b = storecase_seal(f, 1, 1, 3000), c = storecase_seal(f, 2, 3001, 6000);
    storecase_check(f, &b);
    storecase_check(f, &c);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_stats(&r, &st, &f->e), f->e);
    assert_in_range(st.tree_bytes, 9000 * 64, 9000 * 75); /* nothing is left of the first one */
    store_read_end(&r);
}

static void cancelled_work_stops(void **state)
{
    struct storecase *f = *state;
    struct hash32 root;
    storecase_accept(f, 1, 100);
    store_cancel(f->store);
    assert_err(store_tree_build(f->store, 1, 100, &root, &f->e), ERR_CANCELLED);
    assert_err(store_index_step(f->store, &f->e), ERR_CANCELLED);
}

/* ------------------------------------------------------------------ small values, anchors */

static void identity_is_set_once(void **state)
{
    struct storecase *f = *state;
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
    storecase_reopen(f);
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    assert_ok(store_identity(&r, out, name, &f->e), f->e);
    assert_memory_equal(out, genesis, sizeof out);
    assert_string_equal(name, "certif.example.fr");
    store_read_end(&r);
}

static void small_values(void **state)
{
    struct storecase *f = *state;
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
    storecase_reopen(f);
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
    struct storecase *f = *state;
    struct store_write *w;
    struct slice v;
    uint64_t k;
    bool final;
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    for (uint64_t i = 1; i <= 3; i++)
        assert_ok(store_anchor_put(w, i, false, "job", 3, &f->e), f->e);
    assert_ok(store_anchor_put(w, 2, true, "done", 4, &f->e), f->e);
    assert_ok(store_write_commit(w, &f->e), f->e);
    storecase_reopen(f);
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
    struct storecase *f = *state;
    struct hash32 h[3] = {storecase_target(1), storecase_target(2), storecase_target(3)};
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, storecase_set_up, storecase_tear_down)

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
