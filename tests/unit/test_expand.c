/* Lossless or fail: what would not be signed, and where; the error codes of documents. */
#include "tests/harness.h"

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

/* A document with the members of `text` under a context with a few terms. */
#define DOCUMENT(text)                                                                             \
    "{\"@context\":{\"id\":\"@id\",\"type\":\"@type\",\"p\":\"e:p\",\"ref\":{\"@id\":\"e:r\",\"@type\":\"@id\"}," \
    "\"null\":null,\"blank\":\"_:b\",\"lang\":{\"@id\":\"e:l\",\"@container\":\"@language\"},"                    \
    "\"idx\":{\"@id\":\"e:i\",\"@container\":\"@index\"},\"ids\":{\"@id\":\"e:ids\",\"@container\":\"@id\"},"     \
    "\"types\":{\"@id\":\"e:types\",\"@container\":\"@type\"},\"g\":{\"@id\":\"e:g\",\"@container\":\"@graph\"}," \
    "\"json\":{\"@id\":\"e:j\",\"@type\":\"@json\"},\"rtl\":{\"@id\":\"e:d\",\"@direction\":\"rtl\"},"            \
    "\"bad\":{\"@id\":\"e:bad\",\"@language\":\"not a tag\"}},"                                      \
    "\"p\":1," text "}"

struct loss {
    const char *json;
    enum jsonld_loss reason;
    const char *pointer;
};

static void check_loss(const struct loss *row)
{
    if (ldtest_canonize(&t, row->json, JSONLD_LOSS_FAIL, false) != NULL)
        fail_msg("%s: passed", row->json);
    if (t.run.code != JSONLD_DATA_LOSS)
        fail_msg("%s: %s", row->json, t.e.msg);
    if (strstr(t.e.msg, jsonld_loss_text(row->reason)) == NULL)
        fail_msg("%s: %s", row->json, t.e.msg);
    assert_non_null(ldtest_canonize(&t, row->json, JSONLD_LOSS_LIST, false));
    assert_int_equal(t.run.n_losses, 1);
    assert_int_equal(t.run.losses[0].reason, row->reason);
    if (!slice_is(t.run.losses[0].pointer, row->pointer))
        fail_msg("%s: pointer %.*s", row->json, SLICE_ARG(t.run.losses[0].pointer));
    assert_non_null(ldtest_canonize(&t, row->json, JSONLD_LOSS_IGNORE, false));
    assert_int_equal(t.run.n_losses, 0);
}

