/* The lines between hallmarkd and hallmark-signer: see signerline.h. */
#include "common/signerline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/hex.h"
#include "common/jsonio.h"

static const struct {
    const char *name, *text;
} CODES[] = {
    [SIGNERLINE_OK] = {"ok", "signed"},
#define X(name, code, text) [SIGNERLINE_##name] = {code, text},
    SIGNERLINE_CODES(X)
#undef X
};
#define N_CODES (sizeof CODES / sizeof *CODES)

const char *signerline_code_name(enum signerline_code code)
{
    return CODES[code].name;
}

const char *signerline_code_text(enum signerline_code code)
{
    return CODES[code].text;
}

/* ------------------------------------------------------------------ writing */

static void put_hex(struct text *t, const char *key, const void *bytes, size_t len)
{
    text_putf(t, ",\"%s\":\"0x", key);
    text_put_hex(t, bytes, len);
    text_putc(t, '"');
}

static void put_number(struct text *t, const char *key, uint64_t number)
{
    text_putf(t, ",\"%s\":%" PRIu64, key, number);
}

void signerline_put_keys(struct text *out)
{
    text_puts(out, "{\"version\":1,\"method\":\"keys\"}");
}

void signerline_put_sign(struct text *out, const struct seal_address *from, const struct ethtx *tx)
{
    text_puts(out, "{\"version\":1,\"method\":\"sign\"");
    put_hex(out, "from", from->b, sizeof from->b);
    put_number(out, "type", tx->type);
    put_number(out, "chainId", tx->chain_id);
    put_number(out, "nonce", tx->nonce);
    put_hex(out, "to", tx->to.b, sizeof tx->to.b);
    put_number(out, "gas", tx->gas);
    if (tx->type == ETHTX_LEGACY) {
        put_number(out, "gasPrice", (uint64_t)tx->max_fee);
    } else {
        put_number(out, "maxFeePerGas", (uint64_t)tx->max_fee);
        put_number(out, "maxPriorityFeePerGas", (uint64_t)tx->max_priority_fee);
    }
    put_hex(out, "data", tx->data.data, tx->data.len);
    text_putc(out, '}');
}

static void put_keys(struct text *out, const struct signerline_reply *reply)
{
    text_puts(out, ",\"keys\":[");
    for (size_t i = 0; i < reply->n_keys; i++) {
        text_puts(out, i > 0 ? ",\"0x" : "\"0x");
        text_put_hex(out, reply->keys[i].b, sizeof reply->keys[i].b);
        text_putc(out, '"');
    }
    text_putc(out, ']');
}

void signerline_put_reply(struct text *out, const struct signerline_reply *reply)
{
    if (reply->code != SIGNERLINE_OK) {
        const char *message = reply->message[0] != '\0' ? reply->message : signerline_code_text(reply->code);
        text_putf(out, "{\"version\":1,\"ok\":false,\"code\":\"%s\",\"message\":", signerline_code_name(reply->code));
        text_put_json(out, message, strlen(message));
    } else {
        text_puts(out, "{\"version\":1,\"ok\":true");
        if (reply->raw_len > 0)
            put_hex(out, "raw", reply->raw, reply->raw_len);
        else
            put_keys(out, reply);
    }
    text_putc(out, '}');
}

/* ------------------------------------------------------------------ reading */

static void check_version(const struct jsonio_node *root)
{
    if (jsonio_u64(root, "version") != 1 && root->doc->code == ERR_OK)
        jsonio_fail(root, ERR_VERSION, "version is not 1");
}

static void read_fees(const struct jsonio_node *root, struct ethtx *tx)
{
    uint64_t type = jsonio_u64(root, "type");
    if (root->doc->code != ERR_OK)
        return;
    if (type == ETHTX_LEGACY) {
        tx->type = ETHTX_LEGACY;
        tx->max_fee = tx->max_priority_fee = jsonio_u64(root, "gasPrice");
    } else if (type == ETHTX_DYNAMIC_FEE) {
        tx->type = ETHTX_DYNAMIC_FEE;
        tx->max_fee = jsonio_u64(root, "maxFeePerGas");
        tx->max_priority_fee = jsonio_u64(root, "maxPriorityFeePerGas");
    } else {
        jsonio_fail(root, ERR_PARSE, "type is neither 0 nor 2");
    }
}

