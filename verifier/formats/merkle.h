/* One Merkle proof of a credential, from its receipt to the account that recorded it: ChainpointSHA256v2,
 * MerkleProof2017, MerkleProof2019, and DataIntegrityProof with merkle-proof-2019. */
#ifndef VERIFIER_FORMATS_MERKLE_H
#define VERIFIER_FORMATS_MERKLE_H

#include "verifier/formats/fingerprint.h"
#include "verifier/formats/transaction.h"

struct merkle_job {
    enum fingerprint_rule rule;
    size_t nth;              /* FINGERPRINT_3: which Merkle proof of the document, from 0 */
    const struct jdoc *proof; /* the receipt, or the proof object */
    struct slice owner;      /* the id of whoever must have recorded it */
};

struct merkle_result {
    struct rdf_dataset canonical; /* what was verified; in c->arena */
    bool account_proven;       /* the account is the owner's, and was so when the block was made */
    bool recorded;             /* the following are known: */
    struct transaction_facts facts; /* of the anchor that counts: */
    struct merkleproof_anchor anchor;
};

/** Check it. Adds all steps of the proof and of the identity behind it.
 *  Returns: true if it holds and a finding proves it. .canonical is filled once the hash was right. */
bool merkle_check(struct format_check *c, const struct merkle_job *job, struct merkle_result *ret);

/** Judge what the proof says that it is for, against c->env->expected. Adds assertProofValidity.
 *  Returns: false: an objection was added. */
bool merkle_check_options(struct format_check *c, const struct jdoc *proof);

#endif
