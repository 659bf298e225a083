/* Values of the chain in the JSON form of a node: see ethjson.h. */
#include "common/ethjson.h"

#include <string.h>

#include "common/ethreceipt.h"
#include "common/ethtx.h"
#include "common/hex.h"
#include "common/limits.h"
#include "common/rlp.h"

/* --- getters ----------------------------------------------------------------------------------- */

struct jsonio_node ethjson_member(const struct jsonio_node *object, const char *key)
{
    json_t *value = object->doc->code == ERR_OK ? json_object_get(object->value, key) : NULL;
    return (struct jsonio_node){.doc = object->doc, .up = object, .key = key, .value = value};
}

struct jsonio_node ethjson_element(const struct jsonio_node *array, size_t index)
{
    json_t *value = array->doc->code == ERR_OK ? json_array_get(array->value, index) : NULL;
    return (struct jsonio_node){.doc = array->doc, .up = array, .index = index, .value = value};
}

bool ethjson_lacks(const struct jsonio_node *object, const char *key)
{
    const json_t *value = json_object_get(object->value, key);
    return value == NULL || json_is_null(value);
}

/* The text of a node that must be a string beginning with 0x; empty on error. Its digits are not
 * looked at. */
static struct slice hex_text(const struct jsonio_node *node)
{
    const char *text = json_string_value(node->value);
    size_t len = json_string_length(node->value);
    if (text != NULL && len >= 2 && memcmp(text, "0x", 2) == 0)
        return (struct slice){(const uint8_t *)text, len};
    jsonio_fail(node, ERR_INVALID, node->value == NULL ? "is missing" : "must be a 0x hex string");
    return (struct slice){0};
}

wei ethjson_wei(const struct jsonio_node *node)
{
    struct slice text = hex_text(node);
    wei v = 0;
    if (node->doc->code == ERR_OK && !wei_quantity(&v, (const char *)text.data, text.len))
        jsonio_fail(node, ERR_INVALID, "must be a quantity like 0x1a");
    return v;
}

uint64_t ethjson_u64(const struct jsonio_node *node)
{
    wei v = ethjson_wei(node);
    if (v <= UINT64_MAX)
        return (uint64_t)v;
    jsonio_fail(node, ERR_INVALID, "has more than 64 bits");
    return 0;
}

void ethjson_fixed(const struct jsonio_node *node, void *ret, size_t len)
{
    struct slice text = hex_text(node);
    if (node->doc->code == ERR_OK &&
        hex_decode(ret, len, (const char *)text.data + 2, text.len - 2, true))
        return;
    memset(ret, 0, len);
    jsonio_fail(node, ERR_INVALID, "must be 0x and %zu hex digits", 2 * len);
}

uint64_t ethjson_get_u64(const struct jsonio_node *object, const char *key)
{
    struct jsonio_node node = ethjson_member(object, key);
    return ethjson_u64(&node);
}

wei ethjson_get_wei(const struct jsonio_node *object, const char *key)
{
    struct jsonio_node node = ethjson_member(object, key);
    return ethjson_wei(&node);
}

struct hash32 ethjson_get_hash(const struct jsonio_node *object, const char *key)
{
    struct jsonio_node node = ethjson_member(object, key);
    struct hash32 h = {0};
    ethjson_fixed(&node, h.b, sizeof h.b);
    return h;
}

struct seal_address ethjson_get_address(const struct jsonio_node *object, const char *key)
{
    struct jsonio_node node = ethjson_member(object, key);
    struct seal_address a = {0};
    ethjson_fixed(&node, a.b, sizeof a.b);
    return a;
}

/* --- back into bytes --------------------------------------------------------------------------- */

