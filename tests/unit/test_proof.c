/* The proof document: written, read back, every damaged form refused; and the exact shape of a path
 * for every size of tree. */
#include "tests/harness.h"

#include <stdlib.h>

#include "common/hex.h"
#include "common/limits.h"
#include "common/sha256.h"
#include "tests/sample.h"

static struct seal_genesis genesis(void)
{
    struct seal_address registry = {{1}}, issuer = {{2}};
    return sample_genesis(&registry, &issuer);
}

static struct hash32 value_of(const struct proof *proof, enum err_code *ret)
{
    struct proof_value v = {0};
    *ret = proof_value(&v, proof, NULL);
    return v.value;
}

/* -- Paths ---------------------------------------------------------------------------------- */

/* True if the proof does not show that its target is in a batch with this value. */
static bool is_refused(const struct proof *proof, const struct hash32 *value)
{
    enum err_code rc;
    struct hash32 got = value_of(proof, &rc);
    return rc != ERR_OK || !hash32_equal(&got, value);
}

static struct proof copy_of(const struct proof *proof, size_t more)
{
    struct proof copy = *proof;
    copy.path = calloc(proof->n_path + more, sizeof *copy.path);
    memcpy(copy.path, proof->path, proof->n_path * sizeof *copy.path);
    return copy;
}

static void check_every_removal_and_repetition(const struct proof *proof, const struct hash32 *value)
{
    for (size_t at = 0; at < proof->n_path; at++) {
        struct proof less = copy_of(proof, 0), more = copy_of(proof, 1);
        size_t after = proof->n_path - at - 1;
        memmove(&less.path[at], &less.path[at + 1], after * sizeof *less.path);
        less.n_path--;
        memmove(&more.path[at + 1], &more.path[at], (after + 1) * sizeof *more.path);
        more.n_path++;
        assert_true(is_refused(&less, value));
        assert_true(is_refused(&more, value));
        free(less.path), free(more.path);
    }
}

static void check_every_swap_and_side(const struct proof *proof, const struct hash32 *value)
{
    for (size_t at = 0; at < proof->n_path; at++) {
        struct proof turned = copy_of(proof, 0), swapped = copy_of(proof, 0), resized = copy_of(proof, 0);
        turned.path[at].left = !turned.path[at].left;
        assert_true(is_refused(&turned, value));
        resized.path[at].len = resized.path[at].len == 32 ? 16 : 32;
        assert_true(is_refused(&resized, value));
        if (at + 1 < proof->n_path) {
            swapped.path[at] = proof->path[at + 1];
            swapped.path[at + 1] = proof->path[at];
            assert_true(is_refused(&swapped, value));
        }
        free(turned.path), free(swapped.path), free(resized.path);
    }
}

/* The same steps said to belong to another place, or to a tree of another size. */
static void check_other_places(const struct proof *proof, const struct sample *batch)
{
    struct proof other = copy_of(proof, 0);
    for (uint64_t to = 0; to < batch->n + 2; to += 1 + batch->n / 7) {
        other.leaf_index = to;
        if (to != proof->leaf_index)
            assert_true(is_refused(&other, &batch->value));
    }
    other.leaf_index = proof->leaf_index;
    for (int change = -1; change <= 1; change += 2) {
        struct seal_header header = batch->header;
        header.leaf_count += (uint64_t)change;
        seal_header_encode(other.header, &header);
        assert_true(is_refused(&other, &batch->value));
        struct hash32 hash = sha256(other.header, sizeof other.header);
        memcpy(other.path[other.n_path - 2].bytes, hash.b, sizeof hash.b); /* made to fit */
        assert_true(is_refused(&other, &batch->value));
    }
    free(other.path);
}

static void check_leaf(const struct sample *batch, uint64_t index, bool deep)
{
    struct proof proof = sample_proof(batch, index);
    assert_false(is_refused(&proof, &batch->value));
    if (deep) {
        check_every_removal_and_repetition(&proof, &batch->value);
        check_every_swap_and_side(&proof, &batch->value);
        check_other_places(&proof, batch);
    }
    proof_done(&proof);
}

