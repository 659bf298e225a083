/* N-Quads in and out: see nquads.h. The names of the productions are those of the N-Quads grammar. */
#include "verifier/rdf/nquads.h"

#include "common/utf8.h"
#include "verifier/rdf/span.h"

/* What one byte may be; bytes from 0x80 on belong to UTF-8 sequences and are legal in IRIs and literals. */
enum {
    NOT_IRI = 1,       /* cannot stand in an IRIREF: controls, space, <>"{}|^`\ */
    NOT_LITERAL = 2,   /* cannot stand raw between quotes when we parse: " \ LF CR */
    ESCAPE_RDFC = 4,   /* must be escaped in canonical form */
    ESCAPE_LEGACY = 8, /* was escaped before there was one */
    TAG = 16,          /* A-Z a-z 0-9 -: may stand in a language tag */
};

static const uint8_t CLASS[256] = {
    [0x00 ... 0x09] = NOT_IRI | ESCAPE_RDFC,
    ['\n'] = NOT_IRI | NOT_LITERAL | ESCAPE_RDFC | ESCAPE_LEGACY,
    [0x0b ... 0x0c] = NOT_IRI | ESCAPE_RDFC,
    ['\r'] = NOT_IRI | NOT_LITERAL | ESCAPE_RDFC | ESCAPE_LEGACY,
    [0x0e ... 0x1f] = NOT_IRI | ESCAPE_RDFC,
    [' '] = NOT_IRI,
    ['"'] = NOT_IRI | NOT_LITERAL | ESCAPE_RDFC | ESCAPE_LEGACY,
    ['\\'] = NOT_IRI | NOT_LITERAL | ESCAPE_RDFC | ESCAPE_LEGACY,
    ['<'] = NOT_IRI,
    ['>'] = NOT_IRI,
    ['{'] = NOT_IRI,
    ['}'] = NOT_IRI,
    ['|'] = NOT_IRI,
    ['^'] = NOT_IRI,
    ['`'] = NOT_IRI,
    [0x7f] = ESCAPE_RDFC,
    ['-'] = TAG,
    ['0' ... '9'] = TAG,
    ['A' ... 'Z'] = TAG,
    ['a' ... 'z'] = TAG,
};

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* ---- parser ---- */

struct parser {
    struct slice text;
    size_t at;
    struct arena *arena;
    struct err *e;
};

static enum err_code fail_at(struct parser *p, size_t at, const char *what)
{
    size_t line = 1, start = 0;
    for (size_t i = 0; i < at; i++)
        if (p->text.data[i] == '\n') {
            line++;
            start = i + 1;
        }
    return err_set(p->e, ERR_PARSE, "line %zu, column %zu: %s", line, at - start + 1, what);
}

static struct slice rest(const struct parser *p)
{
    return slice_from(p->text, p->at);
}

/* The next byte; NUL at the end of the text and for a NUL, which no production accepts outside quotes. */
static uint8_t peek(const struct parser *p)
{
    return p->at < p->text.len ? p->text.data[p->at] : 0;
}

static bool eat(struct parser *p, const char *token)
{
    struct slice t = slice_of(token);
    if (!slice_starts(rest(p), t))
        return false;
    p->at += t.len;
    return true;
}

static void skip_blanks(struct parser *p)
{
    while (peek(p) == ' ' || peek(p) == '\t')
        p->at++;
}

