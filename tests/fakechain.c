/* An Ethereum chain in memory: see fakechain.h. */
#include "tests/fakechain.h"

#include <inttypes.h>
#include <stdlib.h>

#include <jansson.h>

#include "common/ethtx.h"
#include "common/evidencejson.h"
#include "common/hex.h"
#include "common/keccak.h"
#include "common/mpt.h"
#include "common/rlp.h"
#include "tests/harness.h"
#include "tests/sample.h"

/* -- Blocks --------------------------------------------------------------------------------- */

static void secret_of(uint8_t ret[32], uint8_t key)
{
    memset(ret, 0, 32);
    ret[31] = key;
    ret[0] = 0x11;
}

struct seal_address fakechain_address(uint8_t key)
{
    uint8_t secret[32];
    struct seal_address address;
    struct err e;
    secret_of(secret, key);
    assert_ok(ethtx_key_address(&address, secret, &e), e);
    return address;
}

static void sign(struct fakechain_block *b, const struct fakechain *chain,
                 const struct fakechain_tx *in)
{
    struct ethtx tx = {
        .type = ETHTX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = in->chain_id != 0 ? in->chain_id : chain->id,
        .nonce = chain->n,
        .gas = 30000,
        .max_fee = 9,
        .max_priority_fee = 1,
        .has_to = true,
        .to = in->to,
        .value = {[31] = in->value},
        .data = {in->input, in->input_len},
    };
    uint8_t secret[32], raw[1024];
    struct bytes_writer w = bytes_writer(raw, sizeof raw);
    struct err e;
    secret_of(secret, in->key);
    assert_ok(ethtx_sign(&w, &tx, secret, &e), e);
    blobs_add(&b->tx, raw, w.len);
    b->tx_hash = keccak_256(raw, w.len);
    b->from = fakechain_address(in->key);
    b->to = in->to;
}

static bool is_call(const struct fakechain_tx *in,
                    void (*put)(uint8_t *, const struct seal_address *))
{
    struct seal_address argument;
    uint8_t call[REGISTRY_CALL_LEN];
    memcpy(argument.b, (const uint8_t *)in->input + 16, sizeof argument.b);
    put(call, &argument);
    return memcmp(call, in->input, sizeof call) == 0;
}

/* What the contract does: the length first, then the selector. */
static void run_registry(struct fakechain_block *b, const struct fakechain *chain,
                         const struct fakechain_tx *in)
{
    struct ethreceipt_log *log = &b->log;
    struct seal_address caller = in->claims != 0 ? fakechain_address(in->claims) : b->from;
    if (memcmp(in->to.b, chain->registry.b, sizeof in->to.b) != 0 || in->silent || in->failed)
        return;
    b->ok = in->input_len == 32 || in->input_len == REGISTRY_CALL_LEN; /* all else reverts */
    if (!b->ok)
        return;
    b->has_log = true;
    log->address = chain->registry;
    log->n_topics = 3;
    if (in->input_len == 32) {
        log->topics[0] = registry_topic(REGISTRY_ANCHORED);
        memcpy(log->topics[1].b, in->input, 32);
        log->topics[2] = registry_word(&caller);
        return;
    }
    bool add = is_call(in, registry_put_authorize), remove = is_call(in, registry_put_deauthorize);
    log->topics[0] = registry_topic(add      ? REGISTRY_KEY_ADDED
                                    : remove ? REGISTRY_KEY_REMOVED
                                             : REGISTRY_REVOKED);
    memcpy(log->topics[add || remove ? 2 : 1].b, (const uint8_t *)in->input + 4, 32);
    log->topics[add || remove ? 1 : 2] = registry_word(&caller);
}

static void put_receipt(struct fakechain_block *b)
{
    uint8_t raw[1024];
    struct bytes_writer w = bytes_writer(raw, sizeof raw);
    struct ethreceipt receipt = {.type = 2, .has_status = true, .ok = b->ok, .cumulative_gas = 23000,
                                 .logs = &b->log, .n_logs = b->has_log};
    ethreceipt_bloom(receipt.bloom, receipt.logs, receipt.n_logs);
    ethreceipt_put(&w, &receipt);
    assert_false(w.failed);
    blobs_add(&b->receipt, raw, w.len);
}

