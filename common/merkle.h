/* The Merkle tree of one batch: node = SHA-256(left ‖ right), a lone last node promoted unchanged
 * (the shape of RFC 6962). Levels are stored one after the other, the leaves first, the root last. */
#ifndef COMMON_MERKLE_H
#define COMMON_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash32.h"

#define MERKLE_MAX_LEVELS 41 /* 2^40 leaves; a path has at most one step a level below the root */

/* One step of a path: hash the sibling in on its side. */
struct merkle_step {
    bool left; /* the sibling stands on the left */
    struct hash32 sibling;
};

/** How many nodes level `level` of a tree over n leaves has (level 0: the leaves). 0 above the root. */
uint64_t merkle_level_size(uint64_t n, unsigned level);

/** How many levels a tree over n leaves has, leaves and root included. 0 for no leaf. */
unsigned merkle_levels(uint64_t n);

/** Hash level k + 1 out of level k.
 *  Shapes:  in   n × 32 bytes
 *           ret  (n + 1) / 2 × 32 bytes; may be the same memory as in
 */
void merkle_level_up(struct hash32 *ret, const struct hash32 *in, uint64_t n);

/** Root over n leaves; 32 zero bytes for none. The leaves are overwritten. */
struct hash32 merkle_root_in_place(struct hash32 *leaves, uint64_t n);

/** The shape of the path of leaf `index` among n: which levels have a sibling, and on which side.
 *
 *  Out:     ret_level[i], ret_left[i]  for step i: the level whose node is the sibling; its side
 *  Returns: the number of steps, at most MERKLE_MAX_LEVELS - 1; 0 if index >= n or n is 1.
 */
unsigned merkle_path_shape(uint64_t index, uint64_t n, uint8_t ret_level[MERKLE_MAX_LEVELS],
                           bool ret_left[MERKLE_MAX_LEVELS]);

/** Index, on its level, of the sibling that step (level) of the path of leaf `index` needs. */
static inline uint64_t merkle_sibling(uint64_t index, unsigned level)
{
    return (index >> level) ^ 1;
}

/** Fold a path. Nothing is judged here: seal_check_path() is what verifies. */
struct hash32 merkle_fold(struct hash32 node, const struct merkle_step *steps, size_t n);

#endif
