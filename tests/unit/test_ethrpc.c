/* JSON-RPC: bodies as a node wants them, every reply of a real anvil, everything that a reply must not
 * be, and replies written back into raw bytes. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "common/ethjson.h"
#include "common/ethraw.h"
#include "common/ethrpc.h"
#include "common/ethtx.h"
#include "common/hex.h"
#include "common/keccak.h"
#include "common/registry.h"

#define ID 1 /* of all replies in the file */

/* The replies of tests/data/anvil.json, made by capture.py beside it. */
static json_t *replies;

static int load_replies(void **state)
{
    (void)state;
    replies = json_load_file("data/anvil.json", 0, NULL);
    return replies == NULL;
}

static int free_replies(void **state)
{
    (void)state;
    json_decref(replies);
    return 0;
}

static json_t *reply_named(const char *name)
{
    json_t *reply = json_object_get(replies, name);
    if (reply == NULL)
        fail_msg("no reply \"%s\"", name);
    return reply;
}

static struct ethrpc_reply open_json(enum ethrpc_method method, const json_t *reply)
{
    char *text = json_dumps(reply, 0);
    struct ethrpc_reply r;
    struct err e;
    assert_ok(ethrpc_open(&r, method, ID, text, strlen(text), &e), e);
    free(text);
    return r;
}

static struct ethrpc_reply open_named(enum ethrpc_method method, const char *name)
{
    return open_json(method, reply_named(name));
}

/* A reply with this result. */
static struct ethrpc_reply open_result(enum ethrpc_method method, const char *result)
{
    char text[4096];
    struct ethrpc_reply r;
    struct err e;
    int len = snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":%s}", result);
    assert_in_range(len, 1, sizeof text - 1);
    assert_ok(ethrpc_open(&r, method, ID, text, (size_t)len, &e), e);
    return r;
}

/* --- requests ---------------------------------------------------------------------------------- */

static void check_body(struct ethrpc_request request, const char *method, const char *params)
{
    char expected[2048];
    char *got = ethrpc_body(&request, 42);
    snprintf(expected, sizeof expected, "{\"jsonrpc\":\"2.0\",\"id\":42,\"method\":\"%s\",\"params\":[%s]}", method, params);
    assert_string_equal(got, expected);
    json_t *parsed = json_loads(got, 0, NULL);
    assert_non_null(parsed);
    json_decref(parsed);
    free(got);
}

#define A1 "\"0x0100000000000000000000000000000000000000\""
#define A2 "\"0x0200000000000000000000000000000000000000\""
#define H3 "\"0x0300000000000000000000000000000000000000000000000000000000000000\""

static void bodies(void **state)
{
    (void)state;
    const struct seal_address one = {{1}}, two = {{2}};
    const struct hash32 three = {{3}};
    const struct slice data = {(const uint8_t *)"\xde\xad", 2};
    check_body((struct ethrpc_request){.method = ETHRPC_CHAIN_ID}, "eth_chainId", "");
    check_body((struct ethrpc_request){.method = ETHRPC_SYNCING}, "eth_syncing", "");
    check_body((struct ethrpc_request){.method = ETHRPC_BLOCK_BY_NUMBER, .block = 4095},
               "eth_getBlockByNumber", "\"0xfff\",false");
    check_body((struct ethrpc_request){.method = ETHRPC_BLOCK_BY_NUMBER, .block = ETHRPC_FINALIZED, .whole = true},
               "eth_getBlockByNumber", "\"finalized\",true");
    check_body((struct ethrpc_request){.method = ETHRPC_BLOCK_BY_HASH, .hash = three}, "eth_getBlockByHash", H3 ",false");
    check_body((struct ethrpc_request){.method = ETHRPC_BLOCK_RECEIPTS, .block = 0}, "eth_getBlockReceipts", "\"0x0\"");
    check_body((struct ethrpc_request){.method = ETHRPC_FEE_HISTORY, .n_blocks = 20, .block = ETHRPC_LATEST},
               "eth_feeHistory", "\"0x14\",\"latest\",[10,50]");
    check_body((struct ethrpc_request){.method = ETHRPC_TRANSACTION_COUNT, .address = one, .block = ETHRPC_PENDING},
               "eth_getTransactionCount", A1 ",\"pending\"");
    check_body((struct ethrpc_request){.method = ETHRPC_BALANCE, .address = one, .block = ETHRPC_SAFE},
               "eth_getBalance", A1 ",\"safe\"");
    check_body((struct ethrpc_request){.method = ETHRPC_CODE, .address = one, .block = ETHRPC_EARLIEST},
               "eth_getCode", A1 ",\"earliest\"");
    check_body((struct ethrpc_request){.method = ETHRPC_ESTIMATE_GAS, .address = one, .data = data},
               "eth_estimateGas", "{\"from\":" A1 ",\"data\":\"0xdead\"}");
    check_body((struct ethrpc_request){.method = ETHRPC_CALL, .address = one, .has_to = true, .to = two, .block = ETHRPC_LATEST},
               "eth_call", "{\"from\":" A1 ",\"to\":" A2 ",\"data\":\"0x\"},\"latest\"");
    check_body((struct ethrpc_request){.method = ETHRPC_SEND_RAW, .data = data}, "eth_sendRawTransaction", "\"0xdead\"");
    check_body((struct ethrpc_request){.method = ETHRPC_RAW_TRANSACTION_AT, .hash = three, .index = 16},
               "eth_getRawTransactionByBlockHashAndIndex", H3 ",\"0x10\"");
    check_body((struct ethrpc_request){.method = ETHRPC_LOGS, .block = 1, .last_block = 2000, .address = two, .n_topics = 3,
                                       .any_topic = {false, true, false}, .topics = {three, {{0}}, registry_word(&one)}},
               "eth_getLogs",
               "{\"fromBlock\":\"0x1\",\"toBlock\":\"0x7d0\",\"address\":" A2 ",\"topics\":[" H3
               ",null,\"0x0000000000000000000000000100000000000000000000000000000000000000\"]}");
}