static void put_header(struct fakechain_block *b, uint64_t number)
{
    static const uint8_t ZEROS[256];
    struct hash32 txs, receipts;
    struct err e;
    assert_ok(mpt_build_list(&b->tx, MPT_NONE, &txs, NULL, &e), e);
    assert_ok(mpt_build_list(&b->receipt, MPT_NONE, &receipts, NULL, &e), e);
    struct bytes_writer w = bytes_writer(b->header, sizeof b->header);
    size_t list = rlp_open(&w);
    rlp_put_bytes(&w, ZEROS, 32);  /* parent */
    rlp_put_bytes(&w, ZEROS, 32);  /* uncles */
    rlp_put_bytes(&w, ZEROS, 20);  /* miner */
    rlp_put_bytes(&w, ZEROS, 32);  /* state */
    rlp_put_bytes(&w, txs.b, 32);
    rlp_put_bytes(&w, receipts.b, 32);
    rlp_put_bytes(&w, ZEROS, 256); /* bloom */
    rlp_put_u64(&w, 0);            /* difficulty */
    rlp_put_u64(&w, number);
    rlp_put_u64(&w, 30000000);     /* gas limit */
    rlp_put_u64(&w, 23000);        /* gas used */
    rlp_put_u64(&w, b->time);
    rlp_put_bytes(&w, "", 0);      /* extra */
    rlp_put_bytes(&w, ZEROS, 32);  /* mix */
    rlp_put_bytes(&w, ZEROS, 8);   /* nonce */
    rlp_put_u64(&w, 7);            /* base fee */
    rlp_close(&w, list);
    assert_false(w.failed);
    b->header_len = w.len;
    b->hash = keccak_256(b->header, w.len);
}

const struct fakechain_block *fakechain_send(struct fakechain *chain, const struct fakechain_tx *tx)
{
    assert_true(chain->n < FAKECHAIN_MAX);
    struct fakechain_block *b = &chain->blocks[chain->n];
    b->ok = !tx->failed;
    b->pending = tx->pending;
    b->time = SAMPLE_CREATED + 12 * chain->n;
    sign(b, chain, tx);
    run_registry(b, chain, tx);
    put_receipt(b);
    put_header(b, chain->n);
    chain->n++;
    return b;
}

void fakechain_open(struct fakechain *ret, uint64_t id)
{
    *ret = (struct fakechain){.id = id};
    memset(ret->registry.b, 0x5e, sizeof ret->registry.b);
    fakechain_send(ret, &(struct fakechain_tx){.key = 200});
}

void fakechain_close(struct fakechain *chain)
{
    for (uint64_t i = 0; i < chain->n; i++) {
        blobs_done(&chain->blocks[i].tx);
        blobs_done(&chain->blocks[i].receipt);
    }
}

void fakechain_settle(struct fakechain *chain)
{
    for (int i = 0; i < 2; i++)
        fakechain_send(chain, &(struct fakechain_tx){.key = 200});
    chain->final = chain->n - 3;
}

void fakechain_fill(const struct fakechain *chain, const struct fakechain_block *block,
                    struct proof_anchor *anchor)
{
    struct evidence ev;
    struct evidence_block captured = {
        .genesis_block = chain->blocks[0].hash,
        .header = {block->header, block->header_len},
        .transactions = &block->tx,
        .receipts = &block->receipt,
    };
    struct text text = {0};
    struct err e;
    assert_ok(evidence_build(&ev, &captured, 0, &e), e);
    assert_ok(evidencejson_write(&text, &ev, &e), e);
    evidence_done(&ev);
    free(anchor->evidence);
    anchor->evidence = text_steal(&text);
    anchor->chain_id = chain->id;
    anchor->from = block->from;
    anchor->to = block->to;
    anchor->tx_hash = block->tx_hash;
    anchor->block_number = (uint64_t)(block - chain->blocks);
    anchor->block_hash = block->hash;
    anchor->block_time = block->time;
}

/* -- Answers -------------------------------------------------------------------------------- */

static void put_hex(struct text *t, const char *before, const void *bytes, size_t len)
{
    text_puts(t, before);
    text_puts(t, "\"0x");
    text_put_hex(t, bytes, len);
    text_putc(t, '"');
}

static void put_number(struct text *t, const char *before, uint64_t v)
{
    text_putf(t, "%s\"0x%" PRIx64 "\"", before, v);
}

static void put_integer(struct text *t, const char *before, const uint8_t bytes[32])
{
    char hex[65];
    hex_encode(hex, bytes, 32);
    size_t zeros = strspn(hex, "0");
    text_putf(t, "%s\"0x%s\"", before, zeros < 64 ? hex + zeros : "0");
}

