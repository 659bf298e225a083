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

/* The first entry that matches and holds at the time; otherwise the last that matches. */
static bool weigh(const struct trust_entry *entry, uint64_t time, const struct trust_entry **ret_entry)
{
    *ret_entry = entry;
    return time >= entry->from && time < entry->until;
}

static enum trust_answer answer_without(const struct trust_entry *entry)
{
    return entry != NULL ? TRUST_NOT_THEN : TRUST_UNLISTED;
}

enum trust_answer trust_find(const struct trust *trust, const struct seal_address *addresses,
                             size_t n, uint64_t time, const struct trust_entry **ret_entry)
{
    *ret_entry = NULL;
    for (size_t i = 0; i < trust->n; i++)
        if (is_one_of(&trust->entries[i], addresses, n) && weigh(&trust->entries[i], time, ret_entry))
            return TRUST_LISTED;
    return answer_without(*ret_entry);
}

static bool same_id(const char *listed, struct slice id)
{
    struct slice l = {(const uint8_t *)listed, strlen(listed)};
    static const char HTTP[] = "http://", HTTPS[] = "https://";
    if (l.len >= 8 && memcmp(l.data, HTTPS, 8) == 0)
        l = (struct slice){l.data + 8, l.len - 8};
    else
        return l.len == id.len && memcmp(l.data, id.data, l.len) == 0;
    size_t skip = id.len >= 8 && memcmp(id.data, HTTPS, 8) == 0 ? 8 :
                  id.len >= 7 && memcmp(id.data, HTTP, 7) == 0  ? 7 :
                                                                  0;
    return skip > 0 && l.len == id.len - skip && memcmp(l.data, id.data + skip, l.len) == 0;
}

enum trust_answer trust_find_id(const struct trust *trust, struct slice id, uint64_t time,
                                const struct trust_entry **ret_entry)
{
    *ret_entry = NULL;
    for (size_t i = 0; i < trust->n; i++)
        if (!trust->entries[i].is_address && same_id(trust->entries[i].id, id) &&
            weigh(&trust->entries[i], time, ret_entry))
            return TRUST_LISTED;
    return answer_without(*ret_entry);
}
