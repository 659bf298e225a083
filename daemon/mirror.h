/* The mirror: a second folder that holds each batch as a file (common/batchfile), durable before its value
 * is first sent. With it a lost store is rebuilt without a gap (hallmarkctl restore).
 *
 *   log                 genesis 103 ‖ the name of the log
 *   <k, 20 digits>.batch
 *
 * Thread: any but the loop for mirror_write(), one at a time.
 */
#ifndef DAEMON_MIRROR_H
#define DAEMON_MIRROR_H

#include <dirent.h>
#include <stdbool.h>

#include "common/db/store.h"
#include "common/err.h"
#include "daemon/proofs.h"

struct mirror {
    char path[256]; /* "": there is no mirror */
    int folder;     /* descriptor; -1: closed */
};

#define MIRROR_NAME_MAX 32 /* of a file in it; MIRRORFILE_NAME_MAX */

/** Open the folder, making it (0700) and its log file if they are absent.
 *  In:      path  "": no mirror; the other functions then do nothing
 *  Returns: ERR_OK; ERR_CONFLICT it mirrors another log; ERR_INVALID path too long; ERR_DENIED; ERR_NOSPACE; ERR_IO. */
enum err_code mirror_open(struct mirror *m, const char *path, const struct proofs_log *log, struct err *e);
void mirror_close(struct mirror *m);

/** Write the file of a batch, whole and durable, or not at all; one that is there is replaced.
 *
 *  In:      batch  its tree is built; it need not be in the store yet
 *           annex  batch->annex_len bytes
 *  Returns: ERR_OK; ERR_NOSPACE; ERR_IO; ERR_CANCELLED; and the errors of the store.
 */
enum err_code mirror_write(struct mirror *m, struct store *store, const struct proofs_log *log,
                           const struct store_batch *batch, const void *annex, struct err *e);

/** Whether the file of batch k is there. */
bool mirror_has(const struct mirror *m, uint64_t k);

/** Whether a directory entry is the file of a batch; for scandir(). */
int mirror_is_batch(const struct dirent *entry);

/** The name of batch k's file. */
void mirror_file_name(char name[MIRROR_NAME_MAX], uint64_t k);

#endif