static void put_place(struct text *t, const struct fakechain *chain, const struct fakechain_block *b)
{
    put_hex(t, ",\"blockHash\":", b->hash.b, 32);
    put_number(t, ",\"blockNumber\":", (uint64_t)(b - chain->blocks));
    text_puts(t, ",\"transactionIndex\":\"0x0\"");
}

static void put_tx(struct text *t, const struct fakechain *chain, const struct fakechain_block *b)
{
    struct ethtx tx;
    struct err e;
    struct slice raw = blobs_get(&b->tx, 0);
    assert_ok(ethtx_decode(&tx, raw.data, raw.len, &e), e);
    put_hex(t, "{\"type\":\"0x2\",\"accessList\":[],\"hash\":", b->tx_hash.b, 32);
    put_number(t, ",\"chainId\":", tx.chain_id);
    put_number(t, ",\"nonce\":", tx.nonce);
    put_number(t, ",\"gas\":", tx.gas);
    put_number(t, ",\"maxFeePerGas\":", 9);
    put_number(t, ",\"maxPriorityFeePerGas\":", 1);
    put_hex(t, ",\"from\":", b->from.b, 20);
    put_hex(t, ",\"to\":", tx.to.b, 20);
    put_integer(t, ",\"value\":", tx.value);
    put_hex(t, ",\"input\":", tx.data.data, tx.data.len);
    put_number(t, ",\"yParity\":", tx.signature.y);
    put_integer(t, ",\"r\":", tx.signature.r);
    put_integer(t, ",\"s\":", tx.signature.s);
    if (b->pending)
        text_puts(t, ",\"blockHash\":null,\"blockNumber\":null,\"transactionIndex\":null");
    else
        put_place(t, chain, b);
    text_putc(t, '}');
}

static void put_log(struct text *t, const struct fakechain *chain, const struct fakechain_block *b)
{
    put_hex(t, "{\"data\":\"0x\",\"removed\":false,\"logIndex\":\"0x0\",\"address\":",
            b->log.address.b, 20);
    put_hex(t, ",\"transactionHash\":", b->tx_hash.b, 32);
    put_place(t, chain, b);
    text_puts(t, ",\"topics\":[");
    for (size_t i = 0; i < b->log.n_topics; i++)
        put_hex(t, i > 0 ? "," : "", b->log.topics[i].b, 32);
    text_puts(t, "]}");
}

static void put_receipt_json(struct text *t, const struct fakechain *chain,
                             const struct fakechain_block *b)
{
    put_hex(t, "{\"transactionHash\":", b->tx_hash.b, 32);
    put_hex(t, ",\"from\":", b->from.b, 20);
    put_hex(t, ",\"to\":", b->to.b, 20);
    put_place(t, chain, b);
    text_putf(t, ",\"contractAddress\":null,\"gasUsed\":\"0x59d8\",\"cumulativeGasUsed\":\"0x59d8\","
                 "\"status\":\"0x%d\",\"logs\":[", b->ok);
    if (b->has_log)
        put_log(t, chain, b);
    text_puts(t, "]}");
}

static void put_block(struct text *t, const struct fakechain *chain, const struct fakechain_block *b)
{
    static const uint8_t ZEROS[256];
    put_number(t, "{\"transactions\":[],\"number\":", (uint64_t)(b - chain->blocks));
    put_number(t, ",\"timestamp\":", b->time);
    put_hex(t, ",\"hash\":", b->replaced ? ZEROS : b->hash.b, 32);
    put_hex(t, ",\"parentHash\":", ZEROS, 32);
    put_hex(t, ",\"transactionsRoot\":", ZEROS, 32);
    put_hex(t, ",\"receiptsRoot\":", ZEROS, 32);
    put_hex(t, ",\"logsBloom\":", ZEROS, 256);
    text_puts(t, ",\"baseFeePerGas\":\"0x7\"}");
}

/* -- Questions ------------------------------------------------------------------------------ */

static const struct fakechain_block *block_of_tx(const struct fakechain *chain, json_t *hash)
{
    for (uint64_t i = 0; i < chain->n; i++) {
        char hex[67] = "0x";
        hex_encode(hex + 2, chain->blocks[i].tx_hash.b, 32);
        if (strcmp(hex, json_string_value(hash)) == 0)
            return &chain->blocks[i];
    }
    return NULL;
}

