/* Bitcoin over Esplora: see bitcoin.h. */
#include "verifier/formats/bitcoin.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/jsonio.h"
#include "common/limits.h"

#define URL_ROOM 2200

/* One source at work on one transaction. */
struct talk {
    struct bitcoin *all;
    struct bitcoin_source *one;
    struct err *e;
};

void bitcoin_open(struct bitcoin *ret, const struct endpoints_transport *transport,
                  const char *const *urls, size_t n)
{
    *ret = (struct bitcoin){.transport = *transport, .n = n};
    for (size_t i = 0; i < n; i++)
        ret->items[i].url = urls[i];
}

void bitcoin_close(struct bitcoin *bitcoin)
{
    text_done(&bitcoin->reply.body);
    *bitcoin = (struct bitcoin){0};
}

/* -- One call ------------------------------------------------------------------------------- */

/* The body of a page of the source, in all->reply.
 * Returns: ERR_OK; ERR_NOT_FOUND; ERR_RPC another status; ERR_IO; ERR_NOMEM. */
static enum err_code ask(const struct talk *t, const char *page)
{
    char url[URL_ROOM];
    size_t len = strlen(t->one->url);
    while (len > 0 && t->one->url[len - 1] == '/')
        len--;
    if ((size_t)snprintf(url, sizeof url, "%.*s%s", (int)len, t->one->url, page) >= sizeof url)
        return err_set(t->e, ERR_RPC, "the URL is too long");
    struct fetch_request request = {.url = url, .trust = FETCH_OF_USER, .max_reply = LIMITS_RPC_REPLY_BYTES};
    enum err_code rc = t->all->transport.exchange(t->all->transport.self, &request, &t->all->reply, t->e);
    if (rc == ERR_NOMEM)
        return rc;
    if (rc == ERR_LIMIT || rc == ERR_INVALID)
        return t->e->code = ERR_RPC;
    if (rc != ERR_OK)
        return t->e->code = ERR_IO;
    if (t->all->reply.status == 404)
        return err_set(t->e, ERR_NOT_FOUND, "does not know the transaction");
    if (t->all->reply.status != 200)
        return err_set(t->e, ERR_RPC, "HTTP status %ld", t->all->reply.status);
    return ERR_OK;
}

static enum err_code ask_json(const struct talk *t, const char *page, json_t **ret)
{
    enum err_code rc = ask(t, page);
    if (rc != ERR_OK)
        return rc;
    const struct text *body = &t->all->reply.body;
    rc = jsonio_load(ret, text_string(body), body->len, LIMITS_RPC_REPLY_BYTES, t->e);
    return rc == ERR_OK || rc == ERR_NOMEM ? rc : (t->e->code = ERR_RPC);
}

static bool read_hash(struct hash32 *ret, const char *text)
{
    return text != NULL && strlen(text) >= 64 && hex_decode(ret->b, sizeof ret->b, text, 64, false);
}

/* The hash of the block at a height. */
static enum err_code ask_block_at(const struct talk *t, uint64_t height, struct hash32 *ret)
{
    char page[64];
    snprintf(page, sizeof page, "/block-height/%" PRIu64, height);
    enum err_code rc = ask(t, page);
    if (rc == ERR_OK && !read_hash(ret, text_string(&t->all->reply.body)))
        return err_set(t->e, ERR_RPC, "gives no block hash");
    return rc;
}

/* -- One source ----------------------------------------------------------------------------- */

/* Networks are told apart by their first block. */
static enum err_code learn_network(const struct talk *t)
{
    static const struct {
        const char *first_block;
        enum bitcoin_network network;
    } NETWORKS[] = {
        {"000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f", BITCOIN_MAIN},
        {"000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943", BITCOIN_TEST},
        {"0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206", BITCOIN_REGTEST},
    };
    struct hash32 first;
    char hex[65];
    if (t->one->asked)
        return ERR_OK;
    enum err_code rc = ask_block_at(t, 0, &first);
    if (rc != ERR_OK)
        return rc == ERR_NOT_FOUND ? err_set(t->e, ERR_RPC, "does not know block 0") : rc;
    hex_encode(hex, first.b, sizeof first.b);
    for (size_t i = 0; i < sizeof NETWORKS / sizeof NETWORKS[0]; i++)
        if (strcmp(hex, NETWORKS[i].first_block) == 0)
            t->one->network = NETWORKS[i].network;
    t->one->asked = true;
    return ERR_OK;
}

