/* Every own anchor that is on the chain: see ownlist.h. */
#include "daemon/ownlist.h"

#include <stdlib.h>
#include <string.h>

#include "common/sha256.h"

#define FIRST_STEP 2000      /* blocks: what every provider allows */
#define MAX_STEP (1u << 20)

static void finish(struct ownlist *l, bool ok, bool cancelled)
{
    chain_ask_done(&l->ask);
    l->ok = ok;
    l->cancelled = cancelled;
    l->done(l);
}

/* Room for one more. Returns: false without memory. */
static bool grow(void **items, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return true;
    size_t more = *room > 0 ? 2 * *room : 64;
    void *grown = reallocarray(*items, more, size);
    if (grown == NULL)
        return false;
    *items = grown;
    *room = more;
    return true;
}

static bool add(struct ownlist *l, const struct hash32 *value)
{
    void *items = l->values;
    bool ok = grow(&items, l->n, &l->room, sizeof *l->values);
    l->values = items;
    if (ok)
        l->values[l->n++] = (struct gap_value){.value = *value};
    return ok;
}

/* ------------------------------------------------------------------ by events */

static void ask_logs(struct ownlist *l);

/* What an endpoint's list says, in one hash; false if it gave none. */
static bool digest(const struct ethrpc_reply *reply, struct hash32 *ret)
{
    struct ethrpc_logs logs = {0};
    struct sha256_stream s;
    if (ethrpc_get_logs(reply, &logs, NULL) != ERR_OK)
        return false;
    sha256_init(&s);
    for (size_t i = 0; i < logs.n; i++) {
        sha256_update(&s, logs.item[i].block_hash.b, 32);
        sha256_update(&s, logs.item[i].tx_hash.b, 32);
        sha256_update(&s, logs.item[i].log.topics, sizeof logs.item[i].log.topics);
    }
    ethrpc_logs_done(&logs);
    *ret = sha256_final(&s);
    return true;
}

/* The list that the quorum gives. Returns: NULL if there is none. */
static const struct ethrpc_reply *agreed(const struct chain_ask *a)
{
    struct hash32 digests[RPC_MAX_ENDPOINTS];
    size_t from[RPC_MAX_ENDPOINTS], n = 0;
    for (size_t i = 0; i < a->n; i++)
        if (digest(&a->replies[i], &digests[n]))
            from[n++] = i;
    for (size_t i = 0; i < n; i++) {
        uint64_t same = 0;
        for (size_t j = 0; j < n; j++)
            same += hash32_equal(&digests[i], &digests[j]);
        if (same >= a->chain->quorum)
            return &a->replies[from[i]];
    }
    return NULL;
}

/* A key that this one added may have added and anchored in its turn. Returns: false if there are too many. */
static bool add_key(struct ownlist *l, const struct seal_address *key)
{
    for (size_t i = 0; i < l->n_keys; i++)
        if (keychain_same(&l->keys[i], key))
            return true;
    if (l->n_keys == KEYCHAIN_MAX_KEYS)
        return false;
    l->keys[l->n_keys++] = *key;
    return true;
}

static bool add_change(struct ownlist *l, const struct registry_event *event, const struct keychain_place *place)
{
    void *items = l->changes;
    bool ok = grow(&items, l->n_changes, &l->change_room, sizeof *l->changes);
    bool added = event->what == REGISTRY_KEY_ADDED;
    l->changes = items;
    if (ok)
        l->changes[l->n_changes++] = (struct keychain_event){
            .place = *place, .added = added, .issuer = event->issuer, .key = event->key};
    return ok && (!added || add_key(l, &event->key));
}

static bool add_anchor(struct ownlist *l, const struct registry_event *event, const struct keychain_place *place)
{
    void *items = l->anchors;
    bool ok = grow(&items, l->n_anchors, &l->anchor_room, sizeof *l->anchors);
    l->anchors = items;
    if (ok)
        l->anchors[l->n_anchors++] = (struct ownlist_anchor){*place, event->issuer, event->value};
    return ok;
}

static bool take_logs(struct ownlist *l, const struct ethrpc_reply *reply)
{
    struct ethrpc_logs logs = {0};
    bool ok = ethrpc_get_logs(reply, &logs, NULL) == ERR_OK;
    for (size_t i = 0; ok && i < logs.n; i++) {
        const struct ethrpc_log *item = &logs.item[i];
        const struct keychain_place place = {item->block_number, item->tx_index, item->log_index};
        struct registry_event event;
        if (!item->removed && registry_read(&event, &item->log, &l->to) && event.what == l->what &&
            keychain_same(&event.issuer, &l->keys[l->at_key]))
            ok = l->what == REGISTRY_ANCHORED ? add_anchor(l, &event, &place) : add_change(l, &event, &place);
    }
    ethrpc_logs_done(&logs);
    return ok;
}

static bool is_too_long(const struct chain_ask *a)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->replies[i].refused && a->replies[i].fault.class == ETHFAULT_TOO_MUCH)
            return true;
    return false;
}

