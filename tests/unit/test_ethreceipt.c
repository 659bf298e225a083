/* Receipts: those of anvil, every form written and read again, bloom filters, hostile bytes. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "common/ethreceipt.h"
#include "tests/vectors.h"

#define ROOM 2048

static struct ethreceipt a_receipt(struct ethreceipt_log logs[2])
{
    static const uint8_t DATA[40] = {1, 2, 3};
    logs[0] = (struct ethreceipt_log){.address = {{1}}, .n_topics = 3, .topics = {{{2}}, {{3}}, {{4}}}};
    logs[1] = (struct ethreceipt_log){.address = {{5}}, .n_topics = 0, .data = {DATA, sizeof DATA}};
    struct ethreceipt r = {.type = 2, .has_status = true, .ok = true, .cumulative_gas = 23106, .logs = logs, .n_logs = 2};
    ethreceipt_bloom(r.bloom, logs, 2);
    return r;
}

static size_t put(uint8_t room[ROOM], const struct ethreceipt *r)
{
    struct bytes_writer w = bytes_writer(room, ROOM);
    ethreceipt_put(&w, r);
    assert_false(w.failed);
    return w.len;
}

/* Reading and writing again gives the same bytes. */
static void check_round_trip(const uint8_t *raw, size_t len)
{
    uint8_t again[ROOM];
    struct ethreceipt r;
    struct err e;
    assert_ok(ethreceipt_decode(&r, raw, len, &e), e);
    assert_int_equal(put(again, &r), len);
    assert_memory_equal(again, raw, len);
    ethreceipt_done(&r);
}

static void every_form_survives(void **state)
{
    (void)state;
    uint8_t room[ROOM];
    struct ethreceipt_log logs[2];
    struct ethreceipt r = a_receipt(logs);
    static const uint8_t TYPES[] = {0, 1, 2, 3, 4, 0x64, ETHRECEIPT_DEPOSIT};
    for (size_t i = 0; i < sizeof TYPES; i++) {
        r.type = TYPES[i];
        r.ok = i % 2 == 0;
        check_round_trip(room, put(room, &r));
    }
    r.n_deposit = 1;
    r.deposit[0] = 7;
    check_round_trip(room, put(room, &r));
    r.n_deposit = 2;
    r.deposit[1] = 1;
    check_round_trip(room, put(room, &r));
    r = (struct ethreceipt){.state_root = {{9}}}; /* before Byzantium */
    check_round_trip(room, put(room, &r));
}

static void fields_are_read(void **state)
{
    (void)state;
    uint8_t room[ROOM];
    struct ethreceipt_log logs[2];
    struct ethreceipt in = a_receipt(logs), r;
    struct err e;
    assert_ok(ethreceipt_decode(&r, room, put(room, &in), &e), e);
    assert_true(r.type == 2 && r.has_status && r.ok && r.cumulative_gas == 23106 && r.n_logs == 2);
    assert_int_equal(r.logs[0].n_topics, 3);
    assert_memory_equal(r.logs[0].topics, logs[0].topics, 3 * sizeof logs[0].topics[0]);
    assert_memory_equal(r.logs[1].address.b, logs[1].address.b, sizeof logs[1].address.b);
    assert_int_equal(r.logs[1].data.len, 40);
    ethreceipt_done(&r);
    ethreceipt_done(&r);
}

static void forms_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    uint8_t room[ROOM];
    struct ethreceipt_log logs[2];
    struct ethreceipt in = a_receipt(logs), r;
    in.n_deposit = 1; /* only deposits have them */
    assert_err(ethreceipt_decode(&r, room, put(room, &in), NULL), ERR_PARSE);
    in.n_deposit = 0;
    size_t len = put(room, &in);
    room[0] = 0;
    assert_err(ethreceipt_decode(&r, room, len, NULL), ERR_PARSE);
    room[0] = 2;
    room[4] = 2; /* behind type and list prefix: the status */
    assert_err(ethreceipt_decode(&r, room, len, NULL), ERR_PARSE);
    assert_err(ethreceipt_decode(&r, room, 0, NULL), ERR_PARSE);
}

static void damage_never_crashes(void **state)
{
    (void)state;
    uint8_t room[ROOM];
    struct ethreceipt_log logs[2];
    struct ethreceipt in = a_receipt(logs), r;
    size_t len = put(room, &in);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *exact = malloc(cut + 1);
        memcpy(exact, room, cut);
        exact = realloc(exact, cut > 0 ? cut : 1);
        assert_err(ethreceipt_decode(&r, exact, cut, NULL), ERR_PARSE);
        free(exact);
    }
    for (size_t bit = 0; bit < 8 * len; bit++) {
        room[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (ethreceipt_decode(&r, room, len, NULL) == ERR_OK) {
            uint8_t again[ROOM];
            assert_int_equal(put(again, &r), len);
            assert_memory_equal(again, room, len); /* another receipt, as canonical */
            ethreceipt_done(&r);
        }
        room[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void blooms(void **state)
{
    (void)state;
    uint8_t bloom[ETHRECEIPT_BLOOM_LEN];
    struct ethreceipt_log logs[2];
    struct ethreceipt r = a_receipt(logs);
    unsigned bits = 0;
    for (size_t i = 0; i < sizeof r.bloom; i++)
        bits += (unsigned)__builtin_popcount(r.bloom[i]);
    assert_in_range(bits, 3, 15); /* two addresses, three topics */
    assert_true(ethreceipt_bloom_has(r.bloom, logs[0].address.b, sizeof logs[0].address.b));
    assert_true(ethreceipt_bloom_has(r.bloom, logs[0].topics[2].b, 32));
    assert_false(ethreceipt_bloom_has(r.bloom, "absent", 6));
    ethreceipt_bloom(bloom, NULL, 0);
    assert_false(ethreceipt_bloom_has(bloom, "absent", 6));
}

/* Real ones: the bytes survive, and the bloom is that of the logs. */
static void receipts_of_anvil(void **state)
{
    (void)state;
    json_t *block = vectors_load("vectors/anvil-proofs/block_130tx.json"), *item;
    size_t i;
    json_array_foreach(json_object_get(block, "allReceipts"), i, item)
    {
        size_t len;
        uint8_t *raw = vectors_bytes(json_string_value(item), &len), bloom[ETHRECEIPT_BLOOM_LEN];
        struct ethreceipt r;
        struct err e;
        check_round_trip(raw, len);
        assert_ok(ethreceipt_decode(&r, raw, len, &e), e);
        ethreceipt_bloom(bloom, r.logs, r.n_logs);
        assert_memory_equal(bloom, r.bloom, sizeof bloom);
        ethreceipt_done(&r);
        free(raw);
    }
    assert_int_equal(i, 130);
    json_decref(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_survives),
        cmocka_unit_test(fields_are_read),
        cmocka_unit_test(forms_that_do_not_exist_are_refused),
        cmocka_unit_test(damage_never_crashes),
        cmocka_unit_test(blooms),
        cmocka_unit_test(receipts_of_anvil),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