static const struct fakechain_block *block_at(const struct fakechain *chain, const char *tag)
{
    uint64_t number = strcmp(tag, "latest") == 0      ? chain->n - 1
                      : strcmp(tag, "finalized") == 0 ? chain->final
                                                      : strtoull(tag, NULL, 16);
    return number < chain->n && !chain->blocks[number].pending ? &chain->blocks[number] : NULL;
}

static void put_error(struct text *t, const char *message)
{
    text_putf(t, ",\"error\":{\"code\":-32000,\"message\":\"%s\"}}", message);
}

static bool matches(const struct fakechain_block *b, json_t *filter)
{
    json_t *topics = json_object_get(filter, "topics"), *topic;
    size_t i;
    if (!b->has_log)
        return false;
    json_array_foreach(topics, i, topic) {
        char hex[67] = "0x";
        hex_encode(hex + 2, b->log.topics[i].b, 32);
        if (json_is_string(topic) && strcmp(hex, json_string_value(topic)) != 0)
            return false;
    }
    return true;
}

static void answer_logs(struct text *t, const struct fakechain *chain, json_t *filter)
{
    const char *last = json_string_value(json_object_get(filter, "toBlock"));
    uint64_t from = strtoull(json_string_value(json_object_get(filter, "fromBlock")), NULL, 16);
    uint64_t to = strcmp(last, "latest") == 0 ? chain->n - 1 : strtoull(last, NULL, 16);
    if (chain->max_span > 0 && to - from + 1 > chain->max_span) {
        put_error(t, "query returned more than 10000 results");
        return;
    }
    const char *comma = "";
    text_puts(t, ",\"result\":[");
    for (uint64_t i = from; i <= to && i < chain->n; i++) {
        if (!matches(&chain->blocks[i], filter))
            continue;
        text_puts(t, comma);
        put_log(t, chain, &chain->blocks[i]);
        comma = ",";
    }
    text_puts(t, "]}");
}

typedef void (*put_fn)(struct text *t, const struct fakechain *chain,
                       const struct fakechain_block *b);

static void answer_block(struct text *t, const struct fakechain *chain,
                         const struct fakechain_block *b, put_fn put)
{
    text_puts(t, ",\"result\":");
    if (b != NULL)
        put(t, chain, b);
    else
        text_puts(t, "null");
    text_putc(t, '}');
}

static void answer(struct text *t, const struct fakechain *chain, const char *method, json_t *params)
{
    json_t *first = json_array_get(params, 0);
    if (strcmp(method, "eth_chainId") == 0 || strcmp(method, "eth_blockNumber") == 0) {
        put_number(t, ",\"result\":", method[4] == 'c' ? chain->id : chain->n - 1);
        text_putc(t, '}');
    } else if (strcmp(method, "eth_getTransactionByHash") == 0) {
        answer_block(t, chain, block_of_tx(chain, first), put_tx);
    } else if (strcmp(method, "eth_getTransactionReceipt") == 0) {
        answer_block(t, chain, block_of_tx(chain, first), put_receipt_json);
    } else if (strcmp(method, "eth_getLogs") == 0) {
        answer_logs(t, chain, first);
    } else if (strcmp(json_string_value(first), "finalized") == 0 && chain->no_finalized) {
        put_error(t, "invalid block tag");
    } else {
        assert_string_equal(method, "eth_getBlockByNumber");
        answer_block(t, chain, block_at(chain, json_string_value(first)), put_block);
    }
}

static enum err_code exchange(void *self, const struct fetch_request *request,
                              struct fetch_reply *reply, struct err *e)
{
    struct fakechain *chain = self;
    json_t *body = json_loadb(request->body, request->body_len, 0, NULL);
    const char *method = json_string_value(json_object_get(body, "method"));
    bool broken = chain->break_method != NULL && strcmp(chain->break_method, method) == 0;
    chain->calls++;
    reply->status = 200;
    text_clear(&reply->body);
    if (broken && chain->with_body != NULL) {
        reply->status = 502;
        text_puts(&reply->body, chain->with_body);
    } else if (!broken) {
        text_putf(&reply->body, "{\"jsonrpc\":\"2.0\",\"id\":%lld",
                  (long long)json_integer_value(json_object_get(body, "id")));
        answer(&reply->body, chain, method, json_object_get(body, "params"));
    }
    json_decref(body);
    return broken && chain->with_body == NULL ? err_set(e, chain->with_error, "broken on purpose")
                                              : ERR_OK;
}

struct endpoints_transport fakechain_transport(struct fakechain *chain)
{
    return (struct endpoints_transport){exchange, chain};
}
