/* Resolution: the examples of RFC 3986 section 5.4 and edge cases; the forms of an IRI. */
#include "tests/harness.h"

#include "verifier/rdf/iri.h"
#include "verifier/rdf/slice.h"

struct row {
    const char *reference, *expected;
};

static void check(const char *base, const struct row *rows, size_t n)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < n; i++) {
        struct slice got = iri_resolve(&arena, slice_of(base), slice_of(rows[i].reference));
        if (!slice_is(got, rows[i].expected))
            fail_msg("%s + %s: got %.*s, expected %s", base, rows[i].reference, (int)got.len,
                     (const char *)got.data, rows[i].expected);
    }
    arena_done(&arena);
}

/* Sections 5.4.1 and 5.4.2, strict. */
static void examples_of_the_rfc(void **state)
{
    (void)state;
    static const struct row ROWS[] = {
        {"g:h", "g:h"}, {"g", "http://a/b/c/g"}, {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"}, {"/g", "http://a/g"}, {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"}, {"g?y", "http://a/b/c/g?y"}, {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"}, {"g?y#s", "http://a/b/c/g?y#s"}, {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"}, {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"}, {".", "http://a/b/c/"}, {"./", "http://a/b/c/"},
        {"..", "http://a/b/"}, {"../", "http://a/b/"}, {"../g", "http://a/b/g"},
        {"../..", "http://a/"}, {"../../", "http://a/"}, {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"}, {"../../../../g", "http://a/g"}, {"/./g", "http://a/g"},
        {"/../g", "http://a/g"}, {"g.", "http://a/b/c/g."}, {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."}, {"..g", "http://a/b/c/..g"}, {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"}, {"g/./h", "http://a/b/c/g/h"}, {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"}, {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"}, {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"}, {"g#s/../x", "http://a/b/c/g#s/../x"},
        {"http:g", "http:g"},
    };
    check("http://a/b/c/d;p?q", ROWS, sizeof ROWS / sizeof *ROWS);
}

static void bases_of_other_shapes(void **state)
{
    (void)state;
    static const struct row ROWS[] = {{"g", "http://a/g"}, {"?y", "http://a?y"}, {"", "http://a"}};
    static const struct row OPAQUE[] = {{"g", "urn:g"}, {"#f", "urn:x:y#f"}, {"", "urn:x:y"}};
    static const struct row EMPTY[] = {{"g", "g"}, {"../x", "../x"}};
    check("http://a", ROWS, 3);
    check("urn:x:y", OPAQUE, 3);
    check("", EMPTY, 2);
}

static void forms(void **state)
{
    (void)state;
    assert_true(iri_has_scheme(SLICE("urn:x")));
    assert_true(iri_has_scheme(SLICE("a+b-c.d:")));
    assert_false(iri_has_scheme(SLICE("1a:b")));
    assert_false(iri_has_scheme(SLICE(":b")));
    assert_false(iri_has_scheme(SLICE("_:b")));
    assert_false(iri_has_scheme(SLICE("a b:c")));
    assert_false(iri_has_scheme(SLICE("a:b c")));
    assert_false(iri_has_scheme(SLICE("")));
    assert_true(iri_is_well_formed(SLICE("http://a/\xc3\xa9")));
    assert_false(iri_is_well_formed(SLICE("http://a/<b>")));
    assert_false(iri_is_well_formed(SLICE("a/b")));
    assert_true(iri_is_blank(SLICE("_:")));
    assert_false(iri_is_blank(SLICE("_")));
    assert_true(iri_ends_in_delimiter(SLICE("http://a#")));
    assert_false(iri_ends_in_delimiter(SLICE("http://a")));
    assert_false(iri_ends_in_delimiter(SLICE("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_rfc),
        cmocka_unit_test(bases_of_other_shapes),
        cmocka_unit_test(forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
