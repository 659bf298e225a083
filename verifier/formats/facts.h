/* What a verified credential says, in the three facts that people ask for: what, to whom, by whom. Read from
 * the canonical RDF of what was verified, never from raw JSON keys: a context cannot change it unseen. */
#ifndef VERIFIER_FORMATS_FACTS_H
#define VERIFIER_FORMATS_FACTS_H

#include "verifier/formats/format.h"

#define FACTS_MAX 200 /* bytes of one fact, NUL included; longer ones are cut */

/* "" for what it does not say. */
struct facts {
    char title[FACTS_MAX];
    char holder[FACTS_MAX];
};

/** The statements of a document that was verified in another way (a token, say), in c->arena; none if it has no
 *  canonical form. */
struct rdf_dataset facts_canonical(struct format_check *c, const struct jdoc *shown);

/** Read them.
 *  In:  outcome  .canonical, or .shown, which is canonicalised for this; neither: ret is empty */
void facts_of(struct format_check *c, const struct format_outcome *outcome, struct facts *ret);

/** True if it says of anything that it is of a type whose IRI ends in this word. */
bool facts_names_type(const struct rdf_dataset *data, const char *word);

#endif
