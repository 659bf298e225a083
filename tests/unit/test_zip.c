/* ZIP archives: members out and checked; every cut and flip; what is refused. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "tests/wrapping.h"
#include "verifier/rdf/slice.h"
#include "verifier/wrap/zip.h"

static const struct wrapping_member MEMBERS[] = {
    {"stored.txt", "stored", 6, false},
    {"deep/er/packed.txt", "packed packed packed packed packed packed", 41, true},
    {"empty", "", 0, false},
    {"empty-packed", "", 0, true},
};
#define N (sizeof MEMBERS / sizeof MEMBERS[0])

static void assert_members(struct slice file)
{
    struct zip zip;
    struct zip_member member;
    struct err e;
    assert_true(zip_is(file));
    assert_ok(zip_open(&zip, file, &e), e);
    for (size_t i = 0; i < N; i++) {
        struct text out = {0};
        text_puts(&out, "before ");
        assert_ok(zip_next(&zip, &member, &e), e);
        assert_true(slice_is(member.name, MEMBERS[i].name) && !member.is_folder);
        assert_ok(zip_read(&zip, &member, 100, &out, &e), e);
        assert_int_equal(out.len, 7 + MEMBERS[i].len);
        assert_memory_equal(out.data + 7, MEMBERS[i].data, MEMBERS[i].len);
        text_done(&out);
    }
    assert_err(zip_next(&zip, &member, &e), ERR_NOT_FOUND);
}

static void members(void **state)
{
    (void)state;
    struct text file = {0};
    wrapping_zip(&file, MEMBERS, N);
    assert_members(wrapping_slice(&file));
    text_done(&file);
}

/* Behind a comment that looks like an end record, and with something in front (a self-extractor). */
static void comment_and_front(void **state)
{
    (void)state;
    struct text file = {0};
    struct zip zip;
    struct err e;
    wrapping_zip(&file, MEMBERS, N);
    file.data[file.len - 2] = 22;
    text_put(&file, "PK\5\6 is only a comment", 22);
    assert_members(wrapping_slice(&file));
    text_clear(&file);
    text_puts(&file, "#!/bin/sh\n");
    wrapping_zip(&file, MEMBERS, N);
    assert_false(zip_is(wrapping_slice(&file)));
    assert_ok(zip_open(&zip, wrapping_slice(&file), &e), e);
    struct zip_member member;
    struct text out = {0};
    assert_ok(zip_next(&zip, &member, &e), e);
    assert_ok(zip_read(&zip, &member, 6, &out, &e), e);
    assert_string_equal(text_string(&out), "stored");
    text_done(&out);
    text_done(&file);
}

/* The first member of an archive in which some bytes of its two headers were changed. */
static enum err_code read_changed(const struct wrapping_member *m, size_t local, size_t central, int byte, size_t max)
{
    struct text file = {0}, out = {0};
    struct zip zip;
    struct zip_member member;
    struct err e;
    wrapping_zip(&file, m, 1);
    size_t directory = 30 + strlen(m->name) + (file.len - 22 - 46 - 30 - 2 * strlen(m->name));
    if (byte >= 0) {
        file.data[local] = (char)byte;
        file.data[directory + central] = (char)byte;
    }
    enum err_code rc = zip_open(&zip, wrapping_slice(&file), &e);
    if (rc == ERR_OK)
        rc = zip_next(&zip, &member, &e);
    if (rc == ERR_OK)
        rc = zip_read(&zip, &member, max, &out, &e);
    text_done(&file);
    text_done(&out);
    return rc;
}

static void what_is_refused(void **state)
{
    (void)state;
    const struct wrapping_member *stored = &MEMBERS[0], *packed = &MEMBERS[1];
    assert_err(read_changed(stored, 0, 0, -1, 6), ERR_OK);
    assert_err(read_changed(stored, 0, 0, -1, 5), ERR_LIMIT);
    assert_err(read_changed(packed, 0, 0, -1, 41), ERR_OK);
    assert_err(read_changed(packed, 0, 0, -1, 40), ERR_LIMIT);
    assert_err(read_changed(stored, 6, 8, 1, 100), ERR_UNSUPPORTED);   /* encrypted */
    assert_err(read_changed(stored, 8, 10, 12, 100), ERR_UNSUPPORTED); /* bzip2 */
    assert_err(read_changed(stored, 14, 16, 0x55, 100), ERR_PARSE);    /* CRC */
    assert_err(read_changed(packed, 22, 24, 40, 100), ERR_PARSE);      /* shorter than it is */
    assert_err(read_changed(packed, 22, 24, 42, 100), ERR_PARSE);      /* longer than it is */
    assert_err(read_changed(packed, 18, 20, 3, 100), ERR_PARSE);       /* packed length */
    assert_err(read_changed(stored, 26, 42, 200, 100), ERR_PARSE);     /* lies elsewhere */
}

