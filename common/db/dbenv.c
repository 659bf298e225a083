/* One LMDB environment: see dbenv.h. */
#include "common/db/dbenv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define BEING_OPENED (-1) /* users */
#define PATIENCE_MS 1000  /* for those who are inside: readers are short */

#ifdef HALLMARK_FAULTS
_Atomic long dbenv_fault_at;
_Atomic int dbenv_fault_rc;
_Atomic long dbenv_fault_calls;

int dbenv_fault(void)
{
    dbenv_fault_calls++;
    bool now = atomic_load(&dbenv_fault_at) > 0 && atomic_fetch_sub(&dbenv_fault_at, 1) == 1;
    if (now && dbenv_fault_rc == DBENV_FAULT_CRASH)
        _exit(9);
    return now;
}
#endif

static const struct {
    int rc;
    enum err_code code;
} CODES[] = {
    {MDB_NOTFOUND, ERR_NOT_FOUND},
    {MDB_KEYEXIST, ERR_EXISTS},
    {MDB_MAP_FULL, ERR_NOSPACE},
    {ENOSPC, ERR_NOSPACE},
    {EDQUOT, ERR_NOSPACE},
    {EFBIG, ERR_NOSPACE},
    {MDB_INVALID, ERR_CORRUPT},
    {MDB_CORRUPTED, ERR_CORRUPT},
    {MDB_PAGE_NOTFOUND, ERR_CORRUPT},
    {MDB_INCOMPATIBLE, ERR_CORRUPT},
    {MDB_VERSION_MISMATCH, ERR_VERSION},
    {MDB_READERS_FULL, ERR_BUSY},
    {MDB_PANIC, ERR_BUSY},
    {ENOENT, ERR_NOT_FOUND},
    {EACCES, ERR_DENIED},
    {EPERM, ERR_DENIED},
    {EROFS, ERR_DENIED},
    {ENOMEM, ERR_NOMEM},
};

enum err_code dbenv_error(struct err *e, int rc, const char *what)
{
    if (rc == 0)
        return ERR_OK;
    enum err_code code = ERR_IO;
    for (size_t i = 0; i < sizeof CODES / sizeof CODES[0]; i++)
        if (CODES[i].rc == rc)
            code = CODES[i].code;
    if (rc == MDB_PANIC)
        return err_set(e, code, "%s: a write failed, and the files are about to be opened anew: try again in a second", what);
    if (rc == MDB_MAP_FULL)
        return err_set(e, code, "%s: map_size is used up: raise [store] map_size", what);
    return err_set(e, code, "%s: %s", what, mdb_strerror(rc));
}

int dbenv_write_error(struct dbenv *d, int rc)
{
    mdb_filehandle_t fd;
    struct statvfs fs;
    struct rlimit limit;
    struct stat st;
    if (rc != EIO || mdb_env_get_fd(d->env, &fd) != 0)
        return rc;
    if (fstatvfs(fd, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < (1u << 20))
        return ENOSPC;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        fstat(fd, &st) == 0 && (uint64_t)st.st_size + (1u << 20) > limit.rlim_cur)
        return EFBIG;
    return rc;
}

/* A file that lost its end would be read past it, which kills the process: look first. */
static int check_length(MDB_env *env)
{
    MDB_envinfo info;
    MDB_stat stat;
    struct stat st;
    mdb_filehandle_t fd;
    int rc = DBENV_CALL(mdb_env_info(env, &info));
    if (rc == 0)
        rc = DBENV_CALL(mdb_env_stat(env, &stat));
    if (rc == 0)
        rc = DBENV_CALL(mdb_env_get_fd(env, &fd));
    if (rc != 0)
        return rc;
    if (fstat(fd, &st) != 0)
        return errno;
    return (uint64_t)st.st_size < (info.me_last_pgno + 1) * (uint64_t)stat.ms_psize ? MDB_CORRUPTED : 0;
}

static int make_env(MDB_env **ret, const struct dbenv_options *options)
{
    MDB_env *env;
    int dead;
    int rc = DBENV_CALL(mdb_env_create(&env));
    if (rc != 0)
        return rc;
    rc = DBENV_CALL(mdb_env_set_maxdbs(env, DBENV_MAX_TABLES));
    if (rc == 0 && !options->read_only) /* a reader takes the size that the writer chose */
        rc = DBENV_CALL(mdb_env_set_mapsize(env, (size_t)options->map_size));
    if (rc == 0)
        rc = DBENV_CALL(mdb_env_open(env, options->folder,
                                     MDB_NOTLS | (options->read_only ? MDB_RDONLY : 0), 0600));
    if (rc == 0)
        rc = DBENV_CALL(mdb_reader_check(env, &dead)); /* slots of processes that died reading */
    if (rc == 0)
        rc = check_length(env);
    if (rc != 0)
        mdb_env_close(env);
    else
        *ret = env;
    return rc;
}