/* --- the envelope ------------------------------------------------------------------------------ */

static void every_wrong_envelope_is_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "",
        "null",
        "[]",
        "42",
        "<html>502 Bad Gateway</html>",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\"",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\"}x",
        "{\"jsonrpc\":\"2.0\",\"id\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\",\"error\":null}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\",\"error\":{\"code\":1,\"message\":\"x\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"0x1\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":\"0x1\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1.0,\"result\":\"0x1\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":\"0x1\"}",
        "{\"jsonrpc\":\"2.0\",\"result\":\"0x1\"}",
        "{\"jsonrpc\":\"1.0\",\"id\":1,\"result\":\"0x1\"}",
        "{\"id\":1,\"result\":\"0x1\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":1,\"result\":\"0x1\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\",\"result\":\"0x2\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":\"bad\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":\"1\",\"message\":\"x\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1}}",
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"parse error\"}}",
        "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\"}]",
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct ethrpc_reply r = {.code = 77};
        struct err e;
        assert_err(ethrpc_open(&r, ETHRPC_CHAIN_ID, ID, BAD[i], strlen(BAD[i]), &e), ERR_RPC);
        assert_int_equal(strncmp(e.msg, "eth_chainId: ", 13), 0);
        assert_int_equal(r.code, 77);
    }
}

static void deep_and_long_replies_are_refused(void **state)
{
    (void)state;
    size_t len = ethrpc_max_reply(ETHRPC_CHAIN_ID) + 1;
    char *text = malloc(len);
    struct ethrpc_reply r;
    struct err e;
    memset(text, ' ', len);
    assert_err(ethrpc_open(&r, ETHRPC_CHAIN_ID, ID, text, len, &e), ERR_RPC);
    memset(text, '[', len);
    assert_err(ethrpc_open(&r, ETHRPC_CHAIN_ID, ID, text, 10000, &e), ERR_RPC);
    free(text);
    assert_true(ethrpc_max_reply(ETHRPC_BLOCK_BY_HASH) > ethrpc_max_reply(ETHRPC_CHAIN_ID));
}

static void a_refusal_is_told_and_classified(void **state)
{
    (void)state;
    struct ethrpc_reply r = open_named(ETHRPC_SEND_RAW, "known");
    struct hash32 h;
    struct err e;
    assert_true(r.refused);
    assert_int_equal(r.fault.class, ETHFAULT_NONCE_LOW);
    assert_err(ethrpc_get_hash(&r, &h, &e), ERR_RPC);
    assert_string_equal(e.msg, "eth_sendRawTransaction: the node says \"nonce too low\" (-32003)");
    ethrpc_done(&r);
    r = open_named(ETHRPC_BLOCK_RECEIPTS, "bad method");
    assert_int_equal(r.fault.class, ETHFAULT_NO_METHOD);
    ethrpc_done(&r);
    ethrpc_done(&r);
}

