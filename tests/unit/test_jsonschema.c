/* JSON Schema: every keyword that is read, once when it fits and once when it breaks. */
#include "tests/harness.h"

#include <string.h>

#include "verifier/formats/jsonschema.h"
#include "verifier/rdf/slice.h"

struct schema_case {
    const char *schema, *value;
    enum jsonschema_answer answer;
};

#define FITS JSONSCHEMA_FITS
#define BREAKS JSONSCHEMA_BREAKS
#define UNKNOWN JSONSCHEMA_UNKNOWN

static const struct schema_case CASES[] = {
    {"true", "1", FITS}, {"false", "1", BREAKS}, {"{}", "null", FITS}, {"7", "1", UNKNOWN},
    {"{\"type\":\"string\"}", "\"a\"", FITS}, {"{\"type\":\"string\"}", "1", BREAKS},
    {"{\"type\":[\"null\",\"object\"]}", "{}", FITS}, {"{\"type\":[\"null\",\"object\"]}", "[]", BREAKS},
    {"{\"type\":\"integer\"}", "1.0", FITS}, {"{\"type\":\"integer\"}", "1.5", BREAKS},
    {"{\"enum\":[1,\"a\"]}", "\"a\"", FITS}, {"{\"enum\":[1,\"a\"]}", "\"b\"", BREAKS},
    {"{\"const\":{\"a\":1}}", "{\"a\":1}", FITS}, {"{\"const\":{\"a\":1}}", "{\"a\":2}", BREAKS},
    {"{\"required\":[\"a\"]}", "{\"a\":1}", FITS}, {"{\"required\":[\"a\"]}", "{\"b\":1}", BREAKS},
    {"{\"required\":[\"a\"]}", "[]", FITS}, /* says something about objects only */
    {"{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"b\":1}", FITS},
    {"{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"a\":1}", BREAKS},
    {"{\"additionalProperties\":false,\"properties\":{\"a\":true}}", "{\"a\":1}", FITS},
    {"{\"additionalProperties\":false,\"properties\":{\"a\":true}}", "{\"b\":1}", BREAKS},
    {"{\"additionalProperties\":{\"type\":\"string\"}}", "{\"b\":1}", BREAKS},
    {"{\"additionalProperties\":false,\"patternProperties\":{\"a\":true}}", "{\"b\":1}", UNKNOWN},
    {"{\"items\":{\"type\":\"string\"}}", "[\"a\"]", FITS}, {"{\"items\":{\"type\":\"string\"}}", "[\"a\",1]", BREAKS},
    {"{\"items\":[{\"type\":\"string\"}],\"additionalItems\":false}", "[\"a\"]", FITS},
    {"{\"items\":[{\"type\":\"string\"}],\"additionalItems\":false}", "[\"a\",1]", BREAKS},
    {"{\"prefixItems\":[{\"type\":\"string\"}],\"items\":{\"type\":\"number\"}}", "[\"a\",1]", FITS},
    {"{\"prefixItems\":[{\"type\":\"string\"}],\"items\":{\"type\":\"number\"}}", "[\"a\",\"b\"]", BREAKS},
    {"{\"contains\":{\"const\":\"VerifiableCredential\"}}", "[\"a\",\"VerifiableCredential\"]", FITS},
    {"{\"contains\":{\"const\":\"VerifiableCredential\"}}", "[\"a\"]", BREAKS},
    {"{\"uniqueItems\":true}", "[1,2]", FITS}, {"{\"uniqueItems\":true}", "[1,1]", BREAKS},
    {"{\"minItems\":1}", "[1]", FITS}, {"{\"minItems\":1}", "[]", BREAKS}, {"{\"maxItems\":1}", "[1,2]", BREAKS},
    {"{\"minProperties\":1}", "{}", BREAKS}, {"{\"maxProperties\":0}", "{}", FITS},
    {"{\"minLength\":2}", "\"\\u00e9\\u00e9\"", FITS}, {"{\"minLength\":2}", "\"\\u00e9\"", BREAKS}, /* characters */
    {"{\"maxLength\":1}", "\"\\u00e9\"", FITS}, {"{\"maxLength\":1}", "\"ab\"", BREAKS},
    {"{\"pattern\":\"^a+$\"}", "\"aaa\"", FITS}, {"{\"pattern\":\"^a+$\"}", "\"ab\"", BREAKS},
    {"{\"pattern\":\"^\\\\d+$\"}", "\"12\"", UNKNOWN}, /* POSIX reads it otherwise */
    {"{\"format\":\"date-time\"}", "\"2020-01-01T00:00:00Z\"", FITS},
    {"{\"format\":\"date-time\"}", "\"2020-01-01\"", BREAKS}, {"{\"format\":\"uri\"}", "\"no\"", FITS},
    {"{\"minimum\":1}", "1", FITS}, {"{\"minimum\":1}", "0", BREAKS}, {"{\"maximum\":1}", "2", BREAKS},
    {"{\"exclusiveMinimum\":1}", "1", BREAKS}, {"{\"exclusiveMaximum\":1}", "0", FITS},
    {"{\"multipleOf\":0.5}", "1.5", FITS}, {"{\"multipleOf\":2}", "3", BREAKS}, {"{\"multipleOf\":0}", "3", BREAKS},
    {"{\"allOf\":[{\"type\":\"string\"},{\"minLength\":1}]}", "\"\"", BREAKS},
    {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "null", FITS},
    {"{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "1", BREAKS},
    {"{\"anyOf\":[{\"$ref\":\"https://a.example/\"},{\"type\":\"null\"}]}", "1", UNKNOWN},
    {"{\"oneOf\":[{\"type\":\"number\"},{\"minimum\":1}]}", "0", FITS},
    {"{\"oneOf\":[{\"type\":\"number\"},{\"minimum\":1}]}", "1", BREAKS},
    {"{\"not\":{\"type\":\"string\"}}", "1", FITS}, {"{\"not\":{\"type\":\"string\"}}", "\"\"", BREAKS},
    {"{\"if\":{\"type\":\"string\"},\"then\":{\"minLength\":1},\"else\":{\"const\":1}}", "\"\"", BREAKS},
    {"{\"if\":{\"type\":\"string\"},\"then\":{\"minLength\":1},\"else\":{\"const\":1}}", "1", FITS},
    {"{\"$ref\":\"#/definitions/a~1b\",\"definitions\":{\"a/b\":{\"type\":\"null\"}}}", "null", FITS},
    {"{\"$ref\":\"#/definitions/a\",\"definitions\":{\"a\":{\"type\":\"null\"}}}", "1", BREAKS},
    {"{\"$ref\":\"#/nowhere\"}", "1", UNKNOWN}, {"{\"$ref\":\"https://a.example/s\"}", "1", UNKNOWN},
    {"{\"$ref\":\"#\"}", "1", UNKNOWN}, /* for ever */
    {"{\"dependentRequired\":{\"a\":[\"b\"]}}", "{}", UNKNOWN},
    {"{\"dependentRequired\":{},\"type\":\"string\"}", "{}", BREAKS}, /* wrong anyway */
};

static const struct jdoc *parse(struct arena *arena, const char *json)
{
    const struct jdoc *v;
    struct err e;
    assert_ok(jdoc_parse(arena, slice_of(json), jdoc_limits(), &v, &e), e);
    return v;
}

static void keywords(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct arena arena;
        char why[160];
        arena_init(&arena, 1 << 20);
        enum jsonschema_answer answer =
            jsonschema_check(parse(&arena, CASES[i].schema), parse(&arena, CASES[i].value), why);
        if (answer != CASES[i].answer)
            fail_msg("%s on %s: %d (%s)", CASES[i].schema, CASES[i].value, (int)answer, why);
        if (answer == JSONSCHEMA_BREAKS)
            assert_true(why[0] != '\0');
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keywords)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
