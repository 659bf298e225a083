/* hallmarkctl backup DIR: a hot, compact copy of the store with a manifest; and what a restore needs of it.
 *
 *   DIR/log/data.mdb, DIR/tree/data.mdb   the store, without its index (made again by a restore)
 *   DIR/key.json                          only with --with-key: the key file, which is encrypted (Web3 secret storage)
 *   DIR/manifest.json                     written last: a folder without it is no backup
 *
 * The store is read by this process, beside a daemon or without one; nothing waits for it. The copy holds targets and
 * salts: it is as private as the store.
 */
#ifndef DAEMON_CTL_BACKUP_H
#define DAEMON_CTL_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/ctl/manifest.h"
#include "daemon/settings.h"

/** Make one. What a backup that was cut short has left in the folder is removed first.
 *  Returns: ERR_OK, durable; ERR_EXISTS the folder holds something else, or a whole backup; ERR_NOT_FOUND no store;
 *           ERR_INVALID the key file is not encrypted; ERR_DENIED; ERR_NOSPACE; ERR_IO; errors of the store. */
enum err_code backup_make(const struct settings *settings, const char *folder, bool with_key, struct manifest *ret,
                          struct err *e) __attribute__((warn_unused_result));

/** Copy a file, or only read it (to: NULL), and hash it. Durable when it returns.
 *  Returns: ERR_OK; ERR_NOT_FOUND; ERR_DENIED; ERR_NOSPACE; ERR_IO. */
enum err_code backup_copy_file(const char *from, const char *to, uint64_t *ret_size, struct hash32 *ret_sha256, struct err *e)
    __attribute__((warn_unused_result));

/** The command. Returns: the exit code. */
int backup_run(const struct settings *settings, const char *folder, bool with_key, bool json);

#endif
