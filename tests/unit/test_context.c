/* Contexts: every error code of the specification that they can give, protection, scopes, imports, the
 * cache, limits, and the rule for contexts inside credentials. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/ldtest.h"
#include "verifier/rdf/slice.h"

static struct ldtest t;

static int set_up(void **state)
{
    (void)state;
    ldtest_start(&t);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ldtest_end(&t);
    return 0;
}

struct row {
    const char *json, *code;
};

static void check_code(const struct row *row, bool credential)
{
    const char *got = ldtest_canonize(&t, row->json, JSONLD_LOSS_IGNORE, credential);
    const char *code = got != NULL ? "no error" : jsonld_code_name(t.run.code);
    if (strcmp(code, row->code) != 0)
        fail_msg("%s\n  got %s (%s), expected %s", row->json, code, t.e.msg, row->code);
    if (got == NULL)
        assert_int_equal(t.e.code, t.run.status);
}

#define CONTEXT(text) "{\"@context\":" text "}"
#define TERM(text) CONTEXT("{\"a\":" text "}")
#define LISTED(text) CONTEXT("[\"https://ctx.example/v1\"," text "]")
#define PROTECTED(text) CONTEXT("[\"https://ctx.example/protected\"," text "]")

static void codes_of_contexts(void **state)
{
    (void)state;
    static const struct row ROWS[] = {
        {CONTEXT("true"), "invalid local context"},
        {CONTEXT("[[]]"), "invalid local context"},
        {CONTEXT("{\"@version\":1.0}"), "invalid @version value"},
        {CONTEXT("{\"@version\":\"1.1\"}"), "invalid @version value"},
        {CONTEXT("{\"@version\":1.1}"), "no error"},
        {CONTEXT("{\"@base\":true}"), "invalid base IRI"},
        {CONTEXT("{\"@base\":\"relative\"}"), "invalid base IRI"},
        {CONTEXT("{\"@vocab\":true}"), "invalid vocab mapping"},
        {CONTEXT("{\"@vocab\":\"@id\"}"), "invalid vocab mapping"},
        {CONTEXT("{\"@language\":true}"), "invalid default language"},
        {CONTEXT("{\"@direction\":\"up\"}"), "invalid base direction"},
        {CONTEXT("{\"@propagate\":\"no\"}"), "invalid @propagate value"},
        {CONTEXT("{\"@protected\":\"no\"}"), "invalid @protected value"},
        {CONTEXT("{\"@import\":1}"), "invalid @import value"},
        {CONTEXT("{\"@import\":\"https://ctx.example/array\"}"), "invalid remote context"},
        {CONTEXT("{\"@import\":\"https://ctx.example/import\"}"), "invalid context entry"},
        {CONTEXT("\"https://ctx.example/none\""), "invalid remote context"},
        {CONTEXT("\"https://ctx.example/nowhere\""), "loading remote context failed"},
        {CONTEXT("\"https://ctx.example/bad\""), "invalid IRI mapping"},
        {CONTEXT("\"https://ctx.example/loop\""), "context overflow"},
        {CONTEXT("\"https://ctx.example/scoped-loop\""), "no error"},
        {CONTEXT("{\"@id\":\"x\"}"), "keyword redefinition"},
        {CONTEXT("{\"@type\":{}}"), "keyword redefinition"},
        {CONTEXT("{\"@type\":{\"@container\":\"@set\"}}"), "no error"},
        {CONTEXT("{\"@foo\":\"http://e/\"}"), "no error"},
        {CONTEXT("{\"\":\"http://e/\"}"), "invalid term definition"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        check_code(&ROWS[i], false);
}

static void codes_of_terms(void **state)
{
    (void)state;
    static const struct row ROWS[] = {
        {TERM("1"), "invalid term definition"},
        {TERM("\"rel\""), "invalid IRI mapping"},
        {TERM("{\"@id\":1}"), "invalid IRI mapping"},
        {TERM("{\"@type\":\"@id\"}"), "invalid IRI mapping"},
        {TERM("\"@context\""), "invalid keyword alias"},
        {TERM("\"a:b\""), "cyclic IRI mapping"},
        {CONTEXT("{\"a\":\"b:x\",\"b\":\"a:x\"}"), "cyclic IRI mapping"},
        {CONTEXT("{\"e:x\":\"http://other/\"}"), "invalid IRI mapping"},
        {CONTEXT("{\"e:x\":\"e:x\"}"), "no error"},
        {TERM("{\"@id\":\"e:x\",\"foo\":1}"), "invalid term definition"},
        {TERM("{\"@id\":\"e:x\",\"@type\":1}"), "invalid type mapping"},
        {TERM("{\"@id\":\"e:x\",\"@type\":\"_:b\"}"), "invalid type mapping"},
        {TERM("{\"@id\":\"e:x\",\"@container\":\"@foo\"}"), "invalid container mapping"},
        {TERM("{\"@id\":\"e:x\",\"@container\":[\"@list\",\"@set\"]}"), "invalid container mapping"},
        {TERM("{\"@id\":\"e:x\",\"@container\":[\"@graph\",\"@id\",\"@set\"]}"), "no error"},
        {TERM("{\"@id\":\"e:x\",\"@container\":\"@type\",\"@type\":\"e:t\"}"), "invalid type mapping"},
        {TERM("{\"@reverse\":\"e:x\",\"@id\":\"e:y\"}"), "invalid reverse property"},
        {TERM("{\"@reverse\":\"e:x\",\"@container\":\"@list\"}"), "invalid reverse property"},
        {TERM("{\"@reverse\":1}"), "invalid IRI mapping"},
        {TERM("{\"@reverse\":\"rel\"}"), "invalid IRI mapping"},
        {TERM("{\"@id\":\"e:x\",\"@index\":\"e:i\"}"), "invalid term definition"},
        {TERM("{\"@id\":\"e:x\",\"@language\":1}"), "invalid language mapping"},
        {TERM("{\"@id\":\"e:x\",\"@direction\":\"up\"}"), "invalid base direction"},
        {TERM("{\"@id\":\"e:x\",\"@nest\":\"@id\"}"), "invalid @nest value"},
        {TERM("{\"@id\":\"e:x\",\"@prefix\":1}"), "invalid @prefix value"},
        {TERM("{\"@id\":\"@type\",\"@prefix\":true}"), "invalid term definition"},
        {TERM("{\"@id\":\"e:x\",\"@protected\":1}"), "invalid @protected value"},
        {TERM("{\"@id\":\"e:x\",\"@context\":{\"b\":\"rel\"}}"), "invalid scoped context"},
        {TERM("{\"@id\":\"e:x\",\"@context\":\"https://ctx.example/nowhere\"}"), "invalid scoped context"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        check_code(&ROWS[i], false);
}

static void protected_terms(void **state)
{
    (void)state;
    static const struct row ROWS[] = {
        {PROTECTED("{\"p\":\"https://else.example/\"}"), "protected term redefinition"},
        {PROTECTED("{\"p\":null}"), "protected term redefinition"},
        {PROTECTED("{\"p\":\"@foo\"}"), "protected term redefinition"},
        {PROTECTED("{\"p\":{\"@reverse\":\"https://p.example/p\"}}"), "protected term redefinition"},
        {PROTECTED("{\"p\":\"https://p.example/p\"}"), "no error"},
        {PROTECTED("{\"p\":{\"@id\":\"https://p.example/p\",\"@protected\":false}}"), "no error"},
        {PROTECTED("null"), "invalid context nullification"},
        {PROTECTED("{\"n\":\"https://p.example/n\"}"), "no error"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        check_code(&ROWS[i], false);
}

static void check_quads(const char *json, const char *expected)
{
    const char *got = ldtest_canonize(&t, json, JSONLD_LOSS_FAIL, false);
    if (got == NULL)
        fail_msg("%s: %s", json, t.e.msg);
    assert_string_equal(got, expected);
}

static void only_property_scopes_override_protection(void **state)
{
    (void)state;
    check_quads("{\"@context\":\"https://ctx.example/protected\",\"q\":{\"p\":\"x\"}}",
                "_:c14n0 <https://p.example/inner> \"x\" .\n_:c14n1 <https://p.example/q> _:c14n0 .\n");
    check_code(&(struct row){"{\"@context\":\"https://ctx.example/protected\",\"@type\":\"T\"}",
                             "protected term redefinition"}, false);
}

static void type_scopes_end_at_the_next_node(void **state)
{
    (void)state;
    check_quads("{\"@context\":[\"https://ctx.example/v1\",{\"@vocab\":\"https://v.example/\"}],"
                "\"type\":\"Person\",\"knows\":{\"id\":\"e:k\",\"knows\":\"e:m\"}}",
                "<e:k> <https://v.example/knows> \"e:m\" .\n"
                "_:c14n0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://s.example/Person> .\n"
                "_:c14n0 <https://s.example/knows> <e:k> .\n");
}

static void imports_are_overlaid(void **state)
{
    (void)state;
    check_quads("{\"@context\":\"https://ctx.example/import\",\"id\":\"e:x\",\"name\":\"n\"}",
                "<e:x> <https://s.example/imported> \"n\" .\n");
}

static void context_documents_have_no_say_in_the_base(void **state)
{
    (void)state;
    assert_null(ldtest_canonize(&t, "{\"@context\":\"https://ctx.example/base\",\"@id\":\"rel\",\"b\":1}",
                                JSONLD_LOSS_FAIL, false));
    assert_int_equal(t.run.code, JSONLD_DATA_LOSS);
}

/* Two documents, one cache: the same pointer comes back, and nothing is loaded again. */
static void contexts_are_processed_once(void **state)
{
    (void)state;
    const struct jsonld_options options = {.losses = JSONLD_LOSS_FAIL};
    const struct context *seen[2];
    for (int i = 0; i < 2; i++) {
        const struct jdoc *url = ldtest_parse(&t, "[\"https://ctx.example/array\"]");
        jsonld_init(&t.run, &t.arena, &t.cache, &options, url, &t.e);
        seen[i] = context_local(&t.run, context_initial(&t.run), url);
        assert_non_null(seen[i]);
        assert_int_equal(t.n_loads, 2);
        arena_reset(&t.arena);
    }
    assert_ptr_equal(seen[0], seen[1]);
    assert_true(seen[0]->shared);
}

