/* Proofs with a key inside a credential: Data Integrity (eddsa-rdfc-2022, eddsa-jcs-2022,
 * ecdsa-rdfc-2019, ecdsa-jcs-2019, ecdsa-sd-2023 derived) and the suites before it (Ed25519Signature2020,
 * EcdsaSecp256k1Signature2019). Merkle proofs are not of this kind: see canonize_is_merkle_proof().
 *
 * One proof is checked as a whole: its options (purpose, domain, challenge, dates), its key (whose it is,
 * whether its owner lists it for this purpose, whether it was in force) and its signature over the
 * document and the options, both canonicalised with the document's contexts, nothing lost.
 */
#ifndef VERIFIER_KEYS_PROOFS_H
#define VERIFIER_KEYS_PROOFS_H

#include "verifier/formats/format.h"

/** True if it is a proof of a kind that proofs_check() knows. */
bool proofs_known(const struct jdoc *proof);

/** Check one proof.
 *
 *  In:      c      .root the whole document: its @context, and the other proofs of a set
 *           proof  see format.h; .document holds the proofs that previousProof names
 *  Returns: true if it holds. Of the issuer, a finding proves it; of somebody else, beside a proof of
 *           the issuer, it is a second signature, which must hold but proves nothing by itself.
 *           false: at least one objection was added.
 */
bool proofs_check(struct format_check *c, const struct format_proof *proof);

/** What a proof secures: the document without proofs, except those that its previousProof names, and
 *  those that they lean on stay out. For format_proof.document.
 *  Returns: ERR_OK, *ret in the arena; ERR_NOT_FOUND a previous proof is not there; ERR_INVALID it names
 *           itself, a cycle, or an id that two proofs have; ERR_LIMIT. */
enum err_code proofs_secured(struct arena *arena, const struct jdoc *root, const struct jdoc *proof,
                             const struct jdoc **ret, struct err *e) __attribute__((warn_unused_result));

#endif