static void losses_are_found_and_located(void **state)
{
    (void)state;
    static const struct loss ROWS[] = {
        {DOCUMENT("\"x\":1"), JSONLD_LOSS_KEY, "/x"},
        {DOCUMENT("\"x\":null"), JSONLD_LOSS_KEY, "/x"},
        {DOCUMENT("\"null\":\"hidden\""), JSONLD_LOSS_KEY, "/null"},
        {DOCUMENT("\"@foo\":1"), JSONLD_LOSS_KEY, "/@foo"},
        {DOCUMENT("\"p2\":{\"deep\":[{\"x/y\":1}]}"), JSONLD_LOSS_KEY, "/p2"},
        {DOCUMENT("\"e:q\":{\"e:r\":[0,{\"x/y\":1}]}"), JSONLD_LOSS_KEY, "/e:q/e:r/1/x~1y"},
        {DOCUMENT("\"blank\":1"), JSONLD_LOSS_PROPERTY, "/blank"},
        {DOCUMENT("\"e:a b\":1"), JSONLD_LOSS_PROPERTY, "/e:a b"},
        {DOCUMENT("\"e:a<b\":1"), JSONLD_LOSS_PROPERTY, "/e:a<b"},
        {DOCUMENT("\"ref\":\"relative\""), JSONLD_LOSS_ID, "/ref"},
        {DOCUMENT("\"ref\":{\"id\":\"relative\"}"), JSONLD_LOSS_ID, "/ref/id"},
        {DOCUMENT("\"ref\":{\"id\":\"e:a b\"}"), JSONLD_LOSS_ID, "/ref/id"},
        {DOCUMENT("\"type\":\"Unmapped\""), JSONLD_LOSS_TYPE, "/type"},
        {DOCUMENT("\"type\":[\"e:T\",\"Unmapped\"]"), JSONLD_LOSS_TYPE, "/type/1"},
        {DOCUMENT("\"types\":{\"Unmapped\":{\"p\":1}}"), JSONLD_LOSS_TYPE, "/types/Unmapped"},
        {DOCUMENT("\"ids\":{\"relative\":{\"p\":1}}"), JSONLD_LOSS_ID, "/ids/relative"},
        {DOCUMENT("\"e:q\":{\"@value\":null}"), JSONLD_LOSS_NULL_VALUE, "/e:q"},
        {DOCUMENT("\"e:q\":{\"@language\":\"en\"}"), JSONLD_LOSS_FREE_VALUE, "/e:q"},
        {DOCUMENT("\"e:q\":{\"@value\":\"x\",\"@language\":\"not a tag\"}"), JSONLD_LOSS_LANGUAGE,
         "/e:q/@language"},
        {DOCUMENT("\"bad\":\"x\""), JSONLD_LOSS_LANGUAGE, "/bad"},
        {DOCUMENT("\"lang\":{\"not a tag\":\"x\"}"), JSONLD_LOSS_LANGUAGE, "/lang/not a tag"},
        {DOCUMENT("\"rtl\":\"x\""), JSONLD_LOSS_DIRECTION, "/rtl"},
        {DOCUMENT("\"e:q\":{\"@value\":\"x\",\"@direction\":\"rtl\"}"), JSONLD_LOSS_DIRECTION,
         "/e:q/@direction"},
        {DOCUMENT("\"@index\":\"x\""), JSONLD_LOSS_INDEX, "/@index"},
        {DOCUMENT("\"idx\":{\"key\":1}"), JSONLD_LOSS_INDEX, "/idx/key"},
        {DOCUMENT("\"e:q\":9007199254740992"), JSONLD_LOSS_NUMBER, "/e:q"},
        {DOCUMENT("\"e:q\":[-1e20]"), JSONLD_LOSS_NUMBER, "/e:q/0"},
        {DOCUMENT("\"e:q\":{\"@value\":12345678901234567890}"), JSONLD_LOSS_NUMBER, "/e:q/@value"},
        {DOCUMENT("\"@graph\":[\"free\"]"), JSONLD_LOSS_FREE_VALUE, "/@graph/0"},
        {DOCUMENT("\"@graph\":[{\"@value\":\"free\"}]"), JSONLD_LOSS_FREE_VALUE, "/@graph/0"},
        {DOCUMENT("\"@graph\":[{\"@list\":[1]}]"), JSONLD_LOSS_FREE_VALUE, "/@graph/0/@list"},
        {DOCUMENT("\"@graph\":[{\"id\":\"e:nothing\"}]"), JSONLD_LOSS_FREE_NODE, "/@graph/0"},
        {DOCUMENT("\"@included\":[{\"id\":\"e:nothing\"}]"), JSONLD_LOSS_FREE_NODE, "/@included/0"},
        {DOCUMENT("\"g\":\"free\""), JSONLD_LOSS_FREE_VALUE, "/g"},
        {DOCUMENT("\"g\":{\"id\":\"e:nothing\"}"), JSONLD_LOSS_FREE_NODE, "/g"},
        {"[\"free\"]", JSONLD_LOSS_FREE_VALUE, "/0"},
        {"{\"@id\":\"e:nothing\"}", JSONLD_LOSS_FREE_NODE, ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        check_loss(&ROWS[i]);
}

/* What says nothing, or all of which is in the quads, is no loss. */
static void these_lose_nothing(void **state)
{
    (void)state;
    static const char *const DOCUMENTS[] = {
        DOCUMENT("\"e:q\":null"),
        DOCUMENT("\"e:q\":[]"),
        DOCUMENT("\"e:q\":[null]"),
        DOCUMENT("\"e:q\":{}"),
        DOCUMENT("\"e:q\":{\"@set\":[]}"),
        DOCUMENT("\"e:q\":{\"@list\":[]}"),
        DOCUMENT("\"@graph\":[]"),
        DOCUMENT("\"id\":\"_:b\",\"ref\":\"_:b\",\"type\":\"_:t\""),
        DOCUMENT("\"lang\":{\"en\":[\"x\",null],\"@none\":\"y\"}"),
        DOCUMENT("\"idx\":{\"@none\":1}"),
        DOCUMENT("\"e:q\":9007199254740991"),
        DOCUMENT("\"e:q\":1e21"),
        DOCUMENT("\"json\":{\"any\":[null,{\"thing\":true}]}"),
        DOCUMENT("\"ref\":[\"e:a\",{\"id\":\"e:b\"}]"),
        DOCUMENT("\"g\":{\"p\":1}"),
        DOCUMENT("\"@reverse\":{\"e:q\":{\"id\":\"e:other\"}}"),
    };
    for (size_t i = 0; i < sizeof DOCUMENTS / sizeof *DOCUMENTS; i++)
        if (ldtest_canonize(&t, DOCUMENTS[i], JSONLD_LOSS_FAIL, false) == NULL)
            fail_msg("%s: %s", DOCUMENTS[i], t.e.msg);
}

static void all_losses_are_listed(void **state)
{
    (void)state;
    assert_non_null(ldtest_canonize(&t, DOCUMENT("\"x\":1,\"type\":\"U\",\"e:q\":[{\"y\":2},{\"z\":3}]"),
                                    JSONLD_LOSS_LIST, false));
    static const char *const POINTERS[] = {"/x", "/type", "/e:q/0/y", "/e:q/1/z"};
    assert_int_equal(t.run.n_losses, 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(slice_is(t.run.losses[i].pointer, POINTERS[i]));
}

static void the_message_ends_in_the_pointer(void **state)
{
    (void)state;
    assert_null(ldtest_canonize(&t, DOCUMENT("\"e:q\":{\"grade\":\"A+\"}"), JSONLD_LOSS_FAIL, false));
    assert_string_equal(t.e.msg, "not signed: no context defines the key (at /e:q/grade)");
    assert_null(ldtest_canonize(&t, "{\"@id\":5}", JSONLD_LOSS_FAIL, false));
    assert_string_equal(t.e.msg, "invalid @id value: @id must be a string (at /@id)");
}

static void codes_of_documents(void **state)
{
    (void)state;
    static const struct {
        const char *json, *code;
    } ROWS[] = {
        {"{\"@id\":5}", "invalid @id value"},
        {"{\"@type\":5}", "invalid type value"},
        {"{\"@type\":[\"e:T\",5]}", "invalid type value"},
        {"{\"e:p\":{\"@value\":[]}}", "invalid value object value"},
        {"{\"e:p\":{\"@value\":1,\"@language\":\"en\"}}", "invalid language-tagged value"},
        {"{\"e:p\":{\"@value\":\"x\",\"@language\":5}}", "invalid language-tagged string"},
        {"{\"e:p\":{\"@value\":\"x\",\"@direction\":\"up\"}}", "invalid base direction"},
        {"{\"e:p\":{\"@value\":\"x\",\"@type\":\"rel\"}}", "invalid typed value"},
        {"{\"e:p\":{\"@value\":\"x\",\"@type\":\"_:b\"}}", "invalid typed value"},
        {"{\"e:p\":{\"@value\":\"x\",\"@type\":\"e:t\",\"@language\":\"en\"}}", "invalid value object"},
        {"{\"e:p\":{\"@value\":\"x\",\"e:q\":1}}", "invalid value object"},
        {"{\"e:p\":{\"@list\":[],\"e:q\":1}}", "invalid set or list object"},
        {"{\"@index\":5}", "invalid @index value"},
        {"{\"@reverse\":5}", "invalid @reverse value"},
        {"{\"@reverse\":{\"@id\":\"e:x\"}}", "invalid reverse property map"},
        {"{\"@reverse\":{\"e:p\":\"x\"}}", "invalid reverse property value"},
        {"{\"@included\":\"x\"}", "invalid @included value"},
        {"{\"@nest\":\"x\"}", "invalid @nest value"},
        {"{\"@context\":{\"id\":\"@id\"},\"id\":\"e:x\",\"@id\":\"e:y\"}", "colliding keywords"},
        {DOCUMENT("\"lang\":{\"en\":5}"), "invalid language map value"},
        {DOCUMENT("\"ids\":{\"e:x\":\"value\"}"), "invalid value object"},
        {"[{\"@id\":\"e:x\",\"@index\":\"a\",\"e:p\":1},{\"@id\":\"e:x\",\"@index\":\"b\",\"e:p\":2}]",
         "conflicting indexes"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (ldtest_canonize(&t, ROWS[i].json, JSONLD_LOSS_IGNORE, false) != NULL)
            fail_msg("%s: passed", ROWS[i].json);
        assert_string_equal(jsonld_code_name(t.run.code), ROWS[i].code);
    }
}

static void memory_cap_is_an_error_not_a_crash(void **state)
{
    (void)state;
    static const char JSON[] = DOCUMENT("\"e:q\":[{\"e:r\":[1,2,{\"e:s\":\"x\"}]},{\"lang\":{\"en\":\"x\"}}]");
    for (size_t cap = 100; cap < 60000; cap += 97) {
        arena_done(&t.arena);
        arena_init(&t.arena, cap);
        const struct jsonld_options options = {.losses = JSONLD_LOSS_LIST};
        const struct jdoc *document, *expanded;
        struct err e = {.code = ERR_OK};
        if (jdoc_parse(&t.arena, SLICE(JSON), jdoc_limits(), &document, &e) != ERR_OK)
            continue;
        jsonld_init(&t.run, &t.arena, &t.cache, &options, document, &e);
        enum err_code code = expand_document(&t.run, &expanded);
        assert_true(code == ERR_OK || (code == ERR_LIMIT && t.run.code == JSONLD_LIMIT));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(losses_are_found_and_located, set_up, tear_down),
        cmocka_unit_test_setup_teardown(these_lose_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_losses_are_listed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_message_ends_in_the_pointer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(codes_of_documents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_cap_is_an_error_not_a_crash, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