static int hex_value(uint8_t c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* UCHAR ::= '\u' HEX HEX HEX HEX | '\U' HEX{8}; p stands behind the letter. */
static enum err_code parse_uchar(struct parser *p, unsigned digits, uint32_t *ret)
{
    uint32_t point = 0;
    for (unsigned i = 0; i < digits; i++, p->at++) {
        int v = hex_value(peek(p));
        if (v < 0)
            return fail_at(p, p->at, "an escape needs hexadecimal digits");
        point = point << 4 | (uint32_t)v;
    }
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return fail_at(p, p->at - digits, "an escape stands for no character");
    *ret = point;
    return ERR_OK;
}

/* UCHAR, or ECHAR ::= '\' [tbnrf"'\] in a literal; p stands behind the backslash. */
static enum err_code parse_escape(struct parser *p, bool in_iri, uint32_t *ret)
{
    static const char LETTER[] = "tbnrf\"'\\", MEANING[] = "\t\b\n\r\f\"'\\";
    uint8_t c = peek(p);
    size_t start = p->at++;
    if (c == 'u' || c == 'U')
        return parse_uchar(p, c == 'u' ? 4 : 8, ret);
    for (size_t i = 0; !in_iri && LETTER[i] != '\0'; i++)
        if (c == (uint8_t)LETTER[i]) {
            *ret = (uint32_t)(uint8_t)MEANING[i];
            return ERR_OK;
        }
    return fail_at(p, start, "unknown escape");
}

/* The text up to a closing character, unescaped: borrowed if it had no escape, else in the arena.
 * p stands behind the opening character, and then behind the closing one. */
static enum err_code parse_quoted(struct parser *p, bool is_iri, struct slice *ret)
{
    const uint8_t stop = is_iri ? NOT_IRI : NOT_LITERAL;
    const uint8_t close = is_iri ? '>' : '"';
    size_t start = p->at, n = span_without(rest(p), CLASS, stop);
    p->at += n;
    if (peek(p) == close) {
        *ret = (struct slice){p->text.data + start, n};
        p->at++;
        return ERR_OK;
    }
    /* Unescaped text is never longer than escaped text, and that ends on its line. */
    struct buffer b = buffer(p->arena, slice_find(slice_from(p->text, start), '\n'), SIZE_MAX);
    buffer_put(&b, p->text.data + start, n);
    while (eat(p, "\\")) {
        uint32_t point = 0;
        enum err_code rc = parse_escape(p, is_iri, &point);
        if (rc != ERR_OK)
            return rc;
        uint8_t bytes[4];
        buffer_put(&b, bytes, utf8_encode(bytes, point));
        n = span_without(rest(p), CLASS, stop);
        buffer_put(&b, p->text.data + p->at, n);
        p->at += n;
    }
    if (peek(p) != close || p->at == p->text.len)
        return fail_at(p, p->at, is_iri ? "an IRI cannot hold this character, or is not closed"
                                        : "a literal is not closed on its line");
    p->at++;
    *ret = buffer_slice(&b);
    return buffer_check(&b, p->e);
}

/* N-Quads has no base: an IRI begins with a scheme. */
static bool has_scheme(struct slice iri)
{
    size_t n = slice_find(iri, ':');
    if (n == iri.len || n == 0 || !is_letter(iri.data[0]))
        return false;
    for (size_t i = 1; i < n; i++) {
        uint8_t c = iri.data[i];
        if (!is_letter(c) && !is_digit(c) && c != '+' && c != '-' && c != '.')
            return false;
    }
    return true;
}

static enum err_code parse_iri(struct parser *p, struct slice *ret)
{
    size_t start = p->at;
    if (!eat(p, "<"))
        return fail_at(p, start, "expected an IRI");
    enum err_code rc = parse_quoted(p, true, ret);
    if (rc == ERR_OK && !has_scheme(*ret))
        rc = fail_at(p, start, "an IRI must be absolute");
    return rc;
}

struct range {
    uint32_t first, last;
};

static bool in_ranges(uint32_t point, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}

/* PN_CHARS_U, and what a label may begin with besides: [0-9]. */
static const struct range LABEL_FIRST[] = {
    {'0', '9'},         {':', ':'},         {'A', 'Z'},         {'_', '_'},       {'a', 'z'},
    {0x00c0, 0x00d6},   {0x00d8, 0x00f6},   {0x00f8, 0x02ff},   {0x0370, 0x037d}, {0x037f, 0x1fff},
    {0x200c, 0x200d},   {0x2070, 0x218f},   {0x2c00, 0x2fef},   {0x3001, 0xd7ff}, {0xf900, 0xfdcf},
    {0xfdf0, 0xfffd},   {0x10000, 0xeffff},
};

/* PN_CHARS has these besides; a dot may stand inside a label. */
static const struct range LABEL_LATER[] = {
    {'-', '.'}, {0x00b7, 0x00b7}, {0x0300, 0x036f}, {0x203f, 0x2040},
};

/* BLANK_NODE_LABEL ::= '_:' (PN_CHARS_U | [0-9]) ((PN_CHARS | '.')* PN_CHARS)? */
static enum err_code parse_blank(struct parser *p, struct slice *ret)
{
    size_t start = p->at, first = start + 2;
    p->at = first;
    for (;;) {
        uint32_t point;
        size_t n = utf8_decode(rest(p), &point);
        if (n == 0 || (!in_ranges(point, LABEL_FIRST, sizeof LABEL_FIRST / sizeof *LABEL_FIRST) &&
                       (p->at == first ||
                        !in_ranges(point, LABEL_LATER, sizeof LABEL_LATER / sizeof *LABEL_LATER))))
            break;
        p->at += n;
    }
    while (p->at > first && p->text.data[p->at - 1] == '.')
        p->at--;
    if (p->at == first)
        return fail_at(p, start, "a blank node needs a label");
    *ret = (struct slice){p->text.data + start, p->at - start};
    return ERR_OK;
}

/* LANGTAG ::= '@' [a-zA-Z]+ ('-' [a-zA-Z0-9]+)*; p stands behind the @. */
static enum err_code parse_language(struct parser *p, struct slice *ret)
{
    size_t start = p->at, part;
    bool first = true;
    do {
        part = p->at;
        while (is_letter(peek(p)) || (!first && is_digit(peek(p))))
            p->at++;
        if (p->at == part)
            return fail_at(p, part, "a language tag is not complete");
        first = false;
    } while (eat(p, "-"));
    *ret = (struct slice){p->text.data + start, p->at - start};
    return ERR_OK;
}

/* literal ::= STRING_LITERAL_QUOTE ('^^' IRIREF | LANGTAG)?; p stands behind the quote. */
static enum err_code parse_literal(struct parser *p, struct rdf_term *ret)
{
    struct slice text, mark;
    enum err_code rc = parse_quoted(p, false, &text);
    if (rc != ERR_OK)
        return rc;
    if (eat(p, "@")) {
        rc = parse_language(p, &mark);
        *ret = rc == ERR_OK ? rdf_lang_text(text, mark) : *ret;
    } else if (eat(p, "^^")) {
        rc = parse_iri(p, &mark);
        *ret = rc == ERR_OK ? rdf_literal(text, mark) : *ret;
    } else {
        *ret = rdf_text(text);
    }
    return rc;
}

static enum err_code parse_resource(struct parser *p, struct rdf_term *ret, const char *expected)
{
    struct slice value;
    enum err_code rc;
    if (peek(p) == '<') {
        rc = parse_iri(p, &value);
        *ret = rc == ERR_OK ? rdf_iri(value) : *ret;
    } else if (slice_starts(rest(p), SLICE("_:"))) {
        rc = parse_blank(p, &value);
        *ret = rc == ERR_OK ? rdf_blank(value) : *ret;
    } else {
        rc = fail_at(p, p->at, expected);
    }
    return rc;
}

/* statement ::= subject predicate object graphLabel? '.' */
static enum err_code parse_statement(struct parser *p, struct rdf_quad *quad)
{
    enum err_code rc = parse_resource(p, &quad->subject, "expected an IRI or a blank node");
    skip_blanks(p);
    if (rc == ERR_OK) {
        struct slice predicate;
        rc = parse_iri(p, &predicate);
        quad->predicate = rc == ERR_OK ? rdf_iri(predicate) : quad->predicate;
        skip_blanks(p);
    }
    if (rc == ERR_OK) {
        rc = eat(p, "\"") ? parse_literal(p, &quad->object)
                          : parse_resource(p, &quad->object,
                                           "expected an IRI, a blank node or a literal");
        skip_blanks(p);
    }
    if (rc == ERR_OK && peek(p) != '.') {
        rc = parse_resource(p, &quad->graph, "expected a graph name or \".\"");
        skip_blanks(p);
    }
    if (rc == ERR_OK && !eat(p, "."))
        rc = fail_at(p, p->at, "expected \".\"");
    return rc;
}

/* Blanks, a comment, and the end of the line or of the text. */
static enum err_code parse_line_end(struct parser *p)
{
    skip_blanks(p);
    if (peek(p) == '#')
        while (p->at < p->text.len && peek(p) != '\n' && peek(p) != '\r')
            p->at++;
    if (p->at < p->text.len && !eat(p, "\n") && !eat(p, "\r"))
        return fail_at(p, p->at, "expected the end of the line");
    return ERR_OK;
}

enum err_code nquads_parse(struct rdf_dataset *dataset, struct slice text, struct err *e)
{
    struct parser p = {.text = text, .arena = dataset->arena, .e = e};
    size_t good = utf8_check(text);
    if (good < text.len)
        return fail_at(&p, good, "not UTF-8");
    while (p.at < text.len) {
        skip_blanks(&p);
        enum err_code rc = ERR_OK;
        if (p.at < text.len && peek(&p) != '#' && peek(&p) != '\n' && peek(&p) != '\r') {
            struct rdf_quad quad = {0};
            rc = parse_statement(&p, &quad);
            if (rc == ERR_OK)
                rc = rdf_add(dataset, &quad, e);
        }
        if (rc == ERR_OK)
            rc = parse_line_end(&p);
        if (rc != ERR_OK)
            return rc;
    }
    return rdf_dedupe(dataset, e);
}

/* ---- writer ---- */

/* Upper-case digits; every character that is escaped so is in ASCII. */
static void put_uchar(struct buffer *b, uint8_t c)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    const char text[6] = {'\\', 'u', '0', '0', DIGITS[c >> 4], DIGITS[c & 15]};
    buffer_put(b, text, sizeof text);
}

