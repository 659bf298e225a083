/* The mirror's files against the batches of the store: a part of hallmarkctl fsck. */
#ifndef DAEMON_CTL_FSCKMIRROR_H
#define DAEMON_CTL_FSCKMIRROR_H

#include "common/db/store.h"
#include "common/db/store_finding.h"
#include "daemon/proofs.h"

struct fsckmirror {
    struct store *store;
    const struct proofs_log *log;
    const char *path;
    void (*found)(void *ctx, const struct store_finding *finding);
    void *ctx;
    uint64_t files; /* out: looked at */
};

/** Returns: ERR_OK, with or without findings; ERR_NOT_FOUND, ERR_DENIED there is no such folder; ERR_IO; ERR_NOMEM. */
enum err_code fsckmirror(struct fsckmirror *m, struct err *e);

#endif
