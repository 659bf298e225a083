/* The command line of a service: every option, and what is refused. */
#include "daemon/arguments.h"

#include <getopt.h>
#include <stdlib.h>
#include <sysexits.h>

#include "tests/harness.h"

static const struct arguments_program PROGRAM = {
    .name = "hallmark-test", .purpose = "Tests.\n", .config = "settings", .remarks = ""};

/* Up to three words behind the name of the program. */
static int read_words(struct arguments *ret, const char *a, const char *b, const char *c)
{
    char *argv[] = {(char *)"hallmark-test", (char *)a, (char *)b, (char *)c, NULL};
    int argc = 1;
    while (argv[argc] != NULL)
        argc++;
    *ret = (struct arguments){0};
    optind = 0; /* getopt starts anew */
    return arguments_read(ret, &PROGRAM, argc, argv);
}

static void nothing_is_asked_for(void **state)
{
    struct arguments a;
    (void)state;
    assert_int_equal(read_words(&a, NULL, NULL, NULL), -1);
    assert_null(a.config);
    assert_false(a.check || a.print);
}

static void settings_are_named_in_three_ways(void **state)
{
    struct arguments a;
    (void)state;
    assert_int_equal(read_words(&a, "-c", "one.conf", NULL), -1);
    assert_string_equal(a.config, "one.conf");
    assert_int_equal(read_words(&a, "--config", "two.conf", "--check-config"), -1);
    assert_string_equal(a.config, "two.conf");
    assert_true(a.check && !a.print);
    assert_int_equal(read_words(&a, "--config=three.conf", "--print-config", NULL), -1);
    assert_string_equal(a.config, "three.conf");
    assert_true(a.print && !a.check);
}

static void version_and_help_end_well(void **state)
{
    struct arguments a;
    (void)state;
    assert_int_equal(read_words(&a, "--version", NULL, NULL), EXIT_SUCCESS);
    assert_int_equal(read_words(&a, "--check-config", "--help", NULL), EXIT_SUCCESS);
}

static void mistakes_end_with_the_usage(void **state)
{
    struct arguments a;
    (void)state;
    assert_int_equal(read_words(&a, "--check", "--no-such-option", NULL), EX_USAGE);
    assert_int_equal(read_words(&a, "-c", NULL, NULL), EX_USAGE);
    assert_int_equal(read_words(&a, "-x", NULL, NULL), EX_USAGE);
    assert_int_equal(read_words(&a, "stray", NULL, NULL), EX_USAGE);
    assert_int_equal(read_words(&a, "--version=2", NULL, NULL), EX_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_asked_for),
        cmocka_unit_test(settings_are_named_in_three_ways),
        cmocka_unit_test(version_and_help_end_well),
        cmocka_unit_test(mistakes_end_with_the_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
