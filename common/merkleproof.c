/* MerkleProof2019: see merkleproof.h. */
#include "common/merkleproof.h"

#include <stdlib.h>

#include "common/cbor.h"
#include "common/hex.h"
#include "common/limits.h"
#include "common/multibase.h"

enum { KEY_ROOT, KEY_TARGET, KEY_ANCHORS, KEY_PATH, N_KEYS };
enum { STEP_LEFT, STEP_RIGHT };
enum { ANCHOR_CHAIN, ANCHOR_NETWORK, ANCHOR_TX };

bool merkleproof_names(uint64_t chain_id)
{
    /* main, Ropsten, Rinkeby, Goerli, Sepolia */
    static const uint64_t NAMED[] = {1, 3, 4, 5, 11155111};
    for (size_t i = 0; i < sizeof NAMED / sizeof NAMED[0]; i++)
        if (NAMED[i] == chain_id)
            return true;
    return false;
}

static void put_pair(struct bytes_writer *w, uint64_t key)
{
    cbor_put(w, CBOR_ARRAY, 2);
    cbor_put(w, CBOR_UINT, key);
}

/* A byte string that holds a text string of prefix and hex. */
static void put_hash(struct bytes_writer *w, const char *prefix, const uint8_t *bytes, size_t len)
{
    char hex[2 * 32 + 1];
    hex_encode(hex, bytes, len);
    size_t text = strlen(prefix) + 2 * len;
    size_t head = text < 24 ? 1 : 2;
    cbor_put(w, CBOR_BYTES, head + text);
    cbor_put(w, CBOR_TEXT, text);
    bytes_put(w, prefix, strlen(prefix));
    bytes_put(w, hex, 2 * len);
}

static void put_steps(struct bytes_writer *w, const struct seal_step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put_pair(w, steps[i].left ? STEP_LEFT : STEP_RIGHT);
        put_hash(w, "", steps[i].bytes, steps[i].len);
    }
}

bool merkleproof_write(struct text *out, const struct merkleproof_steps *steps,
                       const struct hash32 *root, const struct hash32 *target, uint64_t chain_id,
                       const struct hash32 *tx)
{
    uint8_t buffer[LIMITS_PROOF_VALUE_BYTES];
    struct bytes_writer w = bytes_writer(buffer, sizeof buffer);
    cbor_put(&w, CBOR_ARRAY, N_KEYS); /* in the order of the Blockcerts issuer */
    put_pair(&w, KEY_PATH);
    cbor_put(&w, CBOR_ARRAY, steps->n_first + steps->n_second);
    put_steps(&w, steps->first, steps->n_first);
    put_steps(&w, steps->second, steps->n_second);
    put_pair(&w, KEY_ROOT);
    put_hash(&w, "", root->b, sizeof root->b);
    put_pair(&w, KEY_TARGET);
    put_hash(&w, "", target->b, sizeof target->b);
    put_pair(&w, KEY_ANCHORS);
    cbor_put(&w, CBOR_ARRAY, 1);
    cbor_put(&w, CBOR_ARRAY, 3);
    put_pair(&w, ANCHOR_CHAIN);
    cbor_put(&w, CBOR_UINT, MERKLEPROOF_ETH);
    put_pair(&w, ANCHOR_NETWORK);
    cbor_put(&w, CBOR_UINT, chain_id);
    put_pair(&w, ANCHOR_TX);
    put_hash(&w, "0x", tx->b, sizeof tx->b);
    if (w.failed)
        return false;
    text_reserve(out, MULTIBASE_BASE58_ROOM(w.len));
    if (!out->failed)
        out->len += multibase_base58(out->data + out->len, buffer, w.len);
    return true;
}

/* The bytes of a hash in either form, at most `cap` of them. Returns: how many; 0 sets failed. */
static size_t get_hash(struct bytes_reader *r, uint8_t *bytes, size_t cap)
{
    struct slice outer = cbor_get_string(r, CBOR_BYTES);
    struct bytes_reader inner = bytes_reader(outer.data, outer.len);
    bool is_text = cbor_peek(&inner) == CBOR_TEXT;
    struct slice s = cbor_get_string(&inner, is_text ? CBOR_TEXT : CBOR_BYTES);
    const char *hex = (const char *)s.data;
    if (is_text && s.len >= 2 && memcmp(hex, "0x", 2) == 0)
        hex += 2, s.len -= 2;
    size_t len = is_text ? s.len / 2 : s.len;
    bool good = !r->failed && bytes_done(&inner) && len >= 1 && len <= cap;
    if (good && is_text)
        good = hex_decode(bytes, len, hex, s.len, true);
    else if (good)
        memcpy(bytes, s.data, len);
    r->failed |= !good;
    return good ? len : 0;
}

