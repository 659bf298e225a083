/* JSON Web Signatures (RFC 7515), compact, verify side only: three strict parts, one algorithm a key.
 * Pure. No JWE, no HMAC, no "none", no key from the header: what cannot be written cannot go wrong. */
#ifndef VERIFIER_KEYS_JWS_H
#define VERIFIER_KEYS_JWS_H

#include "verifier/keys/signature.h"
#include "verifier/rdf/jdoc.h"

#define JWS_MAX_BYTES ((size_t)16 << 20) /* of a token: images travel inside */
#define JWS_HEADER_MAX ((size_t)64 << 10)

struct jws {
    const struct jdoc *header;
    enum key_kind kind;     /* of the keys that its alg stands for; only the key decides what is done */
    struct slice payload;   /* decoded */
    struct slice signed_part; /* header and payload as they were signed */
    struct slice signature; /* decoded */
    struct slice kid;       /* empty: none */
    struct slice typ;       /* empty: none */
    const struct jdoc *jwk; /* a key that came along, or NULL: it proves nothing by itself */
};

/** Take a token apart.
 *
 *  In:      text   exactly three parts of base64url without padding; borrowed as long as ret
 *  Out:     ret    in the arena
 *  Returns: ERR_OK; ERR_PARSE no such token; ERR_LIMIT; ERR_UNSUPPORTED an alg that we refuse (the
 *           message names it: "none", HMAC, …); ERR_DENIED crit, b64, or an encrypted token.
 */
enum err_code jws_open(struct arena *arena, struct slice text, struct jws *ret, struct err *e)
    __attribute__((warn_unused_result));

/** A detached token "header..signature" over bytes as they are (RFC 7797): b64 must be false and crit
 *  name it. Only for the suites of the time before cryptosuites.
 *  Out:     ret  .payload is empty, .signed_part is header, '.' and payload */
enum err_code jws_open_detached(struct arena *arena, struct slice text, struct slice payload,
                                struct jws *ret, struct err *e) __attribute__((warn_unused_result));

/** True if text looks like a token: three parts of the right letters, the first an object. */
bool jws_looks_like(struct slice text);

/** Check the signature. Returns: false and *ret untouched if alg is not that of the key's kind. */
bool jws_verify(const struct jws *jws, const struct key *key, enum signature_answer *ret);

#endif
