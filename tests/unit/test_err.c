/* The error value: what is recorded, what context does to it, and that every code has a name of its own. */
#include "tests/harness.h"

#include <string.h>

static void the_value_is_the_code(void **state)
{
    (void)state;
    struct err e = {0};
    assert_int_equal(err_set(&e, ERR_LIMIT, "line %d", 3), ERR_LIMIT);
    assert_int_equal(e.code, ERR_LIMIT);
    assert_string_equal(e.msg, "line 3");
}

static void without_a_place_only_the_code_is_left(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, ERR_IO, "read"), ERR_IO);
    assert_int_equal(err_wrap(NULL, "open"), ERR_INVALID);
}

static void arguments_are_evaluated_once(void **state)
{
    (void)state;
    enum err_code codes[] = {ERR_GONE, ERR_BUSY}, *next = codes;
    struct err errors[2] = {{0}}, *e = errors;
    int n = 0;
    assert_int_equal(err_set(e++, *next++, "%d", ++n), ERR_GONE);
    assert_ptr_equal(e, errors + 1);
    assert_ptr_equal(next, codes + 1);
    assert_string_equal(errors[0].msg, "1");
}

static void context_goes_in_front(void **state)
{
    (void)state;
    struct err e;
    err_set(&e, ERR_NOSPACE, "write: disk full");
    assert_int_equal(err_wrap(&e, "open store '%s'", "/s"), ERR_NOSPACE);
    assert_string_equal(e.msg, "open store '/s': write: disk full");
}

static void a_long_message_loses_its_end(void **state)
{
    (void)state;
    struct err e;
    char text[400];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    err_set(&e, ERR_PARSE, "%s", text);
    assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
    err_wrap(&e, "file");
    assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
    assert_memory_equal(e.msg, "file: aaaa", 10);
    err_wrap(&e, "%s", text); /* context alone fills it */
    assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
    assert_memory_equal(e.msg + sizeof e.msg - 4, "a: ", 4);
}

static void every_code_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (enum err_code a = ERR_OK; a <= ERR_NOMEM; a++) {
        assert_true(strlen(err_name(a)) > 0 && strlen(err_text(a)) > 0);
        for (enum err_code b = ERR_OK; b < a; b++)
            assert_string_not_equal(err_name(a), err_name(b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_value_is_the_code),
        cmocka_unit_test(without_a_place_only_the_code_is_left),
        cmocka_unit_test(arguments_are_evaluated_once),
        cmocka_unit_test(context_goes_in_front),
        cmocka_unit_test(a_long_message_loses_its_end),
        cmocka_unit_test(every_code_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
