/* The tree of one batch: see store_checkbase.h. */
#include <stdlib.h>

#include "common/db/store.h"
#include "common/db/store_checkbase.h"
#include "common/db/store_tree.h"

#define BLOCK 1024 /* leaves at a time: a whole subtree */
#define BLOCK_LEVEL 10

struct tree {
    struct store_checkbase *c;
    const struct store_batch *batch;
    struct hash32 *nodes, *expected; /* BLOCK each */
};

/* A root from subtrees that come from left to right: bit i of `count` says that top[i] holds a subtree of 2^i leaves. */
struct mountain {
    uint64_t count;
    struct hash32 top[MERKLE_MAX_LEVELS];
};

static struct hash32 node_of(const struct hash32 *left, const struct hash32 *right)
{
    struct hash32 pair[2] = {*left, *right}, node;
    merkle_level_up(&node, pair, 2);
    return node;
}

static void add_subtree(struct mountain *m, struct hash32 node, unsigned level)
{
    for (; (m->count >> level & 1) != 0; level++) {
        node = node_of(&m->top[level], &node);
        m->count &= ~(UINT64_C(1) << level);
    }
    m->top[level] = node;
    m->count |= UINT64_C(1) << level;
}

/* The lone last nodes are promoted until something stands on their left. */
static struct hash32 fold(const struct mountain *m, const struct hash32 *last)
{
    struct hash32 node = {0};
    bool any = last != NULL;
    if (any)
        node = *last;
    for (unsigned level = 0; level < MERKLE_MAX_LEVELS; level++) {
        if ((m->count >> level & 1) == 0)
            continue;
        node = any ? node_of(&m->top[level], &node) : m->top[level];
        any = true;
    }
    return node;
}

/* Returns: false if the nodes are not there; what was found is told. */
static bool read_nodes(struct tree *t, uint64_t from, size_t n)
{
    struct err e;
    if (nodes_read(&t->c->s->tree, t->batch->first, from, n, t->nodes, &e) == ERR_OK)
        return true;
    store_checkbase_found(t->c, STORE_FINDING_TREE_MISSING, 0, t->batch->k);
    return false;
}

static enum err_code check_root(struct tree *t, bool *ret_whole, struct err *e)
{
    struct mountain m = {0};
    uint64_t n = t->batch->leaf_count;
    struct hash32 last;
    *ret_whole = false;
    for (uint64_t i = 0; i < n; i += BLOCK) {
        size_t part = n - i < BLOCK ? (size_t)(n - i) : BLOCK;
        if (atomic_load(&t->c->s->cancelled))
            return err_set(e, ERR_CANCELLED, "the store is closing");
        if (!read_nodes(t, i, part))
            return ERR_OK;
        struct hash32 root = merkle_root_in_place(t->nodes, part);
        if (part == BLOCK)
            add_subtree(&m, root, BLOCK_LEVEL);
        else
            last = root;
    }
    struct hash32 root = fold(&m, n % BLOCK != 0 ? &last : NULL);
    t->c->counts.nodes += n;
    *ret_whole = hash32_equal(&root, &t->batch->root);
    if (!*ret_whole)
        store_checkbase_found(t->c, STORE_FINDING_ROOT_WRONG, 0, t->batch->k);
    return ERR_OK;
}

static bool check_leaves(struct tree *t, struct err *e, enum err_code *ret)
{
    uint64_t n = t->batch->leaf_count;
    for (uint64_t i = 0; i < n; i += BLOCK) {
        size_t part = n - i < BLOCK ? (size_t)(n - i) : BLOCK;
        *ret = store_tree_leaves(t->c->s, t->batch->first + i, part, t->expected, e);
        if (*ret == ERR_CORRUPT) { /* told when the records were checked */
            *ret = ERR_OK;
            return false;
        }
        if (*ret != ERR_OK || !read_nodes(t, i, part))
            return false;
        for (size_t j = 0; j < part; j++)
            if (!hash32_equal(&t->nodes[j], &t->expected[j])) {
                store_checkbase_found(t->c, STORE_FINDING_LEAF_WRONG, t->batch->first + i + j, t->batch->k);
                return false; /* one a batch: the rest is likely to be the same damage */
            }
    }
    return true;
}

/* The level above the one whose `size` nodes begin at `from`. */
static bool check_level(struct tree *t, uint64_t from, uint64_t size)
{
    for (uint64_t i = 0; i < size; i += BLOCK) {
        size_t part = size - i < BLOCK ? (size_t)(size - i) : BLOCK, above = part / 2 + part % 2;
        if (!read_nodes(t, from + i, part))
            return false;
        merkle_level_up(t->expected, t->nodes, part);
        if (!read_nodes(t, from + size + i / 2, above))
            return false;
        t->c->counts.nodes += above;
        if (memcmp(t->nodes, t->expected, above * sizeof *t->nodes) != 0) {
            store_checkbase_found(t->c, STORE_FINDING_NODE_WRONG, 0, t->batch->k);
            return false;
        }
    }
    return true;
}

static enum err_code check_deep(struct tree *t, struct err *e)
{
    enum err_code rc = ERR_OK;
    uint64_t from = 0;
    bool good = check_leaves(t, e, &rc);
    for (uint64_t size = t->batch->leaf_count; good && size > 1; size = size / 2 + size % 2) {
        if (atomic_load(&t->c->s->cancelled))
            return err_set(e, ERR_CANCELLED, "the store is closing");
        good = check_level(t, from, size);
        from += size;
    }
    return rc;
}

enum err_code store_check_tree(struct store_checkbase *c, const struct store_batch *batch, struct err *e)
{
    struct hash32 *memory = malloc(2 * BLOCK * sizeof *memory), root;
    struct tree t = {.c = c, .batch = batch, .nodes = memory, .expected = memory + BLOCK};
    bool whole = false;
    if (memory == NULL)
        return err_set(e, ERR_NOMEM, "out of memory");
    enum err_code rc = nodes_tree(&c->s->tree, batch->first, batch->leaf_count, &root, e);
    if (rc == ERR_NOT_FOUND || rc == ERR_CORRUPT || (rc == ERR_OK && !hash32_equal(&root, &batch->root))) {
        store_checkbase_found(c, rc == ERR_OK ? STORE_FINDING_ROOT_WRONG : STORE_FINDING_TREE_MISSING, 0, batch->k);
        free(memory);
        return ERR_OK;
    }
    if (rc == ERR_OK)
        rc = check_root(&t, &whole, e);
    if (rc == ERR_OK && whole && c->options->deep)
        rc = check_deep(&t, e);
    free(memory);
    return rc;
}
