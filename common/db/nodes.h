/* Trees on disk: the nodes of a batch as one flat array, level after level, leaves first, root last, cut into
 * chunks that fill LMDB's pages. An environment of its own: its writer never holds up the log's.
 *
 * Tables:  node  *(first sequence << 24 | chunk number) -> up to NODES_PER_CHUNK hashes
 *          tree  *first sequence -> leaf count (u64, big-endian), root; put last: the tree is whole
 * The first sequence names a tree for ever; two batches never share one. Used only by the store. */
#ifndef COMMON_DB_NODES_H
#define COMMON_DB_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/db/dbtxn.h"
#include "common/hash32.h"
#include "common/merkle.h"

#define NODES_PER_CHUNK 2047 /* 16 pages of 4 KiB, less LMDB's own 16 bytes */

struct nodes {
    struct dbenv env;
    MDB_dbi node, tree;
};

/** Where the leaves come from: fill ret with leaves offset … offset + n - 1. */
typedef enum err_code nodes_leaves_fn(void *ctx, uint64_t offset, size_t n, struct hash32 *ret, struct err *e);

enum err_code nodes_open(struct nodes *s, const struct dbenv_options *options, struct err *e);
void nodes_close(struct nodes *s);

/** Build and store the tree of n leaves, in transactions of 1 MiB; durable when it returns.
 *  Returns: ERR_OK; what leaves() returns; errors of dbtxn.h.
 *  Memory:  some 200 KiB, whatever n is. */
enum err_code nodes_build(struct nodes *s, uint64_t first, uint64_t n, nodes_leaves_fn *leaves, void *ctx,
                          struct hash32 *ret_root, struct err *e);

/** Whether a whole tree over (first, n) is there. Returns: ERR_OK; ERR_NOT_FOUND. */
enum err_code nodes_tree(struct nodes *s, uint64_t first, uint64_t n, struct hash32 *ret_root, struct err *e);

/** Leaves offset … of a tree, at most n of them.
 *  In:      leaf_count  of the tree, which is there
 *  Returns: ERR_OK; ERR_CORRUPT. */
enum err_code nodes_leaves(struct nodes *s, uint64_t first, uint64_t leaf_count, uint64_t offset, size_t n,
                           struct hash32 *ret, struct err *e);

/** Nodes `from` … of the flat array of a tree, n of them. Returns: ERR_OK; ERR_CORRUPT they are not all there. */
enum err_code nodes_read(struct nodes *s, uint64_t first, uint64_t from, size_t n, struct hash32 *ret, struct err *e);

/** The path of a leaf. Returns: ERR_OK; ERR_CORRUPT. */
enum err_code nodes_path(struct nodes *s, uint64_t first, uint64_t leaf_count, uint64_t index,
                         struct merkle_step ret[MERKLE_MAX_LEVELS], unsigned *ret_n, struct err *e);

#endif
