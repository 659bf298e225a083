/* Merkle receipts of Blockcerts: see receipt.h. */
#include "verifier/formats/receipt.h"

#include <stdlib.h>

#include "common/hex.h"
#include "common/sha256.h"
#include "verifier/formats/format.h"

#define STEPS_MAX 64 /* a batch of 2^64 */

/* -- JSON ----------------------------------------------------------------------------------- */

static bool read_hash(struct hash32 *ret, const struct jdoc *object, const char *key)
{
    struct slice text;
    return jdoc_get_string(object, key, &text) &&
           hex_decode(ret->b, sizeof ret->b, (const char *)text.data, text.len, true);
}

static bool read_step(struct seal_step *ret, const struct jdoc *step)
{
    struct hash32 hash;
    bool left = jdoc_get(step, "left") != NULL;
    if (step->type != JDOC_OBJECT || left == (jdoc_get(step, "right") != NULL))
        return false; /* exactly one of them */
    if (!read_hash(&hash, step, left ? "left" : "right"))
        return false;
    *ret = (struct seal_step){.left = left, .len = sizeof hash.b};
    memcpy(ret->bytes, hash.b, sizeof hash.b);
    return true;
}

static enum err_code read_steps(struct merkleproof *ret, const struct jdoc *list, struct err *e)
{
    if (list == NULL || list->type != JDOC_ARRAY)
        return err_set(e, ERR_PARSE, "the proof has no path");
    if (list->array.n > STEPS_MAX)
        return err_set(e, ERR_LIMIT, "the path has more than %d steps", STEPS_MAX);
    ret->steps = calloc(list->array.n + 1, sizeof *ret->steps);
    if (ret->steps == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    for (; ret->n_steps < list->array.n; ret->n_steps++)
        if (!read_step(&ret->steps[ret->n_steps], list->array.items[ret->n_steps]))
            return err_set(e, ERR_PARSE, "step %zu of the path is damaged", ret->n_steps);
    return ERR_OK;
}

/* The names of the 2.x vocabulary; an anchor without one is told by its type. */
static bool read_chain(struct merkleproof_anchor *ret, const struct jdoc *anchor)
{
    static const struct {
        const char *name;
        int64_t chain, network;
    } CHAINS[] = {
        {"bitcoinMainnet", MERKLEPROOF_BTC, RECEIPT_BTC_MAIN}, {"bitcoinTestnet", MERKLEPROOF_BTC, RECEIPT_BTC_TEST},
        {"bitcoinRegtest", MERKLEPROOF_BTC, RECEIPT_BTC_REGTEST}, {"ethereumMainnet", MERKLEPROOF_ETH, 1},
        {"ethereumRopsten", MERKLEPROOF_ETH, 3}, {"ethereumRinkeby", MERKLEPROOF_ETH, 4},
        {"ethereumGoerli", MERKLEPROOF_ETH, 5}, {"ethereumSepolia", MERKLEPROOF_ETH, 11155111},
        {"mockchain", MERKLEPROOF_MOCK, -1}, {"mocknet", MERKLEPROOF_MOCK, -1},
    };
    static const struct {
        const char *type;
        int64_t chain, network;
    } TYPES[] = {
        {"BTCOpReturn", MERKLEPROOF_BTC, RECEIPT_BTC_UNSTATED}, {"ETHData", MERKLEPROOF_ETH, 1},
        {"REGOpReturn", MERKLEPROOF_BTC, RECEIPT_BTC_REGTEST},
        {"Mock", MERKLEPROOF_MOCK, -1}, {"MockData", MERKLEPROOF_MOCK, -1},
    };
    const struct jdoc *chain = jdoc_get(anchor, "chain"), *type = jdoc_get(anchor, "type");
    for (size_t i = 0; i < sizeof CHAINS / sizeof CHAINS[0]; i++)
        if (jdoc_is(chain, CHAINS[i].name)) {
            ret->chain = CHAINS[i].chain;
            ret->network = CHAINS[i].network;
            return true;
        }
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0] && chain == NULL; i++)
        if (jdoc_is(type, TYPES[i].type)) {
            ret->chain = TYPES[i].chain;
            ret->network = TYPES[i].network;
            return true;
        }
    ret->chain = RECEIPT_CHAIN_FOREIGN;
    return chain == NULL || chain->type == JDOC_STRING;
}

