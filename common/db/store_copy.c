/* A backup of the store while it is in use: see store.h. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/db/store.h"
#include "common/db/storebase.h"

/* The log first: a tree is durable before its batch, so every batch of this log finds its tree in the copy of
 * tree/ that is made later. */
enum err_code store_copy(struct store *s, const char *folder, struct err *e)
{
    struct dbenv *const parts[] = {&s->log, &s->tree.env};
    char path[4096];
    enum err_code rc = mkdir(folder, 0700) == 0 || errno == EEXIST ? ERR_OK : dbenv_error(e, errno, folder);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && rc == ERR_OK; i++) {
        if (atomic_load(&s->cancelled))
            rc = err_set(e, ERR_CANCELLED, "the store is closing");
        else if (snprintf(path, sizeof path, "%s/%s", folder, parts[i]->name) >= (int)sizeof path)
            rc = err_set(e, ERR_INVALID, "the path of the copy is too long");
        else
            rc = dbenv_copy(parts[i], path, e);
    }
    if (rc == ERR_OK)
        rc = dbenv_sync_folder(folder, e);
    if (rc != ERR_OK)
        err_wrap(e, "copy store");
    return rc;
}
