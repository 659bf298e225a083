/* hallmarkctl revoke: what its argument names. Needs no running daemon. */
#ifndef DAEMON_CTL_REVOKECMD_H
#define DAEMON_CTL_REVOKECMD_H

#include <stdbool.h>

#include "common/err.h"
#include "common/seal.h"

/* What the daemon is asked to revoke. */
struct revokecmd {
    char subject[2 + 64 + 1];               /* a hash, or 0x and a revoke id */
    char genesis[2 * SEAL_GENESIS_LEN + 1]; /* of the log that a proof names; "": not known */
};

/** In:      argument  64 hexadecimal digits (perhaps after 0x), or the path of a proof document
 *  Returns: ERR_OK; ERR_NOT_FOUND, ERR_IO no such file; ERR_PARSE, ERR_INVALID, ERR_LIMIT it is no proof of ours. */
enum err_code revokecmd_read(struct revokecmd *ret, const char *argument, struct err *e)
    __attribute__((warn_unused_result));

#endif
