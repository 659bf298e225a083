/* The log as a node publishes it: GET /v1/log, /v1/batches, …/leaves and …/annex. See source.h. */
#include "verifier/audit/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonio.h"
#include "common/limits.h"
#include "verifier/node.h"

#define MAX_LOG (64u << 10)
#define MAX_PAGE (64u << 20) /* 1000 batches, each with an anchor whose tail may be long */
#define PAGE 1000
#define LEAVES_MS 600000
#define MAX_ANCHORS 16

struct node_source {
    struct node node;
    uint64_t after; /* what the next page is asked for */
    bool at_end;    /* there is no page after this one */
    json_t *page;   /* owned */
    size_t at, n;   /* in its batches */
};

static enum err_code load(struct node_source *s, const char *path, size_t max, json_t **ret, struct err *e)
{
    enum err_code rc = node_get(&s->node, path, max, 0, e);
    if (rc != ERR_OK)
        return rc;
    const struct text *body = &s->node.reply.body;
    rc = jsonio_load(ret, text_string(body), body->len, max, e);
    return rc == ERR_OK ? rc : err_wrap(e, "%s", path);
}

static enum err_code get_log(void *self, struct ledger *ret, struct err *e)
{
    json_t *value;
    uint8_t genesis[SEAL_GENESIS_LEN];
    enum err_code rc = load(self, "/v1/log", MAX_LOG, &value, e);
    if (rc != ERR_OK)
        return rc;
    struct jsonio doc = {.e = e};
    struct jsonio_node root = jsonio_root(&doc, value);
    const char *name = jsonio_string(&root, "log");
    jsonio_hex(&root, "genesis", genesis, sizeof genesis);
    ret->head = jsonio_u64(&root, "head");
    ret->anchored = jsonio_hash(&root, "anchored");
    ret->has_claims = true;
    if (doc.code == ERR_OK && !seal_name_ok(name, strlen(name)))
        jsonio_fail(&root, ERR_INVALID, "the name of the log");
    snprintf(ret->name, sizeof ret->name, "%s", name);
    json_decref(value);
    return doc.code == ERR_OK ? ledger_set_genesis(ret, genesis, e) : err_wrap(e, "/v1/log");
}

/* ------------------------------------------------------------------ the list */

static enum err_code begin(void *self, uint64_t after, struct err *e)
{
    (void)e;
    struct node_source *s = self;
    json_decref(s->page);
    s->page = NULL;
    s->at = s->n = 0;
    s->after = after;
    s->at_end = false;
    return ERR_OK;
}

static enum err_code read_page_head(struct node_source *s, struct err *e)
{
    struct jsonio doc = {.e = e};
    struct jsonio_node root = jsonio_root(&doc, s->page), list = jsonio_array(&root, "batches", 4 * PAGE);
    uint64_t next = UINT64_MAX;
    s->at = 0;
    s->n = jsonio_count(&list);
    s->at_end = json_is_null(json_object_get(s->page, "next"));
    if (!s->at_end)
        next = jsonio_u64(&root, "next");
    if (doc.code == ERR_OK && !s->at_end && (next <= s->after || s->n == 0))
        jsonio_fail(&root, ERR_INVALID, "the next page does not follow");
    s->after = next;
    return doc.code;
}

static enum err_code load_page(struct node_source *s, struct err *e)
{
    char path[96];
    snprintf(path, sizeof path, "/v1/batches?after=%" PRIu64 "&limit=%d", s->after, PAGE);
    json_decref(s->page);
    s->page = NULL;
    enum err_code rc = load(s, path, MAX_PAGE, &s->page, e);
    if (rc == ERR_OK)
        rc = read_page_head(s, e);
    return rc;
}

static void read_claim(const struct jsonio_node *row, struct ledger_claim *ret)
{
    struct jsonio_node list = jsonio_array(row, "anchors", MAX_ANCHORS);
    if (jsonio_count(&list) == 0)
        return;
    struct jsonio_node anchor = jsonio_item(&list, 0);
    ret->made = true;
    ret->chain_id = jsonio_u64(&anchor, "chainId");
    ret->block = jsonio_u64(&anchor, "blockNumber");
    ret->tx = jsonio_hash0x(&anchor, "transactionHash");
    ret->block_hash = jsonio_hash0x(&anchor, "blockHash");
    ret->value = jsonio_hash(&anchor, "merkleRoot");
}

