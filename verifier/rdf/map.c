/* A map from text to pointer in an arena: see map.h. */
#include "verifier/rdf/map.h"

#include <stdbool.h>
#include <string.h>

#include "verifier/rdf/slice.h"

static inline uint64_t rotate(uint64_t v, int n)
{
    return v << n | v >> (64 - n);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1], v[1] = rotate(v[1], 13) ^ v[0], v[0] = rotate(v[0], 32);
    v[2] += v[3], v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3], v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1], v[1] = rotate(v[1], 17) ^ v[2], v[2] = rotate(v[2], 32);
}

static inline void sip_block(uint64_t v[4], uint64_t block)
{
    v[3] ^= block;
    sip_round(v);
    v[0] ^= block;
}

#define WHOLE_MAX ((size_t)64 << 10) /* bytes of a key that are all hashed */
#define SAMPLE 512

static uint64_t hash_all(struct slice key)
{
    /* The constants of SipHash (Aumasson, Bernstein 2012), key zero. */
    uint64_t v[4] = {0x736f6d6570736575u, 0x646f72616e646f6du, 0x6c7967656e657261u,
                     0x7465646279746573u};
    size_t left = key.len;
    const uint8_t *p = key.data;
    for (; left >= 8; left -= 8, p += 8) {
        uint64_t block;
        memcpy(&block, p, 8);
        sip_block(v, block);
    }
    uint64_t tail = 0;
    if (left > 0)
        memcpy(&tail, p, left);
    sip_block(v, tail ^ (uint64_t)key.len << 56);
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Images are IRIs in some credentials, and hashing one costs more than all else that is done with it. */
uint64_t map_hash(struct slice key)
{
    uint8_t sample[2 * SAMPLE + sizeof key.len];
    if (key.len <= WHOLE_MAX)
        return hash_all(key);
    memcpy(sample, key.data, SAMPLE);
    memcpy(sample + SAMPLE, key.data + key.len - SAMPLE, SAMPLE);
    memcpy(sample + 2 * SAMPLE, &key.len, sizeof key.len);
    return hash_all((struct slice){sample, sizeof sample});
}

/* A key that is looked for. */
struct wanted {
    struct slice key;
    uint64_t hash, whole; /* whole: of all of a long key; 0: not needed yet */
    bool compared;        /* with one that is alike */
};

/* A stranger can make thousands of long keys that are alike at both ends: one is compared, with more of them all of
 * the key is hashed, once. */
static bool is_wanted(struct map_entry *entry, struct wanted *w)
{
    if (entry->hash != w->hash)
        return false;
    if (w->key.len > WHOLE_MAX && w->compared) {
        w->whole = w->whole != 0 ? w->whole : hash_all(w->key);
        entry->whole = entry->whole != 0 ? entry->whole : hash_all(entry->key);
        if (entry->whole != w->whole)
            return false;
    }
    w->compared = true;
    return slice_equal(entry->key, w->key);
}

struct map_entry *map_find_hashed(const struct map *map, struct slice key, uint64_t hash)
{
    struct map_entry *entry = map->root;
    struct wanted wanted = {.key = key, .hash = hash};
    for (uint64_t way = hash; entry != NULL; way <<= 2) {
        if (is_wanted(entry, &wanted))
            return entry;
        entry = entry->child[way >> 62];
    }
    return NULL;
}

struct map_entry *map_find(const struct map *map, struct slice key)
{
    return map->n == 0 ? NULL : map_find_hashed(map, key, map_hash(key));
}

struct map_entry *map_put(struct arena *arena, struct map *map, struct slice key)
{
    uint64_t hash = map_hash(key);
    struct map_entry **slot = &map->root;
    struct wanted wanted = {.key = key, .hash = hash};
    for (uint64_t way = hash; *slot != NULL; way <<= 2) {
        if (is_wanted(*slot, &wanted))
            return *slot;
        slot = &(*slot)->child[way >> 62];
    }
    struct map_entry *entry = arena_alloc(arena, sizeof *entry);
    if (entry == NULL)
        return NULL;
    entry->key = key;
    entry->hash = hash;
    if (map->last != NULL)
        map->last->next = entry;
    else
        map->first = entry;
    map->last = entry;
    map->n++;
    return *slot = entry;
}

void *map_get(const struct map *map, struct slice key)
{
    const struct map_entry *entry = map_find(map, key);
    return entry == NULL ? NULL : entry->value;
}
