/* The lines between hallmarkd and hallmark-signer: what is written is read back, anything else is refused. */
#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

#include "common/signerline.h"

static const uint8_t DATA[36] = {0x11, 0x22};
static const struct seal_address FROM = {{0xf0}}, TO = {{0xaa}};

static struct ethtx transaction(enum ethtx_type type, size_t len)
{
    return (struct ethtx){.type = type, .has_chain_id = true, .chain_id = 31337, .nonce = 9, .gas = 30000,
                          .max_fee = 50, .max_priority_fee = type == ETHTX_LEGACY ? 50 : 3, .has_to = true, .to = TO,
                          .data = {DATA, len}};
}

static void requests(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct ethtx tx = transaction(i % 2 ? ETHTX_LEGACY : ETHTX_DYNAMIC_FEE, i < 2 ? 32 : 36);
        struct text line = {0};
        struct signerline_request r;
        struct err e;
        signerline_put_sign(&line, &FROM, &tx);
        assert_ok(signerline_read_request(&r, line.data, line.len, &e), e);
        assert_true(r.sign);
        assert_memory_equal(&r.from, &FROM, sizeof FROM);
        assert_memory_equal(&r.tx.to, &TO, sizeof TO);
        assert_int_equal(r.tx.type, tx.type);
        assert_int_equal(r.tx.chain_id, 31337);
        assert_int_equal(r.tx.nonce, 9);
        assert_int_equal(r.tx.gas, 30000);
        assert_true(r.tx.max_fee == 50 && r.tx.max_priority_fee == tx.max_priority_fee);
        assert_int_equal(r.tx.data.len, tx.data.len);
        assert_memory_equal(r.tx.data.data, DATA, tx.data.len);
        text_done(&line);
    }
    struct text line = {0};
    struct signerline_request r;
    struct err e;
    signerline_put_keys(&line);
    assert_ok(signerline_read_request(&r, line.data, line.len, &e), e);
    assert_false(r.sign);
    text_done(&line);
}

static const char GOOD[] =
    "{\"version\":1,\"method\":\"sign\",\"from\":\"0xf000000000000000000000000000000000000000\",\"type\":2,"
    "\"chainId\":1,\"nonce\":0,\"to\":\"0xaa00000000000000000000000000000000000000\",\"gas\":1,"
    "\"maxFeePerGas\":1,\"maxPriorityFeePerGas\":1,"
    "\"data\":\"0x1111111111111111111111111111111111111111111111111111111111111111\"}";

/* Replace the first occurrence of `what` in the good line. */
static void expect_bad(const char *what, const char *by, const char *word)
{
    char line[1024];
    struct signerline_request r;
    struct err e;
    const char *at = strstr(GOOD, what);
    assert_non_null(at);
    snprintf(line, sizeof line, "%.*s%s%s", (int)(at - GOOD), GOOD, by, at + strlen(what));
    if (signerline_read_request(&r, line, strlen(line), &e) == ERR_OK)
        fail_msg("accepted %s", line);
    if (strstr(e.msg, word) == NULL)
        fail_msg("'%s' lacks '%s'", e.msg, word);
}

static void bad_requests(void **state)
{
    (void)state;
    struct signerline_request r;
    struct err e;
    assert_ok(signerline_read_request(&r, GOOD, strlen(GOOD), &e), e);
    expect_bad("\"version\":1", "\"version\":2", "version");
    expect_bad("\"sign\"", "\"send\"", "method");
    expect_bad("\"type\":2", "\"type\":3", "type");
    expect_bad("\"nonce\":0,", "", "nonce");
    expect_bad("\"nonce\":0", "\"nonce\":-1", "nonce");
    expect_bad("\"nonce\":0", "\"nonce\":0.5", "nonce");
    expect_bad("\"gas\":1", "\"gas\":\"1\"", "gas");
    expect_bad("0xaa", "0xAA", "to");
    expect_bad("0xaa", "aa", "to");
    expect_bad("0x11", "0x", "data");
    expect_bad("0x11", "0x1111", "data");
    expect_bad("\"maxFeePerGas\":1,", "\"gasPrice\":1,", "maxFeePerGas");
    expect_bad("{\"version\"", "{\"version\":1,\"version\"", "not JSON");
    assert_int_not_equal(signerline_read_request(&r, "[]", 2, &e), ERR_OK);
    char longer[SIGNERLINE_MAX + 2];
    memset(longer, ' ', sizeof longer);
    assert_err(signerline_read_request(&r, longer, sizeof longer, &e), ERR_LIMIT);
}

static void replies(void **state)
{
    (void)state;
    struct signerline_reply out = {.n_keys = 2, .keys = {FROM, TO}}, in;
    struct text line = {0};
    struct err e;
    signerline_put_reply(&line, &out);
    assert_ok(signerline_read_reply(&in, line.data, line.len, &e), e);
    assert_int_equal(in.n_keys, 2);
    assert_memory_equal(in.keys, out.keys, 2 * sizeof FROM);
    text_clear(&line);
    out = (struct signerline_reply){.raw_len = SIGNERLINE_MAX_RAW};
    memset(out.raw, 0xc3, sizeof out.raw);
    signerline_put_reply(&line, &out);
    assert_ok(signerline_read_reply(&in, line.data, line.len, &e), e);
    assert_int_equal(in.raw_len, SIGNERLINE_MAX_RAW);
    assert_memory_equal(in.raw, out.raw, sizeof out.raw);
    for (int code = SIGNERLINE_BAD_REQUEST; code <= SIGNERLINE_INTERNAL; code++) {
        text_clear(&line);
        out = (struct signerline_reply){.code = (enum signerline_code)code};
        signerline_put_reply(&line, &out);
        assert_ok(signerline_read_reply(&in, line.data, line.len, &e), e);
        assert_int_equal(in.code, code);
        assert_string_equal(in.code_name, signerline_code_name((enum signerline_code)code));
        assert_string_equal(in.message, signerline_code_text((enum signerline_code)code));
    }
    text_done(&line);
}

static void bad_replies(void **state)
{
    (void)state;
    static const char *const LINES[] = {
        "{}", "{\"version\":1}", "{\"version\":1,\"ok\":true}", "{\"version\":1,\"ok\":true,\"keys\":[\"0x12\"]}",
        "{\"version\":1,\"ok\":true,\"raw\":\"0x123\"}", "{\"version\":1,\"ok\":true,\"raw\":\"\"}",
        "{\"version\":1,\"ok\":false}", "{\"version\":1,\"ok\":true,\"keys\":[1]}",
    };
    struct signerline_reply in;
    struct err e;
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++)
        if (signerline_read_reply(&in, LINES[i], strlen(LINES[i]), &e) == ERR_OK)
            fail_msg("accepted %s", LINES[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(bad_requests),
        cmocka_unit_test(replies),
        cmocka_unit_test(bad_replies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
