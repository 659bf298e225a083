/* Anchors against batches: see match.h and design.md, "What counts as an anchor", "Recovery". */
#include "verifier/audit/match.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/sha256.h"

const char *match_role_word(enum match_role role)
{
    static const char *const WORDS[] = {
        [MATCH_BATCH] = "batch",       [MATCH_REPEATED] = "repeated", [MATCH_UNKNOWN] = "unknown",
        [MATCH_LOST] = "lost",         [MATCH_STANDING] = "not-in-force", [MATCH_KEYS] = "keys",
        [MATCH_REVOKE] = "revocation", [MATCH_FAILED] = "failed",     [MATCH_OTHER] = "other",
    };
    return WORDS[role];
}

void match_done(struct match *m)
{
    free(m->txs);
    free(m->first);
    free(m->orphan);
    free(m->proven);
    free(m->events);
    *m = (struct match){0};
}

static struct finding at_batch(enum finding_code code, const struct ledger_batch *batch)
{
    return (struct finding){.code = code, .number = batch->number};
}

static struct finding at_tx(enum finding_code code, const struct ledger_tx *tx)
{
    return (struct finding){.code = code, .block = tx->place.block, .tx = tx->hash, .key = tx->sender};
}

/* ------------------------------------------------------------------ chain order */

static int by_place(const void *a, const void *b)
{
    const struct match_tx *x = a, *y = b;
    return keychain_compare(&x->tx->place, &y->tx->place);
}

