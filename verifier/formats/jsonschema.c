/* JSON Schema, the part that credentials use: see jsonschema.h. */
#include "verifier/formats/jsonschema.h"

#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/rfc3339.h"
#include "common/utf8.h"
#include "verifier/rdf/slice.h"

#define DEPTH_MAX 64
#define WORK_MAX 200000
#define PATTERN_MAX 512

/* One value under judgement. */
struct judge {
    const struct jdoc *root; /* of the schema */
    char *why;
    size_t work;
    unsigned depth;
    unsigned quiet; /* inside of a choice: what breaks there is not the reason */
};

typedef enum jsonschema_answer (*keyword)(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                          const struct jdoc *value);

static enum jsonschema_answer check(struct judge *j, const struct jdoc *schema, const struct jdoc *value);

static enum jsonschema_answer worse(enum jsonschema_answer a, enum jsonschema_answer b)
{
    return a > b ? a : b;
}

static enum jsonschema_answer breaks(struct judge *j, const char *what, struct slice where)
{
    if (j->why[0] == '\0' && j->quiet == 0)
        snprintf(j->why, 160, "%s%s%.*s", what, where.len > 0 ? ": " : "", (int)where.len,
                 where.len > 0 ? (const char *)where.data : "");
    return JSONSCHEMA_BREAKS;
}

static enum jsonschema_answer unless(struct judge *j, bool good, const char *what)
{
    return good ? JSONSCHEMA_FITS : breaks(j, what, (struct slice){0});
}

static size_t size_of(const struct jdoc *v)
{
    return v->type == JDOC_OBJECT ? v->object.n : v->array.n;
}

/* -- Any value ------------------------------------------------------------------------------ */

static bool is_type(const struct jdoc *name, const struct jdoc *v)
{
    switch (v->type) {
    case JDOC_NULL: return jdoc_is(name, "null");
    case JDOC_BOOL: return jdoc_is(name, "boolean");
    case JDOC_NUMBER:
        return jdoc_is(name, "number") ||
               (jdoc_is(name, "integer") && floor(v->number.value) == v->number.value);
    case JDOC_STRING: return jdoc_is(name, "string");
    case JDOC_ARRAY: return jdoc_is(name, "array");
    case JDOC_OBJECT: return jdoc_is(name, "object");
    }
    return false;
}

static enum jsonschema_answer on_type(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                      const struct jdoc *value)
{
    (void)schema;
    if (arg->type != JDOC_ARRAY)
        return unless(j, is_type(arg, value), "type");
    for (size_t i = 0; i < arg->array.n; i++)
        if (is_type(arg->array.items[i], value))
            return JSONSCHEMA_FITS;
    return unless(j, false, "type");
}

static enum jsonschema_answer on_enum(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                      const struct jdoc *value)
{
    (void)schema;
    for (size_t i = 0; arg->type == JDOC_ARRAY && i < arg->array.n; i++)
        if (jdoc_equal(arg->array.items[i], value))
            return JSONSCHEMA_FITS;
    return unless(j, false, "enum");
}

static enum jsonschema_answer on_const(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                       const struct jdoc *value)
{
    (void)schema;
    return unless(j, jdoc_equal(arg, value), "const");
}

/* -- Strings -------------------------------------------------------------------------------- */

static size_t characters(struct slice text)
{
    size_t n = 0;
    uint32_t point;
    for (size_t len; (len = utf8_decode(text, &point)) > 0; n++)
        text = slice_from(text, len);
    return n;
}

static enum jsonschema_answer on_min_length(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                            const struct jdoc *value)
{
    (void)schema;
    bool applies = value->type == JDOC_STRING && arg->type == JDOC_NUMBER;
    return unless(j, !applies || (double)characters(value->string) >= arg->number.value, "minLength");
}

static enum jsonschema_answer on_max_length(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                            const struct jdoc *value)
{
    (void)schema;
    bool applies = value->type == JDOC_STRING && arg->type == JDOC_NUMBER;
    return unless(j, !applies || (double)characters(value->string) <= arg->number.value, "maxLength");
}

