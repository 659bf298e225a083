/* A web3signer over HTTP: see signerweb3.h. */
#include "daemon/io/signerweb3.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/jsonio.h"
#include "common/text.h"

#define MAX_REPLY 65536
#define URL_ROOM 512

/* One request on its way: one transfer after the other. */
struct signerweb3_exchange {
    struct signerweb3 *web3;
    struct signerweb3_exchange *next;
    struct signer_request *r;
    struct curluv_transfer transfer;
    char url[URL_ROOM];
    struct text body;
    void (*on_reply)(struct signerweb3_exchange *x);
};

/* Answer the request; the exchange is gone after this. */
static void finish(struct signerweb3_exchange *x)
{
    for (struct signerweb3_exchange **at = &x->web3->running; *at != NULL; at = &(*at)->next)
        if (*at == x) {
            *at = x->next;
            break;
        }
    signer_finish(x->r);
    curluv_transfer_done(&x->transfer);
    text_done(&x->body);
    free(x);
}

static void fail(struct signerweb3_exchange *x, enum signer_fault fault, const char *what)
{
    char label[CURLUV_LABEL_LEN];
    curluv_label(label, x->web3->url);
    signer_fail(x->r, fault, fault == SIGNER_REFUSED ? ERR_DENIED : ERR_PARSE, "web3signer at %s: %s", label, what);
    finish(x);
}

static void on_transfer(struct curluv_transfer *t)
{
    struct signerweb3_exchange *x = (struct signerweb3_exchange *)((char *)t - offsetof(struct signerweb3_exchange, transfer));
    char what[96];
    if (t->err.code != ERR_OK) {
        enum signer_fault fault = t->err.code == ERR_TIMEOUT ? SIGNER_SLOW : t->err.code == ERR_LIMIT ? SIGNER_GARBAGE : SIGNER_DOWN;
        signer_fail(x->r, fault, t->err.code, "web3signer: %s", t->err.msg);
        finish(x);
    } else if (t->status != 200) {
        snprintf(what, sizeof what, "it answered %u%s", t->status,
                 t->status == 404 ? ": it does not hold this key, or this is no web3signer" : "");
        x->web3->n_keys = 0; /* ask again what it holds */
        fail(x, t->status >= 500 ? SIGNER_DOWN : SIGNER_REFUSED, what);
    } else {
        x->on_reply(x);
    }
}

/* In: path  behind the URL of the settings; x->body is posted, unless it is empty. */
static void ask(struct signerweb3_exchange *x, const char *path, void (*on_reply)(struct signerweb3_exchange *x))
{
    size_t len = strlen(x->web3->url);
    while (len > 0 && x->web3->url[len - 1] == '/')
        len--;
    snprintf(x->url, sizeof x->url, "%.*s%s", (int)len, x->web3->url, path);
    x->on_reply = on_reply;
    x->transfer.url = x->url;
    x->transfer.body = x->body.len > 0 ? x->body.data : NULL;
    x->transfer.body_len = x->body.len;
    x->transfer.headers[0] = x->body.len > 0 ? "Content-Type: application/json" : NULL;
    x->transfer.timeout_ms = x->web3->timeout_ms;
    x->transfer.max_reply = MAX_REPLY;
    x->transfer.done = on_transfer;
    curluv_start(x->web3->curl, &x->transfer);
}

/* ------------------------------------------------------------------ REST: which keys */

/* 0x and the 64 bytes of a public key, perhaps with 04 before them. */
static bool read_public_key(const char *text, struct seal_address *ret)
{
    uint8_t xy[64];
    size_t len = text != NULL ? strlen(text) : 0;
    size_t head = len == 132 && strncmp(text, "0x04", 4) == 0 ? 4 : 2;
    if (len != head + 128 || strncmp(text, "0x", 2) != 0 || !hex_decode(xy, sizeof xy, text + head, 128, true))
        return false;
    *ret = ethtx_public_key_address(xy);
    return true;
}

/* Keys of other kinds are passed over. Returns: false if it is no list. */
static bool read_public_keys(struct signerweb3 *web3, const struct curluv_transfer *t)
{
    json_t *list = NULL, *item;
    size_t i;
    if (jsonio_load(&list, t->reply, t->reply_len, MAX_REPLY, NULL) != ERR_OK)
        return false;
    bool is_list = json_is_array(list);
    web3->n_keys = 0;
    json_array_foreach(list, i, item) {
        const char *text = json_string_value(item);
        struct seal_address address;
        if (web3->n_keys == SIGNER_MAX_KEYS || !read_public_key(text, &address))
            continue;
        web3->keys[web3->n_keys].address = address;
        snprintf(web3->keys[web3->n_keys++].text, sizeof web3->keys->text, "0x%s", text + strlen(text) - 128);
    }
    json_decref(list);
    return is_list;
}