static bool serves(enum bitcoin_network has, enum bitcoin_network wanted)
{
    return wanted == BITCOIN_UNKNOWN ? has == BITCOIN_MAIN || has == BITCOIN_TEST : has == wanted;
}

/* The last output that is exactly OP_RETURN with 32 bytes. */
static void read_value(struct bitcoin_facts *ret, json_t *outputs)
{
    for (size_t i = json_array_size(outputs); i > 0 && !ret->has_value; i--) {
        const char *script = json_string_value(json_object_get(json_array_get(outputs, i - 1), "scriptpubkey"));
        ret->has_value = script != NULL && strlen(script) == 68 && strncmp(script, "6a20", 4) == 0 &&
                         hex_decode(ret->value.b, sizeof ret->value.b, script + 4, 64, false);
    }
}

static void read_sender(struct bitcoin_facts *ret, json_t *inputs)
{
    json_t *paid = json_object_get(json_array_get(inputs, 0), "prevout");
    const char *address = json_string_value(json_object_get(paid, "scriptpubkey_address"));
    if (address != NULL && strlen(address) < sizeof ret->sender)
        snprintf(ret->sender, sizeof ret->sender, "%s", address);
}

/* Returns: false if the answer has not the form of a transaction, or is another one. */
static bool read_transaction(struct bitcoin_facts *ret, json_t *tx, const char *id, struct hash32 *ret_block)
{
    json_t *status = json_object_get(tx, "status"), *height = json_object_get(status, "block_height");
    const char *said = json_string_value(json_object_get(tx, "txid"));
    if (said == NULL || strcmp(said, id) != 0 || !json_is_array(json_object_get(tx, "vout")) ||
        !json_is_array(json_object_get(tx, "vin")) || !json_is_object(status))
        return false;
    read_value(ret, json_object_get(tx, "vout"));
    read_sender(ret, json_object_get(tx, "vin"));
    ret->mined = json_is_true(json_object_get(status, "confirmed"));
    if (!ret->mined)
        return true;
    if (!json_is_integer(height) || json_integer_value(height) < 0)
        return false;
    ret->height = (uint64_t)json_integer_value(height);
    return read_hash(ret_block, json_string_value(json_object_get(status, "block_hash")));
}

static enum err_code ask_time(const struct talk *t, const struct hash32 *block, uint64_t *ret)
{
    char hex[65], page[96];
    json_t *v;
    hex_encode(hex, block->b, sizeof block->b);
    snprintf(page, sizeof page, "/block/%s", hex);
    enum err_code rc = ask_json(t, page, &v);
    if (rc != ERR_OK)
        return rc == ERR_NOT_FOUND ? err_set(t->e, ERR_RPC, "does not know the block of the transaction") : rc;
    json_t *time = json_object_get(v, "timestamp");
    const char *id = json_string_value(json_object_get(v, "id"));
    if (!json_is_integer(time) || json_integer_value(time) < 0 || id == NULL || strcmp(id, hex) != 0)
        rc = err_set(t->e, ERR_RPC, "gives no time of the block");
    else
        *ret = (uint64_t)json_integer_value(time);
    json_decref(v);
    return rc;
}

static enum err_code ask_tip(const struct talk *t, uint64_t *ret)
{
    enum err_code rc = ask(t, "/blocks/tip/height");
    if (rc != ERR_OK)
        return rc == ERR_NOT_FOUND ? err_set(t->e, ERR_RPC, "does not know the newest block") : rc;
    const char *text = text_string(&t->all->reply.body);
    if (!isdigit((unsigned char)text[0]) || strlen(text) > 12)
        return err_set(t->e, ERR_RPC, "gives no height");
    *ret = strtoull(text, NULL, 10);
    return ERR_OK;
}