static enum err_code prepare(const struct ledger *l, const struct walk *w, struct match *m, struct err *e)
{
    m->txs = calloc(l->n_txs + 1, sizeof *m->txs);
    m->first = calloc(w->n + 1, sizeof *m->first);
    m->orphan = calloc(w->n + 1, sizeof *m->orphan);
    m->proven = calloc(l->n_batches + 1, sizeof *m->proven);
    m->events = calloc(l->n_txs + 1, sizeof *m->events);
    if (m->txs == NULL || m->first == NULL || m->orphan == NULL || m->proven == NULL || m->events == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    for (size_t i = 0; i < l->n_txs; i++)
        m->txs[m->n_txs++] = (struct match_tx){.tx = &l->txs[i], .role = MATCH_OTHER};
    qsort(m->txs, m->n_txs, sizeof *m->txs, by_place);
    for (size_t i = 0; i < m->n_txs; i++) {
        const struct ledger_tx *tx = m->txs[i].tx;
        if (tx->counts && (tx->kind == LEDGER_KEY_ADD || tx->kind == LEDGER_KEY_REMOVE))
            m->events[m->n_events++] = (struct keychain_event){.place = tx->place, .time = tx->time,
                                                               .added = tx->kind == LEDGER_KEY_ADD,
                                                               .issuer = tx->sender, .key = tx->key};
    }
    keychain_sort(m->events, m->n_events);
    return ERR_OK;
}

/* ------------------------------------------------------------------ values */

/* The published values, for looking up. */
struct values {
    struct value {
        struct hash32 value;
        size_t step;
    } *items;
    size_t n;
};

static int by_hash(const void *a, const void *b)
{
    const struct hash32 *x = a, *y = b;
    return memcmp(x->b, y->b, sizeof x->b);
}

static int by_value(const void *a, const void *b)
{
    const struct value *x = a, *y = b;
    int by = by_hash(&x->value, &y->value);
    return by != 0 ? by : (x->step > y->step) - (x->step < y->step);
}

static enum err_code index_values(const struct walk *w, struct values *ret, struct err *e)
{
    ret->items = calloc(w->n + 1, sizeof *ret->items);
    if (ret->items == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    for (size_t i = 0; i < w->n; i++)
        ret->items[ret->n++] = (struct value){w->steps[i].batch->anchored, i};
    qsort(ret->items, ret->n, sizeof *ret->items, by_value);
    return ERR_OK;
}

/* Returns: the step that has this value; SIZE_MAX if none has. */
static size_t find_value(const struct values *v, const struct hash32 *value)
{
    size_t low = 0, high = v->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(v->items[middle].value.b, value->b, sizeof value->b) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < v->n && hash32_equal(&v->items[low].value, value) ? v->items[low].step : SIZE_MAX;
}

/* ------------------------------------------------------------------ transactions */

static bool was_ever_in_force(const struct match *m, const struct ledger *l, const struct ledger_tx *tx)
{
    if (keychain_same(&tx->sender, &l->genesis.issuer))
        return true;
    for (size_t i = 0; i < m->n_events && keychain_compare(&m->events[i].place, &tx->place) < 0; i++)
        if (m->events[i].added && keychain_same(&m->events[i].key, &tx->sender))
            return true;
    return false;
}

static bool in_force(const struct match *m, const struct ledger *l, const struct ledger_tx *tx)
{
    struct keychain_moment then = {.place = tx->place};
    return keychain_standing(&l->genesis.issuer, m->events, m->n_events, &tx->sender, &then) != KEYCHAIN_FOREIGN;
}

static void place_standing(const struct match *m, const struct ledger *l, struct match_tx *t, struct findings *out)
{
    bool removed = was_ever_in_force(m, l, t->tx);
    struct finding where = at_tx(removed ? FINDING_ANCHOR_BY_REMOVED_KEY : FINDING_ANCHOR_BEFORE_KEY, t->tx);
    where.number = t->number;
    t->role = MATCH_STANDING;
    if (removed || t->number != 0) /* what a key did before is no matter of this log */
        findings_add(out, where, t->number != 0 ? "%s" : "%s, of no batch of the log", "an anchor");
}

static void place_anchor(const struct ledger *l, const struct walk *w, const struct values *values, struct match *m,
                         struct match_tx *t, struct findings *out)
{
    size_t step = find_value(values, &t->tx->value);
    t->number = step != SIZE_MAX ? w->steps[step].batch->number : 0;
    if (!in_force(m, l, t->tx)) {
        place_standing(m, l, t, out);
        return;
    }
    if (step == SIZE_MAX) {
        t->role = MATCH_UNKNOWN;
        return;
    }
    t->role = m->first[step] == NULL ? MATCH_BATCH : MATCH_REPEATED;
    if (m->first[step] == NULL) {
        m->first[step] = t->tx;
        return;
    }
    struct finding where = at_tx(FINDING_ANCHOR_REPEATED, t->tx);
    where.number = t->number;
    findings_add(out, where, "first in block %" PRIu64, m->first[step]->place.block);
}

static void place_other(struct match_tx *t, struct findings *out)
{
    const struct ledger_tx *tx = t->tx;
    if (tx->kind == LEDGER_ELSEWHERE)
        findings_add(out, at_tx(FINDING_ANCHOR_ELSEWHERE, tx), "nonce %" PRIu64, tx->nonce);
    else
        findings_add(out, at_tx(FINDING_OTHER_TRANSACTION, tx), "nonce %" PRIu64, tx->nonce);
}

static void place_tx(const struct ledger *l, const struct walk *w, const struct values *values, struct match *m,
                     struct match_tx *t, struct findings *out)
{
    const struct ledger_tx *tx = t->tx;
    if (!tx->counts && tx->kind != LEDGER_ELSEWHERE && tx->kind != LEDGER_OTHER) {
        t->role = MATCH_FAILED;
        findings_add(out, at_tx(FINDING_ANCHOR_FAILED, tx), "nonce %" PRIu64, tx->nonce);
        return;
    }
    switch (tx->kind) {
    case LEDGER_ANCHOR: place_anchor(l, w, values, m, t, out); break;
    case LEDGER_KEY_ADD:
    case LEDGER_KEY_REMOVE: t->role = MATCH_KEYS; break;
    case LEDGER_REVOKE: t->role = MATCH_REVOKE; break;
    case LEDGER_ELSEWHERE:
    case LEDGER_OTHER: place_other(t, out); break;
    }
}

/* ------------------------------------------------------------------ values that the log does not hold */

/* The places in the chain between which a batch's lost predecessors can stand: after the newest anchor of
 * the batches before it, and before its own. NULL: no bound. */
static void bounds(const struct match *m, size_t step, const struct ledger_tx **after, const struct ledger_tx **before)
{
    *before = m->first[step];
    *after = NULL;
    for (size_t i = step; i-- > 0 && *after == NULL;)
        *after = m->first[i];
}

static bool is_between(const struct ledger_tx *tx, const struct ledger_tx *after, const struct ledger_tx *before)
{
    return (after == NULL || keychain_compare(&tx->place, &after->place) > 0) &&
           (before == NULL || keychain_compare(&tx->place, &before->place) < 0);
}

static bool has_unknown(const struct match *m)
{
    size_t i = 0;
    while (i < m->n_txs && m->txs[i].role != MATCH_UNKNOWN)
        i++;
    return i < m->n_txs;
}

/* Batches that are missing in the list were recorded all the same: as many unknown values as batches. */
static void explain_missing(struct match *m, size_t step, uint64_t n)
{
    const struct ledger_tx *after, *before;
    bounds(m, step, &after, &before);
    for (size_t i = 0; i < m->n_txs && n > 0; i++) {
        struct match_tx *t = &m->txs[i];
        if (t->role == MATCH_UNKNOWN && is_between(t->tx, after, before)) {
            t->role = MATCH_LOST;
            n--;
        }
    }
}

static bool seen_before(const struct match *m, size_t i, const struct ledger_tx *after)
{
    for (size_t j = 0; j < i; j++)
        if (m->txs[j].role == MATCH_LOST && is_between(m->txs[j].tx, after, NULL) &&
            hash32_equal(&m->txs[j].tx->value, &m->txs[i].tx->value))
            return true;
    return false;
}

/* The values that a gap can speak of, in chain order, each once.
 * Out: *ret_newest  the last of them; untouched if there is none. Returns: how many. */
static uint64_t take_lost(struct match *m, size_t at, struct hash32 *ret_newest, struct hash32 *ret_hash)
{
    const struct ledger_tx *after, *before;
    struct sha256_stream hash;
    uint64_t n = 0;
    bounds(m, at, &after, &before);
    sha256_init(&hash);
    for (size_t i = 0; i < m->n_txs; i++) {
        struct match_tx *t = &m->txs[i];
        if (t->role != MATCH_UNKNOWN || !is_between(t->tx, after, before))
            continue;
        t->role = MATCH_LOST;
        if (seen_before(m, i, after))
            continue;
        *ret_newest = t->tx->value;
        sha256_update(&hash, t->tx->value.b, sizeof t->tx->value.b);
        n++;
    }
    *ret_hash = sha256_final(&hash);
    return n;
}

/* The batches just before the gap that never reached the chain: count and hash must be theirs. */
static bool take_orphans(const struct walk *w, struct match *m, size_t at)
{
    const struct ledger_gap *gap = &w->steps[at].batch->gap;
    struct sha256_stream hash;
    if (gap->n_orphans > at)
        return false;
    sha256_init(&hash);
    for (size_t i = at - (size_t)gap->n_orphans; i < at; i++)
        sha256_update(&hash, w->steps[i].batch->anchored.b, sizeof w->steps[i].batch->anchored.b);
    struct hash32 all = sha256_final(&hash);
    if (!hash32_equal(&all, &gap->orphans_hash))
        return false;
    for (size_t i = at - (size_t)gap->n_orphans; i < at; i++)
        m->orphan[i] = true;
    return true;
}

/* The value that the batch after a gap follows if no value was lost: that of the newest batch which is no orphan. */
static struct hash32 value_before(const struct ledger *l, const struct walk *w, const struct match *m, size_t at)
{
    while (at > 0 && m->orphan[at - 1])
        at--;
    return at > 0 ? w->steps[at - 1].batch->anchored : l->r0;
}

/* The anchors that whoever sealed this batch could see: those before the first one of it or of a later batch.
 * NULL: all of them. */
static const struct ledger_tx *first_from(const struct walk *w, const struct match *m, size_t at)
{
    const struct ledger_tx *first = NULL;
    for (size_t i = at; i < w->n; i++)
        if (m->first[i] != NULL && (first == NULL || keychain_compare(&m->first[i]->place, &first->place) < 0))
            first = m->first[i];
    return first;
}

/* How many different values were recorded before an anchor, by its sender or (sender NULL) by any key. */
static enum err_code count_values(const struct match *m, const struct ledger_tx *before,
                                  const struct seal_address *sender, uint64_t *ret, struct err *e)
{
    struct hash32 *values = calloc(m->n_txs + 1, sizeof *values);
    size_t n = 0;
    if (values == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    for (size_t i = 0; i < m->n_txs; i++) {
        const struct ledger_tx *tx = m->txs[i].tx;
        if (tx->kind == LEDGER_ANCHOR && tx->counts && is_between(tx, NULL, before) &&
            (sender == NULL || keychain_same(&tx->sender, sender)))
            values[n++] = tx->value;
    }
    qsort(values, n, sizeof *values, by_hash);
    *ret = 0;
    for (size_t i = 0; i < n; i++)
        *ret += i == 0 || !hash32_equal(&values[i], &values[i - 1]);
    free(values);
    return ERR_OK;
}

static uint64_t era_after(uint64_t last_number, uint64_t n_values)
{
    uint64_t era = last_number / LEDGER_ERA;
    return 1 + (era > n_values ? era : n_values);
}

/* The number after a gap follows from the last one and from the count of own values on the chain: of the key
 * that goes on, or of all keys of the log. That it opens an era at all was looked at in the walk. */
static enum err_code check_gap_number(const struct walk *w, const struct match *m, size_t at, struct findings *out,
                                      struct err *e)
{
    const struct ledger_batch *batch = w->steps[at].batch;
    const struct ledger_tx *first = first_from(w, m, at);
    uint64_t last = at > 0 ? w->steps[at - 1].batch->number : 0, era = batch->number / LEDGER_ERA, all = 0, own = 0;
    enum err_code rc = count_values(m, first, NULL, &all, e);
    if (rc == ERR_OK && first != NULL)
        rc = count_values(m, first, &first->sender, &own, e);
    else
        own = all;
    if (rc != ERR_OK || batch->number % LEDGER_ERA != 1 || era <= last / LEDGER_ERA)
        return rc;
    if (era != era_after(last, own) && era != era_after(last, all))
        findings_add(out, at_batch(FINDING_GAP_NUMBER, batch), "era %" PRIu64 " after %" PRIu64 " own values, not %" PRIu64,
                     era, own, era_after(last, own));
    return ERR_OK;
}

/* A declared gap says how many values it does not know, and which; how many batches it seals again, and which. */
static void explain_gap(const struct ledger *l, const struct walk *w, struct match *m, size_t at, struct findings *out)
{
    const struct ledger_batch *batch = w->steps[at].batch;
    const struct ledger_gap *gap = &batch->gap;
    struct hash32 all;
    if (!take_orphans(w, m, at))
        findings_add(out, at_batch(FINDING_GAP_FALSE, batch), "%" PRIu64 " other batches sealed again", gap->n_orphans);
    struct hash32 newest = value_before(l, w, m, at);
    uint64_t n = take_lost(m, at, &newest, &all);
    if (n != gap->n_unknown || !hash32_equal(&all, &gap->unknown_hash))
        findings_add(out, at_batch(FINDING_GAP_FALSE, batch),
                     "it declares %" PRIu64 " unknown values, the chain shows %" PRIu64, gap->n_unknown, n);
    else if (!hash32_equal(&batch->previous, &newest))
        findings_add(out, at_batch(FINDING_PREVIOUS_DIFFERS, batch), "it does not follow the newest value before it");
    findings_add(out, at_batch(n > 0 ? FINDING_GAP_WITH_LOSS : FINDING_GAP_DECLARED, batch),
                 "after batch %" PRIu64 ": %" PRIu64 " values lost, %" PRIu64 " batches sealed again",
                 gap->last_number, gap->n_unknown, gap->n_orphans);
}

/* What is left is the issuer's to explain. Where it stands among the log's own anchors gives it its name. */
static void name_unknown(const struct match *m, struct findings *out)
{
    const struct ledger_tx *oldest = NULL, *newest = NULL;
    uint64_t before = 0;
    for (size_t i = 0; i < m->n_txs; i++)
        if (m->txs[i].role == MATCH_BATCH) {
            oldest = oldest == NULL ? m->txs[i].tx : oldest;
            newest = m->txs[i].tx;
        }
    for (size_t i = 0; i < m->n_txs; i++) {
        const struct match_tx *t = &m->txs[i];
        if (t->role == MATCH_BATCH)
            before = t->number;
        if (t->role != MATCH_UNKNOWN)
            continue;
        bool is_last = newest == NULL || keychain_compare(&t->tx->place, &newest->place) > 0;
        bool is_first = oldest == NULL || keychain_compare(&t->tx->place, &oldest->place) < 0;
        enum finding_code code = is_last    ? FINDING_UNKNOWN_ANCHOR
                                 : is_first ? FINDING_HISTORY_REWRITTEN
                                            : FINDING_EQUIVOCATION;
        findings_add(out, at_tx(code, t->tx), "after the anchor of batch %" PRIu64, before);
    }
}

/* ------------------------------------------------------------------ batches */

static void check_recent(const struct ledger *l, const struct ledger_batch *batch, const struct ledger_tx *anchor,
                         struct findings *out)
{
    const struct seal_header *header = &batch->header;
    const struct ledger_block *recent = &batch->recent;
    if (hash32_is_zero(&header->block_hash) || header->chain_id != l->genesis.chain_id)
        return;
    if (anchor != NULL && header->block >= anchor->place.block)
        findings_add(out, at_batch(FINDING_RECENT_BLOCK_LATE, batch), "block %" PRIu64 ", recorded in block %" PRIu64,
                     header->block, anchor->place.block);
    else if (recent->asked && (!recent->found || !hash32_equal(&recent->hash, &header->block_hash)))
        findings_add(out, at_batch(FINDING_RECENT_BLOCK_FOREIGN, batch), "block %" PRIu64, header->block);
    else if (recent->asked && recent->time > header->sealed_at + MATCH_CLOCKS)
        findings_add(out, at_batch(FINDING_SEALED_BEFORE_BLOCK, batch), "%" PRIu64 " seconds",
                     recent->time - header->sealed_at);
}

static void check_anchor_times(const struct ledger_batch *batch, const struct ledger_tx *anchor, struct findings *out)
{
    uint64_t sealed_at = batch->header.sealed_at, time = anchor->time;
    if (sealed_at > time + MATCH_CLOCKS)
        findings_add(out, at_batch(FINDING_SEALED_AFTER_ANCHOR, batch), "%" PRIu64 " seconds", sealed_at - time);
    else if (time > sealed_at + MATCH_LATE)
        findings_add(out, at_batch(FINDING_ANCHOR_LATE, batch), "%" PRIu64 " days", (time - sealed_at) / 86400);
}

/* The node's own word on where it is recorded. What it names above the final block is left for later. */
static void check_claim(const struct ledger *l, const struct ledger_batch *batch, struct findings *out)
{
    const struct ledger_claim *claim = &batch->claim;
    if (!claim->made || claim->chain_id != l->genesis.chain_id || claim->block > l->final.number)
        return;
    struct finding where = at_batch(FINDING_ANCHOR_CLAIM_FALSE, batch);
    where.block = claim->block;
    where.tx = claim->tx;
    const struct ledger_tx *tx = ledger_find_tx(l, &claim->tx);
    if (tx == NULL || tx->kind != LEDGER_ANCHOR || !tx->counts)
        findings_add(out, where, "no such anchor");
    else if (!hash32_equal(&tx->value, &claim->value))
        findings_add(out, where, "it records another value");
    else if (tx->place.block != claim->block || !hash32_equal(&tx->block_hash, &claim->block_hash))
        findings_add(out, where, "it is in block %" PRIu64, tx->place.block);
}

static void check_unanchored(const struct ledger *l, const struct ledger_batch *batch, bool proven_later,
                             struct findings *out)
{
    bool is_recent = batch->header_ok && batch->header.sealed_at + MATCH_PENDING >= l->final.time;
    bool says_mined = l->has_claims && (batch->status == PROOF_MINED || batch->status == PROOF_FINAL);
    bool may_wait = !says_mined || (batch->claim.made && batch->claim.block > l->final.number);
    if (proven_later)
        findings_add(out, at_batch(FINDING_ANCHORED_LATER, batch), "%s", "");
    else if (is_recent && may_wait)
        findings_add(out, at_batch(FINDING_ANCHOR_PENDING, batch), "the node says %s",
                     proof_status_word(batch->status));
    else
        findings_add(out, at_batch(FINDING_NEVER_ANCHORED, batch), "the node says %s",
                     proof_status_word(batch->status));
}

/* From the newest batch back: what follows in one chain proves what comes before. */
static void note_proven(const struct ledger *l, const struct walk *w, struct match *m)
{
    bool later = false;
    for (size_t i = w->n; i-- > 0;) {
        const struct ledger_batch *batch = w->steps[i].batch;
        later = later || m->first[i] != NULL;
        m->proven[batch - l->batches] = later;
        if (i > 0 && !hash32_equal(&batch->previous, &w->steps[i - 1].batch->anchored))
            later = false;
    }
}

static void check_batches(const struct ledger *l, const struct walk *w, struct match *m, struct findings *out)
{
    const struct ledger_tx *newest = NULL;
    note_proven(l, w, m);
    for (size_t i = 0; i < w->n; i++) {
        const struct ledger_batch *batch = w->steps[i].batch;
        const struct ledger_tx *anchor = m->first[i];
        check_claim(l, batch, out);
        if (batch->header_ok)
            check_recent(l, batch, anchor, out);
        if (anchor == NULL && m->orphan[i])
            continue;
        if (anchor == NULL) {
            check_unanchored(l, batch, m->proven[batch - l->batches], out);
            continue;
        }
        if (batch->header_ok)
            check_anchor_times(batch, anchor, out);
        if (newest != NULL && keychain_compare(&anchor->place, &newest->place) < 0)
            findings_add(out, at_batch(FINDING_ANCHOR_ORDER, batch), "block %" PRIu64 " before block %" PRIu64,
                         anchor->place.block, newest->place.block);
        else
            newest = anchor;
    }
}

enum err_code match_chain(const struct ledger *l, const struct walk *w, struct match *ret, struct findings *out,
                          struct err *e)
{
    struct match m = {0};
    struct values values = {0};
    enum err_code rc = prepare(l, w, &m, e);
    if (rc == ERR_OK)
        rc = index_values(w, &values, e);
    if (rc != ERR_OK) {
        match_done(&m);
        return rc;
    }
    for (size_t i = 0; i < m.n_txs; i++)
        place_tx(l, w, &values, &m, &m.txs[i], out);
    free(values.items);
    for (size_t i = 0; rc == ERR_OK && i < w->n; i++) {
        if (w->steps[i].n_missing > 0 && has_unknown(&m))
            explain_missing(&m, i, w->steps[i].n_missing);
        if (!w->steps[i].batch->gap.declared)
            continue;
        explain_gap(l, w, &m, i, out);
        rc = check_gap_number(w, &m, i, out, e);
    }
    if (rc != ERR_OK) {
        match_done(&m);
        return rc;
    }
    name_unknown(&m, out);
    check_batches(l, w, &m, out);
    *ret = m;
    return ERR_OK;
}
