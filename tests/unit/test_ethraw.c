/* Replies of a node written back into raw bytes: of a real anvil, of other types, and what does not hash right. */
#include "tests/harness.h"

#include <stdlib.h>

#include "common/ethjson.h"
#include "common/ethraw.h"
#include "common/ethtx.h"
#include "common/hex.h"
#include "common/keccak.h"
#include "tests/replies.h"

static void check_raw_named(struct slice got, const char *name)
{
    size_t len;
    uint8_t *raw = harness_hex(json_string_value(json_object_get(replies_named(name), "result")) + 2, &len);
    assert_int_equal(got.len, len);
    assert_memory_equal(got.data, raw, len);
    free(raw);
}

static void transactions_are_rebuilt(void **state)
{
    (void)state;
    struct ethrpc_reply r = replies_open(ETHRPC_BLOCK_BY_NUMBER, "block");
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
    r = replies_open(ETHRPC_TRANSACTION, "transaction");
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
        struct ethrpc_reply r = replies_open(ETHRPC_BLOCK_BY_NUMBER, NAMES[i]);
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
        json_t *reply = json_deep_copy(replies_named("block hashes")), *block = json_object_get(reply, "result");
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

        struct ethrpc_reply r = replies_open_json(ETHRPC_BLOCK_BY_HASH, reply);
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
    struct ethrpc_reply block = replies_open(ETHRPC_BLOCK_BY_NUMBER, "block"), r = replies_open(ETHRPC_BLOCK_RECEIPTS, "block receipts");
    struct ethrpc_block header;
    struct blobs all = {0}, one = {0};
    struct err e;
    assert_ok(ethrpc_get_block(&block, &header, &e), e);
    assert_ok(ethraw_block_receipts(&r, &header.hash, &all, &e), e);
    assert_int_equal(all.n, 6);
    ethrpc_done(&r);
    /* One by one: the next must be the one of its index. */
    r = replies_open(ETHRPC_RECEIPT, "receipt");
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
    json_t *reply = json_deep_copy(replies_named(name));
    json_object_set_new(json_object_get(reply, "result"), key, value);
    return reply;
}

static void what_does_not_hash_right_is_refused(void **state)
{
    (void)state;
    struct blobs b = {0};
    struct err e;
    json_t *reply = changed("block", "gasUsed", json_string("0x1"));
    struct ethrpc_reply r = replies_open_json(ETHRPC_BLOCK_BY_NUMBER, reply);
    assert_err(ethraw_header(&r, &b, &e), ERR_RPC);
    ethrpc_done(&r);
    json_decref(reply);
    reply = changed("transaction", "nonce", json_string("0x63"));
    r = replies_open_json(ETHRPC_TRANSACTION, reply);
    assert_err(ethraw_transaction(&r, &b, NULL, &e), ERR_RPC);
    ethrpc_done(&r);
    json_decref(reply);
    reply = changed("transaction", "type", json_string("0x64"));
    r = replies_open_json(ETHRPC_TRANSACTION, reply);
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
    struct ethrpc_reply r = replies_open_json(ETHRPC_TRANSACTION, reply);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transactions_are_rebuilt),
        cmocka_unit_test(headers_are_rebuilt),
        cmocka_unit_test(older_headers_are_rebuilt),
        cmocka_unit_test(receipts_are_rebuilt),
        cmocka_unit_test(what_does_not_hash_right_is_refused),
        cmocka_unit_test(a_pending_transaction),
        cmocka_unit_test(other_types_are_rebuilt),
        cmocka_unit_test(other_receipts_are_rebuilt),
    };
    return cmocka_run_group_tests(tests, replies_load, replies_free);
}
