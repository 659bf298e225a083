/* Badges in PNG files: every kind of chunk, damage, bombs, and the public examples. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "tests/wrapping.h"
#include "verifier/rdf/slice.h"
#include "verifier/wrap/png.h"

#define ASSERTION "{\"id\":\"urn:é\"}"

/* Data of a text chunk: head (with its NULs), then the text, packed or not. */
static struct text text_chunk(struct slice head, const char *text, size_t len, bool packed)
{
    struct text data = {0};
    text_put(&data, (const char *)head.data, head.len);
    if (packed)
        wrapping_pack(&data, text, len, 15);
    else
        text_put(&data, text, len);
    return data;
}

static void assert_badge(const char *type, struct slice head, bool packed)
{
    struct text png = {0}, out = {0}, data = text_chunk(head, ASSERTION, strlen(ASSERTION), packed);
    wrapping_png_begin(&png);
    wrapping_png_chunk(&png, "tEXt", "Comment\0openbadges", 18);
    wrapping_png_chunk(&png, type, data.data, data.len);
    wrapping_png_chunk(&png, "IDAT", "x", 1);
    wrapping_png_end(&png);
    text_puts(&png, "something behind the end");
    assert_int_equal(png_badge(&out, wrapping_slice(&png)), BADGE_FOUND);
    assert_string_equal(text_string(&out), ASSERTION);
    text_done(&png);
    text_done(&out);
    text_done(&data);
}

static void every_kind_of_chunk(void **state)
{
    (void)state;
    assert_badge("iTXt", SLICE("openbadges\0\0\0\0\0"), false);
    assert_badge("iTXt", SLICE("openbadgecredential\0\0\0\0\0"), false);
    assert_badge("iTXt", SLICE("openbadges\0\0\0en\0badge\0"), false);
    assert_badge("iTXt", SLICE("openbadges\0\1\0\0\0"), true);
    assert_badge("tEXt", SLICE("openbadges\0"), false);
    assert_badge("zTXt", SLICE("openbadges\0\0"), true);
}

static enum badge_answer answer_of(const char *type, struct slice data, unsigned times)
{
    struct text png = {0}, out = {0};
    wrapping_png_begin(&png);
    for (unsigned i = 0; i < times; i++)
        wrapping_png_chunk(&png, type, data.data, data.len);
    wrapping_png_end(&png);
    enum badge_answer answer = png_badge(&out, wrapping_slice(&png));
    text_done(&png);
    text_done(&out);
    return answer;
}

/* Keywords of both generations are one kind; a badge behind the end of the picture is no part of it. */
static void other_badges(void **state)
{
    static const char OLD[] = "openbadges\0\0\0\0\0{\"a\":1}", NEW[] = "openbadgecredential\0\0\0\0\0{\"a\":2}",
                      OTHER[] = "json-ld\0\0\0\0\0{\"a\":3}";
    struct text png = {0}, out = {0};
    (void)state;
    wrapping_png_begin(&png);
    wrapping_png_chunk(&png, "iTXt", OTHER, sizeof OTHER - 1);
    wrapping_png_chunk(&png, "iTXt", OLD, sizeof OLD - 1);
    size_t before_end = png.len;
    wrapping_png_end(&png);
    wrapping_png_chunk(&png, "iTXt", NEW, sizeof NEW - 1);
    assert_int_equal(png_badge(&out, wrapping_slice(&png)), BADGE_FOUND);
    assert_string_equal(text_string(&out), "{\"a\":1}");
    png.len = before_end;
    wrapping_png_chunk(&png, "tEXt", NEW, sizeof NEW - 1);
    wrapping_png_end(&png);
    assert_int_equal(png_badge(&out, wrapping_slice(&png)), BADGE_TWICE);
    text_clear(&png);
    wrapping_png_begin(&png);
    wrapping_png_end(&png);
    wrapping_png_chunk(&png, "iTXt", NEW, sizeof NEW - 1);
    assert_int_equal(png_badge(&out, wrapping_slice(&png)), BADGE_NONE);
    text_done(&png);
    text_done(&out);
}

static void what_is_no_badge(void **state)
{
    (void)state;
    assert_int_equal(answer_of("iTXt", SLICE("XML:com.adobe.xmp\0\0\0\0\0<x/>"), 2), BADGE_NONE);
    assert_int_equal(answer_of("iTXt", SLICE("openbadges"), 1), BADGE_NONE);
    assert_int_equal(answer_of("iCCP", SLICE("openbadges\0\0"), 1), BADGE_NONE);
    assert_int_equal(answer_of("iTXt", SLICE("openbadges\0\0\0\0\0{}"), 1), BADGE_FOUND);
    assert_int_equal(answer_of("iTXt", SLICE("openbadges\0\0\0\0\0{}"), 2), BADGE_TWICE);
    assert_int_equal(answer_of("iTXt", SLICE("openbadges\0"), 1), BADGE_DAMAGED);
    assert_int_equal(answer_of("iTXt", SLICE("openbadges\0\0\0en"), 1), BADGE_DAMAGED);
    assert_int_equal(answer_of("iTXt", SLICE("openbadges\0\1\1\0\0x"), 1), BADGE_DAMAGED);
    assert_int_equal(answer_of("iTXt", SLICE("openbadges\0\1\0\0\0no zlib"), 1), BADGE_DAMAGED);
    assert_int_equal(answer_of("zTXt", SLICE("openbadges\0\1"), 1), BADGE_DAMAGED);
    assert_int_equal(answer_of("zTXt", SLICE("openbadges\0"), 1), BADGE_DAMAGED);
}

