/* Tries: the vectors of Ethereum, blocks of anvil, and proofs of every index of lists of many sizes,
 * each damaged in every way. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "common/keccak.h"
#include "common/mpt.h"
#include "tests/vectors.h"

#define MAX_PAIRS 64

static struct slice slice_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

/* --- the vectors ------------------------------------------------------------------------------- */

/* Text, or bytes if it begins with 0x. */
static struct slice vector_bytes(const char *text)
{
    if (strncmp(text, "0x", 2) != 0)
        return (struct slice){(const uint8_t *)strdup(text), strlen(text)};
    size_t len;
    uint8_t *bytes = vectors_bytes(text, &len);
    return (struct slice){bytes, len};
}

struct pairs {
    struct mpt_pair pair[MAX_PAIRS];
    size_t n;
};

static void remove_pair(struct pairs *p, size_t i)
{
    free((void *)(uintptr_t)p->pair[i].key.data);
    free((void *)(uintptr_t)p->pair[i].value.data);
    p->pair[i] = p->pair[--p->n];
}

/* A later pair with the same key replaces the earlier one; null takes it out. */
static void put_pair(struct pairs *p, const char *key_text, const char *value_text)
{
    struct slice key = vector_bytes(key_text);
    for (size_t i = 0; i < p->n; i++)
        if (p->pair[i].key.len == key.len && memcmp(p->pair[i].key.data, key.data, key.len) == 0)
            remove_pair(p, i);
    if (value_text == NULL) {
        free((void *)(uintptr_t)key.data);
        return;
    }
    assert_true(p->n < MAX_PAIRS);
    p->pair[p->n++] = (struct mpt_pair){key, vector_bytes(value_text)};
}

static void read_pairs(struct pairs *p, json_t *in)
{
    const char *key;
    json_t *value;
    size_t i;
    json_object_foreach(in, key, value)
        put_pair(p, key, json_string_value(value));
    json_array_foreach(in, i, value)
        put_pair(p, json_string_value(json_array_get(value, 0)),
                 json_string_value(json_array_get(value, 1)));
}

/* The root must be the expected one, and every pair must be provable. */
static void check_pairs(struct pairs *p, const char *root_hex)
{
    struct hash32 expected = harness_hash(root_hex + 2), root;
    struct err e;
    assert_ok(mpt_build(p->pair, p->n, MPT_NONE, &root, NULL, &e), e);
    assert_memory_equal(root.b, expected.b, sizeof root.b);
    for (size_t i = 0; i < p->n; i++) {
        struct blobs proof = {0};
        assert_ok(mpt_build(p->pair, p->n, i, &root, &proof, &e), e);
        assert_ok(mpt_verify(&expected, p->pair[i].key, p->pair[i].value, &proof, &e), e);
        blobs_done(&proof);
    }
}

static void check_vectors(const char *name, size_t n_expected)
{
    json_t *cases = vectors_load(name), *c;
    const char *key;
    size_t n = 0;
    json_object_foreach(cases, key, c)
    {
        struct pairs p = {0};
        read_pairs(&p, json_object_get(c, "in"));
        check_pairs(&p, vectors_text(c, "root"));
        while (p.n > 0)
            remove_pair(&p, 0);
        n++;
    }
    assert_int_equal(n, n_expected);
    json_decref(cases);
}

static void vectors_in_order(void **state)
{
    (void)state;
    check_vectors("vectors/ethereum-tests/TrieTests/trietest.json", 5);
}

static void vectors_in_any_order(void **state)
{
    (void)state;
    check_vectors("vectors/ethereum-tests/TrieTests/trieanyorder.json", 7);
}

static void read_blobs(struct blobs *ret, const json_t *array)
{
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item)
    {
        size_t len;
        uint8_t *bytes = vectors_bytes(json_string_value(item), &len);
        blobs_add(ret, bytes, len);
        free(bytes);
    }
    assert_false(ret->failed);
}

