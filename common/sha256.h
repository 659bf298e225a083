/* SHA-256 (FIPS 180-4): one message, or many short messages of one length side by side. */
#ifndef COMMON_SHA256_H
#define COMMON_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "common/hash32.h"

/** Hash one message. */
struct hash32 sha256(const void *data, size_t len);

/** Hash left ‖ right, the node of our trees (design.md section 2). */
struct hash32 sha256_pair(const struct hash32 *left, const struct hash32 *right);

/** Hash n pairs: ret[i] = SHA-256(in[2i] ‖ in[2i + 1]), many lanes at a time.
 *
 *  Shapes:  in   2n × 32 bytes
 *           ret  n × 32 bytes; may be the same memory as in (never partly shifted)
 */
void sha256_pairs(struct hash32 *ret, const struct hash32 *in, size_t n);

/** Hash n leaves: ret[i] = SHA-256(target[i] ‖ salt[i]), 48 bytes each, many lanes at a time.
 *
 *  Shapes:  records     n × stride bytes, each beginning with 32 bytes target, 16 bytes salt
 *           stride      at least 48
 *           ret         n × 32 bytes, not overlapping records
 */
void sha256_leaves(struct hash32 *ret, const uint8_t *records, size_t stride, size_t n);

/* A message that comes in pieces. */
struct sha256_stream {
    uint64_t state[32]; /* opaque */
};
void sha256_init(struct sha256_stream *s);
void sha256_update(struct sha256_stream *s, const void *data, size_t len);
struct hash32 sha256_final(struct sha256_stream *s);

#endif
