/* The C side of cross.py: answers questions about the frozen formats, one JSON object a line, from
 * standard input to standard output. Requests come from our own test: a broken one ends the program. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/evidence.h"
#include "common/evidencejson.h"
#include "common/hex.h"
#include "common/merkle.h"
#include "common/proof.h"
#include "common/registry.h"
#include "common/seal.h"
#include "common/sha256.h"
#include "common/text.h"

/* ------------------------------------------------------------------ reading requests */

static uint64_t get_u64(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    assert(json_is_integer(value));
    return (uint64_t)json_integer_value(value);
}

/* Bytes of a hex member. Owner: the caller. */
static uint8_t *get_bytes(const json_t *object, const char *key, size_t *ret_len)
{
    const json_t *value = json_object_get(object, key);
    size_t len = json_string_length(value) / 2;
    uint8_t *bytes = malloc(len + 1);
    bool ok = bytes != NULL && json_is_string(value) &&
              hex_decode(bytes, len, json_string_value(value), json_string_length(value), false);
    assert(ok);
    *ret_len = len;
    return bytes;
}

static void get_fixed(const json_t *object, const char *key, void *ret, size_t len)
{
    size_t got;
    uint8_t *bytes = get_bytes(object, key, &got);
    assert(got == len);
    memcpy(ret, bytes, len);
    free(bytes);
}

static struct hash32 get_hash(const json_t *object, const char *key)
{
    struct hash32 hash;
    get_fixed(object, key, hash.b, sizeof hash.b);
    return hash;
}

/* ------------------------------------------------------------------ writing answers */

static void set_hex(json_t *object, const char *key, const void *bytes, size_t len)
{
    struct text t = {0};
    text_put_hex(&t, bytes, len);
    json_object_set_new(object, key, json_string(text_string(&t)));
    text_done(&t);
}

static void set_hash(json_t *object, const char *key, const struct hash32 *hash)
{
    set_hex(object, key, hash->b, sizeof hash->b);
}

/* Whether the input was taken; if not, why. */
static void set_outcome(json_t *object, enum err_code code, const struct err *e)
{
    json_object_set_new(object, "ok", json_boolean(code == ERR_OK));
    if (code != ERR_OK) {
        json_object_set_new(object, "code", json_string(err_name(code)));
        json_object_set_new(object, "message", json_string(e->msg));
    }
}

/* ------------------------------------------------------------------ genesis and batch */

static void run_genesis(const json_t *in, json_t *out)
{
    uint8_t bytes[SEAL_GENESIS_LEN];
    struct seal_genesis genesis = {.created_at = get_u64(in, "createdAt"),
                                   .chain_id = get_u64(in, "chainId"),
                                   .name_hash = get_hash(in, "nameHash")};
    get_fixed(in, "registry", genesis.registry.b, sizeof genesis.registry.b);
    get_fixed(in, "issuer", genesis.issuer.b, sizeof genesis.issuer.b);
    seal_genesis_encode(bytes, &genesis);
    struct hash32 r0 = sha256(bytes, sizeof bytes);
    set_hex(out, "genesis", bytes, sizeof bytes);
    set_hash(out, "r0", &r0);
}

static struct seal_header get_header(const json_t *in)
{
    return (struct seal_header){.r0 = get_hash(in, "r0"),
                                .number = get_u64(in, "number"),
                                .leaf_count = get_u64(in, "leafCount"),
                                .sealed_at = get_u64(in, "sealedAt"),
                                .chain_id = get_u64(in, "blockChainId"),
                                .block = get_u64(in, "blockNumber"),
                                .block_hash = get_hash(in, "blockHash"),
                                .annex_hash = get_hash(in, "annexHash")};
}

