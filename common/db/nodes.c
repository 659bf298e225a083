/* Trees on disk: see nodes.h. */
#include "common/db/nodes.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_BITS 24
#define CHUNKS_PER_COMMIT 16 /* 1 MiB: a flush of few milliseconds, so the log's never waits long for the disk */
#define BLOCK 2048           /* nodes hashed at a time; even, so that a pair never falls apart */

static uint64_t chunk_key(uint64_t first, uint64_t chunk)
{
    return first << CHUNK_BITS | chunk;
}

enum err_code nodes_open(struct nodes *s, const struct dbenv_options *options, struct err *e)
{
    MDB_txn *txn = NULL;
    unsigned create = options->read_only ? 0 : MDB_CREATE;
    enum err_code rc = dbenv_open(&s->env, options, e);
    if (rc != ERR_OK)
        return rc;
    rc = dbenv_error(e, DBENV_CALL(mdb_txn_begin(s->env.env, NULL, options->read_only ? MDB_RDONLY : 0,
                                                 &txn)), options->name);
    if (rc == ERR_OK)
        rc = dbenv_table(txn, "node", create | MDB_INTEGERKEY, &s->node, e);
    if (rc == ERR_OK)
        rc = dbenv_table(txn, "tree", create | MDB_INTEGERKEY, &s->tree, e);
    if (rc == ERR_OK)
        rc = dbenv_error(e, mdb_txn_commit(txn), options->name);
    else
        mdb_txn_abort(txn);
    if (rc != ERR_OK)
        nodes_close(s);
    return rc;
}

void nodes_close(struct nodes *s)
{
    dbenv_close(&s->env);
}

/* ------------------------------------------------------------------ building */

struct builder {
    struct nodes *s;
    struct dbtxn t;
    uint64_t first;
    uint64_t count;                        /* nodes appended so far */
    unsigned chunks;                       /* put since the last commit */
    struct hash32 chunk[NODES_PER_CHUNK];  /* the one being filled */
    struct hash32 block[BLOCK];
};

static bool put_chunk(struct builder *b)
{
    uint64_t key = chunk_key(b->first, (b->count - 1) / NODES_PER_CHUNK);
    size_t n = (size_t)((b->count - 1) % NODES_PER_CHUNK) + 1;
    b->chunks++;
    return dbtxn_put(&b->t, b->s->node, dbtxn_u64(&key),
                     (struct slice){b->chunk[0].b, n * sizeof(struct hash32)}, 0);
}

static void append(struct builder *b, const struct hash32 *nodes, size_t n)
{
    while (n > 0) {
        size_t at = (size_t)(b->count % NODES_PER_CHUNK);
        size_t part = n < NODES_PER_CHUNK - at ? n : NODES_PER_CHUNK - at;
        memcpy(&b->chunk[at], nodes, part * sizeof *nodes);
        b->count += part;
        nodes += part;
        n -= part;
        if (b->count % NODES_PER_CHUNK == 0)
            put_chunk(b);
    }
}

static enum err_code commit_if_large(struct builder *b, struct err *e)
{
    if (b->chunks < CHUNKS_PER_COMMIT)
        return ERR_OK;
    b->chunks = 0;
    enum err_code rc = dbtxn_commit(&b->t, e);
    return rc != ERR_OK ? rc : dbtxn_begin(&b->t, &b->s->env, e);
}

/* Reads nodes of one tree's flat array. It keeps the chunk it read last: the upper levels share one. */
struct reader {
    MDB_txn *txn;
    MDB_dbi table;
    uint64_t first;
    uint64_t held;       /* number of the chunk in value, plus one; 0: none */
    struct slice value;
};

static enum err_code hold(struct reader *r, uint64_t chunk, struct err *e)
{
    uint64_t key = chunk_key(r->first, chunk);
    if (r->held == chunk + 1)
        return ERR_OK;
    enum err_code rc = dbtxn_get(r->txn, r->table, dbtxn_u64(&key), &r->value, e);
    if (rc == ERR_NOT_FOUND)
        return err_set(e, ERR_CORRUPT, "tree %llu: nodes are missing", (unsigned long long)r->first);
    r->held = rc == ERR_OK ? chunk + 1 : 0;
    return rc;
}