static void get_hash32(struct bytes_reader *r, struct hash32 *ret)
{
    if (get_hash(r, ret->b, sizeof ret->b) != sizeof ret->b)
        r->failed = true;
}

/* The head of a pair. Returns: its key. */
static uint64_t get_pair(struct bytes_reader *r)
{
    if (cbor_get(r, CBOR_ARRAY) != 2)
        r->failed = true;
    return cbor_get(r, CBOR_UINT);
}

/* Returns: false if there is no memory. */
static bool get_path(struct bytes_reader *r, struct merkleproof *proof)
{
    uint64_t n = cbor_get(r, CBOR_ARRAY);
    if (n > bytes_left(r) / 4) /* a step is longer than that: do not allocate on a lie */
        r->failed = true;
    if (r->failed || n == 0)
        return true;
    proof->steps = calloc((size_t)n, sizeof proof->steps[0]);
    if (proof->steps == NULL)
        return false;
    for (; proof->n_steps < n && !r->failed; proof->n_steps++) {
        struct seal_step *step = &proof->steps[proof->n_steps];
        uint64_t side = get_pair(r);
        step->left = side == STEP_LEFT;
        step->len = (uint8_t)get_hash(r, step->bytes, sizeof step->bytes);
        r->failed |= side > STEP_RIGHT;
    }
    return true;
}

static bool skip_string(struct bytes_reader *r)
{
    if (cbor_peek(r) != CBOR_BYTES)
        return false;
    cbor_get_string(r, CBOR_BYTES);
    return true;
}

static void get_anchor(struct bytes_reader *r, struct merkleproof_anchor *anchor)
{
    uint64_t pairs = cbor_get(r, CBOR_ARRAY);
    for (uint64_t i = 0; i < pairs && !r->failed; i++) {
        switch (get_pair(r)) {
        case ANCHOR_CHAIN: anchor->chain = cbor_get_int(r); break;
        case ANCHOR_NETWORK:
            if (!skip_string(r)) /* the Python issuer puts a text here for mock anchors */
                anchor->network = cbor_get_int(r);
            break;
        case ANCHOR_TX:
            anchor->has_tx = anchor->chain != MERKLEPROOF_MOCK;
            if (anchor->has_tx)
                get_hash32(r, &anchor->tx);
            else
                skip_string(r);
            break;
        default: r->failed = true;
        }
    }
}

static bool get_anchors(struct bytes_reader *r, struct merkleproof *proof)
{
    uint64_t n = cbor_get(r, CBOR_ARRAY);
    if (n > MERKLEPROOF_MAX_ANCHORS)
        return false;
    for (; proof->n_anchors < n && !r->failed; proof->n_anchors++)
        get_anchor(r, &proof->anchors[proof->n_anchors]);
    return true;
}

static enum err_code get_proof(struct bytes_reader *r, struct merkleproof *proof, struct err *e)
{
    unsigned seen = 0;
    uint64_t pairs = cbor_get(r, CBOR_ARRAY);
    for (uint64_t i = 0; i < pairs && !r->failed; i++) {
        uint64_t key = get_pair(r);
        if (key >= N_KEYS || (seen & 1u << key) != 0)
            return err_set(e, ERR_PARSE,
                           "MerkleProof2019: a member is unknown or stands there twice");
        seen |= 1u << key;
        switch (key) {
        case KEY_ROOT: get_hash32(r, &proof->root); break;
        case KEY_TARGET: get_hash32(r, &proof->target); break;
        case KEY_PATH:
            if (!get_path(r, proof))
                return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
            break;
        case KEY_ANCHORS:
            if (!get_anchors(r, proof))
                return err_set(e, ERR_LIMIT, "MerkleProof2019: more than %d anchors",
                               MERKLEPROOF_MAX_ANCHORS);
            break;
        }
    }
    if (!bytes_done(r) || seen != (1u << N_KEYS) - 1)
        return err_set(e, ERR_PARSE, "MerkleProof2019: not the CBOR of a proof");
    return ERR_OK;
}

enum err_code merkleproof_read(struct merkleproof *ret, const char *text, size_t len, struct err *e)
{
    uint8_t *bytes = malloc(MULTIBASE_BYTES_ROOM(len) + 1);
    if (bytes == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    struct merkleproof proof = {0};
    size_t n_bytes = 0;
    enum err_code rc = multibase_decode(bytes, &n_bytes, text, len, e);
    if (rc == ERR_OK) {
        struct bytes_reader r = bytes_reader(bytes, n_bytes);
        rc = get_proof(&r, &proof, e);
    }
    free(bytes);
    if (rc == ERR_OK)
        *ret = proof;
    else
        merkleproof_done(&proof);
    return rc;
}

void merkleproof_done(struct merkleproof *proof)
{
    free(proof->steps);
    *proof = (struct merkleproof){0};
}
