/* The mirror: see mirror.h. */
#include "daemon/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/batchfile.h"
#include "daemon/mirrorfile.h"

#define LOG_FILE "log"
#define AT_ONCE 4096 /* records between two read transactions: old pages are not kept for long */

void mirror_file_name(char name[MIRROR_NAME_MAX], uint64_t k)
{
    snprintf(name, MIRROR_NAME_MAX, "%020" PRIu64 ".batch", k);
}

int mirror_is_batch(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len == 26 && strspn(entry->d_name, "0123456789") == 20 && strcmp(entry->d_name + 20, ".batch") == 0;
}

bool mirror_has(const struct mirror *m, uint64_t k)
{
    char name[MIRROR_NAME_MAX];
    mirror_file_name(name, k);
    return m->path[0] == '\0' || faccessat(m->folder, name, F_OK, 0) == 0;
}

/* ------------------------------------------------------------------ the log file */

static enum err_code check_log(const struct mirror *m, const struct proofs_log *log, struct err *e)
{
    uint8_t bytes[SEAL_GENESIS_LEN];
    struct mirrorfile f;
    int fd = openat(m->folder, LOG_FILE, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t got = read(fd, bytes, sizeof bytes);
        close(fd);
        if (got != (ssize_t)sizeof bytes || memcmp(bytes, log->genesis_bytes, sizeof bytes) != 0)
            return err_set(e, ERR_CONFLICT, "mirror: %s holds another log: restore the store from it, or name another folder", m->path);
        return ERR_OK;
    }
    if (errno != ENOENT)
        return mirrorfile_error(e, "open", LOG_FILE);
    enum err_code rc = mirrorfile_begin(&f, m->folder, LOG_FILE, e);
    if (rc != ERR_OK)
        return rc;
    mirrorfile_put(&f, log->genesis_bytes, sizeof log->genesis_bytes);
    mirrorfile_put(&f, log->name, strlen(log->name));
    return mirrorfile_commit(&f, LOG_FILE, e);
}

enum err_code mirror_open(struct mirror *m, const char *path, const struct proofs_log *log, struct err *e)
{
    m->folder = -1;
    m->path[0] = '\0';
    if (path[0] == '\0')
        return ERR_OK;
    if (strlen(path) >= sizeof m->path)
        return err_set(e, ERR_INVALID, "mirror: the path is too long");
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return mirrorfile_error(e, "make", path);
    m->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (m->folder < 0)
        return mirrorfile_error(e, "open", path);
    snprintf(m->path, sizeof m->path, "%s", path);
    enum err_code rc = check_log(m, log, e);
    if (rc == ERR_OK)
        rc = mirrorfile_clean(m->folder, e);
    if (rc != ERR_OK)
        mirror_close(m);
    return rc;
}

void mirror_close(struct mirror *m)
{
    if (m->path[0] != '\0' && m->folder >= 0)
        close(m->folder);
    m->folder = -1;
    m->path[0] = '\0';
}

/* ------------------------------------------------------------------ a batch */

static enum err_code put_record(struct mirrorfile *f, const struct store_read *read, uint64_t sequence, struct err *e)
{
    struct store_entry entry;
    struct store_forgotten forgotten;
    uint8_t bytes[BATCHFILE_RECORD_LEN];
    enum err_code rc = store_entry(read, sequence, &entry, e);
    if (rc != ERR_OK)
        return rc;
    struct batchfile_record record = {
        .target = entry.target, .salt = entry.salt, .accepted_at = entry.accepted_at, .rule = (uint8_t)entry.rule};
    if (entry.forgotten) {
        rc = store_forgotten(read, sequence, &forgotten, e);
        if (rc != ERR_OK)
            return rc;
        record = (struct batchfile_record){.forgotten = true, .target = forgotten.leaf, .revoke_id = forgotten.revoke_id};
    }
    batchfile_record_encode(bytes, &record);
    mirrorfile_put(f, bytes, sizeof bytes);
    explicit_bzero(&record, sizeof record);
    return ERR_OK;
}

static enum err_code put_records(struct mirrorfile *f, struct store *store, const struct store_batch *batch, struct err *e)
{
    struct store_read read;
    enum err_code rc = ERR_OK;
    for (uint64_t i = 0; rc == ERR_OK && i < batch->leaf_count;) {
        rc = store_read_begin(store, &read, e);
        if (rc != ERR_OK)
            break;
        for (unsigned n = 0; rc == ERR_OK && n < AT_ONCE && i < batch->leaf_count; n++, i++)
            rc = put_record(f, &read, batch->first + i, e);
        store_read_end(&read);
    }
    return rc;
}

enum err_code mirror_write(struct mirror *m, struct store *store, const struct proofs_log *log,
                           const struct store_batch *batch, const void *annex, struct err *e)
{
    struct batchfile_head head = {.previous = batch->previous, .annex_len = batch->annex_len};
    uint8_t bytes[BATCHFILE_HEAD_LEN];
    char name[MIRROR_NAME_MAX];
    struct mirrorfile f;
    if (m->path[0] == '\0')
        return ERR_OK;
    memcpy(head.genesis, log->genesis_bytes, sizeof head.genesis);
    memcpy(head.header, batch->header, sizeof head.header);
    mirror_file_name(name, batch->k);
    enum err_code rc = mirrorfile_begin(&f, m->folder, name, e);
    if (rc != ERR_OK)
        return rc;
    batchfile_head_encode(bytes, &head);
    mirrorfile_put(&f, bytes, sizeof bytes);
    mirrorfile_put(&f, annex, batch->annex_len);
    rc = put_records(&f, store, batch, e);
    if (rc != ERR_OK) {
        mirrorfile_abort(&f);
        return err_wrap(e, "mirror: batch %" PRIu64, batch->k);
    }
    struct hash32 sum = sha256_final(&f.hash);
    sha256_init(&f.hash);
    mirrorfile_put(&f, sum.b, sizeof sum.b);
    return mirrorfile_commit(&f, name, e);
}