static void on_keys(struct signerweb3_exchange *x)
{
    struct signerweb3 *web3 = x->web3;
    if (!read_public_keys(web3, &x->transfer)) {
        fail(x, SIGNER_GARBAGE, "its list of keys cannot be read");
        return;
    }
    for (size_t i = 0; i < web3->n_keys; i++)
        x->r->keys[x->r->n_keys++] = web3->keys[i].address;
    finish(x);
}

/* ------------------------------------------------------------------ REST: signing */

/* 0x ‖ r ‖ s ‖ v, v is 27 or 28 (0 or 1 with some). */
static bool read_signature(const char *text, size_t len, struct ethtx_signature *ret)
{
    uint8_t bytes[65];
    while (len > 0 && strchr("\r\n\t \"", text[len - 1]) != NULL)
        len--;
    if (len > 0 && text[0] == '"')
        text++, len--;
    if (len != 132 || strncmp(text, "0x", 2) != 0 || !hex_decode(bytes, sizeof bytes, text + 2, 130, true))
        return false;
    memcpy(ret->r, bytes, 32);
    memcpy(ret->s, bytes + 32, 32);
    ret->y = bytes[64] >= 27 ? (uint8_t)(bytes[64] - 27) : bytes[64];
    return ret->y <= 1;
}

static void on_signature(struct signerweb3_exchange *x)
{
    struct ethtx_signature signature;
    struct bytes_writer w = bytes_writer(x->r->raw, sizeof x->r->raw);
    if (!read_signature(x->transfer.reply, x->transfer.reply_len, &signature)) {
        fail(x, SIGNER_GARBAGE, "its answer is no signature");
    } else if (ethtx_put_signed(&w, &x->r->tx, &signature, NULL) != ERR_OK) {
        fail(x, SIGNER_GARBAGE, "its answer does not fit the transaction");
    } else {
        x->r->raw_len = w.len;
        finish(x);
    }
}

static void post_payload(struct signerweb3_exchange *x, const char *key)
{
    uint8_t payload[SIGNER_MAX_RAW];
    struct bytes_writer w = bytes_writer(payload, sizeof payload);
    char path[192];
    struct err e;
    if (ethtx_put_unsigned(&w, &x->r->tx, &e) != ERR_OK) {
        signer_fail(x->r, SIGNER_REFUSED, e.code, "%s", e.msg);
        finish(x);
        return;
    }
    text_clear(&x->body);
    text_puts(&x->body, "{\"data\":\"0x");
    text_put_hex(&x->body, w.data, w.len);
    text_puts(&x->body, "\"}");
    snprintf(path, sizeof path, "/api/v1/eth1/sign/%s", key);
    ask(x, path, on_signature);
}

/* Returns: the key's name with the signer, or NULL. */
static const char *key_text(const struct signerweb3 *web3, const struct seal_address *address)
{
    for (size_t i = 0; i < web3->n_keys; i++)
        if (memcmp(&web3->keys[i].address, address, sizeof *address) == 0)
            return web3->keys[i].text;
    return NULL;
}

static void on_keys_for_signing(struct signerweb3_exchange *x)
{
    bool readable = read_public_keys(x->web3, &x->transfer);
    const char *key = key_text(x->web3, &x->r->from);
    if (!readable)
        fail(x, SIGNER_GARBAGE, "its list of keys cannot be read");
    else if (key == NULL)
        fail(x, SIGNER_OTHER_KEY, "it does not hold the key of this log");
    else
        post_payload(x, key);
}

/* ------------------------------------------------------------------ JSON-RPC */

static void put_quantity(struct text *t, const char *key, uint64_t v)
{
    text_putf(t, "\"%s\":\"0x%" PRIx64 "\",", key, v);
}

static void put_bytes(struct text *t, const char *key, const void *bytes, size_t len, const char *end)
{
    text_putf(t, "\"%s\":\"0x", key);
    text_put_hex(t, bytes, len);
    text_puts(t, end);
}

