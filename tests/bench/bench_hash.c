/* Hashing 64-byte nodes and 48-byte leaves by every path that this CPU can run, beside OpenSSL, and the tree of
 * 2^20 leaves.
 *
 *   bench_hash
 *
 * Millions a second of CPU time, the best of five. */
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/merkle.h"
#include "common/sha256.h"
#include "common/sha256_paths.h"

#define NODES (UINT64_C(1) << 18)
#define LEAVES (UINT64_C(1) << 20)
#define STRIDE 54 /* of the store's records */

static struct hash32 *in, *out;

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void openssl_pairs(struct hash32 *ret, const struct hash32 *nodes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        SHA256(nodes[2 * i].b, 64, ret[i].b);
}

static void openssl_leaves(struct hash32 *ret, const uint8_t *records, size_t stride, size_t n)
{
    for (size_t i = 0; i < n; i++)
        SHA256(records + i * stride, 48, ret[i].b);
}

static void single_pairs(struct hash32 *ret, const struct hash32 *nodes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ret[i] = sha256_pair(&nodes[2 * i], &nodes[2 * i + 1]);
}

static void single_leaves(struct hash32 *ret, const uint8_t *records, size_t stride, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ret[i] = sha256(records + i * stride, 48);
}

static void measure(const char *name, void (*pairs)(struct hash32 *, const struct hash32 *, size_t),
                    void (*leaves)(struct hash32 *, const uint8_t *, size_t, size_t))
{
    double best_pairs = 1e9, best_leaves = 1e9;
    for (unsigned i = 0; i < 5; i++) {
        double a = cpu();
        pairs(out, in, NODES);
        double b = cpu();
        leaves(out, in[0].b, STRIDE, NODES);
        double c = cpu();
        best_pairs = b - a < best_pairs ? b - a : best_pairs;
        best_leaves = c - b < best_leaves ? c - b : best_leaves;
    }
    printf("%-22s nodes %6.2f M/s   leaves %6.2f M/s\n", name, (double)NODES / best_pairs / 1e6,
           (double)NODES / best_leaves / 1e6);
}

static double tree(void (*pairs)(struct hash32 *, const struct hash32 *, size_t))
{
    double t = cpu();
    for (uint64_t n = LEAVES; n > 1; n /= 2)
        pairs(out, n == LEAVES ? in : out, n / 2);
    return cpu() - t;
}

int main(void)
{
    uint64_t state = 1;
    in = malloc(LEAVES * sizeof *in);
    out = malloc(LEAVES * sizeof *out);
    if (in == NULL || out == NULL)
        return 1;
    for (uint64_t i = 0; i < LEAVES * sizeof *in; i++)
        in[0].b[i] = (uint8_t)((state = state * 6364136223846793005u + 1442695040888963407u) >> 56);
    measure("OpenSSL SHA256()", openssl_pairs, openssl_leaves);
    measure("one at a time", single_pairs, single_leaves);
#if defined(__x86_64__)
#define X(path)                                                                                    \
    if (sha256_paths_has(SHA256_PATH_##path))                                                      \
        measure(#path, sha256_##path##_pairs, sha256_##path##_leaves);                             \
    else                                                                                           \
        printf("%-22s this CPU has not\n", #path);
    SHA256_PATHS(X)
#undef X
#endif
    measure("chosen", sha256_pairs, sha256_leaves);
    printf("tree of 2^20 leaves    OpenSSL %.3f s   chosen %.3f s\n", tree(openssl_pairs),
           tree(sha256_pairs));
    free(in);
    free(out);
    return 0;
}
