/* Keccak-256: known answers, every length around a block, and the vectors of ethers. */
#include "tests/harness.h"

#include <jansson.h>
#include <stdlib.h>

#include "common/keccak.h"
#include "tests/vectors.h"

static void check(const char *text, const char *hex)
{
    struct hash32 got = keccak_256(text, strlen(text)), expected = harness_hash(hex);
    assert_memory_equal(got.b, expected.b, sizeof got.b);
}

static void known_answers(void **state)
{
    (void)state;
    check("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    check("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
    check("testing", "5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02");
}

/* In pieces of every size, over every length around one and two blocks of 136. */
static void pieces_equal_the_whole(void **state)
{
    (void)state;
    uint8_t data[300];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    for (size_t len = 0; len <= sizeof data; len++) {
        struct hash32 whole = keccak_256(data, len);
        struct keccak_stream s;
        keccak_init(&s);
        for (size_t at = 0, n = len % 13 + 1; at < len; at += n)
            keccak_update(&s, data + at, len - at < n ? len - at : n);
        struct hash32 pieces = keccak_final(&s);
        assert_memory_equal(whole.b, pieces.b, sizeof whole.b);
    }
}

static void vectors_of_ethers(void **state)
{
    (void)state;
    json_t *cases = vectors_load("vectors/ethers-js/hashes.json.gz");
    size_t i;
    json_t *c;
    json_array_foreach(cases, i, c)
    {
        size_t len;
        uint8_t *data = vectors_hex(c, "data", &len), *expected = vectors_hex(c, "keccak256", NULL);
        struct hash32 got = keccak_256(data, len);
        assert_memory_equal(got.b, expected, sizeof got.b);
        free(data);
        free(expected);
    }
    assert_true(i > 100);
    json_decref(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(pieces_equal_the_whole),
        cmocka_unit_test(vectors_of_ethers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