static void every_tree_size(void **state)
{
    (void)state;
    struct seal_genesis g = genesis();
    uint64_t seed = 1025;
    for (uint64_t n = 1; n <= 1025; n++) {
        struct sample batch = sample_batch(&g, NULL, n, NULL, n);
        for (uint64_t i = 0; i < n; i += n <= 64 ? 1 : 1 + harness_random(&seed) % 64)
            check_leaf(&batch, i, false);
        check_leaf(&batch, 0, true);
        check_leaf(&batch, n - 1, true);
        check_leaf(&batch, harness_random(&seed) % n, true);
        sample_done(&batch);
    }
}

/* A file that consists of the bytes which an inner value is the hash of, shown with the steps that
 * lead on from there: with a plain fold it would verify. */
static void check_file(const struct sample *batch, const struct proof *proof, const void *file, size_t len,
                       size_t from)
{
    struct proof forged = copy_of(proof, 1);
    forged.target = sha256(file, len);
    forged.n_path = proof->n_path - from;
    memcpy(forged.path, proof->path + from, forged.n_path * sizeof *forged.path);
    struct hash32 folded = forged.target; /* the attack is real: a plain fold reaches the value */
    for (size_t i = 0; i < forged.n_path; i++) {
        uint8_t both[64];
        size_t n = forged.path[i].len;
        memcpy(both + (forged.path[i].left ? n : 0), folded.b, 32);
        memcpy(both + (forged.path[i].left ? 0 : 32), forged.path[i].bytes, n);
        folded = sha256(both, 32 + n);
    }
    assert_true(hash32_equal(&folded, &batch->value));
    for (uint64_t index = 0; index < batch->n; index++) {
        forged.leaf_index = index;
        assert_true(is_refused(&forged, &batch->value));
        struct proof salted = copy_of(&forged, 1);
        memmove(&salted.path[1], salted.path, forged.n_path * sizeof *salted.path);
        salted.path[0] = proof->path[0]; /* the shape may fit now, the value must not */
        salted.n_path++;
        assert_true(is_refused(&salted, &batch->value));
        free(salted.path);
    }
    free(forged.path);
}

static void files_that_equal_inner_values(void **state)
{
    (void)state;
    struct seal_genesis g = genesis();
    for (uint64_t n = 1; n <= 9; n++) {
        struct sample batch = sample_batch(&g, NULL, n, NULL, 48 + n);
        for (uint64_t i = 0; i < n; i++) {
            struct proof proof = sample_proof(&batch, i);
            uint8_t leaf[48], pair[64];
            memcpy(leaf, proof.target.b, 32);
            memcpy(leaf + 32, proof.path[0].bytes, 16);
            check_file(&batch, &proof, leaf, sizeof leaf, 1);
            struct hash32 node = sha256(leaf, sizeof leaf);
            for (size_t at = 1; at < proof.n_path; at++) { /* tree, seal and value alike */
                memcpy(pair + (proof.path[at].left ? 32 : 0), node.b, 32);
                memcpy(pair + (proof.path[at].left ? 0 : 32), proof.path[at].bytes, 32);
                node = sha256(pair, sizeof pair);
                if (at + 1 < proof.n_path)
                    check_file(&batch, &proof, pair, sizeof pair, at + 1);
            }
            proof_done(&proof);
        }
        sample_done(&batch);
    }
}

/* SHA-256(genesis) is R_prev of batch 1, SHA-256(header) a sibling of the root: both can be the left
 * or right end of a shorter fold. */
static void genesis_and_header_as_files(void **state)
{
    (void)state;
    struct seal_genesis g = genesis();
    struct sample batch = sample_batch(&g, NULL, 1, NULL, 103);
    struct proof proof = sample_proof(&batch, 0);
    struct proof forged = copy_of(&proof, 2);
    struct seal_step *seal_step = &forged.path[0];

    forged.target = sha256(proof.genesis, sizeof proof.genesis); /* R_1 = SHA-256(R_0 ‖ S_1) */
    *seal_step = (struct seal_step){.len = 32};
    memcpy(seal_step->bytes, batch.seal.b, 32);
    forged.n_path = 1;
    assert_true(is_refused(&forged, &batch.value));
    forged.path[1] = proof.path[1], forged.path[2] = proof.path[2], forged.n_path = 3;
    assert_true(is_refused(&forged, &batch.value));

    forged.target = sha256(proof.header, sizeof proof.header); /* S_1 = SHA-256(B_1 ‖ SHA-256(header)) */
    *seal_step = (struct seal_step){.left = true, .len = 32};
    memcpy(seal_step->bytes, batch.nodes[0].b, 32);
    forged.path[1] = proof.path[2], forged.n_path = 2;
    assert_true(is_refused(&forged, &batch.value));
    forged.path[1] = proof.path[1], forged.path[2] = proof.path[2], forged.n_path = 3;
    assert_true(is_refused(&forged, &batch.value));

    free(forged.path);
    proof_done(&proof);
    sample_done(&batch);
}

