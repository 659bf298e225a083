/* From the store to proofs: see proofs.h. */
#include "daemon/proofs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/sha256.h"
#include "daemon/core/anchor.h"

#define ATTEMPT_VERSION 1

enum err_code proofs_log_read(struct proofs_log *ret, const struct store_read *r, struct err *e)
{
    struct proofs_log log = {0};
    enum err_code rc = store_identity(r, log.genesis_bytes, log.name, e);
    if (rc == ERR_OK)
        rc = seal_genesis_decode(&log.genesis, log.genesis_bytes, e);
    if (rc != ERR_OK)
        return rc;
    log.r0 = sha256(log.genesis_bytes, sizeof log.genesis_bytes);
    log.chain_id = log.genesis.chain_id;
    *ret = log;
    return ERR_OK;
}

size_t proofs_attempt_encode(const struct proofs_attempt *attempt, uint8_t *ret)
{
    struct bytes_writer w = bytes_writer(ret, PROOFS_ATTEMPT_MAX);
    bytes_put_u8(&w, ATTEMPT_VERSION);
    bytes_put(&w, attempt->from.b, sizeof attempt->from.b);
    bytes_put(&w, attempt->to.b, sizeof attempt->to.b);
    bytes_put(&w, attempt->raw.data, attempt->raw.len);
    return w.failed ? 0 : w.len;
}

enum err_code proofs_attempt_decode(struct proofs_attempt *ret, struct slice bytes, struct err *e)
{
    struct proofs_attempt attempt;
    struct bytes_reader r = bytes_reader(bytes.data, bytes.len);
    uint8_t version = bytes_get_u8(&r);
    bytes_get(&r, attempt.from.b, sizeof attempt.from.b);
    bytes_get(&r, attempt.to.b, sizeof attempt.to.b);
    attempt.raw = bytes_get_slice(&r, bytes_left(&r));
    if (r.failed || version != ATTEMPT_VERSION)
        return err_set(e, ERR_CORRUPT, "a stored transaction is damaged");
    *ret = attempt;
    return ERR_OK;
}

static enum proof_status status_of(enum store_status status)
{
    switch (status) {
    case STORE_SEALED:
        return PROOF_SEALED;
    case STORE_SENT:
        return PROOF_SENT;
    case STORE_MINED:
        return PROOF_MINED;
    case STORE_FINAL:
        return PROOF_FINAL;
    }
    return PROOF_SEALED;
}

const char *proofs_status_word(enum store_status status)
{
    return proof_status_word(status_of(status));
}

void proofs_anchored_done(struct proofs_anchored *a)
{
    free(a->anchor.tail);
    memset(a, 0, sizeof *a);
}

static enum err_code add_tail(struct proofs_anchored *a, const struct hash32 *seal, struct err *e)
{
    size_t n = a->anchor.n_tail;
    if (n == SEAL_MAX_STEPS)
        return err_set(e, ERR_LIMIT, "no anchor within %d batches", SEAL_MAX_STEPS);
    if ((n & (n + 1)) == 0) { /* room doubles at 0, 1, 3, 7, … */
        struct seal_step *grown = reallocarray(a->anchor.tail, 2 * n + 2, sizeof *grown);
        if (grown == NULL)
            return err_set(e, ERR_NOMEM, "out of memory");
        a->anchor.tail = grown;
    }
    a->anchor.tail[n] = (struct seal_step){.left = false, .len = 32};
    memcpy(a->anchor.tail[n].bytes, seal->b, sizeof seal->b);
    a->anchor.n_tail++;
    return ERR_OK;
}

