/* Sample logs: see sample.h. */
#include "tests/sample.h"

#include <stdlib.h>

#include "common/merkle.h"
#include "common/sha256.h"
#include "tests/harness.h"

struct seal_genesis sample_genesis(const struct seal_address *registry,
                                   const struct seal_address *issuer)
{
    return (struct seal_genesis){
        .created_at = SAMPLE_CREATED,
        .chain_id = SAMPLE_CHAIN,
        .registry = *registry,
        .issuer = *issuer,
        .name_hash = sha256(SAMPLE_LOG, strlen(SAMPLE_LOG)),
    };
}

static void fill(void *bytes, size_t len, uint64_t *seed)
{
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)harness_random(seed);
}

static void build_tree(struct sample *b)
{
    size_t total = 0;
    for (unsigned level = 0; level < merkle_levels(b->n); level++)
        total += merkle_level_size(b->n, level);
    b->nodes = calloc(total + 1, sizeof *b->nodes);
    for (uint64_t i = 0; i < b->n; i++)
        b->nodes[i] = seal_leaf(&b->targets[i], &b->salts[i]);
    struct hash32 *in = b->nodes;
    for (uint64_t size = b->n; size > 1; size = size / 2 + size % 2) {
        merkle_level_up(in + size, in, size);
        in += size;
    }
}

static struct hash32 node_at(const struct sample *b, unsigned level, uint64_t index)
{
    const struct hash32 *row = b->nodes;
    for (unsigned i = 0; i < level; i++)
        row += merkle_level_size(b->n, i);
    return row[index];
}

struct sample sample_batch(const struct seal_genesis *genesis, const struct sample *previous,
                           uint64_t n, const struct hash32 *target, uint64_t seed)
{
    struct sample b = {.genesis = *genesis, .n = n};
    uint8_t bytes[SEAL_HEADER_LEN], first[SEAL_GENESIS_LEN];
    b.targets = calloc(n + 1, sizeof *b.targets);
    b.salts = calloc(n + 1, sizeof *b.salts);
    fill(b.targets, n * sizeof *b.targets, &seed);
    fill(b.salts, n * sizeof *b.salts, &seed);
    if (target != NULL)
        b.targets[0] = *target;
    build_tree(&b);
    seal_genesis_encode(first, genesis);
    b.header.r0 = sha256(first, sizeof first);
    b.header.number = previous != NULL ? previous->header.number + 1 : 1;
    b.header.leaf_count = n;
    b.header.sealed_at = SAMPLE_CREATED + 60 * b.header.number;
    b.header.chain_id = SAMPLE_CHAIN;
    b.header.block = 100 + b.header.number;
    fill(b.header.block_hash.b, sizeof b.header.block_hash.b, &seed);
    seal_header_encode(bytes, &b.header);
    struct hash32 header_hash = sha256(bytes, sizeof bytes);
    struct hash32 root = n > 0 ? node_at(&b, merkle_levels(n) - 1, 0) : (struct hash32){0};
    b.previous = previous != NULL ? previous->value : b.header.r0;
    b.seal = seal_of(&root, &header_hash);
    b.value = seal_next(&b.previous, &b.seal);
    return b;
}

void sample_done(struct sample *batch)
{
    free(batch->targets);
    free(batch->salts);
    free(batch->nodes);
}

static struct seal_step step32(bool left, const struct hash32 *h)
{
    struct seal_step step = {.left = left, .len = sizeof h->b};
    memcpy(step.bytes, h->b, sizeof h->b);
    return step;
}

struct proof sample_proof(const struct sample *batch, uint64_t index)
{
    struct proof p = {
        .log = SAMPLE_LOG, .rule = PROOF_RULE_BYTES, .status = PROOF_SEALED, .leaf_index = index};
    uint8_t level[MERKLE_MAX_LEVELS];
    bool left[MERKLE_MAX_LEVELS];
    unsigned n = merkle_path_shape(index, batch->n, level, left);
    seal_genesis_encode(p.genesis, &batch->genesis);
    seal_header_encode(p.header, &batch->header);
    p.target = batch->targets[index];
    p.path = calloc(n + 3, sizeof *p.path);
    p.n_path = n + 3;
    p.path[0] = (struct seal_step){.len = SEAL_SALT_LEN};
    memcpy(p.path[0].bytes, batch->salts[index].b, SEAL_SALT_LEN);
    for (unsigned i = 0; i < n; i++) {
        struct hash32 sibling = node_at(batch, level[i], merkle_sibling(index, level[i]));
        p.path[1 + i] = step32(left[i], &sibling);
    }
    struct hash32 header_hash = sha256(p.header, sizeof p.header);
    p.path[n + 1] = step32(false, &header_hash);
    p.path[n + 2] = step32(true, &batch->previous);
    return p;
}

struct proof_anchor *sample_anchor(struct proof *proof, const struct sample *later, size_t n_later)
{
    struct proof_value v;
    struct err e;
    assert_ok(proof_value(&v, proof, &e), e);
    proof->anchors = realloc(proof->anchors, (proof->n_anchors + 1) * sizeof *proof->anchors);
    struct proof_anchor *a = &proof->anchors[proof->n_anchors++];
    *a = (struct proof_anchor){.chain_id = SAMPLE_CHAIN, .n_tail = n_later, .block_number = 123,
                               .block_time = SAMPLE_CREATED + 1000};
    a->tail = calloc(n_later + 1, sizeof *a->tail);
    for (size_t i = 0; i < n_later; i++)
        a->tail[i] = step32(false, &later[i].seal);
    a->merkle_root = n_later > 0 ? later[n_later - 1].value : v.value;
    memset(a->to.b, 0x70, sizeof a->to.b);
    memset(a->from.b, 0xf0, sizeof a->from.b);
    memset(a->tx_hash.b, 0x71, sizeof a->tx_hash.b);
    memset(a->block_hash.b, 0xb1, sizeof a->block_hash.b);
    proof->status = PROOF_FINAL;
    return a;
}
