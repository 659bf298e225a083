/* SHA-256: see sha256.h. One message by nettle; many by the best path that the CPU can run. */
#include "common/sha256.h"

#include <nettle/sha2.h>
#include <stdatomic.h>
#include <string.h>

#include "common/sha256_paths.h"

/* nettle's own names begin with nettle_; its macros would shadow ours. */
#undef sha256_init
#undef sha256_update
#undef sha256_digest

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct sha256_stream), "room for nettle's context");

void sha256_init(struct sha256_stream *s)
{
    nettle_sha256_init((struct sha256_ctx *)s);
}

void sha256_update(struct sha256_stream *s, const void *data, size_t len)
{
    nettle_sha256_update((struct sha256_ctx *)s, len, data);
}

struct hash32 sha256_final(struct sha256_stream *s)
{
    struct hash32 h;
    nettle_sha256_digest((struct sha256_ctx *)s, sizeof h.b, h.b);
    return h;
}

struct hash32 sha256(const void *data, size_t len)
{
    struct sha256_stream s;
    sha256_init(&s);
    sha256_update(&s, data, len);
    return sha256_final(&s);
}

struct hash32 sha256_pair(const struct hash32 *left, const struct hash32 *right)
{
    struct sha256_stream s;
    sha256_init(&s);
    sha256_update(&s, left->b, sizeof left->b);
    sha256_update(&s, right->b, sizeof right->b);
    return sha256_final(&s);
}

/* ------------------------------------------------------------------ many at once */

static enum sha256_path best_path(void)
{
    static const enum sha256_path ALL[] = {
#define X(name) SHA256_PATH_##name,
        SHA256_PATHS(X)
#undef X
    };
    size_t i = sizeof ALL / sizeof ALL[0] - 1;
    while (i > 0 && !sha256_paths_has(ALL[i]))
        i--;
    return ALL[i];
}

/* Asking the CPU takes microseconds in a virtual machine. The answer never changes, so it is kept: the one
 * variable of common/. Plus one; 0: not asked yet. */
static enum sha256_path path(void)
{
    static _Atomic unsigned kept;
    unsigned p = atomic_load_explicit(&kept, memory_order_relaxed);
    if (p == 0) {
        p = (unsigned)best_path() + 1;
        atomic_store_explicit(&kept, p, memory_order_relaxed);
    }
    return (enum sha256_path)(p - 1);
}

#if defined(__x86_64__)
#define RUN(what, ...)                                                                             \
    switch (path()) {                                                                              \
    case SHA256_PATH_x4:                                                                           \
        sha256_x4_##what(__VA_ARGS__);                                                             \
        break;                                                                                     \
    case SHA256_PATH_x8:                                                                           \
        sha256_x8_##what(__VA_ARGS__);                                                             \
        break;                                                                                     \
    case SHA256_PATH_ni:                                                                           \
        sha256_ni_##what(__VA_ARGS__);                                                             \
        break;                                                                                     \
    case SHA256_PATH_x16:                                                                          \
        sha256_x16_##what(__VA_ARGS__);                                                            \
        break;                                                                                     \
    }
#else
#define RUN(what, ...) (void)path, sha256_x4_##what(__VA_ARGS__);
#endif

void sha256_pairs(struct hash32 *ret, const struct hash32 *in, size_t n)
{
    if (n == 1)
        *ret = sha256_pair(&in[0], &in[1]); /* lanes cost the same for one as for all */
    else
        RUN(pairs, ret, in, n)
}

void sha256_leaves(struct hash32 *ret, const uint8_t *records, size_t stride, size_t n)
{
    RUN(leaves, ret, records, stride, n)
}
