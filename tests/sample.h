/* Sample logs for the tests: batches with their trees, and the proof of any leaf, built from the
 * definitions of design.md section 2 with merkle.h and seal.h. */
#ifndef TESTS_SAMPLE_H
#define TESTS_SAMPLE_H

#include "common/proof.h"

#define SAMPLE_LOG "certif.example.fr"
#define SAMPLE_CHAIN 11155111
#define SAMPLE_CREATED UINT64_C(1795000000)

/* One sealed batch. */
struct sample {
    struct seal_genesis genesis;
    struct seal_header header;
    uint64_t n;
    struct hash32 *targets; /* n; owned */
    struct seal_salt *salts; /* n; owned */
    struct hash32 *nodes;   /* all levels, leaves first; owned */
    struct hash32 previous, seal, value; /* R_prev, S_k, R_k */
};

struct seal_genesis sample_genesis(const struct seal_address *registry,
                                   const struct seal_address *issuer);

/** Seal a batch of n random leaves; leaf 0 is `target` if it is not NULL. previous NULL: batch 1. */
struct sample sample_batch(const struct seal_genesis *genesis, const struct sample *previous,
                           uint64_t n, const struct hash32 *target, uint64_t seed);
void sample_done(struct sample *batch);

/** The proof of one leaf, without anchors. Owner: the caller, proof_done(). */
struct proof sample_proof(const struct sample *batch, uint64_t index);

/** Add an anchor that carries the value of `last`, with the seals of n batches after the first. */
struct proof_anchor *sample_anchor(struct proof *proof, const struct sample *later, size_t n_later);

#endif
