/* Rebuilding a store from its mirror, or beginning one behind the chain: see restore.h. */
#include "daemon/ctl/restore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/batchfile.h"
#include "common/db/store.h"
#include "common/db/store_stage.h"
#include "common/hex.h"
#include "common/limits.h"
#include "common/proof.h"
#include "daemon/core/anchor.h"
#include "daemon/core/gap.h"
#include "daemon/core/lane.h"
#include "daemon/lanestore.h"
#include "daemon/mirror.h"
#include "daemon/task.h"

#define AT_ONCE 8192 /* targets in one transaction */

struct restore {
    const struct restore_options *options;
    struct store *store;
    uint8_t genesis[SEAL_GENESIS_LEN];
    char name[SEAL_NAME_MAX + 1];
    struct hash32 r0;
    struct hash32 previous;  /* R of the batch before */
    uint64_t next_sequence;  /* of the next target */
    uint64_t orphans;        /* so many batches before this one are declared to be orphans */
    struct orphan {
        uint64_t first, n;   /* its range */
    } *orphan;               /* those with leaves, in the order in which they are sealed again */
    size_t n_orphans, orphans_done;
    uint64_t again;          /* the batch holds what an orphan held: sequence of its next target; 0: it does not */
    struct restore_result result;
};

/* One batch file, read from front to back. */
struct source {
    const char *name;
    FILE *in;
    struct sha256_stream hash;
};

static enum err_code damaged(const char *name, const char *why, struct err *e)
{
    return err_set(e, ERR_CORRUPT, "%s: %s", name, why);
}

static enum err_code source_get(struct source *s, void *out, size_t len, struct err *e)
{
    if (fread(out, 1, len, s->in) != len)
        return damaged(s->name, "the file is too short", e);
    sha256_update(&s->hash, out, len);
    return ERR_OK;
}

static enum err_code source_end(struct source *s, struct err *e)
{
    struct hash32 expected = sha256_final(&s->hash), given;
    if (fread(given.b, 1, sizeof given.b, s->in) != sizeof given.b || fgetc(s->in) != EOF)
        return damaged(s->name, "the file has a wrong length", e);
    if (!hash32_equal(&expected, &given))
        return damaged(s->name, "the file does not have the hash that it ends with", e);
    return ERR_OK;
}

/* ------------------------------------------------------------------ targets */

struct chunk {
    size_t n;
    struct hash32 targets[AT_ONCE];
    struct seal_salt salts[AT_ONCE];
    uint8_t rules[AT_ONCE];
    uint64_t accepted_at;
};

