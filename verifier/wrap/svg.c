/* Badges in SVG files: see svg.h. */
#include "verifier/wrap/svg.h"

#include <limits.h>
#include <string.h>

#include <expat.h>

#include "common/limits.h"
#include "verifier/rdf/slice.h"

#define HEAD 4096 /* bytes in which the root element must begin */

static struct slice without_space(struct slice s)
{
    while (s.len > 0 && memchr(" \t\r\n", s.data[0], 4) != NULL)
        s = slice_from(s, 1);
    while (s.len > 0 && memchr(" \t\r\n", s.data[s.len - 1], 4) != NULL)
        s.len--;
    return s;
}

bool svg_is(struct slice file)
{
    struct slice head = {file.data, file.len < HEAD ? file.len : HEAD};
    if (slice_starts(head, SLICE("\xef\xbb\xbf")))
        head = slice_from(head, 3);
    head = without_space(head);
    if (slice_starts(head, SLICE("<svg")))
        return true;
    return (slice_starts(head, SLICE("<?xml")) || slice_starts(head, SLICE("<!"))) &&
           memmem(head.data, head.len, "<svg", 4) != NULL;
}

struct search {
    XML_Parser parser;
    struct text verify, body;
    int depth; /* of elements below the badge's own; 0: not inside of one */
    bool found, is_over, twice;
};

static bool is_badge(const char *name)
{
    return strcmp(name, "http://openbadges.org|assertion") == 0 ||
           strcmp(name, "https://purl.imsglobal.org/ob/v3p0|credential") == 0;
}

static void stop(struct search *s)
{
    XML_StopParser(s->parser, XML_FALSE);
}

static void put(struct search *s, struct text *out, const char *text, size_t len)
{
    s->is_over = s->is_over || len > LIMITS_CREDENTIAL_BYTES - out->len;
    if (s->is_over)
        stop(s);
    else
        text_put(out, text, len);
}

static void on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
    struct search *s = arg;
    bool badge = is_badge(name);
    if (badge && (s->found || s->depth > 0)) {
        s->twice = true;
        stop(s);
    }
    if (s->depth > 0)
        s->depth++;
    if (!badge || s->twice || s->depth > 0)
        return;
    s->depth = 1;
    for (; attributes[0] != NULL; attributes += 2)
        if (strcmp(attributes[0], "verify") == 0)
            put(s, &s->verify, attributes[1], strlen(attributes[1]));
}

static void on_text(void *arg, const XML_Char *text, int len)
{
    struct search *s = arg;
    if (s->depth == 1)
        put(s, &s->body, text, (size_t)len);
}

static void on_end(void *arg, const XML_Char *name)
{
    (void)name;
    struct search *s = arg;
    if (s->depth == 0 || --s->depth > 0)
        return;
    s->found = true; /* and on: there may be another one */
}

static struct slice kept(const struct text *text)
{
    return without_space((struct slice){(const uint8_t *)text_string(text), text->len});
}

static enum badge_answer answer_of(const struct search *s, bool is_whole, struct text *out)
{
    struct slice verify = kept(&s->verify), body = kept(&s->body);
    if (s->twice)
        return BADGE_TWICE;
    if (s->is_over || s->verify.failed || s->body.failed)
        return BADGE_TOO_LONG;
    if (!s->found)
        return is_whole ? BADGE_NONE : BADGE_DAMAGED;
    struct slice badge = body.len == 0 || slice_starts(verify, SLICE("eyJ")) ? verify : body;
    text_put(out, (const char *)badge.data, badge.len);
    return badge.len > 0 ? BADGE_FOUND : BADGE_DAMAGED;
}

enum badge_answer svg_badge(struct text *out, struct slice file)
{
    struct search s = {.parser = XML_ParserCreateNS(NULL, '|')};
    if (s.parser == NULL || file.len > INT_MAX) {
        XML_ParserFree(s.parser);
        return BADGE_TOO_LONG;
    }
    XML_SetUserData(s.parser, &s);
    XML_SetElementHandler(s.parser, on_start, on_end);
    XML_SetCharacterDataHandler(s.parser, on_text);
    bool is_whole = XML_Parse(s.parser, (const char *)file.data, (int)file.len, 1) == XML_STATUS_OK;
    enum badge_answer answer = answer_of(&s, is_whole, out);
    XML_ParserFree(s.parser);
    text_done(&s.verify);
    text_done(&s.body);
    return answer;
}
