/* Which keys spoke for a log at a moment: the first key is in the genesis, every other is reached from
 * it by KeyAdded and KeyRemoved events of the registry. Pure. (design.md, "What counts as an anchor") */
#ifndef COMMON_KEYCHAIN_H
#define COMMON_KEYCHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/seal.h"

#define KEYCHAIN_MAX_KEYS 64

/* A place in a chain; places of one chain are ordered. */
struct keychain_place {
    uint64_t block, tx_index, log_index;
};

/** Less than, equal to or greater than 0, as a stands before, at or after b. */
int keychain_compare(const struct keychain_place *a, const struct keychain_place *b);

/* One KeyAdded or KeyRemoved event. */
struct keychain_event {
    struct keychain_place place;
    uint64_t time; /* of its block; 0 if it was not asked for */
    bool added;
    struct seal_address issuer; /* who said so: counts only if in force then */
    struct seal_address key;
};

/* When: a place on the chain of the events, or (an anchor on another chain) a time. */
struct keychain_moment {
    bool by_time;
    struct keychain_place place;
    uint64_t time; /* events of this very second count as before */
};

/** Order events by place, as keychain_standing() needs them. */
void keychain_sort(struct keychain_event *events, size_t n);

enum keychain_standing {
    KEYCHAIN_GENESIS,   /* the first key */
    KEYCHAIN_DELEGATED, /* reached from it, and in force at that moment */
    KEYCHAIN_FOREIGN,   /* neither */
};

/** What a key was to the log at a moment. The first key, too, may have been removed before.
 *  In:  events  sorted */
enum keychain_standing keychain_standing(const struct seal_address *first,
                                         const struct keychain_event *events, size_t n,
                                         const struct seal_address *key,
                                         const struct keychain_moment *moment);

static inline bool keychain_same(const struct seal_address *a, const struct seal_address *b)
{
    return __builtin_memcmp(a->b, b->b, sizeof a->b) == 0;
}

#endif
