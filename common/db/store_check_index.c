/* The index against the records: see store_checkbase.h.
 *
 * A run covers whole generations of sequences. If each of its entries leads to a record of that range with that tag, and
 * the entries stand in strict order, no two of them lead to the same record; if there are as many entries as
 * records, none is missing. The upkeep of a live store may merge a run away while it is read: then the run that covers
 * the generation now is checked instead. */
#include <stdlib.h>

#include "common/db/store.h"
#include "common/db/store_checkbase.h"

/* Records of a range of sequences that the index must hold: forgotten ones that were erased have no entry. */
struct expect {
    uint64_t n;
};

static void on_expected(void *ctx, uint64_t sequence, uint64_t tag)
{
    struct expect *x = ctx;
    (void)sequence, (void)tag;
    x->n++;
}

/* The tag of a record as the index knows it; 0: none. */
static enum err_code tag_of(struct store_checkbase *c, MDB_txn *txn, uint64_t sequence, uint64_t *ret, struct err *e)
{
    const uint8_t *record;
    struct slice kept;
    size_t n;
    *ret = 0;
    enum err_code rc = pages_get(txn, c->s->page, sequence, &record, &n, e);
    if (rc == ERR_OK && (pages_decode(record).rule & PAGES_FORGOTTEN) == 0)
        *ret = storebase_tag(c->s, record);
    else if (rc == ERR_OK && dbtxn_get(txn, c->s->erase, dbtxn_u64(&sequence), &kept, NULL) == ERR_OK && kept.len == 8) {
        struct bytes_reader r = bytes_reader(kept.data, kept.len);
        *ret = bytes_get_u64(&r);
    }
    return rc == ERR_NOT_FOUND || rc == ERR_CORRUPT ? ERR_OK : rc;
}

struct walk {
    struct store_checkbase *c;
    uint64_t first, last; /* sequences that the run may hold */
    uint64_t entries;
    struct runfile_entry before;
    bool told_order;
    bool told_entry; /* one a run: the remedy is the same for all */
};

static enum err_code check_slice(struct walk *w, const struct runfile_entry *entry, size_t n, struct err *e)
{
    MDB_txn *txn;
    uint64_t tag;
    enum err_code rc = dbenv_read_begin(&w->c->s->log, &txn, e);
    if (rc != ERR_OK)
        return rc;
    for (size_t i = 0; i < n && rc == ERR_OK; i++) {
        if (w->entries++ > 0 && !runfile_below(w->before, entry[i]) && !w->told_order) {
            store_checkbase_found(w->c, STORE_FINDING_INDEX_ORDER, entry[i].sequence, 0);
            w->told_order = true;
        }
        w->before = entry[i];
        rc = tag_of(w->c, txn, entry[i].sequence, &tag, e);
        bool inside = entry[i].sequence >= w->first && entry[i].sequence <= w->last;
        if (rc == ERR_OK && !w->told_entry && (!inside || tag != entry[i].tag)) {
            store_checkbase_found(w->c, STORE_FINDING_INDEX_ENTRY, entry[i].sequence, 0);
            w->told_entry = true;
        }
    }
    dbenv_read_end(&w->c->s->log, txn);
    return rc;
}

/* Returns: ERR_OK; ERR_GONE it was merged away meanwhile. */
static enum err_code check_run(struct store_checkbase *c, const struct runs_run *run, uint64_t generations, struct err *e)
{
    struct walk w = {.c = c, .first = (run->generation << RECENT_BITS) + 1, .last = (run->generation + generations) << RECENT_BITS};
    struct runfile_entry *entry = malloc(STORE_CHECKBASE_SLICE * sizeof *entry), from = {0};
    struct expect expected = {0};
    size_t n = 1;
    enum err_code rc = entry != NULL ? ERR_OK : err_set(e, ERR_NOMEM, "out of memory");
    while (rc == ERR_OK && n > 0) {
        if (atomic_load(&c->s->cancelled))
            rc = err_set(e, ERR_CANCELLED, "the store is closing");
        if (rc == ERR_OK)
            rc = runs_read(&c->s->index, run->id, from, STORE_CHECKBASE_SLICE, entry, &n, e);
        if (rc == ERR_OK)
            rc = check_slice(&w, entry, n, e);
        if (rc == ERR_OK && n > 0)
            from = (struct runfile_entry){entry[n - 1].tag, entry[n - 1].sequence + 1};
    }
    free(entry);
    if (rc == ERR_OK)
        rc = storebase_scan(c->s, w.first, w.last, on_expected, &expected, e);
    if (rc == ERR_CORRUPT) /* a record is missing: told when the records were checked */
        return ERR_OK;
    if (rc == ERR_OK && (w.entries != expected.n || w.entries != run->count))
        store_checkbase_found(c, STORE_FINDING_INDEX_COUNT, w.first, 0);
    if (rc == ERR_OK)
        c->counts.index_entries += w.entries;
    return rc;
}

enum err_code store_check_index(struct store_checkbase *c, struct err *e)
{
    uint64_t covered = 0;
    if (c->s->index.env.folder == NULL)
        return ERR_OK; /* a copy has none: it is made at the first opening for writing */
    for (uint64_t next = 0;;) {
        struct runs_run run;
        enum err_code rc = runs_covering(&c->s->index, next, &run, &covered, e);
        if (rc != ERR_OK && rc != ERR_NOT_FOUND)
            return rc;
        if (next >= covered)
            return ERR_OK;
        if (rc == ERR_NOT_FOUND) {
            store_checkbase_found(c, STORE_FINDING_INDEX_GAP, (next << RECENT_BITS) + 1, 0);
            next++;
            continue;
        }
        uint64_t generations = 1;
        for (unsigned tier = 0; tier < run.tier; tier++)
            generations *= RUNS_FAN;
        rc = check_run(c, &run, generations, e);
        if (rc == ERR_OK)
            next = run.generation + generations;
        else if (rc != ERR_GONE)
            return rc;
    }
}
