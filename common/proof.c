/* The proof document, written and read: see proof.h. */
#include "common/proof.h"

#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/jsonio.h"
#include "common/limits.h"
#include "common/merkleproof.h"
#include "common/rfc3339.h"
#include "common/sha256.h"

#define TYPE "HallmarkProof"
#define VERSION 1

static const char *const STATUS_WORDS[] = {
#define X(name, word) word,
    PROOF_STATUSES(X)
#undef X
};
#define N_STATUSES (sizeof STATUS_WORDS / sizeof STATUS_WORDS[0])

static const char *const RULE_WORDS[] = {"bytes", "rdfc"}; /* from PROOF_RULE_BYTES on */

const char *proof_status_word(enum proof_status status)
{
    return STATUS_WORDS[status];
}

/* -- What a proof says ---------------------------------------------------------------------- */

enum err_code proof_value(struct proof_value *ret, const struct proof *proof, struct err *e)
{
    struct seal_header header;
    enum err_code rc = seal_header_decode(&header, proof->header, e);
    if (rc != ERR_OK)
        return rc;
    struct seal_claim claim = {
        .genesis = proof->genesis,
        .header = proof->header,
        .target = proof->target,
        .leaf_index = proof->leaf_index,
        .leaf_count = header.leaf_count,
        .path = proof->path,
        .n_path = proof->n_path,
    };
    struct seal_salt salt;
    struct proof_value v;
    rc = seal_check_path(&claim, &v.value, &v.leaf, &salt, e);
    if (rc != ERR_OK)
        return rc;
    v.revoke_id = seal_revoke_id(&proof->target, &salt);
    *ret = v;
    return ERR_OK;
}

enum err_code proof_anchored(struct hash32 *ret, const struct proof *proof,
                             const struct proof_anchor *anchor, const struct hash32 *value,
                             struct err *e)
{
    return seal_check_tail(*value, anchor->tail, anchor->n_tail, proof->n_path, ret, e);
}

/* -- Writing -------------------------------------------------------------------------------- */

static void put_hex(struct text *t, const char *before, const void *bytes, size_t len)
{
    text_puts(t, before);
    text_put_hex(t, bytes, len);
}

static void put_u64(struct text *t, const char *before, uint64_t v)
{
    text_puts(t, before);
    text_put_u64(t, v);
}

static void put_time(struct text *t, const char *before, uint64_t seconds)
{
    text_puts(t, before);
    text_put_time(t, seconds);
    text_putc(t, '"');
}

static void put_steps(struct text *t, const struct seal_step *steps, size_t n)
{
    text_putc(t, '[');
    for (size_t i = 0; i < n; i++) {
        text_puts(t, i > 0 ? "," : "");
        put_hex(t, steps[i].left ? "{\"left\":\"" : "{\"right\":\"", steps[i].bytes, steps[i].len);
        text_puts(t, "\"}");
    }
    text_putc(t, ']');
}

static void put_anchor(struct text *t, const struct proof *proof, const struct proof_anchor *a)
{
    text_puts(t, "{\"tail\":");
    put_steps(t, a->tail, a->n_tail);
    put_hex(t, ",\"merkleRoot\":\"", a->merkle_root.b, sizeof a->merkle_root.b);
    put_u64(t, "\",\"chainId\":", a->chain_id);
    put_hex(t, ",\"to\":\"0x", a->to.b, sizeof a->to.b);
    put_hex(t, "\",\"from\":\"0x", a->from.b, sizeof a->from.b);
    put_hex(t, "\",\"transactionHash\":\"0x", a->tx_hash.b, sizeof a->tx_hash.b);
    put_u64(t, "\",\"blockNumber\":", a->block_number);
    put_hex(t, ",\"blockHash\":\"0x", a->block_hash.b, sizeof a->block_hash.b);
    put_time(t, "\",\"blockTime\":\"", a->block_time);
    if (merkleproof_names(a->chain_id)) {
        struct merkleproof_steps steps = {proof->path, a->tail, proof->n_path, a->n_tail};
        size_t before = t->len;
        text_puts(t, ",\"proofValue\":\"");
        if (merkleproof_write(t, &steps, &a->merkle_root, &proof->target, a->chain_id, &a->tx_hash))
            text_putc(t, '"');
        else
            t->len = before;
    }
    if (a->evidence != NULL) {
        text_puts(t, ",\"evidence\":");
        text_puts(t, a->evidence);
    }
    text_putc(t, '}');
}

