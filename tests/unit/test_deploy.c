/* deploy-registry over a chain of canned answers: what it sends, what it refuses, how it waits. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/ethtx.h"
#include "common/hex.h"
#include "common/keystore.h"
#include "common/text.h"
#include "daemon/ctl/deploy.h"
#include "registry_embedded.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define N_METHODS (ETHRPC_LOGS + 1)

/* A chain. An answer is the JSON of a result; "!text" is an error of the node; NULL: no connection. */
static struct chain {
    const char *answers[N_METHODS];
    const char *pending_count;
    unsigned blind_looks; /* for the receipt, before it is there */
    const char *receipt_status;
    unsigned codeless_looks; /* for the code, before it is there */
    uint8_t runtime_flip;    /* xor of the last byte of the code */
    unsigned n_calls[N_METHODS];
    uint64_t waited_ms;
    uint8_t raw[4096]; /* what was sent */
    size_t raw_len;
    struct ethtx sent;
} chain;

static struct localkey signer;
static struct deploy_options options;

static void put_receipt(struct text *t)
{
    text_puts(t, "{\"transactionHash\":\"0x");
    text_put_hex(t, chain.sent.hash.b, 32);
    text_putf(t,
              "\",\"blockHash\":\"0x%s\",\"blockNumber\":\"0x10\",\"transactionIndex\":\"0x0\","
              "\"from\":\"0x",
              ZEROS);
    struct seal_address from = localkey_address(&signer);
    text_put_hex(t, from.b, sizeof from.b);
    text_putf(t, "\",\"to\":null,\"gasUsed\":\"0x1b7cb\",\"status\":\"%s\",\"logs\":[]}",
              chain.receipt_status);
}

static void put_code(struct text *t)
{
    uint8_t runtime[sizeof REGISTRY_RUNTIME];
    memcpy(runtime, REGISTRY_RUNTIME, sizeof runtime);
    runtime[sizeof runtime - 1] ^= chain.runtime_flip;
    text_puts(t, "\"0x");
    if (chain.n_calls[ETHRPC_CODE] > chain.codeless_looks)
        text_put_hex(t, runtime, sizeof runtime);
    text_putc(t, '"');
}

static void put_answer(struct text *t, const struct ethrpc_request *request)
{
    const char *answer = chain.answers[request->method];
    if (request->method == ETHRPC_TRANSACTION_COUNT && request->block == ETHRPC_PENDING)
        answer = chain.pending_count;
    if (answer[0] == '!') {
        text_puts(t, "\"error\":{\"code\":-32000,\"message\":");
        text_put_json(t, answer + 1, strlen(answer + 1));
        text_putc(t, '}');
        return;
    }
    text_puts(t, "\"result\":");
    if (request->method == ETHRPC_RECEIPT && chain.n_calls[ETHRPC_RECEIPT] > chain.blind_looks)
        put_receipt(t);
    else if (request->method == ETHRPC_CODE)
        put_code(t);
    else
        text_puts(t, answer);
}

static enum err_code call(void *user, const struct ethrpc_request *request,
                          struct ethrpc_reply *ret, struct err *e)
{
    assert_ptr_equal(user, &chain);
    chain.n_calls[request->method]++;
    if (request->method == ETHRPC_SEND_RAW) {
        assert_true(request->data.len <= sizeof chain.raw);
        memcpy(chain.raw, request->data.data, request->data.len);
        chain.raw_len = request->data.len;
        assert_ok(ethtx_decode(&chain.sent, chain.raw, chain.raw_len, e), *e);
    }
    if (chain.answers[request->method] == NULL)
        return err_set(e, ERR_IO, "%s: no connection", ethrpc_name(request->method));
    struct text t = {0};
    text_puts(&t, "{\"jsonrpc\":\"2.0\",\"id\":1,");
    put_answer(&t, request);
    text_putc(&t, '}');
    enum err_code rc = ethrpc_open(ret, request->method, 1, t.data, t.len, e);
    text_done(&t);
    return rc;
}

static void wait(void *user, uint64_t ms)
{
    assert_ptr_equal(user, &chain);
    chain.waited_ms += ms;
}

static enum err_code deploy(struct deploy_result *ret, struct err *e)
{
    struct deploy_io io = {&chain, call, wait};
    return deploy_run(&options, &io, ret, e);
}