static void tails_reach_later_anchors(void **state)
{
    (void)state;
    struct seal_genesis g = genesis();
    struct sample batch[4];
    for (size_t i = 0; i < 4; i++) /* the third one is empty */
        batch[i] = sample_batch(&g, i > 0 ? &batch[i - 1] : NULL, i == 2 ? 0 : 5, NULL, i);
    struct proof proof = sample_proof(&batch[0], 3);
    struct proof_value v;
    struct err e;
    assert_ok(proof_value(&v, &proof, &e), e);
    for (size_t n = 0; n < 4; n++) {
        struct proof_anchor *a = sample_anchor(&proof, &batch[1], n);
        struct hash32 got;
        assert_ok(proof_anchored(&got, &proof, a, &v.value, &e), e);
        assert_true(hash32_equal(&got, &batch[n].value));
        if (n > 0) {
            a->tail[0].left = true;
            assert_err(proof_anchored(&got, &proof, a, &v.value, &e), ERR_INVALID);
            a->tail[0].left = false;
        }
    }
    proof_done(&proof);
    for (size_t i = 0; i < 4; i++)
        sample_done(&batch[i]);
}

static void revoke_id_is_the_seals(void **state)
{
    (void)state;
    struct seal_genesis g = genesis();
    struct sample batch = sample_batch(&g, NULL, 3, NULL, 5);
    struct proof proof = sample_proof(&batch, 1);
    struct proof_value v;
    struct err e;
    assert_ok(proof_value(&v, &proof, &e), e);
    struct hash32 id = seal_revoke_id(&batch.targets[1], &batch.salts[1]);
    assert_true(hash32_equal(&v.revoke_id, &id));
    assert_true(hash32_equal(&v.leaf, &batch.nodes[1]));
    proof_done(&proof);
    sample_done(&batch);
}

/* -- Documents ------------------------------------------------------------------------------ */

/* A document with two anchors, one of them with a tail and evidence. Owner: the caller frees. */
static char *sample_text(struct proof *ret, size_t *ret_len)
{
    struct seal_genesis g = genesis();
    struct sample first = sample_batch(&g, NULL, 11, NULL, 9), second = sample_batch(&g, &first, 0, NULL, 10);
    *ret = sample_proof(&first, 4);
    sample_anchor(ret, NULL, 0);
    struct proof_anchor *a = sample_anchor(ret, &second, 1);
    a->evidence = strdup("{\"version\":1,\"links\":[]}");
    a->chain_id = 31337; /* one that MerkleProof2019 cannot name */
    struct text t = {0};
    struct err e;
    assert_ok(proof_write(&t, ret, &e), e);
    sample_done(&first), sample_done(&second);
    *ret_len = t.len;
    return text_steal(&t);
}

static void written_is_read(void **state)
{
    (void)state;
    size_t len;
    struct proof in, out;
    char *text = sample_text(&in, &len);
    struct err e;
    assert_ok(proof_parse(&out, text, len, &e), e);
    assert_string_equal(out.log, in.log);
    assert_memory_equal(out.genesis, in.genesis, sizeof in.genesis);
    assert_memory_equal(out.header, in.header, sizeof in.header);
    assert_true(out.status == PROOF_FINAL && out.rule == PROOF_RULE_BYTES && out.leaf_index == 4);
    assert_int_equal(out.n_path, in.n_path);
    assert_memory_equal(out.path, in.path, in.n_path * sizeof *in.path);
    assert_int_equal(out.n_anchors, 2);
    assert_int_equal(out.anchors[1].n_tail, 1);
    assert_string_equal(out.anchors[1].evidence, in.anchors[1].evidence);
    assert_int_equal(out.anchors[0].block_time, in.anchors[0].block_time);
    assert_non_null(strstr(text, "\"proofValue\":\"z"));
    assert_null(strstr(strstr(text, "proofValue") + 1, "proofValue"));

    struct text again = {0};
    assert_ok(proof_write(&again, &out, &e), e);
    assert_string_equal(again.data, text);
    text_done(&again);
    proof_done(&in), proof_done(&out);
    free(text);
}

