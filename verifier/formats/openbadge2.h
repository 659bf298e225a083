/* Open Badges 2.0: a hosted assertion (the issuer's site must show the same) or a signed one (a JWS of a key
 * of the issuer). */
#ifndef VERIFIER_FORMATS_OPENBADGE2_H
#define VERIFIER_FORMATS_OPENBADGE2_H

#include "verifier/formats/format.h"
#include "verifier/keys/jws.h"

/** True for the JSON of an assertion, a badge class or an issuer of Open Badges 2.0. */
bool openbadge2_is(const struct jdoc *root);

/** Check a hosted assertion. Out: ret  .format is left alone. */
void openbadge2_check(struct format_check *c, struct format_outcome *ret);

/** Check a signed one. In: c->root  the payload of jws. */
void openbadge2_check_signed(struct format_check *c, const struct jws *jws, struct format_outcome *ret);

#endif