enum err_code dbenv_open(struct dbenv *d, const struct dbenv_options *options, struct err *e)
{
    MDB_env *env = NULL;
    int rc = 0;
    if (!options->read_only && mkdir(options->folder, 0700) != 0 && errno != EEXIST)
        rc = errno;
    char *folder = rc == 0 ? strdup(options->folder) : NULL;
    if (rc == 0)
        rc = folder != NULL ? make_env(&env, options) : ENOMEM;
    if (rc != 0) {
        free(folder);
        return dbenv_error(e, rc, options->folder);
    }
    *d = (struct dbenv){.env = env, .folder = folder, .map_size = options->map_size, .read_only = options->read_only};
    snprintf(d->name, sizeof d->name, "%s", options->name);
    mdb_env_set_userctx(env, d);
    return ERR_OK;
}

static void close_env(struct dbenv *d)
{
    if (d->env == NULL)
        return;
    mdb_txn_abort(atomic_exchange(&d->spare, NULL));
    mdb_env_close(d->env);
    d->env = NULL;
}

void dbenv_close(struct dbenv *d)
{
    close_env(d);
    free(d->folder);
    d->folder = NULL;
}

/* ------------------------------------------------------------------ opening anew */

static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Returns: false if all of it is being opened anew. */
static bool try_enter(struct dbenv *d)
{
    int users = atomic_load(&d->users);
    while (users != BEING_OPENED)
        if (atomic_compare_exchange_weak(&d->users, &users, users + 1))
            return true;
    return false;
}

static void enter(struct dbenv *d)
{
    while (!try_enter(d))
        rest();
}

void dbenv_leave(struct dbenv *d)
{
    atomic_fetch_sub(&d->users, 1);
}

/* The tables again, by the handles that they had. */
static int open_tables(const struct dbenv *d, MDB_env *env)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    if (rc != 0)
        return rc;
    for (MDB_dbi i = 0; i < DBENV_MAX_HANDLE && rc == 0; i++) {
        MDB_dbi handle = i;
        if (d->table[i] != NULL)
            rc = mdb_dbi_open(txn, d->table[i], 0, &handle);
        if (rc == 0 && handle != i)
            rc = MDB_BAD_DBI;
    }
    if (rc == 0)
        return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return rc;
}

static int open_anew(struct dbenv *d)
{
    const struct dbenv_options options = {d->folder, d->name, d->map_size, d->read_only};
    MDB_env *env = NULL;
    close_env(d);
    int rc = make_env(&env, &options);
    if (rc == 0 && (rc = open_tables(d, env)) != 0)
        mdb_env_close(env);
    if (rc != 0)
        return rc;
    mdb_env_set_userctx(env, d);
    d->env = env;
    atomic_fetch_add(&d->reopened, 1);
    return 0;
}

/* Once nobody is inside; a caller who is inside himself waits in vain.
 * Returns: 0, also if another thread has done it; MDB_PANIC: somebody stayed inside; else it cannot be opened. */
static int heal(struct dbenv *d, unsigned seen)
{
    for (int i = 0; i < PATIENCE_MS; i++) {
        int nobody = 0;
        if (atomic_load(&d->reopened) != seen)
            return 0;
        if (atomic_compare_exchange_strong(&d->users, &nobody, BEING_OPENED)) {
            int rc = atomic_load(&d->reopened) != seen ? 0 : open_anew(d);
            atomic_store(&d->users, 0);
            return rc;
        }
        rest();
    }
    return MDB_PANIC;
}

/* ------------------------------------------------------------------ transactions */

static int begin(struct dbenv *d, unsigned flags, MDB_txn **ret)
{
    if (d->env == NULL)
        return MDB_PANIC;
    *ret = (flags & MDB_RDONLY) != 0 ? atomic_exchange(&d->spare, NULL) : NULL;
    if (*ret == NULL)
        return DBENV_CALL(mdb_txn_begin(d->env, NULL, flags, ret));
    int rc = DBENV_CALL(mdb_txn_renew(*ret));
    if (rc != 0)
        mdb_txn_abort(*ret);
    return rc;
}