/* Leaves and revoke ids of targets and salts, both given joined. Owner of both: the caller. */
static size_t make_leaves(const json_t *in, struct hash32 **ret_leaves, struct hash32 **ret_ids)
{
    size_t n_targets, n_salts;
    uint8_t *targets = get_bytes(in, "targets", &n_targets), *salts = get_bytes(in, "salts", &n_salts);
    size_t n = n_targets / sizeof(struct hash32);
    assert(n_targets % sizeof(struct hash32) == 0 && n_salts == n * SEAL_SALT_LEN);
    *ret_leaves = calloc(n + 1, sizeof **ret_leaves);
    *ret_ids = calloc(n + 1, sizeof **ret_ids);
    assert(*ret_leaves != NULL && *ret_ids != NULL);
    for (size_t i = 0; i < n; i++) {
        struct hash32 target;
        struct seal_salt salt;
        memcpy(target.b, targets + i * sizeof target.b, sizeof target.b);
        memcpy(salt.b, salts + i * sizeof salt.b, sizeof salt.b);
        (*ret_leaves)[i] = seal_leaf(&target, &salt);
        (*ret_ids)[i] = seal_revoke_id(&target, &salt);
    }
    free(targets);
    free(salts);
    return n;
}

static void run_batch(const json_t *in, json_t *out)
{
    uint8_t header_bytes[SEAL_HEADER_LEN];
    struct hash32 *leaves, *ids, previous = get_hash(in, "previous");
    size_t n = make_leaves(in, &leaves, &ids);
    struct seal_header header = get_header(in);
    seal_header_encode(header_bytes, &header);
    set_hex(out, "leaves", leaves, n * sizeof *leaves);
    set_hex(out, "revokeIds", ids, n * sizeof *ids);
    struct hash32 root = merkle_root_in_place(leaves, n);
    struct hash32 header_hash = sha256(header_bytes, sizeof header_bytes);
    struct hash32 seal = seal_of(&root, &header_hash), value = seal_next(&previous, &seal);
    set_hex(out, "header", header_bytes, sizeof header_bytes);
    set_hash(out, "root", &root);
    set_hash(out, "seal", &seal);
    set_hash(out, "value", &value);
    free(leaves);
    free(ids);
}

/* ------------------------------------------------------------------ proof documents */

static struct seal_step step_of(bool left, const void *bytes, size_t len)
{
    struct seal_step step = {.left = left, .len = (uint8_t)len};
    memcpy(step.bytes, bytes, len);
    return step;
}

/* Salt, tree, header, R_prev. Shapes: path MERKLE_MAX_LEVELS + 3 steps. Returns: how many. */
static size_t make_path(const json_t *in, const struct proof *proof, struct seal_step *path)
{
    size_t len, n = 0;
    uint8_t level_of[MERKLE_MAX_LEVELS], salt[SEAL_SALT_LEN];
    bool left[MERKLE_MAX_LEVELS];
    struct hash32 *nodes = (struct hash32 *)(void *)get_bytes(in, "leaves", &len);
    struct hash32 previous = get_hash(in, "previous"), header = sha256(proof->header, sizeof proof->header);
    uint64_t size = len / sizeof *nodes;
    unsigned level = 0, steps = merkle_path_shape(proof->leaf_index, size, level_of, left);
    get_fixed(in, "salt", salt, sizeof salt);
    path[n++] = step_of(false, salt, sizeof salt);
    for (unsigned i = 0; i < steps; i++) {
        for (; level < level_of[i]; level++, size = (size + 1) / 2)
            merkle_level_up(nodes, nodes, size);
        path[n++] = step_of(left[i], nodes[merkle_sibling(proof->leaf_index, level)].b, sizeof *nodes);
    }
    path[n++] = step_of(false, header.b, sizeof header.b);
    path[n++] = step_of(true, previous.b, sizeof previous.b);
    free(nodes);
    return n;
}

static struct proof_anchor get_anchor(const json_t *in)
{
    size_t len;
    uint8_t *seals = get_bytes(in, "tail", &len);
    struct proof_anchor anchor = {.n_tail = len / sizeof(struct hash32),
                                  .merkle_root = get_hash(in, "merkleRoot"),
                                  .chain_id = get_u64(in, "chainId"),
                                  .tx_hash = get_hash(in, "transactionHash"),
                                  .block_number = get_u64(in, "blockNumber"),
                                  .block_hash = get_hash(in, "blockHash"),
                                  .block_time = get_u64(in, "blockTime")};
    get_fixed(in, "to", anchor.to.b, sizeof anchor.to.b);
    get_fixed(in, "from", anchor.from.b, sizeof anchor.from.b);
    anchor.tail = calloc(anchor.n_tail + 1, sizeof *anchor.tail);
    assert(anchor.tail != NULL);
    for (size_t i = 0; i < anchor.n_tail; i++)
        anchor.tail[i] = step_of(false, seals + i * sizeof(struct hash32), sizeof(struct hash32));
    const json_t *evidence = json_object_get(in, "evidence");
    anchor.evidence = json_is_string(evidence) ? strdup(json_string_value(evidence)) : NULL;
    free(seals);
    return anchor;
}

