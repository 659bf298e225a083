/* The store: transactions, small values, finding and forgetting a target. See store.h. */
#include "common/db/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/db/storebase.h"

#define META_IDENTITY "identity"
#define META_CALLER "u:" /* before the callers' own names */

static struct slice text(const char *s)
{
    return (struct slice){(const uint8_t *)s, strlen(s)};
}

/* ------------------------------------------------------------------ closing */

void store_close(struct store *s)
{
    if (s == NULL)
        return;
    storebase_close_parts(s);
    free(s->write.undo);
    free(s->path);
    explicit_bzero(s->write.random, sizeof s->write.random);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    free(s);
}

unsigned store_reopened(const struct store *s)
{
    return atomic_load(&s->log.reopened) + atomic_load(&s->tree.env.reopened) + atomic_load(&s->index.env.reopened);
}

void store_cancel(struct store *s)
{
    atomic_store(&s->cancelled, true);
}

/* ------------------------------------------------------------------ transactions */

enum err_code store_read_begin(struct store *s, struct store_read *ret, struct err *e)
{
    MDB_txn *txn;
    atomic_fetch_add(&s->readers, 1); /* before looking: the swap sets away, then counts */
    enum err_code rc = atomic_load(&s->away)
                           ? err_set(e, ERR_BUSY, "the store is being compacted, try again in a second")
                           : dbenv_read_begin(&s->log, &txn, e);
    if (rc == ERR_OK)
        *ret = (struct store_read){s, txn};
    else
        atomic_fetch_sub(&s->readers, 1);
    return rc;
}

void store_read_end(struct store_read *r)
{
    dbenv_read_end(&r->store->log, r->txn);
    r->txn = NULL;
    atomic_fetch_sub(&r->store->readers, 1);
}

static void on_ghost(void *ctx, uint64_t sequence, uint64_t tag)
{
    struct store *s = ctx;
    filter_add(&s->filter, tag);
    recent_insert(&s->recent, tag, sequence);
}

/* A commit whose header could not be written, nor taken back, may have come to stay: what it holds was not acknowledged,
 * and is there all the same. */
static enum err_code take_ghosts(struct store_write *w, struct err *e)
{
    struct store *s = w->store;
    uint64_t known = atomic_load(&s->last), last;
    enum err_code rc = pages_last(w->t.txn, s->page, &last, e);
    if (rc == ERR_OK && last > known)
        rc = recent_reserve(&s->recent, last, e);
    if (rc == ERR_OK && last > known)
        rc = filter_reserve(&s->filter, last - known, e);
    if (rc == ERR_OK && last > known)
        rc = storebase_scan(s, known + 1, last, on_ghost, s, e);
    if (rc != ERR_OK)
        return rc;
    atomic_store(&s->last, last);
    w->reopened = atomic_load(&s->log.reopened);
    return ERR_OK;
}

enum err_code store_write_begin(struct store *s, struct store_write **ret, struct err *e)
{
    struct store_write *w = &s->write;
    if (s->read_only)
        return err_set(e, ERR_DENIED, "the store is open for reading only");
    if (w->t.txn != NULL)
        return err_set(e, ERR_BUSY, "a write transaction is open already");
    enum err_code rc = dbtxn_begin(&w->t, &s->log, e);
    if (rc != ERR_OK)
        return rc;
    w->store = s;
    w->view = (struct store_read){s, w->t.txn};
    if (w->reopened != atomic_load(&s->log.reopened) && (rc = take_ghosts(w, e)) != ERR_OK) {
        dbtxn_abort(&w->t);
        return rc;
    }
    w->tail.last = w->tail.put = atomic_load(&s->last);
    w->tail.loaded = false;
    w->n_undo = 0;
    w->changes = 0;
    *ret = w;
    return ERR_OK;
}

/* What a transaction that is not kept has put into memory goes, newest first. The filter keeps it: harmless. */
static void roll_back(struct store_write *w)
{
    uint64_t last = atomic_load(&w->store->last);
    for (; w->n_undo > 0; w->n_undo--)
        if (w->undo[w->n_undo - 1] != STOREBASE_NO_SLOT)
            recent_remove(&w->store->recent, last + w->n_undo, w->undo[w->n_undo - 1]);
    explicit_bzero(w->tail.bytes, sizeof w->tail.bytes);
}

enum err_code store_write_commit(struct store_write *w, struct err *e)
{
    struct store *s = w->store;
    pages_flush(&w->tail, &w->t, s->page);
    enum err_code rc = dbtxn_commit(&w->t, e);
    if (rc == ERR_OK)
        atomic_store(&s->last, w->tail.last);
    else
        roll_back(w);
    return rc;
}

void store_write_abort(struct store_write *w)
{
    dbtxn_abort(&w->t);
    roll_back(w);
}

