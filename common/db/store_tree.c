/* Building the tree of a batch from the log: see store_tree_build() in store.h. */
#include <stdlib.h>

#include "common/db/store.h"
#include "common/db/store_tree.h"
#include "common/db/storebase.h"
#include "common/sha256.h"

#define BLOCK STORE_TREE_BLOCK /* what nodes_build() asks for at a time */

struct source {
    struct store *store;
    uint64_t first;
    uint8_t records[BLOCK * PAGES_RECORD];
};

/* Copy records together, so that all lanes of the hash are used. */
static enum err_code read_records(struct source *src, MDB_txn *txn, uint64_t first, size_t n, struct err *e)
{
    uint8_t *to = src->records;
    while (n > 0) {
        const uint8_t *records;
        size_t got;
        enum err_code rc = pages_get(txn, src->store->page, first, &records, &got, e);
        if (rc == ERR_NOT_FOUND)
            rc = err_set(e, ERR_CORRUPT, "record %llu is missing", (unsigned long long)first);
        if (rc != ERR_OK)
            return rc;
        got = got < n ? got : n;
        memcpy(to, records, got * PAGES_RECORD);
        to += got * PAGES_RECORD;
        first += got;
        n -= got;
    }
    return ERR_OK;
}

/* Forgotten targets have kept their leaf. */
static enum err_code restore_forgotten(struct source *src, MDB_txn *txn, uint64_t first, size_t n,
                                       struct hash32 *leaves, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t sequence = first + i;
        struct slice kept;
        if ((src->records[i * PAGES_RECORD + PAGES_RECORD - 1] & PAGES_FORGOTTEN) == 0)
            continue;
        enum err_code rc = dbtxn_get(txn, src->store->forgot, dbtxn_u64(&sequence), &kept, e);
        if (rc == ERR_NOT_FOUND || (rc == ERR_OK && kept.len != STOREBASE_FORGOT_LEN))
            rc = err_set(e, ERR_CORRUPT, "the leaf of a forgotten record is missing");
        if (rc != ERR_OK)
            return rc;
        memcpy(leaves[i].b, kept.data, sizeof leaves[i].b);
    }
    return ERR_OK;
}

static enum err_code read_leaves(struct source *src, uint64_t first, size_t n, struct hash32 *ret, struct err *e)
{
    MDB_txn *txn;
    if (atomic_load(&src->store->cancelled))
        return err_set(e, ERR_CANCELLED, "the store is closing");
    enum err_code rc = dbenv_read_begin(&src->store->log, &txn, e);
    if (rc != ERR_OK)
        return rc;
    rc = read_records(src, txn, first, n, e);
    if (rc == ERR_OK) {
        sha256_leaves(ret, src->records, PAGES_RECORD, n);
        rc = restore_forgotten(src, txn, first, n, ret, e);
    }
    dbenv_read_end(&src->store->log, txn);
    return rc;
}

static enum err_code on_leaves(void *ctx, uint64_t offset, size_t n, struct hash32 *ret, struct err *e)
{
    struct source *src = ctx;
    return read_leaves(src, src->first + offset, n, ret, e);
}

enum err_code store_tree_leaves(struct store *s, uint64_t first, size_t n, struct hash32 *ret, struct err *e)
{
    struct source *src = malloc(sizeof *src);
    if (src == NULL)
        return err_set(e, ERR_NOMEM, "no memory to read leaves");
    src->store = s;
    src->first = first;
    enum err_code rc = read_leaves(src, first, n, ret, e);
    explicit_bzero(src->records, sizeof src->records);
    free(src);
    return rc;
}

enum err_code store_tree_build(struct store *s, uint64_t first, uint64_t n, struct hash32 *ret_root,
                               struct err *e)
{
    uint64_t last = atomic_load(&s->last);
    if (s->read_only)
        return err_set(e, ERR_DENIED, "the store is open for reading only");
    if (n == 0 || first == 0 || first > last || n > last - first + 1)
        return err_set(e, ERR_INVALID, "no tree over %llu targets from %llu: only %llu are accepted",
                       (unsigned long long)n, (unsigned long long)first, (unsigned long long)last);
    struct source *src = malloc(sizeof *src);
    if (src == NULL)
        return err_set(e, ERR_NOMEM, "no memory to build a tree");
    src->store = s;
    src->first = first;
    enum err_code rc = nodes_build(&s->tree, first, n, on_leaves, src, ret_root, e);
    explicit_bzero(src->records, sizeof src->records);
    free(src);
    if (rc != ERR_OK)
        err_wrap(e, "build tree");
    return rc;
}