static void inline_terms_do_not_outlive_their_document(void **state)
{
    (void)state;
    static const char LEAKED[] = "{\"@context\":[\"https://ctx.example/v1\"],\"extra\":1}";
    check_quads("{\"@context\":[\"https://ctx.example/v1\",{\"extra\":\"e:extra\"}],\"extra\":1}",
                "_:c14n0 <e:extra> \"1\"^^<http://www.w3.org/2001/XMLSchema#integer> .\n");
    arena_reset(&t.arena);
    assert_null(ldtest_canonize(&t, LEAKED, JSONLD_LOSS_FAIL, false));
    assert_int_equal(t.run.code, JSONLD_DATA_LOSS);
}

static void unknown_url_is_named(void **state)
{
    (void)state;
    assert_null(ldtest_canonize(&t, CONTEXT("\"https://nowhere.example/c\""), JSONLD_LOSS_FAIL, true));
    assert_int_equal(t.e.code, ERR_NOT_FOUND);
    assert_string_equal(t.e.msg, "loading remote context failed: https://nowhere.example/c: "
                                 "unknown context, name a file for it");
}

static void at_most_sixteen_context_documents(void **state)
{
    (void)state;
    char json[2048] = "{\"@context\":[";
    for (int n = 1; n <= JSONLD_MAX_CONTEXTS + 1; n++) {
        size_t len = strlen(json);
        snprintf(json + len, sizeof json - len, "\"https://ctx.example/n/%d\",", n);
        char whole[2100];
        snprintf(whole, sizeof whole, "%s\"https://ctx.example/n/1\"]}", json);
        const char *got = ldtest_canonize(&t, whole, JSONLD_LOSS_IGNORE, false);
        assert_int_equal(got != NULL, n <= JSONLD_MAX_CONTEXTS);
    }
    assert_int_equal(t.e.code, ERR_LIMIT);
}

