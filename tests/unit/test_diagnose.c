/* What people do to files, and what they are told. Never a word about files that are only something else. */
#include "tests/harness.h"

#include <string.h>

#include "common/text.h"
#include "verifier/rdf/slice.h"
#include "verifier/wrap/diagnose.h"

#define CREDENTIAL "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"name\":\"« É »\",\"n\":[1,2]}"

static const struct {
    const char *text, *code; /* NULL: nothing to say */
} CASES[] = {
    /* sound, or none of our business */
    {CREDENTIAL, NULL},
    {"plain words", NULL},
    {"{\"a\":1", NULL},
    {"{“a”:1}", NULL},
    {"<http://s> <http://p> <http://o> .", NULL},
    {"# notes about @context and quotes “like this”", NULL},
    {"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJkaWQ6d2ViOmV4YW1wbGUub3JnIn0.c2lnbmF0dXJl", NULL},
    {"{\"badge\":\"a brooch\",\"recipient\":\"Anne\"}", NULL},
    /* badges of before there was a vocabulary */
    {"{\"uid\":\"1\",\"recipient\":{\"identity\":\"a@b.example\"},\"badge\":\"https://b.example/c\","
     "\"verify\":{\"type\":\"hosted\",\"url\":\"https://b.example/1\"}}", "HM-3034"},
    {"{\"recipient\":\"a@b.example\",\"badge\":{\"version\":\"0.5.0\",\"issuer\":{\"origin\":\"https://b.example\"}}}", "HM-3034"},
    /* nothing, a link */
    {"", "HM-1404"},
    {" \r\n\t", "HM-1404"},
    {"https://example.org/badges/1", "HM-1403"},
    {" http://example.org/badges/1\n", "HM-1403"},
    {"[InternetShortcut]\r\nURL=https://example.org/badges/1\r\n", "HM-1403"},
    /* word processors */
    {"{“@context”:[“https://www.w3.org/ns/credentials/v2”]}", "HM-1410"},
    {"{\"@context\":[“https://www.w3.org/ns/credentials/v2”]}", "HM-1410"},
    {"{\"@context\": „https://www.w3.org/ns/credentials/v2“}", "HM-1410"},
    {"{«@context»:[]}", "HM-1410"},
    {"{‘@context’:[]}", "HM-1410"},
    {"{'@context':['https://www.w3.org/ns/credentials/v2']}", "HM-1410"},
    {"{\"@context”: “https://www.w3.org/ns/credentials/v2\"}", "HM-1410"},
    {"{\"@context”:[\"https://www.w3.org/ns/credentials/v2\"],\"a\":1}", "HM-1410"},
    /* web pages */
    {"<!DOCTYPE html><html><body>" CREDENTIAL "</body></html>", "HM-1411"},
    {"<div>{}</div>", "HM-1411"},
    {"{&quot;@context&quot;:[&quot;https://www.w3.org/ns/credentials/v2&quot;]}", "HM-1411"},
    {"{\"@context\":[],<br>\"name\":\"x\"}", "HM-1411"},
    {"Your badge:\n{&quot;@context&quot;:1}", "HM-1411"},
    /* cut off */
    {"{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],\"name\":\"Anne", "HM-1412"},
    {"{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"]", "HM-1412"},
    {"{\"@context\":[\"https://www.w3.org/ns/creden", "HM-1412"},
    {"{\"@context\":[],\"text\":\"he said “no” and", "HM-1412"},
    {"{\"@context\":[],\"school\":\"École d’exemple\",\"a\":\"b", "HM-1412"},
    {"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJkaWQ6d2ViOmV4YW1wbGUub3JnIn0", "HM-1412"},
    {"{\"@context\":[],\"display\":{\"content\":\"<b>&quot;x&quot;<br>", "HM-1412"},
    /* transport */
    {"eyJAY29udGV4dCI6WyJodHRwczovL3d3dy53My5vcmcvbnMvY3JlZGVudGlhbHMvdjIiXX0=", "HM-1413"},
    {"ewogICJAY29udGV4dCI6IFsiaHR0cHM6Ly93d3cudzMub3JnL25z\r\nL2NyZWRlbnRpYWxzL3YyIl0KfQ==\r\n", "HM-1413"},
    /* another kind of token */
    {"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJkaWQ6d2ViOmV4YW1wbGUub3JnIn0.c2lnbmF0dXJl~WyJzYWx0IiwibmFtZSIsMV0~", "HM-1203"},
    /* mail */
    {"{\"@context\":[\"https://www.w3.org/ns/\ncredentials/v2\"]}", "HM-1414"},
    {"{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"],=\n\"a\":=20\"b\"}", "HM-1414"},
    {"> {\"@context\":[],\n> \"a\":1}", "HM-1414"},
    {"{\"@context\":[],\n> \"a\":1}", "HM-1414"},
    {"{\xc2\xa0\"@context\":[]}", "HM-1414"},
    {"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJk\naWQ6d2ViOmV4YW1wbGUub3JnIn0.c2lnbmF0dXJl", "HM-1414"},
    /* encodings */
    {"{\"@context\":[],\"name\":\"Andr\xe9\"}", "HM-1415"},
    /* papers */
    {"%PDF-1.7\n...", "HM-1402"},
    {"\xff\xd8\xff\xe0 a photograph of a certificate, in JPEG", "HM-1401"},
    {"\x89PNG\r\n\x1a\n a screenshot of a certificate, in PNG", "HM-1401"},
    {"GIF89a a picture that is longer than its own head", "HM-1401"},
    {"RIFF0000WEBPVP8 a picture that is longer than its head", "HM-1401"},
    {"<svg xmlns=\"http://www.w3.org/2000/svg\"><text>Diploma</text></svg>", "HM-1401"},
    {"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "HM-1401"},
    {"0000ftypheic a picture of a telephone, longer than its head", "HM-1401"},
};

static const char *code_of(struct slice file)
{
    enum reason reason = diagnose_file(file);
    return reason == REASON_GENUINE ? NULL : reasons_row(reason)->code;
}

static void cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const char *code = code_of(slice_of(CASES[i].text)), *expected = CASES[i].code;
        if ((code == NULL) != (expected == NULL) || (code != NULL && strcmp(code, expected) != 0))
            fail_msg("%s: %s, expected %s", CASES[i].text, code, expected);
    }
}

static void wide_text(void **state)
{
    (void)state;
    assert_string_equal(code_of(SLICE("\xff\xfe{\0\"\0@\0")), "HM-1415");
    assert_string_equal(code_of(SLICE("{\0\"\0@\0")), "HM-1415");
    assert_string_equal(code_of(SLICE("\0{\0\"\0@")), "HM-1415");
}

/* Wherever a credential is cut, it is called cut (or, once, sound), never anything else. */
static void every_cut(void **state)
{
    (void)state;
    size_t len = strlen(CREDENTIAL), context = strlen("{\"@context");
    for (size_t n = context; n < len; n++) {
        const char *code = code_of((struct slice){(const uint8_t *)CREDENTIAL, n});
        if (code == NULL || strcmp(code, "HM-1412") != 0)
            fail_msg("cut at %zu: %s", n, code);
    }
}

/* No diagnosis is ever one that speaks of forgery. */
static void never_forged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        enum reason reason = diagnose_file(slice_of(CASES[i].text));
        enum reasons_effect effect = reasons_row(reason)->effect;
        assert_true(reason == REASON_GENUINE || effect == REASONS_NO_DOCUMENT || effect == REASONS_COULD_NOT_CHECK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases),
        cmocka_unit_test(wide_text),
        cmocka_unit_test(every_cut),
        cmocka_unit_test(never_forged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
