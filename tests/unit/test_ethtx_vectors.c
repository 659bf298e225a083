/* Signed transactions of others: all 896 of ethers in every form, valid and invalid ones of Ethereum. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "common/ethtx.h"
#include "common/hex.h"
#include "common/keccak.h"
#include "common/rlp.h"
#include "tests/vectors.h"

static void check_address(const struct seal_address *got, const char *hex)
{
    char text[41];
    hex_encode(text, got->b, sizeof got->b);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(text[i], hex[i + 2] | (hex[i + 2] >= 'A' && hex[i + 2] <= 'F' ? 0x20 : 0));
}

static void read_key(uint8_t key[32], const char *hex)
{
    assert_true(hex_decode(key, 32, hex + 2, strlen(hex) - 2, true));
}

/* --- ethers ------------------------------------------------------------------------------------ */

/* At most 56 bits; "0x" is zero there, and leading zeros are legal. */
static wei amount(const json_t *tx, const char *key)
{
    const json_t *v = json_object_get(tx, key);
    if (v == NULL || json_is_integer(v))
        return (wei)json_integer_value(v);
    return strtoull(json_string_value(v) + 2, NULL, 16);
}

static uint8_t *fill(struct ethtx *ret, const json_t *tx, enum ethtx_type type)
{
    size_t len;
    const char *to = json_string_value(json_object_get(tx, "to"));
    const char *text = json_string_value(json_object_get(tx, "data"));
    uint8_t *data = vectors_bytes(text != NULL ? text : "0x", &len);
    *ret = (struct ethtx){
        .type = type,
        .has_chain_id = true,
        .chain_id = json_object_get(tx, "chainId") != NULL ? (uint64_t)amount(tx, "chainId") : 1,
        .nonce = (uint64_t)amount(tx, "nonce"),
        .gas = (uint64_t)amount(tx, "gasLimit"),
        .max_fee = amount(tx, type == ETHTX_DYNAMIC_FEE ? "maxFeePerGas" : "gasPrice"),
        .max_priority_fee = amount(tx, type == ETHTX_DYNAMIC_FEE ? "maxPriorityFeePerGas" : "gasPrice"),
        .has_to = to != NULL,
        .data = {data, len},
    };
    if (to != NULL)
        assert_true(hex_decode(ret->to.b, sizeof ret->to.b, to + 2, strlen(to) - 2, true));
    wei_to_bytes(ret->value, amount(tx, "value"));
    return data;
}

static bool same_fields(const struct ethtx *a, const struct ethtx *b)
{
    return a->type == b->type && a->nonce == b->nonce && a->gas == b->gas && a->max_fee == b->max_fee &&
           a->max_priority_fee == b->max_priority_fee && a->has_to == b->has_to &&
           memcmp(a->to.b, b->to.b, sizeof a->to.b) == 0 &&
           memcmp(a->value, b->value, sizeof a->value) == 0 && a->data.len == b->data.len &&
           (a->data.len == 0 || memcmp(a->data.data, b->data.data, a->data.len) == 0);
}

/* The signed form: its fields, its sighash (the Keccak of the unsigned form), its sender. */
static void check_signed(const json_t *c, const char *signed_key, const char *unsigned_key,
                         enum ethtx_type type, bool has_chain_id, const struct seal_address *sender)
{
    size_t len, unsigned_len;
    uint8_t *raw = vectors_hex(c, signed_key, &len), *payload = vectors_hex(c, unsigned_key, &unsigned_len);
    struct ethtx tx, expected;
    struct seal_address got;
    struct err e;
    uint8_t *data = fill(&expected, json_object_get(c, "transaction"), type);
    assert_ok(ethtx_decode(&tx, raw, len, &e), e);
    assert_true(same_fields(&tx, &expected));
    assert_int_equal(tx.has_chain_id, has_chain_id);
    assert_int_equal(tx.chain_id, has_chain_id ? expected.chain_id : 0);
    struct hash32 sighash = keccak_256(payload, unsigned_len), hash = keccak_256(raw, len);
    assert_memory_equal(tx.sighash.b, sighash.b, sizeof sighash.b);
    assert_memory_equal(tx.hash.b, hash.b, sizeof hash.b);
    assert_ok(ethtx_sender(&tx, &got, &e), e);
    assert_memory_equal(got.b, sender->b, sizeof got.b);
    free(data);
    free(raw);
    free(payload);
}

