/* Batches of the store: see store.h. */
#include "common/db/store.h"
#include "common/db/storebase.h"
#include "common/limits.h"

#define RECORD_LEN (8 + 8 + 4 * 32 + SEAL_HEADER_LEN + 3 * 8 + 1 + 4)

static void encode_batch(uint8_t record[RECORD_LEN], const struct store_batch *b)
{
    struct bytes_writer w = bytes_writer(record, RECORD_LEN);
    bytes_put_u64(&w, b->first);
    bytes_put_u64(&w, b->leaf_count);
    bytes_put(&w, b->root.b, sizeof b->root.b);
    bytes_put(&w, b->header, sizeof b->header);
    bytes_put(&w, b->seal.b, sizeof b->seal.b);
    bytes_put(&w, b->previous.b, sizeof b->previous.b);
    bytes_put(&w, b->anchored.b, sizeof b->anchored.b);
    bytes_put_u64(&w, b->sealed_at);
    bytes_put_u64(&w, b->mined_at);
    bytes_put_u64(&w, b->final_at);
    bytes_put_u8(&w, (uint8_t)b->status);
    bytes_put_u32(&w, b->annex_len);
}

static bool decode_status(uint8_t byte, enum store_status *ret)
{
    static const enum store_status ALL[] = {STORE_SEALED, STORE_SENT, STORE_MINED, STORE_FINAL};
    for (size_t i = 0; i < sizeof ALL / sizeof ALL[0]; i++)
        if (byte == (uint8_t)ALL[i]) {
            *ret = ALL[i];
            return true;
        }
    return false;
}

static enum err_code decode_batch(struct store_batch *ret, uint64_t k, struct slice record, struct err *e)
{
    struct bytes_reader r = bytes_reader(record.data, record.len);
    struct store_batch b = {.k = k};
    b.first = bytes_get_u64(&r);
    b.leaf_count = bytes_get_u64(&r);
    bytes_get(&r, b.root.b, sizeof b.root.b);
    bytes_get(&r, b.header, sizeof b.header);
    bytes_get(&r, b.seal.b, sizeof b.seal.b);
    bytes_get(&r, b.previous.b, sizeof b.previous.b);
    bytes_get(&r, b.anchored.b, sizeof b.anchored.b);
    b.sealed_at = bytes_get_u64(&r);
    b.mined_at = bytes_get_u64(&r);
    b.final_at = bytes_get_u64(&r);
    bool known = decode_status(bytes_get_u8(&r), &b.status);
    b.annex_len = bytes_get_u32(&r);
    if (!bytes_done(&r) || !known)
        return err_set(e, ERR_CORRUPT, "the record of batch %llu is damaged", (unsigned long long)k);
    *ret = b;
    return ERR_OK;
}

/* ------------------------------------------------------------------ reading */

enum err_code store_batch(const struct store_read *r, uint64_t k, struct store_batch *ret, struct err *e)
{
    struct slice record;
    enum err_code rc = dbtxn_get(r->txn, r->store->batch, dbtxn_u64(&k), &record, e);
    if (rc == ERR_NOT_FOUND)
        return err_set(e, rc, "there is no batch %llu", (unsigned long long)k);
    return rc == ERR_OK ? decode_batch(ret, k, record, e) : rc;
}

static enum err_code seek(const struct store_read *r, MDB_cursor_op op, uint64_t from,
                          struct store_batch *ret, struct err *e)
{
    struct slice key = dbtxn_u64(&from), record;
    enum err_code rc = dbtxn_seek(r->txn, r->store->batch, op, &key, &record, e);
    if (rc == ERR_NOT_FOUND)
        return err_set(e, rc, "there is no such batch");
    return rc == ERR_OK ? decode_batch(ret, dbtxn_to_u64(key), record, e) : rc;
}

enum err_code store_batch_after(const struct store_read *r, uint64_t k, struct store_batch *ret,
                                struct err *e)
{
    if (k == UINT64_MAX)
        return err_set(e, ERR_NOT_FOUND, "there is no such batch");
    return seek(r, MDB_SET_RANGE, k + 1, ret, e);
}

enum err_code store_batch_before(const struct store_read *r, uint64_t k, struct store_batch *ret,
                                 struct err *e)
{
    return seek(r, MDB_PREV, k, ret, e);
}

enum err_code store_batch_newest(const struct store_read *r, struct store_batch *ret, struct err *e)
{
    return seek(r, MDB_LAST, 0, ret, e);
}

enum err_code store_batch_of_value(const struct store_read *r, const struct hash32 *anchored,
                                   uint64_t *ret_k, struct err *e)
{
    struct slice value;
    enum err_code rc = dbtxn_get(r->txn, r->store->value, (struct slice){anchored->b, sizeof anchored->b},
                                 &value, e);
    if (rc == ERR_NOT_FOUND)
        return err_set(e, rc, "no batch has this anchored value");
    if (rc != ERR_OK)
        return rc;
    struct bytes_reader b = bytes_reader(value.data, value.len);
    uint64_t k = bytes_get_u64(&b);
    if (!bytes_done(&b))
        return err_set(e, ERR_CORRUPT, "the record of an anchored value is damaged");
    *ret_k = k;
    return ERR_OK;
}