static void put_batch(struct text *t, const struct proof *proof, const struct seal_header *header)
{
    put_u64(t, ",\"batch\":{\"number\":", header->number);
    put_u64(t, ",\"leafCount\":", header->leaf_count);
    put_time(t, ",\"sealedAt\":\"", header->sealed_at);
    put_hex(t, ",\"header\":\"", proof->header, sizeof proof->header);
    text_puts(t, "\"}");
}

/* About how long it will be: growing on the way would copy it several times. */
static size_t guess_length(const struct proof *proof)
{
    size_t n = 1024 + 96 * proof->n_path;
    for (size_t i = 0; i < proof->n_anchors; i++) {
        const struct proof_anchor *a = &proof->anchors[i];
        size_t steps = proof->n_path + a->n_tail;
        n += 1024 + 96 * a->n_tail;
        if (merkleproof_names(a->chain_id) && steps < LIMITS_PROOF_VALUE_BYTES / 64)
            n += 512 + 100 * steps;
        if (a->evidence != NULL)
            n += strlen(a->evidence);
    }
    return n;
}

enum err_code proof_write(struct text *out, const struct proof *proof, struct err *e)
{
    struct seal_header header;
    enum err_code rc = seal_header_decode(&header, proof->header, e);
    if (rc != ERR_OK)
        return rc;
    for (size_t i = 0; i < proof->n_anchors; i++)
        if (proof->anchors[i].block_time > RFC3339_MAX)
            return err_set(e, ERR_INVALID, "block time of anchor %zu is beyond year 9999", i);
    if (header.sealed_at > RFC3339_MAX)
        return err_set(e, ERR_INVALID, "sealing time is beyond year 9999");

    text_reserve(out, guess_length(proof));
    text_puts(out, "{\"type\":\"" TYPE "\",\"version\":1,\"log\":");
    text_put_json(out, proof->log, strlen(proof->log));
    put_hex(out, ",\"genesis\":\"", proof->genesis, sizeof proof->genesis);
    text_puts(out, "\",\"status\":\"");
    text_puts(out, STATUS_WORDS[proof->status]);
    put_hex(out, "\",\"targetHash\":\"", proof->target.b, sizeof proof->target.b);
    if (proof->rule != PROOF_RULE_UNSAID) {
        text_puts(out, "\",\"targetRule\":\"");
        text_puts(out, RULE_WORDS[proof->rule - PROOF_RULE_BYTES]);
    }
    put_u64(out, "\",\"leafIndex\":", proof->leaf_index);
    put_batch(out, proof, &header);
    text_puts(out, ",\"path\":");
    put_steps(out, proof->path, proof->n_path);
    text_puts(out, ",\"anchors\":[");
    for (size_t i = 0; i < proof->n_anchors; i++) {
        text_puts(out, i > 0 ? "," : "");
        put_anchor(out, proof, &proof->anchors[i]);
    }
    text_puts(out, "]}\n");
    return out->failed ? err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM)) : ERR_OK;
}

/* -- Reading -------------------------------------------------------------------------------- */

static const char *const PROOF_KEYS[] = {"type", "version", "log", "genesis", "status", "targetHash",
                                         "targetRule", "leafIndex", "batch", "path", "anchors", NULL};
static const char *const BATCH_KEYS[] = {"number", "leafCount", "sealedAt", "header", NULL};
static const char *const ANCHOR_KEYS[] = {
    "tail",        "merkleRoot", "chainId",   "to",         "from",     "transactionHash",
    "blockNumber", "blockHash",  "blockTime", "proofValue", "evidence", NULL};

/* Exactly one key, left or right, with 16 or 32 bytes: which of them where is the seal's business. */
static void read_step(const struct jsonio_node *at, struct seal_step *step)
{
    bool left = jsonio_has(at, "left"), right = jsonio_has(at, "right");
    if (left == right || json_object_size(at->value) != 1) {
        jsonio_fail(at, ERR_INVALID, "a step must have exactly one member, left or right");
        return;
    }
    const char *side = left ? "left" : "right";
    step->left = left;
    step->len = strlen(jsonio_string(at, side)) == 2 * SEAL_SALT_LEN ? SEAL_SALT_LEN : 32;
    jsonio_hex(at, side, step->bytes, step->len);
}

