/* hallmarkctl backup DIR: see backup.h. */
#include "daemon/ctl/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/db/store.h"
#include "common/hex.h"
#include "common/keystore.h"
#include "common/sha256.h"
#include "common/text.h"
#include "daemon/ctl/manifest.h"
#include "daemon/fault.h"
#include "daemon/proofs.h"

#define BLOCK 65536
#define KEY_MAX 65536 /* bytes of a key file; keystore.h has its own limit below this */

static const char *const PARTS[] = {"log/data.mdb", "tree/data.mdb"};
static const char KEY_FILE[] = "key.json";

static enum err_code io_error(struct err *e, const char *path)
{
    enum err_code code = errno == ENOENT                                          ? ERR_NOT_FOUND
                         : errno == ENOSPC || errno == EDQUOT                     ? ERR_NOSPACE
                         : errno == EACCES || errno == EPERM || errno == EROFS    ? ERR_DENIED
                                                                                  : ERR_IO;
    return err_set(e, code, "%s: %s", path, strerror(errno));
}

/* ------------------------------------------------------------------ files */

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static enum err_code pump(int in, int out, const char *from, const char *to, uint64_t *ret_size, struct hash32 *ret_sha256,
                          struct err *e)
{
    struct sha256_stream hash;
    uint64_t size = 0;
    uint8_t block[BLOCK];
    ssize_t n;
    sha256_init(&hash);
    while ((n = read(in, block, sizeof block)) > 0 || (n < 0 && errno == EINTR)) {
        if (n < 0)
            continue;
        if (out >= 0 && !write_all(out, block, (size_t)n))
            return io_error(e, to);
        sha256_update(&hash, block, (size_t)n);
        size += (uint64_t)n;
    }
    if (n < 0)
        return io_error(e, from);
    if (out >= 0 && fsync(out) != 0)
        return io_error(e, to);
    *ret_size = size;
    *ret_sha256 = sha256_final(&hash);
    return ERR_OK;
}

enum err_code backup_copy_file(const char *from, const char *to, uint64_t *ret_size, struct hash32 *ret_sha256, struct err *e)
{
    int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
    if (in < 0)
        return io_error(e, from);
    enum err_code rc = ERR_OK;
    if (to != NULL && (out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0)
        rc = io_error(e, to);
    if (rc == ERR_OK)
        rc = pump(in, out, from, to, ret_size, ret_sha256, e);
    close(in);
    if (out >= 0 && close(out) != 0 && rc == ERR_OK)
        rc = io_error(e, to);
    return rc;
}

static void join(char path[4096], const char *folder, const char *name)
{
    snprintf(path, 4096, "%s/%s", folder, name); /* too long a path is not found */
}

static enum err_code sync_folder(const char *folder, struct err *e)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err_code rc = fd >= 0 && fsync(fd) == 0 ? ERR_OK : io_error(e, folder);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* ------------------------------------------------------------------ the folder */

static const char *const OWN[] = {"log/data.mdb", "log/lock.mdb", "tree/data.mdb", "tree/lock.mdb", "key.json",
                                  "manifest.json.tmp", "log", "tree"};

/* A folder that is empty, absent, or holds a backup that was cut short, becomes an empty one. */
static enum err_code clear_folder(const char *folder, struct err *e)
{
    char path[4096];
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return io_error(e, folder);
    join(path, folder, MANIFEST_FILE);
    if (access(path, F_OK) == 0)
        return err_set(e, ERR_EXISTS, "%s holds a backup already", folder);
    join(path, folder, PARTS[0]);
    if (access(path, F_OK) == 0) /* ours: nothing else is touched */
        for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++) {
            join(path, folder, OWN[i]);
            if (remove(path) != 0 && errno != ENOENT)
                return io_error(e, path);
        }
    DIR *dir = opendir(folder);
    struct dirent *entry;
    bool any = false;
    if (dir == NULL)
        return io_error(e, folder);
    while ((entry = readdir(dir)) != NULL)
        any |= strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && strcmp(entry->d_name, "log") != 0;
    closedir(dir);
    return any ? err_set(e, ERR_EXISTS, "%s is not empty; a backup needs a folder of its own", folder) : ERR_OK;
}

/* ------------------------------------------------------------------ what is in it */

static enum err_code describe_store(struct store *s, struct manifest *m, struct err *e)
{
    struct store_read read;
    struct store_stats stats;
    struct store_batch newest = {0};
    struct proofs_log log;
    enum err_code rc = store_read_begin(s, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = proofs_log_read(&log, &read, e);
    if (rc == ERR_OK)
        rc = store_stats(&read, &stats, e);
    if (rc == ERR_OK && store_batch_newest(&read, &newest, e) == ERR_NOT_FOUND)
        newest.anchored = log.r0;
    store_read_end(&read);
    if (rc != ERR_OK)
        return rc;
    snprintf(m->log, sizeof m->log, "%s", log.name);
    hex_encode(m->genesis, log.genesis_bytes, sizeof log.genesis_bytes);
    m->head = newest.k;
    m->anchored = newest.anchored;
    m->schema = STORE_SCHEMA;
    m->hashes = stats.targets;
    m->batches = stats.batches;
    return ERR_OK;
}

/* What was copied, not what the daemon has since done. Looking leaves LMDB's lock files behind. */
static enum err_code describe_copy(const char *folder, struct manifest *m, struct err *e)
{
    struct store_options options = {.path = folder, .read_only = true};
    struct store *s;
    char path[4096];
    enum err_code rc = store_open(&s, &options, e);
    if (rc != ERR_OK)
        return rc;
    rc = describe_store(s, m, e);
    store_close(s);
    for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++) {
        if (strstr(OWN[i], "lock.mdb") == NULL)
            continue;
        join(path, folder, OWN[i]);
        unlink(path);
    }
    return rc;
}

