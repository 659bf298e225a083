/* The issuer key in this process: loaded once from its key file, held in locked memory, wiped at
 * the end. It signs 32-byte hashes and nothing else. */
#ifndef DAEMON_IO_LOCALKEY_H
#define DAEMON_IO_LOCALKEY_H

#include "common/err.h"
#include "common/ethtx.h"
#include "common/hash32.h"
#include "common/keystore.h"
#include "common/seal.h"

struct localkey_config {
    const char *key_file;        /* Web3 secret storage v3, mode 0600 or 0400 */
    const char *passphrase_file; /* NULL or "": the systemd credential "passphrase" */
};

struct localkey {
    struct keystore_secret *secret; /* locked memory; NULL: closed */
    struct seal_address address;
};

/** Load the key.
 *
 *  Returns: ERR_OK; those of secret_read_file, secret_read_passphrase, secret_alloc and
 *           keystore_read; ERR_INVALID not a key of the curve; ERR_CONFLICT the file states the
 *           address of another key. Messages name the file. The signer is closed on error.
 *  Cost:    blocks for about a second (scrypt): call it at the start only.
 */
enum err_code localkey_open(struct localkey *s, const struct localkey_config *config, struct err *e)
    __attribute__((warn_unused_result));

/** Wipe the key. Harmless on a closed or zeroed signer. */
void localkey_close(struct localkey *s);

/** Whose signatures these are. */
struct seal_address localkey_address(const struct localkey *s);

/** Sign. The same hash gives the same signature (RFC 6979).
 *  Returns: ERR_OK; ERR_NOMEM.
 *  Cost:    about 0.1 ms. Thread: any, one at a time. */
enum err_code localkey_sign(const struct localkey *s, const struct hash32 *sighash,
                          struct ethtx_signature *ret, struct err *e)
    __attribute__((warn_unused_result));

#endif