/* The two headers of a member: programs that read the one and programs that read the other must see the same. */
static void headers_that_differ(void **state)
{
    static const struct {
        size_t at; /* in the local header */
        uint8_t byte;
        enum err_code rc;
    } CASES[] = {
        {0, 'P', ERR_OK},                                         /* as it was */
        {6, 1, ERR_PARSE}, {8, 8, ERR_PARSE}, {8, 99, ERR_PARSE}, /* encrypted, deflated, another method */
        {14, 0x55, ERR_PARSE}, {18, 5, ERR_PARSE}, {22, 5, ERR_PARSE}, {25, 1, ERR_PARSE}, /* CRC, lengths */
        {26, 5, ERR_PARSE}, {30, 'S', ERR_PARSE}, {39, 0, ERR_PARSE},                      /* name */
        {28, 1, ERR_PARSE}, /* the bytes begin elsewhere */
        {4, 10, ERR_OK}, {10, 7, ERR_OK}, /* the version that is needed, the time */
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct text file = {0}, out = {0};
        struct zip zip;
        struct zip_member member;
        struct err e = {0};
        wrapping_zip(&file, MEMBERS, 1);
        file.data[CASES[i].at] = (char)CASES[i].byte;
        assert_ok(zip_open(&zip, wrapping_slice(&file), &e), e);
        assert_ok(zip_next(&zip, &member, &e), e);
        if (zip_read(&zip, &member, 100, &out, &e) != CASES[i].rc)
            fail_msg("byte %zu, %d: %s", CASES[i].at, CASES[i].byte, e.msg);
        text_done(&file);
        text_done(&out);
    }
}

/* A writer that cannot go back leaves CRC and lengths of the local header empty (bit 3). */
static void lengths_that_follow(void **state)
{
    (void)state;
    for (int full = 0; full < 2; full++) {
        struct text file = {0}, out = {0};
        struct zip zip;
        struct zip_member member;
        struct err e;
        wrapping_zip(&file, MEMBERS, 1);
        size_t central = 30 + 10 + 6;
        file.data[6] = file.data[central + 8] = 8;
        memset(file.data + 14, 0, full ? 0 : 12);
        assert_ok(zip_open(&zip, wrapping_slice(&file), &e), e);
        assert_ok(zip_next(&zip, &member, &e), e);
        assert_ok(zip_read(&zip, &member, 100, &out, &e), e);
        assert_string_equal(text_string(&out), "stored");
        text_done(&file);
        text_done(&out);
    }
}

/* The directory leads into another member, where a header lies among the bytes: it is not that member's. */
static void an_offset_into_another(void **state)
{
    struct text inner = {0}, file = {0}, out = {0};
    struct zip zip;
    struct zip_member member;
    struct err e;
    (void)state;
    wrapping_zip(&inner, &(struct wrapping_member){"inner", "hidden", 6, false}, 1);
    wrapping_zip(&file, &(struct wrapping_member){"outer", inner.data, inner.len, false}, 1);
    size_t central = 30 + 5 + inner.len;
    file.data[central + 42] = 35;
    assert_ok(zip_open(&zip, wrapping_slice(&file), &e), e);
    assert_ok(zip_next(&zip, &member, &e), e);
    assert_err(zip_read(&zip, &member, 1000, &out, &e), ERR_PARSE);
    assert_string_equal(e.msg, "the member's two headers differ");
    text_done(&inner);
    text_done(&file);
    text_done(&out);
}

static void too_many_and_other_forms(void **state)
{
    (void)state;
    static const struct {
        size_t from_end;
        uint8_t byte[2];
        enum err_code rc;
    } CASES[] = {
        {22 - 4, {1, 0}, ERR_UNSUPPORTED}, {22 - 6, {1, 0}, ERR_UNSUPPORTED}, {22 - 8, {9, 0}, ERR_UNSUPPORTED},
        {22 - 10, {0xff, 0xff}, ERR_UNSUPPORTED}, {22 - 14, {0xff, 0xff}, ERR_PARSE},
        {22 - 18, {0xff, 0xff}, ERR_PARSE}, {2, {1, 0}, ERR_PARSE}, {22, {0, 0}, ERR_PARSE},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct text file = {0};
        struct zip zip;
        wrapping_zip(&file, MEMBERS, N);
        memcpy(file.data + file.len - CASES[i].from_end, CASES[i].byte, 2);
        if (zip_open(&zip, wrapping_slice(&file), NULL) != CASES[i].rc)
            fail_msg("case %zu", i);
        text_done(&file);
    }
}

static void read_all(struct slice file)
{
    struct zip zip;
    struct zip_member member;
    if (zip_open(&zip, file, NULL) != ERR_OK)
        return;
    while (zip_next(&zip, &member, NULL) == ERR_OK) {
        struct text out = {0};
        if (zip_read(&zip, &member, 1000, &out, NULL) == ERR_OK)
            for (size_t i = 0; i < N; i++) /* whatever was changed: content is what was packed, or refused */
                if (slice_is(member.name, MEMBERS[i].name))
                    assert_int_equal(out.len, MEMBERS[i].len);
        text_done(&out);
    }
}

static void damage(void **state)
{
    (void)state;
    struct text file = {0};
    struct zip zip;
    wrapping_zip(&file, MEMBERS, N);
    for (size_t len = 0; len < file.len; len++) {
        char *cut = malloc(len + 1);
        memcpy(cut, file.data, len);
        assert_err(zip_open(&zip, (struct slice){(uint8_t *)cut, len}, NULL), ERR_PARSE);
        free(cut);
    }
    for (size_t bit = 0; bit < file.len * 8; bit++) {
        file.data[bit / 8] = (char)(file.data[bit / 8] ^ 1 << bit % 8);
        read_all(wrapping_slice(&file));
        file.data[bit / 8] = (char)(file.data[bit / 8] ^ 1 << bit % 8);
    }
    text_done(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members),         cmocka_unit_test(comment_and_front),
        cmocka_unit_test(what_is_refused), cmocka_unit_test(headers_that_differ),
        cmocka_unit_test(lengths_that_follow), cmocka_unit_test(an_offset_into_another),
        cmocka_unit_test(too_many_and_other_forms),
        cmocka_unit_test(damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
