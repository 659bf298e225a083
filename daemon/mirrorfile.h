/* One file of the mirror, written whole and durable, or not at all: a temporary name, then a rename. */
#ifndef DAEMON_MIRRORFILE_H
#define DAEMON_MIRRORFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/err.h"
#include "common/sha256.h"

#define MIRRORFILE_NAME_MAX 32

struct mirrorfile {
    int folder;                /* borrowed descriptor */
    FILE *out;
    char temporary[MIRRORFILE_NAME_MAX + 8];
    struct sha256_stream hash; /* of all that was put; the caller may read it, and begin it again */
    bool failed;               /* a write went wrong; why is its errno */
    int why;
};

/** Begin. In: name  of at most MIRRORFILE_NAME_MAX - 1 bytes. Returns: ERR_OK; ERR_DENIED; ERR_NOSPACE; ERR_IO. */
enum err_code mirrorfile_begin(struct mirrorfile *f, int folder, const char *name, struct err *e);
/** What goes wrong here is said by mirrorfile_commit(). */
void mirrorfile_put(struct mirrorfile *f, const void *data, size_t len);
/** Durable under its name, and the folder too. Returns: ERR_OK; ERR_DENIED; ERR_NOSPACE; ERR_IO: nothing of it is left,
 *  unless only the folder could not be made durable. f is closed in any case. */
enum err_code mirrorfile_commit(struct mirrorfile *f, const char *name, struct err *e);
/** Instead of mirrorfile_commit(): nothing of it is left. */
void mirrorfile_abort(struct mirrorfile *f);

/** Remove the temporary files of writers that were killed: they hold targets and salts too.
 *  Returns: as mirrorfile_error(). */
enum err_code mirrorfile_clean(int folder, struct err *e);

/** errno in our words: "mirror: write NAME: No space left on device". Returns: ERR_DENIED, ERR_NOSPACE or ERR_IO. */
enum err_code mirrorfile_error(struct err *e, const char *what, const char *name);

#endif
