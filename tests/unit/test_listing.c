/* What names on a command line mean. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"
#include "verifier/wrap/listing.h"

static void make(const char *name, const char *content)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", harness_folder(), name);
    if (content == NULL) {
        assert_int_equal(mkdir(path, 0755), 0);
        return;
    }
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

/* The paths below the folder, without it, one a line. */
static void assert_listing(const char *name, const char *expected)
{
    struct listing list = {0};
    struct text paths = {0};
    struct err e;
    char path[512];
    snprintf(path, sizeof path, "%s/%s", harness_folder(), name);
    assert_ok(listing_add(&list, path, &e), e);
    for (size_t i = 0; i < list.n; i++)
        text_putf(&paths, "%s\n", list.paths[i] + strlen(harness_folder()) + 1);
    assert_string_equal(text_string(&paths), expected);
    text_done(&paths);
    listing_done(&list);
}

static void folders(void **state)
{
    (void)state;
    char target[512], link[512];
    make("in", NULL);
    make("in/b.json", "{}");
    make("in/a.pdf", "%PDF");
    make("in/a.pdf.proof.json", "{}");
    make("in/alone.proof.json", "{}");
    make("in/.hidden", "x");
    make("in/deep", NULL);
    make("in/deep/c", "x");
    make("in/.git", NULL);
    make("in/.git/config", "x");
    make("empty", NULL);
    snprintf(target, sizeof target, "%s/in", harness_folder());
    snprintf(link, sizeof link, "%s/in/loop", harness_folder());
    assert_int_equal(symlink(target, link), 0);
    snprintf(link, sizeof link, "%s/in/nowhere", harness_folder());
    assert_int_equal(symlink("/nowhere/at/all", link), 0);
    assert_listing("in", "in/a.pdf\nin/alone.proof.json\nin/b.json\nin/deep/c\n");
    assert_listing("in/a.pdf", "in/a.pdf\n");
    assert_listing("absent", "absent\n"); /* the check will say that it is not there */
}

static void names_that_are_no_files(void **state)
{
    (void)state;
    struct listing list = {0};
    struct err e;
    char path[512];
    assert_ok(listing_add(&list, "-", &e), e);
    assert_ok(listing_add(&list, "-", &e), e);
    assert_int_equal(list.n, 2);
    assert_string_equal(list.paths[1], "-");
    snprintf(path, sizeof path, "%s/empty", harness_folder());
    assert_err(listing_add(&list, path, &e), ERR_NOT_FOUND);
    assert_int_equal(list.n, 2);
    listing_done(&list);
}

static void too_deep(void **state)
{
    (void)state;
    struct listing list = {0};
    struct text name = {0};
    struct err e;
    char path[512];
    text_puts(&name, "deep");
    for (int i = 0; i < 40; i++) {
        make(text_string(&name), NULL);
        text_puts(&name, "/d");
    }
    snprintf(path, sizeof path, "%s/deep", harness_folder());
    assert_err(listing_add(&list, path, &e), ERR_LIMIT);
    listing_done(&list);
    text_done(&name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders),
        cmocka_unit_test(names_that_are_no_files),
        cmocka_unit_test(too_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
