/* hallmarkctl fsck: see fsck.h. */
#include "daemon/ctl/fsck.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <jansson.h>

#include "common/keccak.h"
#include "daemon/core/anchor.h"
#include "daemon/ctl/fsckmirror.h"

#define NICE 10
#define EXIT_UNFINISHED 2

struct fsck {
    const struct fsck_options *options;
    struct store *store;
    struct proofs_log log;
    struct fsck_result result;
};

static void tell(const struct fsck *f, enum store_finding_code code, uint64_t k)
{
    struct store_finding finding = {code, 0, k};
    f->options->found(f->options->ctx, &finding);
}

/* ------------------------------------------------------------------ anchors */

/* A covered batch is marked by what covers it. */
static bool agrees(const struct anchor_job *job, enum store_status status)
{
    switch (job->state) {
    case ANCHOR_QUEUED:
    case ANCHOR_ASSIGNED:
    case ANCHOR_SIGNED:
    case ANCHOR_FOREIGN:
    case ANCHOR_REVERTED:
        return status == STORE_SEALED;
    case ANCHOR_SENT:
    case ANCHOR_FEE_CAPPED:
    case ANCHOR_SUSPECT:
        return status == STORE_SENT;
    case ANCHOR_MINED:
        return status == STORE_MINED;
    case ANCHOR_FINAL:
        return status == STORE_MINED || status == STORE_FINAL;
    case ANCHOR_ORPHANED:
        return status == STORE_SEALED;
    case ANCHOR_COVERED:
        return true;
    }
    return false;
}

static bool attempt_is_there(const struct store_read *read, const struct anchor_job *job, const struct anchor_attempt *a)
{
    struct proofs_attempt attempt;
    struct slice bytes;
    uint64_t k;
    uint32_t seq;
    if (!a->saved)
        return true;
    if (store_attempt(read, job->k, a->seq, &bytes, NULL) != ERR_OK || proofs_attempt_decode(&attempt, bytes, NULL) != ERR_OK ||
        store_attempt_of_tx(read, &a->hash, &k, &seq, NULL) != ERR_OK || k != job->k || seq != a->seq)
        return false;
    struct hash32 hash = keccak_256(attempt.raw.data, attempt.raw.len);
    return a->imported || hash32_equal(&hash, &a->hash); /* of an imported one there are no bytes */
}

static void check_anchor(struct fsck *f, const struct store_read *read, const struct store_batch *batch)
{
    struct anchor_job job;
    struct slice blob;
    uint64_t open = 0;
    bool final;
    if (store_anchor(read, batch->k, &blob, &final, NULL) != ERR_OK) {
        tell(f, STORE_FINDING_ANCHOR_MISSING, batch->k);
        return;
    }
    f->result.anchors++;
    if (anchor_decode(&job, blob.data, blob.len, NULL) != ERR_OK) {
        tell(f, STORE_FINDING_ANCHOR_DAMAGED, batch->k);
        return;
    }
    if (job.k != batch->k || !hash32_equal(&job.value, &batch->anchored) || !agrees(&job, batch->status))
        tell(f, STORE_FINDING_ANCHOR_WRONG, batch->k);
    bool is_open = store_anchor_open_after(read, batch->k - 1, &open, &blob, NULL) == ERR_OK && open == batch->k;
    if (final != job.done || is_open == final)
        tell(f, STORE_FINDING_ANCHOR_LIST, batch->k);
    for (uint32_t i = 0; i < job.n_attempts; i++, f->result.attempts++)
        if (!attempt_is_there(read, &job, &job.attempts[i]))
            tell(f, STORE_FINDING_ATTEMPT_WRONG, batch->k);
}

static enum err_code check_anchors(struct fsck *f, struct err *e)
{
    struct store_batch batch = {0};
    enum err_code rc = ERR_OK;
    while (rc == ERR_OK) {
        struct store_read read;
        rc = store_read_begin(f->store, &read, e);
        if (rc != ERR_OK)
            return rc;
        rc = store_batch_after(&read, batch.k, &batch, e);
        if (rc == ERR_OK)
            check_anchor(f, &read, &batch);
        store_read_end(&read);
    }
    return rc == ERR_NOT_FOUND || rc == ERR_CORRUPT ? ERR_OK : rc; /* a damaged batch was told already */
}

/* ------------------------------------------------------------------ all of it */

