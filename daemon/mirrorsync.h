/* A store and its mirror at the start: which of them is the newer one? Without a mirror both functions do nothing. */
#ifndef DAEMON_MIRRORSYNC_H
#define DAEMON_MIRRORSYNC_H

#include "common/db/store.h"
#include "common/err.h"
#include "daemon/mirror.h"
#include "daemon/proofs.h"

/** A mirror that was added later gets the batches of before.
 *  Returns: as mirror_write(). */
enum err_code mirrorsync_fill(struct mirror *m, struct store *store, const struct proofs_log *log, struct err *e);

/** A store that is older than its mirror must not go on: it would overwrite what the mirror saved. One file
 *  ahead is allowed if it holds what the store has pending: that is a crash between the two.
 *  Returns: ERR_OK; ERR_CONFLICT the store is the older one; ERR_IO, ERR_CORRUPT and the errors of the store. */
enum err_code mirrorsync_check(const struct mirror *m, struct store *store, struct err *e);

#endif
