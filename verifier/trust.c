/* The trust list: see trust.h. */
#include "verifier/trust.h"

#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/jsonio.h"
#include "common/limits.h"
#include "common/rfc3339.h"

static void refuse_unknown_members(const struct jsonio_node *at)
{
    static const char *const KNOWN[] = {"id", "name", "from", "until"};
    const char *key;
    json_t *value;
    json_object_foreach(at->value, key, value) {
        bool known = false;
        for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++)
            known |= strcmp(key, KNOWN[i]) == 0;
        if (!known)
            jsonio_fail(at, ERR_INVALID, "unknown member \"%.40s\" (known: id, name, from, until)",
                        key);
    }
}

static uint64_t read_time(const struct jsonio_node *at, const char *key, uint64_t open)
{
    uint64_t seconds = open;
    if (!jsonio_has(at, key) || json_is_null(json_object_get(at->value, key)))
        return open;
    const char *text = jsonio_string(at, key);
    if (!rfc3339_read(&seconds, text, strlen(text)))
        jsonio_fail(at, ERR_INVALID, "%s: must be a time like 2026-11-22T07:00:00Z, or null", key);
    return seconds;
}

static void read_id(const struct jsonio_node *at, struct trust_entry *entry)
{
    const char *id = jsonio_string(at, "id");
    entry->is_address = strncmp(id, "0x", 2) == 0;
    bool good = strncmp(id, "did:", 4) == 0 || strncmp(id, "https://", 8) == 0;
    if (entry->is_address)
        good = hex_decode(entry->address.b, sizeof entry->address.b, id + 2, strlen(id + 2), true);
    if (!good)
        jsonio_fail(at, ERR_INVALID, "id: must be 0x and 40 hex digits, did:… or https://…");
    entry->id = strdup(id);
}

static void read_entry(const struct jsonio_node *at, struct trust_entry *entry)
{
    refuse_unknown_members(at);
    read_id(at, entry);
    entry->name = strdup(jsonio_has(at, "name") ? jsonio_string(at, "name") : "");
    entry->from = read_time(at, "from", 0);
    entry->until = read_time(at, "until", UINT64_MAX);
    if (entry->from >= entry->until)
        jsonio_fail(at, ERR_INVALID, "from is not before until");
    if (entry->id == NULL || entry->name == NULL)
        jsonio_fail(at, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
}

static void read_entries(const struct jsonio_node *list, struct trust *trust)
{
    size_t n = jsonio_count(list);
    trust->entries = calloc(n + 1, sizeof *trust->entries);
    if (trust->entries == NULL)
        jsonio_fail(list, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    while (trust->n < n && list->doc->code == ERR_OK) {
        struct jsonio_node item = jsonio_item(list, trust->n);
        read_entry(&item, &trust->entries[trust->n++]);
    }
}

enum err_code trust_parse(struct trust *ret, const char *text, size_t len, struct err *e)
{
    json_t *value;
    enum err_code rc = jsonio_load(&value, text, len, LIMITS_TRUST_BYTES, e);
    if (rc != ERR_OK)
        return rc;
    struct trust trust = {0};
    struct jsonio doc = {.e = e};
    struct jsonio_node list = jsonio_root_array(&doc, value, SIZE_MAX);
    read_entries(&list, &trust);
    json_decref(value);
    if (doc.code == ERR_OK)
        *ret = trust;
    else
        trust_done(&trust);
    return doc.code;
}

void trust_done(struct trust *trust)
{
    for (size_t i = 0; i < trust->n; i++) {
        free(trust->entries[i].id);
        free(trust->entries[i].name);
    }
    free(trust->entries);
    *trust = (struct trust){0};
}

static bool is_one_of(const struct trust_entry *entry, const struct seal_address *addresses, size_t n)
{
    for (size_t i = 0; entry->is_address && i < n; i++)
        if (memcmp(entry->address.b, addresses[i].b, sizeof addresses[i].b) == 0)
            return true;
    return false;
}

enum trust_answer trust_find(const struct trust *trust, const struct seal_address *addresses,
                             size_t n, uint64_t time, const struct trust_entry **ret_entry)
{
    *ret_entry = NULL;
    for (size_t i = 0; i < trust->n; i++) {
        const struct trust_entry *entry = &trust->entries[i];
        if (!is_one_of(entry, addresses, n))
            continue;
        *ret_entry = entry;
        if (time >= entry->from && time < entry->until)
            return TRUST_LISTED;
    }
    return *ret_entry != NULL ? TRUST_NOT_THEN : TRUST_UNLISTED;
}