/* ECMA-262 patterns that POSIX reads in the same way; others are not judged. */
static bool is_plain_pattern(struct slice p)
{
    for (size_t i = 0; i + 1 < p.len; i++)
        if ((p.data[i] == '\\' && strchr("dDwWsSbBuxkpPcfnrtv0123456789", p.data[i + 1]) != NULL) ||
            (p.data[i] == '(' && p.data[i + 1] == '?') || (p.data[i] == '*' && p.data[i + 1] == '?') ||
            (p.data[i] == '+' && p.data[i + 1] == '?') || (p.data[i] == '{' && p.data[i + 1] == ','))
            return false;
    return p.len < PATTERN_MAX && memchr(p.data, '\0', p.len) == NULL;
}

static enum jsonschema_answer on_pattern(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                         const struct jdoc *value)
{
    char pattern[PATTERN_MAX], text[PATTERN_MAX];
    regex_t regex;
    (void)schema;
    if (value->type != JDOC_STRING)
        return JSONSCHEMA_FITS;
    if (arg->type != JDOC_STRING || !is_plain_pattern(arg->string) || value->string.len >= sizeof text ||
        memchr(value->string.data, '\0', value->string.len) != NULL)
        return JSONSCHEMA_UNKNOWN;
    snprintf(pattern, sizeof pattern, "%.*s", (int)arg->string.len, (const char *)arg->string.data);
    snprintf(text, sizeof text, "%.*s", (int)value->string.len, (const char *)value->string.data);
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return JSONSCHEMA_UNKNOWN;
    bool good = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return unless(j, good, "pattern");
}

/* A format is an annotation unless it is one that everybody reads in the same way. */
static enum jsonschema_answer on_format(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                        const struct jdoc *value)
{
    uint64_t seconds;
    (void)schema;
    if (value->type != JDOC_STRING || !jdoc_is(arg, "date-time"))
        return JSONSCHEMA_FITS;
    bool old = value->string.len > 2 && value->string.data[0] == '1'; /* before 1970: not read here */
    return unless(j, old || rfc3339_read(&seconds, (const char *)value->string.data, value->string.len),
                  "format date-time");
}

/* -- Numbers -------------------------------------------------------------------------------- */

#define ON_NUMBER(name, word, test)                                                                \
    static enum jsonschema_answer on_##name(struct judge *j, const struct jdoc *schema,            \
                                            const struct jdoc *arg, const struct jdoc *value)      \
    {                                                                                              \
        (void)schema;                                                                              \
        if (value->type != JDOC_NUMBER || arg->type != JDOC_NUMBER)                                \
            return JSONSCHEMA_FITS;                                                                \
        double v = value->number.value, limit = arg->number.value;                                 \
        return unless(j, test, word);                                                              \
    }
ON_NUMBER(minimum, "minimum", v >= limit)
ON_NUMBER(maximum, "maximum", v <= limit)
ON_NUMBER(exclusive_minimum, "exclusiveMinimum", v > limit)
ON_NUMBER(exclusive_maximum, "exclusiveMaximum", v < limit)
ON_NUMBER(multiple_of, "multipleOf", limit > 0 && fabs(remainder(v, limit)) <= fabs(v) * 1e-12)

/* -- Arrays --------------------------------------------------------------------------------- */

static const struct jdoc *prefix_of(const struct jdoc *schema)
{
    const struct jdoc *items = jdoc_get(schema, "items"), *prefix = jdoc_get(schema, "prefixItems");
    if (prefix != NULL && prefix->type == JDOC_ARRAY)
        return prefix;
    return items != NULL && items->type == JDOC_ARRAY ? items : NULL;
}

static enum jsonschema_answer on_prefix(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                        const struct jdoc *value)
{
    enum jsonschema_answer answer = JSONSCHEMA_FITS;
    (void)schema;
    for (size_t i = 0; value->type == JDOC_ARRAY && arg->type == JDOC_ARRAY && i < value->array.n && i < arg->array.n; i++)
        answer = worse(answer, check(j, arg->array.items[i], value->array.items[i]));
    return answer;
}

/* The elements behind the prefix, if there is one. */
static enum jsonschema_answer rest(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                   const struct jdoc *value)
{
    const struct jdoc *prefix = prefix_of(schema);
    enum jsonschema_answer answer = JSONSCHEMA_FITS;
    for (size_t i = prefix != NULL ? prefix->array.n : 0; value->type == JDOC_ARRAY && i < value->array.n; i++)
        answer = worse(answer, check(j, arg, value->array.items[i]));
    return answer;
}

