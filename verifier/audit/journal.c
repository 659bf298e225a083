/* The file that lets an audit go on: see journal.h. */
#include "verifier/audit/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/sha256.h"

/* Structs are written as they are in memory: their sizes and the version name their form. */
struct head {
    char magic[16];
    char version[16];
    uint32_t sizes[4];
    struct hash32 of; /* log and source */
};

enum frame_kind { FRAME_BATCH = 1, FRAME_TX, FRAME_RECENT };

struct frame {
    uint32_t kind, n_changes;
    uint64_t n_leaves, len; /* len: of what follows */
    struct hash32 check;    /* of what follows */
};

struct recent {
    uint64_t number;
    struct ledger_block block;
};

static struct head head_of(const struct ledger *l, const char *source)
{
    struct head head = {.magic = "hallmark audit 1",
                        .version = HALLMARK_VERSION,
                        .sizes = {sizeof(struct ledger_batch), sizeof(struct ledger_tx),
                                  sizeof(struct ledger_change), sizeof(struct recent)}};
    struct sha256_stream stream;
    sha256_init(&stream);
    sha256_update(&stream, l->genesis_bytes, sizeof l->genesis_bytes);
    sha256_update(&stream, source, strlen(source));
    head.of = sha256_final(&stream);
    return head;
}

/* ------------------------------------------------------------------ reading */

static enum err_code take_batch(struct ledger *l, const struct frame *frame, const uint8_t *data, struct err *e)
{
    struct ledger_batch batch;
    size_t i = l->n_batches;
    if (frame->len != sizeof batch + frame->n_changes * sizeof(struct ledger_change) +
                          frame->n_leaves * sizeof(struct ledger_leaf))
        return err_set(e, ERR_CORRUPT, "a frame of another length");
    memcpy(&batch, data, sizeof batch);
    data += sizeof batch;
    enum err_code rc = ledger_add_batch(l, &batch, e);
    for (uint32_t c = 0; c < frame->n_changes && rc == ERR_OK; c++, data += sizeof(struct ledger_change)) {
        struct ledger_change change;
        memcpy(&change, data, sizeof change);
        rc = ledger_add_change(l, &change, e);
    }
    return rc == ERR_OK ? ledger_add_leaves(l, i, data, frame->n_leaves, e) : rc;
}

static enum err_code take_tx(struct ledger *l, const struct frame *frame, const uint8_t *data, struct err *e)
{
    struct ledger_tx tx;
    if (frame->len != sizeof tx)
        return err_set(e, ERR_CORRUPT, "a frame of another length");
    memcpy(&tx, data, sizeof tx);
    enum err_code rc = ledger_add_tx(l, &tx, e);
    if (rc == ERR_OK && tx.kind == LEDGER_KEY_ADD && tx.counts)
        rc = ledger_add_key(l, &tx.key, e);
    return rc;
}

static enum err_code take_recent(struct ledger *l, const struct frame *frame, const uint8_t *data, struct err *e)
{
    struct recent recent;
    if (frame->len != sizeof recent)
        return err_set(e, ERR_CORRUPT, "a frame of another length");
    memcpy(&recent, data, sizeof recent);
    for (size_t i = l->n_batches; i-- > 0;)
        if (l->batches[i].number == recent.number) {
            l->batches[i].recent = recent.block;
            break;
        }
    return ERR_OK;
}

static enum err_code take_frame(struct ledger *l, const struct frame *frame, const uint8_t *data, struct err *e)
{
    struct hash32 check = sha256(data, frame->len);
    if (!hash32_equal(&check, &frame->check))
        return err_set(e, ERR_CORRUPT, "a damaged frame");
    switch ((enum frame_kind)frame->kind) {
    case FRAME_BATCH: return take_batch(l, frame, data, e);
    case FRAME_TX: return take_tx(l, frame, data, e);
    case FRAME_RECENT: return take_recent(l, frame, data, e);
    }
    return err_set(e, ERR_CORRUPT, "an unknown frame");
}

