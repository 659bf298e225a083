/* Whether a credential has been revoked, suspended or replaced, by whichever mechanism it names: the
 * revocation list of its issuer's profile, 1EdTech lists, StatusList2021, Bitstring Status List. */
#ifndef VERIFIER_STATUS_STATUS_H
#define VERIFIER_STATUS_STATUS_H

#include "verifier/formats/format.h"

/** Look the status up and add what was found, in the step checkRevokedStatus: passed, skipped (there is no
 *  mechanism), or an effect on force; what could not be asked is FORCE_UNKNOWN.
 *
 *  In:  c->root     the credential: .credentialStatus, .id
 *       c->profile  of its issuer, or NULL: .revocationList */
void status_check(struct format_check *c);

#endif
