/* A store in a folder of its own: see storecase.h. */
#include "tests/storecase.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/merkle.h"
#include "common/sha256.h"
#include "tests/harness.h"
#include "tests/memfolder.h"

char storecase_path[128];
static unsigned n_folders;

void storecase_open(struct storecase *f, bool read_only)
{
    struct store_options o = {storecase_path, STORECASE_MAP_SIZE, read_only};
    assert_ok(store_open(&f->store, &o, &f->e), f->e);
}

int storecase_set_up(void **state)
{
    struct storecase *f = calloc(1, sizeof *f);
    snprintf(storecase_path, sizeof storecase_path, "%s/store-%u", memfolder(), n_folders++);
    storecase_open(f, false);
    *state = f;
    return 0;
}

int storecase_tear_down(void **state)
{
    struct storecase *f = *state;
    store_close(f->store);
    free(f);
    return 0;
}

void storecase_reopen(struct storecase *f)
{
    store_close(f->store);
    storecase_open(f, false);
}

struct hash32 storecase_target(uint64_t i)
{
    return sha256(&i, sizeof i);
}

struct hash32 *storecase_targets(uint64_t from, size_t n)
{
    struct hash32 *t = malloc(n * sizeof *t);
    for (size_t i = 0; i < n; i++)
        t[i] = storecase_target(from + i);
    return t;
}

uint64_t storecase_accept(struct storecase *f, uint64_t from, size_t n)
{
    struct hash32 *t = storecase_targets(from, n);
    struct store_accept a = {.targets = t, .n = n, .rule = STORE_RULE_BYTES, .accepted_at = 1000 + from};
    struct store_write *w;
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_accept(w, &a, &f->e), f->e);
    assert_ok(store_write_commit(w, &f->e), f->e);
    assert_int_equal(a.ret_accepted + a.ret_duplicates, n);
    free(t);
    return a.ret_accepted;
}

enum err_code storecase_find(struct storecase *f, uint64_t i, struct store_entry *ret)
{
    struct hash32 t = storecase_target(i);
    struct store_read r;
    assert_ok(store_read_begin(f->store, &r, &f->e), f->e);
    enum err_code rc = store_find(&r, &t, ret, &f->e);
    store_read_end(&r);
    return rc;
}

struct store_batch storecase_batch(uint64_t k, uint64_t first, uint64_t n, struct hash32 root)
{
    struct store_batch b = {.k = k, .first = first, .leaf_count = n, .root = root, .status = STORE_SEALED};
    b.sealed_at = 5000 + k;
    b.seal = storecase_target(k * 3 + 1000000);
    b.anchored = storecase_target(k * 3 + 1000001);
    memset(b.header, (int)k, sizeof b.header);
    return b;
}

struct store_batch storecase_seal(struct storecase *f, uint64_t k, uint64_t first, uint64_t n)
{
    struct store_write *w;
    struct hash32 root = {0};
    if (n > 0)
        assert_ok(store_tree_build(f->store, first, n, &root, &f->e), f->e);
    struct store_batch b = storecase_batch(k, first, n, root);
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_batch_put(w, &b, NULL, &f->e), f->e);
    assert_ok(store_write_commit(w, &f->e), f->e);
    return b;
}

void storecase_check_but(struct storecase *f, const struct store_batch *b, uint64_t forgotten)
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

void storecase_check(struct storecase *f, const struct store_batch *b)
{
    storecase_check_but(f, b, 0);
}

struct store_forgotten storecase_forget(struct storecase *f, uint64_t i)
{
    struct hash32 t = storecase_target(i);
    struct store_forgotten out;
    struct store_write *w;
    assert_ok(store_write_begin(f->store, &w, &f->e), f->e);
    assert_ok(store_forget(w, &t, &out, &f->e), f->e);
    assert_err(store_forget(w, &t, &out, &f->e), ERR_GONE);
    assert_ok(store_write_commit(w, &f->e), f->e);
    return out;
}

bool storecase_file_holds(const char *folder, const char *file, const void *bytes, size_t len)
{
    char name[160];
    size_t size;
    snprintf(name, sizeof name, "%s/%s", folder, file);
    char *all = harness_read(name, &size);
    bool found = memmem(all, size, bytes, len) != NULL;
    free(all);
    return found;
}