static void texts_of_strangers_are_made_printable(void **state)
{
    (void)state;
    static const char BODY[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-1,\"message\":\"a\\n\\u001b[31m\xc3\xa9\\u0000z\"}}";
    struct ethrpc_reply r;
    struct err e;
    char text[ETHRPC_MAX_TEXT];
    enum err_code rc = ethrpc_open(&r, ETHRPC_SYNCING, ID, BODY, sizeof BODY - 1, &e);
    assert_err(rc, ERR_RPC); /* a zero character */
    r = open_result(ETHRPC_CLIENT_VERSION, "\"Geth/v1\\r\\n\xc3\xa9\"");
    assert_ok(ethrpc_get_text(&r, text, &e), e);
    assert_string_equal(text, "Geth/v1????");
    ethrpc_done(&r);
}

/* --- simple results ---------------------------------------------------------------------------- */

static uint64_t u64_named(enum ethrpc_method method, const char *name)
{
    struct ethrpc_reply r = open_named(method, name);
    uint64_t v = 0;
    struct err e;
    assert_ok(ethrpc_get_u64(&r, &v, &e), e);
    ethrpc_done(&r);
    return v;
}

static void simple_results_of_anvil(void **state)
{
    (void)state;
    struct err e;
    wei v;
    bool syncing = true;
    char text[ETHRPC_MAX_TEXT];
    assert_int_equal(u64_named(ETHRPC_CHAIN_ID, "chain id"), 11155111);
    assert_int_equal(u64_named(ETHRPC_BLOCK_NUMBER, "block number"), 11);
    assert_int_equal(u64_named(ETHRPC_TRANSACTION_COUNT, "count"), 2);
    assert_in_range(u64_named(ETHRPC_ESTIMATE_GAS, "estimate"), 22000, 24000);
    struct ethrpc_reply r = open_named(ETHRPC_BALANCE, "balance");
    assert_ok(ethrpc_get_wei(&r, &v, &e), e);
    assert_true(v > 9999 * WEI_PER_ETHER && v < 10000 * WEI_PER_ETHER);
    ethrpc_done(&r);
    r = open_named(ETHRPC_SYNCING, "syncing");
    assert_ok(ethrpc_get_syncing(&r, &syncing, &e), e);
    assert_false(syncing);
    ethrpc_done(&r);
    r = open_result(ETHRPC_SYNCING, "{\"currentBlock\":\"0x1\"}");
    assert_ok(ethrpc_get_syncing(&r, &syncing, &e), e);
    assert_true(syncing);
    ethrpc_done(&r);
    r = open_named(ETHRPC_CLIENT_VERSION, "client");
    assert_ok(ethrpc_get_text(&r, text, &e), e);
    assert_memory_equal(text, "anvil", 5);
    ethrpc_done(&r);
}

static void bytes_are_added(void **state)
{
    (void)state;
    struct blobs b = {0};
    struct err e;
    struct ethrpc_reply r = open_named(ETHRPC_CODE, "code");
    assert_ok(ethrpc_get_bytes(&r, &b, &e), e);
    ethrpc_done(&r);
    r = open_result(ETHRPC_CALL, "\"0x\"");
    assert_ok(ethrpc_get_bytes(&r, &b, &e), e);
    ethrpc_done(&r);
    assert_int_equal(b.n, 2);
    assert_true(blobs_get(&b, 0).len > 100);
    assert_int_equal(blobs_get(&b, 1).len, 0);
    r = open_result(ETHRPC_CALL, "\"0x123\"");
    assert_err(ethrpc_get_bytes(&r, &b, &e), ERR_RPC);
    ethrpc_done(&r);
    assert_int_equal(b.n, 2);
    blobs_done(&b);
}

/* What is not of the right form, for each kind of getter. */
static void wrong_types_name_the_method(void **state)
{
    (void)state;
    static const char *const BAD[] = {"1", "true", "[]", "{}", "\"\"", "\"1\"", "\"0x\"", "\"0x01\"", "\"0xg\"",
                                      "\"0x1\\u0000\"", "\"0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\""};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct ethrpc_reply r = open_result(ETHRPC_BLOCK_NUMBER, BAD[i]);
        uint64_t u;
        wei w;
        struct hash32 h;
        struct err e;
        assert_err(ethrpc_get_u64(&r, &u, &e), ERR_RPC);
        assert_memory_equal(e.msg, "eth_blockNumber: ", 17);
        assert_err(ethrpc_get_wei(&r, &w, &e), ERR_RPC);
        assert_err(ethrpc_get_hash(&r, &h, &e), ERR_RPC);
        ethrpc_done(&r);
    }
    struct ethrpc_reply r = open_result(ETHRPC_CHAIN_ID, "\"0x10000000000000000\"");
    uint64_t u;
    assert_err(ethrpc_get_u64(&r, &u, NULL), ERR_RPC);
    ethrpc_done(&r);
}

static void null_is_not_found(void **state)
{
    (void)state;
    struct err e;
    struct ethrpc_receipt receipt;
    struct ethrpc_block block;
    struct blobs b = {0};
    struct ethrpc_reply r = open_named(ETHRPC_RECEIPT, "no receipt");
    assert_err(ethrpc_get_receipt(&r, &receipt, &e), ERR_NOT_FOUND);
    assert_string_equal(e.msg, "eth_getTransactionReceipt: the node knows nothing of it");
    ethrpc_done(&r);
    r = open_named(ETHRPC_BLOCK_BY_NUMBER, "no block");
    assert_err(ethrpc_get_block(&r, &block, &e), ERR_NOT_FOUND);
    assert_err(ethraw_header(&r, &b, &e), ERR_NOT_FOUND);
    ethrpc_done(&r);
}

/* --- blocks, fees, receipts, logs -------------------------------------------------------------- */

