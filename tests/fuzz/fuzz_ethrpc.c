/* Replies of a node: every method's reader over every reply, right or wrong for it. */
#include "tests/fuzz/fuzz.h"

#include "common/ethheader.h"
#include "common/ethraw.h"
#include "common/ethrpc.h"
#include "common/ethjson.h"

static void read_u64(const struct ethrpc_reply *reply)
{
    uint64_t v;
    (void)!ethrpc_get_u64(reply, &v, NULL);
}

static void read_wei(const struct ethrpc_reply *reply)
{
    wei v;
    if (ethrpc_get_wei(reply, &v, NULL) == ERR_OK)
        fuzz_assert(v <= WEI_MAX);
}

static void read_hash(const struct ethrpc_reply *reply)
{
    struct hash32 h;
    (void)!ethrpc_get_hash(reply, &h, NULL);
}

static void read_bytes(const struct ethrpc_reply *reply)
{
    struct blobs b = {0};
    enum err_code rc = ethrpc_get_bytes(reply, &b, NULL);
    fuzz_assert(b.n == (rc == ERR_OK));
    blobs_done(&b);
}

static void read_text(const struct ethrpc_reply *reply)
{
    char text[ETHRPC_MAX_TEXT];
    if (ethrpc_get_text(reply, text, NULL) != ERR_OK)
        return;
    for (const char *c = text; *c != '\0'; c++)
        fuzz_assert((unsigned char)*c >= ' ' && *c != 0x7f);
}

static void read_syncing(const struct ethrpc_reply *reply)
{
    bool syncing;
    (void)!ethrpc_get_syncing(reply, &syncing, NULL);
}

/* A header that was written back has the block's hash, and our own reader reads it. */
static void read_header(const struct ethrpc_reply *reply)
{
    struct blobs b = {0};
    struct ethrpc_block block;
    struct ethheader header;
    if (ethraw_header(reply, &b, NULL) == ERR_OK) {
        struct slice rlp = blobs_get(&b, 0);
        fuzz_assert(b.n == 1);
        if (ethrpc_get_block(reply, &block, NULL) == ERR_OK && ethheader_decode(&header, rlp.data, rlp.len, NULL) == ERR_OK)
            fuzz_assert(hash32_equal(&header.hash, &block.hash) && header.number == block.number);
    }
    blobs_done(&b);
}

static void read_block(const struct ethrpc_reply *reply)
{
    struct ethrpc_block block;
    struct blobs b = {0};
    struct hash32 h;
    if (ethrpc_get_block(reply, &block, NULL) == ERR_OK && block.n_transactions > 0)
        (void)!ethrpc_get_block_transaction(reply, block.n_transactions - 1, &h, NULL);
    fuzz_assert(ethrpc_get_block_transaction(reply, SIZE_MAX, &h, NULL) != ERR_OK);
    if (ethraw_block_transactions(reply, &b, NULL) != ERR_OK)
        fuzz_assert(b.n == 0);
    blobs_done(&b);
    read_header(reply);
}

static void read_transaction(const struct ethrpc_reply *reply)
{
    struct blobs b = {0};
    struct ethraw_place place;
    enum err_code rc = ethraw_transaction(reply, &b, &place, NULL);
    fuzz_assert(b.n == (rc == ERR_OK));
    blobs_done(&b);
}

static void read_fees(const struct ethrpc_reply *reply)
{
    struct ethrpc_fee_history fees;
    if (ethrpc_get_fee_history(reply, &fees, NULL) == ERR_OK)
        fuzz_assert(fees.n_blocks <= ETHRPC_FEE_BLOCKS);
}

static uint8_t sink; /* keeps reads from being optimised away */

static void touch_logs(const struct ethrpc_logs *logs)
{
    for (size_t i = 0; i < logs->n; i++) {
        const struct ethreceipt_log *log = &logs->item[i].log;
        fuzz_assert(log->n_topics <= ETHRECEIPT_MAX_TOPICS);
        for (size_t k = 0; k < log->data.len; k++)
            sink = (uint8_t)(sink ^ log->data.data[k]); /* the address sanitizer looks at each */
    }
}

static void read_logs(const struct ethrpc_reply *reply)
{
    struct ethrpc_logs logs = {0};
    if (ethrpc_get_logs(reply, &logs, NULL) == ERR_OK)
        touch_logs(&logs);
    ethrpc_logs_done(&logs);
}

static void read_receipt(const struct ethrpc_reply *reply)
{
    struct ethrpc_receipt receipt = {0};
    struct blobs b = {0};
    if (ethrpc_get_receipt(reply, &receipt, NULL) == ERR_OK)
        touch_logs(&receipt.logs);
    (void)!ethraw_receipt(reply, &receipt.block_hash, &b, NULL);
    ethrpc_logs_done(&receipt.logs);
    blobs_done(&b);
}

static void read_receipts(const struct ethrpc_reply *reply)
{
    static const struct hash32 NO_BLOCK;
    struct blobs b = {0};
    struct hash32 block = NO_BLOCK;
    const json_t *first = json_array_get(reply->result, 0);
    struct jsonio doc = {0};
    if (json_is_object(first)) { /* of the block that the first one says */
        struct jsonio_node node = jsonio_root(&doc, json_array_get(reply->result, 0));
        block = ethjson_get_hash(&node, "blockHash");
    }
    if (ethraw_block_receipts(reply, &block, &b, NULL) != ERR_OK)
        fuzz_assert(b.n == 0);
    for (size_t i = 0; i < b.n; i++) {
        struct ethreceipt receipt;
        struct slice raw = blobs_get(&b, i);
        if (ethreceipt_decode(&receipt, raw.data, raw.len, NULL) == ERR_OK)
            ethreceipt_done(&receipt);
    }
    blobs_done(&b);
}

static const struct {
    enum ethrpc_method method;
    void (*read)(const struct ethrpc_reply *reply);
} READERS[] = {
    {ETHRPC_CHAIN_ID, read_u64},
    {ETHRPC_CLIENT_VERSION, read_text},
    {ETHRPC_SYNCING, read_syncing},
    {ETHRPC_BLOCK_NUMBER, read_u64},
    {ETHRPC_BLOCK_BY_NUMBER, read_block},
    {ETHRPC_BLOCK_BY_HASH, read_block},
    {ETHRPC_BLOCK_RECEIPTS, read_receipts},
    {ETHRPC_FEE_HISTORY, read_fees},
    {ETHRPC_MAX_PRIORITY_FEE, read_wei},
    {ETHRPC_GAS_PRICE, read_wei},
    {ETHRPC_TRANSACTION_COUNT, read_u64},
    {ETHRPC_BALANCE, read_wei},
    {ETHRPC_CODE, read_bytes},
    {ETHRPC_CALL, read_bytes},
    {ETHRPC_ESTIMATE_GAS, read_u64},
    {ETHRPC_SEND_RAW, read_hash},
    {ETHRPC_TRANSACTION, read_transaction},
    {ETHRPC_RECEIPT, read_receipt},
    {ETHRPC_RAW_TRANSACTION, read_bytes},
    {ETHRPC_RAW_TRANSACTION_AT, read_bytes},
    {ETHRPC_LOGS, read_logs},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ethrpc_reply reply;
    struct err e;
    if (ethrpc_open(&reply, ETHRPC_BLOCK_BY_NUMBER, 1, (const char *)data, size, &e) != ERR_OK)
        return 0;
    for (size_t i = 0; i < sizeof READERS / sizeof *READERS; i++) {
        reply.method = READERS[i].method; /* one parse serves all */
        READERS[i].read(&reply);
    }
    ethrpc_done(&reply);
    return 0;
}
