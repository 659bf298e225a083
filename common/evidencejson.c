/* Evidence as JSON: see evidencejson.h. */
#include "common/evidencejson.h"

#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/jsonio.h"
#include "common/limits.h"

/* --- write ------------------------------------------------------------------------------------- */

static void put_hex(struct text *t, struct slice bytes)
{
    text_puts(t, "\"0x");
    text_put_hex(t, bytes.data, bytes.len);
    text_putc(t, '"');
}

static void put_list(struct text *t, const char *before, const struct blobs *list)
{
    text_puts(t, before);
    text_putc(t, '[');
    for (size_t i = 0; i < list->n; i++) {
        text_puts(t, i > 0 ? "," : "");
        put_hex(t, blobs_get(list, i));
    }
    text_putc(t, ']');
}

static void put_link(struct text *t, const struct evidence_link *link)
{
    switch (link->kind) {
    case EVIDENCE_HEADERS:
        put_list(t, "{\"headers\":", &link->headers);
        text_putc(t, '}');
        return;
    case EVIDENCE_EIP2935:
        text_puts(t, "{\"eip2935\":{\"header\":");
        put_hex(t, blobs_get(&link->headers, 0));
        put_list(t, ",\"accountProof\":", &link->account_proof);
        put_list(t, ",\"storageProof\":", &link->storage_proof);
        text_puts(t, "}}");
        return;
    case EVIDENCE_OTHER: /* only ever read */
        text_puts(t, "{}");
        return;
    }
}

enum err_code evidencejson_write(struct text *out, const struct evidence *ev, struct err *e)
{
    text_putf(out, "{\"version\":%d,\"genesisBlock\":", EVIDENCE_VERSION);
    put_hex(out, (struct slice){ev->genesis_block.b, sizeof ev->genesis_block.b});
    text_puts(out, ",\"header\":");
    put_hex(out, evidence_header(ev));
    text_puts(out, ",\"txIndex\":");
    text_put_u64(out, ev->tx_index);
    text_puts(out, ",\"tx\":");
    put_hex(out, evidence_tx(ev));
    put_list(out, ",\"txProof\":", &ev->tx_proof);
    if (ev->has_receipt) {
        text_puts(out, ",\"receipt\":");
        put_hex(out, evidence_receipt(ev));
        put_list(out, ",\"receiptProof\":", &ev->receipt_proof);
    }
    text_puts(out, ",\"links\":[");
    for (size_t i = 0; i < ev->n_links; i++) {
        text_puts(out, i > 0 ? "," : "");
        put_link(out, &ev->links[i]);
    }
    text_puts(out, "]}");
    return out->failed ? err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM)) : ERR_OK;
}

/* --- read -------------------------------------------------------------------------------------- */

static const char *const KEYS[] = {"version", "genesisBlock", "header", "txIndex", "tx",
                                   "txProof", "receipt", "receiptProof", "links", NULL};
static const char *const LINK_KEYS[] = {"headers", "eip2935", NULL};
static const char *const HISTORY_KEYS[] = {"header", "accountProof", "storageProof", NULL};

