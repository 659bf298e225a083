/* How many proof documents a second can be written, and read: one leaf of a batch, one anchor with
 * evidence of the usual size, with and without a proofValue. Then the base58 of values as long as a proofValue of
 * batches of a thousand, thirty thousand and a million leaves, beside libgmp.
 * usage: bench_proof [leaves] [documents] */
#include <gmp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/multibase.h"
#include "tests/sample.h"

#define EVIDENCE_BYTES 4600 /* hex of header, transaction, receipt and their nodes in a block of 200 */

/* Processor time: the machine may be busy with other things. */
static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void report(const char *what, unsigned n, double took, size_t bytes)
{
    printf("%-34s %8.0f documents/s  %6.1f us each  %zu bytes\n", what, n / took, took / n * 1e6, bytes);
}

static void write_many(const char *what, struct proof *proof, unsigned n)
{
    struct text t = {0};
    struct err e;
    double from = seconds();
    for (unsigned i = 0; i < n; i++) {
        text_clear(&t);
        if (proof_write(&t, proof, &e) != ERR_OK) {
            fprintf(stderr, "%s\n", e.msg);
            exit(1);
        }
    }
    report(what, n, seconds() - from, t.len);
    from = seconds();
    for (unsigned i = 0; i < n / 10; i++) {
        struct proof back;
        if (proof_parse(&back, t.data, t.len, &e) != ERR_OK) {
            fprintf(stderr, "%s\n", e.msg);
            exit(1);
        }
        proof_done(&back);
    }
    report("  read back", n / 10, seconds() - from, t.len);
    text_done(&t);
}

/* CPU time of one conversion, in microseconds. */
static double by_ours(const uint8_t *bytes, size_t len, unsigned n)
{
    static char text[MULTIBASE_BASE58_ROOM(4096)];
    double from = seconds();
    for (unsigned i = 0; i < n; i++)
        multibase_base58(text, bytes, len);
    return (seconds() - from) / n * 1e6;
}

static double by_libgmp(const uint8_t *bytes, size_t len, unsigned n)
{
    static char text[MULTIBASE_BASE58_ROOM(4096)];
    mpz_t number;
    mpz_init(number);
    double from = seconds();
    for (unsigned i = 0; i < n; i++) {
        mpz_import(number, len, 1, 1, 1, 0, bytes);
        mpz_get_str(text, 58, number);
    }
    double took = (seconds() - from) / n * 1e6;
    mpz_clear(number);
    return took;
}

static void base58(unsigned n)
{
    static const size_t LENGTHS[] = {1100, 1450, 1800};
    uint8_t bytes[1800];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)"0123456789abcdef"[i * 7 % 16];
    for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++)
        printf("base58 of %zu bytes: libgmp %.1f us, ours %.1f us\n", LENGTHS[i], by_libgmp(bytes, LENGTHS[i], n),
               by_ours(bytes, LENGTHS[i], n));
}

int main(int argc, char **argv)
{
    uint64_t leaves = argc > 1 ? strtoull(argv[1], NULL, 10) : 4096;
    unsigned n = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 20000;
    struct seal_address registry = {{1}}, issuer = {{2}};
    struct seal_genesis genesis = sample_genesis(&registry, &issuer);
    struct sample batch = sample_batch(&genesis, NULL, leaves, NULL, 1);
    struct proof proof = sample_proof(&batch, leaves / 3);
    printf("%" PRIu64 " leaves\n", leaves);
    write_many("sealed, no anchor", &proof, n);
    struct proof_anchor *a = sample_anchor(&proof, NULL, 0);
    a->evidence = calloc(1, EVIDENCE_BYTES + 32);
    snprintf(a->evidence, EVIDENCE_BYTES, "{\"header\":\"%0*d\"}", EVIDENCE_BYTES - 20, 0);
    a->chain_id = 100; /* a chain that MerkleProof2019 cannot name */
    write_many("final, without proofValue", &proof, n);
    a->chain_id = SAMPLE_CHAIN;
    write_many("final, with proofValue", &proof, n);
    proof_done(&proof);
    sample_done(&batch);
    base58(n);
    return 0;
}
