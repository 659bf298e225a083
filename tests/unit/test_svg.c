/* Badges in SVG files: by namespace, in attribute or body; damage and entities that grow. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "tests/wrapping.h"
#include "verifier/rdf/slice.h"
#include "verifier/wrap/svg.h"

#define OB2 "xmlns:openbadges=\"http://openbadges.org\""
#define OB3 "xmlns:openbadges=\"https://purl.imsglobal.org/ob/v3p0\""
#define SVG(attributes, body) "<svg xmlns=\"http://www.w3.org/2000/svg\" " attributes ">" body "<path d=\"M0 0\"/></svg>"

static const struct {
    const char *svg;
    enum badge_answer answer;
    const char *badge;
} CASES[] = {
    {SVG(OB2, "<openbadges:assertion verify=\"https://e.example/1\"/>"), BADGE_FOUND, "https://e.example/1"},
    {SVG(OB2, "<openbadges:assertion verify=\"eyJ.x.y\"></openbadges:assertion>"), BADGE_FOUND, "eyJ.x.y"},
    {SVG(OB2, "<openbadges:assertion verify=\"https://e.example/1\"><![CDATA[ {\"a\":\"<&\"} ]]></openbadges:assertion>"),
     BADGE_FOUND, "{\"a\":\"<&\"}"},
    {SVG(OB2, "<openbadges:assertion verify=\"eyJ.x.y\"><![CDATA[{}]]></openbadges:assertion>"), BADGE_FOUND, "eyJ.x.y"},
    {SVG(OB3, "<openbadges:credential><![CDATA[{\"b\":1}]]></openbadges:credential>"), BADGE_FOUND, "{\"b\":1}"},
    {SVG(OB3, "<openbadges:credential>{&quot;b&quot;:1}</openbadges:credential>"), BADGE_FOUND, "{\"b\":1}"},
    {SVG(OB3, "<g><openbadges:credential verify=\"one\"/></g><openbadges:credential verify=\"two\"/>"), BADGE_TWICE, ""},
    {SVG(OB3, "<openbadges:credential verify=\"one\"/><g><openbadges:credential verify=\"one\"/></g>"), BADGE_TWICE, ""},
    {SVG(OB3, "<openbadges:credential>{}<openbadges:credential>{}</openbadges:credential></openbadges:credential>"), BADGE_TWICE, ""},
    {SVG(OB3 " xmlns:old=\"http://openbadges.org\"", "<openbadges:credential verify=\"one\"/><old:assertion verify=\"two\"/>"),
     BADGE_TWICE, ""},
    {SVG(OB3, "<metadata>{\"a\":1}</metadata><openbadges:credential>{\"b\":1}</openbadges:credential><desc>{\"c\":1}</desc>"),
     BADGE_FOUND, "{\"b\":1}"},
    {SVG(OB3, "<openbadges:credential>{<b>bold</b>}</openbadges:credential>"), BADGE_FOUND, "{}"},
    {"<?xml version=\"1.0\"?>\n<!-- made by hand -->" SVG("xmlns:x=\"http://openbadges.org\"", "<x:assertion verify=\"v\"/>"),
     BADGE_FOUND, "v"},
    {SVG(OB3, "<openbadges:credential verify=\"v\"/><g>") "</svg>", BADGE_FOUND, "v"},
    {SVG("", ""), BADGE_NONE, ""},
    {SVG(OB2, "<openbadges:credential verify=\"v\"/>"), BADGE_NONE, ""},
    {SVG(OB3, "<openbadges:assertion verify=\"v\"/>"), BADGE_NONE, ""},
    {SVG("xmlns:openbadges=\"http://example.org\"", "<openbadges:assertion verify=\"v\"/>"), BADGE_NONE, ""},
    {SVG(OB2, "<openbadges:assertion> </openbadges:assertion>"), BADGE_DAMAGED, ""},
    {SVG("", "<openbadges:assertion verify=\"v\"/>"), BADGE_DAMAGED, ""}, /* the prefix means nothing */
    {"<svg><g></svg>", BADGE_DAMAGED, ""},
    {"<svg", BADGE_DAMAGED, ""},
};

