/* MerkleProof2019: what we write we read, and every public certificate decodes to its known values. */
#include "tests/harness.h"

#include <stdlib.h>

#include <jansson.h>

#include "common/cbor.h"
#include "common/hex.h"
#include "common/limits.h"
#include "common/merkleproof.h"
#include "common/multibase.h"

/* The single-leaf certificate of the Sepolia test network that the Blockcerts project publishes, by
 * its parts: an empty path, root = target, chain 1, network 11155111. */
static void empty_path_has_the_issuers_bytes(void **state)
{
    (void)state;
    static const char EXPECTED[] =
        "84" "820380" "82005842" "7840" /* + 64 digits */;
    struct hash32 root = harness_hash("b2c64ed78cccda99b2c64ed78cccda99b2c64ed78cccda99b2c64ed78cccda99");
    struct hash32 tx = harness_hash("1f155470024000c31f155470024000c31f155470024000c31f155470024000c3");
    struct merkleproof_steps none = {0};
    struct text t = {0};
    assert_true(merkleproof_write(&t, &none, &root, &root, 11155111, &tx));
    uint8_t bytes[600];
    size_t len, prefix;
    struct err e;
    assert_ok(multibase_decode(bytes, &len, t.data, t.len, &e), e);
    uint8_t *expected = harness_hex(EXPECTED, &prefix);
    assert_int_equal(len, 230);
    assert_memory_equal(bytes, expected, prefix);
    assert_memory_equal(bytes + prefix, "b2c64ed78cccda99", 16);
    assert_memory_equal(bytes + 230 - 66 - 4, "\x58\x44\x78\x42" "0x1f155470024000c3", 22);
    free(expected);
    text_done(&t);
}

static void round_trip(void **state)
{
    (void)state;
    uint64_t seed = 2019;
    for (size_t n = 0; n < 40; n++) {
        struct seal_step path[40] = {0};
        struct hash32 root, target, tx;
        for (size_t i = 0; i < n; i++) {
            path[i] = (struct seal_step){.left = harness_random(&seed) % 2, .len = i == 0 ? 16 : 32};
            for (size_t j = 0; j < path[i].len; j++)
                path[i].bytes[j] = (uint8_t)harness_random(&seed);
        }
        memset(root.b, (int)n, 32), memset(target.b, (int)n + 1, 32), memset(tx.b, (int)n + 2, 32);
        struct merkleproof_steps steps = {path, path + n / 2, n / 2, n - n / 2};
        struct text t = {0};
        struct merkleproof m;
        struct err e;
        assert_true(merkleproof_write(&t, &steps, &root, &target, 5, &tx));
        assert_ok(merkleproof_read(&m, t.data, t.len, &e), e);
        assert_int_equal(m.n_steps, n);
        for (size_t i = 0; i < n; i++)
            assert_memory_equal(&m.steps[i], &path[i], sizeof path[i]);
        assert_true(hash32_equal(&m.root, &root) && hash32_equal(&m.target, &target));
        assert_int_equal(m.n_anchors, 1);
        assert_int_equal(m.anchors[0].chain, MERKLEPROOF_ETH);
        assert_int_equal(m.anchors[0].network, 5);
        assert_true(m.anchors[0].has_tx && hash32_equal(&m.anchors[0].tx, &tx));
        merkleproof_done(&m);
        text_done(&t);
    }
}

static void too_long_a_path_goes_without(void **state)
{
    (void)state;
    size_t n = 1000;
    struct seal_step *path = calloc(n, sizeof *path);
    for (size_t i = 0; i < n; i++)
        path[i].len = 32;
    struct merkleproof_steps steps = {path, NULL, n, 0};
    struct hash32 h = {0};
    struct text t = {0};
    text_puts(&t, "before");
    assert_false(merkleproof_write(&t, &steps, &h, &h, 1, &h));
    assert_string_equal(t.data, "before");
    steps.n_first = 850;
    assert_true(merkleproof_write(&t, &steps, &h, &h, 1, &h));
    text_done(&t);
    free(path);
}

static enum err_code read_cbor(const char *hex, struct merkleproof *m)
{
    size_t len;
    uint8_t *bytes = harness_hex(hex, &len);
    char text[4000];
    struct err e;
    size_t n = multibase_base58(text, bytes, len);
    enum err_code rc = merkleproof_read(m, text, n, &e);
    free(bytes);
    return rc;
}

#define H32 "58225820" "0000000000000000000000000000000000000000000000000000000000000000" /* bstr(bstr) */
#define ENDS "8200" H32 "8201" H32

static void both_encodings_and_mock_anchors_are_read(void **state)
{
    (void)state;
    struct merkleproof m;
    assert_err(read_cbor("84" "8203818200" H32 ENDS "820281" "83" "820001" "820101" "8202" H32, &m), ERR_OK);
    assert_true(m.n_steps == 1 && m.steps[0].left && m.steps[0].len == 32);
    assert_true(m.n_anchors == 1 && m.anchors[0].has_tx && m.anchors[0].network == 1);
    merkleproof_done(&m);
    /* mock: chain -1 and a text where the network should be */
    assert_err(read_cbor("84" "820380" ENDS "820281" "82" "820020" "82014161", &m), ERR_OK);
    assert_true(m.n_anchors == 1 && m.anchors[0].chain == MERKLEPROOF_MOCK && !m.anchors[0].has_tx);
    merkleproof_done(&m);
}