static void a_block_is_read(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"block", "block hashes"};
    struct ethrpc_block blocks[2];
    struct hash32 h[2];
    struct err e;
    for (int i = 0; i < 2; i++) {
        struct ethrpc_reply r = open_named(ETHRPC_BLOCK_BY_NUMBER, NAMES[i]);
        assert_ok(ethrpc_get_block(&r, &blocks[i], &e), e);
        assert_ok(ethrpc_get_block_transaction(&r, 5, &h[i], &e), e);
        assert_err(ethrpc_get_block_transaction(&r, 6, &h[i], &e), ERR_NOT_FOUND);
        ethrpc_done(&r);
    }
    assert_memory_equal(&h[0], &h[1], sizeof h[0]);
    assert_true(hash32_equal(&blocks[0].hash, &blocks[1].hash));
    assert_true(blocks[0].number == 2 && blocks[0].n_transactions == 6 && blocks[0].has_base_fee);
    assert_true(blocks[0].base_fee > 0 && blocks[0].time >= 1795330800 && blocks[0].time < 1795340000);
    struct hash32 topic = registry_topic(REGISTRY_ANCHORED);
    assert_true(ethreceipt_bloom_has(blocks[0].bloom, topic.b, sizeof topic.b));
}

/* An old chain: no base fee. */
static void a_block_without_base_fee(void **state)
{
    (void)state;
    json_t *reply = json_deep_copy(reply_named("block hashes"));
    json_object_del(json_object_get(reply, "result"), "baseFeePerGas");
    struct ethrpc_reply r = open_json(ETHRPC_BLOCK_BY_HASH, reply);
    struct ethrpc_block block;
    struct err e;
    assert_ok(ethrpc_get_block(&r, &block, &e), e);
    assert_false(block.has_base_fee);
    ethrpc_done(&r);
    json_decref(reply);
}

static void fees_are_read(void **state)
{
    (void)state;
    struct ethrpc_reply r = open_named(ETHRPC_FEE_HISTORY, "fee history");
    struct ethrpc_fee_history h;
    struct err e;
    assert_ok(ethrpc_get_fee_history(&r, &h, &e), e);
    ethrpc_done(&r);
    assert_int_equal(h.n_blocks, 12);
    assert_false(h.blocks[0].used);
    assert_true(h.blocks[2].used && h.blocks[2].reward50 == WEI_PER_GWEI && h.blocks[2].reward10 == WEI_PER_GWEI);
    assert_true(h.blocks[0].base_fee == WEI_PER_GWEI && h.next_base_fee > 0 && h.next_base_fee < h.blocks[0].base_fee);
}

static void odd_fee_histories(void **state)
{
    (void)state;
    static const struct {
        const char *result;
        enum err_code code;
    } CASES[] = {
        {"{\"baseFeePerGas\":[],\"gasUsedRatio\":[]}", ERR_OK},
        {"{\"baseFeePerGas\":[\"0x5\"],\"gasUsedRatio\":[],\"reward\":[]}", ERR_OK},
        {"{\"baseFeePerGas\":[\"0x5\",\"0x5\"],\"gasUsedRatio\":[0],\"reward\":null}", ERR_OK},
        {"{\"baseFeePerGas\":[\"0x5\",\"0x5\"],\"gasUsedRatio\":[0.5],\"reward\":[null]}", ERR_OK},
        {"{\"baseFeePerGas\":[\"0x5\",\"0x5\"],\"gasUsedRatio\":[1],\"reward\":[[\"0x1\",\"0x2\"]]}", ERR_OK},
        {"{\"baseFeePerGas\":[\"0x5\"],\"gasUsedRatio\":[1],\"reward\":[[\"0x1\",\"0x2\"]]}", ERR_RPC},
        {"{\"baseFeePerGas\":[\"0x5\",\"0x5\"],\"gasUsedRatio\":[1],\"reward\":[[\"0x1\"]]}", ERR_RPC},
        {"{\"baseFeePerGas\":[\"0x5\",\"0x5\"],\"gasUsedRatio\":[1],\"reward\":[[\"0x1\",\"0x2\"],[\"0x1\",\"0x2\"]]}", ERR_RPC},
        {"{\"baseFeePerGas\":[\"0x5\",\"0x5\"],\"gasUsedRatio\":[1],\"reward\":[5]}", ERR_RPC},
        {"{\"baseFeePerGas\":[5,5],\"gasUsedRatio\":[1]}", ERR_RPC},
        {"{\"baseFeePerGas\":[\"0x5\",\"0x5\"],\"gasUsedRatio\":[\"1\"]}", ERR_RPC},
        {"{\"baseFeePerGas\":[\"0x5\",\"0x5\"]}", ERR_RPC},
        {"{\"gasUsedRatio\":[]}", ERR_RPC},
        {"[]", ERR_RPC},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct ethrpc_reply r = open_result(ETHRPC_FEE_HISTORY, CASES[i].result);
        struct ethrpc_fee_history h;
        assert_err(ethrpc_get_fee_history(&r, &h, NULL), CASES[i].code);
        ethrpc_done(&r);
    }
}

static struct seal_address the_registry(void)
{
    struct seal_address a;
    const char *text = json_string_value(json_object_get(replies, "registry"));
    assert_true(hex_decode(a.b, sizeof a.b, text + 2, 40, true));
    return a;
}

