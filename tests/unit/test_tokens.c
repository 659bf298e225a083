/* Bearer tokens: the file, its faults, and who is let in. */
#include "tests/harness.h"

#include <stdio.h>

#include "common/hex.h"
#include "common/sha256.h"
#include "daemon/tokens.h"

static const char *write_file(const char *text)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/tokens", harness_folder());
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    return path;
}

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
    assert_ok(tokens_read(&tokens, write_file(text), &e), e);
    assert_int_equal(tokens.n, 2);
    assert_int_equal(tokens_judge(&tokens, "Bearer secret-a", TOKENS_SUBMIT), TOKENS_GRANTED);
    assert_int_equal(tokens_judge(&tokens, "bearer secret-a", TOKENS_SUBMIT), TOKENS_GRANTED);
    assert_int_equal(tokens_judge(&tokens, "Bearer secret-a", TOKENS_READ), TOKENS_TOO_WEAK);
    assert_int_equal(tokens_judge(&tokens, "Bearer secret-b", TOKENS_READ), TOKENS_GRANTED);
    assert_int_equal(tokens_judge(&tokens, "Bearer secret-c", TOKENS_READ), TOKENS_UNKNOWN);
    assert_int_equal(tokens_judge(&tokens, "Basic secret-a", TOKENS_READ), TOKENS_MISSING);
    assert_int_equal(tokens_judge(&tokens, NULL, TOKENS_READ), TOKENS_MISSING);
    assert_int_equal(tokens_judge(&tokens, NULL, TOKENS_NONE), TOKENS_GRANTED);
    tokens_done(&tokens);
}

static void without_file_everybody_is_let_in(void **state)
{
    (void)state;
    struct tokens tokens;
    struct err e;
    assert_ok(tokens_read(&tokens, "", &e), e);
    assert_int_equal(tokens_judge(&tokens, NULL, TOKENS_ADMIN), TOKENS_GRANTED);
}

static void faults_name_the_line(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "xyz submit a\n",
        "0000000000000000000000000000000000000000000000000000000000000000 write a\n",
        "0000000000000000000000000000000000000000000000000000000000000000 submit\n",
        "0000000000000000000000000000000000000000000000000000000000000000 submit a b\n",
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct tokens tokens;
        struct err e;
        assert_err(tokens_read(&tokens, write_file(BAD[i]), &e), ERR_PARSE);
        assert_non_null(strstr(e.msg, "tokens:1: expected"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scopes_decide),
        cmocka_unit_test(without_file_everybody_is_let_in),
        cmocka_unit_test(faults_name_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
