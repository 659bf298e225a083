/* IRI references: resolution against a base (RFC 3986 section 5, strict) and the forms that JSON-LD
 * and N-Quads ask for. Text is UTF-8 and is compared byte for byte: no percent or case normalisation. */
#ifndef VERIFIER_RDF_IRI_H
#define VERIFIER_RDF_IRI_H

#include <stdbool.h>

#include "verifier/rdf/arena.h"

/** Resolve a reference. A reference with a scheme only loses its dot segments.
 *  In:      base  absolute; empty: the reference comes back as it is
 *  Returns: in the arena or one of the inputs; empty if the arena failed. */
struct slice iri_resolve(struct arena *arena, struct slice base, struct slice reference);

/** True if it begins with a scheme and has no white space: what JSON-LD takes for an IRI. */
bool iri_has_scheme(struct slice text);

/** True for a blank node identifier, "_:…". */
bool iri_is_blank(struct slice text);

/** True if it has a scheme and every character may stand in an N-Quads IRI. */
bool iri_is_well_formed(struct slice text);

/** True if the last byte is one of : / ? # [ ] @ (gen-delims). */
bool iri_ends_in_delimiter(struct slice text);

#endif
