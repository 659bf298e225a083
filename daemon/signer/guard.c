/* What hallmark-signer signs: see guard.h. */
#include "daemon/signer/guard.h"

#include <string.h>

#include "common/bytes.h"
#include "common/sha256.h"

#define MAGIC "HMG1"
#define DAY 86400

const char *guard_kind(struct slice data)
{
    static const struct seal_address NO_KEY;
    static const struct hash32 NO_ID;
    uint8_t calls[3][REGISTRY_CALL_LEN];
    static const char *const NAMES[] = {"authorize", "deauthorize", "revoke"};
    static const uint8_t ZEROS[12];
    if (data.len == 32)
        return "anchor";
    if (data.len != REGISTRY_CALL_LEN)
        return NULL;
    registry_put_authorize(calls[0], &NO_KEY);
    registry_put_deauthorize(calls[1], &NO_KEY);
    registry_put_revoke(calls[2], &NO_ID);
    for (size_t i = 0; i < 3; i++)
        if (memcmp(data.data, calls[i], 4) == 0) {
            bool is_address = i < 2;
            return is_address && memcmp(data.data + 4, ZEROS, sizeof ZEROS) != 0 ? NULL : NAMES[i];
        }
    return NULL;
}

static enum signerline_code check_fields(const struct guard_policy *policy, const struct seal_address *from,
                                         const struct ethtx *tx)
{
    const struct seal_address *to = policy->to_self ? from : &policy->registry;
    if (tx->chain_id != policy->chain_id)
        return SIGNERLINE_CHAIN;
    if (memcmp(&tx->to, to, sizeof *to) != 0)
        return SIGNERLINE_TO;
    if (guard_kind(tx->data) == NULL || (policy->to_self && tx->data.len != 32))
        return SIGNERLINE_DATA;
    if (tx->gas > policy->max_gas)
        return SIGNERLINE_GAS;
    if (tx->max_fee > policy->max_fee_per_gas || tx->max_priority_fee > tx->max_fee)
        return SIGNERLINE_FEE;
    return SIGNERLINE_OK;
}

/* ------------------------------------------------------------------ one value, one nonce, for ever */

/* NULL: no room for a further key. */
static struct guard_key *key_of(struct guard_state *state, const struct seal_address *address)
{
    for (size_t i = 0; i < state->n_keys; i++)
        if (memcmp(&state->keys[i].address, address, sizeof *address) == 0)
            return &state->keys[i];
    if (state->n_keys == SIGNERLINE_MAX_KEYS)
        return NULL;
    struct guard_key *key = &state->keys[state->n_keys++];
    *key = (struct guard_key){.address = *address};
    return key;
}

/* Index of the first that is not below `nonce`. */
static size_t place_of(const struct guard_key *key, uint64_t nonce)
{
    size_t i = 0;
    while (i < key->n && key->used[i].nonce < nonce)
        i++;
    return i;
}

static enum signerline_code check_nonce(const struct guard_key *key, const struct ethtx *tx)
{
    size_t i = place_of(key, tx->nonce);
    if (key->n == 0)
        return SIGNERLINE_OK;
    uint64_t highest = key->used[key->n - 1].nonce;
    if (i < key->n && key->used[i].nonce == tx->nonce) {
        bool same = key->used[i].len == tx->data.len && memcmp(key->used[i].data, tx->data.data, tx->data.len) == 0;
        return same ? SIGNERLINE_OK : SIGNERLINE_NONCE_USED;
    }
    if (highest >= GUARD_NONCES && tx->nonce <= highest - GUARD_NONCES)
        return SIGNERLINE_NONCE_OLD;
    return tx->nonce > highest && tx->nonce - highest > GUARD_JUMP ? SIGNERLINE_NONCE_JUMP : SIGNERLINE_OK;
}

/* Make room at i; what is too far below the highest falls out at the bottom. */
static struct guard_nonce *insert(struct guard_key *key, size_t i)
{
    if (key->n == GUARD_NONCES) {
        memmove(&key->used[0], &key->used[1], (i - 1) * sizeof *key->used);
        i--;
    } else {
        memmove(&key->used[i + 1], &key->used[i], (key->n - i) * sizeof *key->used);
        key->n++;
    }
    return &key->used[i];
}

/* Returns: what this attempt may cost beyond the dearest one before. */
static wei remember(struct guard_key *key, const struct ethtx *tx)
{
    wei worst = wei_mul(tx->max_fee, tx->gas);
    size_t i = place_of(key, tx->nonce);
    if (i < key->n && key->used[i].nonce == tx->nonce) {
        wei before = key->used[i].worst;
        key->used[i].worst = worst > before ? worst : before;
        return worst > before ? worst - before : 0;
    }
    struct guard_nonce *entry = insert(key, i);
    *entry = (struct guard_nonce){.nonce = tx->nonce, .len = (uint8_t)tx->data.len, .worst = worst};
    memcpy(entry->data, tx->data.data, tx->data.len);
    return worst;
}

