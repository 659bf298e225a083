/* hallmarkctl fsck: checks a store, its anchors and its mirror, beside a daemon that runs or without one.
 *
 * The store is opened for reading by this process, which makes itself nice: acknowledgements go on. What is checked
 * inside the store is said in common/db/store_check.h; here: each batch has an anchor job that agrees with it, each
 * transaction of it is there and has its hash, and the mirror's files say what the store says.
 */
#ifndef DAEMON_CTL_FSCK_H
#define DAEMON_CTL_FSCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/db/store_check.h"
#include "daemon/settings.h"

#define FSCK_TOLD 20 /* findings of one code that are told one by one; the rest is counted */

struct fsck_options {
    const char *store_path;
    const char *mirror; /* "": none */
    bool deep;
    void (*found)(void *ctx, const struct store_finding *finding);
    void *ctx;
};

struct fsck_result {
    struct store_check_counts store;
    uint64_t anchors, attempts, mirror_files; /* looked at */
};

/** Check. Returns: ERR_OK, with or without findings; ERR_BUSY the store was compacted meanwhile: once more; ERR_NOT_FOUND,
 *  ERR_DENIED, ERR_VERSION, ERR_CORRUPT, ERR_IO, ERR_NOMEM: it could not be finished. */
enum err_code fsck_store(const struct fsck_options *options, struct fsck_result *ret, struct err *e)
    __attribute__((warn_unused_result));

/** The command. Returns: the exit code: 0 clean, 1 findings, 2 it could not be finished. */
int fsck_run(const struct settings *settings, bool deep, bool json);

#endif
