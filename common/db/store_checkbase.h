/* What the files that check a store share. Only store_check*.c include this. */
#ifndef COMMON_DB_STORE_CHECKBASE_H
#define COMMON_DB_STORE_CHECKBASE_H

#include "common/db/store_finding.h"
#include "common/db/storebase.h"

#define STORE_CHECKBASE_SLICE 8192 /* records or entries in one read transaction */

struct store_checkbase {
    struct store *s;
    const struct store_check_options *options;
    struct store_check_counts counts;
};

static inline void store_checkbase_found(struct store_checkbase *c, enum store_finding_code code, uint64_t sequence, uint64_t k)
{
    struct store_finding finding = {code, sequence, k};
    c->options->found(c->options->ctx, &finding);
}

/** The tree of a batch: its root from its leaves; with deep every leaf and node too (store_check_tree.c). */
enum err_code store_check_tree(struct store_checkbase *c, const struct store_batch *batch, struct err *e);

/** Every entry of the index, and that none is missing (store_check_index.c). */
enum err_code store_check_index(struct store_checkbase *c, struct err *e);

#endif