/* ------------------------------------------------------------------ writing */

/* Sealing goes on where it stopped, or repeats exactly one earlier range. */
static enum err_code check_range(struct store_write *w, const struct store_batch *b, struct err *e)
{
    uint64_t sealed, first, count, k, last;
    const struct store_read *r = store_write_view(w);
    enum err_code rc = storebase_sealed(r->txn, r->store, &sealed, e);
    if (rc == ERR_OK)
        rc = pages_last(r->txn, r->store->page, &last, e);
    if (rc == ERR_OK)
        rc = storebase_range(r->txn, r->store, b->first, &first, &count, &k, e);
    if (rc != ERR_OK)
        return rc;
    bool next = b->first == sealed + 1 && b->leaf_count <= last - sealed;
    bool again = b->leaf_count > 0 && first == b->first && count == b->leaf_count;
    if (!next && !again)
        return err_set(e, ERR_CONFLICT, "batch %llu does not begin after the last sealed target",
                       (unsigned long long)b->k);
    return ERR_OK;
}

static enum err_code check_number(const struct store_read *r, const struct store_batch *b, struct err *e)
{
    struct store_batch newest = {0};
    enum err_code rc = store_batch_newest(r, &newest, e);
    if (rc != ERR_OK && rc != ERR_NOT_FOUND)
        return rc;
    if (b->k <= newest.k)
        return err_set(e, ERR_CONFLICT, "batch %llu is not above the newest, %llu", (unsigned long long)b->k,
                       (unsigned long long)newest.k);
    return ERR_OK;
}

static enum err_code check_tree(const struct store_read *r, const struct store_batch *b, struct err *e)
{
    struct hash32 root = {0};
    enum err_code rc = b->leaf_count == 0 ? ERR_OK
                                          : nodes_tree(&r->store->tree, b->first, b->leaf_count, &root, e);
    if (rc == ERR_OK && !hash32_equal(&root, &b->root))
        return err_set(e, ERR_CONFLICT, "the root of batch %llu is not that of its tree",
                       (unsigned long long)b->k);
    return rc;
}

static enum err_code check(struct store_write *w, const struct store_batch *b, struct err *e)
{
    enum store_status known;
    if (b->annex_len > LIMITS_ANNEX_BYTES)
        return err_set(e, ERR_LIMIT, "the annex is over %u bytes", LIMITS_ANNEX_BYTES);
    if (!decode_status((uint8_t)b->status, &known))
        return err_set(e, ERR_CONFLICT, "a batch has no such status");
    enum err_code rc = check_number(store_write_view(w), b, e);
    if (rc == ERR_OK)
        rc = check_range(w, b, e);
    return rc == ERR_OK ? check_tree(store_write_view(w), b, e) : rc;
}

static void put_range(struct store_write *w, const struct store_batch *b)
{
    uint8_t value[16];
    struct bytes_writer v = bytes_writer(value, sizeof value);
    bytes_put_u64(&v, b->k);
    bytes_put_u64(&v, b->leaf_count);
    if (b->leaf_count > 0)
        dbtxn_put(&w->t, w->store->range, dbtxn_u64(&b->first), (struct slice){value, sizeof value}, 0);
}

enum err_code store_batch_put(struct store_write *w, const struct store_batch *batch, const void *annex,
                              struct err *e)
{
    struct store *s = w->store;
    uint8_t record[RECORD_LEN], k[8];
    struct bytes_writer b = bytes_writer(k, sizeof k);
    enum err_code rc = check(w, batch, e);
    if (rc != ERR_OK)
        return rc;
    bytes_put_u64(&b, batch->k);
    encode_batch(record, batch);
    dbtxn_put(&w->t, s->batch, dbtxn_u64(&batch->k), (struct slice){record, sizeof record}, 0);
    dbtxn_put(&w->t, s->value, (struct slice){batch->anchored.b, sizeof batch->anchored.b},
              (struct slice){k, sizeof k}, 0);
    if (batch->annex_len > 0)
        dbtxn_put(&w->t, s->annex, dbtxn_u64(&batch->k), (struct slice){annex, batch->annex_len}, 0);
    put_range(w, batch);
    return storebase_written(w, 1, e);
}

enum err_code store_batch_mark(struct store_write *w, uint64_t k, enum store_status status,
                               uint64_t mined_at, uint64_t final_at, struct err *e)
{
    struct store_batch b;
    uint8_t record[RECORD_LEN];
    enum err_code rc = store_batch(store_write_view(w), k, &b, e);
    if (rc != ERR_OK)
        return rc;
    b.status = status;
    b.mined_at = mined_at;
    b.final_at = final_at;
    encode_batch(record, &b);
    dbtxn_put(&w->t, w->store->batch, dbtxn_u64(&k), (struct slice){record, sizeof record}, 0);
    return storebase_written(w, 1, e);
}
