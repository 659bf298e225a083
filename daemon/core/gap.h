/* How a log goes on after a loss, decided from what the chain holds and what the store knows: which number and
 * which value come next, and what is declared. Pure.
 *
 * The next batch follows the newest own value on the chain. Values that the store does not know are lost
 * ("unknown"); batches of the store behind its newest anchored one can never be anchored any more, since the
 * chain of values went another way ("orphans"): what they hold is sealed again.
 * Source: design.md section 2, Recovery.
 */
#ifndef DAEMON_CORE_GAP_H
#define DAEMON_CORE_GAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash32.h"

#define GAP_ANNEX_LEN 512 /* bytes, with its NUL: enough for the longest annex */

/* An own anchor on the chain, in chain order. */
struct gap_value {
    struct hash32 value;
    size_t order; /* set by gap_distinct */
    uint64_t k;   /* the store's batch with this value; 0: it knows none */
};

/** Keep the first of equal values, in their order. In: values may be NULL if n is 0. Returns: how many are left. */
size_t gap_distinct(struct gap_value *values, size_t n);

struct gap_plan {
    bool lost;              /* false: the store knows every own anchor, and the rest is not valid */
    uint64_t k;             /* of the batch that declares the gap */
    struct hash32 previous; /* the R that it follows: the newest on the chain */
    uint64_t last_k;        /* newest batch of the store; 0: none */
    struct hash32 last;     /* its value; R_0 */
    uint64_t n_unknown;
    struct hash32 unknown;  /* SHA-256 over the unknown values, in chain order */
    uint64_t anchored_k;    /* newest batch of the store that is on the chain (0: none of this era): later ones
                               are orphans */
};

#define GAP_ERA (UINT64_C(1) << 32) /* numbers from one recovery to the next */

/* The newest batch of the store. */
struct gap_store {
    uint64_t k;             /* 0: none, value is R_0 then */
    struct hash32 value;
    struct hash32 declared; /* if its era began with a gap: the value which that followed; all unknown ones up to
                               there have been declared. Zeros: no gap yet */
};

/** In: distinct values in chain order, k of each set. */
struct gap_plan gap_plan(const struct gap_value *values, size_t n, const struct gap_store *store);

/** The annex that declares it.
 *  In:  orphans  the values of the orphans, by number
 *  Out: ret      JSON, NUL-terminated. Returns: its length. */
size_t gap_annex(const struct gap_plan *plan, const struct hash32 *orphans, size_t n_orphans,
                 char ret[GAP_ANNEX_LEN]);

/** Whether an annex that gap_annex() wrote declares a gap behind this batch and its value (0 and R_0).
 *  Out: ret_orphans  so many of the batches just before it are orphans; untouched if false. */
bool gap_annex_names(const char *annex, size_t len, uint64_t last_k, const struct hash32 *last,
                     uint64_t *ret_orphans);

#endif