static void run_write(const json_t *in, json_t *out)
{
    struct seal_step path[MERKLE_MAX_LEVELS + 3];
    const json_t *list = json_object_get(in, "anchors");
    struct proof proof = {.status = (enum proof_status)get_u64(in, "status"),
                          .rule = (enum proof_rule)get_u64(in, "rule"),
                          .target = get_hash(in, "target"),
                          .leaf_index = get_u64(in, "leafIndex"),
                          .path = path,
                          .n_anchors = json_array_size(list)};
    struct text t = {0};
    struct err e;
    snprintf(proof.log, sizeof proof.log, "%s", json_string_value(json_object_get(in, "log")));
    get_fixed(in, "genesis", proof.genesis, sizeof proof.genesis);
    get_fixed(in, "header", proof.header, sizeof proof.header);
    proof.n_path = make_path(in, &proof, path);
    proof.anchors = calloc(proof.n_anchors + 1, sizeof *proof.anchors);
    assert(proof.anchors != NULL);
    for (size_t i = 0; i < proof.n_anchors; i++)
        proof.anchors[i] = get_anchor(json_array_get(list, i));
    set_outcome(out, proof_write(&t, &proof, &e), &e);
    json_object_set_new(out, "document", json_string(text_string(&t)));
    text_done(&t);
    proof.path = NULL; /* ours, on the stack */
    proof_done(&proof);
}

/* What the anchors of a document must carry, and whether they do. */
static enum err_code check_anchors(const struct proof *proof, const struct hash32 *value, json_t *out,
                                   struct err *e)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < proof->n_anchors && rc == ERR_OK; i++) {
        struct hash32 anchored;
        rc = proof_anchored(&anchored, proof, &proof->anchors[i], value, e);
        if (rc == ERR_OK && !hash32_equal(&anchored, &proof->anchors[i].merkle_root))
            rc = err_set(e, ERR_CONFLICT, "anchor %zu: another value", i);
    }
    if (rc == ERR_OK)
        set_hash(out, "value", value);
    return rc;
}

static void run_read(const json_t *in, json_t *out)
{
    size_t len;
    uint8_t *text = get_bytes(in, "hex", &len);
    struct proof proof = {0};
    struct proof_value value;
    struct err e;
    enum err_code rc = proof_parse(&proof, text, len, &e);
    if (rc == ERR_OK)
        rc = proof_value(&value, &proof, &e);
    if (rc == ERR_OK)
        rc = check_anchors(&proof, &value.value, out, &e);
    if (rc == ERR_OK) {
        set_hash(out, "leaf", &value.leaf);
        set_hash(out, "revokeId", &value.revoke_id);
    }
    set_outcome(out, rc, &e);
    proof_done(&proof);
    free(text);
}

/* ------------------------------------------------------------------ evidence */

static struct blobs get_blobs(const json_t *in, const char *key)
{
    struct blobs list = {0};
    const json_t *array = json_object_get(in, key);
    for (size_t i = 0; i < json_array_size(array); i++) {
        size_t len;
        json_t *wrapped = json_pack("{s:O}", "x", json_array_get(array, i));
        uint8_t *bytes = get_bytes(wrapped, "x", &len);
        blobs_add(&list, bytes, len);
        free(bytes);
        json_decref(wrapped);
    }
    assert(!list.failed);
    return list;
}