static enum err_code read_nodes(struct reader *r, uint64_t from, size_t n, struct hash32 *ret, struct err *e)
{
    while (n > 0) {
        size_t at = (size_t)(from % NODES_PER_CHUNK);
        size_t part = n < NODES_PER_CHUNK - at ? n : NODES_PER_CHUNK - at;
        enum err_code rc = hold(r, from / NODES_PER_CHUNK, e);
        if (rc == ERR_OK && r->value.len < (at + part) * sizeof *ret)
            rc = err_set(e, ERR_CORRUPT, "tree %llu: nodes are missing", (unsigned long long)r->first);
        if (rc != ERR_OK)
            return rc;
        memcpy(ret, r->value.data + at * sizeof *ret, part * sizeof *ret);
        ret += part;
        from += part;
        n -= part;
    }
    return ERR_OK;
}

/* Nodes appended before: in put chunks, and at the end in the one being filled. */
static enum err_code read_back(struct builder *b, uint64_t from, size_t n, struct hash32 *ret, struct err *e)
{
    uint64_t put = b->count - b->count % NODES_PER_CHUNK;
    size_t stored = from >= put ? 0 : put - from < n ? (size_t)(put - from) : n;
    enum err_code rc = ERR_OK;
    if (b->t.status != ERR_OK)
        return err_set(e, b->t.status, "%s", b->t.err.msg);
    struct reader r = {b->t.txn, b->s->node, b->first, 0, {0}};
    if (stored > 0)
        rc = read_nodes(&r, from, stored, ret, e);
    if (rc == ERR_OK && stored < n)
        memcpy(ret + stored, &b->chunk[from + stored - put], (n - stored) * sizeof *ret);
    return rc;
}

static enum err_code add_leaves(struct builder *b, uint64_t n, nodes_leaves_fn *leaves, void *ctx,
                                struct err *e)
{
    for (uint64_t i = 0; i < n; i += BLOCK) {
        size_t part = n - i < BLOCK ? (size_t)(n - i) : BLOCK;
        enum err_code rc = leaves(ctx, i, part, b->block, e);
        if (rc != ERR_OK)
            return rc;
        append(b, b->block, part);
        rc = commit_if_large(b, e);
        if (rc != ERR_OK)
            return rc;
    }
    return ERR_OK;
}

/* The level above the one whose n nodes begin at `from`. */
static enum err_code add_level(struct builder *b, uint64_t from, uint64_t n, struct err *e)
{
    for (uint64_t i = 0; i < n; i += BLOCK) {
        size_t part = n - i < BLOCK ? (size_t)(n - i) : BLOCK;
        enum err_code rc = read_back(b, from + i, part, b->block, e);
        if (rc != ERR_OK)
            return rc;
        merkle_level_up(b->block, b->block, part);
        append(b, b->block, part / 2 + part % 2);
        rc = commit_if_large(b, e);
        if (rc != ERR_OK)
            return rc;
    }
    return ERR_OK;
}

/* What an earlier, larger, unfinished tree at the same place has left behind our last chunk. */
static void delete_rest(struct builder *b)
{
    uint64_t last = (b->count - 1) / NODES_PER_CHUNK;
    for (uint64_t c = last + 1;; c++) {
        uint64_t key = chunk_key(b->first, c);
        struct slice value;
        if (dbtxn_get(b->t.txn, b->s->node, dbtxn_u64(&key), &value, NULL) != ERR_OK)
            return;
        dbtxn_delete(&b->t, b->s->node, dbtxn_u64(&key));
    }
}

static void put_tree(struct builder *b, uint64_t n)
{
    uint8_t record[8 + 32];
    struct bytes_writer w = bytes_writer(record, sizeof record);
    bytes_put_u64(&w, n);
    bytes_put(&w, b->block[0].b, sizeof b->block[0].b);
    dbtxn_put(&b->t, b->s->tree, dbtxn_u64(&b->first), (struct slice){record, sizeof record}, 0);
}

static enum err_code build(struct builder *b, uint64_t n, nodes_leaves_fn *leaves, void *ctx, struct err *e)
{
    uint64_t from = 0;
    dbtxn_delete(&b->t, b->s->tree, dbtxn_u64(&b->first));
    enum err_code rc = add_leaves(b, n, leaves, ctx, e);
    for (uint64_t size = n; rc == ERR_OK && size > 1; size = size / 2 + size % 2) {
        rc = add_level(b, from, size, e);
        from += size;
    }
    if (rc == ERR_OK && b->count % NODES_PER_CHUNK != 0)
        put_chunk(b);
    if (rc == ERR_OK)
        rc = read_back(b, b->count - 1, 1, b->block, e);
    if (rc != ERR_OK)
        return rc;
    if (b->t.status == ERR_OK)
        delete_rest(b);
    put_tree(b, n);
    return ERR_OK;
}

