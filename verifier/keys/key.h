/* A public key as a value, checked once when it is read: the point lies on its curve, is not one of
 * Ed25519's few weak points, and an RSA modulus has a sensible size. Pure.
 *
 * The KEY decides with which algorithm a signature is checked; a header that names another one
 * contradicts it. An account is a key of which only the address is known: a signature shows the rest.
 */
#ifndef VERIFIER_KEYS_KEY_H
#define VERIFIER_KEYS_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "verifier/rdf/slice.h"

#define KEY_RSA_MIN_BITS 2048 /* RFC 7518 section 3.3 */
#define KEY_RSA_MAX_BITS 8192 /* what a stranger may make us compute */
#define KEY_RSA_BYTES (KEY_RSA_MAX_BITS / 8)

/* name, its name (the curve), JWS algorithm, multicodec of its public form, bytes of that form (0: DER) */
#define KEY_KINDS(X)                                                                               \
    X(ED25519, "Ed25519", "EdDSA", 0xed, 32)                                                       \
    X(P256, "P-256", "ES256", 0x1200, 33)                                                          \
    X(P384, "P-384", "ES384", 0x1201, 49)                                                          \
    X(SECP256K1, "secp256k1", "ES256K", 0xe7, 33)                                                  \
    X(RSA, "RSA", "RS256", 0x1205, 0)

enum key_kind {
#define X(name, text, algorithm, codec, len) KEY_##name,
    KEY_KINDS(X)
#undef X
    KEY_KINDS_N,
    KEY_ETH_ACCOUNT = KEY_KINDS_N, /* secp256k1, by the Ethereum address of the key */
    KEY_BTC_ACCOUNT,               /* secp256k1, by the Bitcoin address (P2PKH) of the key */
};

struct key {
    enum key_kind kind;
    uint8_t bytes[KEY_RSA_BYTES]; /* Ed25519: as in RFC 8032. Curves: x ‖ y. RSA: the modulus. Account: 20 bytes */
    size_t len;
    uint64_t exponent; /* RSA */
};

/** Read the bytes of one kind: Ed25519's 32, a compressed or uncompressed point of a curve (SEC 1).
 *  Returns: ERR_OK; ERR_PARSE a wrong length or form; ERR_INVALID not on the curve, or a weak point
 *           (of small order: such a "key" accepts signatures that anybody can make). */
enum err_code key_read(struct key *ret, enum key_kind kind, struct slice bytes, struct err *e)
    __attribute__((warn_unused_result));

/** An RSA key. In: modulus  big-endian, leading zeros allowed.
 *  Returns: ERR_OK; ERR_INVALID a size outside KEY_RSA_…_BITS, an even or too small or too large
 *           number, a modulus of the kind that can be factored (ROCA). */
enum err_code key_read_rsa(struct key *ret, struct slice modulus, uint64_t exponent, struct err *e)
    __attribute__((warn_unused_result));

/** The kind of a multicodec. Returns: KEY_KINDS_N if it is none of ours. */
enum key_kind key_kind_of_codec(uint64_t codec);

/** The compressed form of a key on a curve (asserted). Returns: its length, 33 or 49. */
size_t key_compress(uint8_t ret[static 49], const struct key *key);

/** The same key, in whatever form each was given. */
bool key_equal(const struct key *a, const struct key *b);

/** "P-256", "Ethereum account", … and "ES256", …. Never NULL. */
const char *key_kind_name(enum key_kind kind);
const char *key_algorithm(enum key_kind kind);

#endif