static void on_logs(struct chain_ask *a)
{
    struct ownlist *l = a->user;
    const struct ethrpc_reply *reply = a->cancelled ? NULL : agreed(a);
    if (reply != NULL && take_logs(l, reply)) {
        l->from += l->step;
        if (2 * l->step < l->too_long)
            l->step *= 2;
        ask_logs(l);
    } else if (!a->cancelled && is_too_long(a) && l->step > 1) {
        l->too_long = l->step;
        l->step /= 2;
        ask_logs(l);
    } else {
        finish(l, false, a->cancelled);
    }
}

static int by_place(const void *a, const void *b)
{
    return keychain_compare(&((const struct ownlist_anchor *)a)->place, &((const struct ownlist_anchor *)b)->place);
}

static bool is_in_force(const struct ownlist *l, const struct seal_address *key, const struct keychain_place *place)
{
    const struct keychain_moment moment = {.place = *place};
    return keychain_standing(&l->first, l->changes, l->n_changes, key, &moment) != KEYCHAIN_FOREIGN;
}

/* All events are there: what counts, in chain order. */
static void conclude(struct ownlist *l)
{
    static const struct keychain_place END = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
    bool ok = true;
    keychain_sort(l->changes, l->n_changes);
    if (l->n_anchors > 0)
        qsort(l->anchors, l->n_anchors, sizeof *l->anchors, by_place);
    for (size_t i = 0; ok && i < l->n_anchors; i++)
        if (is_in_force(l, &l->anchors[i].issuer, &l->anchors[i].place))
            ok = add(l, &l->anchors[i].value);
    for (size_t i = 0; i < l->n_keys; i++)
        l->in_force[i] = is_in_force(l, &l->keys[i], &END);
    finish(l, ok, false);
}

/* The next question: of each key what it added, what it removed, what it anchored. Returns: false if it was the last. */
static bool turn(struct ownlist *l)
{
    l->from = 0;
    l->step = FIRST_STEP;
    l->too_long = MAX_STEP;
    if (l->what != REGISTRY_ANCHORED) {
        l->what = l->what == REGISTRY_KEY_ADDED ? REGISTRY_KEY_REMOVED : REGISTRY_ANCHORED;
        return true;
    }
    l->what = REGISTRY_KEY_ADDED;
    return ++l->at_key < l->n_keys;
}

static void ask_logs(struct ownlist *l)
{
    if (l->from > l->last_block && !turn(l)) {
        conclude(l);
        return;
    }
    struct ethrpc_request request = {.method = ETHRPC_LOGS, .address = l->to, .block = l->from};
    bool anchors = l->what == REGISTRY_ANCHORED; /* its issuer is the last topic, else the one before */
    request.n_topics = anchors ? 3 : 2;
    request.topics[0] = registry_topic(l->what);
    request.any_topic[1] = anchors;
    request.topics[anchors ? 2 : 1] = registry_word(&l->keys[l->at_key]);
    request.last_block = l->last_block - l->from < l->step ? l->last_block : l->from + l->step - 1;
    l->ask.user = l;
    chain_ask(l->chain, &l->ask, &request, on_logs);
}

/* ------------------------------------------------------------------ by nonces */

static void locate_next(struct ownlist *l);

static void on_located(struct locate *at)
{
    struct ownlist *l = at->user;
    if (!at->found || (at->is_anchor && !add(l, &at->value))) {
        finish(l, false, at->cancelled);
        return;
    }
    at->nonce++;
    at->from = at->first; /* the next one is not below */
    locate_next(l);
}

static void locate_next(struct ownlist *l)
{
    if (l->locate.nonce == l->n_nonces) {
        finish(l, true, false);
        return;
    }
    l->locate.last = l->last_block;
    locate_start(&l->locate);
}

/* A list of nothing is answered by a question too: done never comes from inside ownlist_start. */
static void on_nothing(struct chain_ask *a)
{
    finish(a->user, !a->cancelled, a->cancelled);
}

void ownlist_start(struct ownlist *l)
{
    l->n = l->n_changes = l->n_anchors = 0;
    l->from = 0;
    l->step = FIRST_STEP;
    l->too_long = MAX_STEP;
    l->keys[0] = l->first;
    l->n_keys = l->registry ? 1 : 0;
    l->at_key = 0;
    l->what = REGISTRY_KEY_ADDED;
    l->ask.user = l;
    if (l->registry) {
        ask_logs(l);
    } else if (l->n_nonces == 0) {
        chain_ask(l->chain, &l->ask, &(struct ethrpc_request){.method = ETHRPC_CHAIN_ID}, on_nothing);
    } else {
        l->locate.chain = l->chain;
        l->locate.sender = l->sender;
        l->locate.to = l->to;
        l->locate.nonce = 0;
        l->locate.from = 0;
        l->locate.user = l;
        l->locate.done = on_located;
        locate_next(l);
    }
}

bool ownlist_sender_counts(const struct ownlist *l)
{
    bool counts = !l->registry;
    for (size_t i = 0; i < l->n_keys; i++)
        counts |= l->in_force[i] && keychain_same(&l->keys[i], &l->sender);
    return counts;
}

void ownlist_done(struct ownlist *l)
{
    free(l->values);
    free(l->changes);
    free(l->anchors);
    l->values = NULL;
    l->changes = NULL;
    l->anchors = NULL;
    l->n = l->room = l->n_changes = l->change_room = l->n_anchors = l->anchor_room = 0;
}