/* Two badges of two kinds: nothing says which one counts. */
static void two_kinds(void **state)
{
    (void)state;
    struct text png = {0}, out = {0};
    wrapping_png_begin(&png);
    wrapping_png_chunk(&png, "tEXt", "openbadges\0{\"a\":1}", 18);
    wrapping_png_chunk(&png, "iTXt", "openbadgecredential\0\0\0\0\0{\"b\":2}", 31);
    wrapping_png_end(&png);
    assert_int_equal(png_badge(&out, wrapping_slice(&png)), BADGE_TWICE);
    text_done(&png);
    text_done(&out);
}

static void bombs(void **state)
{
    (void)state;
    size_t len = LIMITS_CREDENTIAL_BYTES + 1;
    char *zeros = calloc(1, len);
    struct text fits = text_chunk(SLICE("openbadges\0\1\0\0\0"), zeros, len - 1, true);
    struct text bomb = text_chunk(SLICE("openbadges\0\1\0\0\0"), zeros, len, true);
    struct text plain = text_chunk(SLICE("openbadges\0"), zeros, len, false);
    assert_true(bomb.len < len / 500);
    assert_int_equal(answer_of("iTXt", wrapping_slice(&fits), 1), BADGE_FOUND);
    assert_int_equal(answer_of("iTXt", wrapping_slice(&bomb), 1), BADGE_TOO_LONG);
    assert_int_equal(answer_of("tEXt", wrapping_slice(&plain), 1), BADGE_TOO_LONG);
    text_done(&fits);
    text_done(&bomb);
    text_done(&plain);
    free(zeros);
}

/* Every cut and every flipped bit: no badge that was not baked in, and no read past the end. */
static void damage(void **state)
{
    (void)state;
    struct text png = {0}, out = {0};
    wrapping_png_begin(&png);
    wrapping_png_chunk(&png, "iTXt", "openbadges\0\0\0\0\0" ASSERTION, 15 + strlen(ASSERTION));
    size_t badge_end = png.len;
    wrapping_png_end(&png);
    for (size_t len = 8; len < png.len; len++) {
        char *cut = malloc(len); /* so that a sanitizer sees every byte too many */
        memcpy(cut, png.data, len);
        enum badge_answer answer = png_badge(&out, (struct slice){(uint8_t *)cut, len});
        assert_int_equal(answer, len < badge_end ? BADGE_DAMAGED : BADGE_FOUND);
        free(cut);
        text_clear(&out);
    }
    for (size_t bit = 8 * 8; bit < png.len * 8; bit++) {
        png.data[bit / 8] = (char)(png.data[bit / 8] ^ 1 << bit % 8);
        if (png_badge(&out, wrapping_slice(&png)) == BADGE_FOUND)
            assert_string_equal(text_string(&out), ASSERTION);
        png.data[bit / 8] = (char)(png.data[bit / 8] ^ 1 << bit % 8);
        text_clear(&out);
    }
    text_done(&png);
    text_done(&out);
}

static void public_badges(void **state)
{
    (void)state;
    static const struct {
        const char *file, *starts;
    } CASES[] = {
        {"fixtures/openbadges/ob30__simple-json.png", "{"},
        {"fixtures/openbadges/ob30__simple-jwt_v1.png", "eyJ"},
        {"fixtures/openbadges/ob20__simple-badge.png", "http"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const char *path = harness_data(CASES[i].file);
        struct text out = {0};
        size_t len;
        if (path == NULL)
            skip();
        char *file = harness_read(path, &len);
        assert_true(png_is((struct slice){(uint8_t *)file, len}));
        assert_int_equal(png_badge(&out, (struct slice){(uint8_t *)file, len}), BADGE_FOUND);
        if (strncmp(out.data, CASES[i].starts, strlen(CASES[i].starts)) != 0 && out.data[0] != '{')
            fail_msg("%s: %.60s", CASES[i].file, out.data);
        text_done(&out);
        free(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_chunk), cmocka_unit_test(other_badges), cmocka_unit_test(what_is_no_badge), cmocka_unit_test(two_kinds),
        cmocka_unit_test(bombs),
        cmocka_unit_test(damage),              cmocka_unit_test(public_badges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