void ethjson_put_raw(struct bytes_writer *w, const struct jsonio_node *node)
{
    struct slice text = hex_text(node);
    size_t len = text.len / 2 - (text.len >= 2);
    if (node->doc->code != ERR_OK)
        return;
    if (w->failed || len > w->cap - w->len) {
        w->failed = true;
    } else if (hex_decode(w->data + w->len, len, (const char *)text.data + 2, text.len - 2, true)) {
        w->len += len;
    } else {
        jsonio_fail(node, ERR_INVALID, "must be 0x and pairs of hex digits");
    }
}

size_t ethjson_room(const json_t *value)
{
    size_t room = 16; /* a prefix, or a number */
    const char *key;
    json_t *child;
    size_t i;
    if (json_is_string(value))
        room += json_string_length(value) / 2;
    json_object_foreach((json_t *)(uintptr_t)value, key, child)
        room += ethjson_room(child);
    json_array_foreach(value, i, child)
        room += ethjson_room(child);
    return room;
}

/* Bytes of any length. */
static void put_data(struct bytes_writer *w, const struct jsonio_node *object, const char *key)
{
    struct jsonio_node node = ethjson_member(object, key);
    size_t mark = rlp_open(w);
    ethjson_put_raw(w, &node);
    rlp_close_bytes(w, mark);
}

/* Bytes of one length. */
static void put_fixed(struct bytes_writer *w, const struct jsonio_node *object, const char *key,
                      size_t len)
{
    uint8_t bytes[ETHRECEIPT_BLOOM_LEN];
    struct jsonio_node node = ethjson_member(object, key);
    ethjson_fixed(&node, bytes, len);
    rlp_put_bytes(w, bytes, len);
}

/* An integer of up to 256 bits, perhaps with an odd number of digits or leading zeros. */
static void put_integer(struct bytes_writer *w, const struct jsonio_node *object, const char *key)
{
    struct jsonio_node node = ethjson_member(object, key);
    struct slice text = hex_text(&node);
    char digits[64];
    uint8_t bytes[32] = {0};
    size_t n = text.len >= 2 ? text.len - 2 : 0;
    if (node.doc->code != ERR_OK)
        return;
    memset(digits, '0', sizeof digits);
    if (n > 0 && n <= sizeof digits)
        memcpy(digits + sizeof digits - n, text.data + 2, n);
    if (n == 0 || n > sizeof digits || !hex_decode(bytes, sizeof bytes, digits, sizeof digits, true))
        jsonio_fail(&node, ERR_INVALID, "must be an integer of at most 256 bits");
    rlp_put_uint(w, bytes, sizeof bytes);
}

/* An address, or nothing where there is none (null). */
static void put_to(struct bytes_writer *w, const struct jsonio_node *object)
{
    if (ethjson_lacks(object, "to"))
        rlp_put_bytes(w, NULL, 0);
    else
        put_fixed(w, object, "to", sizeof(struct seal_address));
}

#define INTEGER 0
#define DATA SIZE_MAX

/* In the order of the header; all from baseFeePerGas on came with forks. */
static const struct {
    const char *key;
    size_t len; /* of a fixed field, or one of the two above */
} HEADER[] = {
    {"parentHash", 32},
    {"sha3Uncles", 32},
    {"miner", 20},
    {"stateRoot", 32},
    {"transactionsRoot", 32},
    {"receiptsRoot", 32},
    {"logsBloom", 256},
    {"difficulty", INTEGER},
    {"number", INTEGER},
    {"gasLimit", INTEGER},
    {"gasUsed", INTEGER},
    {"timestamp", INTEGER},
    {"extraData", DATA},
    {"mixHash", 32},
    {"nonce", 8},
    {"baseFeePerGas", INTEGER},      /* London */
    {"withdrawalsRoot", 32},         /* Shanghai */
    {"blobGasUsed", INTEGER},        /* Cancun */
    {"excessBlobGas", INTEGER},
    {"parentBeaconBlockRoot", 32},
    {"requestsHash", 32},            /* Prague */
    {"blockAccessListHash", 32},     /* Amsterdam */
    {"slotNumber", INTEGER},
};

