/* hallmarkctl restore: a lost store is rebuilt from its mirror, or begun anew behind what the chain holds. The
 * daemon must not run; at its next start it lists the own anchors on the chain, waits until all nonces agree, and
 * declares what the store lacks before it seals anything (daemon/recover.h).
 *
 * DIR, a mirror: every file is checked against its own hash, every tree is built again, every header, seal and value is
 * computed again and must follow the one before, or declare a gap. Anchors begin as waiting; the daemon finds on
 * the chain what was already sent before it sends anything.
 * The store is made aside (common/db/store_stage.h) and goes live whole: cut short, it is never taken for one.
 * --from-chain: only the identity of the log is written.
 */
#ifndef DAEMON_CTL_RESTORE_H
#define DAEMON_CTL_RESTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/db/store.h"
#include "common/err.h"

struct restore_options {
    const char *store_path; /* an empty or absent folder */
    uint64_t map_size;
    const char *source;     /* the mirror, or the backup; or 206 hex digits of a genesis, or the file of a proof */
    const char *mirror;     /* of the settings; "": none. A backup must not be behind it */
    const char *log_name;   /* of the settings, for restore_from_chain */
};

struct restore_result {
    uint64_t batches, hashes;
    uint64_t head; /* the newest batch */
};

/** Returns: ERR_OK; ERR_EXISTS the store is not empty; ERR_NOT_FOUND the source is no mirror; ERR_CORRUPT a file
 *  is damaged, missing, or does not follow the one before (named); and the errors of the store. After an error the folder
 *  is as it was. */
enum err_code restore_from_mirror(const struct restore_options *options, struct restore_result *ret, struct err *e)
    __attribute__((warn_unused_result));

/** Part of every restore: a sender that takes no nonce before it has found what the former life of the log sent. */
enum err_code restore_put_lane(struct store_write *w, struct err *e);

/** Begin a store for a log of which only the genesis is left.
 *  Returns: ERR_OK; ERR_EXISTS the store is not empty; ERR_NOT_FOUND no such file; ERR_INVALID neither a genesis nor
 *  a proof; ERR_CONFLICT it is of another log than the settings name; and the errors of the store. */
enum err_code restore_from_chain(const struct restore_options *options, struct err *e)
    __attribute__((warn_unused_result));

#endif