static void rule_may_be_unsaid(void **state)
{
    (void)state;
    struct seal_genesis g = genesis();
    struct sample batch = sample_batch(&g, NULL, 1, NULL, 9);
    struct proof in = sample_proof(&batch, 0), out;
    struct text t = {0};
    struct err e;
    in.rule = PROOF_RULE_UNSAID;
    assert_ok(proof_write(&t, &in, &e), e);
    assert_null(strstr(t.data, "targetRule"));
    assert_ok(proof_parse(&out, t.data, t.len, &e), e);
    assert_int_equal(out.rule, PROOF_RULE_UNSAID);
    assert_int_equal(out.n_anchors, 0);
    text_done(&t);
    proof_done(&in), proof_done(&out);
    sample_done(&batch);
}

static void unwritable_times_are_refused(void **state)
{
    (void)state;
    size_t len;
    struct proof p;
    free(sample_text(&p, &len));
    struct text t = {0};
    struct err e;
    p.anchors[0].block_time = UINT64_C(253402300800);
    assert_err(proof_write(&t, &p, &e), ERR_INVALID);
    proof_done(&p);
    text_done(&t);
}

static void truncated_at_every_byte(void **state)
{
    (void)state;
    size_t len;
    struct proof p;
    char *text = sample_text(&p, &len);
    proof_done(&p);
    for (size_t cut = 0; cut < len - 1; cut++) { /* the newline at the end may go */
        char *part = malloc(cut + 1); /* exact, so that ASan sees a read beyond it */
        memcpy(part, text, cut);
        assert_int_not_equal(proof_parse(&p, part, cut, NULL), ERR_OK);
        free(part);
    }
    free(text);
}

/* No single flipped bit leaves a document that says the same: it is malformed, or its path or its
 * anchors say something else (which the chain will contradict). */
static void every_flipped_bit(void **state)
{
    (void)state;
    size_t len;
    struct proof in, out;
    struct err e;
    char *text = sample_text(&in, &len);
    for (size_t bit = 0; bit < 8 * (len - 1); bit++) {
        text[bit / 8] ^= (char)(1 << bit % 8);
        if (proof_parse(&out, text, len, &e) == ERR_OK) {
            struct text a = {0}, b = {0};
            assert_ok(proof_write(&a, &in, &e), e);
            assert_ok(proof_write(&b, &out, &e), e);
            if (strcmp(a.data, b.data) == 0)
                fail_msg("bit %zu (\"%.20s\") changes nothing", bit, text + bit / 8);
            text_done(&a), text_done(&b);
            proof_done(&out);
        }
        text[bit / 8] ^= (char)(1 << bit % 8);
    }
    proof_done(&in);
    free(text);
}

