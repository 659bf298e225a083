/* The log by itself, from genesis to head: order and numbers, headers, trees, seals, values, annexes, gaps,
 * times of sealing, leaves that stand twice. Pure. */
#ifndef VERIFIER_AUDIT_WALK_H
#define VERIFIER_AUDIT_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "verifier/audit/findings.h"
#include "verifier/audit/ledger.h"

/* One batch in the order of the log. */
struct walk_step {
    const struct ledger_batch *batch;
    uint64_t n_missing; /* numbers that are missing before it without a declared gap */
};

/* {0} is empty. Owner: the holder; walk_done() frees. Valid as long as the ledger is not changed. */
struct walk {
    struct walk_step *steps; /* by number, each number once */
    size_t n;
};

void walk_done(struct walk *w);

/** Walk the log and note what is wrong with it.
 *  Out:     *ret  for match_chain()
 *  Returns: ERR_OK; ERR_NOMEM. */
enum err_code walk_log(const struct ledger *l, struct walk *ret, struct findings *out, struct err *e)
    __attribute__((warn_unused_result));

/** Note the leaves that stand twice. In: proven  by index in l->batches: the chain holds it, or a later one that
 *  proves it (a batch that was lost on the way to the chain is sealed again with its leaves); NULL: all count.
 *  Returns: ERR_OK; ERR_NOMEM. Cost: sorts the leaves' places. */
enum err_code walk_leaves(const struct ledger *l, const struct walk *w, const bool *proven, struct findings *out,
                          struct err *e) __attribute__((warn_unused_result));

#endif
