/* Trusted blocks: see checkpoint.h. */
#include "verifier/checkpoint.h"

#include <stdlib.h>

#include "common/jsonio.h"
#include "common/limits.h"

static const char *const KEYS[] = {"chainId", "number", "hash", NULL};

static void read_block(const struct jsonio_node *at, struct checkpoint_block *block)
{
    jsonio_keys(at, KEYS);
    block->chain_id = jsonio_u64(at, "chainId");
    block->number = jsonio_u64(at, "number");
    block->hash = jsonio_hash0x(at, "hash");
}

enum err_code checkpoint_parse(struct checkpoints *ret, const char *text, size_t len, struct err *e)
{
    json_t *value;
    enum err_code rc = jsonio_load(&value, text, len, LIMITS_TRUST_BYTES, e);
    if (rc != ERR_OK)
        return rc;
    struct jsonio doc = {.e = e};
    struct jsonio_node list = jsonio_root_array(&doc, value, CHECKPOINT_MAX);
    struct checkpoints c = {.n = jsonio_count(&list)};
    c.blocks = calloc(c.n + 1, sizeof *c.blocks);
    if (c.blocks == NULL)
        jsonio_fail(&list, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    for (size_t i = 0; i < c.n && doc.code == ERR_OK; i++) {
        struct jsonio_node item = jsonio_item(&list, i);
        read_block(&item, &c.blocks[i]);
    }
    json_decref(value);
    if (doc.code == ERR_OK)
        *ret = c;
    else
        checkpoint_done(&c);
    return doc.code;
}

void checkpoint_done(struct checkpoints *checkpoints)
{
    free(checkpoints->blocks);
    *checkpoints = (struct checkpoints){0};
}

enum checkpoint_answer checkpoint_about(const struct checkpoints *checkpoints, uint64_t chain_id,
                                        uint64_t number, const struct hash32 *hash)
{
    for (size_t i = 0; i < checkpoints->n; i++) {
        const struct checkpoint_block *block = &checkpoints->blocks[i];
        if (block->chain_id == chain_id && block->number == number)
            return hash32_equal(&block->hash, hash) ? CHECKPOINT_CONFIRMS : CHECKPOINT_CONTRADICTS;
    }
    return CHECKPOINT_SILENT;
}
