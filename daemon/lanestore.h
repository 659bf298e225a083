/* The lane as it is stored: one record beside the jobs. Pool threads; store.h says who may read and write. */
#ifndef DAEMON_LANESTORE_H
#define DAEMON_LANESTORE_H

#include "common/db/store.h"
#include "daemon/core/lane.h"

/** Returns: ERR_OK; ERR_NOT_FOUND none yet, *ret is untouched; those of lane_decode() and the store. */
enum err_code lanestore_read(const struct store_read *r, struct lane *ret, struct err *e)
    __attribute__((warn_unused_result));

/** Returns: those of the store. */
enum err_code lanestore_put(struct store_write *w, const struct lane *lane, struct err *e)
    __attribute__((warn_unused_result));

#endif
