/* "Is this target new?" answered in memory: a blocked Bloom filter over 64-bit tags. A no is certain; a yes
 * is wrong about once in a hundred and costs a look into the index. It grows by further layers, each as large
 * as all before it, so growing never stalls. One thread at a time (the writer's).
 *
 * Cost: 12 bits a tag, one cache line a layer.
 * Source: F. Putze et al., "Cache-, Hash- and Space-Efficient Bloom Filters" (2007), blocks of one line. */
#ifndef COMMON_DB_FILTER_H
#define COMMON_DB_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

#define FILTER_LAYERS 24                  /* 4 M doubled 23 times is beyond 2^40 */
#define FILTER_FIRST (UINT64_C(1) << 22)  /* tags of the smallest layer */
#define FILTER_WORDS 8                    /* one bit of each word of a block a tag */

struct filter_block {
    uint32_t word[FILTER_WORDS];
};

struct filter_layer {
    struct filter_block *block; /* owned */
    uint64_t n_blocks;
    uint64_t capacity;          /* tags it is meant for */
    uint64_t count;
};

struct filter {
    struct filter_layer layer[FILTER_LAYERS]; /* the last one is filled */
    unsigned n_layers;
};

/** The block of a tag among n_blocks, and one block by itself: runfile.c keeps blocks on disk. */
static inline uint64_t filter_block_of(uint64_t tag, uint64_t n_blocks)
{
    return (uint64_t)((unsigned __int128)tag * n_blocks >> 64);
}
void filter_block_add(struct filter_block *b, uint64_t tag);
bool filter_block_has(const struct filter_block *b, uint64_t tag);

/** Make room for `count` tags to be added soon and as many later. Returns: ERR_OK; ERR_NOMEM. */
enum err_code filter_init(struct filter *f, uint64_t count, struct err *e);
void filter_done(struct filter *f);

/** Make sure that `n` more tags can be added. Returns: ERR_OK; ERR_NOMEM. */
enum err_code filter_reserve(struct filter *f, uint64_t n, struct err *e);

/** Add a tag, into the newest layer. Tags that come in order are cheapest: blocks follow their high bits. */
void filter_add(struct filter *f, uint64_t tag);

/** False: the tag was never added. */
bool filter_has(const struct filter *f, uint64_t tag);

/** Bring the lines of a tag into the cache, some 100 ns before they are needed. */
void filter_prefetch(const struct filter *f, uint64_t tag);

/** Bytes of memory. */
uint64_t filter_bytes(const struct filter *f);

#endif
