/* Keccak-256 on nettle's permutation: see keccak.h. */
#include "common/keccak.h"

#include <nettle/sha3.h>

#define RATE 136 /* bytes of one block: 200 of state less twice the 32 of the digest */

_Static_assert(sizeof(struct sha3_state) == sizeof((struct keccak_stream *)0)->lane, "nettle's state");

/* Mix one byte into the state; its lanes are little-endian. */
static void mix(struct keccak_stream *s, size_t at, uint8_t byte)
{
    s->lane[at / 8] ^= (uint64_t)byte << (8 * (at % 8));
}

static void permute(struct keccak_stream *s)
{
    nettle_sha3_permute((struct sha3_state *)s->lane);
    s->fill = 0;
}

void keccak_init(struct keccak_stream *s)
{
    *s = (struct keccak_stream){0};
}

void keccak_update(struct keccak_stream *s, const void *data, size_t len)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i++) {
        mix(s, s->fill++, p[i]);
        if (s->fill == RATE)
            permute(s);
    }
}

struct hash32 keccak_final(struct keccak_stream *s)
{
    mix(s, s->fill, 0x01);
    mix(s, RATE - 1, 0x80);
    permute(s);
    struct hash32 h;
    for (size_t i = 0; i < sizeof h.b; i++)
        h.b[i] = (uint8_t)(s->lane[i / 8] >> (8 * (i % 8)));
    return h;
}

struct hash32 keccak_256(const void *data, size_t len)
{
    struct keccak_stream s;
    keccak_init(&s);
    keccak_update(&s, data, len);
    return keccak_final(&s);
}