static void read_row(const struct jsonio_node *row, struct ledger_batch *ret)
{
#define X(name, word) [PROOF_##name] = word,
    static const char *const STATUSES[] = {PROOF_STATUSES(X)};
#undef X
    ret->number = jsonio_u64(row, "number");
    ret->leaf_count = jsonio_u64(row, "leafCount");
    ret->sealed_at = jsonio_time(row, "sealedAt");
    ret->status = (enum proof_status)jsonio_word(row, "status", STATUSES, sizeof STATUSES / sizeof STATUSES[0]);
    jsonio_hex(row, "header", ret->header_bytes, sizeof ret->header_bytes);
    ret->root = jsonio_hash(row, "root");
    ret->seal = jsonio_hash(row, "seal");
    ret->previous = jsonio_hash(row, "previous");
    ret->anchored = jsonio_hash(row, "anchored");
    read_claim(row, &ret->claim);
    if (row->doc->code == ERR_OK && ret->number == 0)
        jsonio_fail(row, ERR_INVALID, "batch numbers start at 1");
}

static enum err_code next(void *self, struct ledger_batch *ret, struct err *e)
{
    struct node_source *s = self;
    while (s->at == s->n) {
        if (s->page != NULL && s->at_end)
            return err_set(e, ERR_NOT_FOUND, "%s", err_text(ERR_NOT_FOUND));
        enum err_code rc = load_page(s, e);
        if (rc != ERR_OK)
            return rc;
    }
    struct jsonio doc = {.e = e};
    struct jsonio_node root = jsonio_root(&doc, s->page), list = jsonio_array(&root, "batches", 4 * PAGE);
    struct jsonio_node row = jsonio_item(&list, s->at++);
    read_row(&row, ret);
    return doc.code == ERR_OK ? ERR_OK : err_wrap(e, "/v1/batches");
}

/* ------------------------------------------------------------------ leaves and annex */

static enum err_code leaves(void *self, const struct ledger_batch *batch, struct hash32 **ret, uint64_t *ret_n,
                            struct err *e)
{
    struct node_source *s = self;
    char path[64];
    snprintf(path, sizeof path, "/v1/batches/%" PRIu64 "/leaves", batch->number);
    /* More than there should be is told as such, not as a failure to read. */
    enum err_code rc = node_get(&s->node, path, (size_t)batch->leaf_count * 64 + MAX_LOG, LEAVES_MS, e);
    *ret = NULL;
    *ret_n = 0;
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc != ERR_OK)
        return rc;
    struct text *body = &s->node.reply.body;
    if (body->len % sizeof **ret != 0)
        return err_set(e, ERR_PARSE, "%s: not a whole number of leaves", path);
    *ret = (struct hash32 *)(void *)body->data;
    *ret_n = body->len / sizeof **ret;
    return ERR_OK;
}

static enum err_code annex(void *self, const struct ledger_batch *batch, struct slice *ret, struct err *e)
{
    struct node_source *s = self;
    char path[64];
    snprintf(path, sizeof path, "/v1/batches/%" PRIu64 "/annex", batch->number);
    enum err_code rc = node_get(&s->node, path, LIMITS_ANNEX_BYTES, 0, e);
    if (rc == ERR_OK)
        *ret = (struct slice){(const uint8_t *)text_string(&s->node.reply.body), s->node.reply.body.len};
    return rc;
}

static void close_node(void *self)
{
    struct node_source *s = self;
    json_decref(s->page);
    node_close(&s->node);
    free(s);
}

enum err_code source_node_open(struct source *ret, struct fetch *fetch, const char *url, struct err *e)
{
    static const struct source_calls CALLS = {get_log, begin, next, leaves, annex, close_node};
    struct node_source *s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    s->node = (struct node){.fetch = fetch, .url = url};
    *ret = (struct source){&CALLS, s};
    return ERR_OK;
}