static enum jsonschema_answer on_items(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                       const struct jdoc *value)
{
    return arg->type == JDOC_ARRAY ? on_prefix(j, schema, arg, value) : rest(j, schema, arg, value);
}

static enum jsonschema_answer on_additional_items(struct judge *j, const struct jdoc *schema,
                                                  const struct jdoc *arg, const struct jdoc *value)
{
    return prefix_of(schema) != NULL ? rest(j, schema, arg, value) : JSONSCHEMA_FITS;
}

static enum jsonschema_answer on_contains(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                          const struct jdoc *value)
{
    enum jsonschema_answer best = JSONSCHEMA_BREAKS;
    (void)schema;
    if (value->type != JDOC_ARRAY)
        return JSONSCHEMA_FITS;
    j->quiet++;
    for (size_t i = 0; i < value->array.n && best != JSONSCHEMA_FITS; i++) {
        enum jsonschema_answer one = check(j, arg, value->array.items[i]);
        best = one < best ? one : best;
    }
    j->quiet--;
    return best == JSONSCHEMA_BREAKS ? unless(j, false, "contains") : best;
}

static enum jsonschema_answer on_unique(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                        const struct jdoc *value)
{
    (void)schema;
    if (value->type != JDOC_ARRAY || arg->type != JDOC_BOOL || !arg->boolean)
        return JSONSCHEMA_FITS;
    for (size_t i = 0; i < value->array.n; i++)
        for (size_t k = 0; k < i; k++) {
            if (++j->work > WORK_MAX)
                return JSONSCHEMA_UNKNOWN;
            if (jdoc_equal(value->array.items[i], value->array.items[k]))
                return unless(j, false, "uniqueItems");
        }
    return JSONSCHEMA_FITS;
}

#define ON_SIZE(name, word, kind, test)                                                            \
    static enum jsonschema_answer on_##name(struct judge *j, const struct jdoc *schema,            \
                                            const struct jdoc *arg, const struct jdoc *value)      \
    {                                                                                              \
        (void)schema;                                                                              \
        if (value->type != (kind) || arg->type != JDOC_NUMBER)                                     \
            return JSONSCHEMA_FITS;                                                                \
        double n = (double)size_of(value), limit = arg->number.value;                              \
        return unless(j, test, word);                                                              \
    }
ON_SIZE(min_items, "minItems", JDOC_ARRAY, n >= limit)
ON_SIZE(max_items, "maxItems", JDOC_ARRAY, n <= limit)
ON_SIZE(min_properties, "minProperties", JDOC_OBJECT, n >= limit)
ON_SIZE(max_properties, "maxProperties", JDOC_OBJECT, n <= limit)

/* -- Objects -------------------------------------------------------------------------------- */

static enum jsonschema_answer on_required(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                          const struct jdoc *value)
{
    (void)schema;
    for (size_t i = 0; value->type == JDOC_OBJECT && arg->type == JDOC_ARRAY && i < arg->array.n; i++) {
        const struct jdoc *name = arg->array.items[i];
        if (name->type == JDOC_STRING && jdoc_get_slice(value, name->string) == NULL)
            return breaks(j, "required", name->string);
    }
    return JSONSCHEMA_FITS;
}

static enum jsonschema_answer on_properties(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                            const struct jdoc *value)
{
    enum jsonschema_answer answer = JSONSCHEMA_FITS;
    (void)schema;
    if (value->type != JDOC_OBJECT || arg->type != JDOC_OBJECT)
        return answer;
    for (const struct map_entry *m = arg->object.first; m != NULL; m = m->next) {
        const struct jdoc *member = jdoc_get_slice(value, m->key);
        if (member != NULL)
            answer = worse(answer, check(j, m->value, member));
    }
    return answer;
}

