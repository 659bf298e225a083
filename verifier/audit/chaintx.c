/* Single transactions of a log's keys: see chaintx.h. */
#include "verifier/audit/chaintx.h"

#include <inttypes.h>
#include <string.h>

#include "common/ethreceipt.h"
#include "common/ethtx.h"
#include "common/registry.h"

static void note(struct chaintx *x, struct finding where, const char *detail)
{
    findings_add(&x->ledger->seen, where, "%s: %s", x->log_host, detail);
}

static void remember(struct chaintx *x, const struct ethheader *header)
{
    x->cache[header->number % CHAINTX_CACHE] = (struct ledger_block){
        .asked = true, .found = true, .number = header->number, .time = header->time, .hash = header->hash};
}

enum err_code chaintx_block(struct chaintx *x, uint64_t number, struct ledger_block *ret)
{
    const struct ledger_block *known = &x->cache[number % CHAINTX_CACHE];
    struct ethheader header;
    if (known->asked && known->number == number) {
        *ret = *known;
        return ERR_OK;
    }
    enum err_code rc = chaincall_header(&x->call, number, &header, x->e);
    if (rc != ERR_OK)
        return rc;
    remember(x, &header);
    *ret = x->cache[number % CHAINTX_CACHE];
    return ERR_OK;
}

static bool is_call(const struct ethtx *tx, void (*put)(uint8_t *, const struct seal_address *),
                    struct seal_address *ret)
{
    uint8_t call[REGISTRY_CALL_LEN];
    if (tx->data.len != sizeof call)
        return false;
    memcpy(ret->b, tx->data.data + sizeof call - sizeof ret->b, sizeof ret->b);
    put(call, ret);
    return memcmp(call, tx->data.data, sizeof call) == 0;
}

static bool is_revoke(const struct ethtx *tx, struct hash32 *ret)
{
    uint8_t call[REGISTRY_CALL_LEN];
    if (tx->data.len != sizeof call)
        return false;
    memcpy(ret->b, tx->data.data + sizeof call - sizeof ret->b, sizeof ret->b);
    registry_put_revoke(call, ret);
    return memcmp(call, tx->data.data, sizeof call) == 0;
}

static enum ledger_kind kind_of(const struct ledger *l, const struct ethtx *tx, struct ledger_tx *ret)
{
    static const uint8_t NOTHING[sizeof tx->value];
    bool to_registry = ledger_has_registry(l) && keychain_same(&tx->to, &l->genesis.registry);
    if (!tx->has_chain_id || tx->chain_id != l->genesis.chain_id || !tx->has_to ||
        memcmp(tx->value, NOTHING, sizeof NOTHING) != 0)
        return LEDGER_OTHER;
    if (tx->data.len == sizeof ret->value.b) {
        memcpy(ret->value.b, tx->data.data, sizeof ret->value.b);
        return to_registry || keychain_same(&tx->to, &ret->sender) ? LEDGER_ANCHOR : LEDGER_ELSEWHERE;
    }
    if (to_registry && is_call(tx, registry_put_authorize, &ret->key))
        return LEDGER_KEY_ADD;
    if (to_registry && is_call(tx, registry_put_deauthorize, &ret->key))
        return LEDGER_KEY_REMOVE;
    if (to_registry && is_revoke(tx, &ret->value))
        return LEDGER_REVOKE;
    return LEDGER_OTHER;
}

