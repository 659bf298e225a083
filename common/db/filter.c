/* A blocked Bloom filter: see filter.h. */
#include "common/db/filter.h"

#include <stdlib.h>
#include <string.h>

#define BITS_PER_TAG 12
#define BITS_PER_BLOCK (32 * FILTER_WORDS)

static enum err_code add_layer(struct filter *f, uint64_t capacity, struct err *e)
{
    uint64_t n_blocks = capacity * BITS_PER_TAG / BITS_PER_BLOCK + 1;
    struct filter_block *block = NULL;
    if (f->n_layers < FILTER_LAYERS)
        block = calloc(n_blocks, sizeof *block);
    if (block == NULL)
        return err_set(e, ERR_NOMEM, "no memory for the duplicate filter");
    f->layer[f->n_layers++] = (struct filter_layer){block, n_blocks, capacity, 0};
    return ERR_OK;
}

enum err_code filter_init(struct filter *f, uint64_t count, struct err *e)
{
    *f = (struct filter){0};
    return add_layer(f, 2 * count > FILTER_FIRST ? 2 * count : FILTER_FIRST, e);
}

void filter_done(struct filter *f)
{
    for (unsigned i = 0; i < f->n_layers; i++)
        free(f->layer[i].block);
    *f = (struct filter){0};
}

static uint64_t capacity_of_all(const struct filter *f)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < f->n_layers; i++)
        sum += f->layer[i].capacity;
    return sum;
}

enum err_code filter_reserve(struct filter *f, uint64_t n, struct err *e)
{
    const struct filter_layer *l = &f->layer[f->n_layers - 1];
    uint64_t all = capacity_of_all(f);
    return l->count + n <= l->capacity ? ERR_OK : add_layer(f, all > n ? all : n, e);
}

/* One bit for each word, out of the tag's low half; its high half has chosen the block. */
static uint32_t bit_of(uint64_t tag, unsigned word)
{
    static const uint32_t ODD[FILTER_WORDS] = {
        0x2545f491, 0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1, 0xd3a2646d, 0xfd7046c5};
    return UINT32_C(1) << ((uint32_t)tag * ODD[word] >> 27);
}

void filter_block_add(struct filter_block *b, uint64_t tag)
{
    for (unsigned i = 0; i < FILTER_WORDS; i++)
        b->word[i] |= bit_of(tag, i);
}

bool filter_block_has(const struct filter_block *b, uint64_t tag)
{
    uint32_t missing = 0;
    for (unsigned i = 0; i < FILTER_WORDS; i++)
        missing |= bit_of(tag, i) & ~b->word[i];
    return missing == 0;
}

static struct filter_block *block_in(const struct filter_layer *l, uint64_t tag)
{
    return &l->block[filter_block_of(tag, l->n_blocks)];
}

void filter_add(struct filter *f, uint64_t tag)
{
    struct filter_layer *l = &f->layer[f->n_layers - 1];
    filter_block_add(block_in(l, tag), tag);
    l->count++;
}

bool filter_has(const struct filter *f, uint64_t tag)
{
    for (unsigned n = f->n_layers; n > 0; n--)
        if (filter_block_has(block_in(&f->layer[n - 1], tag), tag))
            return true;
    return false;
}

void filter_prefetch(const struct filter *f, uint64_t tag)
{
    for (unsigned n = 0; n < f->n_layers; n++)
        __builtin_prefetch(block_in(&f->layer[n], tag));
}

uint64_t filter_bytes(const struct filter *f)
{
    uint64_t blocks = 0;
    for (unsigned i = 0; i < f->n_layers; i++)
        blocks += f->layer[i].n_blocks;
    return blocks * sizeof(struct filter_block);
}