static void check_same(const struct blobs *a, const struct blobs *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        struct slice x = blobs_get(a, i), y = blobs_get(b, i);
        assert_int_equal(x.len, y.len);
        assert_memory_equal(x.data, y.data, x.len);
    }
}

/* Our root and our proof must be those of the file. */
static void check_block_proof(const json_t *block, const json_t *proof, const char *all_key,
                              const char *root_key, const char *proof_key)
{
    struct blobs all = {0}, expected = {0}, got = {0};
    struct hash32 root, named = harness_hash(vectors_text(block, root_key) + 2);
    struct err e;
    size_t index = (size_t)json_integer_value(json_object_get(proof, "index"));
    read_blobs(&all, json_object_get(block, all_key));
    read_blobs(&expected, json_object_get(proof, proof_key));
    assert_ok(mpt_build_list(&all, index, &root, &got, &e), e);
    assert_memory_equal(root.b, named.b, sizeof root.b);
    check_same(&expected, &got);
    uint8_t key[MPT_INDEX_LEN];
    size_t len = mpt_index_key(key, index);
    assert_ok(mpt_verify(&named, (struct slice){key, len}, blobs_get(&all, index), &got, &e), e);
    blobs_done(&all);
    blobs_done(&expected);
    blobs_done(&got);
}

static void blocks_of_anvil(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"block_1tx", "block_2tx", "block_17tx", "block_130tx"};
    size_t n = 0;
    for (size_t i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "vectors/anvil-proofs/%s.json", NAMES[i]);
        json_t *block = vectors_load(name), *proof;
        size_t j;
        json_array_foreach(json_object_get(block, "proofs"), j, proof)
        {
            check_block_proof(block, proof, "allRaw", "transactionsRoot", "txProof");
            check_block_proof(block, proof, "allReceipts", "receiptsRoot", "receiptProof");
            n++;
        }
        json_decref(block);
    }
    assert_int_equal(n, 12);
}

/* --- our own ----------------------------------------------------------------------------------- */

static void the_empty_trie(void **state)
{
    (void)state;
    struct hash32 root, expected = harness_hash("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
    struct err e;
    assert_ok(mpt_build(NULL, 0, MPT_NONE, &root, NULL, &e), e);
    assert_memory_equal(root.b, expected.b, sizeof root.b);
}

/* "dogs" of the vectors, so that a trie is checked where they are absent. */
static void a_small_trie(void **state)
{
    (void)state;
    struct pairs p = {0};
    put_pair(&p, "doe", "reindeer");
    put_pair(&p, "dog", "puppy");
    put_pair(&p, "dogglesworth", "cat");
    check_pairs(&p, "0x8aad789dff2f538bca5d8ea56e8abe10f4c7ba3a5dea95fea4cd6e7c3a1168d3");
    while (p.n > 0)
        remove_pair(&p, 0);
}

static void unfit_pairs_are_refused(void **state)
{
    (void)state;
    struct hash32 root;
    char long_key[MPT_MAX_KEY + 2];
    memset(long_key, 'k', sizeof long_key);
    long_key[sizeof long_key - 1] = '\0';
    const struct mpt_pair twice[] = {{slice_of("a"), slice_of("x")}, {slice_of("a"), slice_of("y")}};
    const struct mpt_pair empty_value = {slice_of("a"), slice_of("")};
    const struct mpt_pair empty_key = {slice_of(""), slice_of("x")};
    const struct mpt_pair too_long = {slice_of(long_key), slice_of("x")};
    assert_err(mpt_build(twice, 2, MPT_NONE, &root, NULL, NULL), ERR_INVALID);
    assert_err(mpt_build(&empty_value, 1, MPT_NONE, &root, NULL, NULL), ERR_INVALID);
    assert_err(mpt_build(&empty_key, 1, MPT_NONE, &root, NULL, NULL), ERR_INVALID);
    assert_err(mpt_build(&too_long, 1, MPT_NONE, &root, NULL, NULL), ERR_INVALID);
}

/* A list of n values; small ones make nodes that stand inside their parents. */
static void make_list(struct blobs *ret, size_t n, bool small, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t value[200];
        size_t len = small ? 1 + harness_random(&seed) % 6 : 1 + harness_random(&seed) % sizeof value;
        for (size_t j = 0; j < len; j++)
            value[j] = (uint8_t)harness_random(&seed);
        blobs_add(ret, value, len);
    }
}

