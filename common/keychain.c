/* The keys of a log over time: see keychain.h. */
#include "common/keychain.h"

#include <stdlib.h>

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int keychain_compare(const struct keychain_place *a, const struct keychain_place *b)
{
    int by_block = order(a->block, b->block), by_tx = order(a->tx_index, b->tx_index);
    return by_block != 0 ? by_block : by_tx != 0 ? by_tx : order(a->log_index, b->log_index);
}

static int compare_events(const void *a, const void *b)
{
    return keychain_compare(&((const struct keychain_event *)a)->place,
                            &((const struct keychain_event *)b)->place);
}

void keychain_sort(struct keychain_event *events, size_t n)
{
    if (n > 1)
        qsort(events, n, sizeof *events, compare_events);
}

struct key_set {
    struct seal_address keys[KEYCHAIN_MAX_KEYS];
    size_t n;
};

static size_t find(const struct key_set *set, const struct seal_address *key)
{
    size_t i = 0;
    while (i < set->n && !keychain_same(&set->keys[i], key))
        i++;
    return i;
}

static void apply(struct key_set *set, const struct keychain_event *event)
{
    size_t at = find(set, &event->key);
    if (event->added && at == set->n && set->n < KEYCHAIN_MAX_KEYS)
        set->keys[set->n++] = event->key;
    else if (!event->added && at < set->n)
        set->keys[at] = set->keys[--set->n];
}

static bool is_before(const struct keychain_event *event, const struct keychain_moment *moment)
{
    return moment->by_time ? event->time <= moment->time
                           : keychain_compare(&event->place, &moment->place) < 0;
}

enum keychain_standing keychain_standing(const struct seal_address *first,
                                         const struct keychain_event *events, size_t n,
                                         const struct seal_address *key,
                                         const struct keychain_moment *moment)
{
    struct key_set in_force = {.keys = {*first}, .n = 1};
    for (size_t i = 0; i < n && is_before(&events[i], moment); i++)
        if (find(&in_force, &events[i].issuer) < in_force.n)
            apply(&in_force, &events[i]);
    if (find(&in_force, key) == in_force.n)
        return KEYCHAIN_FOREIGN;
    return keychain_same(key, first) ? KEYCHAIN_GENESIS : KEYCHAIN_DELEGATED;
}
