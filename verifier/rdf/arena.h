/* Memory of one document: allocated by moving a pointer, freed all at once, with a cap in bytes.
 *
 * Failure is sticky: once the cap or the system refuses, every later call gives NULL, so a builder
 * may run to its end and look once (arena_check). Not shared between threads.
 */
#ifndef VERIFIER_RDF_ARENA_H
#define VERIFIER_RDF_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/err.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* newest first; all freed by arena_done */
    uint8_t *next, *end;        /* free part of the newest chunk */
    size_t used, cap;           /* bytes handed out; how many may be */
    bool failed;
};

/** Start an empty arena. In: cap  bytes that may be handed out in all. */
void arena_init(struct arena *arena, size_t cap);

/** Memory aligned for any pointer, integer or double; zeroed.
 *  Returns: NULL on failure (sticky); never NULL for size 0 otherwise. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((malloc, alloc_size(2)));

/** The same with content that is not defined, for texts that are written at once.
 *  Cost: none of touching the memory. */
void *arena_raw(struct arena *arena, size_t size) __attribute__((malloc, alloc_size(2)));

/** n things of a size; an overflow of the product is a failure like any other. */
void *arena_array(struct arena *arena, size_t n, size_t size) __attribute__((malloc));

/** A copy of the bytes. Returns: an empty slice on failure. */
struct slice arena_copy(struct arena *arena, struct slice bytes);

/** The bytes of a and then of b. Returns: an empty slice on failure. */
struct slice arena_join(struct arena *arena, struct slice a, struct slice b);

/** Returns: ERR_OK while nothing has failed; ERR_LIMIT the cap, or the system, gave no more. */
enum err_code arena_check(const struct arena *arena, struct err *e);

/** Forget everything that was handed out and keep one chunk for the next document. */
void arena_reset(struct arena *arena);

/** Free everything. A zeroed or finished arena is legal. */
void arena_done(struct arena *arena);

#endif
