/* A store that is made aside: see store_stage.h. */
#include "common/db/store_stage.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/db/store_open.h"

#define OPEN_FILES 8 /* of nftw() */

static void join(char path[4096], const char *folder, const char *name)
{
    snprintf(path, 4096, "%s/%s", folder, name); /* store_stage_begin() has taken care of the length */
}

static int on_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static enum err_code remove_all(const char *folder, struct err *e)
{
    if (nftw(folder, on_entry, OPEN_FILES, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        return dbenv_error(e, errno, folder);
    return ERR_OK;
}

static enum err_code make(struct store_stage *g, struct err *e)
{
    static const char *const PARTS[] = {"log", "tree", "index"};
    char path[4096];
    join(path, g->path, "log/data.mdb");
    if (access(path, F_OK) == 0)
        return err_set(e, ERR_EXISTS, "%s holds a log already; a restore needs an empty folder", g->path);
    enum err_code rc = remove_all(g->folder, e);
    for (size_t i = 0; rc == ERR_OK && i < sizeof PARTS / sizeof *PARTS; i++) {
        join(path, g->path, PARTS[i]); /* of a commit that was cut short */
        rc = remove_all(path, e);
    }
    if (rc == ERR_OK && mkdir(g->folder, 0700) != 0)
        rc = dbenv_error(e, errno, g->folder);
    return rc == ERR_OK ? dbenv_sync_folder(g->path, e) : rc;
}

enum err_code store_stage_begin(struct store_stage *g, const char *path, struct err *e)
{
    if (snprintf(g->path, sizeof g->path, "%s", path) >= (int)sizeof g->path)
        return err_set(e, ERR_INVALID, "the path of the store is too long");
    snprintf(g->folder, sizeof g->folder, "%s/" STORE_OPEN_STAGE, path);
    enum err_code rc = store_open_lock(path, &g->lock_fd, e);
    if (rc != ERR_OK)
        return rc;
    rc = make(g, e);
    if (rc != ERR_OK)
        close(g->lock_fd);
    return rc;
}

static enum err_code move(const struct store_stage *g, const char *part, struct err *e)
{
    char from[4096], to[4096];
    join(from, g->folder, part);
    join(to, g->path, part);
    if (rename(from, to) != 0 && errno != ENOENT) /* a backup has no index */
        return dbenv_error(e, errno, to);
    return ERR_OK;
}

enum err_code store_stage_commit(struct store_stage *g, struct err *e)
{
    enum err_code rc = move(g, "tree", e);
    if (rc == ERR_OK)
        rc = move(g, "index", e);
    if (rc == ERR_OK)
        rc = dbenv_sync_folder(g->path, e);
    if (rc == ERR_OK)
        rc = move(g, "log", e);
    if (rc == ERR_OK)
        rc = remove_all(g->folder, e);
    if (rc == ERR_OK)
        rc = dbenv_sync_folder(g->path, e);
    close(g->lock_fd);
    return rc;
}

void store_stage_abort(struct store_stage *g)
{
    if (remove_all(g->folder, NULL) != ERR_OK) { /* the next restore removes it */
    }
    close(g->lock_fd);
}

enum err_code store_stage_end(struct store_stage *g, enum err_code rc, struct err *e)
{
    if (rc == ERR_OK)
        return store_stage_commit(g, e);
    store_stage_abort(g);
    return rc;
}