static enum err_code add_file(const char *folder, const char *name, struct manifest *m, struct err *e)
{
    struct manifest_file *file = &m->files[m->n_files++];
    char path[4096];
    snprintf(file->path, sizeof file->path, "%s", name);
    join(path, folder, name);
    return backup_copy_file(path, NULL, &file->size, &file->sha256, e);
}

/* Only a file that is encrypted: its address can be read, and nothing else without the passphrase. */
static enum err_code check_key(const char *path, struct err *e)
{
    char text[KEY_MAX];
    struct seal_address address;
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return io_error(e, path);
    size_t len = fread(text, 1, sizeof text, in);
    fclose(in);
    enum err_code rc = keystore_address(text, len, &address, e);
    explicit_bzero(text, sizeof text);
    return rc == ERR_OK || rc == ERR_NOT_FOUND
               ? ERR_OK
               : err_set(e, ERR_INVALID, "%s is not an encrypted key file (Web3 secret storage); it is not copied", path);
}

static enum err_code copy_key(const struct settings *s, const char *folder, struct err *e)
{
    char path[4096];
    uint64_t size;
    struct hash32 sum;
    if (s->key.signer[0] != '\0' || s->key.web3signer[0] != '\0')
        return err_set(e, ERR_UNSUPPORTED, "the key is kept by a signer: back it up there");
    join(path, folder, KEY_FILE);
    enum err_code rc = check_key(s->key.file, e);
    return rc == ERR_OK ? backup_copy_file(s->key.file, path, &size, &sum, e) : rc;
}

static void note_time(struct manifest *m)
{
    struct text t = {0};
    text_put_time(&t, (uint64_t)time(NULL));
    snprintf(m->created_at, sizeof m->created_at, "%s", text_string(&t));
    text_done(&t);
}

static enum err_code copy_store(const struct settings *s, const char *folder, struct err *e)
{
    struct store_options options = {.path = s->store.path, .read_only = true};
    struct store *store;
    enum err_code rc = store_open(&store, &options, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_copy(store, folder, e);
    store_close(store);
    return rc;
}

enum err_code backup_make(const struct settings *settings, const char *folder, bool with_key, struct manifest *ret,
                          struct err *e)
{
    struct manifest m = {0};
    enum err_code rc = clear_folder(folder, e);
    note_time(&m);
    if (rc == ERR_OK)
        rc = copy_store(settings, folder, e);
    if (rc == ERR_OK)
        fault_point("backup-copied");
    if (rc == ERR_OK)
        rc = describe_copy(folder, &m, e);
    for (size_t i = 0; rc == ERR_OK && i < sizeof PARTS / sizeof *PARTS; i++)
        rc = add_file(folder, PARTS[i], &m, e);
    if (rc == ERR_OK && with_key)
        rc = copy_key(settings, folder, e);
    if (rc == ERR_OK && with_key)
        rc = add_file(folder, KEY_FILE, &m, e);
    if (rc == ERR_OK)
        rc = manifest_write(&m, folder, e);
    if (rc == ERR_OK)
        rc = sync_folder(folder, e);
    if (rc == ERR_OK)
        *ret = m;
    return rc;
}

/* ------------------------------------------------------------------ the command */

int backup_run(const struct settings *settings, const char *folder, bool with_key, bool json)
{
    struct manifest m;
    struct err e;
    char value[65];
    uint64_t bytes = 0;
    if (backup_make(settings, folder, with_key, &m, &e) != ERR_OK) {
        fprintf(stderr, "hallmarkctl: %s\n", e.msg);
        return EXIT_FAILURE;
    }
    for (unsigned i = 0; i < m.n_files; i++)
        bytes += m.files[i].size;
    hex_encode(value, m.anchored.b, sizeof m.anchored.b);
    if (json)
        printf("{\"ok\":true,\"log\":\"%s\",\"head\":%" PRIu64 ",\"anchored\":\"%s\",\"hashes\":%" PRIu64 ",\"batches\":%" PRIu64
               ",\"bytes\":%" PRIu64 "}\n", m.log, m.head, value, m.hashes, m.batches, bytes);
    else
        printf("Backup of %s in %s: %" PRIu64 " hashes, %" PRIu64 " batches, the newest is %" PRIu64 " with value %s; %.1f MiB.\n%s",
               m.log, folder, m.hashes, m.batches, m.head, value, (double)bytes / 1048576,
               with_key ? "It holds the key file, encrypted with its passphrase; keep that somewhere else.\n"
                        : "It does not hold the key.\n");
    return EXIT_SUCCESS;
}