const struct store_read *store_write_view(struct store_write *w)
{
    pages_flush(&w->tail, &w->t, w->store->page);
    return &w->view;
}

bool store_write_failed(const struct store_write *w)
{
    return w->t.status != ERR_OK;
}

uint64_t store_write_count(const struct store_write *w)
{
    return w->changes;
}

/* ------------------------------------------------------------------ identity and small values */

enum err_code store_identity_put(struct store_write *w, const uint8_t genesis[SEAL_GENESIS_LEN],
                                 const char *name, struct err *e)
{
    uint8_t value[SEAL_GENESIS_LEN + SEAL_NAME_MAX];
    size_t name_len = strlen(name);
    struct slice old;
    if (!seal_name_ok(name, name_len))
        return err_set(e, ERR_INVALID, "the log name must be 1 to 253 of a-z 0-9 . -");
    memcpy(value, genesis, SEAL_GENESIS_LEN);
    memcpy(value + SEAL_GENESIS_LEN, name, name_len);
    enum err_code rc = dbtxn_get(w->t.txn, w->store->meta, text(META_IDENTITY), &old, e);
    if (rc == ERR_OK && old.len == SEAL_GENESIS_LEN + name_len && memcmp(old.data, value, old.len) == 0)
        return ERR_OK;
    if (rc == ERR_OK)
        return err_set(e, ERR_CONFLICT, "the store belongs to another log");
    if (rc != ERR_NOT_FOUND)
        return rc;
    dbtxn_put(&w->t, w->store->meta, text(META_IDENTITY),
              (struct slice){value, SEAL_GENESIS_LEN + name_len}, 0);
    return storebase_written(w, 1, e);
}

enum err_code store_identity(const struct store_read *r, uint8_t ret_genesis[SEAL_GENESIS_LEN],
                             char ret_name[SEAL_NAME_MAX + 1], struct err *e)
{
    struct slice value;
    enum err_code rc = dbtxn_get(r->txn, r->store->meta, text(META_IDENTITY), &value, e);
    if (rc == ERR_NOT_FOUND)
        return err_set(e, rc, "the store has no log yet");
    if (rc != ERR_OK)
        return rc;
    if (value.len <= SEAL_GENESIS_LEN || value.len > SEAL_GENESIS_LEN + SEAL_NAME_MAX)
        return err_set(e, ERR_CORRUPT, "the identity of the log is damaged");
    memcpy(ret_genesis, value.data, SEAL_GENESIS_LEN);
    memcpy(ret_name, value.data + SEAL_GENESIS_LEN, value.len - SEAL_GENESIS_LEN);
    ret_name[value.len - SEAL_GENESIS_LEN] = '\0';
    return ERR_OK;
}

static enum err_code meta_key(char key[STORE_META_NAME_MAX + 3], const char *name, struct slice *ret,
                              struct err *e)
{
    size_t len = strlen(name);
    if (len < 1 || len > STORE_META_NAME_MAX)
        return err_set(e, ERR_INVALID, "the name of a value must be 1 to %d bytes", STORE_META_NAME_MAX);
    snprintf(key, STORE_META_NAME_MAX + 3, META_CALLER "%s", name);
    *ret = text(key);
    return ERR_OK;
}

enum err_code store_meta_put(struct store_write *w, const char *name, const void *data, size_t len,
                             struct err *e)
{
    char text_key[STORE_META_NAME_MAX + 3];
    struct slice key;
    enum err_code rc = meta_key(text_key, name, &key, e);
    if (rc == ERR_OK && len > STORE_MAX_BLOB)
        rc = err_set(e, ERR_LIMIT, "the value is over %u bytes", STORE_MAX_BLOB);
    if (rc != ERR_OK)
        return rc;
    dbtxn_put(&w->t, w->store->meta, key, (struct slice){data, len}, 0);
    return storebase_written(w, 1, e);
}

enum err_code store_meta(const struct store_read *r, const char *name, struct slice *ret, struct err *e)
{
    char text_key[STORE_META_NAME_MAX + 3];
    struct slice key;
    enum err_code rc = meta_key(text_key, name, &key, e);
    if (rc == ERR_OK)
        rc = dbtxn_get(r->txn, r->store->meta, key, ret, e);
    return rc == ERR_NOT_FOUND ? err_set(e, rc, "no value \"%s\" is stored", name) : rc;
}

enum err_code store_meta_delete(struct store_write *w, const char *name, struct err *e)
{
    char text_key[STORE_META_NAME_MAX + 3];
    struct slice key;
    enum err_code rc = meta_key(text_key, name, &key, e);
    if (rc != ERR_OK)
        return rc;
    dbtxn_delete(&w->t, w->store->meta, key);
    return storebase_written(w, 1, e);
}