static void a_receipt_is_read(void **state)
{
    (void)state;
    struct ethrpc_reply r = open_named(ETHRPC_RECEIPT, "receipt");
    struct ethrpc_receipt receipt;
    struct registry_event event;
    struct seal_address registry = the_registry();
    struct err e;
    assert_ok(ethrpc_get_receipt(&r, &receipt, &e), e);
    ethrpc_done(&r);
    assert_true(receipt.has_status && receipt.ok && receipt.has_to && !receipt.has_contract);
    assert_true(receipt.block_number == 2 && receipt.tx_index == 1 && receipt.l1_fee == 0);
    assert_in_range(receipt.gas_used, 22280, 23200);
    assert_true(receipt.gas_price > WEI_PER_GWEI);
    assert_int_equal(receipt.logs.n, 1);
    assert_true(registry_read(&event, &receipt.logs.item[0].log, &registry));
    assert_int_equal(event.what, REGISTRY_ANCHORED);
    assert_memory_equal(event.issuer.b, receipt.from.b, sizeof event.issuer.b);
    assert_memory_equal(event.value.b, "\x12\x34\x56\x78\x90\xab\xcd\xef", 8);
    ethrpc_logs_done(&receipt.logs);
    ethrpc_logs_done(&receipt.logs);
}

static void logs_are_read(void **state)
{
    (void)state;
    struct ethrpc_reply r = open_named(ETHRPC_LOGS, "logs");
    struct ethrpc_logs logs;
    struct registry_event event;
    struct seal_address registry = the_registry();
    struct err e;
    assert_ok(ethrpc_get_logs(&r, &logs, &e), e);
    ethrpc_done(&r);
    assert_int_equal(logs.n, 2);
    assert_true(logs.item[0].tx_index == 1 && logs.item[1].tx_index == 5 && logs.item[1].log_index == 1);
    assert_true(!logs.item[0].removed && logs.item[0].block_number == 2);
    assert_true(registry_read(&event, &logs.item[1].log, &registry));
    assert_int_equal(event.what, REGISTRY_KEY_ADDED);
    ethrpc_logs_done(&logs);
    r = open_result(ETHRPC_LOGS, "[]");
    assert_ok(ethrpc_get_logs(&r, &logs, &e), e);
    assert_int_equal(logs.n, 0);
    ethrpc_logs_done(&logs);
    ethrpc_done(&r);
}

/* --- raw bytes --------------------------------------------------------------------------------- */

static void check_raw_named(struct slice got, const char *name)
{
    size_t len;
    uint8_t *raw = harness_hex(json_string_value(json_object_get(reply_named(name), "result")) + 2, &len);
    assert_int_equal(got.len, len);
    assert_memory_equal(got.data, raw, len);
    free(raw);
}

static void transactions_are_rebuilt(void **state)
{
    (void)state;
    struct ethrpc_reply r = open_named(ETHRPC_BLOCK_BY_NUMBER, "block");
    struct blobs txs = {0};
    struct err e;
    assert_ok(ethraw_block_transactions(&r, &txs, &e), e);
    ethrpc_done(&r);
    assert_int_equal(txs.n, 6);
    for (size_t i = 0; i < txs.n; i++) {
        char name[32];
        struct ethtx tx;
        snprintf(name, sizeof name, "raw %zu", i);
        check_raw_named(blobs_get(&txs, i), name);
        assert_ok(ethtx_decode(&tx, blobs_get(&txs, i).data, blobs_get(&txs, i).len, &e), e);
    }
    struct ethraw_place place;
    r = open_named(ETHRPC_TRANSACTION, "transaction");
    assert_ok(ethraw_transaction(&r, &txs, &place, &e), e);
    ethrpc_done(&r);
    check_raw_named(blobs_get(&txs, 6), "raw at 1");
    assert_true(place.mined && place.block_number == 2 && place.tx_index == 1);
    blobs_done(&txs);
}

static void headers_are_rebuilt(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"block", "block hashes", "genesis", "next block", "later block"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        struct ethrpc_reply r = open_named(ETHRPC_BLOCK_BY_NUMBER, NAMES[i]);
        struct ethrpc_block block;
        struct blobs b = {0};
        struct err e;
        assert_ok(ethrpc_get_block(&r, &block, &e), e);
        assert_ok(ethraw_header(&r, &b, &e), e);
        struct hash32 h = keccak_256(blobs_get(&b, 0).data, blobs_get(&b, 0).len);
        assert_true(hash32_equal(&h, &block.hash));
        blobs_done(&b);
        ethrpc_done(&r);
    }
}

/* Older forms have fewer fields, whatever else the node shows: the hash tells. */
static void older_headers_are_rebuilt(void **state)
{
    (void)state;
    for (unsigned form = 0; form < ETHJSON_HEADER_FORMS; form++) {
        json_t *reply = json_deep_copy(reply_named("block hashes")), *block = json_object_get(reply, "result");
        uint8_t rlp[1024];
        char hash[67] = "0x";
        struct jsonio doc = {0};
        json_object_set_new(block, "blockAccessListHash", json_string("0x0000000000000000000000000000000000000000000000000000000000000001"));
        json_object_set_new(block, "slotNumber", json_string("0x99"));
        struct jsonio_node node = jsonio_root(&doc, block);
        struct bytes_writer w = bytes_writer(rlp, sizeof rlp);
        assert_true(ethjson_put_header(&w, &node, form));
        struct hash32 h = keccak_256(rlp, w.len);
        hex_encode(hash + 2, h.b, sizeof h.b);
        json_object_set_new(block, "hash", json_string(hash));

        struct ethrpc_reply r = open_json(ETHRPC_BLOCK_BY_HASH, reply);
        struct blobs b = {0};
        struct err e;
        assert_ok(ethraw_header(&r, &b, &e), e);
        assert_int_equal(blobs_get(&b, 0).len, w.len);
        assert_memory_equal(blobs_get(&b, 0).data, rlp, w.len);
        blobs_done(&b);
        ethrpc_done(&r);
        json_decref(reply);
    }
}

