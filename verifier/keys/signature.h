/* One signature, one key, one message: OpenSSL for Ed25519, P-256, P-384 and RSA, libsecp256k1 for its
 * curve. Pure. Nothing but the key chooses the algorithm and its hash:
 *
 *   Ed25519    RFC 8032, 64 bytes; s below the order (OpenSSL), weak keys were refused when read
 *   P-256      ECDSA with SHA-256, r ‖ s of 64 bytes
 *   P-384      ECDSA with SHA-384, r ‖ s of 96 bytes
 *   secp256k1  ECDSA with SHA-256, r ‖ s of 64 bytes
 *   RSA        PKCS #1 v1.5 with SHA-256, as long as the modulus
 *   account    as secp256k1: some key that the signature fits has this address
 *
 * DECISION: of ECDSA a high s is accepted on every curve. RFC 7518, RFC 8812 and the cryptosuites know
 * no low-s rule, real signers write both forms, and no step here takes a signature for an identifier.
 */
#ifndef VERIFIER_KEYS_SIGNATURE_H
#define VERIFIER_KEYS_SIGNATURE_H

#include "verifier/keys/key.h"

#define SIGNATURE_MAX KEY_RSA_BYTES

enum signature_answer {
    SIGNATURE_HOLDS,
    SIGNATURE_WRONG,     /* well formed, and not made by this key over this message */
    SIGNATURE_MALFORMED, /* not as long as one of this key is, or a number out of range */
};

/** Check a signature. Anything that OpenSSL refuses, out of memory included, is SIGNATURE_WRONG. */
enum signature_answer signature_check(const struct key *key, struct slice message,
                                      struct slice signature);

/** How long a signature of this key is. */
size_t signature_len(const struct key *key);

#endif