/* The job of the first batch from `batch` on that is not covered by a later one, and the way there. */
static enum err_code follow(const struct store_read *r, const struct store_batch *batch,
                            struct proofs_anchored *ret, struct anchor_job *job, struct err *e)
{
    struct store_batch at = *batch;
    for (;;) {
        struct slice blob;
        bool final;
        enum err_code rc = store_anchor(r, at.k, &blob, &final, e);
        if (rc == ERR_OK)
            rc = anchor_decode(job, blob.data, blob.len, e);
        if (rc != ERR_OK)
            return rc;
        if (job->state != ANCHOR_COVERED)
            break;
        rc = store_batch_after(r, at.k, &at, e);
        if (rc == ERR_OK)
            rc = add_tail(ret, &at.seal, e);
        if (rc != ERR_OK)
            return rc;
    }
    ret->k = at.k;
    ret->anchor.merkle_root = at.anchored;
    return ERR_OK;
}

enum err_code proofs_anchored(const struct store_read *r, const struct proofs_log *log,
                              const struct store_batch *batch, struct proofs_anchored *ret, struct err *e)
{
    struct anchor_job job;
    struct slice bytes;
    memset(ret, 0, sizeof *ret);
    enum err_code rc = follow(r, batch, ret, &job, e);
    if (rc == ERR_NOT_FOUND) /* no anchor of that batch yet */
        return ERR_OK;
    if (rc != ERR_OK || (job.state != ANCHOR_MINED && job.state != ANCHOR_FINAL))
        return rc;
    const struct anchor_attempt *attempt = anchor_attempt(&job, job.mined.seq);
    struct proofs_attempt sent;
    rc = attempt == NULL ? err_set(e, ERR_CORRUPT, "the mined transaction of batch %" PRIu64 " is not recorded", ret->k)
                         : store_attempt(r, ret->k, job.mined.seq, &bytes, e);
    if (rc == ERR_NOT_FOUND)
        rc = err_set(e, ERR_CORRUPT, "the mined transaction of batch %" PRIu64 " is not stored", ret->k);
    if (rc == ERR_OK)
        rc = proofs_attempt_decode(&sent, bytes, e);
    if (rc != ERR_OK)
        return rc;
    ret->mined = true;
    ret->anchor.chain_id = log->chain_id;
    ret->anchor.to = sent.to;
    ret->anchor.from = sent.from;
    ret->anchor.tx_hash = attempt->hash;
    ret->anchor.block_number = job.mined.block;
    ret->anchor.block_hash = job.mined.block_hash;
    ret->anchor.block_time = job.mined.block_time;
    if (store_evidence(r, ret->k, &bytes, NULL) == ERR_OK)
        ret->anchor.evidence = (char *)(uintptr_t)bytes.data; /* stored with its NUL; only ever read */
    return ERR_OK;
}

static void put_step(struct seal_step *step, bool left, const void *bytes, uint8_t len)
{
    *step = (struct seal_step){.left = left, .len = len};
    memcpy(step->bytes, bytes, len);
}

/* Salt, tree, header hash, R_prev: the exact shape of design.md section 2. */
static enum err_code fill_path(const struct store_read *r, const struct store_entry *entry,
                               const struct store_batch *batch, struct seal_step *ret, size_t *ret_n, struct err *e)
{
    struct merkle_step tree[MERKLE_MAX_LEVELS];
    unsigned n;
    enum err_code rc = store_path(r, entry->k, entry->leaf_index, tree, &n, e);
    if (rc != ERR_OK)
        return rc;
    struct hash32 header_hash = sha256(batch->header, sizeof batch->header);
    put_step(&ret[0], false, entry->salt.b, sizeof entry->salt.b);
    for (unsigned i = 0; i < n; i++)
        put_step(&ret[1 + i], tree[i].left, tree[i].sibling.b, 32);
    put_step(&ret[1 + n], false, header_hash.b, 32);
    put_step(&ret[2 + n], true, batch->previous.b, 32);
    *ret_n = n + 3;
    return ERR_OK;
}

