/* Whether a credential has been revoked or suspended, by whichever mechanism it names: the revocation list
 * of its issuer's profile (Blockcerts, Open Badges 2.0), 1EdTech lists, StatusList2021, Bitstring Status
 * List.
 *
 * A list speaks only if it is the one that the document names and, where it is a credential, if its own
 * proof holds and it is in force; whoever keeps it must be the issuer, or the document must name the list
 * by its id. Whatever cannot be had or does not fit leaves the force unknown: never revoked, never fine.
 *
 * A list is kept no longer than the run, and in a long run no longer than its ttl (five minutes if it states
 * none): then it is asked for again. Beyond its validUntil it says nothing any more.
 *
 * For a past time (--at; a recorded file is as old as the time it is judged at): lists tell today. Not
 * revoked today is not revoked then, because revocation cannot be undone; revoked today, or anything
 * about suspension, is unknown then.
 */
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
