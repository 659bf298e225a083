/* Key files: Web3 secret storage, version 3, the format that every Ethereum wallet reads.
 *
 * We write scrypt; we read scrypt and pbkdf2-hmac-sha256. The cipher is aes-128-ctr and the check
 * value Keccak-256(derived key[16 … 32) ‖ ciphertext), as in every version 3 file.
 * Source: https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage
 */
#ifndef COMMON_KEYSTORE_H
#define COMMON_KEYSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/seal.h"

#define KEYSTORE_TEXT_LEN 640 /* what keystore_write writes at most, NUL included */

/* A private key. Whoever holds one wipes it. */
struct keystore_secret {
    uint8_t b[32];
};

/* What one guess of the passphrase costs: n × r × 128 bytes of memory, time by n × r × p. */
struct keystore_cost {
    uint32_t n; /* a power of two */
    uint32_t r;
    uint32_t p;
};

/* 256 MiB and about a second, as geth writes. */
extern const struct keystore_cost keystore_cost_standard;
/* A few milliseconds: for tests only. */
extern const struct keystore_cost keystore_cost_light;

/* Fresh random bytes for one file, never used for another: the counter mode forbids it. */
struct keystore_random {
    uint8_t salt[32];
    uint8_t iv[16];
    uint8_t id[16]; /* becomes the UUID of the file */
};

/** Encrypt a key.
 *
 *  In:      address     stated in the file in clear, so that it can be shown without the passphrase
 *           passphrase  taken byte by byte, without Unicode normalisation
 *  Out:     ret_text    the JSON text and a NUL, one line
 *  Returns: ERR_OK; ERR_LIMIT a cost of 0 or above common/limits.h; ERR_INVALID a cost that scrypt
 *           cannot work with; ERR_NOMEM.
 *  Cost:    one scrypt (see keystore_cost).
 */
enum err_code keystore_write(const struct keystore_secret *secret,
                             const struct seal_address *address, struct slice passphrase,
                             const struct keystore_cost *cost, const struct keystore_random *random,
                             char ret_text[KEYSTORE_TEXT_LEN], struct err *e)
    __attribute__((warn_unused_result));

/** Decrypt a key. Whether it is a key of the curve, and of the stated address, is not looked at.
 *
 *  Returns: ERR_OK; ERR_DENIED wrong passphrase (or a damaged file: the format cannot tell);
 *           ERR_PARSE not JSON; ERR_INVALID a member missing or of the wrong form, named in the
 *           message; ERR_VERSION not version 3; ERR_UNSUPPORTED cipher, kdf or prf; ERR_LIMIT a
 *           file or a cost out of the bounds of common/limits.h; ERR_NOMEM. No message quotes the file.
 *  Cost:    one scrypt or pbkdf2, as dear as the file says, within the limits.
 */
enum err_code keystore_read(const char *text, size_t len, struct slice passphrase,
                            struct keystore_secret *ret, struct err *e)
    __attribute__((warn_unused_result));

/** The address that the file states; nothing proves it before the key is decrypted.
 *
 *  Returns: ERR_OK; ERR_NOT_FOUND the file states none; ERR_PARSE, ERR_INVALID, ERR_VERSION,
 *           ERR_LIMIT.
 */
enum err_code keystore_address(const char *text, size_t len, struct seal_address *ret,
                               struct err *e) __attribute__((warn_unused_result));

#endif
