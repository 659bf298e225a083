/* The log as a store holds it: a folder of hallmarkd, in use or copied. See source.h. */
#include "verifier/audit/source.h"

#include <stdlib.h>
#include <string.h>

#include "common/db/store.h"

#define MAP_SIZE (UINT64_C(1) << 40) /* address space: a store of any size can be read */
#define AT_ONCE 65536

struct store_source {
    struct store *store;
    struct store_read read; /* one moment of the store, from one source_log() to the next */
    bool reading;
    uint64_t after;
    struct hash32 *leaves; /* owned */
    uint64_t cap;
};

static enum err_code read_again(struct store_source *s, struct err *e)
{
    if (s->reading)
        store_read_end(&s->read);
    enum err_code rc = store_read_begin(s->store, &s->read, e);
    s->reading = rc == ERR_OK;
    return rc;
}

static enum err_code get_log(void *self, struct ledger *ret, struct err *e)
{
    struct store_source *s = self;
    struct store_batch newest = {0};
    uint8_t genesis[SEAL_GENESIS_LEN];
    enum err_code rc = read_again(s, e);
    if (rc == ERR_OK)
        rc = store_identity(&s->read, genesis, ret->name, e);
    if (rc == ERR_NOT_FOUND)
        return err_set(e, ERR_CORRUPT, "the store holds no log yet");
    if (rc == ERR_OK)
        rc = ledger_set_genesis(ret, genesis, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_batch_newest(&s->read, &newest, e);
    ret->head = newest.k;
    ret->anchored = rc == ERR_OK ? newest.anchored : ret->r0;
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

static enum err_code begin(void *self, uint64_t after, struct err *e)
{
    (void)e;
    ((struct store_source *)self)->after = after;
    return ERR_OK;
}

static enum proof_status status_of(enum store_status status)
{
    switch (status) {
    case STORE_SEALED: return PROOF_SEALED;
    case STORE_SENT: return PROOF_SENT;
    case STORE_MINED: return PROOF_MINED;
    case STORE_FINAL: return PROOF_FINAL;
    }
    return PROOF_SEALED;
}

static enum err_code next(void *self, struct ledger_batch *ret, struct err *e)
{
    struct store_source *s = self;
    struct store_batch batch;
    enum err_code rc = store_batch_after(&s->read, s->after, &batch, e);
    if (rc != ERR_OK)
        return rc;
    s->after = batch.k;
    ret->number = batch.k;
    ret->leaf_count = batch.leaf_count;
    ret->sealed_at = batch.sealed_at;
    ret->status = status_of(batch.status);
    memcpy(ret->header_bytes, batch.header, sizeof ret->header_bytes);
    ret->root = batch.root;
    ret->seal = batch.seal;
    ret->previous = batch.previous;
    ret->anchored = batch.anchored;
    return ERR_OK;
}

static enum err_code make_room(struct store_source *s, uint64_t n, struct err *e)
{
    if (n <= s->cap)
        return ERR_OK;
    struct hash32 *grown = realloc(s->leaves, (size_t)n * sizeof *grown);
    if (grown == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    s->leaves = grown;
    s->cap = n;
    return ERR_OK;
}

static enum err_code leaves(void *self, const struct ledger_batch *batch, struct hash32 **ret, uint64_t *ret_n,
                            struct err *e)
{
    struct store_source *s = self;
    uint64_t at = 0;
    enum err_code rc = make_room(s, batch->leaf_count, e);
    while (rc == ERR_OK && at < batch->leaf_count) {
        uint64_t rest = batch->leaf_count - at;
        size_t n = 0;
        rc = store_leaves(&s->read, batch->number, at, rest < AT_ONCE ? (size_t)rest : AT_ONCE, s->leaves + at, &n, e);
        if (rc == ERR_OK && n == 0)
            break;
        at += n;
    }
    *ret = s->leaves;
    *ret_n = at;
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

static enum err_code annex(void *self, const struct ledger_batch *batch, struct slice *ret, struct err *e)
{
    return store_annex(&((struct store_source *)self)->read, batch->number, ret, e);
}

static void close_store(void *self)
{
    struct store_source *s = self;
    if (s->reading)
        store_read_end(&s->read);
    store_close(s->store);
    free(s->leaves);
    free(s);
}

enum err_code source_store_open(struct source *ret, const char *folder, struct err *e)
{
    static const struct source_calls CALLS = {get_log, begin, next, leaves, annex, close_store};
    struct store_options options = {.path = folder, .map_size = MAP_SIZE, .read_only = true};
    struct store_source *s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    enum err_code rc = store_open(&s->store, &options, e);
    if (rc != ERR_OK) {
        free(s);
        return rc;
    }
    *ret = (struct source){&CALLS, s};
    return ERR_OK;
}