enum err_code store_evidence_put(struct store_write *w, uint64_t k, const void *data, size_t len,
                                 struct err *e)
{
    if (len > STORE_MAX_BLOB)
        return err_set(e, ERR_LIMIT, "the evidence is over %u bytes", STORE_MAX_BLOB);
    dbtxn_put(&w->t, w->store->evidence, dbtxn_u64(&k), (struct slice){data, len}, 0);
    return storebase_written(w, 1, e);
}

enum err_code store_evidence(const struct store_read *r, uint64_t k, struct slice *ret, struct err *e)
{
    enum err_code rc = dbtxn_get(r->txn, r->store->evidence, dbtxn_u64(&k), ret, e);
    return rc == ERR_NOT_FOUND ? err_set(e, rc, "batch %llu has no evidence", (unsigned long long)k) : rc;
}

/* ------------------------------------------------------------------ targets */

enum err_code store_entry(const struct store_read *r, uint64_t sequence, struct store_entry *ret,
                          struct err *e)
{
    const uint8_t *record;
    size_t n;
    uint64_t first, count, k;
    enum err_code rc = sequence == 0 ? ERR_NOT_FOUND
                                     : pages_get(r->txn, r->store->page, sequence, &record, &n, e);
    if (rc == ERR_NOT_FOUND)
        return err_set(e, rc, "nothing was accepted with sequence %llu", (unsigned long long)sequence);
    if (rc == ERR_OK)
        rc = storebase_range(r->txn, r->store, sequence, &first, &count, &k, e);
    if (rc != ERR_OK)
        return rc;
    struct pages_record p = pages_decode(record);
    uint8_t rule = p.rule & (uint8_t)~PAGES_FORGOTTEN;
    *ret = (struct store_entry){.sequence = sequence, .accepted_at = p.accepted_at, .k = k};
    ret->leaf_index = k != 0 ? sequence - first : 0;
    ret->forgotten = (p.rule & PAGES_FORGOTTEN) != 0;
    ret->rule = rule == STORE_RULE_BYTES  ? STORE_RULE_BYTES
                : rule == STORE_RULE_RDFC ? STORE_RULE_RDFC
                                          : STORE_RULE_UNKNOWN;
    memcpy(ret->target.b, p.target, sizeof ret->target.b);
    memcpy(ret->salt.b, p.target + sizeof ret->target.b, sizeof ret->salt.b);
    return ERR_OK;
}

enum err_code store_find(const struct store_read *r, const struct hash32 *target,
                         struct store_entry *ret, struct err *e)
{
    struct storebase_look look = {.store = r->store, .txn = r->txn, .target = target->b, .e = e};
    if (!r->store->findable)
        return err_set(e, ERR_UNSUPPORTED, "the store has no index yet: open it for writing once");
    enum err_code rc = storebase_look(&look, storebase_tag(r->store, target->b));
    if (rc != ERR_OK)
        return rc;
    if (look.found != 0)
        return store_entry(r, look.found, ret, e);
    if (look.forgotten)
        return err_set(e, ERR_GONE, "this hash was forgotten");
    return err_set(e, ERR_NOT_FOUND, "this hash was never accepted");
}

enum err_code store_pending(const struct store_read *r, struct store_pending *ret, struct err *e)
{
    uint64_t last, sealed;
    struct store_entry oldest = {0};
    enum err_code rc = pages_last(r->txn, r->store->page, &last, e);
    if (rc == ERR_OK)
        rc = storebase_sealed(r->txn, r->store, &sealed, e);
    if (rc == ERR_OK && last > sealed)
        rc = store_entry(r, sealed + 1, &oldest, e);
    if (rc == ERR_OK)
        *ret = (struct store_pending){sealed + 1, last - sealed, oldest.accepted_at};
    return rc;
}

static enum err_code read_forgotten(const struct store_read *r, uint64_t sequence,
                                    struct store_forgotten *ret, struct err *e)
{
    struct slice value;
    enum err_code rc = dbtxn_get(r->txn, r->store->forgot, dbtxn_u64(&sequence), &value, e);
    if (rc == ERR_OK && value.len != STOREBASE_FORGOT_LEN)
        rc = err_set(e, ERR_CORRUPT, "a forgotten record is damaged");
    if (rc != ERR_OK)
        return rc;
    ret->sequence = sequence;
    memcpy(ret->leaf.b, value.data, sizeof ret->leaf.b);
    memcpy(ret->revoke_id.b, value.data + sizeof ret->leaf.b, sizeof ret->revoke_id.b);
    return ERR_OK;
}

enum err_code store_forgotten(const struct store_read *r, uint64_t sequence,
                              struct store_forgotten *ret, struct err *e)
{
    enum err_code rc = read_forgotten(r, sequence, ret, e);
    return rc == ERR_NOT_FOUND ? err_set(e, rc, "sequence %llu was not forgotten", (unsigned long long)sequence)
                               : rc;
}