static void terms_defined_by_one_another_have_a_limit(void **state)
{
    (void)state;
    static char json[200000] = "{\"@context\":{";
    size_t len = strlen(json);
    for (int i = 0; i < 5000; i++)
        len += (size_t)snprintf(json + len, sizeof json - len, "\"t%d\":\"t%d:x\",", i, i + 1);
    snprintf(json + len, sizeof json - len, "\"t5000\":\"e:x\"}}");
    assert_null(ldtest_canonize(&t, json, JSONLD_LOSS_IGNORE, false));
    assert_int_equal(t.run.code, JSONLD_LIMIT);
}

static void inline_contexts_of_credentials_only_add(void **state)
{
    (void)state;
    static const struct row ROWS[] = {
        {LISTED("{\"n2\":\"https://s.example/n2\"}"), "no error"},
        {LISTED("{\"n2\":\"s:n2\"}"), "no error"},
        {LISTED("{\"n2\":{\"@id\":\"https://s.example/n2\",\"@type\":\"@id\"}}"), "no error"},
        {LISTED("{\"name\":\"https://s.example/name\"}"), "no error"},
        {LISTED("{\"@language\":\"en\"}"), "no error"},
        {LISTED("{\"name\":null}"), "unsafe context"},
        {LISTED("{\"name\":\"@foo\"}"), "unsafe context"},
        {LISTED("{\"name\":\"https://s.example/other\"}"), "unsafe context"},
        {LISTED("{\"name\":{\"@id\":\"https://s.example/name\",\"@type\":\"@id\"}}"), "unsafe context"},
        {LISTED("{\"grade\":null}"), "unsafe context"},
        {LISTED("{\"grade\":{\"@id\":null}}"), "unsafe context"},
        {LISTED("{\"n2\":\"@nest\"}"), "unsafe context"},
        {LISTED("{\"@vocab\":\"https://v.example/\"}"), "unsafe context"},
        {LISTED("{\"@base\":\"https://v.example/\"}"), "unsafe context"},
        {LISTED("{\"@import\":\"https://ctx.example/v1\"}"), "unsafe context"},
        {LISTED("null"), "unsafe context"},
        {LISTED("{\"n2\":{\"@id\":\"e:n2\",\"@context\":{\"name\":null}}}"), "unsafe context"},
        {LISTED("{\"n2\":{\"@id\":\"e:n2\",\"@context\":null}}"), "unsafe context"},
        {"{\"@context\":\"https://ctx.example/v1\",\"holder\":{\"@context\":{\"name\":\"e:x\"}}}",
         "unsafe context"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        check_code(&ROWS[i], true);
}

/* The verdict reports them. */
static void inline_contexts_are_counted(void **state)
{
    (void)state;
    check_code(&(struct row){CONTEXT("\"https://ctx.example/array\""), "no error"}, true);
    assert_int_equal(t.run.n_inline, 0);
    check_code(&(struct row){LISTED("{\"x\":\"e:x\"},{\"y\":\"e:y\"}"), "no error"}, true);
    assert_int_equal(t.run.n_inline, 2);
}

/* Documents that the reference verifier of Blockcerts takes for genuine. */
static void published_attacks_are_unsafe(void **state)
{
    (void)state;
    static const char *const FILES[] = {
        "fixtures/attacks/null-mapped-extra-claim.json",
        "fixtures/attacks/name-swapped-by-inline-context.json",
    };
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        const char *path = harness_data(FILES[i]);
        if (path == NULL)
            skip();
        char *json = harness_read(path, NULL);
        assert_null(ldtest_canonize(&t, json, JSONLD_LOSS_LIST, true));
        assert_int_equal(t.run.code, JSONLD_UNSAFE_CONTEXT);
        free(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(codes_of_contexts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(codes_of_terms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(protected_terms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_property_scopes_override_protection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(type_scopes_end_at_the_next_node, set_up, tear_down),
        cmocka_unit_test_setup_teardown(imports_are_overlaid, set_up, tear_down),
        cmocka_unit_test_setup_teardown(context_documents_have_no_say_in_the_base, set_up, tear_down),
        cmocka_unit_test_setup_teardown(contexts_are_processed_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(inline_terms_do_not_outlive_their_document, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_url_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_most_sixteen_context_documents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(terms_defined_by_one_another_have_a_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(inline_contexts_of_credentials_only_add, set_up, tear_down),
        cmocka_unit_test_setup_teardown(inline_contexts_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(published_attacks_are_unsafe, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
