/* JSON-LD to RDF: lexical forms of numbers, typed literals, lists, reverse properties, named graphs. */
#include "tests/harness.h"

#include <float.h>

#include "tests/ldtest.h"
#include "verifier/rdf/slice.h"
#include "verifier/rdf/tordf.h"

#define XSD "http://www.w3.org/2001/XMLSchema#"
#define RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

static void doubles_in_canonical_form(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } ROWS[] = {
        {0.0, "0.0E0"}, {-0.0, "-0.0E0"}, {1.0, "1.0E0"}, {-1.5, "-1.5E0"}, {0.1, "1.0E-1"},
        {1e-7, "1.0E-7"}, {123.45, "1.2345E2"}, {1e21, "1.0E21"}, {1.5e300, "1.5E300"},
        {5.3, "5.3E0"}, {1.0 / 3.0, "3.333333333333333E-1"}, {DBL_MAX, "1.797693134862316E308"},
        {DBL_TRUE_MIN, "4.940656458412465E-324"}, {100.0, "1.0E2"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char text[TORDF_NUMBER_MAX + 1] = "";
        text[tordf_double(text, ROWS[i].value)] = '\0';
        assert_string_equal(text, ROWS[i].text);
    }
}

static void integers_in_canonical_form(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } ROWS[] = {
        {0.0, "0"}, {-0.0, "0"}, {1.0, "1"}, {-7.0, "-7"}, {9007199254740991.0, "9007199254740991"},
        {123456789012345680000.0, "123456789012345683968"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char text[TORDF_NUMBER_MAX + 1] = "";
        text[tordf_integer(text, ROWS[i].value)] = '\0';
        assert_string_equal(text, ROWS[i].text);
    }
}

static void check(const char *json, const char *expected)
{
    struct ldtest t;
    ldtest_start(&t);
    const char *got = ldtest_canonize(&t, json, JSONLD_LOSS_IGNORE, false);
    if (got == NULL)
        fail_msg("%s: %s", json, t.e.msg);
    assert_string_equal(got, expected);
    ldtest_end(&t);
}

static void native_values(void **state)
{
    (void)state;
    check("{\"@id\":\"e:s\",\"e:p\":[true,5,5.5,1e21,\"x\",\"x\"]}",
          "<e:s> <e:p> \"1.0E21\"^^<" XSD "double> .\n"
          "<e:s> <e:p> \"5\"^^<" XSD "integer> .\n"
          "<e:s> <e:p> \"5.5E0\"^^<" XSD "double> .\n"
          "<e:s> <e:p> \"true\"^^<" XSD "boolean> .\n"
          "<e:s> <e:p> \"x\" .\n");
}

static void coerced_values(void **state)
{
    (void)state;
    check("{\"@id\":\"e:s\",\"e:p\":[{\"@value\":5,\"@type\":\"" XSD "double\"},"
          "{\"@value\":\"5\",\"@type\":\"" XSD "double\"},{\"@value\":1.5,\"@type\":\"" XSD "decimal\"},"
          "{\"@value\":\"x\",\"@language\":\"FR-ca\"},{\"@value\":{\"b\":1,\"a\":1e0},\"@type\":\"@json\"}]}",
          "<e:s> <e:p> \"1.5E0\"^^<" XSD "decimal> .\n"
          "<e:s> <e:p> \"5\"^^<" XSD "double> .\n"
          "<e:s> <e:p> \"5.0E0\"^^<" XSD "double> .\n"
          "<e:s> <e:p> \"x\"@fr-ca .\n"
          "<e:s> <e:p> \"{\\\"a\\\":1,\\\"b\\\":1}\"^^<" RDF "JSON> .\n");
}

static void lists(void **state)
{
    (void)state;
    check("{\"@id\":\"e:s\",\"e:p\":{\"@list\":[]}}", "<e:s> <e:p> <" RDF "nil> .\n");
    check("{\"@id\":\"e:s\",\"e:p\":{\"@list\":[1,[]]}}",
          "<e:s> <e:p> _:c14n1 .\n"
          "_:c14n0 <" RDF "first> <" RDF "nil> .\n"
          "_:c14n0 <" RDF "rest> <" RDF "nil> .\n"
          "_:c14n1 <" RDF "first> \"1\"^^<" XSD "integer> .\n"
          "_:c14n1 <" RDF "rest> _:c14n0 .\n");
}

static void reverse_and_included(void **state)
{
    (void)state;
    check("{\"@id\":\"e:s\",\"@reverse\":{\"e:p\":[{\"@id\":\"e:a\"},{\"@id\":\"e:b\",\"e:q\":1}]},"
          "\"@included\":[{\"@id\":\"e:c\",\"@type\":\"e:T\"}]}",
          "<e:a> <e:p> <e:s> .\n<e:b> <e:p> <e:s> .\n"
          "<e:b> <e:q> \"1\"^^<" XSD "integer> .\n<e:c> <" RDF "type> <e:T> .\n");
}

static void named_graphs(void **state)
{
    (void)state;
    check("{\"@id\":\"e:g\",\"e:p\":\"about\",\"@graph\":{\"@id\":\"_:x\",\"e:q\":{\"@id\":\"_:x\"}}}",
          "<e:g> <e:p> \"about\" .\n_:c14n0 <e:q> _:c14n0 <e:g> .\n");
    check("{\"@id\":\"relative\",\"@graph\":{\"@id\":\"e:s\",\"e:q\":1}}", "");
}

static void nodes_named_twice_are_one(void **state)
{
    (void)state;
    check("[{\"@id\":\"_:n\",\"e:p\":1},{\"@id\":\"_:n\",\"e:p\":[1,2]}]",
          "_:c14n0 <e:p> \"1\"^^<" XSD "integer> .\n_:c14n0 <e:p> \"2\"^^<" XSD "integer> .\n");
}

/* Whether JCS may round depends on whether losses count. */
static void big_integers_in_json_literals(void **state)
{
    (void)state;
    static const char JSON[] =
        "{\"@id\":\"e:s\",\"e:p\":{\"@value\":[9007199254740993],\"@type\":\"@json\"}}";
    struct ldtest t;
    ldtest_start(&t);
    assert_non_null(ldtest_canonize(&t, JSON, JSONLD_LOSS_IGNORE, false));
    assert_null(ldtest_canonize(&t, JSON, JSONLD_LOSS_FAIL, false));
    assert_int_equal(t.run.code, JSONLD_INVALID_JSON_LITERAL);
    ldtest_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_in_canonical_form),
        cmocka_unit_test(integers_in_canonical_form),
        cmocka_unit_test(native_values),
        cmocka_unit_test(coerced_values),
        cmocka_unit_test(lists),
        cmocka_unit_test(reverse_and_included),
        cmocka_unit_test(named_graphs),
        cmocka_unit_test(nodes_named_twice_are_one),
        cmocka_unit_test(big_integers_in_json_literals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
