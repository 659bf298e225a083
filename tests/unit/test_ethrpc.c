/* JSON-RPC: bodies as a node wants them, every reply of a real anvil, and everything that a reply must not be. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "common/ethraw.h"
#include "common/hex.h"
#include "common/registry.h"
#include "tests/replies.h"

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
        assert_err(ethrpc_open(&r, ETHRPC_CHAIN_ID, REPLIES_ID, BAD[i], strlen(BAD[i]), &e), ERR_RPC);
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
    assert_err(ethrpc_open(&r, ETHRPC_CHAIN_ID, REPLIES_ID, text, len, &e), ERR_RPC);
    memset(text, '[', len);
    assert_err(ethrpc_open(&r, ETHRPC_CHAIN_ID, REPLIES_ID, text, 10000, &e), ERR_RPC);
    free(text);
    assert_true(ethrpc_max_reply(ETHRPC_BLOCK_BY_HASH) > ethrpc_max_reply(ETHRPC_CHAIN_ID));
}

static void a_refusal_is_told_and_classified(void **state)
{
    (void)state;
    struct ethrpc_reply r = replies_open(ETHRPC_SEND_RAW, "known");
    struct hash32 h;
    struct err e;
    assert_true(r.refused);
    assert_int_equal(r.fault.class, ETHFAULT_NONCE_LOW);
    assert_err(ethrpc_get_hash(&r, &h, &e), ERR_RPC);
    assert_string_equal(e.msg, "eth_sendRawTransaction: the node says \"nonce too low\" (-32003)");
    ethrpc_done(&r);
    r = replies_open(ETHRPC_BLOCK_RECEIPTS, "bad method");
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
    enum err_code rc = ethrpc_open(&r, ETHRPC_SYNCING, REPLIES_ID, BODY, sizeof BODY - 1, &e);
    assert_err(rc, ERR_RPC); /* a zero character */
    r = replies_open_result(ETHRPC_CLIENT_VERSION, "\"Geth/v1\\r\\n\xc3\xa9\"");
    assert_ok(ethrpc_get_text(&r, text, &e), e);
    assert_string_equal(text, "Geth/v1????");
    ethrpc_done(&r);
}

/* --- simple results ---------------------------------------------------------------------------- */

static uint64_t u64_named(enum ethrpc_method method, const char *name)
{
    struct ethrpc_reply r = replies_open(method, name);
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
    struct ethrpc_reply r = replies_open(ETHRPC_BALANCE, "balance");
    assert_ok(ethrpc_get_wei(&r, &v, &e), e);
    assert_true(v > 9999 * WEI_PER_ETHER && v < 10000 * WEI_PER_ETHER);
    ethrpc_done(&r);
    r = replies_open(ETHRPC_SYNCING, "syncing");
    assert_ok(ethrpc_get_syncing(&r, &syncing, &e), e);
    assert_false(syncing);
    ethrpc_done(&r);
    r = replies_open_result(ETHRPC_SYNCING, "{\"currentBlock\":\"0x1\"}");
    assert_ok(ethrpc_get_syncing(&r, &syncing, &e), e);
    assert_true(syncing);
    ethrpc_done(&r);
    r = replies_open(ETHRPC_CLIENT_VERSION, "client");
    assert_ok(ethrpc_get_text(&r, text, &e), e);
    assert_memory_equal(text, "anvil", 5);
    ethrpc_done(&r);
}

static void bytes_are_added(void **state)
{
    (void)state;
    struct blobs b = {0};
    struct err e;
    struct ethrpc_reply r = replies_open(ETHRPC_CODE, "code");
    assert_ok(ethrpc_get_bytes(&r, &b, &e), e);
    ethrpc_done(&r);
    r = replies_open_result(ETHRPC_CALL, "\"0x\"");
    assert_ok(ethrpc_get_bytes(&r, &b, &e), e);
    ethrpc_done(&r);
    assert_int_equal(b.n, 2);
    assert_true(blobs_get(&b, 0).len > 100);
    assert_int_equal(blobs_get(&b, 1).len, 0);
    r = replies_open_result(ETHRPC_CALL, "\"0x123\"");
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
        struct ethrpc_reply r = replies_open_result(ETHRPC_BLOCK_NUMBER, BAD[i]);
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
    struct ethrpc_reply r = replies_open_result(ETHRPC_CHAIN_ID, "\"0x10000000000000000\"");
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
    struct ethrpc_reply r = replies_open(ETHRPC_RECEIPT, "no receipt");
    assert_err(ethrpc_get_receipt(&r, &receipt, &e), ERR_NOT_FOUND);
    assert_string_equal(e.msg, "eth_getTransactionReceipt: the node knows nothing of it");
    ethrpc_done(&r);
    r = replies_open(ETHRPC_BLOCK_BY_NUMBER, "no block");
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
        struct ethrpc_reply r = replies_open(ETHRPC_BLOCK_BY_NUMBER, NAMES[i]);
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
    json_t *reply = json_deep_copy(replies_named("block hashes"));
    json_object_del(json_object_get(reply, "result"), "baseFeePerGas");
    struct ethrpc_reply r = replies_open_json(ETHRPC_BLOCK_BY_HASH, reply);
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
    struct ethrpc_reply r = replies_open(ETHRPC_FEE_HISTORY, "fee history");
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
        struct ethrpc_reply r = replies_open_result(ETHRPC_FEE_HISTORY, CASES[i].result);
        struct ethrpc_fee_history h;
        assert_err(ethrpc_get_fee_history(&r, &h, NULL), CASES[i].code);
        ethrpc_done(&r);
    }
}

static struct seal_address the_registry(void)
{
    struct seal_address a;
    const char *text = json_string_value(json_object_get(replies_all, "registry"));
    assert_true(hex_decode(a.b, sizeof a.b, text + 2, 40, true));
    return a;
}

static void a_receipt_is_read(void **state)
{
    (void)state;
    struct ethrpc_reply r = replies_open(ETHRPC_RECEIPT, "receipt");
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
    struct ethrpc_reply r = replies_open(ETHRPC_LOGS, "logs");
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
    r = replies_open_result(ETHRPC_LOGS, "[]");
    assert_ok(ethrpc_get_logs(&r, &logs, &e), e);
    assert_int_equal(logs.n, 0);
    ethrpc_logs_done(&logs);
    ethrpc_done(&r);
}

/* --- hostile replies --------------------------------------------------------------------------- */

/* Every getter on one text; nothing may crash, and no message may break its line. */
static void try_everything(const char *text, size_t len)
{
    struct ethrpc_reply r;
    struct err e = {0};
    if (ethrpc_open(&r, ETHRPC_BLOCK_BY_NUMBER, REPLIES_ID, text, len, &e) != ERR_OK) {
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
        char *text = json_dumps(replies_named(HOSTILE[i]), JSON_COMPACT);
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
        char *text = json_dumps(replies_named(HOSTILE[i]), JSON_COMPACT);
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
        json_t *reply = json_deep_copy(replies_named(HOSTILE[i]));
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
        cmocka_unit_test(truncated_replies_never_crash),
        cmocka_unit_test(flipped_replies_never_crash),
        cmocka_unit_test(members_of_other_types_never_crash),
    };
    return cmocka_run_group_tests(tests, replies_load, replies_free);
}
