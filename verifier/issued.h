/* The copy of a credential that carries its own proof: what `submit` writes beside the proof document, for
 * holders whose verifier knows Blockcerts and not us. Pure: text in, text out.
 *
 * The proof is a DataIntegrityProof with the cryptosuite merkle-proof-2019 where the contexts define that
 * type (credentials v2, data-integrity), else a MerkleProof2019. Its proofValue is path and tail of our
 * proof. Proofs that the hash covers stay in front of it; a Merkle proof that was there before, and all
 * after it, make room: the hash does not cover them. Every other member is copied byte for byte. */
#ifndef VERIFIER_ISSUED_H
#define VERIFIER_ISSUED_H

#include "common/bytes.h"
#include "common/err.h"
#include "common/proof.h"
#include "common/text.h"

/** Append the copy to out.
 *
 *  In:      json    the credential whose canonical form is proof->target
 *           method  what the proof names as its verification method; NULL: the issuer's id, "#" and the
 *                   address that signed the anchor
 *  Returns: ERR_OK; ERR_UNSUPPORTED there is no such copy (no Verifiable Credential, no anchor on a
 *           chain that MerkleProof2019 can name, too long a path): the message says which;
 *           ERR_PARSE not strict JSON; ERR_LIMIT; ERR_NOMEM. After an error out holds a part of it.
 */
enum err_code issued_write(struct text *out, struct slice json, const struct proof *proof,
                           const char *method, struct err *e) __attribute__((warn_unused_result));

#endif
