/* Signed Ethereum transactions: decode any type and recover its sender; build, sign and check our own.
 *
 * Legacy (with and without EIP-155) and the types 1 to 4 of EIP-2718 are decoded. Other types stay
 * opaque bytes: their hash is keccak_256 of them, and nothing more is said about them. */
#ifndef COMMON_ETHTX_H
#define COMMON_ETHTX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/hash32.h"
#include "common/seal.h"
#include "common/wei.h"

enum ethtx_type {
    ETHTX_LEGACY = 0,
    ETHTX_ACCESS_LIST = 1, /* EIP-2930 */
    ETHTX_DYNAMIC_FEE = 2, /* EIP-1559 */
    ETHTX_BLOB = 3,        /* EIP-4844, the form in blocks, without the blobs */
    ETHTX_SET_CODE = 4,    /* EIP-7702 */
};

struct ethtx_signature {
    uint8_t y; /* 0 or 1: parity of the nonce point */
    uint8_t r[32], s[32];
};

struct ethtx {
    enum ethtx_type type;
    bool has_chain_id; /* false: legacy from before EIP-155, good on every chain */
    bool has_to;       /* false: it creates a contract */
    uint64_t chain_id;
    uint64_t nonce;
    uint64_t gas;         /* limit */
    wei max_fee;          /* a gas, cut to WEI_MAX; types 0 and 1: the gas price */
    wei max_priority_fee; /* a gas, cut to WEI_MAX; types 0 and 1: the gas price */
    struct seal_address to;
    uint8_t value[32]; /* wei, big-endian */
    struct slice data; /* borrowed from the raw bytes */
    struct ethtx_signature signature;
    struct hash32 sighash; /* what the sender signed */
    struct hash32 hash;    /* of the raw bytes: the transaction's name */
};

/** Decode a signed transaction.
 *
 *  Out:     ret  its data points into raw
 *  Returns: ERR_OK; ERR_PARSE not canonical, or against the rules of its type; ERR_LIMIT a number
 *           above what the chain allows, or a nonce, gas limit or chain id above 64 bits;
 *           ERR_UNSUPPORTED a type above 4.
 *  Source:  EIP-155, 2681, 2718, 2930, 1559, 4844, 7702.
 */
enum err_code ethtx_decode(struct ethtx *ret, const uint8_t *raw, size_t len, struct err *e)
    __attribute__((warn_unused_result));

/** Recover who signed: the transaction's sender, or the signer of any 32-byte hash.
 *  Returns: ERR_OK; ERR_INVALID no public key fits, or s is above n/2 (EIP-2). */
enum err_code ethtx_sender(const struct ethtx *tx, struct seal_address *ret, struct err *e)
    __attribute__((warn_unused_result));
enum err_code ethtx_recover(const struct hash32 *sighash, const struct ethtx_signature *signature,
                            struct seal_address *ret, struct err *e)
    __attribute__((warn_unused_result));

/** The address of a public key: the last 20 bytes of the Keccak of x ‖ y. */
struct seal_address ethtx_public_key_address(const uint8_t xy[static 64]);

/** The address of a secret key.
 *  Returns: ERR_OK; ERR_INVALID the key is 0 or not below the order of the curve; ERR_NOMEM. */
enum err_code ethtx_key_address(struct seal_address *ret, const uint8_t key[static 32], struct err *e)
    __attribute__((warn_unused_result));

/** The address of the contract that `sender` creates with this nonce. */
struct seal_address ethtx_contract_address(const struct seal_address *sender, uint64_t nonce);

/* Our own transactions are EIP-1559, or legacy with EIP-155 where a chain has no base fee. Callers set
 * type, chain_id, has_chain_id, nonce, gas, fees (legacy: max_fee is the price), has_to, to, value,
 * data; has_to false creates a contract. No access list. */

/** Enough room for the unsigned or the signed form. */
size_t ethtx_room(const struct ethtx *tx);

/** Write the unsigned form: a remote signer signs its Keccak.
 *  Returns: ERR_OK; ERR_UNSUPPORTED another type, or no chain id; ERR_LIMIT w is too small, or the
 *           chain id is too large for a legacy transaction. */
enum err_code ethtx_put_unsigned(struct bytes_writer *w, const struct ethtx *tx, struct err *e)
    __attribute__((warn_unused_result));

/** Write the signed form around a signature made elsewhere. The signature is not looked at: call
 *  ethtx_check_signed. Returns: as ethtx_put_unsigned. */
enum err_code ethtx_put_signed(struct bytes_writer *w, const struct ethtx *tx,
                               const struct ethtx_signature *signature, struct err *e)
    __attribute__((warn_unused_result));

/** Sign a 32-byte hash; s is at most n/2 (EIP-2). The same input gives the same bytes (RFC 6979).
 *  Returns: ERR_OK; ERR_INVALID a bad key; ERR_NOMEM. */
enum err_code ethtx_sign_hash(struct ethtx_signature *ret, const struct hash32 *sighash,
                              const uint8_t key[static 32], struct err *e)
    __attribute__((warn_unused_result));

/** Sign with a key at hand and write the signed form. The same input gives the same bytes (RFC 6979).
 *  Returns: as ethtx_put_unsigned, and ERR_INVALID a bad key; ERR_NOMEM. */
enum err_code ethtx_sign(struct bytes_writer *w, const struct ethtx *tx,
                         const uint8_t key[static 32], struct err *e)
    __attribute__((warn_unused_result));

/** Check what a signer gave back before it is stored: it must be exactly the transaction that was
 *  asked for, signed by `sender`.
 *
 *  In:      expected  the fields that were asked for; signature and hashes are ignored
 *  Out:     ret_hash  the hash of the transaction; may be NULL
 *  Returns: ERR_OK; ERR_CONFLICT naming the first field that differs; those of ethtx_decode and
 *           ethtx_sender.
 */
enum err_code ethtx_check_signed(const uint8_t *raw, size_t len, const struct ethtx *expected,
                                 const struct seal_address *sender, struct hash32 *ret_hash,
                                 struct err *e) __attribute__((warn_unused_result));

#endif
