/* Forgotten targets leave the mirror: every file that may hold one is written again without target and salt.
 *
 * Files of batches that the store has are made anew from the store. A file beyond its newest batch is one whose
 * sealing was cut short, or, after the restore of an old backup, one that only the mirror knows: it is copied, record by
 * record, with those that open a forgotten leaf replaced by leaf and revoke id.
 * Thread: any but the loop, while no batch is being sealed.
 */
#ifndef DAEMON_MIRRORSCRUB_H
#define DAEMON_MIRRORSCRUB_H

#include "daemon/mirror.h"

/** Do that for all targets that were forgotten and not yet erased (store_to_erase()). Nothing to do without a mirror.
 *  Out:     ret_files  how many files were written again
 *  Returns: ERR_OK, durable; ERR_CORRUPT a file beyond the newest batch is damaged (named); errors of mirror_write().
 *  Memory:  64 bytes a target to erase. */
enum err_code mirrorscrub(struct mirror *m, struct store *store, const struct proofs_log *log, uint64_t *ret_files,
                          struct err *e);

#endif
