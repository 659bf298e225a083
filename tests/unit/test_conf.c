/* Settings from a table: units, every kind of fault with its line, and printing back. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/conf.h"

struct sample {
    char name[CONF_TEXT_MAX];
    uint64_t age, size, count;
    wei fee;
    unsigned mode;
    struct conf_address registry;
    struct conf_list rpc;
};

static const char *const MODES[] = {"fast", "safe", NULL};
static const struct conf_item ITEMS[] = {
    {"a", "name", CONF_TEXT, offsetof(struct sample, name), "x", 0, 0, NULL, false, "A name."},
    {"a", "age", CONF_DURATION, offsetof(struct sample, age), "10min", 100, 3600000, NULL, true, "An age.\nTwo lines."},
    {"a", "size", CONF_SIZE, offsetof(struct sample, size), "64G", 0, 0, NULL, true, "A size."},
    {"b", "count", CONF_INT, offsetof(struct sample, count), "12", 1, 100, NULL, true, "A count."},
    {"b", "fee", CONF_WEI, offsetof(struct sample, fee), "0.1gwei", 0, 1000, NULL, true, "A fee."},
    {"b", "mode", CONF_CHOICE, offsetof(struct sample, mode), "safe", 0, 0, MODES, true, "A mode."},
    {"b", "registry", CONF_ADDRESS, offsetof(struct sample, registry), "", 0, 0, NULL, false, "An address."},
    {"b", "rpc", CONF_LIST, offsetof(struct sample, rpc), "http://one", 0, 0, NULL, false, "A list."},
};
static const struct conf_table TABLE = {ITEMS, sizeof ITEMS / sizeof *ITEMS};

/* What a file's text makes of the settings; ret gets the errors, freed by the caller. */
static enum err_code parse(struct sample *s, const char *text, char **ret_errors)
{
    struct conf_report report = {0};
    conf_defaults(&TABLE, s);
    enum err_code rc = conf_parse(&TABLE, s, text, strlen(text), "f", &report);
    if (ret_errors != NULL)
        *ret_errors = report.text;
    else
        conf_report_done(&report);
    return rc;
}

static void expect_error(const char *text, const char *errors)
{
    struct sample s;
    char *got = NULL;
    assert_err(parse(&s, text, &got), ERR_INVALID);
    assert_non_null(got);
    assert_string_equal(got, errors);
    free(got);
}

static void defaults_are_parsed(void **state)
{
    (void)state;
    struct sample s;
    conf_defaults(&TABLE, &s);
    assert_string_equal(s.name, "x");
    assert_int_equal(s.age, 600000);
    assert_int_equal(s.size, 64ull << 30);
    assert_true(s.fee == 100000000);
    assert_int_equal(s.mode, 1);
    assert_false(s.registry.set);
    assert_int_equal(s.rpc.n, 1);
}

static void values_are_read(void **state)
{
    (void)state;
    struct sample s;
    assert_err(parse(&s, "# c\n[a]\nname = y\nage=500ms\nsize = 12K\n[b]\ncount = 7\nfee = 20gwei\nmode = fast\n"
                         "registry = 0x00000000000000000000000000000000000000ff\nrpc = http://a\nrpc = http://b\n",
                     NULL), ERR_OK);
    assert_string_equal(s.name, "y");
    assert_int_equal(s.age, 500);
    assert_int_equal(s.size, 12288);
    assert_int_equal(s.count, 7);
    assert_true(s.fee == (wei)20 * WEI_PER_GWEI);
    assert_int_equal(s.mode, 0);
    assert_int_equal(s.registry.b[19], 255);
    assert_int_equal(s.rpc.n, 2);
    assert_string_equal(s.rpc.item[1], "http://b");
}

static void faults_have_file_and_line(void **state)
{
    (void)state;
    expect_error("[a]\nage = 10\n", "f:2: age: \"10\" is not good here: expected a duration like 500ms, 2s, 10min or 1h, 100ms to 1h\n");
    expect_error("[a]\nage = 2h\n", "f:2: age: \"2h\" is not good here: expected a duration like 500ms, 2s, 10min or 1h, 100ms to 1h\n");
    expect_error("[b]\nmode = slow\n", "f:2: mode: \"slow\" is not good here: expected one of: fast, safe\n");
    expect_error("[b]\ncount = -1\n", "f:2: count: \"-1\" is not good here: expected a whole number, 1 to 100\n");
    expect_error("[b]\nregistry = 0x12\n", "f:2: registry: \"0x12\" is not good here: expected an address, 0x and 40 hexadecimal digits\n");
    expect_error("[c]\nx = 1\ny = 2\n[a]\nz = 1\n", "f:1: unknown section\nf:5: unknown key \"z\" in [a]\n");
    expect_error("name = y\n", "f:1: \"name\" stands before any [section]\n");
    expect_error("[a]\n  name = y\n", "f:2: line is indented; settings and comments start in the first column\n");
    expect_error("[a]\nname = y ; why\n", "f:2: comment behind a value; comments stand on their own line\n");
    expect_error("[a]\nname = y # why\n", "f:2: comment behind a value; comments stand on their own line\n");
    expect_error("[a]\nname = y\nname = z\n", "f:3: name was already set in line 2\n");
    expect_error("[a]\nname\n", "f:2: not a setting: there is no '='\n");
    expect_error("[a\nname = y\n", "f:1: section has no closing bracket\nf:2: \"name\" stands before any [section]\n");
    expect_error("[a] # x\n", "f:1: text after a section; comments stand on their own line\n");
    expect_error("[a]\nname: y = 2\n", "f:2: key holds ':'; settings are written key = value\n");
}

static void long_line_is_refused(void **state)
{
    (void)state;
    char text[400];
    struct sample s;
    int n = snprintf(text, sizeof text, "[a]\nname = %0200d\n", 1);
    assert_true(n > 200);
    expect_error(text, "f:2: line is longer than 196 bytes\n");
    snprintf(text, sizeof text, "[a]\nname = %0189d\n", 1);
    assert_err(parse(&s, text, NULL), ERR_OK);
    assert_int_equal(strlen(s.name), 189);
}

static void too_many_list_values(void **state)
{
    (void)state;
    char text[400] = "[b]\n";
    for (int i = 0; i < CONF_LIST_MAX + 1; i++)
        strncat(text, "rpc = http://a\n", sizeof text - strlen(text) - 1);
    expect_error(text, "f:10: rpc: \"http://a\" is not good here: expected at most 8 values\n");
}

static void printing_reads_back(void **state)
{
    (void)state;
    struct sample a, b;
    assert_err(parse(&a, "[a]\nage = 90s\nsize = 1536\n[b]\nfee = 1.5gwei\nrpc = u\nrpc = v\n", NULL), ERR_OK);
    char *text = conf_print(&TABLE, &a);
    assert_non_null(text);
    assert_err(parse(&b, text, NULL), ERR_OK);
    for (size_t i = 0; i < TABLE.n; i++)
        assert_true(conf_same(&ITEMS[i], &a, &b));
    assert_non_null(strstr(text, "age = 90s\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_parsed),      cmocka_unit_test(values_are_read),
        cmocka_unit_test(faults_have_file_and_line), cmocka_unit_test(long_line_is_refused),
        cmocka_unit_test(too_many_list_values),     cmocka_unit_test(printing_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
