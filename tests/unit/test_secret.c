/* Locked memory, files with and without the right mode, and the two places a passphrase comes from. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "daemon/io/secret.h"

static const char *put(const char *name, const char *text, size_t len, mode_t mode)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", harness_folder(), name);
    remove(path);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

/* The VmFlags line of the mapping that begins at memory. */
static void vm_flags(const void *memory, char flags[256])
{
    char line[256], start[32];
    int inside = 0;
    snprintf(start, sizeof start, "%lx-", (unsigned long)memory);
    FILE *f = fopen("/proc/self/smaps", "r");
    assert_non_null(f);
    flags[0] = '\0';
    while (fgets(line, sizeof line, f) != NULL && flags[0] == '\0') {
        inside |= strncmp(line, start, strlen(start)) == 0;
        if (inside && strncmp(line, "VmFlags:", 8) == 0)
            snprintf(flags, 256, "%s", line);
    }
    fclose(f);
}

static void memory_is_locked_and_stays_here(void **state)
{
    (void)state;
    void *memory;
    struct err e;
    char flags[256];
    assert_ok(secret_alloc(&memory, 100, &e), e);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(((uint8_t *)memory)[i], 0);
    vm_flags(memory, flags);
    assert_non_null(strstr(flags, " dd")); /* not in dumps */
    assert_non_null(strstr(flags, " dc")); /* not in children */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they turn mlock off */
    assert_non_null(strstr(flags, " lo"));
#endif
    secret_free(memory, 100);
    secret_free(NULL, 100);
}

static void only_the_owner_may_read(void **state)
{
    (void)state;
    static const struct {
        mode_t mode;
        enum err_code code;
    } cases[] = {{0600, ERR_OK},     {0400, ERR_OK},     {0640, ERR_DENIED}, {0604, ERR_DENIED},
                 {0644, ERR_DENIED}, {0660, ERR_DENIED}, {0700, ERR_DENIED}, {04600, ERR_DENIED}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = put("file", "abc", 3, cases[i].mode);
        char buffer[8];
        size_t len = 0;
        struct err e;
        assert_err(secret_read_file(path, buffer, sizeof buffer, &len, &e), cases[i].code);
        assert_int_equal(len, cases[i].code == ERR_OK ? 3 : 0);
        if (cases[i].code != ERR_OK)
            assert_non_null(strstr(e.msg, "run: chmod 600 /tmp/"));
    }
}

static void size_and_kind_of_a_file(void **state)
{
    (void)state;
    char buffer[4];
    size_t len;
    struct err e;
    const char *path = put("file", "abcd", 4, 0600);
    assert_ok(secret_read_file(path, buffer, 4, &len, &e), e);
    assert_int_equal(len, 4);
    assert_memory_equal(buffer, "abcd", 4);
    assert_err(secret_read_file(path, buffer, 3, &len, &e), ERR_LIMIT);
    assert_ok(secret_read_file(put("file", "", 0, 0600), buffer, 4, &len, &e), e);
    assert_int_equal(len, 0);
    assert_err(secret_read_file(harness_folder(), buffer, 4, &len, &e), ERR_INVALID);
    assert_err(secret_read_file("/nonexistent", buffer, 4, &len, &e), ERR_NOT_FOUND);
    path = put("pipe", "", 0, 0600);
    assert_int_equal(remove(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_err(secret_read_file(path, buffer, 4, &len, &e), ERR_INVALID); /* and does not hang */
}

static void one_line_end_is_not_the_passphrase(void **state)
{
    (void)state;
    static const struct {
        const char *text, *passphrase; /* NULL: refused as empty */
    } cases[] = {{"word", "word"},   {"word\n", "word"}, {"word\r\n", "word"}, {"word\n\n", "word\n"},
                 {" word ", " word "}, {"", NULL},         {"\n", NULL},         {"\r\n", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct secret_passphrase p;
        struct err e;
        enum err_code rc = secret_read_passphrase(put("p", cases[i].text, strlen(cases[i].text), 0600), &p, &e);
        assert_err(rc, cases[i].passphrase != NULL ? ERR_OK : ERR_INVALID);
        if (rc != ERR_OK)
            continue;
        assert_int_equal(p.len, strlen(cases[i].passphrase));
        assert_memory_equal(secret_slice(&p).data, cases[i].passphrase, p.len);
    }
}

static void the_longest_passphrase(void **state)
{
    (void)state;
    char text[LIMITS_PASSPHRASE_BYTES + 8];
    struct secret_passphrase p;
    struct err e;
    memset(text, 'x', sizeof text);
    memcpy(text + LIMITS_PASSPHRASE_BYTES, "\r\n", 2);
    assert_ok(secret_read_passphrase(put("p", text, LIMITS_PASSPHRASE_BYTES + 2, 0600), &p, &e), e);
    assert_int_equal(p.len, LIMITS_PASSPHRASE_BYTES);
    memset(text, 'x', sizeof text);
    assert_err(secret_read_passphrase(put("p", text, LIMITS_PASSPHRASE_BYTES + 1, 0600), &p, &e), ERR_LIMIT);
    assert_err(secret_read_passphrase(put("p", text, sizeof text, 0600), &p, &e), ERR_LIMIT);
}

static void the_credential_of_systemd(void **state)
{
    (void)state;
    struct secret_passphrase p;
    struct err e;
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_err(secret_read_passphrase(NULL, &p, &e), ERR_NOT_FOUND);
    assert_non_null(strstr(e.msg, "passphrase_file"));
    put("passphrase", "from systemd", 12, 0440); /* as its access list shows */
    setenv("CREDENTIALS_DIRECTORY", harness_folder(), 1);
    assert_ok(secret_read_passphrase(NULL, &p, &e), e);
    assert_memory_equal(p.bytes, "from systemd", p.len);
    assert_ok(secret_read_passphrase("", &p, &e), e);
    /* What is configured comes first; leaving the folder again does not make a credential. */
    assert_err(secret_read_passphrase("/nonexistent", &p, &e), ERR_NOT_FOUND);
    char around[4200];
    snprintf(around, sizeof around, "%s/../%s", harness_folder(), strrchr(harness_folder(), '/') + 1);
    strncat(around, "/passphrase", sizeof around - strlen(around) - 1);
    assert_err(secret_read_passphrase(around, &p, &e), ERR_DENIED);
    unsetenv("CREDENTIALS_DIRECTORY");
}

static void random_bytes_are_not_the_same_twice(void **state)
{
    (void)state;
    uint8_t a[1000] = {0}, b[1000] = {0};
    struct err e;
    assert_ok(secret_random(a, sizeof a, &e), e);
    assert_ok(secret_random(b, sizeof b, &e), e);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a + 900, b + 900, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_locked_and_stays_here),
        cmocka_unit_test(only_the_owner_may_read),
        cmocka_unit_test(size_and_kind_of_a_file),
        cmocka_unit_test(one_line_end_is_not_the_passphrase),
        cmocka_unit_test(the_longest_passphrase),
        cmocka_unit_test(the_credential_of_systemd),
        cmocka_unit_test(random_bytes_are_not_the_same_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
