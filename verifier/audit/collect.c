/* Reading a log into a ledger: see collect.h. */
#include "verifier/audit/collect.h"

#include <stdlib.h>
#include <string.h>

/* One round under way. */
struct round {
    struct collect *c;
    size_t n_before; /* batches that earlier rounds have listed */
    size_t cursor;   /* where the next of these is likely to be */
    bool *listed;    /* by these: listed in this round too */
    uint64_t after;  /* the list was asked from here on */
};

/* ------------------------------------------------------------------ rows */

static bool same_batch(const struct ledger_batch *a, const struct ledger_batch *b)
{
    return a->leaf_count == b->leaf_count && a->sealed_at == b->sealed_at &&
           memcmp(a->header_bytes, b->header_bytes, sizeof a->header_bytes) == 0 &&
           hash32_equal(&a->root, &b->root) && hash32_equal(&a->seal, &b->seal) &&
           hash32_equal(&a->previous, &b->previous) && hash32_equal(&a->anchored, &b->anchored);
}

/* Returns: the batch of an earlier round with this number; SIZE_MAX if there is none. */
static size_t find_known(struct round *r, uint64_t number)
{
    const struct ledger_batch *batches = r->c->ledger->batches;
    size_t i = r->cursor;
    if (i >= r->n_before || batches[i].number != number)
        for (i = 0; i < r->n_before && batches[i].number != number; i++)
            ;
    r->cursor = i + 1;
    return i < r->n_before ? i : SIZE_MAX;
}

/* What was listed before may have moved on in its life, and nothing else. */
static void see_again(struct round *r, size_t i, const struct ledger_batch *row)
{
    struct ledger *l = r->c->ledger;
    struct ledger_batch *known = &l->batches[i];
    r->listed[i] = true;
    if (same_batch(known, row)) {
        known->status = row->status;
        known->claim = row->claim;
        return;
    }
    findings_add(&l->seen, (struct finding){.code = FINDING_BATCH_CHANGED, .number = row->number}, "%s", "");
    ledger_forget_batch(l, i);
    *known = *row;
}

static enum err_code add_row(struct round *r, const struct ledger_batch *row, struct err *e)
{
    struct ledger *l = r->c->ledger;
    size_t known = find_known(r, row->number);
    if (known != SIZE_MAX) {
        see_again(r, known, row);
        return ERR_OK;
    }
    return ledger_add_batch(l, row, e);
}

/* What is sealed while the list is read is for the next round. */
static enum err_code list_rows(struct round *r, struct err *e)
{
    struct collect *c = r->c;
    struct ledger_batch row;
    enum err_code rc = source_begin(c->source, r->after, e);
    while (rc == ERR_OK && (rc = source_next(c->source, &row, e)) == ERR_OK) {
        if (row.number <= c->ledger->head)
            rc = add_row(r, &row, e);
        progress_step(c->progress, "batches listed", c->ledger->n_batches, 0);
    }
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

static void note_unlisted(const struct round *r)
{
    struct ledger *l = r->c->ledger;
    for (size_t i = 0; i < r->n_before; i++)
        if (!r->listed[i] && l->batches[i].number > r->after)
            findings_add(&l->seen, (struct finding){.code = FINDING_BATCH_CHANGED, .number = l->batches[i].number},
                         "it is not listed any more");
}

/* The list is asked for from the first batch on that can still change; the first time from the beginning. */
static uint64_t where_to_begin(const struct collect *c)
{
    uint64_t after = 0;
    for (size_t i = 0; c->listed && i < c->ledger->n_batches && c->ledger->batches[i].status == PROOF_FINAL; i++)
        after = c->ledger->batches[i].number;
    return after;
}

/* ------------------------------------------------------------------ leaves and annexes */

/* The leaves last: with them the batch is read. A batch that the journal brought back is read again only if
 * the sample needs its leaves. */
static enum err_code read_leaves(struct collect *c, size_t i, uint64_t first, struct err *e)
{
    struct ledger *l = c->ledger;
    struct ledger_batch *batch = &l->batches[i];
    struct hash32 *leaves;
    uint64_t n;
    enum err_code rc = source_leaves(c->source, batch, &leaves, &n, e);
    if (rc != ERR_OK)
        return rc;
    draw_fill(c->sample, first, batch->number, leaves, n < batch->leaf_count ? n : batch->leaf_count);
    if (batch->is_read)
        return ERR_OK;
    rc = ledger_rebuild(l, i, leaves, n, e);
    l->batches[i].is_read = rc == ERR_OK;
    return rc;
}

static enum err_code read_annex(struct collect *c, size_t i, struct err *e)
{
    struct slice annex;
    struct ledger_batch *batch = &c->ledger->batches[i];
    if (!batch->header_ok || hash32_is_zero(&batch->header.annex_hash))
        return ERR_OK;
    enum err_code rc = source_annex(c->source, batch, &annex, e);
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    return rc == ERR_OK ? ledger_read_annex(c->ledger, i, annex.data, annex.len, e) : rc;
}

static enum err_code read_batches(struct round *r, struct err *e)
{
    struct collect *c = r->c;
    struct ledger *l = c->ledger;
    uint64_t first = 0;
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < l->n_batches && rc == ERR_OK; first += l->batches[i++].leaf_count) {
        bool was_read = l->batches[i].is_read;
        progress_step(c->progress, "trees rebuilt", i, l->n_batches);
        if (was_read && (c->listed || !draw_hits(c->sample, first, l->batches[i].leaf_count)))
            continue;
        rc = was_read ? ERR_OK : read_annex(c, i, e);
        if (rc == ERR_OK)
            rc = read_leaves(c, i, first, e);
        if (rc == ERR_OK && !was_read && i >= r->n_before)
            journal_batch(c->journal, l, i);
    }
    return rc;
}

static enum err_code draw(struct collect *c, struct err *e)
{
    uint64_t total = 0;
    if (c->listed || c->sample_n == 0 || c->sample->items != NULL)
        return ERR_OK;
    for (size_t i = 0; i < c->ledger->n_batches; i++)
        total += c->ledger->batches[i].leaf_count;
    return draw_make(c->sample, total, c->sample_n, c->sample_seed, e);
}

enum err_code collect_round(struct collect *c, struct err *e)
{
    struct round r = {.c = c, .n_before = c->ledger->n_batches, .after = where_to_begin(c)};
    r.listed = calloc(r.n_before + 1, sizeof *r.listed);
    if (r.listed == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    enum err_code rc = source_log(c->source, c->ledger, e);
    if (rc == ERR_OK)
        rc = list_rows(&r, e);
    if (rc == ERR_OK) {
        note_unlisted(&r);
        rc = draw(c, e);
    }
    if (rc == ERR_OK)
        rc = read_batches(&r, e);
    if (rc == ERR_OK)
        c->listed = true;
    free(r.listed);
    return rc;
}
