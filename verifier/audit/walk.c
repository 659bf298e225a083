/* From genesis to head: see walk.h and design.md section 2. */
#include "verifier/audit/walk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/sha256.h"

void walk_done(struct walk *w)
{
    free(w->steps);
    *w = (struct walk){0};
}

static void add(struct findings *out, enum finding_code code, const struct ledger_batch *batch, const char *detail)
{
    findings_add(out, (struct finding){.code = code, .number = batch->number}, "%s", detail);
}

/* ------------------------------------------------------------------ order */

static int by_number(const void *a, const void *b)
{
    const struct walk_step *x = a, *y = b;
    if (x->batch->number != y->batch->number)
        return x->batch->number < y->batch->number ? -1 : 1;
    return (x->batch > y->batch) - (x->batch < y->batch); /* as listed */
}

static void check_listing(const struct ledger *l, struct findings *out)
{
    for (size_t i = 1; i < l->n_batches; i++)
        if (l->batches[i].number < l->batches[i - 1].number)
            findings_add(out, (struct finding){.code = FINDING_LIST_ORDER, .number = l->batches[i].number},
                         "it stands behind batch %" PRIu64, l->batches[i - 1].number);
}

static void drop_repeated(struct walk *w, struct findings *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->n; i++) {
        const struct ledger_batch *batch = w->steps[i].batch;
        if (kept > 0 && w->steps[kept - 1].batch->number == batch->number)
            add(out, FINDING_NUMBER_REPEATED, batch,
                hash32_equal(&w->steps[kept - 1].batch->anchored, &batch->anchored) ? "the same value"
                                                                                    : "another value");
        else
            w->steps[kept++] = w->steps[i];
    }
    w->n = kept;
}