/* ECHAR where there is one, else UCHAR. */
static void put_escape(struct buffer *b, uint8_t c)
{
    static const char ECHAR[128] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                    ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    if (ECHAR[c] != 0)
        buffer_put(b, (const char[]){'\\', ECHAR[c]}, 2);
    else
        put_uchar(b, c);
}

/* What cannot stand in an IRIREF is escaped: no two IRIs have one text, and none ends a line. */
static void put_iri(struct buffer *b, struct slice iri)
{
    buffer_put_slice(b, SLICE("<"));
    for (;;) {
        size_t n = span_without(iri, CLASS, NOT_IRI);
        buffer_put(b, iri.data, n);
        if (n == iri.len)
            break;
        put_uchar(b, iri.data[n]);
        iri = slice_from(iri, n + 1);
    }
    buffer_put_slice(b, SLICE(">"));
}

static void put_literal(struct buffer *b, const struct rdf_term *term, enum nquads_escape escape)
{
    const uint8_t escaped = escape == NQUADS_RDFC ? ESCAPE_RDFC : ESCAPE_LEGACY;
    buffer_put_slice(b, SLICE("\""));
    for (struct slice left = term->value; left.len > 0;) {
        size_t n = span_without(left, CLASS, escaped);
        buffer_put(b, left.data, n);
        if (n < left.len)
            put_escape(b, left.data[n++]);
        left = slice_from(left, n);
    }
    buffer_put_slice(b, SLICE("\""));
    if (term->language.len > 0) {
        for (size_t i = 0; i < term->language.len; i++)
            if ((CLASS[term->language.data[i]] & TAG) == 0)
                b->failed = ERR_INVALID;
        buffer_put_slice(b, SLICE("@"));
        buffer_put_slice(b, term->language);
    } else if (!slice_equal(term->datatype, RDF_XSD_STRING)) {
        buffer_put_slice(b, SLICE("^^"));
        put_iri(b, term->datatype);
    }
}

