/* Accepting targets: the hot path of the store. See store.h. */
#include <stdlib.h>

#include "common/db/store.h"
#include "common/db/storebase.h"

#define AHEAD 32 /* targets whose cache lines are fetched before they are looked at */

/* Everything that can refuse is asked before anything is written: a call keeps all or nothing. */
static enum err_code reserve(struct store_write *w, uint64_t n, struct err *e)
{
    struct store *s = w->store;
    if (n > STORE_MAX_SEQUENCE - w->tail.last)
        return err_set(e, ERR_LIMIT, "the log is full");
    if (w->n_undo + n > w->cap_undo) {
        size_t cap = (w->n_undo + n) * 2;
        uint32_t *undo = realloc(w->undo, cap * sizeof *undo);
        if (undo == NULL)
            return err_set(e, ERR_NOMEM, "no memory for %llu targets", (unsigned long long)n);
        w->undo = undo;
        w->cap_undo = cap;
    }
    enum err_code rc = recent_reserve(&s->recent, w->tail.last + n, e);
    if (rc == ERR_OK)
        rc = filter_reserve(&s->filter, n, e);
    atomic_store(&s->filter_bytes, filter_bytes(&s->filter));
    return rc;
}

/* 16 random bytes, from a buffer that one system call fills for 256 targets. */
static enum err_code next_salt(struct store_write *w, const uint8_t **ret, struct err *e)
{
    if (w->random_left < SEAL_SALT_LEN) {
        enum err_code rc = storebase_random(w->random, sizeof w->random, e);
        if (rc != ERR_OK)
            return rc;
        w->random_left = sizeof w->random;
    }
    w->random_left -= SEAL_SALT_LEN;
    *ret = w->random + w->random_left;
    return ERR_OK;
}

/* The sequence a target has already, 0 if it is new. */
static enum err_code find_duplicate(struct store_write *w, const struct hash32 *target, uint64_t tag,
                                    uint64_t *ret, struct err *e)
{
    struct storebase_look look = {
        .store = w->store, .txn = w->t.txn, .tail = &w->tail, .target = target->b, .e = e};
    enum err_code rc = ERR_OK;
    if (filter_has(&w->store->filter, tag))
        rc = storebase_look(&look, tag);
    if (rc == ERR_OK)
        *ret = look.found;
    return rc;
}

static enum err_code add(struct store_write *w, const struct store_accept *a, size_t i, uint64_t tag,
                         struct err *e)
{
    struct store *s = w->store;
    const uint8_t *salt = a->salts != NULL ? a->salts[i].b : NULL;
    uint8_t rule = a->rules != NULL ? a->rules[i] : (uint8_t)a->rule;
    enum err_code rc = salt == NULL ? next_salt(w, &salt, e) : ERR_OK;
    if (rc != ERR_OK)
        return rc;
    if (!pages_append(&w->tail, &w->t, s->page, a->targets[i].b, salt, a->accepted_at, rule))
        return err_set(e, w->t.status, "%s", w->t.err.msg);
    filter_add(&s->filter, tag);
    w->undo[w->n_undo++] = recent_insert(&s->recent, tag, w->tail.last);
    return ERR_OK;
}

static enum err_code accept_one(struct store_write *w, struct store_accept *a, size_t i, uint64_t tag,
                                struct err *e)
{
    uint64_t sequence = 0;
    enum err_code rc = find_duplicate(w, &a->targets[i], tag, &sequence, e);
    bool duplicate = sequence != 0;
    if (rc == ERR_OK && !duplicate) {
        rc = add(w, a, i, tag, e);
        sequence = w->tail.last;
    }
    if (rc != ERR_OK)
        return rc;
    a->ret_accepted += !duplicate;
    a->ret_duplicates += duplicate;
    if (a->ret_places != NULL)
        a->ret_places[i] = (struct store_place){sequence, duplicate};
    return ERR_OK;
}

/* A few at a time, so that the cache misses of one block overlap. */
static enum err_code accept_block(struct store_write *w, struct store_accept *a, size_t from, size_t n,
                                  struct err *e)
{
    struct store *s = w->store;
    uint64_t tag[AHEAD];
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < n; i++) {
        tag[i] = storebase_tag(s, a->targets[from + i].b);
        filter_prefetch(&s->filter, tag[i]);
        recent_prefetch(&s->recent, tag[i]);
    }
    for (size_t i = 0; i < n && rc == ERR_OK; i++)
        rc = accept_one(w, a, from + i, tag[i], e);
    return rc;
}

enum err_code store_accept(struct store_write *w, struct store_accept *a, struct err *e)
{
    enum err_code rc = storebase_written(w, 0, e);
    if (rc == ERR_OK)
        rc = reserve(w, a->n, e);
    if (rc != ERR_OK)
        return rc;
    a->ret_accepted = a->ret_duplicates = 0;
    for (size_t i = 0; i < a->n && rc == ERR_OK; i += AHEAD)
        rc = accept_block(w, a, i, a->n - i < AHEAD ? a->n - i : AHEAD, e);
    if (rc != ERR_OK && w->t.status == ERR_OK) /* half of it is written: the transaction must not be kept */
        w->t.status = err_set(&w->t.err, rc, "targets could not be accepted");
    w->changes += a->ret_accepted;
    return rc;
}

enum err_code store_accept_forgotten(struct store_write *w, const struct hash32 *leaf, const struct hash32 *revoke_id,
                                     struct err *e)
{
    static const uint8_t NOTHING[32 + SEAL_SALT_LEN];
    struct store *s = w->store;
    uint8_t value[STOREBASE_FORGOT_LEN];
    enum err_code rc = storebase_written(w, 0, e);
    if (rc == ERR_OK)
        rc = reserve(w, 1, e);
    if (rc != ERR_OK)
        return rc;
    memcpy(value, leaf->b, sizeof leaf->b);
    memcpy(value + sizeof leaf->b, revoke_id->b, sizeof revoke_id->b);
    if (pages_append(&w->tail, &w->t, s->page, NOTHING, NOTHING + sizeof leaf->b, 0, PAGES_FORGOTTEN))
        w->undo[w->n_undo++] = STOREBASE_NO_SLOT;
    dbtxn_put(&w->t, s->forgot, dbtxn_u64(&w->tail.last), (struct slice){value, sizeof value}, 0);
    return storebase_written(w, 1, e);
}
