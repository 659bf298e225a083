/* Errors of nodes: every text of the clients that we know of, and minima that they name. */
#include "tests/harness.h"

#include <string.h>

#include "common/ethfault.h"

static const struct {
    enum ethfault_class class;
    int64_t code;
    const char *text;
} TEXTS[] = {
    /* geth, and clients that use its texts */
    {ETHFAULT_KNOWN, -32000, "already known"},
    {ETHFAULT_KNOWN, -32000, "ALREADY_EXISTS: already known"},
    {ETHFAULT_NONCE_LOW, -32000, "nonce too low: next nonce 5, tx nonce 4"},
    {ETHFAULT_NONCE_LOW, -32000, "err: nonce too low"},
    {ETHFAULT_NONCE_HIGH, -32000, "nonce too high: tx nonce 9, gapped nonce 5"},
    {ETHFAULT_REPLACEMENT, -32000, "replacement transaction underpriced"},
    {ETHFAULT_REPLACEMENT, -32000, "INTERNAL_ERROR: replacement transaction underpriced"},
    {ETHFAULT_REPLACEMENT, -32000, "future transaction tries to replace pending"},
    {ETHFAULT_UNDERPRICED, -32000, "transaction underpriced"},
    {ETHFAULT_UNDERPRICED, -32000, "transaction gas price below minimum: gas tip cap 1, minimum needed 1000000"},
    {ETHFAULT_FUNDS, -32000, "insufficient funds for gas * price + value: balance 0, tx cost 2, overshot 2"},
    {ETHFAULT_FUNDS, -32000,
     "insufficient funds for gas * price + value: balance 1, queued cost 1, tx cost 2, overshot 2"},
    {ETHFAULT_FUNDS, -32000, "insufficient funds for transfer"},
    {ETHFAULT_POOL_FULL, -32000, "txpool is full"},
    {ETHFAULT_POOL_FULL, -32000, "account limit exceeded"},
    {ETHFAULT_POOL_FULL, -32000, "in-flight transaction limit reached for delegated accounts"},
    {ETHFAULT_FEE_CAP, -32000, "tx fee (1.20 ether) exceeds the configured cap (1.00 ether)"},
    {ETHFAULT_GAS, -32000, "intrinsic gas too low: gas 20000, minimum needed 21000"},
    {ETHFAULT_GAS, -32000, "insufficient gas for floor data gas cost: gas 21000, minimum needed 22280"},
    {ETHFAULT_GAS, -32000, "exceeds block gas limit"},
    {ETHFAULT_GAS, -32000, "transaction gas limit too high (cap: 16777216, tx: 30000000)"},
    {ETHFAULT_CHAIN, -32000, "invalid sender: invalid chain id for signer: have 1 want 5"},
    {ETHFAULT_CHAIN, -32000, "only replay-protected (EIP-155) transactions allowed over RPC"},
    {ETHFAULT_SYNC, -32000, "transaction indexing is in progress"},
    {ETHFAULT_NO_METHOD, -32601, "the method eth_fooBar does not exist/is not available"},
    {ETHFAULT_NO_BLOCK, -39001, "finalized block not found"},
    {ETHFAULT_NO_BLOCK, -32000, "safe block not found"},
    {ETHFAULT_NO_BLOCK, -32000, "header not found"},
    /* nethermind, new and old */
    {ETHFAULT_KNOWN, -32010, "AlreadyKnown"},
    {ETHFAULT_KNOWN, -32010, "OwnNonceAlreadyUsed"},
    {ETHFAULT_NONCE_LOW, -32010, "OldNonce, Current nonce: 5, nonce of rejected tx: 4"},
    {ETHFAULT_NONCE_HIGH, -32010, "NonceGap, Future nonce. Expected nonce: 5"},
    {ETHFAULT_NONCE_HIGH, -32010, "nonce too far in future"},
    {ETHFAULT_REPLACEMENT, -32010, "ReplacementNotAllowed"},
    {ETHFAULT_UNDERPRICED, -32010, "FeeTooLow, MaxFeePerGas too low"},
    {ETHFAULT_UNDERPRICED, -32010, "FeeTooLowToCompete"},
    {ETHFAULT_FUNDS, -32010, "InsufficientFunds, Account balance: 0, cumulative cost: 1"},
    {ETHFAULT_GAS, -32010, "gas limit reached"},
    {ETHFAULT_CHAIN, -32010, "transaction invalid: InvalidTxChainId"},
    {ETHFAULT_SYNC, -32010, "node is syncing"},
    /* besu */
    {ETHFAULT_KNOWN, -32000, "Known transaction"},
    {ETHFAULT_NONCE_LOW, -32001, "Nonce too low"},
    {ETHFAULT_NONCE_HIGH, -32006, "Nonce too high"},
    {ETHFAULT_NONCE_HIGH, -32000, "Transaction nonce is too distant from current sender nonce"},
    {ETHFAULT_REPLACEMENT, -32000, "Replacement transaction underpriced"},
    {ETHFAULT_UNDERPRICED, -32009, "Gas price below configured minimum gas price"},
    {ETHFAULT_BELOW_BASE, -32009, "Gas price below current base fee"},
    {ETHFAULT_FUNDS, -32004, "Upfront cost exceeds account balance"},
    {ETHFAULT_FEE_CAP, -32000, "Transaction fee cap exceeded"},
    {ETHFAULT_GAS, -32003, "Intrinsic gas exceeds gas limit"},
    {ETHFAULT_GAS, -32005, "Transaction gas limit exceeds block gas limit"},
    {ETHFAULT_GAS, -32005, "Transaction gas limit cap exceeded"},
    {ETHFAULT_CHAIN, -32000, "Wrong chainId"},
    {ETHFAULT_SYNC, -32008, "Initial sync is still in progress"},
    {ETHFAULT_NO_METHOD, -32601, "Method not found"},
    {ETHFAULT_NO_METHOD, -32601, ""},
    /* erigon */
    {ETHFAULT_KNOWN, -32000, "existing txn with same hash"},
    {ETHFAULT_REPLACEMENT, -32000, "could not replace existing tx"},
    {ETHFAULT_UNDERPRICED, -32000, "underpriced"},
    {ETHFAULT_UNDERPRICED, -32000, "fee too low"},
    {ETHFAULT_POOL_FULL, -32000, "pending sub-pool is full"},
    {ETHFAULT_POOL_FULL, -32000, "baseFee sub-pool is full"},
    {ETHFAULT_POOL_FULL, -32000, "queued sub-pool is full"},
    {ETHFAULT_GAS, -32000, "IntrinsicGas"},
    {ETHFAULT_GAS, -32000, "gas limit is too high"},
    {ETHFAULT_CHAIN, -32000, "invalid sender"},
    /* reth */
    {ETHFAULT_UNDERPRICED, -32003, "transaction priority fee below minimum required priority fee 1000000"},
    {ETHFAULT_FUNDS, -32003, "insufficient funds for gas * price + value: have 0 want 1"},
    {ETHFAULT_FUNDS, -32003, "transaction overdraws from account"},
    {ETHFAULT_FEE_CAP, -32003, "tx fee (2 wei) exceeds the configured cap (1 wei)"},
    {ETHFAULT_GAS, -32003, "exceeds max transaction gas limit"},
    {ETHFAULT_CHAIN, -32003, "invalid chain ID"},
    /* anvil */
    {ETHFAULT_KNOWN, -32003, "transaction already imported"},
    {ETHFAULT_NONCE_LOW, -32003, "nonce too low"},
    {ETHFAULT_BELOW_BASE, -32003, "max fee per gas less than block base fee"},
    {ETHFAULT_FUNDS, -32003, "Insufficient funds for gas * price + value"},
    {ETHFAULT_GAS, -32000, "intrinsic gas too high -- tx.gas_limit > env.block.gas_limit"},
    {ETHFAULT_CHAIN, -32003, "invalid chain id for signer"},
    {ETHFAULT_NO_BLOCK, -32000, "unknown block"},
    /* hardhat */
    {ETHFAULT_KNOWN, -32000, "Known transaction: 0x0000000000000000000000000000000000000000000000000000000000000001"},
    {ETHFAULT_NONCE_LOW, -32000, "Transaction nonce too low. Expected nonce to be at least 1 but got 0."},
    {ETHFAULT_REPLACEMENT, -32000,
     "Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 2200000000 is necessary"},
    {ETHFAULT_FUNDS, -32000, "Sender doesn't have enough funds to send tx. The max upfront cost is: 1"},
    {ETHFAULT_GAS, -32000, "Transaction requires gas floor of 23560 but got limit of 22100"},
    {ETHFAULT_GAS, -32000, "Transaction requires at least 21000 gas but got 20000"},
    {ETHFAULT_CHAIN, -32602, "Trying to send a raw transaction with an invalid chainId. The expected chainId is 31337"},
    {ETHFAULT_NO_METHOD, -32004, "Method eth_getBlockReceipts is not supported"},
    /* others */
    {ETHFAULT_KNOWN, -32010, "Transaction with the same hash was already imported."},
    {ETHFAULT_KNOWN, 1013, "Pool(AlreadyImported(0x01))"},
    {ETHFAULT_NONCE_LOW, -32000, "invalid transaction nonce"},
    {ETHFAULT_NONCE_LOW, -32000, "nonce too low: address 0x01 current nonce (5) > tx nonce (4)"},
    {ETHFAULT_NONCE_LOW, -32000, "transaction already finalized"},
    {ETHFAULT_NONCE_LOW, 1010, "Pool(Stale)"},
    {ETHFAULT_REPLACEMENT, -32000, "there is another tx which has the same nonce in the tx pool"},
    {ETHFAULT_UNDERPRICED, -32000, "gasprice is less than gas price minimum floor"},
    {ETHFAULT_UNDERPRICED, -32000, "gas price too low"},
    {ETHFAULT_POOL_FULL, -32000, "queue full"},
    {ETHFAULT_POOL_FULL, -32000, "sequencer pending tx pool full, please try again"},
    {ETHFAULT_TOO_MUCH, -32005, "query returned more than 10000 results"},
    {ETHFAULT_TOO_MUCH, -32602, "exceeds max block range 2000"},
    /* says nothing */
    {ETHFAULT_UNKNOWN, -32000, "unknown transaction"},
    {ETHFAULT_UNKNOWN, -32000, "Unknown transaction: 0x01"},
    {ETHFAULT_UNKNOWN, -32603, "Internal error"},
    {ETHFAULT_UNKNOWN, 0, ""},
    {ETHFAULT_UNKNOWN, 429, "Too Many Requests"},
};

