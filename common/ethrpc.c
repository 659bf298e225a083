/* JSON-RPC 2.0 with an Ethereum node: see ethrpc.h. */
#include "common/ethrpc.h"

#include <stdlib.h>
#include <string.h>

#include "common/ethjson.h"
#include "common/limits.h"
#include "common/text.h"

static const struct {
    const char *name;
    const char *params; /* letters, see ethrpc.h */
    size_t max_reply;
} METHODS[] = {
#define X(name, wire, params, large)                                                                \
    {wire, params, large ? LIMITS_RPC_BLOCK_BYTES : LIMITS_RPC_REPLY_BYTES},
    ETHRPC_METHODS(X)
#undef X
};

const char *ethrpc_name(enum ethrpc_method method)
{
    return METHODS[method].name;
}

size_t ethrpc_max_reply(enum ethrpc_method method)
{
    return METHODS[method].max_reply;
}

/* --- requests ---------------------------------------------------------------------------------- */

static void put_quantity(struct text *t, uint64_t v)
{
    char digits[WEI_QUANTITY_LEN];
    wei_to_quantity(digits, v);
    text_putf(t, "\"%s\"", digits);
}

static void put_bytes(struct text *t, const void *bytes, size_t len)
{
    text_puts(t, "\"0x");
    text_put_hex(t, bytes, len);
    text_putc(t, '"');
}

static void put_block(struct text *t, uint64_t block)
{
    static const struct {
        uint64_t tag;
        const char *name;
    } TAGS[] = {
        {ETHRPC_LATEST, "latest"},   {ETHRPC_FINALIZED, "finalized"}, {ETHRPC_SAFE, "safe"},
        {ETHRPC_PENDING, "pending"}, {ETHRPC_EARLIEST, "earliest"},
    };
    for (size_t i = 0; i < sizeof TAGS / sizeof *TAGS; i++)
        if (block == TAGS[i].tag) {
            text_putf(t, "\"%s\"", TAGS[i].name);
            return;
        }
    put_quantity(t, block);
}

static void put_call(struct text *t, const struct ethrpc_request *q)
{
    text_puts(t, "{\"from\":");
    put_bytes(t, q->address.b, sizeof q->address.b);
    if (q->has_to) {
        text_puts(t, ",\"to\":");
        put_bytes(t, q->to.b, sizeof q->to.b);
    }
    text_puts(t, ",\"data\":"); /* every client knows data, not every one input */
    put_bytes(t, q->data.data, q->data.len);
    text_putc(t, '}');
}

static void put_filter(struct text *t, const struct ethrpc_request *q)
{
    text_puts(t, "{\"fromBlock\":");
    put_block(t, q->block);
    text_puts(t, ",\"toBlock\":");
    put_block(t, q->last_block);
    text_puts(t, ",\"address\":");
    put_bytes(t, q->address.b, sizeof q->address.b);
    text_puts(t, ",\"topics\":[");
    for (size_t i = 0; i < q->n_topics; i++) {
        text_puts(t, i > 0 ? "," : "");
        if (q->any_topic[i])
            text_puts(t, "null");
        else
            put_bytes(t, q->topics[i].b, sizeof q->topics[i].b);
    }
    text_puts(t, "]}");
}

static void put_param(struct text *t, char letter, const struct ethrpc_request *q)
{
    switch (letter) {
    case 'a': put_bytes(t, q->address.b, sizeof q->address.b); break;
    case 'b': put_block(t, q->block); break;
    case 'c': put_call(t, q); break;
    case 'd': put_bytes(t, q->data.data, q->data.len); break;
    case 'f': put_filter(t, q); break;
    case 'h': put_bytes(t, q->hash.b, sizeof q->hash.b); break;
    case 'i': put_quantity(t, q->index); break;
    case 'n': put_quantity(t, q->n_blocks); break;
    case 'p': text_puts(t, "[10,50]"); break;
    case 'w': text_puts(t, q->whole ? "true" : "false"); break;
    }
}

char *ethrpc_body(const struct ethrpc_request *request, uint64_t id)
{
    struct text t = {0};
    text_puts(&t, "{\"jsonrpc\":\"2.0\",\"id\":");
    text_put_u64(&t, id);
    text_putf(&t, ",\"method\":\"%s\",\"params\":[", METHODS[request->method].name);
    for (const char *p = METHODS[request->method].params; *p != '\0'; p++) {
        text_puts(&t, p != METHODS[request->method].params ? "," : "");
        put_param(&t, *p, request);
    }
    text_puts(&t, "]}");
    return text_steal(&t);
}

