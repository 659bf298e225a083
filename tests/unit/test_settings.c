/* The settings of the daemon: the example file, the combinations that cannot be, what a reload takes over. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/settings.h"

static struct settings settings;

static void expect_error(const char *text, enum settings_use use, const char *expected)
{
    struct conf_report report = {0};
    struct err e;
    assert_err(settings_read(&settings, harness_put("hallmarkd.conf", text), use, &report, &e), ERR_INVALID);
    assert_non_null(report.text);
    if (strstr(report.text, expected) == NULL)
        fail_msg("no \"%s\" in:\n%s", expected, report.text);
    conf_report_done(&report);
}

static void expect_good(const char *text, enum settings_use use)
{
    struct conf_report report = {0};
    struct err e;
    if (settings_read(&settings, harness_put("hallmarkd.conf", text), use, &report, &e) != ERR_OK)
        fail_msg("%s\n%s", e.msg, report.text != NULL ? report.text : "");
}

static void example_file_is_the_table(void **state)
{
    (void)state;
    struct conf_report report = {0};
    struct err e;
    assert_ok(settings_read(&settings, NULL, SETTINGS_FOR_CHECK, &report, &e), e);
    char *text = conf_print(&settings_table, &settings);
    char *example = harness_read("../config/hallmarkd.conf.example", NULL);
    assert_string_equal(text, example); /* hallmarkd --print-config >config/hallmarkd.conf.example */
    free(text);
    free(example);
}

static void registry_is_needed_to_run_only(void **state)
{
    (void)state;
    expect_good("[log]\nname = a.example\n", SETTINGS_FOR_CHECK);
    expect_error("[log]\nname = a.example\n", SETTINGS_FOR_DAEMON, "[chain] registry: needed while anchor_to = registry");
    expect_good("[log]\nname = a.example\n[chain]\nanchor_to = self\n", SETTINGS_FOR_DAEMON);
}

static void unsafe_combinations(void **state)
{
    (void)state;
    expect_error("[http]\nlisten = 0.0.0.0:8420\n", SETTINGS_FOR_CHECK, ":2: [http] listen: only loopback is allowed");
    expect_good("[http]\nlisten = 0.0.0.0:8420\ntokens_file = /x\n", SETTINGS_FOR_CHECK);
    expect_error("[http]\nlisten = 127.0.0.1\n", SETTINGS_FOR_CHECK, ":2: [http] listen: expected ADDRESS:PORT");
    expect_error("[http]\ntls_cert = /x\n", SETTINGS_FOR_CHECK, "tls_cert and tls_key go together");
    expect_error("[http]\nmax_body = 8M\nmax_bulk_body = 4M\n", SETTINGS_FOR_CHECK, ":3: [http] max_bulk_body");
    expect_error("[chain]\nquorum = 2\n", SETTINGS_FOR_CHECK, ":2: [chain] quorum: larger than the number of endpoints");
    expect_error("[chain]\nrpc = ftp://x\n", SETTINGS_FOR_CHECK, "must begin with http:// or https://");
    expect_error("[fees]\nmin_priority_fee = 5gwei\n", SETTINGS_FOR_CHECK, "larger than max_priority_fee");
    expect_error("[fees]\nmax_fee_per_gas = 2gwei\n", SETTINGS_FOR_CHECK, "larger than max_fee_per_gas");
    expect_error("[log]\nname = A b\n", SETTINGS_FOR_CHECK, ":2: [log] name");
    expect_error("[key]\nsigner = /s\nweb3signer = http://x\n", SETTINGS_FOR_CHECK, "choose one");
    expect_error("[control]\nsocket = c.sock\n", SETTINGS_FOR_CHECK, "absolute path");
    expect_error("[store]\npath = /a\nmirror = /a\n", SETTINGS_FOR_CHECK, "another folder");
}

static void loopback(void **state)
{
    (void)state;
    assert_true(settings_is_loopback("127.0.0.1:1"));
    assert_true(settings_is_loopback("127.9.9.9:1"));
    assert_true(settings_is_loopback("[::1]:1"));
    assert_true(settings_is_loopback("localhost:1"));
    assert_false(settings_is_loopback("0.0.0.0:1"));
    assert_false(settings_is_loopback("[::]:1"));
    assert_false(settings_is_loopback("127.example.org:1"));
    assert_false(settings_is_loopback("10.0.0.1:1"));
}

static void reload_takes_what_may_change(void **state)
{
    (void)state;
    struct settings next;
    unsigned restart;
    expect_good("[log]\nname = a.example\n", SETTINGS_FOR_CHECK);
    next = settings;
    assert_null(settings_difference(&settings, &next, &restart));
    next.batch.max_age = 1234;
    next.http.max_connections = 99;
    char *text = settings_difference(&settings, &next, &restart);
    assert_string_equal(text, "http.max_connections (needs a restart)\nbatch.max_age\n");
    assert_int_equal(restart, 1);
    free(text);
    settings_take_reloadable(&settings, &next);
    assert_int_equal(settings.batch.max_age, 1234);
    assert_int_not_equal(settings.http.max_connections, 99);
}

static void missing_file(void **state)
{
    (void)state;
    struct conf_report report = {0};
    struct err e;
    assert_err(settings_read(&settings, "/nonexistent/hallmarkd.conf", SETTINGS_FOR_CHECK, &report, &e), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example_file_is_the_table), cmocka_unit_test(registry_is_needed_to_run_only),
        cmocka_unit_test(unsafe_combinations),       cmocka_unit_test(loopback),
        cmocka_unit_test(reload_takes_what_may_change), cmocka_unit_test(missing_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