static void run_build(const json_t *in, json_t *out)
{
    size_t len;
    uint8_t *header = get_bytes(in, "header", &len);
    struct blobs transactions = get_blobs(in, "transactions"), receipts = get_blobs(in, "receipts");
    struct evidence_block block = {.genesis_block = get_hash(in, "genesisBlock"),
                                   .header = {header, len},
                                   .transactions = &transactions,
                                   .receipts = &receipts};
    struct evidence ev = {0};
    struct text t = {0};
    struct err e;
    enum err_code rc = evidence_build(&ev, &block, get_u64(in, "txIndex"), &e);
    if (rc == ERR_OK)
        rc = evidencejson_write(&t, &ev, &e);
    set_outcome(out, rc, &e);
    json_object_set_new(out, "evidence", json_string(text_string(&t)));
    text_done(&t);
    evidence_done(&ev);
    blobs_done(&transactions);
    blobs_done(&receipts);
    free(header);
}

/* The rules of an anchor, on what evidence proved. registry: zeros for none. */
static enum err_code judge(const struct evidence_facts *facts, const struct hash32 *value,
                           const struct seal_address *registry, struct err *e)
{
    static const uint8_t NO_VALUE[32];
    const struct ethtx *tx = &facts->tx;
    bool to_self = tx->has_to && memcmp(&tx->to, &facts->sender, sizeof tx->to) == 0;
    if (tx->data.len != sizeof *value || memcmp(tx->data.data, value, sizeof *value) != 0)
        return err_set(e, ERR_CONFLICT, "another input");
    if (memcmp(tx->value, NO_VALUE, sizeof NO_VALUE) != 0)
        return err_set(e, ERR_CONFLICT, "it moves money");
    if (!tx->has_chain_id)
        return err_set(e, ERR_CONFLICT, "no chain id");
    if (!facts->has_receipt || !facts->receipt.ok)
        return err_set(e, ERR_CONFLICT, "no receipt, or it failed");
    if (!to_self && (!tx->has_to || memcmp(&tx->to, registry, sizeof tx->to) != 0 ||
                     !registry_has_anchored(facts->receipt.logs, facts->receipt.n_logs, registry, value,
                                            &facts->sender)))
        return err_set(e, ERR_CONFLICT, "not to the registry, or without its event");
    return ERR_OK;
}

static void run_check(const json_t *in, json_t *out)
{
    size_t len;
    uint8_t *text = get_bytes(in, "hex", &len);
    struct hash32 value = get_hash(in, "value");
    struct seal_address registry;
    struct evidence ev = {0};
    struct evidence_facts facts = {0};
    struct err e;
    get_fixed(in, "registry", registry.b, sizeof registry.b);
    enum err_code rc = evidencejson_parse(&ev, (const char *)text, len, &e);
    if (rc == ERR_OK)
        rc = evidence_check(&ev, &facts, &e);
    if (rc == ERR_OK)
        rc = judge(&facts, &value, &registry, &e);
    set_outcome(out, rc, &e);
    if (rc == ERR_OK) {
        set_hash(out, "transactionHash", &facts.tx.hash);
        set_hash(out, "blockHash", &facts.block.hash);
        set_hex(out, "sender", facts.sender.b, sizeof facts.sender.b);
        json_object_set_new(out, "number", json_integer((json_int_t)facts.block.number));
        json_object_set_new(out, "time", json_integer((json_int_t)facts.block.time));
        json_object_set_new(out, "chainId", json_integer((json_int_t)facts.tx.chain_id));
    }
    evidence_facts_done(&facts);
    evidence_done(&ev);
    free(text);
}

/* ------------------------------------------------------------------ the loop */

static const struct {
    const char *name;
    void (*run)(const json_t *in, json_t *out);
} QUESTIONS[] = {
    {"genesis", run_genesis}, {"batch", run_batch}, {"write", run_write},
    {"read", run_read},       {"build", run_build}, {"check", run_check},
};

static void answer(const char *line, size_t len)
{
    json_t *in = json_loadb(line, len, 0, NULL), *out = json_object();
    const char *name = json_string_value(json_object_get(in, "question"));
    assert(name != NULL);
    for (size_t i = 0; i < sizeof QUESTIONS / sizeof *QUESTIONS; i++)
        if (strcmp(QUESTIONS[i].name, name) == 0)
            QUESTIONS[i].run(in, out);
    json_dumpf(out, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(in);
    json_decref(out);
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    while ((len = getline(&line, &cap, stdin)) > 0)
        answer(line, (size_t)len);
    free(line);
    return 0;
}
