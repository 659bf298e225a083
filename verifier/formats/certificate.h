/* Blockcerts before 3.0: 1.2 (a "document" and a "receipt" beside it) and 2.x (an Open Badges 2.0 assertion
 * whose "signature" is a Merkle proof). */
#ifndef VERIFIER_FORMATS_CERTIFICATE_H
#define VERIFIER_FORMATS_CERTIFICATE_H

#include "verifier/formats/format.h"

/** Check a certificate: proof, issuer, period, status. Out: ret  .format is left alone. */
void certificate_check_1(struct format_check *c, struct format_outcome *ret);
void certificate_check_2(struct format_check *c, struct format_outcome *ret);

#endif
