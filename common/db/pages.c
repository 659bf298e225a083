/* The sequence table: see pages.h. */
#include "common/db/pages.h"

#include <string.h>

#include "common/bytes.h"

#define TARGET_AND_SALT 48

enum err_code pages_last(MDB_txn *txn, MDB_dbi table, uint64_t *ret, struct err *e)
{
    struct slice key = {0}, value;
    enum err_code rc = dbtxn_seek(txn, table, MDB_LAST, &key, &value, e);
    if (rc == ERR_NOT_FOUND) {
        *ret = 0;
        return ERR_OK;
    }
    if (rc == ERR_OK && (value.len == 0 || value.len % PAGES_RECORD != 0))
        rc = err_set(e, ERR_CORRUPT, "the last page of records is damaged");
    if (rc == ERR_OK)
        *ret = dbtxn_to_u64(key) * PAGES_PER_PAGE + value.len / PAGES_RECORD;
    return rc;
}

enum err_code pages_get(MDB_txn *txn, MDB_dbi table, uint64_t first, const uint8_t **ret, size_t *ret_n,
                        struct err *e)
{
    uint64_t page = (first - 1) / PAGES_PER_PAGE;
    size_t at = (size_t)((first - 1) % PAGES_PER_PAGE) * PAGES_RECORD;
    struct slice value;
    enum err_code rc = dbtxn_get(txn, table, dbtxn_u64(&page), &value, e);
    if (rc != ERR_OK)
        return rc;
    if (value.len % PAGES_RECORD != 0)
        return err_set(e, ERR_CORRUPT, "a page of records is damaged");
    if (at >= value.len)
        return ERR_NOT_FOUND;
    *ret = value.data + at;
    *ret_n = (value.len - at) / PAGES_RECORD;
    return ERR_OK;
}

struct pages_record pages_decode(const uint8_t *record)
{
    struct bytes_reader r = bytes_reader(record + TARGET_AND_SALT, PAGES_RECORD - TARGET_AND_SALT);
    uint64_t high = bytes_get_u8(&r);
    uint64_t at = high << 32 | bytes_get_u32(&r);
    return (struct pages_record){record, at, bytes_get_u8(&r)};
}

/* The last page was put by an earlier transaction, half full: go on filling it. */
static bool load(struct pages_tail *tail, struct dbtxn *t, MDB_dbi table)
{
    size_t held = (size_t)(tail->last % PAGES_PER_PAGE);
    const uint8_t *records;
    size_t n;
    tail->loaded = true;
    if (held == 0)
        return true;
    enum err_code rc = pages_get(t->txn, table, tail->last - held + 1, &records, &n, &t->err);
    if (rc == ERR_OK && n != held)
        rc = err_set(&t->err, ERR_CORRUPT, "the last page of records is damaged");
    if (rc != ERR_OK)
        t->status = rc;
    else
        memcpy(tail->bytes, records, held * PAGES_RECORD);
    return rc == ERR_OK;
}

bool pages_append(struct pages_tail *tail, struct dbtxn *t, MDB_dbi table, const uint8_t *target,
                  const uint8_t *salt, uint64_t accepted_at, uint8_t rule)
{
    if (t->status != ERR_OK || (!tail->loaded && !load(tail, t, table)))
        return false;
    uint8_t *record = tail->bytes + (size_t)(tail->last % PAGES_PER_PAGE) * PAGES_RECORD;
    memcpy(record, target, 32);
    memcpy(record + 32, salt, 16);
    struct bytes_writer w = bytes_writer(record + TARGET_AND_SALT, PAGES_RECORD - TARGET_AND_SALT);
    bytes_put_u8(&w, (uint8_t)(accepted_at >> 32));
    bytes_put_u32(&w, (uint32_t)accepted_at);
    bytes_put_u8(&w, rule);
    tail->last++;
    return tail->last % PAGES_PER_PAGE != 0 || pages_flush(tail, t, table);
}

bool pages_flush(struct pages_tail *tail, struct dbtxn *t, MDB_dbi table)
{
    if (tail->put == tail->last)
        return t->status == ERR_OK;
    uint64_t page = (tail->last - 1) / PAGES_PER_PAGE;
    size_t held = (size_t)((tail->last - 1) % PAGES_PER_PAGE) + 1;
    bool fresh = tail->put <= page * PAGES_PER_PAGE; /* else the table holds the beginning of this page */
    tail->put = tail->last;
    return dbtxn_put(t, table, dbtxn_u64(&page), (struct slice){tail->bytes, held * PAGES_RECORD},
                     fresh ? MDB_APPEND : 0);
}

const uint8_t *pages_in_tail(const struct pages_tail *tail, uint64_t sequence)
{
    if (sequence <= tail->put || sequence > tail->last)
        return NULL;
    return tail->bytes + (size_t)((sequence - 1) % PAGES_PER_PAGE) * PAGES_RECORD;
}

bool pages_forget(struct dbtxn *t, MDB_dbi table, uint64_t sequence)
{
    uint64_t first = sequence - (sequence - 1) % PAGES_PER_PAGE;
    uint64_t page = (sequence - 1) / PAGES_PER_PAGE;
    uint8_t copy[PAGES_RECORD * PAGES_PER_PAGE];
    const uint8_t *records;
    size_t n;
    if (t->status != ERR_OK)
        return false;
    enum err_code rc = pages_get(t->txn, table, first, &records, &n, &t->err);
    if (rc != ERR_OK || first + n <= sequence) {
        t->status = err_set(&t->err, ERR_CORRUPT, "record %llu is not there", (unsigned long long)sequence);
        return false;
    }
    memcpy(copy, records, n * PAGES_RECORD);
    uint8_t *record = copy + (sequence - first) * PAGES_RECORD;
    explicit_bzero(record, TARGET_AND_SALT);
    record[PAGES_RECORD - 1] |= PAGES_FORGOTTEN;
    bool ok = dbtxn_put(t, table, dbtxn_u64(&page), (struct slice){copy, n * PAGES_RECORD}, 0);
    explicit_bzero(copy, sizeof copy);
    return ok;
}
