/* What comes out of files: badges, members with their proofs, and what is said of the rest. */
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "tests/wrapping.h"
#include "verifier/rdf/slice.h"
#include "verifier/wrap/unwrap.h"

/* Everything that happened, as lines. */
static struct text seen;

static void on_document(void *self, const struct unwrap_document *d)
{
    (void)self;
    text_putf(&seen, "%s%s=%.*s", d->name, d->taken_out ? "!" : "", (int)(d->bytes.len < 20 ? d->bytes.len : 20),
              (const char *)d->bytes.data);
    if (d->proof.len > 0)
        text_putf(&seen, "+%.*s", (int)d->proof.len, (const char *)d->proof.data);
    text_putc(&seen, '\n');
}

static void on_trouble(void *self, const char *name, enum reason reason, const char *detail)
{
    (void)self, (void)detail;
    text_putf(&seen, "%s?%s\n", name, reasons_row(reason)->code);
}

static const struct unwrap_sink SINK = {on_document, on_trouble, NULL};

static void assert_seen(const struct text *file, const char *expected)
{
    text_clear(&seen);
    unwrap_bytes(&SINK, "f", wrapping_slice(file));
    assert_string_equal(text_string(&seen), expected);
}

static void assert_zip(const struct wrapping_member *members, size_t n, const char *expected)
{
    struct text file = {0};
    wrapping_zip(&file, members, n);
    assert_true(unwrap_is_container(wrapping_slice(&file)));
    assert_seen(&file, expected);
    text_done(&file);
}

static struct text png_with(const char *badge, unsigned times)
{
    struct text png = {0}, chunk = {0};
    wrapping_png_begin(&png);
    text_put(&chunk, "openbadges\0", 11);
    text_puts(&chunk, badge);
    for (unsigned i = 0; i < times; i++)
        wrapping_png_chunk(&png, "tEXt", chunk.data, chunk.len);
    wrapping_png_end(&png);
    text_done(&chunk);
    return png;
}

static void single_files(void **state)
{
    (void)state;
    struct text json = {0}, none = png_with("", 0), one = png_with("{}", 1), two = png_with("{}", 2);
    text_puts(&json, "{\"a\":1}");
    assert_false(unwrap_is_container(wrapping_slice(&json)));
    assert_seen(&json, "f={\"a\":1}\n");
    assert_true(unwrap_is_container(wrapping_slice(&none)));
    assert_seen(&one, "f!={}\n");
    assert_seen(&two, "f?HM-1420\n");
    one.len -= 20;
    one.data[60] ^= 1;
    assert_seen(&one, "f?HM-1421\n");
    text_clear(&seen);
    unwrap_bytes(&SINK, "f", wrapping_slice(&none));
    assert_memory_equal(text_string(&seen), "f=\x89PNG", 6);
    text_done(&json);
    text_done(&none);
    text_done(&one);
    text_done(&two);
}

static void members_and_their_proofs(void **state)
{
    (void)state;
    struct text png = png_with("{\"b\":2}", 1);
    const struct wrapping_member members[] = {
        {"z.json", "{}", 2, true},
        {"folder/", "", 0, false},
        {"folder/a.pdf", "%PDF-1.7", 8, false},
        {"folder/a.pdf.proof.json", "PROOF", 5, true},
        {"badge.png", png.data, png.len, true},
        {"with-proof.png", png.data, png.len, true},
        {"with-proof.png.proof.json", "P2", 2, false},
        {"alone.proof.json", "{\"p\":1}", 7, false},
        {"__MACOSX/._z.json", "clutter", 7, false},
        {"folder/.DS_Store", "clutter", 7, false},
    };
    assert_zip(members, sizeof members / sizeof members[0],
               "f/z.json={}\nf/folder/a.pdf=%PDF-1.7+PROOF\nf/badge.png!={\"b\":2}\n"
               "f/with-proof.png=\x89PNG\r\n\x1a\n+P2\nf/alone.proof.json={\"p\":1}\n");
    text_done(&png);
}

static void strange_members(void **state)
{
    (void)state;
    struct text inner = {0};
    wrapping_zip(&inner, &(struct wrapping_member){"x", "y", 1, false}, 1);
    const struct wrapping_member members[] = {
        {"inner.zip", inner.data, inner.len, false},
        {"../../etc/passwd", "a", 1, false},
        {"/absolute\x1b[2J", "b", 1, false},
        {"", "c", 1, false},
        {"same", "1", 1, false},
        {"same", "2", 1, false},
    };
    assert_zip(members, sizeof members / sizeof members[0],
               "f/inner.zip?HM-1432\nf/../../etc/passwd=a\nf//absolute?[2J=b\nf/=c\nf/same=1\nf/same=2\n");
    text_done(&inner);
    assert_zip(NULL, 0, "f?HM-1431\n");
    assert_zip(&(struct wrapping_member){"only/", "", 0, false}, 1, "f?HM-1431\n");
}

static void documents_that_are_archives(void **state)
{
    (void)state;
    static const char *const MARKS[] = {"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"};
    for (size_t i = 0; i < 3; i++) {
        const struct wrapping_member members[] = {{MARKS[i], "x", 1, false}, {"word/document.xml", "<x/>", 4, true}};
        assert_zip(members, 2, "f=PK\3\4\x14\n"); /* cut at the NUL: one document, the archive itself */
    }
}

static void damaged_archives(void **state)
{
    (void)state;
    struct text file = {0};
    const struct wrapping_member members[] = {{"a", "1", 1, false}, {"b", "2", 1, false}};
    wrapping_zip(&file, members, 2);
    file.data[30 + 1] ^= 1; /* the content of a */
    assert_seen(&file, "f/a?HM-1430\nf/b=2\n");
    file.len -= 1;
    assert_seen(&file, "f?HM-1430\n");
    text_done(&file);
}

static void bombs(void **state)
{
    (void)state;
    size_t len = LIMITS_CREDENTIAL_BYTES + 1;
    char *zeros = calloc(1, len);
    const struct wrapping_member members[] = {{"bomb", zeros, len, true}, {"good", "g", 1, true}};
    assert_zip(members, 2, "f/bomb?HM-1432\nf/good=g\n");
    struct text file = {0};
    wrapping_bomb(&file, &(struct wrapping_member){"m", zeros, len - 1, true}, 70);
    assert_true(file.len < 100000);
    text_clear(&seen);
    unwrap_bytes(&SINK, "f", wrapping_slice(&file));
    size_t refused = 0;
    for (const char *at = seen.data; (at = strstr(at, "f/m?HM-1432\n")) != NULL; at++)
        refused++;
    assert_int_equal(refused, 70 - LIMITS_UNPACKED_BYTES / (len - 1));
    text_done(&file);
    free(zeros);
}

static int tear_down(void **state)
{
    (void)state;
    text_done(&seen);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_files),     cmocka_unit_test(members_and_their_proofs),
        cmocka_unit_test(strange_members),  cmocka_unit_test(documents_that_are_archives),
        cmocka_unit_test(damaged_archives), cmocka_unit_test(bombs),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
