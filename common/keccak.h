/* Keccak-256, the hash of Ethereum: SHA-3's permutation with the padding from before FIPS 202. */
#ifndef COMMON_KECCAK_H
#define COMMON_KECCAK_H

#include <stddef.h>
#include <stdint.h>

#include "common/hash32.h"

/** Hash one message.
 *  Source:  Ethereum yellow paper, appendix B; the padding byte is 0x01 where FIPS 202 has 0x06. */
struct hash32 keccak_256(const void *data, size_t len);

/* A message that comes in pieces. */
struct keccak_stream {
    uint64_t lane[25]; /* the state */
    size_t fill;       /* bytes of the open block that are in it */
};
void keccak_init(struct keccak_stream *s);
void keccak_update(struct keccak_stream *s, const void *data, size_t len);
struct hash32 keccak_final(struct keccak_stream *s);

#endif
