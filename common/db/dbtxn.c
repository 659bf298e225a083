/* One LMDB transaction: see dbtxn.h. */
#include "common/db/dbtxn.h"

static MDB_val to_val(struct slice s)
{
    return (MDB_val){.mv_size = s.len, .mv_data = (void *)(uintptr_t)s.data};
}

static struct slice from_val(MDB_val v)
{
    return (struct slice){v.mv_data, v.mv_size};
}

enum err_code dbtxn_begin(struct dbtxn *t, struct dbenv *env, struct err *e)
{
    MDB_txn *txn;
    enum err_code rc = dbenv_write_begin(env, &txn, e);
    if (rc == ERR_OK)
        *t = (struct dbtxn){.env = env, .txn = txn};
    return rc;
}

void dbtxn_abort(struct dbtxn *t)
{
    if (t->txn == NULL)
        return;
    mdb_txn_abort(t->txn);
    t->txn = NULL;
    dbenv_leave(t->env);
}

/* A commit that a test makes fail has to let go of the transaction, as a real one does. */
static int commit(MDB_txn *txn)
{
    if (dbenv_fault() != 0) {
        mdb_txn_abort(txn);
#ifdef HALLMARK_FAULTS
        return dbenv_fault_rc;
#endif
    }
    return mdb_txn_commit(txn);
}

enum err_code dbtxn_commit(struct dbtxn *t, struct err *e)
{
    if (t->status != ERR_OK) {
        dbtxn_abort(t);
        return err_set(e, t->status, "%s", t->err.msg);
    }
    int rc = dbenv_write_error(t->env, commit(t->txn));
    t->txn = NULL;
    dbenv_leave(t->env);
    return dbenv_error(e, rc, t->env->name);
}

static bool done(struct dbtxn *t, int rc)
{
    t->writes++;
    if (rc != 0)
        t->status = dbenv_error(&t->err, dbenv_write_error(t->env, rc), t->env->name);
    return rc == 0;
}

bool dbtxn_put(struct dbtxn *t, MDB_dbi table, struct slice key, struct slice value, unsigned flags)
{
    MDB_val k = to_val(key), v = to_val(value);
    return t->status == ERR_OK && done(t, DBENV_CALL(mdb_put(t->txn, table, &k, &v, flags)));
}

bool dbtxn_reserve(struct dbtxn *t, MDB_dbi table, struct slice key, size_t len, unsigned flags,
                   uint8_t **ret)
{
    MDB_val k = to_val(key), v = {.mv_size = len};
    if (t->status != ERR_OK || !done(t, DBENV_CALL(mdb_put(t->txn, table, &k, &v, flags | MDB_RESERVE))))
        return false;
    *ret = v.mv_data;
    return true;
}

bool dbtxn_delete(struct dbtxn *t, MDB_dbi table, struct slice key)
{
    MDB_val k = to_val(key);
    if (t->status != ERR_OK)
        return false;
    int rc = DBENV_CALL(mdb_del(t->txn, table, &k, NULL));
    return done(t, rc == MDB_NOTFOUND ? 0 : rc);
}

enum err_code dbtxn_get(MDB_txn *txn, MDB_dbi table, struct slice key, struct slice *ret, struct err *e)
{
    MDB_val k = to_val(key), v;
    int rc = DBENV_CALL(mdb_get(txn, table, &k, &v));
    if (rc != 0)
        return rc == MDB_NOTFOUND ? ERR_NOT_FOUND : dbenv_error(e, rc, "read");
    *ret = from_val(v);
    return ERR_OK;
}

/* LMDB has no "last below": it is the one before the first not below, or the last of all. */
static int move_below(MDB_cursor *c, MDB_val *k, MDB_val *v)
{
    int rc = mdb_cursor_get(c, k, v, MDB_SET_RANGE);
    if (rc == 0)
        return mdb_cursor_get(c, k, v, MDB_PREV);
    return rc == MDB_NOTFOUND ? mdb_cursor_get(c, k, v, MDB_LAST) : rc;
}

enum err_code dbtxn_seek(MDB_txn *txn, MDB_dbi table, MDB_cursor_op op, struct slice *key,
                         struct slice *ret, struct err *e)
{
    MDB_cursor *c;
    MDB_val k = to_val(*key), v;
    int rc = DBENV_CALL(mdb_cursor_open(txn, table, &c));
    if (rc != 0)
        return dbenv_error(e, rc, "read");
    rc = dbenv_fault() != 0 ? MDB_CORRUPTED
         : op == MDB_PREV   ? move_below(c, &k, &v)
                            : mdb_cursor_get(c, &k, &v, op);
    mdb_cursor_close(c);
    if (rc != 0)
        return rc == MDB_NOTFOUND ? ERR_NOT_FOUND : dbenv_error(e, rc, "read");
    *key = from_val(k);
    if (ret != NULL)
        *ret = from_val(v);
    return ERR_OK;
}
