/* The leaves of accepted targets, for those who build or check a tree. */
#ifndef COMMON_DB_STORE_TREE_H
#define COMMON_DB_STORE_TREE_H

#include "common/db/storebase.h"

#define STORE_TREE_BLOCK 2048

/** Leaves of targets first … first + n - 1, from target and salt; of a forgotten one what was kept.
 *  In:      n  at most STORE_TREE_BLOCK
 *  Returns: ERR_OK; ERR_CORRUPT a record is missing; ERR_CANCELLED. */
enum err_code store_tree_leaves(struct store *s, uint64_t first, size_t n, struct hash32 *ret, struct err *e);

#endif