static void put_term(struct buffer *b, const struct rdf_term *term, enum nquads_escape escape)
{
    switch (term->kind) {
    case RDF_NONE:
        return;
    case RDF_IRI:
        put_iri(b, term->value);
        break;
    case RDF_BLANK:
        buffer_put_slice(b, term->value);
        break;
    case RDF_LITERAL:
        put_literal(b, term, escape);
        break;
    }
    buffer_put_slice(b, SLICE(" "));
}

void nquads_put(struct buffer *b, const struct rdf_quad *quad, enum nquads_escape escape)
{
    put_term(b, &quad->subject, escape);
    put_term(b, &quad->predicate, escape);
    put_term(b, &quad->object, escape);
    put_term(b, &quad->graph, escape);
    buffer_put_slice(b, SLICE(".\n"));
}

/* A resource that stands at `at` in a line. Returns: what stands behind it. */
static const uint8_t *settle_resource(struct arena *arena, struct rdf_term *term, const uint8_t *at,
                                      const uint8_t *end)
{
    if (term->kind == RDF_IRI)
        at++;
    const uint8_t close = term->kind == RDF_IRI ? '>' : ' ', *after = at + term->value.len;
    if (*after == close) {
        term->value.data = at;
    } else { /* it has escapes, and is longer: the closing character is one of what is escaped */
        after = memchr(at, close, (size_t)(end - at));
        term->value = arena_copy(arena, term->value);
    }
    return after + (term->kind == RDF_IRI ? 2 : 1);
}

struct rdf_quad nquads_settle(struct arena *arena, const struct rdf_quad *quad, struct slice line)
{
    struct rdf_quad settled = *quad;
    const uint8_t *end = line.data + line.len;
    const uint8_t *at = settle_resource(arena, &settled.subject, line.data, end);
    at = settle_resource(arena, &settled.predicate, at, end);
    if (settled.object.kind == RDF_LITERAL) {
        settled.object.datatype = arena_copy(arena, settled.object.datatype);
        settled.object.language = arena_copy(arena, settled.object.language);
    } else {
        settle_resource(arena, &settled.object, at, end);
    }
    settled.graph.value = arena_copy(arena, settled.graph.value);
    return settled;
}

enum err_code nquads_check(const struct buffer *b, struct err *e)
{
    if (b->failed == ERR_INVALID)
        return err_set(e, ERR_INVALID, "a language tag holds a character that N-Quads cannot carry");
    return buffer_check(b, e);
}
