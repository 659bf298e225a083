/* The ways to hash many short messages at once, one file each; sha256.c chooses. Each hashes any n; all need
 * what sha256_paths_has() asks the CPU for. Only sha256*.c and their tests include this. */
#ifndef COMMON_SHA256_PATHS_H
#define COMMON_SHA256_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash32.h"

/* Worst first. */
#define SHA256_PATHS(X)                                                                            \
    X(x4)  /* four lanes: any CPU with 128-bit vectors */                                           \
    X(x8)  /* eight lanes: AVX2 */                                                                  \
    X(ni)  /* two messages interleaved: SHA-NI */                                                   \
    X(x16) /* sixteen lanes: AVX-512 */

enum sha256_path {
#define X(name) SHA256_PATH_##name,
    SHA256_PATHS(X)
#undef X
};

/** Whether this CPU (and its system) can run a path. */
bool sha256_paths_has(enum sha256_path path);

/* As sha256_pairs() and sha256_leaves() of sha256.h. */
#define X(name)                                                                                    \
    void sha256_##name##_pairs(struct hash32 *ret, const struct hash32 *in, size_t n);             \
    void sha256_##name##_leaves(struct hash32 *ret, const uint8_t *records, size_t stride, size_t n);
SHA256_PATHS(X)
#undef X

extern const uint32_t sha256_paths_initial[8]; /* FIPS 180-4, 5.3.3 */
extern const uint32_t sha256_paths_k[64];      /* FIPS 180-4, 4.2.2 */

/* K[t] + W[t] of the second block of a 64-byte message, which is padding alone: 80 00 … 02 00. It needs no
 * message schedule. */
extern const uint32_t sha256_paths_k_pad[64];

#endif