/* Returns: ERR_OK; ERR_CORRUPT the end, or what is no frame; ERR_NOMEM. */
static enum err_code read_frame(FILE *file, uint64_t left, struct ledger *l, struct err *e)
{
    struct frame frame;
    if (fread(&frame, sizeof frame, 1, file) != 1 || frame.len > left - sizeof frame)
        return err_set(e, ERR_CORRUPT, "a torn frame");
    uint8_t *data = malloc((size_t)frame.len + 1);
    if (data == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    enum err_code rc = fread(data, 1, (size_t)frame.len, file) == frame.len ? take_frame(l, &frame, data, e)
                                                                             : err_set(e, ERR_CORRUPT, "torn");
    free(data);
    return rc;
}

/* Take frames as long as they are whole. Out: *ret_end  where they end. */
static enum err_code read_frames(FILE *file, struct ledger *l, long *ret_end, struct err *e)
{
    enum err_code rc = ERR_OK;
    if (fseek(file, 0, SEEK_END) != 0)
        return ERR_IO;
    long size = ftell(file);
    *ret_end = sizeof(struct head);
    if (fseek(file, *ret_end, SEEK_SET) != 0)
        return ERR_IO;
    while (rc == ERR_OK && size - *ret_end >= (long)sizeof(struct frame)) {
        rc = read_frame(file, (uint64_t)(size - *ret_end), l, e);
        if (rc == ERR_OK)
            *ret_end = ftell(file);
    }
    return rc == ERR_CORRUPT ? ERR_OK : rc;
}

/* ------------------------------------------------------------------ opening */

static enum err_code failed(const struct journal *j, struct err *e)
{
    return err_set(e, ERR_IO, "%s: %s", j->path, strerror(errno));
}

static bool is_ours(FILE *file, const struct head *expected)
{
    struct head head;
    return fread(&head, sizeof head, 1, file) == 1 && memcmp(&head, expected, sizeof head) == 0;
}

static enum err_code begin_anew(struct journal *j, const struct head *head, struct err *e)
{
    j->file = fopen(j->path, "w+b");
    if (j->file == NULL || fwrite(head, sizeof *head, 1, j->file) != 1 || fflush(j->file) != 0)
        return failed(j, e);
    return ERR_OK;
}

enum err_code journal_open(struct journal *ret, const char *folder, const char *source, struct ledger *l,
                           struct err *e)
{
    struct journal j = {0};
    struct head head = head_of(l, source);
    long end;
    if (snprintf(j.path, sizeof j.path, "%s/" JOURNAL_NAME, folder) >= (int)sizeof j.path)
        return err_set(e, ERR_INVALID, "%s: the name is too long", folder);
    j.file = fopen(j.path, "r+b");
    enum err_code rc = ERR_OK;
    if (j.file != NULL && is_ours(j.file, &head)) {
        rc = read_frames(j.file, l, &end, e);
        if (rc == ERR_OK && (fseek(j.file, end, SEEK_SET) != 0 || ftruncate(fileno(j.file), end) != 0))
            rc = failed(&j, e);
    } else {
        if (j.file != NULL)
            fclose(j.file);
        rc = begin_anew(&j, &head, e);
    }
    if (rc == ERR_OK)
        *ret = j;
    else if (j.file != NULL)
        fclose(j.file);
    return rc;
}

/* ------------------------------------------------------------------ writing */

struct piece {
    const void *data;
    size_t len;
};

static void put(struct journal *j, struct frame frame, const struct piece *pieces, size_t n)
{
    struct sha256_stream stream;
    sha256_init(&stream);
    for (size_t i = 0; i < n; i++) {
        sha256_update(&stream, pieces[i].data, pieces[i].len);
        frame.len += pieces[i].len;
    }
    frame.check = sha256_final(&stream);
    bool good = fwrite(&frame, sizeof frame, 1, j->file) == 1;
    for (size_t i = 0; i < n && good; i++)
        good = pieces[i].len == 0 || fwrite(pieces[i].data, pieces[i].len, 1, j->file) == 1;
    fflush(j->file);
}

void journal_batch(struct journal *j, const struct ledger *l, size_t i)
{
    if (j->file == NULL)
        return;
    const struct ledger_batch *batch = &l->batches[i];
    size_t first_change = l->n_changes, first_leaf = l->n_leaves - (size_t)batch->n_leaves;
    while (first_change > 0 && l->changes[first_change - 1].number == batch->number)
        first_change--;
    size_t n_changes = l->n_changes - first_change;
    struct piece pieces[] = {
        {batch, sizeof *batch},
        {l->changes + first_change, n_changes * sizeof *l->changes},
        {l->leaves + first_leaf, (size_t)batch->n_leaves * sizeof *l->leaves},
    };
    put(j, (struct frame){.kind = FRAME_BATCH, .n_changes = (uint32_t)n_changes, .n_leaves = batch->n_leaves}, pieces, 3);
}

void journal_tx(struct journal *j, const struct ledger_tx *tx)
{
    if (j->file != NULL)
        put(j, (struct frame){.kind = FRAME_TX}, &(struct piece){tx, sizeof *tx}, 1);
}

void journal_recent(struct journal *j, const struct ledger_batch *batch)
{
    struct recent recent = {batch->number, batch->recent};
    if (j->file != NULL && batch->recent.asked)
        put(j, (struct frame){.kind = FRAME_RECENT}, &(struct piece){&recent, sizeof recent}, 1);
}

void journal_close(struct journal *j, bool finished)
{
    if (j->file == NULL)
        return;
    fclose(j->file);
    if (finished)
        unlink(j->path);
    *j = (struct journal){0};
}