#define BLOOM ZEROS ZEROS ZEROS ZEROS ZEROS ZEROS ZEROS ZEROS
#define BLOCK(base_fee)                                                                            \
    "{\"number\":\"0xf\",\"timestamp\":\"0x1\",\"hash\":\"0x" ZEROS "\",\"parentHash\":\"0x" ZEROS \
    "\",\"transactionsRoot\":\"0x" ZEROS "\",\"receiptsRoot\":\"0x" ZEROS                          \
    "\",\"logsBloom\":\"0x" BLOOM "\",\"transactions\":[]" base_fee "}"

static int begin(void **state)
{
    (void)state;
    chain = (struct chain){
        .answers =
            {
                [ETHRPC_CHAIN_ID] = "\"0xaa36a7\"",
                [ETHRPC_TRANSACTION_COUNT] = "\"0x7\"",
                [ETHRPC_BALANCE] = "\"0xde0b6b3a7640000\"", /* 1 ether */
                [ETHRPC_BLOCK_BY_NUMBER] = BLOCK(",\"baseFeePerGas\":\"0x3b9aca00\""),
                [ETHRPC_FEE_HISTORY] = "{\"oldestBlock\":\"0xe\",\"gasUsedRatio\":[0.5,0],"
                                       "\"baseFeePerGas\":[\"0x1\",\"0x1\",\"0x3b9aca00\"],"
                                       "\"reward\":[[\"0x1\",\"0x77359400\"],[\"0x0\",\"0x0\"]]}",
                [ETHRPC_MAX_PRIORITY_FEE] = "\"0x3b9aca00\"",
                [ETHRPC_GAS_PRICE] = "\"0x3b9aca00\"",
                [ETHRPC_ESTIMATE_GAS] = "\"0x186a0\"", /* 100,000 */
                [ETHRPC_SEND_RAW] = "\"0x" ZEROS "\"",
                [ETHRPC_RECEIPT] = "null",
                [ETHRPC_CODE] = "",
            },
        .pending_count = "\"0x7\"",
        .receipt_status = "0x1",
    };
    options = (struct deploy_options){
        .chain_id = 11155111,
        .fees = {.max_fee_per_gas = 200000000000u,
                 .min_priority_fee = 100000000u,
                 .max_priority_fee = 3000000000u,
                 .max_gas = 1,
                 .daily_budget = WEI_PER_ETHER / 20},
        .signer = &signer,
        .poll_ms = 1000,
        .timeout_ms = 60000,
    };
    return 0;
}

static void the_transaction_creates_the_registry(void **state)
{
    (void)state;
    struct deploy_result result;
    struct seal_address sender, own = localkey_address(&signer);
    struct err e;
    assert_ok(deploy(&result, &e), e);
    const struct ethtx *tx = &chain.sent;
    assert_int_equal(tx->type, ETHTX_DYNAMIC_FEE);
    assert_false(tx->has_to);
    assert_int_equal(tx->chain_id, 11155111);
    assert_int_equal(tx->nonce, 7);
    assert_int_equal(tx->gas, 120000);
    assert_int_equal(tx->max_priority_fee, 2000000000);
    assert_int_equal(tx->max_fee, 4000000000);
    assert_int_equal(tx->data.len, sizeof REGISTRY_BYTECODE);
    assert_memory_equal(tx->data.data, REGISTRY_BYTECODE, sizeof REGISTRY_BYTECODE);
    assert_ok(ethtx_sender(tx, &sender, &e), e);
    assert_memory_equal(&sender, &own, sizeof own);
    struct seal_address expected = ethtx_contract_address(&own, 7);
    assert_memory_equal(&result.address, &expected, sizeof expected);
    assert_memory_equal(&result.tx_hash, &tx->hash, sizeof tx->hash);
    assert_int_equal(result.block_number, 16);
    assert_int_equal(result.gas_used, 112587);
    assert_int_equal(chain.waited_ms, 0);
}

static void a_chain_without_base_fee_gets_a_legacy_transaction(void **state)
{
    (void)state;
    struct deploy_result result;
    struct err e;
    chain.answers[ETHRPC_BLOCK_BY_NUMBER] = BLOCK("");
    assert_ok(deploy(&result, &e), e);
    assert_int_equal(chain.sent.type, ETHTX_LEGACY);
    assert_true(chain.sent.has_chain_id);
    assert_int_equal(chain.sent.max_fee, 1100000000);
}

static void a_node_without_tip_oracle_will_do(void **state)
{
    (void)state;
    struct deploy_result result;
    struct err e;
    chain.answers[ETHRPC_MAX_PRIORITY_FEE] = "!the method does not exist";
    chain.answers[ETHRPC_FEE_HISTORY] =
        "{\"oldestBlock\":\"0xf\",\"gasUsedRatio\":[0],\"baseFeePerGas\":[\"0x0\",\"0x3b9aca00\"]}";
    assert_ok(deploy(&result, &e), e);
    assert_int_equal(chain.sent.max_priority_fee, options.fees.min_priority_fee);
}