/* True if this is the event that the transaction must have left in the registry of the log. */
static bool is_event_of(const struct ledger *l, const struct ledger_tx *tx, const struct ethreceipt_log *log)
{
    static const enum registry_what WHAT[] = {[LEDGER_ANCHOR] = REGISTRY_ANCHORED,
                                              [LEDGER_KEY_ADD] = REGISTRY_KEY_ADDED,
                                              [LEDGER_KEY_REMOVE] = REGISTRY_KEY_REMOVED,
                                              [LEDGER_REVOKE] = REGISTRY_REVOKED};
    struct registry_event event;
    if (tx->kind == LEDGER_ELSEWHERE || tx->kind == LEDGER_OTHER || !registry_read(&event, log, &l->genesis.registry) ||
        event.what != WHAT[tx->kind] || !keychain_same(&event.issuer, &tx->sender))
        return false;
    return tx->kind == LEDGER_KEY_ADD || tx->kind == LEDGER_KEY_REMOVE ? keychain_same(&event.key, &tx->key)
                                                                       : hash32_equal(&event.value, &tx->value);
}

bool chaintx_may_hold(const struct ledger *l, const struct ethheader *header, const struct seal_address *key)
{
    struct hash32 word = registry_word(key);
    return ethreceipt_bloom_has(header->bloom, l->genesis.registry.b, sizeof l->genesis.registry.b) &&
           ethreceipt_bloom_has(header->bloom, word.b, sizeof word.b);
}

/* Whether it succeeded and left its event, by its receipt. */
static enum err_code ask_outcome(struct chaintx *x, const struct ethheader *header, struct ledger_tx *tx)
{
    struct ethrpc_receipt receipt = {0};
    enum err_code rc = chaincall_receipt(&x->call, &tx->hash, &receipt, x->e);
    if (rc == ERR_NOT_FOUND)
        return err_set(x->e, ERR_RPC, "an endpoint knows a transaction but not its receipt");
    if (rc != ERR_OK)
        return rc;
    bool to_itself = keychain_same(&tx->to, &tx->sender), found = false;
    for (size_t i = 0; i < receipt.logs.n && !found && !to_itself; i++) {
        found = is_event_of(x->ledger, tx, &receipt.logs.item[i].log);
        tx->place.log_index = found ? receipt.logs.item[i].log_index : 0;
    }
    tx->counts = receipt.has_status && receipt.ok &&
                 (to_itself || (found && chaintx_may_hold(x->ledger, header, &tx->sender)));
    ethrpc_logs_done(&receipt.logs);
    return ERR_OK;
}

static void note_tx(struct chaintx *x, enum finding_code code, const struct ledger_tx *tx, const char *detail)
{
    note(x, (struct finding){.code = code, .block = tx->place.block, .tx = tx->hash, .key = tx->sender}, detail);
}

/* In: told  the event by which we know of it; NULL: found without one. */
static enum err_code judge_outcome(struct chaintx *x, const struct ethheader *header, struct ledger_tx *tx,
                                   const struct ethrpc_log *told)
{
    if (tx->kind == LEDGER_ELSEWHERE || tx->kind == LEDGER_OTHER)
        return ERR_OK;
    bool to_itself = keychain_same(&tx->to, &tx->sender);
    if (told != NULL) {
        bool fits = !to_itself && told->block_number == tx->place.block &&
                    hash32_equal(&told->block_hash, &tx->block_hash) && told->tx_index == tx->place.tx_index &&
                    is_event_of(x->ledger, tx, &told->log) && chaintx_may_hold(x->ledger, header, &tx->sender);
        if (fits) {
            tx->place.log_index = told->log_index;
            tx->counts = true;
            return ERR_OK;
        }
        note_tx(x, FINDING_LOG_FALSE, tx, "its event is not that of the transaction");
    }
    enum err_code rc = ask_outcome(x, header, tx);
    if (rc == ERR_OK && told == NULL && tx->counts && !to_itself)
        note_tx(x, FINDING_LOG_HIDDEN, tx, "eth_getLogs left it out");
    return rc;
}

static enum err_code keep_tx(struct chaintx *x, struct ledger_tx *tx)
{
    enum err_code rc = ledger_add_tx(x->ledger, tx, x->e);
    if (rc == ERR_OK && x->on_tx != NULL)
        x->on_tx(x->arg, tx);
    if (rc == ERR_OK && tx->kind == LEDGER_KEY_ADD && tx->counts)
        rc = ledger_add_key(x->ledger, &tx->key, x->e);
    return rc;
}