static void check_bytes(const struct bytes_writer *w, const json_t *c, const char *key)
{
    size_t len;
    uint8_t *expected = vectors_hex(c, key, &len);
    assert_int_equal(w->len, len);
    assert_memory_equal(w->data, expected, len);
    free(expected);
}

/* Our own forms, to the byte: ethers signs as we do (RFC 6979). */
static void check_made(const json_t *c, enum ethtx_type type, const char *unsigned_key,
                       const char *signed_key, const uint8_t key[32], const struct seal_address *sender)
{
    struct ethtx tx;
    struct err e;
    uint8_t *data = fill(&tx, json_object_get(c, "transaction"), type);
    size_t room = ethtx_room(&tx);
    struct bytes_writer w = bytes_writer(malloc(room), room);
    assert_ok(ethtx_put_unsigned(&w, &tx, &e), e);
    check_bytes(&w, c, unsigned_key);
    w.len = 0;
    assert_ok(ethtx_sign(&w, &tx, key, &e), e);
    check_bytes(&w, c, signed_key);
    assert_ok(ethtx_check_signed(w.data, w.len, &tx, sender, NULL, &e), e);
    free(w.data);
    free(data);
}

static void check_case(const json_t *c)
{
    uint8_t key[32];
    struct seal_address sender;
    struct err e;
    const json_t *tx = json_object_get(c, "transaction");
    read_key(key, vectors_text(c, "privateKey"));
    assert_ok(ethtx_key_address(&sender, key, &e), e);
    check_signed(c, "signedLegacy", "unsignedLegacy", ETHTX_LEGACY, false, &sender);
    if (amount(tx, "chainId") != 0) { /* else their EIP-155 payload holds a 0 that is no canonical RLP */
        check_signed(c, "signedEip155", "unsignedEip155", ETHTX_LEGACY, true, &sender);
        check_made(c, ETHTX_LEGACY, "unsignedEip155", "signedEip155", key, &sender);
    }
    check_signed(c, "signedBerlin", "unsignedBerlin", ETHTX_ACCESS_LIST, true, &sender);
    check_signed(c, "signedLondon", "unsignedLondon", ETHTX_DYNAMIC_FEE, true, &sender);
    if (json_array_size(json_object_get(tx, "accessList")) == 0)
        check_made(c, ETHTX_DYNAMIC_FEE, "unsignedLondon", "signedLondon", key, &sender);
}

static void transactions_of_ethers(void **state)
{
    (void)state;
    json_t *cases = vectors_load("vectors/ethers-js/transaction.json.gz"), *c;
    size_t i;
    json_array_foreach(cases, i, c)
        check_case(c);
    assert_int_equal(i, 896);
    json_decref(cases);
}

static void addresses_of_ethers(void **state)
{
    (void)state;
    json_t *cases = vectors_load("vectors/ethers-js/accounts.json.gz"), *c;
    size_t i;
    json_array_foreach(cases, i, c)
    {
        uint8_t key[32];
        struct seal_address got;
        struct err e;
        read_key(key, vectors_text(c, "privateKey"));
        assert_ok(ethtx_key_address(&got, key, &e), e);
        check_address(&got, vectors_text(c, "address"));
    }
    assert_true(i > 100);
    json_decref(cases);
}

/* --- ethereum/tests ---------------------------------------------------------------------------- */

/* What breaks a rule that is no matter of form: it needs the state of the chain, or its prices. */
static bool needs_state(const char *why)
{
    static const char *const RULES[] = {"INTRINSIC_GAS_TOO_LOW", "GASLIMIT_PRICE_PRODUCT_OVERFLOW"};
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++)
        if (strstr(why, RULES[i]) != NULL)
            return true;
    return false;
}

