/* The growing list of byte strings. */
#include "tests/harness.h"

#include <string.h>

#include "common/blobs.h"

static void check(const struct blobs *b, size_t i, const char *expected)
{
    struct slice s = blobs_get(b, i);
    assert_int_equal(s.len, strlen(expected));
    assert_memory_equal(s.data, expected, s.len);
}

static void keeps_what_was_added(void **state)
{
    (void)state;
    struct blobs b = {0};
    blobs_add(&b, NULL, 0);
    blobs_add(&b, "one", 3);
    blobs_add(&b, "", 0);
    blobs_add(&b, "three", 5);
    assert_int_equal(b.n, 4);
    check(&b, 0, "");
    check(&b, 1, "one");
    check(&b, 2, "");
    check(&b, 3, "three");
    blobs_cut(&b, 9);
    assert_int_equal(b.n, 4);
    blobs_cut(&b, 2);
    blobs_add(&b, "again", 5);
    assert_int_equal(b.n, 3);
    check(&b, 1, "one");
    check(&b, 2, "again");
    blobs_cut(&b, 0);
    assert_int_equal(b.len, 0);
    blobs_done(&b);
    blobs_done(&b);
}

static void grows(void **state)
{
    (void)state;
    struct blobs b = {0};
    for (size_t i = 0; i < 5000; i++)
        blobs_add(&b, &i, sizeof i);
    for (size_t i = 0; i < 5000; i++)
        assert_memory_equal(blobs_get(&b, i).data, &i, sizeof i);
    blobs_done(&b);
}

static void a_writer_that_failed_adds_nothing(void **state)
{
    (void)state;
    struct blobs b = {0};
    struct bytes_writer w = blobs_begin(&b, 3);
    bytes_put(&w, "four", 4);
    assert_false(blobs_commit(&b, &w));
    assert_int_equal(b.n, 0);
    w = blobs_begin(&b, 10);
    bytes_put(&w, "four", 4);
    assert_true(blobs_commit(&b, &w));
    check(&b, 0, "four");
    blobs_done(&b);
}

static void impossible_room_is_an_error(void **state)
{
    (void)state;
    struct blobs b = {0};
    blobs_add(&b, "x", 1);
    struct bytes_writer w = blobs_begin(&b, SIZE_MAX - 1);
    assert_true(w.failed && b.failed);
    blobs_add(&b, "y", 1);
    assert_int_equal(b.n, 1);
    check(&b, 0, "x");
    blobs_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_was_added),
        cmocka_unit_test(grows),
        cmocka_unit_test(a_writer_that_failed_adds_nothing),
        cmocka_unit_test(impossible_room_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
