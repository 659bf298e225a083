/* Which key signed a token: what its header says (kid, jwk), as far as the issuer confirms it. */
#ifndef VERIFIER_KEYS_TOKENKEY_H
#define VERIFIER_KEYS_TOKENKEY_H

#include "verifier/formats/format.h"
#include "verifier/keys/jws.h"
#include "verifier/keys/resolve.h"

/** Find the key.
 *
 *  A kid that is a DID URL or an https URL is looked up as one. Any other kid is a name in the issuer's
 *  list of keys. Without a kid it is the issuer's only key for assertions. A jwk in the header, and a JWK
 *  at an https kid, are keys that the issuer must list; if he cannot be asked they are RESOLVE_UNBOUND.
 *  In:      c    .issuer whose token it claims to be
 *  Out:     ret  see resolve_method()
 */
void tokenkey_find(struct format_check *c, const struct jws *jws, struct resolve_result *ret);

#endif