/* --- the envelope of replies ------------------------------------------------------------------- */

/* What a stranger wrote, for our messages: printable, one line, cut. */
static void copy_text(char ret[static ETHRPC_MAX_TEXT], const json_t *string)
{
    const char *text = json_string_value(string);
    size_t len = json_string_length(string), n = len < ETHRPC_MAX_TEXT ? len : ETHRPC_MAX_TEXT - 1;
    for (size_t i = 0; i < n; i++)
        ret[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    ret[n] = '\0';
}

/* The first error of a document becomes one of the method. */
static enum err_code finish(enum ethrpc_method method, enum err_code code, const struct err *why,
                            struct err *e)
{
    if (code == ERR_OK)
        return ERR_OK;
    if (code != ERR_NOMEM && code != ERR_UNSUPPORTED)
        code = ERR_RPC;
    return err_set(e, code, "%s: %s", METHODS[method].name, why->msg);
}

static void read_error(struct ethrpc_reply *reply, const struct jsonio_node *root)
{
    struct jsonio_node error = jsonio_object(root, "error");
    struct jsonio_node code = ethjson_member(&error, "code");
    if (!json_is_integer(code.value))
        jsonio_fail(&code, ERR_INVALID, "must be an integer");
    reply->refused = true;
    reply->code = json_integer_value(code.value);
    jsonio_string(&error, "message");
    copy_text(reply->message, json_object_get(error.value, "message"));
    reply->fault = ethfault_classify(reply->code, reply->message);
}

static void read_envelope(struct ethrpc_reply *reply, const struct jsonio_node *root, uint64_t id)
{
    bool refused = jsonio_has(root, "error");
    struct jsonio_node got = ethjson_member(root, "id");
    if (strcmp(jsonio_string(root, "jsonrpc"), "2.0") != 0)
        jsonio_fail(root, ERR_INVALID, "is not JSON-RPC 2.0");
    if (refused == jsonio_has(root, "result"))
        jsonio_fail(root, ERR_INVALID, "must hold either a result or an error");
    if (refused)
        read_error(reply, root);
    if (refused && json_is_null(got.value)) /* it could not even read the request */
        jsonio_fail(&got, ERR_INVALID, "is null, with the error \"%s\"", reply->message);
    if (!json_is_integer(got.value) || (uint64_t)json_integer_value(got.value) != id)
        jsonio_fail(&got, ERR_INVALID, "is not the id of the request");
    reply->result = json_object_get(root->value, "result");
}

enum err_code ethrpc_open(struct ethrpc_reply *ret, enum ethrpc_method method, uint64_t id,
                          const char *body, size_t len, struct err *e)
{
    struct err why = {0};
    struct ethrpc_reply reply = {.method = method};
    struct jsonio doc = {.e = &why};
    doc.code = jsonio_load(&reply.root, body, len, METHODS[method].max_reply, &why);
    struct jsonio_node root = jsonio_root(&doc, reply.root);
    read_envelope(&reply, &root, id);
    if (doc.code != ERR_OK)
        json_decref(reply.root);
    else
        *ret = reply;
    return finish(method, doc.code, &why, e);
}

void ethrpc_done(struct ethrpc_reply *reply)
{
    json_decref(reply->root);
    *reply = (struct ethrpc_reply){0};
}

/* --- results ----------------------------------------------------------------------------------- */

enum err_code ethrpc_begin(struct ethrpc_reading *r, const struct ethrpc_reply *reply, struct err *e)
{
    const char *name = METHODS[reply->method].name;
    if (reply->refused)
        return err_set(e, ERR_RPC, "%s: the node says \"%s\" (%lld)", name, reply->message,
                       (long long)reply->code);
    if (json_is_null(reply->result))
        return err_set(e, ERR_NOT_FOUND, "%s: the node knows nothing of it", name);
    *r = (struct ethrpc_reading){0};
    r->doc.e = &r->why;
    r->root = (struct jsonio_node){.doc = &r->doc, .value = reply->result};
    return ERR_OK;
}

enum err_code ethrpc_begin_object(struct ethrpc_reading *r, const struct ethrpc_reply *reply,
                                  struct err *e)
{
    enum err_code rc = ethrpc_begin(r, reply, e);
    if (rc == ERR_OK)
        r->root = jsonio_root(&r->doc, r->root.value);
    return rc;
}

enum err_code ethrpc_end(const struct ethrpc_reading *r, const struct ethrpc_reply *reply,
                         struct err *e)
{
    return finish(reply->method, r->doc.code, &r->why, e);
}

enum err_code ethrpc_get_u64(const struct ethrpc_reply *reply, uint64_t *ret, struct err *e)
{
    struct ethrpc_reading r;
    enum err_code rc = ethrpc_begin(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    uint64_t v = ethjson_u64(&r.root);
    if (r.doc.code == ERR_OK)
        *ret = v;
    return ethrpc_end(&r, reply, e);
}

enum err_code ethrpc_get_wei(const struct ethrpc_reply *reply, wei *ret, struct err *e)
{
    struct ethrpc_reading r;
    enum err_code rc = ethrpc_begin(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    wei v = ethjson_wei(&r.root);
    if (r.doc.code == ERR_OK)
        *ret = v;
    return ethrpc_end(&r, reply, e);
}

enum err_code ethrpc_get_hash(const struct ethrpc_reply *reply, struct hash32 *ret, struct err *e)
{
    struct ethrpc_reading r;
    enum err_code rc = ethrpc_begin(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    struct hash32 h = {0};
    ethjson_fixed(&r.root, h.b, sizeof h.b);
    if (r.doc.code == ERR_OK)
        *ret = h;
    return ethrpc_end(&r, reply, e);
}

/* Add the bytes of a hex string to a list. */
static void add_bytes(struct blobs *list, const struct jsonio_node *node)
{
    struct bytes_writer w = blobs_begin(list, ethjson_room(node->value));
    ethjson_put_raw(&w, node);
    if (node->doc->code == ERR_OK && !blobs_commit(list, &w))
        jsonio_fail(node, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
}

enum err_code ethrpc_get_bytes(const struct ethrpc_reply *reply, struct blobs *ret, struct err *e)
{
    struct ethrpc_reading r;
    enum err_code rc = ethrpc_begin(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    add_bytes(ret, &r.root);
    return ethrpc_end(&r, reply, e);
}

enum err_code ethrpc_get_text(const struct ethrpc_reply *reply, char ret[static ETHRPC_MAX_TEXT],
                              struct err *e)
{
    struct ethrpc_reading r;
    enum err_code rc = ethrpc_begin(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    if (json_is_string(r.root.value))
        copy_text(ret, r.root.value);
    else
        jsonio_fail(&r.root, ERR_INVALID, "must be a string");
    return ethrpc_end(&r, reply, e);
}

enum err_code ethrpc_get_syncing(const struct ethrpc_reply *reply, bool *ret, struct err *e)
{
    struct ethrpc_reading r;
    enum err_code rc = ethrpc_begin(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    if (json_is_object(r.root.value) || json_is_false(r.root.value))
        *ret = json_is_object(r.root.value); /* how far it is */
    else
        jsonio_fail(&r.root, ERR_INVALID, "must be false or an object");
    return ethrpc_end(&r, reply, e);
}

enum err_code ethrpc_get_block(const struct ethrpc_reply *reply, struct ethrpc_block *ret,
                               struct err *e)
{
    struct ethrpc_reading r;
    enum err_code rc = ethrpc_begin_object(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    struct ethrpc_block block = {
        .number = ethjson_get_u64(&r.root, "number"),
        .time = ethjson_get_u64(&r.root, "timestamp"),
        .hash = ethjson_get_hash(&r.root, "hash"),
        .parent_hash = ethjson_get_hash(&r.root, "parentHash"),
        .transactions_root = ethjson_get_hash(&r.root, "transactionsRoot"),
        .receipts_root = ethjson_get_hash(&r.root, "receiptsRoot"),
        .has_base_fee = !ethjson_lacks(&r.root, "baseFeePerGas"),
    };
    if (block.has_base_fee)
        block.base_fee = ethjson_get_wei(&r.root, "baseFeePerGas");
    struct jsonio_node bloom = ethjson_member(&r.root, "logsBloom");
    ethjson_fixed(&bloom, block.bloom, sizeof block.bloom);
    struct jsonio_node transactions = jsonio_array(&r.root, "transactions", LIMITS_BLOCK_ITEMS);
    block.n_transactions = jsonio_count(&transactions);
    if (r.doc.code == ERR_OK)
        *ret = block;
    return ethrpc_end(&r, reply, e);
}

/* Priority fees are left out for blocks, or altogether, by some nodes: then they are 0. */
static void read_rewards(struct ethrpc_fee_history *ret, const struct jsonio_node *root)
{
    if (ethjson_lacks(root, "reward"))
        return;
    struct jsonio_node rewards = jsonio_array(root, "reward", ETHRPC_FEE_BLOCKS);
    size_t n = jsonio_count(&rewards);
    if (n != 0 && n != ret->n_blocks)
        jsonio_fail(&rewards, ERR_INVALID, "has another length than gasUsedRatio");
    for (size_t i = 0; i < n && root->doc->code == ERR_OK; i++) {
        struct jsonio_node block = ethjson_element(&rewards, i);
        if (json_is_null(block.value))
            continue;
        struct jsonio_node low = ethjson_element(&block, 0), median = ethjson_element(&block, 1);
        ret->blocks[i].reward10 = ethjson_wei(&low);
        ret->blocks[i].reward50 = ethjson_wei(&median);
    }
}

static void read_base_fees(struct ethrpc_fee_history *ret, const struct jsonio_node *root)
{
    struct jsonio_node fees = jsonio_array(root, "baseFeePerGas", ETHRPC_FEE_BLOCKS + 1);
    size_t n = jsonio_count(&fees);
    if (n == 0 && ret->n_blocks == 0)
        return;
    if (n != ret->n_blocks + 1) /* the last is the next block's */
        jsonio_fail(&fees, ERR_INVALID, "must have one element more than gasUsedRatio");
    for (size_t i = 0; i < n && root->doc->code == ERR_OK; i++) {
        struct jsonio_node fee = ethjson_element(&fees, i);
        *(i < ret->n_blocks ? &ret->blocks[i].base_fee : &ret->next_base_fee) = ethjson_wei(&fee);
    }
}

enum err_code ethrpc_get_fee_history(const struct ethrpc_reply *reply,
                                     struct ethrpc_fee_history *ret, struct err *e)
{
    struct ethrpc_reading r;
    enum err_code rc = ethrpc_begin_object(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    struct ethrpc_fee_history history = {0};
    struct jsonio_node ratios = jsonio_array(&r.root, "gasUsedRatio", ETHRPC_FEE_BLOCKS);
    history.n_blocks = jsonio_count(&ratios);
    for (size_t i = 0; i < history.n_blocks; i++) {
        struct jsonio_node ratio = ethjson_element(&ratios, i);
        if (r.doc.code == ERR_OK && !json_is_number(ratio.value))
            jsonio_fail(&ratio, ERR_INVALID, "must be a number");
        history.blocks[i].used = json_number_value(ratio.value) > 0;
    }
    read_base_fees(&history, &r.root);
    read_rewards(&history, &r.root);
    if (r.doc.code == ERR_OK)
        *ret = history;
    return ethrpc_end(&r, reply, e);
}

enum err_code ethrpc_get_block_transaction(const struct ethrpc_reply *reply, size_t index,
                                           struct hash32 *ret, struct err *e)
{
    struct ethrpc_reading r;
    enum err_code rc = ethrpc_begin_object(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    struct jsonio_node transactions = jsonio_array(&r.root, "transactions", LIMITS_BLOCK_ITEMS);
    if (r.doc.code == ERR_OK && index >= jsonio_count(&transactions))
        return err_set(e, ERR_NOT_FOUND, "%s: the block has no transaction %zu",
                       METHODS[reply->method].name, index);
    struct jsonio_node item = ethjson_element(&transactions, index);
    struct hash32 h = {0};
    if (json_is_object(item.value))
        h = ethjson_get_hash(&item, "hash");
    else
        ethjson_fixed(&item, h.b, sizeof h.b);
    if (r.doc.code == ERR_OK)
        *ret = h;
    return ethrpc_end(&r, reply, e);
}

/* --- logs, receipts ---------------------------------------------------------------------------- */

static void read_log(struct ethrpc_log *ret, struct blobs *memory, const struct jsonio_node *item)
{
    struct jsonio_node topics = jsonio_array(item, "topics", ETHRECEIPT_MAX_TOPICS);
    struct jsonio_node data = ethjson_member(item, "data");
    *ret = (struct ethrpc_log){
        .log = {.address = ethjson_get_address(item, "address"), .n_topics = jsonio_count(&topics)},
        .removed = !ethjson_lacks(item, "removed") && jsonio_bool(item, "removed"),
        .block_number = ethjson_get_u64(item, "blockNumber"),
        .block_hash = ethjson_get_hash(item, "blockHash"),
        .tx_hash = ethjson_get_hash(item, "transactionHash"),
        .tx_index = ethjson_get_u64(item, "transactionIndex"),
        .log_index = ethjson_get_u64(item, "logIndex"),
    };
    for (size_t i = 0; i < ret->log.n_topics; i++) {
        struct jsonio_node topic = ethjson_element(&topics, i);
        ethjson_fixed(&topic, ret->log.topics[i].b, sizeof ret->log.topics[i].b);
    }
    add_bytes(memory, &data);
}

static void read_logs(struct ethrpc_logs *ret, const struct jsonio_node *array)
{
    ret->item = calloc(jsonio_count(array) + 1, sizeof *ret->item);
    if (ret->item == NULL)
        jsonio_fail(array, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    for (; ret->n < jsonio_count(array) && array->doc->code == ERR_OK; ret->n++) {
        struct jsonio_node item = jsonio_item(array, ret->n);
        read_log(&ret->item[ret->n], &ret->memory, &item);
    }
    /* The memory has stopped moving: now point into it. */
    for (size_t i = 0; i < ret->n && array->doc->code == ERR_OK; i++)
        ret->item[i].log.data = blobs_get(&ret->memory, i);
}

void ethrpc_logs_done(struct ethrpc_logs *logs)
{
    free(logs->item);
    blobs_done(&logs->memory);
    *logs = (struct ethrpc_logs){0};
}

enum err_code ethrpc_get_logs(const struct ethrpc_reply *reply, struct ethrpc_logs *ret,
                              struct err *e)
{
    struct ethrpc_reading r;
    enum err_code rc = ethrpc_begin(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    struct ethrpc_logs logs = {0};
    struct jsonio_node array = jsonio_root_array(&r.doc, r.root.value, LIMITS_BLOCK_ITEMS);
    read_logs(&logs, &array);
    if (r.doc.code == ERR_OK)
        *ret = logs;
    else
        ethrpc_logs_done(&logs);
    return ethrpc_end(&r, reply, e);
}

static void read_receipt(struct ethrpc_receipt *ret, const struct jsonio_node *root)
{
    *ret = (struct ethrpc_receipt){
        .tx_hash = ethjson_get_hash(root, "transactionHash"),
        .block_hash = ethjson_get_hash(root, "blockHash"),
        .block_number = ethjson_get_u64(root, "blockNumber"),
        .tx_index = ethjson_get_u64(root, "transactionIndex"),
        .from = ethjson_get_address(root, "from"),
        .has_to = !ethjson_lacks(root, "to"),
        .has_contract = !ethjson_lacks(root, "contractAddress"),
        .has_status = !ethjson_lacks(root, "status"),
        .gas_used = ethjson_get_u64(root, "gasUsed"),
    };
    if (ret->has_to)
        ret->to = ethjson_get_address(root, "to");
    if (ret->has_contract)
        ret->contract = ethjson_get_address(root, "contractAddress");
    if (ret->has_status)
        ret->ok = ethjson_get_u64(root, "status") == 1;
    if (!ethjson_lacks(root, "effectiveGasPrice"))
        ret->gas_price = ethjson_get_wei(root, "effectiveGasPrice");
    if (!ethjson_lacks(root, "l1Fee"))
        ret->l1_fee = ethjson_get_wei(root, "l1Fee");
    struct jsonio_node logs = jsonio_array(root, "logs", LIMITS_BLOCK_ITEMS);
    read_logs(&ret->logs, &logs);
}

enum err_code ethrpc_get_receipt(const struct ethrpc_reply *reply, struct ethrpc_receipt *ret,
                                 struct err *e)
{
    struct ethrpc_reading r;
    enum err_code rc = ethrpc_begin_object(&r, reply, e);
    if (rc != ERR_OK)
        return rc;
    struct ethrpc_receipt receipt;
    read_receipt(&receipt, &r.root);
    if (r.doc.code == ERR_OK)
        *ret = receipt;
    else
        ethrpc_logs_done(&receipt.logs);
    return ethrpc_end(&r, reply, e);
}