/* Members that no other keyword spoke of; patterns are not read here, so with them nothing is known. */
static enum jsonschema_answer on_additional(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                            const struct jdoc *value)
{
    const struct jdoc *known = jdoc_get(schema, "properties");
    enum jsonschema_answer answer = JSONSCHEMA_FITS;
    if (value->type != JDOC_OBJECT || (arg->type == JDOC_BOOL && arg->boolean))
        return answer;
    if (jdoc_get(schema, "patternProperties") != NULL)
        return JSONSCHEMA_UNKNOWN;
    for (const struct map_entry *m = value->object.first; m != NULL; m = m->next)
        if (known == NULL || jdoc_get_slice(known, m->key) == NULL) {
            enum jsonschema_answer one = check(j, arg, m->value);
            answer = worse(answer, one == JSONSCHEMA_BREAKS ? breaks(j, "additionalProperties", m->key) : one);
        }
    return answer;
}

/* -- Choices and references ----------------------------------------------------------------- */

static enum jsonschema_answer on_all_of(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                        const struct jdoc *value)
{
    enum jsonschema_answer answer = JSONSCHEMA_FITS;
    (void)schema;
    for (size_t i = 0; arg->type == JDOC_ARRAY && i < arg->array.n; i++)
        answer = worse(answer, check(j, arg->array.items[i], value));
    return answer;
}

/* How many alternatives fit, break, or are not understood. */
struct tally {
    size_t fits, unknown;
};

static struct tally try_all(struct judge *j, const struct jdoc *list, const struct jdoc *value)
{
    struct tally t = {0};
    j->quiet++;
    for (size_t i = 0; list->type == JDOC_ARRAY && i < list->array.n; i++) {
        enum jsonschema_answer one = check(j, list->array.items[i], value);
        t.fits += one == JSONSCHEMA_FITS;
        t.unknown += one == JSONSCHEMA_UNKNOWN;
    }
    j->quiet--;
    return t;
}

static enum jsonschema_answer on_any_of(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                        const struct jdoc *value)
{
    (void)schema;
    struct tally t = try_all(j, arg, value);
    if (t.fits > 0)
        return JSONSCHEMA_FITS;
    return t.unknown > 0 ? JSONSCHEMA_UNKNOWN : unless(j, false, "anyOf");
}

static enum jsonschema_answer on_one_of(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                        const struct jdoc *value)
{
    (void)schema;
    struct tally t = try_all(j, arg, value);
    if (t.fits > 1 || t.fits + t.unknown == 0)
        return unless(j, false, "oneOf");
    return t.unknown > 0 ? JSONSCHEMA_UNKNOWN : JSONSCHEMA_FITS;
}

static enum jsonschema_answer quietly(struct judge *j, const struct jdoc *schema, const struct jdoc *value)
{
    j->quiet++;
    enum jsonschema_answer answer = check(j, schema, value);
    j->quiet--;
    return answer;
}

static enum jsonschema_answer on_not(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                     const struct jdoc *value)
{
    (void)schema;
    switch (quietly(j, arg, value)) {
    case JSONSCHEMA_FITS: return unless(j, false, "not");
    case JSONSCHEMA_UNKNOWN: return JSONSCHEMA_UNKNOWN;
    case JSONSCHEMA_BREAKS: return JSONSCHEMA_FITS;
    }
    return JSONSCHEMA_UNKNOWN;
}

static enum jsonschema_answer on_if(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                    const struct jdoc *value)
{
    const struct jdoc *branch = NULL;
    switch (quietly(j, arg, value)) {
    case JSONSCHEMA_FITS: branch = jdoc_get(schema, "then"); break;
    case JSONSCHEMA_BREAKS: branch = jdoc_get(schema, "else"); break;
    case JSONSCHEMA_UNKNOWN: return JSONSCHEMA_UNKNOWN;
    }
    return branch == NULL ? JSONSCHEMA_FITS : check(j, branch, value);
}

/* One part of a JSON pointer, with ~0 and ~1. Returns: false if it is too long. */
static bool unescape(struct slice part, char ret[static 256], size_t *ret_len)
{
    size_t n = 0;
    for (size_t i = 0; i < part.len; i++, n++) {
        if (n == 255)
            return false;
        bool escaped = part.data[i] == '~' && i + 1 < part.len;
        ret[n] = !escaped ? (char)part.data[i] : part.data[i + 1] == '1' ? '/' : '~';
        i += escaped;
    }
    *ret_len = n;
    return true;
}

