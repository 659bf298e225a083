/* Eight lanes with AVX2: see sha256_lanes.h. */
#if defined(__x86_64__)
#define LANES 8
#define TARGET __attribute__((target("avx2")))
#define PAIRS sha256_x8_pairs
#define LEAVES sha256_x8_leaves

#include "common/sha256_lanes.h"
#else
typedef int sha256_x8_is_for_x86_64;
#endif
