/* One log, whatever it is read from: see source.h. */
#include "verifier/audit/source.h"

#include <string.h>

void source_close(struct source *s)
{
    if (s->calls != NULL)
        s->calls->close(s->self);
    *s = (struct source){0};
}

enum err_code source_log(struct source *s, struct ledger *ret, struct err *e)
{
    struct ledger now = {0};
    enum err_code rc = s->calls->log(s->self, &now, e);
    if (rc != ERR_OK)
        return rc;
    static const uint8_t NONE[SEAL_GENESIS_LEN];
    if (memcmp(ret->genesis_bytes, NONE, sizeof NONE) != 0 &&
        memcmp(ret->genesis_bytes, now.genesis_bytes, sizeof NONE) != 0)
        return err_set(e, ERR_CONFLICT, "the genesis of the log is not the one that it was");
    memcpy(ret->name, now.name, sizeof ret->name);
    ret->head = now.head;
    ret->anchored = now.anchored;
    ret->has_claims = now.has_claims;
    return ledger_set_genesis(ret, now.genesis_bytes, e);
}

enum err_code source_begin(struct source *s, uint64_t after, struct err *e)
{
    return s->calls->begin(s->self, after, e);
}

enum err_code source_next(struct source *s, struct ledger_batch *ret, struct err *e)
{
    struct ledger_batch batch = {0};
    enum err_code rc = s->calls->next(s->self, &batch, e);
    if (rc != ERR_OK)
        return rc;
    ledger_read_header(&batch);
    *ret = batch;
    return ERR_OK;
}

enum err_code source_leaves(struct source *s, const struct ledger_batch *batch, struct hash32 **ret,
                            uint64_t *ret_n, struct err *e)
{
    if (batch->leaf_count > SOURCE_MAX_LEAVES)
        return err_set(e, ERR_LIMIT, "a batch of more than %u leaves", SOURCE_MAX_LEAVES);
    return s->calls->leaves(s->self, batch, ret, ret_n, e);
}

enum err_code source_annex(struct source *s, const struct ledger_batch *batch, struct slice *ret, struct err *e)
{
    return s->calls->annex(s->self, batch, ret, e);
}
