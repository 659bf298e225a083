/* Merkle-Patricia tries: a node of any bytes is read; a trie of any pairs is built, and every pair of it
 * proved and verified. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/keccak.h"
#include "common/mpt.h"

#define MAX_PAIRS 64

/* Input: length of a key, the key, and a node that has the right hash by construction. */
static void check_node(struct bytes_reader in)
{
    size_t key_len = bytes_get_u8(&in) % (MPT_MAX_KEY + 1);
    struct slice key = bytes_get_slice(&in, key_len), node = bytes_get_slice(&in, bytes_left(&in)), value;
    if (in.failed)
        return;
    struct blobs proof = {0};
    struct hash32 root = keccak_256(node.data, node.len);
    blobs_add(&proof, node.data, node.len);
    if (mpt_find(&root, key, &proof, &value, NULL) == ERR_OK) {
        fuzz_assert(value.len > 0);
        fuzz_assert(mpt_verify(&root, key, value, &proof, NULL) == ERR_OK);
    }
    blobs_done(&proof);
}

/* Input: of each pair the length of its key, the length of its value, both. */
static size_t read_pairs(struct mpt_pair *pairs, struct bytes_reader in)
{
    size_t n = 0;
    while (n < MAX_PAIRS && bytes_left(&in) > 2) {
        size_t key_len = 1 + bytes_get_u8(&in) % MPT_MAX_KEY, value_len = 1 + (size_t)bytes_get_u8(&in);
        pairs[n].key = bytes_get_slice(&in, key_len);
        pairs[n].value = bytes_get_slice(&in, value_len);
        if (in.failed)
            break;
        n++;
    }
    return n;
}

static void check_proved(const struct mpt_pair *pairs, size_t n, size_t proven, const struct hash32 *root)
{
    struct blobs proof = {0};
    struct hash32 again;
    struct err e;
    fuzz_assert(mpt_build(pairs, n, proven, &again, &proof, &e) == ERR_OK);
    fuzz_assert(hash32_equal(&again, root));
    fuzz_assert(mpt_verify(root, pairs[proven].key, pairs[proven].value, &proof, &e) == ERR_OK);
    struct slice cut = {pairs[proven].value.data, pairs[proven].value.len - 1};
    fuzz_assert(mpt_verify(root, pairs[proven].key, cut, &proof, &e) != ERR_OK);
    blobs_done(&proof);
}

static void check_trie(struct bytes_reader in)
{
    struct mpt_pair pairs[MAX_PAIRS];
    size_t n = read_pairs(pairs, in);
    struct hash32 root;
    if (mpt_build(pairs, n, MPT_NONE, &root, NULL, NULL) != ERR_OK)
        return; /* two equal keys */
    for (size_t i = 0; i < n; i++)
        check_proved(pairs, n, i, &root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_node(bytes_reader(data, size));
    check_trie(bytes_reader(data, size));
    return 0;
}
