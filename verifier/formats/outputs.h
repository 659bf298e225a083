/* Revocation as Blockcerts 1.2 has it: the transaction that records a batch also pays a few coins to addresses
 * whose keys the issuer keeps, one for each certificate and perhaps one for the whole batch. To revoke is to spend
 * such an output.
 *
 * The addresses of the certificate are read from what was verified ("revocationKey"), those of the batch from the
 * issuer's page. An address that the transaction does not pay cannot be spent from: it revokes nothing. */
#ifndef VERIFIER_FORMATS_OUTPUTS_H
#define VERIFIER_FORMATS_OUTPUTS_H

#include "verifier/formats/merkle.h"

#define OUTPUTS_ADDRESSES_MAX 32 /* of one certificate and its issuer */

/** Judge it. Adds a finding to checkRevokedStatus if there is an address at all: passed, revoked, or unknown when
 *  the chain, or the recorded file, does not tell which outputs are spent. With --at, what was spent later is not
 *  yet revoked.
 *
 *  In:  result      of the certificate's proof; .recorded
 *       c->profile  NULL: there is no page */
void outputs_check(struct format_check *c, const struct merkle_result *result);

#endif
