/* Opening a store: folder, lock, the log, and an index that fits it. See store.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/db/store.h"
#include "common/db/store_index.h"
#include "common/db/store_open.h"
#include "common/db/store_upgrade.h"
#include "common/db/storebase.h"
#include "common/sha256.h"

#define META_SCHEMA "schema"
#define META_TAG_KEY "tag-key"
#define PATH_MAX_LEN 4096

static struct slice text(const char *s)
{
    return (struct slice){(const uint8_t *)s, strlen(s)};
}

/* ------------------------------------------------------------------ opening: the folder and its lock */

static enum err_code sub_folder(char path[PATH_MAX_LEN], const struct store_options *o, const char *name,
                                struct err *e)
{
    int n = snprintf(path, PATH_MAX_LEN, "%s/%s", o->path, name);
    return n > 0 && n < PATH_MAX_LEN ? ERR_OK : err_set(e, ERR_INVALID, "the path of the store is too long");
}

static enum err_code locked_by_other(int fd, const char *folder, struct err *e)
{
    char pid[24] = "";
    ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
    pid[n > 0 ? n : 0] = '\0';
    pid[strcspn(pid, "\n")] = '\0';
    return err_set(e, ERR_BUSY, "%s is in use by process %s", folder, pid[0] != '\0' ? pid : "unknown");
}