static bool read_anchor(struct merkleproof_anchor *ret, const struct jdoc *anchor)
{
    struct slice id;
    if (!read_chain(ret, anchor) || !jdoc_get_string(anchor, "sourceId", &id))
        return false;
    if (slice_starts(id, SLICE("0x")))
        id = slice_from(id, 2);
    ret->has_tx = hex_decode(ret->tx.b, sizeof ret->tx.b, (const char *)id.data, id.len, true);
    return ret->has_tx || ret->chain == MERKLEPROOF_MOCK;
}

static enum err_code read_anchors(struct merkleproof *ret, const struct jdoc *list, struct err *e)
{
    if (list == NULL || list->type != JDOC_ARRAY || list->array.n == 0)
        return err_set(e, ERR_PARSE, "the proof names no transaction");
    if (list->array.n > MERKLEPROOF_MAX_ANCHORS)
        return err_set(e, ERR_LIMIT, "the proof names more than %d transactions", MERKLEPROOF_MAX_ANCHORS);
    for (; ret->n_anchors < list->array.n; ret->n_anchors++)
        if (!read_anchor(&ret->anchors[ret->n_anchors], list->array.items[ret->n_anchors]))
            return err_set(e, ERR_PARSE, "anchor %zu of the proof is damaged", ret->n_anchors);
    return ERR_OK;
}

enum err_code receipt_read_json(struct merkleproof *ret, const struct jdoc *receipt, struct err *e)
{
    struct merkleproof proof = {0};
    if (!format_has_type(receipt, "ChainpointSHA256v2") && !format_has_type(receipt, "MerkleProof2017"))
        return err_set(e, ERR_UNSUPPORTED, "neither MerkleProof2017 nor ChainpointSHA256v2");
    if (!read_hash(&proof.root, receipt, "merkleRoot") || !read_hash(&proof.target, receipt, "targetHash"))
        return err_set(e, ERR_PARSE, "merkleRoot or targetHash is damaged");
    enum err_code rc = read_steps(&proof, jdoc_get(receipt, "proof"), e);
    if (rc == ERR_OK)
        rc = read_anchors(&proof, jdoc_get(receipt, "anchors"), e);
    if (rc == ERR_OK)
        *ret = proof;
    else
        merkleproof_done(&proof);
    return rc;
}

enum err_code receipt_read_proof(struct merkleproof *ret, const struct jdoc *proof, struct err *e)
{
    struct merkleproof read;
    struct slice value;
    if (!jdoc_get_string(proof, "proofValue", &value))
        return err_set(e, ERR_PARSE, "the proof has no proofValue");
    enum err_code rc = merkleproof_read(&read, (const char *)value.data, value.len, e);
    if (rc != ERR_OK)
        return rc;
    if (read.n_anchors == 0 || read.n_steps > STEPS_MAX) {
        merkleproof_done(&read);
        return err_set(e, ERR_PARSE, "the proof names no transaction, or its path is too long");
    }
    *ret = read;
    return ERR_OK;
}

/* -- What it says --------------------------------------------------------------------------- */

bool receipt_holds(const struct merkleproof *receipt)
{
    struct hash32 h = receipt->target;
    for (size_t i = 0; i < receipt->n_steps; i++) {
        const struct seal_step *step = &receipt->steps[i];
        struct sha256_stream stream;
        sha256_init(&stream);
        sha256_update(&stream, step->left ? step->bytes : h.b, step->left ? step->len : sizeof h.b);
        sha256_update(&stream, step->left ? h.b : step->bytes, step->left ? sizeof h.b : step->len);
        h = sha256_final(&stream);
    }
    return hash32_equal(&h, &receipt->root);
}

bool receipt_is_test(const struct merkleproof_anchor *anchor)
{
    return anchor->chain == MERKLEPROOF_MOCK ||
           (anchor->chain == MERKLEPROOF_BTC && anchor->network == RECEIPT_BTC_REGTEST);
}
