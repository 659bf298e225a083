/* Restoring a backup: see restorebackup.h. */
#include "daemon/ctl/restorebackup.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/db/store_check.h"
#include "common/db/store_stage.h"
#include "daemon/core/lane.h"
#include "daemon/ctl/backup.h"
#include "daemon/fault.h"
#include "daemon/lanestore.h"
#include "daemon/mirror.h"
#include "daemon/taskbase.h"

bool restorebackup_is_one(const char *folder)
{
    static const char *const SIGNS[] = {MANIFEST_FILE, "log/data.mdb"};
    char path[4096];
    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, SIGNS[i]);
        if (access(path, F_OK) == 0)
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ the mirror may know more */

static enum err_code check_mirror(const struct restore_options *options, const struct manifest *m, struct err *e)
{
    struct dirent **list = NULL;
    int n = options->mirror[0] != '\0' ? scandir(options->mirror, &list, mirror_is_batch, alphasort) : 0;
    uint64_t highest = n > 0 ? strtoull(list[n - 1]->d_name, NULL, 10) : 0;
    for (int i = 0; i < n; i++)
        free(list[i]);
    free(list);
    if (highest > m->head)
        return err_set(e, ERR_CONFLICT, "the mirror %s goes to batch %" PRIu64 ", this backup to %" PRIu64
                       ": restore from the mirror, nothing is missing there", options->mirror, highest, m->head);
    return ERR_OK;
}

/* ------------------------------------------------------------------ files */

static enum err_code copy_file(const char *from_folder, const char *to_folder, const struct manifest_file *file, struct err *e)
{
    char from[4096], to[4096];
    uint64_t size;
    struct hash32 sum;
    snprintf(from, sizeof from, "%s/%s", from_folder, file->path);
    snprintf(to, sizeof to, "%s/%s", to_folder, file->path);
    enum err_code rc = backup_copy_file(from, to, &size, &sum, e);
    if (rc == ERR_OK && (size != file->size || !hash32_equal(&sum, &file->sha256)))
        rc = err_set(e, ERR_CORRUPT, "%s is not what the manifest says", from);
    return rc;
}

/* Exactly the two databases; a key file is left where it is. */
static enum err_code copy_files(const char *from, const char *to, const struct manifest *m, struct err *e)
{
    static const char *const PARTS[] = {"log", "tree"};
    char path[4096], name[24];
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        const struct manifest_file *file = NULL;
        snprintf(name, sizeof name, "%s/data.mdb", PARTS[i]);
        for (unsigned j = 0; j < m->n_files; j++)
            if (strcmp(m->files[j].path, name) == 0)
                file = &m->files[j];
        if (file == NULL)
            return err_set(e, ERR_INVALID, "%s/" MANIFEST_FILE " does not name %s", from, name);
        snprintf(path, sizeof path, "%s/%s", to, PARTS[i]);
        if (mkdir(path, 0700) != 0)
            return err_set(e, errno == ENOSPC ? ERR_NOSPACE : ERR_IO, "%s: %s", path, strerror(errno));
        enum err_code rc = copy_file(from, to, file, e);
        if (rc != ERR_OK)
            return rc;
    }
    return ERR_OK;
}

/* ------------------------------------------------------------------ everything is computed anew */

static void on_found(void *ctx, const struct store_finding *finding)
{
    struct store_finding *first = ctx;
    if (first->code == STORE_FINDING_N)
        *first = *finding;
}

static enum err_code check_store(struct store *s, struct err *e)
{
    struct store_finding first = {.code = STORE_FINDING_N};
    struct store_check_options options = {.deep = true, .found = on_found, .ctx = &first};
    struct store_check_counts counts;
    enum err_code rc = store_check(s, &options, &counts, e);
    if (rc == ERR_OK && first.code != STORE_FINDING_N)
        rc = err_set(e, ERR_CORRUPT, "%s at batch %" PRIu64 ", hash number %" PRIu64 ": %s", store_finding_info(first.code)->code,
                     first.k, first.sequence, store_finding_info(first.code)->text);
    return rc;
}

static enum err_code compare(struct store *s, const struct manifest *m, struct restore_result *ret, struct err *e)
{
    struct store_read read;
    struct store_stats stats;
    struct store_batch newest = {.anchored = m->anchored};
    enum err_code rc = store_read_begin(s, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_stats(&read, &stats, e);
    if (rc == ERR_OK && store_batch_newest(&read, &newest, NULL) != ERR_OK)
        newest.k = 0;
    store_read_end(&read);
    if (rc == ERR_OK && (newest.k != m->head || !hash32_equal(&newest.anchored, &m->anchored) || stats.targets != m->hashes ||
                         stats.batches != m->batches))
        rc = err_set(e, ERR_CORRUPT, "the store in the backup is not the one of its manifest");
    if (rc == ERR_OK)
        *ret = (struct restore_result){.batches = stats.batches, .hashes = stats.targets, .head = newest.k};
    return rc;
}

/* What the lane knows stays; it takes no nonce before all of them agree and the own anchors are listed. */
static enum err_code hold_lane(struct store *s, struct err *e)
{
    struct store_write *w;
    struct lane lane;
    enum err_code rc = store_write_begin(s, &w, e);
    if (rc != ERR_OK)
        return rc;
    rc = lanestore_read(store_write_view(w), &lane, e);
    if (rc == ERR_OK) {
        lane.settling = lane.recover = true;
        rc = lanestore_put(w, &lane, e);
    } else if (rc == ERR_NOT_FOUND) {
        rc = restore_put_lane(w, e);
    }
    if (rc == ERR_OK)
        return store_write_commit(w, e);
    store_write_abort(w);
    return rc;
}

static enum err_code verify(const struct store_stage *stage, const struct restore_options *options, const struct manifest *m,
                            struct restore_result *ret, struct err *e)
{
    struct store_options staged = {.path = stage->folder, .map_size = options->map_size};
    struct store *s;
    enum err_code rc = store_open(&s, &staged, e);
    if (rc != ERR_OK)
        return rc;
    rc = check_store(s, e);
    if (rc == ERR_OK)
        rc = compare(s, m, ret, e);
    if (rc == ERR_OK)
        rc = hold_lane(s, e);
    store_close(s);
    return rc;
}

enum err_code restorebackup(const struct restore_options *options, struct restore_result *ret, struct err *e)
{
    struct restore_result result;
    struct store_stage stage;
    struct manifest m;
    enum err_code rc = manifest_read(&m, options->source, e);
    if (rc == ERR_NOT_FOUND)
        return err_set(e, rc, "%s is a backup that was cut short: it has no " MANIFEST_FILE, options->source);
    if (rc == ERR_OK)
        rc = check_mirror(options, &m, e);
    if (rc == ERR_OK)
        rc = store_stage_begin(&stage, options->store_path, e);
    if (rc != ERR_OK)
        return rc;
    rc = copy_files(options->source, stage.folder, &m, e);
    if (rc == ERR_OK)
        fault_point("restore-copied");
    if (rc == ERR_OK)
        rc = verify(&stage, options, &m, &result, e);
    rc = store_stage_end(&stage, rc, e);
    if (rc == ERR_OK)
        *ret = result;
    return rc;
}