/* Take a transaction by its own bytes, if a key of the log has signed it. */
static enum err_code take(struct chaintx *x, struct slice raw, const struct ethraw_place *place,
                          const struct ethrpc_log *told)
{
    struct ethtx decoded;
    struct ethheader header;
    struct ledger_tx tx = {.place = {.block = place->block_number, .tx_index = place->tx_index},
                           .block_hash = place->block_hash};
    if (ethtx_decode(&decoded, raw.data, raw.len, NULL) != ERR_OK ||
        ethtx_sender(&decoded, &tx.sender, NULL) != ERR_OK || !ledger_is_key(x->ledger, &tx.sender))
        return ERR_OK;
    enum err_code rc = chaincall_header(&x->call, place->block_number, &header, x->e);
    if (rc != ERR_OK)
        return rc;
    if (!hash32_equal(&header.hash, &place->block_hash))
        return err_set(x->e, ERR_RPC, "an endpoint names block %" PRIu64 " by two hashes", header.number);
    remember(x, &header);
    tx.time = header.time;
    tx.hash = decoded.hash;
    tx.to = decoded.to;
    tx.nonce = decoded.nonce;
    tx.kind = kind_of(x->ledger, &decoded, &tx);
    rc = judge_outcome(x, &header, &tx, told);
    return rc == ERR_OK ? keep_tx(x, &tx) : rc;
}

/* Take what the keys of the log have signed in a block.
 * In: told  the event that led here, for the transaction that it names; NULL */
static enum err_code search_block(struct chaintx *x, uint64_t number, const struct ethrpc_log *told)
{
    struct ethheader header;
    struct blobs transactions = {0};
    enum err_code rc = chaincall_block(&x->call, number, &header, &transactions, x->e);
    for (size_t i = 0; i < transactions.n && rc == ERR_OK; i++) {
        struct slice raw = blobs_get(&transactions, i);
        struct ethraw_place place = {true, number, header.hash, i};
        struct ethtx tx;
        if (ethtx_decode(&tx, raw.data, raw.len, NULL) == ERR_OK && ledger_find_tx(x->ledger, &tx.hash) == NULL)
            rc = take(x, raw, &place, told != NULL && hash32_equal(&told->tx_hash, &tx.hash) ? told : NULL);
    }
    blobs_done(&transactions);
    return rc;
}

/* An event whose transaction nobody knows by its hash: the block itself must hold it. */
static enum err_code look_for_told(struct chaintx *x, const struct ethrpc_log *told)
{
    enum err_code rc = told->block_number <= x->ledger->final.number ? search_block(x, told->block_number, told) : ERR_OK;
    if (rc == ERR_OK && ledger_find_tx(x->ledger, &told->tx_hash) == NULL)
        note(x, (struct finding){.code = FINDING_LOG_FALSE, .block = told->block_number, .tx = told->tx_hash},
             "there is no such transaction");
    return rc;
}

enum err_code chaintx_fetch(struct chaintx *x, const struct hash32 *hash, const struct ethrpc_log *told)
{
    struct blobs raw = {0};
    struct ethraw_place place;
    if (ledger_find_tx(x->ledger, hash) != NULL)
        return ERR_OK;
    enum err_code rc = chaincall_transaction(&x->call, hash, &raw, &place, x->e);
    if (rc == ERR_NOT_FOUND || (rc == ERR_OK && !place.mined))
        rc = told != NULL ? look_for_told(x, told) : ERR_OK;
    else if (rc == ERR_OK && place.block_number <= x->ledger->final.number)
        rc = take(x, blobs_get(&raw, 0), &place, told);
    blobs_done(&raw);
    return rc;
}

enum err_code chaintx_search(struct chaintx *x, uint64_t number)
{
    return search_block(x, number, NULL);
}
