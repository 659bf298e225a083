/* Trees against the naive recursion of RFC 6962, and every path of every size up to 1,025. */
#include <stdlib.h>

#include "common/merkle.h"
#include "common/sha256.h"
#include "tests/harness.h"

#define MOST 1025

static struct hash32 leaf[MOST];

static int make_leaves(void **state)
{
    (void)state;
    for (size_t i = 0; i < MOST; i++)
        leaf[i] = sha256(&i, sizeof i);
    return 0;
}

/* Split at the largest power of two below n: that is the promoted lone node, seen from above. */
static struct hash32 naive_root(const struct hash32 *leaves, size_t n)
{
    size_t k = 1;
    if (n == 1)
        return leaves[0];
    while (2 * k < n)
        k *= 2;
    struct hash32 left = naive_root(leaves, k), right = naive_root(leaves + k, n - k);
    return sha256_pair(&left, &right);
}

static struct hash32 root_of(size_t n)
{
    struct hash32 *copy = malloc(n * sizeof *copy);
    memcpy(copy, leaf, n * sizeof *copy);
    struct hash32 root = merkle_root_in_place(copy, n);
    free(copy);
    return root;
}

static void root_of_nothing_is_zeros(void **state)
{
    (void)state;
    struct hash32 root = merkle_root_in_place(NULL, 0);
    assert_true(hash32_is_zero(&root));
}

static void root_is_the_naive_one(void **state)
{
    (void)state;
    for (size_t n = 1; n <= MOST; n++) {
        struct hash32 root = root_of(n), want = naive_root(leaf, n);
        assert_true(hash32_equal(&root, &want));
    }
}

static void levels_by_hand(void **state)
{
    (void)state;
    assert_int_equal(merkle_levels(0), 0);
    assert_int_equal(merkle_levels(1), 1);
    assert_int_equal(merkle_levels(2), 2);
    assert_int_equal(merkle_levels(3), 3);
    assert_int_equal(merkle_levels(4), 3);
    assert_int_equal(merkle_levels(5), 4);
    assert_int_equal(merkle_levels(UINT64_C(1) << 40), MERKLE_MAX_LEVELS);
    assert_int_equal(merkle_level_size(5, 0), 5);
    assert_int_equal(merkle_level_size(5, 1), 3);
    assert_int_equal(merkle_level_size(5, 2), 2);
    assert_int_equal(merkle_level_size(5, 3), 1);
    assert_int_equal(merkle_level_size(5, 4), 0);
}

/* All levels of a tree, one after the other. */
static size_t all_levels(struct hash32 *nodes, size_t from[MERKLE_MAX_LEVELS], size_t n)
{
    size_t at = 0, levels = 0;
    memcpy(nodes, leaf, n * sizeof *nodes);
    for (size_t size = n;; size = (size + 1) / 2) {
        from[levels++] = at;
        if (size == 1)
            return levels;
        merkle_level_up(nodes + at + size, nodes + at, size);
        at += size;
    }
}

static void check_path(const struct hash32 *nodes, const size_t *from, size_t index, size_t n,
                       const struct hash32 *root)
{
    struct merkle_step steps[MERKLE_MAX_LEVELS];
    uint8_t level[MERKLE_MAX_LEVELS];
    bool left[MERKLE_MAX_LEVELS];
    unsigned n_steps = merkle_path_shape(index, n, level, left);
    assert_true(n_steps < MERKLE_MAX_LEVELS);
    for (unsigned i = 0; i < n_steps; i++) {
        uint64_t sibling = merkle_sibling(index, level[i]);
        assert_true(sibling < merkle_level_size(n, level[i]));
        steps[i] = (struct merkle_step){left[i], nodes[from[level[i]] + sibling]};
    }
    struct hash32 got = merkle_fold(leaf[index], steps, n_steps);
    assert_true(hash32_equal(&got, root));
}

static void every_path_of_every_size(void **state)
{
    struct hash32 *nodes = malloc((2 * MOST + MERKLE_MAX_LEVELS) * sizeof *nodes);
    size_t from[MERKLE_MAX_LEVELS];
    (void)state;
    for (size_t n = 1; n <= MOST; n++) {
        struct hash32 root = root_of(n);
        assert_int_equal(all_levels(nodes, from, n), merkle_levels(n));
        for (size_t i = 0; i < n; i++)
            check_path(nodes, from, i, n, &root);
    }
    free(nodes);
}

static void no_path_beyond_the_end(void **state)
{
    uint8_t level[MERKLE_MAX_LEVELS];
    bool left[MERKLE_MAX_LEVELS];
    (void)state;
    assert_int_equal(merkle_path_shape(5, 5, level, left), 0);
    assert_int_equal(merkle_path_shape(0, 0, level, left), 0);
    assert_int_equal(merkle_path_shape(0, 1, level, left), 0);
    assert_int_equal(merkle_path_shape((UINT64_C(1) << 40) - 1, UINT64_C(1) << 40, level, left), 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_of_nothing_is_zeros), cmocka_unit_test(root_is_the_naive_one),
        cmocka_unit_test(levels_by_hand),           cmocka_unit_test(every_path_of_every_size),
        cmocka_unit_test(no_path_beyond_the_end),
    };
    return cmocka_run_group_tests(tests, make_leaves, NULL);
}
