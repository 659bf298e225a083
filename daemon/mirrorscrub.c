/* Forgotten targets leave the mirror: see mirrorscrub.h. */
#include "daemon/mirrorscrub.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/batchfile.h"
#include "daemon/mirrorfile.h"

struct scrub {
    struct mirror *mirror;
    struct store *store;
    const struct proofs_log *log;
    struct store_forgotten *forgotten; /* owned; in order of their leaves */
    size_t n;
    uint64_t files;
};

/* ------------------------------------------------------------------ what is to be erased */

static int by_leaf(const void *a, const void *b)
{
    const struct store_forgotten *x = a, *y = b;
    return memcmp(x->leaf.b, y->leaf.b, sizeof x->leaf.b);
}

static enum err_code list_forgotten(struct scrub *s, struct err *e)
{
    struct store_read read;
    struct store_stats stats;
    uint64_t sequence = 0;
    enum err_code rc = store_read_begin(s->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_stats(&read, &stats, e);
    if (rc == ERR_OK && (s->forgotten = calloc(stats.forgotten + 1, sizeof *s->forgotten)) == NULL)
        rc = err_set(e, ERR_NOMEM, "out of memory");
    while (rc == ERR_OK && s->n < stats.forgotten) {
        rc = store_to_erase(&read, sequence + 1, &sequence, e);
        if (rc == ERR_OK && store_forgotten(&read, sequence, &s->forgotten[s->n++], e) != ERR_OK)
            rc = err_set(e, ERR_CORRUPT, "what is kept of forgotten target %" PRIu64 " is missing", sequence);
    }
    store_read_end(&read);
    if (rc != ERR_OK && rc != ERR_NOT_FOUND)
        return rc;
    qsort(s->forgotten, s->n, sizeof *s->forgotten, by_leaf);
    return ERR_OK;
}

/* ------------------------------------------------------------------ batches that the store has */

/* The next batch above *k, its annex, and whether it holds something to erase. */
static enum err_code next_batch(struct scrub *s, struct store_batch *batch, uint8_t **ret_annex, bool *ret_hit, struct err *e)
{
    struct store_read read;
    struct slice annex = {0};
    uint64_t sequence;
    enum err_code rc = store_read_begin(s->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    *ret_annex = NULL;
    *ret_hit = false;
    rc = store_batch_after(&read, batch->k, batch, e);
    if (rc == ERR_OK && store_to_erase(&read, batch->first, &sequence, NULL) == ERR_OK)
        *ret_hit = sequence - batch->first < batch->leaf_count;
    if (rc == ERR_OK && *ret_hit && batch->annex_len > 0)
        rc = store_annex(&read, batch->k, &annex, e);
    if (rc == ERR_OK && annex.len > 0 && (*ret_annex = malloc(annex.len)) == NULL)
        rc = err_set(e, ERR_NOMEM, "out of memory");
    if (rc == ERR_OK && annex.len > 0)
        memcpy(*ret_annex, annex.data, annex.len);
    store_read_end(&read);
    return rc;
}

static enum err_code scrub_known(struct scrub *s, uint64_t *ret_newest, struct err *e)
{
    struct store_batch batch = {0};
    uint8_t *annex;
    bool hit;
    enum err_code rc;
    while ((rc = next_batch(s, &batch, &annex, &hit, e)) == ERR_OK) {
        if (hit && mirror_has(s->mirror, batch.k)) {
            rc = mirror_write(s->mirror, s->store, s->log, &batch, annex, e);
            s->files++;
        }
        free(annex);
        if (rc != ERR_OK)
            return rc;
    }
    *ret_newest = batch.k;
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

/* ------------------------------------------------------------------ files beyond the newest batch */

static enum err_code damaged(const char *name, struct err *e)
{
    return err_set(e, ERR_CORRUPT, "mirror: %s is damaged", name);
}

/* The record as it is to be kept. */
static enum err_code clean_record(const struct scrub *s, uint8_t bytes[BATCHFILE_RECORD_LEN], struct err *e)
{
    struct batchfile_record record;
    enum err_code rc = batchfile_record_decode(&record, bytes, e);
    if (rc != ERR_OK || record.forgotten)
        return rc;
    struct store_forgotten key = {.leaf = seal_leaf(&record.target, &record.salt)};
    const struct store_forgotten *found = bsearch(&key, s->forgotten, s->n, sizeof key, by_leaf);
    if (found != NULL) {
        record = (struct batchfile_record){.forgotten = true, .target = found->leaf, .revoke_id = found->revoke_id};
        batchfile_record_encode(bytes, &record);
    }
    explicit_bzero(&record, sizeof record);
    return ERR_OK;
}

/* Copy head, annex and records; the hash at the end is made anew. */
static enum err_code copy_file(const struct scrub *s, const char *name, FILE *in, struct mirrorfile *out, struct err *e)
{
    uint8_t bytes[BATCHFILE_HEAD_LEN], block[4096];
    struct batchfile_head head;
    struct seal_header header;
    if (fread(bytes, 1, sizeof bytes, in) != sizeof bytes || batchfile_head_decode(&head, bytes, NULL) != ERR_OK ||
        seal_header_decode(&header, head.header, NULL) != ERR_OK)
        return damaged(name, e);
    mirrorfile_put(out, bytes, sizeof bytes);
    for (uint32_t left = head.annex_len; left > 0;) {
        size_t n = left < sizeof block ? left : sizeof block;
        if (fread(block, 1, n, in) != n)
            return damaged(name, e);
        mirrorfile_put(out, block, n);
        left -= (uint32_t)n;
    }
    for (uint64_t i = 0; i < header.leaf_count; i++) {
        if (fread(bytes, 1, BATCHFILE_RECORD_LEN, in) != BATCHFILE_RECORD_LEN || clean_record(s, bytes, e) != ERR_OK)
            return damaged(name, e);
        mirrorfile_put(out, bytes, BATCHFILE_RECORD_LEN);
    }
    struct hash32 sum = sha256_final(&out->hash);
    sha256_init(&out->hash);
    mirrorfile_put(out, sum.b, sizeof sum.b);
    return ERR_OK;
}

static enum err_code scrub_file(struct scrub *s, const char *name, struct err *e)
{
    struct mirrorfile out;
    int fd = openat(s->mirror->folder, name, O_RDONLY | O_CLOEXEC);
    FILE *in = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (in == NULL) {
        enum err_code rc = mirrorfile_error(e, "read", name);
        if (fd >= 0)
            close(fd);
        return rc;
    }
    enum err_code rc = mirrorfile_begin(&out, s->mirror->folder, name, e);
    if (rc == ERR_OK) {
        rc = copy_file(s, name, in, &out, e);
        if (rc == ERR_OK)
            rc = mirrorfile_commit(&out, name, e);
        else
            mirrorfile_abort(&out);
    }
    fclose(in);
    s->files += rc == ERR_OK;
    return rc;
}

static enum err_code scrub_unknown(struct scrub *s, uint64_t newest, struct err *e)
{
    struct dirent **list = NULL;
    int n = scandir(s->mirror->path, &list, mirror_is_batch, alphasort);
    enum err_code rc = n >= 0 ? ERR_OK : mirrorfile_error(e, "read", s->mirror->path);
    for (int i = 0; i < n; i++) {
        if (rc == ERR_OK && strtoull(list[i]->d_name, NULL, 10) > newest)
            rc = scrub_file(s, list[i]->d_name, e);
        free(list[i]);
    }
    free(list);
    return rc;
}

enum err_code mirrorscrub(struct mirror *m, struct store *store, const struct proofs_log *log, uint64_t *ret_files,
                          struct err *e)
{
    struct scrub s = {.mirror = m, .store = store, .log = log};
    uint64_t newest;
    *ret_files = 0;
    if (m->path[0] == '\0')
        return ERR_OK;
    enum err_code rc = mirrorfile_clean(m->folder, e);
    if (rc == ERR_OK)
        rc = list_forgotten(&s, e);
    if (rc == ERR_OK && s.n > 0)
        rc = scrub_known(&s, &newest, e);
    if (rc == ERR_OK && s.n > 0)
        rc = scrub_unknown(&s, newest, e);
    free(s.forgotten);
    *ret_files = s.files;
    return rc;
}
