/* Secrets of this machine: memory that never reaches a disk, files that only their owner may read,
 * and where the passphrase comes from. Never from the command line or a variable's value: other
 * users see the one, and children inherit the other. */
#ifndef DAEMON_IO_SECRET_H
#define DAEMON_IO_SECRET_H

#include <stddef.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/limits.h"

/** Zeroed memory that is neither swapped, nor dumped, nor inherited by a child.
 *
 *  Returns: ERR_OK; ERR_DENIED the limit on locked memory is too low (the message says how to raise
 *           it); ERR_NOMEM.
 *  Owner:   the caller gives it back with secret_free and the same len.
 */
enum err_code secret_alloc(void **ret, size_t len, struct err *e)
    __attribute__((warn_unused_result));

/** Wipe it and give it back. memory may be NULL. */
void secret_free(void *memory, size_t len);

/** Read a whole file that nobody else may read.
 *
 *  In:      cap      room in buffer; a longer file is refused
 *  Returns: ERR_OK; ERR_NOT_FOUND; ERR_DENIED may not be read, or its mode is not 0600 or 0400 (a
 *           credential, a file in $CREDENTIALS_DIRECTORY, is guarded by systemd and may have any);
 *           ERR_INVALID not a regular file; ERR_LIMIT longer than cap; ERR_IO.
 *           Messages begin with the path. The buffer may be partly written on error.
 */
enum err_code secret_read_file(const char *path, void *buffer, size_t cap, size_t *ret_len,
                               struct err *e) __attribute__((warn_unused_result));

/** Read all of an open file, pipe or terminal, whatever its mode.
 *
 *  In:      name     for messages
 *  Returns: ERR_OK; ERR_LIMIT longer than cap; ERR_IO. The buffer may be partly written on error.
 */
enum err_code secret_read_fd(int fd, const char *name, void *buffer, size_t cap, size_t *ret_len,
                             struct err *e) __attribute__((warn_unused_result));

struct secret_passphrase {
    size_t len;
    char bytes[LIMITS_PASSPHRASE_BYTES + 3]; /* one more than the limit, and a line end */
};

/** Read the passphrase; one line end after it (LF or CR LF) does not belong to it.
 *
 *  In:      path  NULL or "": the credential "passphrase", $CREDENTIALS_DIRECTORY/passphrase
 *  Out:     ret   should be memory of secret_alloc; the caller wipes it
 *  Returns: as secret_read_file; ERR_NOT_FOUND also if there is neither path nor credential;
 *           ERR_INVALID empty.
 */
enum err_code secret_read_passphrase(const char *path, struct secret_passphrase *ret, struct err *e)
    __attribute__((warn_unused_result));

/** The passphrase as bytes, borrowed. */
struct slice secret_slice(const struct secret_passphrase *passphrase);

/** Fresh random bytes from the kernel. Returns: ERR_OK; ERR_IO. */
enum err_code secret_random(void *ret, size_t len, struct err *e)
    __attribute__((warn_unused_result));

#endif
