/* What the files of the store share: see storebase.h. */
#include "common/db/storebase.h"

#include <errno.h>
#include <sys/random.h>

#include "common/bytes.h"

#define SCAN_RECORDS 8192 /* in one read transaction */

enum err_code storebase_random(void *ret, size_t len, struct err *e)
{
    uint8_t *at = ret;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return err_set(e, ERR_IO, "getrandom: %s", strerror(errno));
        at += got;
        len -= (size_t)got;
    }
    return ERR_OK;
}

enum err_code storebase_written(struct store_write *w, uint64_t changes, struct err *e)
{
    w->changes += changes;
    return w->t.status == ERR_OK ? ERR_OK : err_set(e, w->t.status, "%s", w->t.err.msg);
}

void storebase_close_parts(struct store *s)
{
    s->write.reopened = 0;
    runs_close(&s->index);
    nodes_close(&s->tree);
    dbenv_close(&s->log);
    recent_done(&s->recent);
    filter_done(&s->filter);
}

enum err_code storebase_next(MDB_txn *txn, MDB_dbi table, uint64_t *sequence, struct slice *ret, struct err *e)
{
    struct slice key = dbtxn_u64(sequence);
    enum err_code rc = dbtxn_seek(txn, table, MDB_SET_RANGE, &key, ret, e);
    if (rc == ERR_OK)
        *sequence = dbtxn_to_u64(key);
    return rc;
}

/* ------------------------------------------------------------------ looking up a target */

/* A record with the same tag: is it the target? Returns: whether to stop. */
static bool on_hit(void *ctx, uint64_t sequence)
{
    struct storebase_look *look = ctx;
    const uint8_t *record = look->tail != NULL ? pages_in_tail(look->tail, sequence) : NULL;
    size_t n;
    if (record == NULL) {
        enum err_code rc = pages_get(look->txn, look->store->page, sequence, &record, &n, look->e);
        if (rc == ERR_NOT_FOUND)
            return false; /* accepted after our transaction began, or taken back */
        if (rc != ERR_OK) {
            look->rc = rc;
            return true;
        }
    }
    if ((pages_decode(record).rule & PAGES_FORGOTTEN) != 0)
        look->forgotten = true;
    else if (memcmp(record, look->target, 32) == 0)
        look->found = sequence;
    return look->found != 0;
}

enum err_code storebase_look(struct storebase_look *look, uint64_t tag)
{
    struct recent_look at = {0};
    uint64_t sequence;
    look->rc = ERR_OK;
    while ((sequence = recent_next(&look->store->recent, tag, &at)) != 0)
        if (on_hit(look, sequence))
            return look->rc;
    enum err_code rc = runs_find(&look->store->index, tag, on_hit, look, look->e);
    return rc != ERR_OK ? rc : look->rc;
}

/* ------------------------------------------------------------------ sealed ranges */

/* The value of a range: k, leaf count. */
static enum err_code decode_range(struct slice value, uint64_t *ret_k, uint64_t *ret_count, struct err *e)
{
    struct bytes_reader r = bytes_reader(value.data, value.len);
    *ret_k = bytes_get_u64(&r);
    *ret_count = bytes_get_u64(&r);
    return bytes_done(&r) ? ERR_OK : err_set(e, ERR_CORRUPT, "a sealed range is damaged");
}

enum err_code storebase_sealed(MDB_txn *txn, const struct store *s, uint64_t *ret, struct err *e)
{
    struct slice key = {0}, value;
    uint64_t k, count;
    enum err_code rc = dbtxn_seek(txn, s->range, MDB_LAST, &key, &value, e);
    if (rc == ERR_NOT_FOUND) {
        *ret = 0;
        return ERR_OK;
    }
    if (rc == ERR_OK)
        rc = decode_range(value, &k, &count, e);
    if (rc == ERR_OK)
        *ret = dbtxn_to_u64(key) + count - 1;
    return rc;
}

enum err_code storebase_range(MDB_txn *txn, const struct store *s, uint64_t sequence, uint64_t *ret_first,
                              uint64_t *ret_count, uint64_t *ret_k, struct err *e)
{
    uint64_t above = sequence + 1, k, count;
    struct slice key = dbtxn_u64(&above), value;
    enum err_code rc = dbtxn_seek(txn, s->range, MDB_PREV, &key, &value, e);
    if (rc == ERR_OK)
        rc = decode_range(value, &k, &count, e);
    if (rc != ERR_OK && rc != ERR_NOT_FOUND)
        return rc;
    uint64_t first = rc == ERR_OK ? dbtxn_to_u64(key) : 0;
    bool inside = rc == ERR_OK && sequence - first < count;
    *ret_first = inside ? first : 0;
    *ret_count = inside ? count : 0;
    *ret_k = inside ? k : 0;
    return ERR_OK;
}

/* ------------------------------------------------------------------ scanning */

struct scan {
    struct store *s;
    MDB_txn *txn;
    void (*each)(void *ctx, uint64_t sequence, uint64_t tag);
    void *ctx;
};

/* What was kept of a forgotten record; 0 if a compaction took that too. */
static enum err_code forgotten_tag(const struct scan *c, uint64_t sequence, uint64_t *ret, struct err *e)
{
    struct slice value;
    *ret = 0;
    enum err_code rc = dbtxn_get(c->txn, c->s->erase, dbtxn_u64(&sequence), &value, e);
    if (rc != ERR_OK)
        return rc == ERR_NOT_FOUND ? ERR_OK : rc;
    struct bytes_reader r = bytes_reader(value.data, value.len);
    *ret = bytes_get_u64(&r);
    return bytes_done(&r) ? ERR_OK : err_set(e, ERR_CORRUPT, "a forgotten record is damaged");
}

/* Records first … last as far as this transaction's first page goes. */
static enum err_code scan_page(const struct scan *c, uint64_t *first, uint64_t last, struct err *e)
{
    const uint8_t *record = NULL;
    size_t n = 0;
    enum err_code rc = pages_get(c->txn, c->s->page, *first, &record, &n, e);
    if (rc == ERR_NOT_FOUND)
        rc = err_set(e, ERR_CORRUPT, "record %llu is missing", (unsigned long long)*first);
    for (size_t i = 0; i < n && rc == ERR_OK && *first <= last; i++, record += PAGES_RECORD) {
        uint64_t tag = 0;
        if ((record[PAGES_RECORD - 1] & PAGES_FORGOTTEN) == 0)
            tag = storebase_tag(c->s, record);
        else
            rc = forgotten_tag(c, *first, &tag, e);
        if (tag != 0)
            c->each(c->ctx, *first, tag);
        ++*first;
    }
    return rc;
}

enum err_code storebase_scan(struct store *s, uint64_t first, uint64_t last,
                             void (*each)(void *ctx, uint64_t sequence, uint64_t tag), void *ctx,
                             struct err *e)
{
    struct scan c = {.s = s, .each = each, .ctx = ctx};
    enum err_code rc = ERR_OK;
    while (first <= last && rc == ERR_OK) {
        uint64_t stop = last - first < SCAN_RECORDS ? last : first + SCAN_RECORDS - 1;
        if (atomic_load(&s->cancelled))
            return err_set(e, ERR_CANCELLED, "the store is closing");
        rc = dbenv_read_begin(&s->log, &c.txn, e);
        if (rc != ERR_OK)
            return rc;
        while (first <= stop && rc == ERR_OK)
            rc = scan_page(&c, &first, stop, e);
        dbenv_read_end(&s->log, c.txn);
    }
    return rc;
}