/* A log without an identity has nothing to mirror. */
static enum err_code check_mirror(struct fsck *f, struct err *e)
{
    struct fsckmirror m = {.store = f->store, .log = &f->log, .path = f->options->mirror, .found = f->options->found,
                           .ctx = f->options->ctx};
    struct store_read read;
    if (m.path[0] == '\0')
        return ERR_OK;
    enum err_code rc = store_read_begin(f->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = proofs_log_read(&f->log, &read, e);
    store_read_end(&read);
    if (rc == ERR_OK)
        rc = fsckmirror(&m, e);
    f->result.mirror_files = m.files;
    return rc == ERR_NOT_FOUND && m.files == 0 && f->result.store.batches == 0 ? ERR_OK : rc;
}

/* Which file the log is: a compaction exchanges it. */
static ino_t log_file(const char *store_path)
{
    char path[4096];
    struct stat st;
    snprintf(path, sizeof path, "%s/log/data.mdb", store_path);
    return stat(path, &st) == 0 ? st.st_ino : 0;
}

enum err_code fsck_store(const struct fsck_options *options, struct fsck_result *ret, struct err *e)
{
    struct fsck f = {.options = options};
    struct store_options store = {.path = options->store_path, .read_only = true};
    struct store_check_options check = {options->deep, options->found, options->ctx};
    ino_t file = log_file(options->store_path);
    enum err_code rc = store_open(&f.store, &store, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_check(f.store, &check, &f.result.store, e);
    if (rc == ERR_OK)
        rc = check_anchors(&f, e);
    if (rc == ERR_OK)
        rc = check_mirror(&f, e);
    store_close(f.store);
    if (rc == ERR_OK && log_file(options->store_path) != file)
        rc = err_set(e, ERR_BUSY, "the store was compacted meanwhile: run it once more");
    if (rc == ERR_OK)
        *ret = f.result;
    return rc;
}

/* ------------------------------------------------------------------ the command */

struct report {
    bool json;
    json_t *findings; /* owned; NULL: text */
    uint64_t count[STORE_FINDING_N];
    uint64_t all;
};

static void on_found(void *ctx, const struct store_finding *finding)
{
    struct report *r = ctx;
    const struct store_finding_info *info = store_finding_info(finding->code);
    r->all++;
    if (++r->count[finding->code] > FSCK_TOLD)
        return;
    if (r->json) {
        json_t *row = json_pack("{s:s, s:s}", "code", info->code, "text", info->text);
        if (finding->k != 0)
            json_object_set_new(row, "batch", json_integer((json_int_t)finding->k));
        if (finding->sequence != 0)
            json_object_set_new(row, "sequence", json_integer((json_int_t)finding->sequence));
        json_array_append_new(r->findings, row);
        return;
    }
    printf("%s", info->code);
    if (finding->k != 0)
        printf(" batch %" PRIu64, finding->k);
    if (finding->sequence != 0)
        printf(" hash number %" PRIu64, finding->sequence);
    printf(": %s\n", info->text);
}

static void print_json(struct report *r, const struct fsck_result *result, enum err_code rc, const struct err *e)
{
    json_t *counts = json_object();
    for (unsigned i = 0; i < STORE_FINDING_N; i++)
        if (r->count[i] > 0)
            json_object_set_new(counts, store_finding_info((enum store_finding_code)i)->code, json_integer((json_int_t)r->count[i]));
    json_t *checked = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "hashes", (json_int_t)result->store.records,
                                "forgotten", (json_int_t)result->store.forgotten, "indexEntries",
                                (json_int_t)result->store.index_entries, "batches", (json_int_t)result->store.batches, "nodes",
                                (json_int_t)result->store.nodes, "anchors", (json_int_t)result->anchors, "transactions",
                                (json_int_t)result->attempts, "mirrorFiles", (json_int_t)result->mirror_files);
    json_t *all = json_pack("{s:b, s:o, s:o, s:o}", "ok", rc == ERR_OK && r->all == 0, "findings", r->findings, "counts", counts,
                            "checked", checked);
    if (rc != ERR_OK)
        json_object_set_new(all, "error", json_pack("{s:s, s:s}", "code", err_name(rc), "message", e->msg));
    json_dumpf(all, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(all);
}

static void print_text(const struct report *r, const struct fsck_result *result, bool deep)
{
    for (unsigned i = 0; i < STORE_FINDING_N; i++) {
        const struct store_finding_info *info = store_finding_info((enum store_finding_code)i);
        if (r->count[i] > 0)
            printf("%s, %" PRIu64 " in all: %s.\n", info->code, r->count[i], info->remedy);
    }
    printf("%s: %" PRIu64 " hashes (%" PRIu64 " forgotten), %" PRIu64 " index entries, %" PRIu64 " batches, %" PRIu64 " %s, %" PRIu64
           " anchors with %" PRIu64 " transactions, %" PRIu64 " mirror files.\n",
           r->all == 0 ? "Sound" : "NOT SOUND", result->store.records, result->store.forgotten, result->store.index_entries,
           result->store.batches, result->store.nodes, deep ? "nodes" : "leaves", result->anchors, result->attempts,
           result->mirror_files);
}

int fsck_run(const struct settings *settings, bool deep, bool json)
{
    struct report r = {.json = json, .findings = json ? json_array() : NULL};
    struct fsck_options options = {.store_path = settings->store.path, .mirror = settings->store.mirror, .deep = deep,
                                   .found = on_found, .ctx = &r};
    struct fsck_result result = {0};
    struct err e = {0};
    if (setpriority(PRIO_PROCESS, 0, NICE) != 0) { /* as well without */
    }
    enum err_code rc = fsck_store(&options, &result, &e);
    if (json)
        print_json(&r, &result, rc, &e);
    else if (rc == ERR_OK)
        print_text(&r, &result, deep);
    if (rc != ERR_OK)
        fprintf(stderr, "hallmarkctl: %s\n", e.msg);
    return rc != ERR_OK ? EXIT_UNFINISHED : r.all > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
