/* The strict JSON parser: see jdoc.h. */
#include <math.h>
#include <stdlib.h>

#include "common/utf8.h"
#include "verifier/rdf/jdoc.h"
#include "verifier/rdf/slice.h"
#include "verifier/rdf/span.h"

/* What ends a run of characters that stand for themselves: controls, quote, backslash, all that is not ASCII. */
static const uint8_t STOPS[256] = {[0x00 ... 0x1f] = 1, ['"'] = 1, ['\\'] = 1, [0x80 ... 0xff] = 1};

#define NUMBER_MAX 1024 /* bytes of one number; 17 digits say all that a double holds */

struct parser {
    struct arena *arena;
    const uint8_t *start, *at, *end;
    size_t depth; /* arrays and objects that may still be opened */
    enum err_code code;
    struct err *e;
};

static struct jdoc *parse_value(struct parser *p);

/* Record the first failure, with its place. */
static void fail(struct parser *p, enum err_code code, const uint8_t *at, const char *what)
{
    size_t line, column;
    if (p->code != ERR_OK)
        return;
    jdoc_position((struct slice){p->start, (size_t)(p->end - p->start)}, (size_t)(at - p->start),
                  &line, &column);
    p->code = err_set(p->e, code, "line %zu, column %zu: %s", line, column, what);
}

static struct jdoc *new_value(struct parser *p, enum jdoc_type type, const uint8_t *at)
{
    struct jdoc *v = arena_alloc(p->arena, sizeof *v);
    if (v == NULL) {
        p->code = arena_check(p->arena, p->e);
        return NULL;
    }
    v->type = type;
    v->offset = (uint32_t)(at - p->start);
    return v;
}

static void skip_space(struct parser *p)
{
    while (p->at < p->end &&
           (*p->at == ' ' || *p->at == '\n' || *p->at == '\r' || *p->at == '\t'))
        p->at++;
}

