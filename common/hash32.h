/* A 32-byte hash as a value: targets, leaves, roots, anchored values, block and transaction hashes. */
#ifndef COMMON_HASH32_H
#define COMMON_HASH32_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct hash32 {
    uint8_t b[32];
};

static inline bool hash32_equal(const struct hash32 *x, const struct hash32 *y)
{
    return memcmp(x->b, y->b, sizeof x->b) == 0;
}

static inline bool hash32_is_zero(const struct hash32 *x)
{
    static const struct hash32 ZERO;
    return hash32_equal(x, &ZERO);
}

#endif
