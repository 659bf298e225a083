/* A store and its mirror at the start: see mirrorsync.h. */
#include "daemon/mirrorsync.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/batchfile.h"
#include "daemon/log.h"

enum err_code mirrorsync_fill(struct mirror *m, struct store *store, const struct proofs_log *log, struct err *e)
{
    struct store_read read;
    struct store_batch batch = {0};
    uint64_t written = 0;
    enum err_code rc = ERR_OK;
    while (rc == ERR_OK && m->path[0] != '\0') {
        struct slice annex = {0};
        uint8_t *copy = NULL;
        rc = store_read_begin(store, &read, e);
        if (rc != ERR_OK)
            return rc;
        rc = store_batch_after(&read, batch.k, &batch, e);
        if (rc == ERR_OK && batch.annex_len > 0)
            rc = store_annex(&read, batch.k, &annex, e);
        if (rc == ERR_OK && annex.len > 0 && (copy = malloc(annex.len)) != NULL)
            memcpy(copy, annex.data, annex.len);
        store_read_end(&read);
        if (rc == ERR_OK && annex.len > 0 && copy == NULL)
            rc = err_set(e, ERR_NOMEM, "out of memory");
        if (rc == ERR_OK && !mirror_has(m, batch.k)) {
            rc = mirror_write(m, store, log, &batch, copy, e);
            written++;
        }
        free(copy);
    }
    if (written > 0)
        log_info("mirror-filled", "batches=%" PRIu64, written);
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

/* ------------------------------------------------------------------ is the store as new as its mirror? */

/* How many batches it holds behind k, and the newest. */
static enum err_code count_behind(const struct mirror *m, uint64_t k, uint64_t *ret_n, uint64_t *ret_newest, struct err *e)
{
    DIR *folder = opendir(m->path);
    if (folder == NULL)
        return err_set(e, ERR_IO, "mirror: read %s: %s", m->path, strerror(errno));
    *ret_n = *ret_newest = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        uint64_t number = strtoull(entry->d_name, NULL, 10);
        if (!mirror_is_batch(entry))
            continue;
        *ret_n += number > k;
        *ret_newest = number > *ret_newest ? number : *ret_newest;
    }
    closedir(folder);
    return ERR_OK;
}

static bool read_record(FILE *in, struct batchfile_record *ret)
{
    uint8_t bytes[BATCHFILE_RECORD_LEN];
    return fread(bytes, sizeof bytes, 1, in) == 1 && batchfile_record_decode(ret, bytes, NULL) == ERR_OK;
}

/* Whether a file holds what the store has pending, and in that order. */
static bool holds_pending(FILE *in, const struct store_read *read, uint64_t first)
{
    uint8_t bytes[BATCHFILE_HEAD_LEN];
    struct batchfile_head head;
    struct seal_header header;
    if (fread(bytes, sizeof bytes, 1, in) != 1 || batchfile_head_decode(&head, bytes, NULL) != ERR_OK ||
        seal_header_decode(&header, head.header, NULL) != ERR_OK || fseek(in, (long)head.annex_len, SEEK_CUR) != 0)
        return false;
    for (uint64_t i = 0; i < header.leaf_count; i++) {
        struct batchfile_record record;
        struct store_entry entry;
        if (!read_record(in, &record) || store_entry(read, first + i, &entry, NULL) != ERR_OK)
            return false;
        bool same = hash32_equal(&entry.target, &record.target) &&
                    memcmp(&entry.salt, &record.salt, sizeof entry.salt) == 0;
        explicit_bzero(&record, sizeof record);
        if (!same && !entry.forgotten)
            return false;
    }
    return true;
}

enum err_code mirrorsync_check(const struct mirror *m, struct store *store, struct err *e)
{
    struct store_read read;
    struct store_batch newest = {0};
    struct store_pending pending;
    uint64_t n = 0, ahead = 0;
    enum err_code rc = m->path[0] != '\0' ? store_read_begin(store, &read, e) : ERR_NOT_FOUND;
    if (rc != ERR_OK)
        return rc == ERR_NOT_FOUND ? ERR_OK : rc;
    rc = store_batch_newest(&read, &newest, e);
    if (rc == ERR_OK || rc == ERR_NOT_FOUND)
        rc = store_pending(&read, &pending, e);
    if (rc == ERR_OK)
        rc = count_behind(m, newest.k, &n, &ahead, e);
    if (rc == ERR_OK && n > 0) {
        char name[MIRROR_NAME_MAX];
        mirror_file_name(name, ahead);
        int fd = openat(m->folder, name, O_RDONLY | O_CLOEXEC);
        FILE *in = fd >= 0 ? fdopen(fd, "r") : NULL;
        if (n > 1 || in == NULL || !holds_pending(in, &read, pending.first))
            rc = err_set(e, ERR_CONFLICT, "the mirror holds batches up to %" PRIu64 ", the store only up to %" PRIu64
                         ": it is the older one; move it away and run hallmarkctl restore %s", ahead, newest.k, m->path);
        if (in != NULL)
            fclose(in);
        else if (fd >= 0)
            close(fd);
    }
    store_read_end(&read);
    return rc;
}
