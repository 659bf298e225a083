/* Stores of older schemas: one step a version, all in the transaction that opens the log. A crash leaves the old
 * store or the new one. Used only by store_open.c; what each version is made of stands in store.h.
 *
 *   1 -> 2   a record of `forgot` ended with the 8-byte index key; that has a table of its own now, `erase`
 */
#ifndef COMMON_DB_STORE_UPGRADE_H
#define COMMON_DB_STORE_UPGRADE_H

#include <stdint.h>

#include "common/db/storebase.h"

/** Bring the log from a schema to STORE_SCHEMA. Its tables are not open yet, but for meta.
 *  In:      schema  1 … STORE_SCHEMA - 1
 *  Returns: ERR_OK; ERR_CORRUPT. */
enum err_code store_upgrade(struct store *s, struct dbtxn *t, uint32_t schema, struct err *e);

#endif
