/* A map from text to pointer in an arena, which keeps the order of insertion.
 *
 * A trie over the hash, four branches a level: no growth step, no table to copy, and its depth stays
 * small whatever keys a stranger chooses, as only equal 64-bit hashes share a whole way. Long keys that are alike
 * at both ends do; such a step costs no more than comparing two numbers.
 */
#ifndef VERIFIER_RDF_MAP_H
#define VERIFIER_RDF_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "verifier/rdf/arena.h"

struct map_entry {
    struct slice key; /* borrowed */
    uint64_t hash;    /* map_hash(key) */
    uint64_t whole;   /* of a long key, if others are alike: of all of it; else 0 */
    void *value;
    struct map_entry *next; /* in the order of insertion */
    struct map_entry *child[4];
};

/* A zeroed map is empty. */
struct map {
    struct map_entry *root, *first, *last;
    size_t n;
};

/** The hash that the map uses (SipHash-1-3 with a fixed key); of more than 64 KiB, of both ends and the length. */
uint64_t map_hash(struct slice key);

/** Returns: the entry, or NULL. */
struct map_entry *map_find(const struct map *map, struct slice key);

/** The same with the hash already known. */
struct map_entry *map_find_hashed(const struct map *map, struct slice key, uint64_t hash);

/** The entry of a key, made with value NULL if it is new (then map->n has grown).
 *  In:      key  borrowed: must live as long as the map
 *  Returns: NULL if the arena failed. */
struct map_entry *map_put(struct arena *arena, struct map *map, struct slice key);

/** Returns: the value, or NULL. */
void *map_get(const struct map *map, struct slice key);

#endif