/* Replace `from` by `to` in a good document and expect this error. */
static void check_edit(const char *from, const char *to, enum err_code code, const char *message)
{
    size_t len;
    struct proof p;
    struct err e = {0};
    char *text = sample_text(&p, &len), *at = strstr(text, from);
    proof_done(&p);
    assert_non_null(at);
    struct text edited = {0};
    text_put(&edited, text, (size_t)(at - text));
    text_puts(&edited, to);
    text_puts(&edited, at + strlen(from));
    enum err_code got = proof_parse(&p, edited.data, edited.len, &e);
    if (got != code || (message != NULL && strstr(e.msg, message) == NULL))
        fail_msg("%s → %s: got %s, %s", from, to, err_name(got), e.msg);
    if (got == ERR_OK)
        proof_done(&p);
    text_done(&edited);
    free(text);
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void edits(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        enum err_code code;
        const char *message;
    } CASES[] = {
        {"\"log\"", "\"new\":{\"path\":1},\"log\"", ERR_OK, NULL}, /* unknown keys are ignored */
        {"{\"type\"", " \n{\n\"type\"", ERR_OK, NULL},
        {"HallmarkProof", "Proof", ERR_INVALID, "type is not HallmarkProof"},
        {"\"version\":1", "\"version\":2", ERR_VERSION, "reads 1 only"},
        {"\"version\":1", "\"version\":\"1\"", ERR_INVALID, "version: must be an integer"},
        {"\"version\":1,", "", ERR_INVALID, "version: is missing"},
        {"\"version\":1", "\"version\":1,\"version\":1", ERR_PARSE, "duplicate"},
        {"\"leafCount\":11", "\"leafCount\":11,\"leafCount\":11", ERR_PARSE, "duplicate"},
        {"certif.example.fr", "other.example.fr", ERR_INVALID, "log is not the name"},
        {"certif.example.fr", "Certif.example.fr", ERR_INVALID, "log must be"},
        {"certif.example.fr", "", ERR_INVALID, "log must be"},
        {"\"number\":1", "\"number\":2", ERR_INVALID, "number contradicts the header"},
        {"\"leafCount\":11", "\"leafCount\":12", ERR_INVALID, "leafCount contradicts the header"},
        {"\"sealedAt\":\"2026-11-18T11:07:40Z\"", "\"sealedAt\":\"2026-11-18T11:07:41Z\"",
         ERR_INVALID, "sealedAt contradicts"},
        {"\"sealedAt\":\"2026-11-18T11:07:40Z\"", "\"sealedAt\":\"2026-11-18T12:07:40+01:00\"",
         ERR_INVALID, "must be a time"},
        {"\"leafIndex\":4", "\"leafIndex\":11", ERR_INVALID, "not below the leaf count"},
        {"\"leafIndex\":4", "\"leafIndex\":-4", ERR_INVALID, "must not be negative"},
        {"\"leafIndex\":4", "\"leafIndex\":4.0", ERR_INVALID, "must be an integer"},
        {"\"leafIndex\":4", "\"leafIndex\":99999999999999999999", ERR_PARSE, "not JSON"},
        {"\"status\":\"final\"", "\"status\":\"done\"", ERR_INVALID, "status"},
        {"\"targetRule\":\"bytes\"", "\"targetRule\":\"BYTES\"", ERR_INVALID, "targetRule"},
        {"\"targetHash\":\"", "\"targetHash\":\"0x", ERR_INVALID, "without 0x"},
        {"\"genesis\":\"6861", "\"genesis\":\"686A", ERR_INVALID, "genesis"},
        {"\"genesis\":\"68", "\"genesis\":\"69", ERR_INVALID, "hallmark log 1"},
        {"\"header\":\"48", "\"header\":\"49", ERR_INVALID, "HMB1"},
        {"\"header\":\"48", "\"header\":\"4848", ERR_INVALID, "280 lower-case hex"},
        {"[{\"right\"", "[{\"left\"", ERR_INVALID, "proofValue contradicts"},
        {"[{\"right\"", "[{\"Right\"", ERR_INVALID, "exactly one member"},
        {"[{\"right\"", "[{\"left\":\"00\",\"right\"", ERR_INVALID, "exactly one member"},
        {"[{\"right\"", "[{\"note\":1,\"right\"", ERR_INVALID, "exactly one member"},
        {"[{\"right\"", "[{},{\"right\"", ERR_INVALID, "path[0]: a step must"},
        {"[{\"right\"", "[7,{\"right\"", ERR_INVALID, "path[0]: must be an object"},
        {"\"path\":[", "\"path\":[],\"was\":[", ERR_INVALID, "proofValue contradicts"},
        {"\"path\":[", "\"path\":{},\"was\":[", ERR_INVALID, "path: must be an array"},
        {"\"merkleRoot\":\"", "\"merkleRoot\":\"0x", ERR_INVALID, "anchors[0].merkleRoot"},
        {"\"merkleRoot\":\"", "\"merkleRoot\":\"" ZEROS "\",\"was\":\"", ERR_INVALID,
         "proofValue contradicts"},
        {"\"targetHash\":\"", "\"targetHash\":\"" ZEROS "\",\"was\":\"", ERR_INVALID,
         "proofValue contradicts"},
        {"\"transactionHash\":\"", "\"transactionHash\":\"0x" ZEROS "\",\"was\":\"", ERR_INVALID,
         "proofValue contradicts"},
        {"\"to\":\"0x", "\"to\":\"", ERR_INVALID, "anchors[0].to: must be 0x and 40"},
        {"\"to\":\"0x70", "\"to\":\"0X70", ERR_INVALID, "anchors[0].to"},
        {"\"chainId\":11155111", "\"chainId\":5", ERR_INVALID, "proofValue contradicts"},
        {"\"proofValue\":\"z", "\"proofValue\":\"u", ERR_PARSE, "proofValue"},
        {"\"proofValue\":\"z", "\"proofValue\":\"z2", ERR_PARSE, "proofValue"},
        {"\"proofValue\":\"z", "\"proofValue\":\"x", ERR_INVALID, "proofValue"},
        {"\"proofValue\":\"z", "\"proofValue\":\"z\",\"other\":\"z", ERR_PARSE, "proofValue"},
        {"\"proofValue\":", "\"proofvalue\":", ERR_INVALID,
         "damaged form of the member \"proofValue\""},
        {"\"evidence\":{", "\"evidence\":[],\"was\":{", ERR_INVALID, "evidence: must be an object"},
        {"\"anchors\":[", "\"anchors\":[],\"was\":[", ERR_OK, NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        check_edit(CASES[i].from, CASES[i].to, CASES[i].code, CASES[i].message);
}

/* path and tail together: 65,536 steps are the limit. */
static enum err_code parse_with_tail(size_t n_tail)
{
    struct seal_genesis g = genesis();
    struct sample batch = sample_batch(&g, NULL, 1, NULL, 9);
    struct proof in = sample_proof(&batch, 0), out;
    struct proof_anchor *a = sample_anchor(&in, NULL, 0);
    free(a->tail);
    a->tail = calloc(n_tail, sizeof *a->tail);
    a->n_tail = n_tail;
    for (size_t i = 0; i < n_tail; i++)
        a->tail[i].len = 32;
    struct text t = {0};
    struct err e;
    assert_ok(proof_write(&t, &in, &e), e);
    enum err_code rc = proof_parse(&out, t.data, t.len, &e);
    if (rc == ERR_OK)
        proof_done(&out);
    text_done(&t);
    proof_done(&in);
    sample_done(&batch);
    return rc;
}

static void at_most_65536_steps(void **state)
{
    (void)state;
    assert_err(parse_with_tail(SEAL_MAX_STEPS - 3), ERR_OK);
    assert_err(parse_with_tail(SEAL_MAX_STEPS - 2), ERR_LIMIT);
    assert_err(parse_with_tail(SEAL_MAX_STEPS + 1), ERR_LIMIT);
}

static void at_most_16_anchors(void **state)
{
    (void)state;
    struct seal_genesis g = genesis();
    struct sample batch = sample_batch(&g, NULL, 1, NULL, 9);
    struct proof in = sample_proof(&batch, 0), out;
    struct text t = {0};
    struct err e;
    for (size_t i = 0; i < LIMITS_PROOF_ANCHORS + 1; i++)
        sample_anchor(&in, NULL, 0);
    assert_ok(proof_write(&t, &in, &e), e);
    assert_err(proof_parse(&out, t.data, t.len, &e), ERR_LIMIT);
    in.n_anchors--;
    text_clear(&t);
    assert_ok(proof_write(&t, &in, &e), e);
    assert_ok(proof_parse(&out, t.data, t.len, &e), e);
    proof_done(&out);
    free(in.anchors[in.n_anchors].tail);
    proof_done(&in);
    text_done(&t);
    sample_done(&batch);
}

static void too_long_a_document(void **state)
{
    (void)state;
    char *text = calloc(1, LIMITS_PROOF_BYTES + 1);
    struct proof out;
    assert_err(proof_parse(&out, text, LIMITS_PROOF_BYTES + 1, NULL), ERR_LIMIT);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tree_size),
        cmocka_unit_test(files_that_equal_inner_values),
        cmocka_unit_test(genesis_and_header_as_files),
        cmocka_unit_test(tails_reach_later_anchors),
        cmocka_unit_test(revoke_id_is_the_seals),
        cmocka_unit_test(written_is_read),
        cmocka_unit_test(rule_may_be_unsaid),
        cmocka_unit_test(unwritable_times_are_refused),
        cmocka_unit_test(truncated_at_every_byte),
        cmocka_unit_test(every_flipped_bit),
        cmocka_unit_test(edits),
        cmocka_unit_test(at_most_65536_steps),
        cmocka_unit_test(at_most_16_anchors),
        cmocka_unit_test(too_long_a_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
