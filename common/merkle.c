/* The Merkle tree of one batch: see merkle.h. */
#include "common/merkle.h"

#include "common/sha256.h"

uint64_t merkle_level_size(uint64_t n, unsigned level)
{
    for (; level > 0 && n > 1; level--)
        n = n / 2 + n % 2;
    return level > 0 ? 0 : n;
}

unsigned merkle_levels(uint64_t n)
{
    unsigned levels = n > 0;
    for (; n > 1; n = n / 2 + n % 2)
        levels++;
    return levels;
}

void merkle_level_up(struct hash32 *ret, const struct hash32 *in, uint64_t n)
{
    struct hash32 lone = n % 2 != 0 ? in[n - 1] : (struct hash32){0};
    sha256_pairs(ret, in, n / 2);
    if (n % 2 != 0)
        ret[n / 2] = lone;
}

struct hash32 merkle_root_in_place(struct hash32 *leaves, uint64_t n)
{
    if (n == 0)
        return (struct hash32){0};
    for (; n > 1; n = n / 2 + n % 2)
        merkle_level_up(leaves, leaves, n);
    return leaves[0];
}

unsigned merkle_path_shape(uint64_t index, uint64_t n, uint8_t ret_level[MERKLE_MAX_LEVELS],
                           bool ret_left[MERKLE_MAX_LEVELS])
{
    unsigned steps = 0;
    if (index >= n)
        return 0;
    for (unsigned level = 0; n > 1 && steps < MERKLE_MAX_LEVELS; level++) {
        bool lone = index == n - 1 && n % 2 != 0; /* promoted: no step on this level */
        if (!lone) {
            ret_level[steps] = (uint8_t)level;
            ret_left[steps] = index % 2 != 0;
            steps++;
        }
        index /= 2;
        n = n / 2 + n % 2;
    }
    return steps;
}

struct hash32 merkle_fold(struct hash32 node, const struct merkle_step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++)
        node = steps[i].left ? sha256_pair(&steps[i].sibling, &node)
                             : sha256_pair(&node, &steps[i].sibling);
    return node;
}
