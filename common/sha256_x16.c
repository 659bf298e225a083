/* Sixteen lanes with AVX-512: see sha256_lanes.h. */
#if defined(__x86_64__)
#define LANES 16
#define TARGET __attribute__((target("avx512f,avx512bw")))
#define PAIRS sha256_x16_pairs
#define LEAVES sha256_x16_leaves

#include "common/sha256_lanes.h"
#else
typedef int sha256_x16_is_for_x86_64;
#endif
