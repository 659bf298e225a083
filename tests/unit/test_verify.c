/* The verify command: options, exit codes, several files, one line of JSON for each. */
#include "tests/harness.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/jsonio.h"
#include "verifier/hash.h"
#include "verifier/verify.h"

/* Run a command with its output in files. Returns: the exit code; *ret_out is freed by the caller. */
static int run(const struct command *command, char **ret_out, int argc, char **argv)
{
    int out = dup(1), err = dup(2), quiet = open("/dev/null", O_WRONLY);
    int file = open(harness_path("stdout"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    fflush(stdout);
    dup2(file, 1), dup2(quiet, 2);
    optind = 0; /* getopt starts anew */
    int exit = command->run(command, argc, argv);
    fflush(stdout);
    dup2(out, 1), dup2(err, 2);
    close(out), close(err), close(quiet), close(file);
    if (ret_out != NULL)
        *ret_out = harness_read(harness_path("stdout"), NULL);
    return exit;
}
#define ARGS(...) sizeof((char *[]){__VA_ARGS__}) / sizeof(char *), (char *[]){__VA_ARGS__, NULL}
#define VERIFY(...) run(&verify_command, NULL, ARGS("verify", __VA_ARGS__))

static void usage_errors(void **state)
{
    (void)state;
    char *file = harness_put("a", "a");
    assert_int_equal(run(&verify_command, NULL, ARGS("verify")), 64);
    assert_int_equal(VERIFY("--nonsense", file), 64);
    assert_int_equal(VERIFY("--rpc", "ftp://x", file), 64);
    assert_int_equal(VERIFY("--rpc"), 64);
    assert_int_equal(VERIFY("--lang", "de", file), 64);
    assert_int_equal(VERIFY("--proof", "x", file, file), 64);
    assert_int_equal(VERIFY("--offline", "--btc", "http://x", file), 64);
    assert_int_equal(VERIFY("--help"), 0);
    char *many[3 + 2 * 17] = {(char *)"verify"};
    for (int i = 0; i < 17; i++)
        many[1 + 2 * i] = (char *)"--rpc", many[2 + 2 * i] = (char *)"http://x";
    many[35] = file;
    assert_int_equal(run(&verify_command, NULL, 36, many), 64);
}

static void malformed_lists_are_usage_errors(void **state)
{
    (void)state;
    char *file = harness_put("a", "a"), *list = harness_put("list", "[{\"id\":\"nobody\"}]");
    assert_int_equal(VERIFY("--trust", list, file), 64);
    assert_int_equal(VERIFY("--checkpoint", list, file), 64);
    assert_int_equal(VERIFY("--trust", "/nonexistent", file), 66);
    assert_int_equal(VERIFY("--checkpoint", "/nonexistent", file), 66);
}

static void worst_file_decides(void **state)
{
    (void)state;
    char *file = harness_put("a", "a"), *damaged = harness_put("b", "{\"@context\":[");
    assert_int_equal(VERIFY("--offline", file), 2);
    assert_int_equal(VERIFY("--offline", damaged, file), 65);
    assert_int_equal(VERIFY("--offline", file, damaged, "/nonexistent", file), 66);
    assert_int_equal(VERIFY("--offline", "--proof", "/nonexistent", file), 66);
}

static void json_is_one_line_a_file(void **state)
{
    (void)state;
    char *file = harness_put("a", "a"), *out, *line, *rest;
    assert_int_equal(
        run(&verify_command, &out, ARGS("verify", "--json", "--lang", "fr", file, "/nonexistent")),
        66);
    size_t n = 0;
    for (line = strtok_r(out, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest), n++) {
        json_t *report;
        struct err e;
        assert_ok(jsonio_load(&report, line, strlen(line), 100000, &e), e);
        assert_string_equal(json_string_value(json_object_get(report, "authenticity")),
                            "could-not-check");
        assert_string_equal(json_string_value(json_object_get(report, "code")),
                            n == 0 ? "HM-1101" : "HM-1001");
        json_decref(report);
    }
    assert_int_equal(n, 2);
    free(out);
}

static void hash_prints_what_sha256sum_would(void **state)
{
    (void)state;
    char *file = harness_put("abc", "abc"), *out, expected[400];
    assert_int_equal(run(&hash_command, &out, ARGS("hash", file, "/nonexistent")), 66);
    snprintf(expected, sizeof expected,
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  %s\n", file);
    assert_string_equal(out, expected);
    free(out);
    assert_int_equal(run(&hash_command, NULL, ARGS("hash")), 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usage_errors),
        cmocka_unit_test(malformed_lists_are_usage_errors),
        cmocka_unit_test(worst_file_decides),
        cmocka_unit_test(json_is_one_line_a_file),
        cmocka_unit_test(hash_prints_what_sha256sum_would),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
