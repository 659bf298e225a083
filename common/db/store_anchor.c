/* Anchors of the store, as bytes of their owner: see store.h. */
#include <stdlib.h>

#include "common/db/store.h"
#include "common/db/storebase.h"

/* A stored anchor: one byte, 1 if it is final, then the caller's bytes. */
enum err_code store_anchor_put(struct store_write *w, uint64_t k, bool final, const void *data,
                               size_t len, struct err *e)
{
    struct store *s = w->store;
    uint8_t *value;
    if (len > STORE_MAX_BLOB)
        return err_set(e, ERR_LIMIT, "the anchor is over %u bytes", STORE_MAX_BLOB);
    if (dbtxn_reserve(&w->t, s->anchor, dbtxn_u64(&k), 1 + len, 0, &value)) {
        value[0] = final;
        if (len > 0)
            memcpy(value + 1, data, len);
    }
    if (final)
        dbtxn_delete(&w->t, s->open, dbtxn_u64(&k));
    else
        dbtxn_put(&w->t, s->open, dbtxn_u64(&k), (struct slice){0}, 0);
    return storebase_written(w, 1, e);
}

enum err_code store_anchor(const struct store_read *r, uint64_t k, struct slice *ret, bool *ret_final,
                           struct err *e)
{
    struct slice value;
    enum err_code rc = dbtxn_get(r->txn, r->store->anchor, dbtxn_u64(&k), &value, e);
    if (rc == ERR_NOT_FOUND)
        return err_set(e, rc, "batch %llu has no anchor", (unsigned long long)k);
    if (rc == ERR_OK && value.len == 0)
        rc = err_set(e, ERR_CORRUPT, "the anchor of batch %llu is damaged", (unsigned long long)k);
    if (rc != ERR_OK)
        return rc;
    *ret = (struct slice){value.data + 1, value.len - 1};
    if (ret_final != NULL)
        *ret_final = value.data[0] != 0;
    return ERR_OK;
}

enum err_code store_anchor_open_after(const struct store_read *r, uint64_t k, uint64_t *ret_k,
                                      struct slice *ret, struct err *e)
{
    uint64_t from = k + 1;
    struct slice key = dbtxn_u64(&from);
    enum err_code rc = k == UINT64_MAX ? ERR_NOT_FOUND
                                       : dbtxn_seek(r->txn, r->store->open, MDB_SET_RANGE, &key, NULL, e);
    if (rc == ERR_NOT_FOUND)
        return err_set(e, rc, "no open anchor is left");
    if (rc != ERR_OK)
        return rc;
    uint64_t found = dbtxn_to_u64(key);
    rc = store_anchor(r, found, ret, NULL, e);
    if (rc == ERR_OK)
        *ret_k = found;
    return rc == ERR_NOT_FOUND ? err_set(e, ERR_CORRUPT, "an open anchor is missing") : rc;
}