/* The lock goes with the process that holds it, however that ends. */
enum err_code store_open_lock(const char *folder, int *ret, struct err *e)
{
    char path[PATH_MAX_LEN], pid[24];
    const struct store_options o = {.path = folder};
    enum err_code rc = sub_folder(path, &o, "lock", e);
    if (rc != ERR_OK)
        return rc;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return dbenv_error(e, errno, folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return dbenv_error(e, errno, path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        rc = errno == EWOULDBLOCK ? locked_by_other(fd, folder, e) : dbenv_error(e, errno, path);
        close(fd);
        return rc;
    }
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    ssize_t wrote = ftruncate(fd, 0) == 0 ? pwrite(fd, pid, (size_t)n, 0) : -1;
    (void)wrote; /* for the message above only: a full disk is no reason not to open */
    *ret = fd;
    return ERR_OK;
}

/* ------------------------------------------------------------------ opening: the log */

static enum err_code open_tables(struct store *s, MDB_txn *txn, unsigned create, struct err *e)
{
    enum err_code rc = ERR_OK;
#define X(name, flags)                                                                             \
    if (rc == ERR_OK)                                                                              \
        rc = dbenv_table(txn, #name, create | (flags), &s->name, e);
    STOREBASE_TABLES(X)
#undef X
    return rc;
}

/* A new log gets its schema number and its own secret key for tags. */
static enum err_code init_log(struct store *s, struct dbtxn *t, struct err *e)
{
    uint8_t schema[4], key[sizeof s->tag_key];
    struct bytes_writer w = bytes_writer(schema, sizeof schema);
    bytes_put_u32(&w, STORE_SCHEMA);
    enum err_code rc = storebase_random(key, sizeof key, e);
    dbtxn_put(t, s->meta, text(META_SCHEMA), (struct slice){schema, sizeof schema}, 0);
    dbtxn_put(t, s->meta, text(META_TAG_KEY), (struct slice){key, sizeof key}, 0);
    explicit_bzero(key, sizeof key);
    return rc;
}

/* Asked before anything else: another schema has other tables. */
static enum err_code read_schema(struct store *s, MDB_txn *txn, uint32_t *ret, struct err *e)
{
    struct slice value;
    enum err_code rc = dbenv_table(txn, "meta", 0, &s->meta, e);
    if (rc == ERR_OK)
        rc = dbtxn_get(txn, s->meta, text(META_SCHEMA), &value, e);
    if (rc == ERR_NOT_FOUND || (rc == ERR_OK && value.len != 4))
        return err_set(e, ERR_CORRUPT, "log: this is not a store of ours");
    if (rc != ERR_OK)
        return rc;
    struct bytes_reader r = bytes_reader(value.data, value.len);
    *ret = bytes_get_u32(&r);
    if (*ret > STORE_SCHEMA)
        return err_set(e, ERR_VERSION, "the store has schema %u, this program knows %u: use a newer one", *ret, STORE_SCHEMA);
    return *ret > 0 ? ERR_OK : err_set(e, ERR_CORRUPT, "log: this is not a store of ours");
}

/* Returns with the tables as STORE_SCHEMA has them. */
static enum err_code bring_up_to_date(struct store *s, struct dbtxn *t, struct err *e)
{
    uint32_t schema;
    enum err_code rc = read_schema(s, t->txn, &schema, e);
    if (rc != ERR_OK || schema == STORE_SCHEMA)
        return rc;
    if (s->read_only)
        return err_set(e, ERR_VERSION, "the store has schema %u, this program reads %u: start hallmarkd on it once", schema,
                       STORE_SCHEMA);
    return store_upgrade(s, t, schema, e);
}

static enum err_code read_tag_key(struct store *s, MDB_txn *txn, struct err *e)
{
    struct slice value;
    enum err_code rc = dbtxn_get(txn, s->meta, text(META_TAG_KEY), &value, e);
    if (rc == ERR_NOT_FOUND || (rc == ERR_OK && value.len != sizeof s->tag_key))
        return err_set(e, ERR_CORRUPT, "log: the key of the index is missing");
    if (rc == ERR_OK)
        memcpy(s->tag_key, value.data, sizeof s->tag_key);
    return rc;
}

static bool is_empty(MDB_txn *txn)
{
    MDB_dbi main_table;
    MDB_stat stat;
    return mdb_dbi_open(txn, NULL, 0, &main_table) == 0 && mdb_stat(txn, main_table, &stat) == 0 &&
           stat.ms_entries == 0;
}

static enum err_code load_log(struct store *s, struct dbtxn *t, struct err *e)
{
    bool fresh = is_empty(t->txn);
    uint64_t last = 0;
    enum err_code rc = fresh ? ERR_OK : bring_up_to_date(s, t, e);
    if (rc == ERR_OK)
        rc = open_tables(s, t->txn, fresh ? MDB_CREATE : 0, e);
    if (rc == ERR_NOT_FOUND)
        rc = err_set(e, ERR_CORRUPT, "log: a table is missing");
    if (rc == ERR_OK && fresh)
        rc = init_log(s, t, e);
    if (rc == ERR_OK)
        rc = read_tag_key(s, t->txn, e);
    if (rc == ERR_OK)
        rc = pages_last(t->txn, s->page, &last, e);
    atomic_store(&s->last, last);
    return rc;
}

static enum err_code open_log(struct store *s, const struct dbenv_options *options, struct err *e)
{
    struct dbtxn t = {.env = &s->log};
    enum err_code rc = dbenv_open(&s->log, options, e);
    if (rc != ERR_OK)
        return rc;
    rc = options->read_only ? dbenv_read_begin(&s->log, &t.txn, e) : dbtxn_begin(&t, &s->log, e);
    if (rc != ERR_OK)
        return rc;
    rc = load_log(s, &t, e);
    if (rc == ERR_OK)
        return dbtxn_commit(&t, e);
    dbtxn_abort(&t);
    return rc;
}

/* ------------------------------------------------------------------ opening: the index */

static void on_indexed_tag(void *ctx, uint64_t tag)
{
    filter_add(&((struct store *)ctx)->filter, tag);
}

static void on_recent_record(void *ctx, uint64_t sequence, uint64_t tag)
{
    struct store *s = ctx;
    if (!s->read_only)
        filter_add(&s->filter, tag);
    recent_insert(&s->recent, tag, sequence);
}

/* What is not in the index goes into memory. */
static enum err_code load_recent(struct store *s, struct err *e)
{
    uint64_t covered = s->index.state.covered, last = atomic_load(&s->last);
    enum err_code rc = ERR_OK;
    recent_init(&s->recent, covered);
    s->findable = last == 0 || recent_generation(last) < covered + RECENT_GENERATIONS;
    if (last > covered << RECENT_BITS && s->findable)
        rc = recent_reserve(&s->recent, last, e);
    if (rc == ERR_OK && last > covered << RECENT_BITS && s->findable)
        rc = storebase_scan(s, (covered << RECENT_BITS) + 1, last, on_recent_record, s, e);
    return rc;
}

/* Make the index fit the log: none of another log or of more than is there, and full generations written. */
static enum err_code repair_index(struct store *s, struct err *e)
{
    enum err_code rc = ERR_OK;
    if (s->index.state.covered << RECENT_BITS > atomic_load(&s->last))
        rc = runs_clear(&s->index, e);
    while (rc == ERR_OK && store_index_full(s))
        rc = store_index_write_run(s, e);
    if (rc == ERR_OK)
        rc = filter_init(&s->filter, atomic_load(&s->last), e);
    if (rc == ERR_OK)
        rc = runs_each(&s->index, on_indexed_tag, s, e);
    atomic_store(&s->filter_bytes, filter_bytes(&s->filter));
    return rc;
}

static enum err_code open_index(struct store *s, struct dbenv_options options, struct err *e)
{
    struct hash32 log = sha256(s->tag_key, sizeof s->tag_key);
    enum err_code rc = runs_open(&s->index, &options, &log, e);
    if (s->read_only && rc == ERR_NOT_FOUND)
        rc = ERR_OK; /* a backup has none: what does not fit into memory is not found, all else works */
    if ((rc == ERR_CORRUPT || rc == ERR_VERSION) && !s->read_only) {
        char path[PATH_MAX_LEN];
        snprintf(path, sizeof path, "%s/data.mdb", options.folder);
        if (unlink(path) == 0)
            rc = runs_open(&s->index, &options, &log, e);
    }
    if (rc == ERR_OK && !s->read_only)
        rc = repair_index(s, e);
    if (rc == ERR_OK)
        rc = load_recent(s, e);
    if (rc == ERR_CORRUPT && s->read_only) { /* what is damaged must be open to a look: store_check.h */
        s->findable = false;
        rc = ERR_OK;
    }
    return rc;
}

/* ------------------------------------------------------------------ opening: all of it */

enum err_code store_open_parts(struct store *s, struct err *e)
{
    char path[PATH_MAX_LEN];
    const struct store_options all = {s->path, s->map_size, s->read_only}, *o = &all;
    struct dbenv_options options = {path, "log", o->map_size, o->read_only};
    enum err_code rc = sub_folder(path, o, "log", e);
    if (rc == ERR_OK)
        rc = open_log(s, &options, e);
    options.name = "tree";
    if (rc == ERR_OK)
        rc = sub_folder(path, o, "tree", e);
    if (rc == ERR_OK)
        rc = nodes_open(&s->tree, &options, e);
    options.name = "index";
    if (rc == ERR_OK)
        rc = sub_folder(path, o, "index", e);
    return rc == ERR_OK ? open_index(s, options, e) : rc;
}

/* A restore has not ended, well or not. Its log is moved last, so with a log the rest is there too. */
static bool is_staged(const char *path)
{
    char stage[PATH_MAX_LEN], log[PATH_MAX_LEN];
    return snprintf(stage, sizeof stage, "%s/" STORE_OPEN_STAGE, path) < (int)sizeof stage &&
           snprintf(log, sizeof log, "%s/log/data.mdb", path) < (int)sizeof log && access(stage, F_OK) == 0 &&
           access(log, F_OK) != 0;
}

enum err_code store_open_drop_copies(const char *folder, struct err *e)
{
    static const char *const COPIES[] = {"log.new/data.mdb", "tree.new/data.mdb"};
    char path[PATH_MAX_LEN];
    const struct store_options o = {.path = folder};
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < sizeof COPIES / sizeof COPIES[0] && rc == ERR_OK; i++) {
        rc = sub_folder(path, &o, COPIES[i], e);
        if (rc == ERR_OK && unlink(path) != 0 && errno != ENOENT)
            rc = dbenv_error(e, errno, path);
    }
    return rc;
}

enum err_code store_open(struct store **ret, const struct store_options *options, struct err *e)
{
    struct store *s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(e, ERR_NOMEM, "no memory to open the store");
    s->lock_fd = -1;
    s->read_only = options->read_only;
    s->map_size = options->map_size;
    s->path = strdup(options->path);
    enum err_code rc = s->path != NULL ? ERR_OK : err_set(e, ERR_NOMEM, "no memory to open the store");
    if (rc == ERR_OK && is_staged(options->path))
        rc = err_set(e, ERR_CONFLICT, "%s holds a restore that was cut short: run it again", options->path);
    if (rc == ERR_OK && !options->read_only)
        rc = store_open_lock(options->path, &s->lock_fd, e);
    if (rc == ERR_OK && !options->read_only)
        rc = store_open_drop_copies(options->path, e);
    if (rc == ERR_OK)
        rc = store_open_parts(s, e);
    if (rc != ERR_OK) {
        store_close(s);
        err_wrap(e, "open store");
        return rc;
    }
    *ret = s;
    return ERR_OK;
}
