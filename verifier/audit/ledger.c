/* The facts of one audit: see ledger.h. */
#include "verifier/audit/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/jsonio.h"
#include "common/limits.h"
#include "common/merkle.h"
#include "common/sha256.h"

#define MAX_ENTRIES 4096 /* of one list in an annex */

void ledger_done(struct ledger *l)
{
    free(l->batches);
    free(l->txs);
    free(l->tx_slots);
    free(l->changes);
    free(l->leaves);
    findings_done(&l->seen);
    *l = (struct ledger){0};
}

enum err_code ledger_set_genesis(struct ledger *l, const uint8_t genesis[SEAL_GENESIS_LEN], struct err *e)
{
    struct seal_genesis decoded;
    enum err_code rc = seal_genesis_decode(&decoded, genesis, e);
    if (rc != ERR_OK)
        return rc;
    memcpy(l->genesis_bytes, genesis, SEAL_GENESIS_LEN);
    l->genesis = decoded;
    l->r0 = sha256(genesis, SEAL_GENESIS_LEN);
    return ERR_OK;
}

bool ledger_has_registry(const struct ledger *l)
{
    static const struct seal_address NONE;
    return !keychain_same(&l->genesis.registry, &NONE);
}

/* Room for `more` items in one of the arrays. */
static enum err_code make_room(void **items, size_t *cap, size_t n, size_t more, size_t size, size_t max,
                               struct err *e)
{
    if (more > max - n)
        return err_set(e, ERR_LIMIT, "more than %zu of one kind in one audit", max);
    if (n + more <= *cap)
        return ERR_OK;
    size_t wanted = *cap > 0 ? 2 * *cap : 64;
    if (wanted < n + more)
        wanted = n + more;
    void *grown = realloc(*items, wanted * size);
    if (grown == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    *items = grown;
    *cap = wanted;
    return ERR_OK;
}

enum err_code ledger_add_batch(struct ledger *l, const struct ledger_batch *batch, struct err *e)
{
    enum err_code rc = make_room((void **)&l->batches, &l->cap_batches, l->n_batches, 1, sizeof *l->batches,
                                 LEDGER_MAX_BATCHES, e);
    if (rc == ERR_OK)
        l->batches[l->n_batches++] = *batch;
    return rc;
}

/* Open addressing over at least twice as many slots as transactions; hashes are random already. */
static uint32_t *find_slot(const struct ledger *l, const struct hash32 *hash)
{
    uint64_t at;
    memcpy(&at, hash->b, sizeof at);
    for (at %= l->n_tx_slots; l->tx_slots[at] != 0; at = (at + 1) % l->n_tx_slots)
        if (hash32_equal(&l->txs[l->tx_slots[at] - 1].hash, hash))
            break;
    return &l->tx_slots[at];
}

static enum err_code make_slots(struct ledger *l, struct err *e)
{
    if (2 * (l->n_txs + 1) <= l->n_tx_slots)
        return ERR_OK;
    size_t n = l->n_tx_slots > 0 ? 2 * l->n_tx_slots : 256;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (slots == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    free(l->tx_slots);
    l->tx_slots = slots;
    l->n_tx_slots = n;
    for (size_t i = 0; i < l->n_txs; i++)
        *find_slot(l, &l->txs[i].hash) = (uint32_t)i + 1;
    return ERR_OK;
}

enum err_code ledger_add_tx(struct ledger *l, const struct ledger_tx *tx, struct err *e)
{
    enum err_code rc =
        make_room((void **)&l->txs, &l->cap_txs, l->n_txs, 1, sizeof *l->txs, LEDGER_MAX_TXS, e);
    if (rc == ERR_OK)
        rc = make_slots(l, e);
    if (rc != ERR_OK)
        return rc;
    uint32_t *slot = find_slot(l, &tx->hash);
    if (*slot != 0)
        return ERR_OK;
    l->txs[l->n_txs++] = *tx;
    *slot = (uint32_t)l->n_txs;
    return ERR_OK;
}

enum err_code ledger_add_change(struct ledger *l, const struct ledger_change *change, struct err *e)
{
    enum err_code rc = make_room((void **)&l->changes, &l->cap_changes, l->n_changes, 1, sizeof *l->changes,
                                 LEDGER_MAX_TXS, e);
    if (rc == ERR_OK)
        l->changes[l->n_changes++] = *change;
    return rc;
}

bool ledger_is_key(const struct ledger *l, const struct seal_address *address)
{
    for (size_t i = 0; i < l->n_keys; i++)
        if (keychain_same(&l->keys[i].key, address))
            return true;
    return false;
}

enum err_code ledger_add_key(struct ledger *l, const struct seal_address *key, struct err *e)
{
    if (ledger_is_key(l, key))
        return ERR_OK;
    if (l->n_keys == LEDGER_MAX_KEYS)
        return err_set(e, ERR_LIMIT, "the log has more than %d keys", LEDGER_MAX_KEYS);
    l->keys[l->n_keys++] = (struct ledger_key){.key = *key};
    return ERR_OK;
}

struct ledger_tx *ledger_find_tx(const struct ledger *l, const struct hash32 *hash)
{
    uint32_t at = l->n_tx_slots > 0 ? *find_slot(l, hash) : 0;
    return at != 0 ? &l->txs[at - 1] : NULL;
}

void ledger_read_header(struct ledger_batch *batch)
{
    batch->header_ok = seal_header_decode(&batch->header, batch->header_bytes, NULL) == ERR_OK;
}

/* ------------------------------------------------------------------ leaves */

static uint64_t prefix_of(const struct hash32 *leaf)
{
    uint64_t prefix;
    memcpy(&prefix, leaf->b, sizeof prefix);
    return prefix;
}

static enum err_code make_leaves(struct ledger *l, uint64_t n, struct err *e)
{
    return n > UINT32_MAX ? err_set(e, ERR_LIMIT, "a batch of more than 2^32 leaves")
                          : make_room((void **)&l->leaves, &l->cap_leaves, l->n_leaves, (size_t)n,
                                      sizeof *l->leaves, SIZE_MAX / sizeof *l->leaves, e);
}

enum err_code ledger_add_leaves(struct ledger *l, size_t i, const void *leaves, uint64_t n, struct err *e)
{
    enum err_code rc = make_leaves(l, n, e);
    if (rc != ERR_OK || n == 0)
        return rc;
    memcpy(l->leaves + l->n_leaves, leaves, (size_t)n * sizeof *l->leaves);
    for (uint64_t j = 0; j < n; j++)
        l->leaves[l->n_leaves++].batch = (uint32_t)i;
    return ERR_OK;
}

enum err_code ledger_rebuild(struct ledger *l, size_t i, struct hash32 *leaves, uint64_t n, struct err *e)
{
    struct ledger_batch *batch = &l->batches[i];
    enum err_code rc = make_leaves(l, n, e);
    if (rc != ERR_OK)
        return rc;
    for (uint64_t j = 0; j < n; j++)
        l->leaves[l->n_leaves++] = (struct ledger_leaf){prefix_of(&leaves[j]), (uint32_t)i, (uint32_t)j};
    batch->n_leaves = n;
    batch->rebuilt = merkle_root_in_place(leaves, n);
    return ERR_OK;
}

void ledger_forget_batch(struct ledger *l, size_t i)
{
    size_t leaves = 0, changes = 0;
    for (size_t j = 0; j < l->n_leaves; j++)
        if (l->leaves[j].batch != i)
            l->leaves[leaves++] = l->leaves[j];
    for (size_t j = 0; j < l->n_changes; j++)
        if (l->changes[j].number != l->batches[i].number)
            l->changes[changes++] = l->changes[j];
    l->n_leaves = leaves;
    l->n_changes = changes;
    l->batches[i].annex = LEDGER_ANNEX_NONE;
    l->batches[i].gap = (struct ledger_gap){0};
    l->batches[i].closed = false;
}

/* ------------------------------------------------------------------ annex */

static void read_count(const struct jsonio_node *gap, const char *key, uint64_t *n, struct hash32 *hash)
{
    struct jsonio_node node = jsonio_object(gap, key);
    *n = jsonio_u64(&node, "count");
    *hash = jsonio_hash(&node, "sha256");
}

static void read_gap(const struct jsonio_node *root, struct ledger_gap *ret)
{
    struct jsonio_node gap = jsonio_object(root, "gap"), last = jsonio_object(&gap, "last");
    ret->declared = true;
    ret->last_number = jsonio_u64(&last, "k");
    ret->last_value = jsonio_hash(&last, "value");
    read_count(&gap, "unknown", &ret->n_unknown, &ret->unknown_hash);
    read_count(&gap, "orphans", &ret->n_orphans, &ret->orphans_hash);
}

static enum err_code read_changes(struct ledger *l, uint64_t number, const struct jsonio_node *root, struct err *e)
{
    struct jsonio_node keys = jsonio_array(root, "keys", MAX_ENTRIES);
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < jsonio_count(&keys) && rc == ERR_OK; i++) {
        struct jsonio_node entry = jsonio_item(&keys, i);
        struct ledger_change change = {.number = number, .added = jsonio_has(&entry, "add")};
        if (change.added == jsonio_has(&entry, "remove"))
            jsonio_fail(&entry, ERR_INVALID, "a change is either add or remove");
        jsonio_hex0x(&entry, change.added ? "add" : "remove", change.key.b, sizeof change.key.b);
        if (root->doc->code == ERR_OK)
            rc = ledger_add_change(l, &change, e);
    }
    return rc;
}

static enum err_code read_members(struct ledger *l, struct ledger_batch *batch, struct jsonio_node *root,
                                  struct err *e)
{
    enum err_code rc = ERR_OK;
    if (jsonio_u64(root, "version") != 1)
        jsonio_fail(root, ERR_VERSION, "an annex of a newer version");
    if (jsonio_has(root, "keys"))
        rc = read_changes(l, batch->number, root, e);
    if (jsonio_has(root, "gap"))
        read_gap(root, &batch->gap);
    if (jsonio_has(root, "closed"))
        batch->closed = jsonio_bool(root, "closed");
    return rc;
}

enum err_code ledger_read_annex(struct ledger *l, size_t i, const void *text, size_t len, struct err *e)
{
    struct ledger_batch *batch = &l->batches[i];
    size_t n_before = l->n_changes;
    json_t *value = NULL;
    batch->annex_hash = sha256(text, len);
    enum err_code rc = jsonio_load(&value, text, len, LIMITS_ANNEX_BYTES, NULL);
    struct jsonio doc = {.code = rc};
    if (rc == ERR_OK) {
        struct jsonio_node root = jsonio_root(&doc, value);
        rc = read_members(l, batch, &root, e);
        json_decref(value);
        if (rc != ERR_OK)
            return rc;
    }
    batch->annex = doc.code == ERR_OK ? LEDGER_ANNEX_READ : LEDGER_ANNEX_MALFORMED;
    if (doc.code != ERR_OK) {
        batch->gap = (struct ledger_gap){0};
        batch->closed = false;
        l->n_changes = n_before;
    }
    return ERR_OK;
}