static void read_steps(const struct jsonio_node *object, const char *key, struct seal_step **ret,
                       size_t *ret_n)
{
    struct jsonio_node list = jsonio_array(object, key, SEAL_MAX_STEPS);
    size_t n = jsonio_count(&list);
    if (n == 0)
        return;
    *ret = calloc(n, sizeof **ret);
    if (*ret == NULL) {
        jsonio_fail(&list, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
        return;
    }
    *ret_n = n;
    for (size_t i = 0; i < n && object->doc->code == ERR_OK; i++) {
        struct jsonio_node item = jsonio_item(&list, i);
        read_step(&item, &(*ret)[i]);
    }
}

static bool same_steps(const struct seal_step *a, const struct seal_step *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i].left != b[i].left || a[i].len != b[i].len ||
            memcmp(a[i].bytes, b[i].bytes, a[i].len) != 0)
            return false;
    return true;
}

/* proofValue repeats what the other members say: any difference is damage. */
static bool says_the_same(const struct merkleproof *m, const struct proof *proof,
                          const struct proof_anchor *a)
{
    return m->n_steps == proof->n_path + a->n_tail &&
           same_steps(m->steps, proof->path, proof->n_path) &&
           same_steps(m->steps + proof->n_path, a->tail, a->n_tail) &&
           hash32_equal(&m->root, &a->merkle_root) && hash32_equal(&m->target, &proof->target) &&
           m->n_anchors == 1 && m->anchors[0].chain == MERKLEPROOF_ETH &&
           m->anchors[0].network >= 0 && (uint64_t)m->anchors[0].network == a->chain_id &&
           m->anchors[0].has_tx && hash32_equal(&m->anchors[0].tx, &a->tx_hash);
}

static void check_proof_value(const struct jsonio_node *at, const struct proof *proof,
                              const struct proof_anchor *a)
{
    const char *text = jsonio_string(at, "proofValue");
    struct merkleproof m;
    struct err why;
    if (at->doc->code != ERR_OK)
        return;
    enum err_code rc = merkleproof_read(&m, text, strlen(text), &why);
    if (rc != ERR_OK) {
        jsonio_fail(at, rc == ERR_UNSUPPORTED ? ERR_INVALID : rc, "proofValue: %s", why.msg);
        return;
    }
    if (!says_the_same(&m, proof, a))
        jsonio_fail(at, ERR_INVALID, "proofValue contradicts the path or the anchor");
    merkleproof_done(&m);
}

