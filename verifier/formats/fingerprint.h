/* The fingerprint of a credential that a Merkle receipt covers, by the rule of its version, compared with
 * the one in the receipt; and what the document holds that the fingerprint does not. */
#ifndef VERIFIER_FORMATS_FINGERPRINT_H
#define VERIFIER_FORMATS_FINGERPRINT_H

#include "verifier/formats/format.h"

enum fingerprint_rule {
    FINGERPRINT_1_2, /* the member "document" of the certificate */
    FINGERPRINT_2,   /* the whole without "signature" */
    FINGERPRINT_3,   /* the whole without this proof and those after it */
};

/** What a rule hashes.
 *  In:      nth  FINGERPRINT_3: which Merkle proof, from 0
 *  Returns: NULL if there is nothing of that kind, or no memory. */
const struct jdoc *fingerprint_subject(struct arena *arena, const struct jdoc *root,
                                       enum fingerprint_rule rule, size_t nth);

/** Hash, and compare with what the receipt names. Adds computeLocalHash and compareHashes.
 *
 *  A document whose hash is right only by leaving parts of it out, or only because it gives standard words
 *  another meaning, is told so: contexts are not covered by the hash, so both are ways to forge.
 *  Out:     ret  the canonical form, in c->arena; untouched if the answer is false
 *  Returns: true if the hash is the one of the receipt. Objections may have been added all the same. */
bool fingerprint_check(struct format_check *c, const struct jdoc *subject, enum fingerprint_rule rule,
                       const struct hash32 *target, struct canonize_result *ret);

#endif
