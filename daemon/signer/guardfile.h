/* The guard's state on disk: one small file, replaced whole and durable before a signature leaves. Held by one
 * process. Blocks: there is nothing else to do meanwhile. */
#ifndef DAEMON_SIGNER_GUARDFILE_H
#define DAEMON_SIGNER_GUARDFILE_H

#include "common/err.h"
#include "daemon/signer/guard.h"

struct guardfile {
    char path[256]; /* of the state file */
    int folder;     /* descriptor of its folder, locked; -1: closed */
};

/** Open, and read what is there; a file that is absent is an empty state.
 *  Returns: ERR_OK; ERR_BUSY another signer uses it; ERR_CORRUPT, ERR_VERSION (restore it, or remove it once no
 *           transaction of the keys is under way); ERR_DENIED; ERR_NOT_FOUND its folder; ERR_INVALID the path; ERR_IO. */
enum err_code guardfile_open(struct guardfile *f, const char *path, struct guard_state *ret, struct err *e)
    __attribute__((warn_unused_result));

/** Replace it. When this returns ERR_OK the state is durable, else the one before is. */
enum err_code guardfile_save(struct guardfile *f, const struct guard_state *state, struct err *e)
    __attribute__((warn_unused_result));

void guardfile_close(struct guardfile *f);

#endif
