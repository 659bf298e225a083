/* Whether a credential says in its usual words what matters for its force.
 *
 * The proof covers the meaning (RDF), not the words: whoever holds a credential may write "validUntil" or
 * "credentialStatus" as a full IRI, under a word of his own, or in another place, show one value twice in the
 * place of another, or turn an inner credential outside, and the hash stays the same. Dates and status are looked
 * for under their usual names; so each value that is meant must stand there. And lists of revocations know a
 * document by its id, so that must stand there in full. */
#ifndef VERIFIER_FORMATS_PLAIN_H
#define VERIFIER_FORMATS_PLAIN_H

#include "verifier/formats/dates.h"

/** Compare the meaning with the words. Adds an objection if something is hidden, or cannot be compared
 *  (CREDENTIAL_COMPLEX; also if one thing has more than 256 values).
 *
 *  In:      data    what was verified; none: nothing can be compared
 *           object  what holds dates and status: the credential or presentation, or the assertion of 1.2
 *           names   the members that its dates are read from
 *  Returns: true if nothing is. */
bool plain_check(struct format_check *c, const struct rdf_dataset *data, const struct jdoc *object,
                 const struct dates_names *names);

#endif