static void receipts_are_rebuilt(void **state)
{
    (void)state;
    struct ethrpc_reply block = open_named(ETHRPC_BLOCK_BY_NUMBER, "block"), r = open_named(ETHRPC_BLOCK_RECEIPTS, "block receipts");
    struct ethrpc_block header;
    struct blobs all = {0}, one = {0};
    struct err e;
    assert_ok(ethrpc_get_block(&block, &header, &e), e);
    assert_ok(ethraw_block_receipts(&r, &header.hash, &all, &e), e);
    assert_int_equal(all.n, 6);
    ethrpc_done(&r);
    /* One by one: the next must be the one of its index. */
    r = open_named(ETHRPC_RECEIPT, "receipt");
    assert_err(ethraw_receipt(&r, &header.hash, &one, &e), ERR_RPC);
    blobs_add(&one, "receipt 0", 9);
    assert_err(ethraw_receipt(&r, &header.parent_hash, &one, &e), ERR_RPC);
    assert_ok(ethraw_receipt(&r, &header.hash, &one, &e), e);
    assert_int_equal(blobs_get(&one, 1).len, blobs_get(&all, 1).len);
    assert_memory_equal(blobs_get(&one, 1).data, blobs_get(&all, 1).data, blobs_get(&all, 1).len);
    ethrpc_done(&r);
    ethrpc_done(&block);
    blobs_done(&all);
    blobs_done(&one);
}

/* Change one member of the result of a copy of a reply. */
static json_t *changed(const char *name, const char *key, json_t *value)
{
    json_t *reply = json_deep_copy(reply_named(name));
    json_object_set_new(json_object_get(reply, "result"), key, value);
    return reply;
}

static void what_does_not_hash_right_is_refused(void **state)
{
    (void)state;
    struct blobs b = {0};
    struct err e;
    json_t *reply = changed("block", "gasUsed", json_string("0x1"));
    struct ethrpc_reply r = open_json(ETHRPC_BLOCK_BY_NUMBER, reply);
    assert_err(ethraw_header(&r, &b, &e), ERR_RPC);
    ethrpc_done(&r);
    json_decref(reply);
    reply = changed("transaction", "nonce", json_string("0x63"));
    r = open_json(ETHRPC_TRANSACTION, reply);
    assert_err(ethraw_transaction(&r, &b, NULL, &e), ERR_RPC);
    ethrpc_done(&r);
    json_decref(reply);
    reply = changed("transaction", "type", json_string("0x64"));
    r = open_json(ETHRPC_TRANSACTION, reply);
    assert_err(ethraw_transaction(&r, &b, NULL, &e), ERR_UNSUPPORTED);
    ethrpc_done(&r);
    json_decref(reply);
    assert_int_equal(b.n, 0);
    blobs_done(&b);
}

/* A pending transaction has no place. */
static void a_pending_transaction(void **state)
{
    (void)state;
    json_t *reply = changed("transaction", "blockHash", json_null());
    struct ethrpc_reply r = open_json(ETHRPC_TRANSACTION, reply);
    struct ethraw_place place = {.mined = true};
    struct blobs b = {0};
    struct err e;
    assert_ok(ethraw_transaction(&r, &b, &place, &e), e);
    assert_false(place.mined);
    ethrpc_done(&r);
    json_decref(reply);
    blobs_done(&b);
}

