/* Checking a store: records and batches; see store_check.h. */
#include "common/db/store_check.h"

#include "common/db/store_checkbase.h"
#include "common/sha256.h"

/* ------------------------------------------------------------------ records */

static bool is_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++)
        any |= bytes[i];
    return any == 0;
}

static void check_record(struct store_checkbase *c, MDB_txn *txn, uint64_t sequence, const uint8_t *record)
{
    struct pages_record p = pages_decode(record);
    struct slice kept;
    uint8_t rule = p.rule & (uint8_t)~PAGES_FORGOTTEN;
    c->counts.records++;
    if (rule != STORE_RULE_UNKNOWN && rule != STORE_RULE_BYTES && rule != STORE_RULE_RDFC)
        store_checkbase_found(c, STORE_FINDING_RECORD_DAMAGED, sequence, 0);
    if ((p.rule & PAGES_FORGOTTEN) == 0)
        return;
    c->counts.forgotten++;
    if (!is_zero(p.target, 32 + SEAL_SALT_LEN))
        store_checkbase_found(c, STORE_FINDING_FORGOTTEN_LEFT, sequence, 0);
    if (dbtxn_get(txn, c->s->forgot, dbtxn_u64(&sequence), &kept, NULL) != ERR_OK || kept.len != STOREBASE_FORGOT_LEN)
        store_checkbase_found(c, STORE_FINDING_FORGOTTEN_LOST, sequence, 0);
}

/* One page, from *next on. */
static enum err_code check_page(struct store_checkbase *c, MDB_txn *txn, uint64_t *next, struct err *e)
{
    const uint8_t *record;
    size_t n;
    enum err_code rc = pages_get(txn, c->s->page, *next, &record, &n, e);
    if (rc == ERR_NOT_FOUND || rc == ERR_CORRUPT) {
        store_checkbase_found(c, rc == ERR_CORRUPT ? STORE_FINDING_RECORD_DAMAGED : STORE_FINDING_RECORD_MISSING, *next, 0);
        *next += PAGES_PER_PAGE - (*next - 1) % PAGES_PER_PAGE; /* go on behind this page */
        return ERR_OK;
    }
    for (size_t i = 0; rc == ERR_OK && i < n; i++, record += PAGES_RECORD)
        check_record(c, txn, (*next)++, record);
    return rc;
}

static enum err_code check_records(struct store_checkbase *c, struct err *e)
{
    uint64_t next = 1, last = 1;
    enum err_code rc = ERR_OK;
    while (rc == ERR_OK && next <= last) {
        MDB_txn *txn;
        if (atomic_load(&c->s->cancelled))
            return err_set(e, ERR_CANCELLED, "the store is closing");
        rc = dbenv_read_begin(&c->s->log, &txn, e);
        if (rc != ERR_OK)
            return rc;
        rc = pages_last(txn, c->s->page, &last, e);
        for (uint64_t stop = next + STORE_CHECKBASE_SLICE; rc == ERR_OK && next <= last && next < stop;)
            rc = check_page(c, txn, &next, e);
        dbenv_read_end(&c->s->log, txn);
    }
    return rc;
}