static void read_anchor(const struct jsonio_node *at, const struct proof *proof,
                        struct proof_anchor *a)
{
    jsonio_keys(at, ANCHOR_KEYS);
    read_steps(at, "tail", &a->tail, &a->n_tail);
    if (a->n_tail > SEAL_MAX_STEPS - proof->n_path)
        jsonio_fail(at, ERR_LIMIT, "path and tail have more than %d steps", SEAL_MAX_STEPS);
    a->merkle_root = jsonio_hash(at, "merkleRoot");
    a->chain_id = jsonio_u64(at, "chainId");
    jsonio_hex0x(at, "to", a->to.b, sizeof a->to.b);
    jsonio_hex0x(at, "from", a->from.b, sizeof a->from.b);
    a->tx_hash = jsonio_hash0x(at, "transactionHash");
    a->block_number = jsonio_u64(at, "blockNumber");
    a->block_hash = jsonio_hash0x(at, "blockHash");
    a->block_time = jsonio_time(at, "blockTime");
    if (jsonio_has(at, "proofValue"))
        check_proof_value(at, proof, a);
    if (jsonio_has(at, "evidence")) {
        struct jsonio_node evidence = jsonio_object(at, "evidence");
        if (evidence.value != NULL &&
            (a->evidence = json_dumps(evidence.value, JSON_COMPACT)) == NULL)
            jsonio_fail(&evidence, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    }
}

static void read_anchors(const struct jsonio_node *root, struct proof *proof)
{
    struct jsonio_node list = jsonio_array(root, "anchors", LIMITS_PROOF_ANCHORS);
    size_t n = jsonio_count(&list);
    if (n == 0)
        return;
    proof->anchors = calloc(n, sizeof *proof->anchors);
    if (proof->anchors == NULL) {
        jsonio_fail(&list, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
        return;
    }
    for (size_t i = 0; i < n && root->doc->code == ERR_OK; i++) {
        struct jsonio_node item = jsonio_item(&list, i);
        proof->n_anchors++;
        read_anchor(&item, proof, &proof->anchors[i]);
    }
}

static void read_log(const struct jsonio_node *root, struct proof *proof)
{
    struct seal_genesis genesis;
    const char *name = jsonio_string(root, "log");
    jsonio_hex(root, "genesis", proof->genesis, sizeof proof->genesis);
    if (root->doc->code != ERR_OK)
        return;
    if (!seal_name_ok(name, strlen(name))) {
        jsonio_fail(root, ERR_INVALID, "log must be 1 to %d of a-z, 0-9, dot and dash",
                    SEAL_NAME_MAX);
        return;
    }
    memcpy(proof->log, name, strlen(name) + 1);
    struct hash32 hash = sha256(name, strlen(name));
    if (seal_genesis_decode(&genesis, proof->genesis, NULL) != ERR_OK)
        jsonio_fail(root, ERR_INVALID, "genesis does not begin with \"hallmark log 1\"");
    else if (!hash32_equal(&genesis.name_hash, &hash))
        jsonio_fail(root, ERR_INVALID, "log is not the name that the genesis holds");
}

/* The header's bytes decide; the friendly members beside it must say the same. */
static void read_batch(const struct jsonio_node *root, struct proof *proof)
{
    struct seal_header header;
    struct jsonio_node batch = jsonio_object(root, "batch");
    jsonio_keys(&batch, BATCH_KEYS);
    jsonio_hex(&batch, "header", proof->header, sizeof proof->header);
    uint64_t number = jsonio_u64(&batch, "number"), leaf_count = jsonio_u64(&batch, "leafCount");
    uint64_t sealed_at = jsonio_time(&batch, "sealedAt");
    if (root->doc->code != ERR_OK)
        return;
    if (seal_header_decode(&header, proof->header, NULL) != ERR_OK)
        jsonio_fail(&batch, ERR_INVALID, "header does not begin with \"HMB1\"");
    else if (number != header.number)
        jsonio_fail(&batch, ERR_INVALID, "number contradicts the header");
    else if (leaf_count != header.leaf_count)
        jsonio_fail(&batch, ERR_INVALID, "leafCount contradicts the header");
    else if (sealed_at != header.sealed_at)
        jsonio_fail(&batch, ERR_INVALID, "sealedAt contradicts the header");
}

static bool read_version(const struct jsonio_node *root)
{
    if (strcmp(jsonio_string(root, "type"), TYPE) != 0)
        jsonio_fail(root, ERR_INVALID, "type is not " TYPE);
    if (jsonio_u64(root, "version") != VERSION)
        jsonio_fail(root, ERR_VERSION, "version: this program reads %d only", VERSION);
    return root->doc->code == ERR_OK;
}

static void read_proof(const struct jsonio_node *root, struct proof *proof)
{
    if (!read_version(root))
        return;
    jsonio_keys(root, PROOF_KEYS);
    read_log(root, proof);
    proof->status = (enum proof_status)jsonio_word(root, "status", STATUS_WORDS, N_STATUSES);
    proof->target = jsonio_hash(root, "targetHash");
    if (jsonio_has(root, "targetRule"))
        proof->rule =
            (enum proof_rule)(PROOF_RULE_BYTES + jsonio_word(root, "targetRule", RULE_WORDS, 2));
    proof->leaf_index = jsonio_u64(root, "leafIndex");
    read_batch(root, proof);
    read_steps(root, "path", &proof->path, &proof->n_path);
    read_anchors(root, proof);
}

enum err_code proof_parse(struct proof *ret, const void *text, size_t len, struct err *e)
{
    json_t *value;
    enum err_code rc = jsonio_load(&value, text, len, LIMITS_PROOF_BYTES, e);
    if (rc != ERR_OK)
        return rc;
    struct proof proof = {0};
    struct jsonio doc = {.e = e};
    struct jsonio_node root = jsonio_root(&doc, value);
    read_proof(&root, &proof);
    json_decref(value);
    struct proof_value unused;
    rc = doc.code != ERR_OK ? doc.code : proof_value(&unused, &proof, e);
    if (rc == ERR_OK)
        *ret = proof;
    else
        proof_done(&proof);
    return rc;
}

void proof_done(struct proof *proof)
{
    for (size_t i = 0; i < proof->n_anchors; i++) {
        free(proof->anchors[i].tail);
        free(proof->anchors[i].evidence);
    }
    free(proof->anchors);
    free(proof->path);
    *proof = (struct proof){0};
}
