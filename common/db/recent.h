/* tag -> sequence for the newest targets, in memory, until they are written as a sorted run.
 *
 * Sequences are cut into generations of 2^19: sequence s is of generation (s - 1) >> 19. A generation is an
 * open hash table of its own; up to RECENT_GENERATIONS of them live in a ring. The oldest full one is written
 * to the index and then released.
 *
 * Threads: one writer inserts; one other thread releases; any number look, at any time, without a lock: a slot
 * is one atomic word. A look may find a sequence whose record says something else (a transaction that was
 * aborted, a generation just released): compare the record. A look that misses because a generation is being
 * released is right again in the index, which holds that generation already: look here first, there second. */
#ifndef COMMON_DB_RECENT_H
#define COMMON_DB_RECENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define RECENT_BITS 19
#define RECENT_ENTRIES (UINT64_C(1) << RECENT_BITS) /* targets of a generation */
#define RECENT_GENERATIONS 8

struct recent {
    _Atomic uint64_t *slot[RECENT_GENERATIONS]; /* owned; 2 × RECENT_ENTRIES each, made when first needed */
    _Atomic uint64_t released;                  /* generations below this one are in the index */
    _Atomic uint64_t newest;                    /* the generation inserted into last */
    _Atomic unsigned tables;                    /* how many of slot[] are made */
};

/* A look in progress. */
struct recent_look {
    uint64_t generation; /* the one to look into next, plus one */
    uint64_t position;   /* within it, if inside */
    bool started, inside;
};

/** `released`: how many generations the index holds already. */
void recent_init(struct recent *r, uint64_t released);
void recent_done(struct recent *r);

/** Make sure that sequences up to `last` can be inserted.
 *  Returns: ERR_OK; ERR_BUSY too many generations wait to be written; ERR_NOMEM. */
enum err_code recent_reserve(struct recent *r, uint64_t last, struct err *e);

/** Insert, after recent_reserve(). Returns: the slot, for recent_remove(). */
uint32_t recent_insert(struct recent *r, uint64_t tag, uint64_t sequence);

/** Take back the newest insertion. Several must be taken back newest first. */
void recent_remove(struct recent *r, uint64_t sequence, uint32_t slot);

/** The next sequence, newest generation first, that was inserted with this tag; 0: no more.
 *  In/out:  look  all zeros at first */
uint64_t recent_next(const struct recent *r, uint64_t tag, struct recent_look *look);

/** Bring the slot of a tag in the newest generation into the cache. */
void recent_prefetch(const struct recent *r, uint64_t tag);

/** Release the oldest generation, whose run is durable in the index. */
void recent_release(struct recent *r);

uint64_t recent_bytes(const struct recent *r);

static inline uint64_t recent_generation(uint64_t sequence)
{
    return (sequence - 1) >> RECENT_BITS;
}

#endif