static void forget_old(struct guard_key *key)
{
    uint64_t highest = key->used[key->n - 1].nonce;
    size_t old = 0;
    while (highest >= GUARD_NONCES && key->used[old].nonce <= highest - GUARD_NONCES)
        old++;
    memmove(&key->used[0], &key->used[old], (key->n - old) * sizeof *key->used);
    key->n -= old;
}

enum signerline_code guard_check(struct guard_state *state, const struct guard_policy *policy,
                                 const struct seal_address *from, const struct ethtx *tx, uint64_t now,
                                 bool *ret_changed)
{
    enum signerline_code code = check_fields(policy, from, tx);
    if (code != SIGNERLINE_OK)
        return code;
    struct guard_state next = *state;
    struct guard_key *key = key_of(&next, from);
    if (key == NULL)
        return SIGNERLINE_NO_KEY;
    code = check_nonce(key, tx);
    if (code != SIGNERLINE_OK)
        return code;
    size_t n = key->n;
    wei more = remember(key, tx);
    if (now / DAY > next.day) {
        next.day = now / DAY;
        next.spent = 0;
    }
    next.spent = wei_add(next.spent, more);
    if (more > 0 && next.spent > policy->daily_budget)
        return SIGNERLINE_BUDGET;
    *ret_changed = more > 0 || key->n != n;
    forget_old(key);
    *state = next;
    return SIGNERLINE_OK;
}

/* ------------------------------------------------------------------ as bytes */

void guard_encode(const struct guard_state *state, uint8_t ret[GUARD_MAX_BLOB], size_t *ret_len)
{
    struct bytes_writer w = bytes_writer(ret, GUARD_MAX_BLOB);
    bytes_put(&w, MAGIC, 4);
    bytes_put_u64(&w, state->day);
    bytes_put_u128(&w, state->spent);
    bytes_put_u8(&w, (uint8_t)state->n_keys);
    for (size_t i = 0; i < state->n_keys; i++) {
        const struct guard_key *key = &state->keys[i];
        bytes_put(&w, key->address.b, sizeof key->address.b);
        bytes_put_u8(&w, (uint8_t)key->n);
        for (size_t k = 0; k < key->n; k++) {
            bytes_put_u64(&w, key->used[k].nonce);
            bytes_put_u8(&w, key->used[k].len);
            bytes_put(&w, key->used[k].data, sizeof key->used[k].data);
            bytes_put_u128(&w, key->used[k].worst);
        }
    }
    struct hash32 sum = sha256(w.data, w.len);
    bytes_put(&w, sum.b, sizeof sum.b);
    *ret_len = w.len;
}

static void get_key(struct bytes_reader *r, struct guard_key *key)
{
    bytes_get(r, key->address.b, sizeof key->address.b);
    key->n = bytes_get_u8(r);
    r->failed |= key->n > GUARD_NONCES;
    for (size_t k = 0; !r->failed && k < key->n; k++) {
        struct guard_nonce *used = &key->used[k];
        used->nonce = bytes_get_u64(r);
        used->len = bytes_get_u8(r);
        bytes_get(r, used->data, sizeof used->data);
        used->worst = bytes_get_u128(r);
        r->failed |= (used->len != 32 && used->len != REGISTRY_CALL_LEN) || (k > 0 && used->nonce <= used[-1].nonce);
    }
}

enum err_code guard_decode(struct guard_state *ret, const void *data, size_t len, struct err *e)
{
    struct bytes_reader r = bytes_reader(data, len >= 32 ? len - 32 : 0);
    struct guard_state state = {0};
    char magic[4] = {0};
    bytes_get(&r, magic, sizeof magic);
    if (!r.failed && memcmp(magic, "HMG", 3) == 0 && magic[3] > '1')
        return err_set(e, ERR_VERSION, "it was written by a newer program");
    r.failed |= memcmp(magic, MAGIC, sizeof magic) != 0;
    state.day = bytes_get_u64(&r);
    state.spent = bytes_get_u128(&r);
    state.n_keys = bytes_get_u8(&r);
    r.failed |= state.n_keys > SIGNERLINE_MAX_KEYS;
    for (size_t i = 0; !r.failed && i < state.n_keys; i++)
        get_key(&r, &state.keys[i]);
    struct hash32 sum = r.failed ? (struct hash32){{0}} : sha256(data, len - 32);
    if (!bytes_done(&r) || memcmp(sum.b, (const uint8_t *)data + len - 32, 32) != 0)
        return err_set(e, ERR_CORRUPT, "it is damaged");
    *ret = state;
    return ERR_OK;
}