static void put_call(struct text *t, const struct signer_request *r)
{
    const struct ethtx *tx = &r->tx;
    text_puts(t, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_signTransaction\",\"params\":[{");
    put_bytes(t, "from", r->from.b, sizeof r->from.b, "\",");
    put_bytes(t, "to", tx->to.b, sizeof tx->to.b, "\",");
    put_quantity(t, "gas", tx->gas);
    put_quantity(t, "nonce", tx->nonce);
    put_quantity(t, "value", 0);
    put_quantity(t, "chainId", tx->chain_id);
    if (tx->type == ETHTX_LEGACY) {
        put_quantity(t, "gasPrice", (uint64_t)tx->max_fee);
    } else {
        put_quantity(t, "maxFeePerGas", (uint64_t)tx->max_fee);
        put_quantity(t, "maxPriorityFeePerGas", (uint64_t)tx->max_priority_fee);
    }
    put_bytes(t, "data", tx->data.data, tx->data.len, "\"}]}");
}

/* The member "result"; else the exchange has been finished with what is wrong. Owner: the caller. */
static json_t *result_of(struct signerweb3_exchange *x)
{
    json_t *root = NULL, *result = NULL;
    if (jsonio_load(&root, x->transfer.reply, x->transfer.reply_len, MAX_REPLY, NULL) != ERR_OK) {
        fail(x, SIGNER_GARBAGE, "its answer is no JSON");
        return NULL;
    }
    const char *message = json_string_value(json_object_get(json_object_get(root, "error"), "message"));
    if (message != NULL)
        fail(x, SIGNER_REFUSED, message);
    else if ((result = json_incref(json_object_get(root, "result"))) == NULL)
        fail(x, SIGNER_GARBAGE, "its answer has no result");
    json_decref(root);
    return result;
}

static void on_raw(struct signerweb3_exchange *x)
{
    json_t *result = result_of(x);
    if (result == NULL)
        return;
    const char *text = json_string_value(json_is_object(result) ? json_object_get(result, "raw") : result);
    size_t len = text != NULL ? strlen(text) : 0, n = len >= 4 ? (len - 2) / 2 : 0;
    if (n == 0 || n > sizeof x->r->raw || strncmp(text, "0x", 2) != 0 || !hex_decode(x->r->raw, n, text + 2, len - 2, true)) {
        fail(x, SIGNER_GARBAGE, "its answer is no transaction");
    } else {
        x->r->raw_len = n;
        finish(x);
    }
    json_decref(result);
}

static void on_accounts(struct signerweb3_exchange *x)
{
    json_t *result = result_of(x), *item;
    size_t i;
    if (result == NULL)
        return;
    struct signer_request *r = x->r;
    json_array_foreach(result, i, item) {
        const char *text = json_string_value(item);
        if (r->n_keys < SIGNER_MAX_KEYS && text != NULL && strlen(text) == 42 && strncmp(text, "0x", 2) == 0 &&
            hex_decode(r->keys[r->n_keys].b, sizeof r->keys->b, text + 2, 40, true))
            r->n_keys++;
    }
    if (json_is_array(result))
        finish(x);
    else
        fail(x, SIGNER_GARBAGE, "its list of accounts cannot be read");
    json_decref(result);
}

/* ------------------------------------------------------------------ the backend */

static struct signerweb3_exchange *begin(struct signerweb3 *web3, struct signer_request *r)
{
    struct signerweb3_exchange *x = calloc(1, sizeof *x);
    if (x == NULL) {
        signer_fail(r, SIGNER_DOWN, ERR_NOMEM, "out of memory");
        signer_finish(r);
        return NULL;
    }
    x->web3 = web3;
    x->r = r;
    x->next = web3->running;
    web3->running = x;
    return x;
}

static void web3_keys(void *self, struct signer_request *r)
{
    struct signerweb3 *web3 = self;
    struct signerweb3_exchange *x = begin(web3, r);
    if (x == NULL)
        return;
    if (web3->json_rpc) {
        text_puts(&x->body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_accounts\",\"params\":[]}");
        ask(x, "", on_accounts);
    } else {
        ask(x, "/api/v1/eth1/publicKeys", on_keys);
    }
}

static void web3_sign(void *self, struct signer_request *r)
{
    struct signerweb3 *web3 = self;
    struct signerweb3_exchange *x = begin(web3, r);
    if (x == NULL)
        return;
    const char *key = key_text(web3, &r->from);
    if (web3->json_rpc) {
        put_call(&x->body, r);
        ask(x, "", on_raw);
    } else if (key != NULL) {
        post_payload(x, key);
    } else {
        ask(x, "/api/v1/eth1/publicKeys", on_keys_for_signing);
    }
}

/* curluv ends what is under way; the signer says cancelled. */
static void web3_close(void *self)
{
    struct signerweb3 *web3 = self;
    for (struct signerweb3_exchange *x = web3->running; x != NULL; x = x->next)
        curluv_cancel(&x->transfer);
}

const struct signer_backend signerweb3_backend = {
    .name = "web3signer", .keys = web3_keys, .sign = web3_sign, .close = web3_close};
