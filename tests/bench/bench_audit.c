/* How long the audit of a large log takes besides network and disk: every tree rebuilt, everything judged.
 * usage: bench_audit [BATCHES [LEAVES]]      default 10000 batches of 1000 leaves, on one core */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/sha256.h"
#include "verifier/audit/judge.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fail(const struct err *e)
{
    fprintf(stderr, "bench_audit: %s\n", e->msg);
    exit(1);
}

static uint64_t random_next(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void fill(struct hash32 *leaves, size_t n, uint64_t *state)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < sizeof leaves->b; j += 8) {
            uint64_t word = random_next(state);
            __builtin_memcpy(leaves[i].b + j, &word, sizeof word);
        }
}

static void add_batch(struct ledger *l, uint64_t k, struct hash32 *leaves, size_t n, struct hash32 *previous,
                      double *rebuild)
{
    struct err e;
    struct ledger_batch b = {.number = k, .leaf_count = n, .sealed_at = 60 * k, .status = PROOF_FINAL, .previous = *previous};
    b.header = (struct seal_header){.r0 = l->r0, .number = k, .leaf_count = n, .sealed_at = 60 * k, .chain_id = 5};
    b.header_ok = true;
    if (ledger_add_batch(l, &b, &e) != ERR_OK)
        fail(&e);
    double start = now();
    if (ledger_rebuild(l, l->n_batches - 1, leaves, n, &e) != ERR_OK)
        fail(&e);
    *rebuild += now() - start;
    struct ledger_batch *kept = &l->batches[l->n_batches - 1];
    seal_header_encode(kept->header_bytes, &kept->header);
    struct hash32 header_hash = sha256(kept->header_bytes, sizeof kept->header_bytes);
    kept->root = kept->rebuilt;
    kept->seal = seal_of(&kept->root, &header_hash);
    kept->anchored = *previous = seal_next(&kept->previous, &kept->seal);
    struct ledger_tx tx = {.place = {.block = 5 * k}, .time = 60 * k + 12, .hash = sha256(&k, sizeof k),
                           .sender = l->genesis.issuer, .to = l->genesis.issuer, .nonce = k - 1, .kind = LEDGER_ANCHOR,
                           .value = kept->anchored, .counts = true};
    if (ledger_add_tx(l, &tx, &e) != ERR_OK)
        fail(&e);
}

int main(int argc, char **argv)
{
    uint64_t batches = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000, state = 1;
    size_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000;
    struct ledger l = {.log_complete = true, .chain_complete = true};
    struct hash32 *leaves = malloc((n + 1) * sizeof *leaves);
    struct judge j;
    struct err e;
    double rebuild = 0;
    uint8_t bytes[SEAL_GENESIS_LEN];
    struct seal_genesis genesis = {.chain_id = 5, .issuer = {{1}}};
    seal_genesis_encode(bytes, &genesis);
    if (leaves == NULL || ledger_set_genesis(&l, bytes, &e) != ERR_OK || ledger_add_key(&l, &genesis.issuer, &e) != ERR_OK)
        return 1;
    struct hash32 previous = l.r0;
    for (uint64_t k = 1; k <= batches; k++) {
        fill(leaves, n, &state);
        add_batch(&l, k, leaves, n, &previous, &rebuild);
    }
    l.head = batches;
    l.anchored = previous;
    l.final = (struct ledger_block){.asked = true, .number = 6 * batches, .time = 60 * batches + 60};
    double start = now();
    if (judge_ledger(&l, &j, &e) != ERR_OK)
        fail(&e);
    double judged = now() - start;
    printf("%llu batches of %zu leaves: trees %.2f s, judging %.2f s, together %.2f s; %zu findings\n",
           (unsigned long long)batches, n, rebuild, judged, rebuild + judged, j.findings.n);
    judge_done(&j);
    ledger_done(&l);
    free(leaves);
    return 0;
}
