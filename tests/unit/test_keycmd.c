/* hallmarkctl key …: the file it makes opens again, nothing is overwritten, nothing secret is said. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ethtx.h"
#include "daemon/ctl/keycmd.h"
#include "daemon/io/localkey.h"

#define DIGITS "2c8df78a70572328bd68d469440c46b361b6b7ad2b3a8d156bdeaedfff53553d"
static const char ADDRESS[] = "0x6899e6df8166b10166bd0fa1dbc76a4512d6ae5c";

static char key_path[128], passphrase_path[128], source_path[128];
static struct keycmd_options options;

static void put(const char *path, const char *text, mode_t mode)
{
    remove(path);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int begin(void **state)
{
    (void)state;
    remove(key_path);
    put(passphrase_path, "secret\n", 0600);
    options = (struct keycmd_options){key_path, passphrase_path, &keystore_cost_light};
    return 0;
}

/* The address that the key of the file really has. */
static struct seal_address opened(void)
{
    struct localkey s;
    struct localkey_config config = {key_path, passphrase_path};
    struct err e;
    assert_ok(localkey_open(&s, &config, &e), e);
    struct seal_address address = localkey_address(&s);
    localkey_close(&s);
    return address;
}

static void check_printed(const struct seal_address *address, bool json, const char *expected)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    keycmd_print(f, address, json);
    fclose(f);
    assert_string_equal(text, expected);
    free(text);
}