enum err_code nodes_build(struct nodes *s, uint64_t first, uint64_t n, nodes_leaves_fn *leaves, void *ctx,
                          struct hash32 *ret_root, struct err *e)
{
    struct builder *b = malloc(sizeof *b);
    if (b == NULL)
        return err_set(e, ERR_NOMEM, "no memory to build a tree");
    b->s = s, b->first = first, b->count = 0, b->chunks = 0;
    enum err_code rc = dbtxn_begin(&b->t, &s->env, e);
    if (rc == ERR_OK) {
        rc = build(b, n, leaves, ctx, e);
        if (rc == ERR_OK)
            rc = dbtxn_commit(&b->t, e);
        else if (b->t.txn != NULL)
            dbtxn_abort(&b->t);
    }
    if (rc == ERR_OK)
        *ret_root = b->block[0];
    free(b);
    return rc;
}

/* ------------------------------------------------------------------ reading */

enum err_code nodes_tree(struct nodes *s, uint64_t first, uint64_t n, struct hash32 *ret_root, struct err *e)
{
    MDB_txn *txn;
    struct slice value;
    enum err_code rc = dbenv_read_begin(&s->env, &txn, e);
    if (rc != ERR_OK)
        return rc;
    rc = dbtxn_get(txn, s->tree, dbtxn_u64(&first), &value, e);
    if (rc == ERR_OK) {
        struct bytes_reader r = bytes_reader(value.data, value.len);
        struct hash32 root;
        uint64_t count = bytes_get_u64(&r);
        bytes_get(&r, root.b, sizeof root.b);
        rc = !bytes_done(&r) ? ERR_CORRUPT : count != n ? ERR_NOT_FOUND : ERR_OK;
        if (rc == ERR_OK)
            *ret_root = root;
    }
    dbenv_read_end(&s->env, txn);
    return rc == ERR_OK ? rc : err_set(e, rc, "no tree over %llu targets from %llu", (unsigned long long)n,
                                       (unsigned long long)first);
}

enum err_code nodes_leaves(struct nodes *s, uint64_t first, uint64_t leaf_count, uint64_t offset, size_t n,
                           struct hash32 *ret, struct err *e)
{
    if (offset >= leaf_count || n > leaf_count - offset)
        return err_set(e, ERR_INVALID, "no such leaves");
    return nodes_read(s, first, offset, n, ret, e);
}

enum err_code nodes_read(struct nodes *s, uint64_t first, uint64_t from, size_t n, struct hash32 *ret, struct err *e)
{
    MDB_txn *txn;
    enum err_code rc = dbenv_read_begin(&s->env, &txn, e);
    if (rc != ERR_OK)
        return rc;
    struct reader r = {txn, s->node, first, 0, {0}};
    rc = read_nodes(&r, from, n, ret, e);
    dbenv_read_end(&s->env, txn);
    return rc;
}

enum err_code nodes_path(struct nodes *s, uint64_t first, uint64_t leaf_count, uint64_t index,
                         struct merkle_step ret[MERKLE_MAX_LEVELS], unsigned *ret_n, struct err *e)
{
    uint8_t level[MERKLE_MAX_LEVELS];
    bool left[MERKLE_MAX_LEVELS];
    MDB_txn *txn;
    unsigned n = merkle_path_shape(index, leaf_count, level, left), at = 0;
    uint64_t from = 0, size = leaf_count;
    enum err_code rc = dbenv_read_begin(&s->env, &txn, e);
    if (rc != ERR_OK)
        return rc;
    struct reader r = {txn, s->node, first, 0, {0}};
    for (unsigned i = 0; i < n && rc == ERR_OK; i++) {
        for (; at < level[i]; at++, size = size / 2 + size % 2)
            from += size;
        ret[i].left = left[i];
        rc = read_nodes(&r, from + merkle_sibling(index, at), 1, &ret[i].sibling, e);
    }
    dbenv_read_end(&s->env, txn);
    if (rc == ERR_OK)
        *ret_n = n;
    return rc;
}
