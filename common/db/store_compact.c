/* Rewriting a store that is not in use: see store.h.
 *
 * LMDB writes changed pages elsewhere and keeps the old ones for reuse, so what was forgotten is still in the
 * file. A compact copy holds only what is reachable; it takes the file's place by a rename. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/db/store.h"
#include "common/db/storebase.h"

#define PATH_LEN 4096

/* The tags of forgotten targets go: the index that is built next does not know them. */
static enum err_code drop_tags(struct store *s, struct err *e)
{
    struct store_write *w;
    uint8_t value[STOREBASE_FORGOT_LEN];
    uint64_t next = 0;
    enum err_code rc = store_write_begin(s, &w, e);
    if (rc != ERR_OK)
        return rc;
    for (;;) {
        struct slice key = dbtxn_u64(&next), old;
        rc = dbtxn_seek(w->t.txn, s->forgot, MDB_SET_RANGE, &key, &old, e);
        if (rc != ERR_OK || old.len != sizeof value)
            break;
        next = dbtxn_to_u64(key);
        memcpy(value, old.data, sizeof value);
        memset(value + 64, 0, sizeof value - 64);
        dbtxn_put(&w->t, s->forgot, dbtxn_u64(&next), (struct slice){value, sizeof value}, 0);
        next++;
    }
    if (rc == ERR_NOT_FOUND)
        return store_write_commit(w, e);
    store_write_abort(w);
    return rc != ERR_OK ? rc : err_set(e, ERR_CORRUPT, "a forgotten record is damaged");
}

static void name(char path[PATH_LEN], const struct store_options *o, const char *part, const char *file)
{
    snprintf(path, PATH_LEN, "%s/%s%s", o->path, part, file); /* store_open() has taken longer names */
}

/* Copy one part to PART.new/, where an attempt that was cut short may have left something. */
static enum err_code copy_part(struct dbenv *d, const struct store_options *o, struct err *e)
{
    char path[PATH_LEN];
    name(path, o, d->name, ".new/data.mdb");
    unlink(path);
    name(path, o, d->name, ".new");
    return dbenv_copy(d, path, e);
}

/* The copy takes the place of a part that nobody has open. LMDB's lock file belongs to the old one: without it
 * a reader that still holds the old file keeps to itself. */
static enum err_code swap_part(const char *part, const struct store_options *o, struct err *e)
{
    char from[PATH_LEN], to[PATH_LEN];
    name(to, o, part, "/lock.mdb");
    if (unlink(to) != 0 && errno != ENOENT)
        return dbenv_error(e, errno, to);
    name(from, o, part, ".new/data.mdb");
    name(to, o, part, "/data.mdb");
    if (rename(from, to) != 0)
        return dbenv_error(e, errno, to);
    name(from, o, part, ".new");
    rmdir(from);
    name(to, o, part, "");
    return dbenv_sync_folder(to, e);
}

static enum err_code remove_index(const struct store_options *o, struct err *e)
{
    static const char *const FILES[] = {"/data.mdb", "/lock.mdb"};
    char path[PATH_LEN];
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        name(path, o, "index", FILES[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            return dbenv_error(e, errno, path);
    }
    return ERR_OK;
}

/* The parts are closed, the folder's lock is still ours. */
static enum err_code swap(const struct store_options *o, struct err *e)
{
    enum err_code rc = remove_index(o, e);
    if (rc == ERR_OK)
        rc = swap_part("tree", o, e);
    if (rc == ERR_OK)
        rc = swap_part("log", o, e);
    return rc;
}

enum err_code store_compact(const struct store_options *options, struct err *e)
{
    struct store *s;
    struct store_options o = *options;
    o.read_only = false;
    enum err_code rc = store_open(&s, &o, e);
    if (rc != ERR_OK)
        return rc;
    rc = drop_tags(s, e);
    if (rc == ERR_OK)
        rc = copy_part(&s->log, &o, e);
    if (rc == ERR_OK)
        rc = copy_part(&s->tree.env, &o, e);
    int lock = dup(s->lock_fd); /* the lock lives as long as any descriptor of it */
    if (rc == ERR_OK && lock < 0)
        rc = dbenv_error(e, errno, "lock");
    store_close(s);
    if (rc == ERR_OK)
        rc = swap(&o, e);
    if (lock >= 0)
        close(lock);
    if (rc != ERR_OK)
        err_wrap(e, "compact store");
    return rc;
}