static enum err_code verify_index(const struct hash32 *root, uint64_t index, struct slice value,
                                  const struct blobs *proof)
{
    uint8_t key[MPT_INDEX_LEN];
    size_t len = mpt_index_key(key, index);
    return mpt_verify(root, (struct slice){key, len}, value, proof, NULL);
}

static void every_index_is_provable(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 300; n = n < 20 ? n + 1 : n + 37)
        for (int small = 0; small < 2; small++) {
            struct blobs list = {0};
            make_list(&list, n, small, n);
            for (size_t i = 0; i < n; i++) {
                struct blobs proof = {0};
                struct hash32 root;
                struct err e;
                assert_ok(mpt_build_list(&list, i, &root, &proof, &e), e);
                assert_err(verify_index(&root, i, blobs_get(&list, i), &proof), ERR_OK);
                assert_int_not_equal(verify_index(&root, i + 1, blobs_get(&list, i), &proof), ERR_OK);
                blobs_done(&proof);
            }
            blobs_done(&list);
        }
}

struct sample {
    struct blobs list, proof;
    struct hash32 root;
    size_t index;
};

static struct sample make_sample(bool small)
{
    struct sample s = {.index = 131};
    struct err e;
    make_list(&s.list, 140, small, 5);
    assert_ok(mpt_build_list(&s.list, s.index, &s.root, &s.proof, &e), e);
    return s;
}

static void free_sample(struct sample *s)
{
    blobs_done(&s->list);
    blobs_done(&s->proof);
}

static enum err_code verify_sample(const struct sample *s, const struct blobs *proof)
{
    return verify_index(&s->root, s->index, blobs_get(&s->list, s->index), proof);
}

/* A copy of a proof with the bytes of one node replaced (or the node left out: NULL). */
static struct blobs with_node(const struct blobs *proof, size_t at, const uint8_t *bytes, size_t len)
{
    struct blobs copy = {0};
    for (size_t i = 0; i < proof->n; i++) {
        struct slice node = i == at ? (struct slice){bytes, len} : blobs_get(proof, i);
        if (node.data != NULL)
            blobs_add(&copy, node.data, node.len);
    }
    return copy;
}

static void refuse_node(const struct sample *s, size_t at, const uint8_t *bytes, size_t len)
{
    struct blobs proof = with_node(&s->proof, at, bytes, len);
    assert_err(verify_sample(s, &proof), ERR_INVALID); /* its hash is another */
    blobs_done(&proof);
}

static void every_damage_is_refused(void **state)
{
    (void)state;
    for (int small = 0; small < 2; small++) {
        struct sample s = make_sample(small);
        assert_true(s.proof.n >= 3);
        for (size_t at = 0; at < s.proof.n; at++) {
            struct slice node = blobs_get(&s.proof, at);
            uint8_t bytes[1024];
            assert_true(node.len < sizeof bytes);
            memcpy(bytes, node.data, node.len);
            bytes[node.len] = 0;
            refuse_node(&s, at, NULL, 0);
            refuse_node(&s, at, bytes, node.len + 1);
            for (size_t len = 0; len < node.len; len++)
                refuse_node(&s, at, bytes, len);
            for (size_t bit = 0; bit < 8 * node.len; bit++) {
                bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
                refuse_node(&s, at, bytes, node.len);
                bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            }
        }
        free_sample(&s);
    }
}