static enum err_code flush(struct restore *r, struct chunk *c, const char *name, struct err *e)
{
    struct store_write *w;
    struct store_accept accept = {
        .targets = c->targets, .n = c->n, .rules = c->rules, .accepted_at = c->accepted_at, .salts = c->salts};
    if (c->n == 0)
        return ERR_OK;
    enum err_code rc = store_write_begin(r->store, &w, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_accept(w, &accept, e);
    if (rc == ERR_OK && accept.ret_accepted != c->n)
        rc = damaged(name, "it holds a hash that is there already", e);
    if (rc != ERR_OK) {
        store_write_abort(w);
        return rc;
    }
    rc = store_write_commit(w, e);
    while (rc == ERR_OK && store_index_due(r->store))
        rc = store_index_step(r->store, e);
    c->n = 0;
    return rc;
}

static enum err_code take_forgotten(struct restore *r, const struct batchfile_record *record, struct err *e)
{
    struct store_write *w;
    enum err_code rc = store_write_begin(r->store, &w, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_accept_forgotten(w, &record->target, &record->revoke_id, e);
    if (rc == ERR_OK)
        return store_write_commit(w, e);
    store_write_abort(w);
    return rc;
}

static enum err_code take(struct restore *r, struct chunk *c, const struct batchfile_record *record, const char *name,
                          struct err *e)
{
    enum err_code rc = ERR_OK;
    /* One transaction has one time of acceptance. */
    if (c->n == AT_ONCE || record->forgotten || (c->n > 0 && c->accepted_at != record->accepted_at))
        rc = flush(r, c, name, e);
    if (rc != ERR_OK || record->forgotten)
        return rc != ERR_OK ? rc : take_forgotten(r, record, e);
    c->accepted_at = record->accepted_at;
    c->targets[c->n] = record->target;
    c->salts[c->n] = record->salt;
    c->rules[c->n++] = record->rule;
    return ERR_OK;
}

/* What orphans hold is sealed again behind the gap, before anything else. Out: r->again. */
static enum err_code begin_targets(struct restore *r, const struct source *s, uint64_t n, struct err *e)
{
    r->again = 0;
    if (n == 0 || r->orphans_done == r->n_orphans)
        return ERR_OK;
    const struct orphan *orphan = &r->orphan[r->orphans_done++];
    r->again = orphan->first;
    return n == orphan->n ? ERR_OK : damaged(s->name, "it should seal again what an orphan holds", e);
}

/* It must be the very target, with its salt, that stands at the next place of the orphan. */
static enum err_code check_again(struct restore *r, const struct source *s, const struct batchfile_record *record,
                                 struct err *e)
{
    struct store_read read;
    struct store_entry entry;
    enum err_code rc = store_read_begin(r->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_entry(&read, r->again++, &entry, e);
    store_read_end(&read);
    if (rc == ERR_OK && !record->forgotten && !entry.forgotten &&
        (!hash32_equal(&entry.target, &record->target) || memcmp(&entry.salt, &record->salt, sizeof entry.salt) != 0))
        rc = damaged(s->name, "it seals other hashes again than an orphan held", e);
    return rc;
}

static enum err_code read_targets(struct restore *r, struct source *s, uint64_t n, struct err *e)
{
    struct chunk *c = calloc(1, sizeof *c);
    enum err_code rc = c != NULL ? ERR_OK : err_set(e, ERR_NOMEM, "out of memory");
    for (uint64_t i = 0; rc == ERR_OK && i < n; i++) {
        uint8_t bytes[BATCHFILE_RECORD_LEN];
        struct batchfile_record record;
        rc = source_get(s, bytes, sizeof bytes, e);
        if (rc == ERR_OK)
            rc = batchfile_record_decode(&record, bytes, e);
        if (rc == ERR_OK && r->again != 0)
            rc = check_again(r, s, &record, e);
        else if (rc == ERR_OK)
            rc = take(r, c, &record, s->name, e);
    }
    if (rc == ERR_OK)
        rc = flush(r, c, s->name, e);
    if (c != NULL)
        explicit_bzero(c, sizeof *c);
    free(c);
    return rc;
}

/* ------------------------------------------------------------------ a batch */

static enum err_code put_job(struct store_write *w, struct anchor_job *job, bool orphaned, struct err *e)
{
    uint8_t blob[ANCHOR_MAX_BLOB];
    size_t len;
    if (orphaned) {
        job->state = ANCHOR_ORPHANED;
        job->done = true;
    }
    anchor_encode(job, blob, &len);
    return store_anchor_put(w, job->k, orphaned, blob, len, e);
}

/* Those just before batch k, which declares them. */
static enum err_code put_orphans(struct restore *r, struct store_write *w, uint64_t k, struct err *e)
{
    struct store_batch batch = {.k = k};
    if (r->orphans == 0)
        return ERR_OK;
    struct orphan *grown = reallocarray(r->orphan, r->n_orphans + r->orphans, sizeof *grown);
    enum err_code rc = grown != NULL ? ERR_OK : err_set(e, ERR_NOMEM, "out of memory");
    r->orphan = grown != NULL ? grown : r->orphan;
    size_t before = r->n_orphans;
    for (uint64_t i = 0; rc == ERR_OK && i < r->orphans; i++) {
        rc = store_batch_before(store_write_view(w), batch.k, &batch, e);
        struct anchor_job job = anchor_new(batch.k, &batch.anchored, batch.sealed_at);
        if (rc == ERR_OK)
            rc = put_job(w, &job, true, e);
        if (rc != ERR_OK || batch.leaf_count == 0)
            continue;
        memmove(&r->orphan[before + 1], &r->orphan[before], (r->n_orphans++ - before) * sizeof *r->orphan);
        r->orphan[before] = (struct orphan){batch.first, batch.leaf_count};
    }
    return rc;
}

static enum err_code put_batch(struct restore *r, const struct store_batch *batch, const void *annex, struct err *e)
{
    struct store_write *w;
    struct anchor_job job = anchor_new(batch->k, &batch->anchored, batch->sealed_at);
    enum err_code rc = store_write_begin(r->store, &w, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_batch_put(w, batch, annex, e);
    if (rc == ERR_OK)
        rc = put_job(w, &job, false, e);
    if (rc == ERR_OK)
        rc = put_orphans(r, w, batch->k, e);
    if (rc != ERR_OK) {
        store_write_abort(w);
        return rc;
    }
    return store_write_commit(w, e);
}

static enum err_code check_head(struct restore *r, const struct source *s, const struct batchfile_head *head,
                                const char *annex, struct seal_header *ret, struct err *e)
{
    enum err_code rc = seal_header_decode(ret, head->header, e);
    if (rc != ERR_OK)
        return rc;
    if (memcmp(head->genesis, r->genesis, sizeof r->genesis) != 0 || !hash32_equal(&ret->r0, &r->r0))
        return damaged(s->name, "it belongs to another log", e);
    if (ret->number <= r->result.head)
        return damaged(s->name, "its number does not follow", e);
    r->orphans = 0;
    if (!gap_annex_names(annex, head->annex_len, r->result.head, &r->previous, &r->orphans) &&
        !hash32_equal(&head->previous, &r->previous))
        return damaged(s->name, "it does not follow the batch before; a file is missing", e);
    return ERR_OK;
}

static enum err_code read_batch(struct restore *r, struct source *s, struct err *e)
{
    uint8_t bytes[BATCHFILE_HEAD_LEN];
    struct batchfile_head head;
    struct seal_header header = {0};
    void *annex = NULL;
    enum err_code rc = source_get(s, bytes, sizeof bytes, e);
    if (rc == ERR_OK)
        rc = batchfile_head_decode(&head, bytes, e);
    if (rc == ERR_OK && head.annex_len > 0 && (annex = malloc(head.annex_len)) == NULL)
        rc = err_set(e, ERR_NOMEM, "out of memory");
    if (rc == ERR_OK && head.annex_len > 0)
        rc = source_get(s, annex, head.annex_len, e);
    if (rc == ERR_OK)
        rc = check_head(r, s, &head, annex, &header, e);
    if (rc == ERR_OK)
        rc = begin_targets(r, s, header.leaf_count, e);
    if (rc == ERR_OK)
        rc = read_targets(r, s, header.leaf_count, e);
    if (rc == ERR_OK)
        rc = source_end(s, e);
    uint64_t n_new = rc == ERR_OK && r->again == 0 ? header.leaf_count : 0;
    struct store_batch batch = {
        .k = rc == ERR_OK ? header.number : 0,
        .first = r->again == 0 ? r->next_sequence : r->again - header.leaf_count,
        .leaf_count = rc == ERR_OK ? header.leaf_count : 0,
        .previous = head.previous,
        .status = STORE_SEALED,
    };
    if (rc == ERR_OK && batch.leaf_count > 0)
        rc = store_tree_build(r->store, batch.first, batch.leaf_count, &batch.root, e);
    if (rc == ERR_OK) {
        struct hash32 header_hash = sha256(head.header, sizeof head.header);
        memcpy(batch.header, head.header, sizeof batch.header);
        batch.sealed_at = header.sealed_at;
        batch.annex_len = head.annex_len;
        batch.seal = seal_of(&batch.root, &header_hash);
        batch.anchored = seal_next(&batch.previous, &batch.seal);
        rc = put_batch(r, &batch, annex, e);
    }
    free(annex);
    if (rc != ERR_OK)
        return rc;
    r->previous = batch.anchored;
    r->next_sequence += n_new;
    r->result.head = batch.k;
    r->result.batches++;
    r->result.hashes += n_new;
    return ERR_OK;
}

/* ------------------------------------------------------------------ the folder */

static enum err_code read_batches(struct restore *r, struct err *e)
{
    struct dirent **list = NULL;
    int n = scandir(r->options->source, &list, mirror_is_batch, alphasort);
    enum err_code rc = n >= 0 ? ERR_OK : err_set(e, ERR_IO, "%s: %s", r->options->source, strerror(errno));
    for (int i = 0; i < n; i++) {
        char path[4096];
        struct source s = {.name = list[i]->d_name};
        snprintf(path, sizeof path, "%s/%s", r->options->source, list[i]->d_name);
        s.in = rc == ERR_OK ? fopen(path, "re") : NULL;
        if (s.in != NULL) {
            sha256_init(&s.hash);
            rc = read_batch(r, &s, e);
            fclose(s.in);
        } else if (rc == ERR_OK) {
            rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
        }
        free(list[i]);
    }
    free(list);
    return rc;
}

static enum err_code read_log(struct restore *r, struct err *e)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/log", r->options->source);
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return err_set(e, ERR_NOT_FOUND, "%s is no mirror and no backup: %s", r->options->source, strerror(errno));
    size_t got = fread(r->genesis, 1, sizeof r->genesis, in);
    size_t name = fread(r->name, 1, sizeof r->name - 1, in);
    bool more = fgetc(in) != EOF;
    fclose(in);
    r->name[name] = '\0';
    struct seal_genesis genesis;
    struct hash32 name_hash = sha256(r->name, name);
    if (got != sizeof r->genesis || more || seal_genesis_decode(&genesis, r->genesis, e) != ERR_OK ||
        !hash32_equal(&genesis.name_hash, &name_hash))
        return damaged(path, "it is not the log file of a mirror", e);
    r->r0 = sha256(r->genesis, sizeof r->genesis);
    r->previous = r->r0;
    r->next_sequence = 1;
    return ERR_OK;
}

enum err_code restore_put_lane(struct store_write *w, struct err *e)
{
    struct lane lane = {.seeded = true, .settling = true, .recover = true};
    return lanestore_put(w, &lane, e);
}

static enum err_code begin_store(struct restore *r, const char *folder, struct err *e)
{
    struct store_options options = {.path = folder, .map_size = r->options->map_size};
    struct store_write *w;
    enum err_code rc = store_open(&r->store, &options, e);
    if (rc == ERR_OK)
        rc = store_write_begin(r->store, &w, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_identity_put(w, r->genesis, r->name, e);
    if (rc == ERR_OK)
        rc = restore_put_lane(w, e);
    if (rc == ERR_OK)
        return store_write_commit(w, e);
    store_write_abort(w);
    return rc;
}

enum err_code restore_from_mirror(const struct restore_options *options, struct restore_result *ret, struct err *e)
{
    struct restore r = {.options = options};
    struct store_stage stage;
    enum err_code rc = read_log(&r, e);
    if (rc == ERR_OK)
        rc = store_stage_begin(&stage, options->store_path, e);
    if (rc != ERR_OK)
        return rc;
    rc = begin_store(&r, stage.folder, e);
    if (rc == ERR_OK)
        rc = read_batches(&r, e);
    store_close(r.store);
    free(r.orphan);
    rc = store_stage_end(&stage, rc, e);
    if (rc == ERR_OK)
        *ret = r.result;
    return rc;
}

/* ------------------------------------------------------------------ nothing but a genesis */

/* The genesis that a proof carries. */
static enum err_code read_proof(struct restore *r, struct err *e)
{
    const char *path = r->options->source;
    struct proof proof = {0};
    FILE *in = fopen(path, "re");
    char *text = in != NULL ? malloc(LIMITS_PROOF_BYTES + 1) : NULL;
    if (in == NULL)
        return err_set(e, ERR_NOT_FOUND, "%s: neither %d hexadecimal digits nor the file of a proof: %s", path,
                       2 * SEAL_GENESIS_LEN, strerror(errno));
    size_t len = text != NULL ? fread(text, 1, LIMITS_PROOF_BYTES + 1, in) : 0;
    fclose(in);
    enum err_code rc = text == NULL ? err_set(e, ERR_NOMEM, "out of memory") : proof_parse(&proof, text, len, e);
    free(text);
    if (rc != ERR_OK)
        return rc == ERR_NOMEM ? rc : err_set(e, ERR_INVALID, "%s is no proof of Hallmark", path);
    memcpy(r->genesis, proof.genesis, sizeof r->genesis);
    proof_done(&proof);
    return ERR_OK;
}

enum err_code restore_from_chain(const struct restore_options *options, struct err *e)
{
    struct restore r = {.options = options};
    struct seal_genesis genesis;
    enum err_code rc = ERR_OK;
    if (!hex_decode(r.genesis, sizeof r.genesis, options->source, strlen(options->source), false))
        rc = read_proof(&r, e);
    if (rc == ERR_OK && seal_genesis_decode(&genesis, r.genesis, NULL) != ERR_OK)
        rc = err_set(e, ERR_INVALID, "this is no genesis of a log");
    if (rc != ERR_OK)
        return rc;
    struct hash32 name_hash = sha256(options->log_name, strlen(options->log_name));
    if (!hash32_equal(&genesis.name_hash, &name_hash))
        return err_set(e, ERR_CONFLICT, "the genesis is of another log than %s: check [log] name", options->log_name);
    snprintf(r.name, sizeof r.name, "%s", options->log_name);
    struct store_stage stage;
    rc = store_stage_begin(&stage, options->store_path, e);
    if (rc != ERR_OK)
        return rc;
    rc = begin_store(&r, stage.folder, e);
    store_close(r.store);
    return store_stage_end(&stage, rc, e);
}