static void cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct text out = {0};
        assert_true(svg_is(slice_of(CASES[i].svg)));
        enum badge_answer answer = svg_badge(&out, slice_of(CASES[i].svg));
        if (answer != CASES[i].answer || strcmp(text_string(&out), CASES[i].badge) != 0)
            fail_msg("%s: %d \"%s\"", CASES[i].svg, (int)answer, text_string(&out));
        text_done(&out);
    }
}

static void what_is_no_svg(void **state)
{
    (void)state;
    static const char *const BAD[] = {"", "<", "{}", "<html><svg/></html>", "<?xml version=\"1.0\"?><rss/>",
                                      "<http://example.org/s> <http://example.org/svg> \"x\" ."};
    static const char *const GOOD[] = {"\xef\xbb\xbf<svg/>", " \n<svg/>", "<!DOCTYPE svg><svg/>"};
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        assert_false(svg_is(slice_of(BAD[i])));
    for (size_t i = 0; i < sizeof GOOD / sizeof GOOD[0]; i++)
        assert_true(svg_is(slice_of(GOOD[i])));
}

/* A billion laughs, and a file that wants another one: neither is had. */
static void entities(void **state)
{
    (void)state;
    struct text laughs = {0}, out = {0};
    text_puts(&laughs, "<!DOCTYPE svg [<!ENTITY a0 \"ha\">");
    for (int i = 1; i < 30; i++)
        text_putf(&laughs, "<!ENTITY a%d \"&a%d;&a%d;\">", i, i - 1, i - 1);
    text_puts(&laughs, "]>" SVG(OB3, "<openbadges:credential>&a29;</openbadges:credential>"));
    assert_true(svg_badge(&out, wrapping_slice(&laughs)) != BADGE_FOUND);
    static const char FOREIGN[] = "<!DOCTYPE svg [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
                                  SVG(OB3, "<openbadges:credential>&x;</openbadges:credential>");
    assert_true(svg_badge(&out, SLICE(FOREIGN)) != BADGE_FOUND);
    assert_int_equal(out.len, 0);
    text_done(&laughs);
    text_done(&out);
}

static void too_long(void **state)
{
    (void)state;
    struct text svg = {0}, out = {0};
    char *long_text = malloc(LIMITS_CREDENTIAL_BYTES + 1);
    memset(long_text, 'x', LIMITS_CREDENTIAL_BYTES + 1);
    text_puts(&svg, "<svg " OB3 "><openbadges:credential>");
    text_put(&svg, long_text, LIMITS_CREDENTIAL_BYTES + 1);
    text_puts(&svg, "</openbadges:credential></svg>");
    assert_int_equal(svg_badge(&out, wrapping_slice(&svg)), BADGE_TOO_LONG);
    free(long_text);
    text_done(&svg);
    text_done(&out);
}

static void public_badges(void **state)
{
    (void)state;
    static const char *const FILES[] = {"fixtures/openbadges/ob30__simple-jwt.svg",
                                        "fixtures/openbadges/ob30__simple-jwt_v1.svg"};
    for (size_t i = 0; i < 2; i++) {
        const char *path = harness_data(FILES[i]);
        struct text out = {0};
        size_t len;
        if (path == NULL)
            skip();
        char *file = harness_read(path, &len);
        assert_int_equal(svg_badge(&out, (struct slice){(uint8_t *)file, len}), BADGE_FOUND);
        assert_memory_equal(out.data, "eyJ", 3);
        text_done(&out);
        free(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases),    cmocka_unit_test(what_is_no_svg), cmocka_unit_test(entities),
        cmocka_unit_test(too_long), cmocka_unit_test(public_badges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
