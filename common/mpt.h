/* Merkle-Patricia tries: build one from its pairs, prove that a pair is in it, verify such a proof.
 *
 * A proof is the list of hashed nodes from the root to the value; nodes under 32 bytes stand inside
 * their parent. The transactions and receipts of a block are tries from rlp(index) to the raw bytes.
 * Source: Ethereum yellow paper, appendix D. */
#ifndef COMMON_MPT_H
#define COMMON_MPT_H

#include <stddef.h>
#include <stdint.h>

#include "common/blobs.h"
#include "common/bytes.h"
#include "common/err.h"
#include "common/hash32.h"

#define MPT_MAX_KEY 32     /* bytes */
#define MPT_INDEX_LEN 9    /* the longest rlp(index) */
#define MPT_NONE SIZE_MAX  /* prove nothing, only the root is wanted */

struct mpt_pair {
    struct slice key;   /* 1 to MPT_MAX_KEY bytes */
    struct slice value; /* not empty */
};

/** The key of an element of a block: rlp(index). Returns: its length. */
size_t mpt_index_key(uint8_t ret[static MPT_INDEX_LEN], uint64_t index);

/** The root of a trie, and the proof of one of its pairs.
 *
 *  In:      pairs     in any order, keys all different
 *           proven    which pair to prove, or MPT_NONE
 *  Out:     ret_root  of no pairs: the Keccak of an empty string's RLP
 *           ret_proof the nodes are added, root first; may be NULL with MPT_NONE
 *  Returns: ERR_OK; ERR_INVALID two equal keys, an empty value, a key that is empty or too long;
 *           ERR_NOMEM.
 *  Cost:    about one Keccak a pair.
 */
enum err_code mpt_build(const struct mpt_pair *pairs, size_t n, size_t proven,
                        struct hash32 *ret_root, struct blobs *ret_proof, struct err *e)
    __attribute__((warn_unused_result));

/** The same for the elements of a block, whose keys are their indices. */
enum err_code mpt_build_list(const struct blobs *values, size_t proven, struct hash32 *ret_root,
                             struct blobs *ret_proof, struct err *e)
    __attribute__((warn_unused_result));

/** Find what a trie with this root holds under a key.
 *
 *  In:      proof    every node must be used; at most LIMITS_NODES_PER_PROOF of LIMITS_NODE_BYTES
 *  Out:     ret      the value, which points into the proof
 *  Returns: ERR_OK; ERR_PARSE a node is no canonical node; ERR_INVALID the proof is about something
 *           else, or there is nothing; ERR_LIMIT.
 */
enum err_code mpt_find(const struct hash32 *root, struct slice key, const struct blobs *proof,
                       struct slice *ret, struct err *e) __attribute__((warn_unused_result));

/** Verify that it holds exactly this value. Returns: as mpt_find; ERR_INVALID also another value. */
enum err_code mpt_verify(const struct hash32 *root, struct slice key, struct slice value,
                         const struct blobs *proof, struct err *e) __attribute__((warn_unused_result));

#endif
