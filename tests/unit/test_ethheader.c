/* Block headers: those of Ethereum at each change of their form, every number of fields, hostile bytes. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "common/ethheader.h"
#include "common/keccak.h"
#include "common/rlp.h"
#include "tests/vectors.h"

#define ROOM 2048

static size_t put_header(uint8_t room[ROOM], size_t n_fields, uint64_t number)
{
    static const size_t LENGTHS[] = {32, 32, 20, 32, 32, 32, 256, 1, 1, 1, 1, 1, 5, 32, 8};
    struct bytes_writer w = bytes_writer(room, ROOM);
    size_t list = rlp_open(&w);
    for (size_t i = 0; i < n_fields; i++) {
        uint8_t bytes[256];
        memset(bytes, (int)(i + 1), sizeof bytes);
        if (i == 8)
            rlp_put_u64(&w, number);
        else
            rlp_put_bytes(&w, bytes, i < 15 ? LENGTHS[i] : 32);
    }
    rlp_close(&w, list);
    assert_false(w.failed);
    return w.len;
}

static void fields_are_read_by_their_place(void **state)
{
    (void)state;
    uint8_t room[ROOM];
    for (size_t n = 15; n < 40; n++) {
        size_t len = put_header(room, n, 1234567);
        struct ethheader h;
        struct err e;
        assert_ok(ethheader_decode(&h, room, len, &e), e);
        struct hash32 hash = keccak_256(room, len);
        assert_true(hash32_equal(&h.hash, &hash));
        assert_int_equal(h.parent_hash.b[0], 1);
        assert_int_equal(h.state_root.b[31], 4);
        assert_int_equal(h.transactions_root.b[0], 5);
        assert_int_equal(h.receipts_root.b[0], 6);
        assert_int_equal(h.bloom[255], 7);
        assert_int_equal(h.number, 1234567);
        assert_int_equal(h.time, 12);
    }
}

static void fewer_fields_are_refused(void **state)
{
    (void)state;
    uint8_t room[ROOM];
    struct ethheader h = {.number = 99};
    for (size_t n = 0; n < 15; n++)
        assert_err(ethheader_decode(&h, room, put_header(room, n, 1), NULL), ERR_PARSE);
    assert_int_equal(h.number, 99);
}

static void long_headers_are_refused(void **state)
{
    (void)state;
    uint8_t *huge = calloc(1, ETHHEADER_MAX_LEN + 1);
    struct ethheader h;
    assert_err(ethheader_decode(&h, huge, ETHHEADER_MAX_LEN + 1, NULL), ERR_LIMIT);
    assert_err(ethheader_decode(&h, huge, ETHHEADER_MAX_LEN, NULL), ERR_PARSE);
    free(huge);
}

static void damage_changes_the_hash_or_is_refused(void **state)
{
    (void)state;
    uint8_t room[ROOM];
    size_t len = put_header(room, 21, UINT64_MAX);
    struct hash32 hash = keccak_256(room, len);
    struct ethheader h;
    for (size_t bit = 0; bit < 8 * len; bit++) {
        room[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (ethheader_decode(&h, room, len, NULL) == ERR_OK)
            assert_false(hash32_equal(&h.hash, &hash));
        room[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *exact = malloc(cut + 1);
        memcpy(exact, room, cut);
        exact = realloc(exact, cut > 0 ? cut : 1);
        assert_err(ethheader_decode(&h, exact, cut, NULL), ERR_PARSE);
        free(exact);
    }
}

static void a_header_of_anvil(void **state)
{
    (void)state;
    json_t *block = vectors_load("vectors/anvil-proofs/block_17tx.json");
    size_t len;
    uint8_t *rlp = vectors_hex(block, "headerRlp", &len);
    struct hash32 hash = harness_hash(vectors_text(block, "blockHash") + 2);
    struct hash32 root = harness_hash(vectors_text(block, "transactionsRoot") + 2);
    struct ethheader h;
    struct err e;
    assert_ok(ethheader_decode(&h, rlp, len, &e), e);
    assert_true(hash32_equal(&h.hash, &hash));
    assert_true(hash32_equal(&h.transactions_root, &root));
    free(rlp);
    json_decref(block);
}

/* tests/data/mainnet.json: Ethereum's own blocks on both sides of each fork that added fields. */
static void headers_of_ethereum(void **state)
{
    (void)state;
    json_t *mainnet = json_load_file("data/mainnet.json", 0, NULL), *item;
    struct ethheader h, before = {0};
    size_t i, n_followed = 0, most_fields = 0;
    struct err e;
    assert_non_null(mainnet);
    json_array_foreach(json_object_get(mainnet, "headers"), i, item) {
        size_t len, n_fields = (size_t)json_integer_value(json_object_get(item, "fields"));
        uint8_t *rlp = harness_hex(vectors_text(item, "rlp"), &len);
        struct hash32 hash = harness_hash(vectors_text(item, "hash"));
        assert_ok(ethheader_decode(&h, rlp, len, &e), e);
        assert_true(hash32_equal(&h.hash, &hash));
        assert_int_equal(h.number, json_integer_value(json_object_get(item, "number")));
        assert_true(h.time > before.time && n_fields >= most_fields);
        if (h.number == before.number + 1) {
            assert_true(hash32_equal(&h.parent_hash, &before.hash) && n_fields > most_fields);
            n_followed++;
        }
        most_fields = n_fields;
        before = h;
        for (size_t at = 0; at < len; at++) {
            rlp[at] ^= 1;
            if (ethheader_decode(&h, rlp, len, NULL) == ERR_OK)
                assert_false(hash32_equal(&h.hash, &hash));
            rlp[at] ^= 1;
        }
        free(rlp);
    }
    assert_true(n_followed == 2 && most_fields == 21);
    json_decref(mainnet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read_by_their_place),
        cmocka_unit_test(fewer_fields_are_refused),
        cmocka_unit_test(long_headers_are_refused),
        cmocka_unit_test(damage_changes_the_hash_or_is_refused),
        cmocka_unit_test(a_header_of_anvil),
        cmocka_unit_test(headers_of_ethereum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