static const struct jdoc *resolve(const struct jdoc *root, struct slice pointer)
{
    const struct jdoc *at = root;
    while (pointer.len > 0 && at != NULL) {
        char name[256];
        size_t len;
        pointer = slice_from(pointer, 1); /* the slash */
        struct slice part = pointer;
        part.len = slice_find(pointer, '/');
        pointer = slice_from(pointer, part.len);
        if (!unescape(part, name, &len))
            return NULL;
        at = jdoc_get_slice(at, (struct slice){(const uint8_t *)name, len});
    }
    return at;
}

static enum jsonschema_answer on_ref(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                     const struct jdoc *value)
{
    (void)schema;
    if (arg->type != JDOC_STRING || !slice_starts(arg->string, SLICE("#")))
        return JSONSCHEMA_UNKNOWN;
    struct slice pointer = slice_from(arg->string, 1);
    if (pointer.len > 0 && pointer.data[0] != '/')
        return JSONSCHEMA_UNKNOWN;
    const struct jdoc *target = resolve(j->root, pointer);
    return target == NULL ? JSONSCHEMA_UNKNOWN : check(j, target, value);
}

static enum jsonschema_answer on_unread(struct judge *j, const struct jdoc *schema, const struct jdoc *arg,
                                        const struct jdoc *value)
{
    (void)j, (void)schema, (void)arg, (void)value;
    return JSONSCHEMA_UNKNOWN;
}

/* -- The whole ------------------------------------------------------------------------------ */

static const struct {
    const char *word;
    keyword judge;
} KEYWORDS[] = {
    {"$ref", on_ref},               {"type", on_type},
    {"enum", on_enum},              {"const", on_const},
    {"required", on_required},      {"properties", on_properties},
    {"additionalProperties", on_additional}, {"items", on_items},
    {"prefixItems", on_prefix},     {"additionalItems", on_additional_items},
    {"contains", on_contains},      {"uniqueItems", on_unique},
    {"minItems", on_min_items},     {"maxItems", on_max_items},
    {"minProperties", on_min_properties}, {"maxProperties", on_max_properties},
    {"minLength", on_min_length},   {"maxLength", on_max_length},
    {"pattern", on_pattern},        {"format", on_format},
    {"minimum", on_minimum},        {"maximum", on_maximum},
    {"exclusiveMinimum", on_exclusive_minimum}, {"exclusiveMaximum", on_exclusive_maximum},
    {"multipleOf", on_multiple_of}, {"allOf", on_all_of},
    {"anyOf", on_any_of},           {"oneOf", on_one_of},
    {"not", on_not},                {"if", on_if},
    {"patternProperties", on_unread}, {"propertyNames", on_unread},
    {"dependentRequired", on_unread}, {"dependentSchemas", on_unread},
    {"dependencies", on_unread},    {"unevaluatedProperties", on_unread},
    {"unevaluatedItems", on_unread}, {"minContains", on_unread},
    {"maxContains", on_unread},     {"$dynamicRef", on_unread},
    {"$recursiveRef", on_unread},
};

static enum jsonschema_answer check_object(struct judge *j, const struct jdoc *schema, const struct jdoc *value)
{
    enum jsonschema_answer answer = JSONSCHEMA_FITS;
    for (size_t i = 0; i < sizeof KEYWORDS / sizeof KEYWORDS[0]; i++) {
        const struct jdoc *arg = jdoc_get(schema, KEYWORDS[i].word);
        if (arg != NULL)
            answer = worse(answer, KEYWORDS[i].judge(j, schema, arg, value));
    }
    return answer;
}

static enum jsonschema_answer check(struct judge *j, const struct jdoc *schema, const struct jdoc *value)
{
    if (++j->work > WORK_MAX || j->depth >= DEPTH_MAX)
        return JSONSCHEMA_UNKNOWN;
    if (schema->type == JDOC_BOOL)
        return schema->boolean ? JSONSCHEMA_FITS : unless(j, false, "nothing is allowed here");
    if (schema->type != JDOC_OBJECT)
        return JSONSCHEMA_UNKNOWN;
    j->depth++;
    enum jsonschema_answer answer = check_object(j, schema, value);
    j->depth--;
    return answer;
}

enum jsonschema_answer jsonschema_check(const struct jdoc *schema, const struct jdoc *value,
                                        char why[static 160])
{
    struct judge j = {.root = schema, .why = why};
    why[0] = '\0';
    return check(&j, schema, value);
}