/* The other types, as a node shows them, against bytes put together by hand. */
static void other_types_are_rebuilt(void **state)
{
    (void)state;
    static const struct {
        const char *json, *raw;
    } CASES[] = {
        {"{\"type\":\"0x3\",\"chainId\":\"0x1\",\"nonce\":\"0x2\",\"maxPriorityFeePerGas\":\"0x3\",\"maxFeePerGas\":\"0x4\",\"gas\":\"0x5\","
         "\"to\":\"0x0101010101010101010101010101010101010101\",\"value\":\"0x0\",\"input\":\"0x7f\",\"accessList\":[],"
         "\"maxFeePerBlobGas\":\"0x6\",\"blobVersionedHashes\":[\"0x0202020202020202020202020202020202020202020202020202020202020202\"],"
         "\"v\":\"0x1\",\"yParity\":\"0x1\",\"r\":\"0x0009\",\"s\":\"0xa\"}",
         "03f843" "01" "02" "03" "04" "05" "940101010101010101010101010101010101010101" "80" "7f" "c0" "06"
         "e1a00202020202020202020202020202020202020202020202020202020202020202" "01" "09" "0a"},
        {"{\"type\":\"0x4\",\"chainId\":\"0x1\",\"nonce\":\"0x0\",\"maxPriorityFeePerGas\":\"0x3\",\"maxFeePerGas\":\"0x4\",\"gas\":\"0x5\","
         "\"to\":\"0x0101010101010101010101010101010101010101\",\"value\":\"0x80\",\"input\":\"0x\","
         "\"authorizationList\":[{\"chainId\":\"0x0\",\"address\":\"0x0303030303030303030303030303030303030303\",\"nonce\":\"0x1\","
         "\"yParity\":\"0x0\",\"r\":\"0x1\",\"s\":\"0x2\"}],\"v\":\"0x0\",\"r\":\"0x9\",\"s\":\"0xa\"}",
         "04f83d" "01" "80" "03" "04" "05" "940101010101010101010101010101010101010101" "8180" "80" "c0"
         "dbda80940303030303030303030303030303030303030303" "01" "80" "01" "02" "80" "09" "0a"},
        {"{\"type\":\"0x7e\",\"sourceHash\":\"0x0404040404040404040404040404040404040404040404040404040404040404\","
         "\"from\":\"0x0101010101010101010101010101010101010101\",\"to\":null,\"mint\":\"0x10\",\"value\":\"0x0\",\"gas\":\"0x5\","
         "\"isSystemTx\":true,\"input\":\"0x\"}",
         "7ef83c" "a00404040404040404040404040404040404040404040404040404040404040404"
         "940101010101010101010101010101010101010101" "80" "10" "80" "05" "01" "80"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        uint8_t room[512];
        char hex[1025];
        struct err e = {0};
        struct jsonio doc = {.e = &e};
        json_t *value = json_loads(CASES[i].json, 0, NULL);
        struct jsonio_node node = jsonio_root(&doc, value);
        struct bytes_writer w = bytes_writer(room, sizeof room);
        assert_true(ethjson_put_transaction(&w, &node));
        assert_ok(doc.code, e);
        hex_encode(hex, room, w.len);
        assert_string_equal(hex, CASES[i].raw);
        assert_true(ethjson_room(value) >= w.len);
        json_decref(value);
    }
}

/* An OP deposit's receipt, and one from before Byzantium. */
static void other_receipts_are_rebuilt(void **state)
{
    (void)state;
    char bloom[515] = "0x", json[2048];
    memset(bloom + 2, '0', 512);
    static const struct {
        const char *members;
        struct ethreceipt expected;
    } CASES[] = {
        {"\"type\":\"0x7e\",\"status\":\"0x1\",\"depositNonce\":\"0x5\",\"depositReceiptVersion\":\"0x1\"",
         {.type = ETHRECEIPT_DEPOSIT, .has_status = true, .ok = true, .cumulative_gas = 9, .n_deposit = 2, .deposit = {5, 1}}},
        {"\"type\":\"0x7e\",\"status\":\"0x0\",\"depositNonce\":\"0x5\"",
         {.type = ETHRECEIPT_DEPOSIT, .has_status = true, .cumulative_gas = 9, .n_deposit = 1, .deposit = {5}}},
        {"\"root\":\"0x0700000000000000000000000000000000000000000000000000000000000000\"",
         {.state_root = {{7}}, .cumulative_gas = 9}},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        uint8_t room[1024], expected[1024];
        struct err e = {0};
        struct jsonio doc = {.e = &e};
        snprintf(json, sizeof json, "{%s,\"cumulativeGasUsed\":\"0x9\",\"logsBloom\":\"%s\",\"logs\":[]}", CASES[i].members, bloom);
        json_t *value = json_loads(json, 0, NULL);
        struct jsonio_node node = jsonio_root(&doc, value);
        struct bytes_writer w = bytes_writer(room, sizeof room), x = bytes_writer(expected, sizeof expected);
        ethjson_put_receipt(&w, &node);
        assert_ok(doc.code, e);
        ethreceipt_put(&x, &CASES[i].expected);
        assert_int_equal(w.len, x.len);
        assert_memory_equal(room, expected, x.len);
        json_decref(value);
    }
}

/* --- hostile replies --------------------------------------------------------------------------- */

/* Every getter on one text; nothing may crash, and no message may break its line. */
static void try_everything(const char *text, size_t len)
{
    struct ethrpc_reply r;
    struct err e = {0};
    if (ethrpc_open(&r, ETHRPC_BLOCK_BY_NUMBER, ID, text, len, &e) != ERR_OK) {
        assert_null(strpbrk(e.msg, "\n\r"));
        return;
    }
    struct ethrpc_block block;
    struct ethrpc_fee_history fees;
    struct ethrpc_receipt receipt;
    struct ethrpc_logs logs;
    struct ethraw_place place;
    struct hash32 h = {{0}};
    struct blobs b = {0};
    uint64_t u;
    bool yes;
    char line[ETHRPC_MAX_TEXT];
    (void)(ethrpc_get_u64(&r, &u, &e) == ERR_OK);
    (void)(ethrpc_get_hash(&r, &h, &e) == ERR_OK);
    (void)(ethrpc_get_text(&r, line, &e) == ERR_OK);
    (void)(ethrpc_get_syncing(&r, &yes, &e) == ERR_OK);
    (void)(ethrpc_get_bytes(&r, &b, &e) == ERR_OK);
    (void)(ethrpc_get_block(&r, &block, &e) == ERR_OK);
    (void)(ethrpc_get_block_transaction(&r, 0, &h, &e) == ERR_OK);
    (void)(ethrpc_get_fee_history(&r, &fees, &e) == ERR_OK);
    if (ethrpc_get_receipt(&r, &receipt, &e) == ERR_OK)
        ethrpc_logs_done(&receipt.logs);
    if (ethrpc_get_logs(&r, &logs, &e) == ERR_OK)
        ethrpc_logs_done(&logs);
    (void)(ethraw_header(&r, &b, &e) == ERR_OK);
    (void)(ethraw_block_transactions(&r, &b, &e) == ERR_OK);
    (void)(ethraw_transaction(&r, &b, &place, &e) == ERR_OK);
    (void)(ethraw_block_receipts(&r, &h, &b, &e) == ERR_OK);
    (void)(ethraw_receipt(&r, &h, &b, &e) == ERR_OK);
    assert_null(strpbrk(e.msg, "\n\r"));
    blobs_done(&b);
    ethrpc_done(&r);
}

static const char *const HOSTILE[] = {"block hashes", "transaction", "receipt", "logs", "fee history", "block receipts"};

static void truncated_replies_never_crash(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof HOSTILE / sizeof *HOSTILE; i++) {
        char *text = json_dumps(reply_named(HOSTILE[i]), JSON_COMPACT);
        size_t len = strlen(text);
        for (size_t cut = 0; cut < len; cut += cut < 200 ? 1 : 17)
            try_everything(text, cut);
        try_everything(text, len);
        free(text);
    }
}

