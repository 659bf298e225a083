/* Leaves drawn for a check by hand: the same log, number and seed always give the same ones. Pure. */
#ifndef VERIFIER_AUDIT_DRAW_H
#define VERIFIER_AUDIT_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/hash32.h"

#define DRAW_MAX 100000

struct draw_item {
    uint64_t at;     /* among all leaves of the log, from 0 */
    uint64_t number; /* of the batch */
    uint64_t index;  /* in it */
    bool found;      /* the leaf was there: */
    struct hash32 leaf;
};

/* {0} is empty. Owner: the holder; draw_done() frees. */
struct draw {
    struct draw_item *items; /* by .at */
    size_t n;
};

void draw_done(struct draw *s);

/** Draw `n` of `total` leaves, or all if there are not so many. Each leaf is as likely as any other.
 *  Place i of a draw comes from SHA-256("hallmark sample 1\n" ‖ seed ‖ "\n" ‖ i as decimal): its first 8 bytes,
 *  big-endian, modulo total; numbers from the last incomplete multiple of total and repeats are passed over.
 *  Returns: ERR_OK; ERR_NOMEM. */
enum err_code draw_make(struct draw *ret, uint64_t total, size_t n, const char *seed, struct err *e)
    __attribute__((warn_unused_result));

/** True if one of the places first … first + n - 1 was drawn. */
bool draw_hits(const struct draw *s, uint64_t first, uint64_t n);

/** Fill in what was drawn of a batch whose leaf 0 is the place `first`. */
void draw_fill(struct draw *s, uint64_t first, uint64_t number, const struct hash32 *leaves, uint64_t n);

#endif
