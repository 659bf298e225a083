/* What opening a store is made of, for those who exchange its files: store_compact.c, store_stage.c. */
#ifndef COMMON_DB_STORE_OPEN_H
#define COMMON_DB_STORE_OPEN_H

#include "common/db/storebase.h"

#define STORE_OPEN_STAGE "restoring" /* of store_stage.h, in the folder of the store */

/** Lock a folder, making it if it is absent. The lock lives as long as any descriptor of *ret.
 *  Returns: ERR_OK; ERR_BUSY a process holds it; ERR_DENIED; ERR_NOSPACE; ERR_IO. */
enum err_code store_open_lock(const char *folder, int *ret, struct err *e);

/** Remove what a compaction that was cut short has left behind. */
enum err_code store_open_drop_copies(const char *folder, struct err *e);

/** Open log, tree and index again after storebase_close_parts(). After an error the store can only be closed. */
enum err_code store_open_parts(struct store *s, struct err *e);

#endif
