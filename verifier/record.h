/* What the chain says about the transaction that an anchor names, and what follows from it. Pure: the
 * facts come from endpoints (chain.h) or from the evidence inside the proof. */
#ifndef VERIFIER_RECORD_H
#define VERIFIER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/hash32.h"
#include "common/keychain.h"
#include "common/proof.h"
#include "common/seal.h"
#include "verifier/verdict.h"

/* One transaction as it stands on a chain. */
struct record_facts {
    /* read from its own signed bytes */
    struct hash32 tx_hash;
    struct seal_address sender, to;
    uint64_t chain_id; /* 0: the signature carries none */
    bool has_to;
    bool has_value;  /* it moves ether */
    bool has_input;  /* its input is exactly 32 bytes: */
    struct hash32 input;
    /* where it stands; only if mined */
    bool mined;
    struct keychain_place place; /* log_index: of its Anchored event, else 0 */
    struct hash32 block_hash;
    uint64_t block_time; /* only if canonical */
    bool ok;       /* receipt status 1 */
    bool anchored; /* the registry's Anchored for this input and sender */
    bool canonical; /* the block at that height is this one */
    bool final;
    struct hash32 genesis_block; /* hash of block 0; zeros if it was not asked for */
};

/** Fill the part that a transaction's own bytes prove.
 *  Returns: ERR_OK; those of ethtx_decode() and ethtx_sender(). */
enum err_code record_read_tx(struct record_facts *ret, const uint8_t *raw, size_t len, struct err *e)
    __attribute__((warn_unused_result));

/* What is to be shown. */
struct record_claim {
    const struct proof_anchor *anchor;
    const struct seal_genesis *genesis;
    int index; /* of the anchor in its proof */
};

/** Judge a transaction: the value in it, its shape, its outcome, its place. Adds one finding for every
 *  step up to the first that objects; whether the sender is a key of the log and whether the block is
 *  final are judged by the functions below.
 *  Returns: true if nothing objects and it is mined. */
bool record_judge(struct verdict_findings *findings, const struct record_claim *claim,
                  const struct record_facts *facts);

/** Judge the standing of the sender. */
void record_judge_key(struct verdict_findings *findings, int index, enum keychain_standing standing);

/** Judge canonical and final. */
void record_judge_finality(struct verdict_findings *findings, int index,
                           const struct record_facts *facts);

/* What the evidence inside a proof shows without asking anybody. */
struct record_shown {
    struct record_facts facts; /* canonical and final are false: evidence cannot know; genesis_block is its word */
    bool has_receipt;          /* without one .ok and .anchored are false and mean nothing */
    uint64_t tip_number;       /* the block that the evidence leads to, its own or a later one */
    struct hash32 tip_hash;
};

/** Check the evidence of an anchor: by itself, against the anchor, and against what an endpoint said.
 *
 *  In:      facts  of the endpoint; NULL: nobody was asked
 *  Out:     *ret   what it shows, if it holds
 *  Returns: true if there is evidence and it holds. Adds one finding in any case.
 */
bool record_judge_evidence(struct verdict_findings *findings, const struct record_claim *claim,
                           const struct record_facts *facts, struct record_shown *ret);

#endif
