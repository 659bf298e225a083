/* Checking a store, also one in use: every record, every entry of the index, every batch, and what ties them together.
 *
 * It reads in slices of a few thousand records, each a read transaction of its own: the writer is never held up, and
 * what changes meanwhile is seen in one state or the next, never half. Memory: some 300 KiB, whatever the store holds.
 * What hallmarkctl fsck looks at besides (anchors, mirror) is checked by daemon/ctl/fsck; all codes stand in store_finding.h.
 */
#ifndef COMMON_DB_STORE_CHECK_H
#define COMMON_DB_STORE_CHECK_H

#include "common/db/store.h"
#include "common/db/store_finding.h"

/** Check all of it.
 *  In:      s  may be open read-only beside its writer
 *  Returns: ERR_OK, with or without findings; ERR_CANCELLED; ERR_IO, ERR_NOMEM, ERR_CORRUPT: it could not be finished.
 *  Thread:  any but the loop. */
enum err_code store_check(struct store *s, const struct store_check_options *options, struct store_check_counts *ret,
                          struct err *e) __attribute__((warn_unused_result));

#endif