static void no_memory(const struct jsonio_node *at)
{
    jsonio_fail(at, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
}

/* Add 1 to max bytes of lower-case hex after 0x. */
static void add_hex(struct blobs *list, const struct jsonio_node *at, const char *text, size_t max)
{
    if (at->doc->code != ERR_OK)
        return;
    size_t digits = strlen(text) < 2 ? 0 : strlen(text) - 2, len = digits / 2;
    if (len > max) {
        jsonio_fail(at, ERR_LIMIT, "is longer than %zu bytes", max);
        return;
    }
    struct bytes_writer w = blobs_begin(list, len);
    if (list->failed) {
        no_memory(at);
    } else if (len == 0 || memcmp(text, "0x", 2) != 0 ||
               !hex_decode(w.data, len, text + 2, digits, false)) {
        jsonio_fail(at, ERR_INVALID, "must be 0x and pairs of lower-case hex digits");
    } else {
        w.len = len;
        blobs_commit(list, &w);
    }
}

static void read_hex(struct blobs *list, const struct jsonio_node *object, const char *key, size_t max)
{
    struct jsonio_node at = {.doc = object->doc, .up = object, .key = key};
    add_hex(list, &at, jsonio_string(object, key), max);
}

static void read_list(struct blobs *list, const struct jsonio_node *object, const char *key,
                      size_t max_items, size_t max_bytes)
{
    struct jsonio_node array = jsonio_array(object, key, max_items);
    for (size_t i = 0; i < jsonio_count(&array); i++) {
        struct jsonio_node at = {.doc = array.doc, .up = &array, .index = i};
        const json_t *item = json_array_get(array.value, i);
        const char *text = json_string_value(item);
        bool whole = text != NULL && strlen(text) == json_string_length(item);
        add_hex(list, &at, whole ? text : "", max_bytes);
    }
}

static void read_history_link(struct evidence_link *ret, const struct jsonio_node *at)
{
    struct jsonio_node object = jsonio_object(at, "eip2935");
    jsonio_keys(&object, HISTORY_KEYS);
    read_hex(&ret->headers, &object, "header", ETHHEADER_MAX_LEN);
    read_list(&ret->account_proof, &object, "accountProof", LIMITS_NODES_PER_PROOF, LIMITS_NODE_BYTES);
    read_list(&ret->storage_proof, &object, "storageProof", LIMITS_NODES_PER_PROOF, LIMITS_NODE_BYTES);
}

static void read_link(struct evidence_link *ret, const struct jsonio_node *at)
{
    bool headers = jsonio_has(at, "headers"), history = jsonio_has(at, "eip2935");
    jsonio_keys(at, LINK_KEYS);
    if (headers && history)
        jsonio_fail(at, ERR_INVALID, "must be of one kind only");
    ret->kind = headers ? EVIDENCE_HEADERS : history ? EVIDENCE_EIP2935 : EVIDENCE_OTHER;
    if (headers)
        read_list(&ret->headers, at, "headers", LIMITS_LINK_HEADERS, ETHHEADER_MAX_LEN);
    else if (history)
        read_history_link(ret, at);
}

static void read_links(struct evidence *ev, const struct jsonio_node *root)
{
    struct jsonio_node links = jsonio_array(root, "links", LIMITS_LINKS);
    ev->links = calloc(jsonio_count(&links) + 1, sizeof *ev->links);
    if (ev->links == NULL) {
        no_memory(&links);
        return;
    }
    ev->n_links = jsonio_count(&links);
    for (size_t i = 0; i < ev->n_links; i++) {
        struct jsonio_node item = jsonio_item(&links, i);
        read_link(&ev->links[i], &item);
    }
}

static void read_evidence(struct evidence *ev, const struct jsonio_node *root)
{
    if (jsonio_u64(root, "version") != EVIDENCE_VERSION)
        jsonio_fail(root, ERR_VERSION, "evidence has a version that is not known here");
    jsonio_keys(root, KEYS);
    ev->genesis_block = jsonio_hash0x(root, "genesisBlock");
    ev->tx_index = jsonio_u64(root, "txIndex");
    ev->has_receipt = jsonio_has(root, "receipt") || jsonio_has(root, "receiptProof");
    read_hex(&ev->pieces, root, "header", ETHHEADER_MAX_LEN);
    read_hex(&ev->pieces, root, "tx", LIMITS_NODE_BYTES);
    read_list(&ev->tx_proof, root, "txProof", LIMITS_NODES_PER_PROOF, LIMITS_NODE_BYTES);
    if (ev->has_receipt) {
        read_hex(&ev->pieces, root, "receipt", LIMITS_NODE_BYTES);
        read_list(&ev->receipt_proof, root, "receiptProof", LIMITS_NODES_PER_PROOF, LIMITS_NODE_BYTES);
    }
    read_links(ev, root);
}

enum err_code evidencejson_parse(struct evidence *ret, const char *text, size_t len, struct err *e)
{
    json_t *value = NULL;
    struct jsonio doc = {.e = e};
    struct evidence ev = {0};
    doc.code = jsonio_load(&value, text, len, LIMITS_PROOF_BYTES, e);
    struct jsonio_node root = jsonio_root(&doc, value);
    read_evidence(&ev, &root);
    json_decref(value);
    if (doc.code == ERR_OK)
        *ret = ev;
    else
        evidence_done(&ev);
    return doc.code;
}