/* What is kept of a forgotten target. */
static void put_forgotten(struct store_write *w, const struct store_forgotten *f)
{
    uint8_t value[STOREBASE_FORGOT_LEN];
    memcpy(value, f->leaf.b, sizeof f->leaf.b);
    memcpy(value + sizeof f->leaf.b, f->revoke_id.b, sizeof f->revoke_id.b);
    dbtxn_put(&w->t, w->store->forgot, dbtxn_u64(&f->sequence), (struct slice){value, sizeof value}, 0);
}

enum err_code store_forget(struct store_write *w, const struct hash32 *target,
                           struct store_forgotten *ret, struct err *e)
{
    struct store_entry entry;
    uint8_t tag[8];
    struct bytes_writer b = bytes_writer(tag, sizeof tag);
    enum err_code rc = store_find(store_write_view(w), target, &entry, e);
    if (rc != ERR_OK)
        return rc;
    struct store_forgotten f = {entry.sequence, seal_leaf(&entry.target, &entry.salt),
                                seal_revoke_id(&entry.target, &entry.salt)};
    put_forgotten(w, &f);
    bytes_put_u64(&b, storebase_tag(w->store, target->b));
    dbtxn_put(&w->t, w->store->erase, dbtxn_u64(&f.sequence), (struct slice){tag, sizeof tag}, 0);
    pages_forget(&w->t, w->store->page, f.sequence);
    w->tail.loaded = false; /* it may be on the page that is being filled */
    explicit_bzero(w->tail.bytes, sizeof w->tail.bytes);
    explicit_bzero(&entry, sizeof entry);
    rc = storebase_written(w, 1, e);
    if (rc == ERR_OK)
        *ret = f;
    return rc;
}

enum err_code store_to_erase(const struct store_read *r, uint64_t sequence, uint64_t *ret, struct err *e)
{
    struct slice tag;
    enum err_code rc = storebase_next(r->txn, r->store->erase, &sequence, &tag, e);
    if (rc == ERR_NOT_FOUND)
        return err_set(e, rc, "nothing more is to be erased");
    if (rc == ERR_OK)
        *ret = sequence;
    return rc;
}

/* ------------------------------------------------------------------ leaves and paths */

/* Where the leaves of a batch are: the beginning of its record, without the rest. */
static enum err_code span_of(const struct store_read *r, uint64_t k, uint64_t *ret_first, uint64_t *ret_count,
                             struct err *e)
{
    struct slice record;
    enum err_code rc = dbtxn_get(r->txn, r->store->batch, dbtxn_u64(&k), &record, e);
    if (rc == ERR_NOT_FOUND)
        return err_set(e, rc, "there is no batch %llu", (unsigned long long)k);
    if (rc != ERR_OK)
        return rc;
    struct bytes_reader b = bytes_reader(record.data, record.len);
    *ret_first = bytes_get_u64(&b);
    *ret_count = bytes_get_u64(&b);
    return b.failed ? err_set(e, ERR_CORRUPT, "the record of batch %llu is damaged", (unsigned long long)k)
                    : ERR_OK;
}

enum err_code store_leaves(const struct store_read *r, uint64_t k, uint64_t offset, size_t n,
                           struct hash32 *ret, size_t *ret_n, struct err *e)
{
    uint64_t first, count;
    enum err_code rc = span_of(r, k, &first, &count, e);
    if (rc != ERR_OK)
        return rc;
    uint64_t left = offset < count ? count - offset : 0;
    size_t part = left < n ? (size_t)left : n;
    if (part > 0)
        rc = nodes_leaves(&r->store->tree, first, count, offset, part, ret, e);
    if (rc == ERR_OK)
        *ret_n = part;
    return rc;
}

enum err_code store_path(const struct store_read *r, uint64_t k, uint64_t index,
                         struct merkle_step ret[MERKLE_MAX_LEVELS], unsigned *ret_n, struct err *e)
{
    uint64_t first, count;
    enum err_code rc = span_of(r, k, &first, &count, e);
    if (rc == ERR_OK && index >= count)
        rc = err_set(e, ERR_NOT_FOUND, "batch %llu has no leaf %llu", (unsigned long long)k,
                     (unsigned long long)index);
    return rc == ERR_OK ? nodes_path(&r->store->tree, first, count, index, ret, ret_n, e) : rc;
}

enum err_code store_annex(const struct store_read *r, uint64_t k, struct slice *ret, struct err *e)
{
    enum err_code rc = dbtxn_get(r->txn, r->store->annex, dbtxn_u64(&k), ret, e);
    return rc == ERR_NOT_FOUND ? err_set(e, rc, "batch %llu has no annex", (unsigned long long)k) : rc;
}
