/* MerkleProof2019, the proof of Blockcerts v3: a path, the two ends, and the transactions.
 *
 * FORMAT: "z" + base58btc of CBOR. An array of [key, value] pairs (not a map), in any order:
 * 0 merkleRoot, 1 targetHash, 2 anchors, 3 path; a step is one pair 0 left / 1 right; an anchor is an array
 * of pairs 0 chain, 1 network, 2 transaction. Every hash is a byte string that itself holds a CBOR
 * item: a text string of lower-case hex (what the Blockcerts issuer writes, and we) or a byte string
 * (what the JavaScript library writes).
 */
#ifndef COMMON_MERKLEPROOF_H
#define COMMON_MERKLEPROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/hash32.h"
#include "common/seal.h"
#include "common/text.h"

#define MERKLEPROOF_MAX_ANCHORS 16

/* Chains that the format can name. */
enum merkleproof_chain {
    MERKLEPROOF_BTC = 0,
    MERKLEPROOF_ETH = 1,
    MERKLEPROOF_MOCK = -1,
};

struct merkleproof_anchor {
    int64_t chain;    /* enum merkleproof_chain, or a number we do not know */
    int64_t network;  /* on ETH the EIP-155 chain id; 0 if absent or textual */
    bool has_tx;      /* mock anchors name none */
    struct hash32 tx; /* as written: not reversed for Bitcoin */
};

/* Two runs of steps that follow each other: a path and a tail. */
struct merkleproof_steps {
    const struct seal_step *first, *second;
    size_t n_first, n_second;
};

struct merkleproof {
    struct hash32 root, target;
    struct seal_step *steps; /* 1 to 32 bytes each; owned */
    size_t n_steps;
    struct merkleproof_anchor anchors[MERKLEPROOF_MAX_ANCHORS];
    size_t n_anchors;
};

/** True if MerkleProof2019 has a name for this EIP-155 chain. */
bool merkleproof_names(uint64_t chain_id);

/** Append the multibase text of a proof with one Ethereum anchor.
 *
 *  Returns: false, and nothing is written, if the value would be longer than
 *           LIMITS_PROOF_VALUE_BYTES (about 900 steps): the holder goes without it.
 */
bool merkleproof_write(struct text *out, const struct merkleproof_steps *steps,
                       const struct hash32 *root, const struct hash32 *target, uint64_t chain_id,
                       const struct hash32 *tx);

/** Read the multibase text of a proof.
 *
 *  Returns: ERR_OK; ERR_UNSUPPORTED, ERR_LIMIT as multibase_decode(); ERR_LIMIT too many anchors;
 *           ERR_PARSE anything else; ERR_NOMEM.
 *  Owner:   the caller; merkleproof_done() frees. Untouched on error.
 */
enum err_code merkleproof_read(struct merkleproof *ret, const char *text, size_t len, struct err *e)
    __attribute__((warn_unused_result));

void merkleproof_done(struct merkleproof *proof);

#endif