static void every_known_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        struct ethfault got = ethfault_classify(TEXTS[i].code, TEXTS[i].text);
        if (got.class != TEXTS[i].class)
            fail_msg("\"%s\" is %s, not %s", TEXTS[i].text, ethfault_name(got.class),
                     ethfault_name(TEXTS[i].class));
    }
}

static void minima_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        wei cap, tip;
    } CASES[] = {
        {"transaction gas price below minimum: gas tip cap 1, minimum needed 1000000", 0, 1000000},
        {"transaction priority fee below minimum required priority fee 25000000000", 0, 25000000000},
        {"Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 2200000000 is necessary to "
         "replace the existing transaction with nonce 7.", 2200000000, 0},
        {"Replacement transaction underpriced. A gasPrice/maxPriorityFeePerGas of at least 11 is necessary", 0, 11},
        {"replacement transaction underpriced", 0, 0},
        {"transaction underpriced: minimum needed none", 0, 0},
        {"transaction underpriced: minimum needed ", 0, 0},
        {"underpriced, minimum needed 999999999999999999999999999999999999999999999", 0, WEI_MAX},
        /* a minimum of gas is none of fees */
        {"intrinsic gas too low: gas 20000, minimum needed 21000", 0, 0},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct ethfault got = ethfault_classify(-32000, CASES[i].text);
        assert_true(got.min_cap == CASES[i].cap);
        assert_true(got.min_tip == CASES[i].tip);
    }
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    char text[10000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    memcpy(text + 9000, "already known", 13);
    assert_int_equal(ethfault_classify(-32000, text).class, ETHFAULT_UNKNOWN);
    memcpy(text + 200, "already known", 13);
    assert_int_equal(ethfault_classify(-32000, text).class, ETHFAULT_KNOWN);
}

static void classes_have_names(void **state)
{
    (void)state;
    assert_string_equal(ethfault_name(ETHFAULT_UNKNOWN), "unknown");
    assert_string_equal(ethfault_name(ETHFAULT_NONCE_LOW), "nonce-low");
    assert_string_equal(ethfault_name(ETHFAULT_TOO_MUCH), "too-much");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_known_text),
        cmocka_unit_test(minima_are_read),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(classes_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
