/* A credential that carries its proofs: Blockcerts 3.x, Open Badges 3.0, any Verifiable Credential; as
 * JSON-LD with one proof, a set or a chain of them, or as a JSON Web Token. */
#ifndef VERIFIER_FORMATS_CREDENTIAL_H
#define VERIFIER_FORMATS_CREDENTIAL_H

#include "verifier/formats/format.h"
#include "verifier/keys/jwt.h"

/** Check form, all proofs, and what the credential says of its own time and status.
 *  In:      c->root  the credential, with its proofs
 *  Out:     ret      .format is left alone */
void credential_check(struct format_check *c, struct format_outcome *ret);

/** The same for one inside a token: the signature of the token is its proof.
 *  In:      c->root  jwt->credential */
void credential_check_token(struct format_check *c, const struct jwt *jwt, struct format_outcome *ret);

/** Check the proofs of a credential or presentation, each of them. Adds all their findings.
 *
 *  In:      owner    who must have made them: the issuer or the holder
 *  Out:     ret      what the first proof gave
 *  Returns: true if every proof holds, and one of the owner is among them. */
bool credential_check_proofs(struct format_check *c, struct slice owner, struct format_outcome *ret);

/** Check that what matters of a document whose proofs hold stands in its usual words (plain.h).
 *  In:      outcome  what the proofs gave
 *  Returns: true if it does. */
bool credential_check_words(struct format_check *c, const struct format_outcome *outcome);

/** Judge the issuer that was proven against the trust list, if there is one. Adds checkAuthenticity.
 *  In:  moment  when it was recorded or signed */
void credential_check_trust(struct format_check *c, struct slice issuer, struct slice account,
                            uint64_t moment, struct format_outcome *ret);

#endif
