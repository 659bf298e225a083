/* Whose key a Merkle proof names, whether it was in force, and whether it is that of the account which
 * recorded the document. */
#ifndef VERIFIER_FORMATS_IDENTITY_H
#define VERIFIER_FORMATS_IDENTITY_H

#include "verifier/formats/transaction.h"

/** Check the verificationMethod of a Merkle proof. Adds the steps of identityVerification.
 *
 *  In:      owner  the id of whoever must own the key: the issuer, or for a later proof of a chain the
 *                  owner that the proof itself names
 *           facts  of the transaction; NULL: a chain that records nothing
 *  Out:     ret_same  the key is that of the account that recorded it
 *  Returns: false: an objection was added. */
bool identity_check(struct format_check *c, const struct jdoc *proof, struct slice owner,
                    const struct transaction_facts *facts, bool *ret_same);

#endif