static void flipped_replies_never_crash(void **state)
{
    (void)state;
    uint64_t seed = 11;
    for (size_t i = 0; i < sizeof HOSTILE / sizeof *HOSTILE; i++) {
        char *text = json_dumps(reply_named(HOSTILE[i]), JSON_COMPACT);
        size_t len = strlen(text);
        for (int j = 0; j < 400; j++) {
            size_t bit = harness_random(&seed) % (8 * len);
            text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
            try_everything(text, len);
            text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
        }
        free(text);
    }
}

/* Replace each member of a result, at any depth, by values of every kind. */
static void replace_members(json_t *root, json_t *at)
{
    static const char *const VALUES[] = {"null", "true", "5", "-1", "1.5", "\"\"", "\"0x\"", "\"0x0\"", "[]", "{}",
                                         "[null]", "[[]]", "[{}]", "\"0xffffffffffffffffffffffffffffffffff\""};
    const char *key;
    json_t *old;
    void *tmp;
    json_object_foreach_safe(at, tmp, key, old)
    {
        json_incref(old);
        for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) {
            json_object_set_new(at, key, json_loads(VALUES[i], JSON_DECODE_ANY, NULL));
            char *text = json_dumps(root, JSON_COMPACT);
            try_everything(text, strlen(text));
            free(text);
        }
        json_object_set_new(at, key, old);
        replace_members(root, old);
    }
    size_t i;
    json_array_foreach(at, i, old)
        replace_members(root, old);
}

static void members_of_other_types_never_crash(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        json_t *reply = json_deep_copy(reply_named(HOSTILE[i]));
        replace_members(reply, reply);
        json_decref(reply);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies),
        cmocka_unit_test(every_wrong_envelope_is_refused),
        cmocka_unit_test(deep_and_long_replies_are_refused),
        cmocka_unit_test(a_refusal_is_told_and_classified),
        cmocka_unit_test(texts_of_strangers_are_made_printable),
        cmocka_unit_test(simple_results_of_anvil),
        cmocka_unit_test(bytes_are_added),
        cmocka_unit_test(wrong_types_name_the_method),
        cmocka_unit_test(null_is_not_found),
        cmocka_unit_test(a_block_is_read),
        cmocka_unit_test(a_block_without_base_fee),
        cmocka_unit_test(fees_are_read),
        cmocka_unit_test(odd_fee_histories),
        cmocka_unit_test(a_receipt_is_read),
        cmocka_unit_test(logs_are_read),
        cmocka_unit_test(transactions_are_rebuilt),
        cmocka_unit_test(headers_are_rebuilt),
        cmocka_unit_test(older_headers_are_rebuilt),
        cmocka_unit_test(receipts_are_rebuilt),
        cmocka_unit_test(what_does_not_hash_right_is_refused),
        cmocka_unit_test(a_pending_transaction),
        cmocka_unit_test(other_types_are_rebuilt),
        cmocka_unit_test(other_receipts_are_rebuilt),
        cmocka_unit_test(truncated_replies_never_crash),
        cmocka_unit_test(flipped_replies_never_crash),
        cmocka_unit_test(members_of_other_types_never_crash),
    };
    return cmocka_run_group_tests(tests, load_replies, free_replies);
}
