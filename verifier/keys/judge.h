/* What a key that was found means for the credential: whose it is, whether its owner lists it for this
 * use, whether it was in force. The same for tokens and for embedded proofs. */
#ifndef VERIFIER_KEYS_JUDGE_H
#define VERIFIER_KEYS_JUDGE_H

#include "verifier/formats/format.h"
#include "verifier/keys/resolve.h"
#include "verifier/keys/signature.h"

/** Judge a key, and add the findings.
 *  In:      purposes  METHOD_BIT()s of which one is enough
 *           moment    of the signature, as it says itself
 *           cosigner  another proof is the issuer's: this one may be of somebody else
 *  Out:     ret_cosigned  it is of somebody else; may be NULL
 *  Returns: false if something objects (an unbound key does not: it makes the issuer unknown). */
bool judge_key(struct format_check *c, const struct resolve_result *key, unsigned purposes, uint64_t moment,
               bool cosigner, bool *ret_cosigned);

/** Add what a signature check gave. Returns: true if it holds. */
bool judge_signature(struct format_check *c, enum signature_answer answer, bool cosigned);

/** True if one of the verifier's domains is this. Without any, nothing is expected: true. */
bool judge_domain(const struct format_expected *expected, struct slice domain);

#endif
