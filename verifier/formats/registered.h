/* A Merkle proof that one of our own logs made, inside a credential: the registry of that log may say that the
 * document was revoked. Such a path begins with its salt, a step of 16 bytes, which no other issuer writes, and
 * its transaction goes to the registry.
 *
 * The genesis is not in such a proof: the key that signed the anchor stands for the first key. A revocation by
 * it, or by a key that it authorized since, is seen; one by an older key only with the proof document. */
#ifndef VERIFIER_FORMATS_REGISTERED_H
#define VERIFIER_FORMATS_REGISTERED_H

#include "verifier/formats/transaction.h"

/** Ask the registry, if there is one to ask. Adds checkRevokedStatus: passed, revoked, or unknown. */
void registered_check(struct format_check *c, const struct merkleproof *receipt,
                      const struct transaction_facts *facts);

#endif
