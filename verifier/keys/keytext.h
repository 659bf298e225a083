/* Public keys as text: Multikey, base58, hex, JWK. Pure. Besides what each function says, an error is
 * that of key.h: ERR_PARSE a wrong length or form, ERR_INVALID a point or modulus that is no key. */
#ifndef VERIFIER_KEYS_KEYTEXT_H
#define VERIFIER_KEYS_KEYTEXT_H

#include "verifier/keys/key.h"
#include "verifier/rdf/jdoc.h"

#define KEYTEXT_MAX 4096 /* characters of a key in any of these forms */

/** A Multikey: multicodec varint and key. Returns: also ERR_UNSUPPORTED another codec. */
enum err_code keytext_multikey(struct key *ret, struct slice bytes, struct err *e)
    __attribute__((warn_unused_result));

/** publicKeyMultibase: "z…" or "u…" of a Multikey. Returns: also ERR_UNSUPPORTED, ERR_LIMIT. */
enum err_code keytext_multibase(struct key *ret, struct slice text, struct err *e)
    __attribute__((warn_unused_result));

/** publicKeyBase58, publicKeyHex: bare bytes; the type of the verification method says of which kind. */
enum err_code keytext_base58(struct key *ret, enum key_kind kind, struct slice text, struct err *e)
    __attribute__((warn_unused_result));
enum err_code keytext_hex(struct key *ret, enum key_kind kind, struct slice text, struct err *e)
    __attribute__((warn_unused_result));

/** publicKeyJwk (RFC 7517, 7518, 8037, 8812): kty OKP, EC or RSA.
 *  Returns: also ERR_DENIED a JWK that is for something else than signatures of its kind (use, key_ops,
 *           alg), or holds a secret; ERR_UNSUPPORTED another kty or crv. */
enum err_code keytext_jwk(struct key *ret, const struct jdoc *jwk, struct err *e)
    __attribute__((warn_unused_result));

/** Write publicKeyMultibase and a NUL, to show a key. In: not RSA, no account (asserted). */
#define KEYTEXT_MULTIBASE_ROOM 80
void keytext_write(char text[static KEYTEXT_MULTIBASE_ROOM], const struct key *key);

#endif
