/* Where a request ends: every way to say it twice, or in no way at all. */
#include "tests/harness.h"

#include <stdio.h>

#include "daemon/io/framing.h"

/* Cut a header block the way a tolerant parser does, and judge it. Lines end at LF; a CR before it is
 * not part of the line. */
static struct framing judge(const char *version, const char *block)
{
    char text[512];
    snprintf(text, sizeof text, "%s\r\n%s\r\n", version, block);
    size_t version_len = strlen("HTTP/1.1");
    char *at = text + version_len + 2, *end = text + strlen(text);
    text[version_len] = '\0';
    struct framing f = framing_begin(text);
    while (at < end - 2) {
        char *eol = strchr(at, '\n'), *colon = memchr(at, ':', (size_t)(eol - at));
        char *value = colon != NULL ? colon + 1 : eol, *stop = eol[-1] == '\r' ? eol - 1 : eol;
        while (*value == ' ')
            value++;
        framing_header(&f, at, (size_t)((colon != NULL ? colon : eol) - at), value,
                       (size_t)(stop - value));
        at = eol + 1;
    }
    framing_end(&f, end);
    return f;
}

static void plain_requests(void **state)
{
    (void)state;
    struct framing f = judge("HTTP/1.1", "Host: a\r\nContent-Length: 12\r\n");
    assert_int_equal(f.verdict, FRAMING_OK);
    assert_true(f.has_length && !f.is_chunked);
    assert_int_equal(f.length, 12);
    f = judge("HTTP/1.1", "host: a\r\ntransfer-encoding: CHUNKED\r\nExpect: 100-continue\r\n");
    assert_int_equal(f.verdict, FRAMING_OK);
    assert_true(!f.has_length && f.is_chunked && f.expects_continue);
    f = judge("HTTP/1.0", "Content-Length: 0\r\nX-Empty:\r\nX-Tab: a\tb\r\n");
    assert_int_equal(f.verdict, FRAMING_OK);
    assert_int_equal(judge("HTTP/1.0", "").verdict, FRAMING_OK);
    f = judge("HTTP/1.1", "Host: a\r\nContent-Length: 999999999999999999\r\n");
    assert_int_equal(f.verdict, FRAMING_OK);
    assert_true(f.length == 999999999999999999u);
}

static void two_lengths(void **state)
{
    (void)state;
    static const char *const BLOCKS[] = {
        "Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Host: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n",
        "Host: a\r\nContent-Length: 5\r\ncontent-length: 6\r\n",
        "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Host: a\r\nTransfer-Encoding: gzip\r\n",
        "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n",
        "Host: a\r\nTransfer-Encoding: chunked, identity\r\n",
        "Host: a\r\nTransfer-Encoding: xchunked\r\n",
        "Host: a\r\nTransfer-Encoding:\r\n",
        "Host: a\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
        "Host: a\r\nContent-Length: 5, 5\r\n",
        "Host: a\r\nContent-Length: +5\r\n",
        "Host: a\r\nContent-Length: -1\r\n",
        "Host: a\r\nContent-Length: 0x5\r\n",
        "Host: a\r\nContent-Length: 5 \r\n",
        "Host: a\r\nContent-Length:\r\n",
        "Host: a\r\nContent-Length: 18446744073709551616\r\n",
    };
    for (size_t i = 0; i < sizeof BLOCKS / sizeof BLOCKS[0]; i++)
        if (judge("HTTP/1.1", BLOCKS[i]).verdict != FRAMING_AMBIGUOUS)
            fail_msg("not refused as ambiguous: %s", BLOCKS[i]);
    assert_int_equal(judge("HTTP/1.0", "Transfer-Encoding: chunked\r\n").verdict,
                     FRAMING_AMBIGUOUS);
}

static void what_a_tolerant_parser_hides(void **state)
{
    (void)state;
    static const char *const BLOCKS[] = {
        "Host: a\nX: b\r\n",                         /* bare LF */
        "Host: a\r\nX: b\n",                         /* bare LF at the end */
        "Host: a\r\nX: b\rTransfer-Encoding: c\r\n", /* bare CR */
        "Host: a\r\nX: b\r\r\n",                     /* one CR too many */
        "Host: a\r\nContent-Length : 5\r\n",         /* space before the colon */
        "Host: a\r\n Content-Length: 5\r\n",         /* folded, or a name with a space */
        "Host: a\r\nX\r\n",                          /* no colon */
        "Host: a\r\n: b\r\n",                        /* no name */
        "Host: a\r\nX\x7f: b\r\n",
        "Host: a\r\nX: \x01\r\n",
        "Host: a\r\nHost: b\r\n",
        "X: b\r\n", /* no Host */
        "",
    };
    for (size_t i = 0; i < sizeof BLOCKS / sizeof BLOCKS[0]; i++)
        if (judge("HTTP/1.1", BLOCKS[i]).verdict != FRAMING_MALFORMED)
            fail_msg("case %zu not refused as malformed: %s", i, BLOCKS[i]);
}

/* A NUL cuts a C string short: the next header then begins too late. */
static void nul_in_a_value(void **state)
{
    (void)state;
    static const char TEXT[] = "HTTP/1.1\0\nHost: a\0b\r\n\r\n";
    struct framing f = framing_begin(TEXT);
    framing_header(&f, TEXT + 10, 4, TEXT + 16, 1);
    framing_end(&f, TEXT + sizeof TEXT - 1);
    assert_int_equal(f.verdict, FRAMING_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_requests),
        cmocka_unit_test(two_lengths),
        cmocka_unit_test(what_a_tolerant_parser_hides),
        cmocka_unit_test(nul_in_a_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