bool ethjson_put_header(struct bytes_writer *w, const struct jsonio_node *block, unsigned form)
{
    static const size_t N_FIELDS[ETHJSON_HEADER_FORMS] = {23, 21, 20, 17, 16, 15};
    for (size_t i = 0; i < N_FIELDS[form]; i++)
        if (ethjson_lacks(block, HEADER[i].key))
            return false;
    size_t list = rlp_open(w);
    for (size_t i = 0; i < N_FIELDS[form]; i++) {
        if (HEADER[i].len == INTEGER)
            put_integer(w, block, HEADER[i].key);
        else if (HEADER[i].len == DATA)
            put_data(w, block, HEADER[i].key);
        else
            put_fixed(w, block, HEADER[i].key, HEADER[i].len);
    }
    rlp_close(w, list);
    return true;
}

/* An array of 32-byte values: storage keys, topics, blob hashes. */
static void put_hashes(struct bytes_writer *w, const struct jsonio_node *object, const char *key)
{
    struct jsonio_node array = jsonio_array(object, key, LIMITS_BLOCK_ITEMS);
    size_t list = rlp_open(w);
    for (size_t i = 0; i < jsonio_count(&array); i++) {
        struct jsonio_node item = ethjson_element(&array, i);
        struct hash32 h;
        ethjson_fixed(&item, h.b, sizeof h.b);
        rlp_put_bytes(w, h.b, sizeof h.b);
    }
    rlp_close(w, list);
}

static void put_access_list(struct bytes_writer *w, const struct jsonio_node *tx)
{
    size_t list = rlp_open(w);
    if (!ethjson_lacks(tx, "accessList")) {
        struct jsonio_node array = jsonio_array(tx, "accessList", LIMITS_BLOCK_ITEMS);
        for (size_t i = 0; i < jsonio_count(&array); i++) {
            struct jsonio_node item = jsonio_item(&array, i);
            size_t entry = rlp_open(w);
            put_fixed(w, &item, "address", sizeof(struct seal_address));
            put_hashes(w, &item, "storageKeys");
            rlp_close(w, entry);
        }
    }
    rlp_close(w, list);
}

static void put_signature(struct bytes_writer *w, const struct jsonio_node *object)
{
    put_integer(w, object, ethjson_lacks(object, "yParity") ? "v" : "yParity");
    put_integer(w, object, "r");
    put_integer(w, object, "s");
}

static void put_authorizations(struct bytes_writer *w, const struct jsonio_node *tx)
{
    struct jsonio_node array = jsonio_array(tx, "authorizationList", LIMITS_BLOCK_ITEMS);
    size_t list = rlp_open(w);
    for (size_t i = 0; i < jsonio_count(&array); i++) {
        struct jsonio_node item = jsonio_item(&array, i);
        size_t entry = rlp_open(w);
        put_integer(w, &item, "chainId");
        put_fixed(w, &item, "address", sizeof(struct seal_address));
        put_integer(w, &item, "nonce");
        put_signature(w, &item);
        rlp_close(w, entry);
    }
    rlp_close(w, list);
}

static void put_gas_to_data(struct bytes_writer *w, const struct jsonio_node *tx)
{
    put_integer(w, tx, "gas");
    put_to(w, tx);
    put_integer(w, tx, "value");
    put_data(w, tx, "input");
}

static void put_legacy(struct bytes_writer *w, const struct jsonio_node *tx)
{
    put_integer(w, tx, "nonce");
    put_integer(w, tx, "gasPrice");
    put_gas_to_data(w, tx);
    put_integer(w, tx, "v");
    put_integer(w, tx, "r");
    put_integer(w, tx, "s");
}

