/* The index follows the log: full generations of the newest targets become sorted runs. Only store*.c include
 * this; store_index_due() and its fellows are in store.h. */
#ifndef COMMON_DB_STORE_INDEX_H
#define COMMON_DB_STORE_INDEX_H

#include <stdbool.h>

#include "common/db/storebase.h"

/** True if the oldest generation that is not in the index is full. */
bool store_index_full(const struct store *s);

/** Write that generation as a run; durable when it returns. */
enum err_code store_index_write_run(struct store *s, struct err *e);

#endif