static enum err_code put_in_order(const struct ledger *l, struct walk *w, struct findings *out, struct err *e)
{
    w->steps = calloc(l->n_batches + 1, sizeof *w->steps);
    if (w->steps == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    for (size_t i = 0; i < l->n_batches; i++)
        w->steps[w->n++].batch = &l->batches[i];
    check_listing(l, out);
    qsort(w->steps, w->n, sizeof *w->steps, by_number);
    drop_repeated(w, out);
    return ERR_OK;
}

/* ------------------------------------------------------------------ one batch by itself */

static void check_header(const struct ledger *l, const struct ledger_batch *batch, struct findings *out)
{
    const struct seal_header *header = &batch->header;
    if (!batch->header_ok || !hash32_equal(&header->r0, &l->r0)) {
        add(out, FINDING_HEADER_FOREIGN, batch, batch->header_ok ? "it holds another R_0" : "it is no header");
        return;
    }
    if (header->number != batch->number)
        add(out, FINDING_HEADER_DIFFERS, batch, "number");
    if (header->leaf_count != batch->leaf_count)
        add(out, FINDING_HEADER_DIFFERS, batch, "leafCount");
    if (header->sealed_at != batch->sealed_at)
        add(out, FINDING_HEADER_DIFFERS, batch, "sealedAt");
}

static void check_tree(const struct ledger_batch *batch, struct findings *out)
{
    uint64_t count = batch->header_ok ? batch->header.leaf_count : batch->leaf_count;
    if (batch->n_leaves != count)
        findings_add(out, (struct finding){.code = FINDING_LEAVES_MISSING, .number = batch->number},
                     "%" PRIu64 " of %" PRIu64, batch->n_leaves, count);
    else if (!hash32_equal(&batch->rebuilt, &batch->root))
        add(out, FINDING_ROOT_DIFFERS, batch, "");
}

static void check_annex(const struct ledger_batch *batch, struct findings *out)
{
    bool wanted = batch->header_ok && !hash32_is_zero(&batch->header.annex_hash);
    if (!wanted && batch->annex != LEDGER_ANNEX_NONE)
        add(out, FINDING_ANNEX_DIFFERS, batch, "the header commits to none");
    if (!wanted)
        return;
    if (batch->annex == LEDGER_ANNEX_NONE)
        add(out, FINDING_ANNEX_MISSING, batch, "");
    else if (!hash32_equal(&batch->annex_hash, &batch->header.annex_hash))
        add(out, FINDING_ANNEX_DIFFERS, batch, "");
    else if (batch->annex == LEDGER_ANNEX_MALFORMED)
        add(out, FINDING_ANNEX_MALFORMED, batch, "");
}

static void check_seal(const struct ledger_batch *batch, struct findings *out)
{
    struct hash32 header_hash = sha256(batch->header_bytes, sizeof batch->header_bytes);
    struct hash32 seal = seal_of(&batch->root, &header_hash);
    struct hash32 value = seal_next(&batch->previous, &batch->seal);
    if (!hash32_equal(&seal, &batch->seal))
        add(out, FINDING_SEAL_DIFFERS, batch, "");
    if (!hash32_equal(&value, &batch->anchored))
        add(out, FINDING_VALUE_DIFFERS, batch, "");
}

/* ------------------------------------------------------------------ one batch after another */

/* Where the walk stands: after a batch, or at the genesis. */
struct position {
    uint64_t number, sealed_at, block;
    struct hash32 value;
    bool closed;
};

/* A declared gap must name where the log stood, and take the first number of a new era. Which era, which values
 * it does not know, and which it therefore follows, is for the chain to say. */
static void check_gap(const struct position *at, const struct ledger_batch *batch, struct findings *out)
{
    const struct ledger_gap *gap = &batch->gap;
    if (gap->last_number != at->number || !hash32_equal(&gap->last_value, &at->value))
        add(out, FINDING_GAP_FALSE, batch, "it names another last batch");
    if (batch->number % LEDGER_ERA != 1 || batch->number / LEDGER_ERA <= at->number / LEDGER_ERA)
        add(out, FINDING_GAP_NUMBER, batch, "not the first of an era that is new");
}

static void check_follows(const struct position *at, struct walk_step *step, struct findings *out)
{
    const struct ledger_batch *batch = step->batch;
    if (batch->gap.declared) {
        check_gap(at, batch, out);
    } else if (batch->number != at->number + 1) {
        step->n_missing = batch->number - at->number - 1;
        findings_add(out, (struct finding){.code = FINDING_NUMBER_GAP, .number = batch->number},
                     "%" PRIu64 " missing after batch %" PRIu64, step->n_missing, at->number);
    } else if (!hash32_equal(&batch->previous, &at->value)) {
        add(out, FINDING_PREVIOUS_DIFFERS, batch, "");
    }
    if (at->closed)
        add(out, FINDING_AFTER_CLOSURE, batch, "");
}

static void check_times(const struct ledger *l, const struct position *at, const struct ledger_batch *batch,
                        struct findings *out)
{
    const struct seal_header *header = &batch->header;
    if (header->sealed_at < at->sealed_at)
        findings_add(out, (struct finding){.code = FINDING_SEALED_AT_BACK, .number = batch->number},
                     "%" PRIu64 " seconds", at->sealed_at - header->sealed_at);
    if (hash32_is_zero(&header->block_hash))
        return;
    if (header->chain_id != l->genesis.chain_id)
        findings_add(out, (struct finding){.code = FINDING_RECENT_CHAIN, .number = batch->number},
                     "chain %" PRIu64, header->chain_id);
    else if (header->block < at->block)
        findings_add(out, (struct finding){.code = FINDING_RECENT_BLOCK_BACK, .number = batch->number},
                     "block %" PRIu64 " after %" PRIu64, header->block, at->block);
}

static void move_on(struct position *at, const struct ledger_batch *batch)
{
    at->number = batch->number;
    at->value = batch->anchored;
    at->closed = batch->closed;
    if (!batch->header_ok)
        return;
    at->sealed_at = batch->header.sealed_at;
    if (!hash32_is_zero(&batch->header.block_hash))
        at->block = batch->header.block;
}

static void check_head(const struct ledger *l, const struct position *at, struct findings *out)
{
    struct finding where = {.code = FINDING_HEAD_DIFFERS, .number = at->number};
    if (l->head != at->number)
        findings_add(out, where, "the log names batch %" PRIu64, l->head);
    else if (!hash32_equal(&l->anchored, &at->value))
        findings_add(out, where, "the log names another value");
}

enum err_code walk_log(const struct ledger *l, struct walk *ret, struct findings *out, struct err *e)
{
    struct walk w = {0};
    struct position at = {.value = l->r0};
    enum err_code rc = put_in_order(l, &w, out, e);
    if (rc != ERR_OK)
        return rc;
    for (size_t i = 0; i < w.n; i++) {
        const struct ledger_batch *batch = w.steps[i].batch;
        check_header(l, batch, out);
        check_tree(batch, out);
        check_annex(batch, out);
        check_seal(batch, out);
        check_follows(&at, &w.steps[i], out);
        if (batch->header_ok)
            check_times(l, &at, batch, out);
        move_on(&at, batch);
    }
    check_head(l, &at, out);
    *ret = w;
    return ERR_OK;
}

/* ------------------------------------------------------------------ leaves */

static int by_prefix(const void *a, const void *b)
{
    const struct ledger_leaf *x = a, *y = b;
    if (x->prefix != y->prefix)
        return x->prefix < y->prefix ? -1 : 1;
    if (x->batch != y->batch)
        return x->batch < y->batch ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* Leaves are hashes: by one pass over their first 16 bits each bucket becomes small enough for the cache. */
static enum err_code sort_leaves(const struct ledger *l, struct ledger_leaf **ret, struct err *e)
{
    enum { BUCKETS = 1 << 16 };
    struct ledger_leaf *sorted = malloc((l->n_leaves + 1) * sizeof *sorted);
    size_t *start = calloc(BUCKETS + 1, sizeof *start);
    if (sorted == NULL || start == NULL) {
        free(sorted);
        free(start);
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    }
    for (size_t i = 0; i < l->n_leaves; i++)
        start[(l->leaves[i].prefix >> 48) + 1]++;
    for (size_t b = 0; b < BUCKETS; b++)
        start[b + 1] += start[b];
    for (size_t i = 0; i < l->n_leaves; i++)
        sorted[start[l->leaves[i].prefix >> 48]++] = l->leaves[i];
    /* start[b] is now where bucket b ends. */
    for (size_t b = 0, from = 0; b < BUCKETS; from = start[b++])
        if (start[b] - from > 1)
            qsort(sorted + from, start[b] - from, sizeof *sorted, by_prefix);
    free(start);
    *ret = sorted;
    return ERR_OK;
}

/* Where a batch is listed twice, its leaves are not looked at a second time. */
static bool *walked(const struct ledger *l, const struct walk *w)
{
    bool *is_step = calloc(l->n_batches + 1, sizeof *is_step);
    for (size_t i = 0; i < w->n && is_step != NULL; i++)
        is_step[w->steps[i].batch - l->batches] = true;
    return is_step;
}

static void compare_leaves(const struct ledger *l, const struct ledger_leaf *sorted, const bool *is_step,
                           const bool *proven, struct findings *out)
{
    for (size_t i = 1; i < l->n_leaves; i++) {
        const struct ledger_leaf *first = &sorted[i - 1], *again = &sorted[i];
        if (first->prefix != again->prefix || !is_step[again->batch] || (proven != NULL && !proven[first->batch]))
            continue;
        findings_add(out, (struct finding){.code = FINDING_LEAF_REPEATED, .number = l->batches[again->batch].number},
                     "leaf %" PRIu32 ", also leaf %" PRIu32 " of batch %" PRIu64, again->index, first->index,
                     l->batches[first->batch].number);
    }
}

enum err_code walk_leaves(const struct ledger *l, const struct walk *w, const bool *proven, struct findings *out,
                          struct err *e)
{
    struct ledger_leaf *sorted;
    bool *is_step = walked(l, w);
    if (is_step == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    enum err_code rc = sort_leaves(l, &sorted, e);
    if (rc == ERR_OK) {
        compare_leaves(l, sorted, is_step, proven, out);
        free(sorted);
    }
    free(is_step);
    return rc;
}