/* What is kept of a hash belongs to one that was forgotten. */
static enum err_code check_forgotten(struct store_checkbase *c, struct err *e)
{
    uint64_t sequence = 0;
    enum err_code rc = ERR_OK;
    while (rc == ERR_OK) {
        MDB_txn *txn;
        rc = dbenv_read_begin(&c->s->log, &txn, e);
        if (rc != ERR_OK)
            return rc;
        for (unsigned i = 0; rc == ERR_OK && i < STORE_CHECKBASE_SLICE; i++, sequence++) {
            const uint8_t *record;
            size_t n;
            rc = storebase_next(txn, c->s->forgot, &sequence, NULL, e);
            if (rc == ERR_OK && (sequence == 0 || pages_get(txn, c->s->page, sequence, &record, &n, e) != ERR_OK ||
                                 (pages_decode(record).rule & PAGES_FORGOTTEN) == 0))
                store_checkbase_found(c, STORE_FINDING_KEPT_WRONGLY, sequence, 0);
        }
        dbenv_read_end(&c->s->log, txn);
    }
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

/* ------------------------------------------------------------------ batches */

/* A recovery begins a new block of 2^32 numbers, and may follow a value that no batch of this store has. */
static bool is_recovery(const struct store_batch *before, const struct store_batch *b)
{
    return b->k >> 32 != before->k >> 32 && (uint32_t)b->k == 1 && b->annex_len > 0;
}

static void check_numbers(struct store_checkbase *c, const struct store_batch *before, const struct store_batch *b)
{
    struct hash32 header_hash = sha256(b->header, sizeof b->header), seal = seal_of(&b->root, &header_hash);
    struct hash32 value = seal_next(&b->previous, &b->seal);
    bool follows = hash32_equal(&b->previous, &before->anchored) && b->k == before->k + 1;
    if (!hash32_equal(&seal, &b->seal))
        store_checkbase_found(c, STORE_FINDING_SEAL_WRONG, 0, b->k);
    if (!hash32_equal(&value, &b->anchored) || !(follows || is_recovery(before, b)))
        store_checkbase_found(c, STORE_FINDING_CHAIN_BROKEN, 0, b->k);
}

static void check_header(struct store_checkbase *c, const struct store_read *r, const struct hash32 *r0,
                         const struct store_batch *b)
{
    struct seal_header h;
    struct slice annex = {0};
    if (seal_header_decode(&h, b->header, NULL) != ERR_OK || !hash32_equal(&h.r0, r0) || h.number != b->k ||
        h.leaf_count != b->leaf_count || h.sealed_at != b->sealed_at) {
        store_checkbase_found(c, STORE_FINDING_HEADER_WRONG, 0, b->k);
        return;
    }
    bool there = b->annex_len > 0 && store_annex(r, b->k, &annex, NULL) == ERR_OK && annex.len == b->annex_len;
    struct hash32 hash = there ? sha256(annex.data, annex.len) : (struct hash32){0};
    if ((b->annex_len > 0 && !there) || !hash32_equal(&hash, &h.annex_hash))
        store_checkbase_found(c, STORE_FINDING_ANNEX_WRONG, 0, b->k);
}

/* Its leaves are a sealed range, which belongs to it or, sealed again after a restore, to a later batch. */
static void check_places(struct store_checkbase *c, const struct store_read *r, const struct store_batch *b)
{
    uint64_t first = 0, count = 0, k = 0, of_value = 0;
    enum err_code rc = b->leaf_count > 0 ? storebase_range(r->txn, c->s, b->first, &first, &count, &k, NULL) : ERR_OK;
    if (rc != ERR_OK || (b->leaf_count > 0 && (first != b->first || count != b->leaf_count || k < b->k)))
        store_checkbase_found(c, STORE_FINDING_RANGE_WRONG, b->first, b->k);
    if (store_batch_of_value(r, &b->anchored, &of_value, NULL) != ERR_OK || of_value != b->k)
        store_checkbase_found(c, STORE_FINDING_VALUE_WRONG, 0, b->k);
}

/* The next batch above *b, checked against the one before; its tree is checked outside of the transaction. */
static enum err_code next_batch(struct store_checkbase *c, struct store_batch *b, const struct hash32 *r0, struct err *e)
{
    struct store_batch before = *b;
    struct store_read r;
    enum err_code rc = store_read_begin(c->s, &r, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_batch_after(&r, before.k, b, e);
    if (rc == ERR_OK) {
        c->counts.batches++;
        check_numbers(c, &before, b);
        check_header(c, &r, r0, b);
        check_places(c, &r, b);
    }
    store_read_end(&r);
    return rc;
}

/* A log without an identity has no batches either. */
static enum err_code read_r0(struct store *s, struct hash32 *ret, struct err *e)
{
    uint8_t genesis[SEAL_GENESIS_LEN];
    char name[SEAL_NAME_MAX + 1];
    struct store_read r;
    enum err_code rc = store_read_begin(s, &r, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_identity(&r, genesis, name, e);
    store_read_end(&r);
    *ret = rc == ERR_OK ? sha256(genesis, sizeof genesis) : (struct hash32){0};
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

static enum err_code check_batches(struct store_checkbase *c, struct err *e)
{
    struct hash32 r0;
    enum err_code rc = read_r0(c->s, &r0, e);
    struct store_batch b = {.anchored = r0};
    while (rc == ERR_OK) {
        rc = next_batch(c, &b, &r0, e);
        if (rc == ERR_CORRUPT) {
            store_checkbase_found(c, STORE_FINDING_BATCH_DAMAGED, 0, b.k + 1);
            return ERR_OK; /* what follows it cannot be judged */
        }
        if (rc == ERR_OK && b.leaf_count > 0)
            rc = store_check_tree(c, &b, e);
    }
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

/* The ranges follow each other without holes, and each names a batch. */
static enum err_code check_ranges(struct store_checkbase *c, struct err *e)
{
    uint64_t next = 1, at = 0;
    enum err_code rc = ERR_OK;
    while (rc == ERR_OK) {
        struct store_read r;
        rc = store_read_begin(c->s, &r, e);
        if (rc != ERR_OK)
            return rc;
        for (unsigned i = 0; rc == ERR_OK && i < STORE_CHECKBASE_SLICE; i++) {
            uint64_t first, count, k;
            struct store_batch b;
            rc = storebase_next(r.txn, c->s->range, &at, NULL, e);
            if (rc == ERR_OK)
                rc = storebase_range(r.txn, c->s, at, &first, &count, &k, e);
            if (rc == ERR_OK && (at != next || count == 0 || store_batch(&r, k, &b, NULL) != ERR_OK || b.first != at ||
                                 b.leaf_count != count))
                store_checkbase_found(c, STORE_FINDING_RANGE_WRONG, at, 0);
            if (rc == ERR_OK) {
                next = at + count;
                at++;
            }
        }
        store_read_end(&r);
    }
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

/* ------------------------------------------------------------------ all of it */

enum err_code store_check(struct store *s, const struct store_check_options *options, struct store_check_counts *ret,
                          struct err *e)
{
    struct store_checkbase c = {.s = s, .options = options};
    enum err_code rc = check_records(&c, e);
    if (rc == ERR_OK)
        rc = check_forgotten(&c, e);
    if (rc == ERR_OK)
        rc = check_ranges(&c, e);
    if (rc == ERR_OK)
        rc = check_batches(&c, e);
    if (rc == ERR_OK)
        rc = store_check_index(&c, e);
    *ret = c.counts;
    return rc;
}
