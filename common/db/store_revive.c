/* Opening a broken store anew: see store_revive.h. */
#include "common/db/store_revive.h"

#include <time.h>

#include "common/db/store_open.h"
#include "common/db/storebase.h"

bool store_revive_due(const struct store *s)
{
    return atomic_load(&s->log.panicked) || atomic_load(&s->tree.env.panicked) || atomic_load(&s->index.env.panicked);
}

enum err_code store_revive(struct store *s, struct err *e)
{
    atomic_store(&s->away, true);
    while (atomic_load(&s->readers) > 0)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    storebase_close_parts(s);
    enum err_code rc = store_open_parts(s, e);
    if (rc == ERR_OK)
        atomic_store(&s->away, false);
    return rc;
}
