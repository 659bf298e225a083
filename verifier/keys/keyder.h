/* Public keys in the containers of X.509 and PKCS #1, read by OpenSSL, then checked as any other. Pure. */
#ifndef VERIFIER_KEYS_KEYDER_H
#define VERIFIER_KEYS_KEYDER_H

#include "verifier/keys/key.h"

#define KEYDER_PEM_MAX 8192 /* characters of a PEM text */

/** RSAPublicKey of PKCS #1 (RFC 8017 appendix A.1.1), and nothing behind it.
 *  Returns: ERR_OK; ERR_PARSE; of the key: see key_read_rsa(). */
enum err_code keyder_pkcs1(struct key *ret, struct slice der, struct err *e)
    __attribute__((warn_unused_result));

/** publicKeyPem: "PUBLIC KEY" (SubjectPublicKeyInfo) or "RSA PUBLIC KEY" (PKCS #1).
 *  Returns: ERR_OK; ERR_PARSE; ERR_LIMIT; ERR_UNSUPPORTED a key of another kind; of the key: see key.h. */
enum err_code keyder_pem(struct key *ret, struct slice text, struct err *e)
    __attribute__((warn_unused_result));

#endif
