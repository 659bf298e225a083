/* An open store whose file header could not be written refuses everything, reading too, until its files are opened
 * anew; that needs no write. */
#ifndef COMMON_DB_STORE_REVIVE_H
#define COMMON_DB_STORE_REVIVE_H

#include <stdbool.h>

#include "common/db/store.h"

/** Whether that has happened. Any thread, cheap. */
bool store_revive_due(const struct store *s);

/** Open its files anew; readers are turned away for a moment (ERR_BUSY).
 *  Returns: ERR_OK; else they cannot be opened now: to be tried again.
 *  Thread:  any but the loop, and nothing writes meanwhile (storeq's `alone`). */
enum err_code store_revive(struct store *s, struct err *e) __attribute__((warn_unused_result));

#endif
