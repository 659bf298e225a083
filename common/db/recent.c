/* The newest targets in memory: see recent.h.
 *
 * A slot is 0 (empty) or the tag's low 44 bits over a 20-bit offset (1 to 2^19) within the generation; the
 * tag's high 20 bits chose the place where the search begins. Linear probing at a load of at most one half. */
#include "common/db/recent.h"

#include <stdlib.h>

#define OFFSET_BITS (RECENT_BITS + 1)
#define SLOTS (UINT64_C(1) << OFFSET_BITS)

static uint64_t word_of(uint64_t tag, uint64_t sequence)
{
    uint64_t offset = ((sequence - 1) & (RECENT_ENTRIES - 1)) + 1;
    return tag << OFFSET_BITS | offset;
}

static uint64_t home_of(uint64_t tag)
{
    return tag >> (64 - OFFSET_BITS);
}

void recent_init(struct recent *r, uint64_t released)
{
    *r = (struct recent){0};
    atomic_init(&r->released, released);
    atomic_init(&r->newest, released);
}

void recent_done(struct recent *r)
{
    for (unsigned i = 0; i < RECENT_GENERATIONS; i++)
        free((void *)r->slot[i]);
    *r = (struct recent){0};
}

/* `newest` is stored after the table is there, and read by a look before it touches the table. */
enum err_code recent_reserve(struct recent *r, uint64_t last, struct err *e)
{
    uint64_t generation = recent_generation(last);
    if (generation >= atomic_load(&r->released) + RECENT_GENERATIONS)
        return err_set(e, ERR_BUSY, "the index is behind, try again in a second");
    for (uint64_t g = atomic_load(&r->newest); g <= generation; g++) {
        unsigned i = (unsigned)(g % RECENT_GENERATIONS);
        if (r->slot[i] != NULL)
            continue;
        r->slot[i] = calloc(SLOTS, sizeof *r->slot[i]);
        if (r->slot[i] == NULL)
            return err_set(e, ERR_NOMEM, "no memory for the newest targets");
        atomic_fetch_add(&r->tables, 1);
    }
    atomic_store(&r->newest, generation);
    return ERR_OK;
}

uint32_t recent_insert(struct recent *r, uint64_t tag, uint64_t sequence)
{
    _Atomic uint64_t *slot = r->slot[recent_generation(sequence) % RECENT_GENERATIONS];
    uint64_t at = home_of(tag);
    while (atomic_load_explicit(&slot[at], memory_order_relaxed) != 0)
        at = (at + 1) % SLOTS;
    atomic_store_explicit(&slot[at], word_of(tag, sequence), memory_order_release);
    return (uint32_t)at;
}

void recent_remove(struct recent *r, uint64_t sequence, uint32_t slot)
{
    atomic_store(&r->slot[recent_generation(sequence) % RECENT_GENERATIONS][slot], 0);
}

/* The next match in one generation, from look->position on; 0: none, an empty slot ends the search. */
static uint64_t next_inside(_Atomic uint64_t *slot, uint64_t generation, uint64_t tag,
                            struct recent_look *look)
{
    for (;;) {
        uint64_t word = atomic_load_explicit(&slot[look->position], memory_order_acquire);
        if (word == 0)
            return 0;
        look->position = (look->position + 1) % SLOTS;
        if (word >> OFFSET_BITS == (tag & (UINT64_MAX >> OFFSET_BITS)))
            return (generation << RECENT_BITS) + (word & (SLOTS - 1));
    }
}

uint64_t recent_next(const struct recent *r, uint64_t tag, struct recent_look *look)
{
    uint64_t released = atomic_load(&r->released);
    if (!look->started)
        look->generation = atomic_load(&r->newest) + 1;
    look->started = true;
    while (look->generation > released) {
        uint64_t g = look->generation - 1;
        _Atomic uint64_t *slot = r->slot[g % RECENT_GENERATIONS];
        if (slot == NULL)
            return 0; /* nothing was ever inserted */
        if (!look->inside)
            look->position = home_of(tag);
        look->inside = true;
        uint64_t sequence = next_inside(slot, g, tag, look);
        if (sequence != 0)
            return sequence;
        look->inside = false;
        look->generation--;
    }
    return 0;
}

void recent_prefetch(const struct recent *r, uint64_t tag)
{
    _Atomic uint64_t *slot = r->slot[atomic_load_explicit(&r->newest, memory_order_relaxed) %
                                     RECENT_GENERATIONS];
    if (slot != NULL)
        __builtin_prefetch((const void *)&slot[home_of(tag)], 1);
}

void recent_release(struct recent *r)
{
    uint64_t oldest = atomic_load(&r->released);
    _Atomic uint64_t *slot = r->slot[oldest % RECENT_GENERATIONS];
    for (uint64_t i = 0; slot != NULL && i < SLOTS; i++)
        atomic_store_explicit(&slot[i], 0, memory_order_relaxed);
    atomic_store(&r->released, oldest + 1);
}

uint64_t recent_bytes(const struct recent *r)
{
    return atomic_load(&r->tables) * SLOTS * sizeof *r->slot[0];
}