/* 0x and 32 or 36 bytes. */
static void read_data(const struct jsonio_node *root, struct signerline_request *ret)
{
    size_t len = strlen(jsonio_string(root, "data"));
    size_t bytes = len == 2 + 2 * REGISTRY_CALL_LEN ? REGISTRY_CALL_LEN : 32;
    jsonio_hex0x(root, "data", ret->data, bytes);
    ret->tx.data = (struct slice){ret->data, bytes};
}

static void read_sign(const struct jsonio_node *root, struct signerline_request *ret)
{
    ret->sign = true;
    jsonio_hex0x(root, "from", ret->from.b, sizeof ret->from.b);
    read_fees(root, &ret->tx);
    ret->tx.has_chain_id = ret->tx.has_to = true;
    ret->tx.chain_id = jsonio_u64(root, "chainId");
    ret->tx.nonce = jsonio_u64(root, "nonce");
    jsonio_hex0x(root, "to", ret->tx.to.b, sizeof ret->tx.to.b);
    ret->tx.gas = jsonio_u64(root, "gas");
    read_data(root, ret);
}

enum err_code signerline_read_request(struct signerline_request *ret, const char *line, size_t len, struct err *e)
{
    static const char *const METHODS[] = {"keys", "sign"};
    json_t *value = NULL;
    enum err_code rc = jsonio_load(&value, line, len, SIGNERLINE_MAX, e);
    if (rc != ERR_OK)
        return rc;
    struct jsonio doc = {.e = e};
    struct jsonio_node root = jsonio_root(&doc, value);
    memset(ret, 0, sizeof *ret);
    check_version(&root);
    if (jsonio_word(&root, "method", METHODS, 2) == 1)
        read_sign(&root, ret);
    json_decref(value);
    return doc.code;
}

static void read_refusal(const struct jsonio_node *root, struct signerline_reply *ret)
{
    snprintf(ret->code_name, sizeof ret->code_name, "%s", jsonio_string(root, "code"));
    snprintf(ret->message, sizeof ret->message, "%s", jsonio_string(root, "message"));
    ret->code = SIGNERLINE_INTERNAL;
    for (size_t i = SIGNERLINE_OK + 1; i < N_CODES; i++)
        if (strcmp(CODES[i].name, ret->code_name) == 0)
            ret->code = (enum signerline_code)i;
}

static void read_raw(const struct jsonio_node *root, struct signerline_reply *ret)
{
    size_t digits = strlen(jsonio_string(root, "raw"));
    if (digits < 4 || digits > 2 + 2 * sizeof ret->raw) {
        jsonio_fail(root, ERR_LIMIT, "raw has no possible length");
        return;
    }
    ret->raw_len = (digits - 2) / 2;
    jsonio_hex0x(root, "raw", ret->raw, ret->raw_len);
}

static void read_keys(const struct jsonio_node *root, struct signerline_reply *ret)
{
    struct jsonio_node list = jsonio_array(root, "keys", SIGNERLINE_MAX_KEYS);
    for (size_t i = 0; root->doc->code == ERR_OK && i < json_array_size(list.value); i++) {
        const char *text = json_string_value(json_array_get(list.value, i));
        if (text == NULL || strlen(text) != 42 || strncmp(text, "0x", 2) != 0 ||
            !hex_decode(ret->keys[i].b, sizeof ret->keys[i].b, text + 2, 40, false))
            jsonio_fail(&list, ERR_PARSE, "not an address");
        else
            ret->n_keys++;
    }
}

enum err_code signerline_read_reply(struct signerline_reply *ret, const char *line, size_t len, struct err *e)
{
    json_t *value = NULL;
    enum err_code rc = jsonio_load(&value, line, len, SIGNERLINE_MAX, e);
    if (rc != ERR_OK)
        return rc;
    struct jsonio doc = {.e = e};
    struct jsonio_node root = jsonio_root(&doc, value);
    memset(ret, 0, sizeof *ret);
    check_version(&root);
    if (!jsonio_bool(&root, "ok"))
        read_refusal(&root, ret);
    else if (jsonio_has(&root, "raw"))
        read_raw(&root, ret);
    else
        read_keys(&root, ret);
    json_decref(value);
    return doc.code;
}
