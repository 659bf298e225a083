/* JSON Schema over parsed JSON: the validation keywords of drafts 4 to 2020-12 that schemas of credentials use.
 * Pure: "$ref" is followed inside the schema only ("#" and "#/…"; names by $anchor are not).
 *
 * A keyword that says something about validity and is not known makes the answer JSONSCHEMA_UNKNOWN, unless the
 * value is wrong anyway: what was not understood is never "fits". */
#ifndef VERIFIER_FORMATS_JSONSCHEMA_H
#define VERIFIER_FORMATS_JSONSCHEMA_H

#include "verifier/rdf/jdoc.h"

enum jsonschema_answer { JSONSCHEMA_FITS, JSONSCHEMA_UNKNOWN, JSONSCHEMA_BREAKS };

/** Judge a value.
 *
 *  Out:     why  where and what, for a technician; "" if it fits
 *  Cost:    bounded: 200,000 comparisons, 64 levels; beyond that JSONSCHEMA_UNKNOWN
 *  Source:  JSON Schema Validation, drafts 4, 6, 7, 2019-09, 2020-12. */
enum jsonschema_answer jsonschema_check(const struct jdoc *schema, const struct jdoc *value,
                                        char why[static 160]);

#endif
