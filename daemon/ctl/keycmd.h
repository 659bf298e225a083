/* hallmarkctl key new, import, address: the issuer's key file. Needs no running daemon. */
#ifndef DAEMON_CTL_KEYCMD_H
#define DAEMON_CTL_KEYCMD_H

#include <stdbool.h>
#include <stdio.h>

#include "common/err.h"
#include "common/keystore.h"
#include "common/seal.h"

struct keycmd_options {
    const char *key_file;             /* [key] file */
    const char *passphrase_file;      /* NULL or "": the systemd credential "passphrase" */
    const struct keystore_cost *cost; /* NULL: the standard one */
};

/* An existing key file is never overwritten: whoever loses a key loses its money and its log. New
 * files have mode 0600 and are on disk before the command answers. */

/** Make a key from the kernel's random bytes and write its file.
 *
 *  Out:     ret  its address
 *  Returns: ERR_OK; ERR_EXISTS the file is there already; ERR_NOT_FOUND its folder, or the
 *           passphrase, is not; ERR_DENIED; ERR_NOSPACE; ERR_IO; those of secret_read_passphrase.
 */
enum err_code keycmd_new(const struct keycmd_options *options, struct seal_address *ret,
                         struct err *e) __attribute__((warn_unused_result));

/** Take over a key made elsewhere: 64 hex digits, with or without 0x and a line end, or a Web3
 *  secret storage v3 file under the same passphrase.
 *
 *  In:      source  a path, or "-" for the standard input; its mode is not looked at
 *  Returns: as keycmd_new; ERR_PARSE neither of the two; ERR_INVALID not a key of the curve;
 *           those of keystore_read. No message quotes the source.
 */
enum err_code keycmd_import(const struct keycmd_options *options, const char *source,
                            struct seal_address *ret, struct err *e)
    __attribute__((warn_unused_result));

/** The address that the key file states; if it states none, the key is decrypted, and the
 *  passphrase needed.
 *
 *  Returns: ERR_OK; those of secret_read_file, keystore_address and localkey_open.
 */
enum err_code keycmd_address(const struct keycmd_options *options, struct seal_address *ret,
                             struct err *e) __attribute__((warn_unused_result));

/** Print an address: "0x…", or with json {"address":"0x…"}, and a line end. */
void keycmd_print(FILE *out, const struct seal_address *address, bool json);

#endif
