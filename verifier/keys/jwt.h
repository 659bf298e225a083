/* A credential that travels as a JSON Web Token: Open Badges 3.0, VC 1.1 ("vc" claim), VC-JOSE-COSE
 * ("vc+jwt"); and what its claims say beside the credential.
 *
 * Happy path: jwt_open() gives the credential for c->root and its issuer for c->issuer; jwt_check()
 * then finds the key, checks the signature, and that claims and credential say the same.
 */
#ifndef VERIFIER_KEYS_JWT_H
#define VERIFIER_KEYS_JWT_H

#include "verifier/formats/format.h"
#include "verifier/keys/jws.h"

struct jwt {
    struct jws jws;
    const struct jdoc *claims;     /* the payload */
    const struct jdoc *credential; /* the vc (or vp) claim, completed by the claims that stand for its
                                      members; else the payload without the claims */
    bool wrapped;                  /* it was a vc or vp claim: VC 1.1 */
};

/** Take a token apart; nothing is verified.
 *  Returns: as jws_open(); ERR_PARSE the payload is no strict JSON object; ERR_INVALID typ or cty says
 *           that it is no credential. Everything in the arena. */
enum err_code jwt_open(struct arena *arena, struct slice text, struct jwt *ret, struct err *e)
    __attribute__((warn_unused_result));

/** The reason that stands for an error of jwt_open() or jws_open(). */
enum reason jwt_refusal(enum err_code rc);

/** Check key, signature and claims; c->root is jwt->credential.
 *  Returns: true if all holds and a finding proves it; findings are added in any case. */
bool jwt_check(struct format_check *c, const struct jwt *jwt);

#endif
