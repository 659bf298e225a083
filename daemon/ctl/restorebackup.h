/* hallmarkctl restore DIR, where DIR is a backup. The daemon must not run.
 *
 * Each file must have the size and hash of the manifest; the copy is made aside (common/db/store_stage.h), its schema
 * brought up to date, its index made again, and then everything is computed anew: every leaf, node, root, header, seal
 * and value, as by hallmarkctl fsck --deep. Only then does it go live, with a sender that waits until all nonces agree.
 * A mirror that is ahead of the backup has more: then it is the mirror that must be restored.
 */
#ifndef DAEMON_CTL_RESTOREBACKUP_H
#define DAEMON_CTL_RESTOREBACKUP_H

#include "daemon/ctl/restore.h"

/** Whether a folder is a backup, whole or not. */
bool restorebackup_is_one(const char *folder);

/** Returns: ERR_OK; ERR_EXISTS the store is not empty; ERR_BUSY; ERR_CORRUPT a file differs from the manifest, or what it
 *  holds does not add up (named by its code); ERR_CONFLICT the mirror of the settings is ahead; errors of manifest_read()
 *  and of the store. After an error the folder is as it was. */
enum err_code restorebackup(const struct restore_options *options, struct restore_result *ret, struct err *e)
    __attribute__((warn_unused_result));

#endif
