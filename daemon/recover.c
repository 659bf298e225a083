/* What a log needs after a loss: see recover.h. */
#include "daemon/recover.h"

#include <inttypes.h>
#include <stdlib.h>

#include "daemon/log.h"

/* Which of the values the store knows. */
static enum err_code name_values(const struct store_read *read, struct gap_value *values, size_t n, struct err *e)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; rc == ERR_OK && i < n; i++) {
        rc = store_batch_of_value(read, &values[i].value, &values[i].k, e);
        if (rc == ERR_NOT_FOUND)
            rc = ERR_OK;
    }
    return rc;
}

/* Its leaves are its own still: nobody has sealed them again. */
static bool holds_leaves(const struct store_read *read, const struct store_batch *batch)
{
    struct store_entry entry;
    return batch->leaf_count > 0 && store_entry(read, batch->first, &entry, NULL) == ERR_OK && entry.k == batch->k;
}

/* One pass over the batches that no anchor reaches. */
static enum err_code collect_orphans(struct recover *r, const struct store_read *read, struct err *e)
{
    struct store_batch batch = {.k = r->plan.anchored_k > 0 ? r->plan.anchored_k : r->plan.last_k / GAP_ERA * GAP_ERA};
    struct hash32 *values = NULL;
    size_t n = 0, room = 0;
    enum err_code rc = ERR_OK;
    while ((rc = store_batch_after(read, batch.k, &batch, e)) == ERR_OK) {
        if (n == room) {
            room = room > 0 ? 2 * room : 16;
            struct hash32 *more = reallocarray(values, room, sizeof *more);
            uint64_t *again = more != NULL ? reallocarray(r->again, room, sizeof *again) : NULL;
            values = more != NULL ? more : values;
            r->again = again != NULL ? again : r->again;
            if (again == NULL) {
                rc = err_set(e, ERR_NOMEM, "out of memory");
                break;
            }
        }
        values[n++] = batch.anchored;
        if (holds_leaves(read, &batch))
            r->again[r->n_again++] = batch.k;
    }
    if (rc == ERR_NOT_FOUND) {
        r->annex_len = gap_annex(&r->plan, values, n, r->annex);
        rc = ERR_OK;
    }
    free(values);
    return rc;
}

/* The newest batch, and what its era began with. */
static enum err_code look_at_store(const struct store_read *read, const struct hash32 *r0, struct gap_store *ret,
                                   struct err *e)
{
    struct store_batch newest = {.anchored = *r0}, first;
    enum err_code rc = store_batch_newest(read, &newest, e);
    *ret = (struct gap_store){.k = newest.k, .value = newest.anchored};
    if (rc == ERR_NOT_FOUND || (rc == ERR_OK && newest.k < GAP_ERA))
        return ERR_OK;
    if (rc == ERR_OK)
        rc = store_batch(read, newest.k / GAP_ERA * GAP_ERA + 1, &first, e);
    if (rc == ERR_OK)
        ret->declared = first.previous;
    return rc;
}

static enum err_code compare(struct recover *r, const struct store_read *read, struct err *e)
{
    struct gap_store store;
    struct ownlist *list = &r->list;
    list->n = gap_distinct(list->values, list->n);
    enum err_code rc = name_values(read, list->values, list->n, e);
    if (rc == ERR_OK)
        rc = look_at_store(read, &r->r0, &store, e);
    r->key_gone = !ownlist_sender_counts(list);
    if (rc == ERR_OK && !r->key_gone) {
        r->plan = gap_plan(list->values, list->n, &store);
        rc = r->plan.lost ? collect_orphans(r, read, e) : ERR_OK;
    }
    return rc;
}

static void on_list(struct ownlist *list)
{
    struct recover *r = list->user;
    struct store_read read;
    struct err e = {.msg = "the endpoints give no list of anchors that enough of them agree on"};
    r->cancelled = list->cancelled;
    enum err_code rc = list->ok ? store_read_begin(r->store, &read, &e) : ERR_RPC;
    if (rc == ERR_OK) {
        rc = compare(r, &read, &e);
        store_read_end(&read);
    }
    r->ok = rc == ERR_OK;
    if (r->ok)
        log_info("anchors-listed", "own=%zu unknown=%" PRIu64 " orphans_with_hashes=%zu", list->n, r->plan.n_unknown, r->n_again);
    else if (!r->cancelled)
        log_warning("anchors-not-listed", "error=%s", log_quote(e.msg).s);
    ownlist_done(list);
    r->done(r);
}

void recover_start(struct recover *r)
{
    recover_done(r);
    r->list.user = r;
    r->list.done = on_list;
    ownlist_start(&r->list);
}

void recover_done(struct recover *r)
{
    ownlist_done(&r->list);
    free(r->again);
    r->again = NULL;
    r->n_again = 0;
}