/* The tip first, then the block: if it is still there afterwards, both were true together. */
static enum err_code ask_place(const struct talk *t, const struct hash32 *block, struct bitcoin_facts *ret)
{
    struct hash32 there;
    uint64_t tip = 0;
    enum err_code rc = ask_tip(t, &tip);
    if (rc == ERR_OK)
        rc = ask_time(t, block, &ret->time);
    if (rc != ERR_OK)
        return rc;
    rc = ask_block_at(t, ret->height, &there);
    if (rc != ERR_OK && rc != ERR_NOT_FOUND)
        return rc;
    ret->canonical = rc == ERR_OK && hash32_equal(&there, block);
    ret->final = ret->canonical && tip >= ret->height && tip - ret->height + 1 >= BITCOIN_DEPTH;
    return ERR_OK;
}

/* Only a source of the network that is meant may speak. */
static enum err_code check_network(const struct talk *t, enum bitcoin_network network)
{
    enum err_code rc = learn_network(t);
    if (rc == ERR_OK && !serves(t->one->network, network))
        return err_set(t->e, ERR_CONFLICT, "serves another Bitcoin network");
    return rc;
}

static enum err_code look_at(const struct talk *t, enum bitcoin_network network, const char *id,
                             struct bitcoin_facts *ret)
{
    struct bitcoin_facts facts = {.agreeing = 1};
    struct hash32 block = {0};
    char page[80];
    json_t *tx;
    enum err_code rc = check_network(t, network);
    if (rc != ERR_OK)
        return rc;
    snprintf(page, sizeof page, "/tx/%s", id);
    rc = ask_json(t, page, &tx);
    if (rc != ERR_OK)
        return rc;
    if (!read_transaction(&facts, tx, id, &block))
        rc = err_set(t->e, ERR_RPC, "gives no transaction of the usual form");
    json_decref(tx);
    facts.network = t->one->network;
    if (rc == ERR_OK && facts.mined)
        rc = ask_place(t, &block, &facts);
    if (rc == ERR_OK)
        *ret = facts;
    return rc;
}

/* -- All sources ---------------------------------------------------------------------------- */

static bool agree(const struct bitcoin_facts *a, const struct bitcoin_facts *b)
{
    return a->network == b->network && a->has_value == b->has_value && hash32_equal(&a->value, &b->value) &&
           strcmp(a->sender, b->sender) == 0 &&
           (!a->mined || !b->mined || (a->height == b->height && a->time == b->time));
}

enum err_code bitcoin_look(struct bitcoin *bitcoin, enum bitcoin_network network,
                           const struct hash32 *id, struct bitcoin_facts *ret, struct err *e)
{
    struct bitcoin_facts all = {0}, facts;
    struct err furthest, now;
    char hex[65], host[160];
    hex_encode(hex, id->b, sizeof id->b);
    err_set(&furthest, ERR_UNSUPPORTED, "no Bitcoin source was given");
    for (size_t i = 0; i < bitcoin->n; i++) {
        struct talk t = {bitcoin, &bitcoin->items[i], &now};
        enum err_code rc = look_at(&t, network, hex, &facts);
        fetch_host(host, sizeof host, bitcoin->items[i].url);
        if (rc == ERR_OK && all.agreeing > 0 && !agree(&all, &facts))
            return err_set(e, ERR_CORRUPT, "%s contradicts the sources before it", host);
        if (rc == ERR_OK) {
            facts.agreeing = all.agreeing + 1;
            facts.final = facts.final && (all.agreeing == 0 || all.final);
            facts.canonical = facts.canonical && (all.agreeing == 0 || all.canonical);
            all = facts;
        } else if (endpoints_progress(rc) > endpoints_progress(furthest.code)) {
            err_wrap(&now, "%s", host);
            furthest = now;
        }
    }
    if (all.agreeing == 0) {
        *e = furthest;
        return furthest.code;
    }
    *ret = all;
    return ERR_OK;
}

/* -- What was spent ------------------------------------------------------------------------- */

struct addresses {
    const struct slice *items;
    size_t n;
};

/* Which of the addresses an output pays. Returns: n if none. */
static size_t paid_by(const struct addresses *addresses, json_t *output)
{
    const char *address = json_string_value(json_object_get(output, "scriptpubkey_address"));
    size_t i = 0;
    while (i < addresses->n &&
           (address == NULL || addresses->items[i].len != strlen(address) ||
            memcmp(addresses->items[i].data, address, addresses->items[i].len) != 0))
        i++;
    return i;
}

