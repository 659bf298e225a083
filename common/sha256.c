/* SHA-256 on nettle, which uses the CPU's own instructions where there are any: see sha256.h. */
#include "common/sha256.h"

#include <nettle/sha2.h>

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

void sha256_pairs(struct hash32 *ret, const struct hash32 *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ret[i] = sha256_pair(&in[2 * i], &in[2 * i + 1]);
}

void sha256_leaves(struct hash32 *ret, const uint8_t *records, size_t stride, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ret[i] = sha256(records + i * stride, 48);
}