static void check_refused(enum err_code code, const char *message, unsigned n_sent)
{
    struct deploy_result result = {.gas_used = 5};
    struct err e;
    assert_err(deploy(&result, &e), code);
    if (strstr(e.msg, message) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", message, e.msg);
    assert_int_equal(chain.n_calls[ETHRPC_SEND_RAW], n_sent);
    assert_int_equal(result.gas_used, 5);
}

static void nothing_is_sent_when_something_is_wrong(void **state)
{
    static const struct {
        enum ethrpc_method method;
        const char *answer;
        enum err_code code;
        const char *message;
    } cases[] = {
        {ETHRPC_CHAIN_ID, "\"0x1\"", ERR_CONFLICT,
         "the node is on chain 1, the settings say chain_id = 11155111"},
        {ETHRPC_CHAIN_ID, NULL, ERR_IO, "eth_chainId"},
        {ETHRPC_TRANSACTION_COUNT, "\"0x6\"", ERR_BUSY, "under way"},
        {ETHRPC_TRANSACTION_COUNT, "7", ERR_RPC, "eth_getTransactionCount"},
        {ETHRPC_BALANCE, "\"0x1\"", ERR_LIMIT,
         "the balance of 0x7e5f4552091a69125d5dfcb7b8c2659029395bdf does not cover it"},
        {ETHRPC_BLOCK_BY_NUMBER, "null", ERR_NOT_FOUND, "eth_getBlockByNumber"},
        {ETHRPC_FEE_HISTORY, "!busy", ERR_RPC, "busy"},
        {ETHRPC_FEE_HISTORY, "{\"gasUsedRatio\":[],\"baseFeePerGas\":[\"0xffffffffff\"]}",
         ERR_LIMIT, "max_fee_per_gas"},
        {ETHRPC_ESTIMATE_GAS, "\"0xf4241\"", ERR_RPC, "1000001 gas cannot be right"},
        {ETHRPC_ESTIMATE_GAS, "\"0x1\"", ERR_RPC, "1 gas cannot be right"},
        {ETHRPC_ESTIMATE_GAS, NULL, ERR_IO, "eth_estimateGas"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin(state);
        chain.answers[cases[i].method] = cases[i].answer;
        check_refused(cases[i].code, cases[i].message, 0);
    }
    begin(state);
    options.fees.daily_budget = 1;
    check_refused(ERR_LIMIT, "daily_budget", 0);
}

static void a_refusal_of_the_node_ends_it(void **state)
{
    (void)state;
    chain.answers[ETHRPC_SEND_RAW] = "!nonce too low: next nonce 8, tx nonce 7";
    check_refused(ERR_RPC, "nonce too low", 1);
    assert_int_equal(chain.n_calls[ETHRPC_RECEIPT], 0);
}

static void already_known_is_as_good_as_accepted(void **state)
{
    (void)state;
    struct deploy_result result;
    struct err e;
    chain.answers[ETHRPC_SEND_RAW] = "!already known";
    assert_ok(deploy(&result, &e), e);
}

static void no_answer_to_the_sending_says_nothing(void **state)
{
    (void)state;
    struct deploy_result result;
    struct err e;
    chain.answers[ETHRPC_SEND_RAW] = NULL;
    assert_ok(deploy(&result, &e), e);
    begin(state);
    chain.answers[ETHRPC_SEND_RAW] = NULL;
    chain.blind_looks = 1000;
    check_refused(
        ERR_TIMEOUT,
        "not seen on the chain after 60 s; when sending: eth_sendRawTransaction: no connection", 1);
}

static void it_waits_and_then_gives_up(void **state)
{
    (void)state;
    struct deploy_result result;
    struct err e;
    chain.blind_looks = 3;
    chain.codeless_looks = 2;
    assert_ok(deploy(&result, &e), e);
    assert_int_equal(chain.waited_ms, 5000);
    begin(state);
    chain.blind_looks = 1000;
    check_refused(ERR_TIMEOUT, "not seen on the chain after 60 s", 1);
    assert_int_equal(chain.waited_ms, 60000);
    begin(state);
    chain.blind_looks = 58;
    chain.codeless_looks = 3; /* one wait too many */
    check_refused(ERR_TIMEOUT, "transaction 0x", 1);
    begin(state);
    chain.answers[ETHRPC_RECEIPT] = NULL; /* the node has gone away */
    check_refused(ERR_TIMEOUT, ", registry 0x", 1);
}

static void what_is_on_the_chain_is_checked(void **state)
{
    chain.receipt_status = "0x0";
    check_refused(ERR_DENIED, "mined in block 16 but failed", 1);
    begin(state);
    chain.runtime_flip = 1;
    check_refused(ERR_CONFLICT, "not the registry's", 1);
}

static char *printed(bool json)
{
    struct deploy_result result = {
        .address = {{1}}, .gas_used = 112587, .block_number = 3, .tx_hash = {{2}}};
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    deploy_print(f, &result, json);
    fclose(f);
    return text;
}

static void the_printed_result(void **state)
{
    (void)state;
    char *json = printed(true), *words = printed(false);
    assert_string_equal(
        json, "{\"address\":\"0x0100000000000000000000000000000000000000\",\"gasUsed\":112587,"
              "\"blockNumber\":3,"
              "\"transactionHash\":"
              "\"0x0200000000000000000000000000000000000000000000000000000000000000\"}\n");
    assert_non_null(strstr(words, "registry 0x0100000000000000000000000000000000000000\n"));
    free(json);
    free(words);
}

static void no_endpoint_answers(void **state)
{
    (void)state;
    struct deploy_result result;
    struct err e;
    /* Port 1 of the loopback: nobody listens there. The second one is asked because the first was silent. */
    const char *const urls[] = {"http://user:word@127.0.0.1:1/key", "http://127.0.0.1:1/"};
    assert_err(deploy_registry(&options, urls, 0, &result, &e), ERR_INVALID);
    assert_err(deploy_registry(&options, urls, 1, &result, &e), ERR_IO);
    assert_non_null(strstr(e.msg, "rpc endpoint 1: eth_chainId"));
    assert_null(strstr(e.msg, "word"));
    assert_err(deploy_registry(&options, urls, 2, &result, &e), ERR_IO);
    assert_non_null(strstr(e.msg, "rpc endpoint 2"));
    const char *const bad[] = {"ftp://127.0.0.1/"};
    assert_err(deploy_registry(&options, bad, 1, &result, &e), ERR_INVALID);
}

/* The key 1, loaded as hallmarkctl loads it. */
static int open_signer(void **state)
{
    (void)state;
    static const struct keystore_secret ONE = {.b = {[31] = 1}};
    struct keystore_random random = {{1}, {2}, {3}};
    struct seal_address address;
    char text[KEYSTORE_TEXT_LEN], key[128], passphrase[128];
    struct err e;
    snprintf(key, sizeof key, "%s/key.json", harness_folder());
    snprintf(passphrase, sizeof passphrase, "%s/passphrase", harness_folder());
    assert_ok(ethtx_key_address(&address, ONE.b, &e), e);
    assert_ok(keystore_write(&ONE, &address, (struct slice){(const uint8_t *)"p", 1},
                             &keystore_cost_light, &random, text, &e),
              e);
    const char *const files[][2] = {{key, text}, {passphrase, "p"}};
    for (size_t i = 0; i < 2; i++) {
        FILE *f = fopen(files[i][0], "w");
        assert_non_null(f);
        assert_true(fputs(files[i][1], f) >= 0);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(chmod(files[i][0], 0600), 0);
    }
    struct localkey_config config = {key, passphrase};
    assert_ok(localkey_open(&signer, &config, &e), e);
    return 0;
}

static int close_signer(void **state)
{
    (void)state;
    localkey_close(&signer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_transaction_creates_the_registry, begin),
        cmocka_unit_test_setup(a_chain_without_base_fee_gets_a_legacy_transaction, begin),
        cmocka_unit_test_setup(a_node_without_tip_oracle_will_do, begin),
        cmocka_unit_test_setup(nothing_is_sent_when_something_is_wrong, begin),
        cmocka_unit_test_setup(a_refusal_of_the_node_ends_it, begin),
        cmocka_unit_test_setup(already_known_is_as_good_as_accepted, begin),
        cmocka_unit_test_setup(no_answer_to_the_sending_says_nothing, begin),
        cmocka_unit_test_setup(it_waits_and_then_gives_up, begin),
        cmocka_unit_test_setup(what_is_on_the_chain_is_checked, begin),
        cmocka_unit_test_setup(the_printed_result, begin),
        cmocka_unit_test_setup(no_endpoint_answers, begin),
    };
    return cmocka_run_group_tests(tests, open_signer, close_signer);
}
