/* Which keys speak for the log: see issuers.h. */
#include "daemon/issuers.h"

#include <string.h>

#include "common/jsonio.h"
#include "common/limits.h"

#define ISSUERS_META "issuers"
#define CHANGES_META "key-changes"
#define KEY_LEN sizeof(struct seal_address)
#define CHANGE_LEN (1 + KEY_LEN)

enum err_code issuers_read(const struct store_read *r, const struct proofs_log *log, struct issuers *ret, struct err *e)
{
    struct slice stored;
    enum err_code rc = store_meta(r, ISSUERS_META, &stored, e);
    *ret = (struct issuers){.keys = {log->genesis.issuer}, .n = 1};
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc == ERR_OK && (stored.len % KEY_LEN != 0 || stored.len > sizeof ret->keys))
        rc = err_set(e, ERR_CORRUPT, "the list of issuer keys is damaged");
    if (rc != ERR_OK)
        return rc;
    ret->n = stored.len / KEY_LEN;
    if (stored.len > 0)
        memcpy(ret->keys, stored.data, stored.len);
    return ERR_OK;
}

static size_t find(const struct issuers *issuers, const struct seal_address *key)
{
    size_t i = 0;
    while (i < issuers->n && memcmp(&issuers->keys[i], key, KEY_LEN) != 0)
        i++;
    return i;
}

bool issuers_has(const struct issuers *issuers, const struct seal_address *key)
{
    return find(issuers, key) < issuers->n;
}

void issuers_write(struct store *store, const struct proofs_log *log, struct text *out)
{
    struct store_read read;
    struct issuers issuers = {0};
    if (store_read_begin(store, &read, NULL) == ERR_OK) {
        if (issuers_read(&read, log, &issuers, NULL) != ERR_OK)
            issuers.n = 0;
        store_read_end(&read);
    }
    text_putc(out, '[');
    for (size_t i = 0; i < issuers.n; i++) {
        text_puts(out, i > 0 ? ",\"0x" : "\"0x");
        text_put_hex(out, issuers.keys[i].b, sizeof issuers.keys[i].b);
        text_putc(out, '"');
    }
    text_putc(out, ']');
}

/* What is stored under a name, and room for one change more. Returns: the length. */
static enum err_code read_changes(const struct store_read *r, uint8_t ret[ISSUERS_MAX_CHANGES * CHANGE_LEN], size_t *ret_len,
                                  struct err *e)
{
    struct slice stored = {0};
    enum err_code rc = store_meta(r, CHANGES_META, &stored, e);
    if (rc != ERR_OK && rc != ERR_NOT_FOUND)
        return rc;
    if (stored.len % CHANGE_LEN != 0 || stored.len > ISSUERS_MAX_CHANGES * CHANGE_LEN)
        return err_set(e, ERR_CORRUPT, "the list of key changes is damaged");
    if (stored.len > 0)
        memcpy(ret, stored.data, stored.len);
    *ret_len = stored.len;
    return ERR_OK;
}

static enum err_code add_change(struct store_write *w, bool added, const struct seal_address *key, struct err *e)
{
    uint8_t changes[ISSUERS_MAX_CHANGES * CHANGE_LEN];
    size_t len;
    enum err_code rc = read_changes(store_write_view(w), changes, &len, e);
    if (rc == ERR_OK && len == sizeof changes)
        rc = err_set(e, ERR_LIMIT, "%d key changes wait for a batch", ISSUERS_MAX_CHANGES);
    if (rc != ERR_OK)
        return rc;
    changes[len] = added;
    memcpy(changes + len + 1, key, KEY_LEN);
    return store_meta_put(w, CHANGES_META, changes, len + CHANGE_LEN, e);
}

enum err_code issuers_change(struct store_write *w, const struct proofs_log *log, bool added,
                             const struct seal_address *key, struct err *e)
{
    struct issuers issuers;
    enum err_code rc = issuers_read(store_write_view(w), log, &issuers, e);
    if (rc != ERR_OK)
        return rc;
    size_t at = find(&issuers, key);
    if (added == (at < issuers.n))
        return ERR_OK;
    if (added && issuers.n == ISSUERS_MAX)
        return err_set(e, ERR_LIMIT, "there are %d keys already", ISSUERS_MAX);
    if (added)
        issuers.keys[issuers.n++] = *key;
    else
        memmove(&issuers.keys[at], &issuers.keys[at + 1], (--issuers.n - at) * KEY_LEN);
    rc = store_meta_put(w, ISSUERS_META, issuers.keys, issuers.n * KEY_LEN, e);
    return rc == ERR_OK ? add_change(w, added, key, e) : rc;
}