static void refuses(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "", "80", "83" "820380" ENDS,                                             /* anchors are missing */
        "84" "820380" "8200" H32 "8200" H32 "820280",                             /* a key twice */
        "84" "820380" ENDS "820480",                                              /* an unknown key */
        "84" "820380" ENDS "820280" "00",                                         /* something behind it */
        "84" "82039a7fffffff" ENDS "820280",                                      /* a lie about the length */
        "84" "8203818202" H32 ENDS "820280",                                      /* neither left nor right */
        "84" "82038182004100" ENDS "820280",                                      /* not CBOR inside */
        "84" "8203818200426131" ENDS "820280",                                    /* half a byte of hex */
        "a4" "0380" "00" H32 "01" H32 "0280",                                     /* a map */
        "84" "820380" ENDS "820281" "81" "820301",                                /* unknown anchor member */
    };
    struct merkleproof m;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        if (read_cbor(BAD[i], &m) != ERR_PARSE)
            fail_msg("case %zu", i);
    assert_err(read_cbor("84" "820380" ENDS "820291", &m), ERR_LIMIT);
}

/* One record of hash-vectors.json against the certificate that it describes. */
static int check_vector(json_t *vector)
{
    const char *id = json_string_value(json_object_get(vector, "id"));
    size_t index = (size_t)json_integer_value(json_object_get(vector, "proof_index"));
    char name[256];
    snprintf(name, sizeof name, "fixtures/%s.json", id);
    const char *path = harness_data(name);
    if (path == NULL)
        return 0;
    json_t *certificate = json_load_file(path, 0, NULL), *proof = json_object_get(certificate, "proof");
    if (json_is_array(proof))
        proof = json_array_get(proof, index);
    const char *value = json_string_value(json_object_get(proof, "proofValue"));
    int seen = 0;
    if (value != NULL && strncmp(value, "z", 1) == 0 && json_object_get(vector, "merkleRoot") != NULL) {
        struct merkleproof m;
        struct err e;
        assert_ok(merkleproof_read(&m, value, strlen(value), &e), e);
        char hex[65];
        hex_encode(hex, m.root.b, 32);
        assert_string_equal(hex, json_string_value(json_object_get(vector, "merkleRoot")));
        hex_encode(hex, m.target.b, 32);
        assert_string_equal(hex, json_string_value(json_object_get(vector, "targetHash")));
        assert_int_equal(m.n_steps, json_integer_value(json_object_get(vector, "path_len")));
        assert_int_equal(m.n_anchors, json_array_size(json_object_get(vector, "anchors")));
        merkleproof_done(&m);
        seen = 1;
    }
    json_decref(certificate);
    return seen;
}

static void public_certificates(void **state)
{
    (void)state;
    const char *path = harness_data("fixtures/hash-vectors.json");
    if (path == NULL)
        skip();
    json_t *vectors = json_load_file(path, 0, NULL), *vector;
    size_t i;
    int seen = 0;
    json_array_foreach(vectors, i, vector)
        if (strcmp(json_string_value(json_object_get(vector, "proof")), "MerkleProof2019") == 0)
            seen += check_vector(vector);
    print_message("%d proofs decoded\n", seen);
    assert_true(seen >= 25);
    json_decref(vectors);
}

static void damaged_text_never_crashes(void **state)
{
    (void)state;
    struct seal_step path[3] = {{.len = 16}, {.len = 32}, {.left = true, .len = 32}};
    struct merkleproof_steps steps = {path, NULL, 3, 0};
    struct hash32 h = {{1}};
    struct text t = {0};
    uint64_t seed = 7;
    assert_true(merkleproof_write(&t, &steps, &h, &h, 1, &h));
    uint8_t bytes[1000];
    char *text = malloc(2000);
    size_t len;
    struct err e;
    assert_ok(multibase_decode(bytes, &len, t.data, t.len, &e), e);
    for (int i = 0; i < 20000; i++) {
        size_t at = harness_random(&seed) % len;
        uint8_t was = bytes[at];
        bytes[at] = (uint8_t)harness_random(&seed);
        size_t cut = i % 3 == 0 ? harness_random(&seed) % len : len;
        struct merkleproof m;
        if (merkleproof_read(&m, text, multibase_base58(text, bytes, cut), &e) == ERR_OK)
            merkleproof_done(&m);
        bytes[at] = was;
    }
    free(text);
    text_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_path_has_the_issuers_bytes),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(too_long_a_path_goes_without),
        cmocka_unit_test(both_encodings_and_mock_anchors_are_read),
        cmocka_unit_test(refuses),
        cmocka_unit_test(public_certificates),
        cmocka_unit_test(damaged_text_never_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
