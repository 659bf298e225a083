/* N-Quads: what the grammar allows and refuses, and the one way in which we write it. */
#include "tests/harness.h"

#include <stdlib.h>

#include "verifier/rdf/nquads.h"

struct fixture {
    struct arena arena;
    struct rdf_dataset dataset;
    struct err e;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    arena_init(&f->arena, 1 << 20);
    f->dataset = rdf_dataset(&f->arena, 100);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_done(&f->arena);
    free(f);
    return 0;
}

static enum err_code parse(struct fixture *f, const char *text)
{
    f->dataset = rdf_dataset(&f->arena, 100);
    return nquads_parse(&f->dataset, slice_of(text), &f->e);
}

/* Parse and write again, in the order of the input. */
static void assert_written(struct fixture *f, const char *text, const char *expected)
{
    assert_ok(parse(f, text), f->e);
    struct buffer b = buffer(&f->arena, 0, 1 << 16);
    for (size_t i = 0; i < f->dataset.n; i++)
        nquads_put(&b, &f->dataset.quads[i], NQUADS_RDFC);
    assert_ok(nquads_check(&b, &f->e), f->e);
    assert_int_equal(b.len, strlen(expected));
    assert_memory_equal(b.data, expected, b.len);
}

static void white_space_and_comments_go(void **state)
{
    assert_written(*state, "", "");
    assert_written(*state, "\n\r\n # only a comment", "");
    assert_written(*state, "<a:s><a:p><a:o><a:g>.", "<a:s> <a:p> <a:o> <a:g> .\n");
    assert_written(*state, " \t_:s <a:p>\t\"o\" . # said\r<a:s> <a:p> _:o.\n",
                   "_:s <a:p> \"o\" .\n<a:s> <a:p> _:o .\n");
}

static void literals_keep_language_and_type(void **state)
{
    assert_written(*state, "<a:s> <a:p> \"o\"@en-GB-x1 .", "<a:s> <a:p> \"o\"@en-GB-x1 .\n");
    assert_written(*state, "<a:s> <a:p> \"1\"^^<a:int> .", "<a:s> <a:p> \"1\"^^<a:int> .\n");
    assert_written(*state, "<a:s> <a:p> \"o\"^^<http://www.w3.org/2001/XMLSchema#string> .",
                   "<a:s> <a:p> \"o\" .\n");
    assert_written(*state, "<a:s> <a:p> \"\" .", "<a:s> <a:p> \"\" .\n");
}

static void escapes_have_one_form(void **state)
{
    assert_written(*state, "<a:s> <a:p> \"\\t\\b\\n\\r\\f\\\"\\'\\\\\" .",
                   "<a:s> <a:p> \"\\t\\b\\n\\r\\f\\\"'\\\\\" .\n");
    assert_written(*state, "<a:s> <a:p> \"\t\b\f\x01\x1f\x7f\" .",
                   "<a:s> <a:p> \"\\t\\b\\f\\u0001\\u001F\\u007F\" .\n");
    assert_written(*state, "<a:s> <a:p> \"\\u0000\\u000b\\u00e9\\U0001F4A9 z\" .",
                   "<a:s> <a:p> \"\\u0000\\u000B\xc3\xa9\xf0\x9f\x92\xa9 z\" .\n");
    assert_written(*state, "<a:\\u00e9\\u0041> <a:p> <a:\xc3\xa9> .",
                   "<a:\xc3\xa9" "A> <a:p> <a:\xc3\xa9> .\n");
    /* An escaped backslash does not begin another escape. */
    assert_written(*state, "<a:s> <a:p> \"\\\\u0041\" .", "<a:s> <a:p> \"\\\\u0041\" .\n");
}

static void labels_take_dots_inside(void **state)
{
    assert_written(*state, "_:a.b-c <a:p> _:0:x.", "_:a.b-c <a:p> _:0:x .\n");
    assert_written(*state, "_:\xc3\xa9\xc2\xb7 <a:p> _:x_.", "_:\xc3\xa9\xc2\xb7 <a:p> _:x_ .\n");
}

static void repeated_quads_go(void **state)
{
    assert_written(*state, "<a:s> <a:p> \"1\" .\n_:b <a:p> \"1\" .\n<a:s> <a:p> \"\\u0031\" .\n",
                   "<a:s> <a:p> \"1\" .\n_:b <a:p> \"1\" .\n");
}