enum err_code proofs_write(struct text *out, const struct store_read *r, const struct proofs_log *log,
                           const struct store_entry *entry, struct err *e)
{
    static const enum proof_rule RULES[] = {
        [STORE_RULE_UNKNOWN] = PROOF_RULE_UNSAID,
        [STORE_RULE_BYTES] = PROOF_RULE_BYTES,
        [STORE_RULE_RDFC] = PROOF_RULE_RDFC,
    };
    if (entry->forgotten)
        return err_set(e, ERR_GONE, "the hash was forgotten");
    if (entry->k == 0)
        return err_set(e, ERR_NOT_YET, "the hash is in no batch yet");
    struct store_batch batch;
    struct seal_step path[MERKLE_MAX_LEVELS + 3];
    struct proofs_anchored anchored = {0};
    struct proof proof = {
        .rule = RULES[entry->rule], .target = entry->target, .leaf_index = entry->leaf_index, .path = path};
    enum err_code rc = store_batch(r, entry->k, &batch, e);
    if (rc == ERR_OK)
        rc = fill_path(r, entry, &batch, path, &proof.n_path, e);
    if (rc == ERR_OK)
        rc = proofs_anchored(r, log, &batch, &anchored, e);
    if (rc == ERR_OK) {
        memcpy(proof.log, log->name, sizeof proof.log);
        memcpy(proof.genesis, log->genesis_bytes, sizeof proof.genesis);
        memcpy(proof.header, batch.header, sizeof proof.header);
        proof.status = status_of(batch.status);
        proof.anchors = &anchored.anchor;
        proof.n_anchors = anchored.mined;
        rc = proof_write(out, &proof, e);
    }
    proofs_anchored_done(&anchored);
    return rc;
}

static void put_hash(struct text *t, const char *key, const struct hash32 *h)
{
    text_putf(t, ",\"%s\":\"", key);
    text_put_hex(t, h->b, sizeof h->b);
    text_putc(t, '"');
}

static void put_0x(struct text *t, const char *key, const void *bytes, size_t len)
{
    text_putf(t, ",\"%s\":\"0x", key);
    text_put_hex(t, bytes, len);
    text_putc(t, '"');
}

static void put_anchor(struct text *t, const struct proof_anchor *a)
{
    text_puts(t, "{\"tail\":[");
    for (size_t i = 0; i < a->n_tail; i++) {
        text_puts(t, i > 0 ? ",{\"right\":\"" : "{\"right\":\"");
        text_put_hex(t, a->tail[i].bytes, 32);
        text_puts(t, "\"}");
    }
    text_putc(t, ']');
    put_hash(t, "merkleRoot", &a->merkle_root);
    text_putf(t, ",\"chainId\":%" PRIu64, a->chain_id);
    put_0x(t, "to", a->to.b, sizeof a->to.b);
    put_0x(t, "from", a->from.b, sizeof a->from.b);
    put_0x(t, "transactionHash", a->tx_hash.b, sizeof a->tx_hash.b);
    text_putf(t, ",\"blockNumber\":%" PRIu64, a->block_number);
    put_0x(t, "blockHash", a->block_hash.b, sizeof a->block_hash.b);
    text_puts(t, ",\"blockTime\":\"");
    text_put_time(t, a->block_time);
    text_puts(t, "\"}");
}

enum err_code proofs_write_batch(struct text *out, const struct store_read *r, const struct proofs_log *log,
                                 const struct store_batch *batch, struct err *e)
{
    struct proofs_anchored anchored;
    enum err_code rc = proofs_anchored(r, log, batch, &anchored, e);
    if (rc == ERR_OK) {
        text_putf(out, "{\"number\":%" PRIu64 ",\"leafCount\":%" PRIu64, batch->k, batch->leaf_count);
        put_hash(out, "root", &batch->root);
        text_puts(out, ",\"header\":\"");
        text_put_hex(out, batch->header, sizeof batch->header);
        text_puts(out, "\",\"sealedAt\":\"");
        text_put_time(out, batch->sealed_at);
        text_putc(out, '"');
        put_hash(out, "seal", &batch->seal);
        put_hash(out, "previous", &batch->previous);
        put_hash(out, "anchored", &batch->anchored);
        text_putf(out, ",\"status\":\"%s\",\"anchors\":[", proofs_status_word(batch->status));
        if (anchored.mined)
            put_anchor(out, &anchored.anchor);
        text_puts(out, "]}");
    }
    proofs_anchored_done(&anchored);
    return rc;
}