static bool next_is(const struct parser *p, uint8_t c)
{
    return p->at < p->end && *p->at == c;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits behind "\u". Returns: -1 if they are not there. */
static int32_t hex4(const uint8_t *at, const uint8_t *end)
{
    int32_t unit = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static bool is_high(int32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Length of the escape at `at` (the backslash), 0 if there is none such. */
static size_t escape_length(struct parser *p, const uint8_t *at)
{
    if (p->end - at < 2)
        return 0;
    if (at[1] != 'u')
        return memchr("\"\\/bfnrt", at[1], 8) != NULL ? 2 : 0;
    int32_t unit = hex4(at + 2, p->end);
    if (unit < 0)
        return 0;
    if (!is_high(unit) && !is_low(unit))
        return 6;
    if (is_high(unit) && p->end - at >= 12 && at[6] == '\\' && at[7] == 'u' &&
        is_low(hex4(at + 8, p->end)))
        return 12;
    fail(p, ERR_PARSE, at, "lone surrogate in a string");
    return 0;
}

static uint32_t short_escape(uint8_t c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c; /* '"', '\\' and '/' stand for themselves */
    }
}

/* Decode the escapes of a string that scan_string has checked. */
static struct slice unescape(struct parser *p, struct slice raw)
{
    uint8_t *text = arena_raw(p->arena, raw.len + 4), *out = text; /* room for utf8_encode */
    const uint8_t *end = raw.data + raw.len;
    if (text == NULL) {
        p->code = arena_check(p->arena, p->e);
        return (struct slice){0};
    }
    for (const uint8_t *at = raw.data; at < end;) {
        size_t plain = slice_find((struct slice){at, (size_t)(end - at)}, '\\');
        memcpy(out, at, plain);
        out += plain;
        at += plain;
        if (at == end)
            break;
        if (at[1] != 'u') {
            out += utf8_encode(out, short_escape(at[1]));
            at += 2;
            continue;
        }
        uint32_t unit = (uint32_t)hex4(at + 2, end);
        at += 6;
        if (is_high((int32_t)unit)) {
            unit = 0x10000 + ((unit - 0xd800) << 10 | ((uint32_t)hex4(at + 2, end) - 0xdc00));
            at += 6;
        }
        out += utf8_encode(out, unit);
    }
    return (struct slice){text, (size_t)(out - text)};
}

/* One character or escape inside a string. Returns: its length, 0 with the failure recorded. */
static size_t scan_character(struct parser *p, const uint8_t *at)
{
    size_t len = 0;
    uint32_t point;
    struct slice left = {at, (size_t)(p->end - at)};
    if (*at < 0x20)
        fail(p, ERR_PARSE, at, "control character in a string must be escaped");
    else if (*at == '\\' && (len = escape_length(p, at)) == 0)
        fail(p, ERR_PARSE, at, "unknown escape in a string");
    else if (*at >= 0x80 && (len = utf8_decode(left, &point)) == 0)
        fail(p, ERR_PARSE, at, "invalid UTF-8");
    return len;
}

/* A string, at its opening quote. Check p->code afterwards. */
static struct slice parse_string(struct parser *p)
{
    const uint8_t *begin = ++p->at, *at = begin;
    bool escaped = false;
    for (;;) {
        at += span_without((struct slice){at, (size_t)(p->end - at)}, STOPS, 1);
        if (at == p->end) {
            fail(p, ERR_PARSE, begin - 1, "string without end");
            return (struct slice){0};
        }
        if (*at == '"')
            break;
        escaped |= *at == '\\';
        size_t len = scan_character(p, at);
        if (len == 0)
            return (struct slice){0};
        at += len;
    }
    p->at = at + 1;
    struct slice raw = {begin, (size_t)(at - begin)};
    return escaped ? unescape(p, raw) : raw;
}

static const uint8_t *skip_digits(const uint8_t *at, const uint8_t *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

/* The grammar of a number. Returns: its end, or NULL. */
static const uint8_t *scan_number(const struct parser *p, bool *ret_integer)
{
    const uint8_t *at = p->at + (*p->at == '-'), *digits = at;
    at = skip_digits(at, p->end);
    if (at == digits || (*digits == '0' && at - digits > 1))
        return NULL;
    *ret_integer = true;
    if (at < p->end && *at == '.') {
        digits = at + 1;
        at = skip_digits(digits, p->end);
        *ret_integer = false;
        if (at == digits)
            return NULL;
    }
    if (at < p->end && (*at | 0x20) == 'e') {
        digits = at + 1;
        if (digits < p->end && (*digits == '+' || *digits == '-'))
            digits++;
        at = skip_digits(digits, p->end);
        *ret_integer = false;
        if (at == digits)
            return NULL;
    }
    return at;
}

static struct jdoc *parse_number(struct parser *p)
{
    bool is_integer;
    const uint8_t *begin = p->at, *end = scan_number(p, &is_integer);
    if (end == NULL) {
        fail(p, ERR_PARSE, begin, "malformed number");
        return NULL;
    }
    char text[NUMBER_MAX];
    size_t len = (size_t)(end - begin);
    if (len >= sizeof text) {
        fail(p, ERR_LIMIT, begin, "number too long");
        return NULL;
    }
    memcpy(text, begin, len);
    text[len] = '\0';
    double value = strtod(text, NULL);
    if (!isfinite(value)) {
        fail(p, ERR_LIMIT, begin, "number out of range");
        return NULL;
    }
    struct jdoc *v = new_value(p, JDOC_NUMBER, begin);
    if (v != NULL) {
        v->number.text = (struct slice){begin, len};
        v->number.value = value;
        v->number.is_integer = is_integer;
    }
    p->at = end;
    return v;
}

static bool open_level(struct parser *p)
{
    if (p->depth == 0) {
        fail(p, ERR_LIMIT, p->at, "nested too deeply");
        return false;
    }
    p->depth--;
    p->at++;
    skip_space(p);
    return true;
}

/* After an item: a comma and another item, or the end of the level. */
static bool another(struct parser *p, uint8_t close)
{
    skip_space(p);
    if (next_is(p, ',')) {
        p->at++;
        skip_space(p);
        return true;
    }
    if (next_is(p, close)) {
        p->at++;
        p->depth++;
    } else {
        fail(p, ERR_PARSE, p->at, close == ']' ? "expected ',' or ']'" : "expected ',' or '}'");
    }
    return false;
}

static struct jdoc *parse_array(struct parser *p)
{
    struct jdoc *array = new_value(p, JDOC_ARRAY, p->at);
    if (array == NULL || !open_level(p))
        return NULL;
    if (next_is(p, ']')) {
        p->at++;
        p->depth++;
        return array;
    }
    do
        jdoc_push(p->arena, array, parse_value(p));
    while (p->code == ERR_OK && another(p, ']'));
    return array;
}

static void parse_member(struct parser *p, struct jdoc *object)
{
    const uint8_t *begin = p->at;
    if (!next_is(p, '"')) {
        fail(p, ERR_PARSE, p->at, "expected a key in double quotes");
        return;
    }
    struct slice key = parse_string(p);
    if (p->code != ERR_OK)
        return;
    size_t before = object->object.n;
    struct map_entry *member = map_put(p->arena, &object->object, key);
    if (member == NULL) {
        p->code = arena_check(p->arena, p->e);
        return;
    }
    if (object->object.n == before) {
        fail(p, ERR_PARSE, begin, "duplicate key");
        return;
    }
    skip_space(p);
    if (!next_is(p, ':')) {
        fail(p, ERR_PARSE, p->at, "expected ':'");
        return;
    }
    p->at++;
    skip_space(p);
    member->value = parse_value(p);
}

static struct jdoc *parse_object(struct parser *p)
{
    struct jdoc *object = new_value(p, JDOC_OBJECT, p->at);
    if (object == NULL || !open_level(p))
        return NULL;
    if (next_is(p, '}')) {
        p->at++;
        p->depth++;
        return object;
    }
    do
        parse_member(p, object);
    while (p->code == ERR_OK && another(p, '}'));
    return object;
}

static struct jdoc *parse_word(struct parser *p)
{
    static const struct {
        struct slice word;
        enum jdoc_type type;
    } WORDS[] = {
        {SLICE_INIT("null"), JDOC_NULL},
        {SLICE_INIT("true"), JDOC_BOOL},
        {SLICE_INIT("false"), JDOC_BOOL},
    };
    struct slice left = {p->at, (size_t)(p->end - p->at)};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (!slice_starts(left, WORDS[i].word))
            continue;
        struct jdoc *v = new_value(p, WORDS[i].type, p->at);
        if (v != NULL && v->type == JDOC_BOOL)
            v->boolean = *p->at == 't';
        p->at += WORDS[i].word.len;
        return v;
    }
    fail(p, ERR_PARSE, p->at, left.len == 0 ? "the text ends too early" : "expected a value");
    return NULL;
}

/* A value, at its first byte. Returns: NULL with p->code set. */
static struct jdoc *parse_value(struct parser *p)
{
    uint8_t c = p->at < p->end ? *p->at : 0;
    if (c == '{')
        return parse_object(p);
    if (c == '[')
        return parse_array(p);
    if (c == '-' || (c >= '0' && c <= '9'))
        return parse_number(p);
    if (c != '"')
        return parse_word(p);
    struct jdoc *v = new_value(p, JDOC_STRING, p->at);
    struct slice string = parse_string(p);
    if (v != NULL)
        v->string = string;
    return v;
}

enum err_code jdoc_parse(struct arena *arena, struct slice text, struct jdoc_limits limits,
                         const struct jdoc **ret, struct err *e)
{
    if (text.len == 0)
        text = SLICE(""); /* so that the pointers below are never NULL */
    struct parser p = {.arena = arena, .start = text.data, .at = text.data,
                       .end = text.data + text.len, .depth = limits.depth, .e = e};
    if (text.len > limits.bytes || text.len >= JDOC_BUILT)
        return err_set(e, ERR_LIMIT, "the document has %zu bytes, at most %zu are read", text.len,
                       limits.bytes);
    if (slice_starts(text, SLICE("\xef\xbb\xbf")))
        return err_set(e, ERR_PARSE, "line 1, column 1: byte order mark, save as plain UTF-8");
    skip_space(&p);
    const struct jdoc *v = parse_value(&p);
    skip_space(&p);
    if (p.code == ERR_OK && p.at != p.end)
        fail(&p, ERR_PARSE, p.at, "something follows the end of the document");
    if (p.code == ERR_OK)
        p.code = arena_check(arena, e);
    if (p.code != ERR_OK)
        return p.code;
    *ret = v;
    return ERR_OK;
}
