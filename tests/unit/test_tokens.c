/* Bearer tokens: the file, its faults, and who is let in. */
#include "tests/harness.h"

#include <stdio.h>

#include "common/hex.h"
#include "common/sha256.h"
#include "daemon/tokens.h"

static void scopes_decide(void **state)
{
    (void)state;
    char text[1024], submit[65], admin[65];
    struct hash32 a = sha256("secret-a", 8), b = sha256("secret-b", 8);
    hex_encode(submit, a.b, 32);
    hex_encode(admin, b.b, 32);
    snprintf(text, sizeof text, "# ours\n%s submit lms\n\n%s admin ops\n", submit, admin);
    struct tokens tokens;
    struct err e;
    assert_ok(tokens_read(&tokens, harness_put("tokens", text), &e), e);
    assert_int_equal(tokens.n, 2);
    assert_int_equal(tokens_judge(&tokens, "Bearer secret-a", TOKENS_SUBMIT, 0, NULL), TOKENS_GRANTED);
    assert_int_equal(tokens_judge(&tokens, "bearer secret-a", TOKENS_SUBMIT, 0, NULL), TOKENS_GRANTED);
    assert_int_equal(tokens_judge(&tokens, "Bearer secret-a", TOKENS_READ, 0, NULL), TOKENS_TOO_WEAK);
    assert_int_equal(tokens_judge(&tokens, "Bearer secret-b", TOKENS_READ, 0, NULL), TOKENS_GRANTED);
    assert_int_equal(tokens_judge(&tokens, "Bearer secret-c", TOKENS_READ, 0, NULL), TOKENS_UNKNOWN);
    assert_int_equal(tokens_judge(&tokens, "Basic secret-a", TOKENS_READ, 0, NULL), TOKENS_MISSING);
    assert_int_equal(tokens_judge(&tokens, NULL, TOKENS_READ, 0, NULL), TOKENS_MISSING);
    assert_int_equal(tokens_judge(&tokens, NULL, TOKENS_NONE, 0, NULL), TOKENS_GRANTED);
    tokens_done(&tokens);
}

static void without_file_everybody_is_let_in(void **state)
{
    (void)state;
    struct tokens tokens;
    struct err e;
    assert_ok(tokens_read(&tokens, "", &e), e);
    assert_int_equal(tokens_judge(&tokens, NULL, TOKENS_ADMIN, 0, NULL), TOKENS_GRANTED);
}

static void faults_name_the_line(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "xyz submit a\n",
        "0000000000000000000000000000000000000000000000000000000000000000 write a\n",
        "0000000000000000000000000000000000000000000000000000000000000000 submit\n",
        "0000000000000000000000000000000000000000000000000000000000000000 submit a b\n",
        "0000000000000000000000000000000000000000000000000000000000000000 submit, a\n",
        "0000000000000000000000000000000000000000000000000000000000000000 submit,,read a\n",
        "0000000000000000000000000000000000000000000000000000000000000000 submit a rate=0/s\n",
        "0000000000000000000000000000000000000000000000000000000000000000 submit a rate=10/day\n",
        "0000000000000000000000000000000000000000000000000000000000000000 submit a rate=1000001/s\n",
        "0000000000000000000000000000000000000000000000000000000000000000 submit a rate=5/s x\n",
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct tokens tokens;
        struct err e;
        assert_err(tokens_read(&tokens, harness_put("tokens", BAD[i]), &e), ERR_PARSE);
        assert_non_null(strstr(e.msg, "tokens:1: expected"));
    }
}

static void rates_limit(void **state)
{
    (void)state;
    char text[512], hash[65];
    struct hash32 a = sha256("secret-a", 8);
    struct tokens tokens, again;
    struct err e;
    uint64_t now = 1000000, wait_s = 0;
    hex_encode(hash, a.b, 32);
    snprintf(text, sizeof text, "%s submit lms rate=3/min\n", hash);
    assert_ok(tokens_read(&tokens, harness_put("tokens", text), &e), e);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(tokens_judge(&tokens, "Bearer secret-a", TOKENS_SUBMIT, now, &wait_s), TOKENS_GRANTED);
    assert_int_equal(tokens_judge(&tokens, "Bearer secret-a", TOKENS_SUBMIT, now, &wait_s), TOKENS_TOO_OFTEN);
    assert_int_equal(wait_s, 20);
    assert_int_equal(tokens_judge(&tokens, "Bearer secret-a", TOKENS_READ, now, &wait_s), TOKENS_TOO_WEAK);
    assert_ok(tokens_read(&again, harness_put("tokens", text), &e), e); /* a reload does not make it fresh */
    tokens_carry(&again, &tokens);
    tokens_done(&tokens);
    assert_int_equal(tokens_judge(&again, "Bearer secret-a", TOKENS_SUBMIT, now + 19500000, &wait_s), TOKENS_TOO_OFTEN);
    assert_int_equal(wait_s, 1);
    assert_int_equal(tokens_judge(&again, "Bearer secret-a", TOKENS_SUBMIT, now + 20000000, &wait_s), TOKENS_GRANTED);
    assert_int_equal(tokens_judge(&again, "Bearer secret-a", TOKENS_SUBMIT, now + 20000000, &wait_s), TOKENS_TOO_OFTEN);
    for (unsigned i = 0; i < 3; i++) /* quiet for long: as many as at the start, no more */
        assert_int_equal(tokens_judge(&again, "Bearer secret-a", TOKENS_SUBMIT, now + 900000000, &wait_s), TOKENS_GRANTED);
    assert_int_equal(tokens_judge(&again, "Bearer secret-a", TOKENS_SUBMIT, now + 900000000, &wait_s), TOKENS_TOO_OFTEN);
    tokens_done(&again);
}

static void scopes_as_text(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"submit", "read", "submit,read", "admin"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        char text[TOKENS_SCOPES_LEN];
        unsigned scopes;
        struct err e;
        assert_ok(tokens_parse_scopes(TEXTS[i], &scopes, &e), e);
        tokens_scopes_text(text, scopes);
        assert_string_equal(text, TEXTS[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scopes_decide),
        cmocka_unit_test(without_file_everybody_is_let_in),
        cmocka_unit_test(faults_name_the_line),
        cmocka_unit_test(rates_limit),
        cmocka_unit_test(scopes_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
