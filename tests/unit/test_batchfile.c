/* The file of one batch: heads and records there and back, and damage. */
#include "tests/harness.h"

#include "common/batchfile.h"

static struct batchfile_head sample_head(void)
{
    struct batchfile_head head = {.annex_len = 5};
    memset(head.genesis, 1, sizeof head.genesis);
    memset(head.header, 2, sizeof head.header);
    memset(head.previous.b, 3, sizeof head.previous.b);
    return head;
}

static void head_round_trip(void **state)
{
    (void)state;
    uint8_t bytes[BATCHFILE_HEAD_LEN], again[BATCHFILE_HEAD_LEN];
    struct batchfile_head in = sample_head(), out;
    struct err e;
    batchfile_head_encode(bytes, &in);
    assert_ok(batchfile_head_decode(&out, bytes, &e), e);
    batchfile_head_encode(again, &out);
    assert_memory_equal(bytes, again, sizeof bytes);
    assert_memory_equal(out.previous.b, in.previous.b, 32);
    assert_int_equal(out.annex_len, 5);
    bytes[3] ^= 1;
    assert_err(batchfile_head_decode(&out, bytes, &e), ERR_PARSE);
}

static void annex_has_a_limit(void **state)
{
    (void)state;
    uint8_t bytes[BATCHFILE_HEAD_LEN];
    struct batchfile_head in = sample_head(), out;
    struct err e;
    in.annex_len = (1u << 20) + 1;
    batchfile_head_encode(bytes, &in);
    assert_err(batchfile_head_decode(&out, bytes, &e), ERR_LIMIT);
}

static void record_round_trip(void **state)
{
    (void)state;
    uint8_t bytes[BATCHFILE_RECORD_LEN];
    struct batchfile_record in = {.accepted_at = 1795000000, .rule = 2}, out;
    struct err e;
    memset(in.target.b, 4, sizeof in.target.b);
    memset(in.salt.b, 5, sizeof in.salt.b);
    batchfile_record_encode(bytes, &in);
    assert_ok(batchfile_record_decode(&out, bytes, &e), e);
    assert_memory_equal(&in.target, &out.target, sizeof in.target);
    assert_memory_equal(&in.salt, &out.salt, sizeof in.salt);
    assert_int_equal(out.accepted_at, in.accepted_at);
    assert_int_equal(out.rule, 2);
    assert_false(out.forgotten);
    bytes[BATCHFILE_RECORD_LEN - 1] = 1;
    assert_err(batchfile_record_decode(&out, bytes, &e), ERR_PARSE);
}

static void forgotten_record_holds_no_target(void **state)
{
    (void)state;
    uint8_t bytes[BATCHFILE_RECORD_LEN];
    struct batchfile_record in = {.forgotten = true}, out;
    struct err e;
    memset(in.target.b, 6, sizeof in.target.b);
    memset(in.revoke_id.b, 7, sizeof in.revoke_id.b);
    batchfile_record_encode(bytes, &in);
    assert_ok(batchfile_record_decode(&out, bytes, &e), e);
    assert_true(out.forgotten);
    assert_memory_equal(&in.target, &out.target, sizeof in.target);
    assert_memory_equal(&in.revoke_id, &out.revoke_id, sizeof in.revoke_id);
    bytes[0] = 1;
    assert_err(batchfile_record_decode(&out, bytes, &e), ERR_PARSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_round_trip),
        cmocka_unit_test(annex_has_a_limit),
        cmocka_unit_test(record_round_trip),
        cmocka_unit_test(forgotten_record_holds_no_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