/* Returns: false if the answer about an output has not the usual form. */
static bool read_spending(struct bitcoin_spending *ret, json_t *outspend, size_t which)
{
    json_t *spent = json_object_get(outspend, "spent"), *status = json_object_get(outspend, "status");
    json_t *time = json_object_get(status, "block_time");
    uint64_t at = 0;
    if (!json_is_boolean(spent))
        return false;
    ret->n_paid++;
    if (json_is_false(spent))
        return true;
    if (json_is_true(json_object_get(status, "confirmed"))) {
        if (!json_is_integer(time) || json_integer_value(time) <= 0)
            return false;
        at = (uint64_t)json_integer_value(time);
    }
    if (!ret->spent || (at != 0 && (ret->time == 0 || at < ret->time))) {
        ret->which = which;
        ret->time = at;
    }
    ret->spent = true;
    return true;
}

/* The two lists are in the same order. */
static bool read_spendings(struct bitcoin_spending *ret, json_t *outputs, json_t *outspends,
                           const struct addresses *addresses)
{
    bool good = json_is_array(outputs) && json_is_array(outspends) &&
                json_array_size(outputs) == json_array_size(outspends);
    for (size_t i = 0; good && i < json_array_size(outputs); i++) {
        size_t which = paid_by(addresses, json_array_get(outputs, i));
        good = which == addresses->n || read_spending(ret, json_array_get(outspends, i), which);
    }
    return good;
}

static enum err_code spent_at(const struct talk *t, enum bitcoin_network network, const char *id,
                              const struct addresses *addresses, struct bitcoin_spending *ret)
{
    struct bitcoin_spending found = {0};
    json_t *tx = NULL, *outspends = NULL;
    char page[96];
    enum err_code rc = check_network(t, network);
    snprintf(page, sizeof page, "/tx/%s", id);
    if (rc == ERR_OK)
        rc = ask_json(t, page, &tx);
    snprintf(page, sizeof page, "/tx/%s/outspends", id);
    if (rc == ERR_OK)
        rc = ask_json(t, page, &outspends);
    const char *said = json_string_value(json_object_get(tx, "txid"));
    if (rc == ERR_OK && (said == NULL || strcmp(said, id) != 0 ||
                         !read_spendings(&found, json_object_get(tx, "vout"), outspends, addresses)))
        rc = err_set(t->e, ERR_RPC, "does not tell which outputs are spent");
    json_decref(tx);
    json_decref(outspends);
    if (rc == ERR_OK)
        *ret = found;
    return rc;
}

static bool same_spending(const struct bitcoin_spending *a, const struct bitcoin_spending *b)
{
    return a->spent == b->spent && a->n_paid == b->n_paid && a->time == b->time;
}

enum err_code bitcoin_spent(struct bitcoin *bitcoin, enum bitcoin_network network, const struct hash32 *id,
                            const struct slice *addresses, size_t n_addresses, struct bitcoin_spending *ret,
                            struct err *e)
{
    const struct addresses wanted = {addresses, n_addresses};
    struct bitcoin_spending all = {0}, one;
    struct err furthest, now;
    size_t agreeing = 0;
    char hex[65], host[160];
    hex_encode(hex, id->b, sizeof id->b);
    err_set(&furthest, ERR_UNSUPPORTED, "no Bitcoin source was given");
    for (size_t i = 0; i < bitcoin->n; i++) {
        struct talk t = {bitcoin, &bitcoin->items[i], &now};
        enum err_code rc = spent_at(&t, network, hex, &wanted, &one);
        fetch_host(host, sizeof host, bitcoin->items[i].url);
        if (rc == ERR_OK && agreeing++ > 0 && !same_spending(&all, &one))
            return err_set(e, ERR_CORRUPT, "%s contradicts the sources before it", host);
        if (rc == ERR_OK) {
            all = one;
        } else if (endpoints_progress(rc) > endpoints_progress(furthest.code)) {
            err_wrap(&now, "%s", host);
            furthest = now;
        }
    }
    if (agreeing == 0) {
        *e = furthest;
        return furthest.code;
    }
    *ret = all;
    return ERR_OK;
}
