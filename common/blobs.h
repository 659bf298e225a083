/* A growing list of byte strings in one block of memory: the transactions of a block, the nodes of a
 * proof. The error is sticky: add in a straight line, look once at the end. */
#ifndef COMMON_BLOBS_H
#define COMMON_BLOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

/* {0} is an empty list. Owner: the holder; blobs_done() frees. */
struct blobs {
    uint8_t *data; /* the strings, one after the other */
    size_t len, cap;
    size_t *end; /* where each string ends in data */
    size_t n, n_cap;
    bool failed; /* out of memory: every later write is ignored */
};

void blobs_done(struct blobs *b);

/** Add a copy. */
void blobs_add(struct blobs *b, const void *data, size_t len);

/** Add what a writer writes: between begin and commit nothing else may be added.
 *  In:      room  the most that will be written
 *  Returns: a writer over that much room; it has failed already if there is no memory. */
struct bytes_writer blobs_begin(struct blobs *b, size_t room);
/** Returns: false if the writer or the list failed; nothing is added then. */
bool blobs_commit(struct blobs *b, const struct bytes_writer *w);

/** String i. The pointer holds until the next write. */
struct slice blobs_get(const struct blobs *b, size_t i);

/** Keep only the first n strings. */
void blobs_cut(struct blobs *b, size_t n);

#endif
