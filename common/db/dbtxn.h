/* One LMDB write transaction with a sticky error: write the straight story, look once, at commit. And the
 * reading calls, on a transaction of either kind. Used only inside common/db. */
#ifndef COMMON_DB_DBTXN_H
#define COMMON_DB_DBTXN_H

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/db/dbenv.h"
#include "common/err.h"

struct dbtxn {
    struct dbenv *env;
    MDB_txn *txn;         /* NULL: none is open */
    enum err_code status; /* of the first write that failed; every later one is ignored */
    struct err err;
    uint64_t writes;      /* done so far */
};

/** Begin; waits if another process or thread of ours writes. */
enum err_code dbtxn_begin(struct dbtxn *t, struct dbenv *env, struct err *e);
/** Commit, or abort if a write failed. t is closed in both cases. */
enum err_code dbtxn_commit(struct dbtxn *t, struct err *e);
void dbtxn_abort(struct dbtxn *t);

/* Each returns false if it, or one before it, failed. A key that is absent is no error for delete. */
bool dbtxn_put(struct dbtxn *t, MDB_dbi table, struct slice key, struct slice value, unsigned flags);
bool dbtxn_delete(struct dbtxn *t, MDB_dbi table, struct slice key);
/** Put len bytes that the caller fills at *ret before the next call on t. */
bool dbtxn_reserve(struct dbtxn *t, MDB_dbi table, struct slice key, size_t len, unsigned flags,
                   uint8_t **ret);

/** Returns: ERR_OK; ERR_NOT_FOUND; others. *ret points into the map, or the transaction's pages. */
enum err_code dbtxn_get(MDB_txn *txn, MDB_dbi table, struct slice key, struct slice *ret, struct err *e);

/** One move of a cursor that lives only for this call: MDB_LAST, MDB_FIRST; MDB_SET_RANGE (the first key not
 *  below *key); MDB_PREV (the last key below *key).
 *  Returns: ERR_OK, *key and *ret (may be NULL) point into the map; ERR_NOT_FOUND. */
enum err_code dbtxn_seek(MDB_txn *txn, MDB_dbi table, MDB_cursor_op op, struct slice *key,
                         struct slice *ret, struct err *e);

/** An integer key: eight bytes in the machine's order, as MDB_INTEGERKEY wants them. */
static inline struct slice dbtxn_u64(const uint64_t *key)
{
    return (struct slice){(const uint8_t *)key, sizeof *key};
}

/** Read one back. */
static inline uint64_t dbtxn_to_u64(struct slice key)
{
    uint64_t v = 0;
    if (key.len == sizeof v)
        __builtin_memcpy(&v, key.data, sizeof v);
    return v;
}

#endif