static void a_new_key_opens_again(void **state)
{
    (void)state;
    struct seal_address made, stated, other;
    struct stat st;
    struct err e;
    mode_t old = umask(0777); /* the worst there is */
    enum err_code rc = keycmd_new(&options, &made, &e);
    umask(old);
    assert_ok(rc, e);
    assert_int_equal(stat(key_path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    struct seal_address real = opened();
    assert_memory_equal(&real, &made, sizeof made);
    options.passphrase_file = "/nonexistent"; /* not needed: the file states the address */
    assert_ok(keycmd_address(&options, &stated, &e), e);
    assert_memory_equal(&stated, &made, sizeof made);

    begin(NULL);
    assert_ok(keycmd_new(&options, &other, &e), e);
    assert_memory_not_equal(&other, &made, sizeof made);
}

static void what_is_there_stays(void **state)
{
    (void)state;
    struct seal_address address;
    struct err e;
    put(key_path, "precious", 0600);
    put(source_path, DIGITS, 0600);
    assert_err(keycmd_new(&options, &address, &e), ERR_EXISTS);
    assert_err(keycmd_import(&options, source_path, &address, &e), ERR_EXISTS);
    char *text = harness_read(key_path, NULL);
    assert_string_equal(text, "precious");
    free(text);
    remove(key_path);
    assert_int_equal(symlink("/nonexistent", key_path), 0);
    assert_err(keycmd_new(&options, &address, &e), ERR_EXISTS); /* not written through a link */
}

static void import_takes_digits_in_every_form(void **state)
{
    (void)state;
    static const char *const forms[] = {
        DIGITS, DIGITS "\n", DIGITS "\r\n", "0x" DIGITS, "0x" DIGITS "\n",
        "0X2C8DF78A70572328BD68D469440C46B361B6B7AD2B3A8D156BDEAEDFFF53553D",
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct seal_address address;
        struct err e;
        begin(NULL);
        put(source_path, forms[i], 0644);
        assert_ok(keycmd_import(&options, source_path, &address, &e), e);
        char line[64];
        snprintf(line, sizeof line, "%s\n", ADDRESS);
        check_printed(&address, false, line);
        snprintf(line, sizeof line, "{\"address\":\"%s\"}\n", ADDRESS);
        check_printed(&address, true, line);
        struct seal_address real = opened();
        assert_memory_equal(&real, &address, sizeof address);
    }
}

static void import_takes_a_key_file(void **state)
{
    (void)state;
    struct seal_address made, imported;
    struct err e;
    assert_ok(keycmd_new(&options, &made, &e), e);
    assert_int_equal(rename(key_path, source_path), 0);
    assert_ok(keycmd_import(&options, source_path, &imported, &e), e);
    assert_memory_equal(&imported, &made, sizeof made);
    char *old = harness_read(source_path, NULL), *new = harness_read(key_path, NULL);
    assert_string_not_equal(old, new); /* fresh salt and counter */
    free(old);
    free(new);
    begin(NULL);
    put(passphrase_path, "another", 0600);
    assert_err(keycmd_import(&options, source_path, &imported, &e), ERR_DENIED);
    assert_int_equal(access(key_path, F_OK), -1);
}

static void import_reads_the_standard_input(void **state)
{
    (void)state;
    struct seal_address address;
    struct err e;
    int saved = dup(STDIN_FILENO), pipes[2];
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(write(pipes[1], DIGITS "\n", 65), 65);
    close(pipes[1]);
    assert_int_equal(dup2(pipes[0], STDIN_FILENO), STDIN_FILENO);
    close(pipes[0]);
    enum err_code rc = keycmd_import(&options, "-", &address, &e);
    if (saved >= 0) {
        dup2(saved, STDIN_FILENO);
        close(saved);
    } else {
        close(STDIN_FILENO);
    }
    assert_ok(rc, e);
    char line[64];
    snprintf(line, sizeof line, "%s\n", ADDRESS);
    check_printed(&address, false, line);
}

static void import_refuses_the_rest_and_quotes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err_code code;
    } cases[] = {
        {"", ERR_PARSE},
        {"\n", ERR_PARSE},
        {"0x", ERR_PARSE},
        {"2c8df78a70572328bd68d469440c46b361b6b7ad2b3a8d156bdeaedfff5355", ERR_PARSE},
        {DIGITS "00", ERR_PARSE},
        {DIGITS "\n\n", ERR_PARSE},
        {" " DIGITS, ERR_PARSE},
        {"2c8df78a70572328bd68d469440c46b361b6b7ad2b3a8d156bdeaedfff53553g", ERR_PARSE},
        {"{\"2c8df78a\": 2c8df78a}", ERR_PARSE},
        {" \n{\"version\":3}", ERR_INVALID},
        {"0000000000000000000000000000000000000000000000000000000000000000", ERR_INVALID},
        {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seal_address address;
        struct err e;
        put(source_path, cases[i].text, 0600);
        assert_err(keycmd_import(&options, source_path, &address, &e), cases[i].code);
        assert_null(strstr(e.msg, "2c8df78a"));
        assert_int_equal(access(key_path, F_OK), -1);
    }
}

static void files_that_are_not_there(void **state)
{
    (void)state;
    struct seal_address address;
    struct err e;
    assert_err(keycmd_address(&options, &address, &e), ERR_NOT_FOUND);
    assert_err(keycmd_import(&options, "/nonexistent", &address, &e), ERR_NOT_FOUND);
    remove(passphrase_path);
    assert_err(keycmd_new(&options, &address, &e), ERR_NOT_FOUND);
    assert_int_equal(access(key_path, F_OK), -1);
    begin(NULL);
    options.key_file = "/nonexistent/key.json";
    assert_err(keycmd_new(&options, &address, &e), ERR_NOT_FOUND);
}

static void an_address_that_is_not_stated_is_computed(void **state)
{
    (void)state;
    struct seal_address made, address;
    struct err e;
    assert_ok(keycmd_new(&options, &made, &e), e);
    char *text = harness_read(key_path, NULL);
    char *rest = strstr(text, "\"crypto\"");
    assert_non_null(rest);
    rest[-1] = '{';
    put(key_path, rest - 1, 0600);
    free(text);
    assert_ok(keycmd_address(&options, &address, &e), e);
    assert_memory_equal(&address, &made, sizeof made);
    options.passphrase_file = "/nonexistent";
    assert_err(keycmd_address(&options, &address, &e), ERR_NOT_FOUND);
}

int main(void)
{
    snprintf(key_path, sizeof key_path, "%s/key.json", harness_folder());
    snprintf(passphrase_path, sizeof passphrase_path, "%s/passphrase", harness_folder());
    snprintf(source_path, sizeof source_path, "%s/source", harness_folder());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_new_key_opens_again, begin),
        cmocka_unit_test_setup(what_is_there_stays, begin),
        cmocka_unit_test_setup(import_takes_digits_in_every_form, begin),
        cmocka_unit_test_setup(import_takes_a_key_file, begin),
        cmocka_unit_test_setup(import_reads_the_standard_input, begin),
        cmocka_unit_test_setup(import_refuses_the_rest_and_quotes_nothing, begin),
        cmocka_unit_test_setup(files_that_are_not_there, begin),
        cmocka_unit_test_setup(an_address_that_is_not_stated_is_computed, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