/* Once more after the files were opened anew. */
static enum err_code begin_or_heal(struct dbenv *d, unsigned flags, MDB_txn **ret, struct err *e)
{
    int rc = MDB_PANIC;
    for (int i = 0; i < 2 && rc == MDB_PANIC; i++) {
        enter(d);
        unsigned seen = atomic_load(&d->reopened);
        rc = begin(d, flags, ret);
        if (rc == 0)
            return ERR_OK;
        dbenv_leave(d);
        int healed = rc == MDB_PANIC && i == 0 ? heal(d, seen) : rc;
        if (healed != 0)
            return dbenv_error(e, healed, d->name);
    }
    return dbenv_error(e, rc, d->name);
}

enum err_code dbenv_read_begin(struct dbenv *d, MDB_txn **ret, struct err *e)
{
    return begin_or_heal(d, MDB_RDONLY, ret, e);
}

enum err_code dbenv_write_begin(struct dbenv *d, MDB_txn **ret, struct err *e)
{
    return begin_or_heal(d, 0, ret, e);
}

void dbenv_read_end(struct dbenv *d, MDB_txn *txn)
{
    MDB_txn *none = NULL;
    mdb_txn_reset(txn);
    if (!atomic_compare_exchange_strong(&d->spare, &none, txn))
        mdb_txn_abort(txn);
    dbenv_leave(d);
}

enum err_code dbenv_table(MDB_txn *txn, const char *name, unsigned flags, MDB_dbi *ret, struct err *e)
{
    struct dbenv *d = mdb_env_get_userctx(mdb_txn_env(txn));
    int rc = DBENV_CALL(mdb_dbi_open(txn, name, flags, ret));
    if (rc == 0 && *ret < DBENV_MAX_HANDLE)
        d->table[*ret] = name;
    return dbenv_error(e, rc, name);
}

static int sync_path(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int rc = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return rc;
}

enum err_code dbenv_sync_folder(const char *folder, struct err *e)
{
    return dbenv_error(e, sync_path(folder), folder);
}

enum err_code dbenv_copy(struct dbenv *d, const char *folder, struct err *e)
{
    char file[4096];
    if (snprintf(file, sizeof file, "%s/data.mdb", folder) >= (int)sizeof file)
        return err_set(e, ERR_INVALID, "the path of the copy is too long");
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return dbenv_error(e, errno, folder);
    if (access(file, F_OK) == 0)
        return err_set(e, ERR_EXISTS, "%s is there already", file);
    MDB_txn *inside; /* so that the files stay open */
    enum err_code begun = dbenv_read_begin(d, &inside, e);
    if (begun != ERR_OK)
        return begun;
    int rc = DBENV_CALL(mdb_env_copy2(d->env, folder, MDB_CP_COMPACT));
    dbenv_read_end(d, inside);
    if (rc == 0)
        rc = sync_path(file);
    if (rc == 0)
        rc = sync_path(folder);
    if (rc != 0)
        unlink(file);
    return dbenv_error(e, rc, file);
}

static uint64_t table_bytes(const MDB_stat *s)
{
    return (uint64_t)(s->ms_branch_pages + s->ms_leaf_pages + s->ms_overflow_pages) * s->ms_psize;
}

/* Used = all pages up to the last one, less those on the free list (each record of it begins with a count). */
enum err_code dbenv_usage(struct dbenv *d, struct dbenv_usage *ret, struct err *e)
{
    MDB_envinfo info;
    MDB_stat free_stat;
    MDB_txn *txn;
    MDB_cursor *c;
    MDB_val key, val;
    uint64_t free_pages = 0;
    enum err_code rc = dbenv_read_begin(d, &txn, e);
    if (rc != ERR_OK)
        return rc;
    int err = mdb_env_info(d->env, &info);
    if (err == 0)
        err = mdb_stat(txn, 0, &free_stat);
    if (err == 0)
        err = mdb_cursor_open(txn, 0, &c);
    if (err == 0) {
        while ((err = mdb_cursor_get(c, &key, &val, MDB_NEXT)) == 0) {
            size_t count;
            memcpy(&count, val.mv_data, sizeof count);
            free_pages += count;
        }
        mdb_cursor_close(c);
        err = err == MDB_NOTFOUND ? 0 : err;
    }
    dbenv_read_end(d, txn);
    if (err != 0)
        return dbenv_error(e, err, d->name);
    uint64_t file = ((uint64_t)info.me_last_pgno + 1) * free_stat.ms_psize;
    *ret = (struct dbenv_usage){.file = file,
                                .used = file - free_pages * free_stat.ms_psize - table_bytes(&free_stat)};
    return ERR_OK;
}
