/* hallmarkctl compact without a daemon: takes what was forgotten out of the mirror and the store, and gives free
 * pages back. With a daemon, that does it (daemon/compaction.h). */
#ifndef DAEMON_CTL_COMPACT_H
#define DAEMON_CTL_COMPACT_H

#include <stdint.h>
#include <stdio.h>

#include "daemon/settings.h"

struct compact_result {
    uint64_t erased;        /* targets whose erasure is complete now */
    uint64_t mirror_files;  /* written again */
    uint64_t before, after; /* bytes of log/, free pages left out */
};

/** Returns: ERR_OK; ERR_NOT_FOUND there is no store; ERR_BUSY it is in use; and the errors of the store and the mirror. */
enum err_code compact_store(const struct settings *settings, struct compact_result *ret, struct err *e)
    __attribute__((warn_unused_result));

void compact_print(FILE *out, const struct compact_result *result, bool json);

#endif
