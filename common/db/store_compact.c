/* Rewriting a store: see store.h.
 *
 * LMDB writes changed pages elsewhere and keeps the old ones for reuse, so what was forgotten is still in the
 * file. A compact copy holds only what is reachable; it takes the file's place by a rename. A crash before that leaves
 * the copy behind, to be made anew. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/db/store.h"
#include "common/db/store_open.h"
#include "common/db/storebase.h"

#define PATH_LEN 4096

/* From here until the copy is in place: how many erasures it completes. */
#define META_ERASING "erasing"

static struct slice erasing(void)
{
    return (struct slice){(const uint8_t *)META_ERASING, sizeof META_ERASING - 1};
}

/* The tags of forgotten targets go: the index that is built next does not know them. Their number is kept until the
 * old file is gone: only then are they erased. */
static enum err_code drop_tags(struct store *s, struct err *e)
{
    struct store_write *w;
    struct store_stats stats;
    uint8_t count[8];
    struct bytes_writer b = bytes_writer(count, sizeof count);
    uint64_t sequence = 0;
    enum err_code rc = store_write_begin(s, &w, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_stats(store_write_view(w), &stats, e);
    bytes_put_u64(&b, rc == ERR_OK ? stats.to_erase : 0);
    dbtxn_put(&w->t, s->meta, erasing(), (struct slice){count, sizeof count}, 0);
    while (rc == ERR_OK && (rc = storebase_next(w->t.txn, s->erase, &sequence, NULL, e)) == ERR_OK)
        if (!dbtxn_delete(&w->t, s->erase, dbtxn_u64(&sequence)))
            break; /* store_write_commit() says why */
    if (rc == ERR_OK || rc == ERR_NOT_FOUND)
        return store_write_commit(w, e);
    store_write_abort(w);
    return rc;
}

/* The old file is gone. */
static enum err_code note_erased(struct store *s, struct err *e)
{
    struct store_write *w;
    enum err_code rc = store_write_begin(s, &w, e);
    if (rc != ERR_OK)
        return rc;
    dbtxn_delete(&w->t, s->meta, erasing());
    return store_write_commit(w, e);
}

static void name(char path[PATH_LEN], const struct store *s, const char *part, const char *file)
{
    snprintf(path, PATH_LEN, "%s/%s%s", s->path, part, file); /* store_open() has taken longer names */
}

/* Copy one part to PART.new/. */
static enum err_code copy_part(struct dbenv *d, const struct store *s, struct err *e)
{
    char path[PATH_LEN];
    name(path, s, d->name, ".new");
    return dbenv_copy(d, path, e);
}

/* The copy takes the place of a part that nobody has open. LMDB's lock file belongs to the old one: without it
 * a reader that still holds the old file keeps to itself. */
static enum err_code swap_part(const char *part, const struct store *s, struct err *e)
{
    char from[PATH_LEN], to[PATH_LEN];
    name(to, s, part, "/lock.mdb");
    if (unlink(to) != 0 && errno != ENOENT)
        return dbenv_error(e, errno, to);
    name(from, s, part, ".new/data.mdb");
    name(to, s, part, "/data.mdb");
    if (rename(from, to) != 0)
        return dbenv_error(e, errno, to);
    name(from, s, part, ".new");
    rmdir(from);
    name(to, s, part, "");
    return dbenv_sync_folder(to, e);
}

static enum err_code remove_index(const struct store *s, struct err *e)
{
    static const char *const FILES[] = {"/data.mdb", "/lock.mdb"};
    char path[PATH_LEN];
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        name(path, s, "index", FILES[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            return dbenv_error(e, errno, path);
    }
    return ERR_OK;
}

static bool exists(const struct store *s, const char *part, const char *file)
{
    char path[PATH_LEN];
    name(path, s, part, file);
    return access(path, F_OK) == 0;
}

/* Trees hold nothing that is ever erased, and hardly any free pages: they are copied only if that gains something. */
static enum err_code tree_is_loose(struct store *s, bool *ret, struct err *e)
{
    struct dbenv_usage usage;
    enum err_code rc = dbenv_usage(&s->tree.env, &usage, e);
    *ret = rc == ERR_OK && usage.file - usage.used > usage.used / 8;
    return rc;
}

enum err_code store_compact_copy(struct store *s, struct err *e)
{
    bool loose = false;
    enum err_code rc = store_open_drop_copies(s->path, e);
    if (rc == ERR_OK)
        rc = drop_tags(s, e);
    if (rc == ERR_OK)
        rc = copy_part(&s->log, s, e);
    if (rc == ERR_OK)
        rc = tree_is_loose(s, &loose, e);
    if (rc == ERR_OK && loose)
        rc = copy_part(&s->tree.env, s, e);
    if (rc != ERR_OK)
        err_wrap(e, "compact store");
    return rc;
}

/* Readers are short: some milliseconds. */
static void wait_for_readers(struct store *s)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    while (atomic_load(&s->readers) > 0)
        nanosleep(&moment, NULL);
}

enum err_code store_compact_swap(struct store *s, struct err *e)
{
    atomic_store(&s->away, true);
    wait_for_readers(s);
    storebase_close_parts(s);
    enum err_code rc = remove_index(s, e);
    if (rc == ERR_OK && exists(s, "tree", ".new/data.mdb"))
        rc = swap_part("tree", s, e);
    if (rc == ERR_OK)
        rc = swap_part("log", s, e);
    if (rc == ERR_OK)
        rc = store_open_parts(s, e);
    if (rc == ERR_OK)
        rc = note_erased(s, e);
    if (rc == ERR_OK)
        atomic_store(&s->away, false);
    else
        err_wrap(e, "compact store");
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
    rc = store_compact_copy(s, e);
    if (rc == ERR_OK)
        rc = store_compact_swap(s, e);
    store_close(s);
    return rc;
}