size_t issuers_annex(const struct store_read *r, struct text *out)
{
    uint8_t changes[ISSUERS_MAX_CHANGES * CHANGE_LEN];
    size_t len;
    if (read_changes(r, changes, &len, NULL) != ERR_OK || len == 0)
        return 0;
    text_puts(out, "{\"version\":1,\"keys\":[");
    for (size_t at = 0; at < len; at += CHANGE_LEN) {
        text_putf(out, "%s{\"%s\":\"0x", at > 0 ? "," : "", changes[at] ? "add" : "remove");
        text_put_hex(out, changes + at + 1, KEY_LEN);
        text_puts(out, "\"}");
    }
    text_puts(out, "]}");
    return len / CHANGE_LEN;
}

enum err_code issuers_told(struct store_write *w, size_t n, struct err *e)
{
    uint8_t changes[ISSUERS_MAX_CHANGES * CHANGE_LEN];
    size_t len;
    enum err_code rc = read_changes(store_write_view(w), changes, &len, e);
    if (rc != ERR_OK || n == 0)
        return rc;
    if (len <= n * CHANGE_LEN)
        return store_meta_delete(w, CHANGES_META, e);
    return store_meta_put(w, CHANGES_META, changes + n * CHANGE_LEN, len - n * CHANGE_LEN, e);
}

/* ------------------------------------------------------------------ after a restore */

static void apply_change(struct issuers *issuers, bool added, const struct seal_address *key)
{
    size_t at = find(issuers, key);
    if (added && at == issuers->n && issuers->n < ISSUERS_MAX)
        issuers->keys[issuers->n++] = *key;
    else if (!added && at < issuers->n)
        memmove(&issuers->keys[at], &issuers->keys[at + 1], (--issuers->n - at) * KEY_LEN);
}

/* Returns: ERR_OK, also if the annex tells of no key. */
static enum err_code apply_annex(struct issuers *issuers, struct slice annex, bool *any, struct err *e)
{
    json_t *value = NULL;
    enum err_code rc = jsonio_load(&value, annex.data, annex.len, LIMITS_ANNEX_BYTES, e);
    if (rc != ERR_OK)
        return rc;
    struct jsonio doc = {.e = e};
    struct jsonio_node root = jsonio_root(&doc, value);
    if (jsonio_has(&root, "keys")) {
        struct jsonio_node list = jsonio_array(&root, "keys", ISSUERS_MAX_CHANGES);
        for (size_t i = 0; i < jsonio_count(&list); i++) {
            struct jsonio_node item = jsonio_item(&list, i);
            bool added = jsonio_has(&item, "add");
            struct seal_address key;
            jsonio_hex0x(&item, added ? "add" : "remove", key.b, sizeof key.b);
            if (doc.code != ERR_OK)
                break;
            apply_change(issuers, added, &key);
            *any = true;
        }
    }
    json_decref(value);
    return doc.code;
}

static enum err_code read_annexes(struct store *store, struct issuers *issuers, bool *any, struct err *e)
{
    struct store_read read;
    struct store_batch batch = {0};
    struct slice annex;
    enum err_code rc = store_read_begin(store, &read, e);
    if (rc != ERR_OK)
        return rc;
    if (store_meta(&read, ISSUERS_META, &annex, NULL) == ERR_NOT_FOUND)
        while (rc == ERR_OK && (rc = store_batch_after(&read, batch.k, &batch, e)) == ERR_OK)
            if (batch.annex_len > 0 && (rc = store_annex(&read, batch.k, &annex, e)) == ERR_OK)
                rc = apply_annex(issuers, annex, any, e);
    store_read_end(&read);
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

enum err_code issuers_learn(struct store *store, const struct proofs_log *log, bool *ret_learnt, struct err *e)
{
    struct issuers issuers = {.keys = {log->genesis.issuer}, .n = 1};
    struct store_write *w;
    bool any = false;
    enum err_code rc = read_annexes(store, &issuers, &any, e);
    if (rc == ERR_OK && any)
        rc = store_write_begin(store, &w, e);
    if (rc != ERR_OK || !any)
        return rc;
    rc = store_meta_put(w, ISSUERS_META, issuers.keys, issuers.n * KEY_LEN, e);
    if (rc != ERR_OK) {
        store_write_abort(w);
        return rc;
    }
    rc = store_write_commit(w, e);
    *ret_learnt = rc == ERR_OK;
    return rc;
}
