/* JSON-LD to RDF (section 8 of the API): the quads of an expanded document.
 *
 * No generalized RDF: what has no absolute IRI where RDF asks for one is left out here, and was
 * reported during expansion (jsonld_lose). Base directions are left out (rdfDirection is null).
 * Language tags become lower case, as the hashes of published credentials have them.
 */
#ifndef VERIFIER_RDF_TORDF_H
#define VERIFIER_RDF_TORDF_H

#include "verifier/rdf/jsonld.h"
#include "verifier/rdf/rdf.h"

#define TORDF_NUMBER_MAX 40 /* bytes of the longest lexical form of a number */

/** Add the quads of an expanded document; the dataset becomes a set.
 *
 *  In:      dataset  empty, in the arena of the run
 *  Returns: ERR_OK; ERR_INVALID conflicting indexes, or a JSON literal with an integer that no double
 *           holds; ERR_LIMIT too many quads, or no memory.
 */
enum err_code tordf_document(struct jsonld *run, const struct jdoc *expanded,
                             struct rdf_dataset *dataset) __attribute__((warn_unused_result));

/** The canonical lexical form of xsd:double: "1.5E0", 15 digits behind the point at most.
 *  Returns: the length; no NUL. */
size_t tordf_double(char text[static TORDF_NUMBER_MAX], double value);

/** The canonical lexical form of xsd:integer of a double below 1E21 without fraction. */
size_t tordf_integer(char text[static TORDF_NUMBER_MAX], double value);

#endif