static void another_value_is_refused(void **state)
{
    (void)state;
    struct sample s = make_sample(false);
    struct slice value = blobs_get(&s.list, s.index), other = blobs_get(&s.list, s.index - 1);
    assert_err(verify_index(&s.root, s.index, value, &s.proof), ERR_OK);
    assert_err(verify_index(&s.root, s.index, other, &s.proof), ERR_INVALID);
    assert_err(verify_index(&s.root, s.index, (struct slice){value.data, value.len - 1}, &s.proof), ERR_INVALID);
    free_sample(&s);
}

static void an_unused_node_is_refused(void **state)
{
    (void)state;
    struct sample s = make_sample(false);
    struct slice node = blobs_get(&s.list, 0);
    blobs_add(&s.proof, node.data, node.len);
    assert_err(verify_sample(&s, &s.proof), ERR_INVALID);
    free_sample(&s);
}

static void limits_are_kept(void **state)
{
    (void)state;
    struct sample s = make_sample(false);
    while (s.proof.n <= 16)
        blobs_add(&s.proof, "x", 1);
    assert_err(verify_sample(&s, &s.proof), ERR_LIMIT);
    free_sample(&s);

    struct blobs big = {0};
    uint8_t *node = calloc(1, (64u << 10) + 1);
    blobs_add(&big, node, (64u << 10) + 1);
    assert_err(verify_index(&s.root, 0, slice_of("x"), &big), ERR_LIMIT);
    blobs_done(&big);
    free(node);
}

/* Nodes that hash right and are no nodes: a trie may be made by anybody. */
static void malformed_nodes_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum err_code code;
    } NODES[] = {
        {"c0", ERR_PARSE},         /* no items */
        {"c3808080", ERR_PARSE},   /* three items */
        {"80", ERR_PARSE},         /* not a list */
        {"c3208101", ERR_PARSE},   /* a small byte in the long form */
        {"c120", ERR_PARSE},       /* the value is missing */
        {"c24078", ERR_PARSE},     /* path with the unknown flag 4 */
        {"c22178", ERR_PARSE},     /* even path with a digit in its flag byte */
        {"c20078", ERR_PARSE},     /* extension without a path */
        {"c28078", ERR_PARSE},     /* empty path */
        {"c2c078", ERR_PARSE},     /* the path is a list */
        {"c482208078", ERR_INVALID}, /* sound, but its key is rlp(0) = 0x80 and the value another */
        {"c4822080c0", ERR_INVALID}, /* the value is a list */
        {"c482208080", ERR_INVALID}, /* the value is empty */
        {"c21878", ERR_PARSE},     /* extension to a single byte */
        {"c21880", ERR_INVALID},   /* extension to nothing */
        {"c23878", ERR_INVALID},   /* the key ends too early */
        {"c53800000078", ERR_PARSE}, /* five items */
        {"d18080808080808080808080808080808080", ERR_INVALID},   /* a branch of nothing */
        {"d2808080808080808080808080808080808080", ERR_PARSE},   /* 18 items */
    };
    for (size_t i = 0; i < sizeof NODES / sizeof *NODES; i++) {
        size_t len;
        uint8_t *node = harness_hex(NODES[i].hex, &len);
        struct hash32 root = keccak_256(node, len);
        struct blobs proof = {0};
        blobs_add(&proof, node, len);
        assert_err(verify_index(&root, 0, slice_of("y"), &proof), NODES[i].code);
        blobs_done(&proof);
        free(node);
    }
    struct blobs none = {0};
    struct hash32 root = {0};
    assert_err(verify_index(&root, 0, slice_of("x"), &none), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_in_order),
        cmocka_unit_test(vectors_in_any_order),
        cmocka_unit_test(blocks_of_anvil),
        cmocka_unit_test(the_empty_trie),
        cmocka_unit_test(a_small_trie),
        cmocka_unit_test(unfit_pairs_are_refused),
        cmocka_unit_test(every_index_is_provable),
        cmocka_unit_test(every_damage_is_refused),
        cmocka_unit_test(another_value_is_refused),
        cmocka_unit_test(an_unused_node_is_refused),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(malformed_nodes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