static void put_typed(struct bytes_writer *w, const struct jsonio_node *tx, uint64_t type)
{
    put_integer(w, tx, "chainId");
    put_integer(w, tx, "nonce");
    if (type == ETHTX_ACCESS_LIST) {
        put_integer(w, tx, "gasPrice");
    } else {
        put_integer(w, tx, "maxPriorityFeePerGas");
        put_integer(w, tx, "maxFeePerGas");
    }
    put_gas_to_data(w, tx);
    put_access_list(w, tx);
    if (type == ETHTX_BLOB) {
        put_integer(w, tx, "maxFeePerBlobGas");
        put_hashes(w, tx, "blobVersionedHashes");
    } else if (type == ETHTX_SET_CODE) {
        put_authorizations(w, tx);
    }
    put_signature(w, tx);
}

/* The OP stack's deposits: no signature, no nonce. */
static void put_deposit(struct bytes_writer *w, const struct jsonio_node *tx)
{
    put_fixed(w, tx, "sourceHash", sizeof(struct hash32));
    put_fixed(w, tx, "from", sizeof(struct seal_address));
    put_to(w, tx);
    if (ethjson_lacks(tx, "mint"))
        rlp_put_u64(w, 0);
    else
        put_integer(w, tx, "mint");
    put_integer(w, tx, "value");
    put_integer(w, tx, "gas");
    rlp_put_u64(w, !ethjson_lacks(tx, "isSystemTx") && jsonio_bool(tx, "isSystemTx"));
    put_data(w, tx, "input");
}

static uint64_t type_of(const struct jsonio_node *object)
{
    return ethjson_lacks(object, "type") ? ETHTX_LEGACY : ethjson_get_u64(object, "type");
}

bool ethjson_put_transaction(struct bytes_writer *w, const struct jsonio_node *tx)
{
    uint64_t type = type_of(tx);
    if (type > ETHTX_SET_CODE && type != ETHRECEIPT_DEPOSIT)
        return false;
    if (type != ETHTX_LEGACY)
        bytes_put_u8(w, (uint8_t)type);
    size_t list = rlp_open(w);
    if (type == ETHTX_LEGACY)
        put_legacy(w, tx);
    else if (type == ETHRECEIPT_DEPOSIT)
        put_deposit(w, tx);
    else
        put_typed(w, tx, type);
    rlp_close(w, list);
    return true;
}

static void put_logs(struct bytes_writer *w, const struct jsonio_node *receipt)
{
    struct jsonio_node array = jsonio_array(receipt, "logs", LIMITS_BLOCK_ITEMS);
    size_t list = rlp_open(w);
    for (size_t i = 0; i < jsonio_count(&array); i++) {
        struct jsonio_node item = jsonio_item(&array, i);
        size_t log = rlp_open(w);
        put_fixed(w, &item, "address", sizeof(struct seal_address));
        put_hashes(w, &item, "topics");
        put_data(w, &item, "data");
        rlp_close(w, log);
    }
    rlp_close(w, list);
}

void ethjson_put_receipt(struct bytes_writer *w, const struct jsonio_node *receipt)
{
    uint64_t type = type_of(receipt);
    if (type > 0x7f)
        jsonio_fail(receipt, ERR_INVALID, "has an impossible type");
    if (type != ETHTX_LEGACY)
        bytes_put_u8(w, (uint8_t)type);
    size_t list = rlp_open(w);
    if (ethjson_lacks(receipt, "status"))
        put_fixed(w, receipt, "root", sizeof(struct hash32)); /* before Byzantium */
    else
        put_integer(w, receipt, "status");
    put_integer(w, receipt, "cumulativeGasUsed");
    put_fixed(w, receipt, "logsBloom", ETHRECEIPT_BLOOM_LEN);
    put_logs(w, receipt);
    if (type == ETHRECEIPT_DEPOSIT && !ethjson_lacks(receipt, "depositNonce"))
        put_integer(w, receipt, "depositNonce");
    if (type == ETHRECEIPT_DEPOSIT && !ethjson_lacks(receipt, "depositReceiptVersion"))
        put_integer(w, receipt, "depositReceiptVersion");
    rlp_close(w, list);
}
