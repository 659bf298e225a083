/* Where a request ends: see framing.h. */
#include "daemon/io/framing.h"

#include <string.h>
#include <strings.h>

#define VERSION_LEN 8        /* HTTP/1.1 */
#define EOL_LEN 2            /* CR LF */
#define MAX_LENGTH_DIGITS 18 /* fits in 64 bits */

static void fail(struct framing *f, enum framing_verdict verdict)
{
    if (f->verdict == FRAMING_OK)
        f->verdict = verdict;
}

/* RFC 9110 section 5.6.2: token = 1*tchar. */
static bool is_token(const char *s, size_t len)
{
    static const char MARKS[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < len; i++) {
        char c = s[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_alnum && (c == '\0' || strchr(MARKS, c) == NULL))
            return false;
    }
    return len > 0;
}

/* RFC 9110 section 5.5: no control characters but the tab. */
static bool is_value(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static bool is_name(const char *name, size_t len, const char *wanted)
{
    return len == strlen(wanted) && strncasecmp(name, wanted, len) == 0;
}

static void take_length(struct framing *f, const char *value, size_t len)
{
    if (f->has_length || len == 0 || len > MAX_LENGTH_DIGITS) {
        fail(f, FRAMING_AMBIGUOUS);
        return;
    }
    f->has_length = true;
    for (size_t i = 0; i < len; i++) {
        if (value[i] < '0' || value[i] > '9') {
            fail(f, FRAMING_AMBIGUOUS);
            return;
        }
        f->length = f->length * 10 + (uint64_t)(value[i] - '0');
    }
}

struct framing framing_begin(const char *version)
{
    return (struct framing){.next = version + VERSION_LEN + EOL_LEN,
                            .is_1_0 = strcmp(version, "HTTP/1.0") == 0};
}

void framing_header(struct framing *f, const char *name, size_t name_len, const char *value,
                    size_t value_len)
{
    if (name != f->next || !is_token(name, name_len) || !is_value(value, value_len))
        fail(f, FRAMING_MALFORMED);
    f->next = value + value_len + EOL_LEN;
    if (is_name(name, name_len, "Content-Length")) {
        take_length(f, value, value_len);
    } else if (is_name(name, name_len, "Transfer-Encoding")) {
        f->is_chunked = is_name(value, value_len, "chunked");
        if (!f->is_chunked || ++f->n_transfer_encoding > 1)
            fail(f, FRAMING_AMBIGUOUS);
    } else if (is_name(name, name_len, "Host")) {
        if (++f->n_host > 1)
            fail(f, FRAMING_MALFORMED);
    } else if (is_name(name, name_len, "Expect")) {
        f->expects_continue = true;
    }
}

void framing_end(struct framing *f, const char *end)
{
    if (f->next + EOL_LEN != end)
        fail(f, FRAMING_MALFORMED);
    if (f->is_chunked && (f->has_length || f->is_1_0))
        fail(f, FRAMING_AMBIGUOUS);
    /* RFC 9112 section 3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1
     * request message that lacks a Host header field". */
    if (f->n_host == 0 && !f->is_1_0)
        fail(f, FRAMING_MALFORMED);
}