static void wrong_text_is_refused_with_its_place(void **state)
{
    static const struct { const char *text, *message; } CASES[] = {
        {"<a:s> <a:p> <a:o>", "line 1, column 18: expected a graph name or \".\""},
        {"<a:s> <a:p> .", "line 1, column 13: expected an IRI, a blank node or a literal"},
        {"<a:s> _:p <a:o> .", "line 1, column 7: expected an IRI"},
        {"\"s\" <a:p> <a:o> .", "line 1, column 1: expected an IRI or a blank node"},
        {"<a:s> <a:p> <a:o> \"g\" .", "line 1, column 19: expected a graph name or \".\""},
        {"<a:s> <a:p> <a:o> . <a:s>", "line 1, column 21: expected the end of the line"},
        {"\n\n <s> <a:p> <a:o> .", "line 3, column 2: an IRI must be absolute"},
        {"<1a:s> <a:p> <a:o> .", "line 1, column 1: an IRI must be absolute"},
        {"<a:s t> <a:p> <a:o> .", "line 1, column 5: an IRI cannot hold this character, or is not closed"},
        {"<a:s\\n> <a:p> <a:o> .", "line 1, column 6: unknown escape"},
        {"<a:s", "line 1, column 5: an IRI cannot hold this character, or is not closed"},
        {"<a:s> <a:p> \"o", "line 1, column 15: a literal is not closed on its line"},
        {"<a:s> <a:p> \"o\n\" .", "line 1, column 15: a literal is not closed on its line"},
        {"<a:s> <a:p> \"\\", "line 1, column 15: unknown escape"},
        {"<a:s> <a:p> \"\\x\" .", "line 1, column 15: unknown escape"},
        {"<a:s> <a:p> \"\\u12g4\" .", "line 1, column 18: an escape needs hexadecimal digits"},
        {"<a:s> <a:p> \"\\ud800\" .", "line 1, column 16: an escape stands for no character"},
        {"<a:s> <a:p> \"\\U00110000\" .", "line 1, column 16: an escape stands for no character"},
        {"<a:s> <a:p> \"o\"@ .", "line 1, column 17: a language tag is not complete"},
        {"<a:s> <a:p> \"o\"@1 .", "line 1, column 17: a language tag is not complete"},
        {"<a:s> <a:p> \"o\"@en- .", "line 1, column 20: a language tag is not complete"},
        {"<a:s> <a:p> \"o\"^^a:t .", "line 1, column 18: expected an IRI"},
        {"_: <a:p> <a:o> .", "line 1, column 1: a blank node needs a label"},
        {"_:-a <a:p> <a:o> .", "line 1, column 1: a blank node needs a label"},
        {"<a:s> <a:p> \"\xff\" .", "line 1, column 14: not UTF-8"},
        {"<a:s> <a:p> \"\xed\xa0\x80\" .", "line 1, column 14: not UTF-8"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_err(parse(f, CASES[i].text), ERR_PARSE);
        assert_string_equal(f->e.msg, CASES[i].message);
    }
}

static void a_limit_is_a_limit(void **state)
{
    struct fixture *f = *state;
    f->dataset = rdf_dataset(&f->arena, 1);
    struct slice two = SLICE("<a:s> <a:p> <a:o> .\n<a:s> <a:p> <a:q> .\n");
    assert_err(nquads_parse(&f->dataset, two, &f->e), ERR_LIMIT);
    struct buffer b = buffer(&f->arena, 0, 19);
    nquads_put(&b, &f->dataset.quads[0], NQUADS_RDFC);
    assert_err(nquads_check(&b, &f->e), ERR_LIMIT);
    assert_string_equal(f->e.msg, "the text needs more than 19 bytes");
}

static void a_term_cannot_forge_a_line(void **state)
{
    struct fixture *f = *state;
    struct buffer b = buffer(&f->arena, 0, 1000);
    struct rdf_quad quad = {rdf_iri(SLICE("a:x> .\n<a:y")), rdf_iri(SLICE("a:\\u0020{}|^`\"")),
                            rdf_literal(SLICE("1"), SLICE("a:t>")), {0}};
    nquads_put(&b, &quad, NQUADS_RDFC);
    assert_true(slice_is(buffer_slice(&b), "<a:x\\u003E\\u0020.\\u000A\\u003Ca:y> "
                                           "<a:\\u005Cu0020\\u007B\\u007D\\u007C\\u005E\\u0060\\u0022> "
                                           "\"1\"^^<a:t\\u003E> .\n"));
    assert_written(f, "<a:\\u0020\\u003E> <a:p> <a:\\u0041\\u005c> .", "<a:\\u0020\\u003E> <a:p> <a:A\\u005C> .\n");
    quad.object = rdf_lang_text(SLICE("1"), SLICE("en .\n"));
    nquads_put(&b, &quad, NQUADS_RDFC);
    assert_err(nquads_check(&b, &f->e), ERR_INVALID);
}

static void the_old_escapes_are_fewer(void **state)
{
    struct fixture *f = *state;
    assert_ok(parse(f, "<a:s> <a:p> \"\t\\n\\r\\\"\\\\\\u0001\x7f\" ."), f->e);
    struct buffer b = buffer(&f->arena, 0, 1000);
    nquads_put(&b, &f->dataset.quads[0], NQUADS_LEGACY);
    const char *expected = "<a:s> <a:p> \"\t\\n\\r\\\"\\\\\x01\x7f\" .\n";
    assert_int_equal(b.len, strlen(expected));
    assert_memory_equal(b.data, expected, b.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(white_space_and_comments_go, setup, teardown),
        cmocka_unit_test_setup_teardown(literals_keep_language_and_type, setup, teardown),
        cmocka_unit_test_setup_teardown(escapes_have_one_form, setup, teardown),
        cmocka_unit_test_setup_teardown(labels_take_dots_inside, setup, teardown),
        cmocka_unit_test_setup_teardown(repeated_quads_go, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_text_is_refused_with_its_place, setup, teardown),
        cmocka_unit_test_setup_teardown(a_limit_is_a_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_term_cannot_forge_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(the_old_escapes_are_fewer, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
