/* The mirror's files against the batches of the store: see fsckmirror.h. */
#include "daemon/ctl/fsckmirror.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/batchfile.h"
#include "daemon/mirror.h"

#define AT_ONCE 4096 /* records in one read transaction */

/* One file beside its batch. */
struct pair {
    struct fsckmirror *m;
    struct store_batch batch;
    FILE *in;
    struct sha256_stream hash;
};

static void tell(const struct pair *p, enum store_finding_code code, uint64_t sequence)
{
    struct store_finding finding = {code, sequence, p->batch.k};
    p->m->found(p->m->ctx, &finding);
}

static bool get(struct pair *p, void *out, size_t len)
{
    if (fread(out, 1, len, p->in) != len)
        return false;
    sha256_update(&p->hash, out, len);
    return true;
}

/* Returns: what is wrong with the head and the annex, STORE_FINDING_N for nothing. */
static enum store_finding_code check_head(struct pair *p)
{
    uint8_t bytes[BATCHFILE_HEAD_LEN], block[4096];
    struct batchfile_head head;
    struct sha256_stream annex;
    struct seal_header header;
    if (!get(p, bytes, sizeof bytes) || batchfile_head_decode(&head, bytes, NULL) != ERR_OK)
        return STORE_FINDING_MIRROR_DAMAGED;
    if (memcmp(head.genesis, p->m->log->genesis_bytes, sizeof head.genesis) != 0 ||
        memcmp(head.header, p->batch.header, sizeof head.header) != 0 ||
        !hash32_equal(&head.previous, &p->batch.previous) || head.annex_len != p->batch.annex_len)
        return STORE_FINDING_MIRROR_DIFFERS;
    sha256_init(&annex);
    for (uint32_t left = head.annex_len; left > 0;) {
        size_t n = left < sizeof block ? left : sizeof block;
        if (!get(p, block, n))
            return STORE_FINDING_MIRROR_DAMAGED;
        sha256_update(&annex, block, n);
        left -= (uint32_t)n;
    }
    struct hash32 sum = sha256_final(&annex);
    if (head.annex_len > 0 && (seal_header_decode(&header, head.header, NULL) != ERR_OK || !hash32_equal(&sum, &header.annex_hash)))
        return STORE_FINDING_MIRROR_DIFFERS;
    return STORE_FINDING_N;
}

static enum store_finding_code compare(const struct store_read *read, uint64_t sequence, const struct batchfile_record *record)
{
    struct store_entry entry;
    struct store_forgotten kept;
    bool same;
    if (store_entry(read, sequence, &entry, NULL) != ERR_OK)
        return STORE_FINDING_N; /* told when the records were checked */
    if (entry.forgotten && !record->forgotten)
        return STORE_FINDING_MIRROR_FORGOTTEN;
    if (entry.forgotten)
        same = store_forgotten(read, sequence, &kept, NULL) == ERR_OK && hash32_equal(&kept.leaf, &record->target) &&
               hash32_equal(&kept.revoke_id, &record->revoke_id);
    else
        same = !record->forgotten && hash32_equal(&entry.target, &record->target) &&
               memcmp(entry.salt.b, record->salt.b, sizeof entry.salt.b) == 0 && entry.accepted_at == record->accepted_at;
    explicit_bzero(&entry, sizeof entry);
    return same ? STORE_FINDING_N : STORE_FINDING_MIRROR_DIFFERS;
}

/* One finding of a kind a file. */
static enum err_code check_records(struct pair *p, struct err *e)
{
    bool told[STORE_FINDING_N + 1] = {[STORE_FINDING_N] = true};
    for (uint64_t i = 0; i < p->batch.leaf_count;) {
        struct store_read read;
        enum err_code rc = store_read_begin(p->m->store, &read, e);
        if (rc != ERR_OK)
            return rc;
        for (unsigned n = 0; n < AT_ONCE && i < p->batch.leaf_count; n++, i++) {
            uint8_t bytes[BATCHFILE_RECORD_LEN];
            struct batchfile_record record;
            enum store_finding_code code = STORE_FINDING_MIRROR_DAMAGED;
            bool whole = get(p, bytes, sizeof bytes) && batchfile_record_decode(&record, bytes, NULL) == ERR_OK;
            if (whole)
                code = compare(&read, p->batch.first + i, &record);
            if (!told[code])
                tell(p, code, p->batch.first + i);
            told[code] = true;
            if (!whole) {
                store_read_end(&read);
                return ERR_OK;
            }
        }
        store_read_end(&read);
    }
    struct hash32 expected = sha256_final(&p->hash), given;
    if (fread(given.b, 1, sizeof given.b, p->in) != sizeof given.b || fgetc(p->in) != EOF || !hash32_equal(&expected, &given))
        tell(p, STORE_FINDING_MIRROR_DAMAGED, 0);
    return ERR_OK;
}

static enum err_code check_batch(struct pair *p, struct err *e)
{
    char name[MIRROR_NAME_MAX], path[4096];
    mirror_file_name(name, p->batch.k);
    snprintf(path, sizeof path, "%s/%s", p->m->path, name);
    p->in = fopen(path, "re");
    if (p->in == NULL && errno != ENOENT)
        return err_set(e, errno == EACCES ? ERR_DENIED : ERR_IO, "%s: %s", path, strerror(errno));
    if (p->in == NULL) {
        tell(p, STORE_FINDING_MIRROR_MISSING, 0);
        return ERR_OK;
    }
    p->m->files++;
    sha256_init(&p->hash);
    enum store_finding_code code = check_head(p);
    if (code != STORE_FINDING_N)
        tell(p, code, 0);
    enum err_code rc = code == STORE_FINDING_N ? check_records(p, e) : ERR_OK;
    fclose(p->in);
    return rc;
}

static enum err_code next_batch(struct fsckmirror *m, struct store_batch *batch, struct err *e)
{
    struct store_read read;
    enum err_code rc = store_read_begin(m->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_batch_after(&read, batch->k, batch, e);
    store_read_end(&read);
    return rc;
}

/* The highest number of a file in the mirror. */
static enum err_code highest_file(struct fsckmirror *m, uint64_t *ret, struct err *e)
{
    struct dirent **list = NULL;
    int n = scandir(m->path, &list, mirror_is_batch, alphasort);
    if (n < 0)
        return err_set(e, errno == EACCES ? ERR_DENIED : errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "mirror: %s: %s", m->path,
                       strerror(errno));
    *ret = n > 0 ? strtoull(list[n - 1]->d_name, NULL, 10) : 0;
    for (int i = 0; i < n; i++)
        free(list[i]);
    free(list);
    return ERR_OK;
}

enum err_code fsckmirror(struct fsckmirror *m, struct err *e)
{
    struct pair p = {.m = m};
    uint64_t highest = 0;
    enum err_code rc = highest_file(m, &highest, e); /* first: the store may go on meanwhile */
    while (rc == ERR_OK) {
        rc = next_batch(m, &p.batch, e);
        if (rc == ERR_OK)
            rc = check_batch(&p, e);
    }
    if (rc == ERR_NOT_FOUND && highest > p.batch.k + 1) { /* one file more may be of a batch that is being sealed */
        struct store_finding finding = {STORE_FINDING_MIRROR_AHEAD, 0, highest};
        m->found(m->ctx, &finding);
    }
    return rc == ERR_NOT_FOUND || rc == ERR_CORRUPT ? ERR_OK : rc;
}
