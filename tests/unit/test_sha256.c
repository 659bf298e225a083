/* SHA-256 against OpenSSL: one message, pieces, and every way to hash many, for every n from 0 to 100. */
#include <openssl/sha.h>
#include <stdlib.h>

#include "common/sha256.h"
#include "common/sha256_paths.h"
#include "tests/harness.h"

#define MOST 100

/* Sixteen lanes without the CPU's help: the same text as sha256_x16.c, checked on any machine. */
void sixteen_pairs(struct hash32 *ret, const struct hash32 *in, size_t n);
void sixteen_leaves(struct hash32 *ret, const uint8_t *records, size_t stride, size_t n);
#define LANES 16
#define TARGET
#define PAIRS sixteen_pairs
#define LEAVES sixteen_leaves
#include "common/sha256_lanes.h"

static void fill(uint8_t *bytes, size_t len, uint64_t seed)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)harness_random(&seed);
}

/* FIPS 180-2, appendix B. */
static void known_answers(void **state)
{
    static const struct {
        const char *text, *hash;
    } KNOWN[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        struct hash32 got = sha256(KNOWN[i].text, strlen(KNOWN[i].text)), want = harness_hash(KNOWN[i].hash);
        assert_true(hash32_equal(&got, &want));
    }
}

static void any_length_in_pieces(void **state)
{
    uint8_t data[300];
    uint64_t seed = 1;
    (void)state;
    fill(data, sizeof data, 2);
    for (size_t len = 0; len <= sizeof data; len++) {
        struct sha256_stream s;
        struct hash32 want, whole = sha256(data, len);
        size_t cut = len == 0 ? 0 : harness_random(&seed) % len;
        sha256_init(&s);
        sha256_update(&s, data, cut);
        sha256_update(&s, data + cut, len - cut);
        struct hash32 pieces = sha256_final(&s);
        SHA256(data, len, want.b);
        assert_true(hash32_equal(&whole, &want));
        assert_true(hash32_equal(&pieces, &want));
    }
}

static void one_pair(void **state)
{
    struct hash32 in[2], want;
    (void)state;
    fill(in[0].b, sizeof in, 3);
    SHA256(in[0].b, 64, want.b);
    struct hash32 got = sha256_pair(&in[0], &in[1]);
    assert_true(hash32_equal(&got, &want));
}

/* ------------------------------------------------------------------ many at once */

typedef void pairs_fn(struct hash32 *ret, const struct hash32 *in, size_t n);
typedef void leaves_fn(struct hash32 *ret, const uint8_t *records, size_t stride, size_t n);

/* One output more than asked for must stay as it was. */
static void check_pairs(pairs_fn *pairs)
{
    struct hash32 in[2 * MOST], out[MOST + 1], place[2 * MOST], want, guard;
    for (size_t n = 0; n <= MOST; n++) {
        fill(in[0].b, sizeof in, n + 4);
        memset(out, 0xee, sizeof out);
        memset(&guard, 0xee, sizeof guard);
        memcpy(place, in, sizeof in);
        pairs(out, in, n);
        pairs(place, place, n);
        for (size_t i = 0; i < n; i++) {
            SHA256(in[2 * i].b, 64, want.b);
            assert_true(hash32_equal(&out[i], &want));
            assert_true(hash32_equal(&place[i], &want));
        }
        assert_true(hash32_equal(&out[n], &guard));
    }
}

/* Each record in memory of its own length: a read past the last one is seen by the address sanitizer. */
static void check_leaves(leaves_fn *leaves)
{
    static const size_t STRIDES[] = {48, 49, 54, 64, 100};
    struct hash32 out[MOST + 1], want, guard;
    memset(&guard, 0xee, sizeof guard);
    for (size_t s = 0; s < sizeof STRIDES / sizeof STRIDES[0]; s++)
        for (size_t n = 0; n <= MOST; n++) {
            size_t len = n == 0 ? 0 : (n - 1) * STRIDES[s] + 48;
            uint8_t *records = malloc(len + 1);
            assert_non_null(records);
            fill(records, len, n + 5);
            memset(out, 0xee, sizeof out);
            leaves(out, records, STRIDES[s], n);
            for (size_t i = 0; i < n; i++) {
                SHA256(records + i * STRIDES[s], 48, want.b);
                assert_true(hash32_equal(&out[i], &want));
            }
            assert_true(hash32_equal(&out[n], &guard));
            free(records);
        }
}

static void chosen_path(void **state)
{
    (void)state;
    check_pairs(sha256_pairs);
    check_leaves(sha256_leaves);
}

static void sixteen_lanes_in_plain_code(void **state)
{
    (void)state;
    check_pairs(sixteen_pairs);
    check_leaves(sixteen_leaves);
}

#if defined(__x86_64__)
#define X(name)                                                                                    \
    static void path_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        if (!sha256_paths_has(SHA256_PATH_##name)) {                                               \
            print_message("this CPU cannot run " #name ": skipped\n");                             \
            skip();                                                                                \
        }                                                                                          \
        check_pairs(sha256_##name##_pairs);                                                        \
        check_leaves(sha256_##name##_leaves);                                                      \
    }
SHA256_PATHS(X)
#undef X
#else
static void path_x4(void **state)
{
    (void)state;
    check_pairs(sha256_x4_pairs);
    check_leaves(sha256_x4_leaves);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(any_length_in_pieces),
        cmocka_unit_test(one_pair),
        cmocka_unit_test(chosen_path),
        cmocka_unit_test(sixteen_lanes_in_plain_code),
#if defined(__x86_64__)
#define X(name) cmocka_unit_test(path_##name),
        SHA256_PATHS(X)
#undef X
#else
        cmocka_unit_test(path_x4),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
