/* Four lanes, for any CPU: see sha256_lanes.h. */
#define LANES 4
#define TARGET
#define PAIRS sha256_x4_pairs
#define LEAVES sha256_x4_leaves

#include "common/sha256_lanes.h"