static void check_file(const char *name)
{
    json_t *file = vectors_load(name), *c;
    const char *test;
    json_object_foreach(file, test, c)
    {
        size_t len;
        uint8_t *raw = vectors_hex(c, "txbytes", &len);
        const json_t *cancun = json_object_get(json_object_get(c, "result"), "Cancun");
        const char *why = json_string_value(json_object_get(cancun, "exception"));
        struct ethtx tx;
        struct seal_address sender;
        struct err e;
        enum err_code rc = ethtx_decode(&tx, raw, len, &e);
        if (why == NULL) {
            assert_ok(rc, e);
            assert_ok(ethtx_sender(&tx, &sender, &e), e);
            check_address(&sender, vectors_text(cancun, "sender"));
            struct hash32 hash = harness_hash(vectors_text(cancun, "hash") + 2);
            assert_memory_equal(tx.hash.b, hash.b, sizeof hash.b);
        } else if (needs_state(why)) {
            assert_ok(rc, e);
        } else if (rc != ERR_PARSE && rc != ERR_LIMIT) {
            fail_msg("%s: %s, but %s", test, why, err_name(rc));
        }
        free(raw);
    }
    json_decref(file);
}

static void transactions_of_ethereum(void **state)
{
    (void)state;
    static const char *const FILES[] = {
        "ttAddress/AddressLessThan20",
        "ttAddress/AddressLessThan20Prefixed0",
        "ttAddress/AddressMoreThan20",
        "ttAddress/AddressMoreThan20PrefixedBy0",
        "ttData/DataTestEnoughGAS",
        "ttData/DataTestFirstZeroBytes",
        "ttData/DataTestLastZeroBytes",
        "ttData/DataTestNotEnoughGAS",
        "ttData/DataTestZeroBytes",
        "ttData/dataTx_bcValidBlockTest",
        "ttData/dataTx_bcValidBlockTestFrontier",
        "ttEIP1559/GasLimitPriceProductOverflow",
        "ttEIP1559/GasLimitPriceProductOverflowtMinusOne",
        "ttEIP1559/GasLimitPriceProductPlusOneOverflow",
        "ttEIP1559/maxFeePerGas00prefix",
        "ttEIP1559/maxFeePerGas32BytesValue",
        "ttEIP1559/maxFeePerGasOverflow",
        "ttEIP1559/maxPriorityFeePerGas00prefix",
        "ttEIP1559/maxPriorityFeePerGasOverflow",
        "ttEIP1559/maxPriorityFeePerGass32BytesValue",
        "ttEIP2930/accessListAddressGreaterThan20",
        "ttEIP2930/accessListAddressLessThan20",
        "ttEIP2930/accessListAddressPrefix00",
        "ttEIP2930/accessListStorage0x0001",
        "ttEIP2930/accessListStorage32Bytes",
        "ttEIP2930/accessListStorageOver32Bytes",
        "ttEIP2930/accessListStoragePrefix00",
        "ttGasPrice/TransactionWithGasPriceOverflow",
        "ttGasPrice/TransactionWithHighGasPrice",
        "ttGasPrice/TransactionWithHighGasPrice2",
        "ttGasPrice/TransactionWithLeadingZerosGasPrice",
        "ttNonce/TransactionWithEmptyBigInt",
        "ttNonce/TransactionWithHighNonce256",
        "ttNonce/TransactionWithHighNonce32",
        "ttNonce/TransactionWithHighNonce64",
        "ttNonce/TransactionWithHighNonce64Minus1",
        "ttNonce/TransactionWithHighNonce64Minus2",
        "ttNonce/TransactionWithHighNonce64Plus1",
        "ttNonce/TransactionWithLeadingZerosNonce",
        "ttNonce/TransactionWithNonceOverflow",
        "ttNonce/TransactionWithZerosBigInt",
    };
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        char name[128];
        snprintf(name, sizeof name, "vectors/ethereum-tests/TransactionTests/%s.json", FILES[i]);
        check_file(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transactions_of_ethers),
        cmocka_unit_test(addresses_of_ethers),
        cmocka_unit_test(transactions_of_ethereum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
