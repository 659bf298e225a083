/* Strict reading of JSON: see jsonio.h. */
#include "common/jsonio.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/hex.h"
#include "common/limits.h"
#include "common/rfc3339.h"

/* jansson recurses up to 2,048 levels; we stop long before it starts. */
static bool too_deep(const char *text, size_t len)
{
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']') && depth > 0)
            depth--;
        if (depth > LIMITS_JSON_DEPTH)
            return true;
    }
    return false;
}

enum err_code jsonio_load(json_t **ret, const void *text, size_t len, size_t max_len, struct err *e)
{
    if (len > max_len)
        return err_set(e, ERR_LIMIT, "longer than %zu bytes", max_len);
    if (too_deep(text, len))
        return err_set(e, ERR_LIMIT, "nested deeper than %d levels", LIMITS_JSON_DEPTH);
    json_error_t why;
    json_t *value =
        json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    if (value == NULL && json_error_code(&why) == json_error_out_of_memory)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    if (value == NULL) {
        char *near = strstr(why.text, " near "); /* what follows would quote the document */
        if (near != NULL)
            *near = '\0';
        return err_set(e, ERR_PARSE, "not JSON: line %d, column %d: %s", why.line, why.column,
                       why.text);
    }
    *ret = value;
    return ERR_OK;
}

/* The place of a value, root first: `anchors[2].tail[0].right`. */
static void put_place(char *place, size_t cap, const struct jsonio_node *at)
{
    if (at == NULL || at->up == NULL)
        return;
    put_place(place, cap, at->up);
    size_t len = strlen(place);
    if (at->key != NULL)
        snprintf(place + len, cap - len, "%s%s", len > 0 ? "." : "", at->key);
    else
        snprintf(place + len, cap - len, "[%zu]", at->index);
}

enum err_code jsonio_fail(const struct jsonio_node *at, enum err_code code, const char *fmt, ...)
{
    struct jsonio *doc = at->doc;
    if (doc->code != ERR_OK)
        return doc->code;
    char place[120] = "", what[120];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    put_place(place, sizeof place, at);
    doc->code = err_set(doc->e, code, "%s%s%s", place, place[0] != '\0' ? ": " : "", what);
    return code;
}

static const char *type_text(json_type type)
{
    switch (type) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "an array";
    case JSON_STRING: return "a string";
    case JSON_INTEGER: return "an integer";
    case JSON_REAL: return "a number";
    case JSON_TRUE:
    case JSON_FALSE: return "true or false";
    case JSON_NULL: return "null";
    }
    return "a value";
}

/* Keep the node's value only if it is of this type. */
static struct jsonio_node need(struct jsonio_node node, json_type type)
{
    if (node.doc->code != ERR_OK) {
        node.value = NULL;
    } else if (node.value == NULL) {
        jsonio_fail(&node, ERR_INVALID, "is missing");
    } else if (json_typeof(node.value) != type) {
        jsonio_fail(&node, ERR_INVALID, "must be %s", type_text(type));
        node.value = NULL;
    }
    return node;
}

static struct jsonio_node limited(struct jsonio_node node, size_t max)
{
    if (json_array_size(node.value) > max) {
        jsonio_fail(&node, ERR_LIMIT, "has more than %zu elements", max);
        node.value = NULL;
    }
    return node;
}

static struct jsonio_node member(const struct jsonio_node *object, const char *key, json_type type)
{
    struct jsonio_node node = {.doc = object->doc, .up = object, .key = key,
                               .value = json_object_get(object->value, key)};
    return need(node, type);
}

struct jsonio_node jsonio_root(struct jsonio *doc, json_t *value)
{
    return need((struct jsonio_node){.doc = doc, .value = value}, JSON_OBJECT);
}

struct jsonio_node jsonio_root_array(struct jsonio *doc, json_t *value, size_t max)
{
    return limited(need((struct jsonio_node){.doc = doc, .value = value}, JSON_ARRAY), max);
}

bool jsonio_has(const struct jsonio_node *object, const char *key)
{
    return json_object_get(object->value, key) != NULL;
}

struct jsonio_node jsonio_object(const struct jsonio_node *object, const char *key)
{
    return member(object, key, JSON_OBJECT);
}

struct jsonio_node jsonio_array(const struct jsonio_node *object, const char *key, size_t max)
{
    return limited(member(object, key, JSON_ARRAY), max);
}

bool jsonio_bool(const struct jsonio_node *object, const char *key)
{
    bool yes = json_is_true(json_object_get(object->value, key));
    return member(object, key, yes ? JSON_TRUE : JSON_FALSE).value != NULL && yes;
}

uint64_t jsonio_u64(const struct jsonio_node *object, const char *key)
{
    struct jsonio_node node = member(object, key, JSON_INTEGER);
    json_int_t value = json_integer_value(node.value);
    if (value < 0)
        jsonio_fail(&node, ERR_INVALID, "must not be negative");
    return value < 0 ? 0 : (uint64_t)value;
}

/* The text of a string node; "" if it failed or holds U+0000. */
static const char *text_of(const struct jsonio_node *node)
{
    const char *text = json_string_value(node->value);
    if (text == NULL)
        return "";
    if (strlen(text) == json_string_length(node->value))
        return text;
    jsonio_fail(node, ERR_INVALID, "holds a zero character");
    return "";
}

const char *jsonio_string(const struct jsonio_node *object, const char *key)
{
    struct jsonio_node node = member(object, key, JSON_STRING);
    return text_of(&node);
}

uint64_t jsonio_time(const struct jsonio_node *object, const char *key)
{
    struct jsonio_node node = member(object, key, JSON_STRING);
    const char *text = text_of(&node);
    char form[RFC3339_LEN + 1];
    uint64_t seconds;
    if (node.doc->code != ERR_OK)
        return 0;
    if (rfc3339_read(&seconds, text, strlen(text)) && rfc3339_write(form, seconds) &&
        strcmp(form, text) == 0)
        return seconds;
    jsonio_fail(&node, ERR_INVALID, "must be a time like 2026-11-22T07:00:00Z");
    return 0;
}

static void get_hex(const struct jsonio_node *object, const char *key, const char *prefix,
                    void *bytes, size_t len)
{
    struct jsonio_node node = member(object, key, JSON_STRING);
    const char *text = text_of(&node);
    size_t skip = strlen(prefix);
    if (node.doc->code == ERR_OK && strncmp(text, prefix, skip) == 0 &&
        hex_decode(bytes, len, text + skip, strlen(text + skip), false))
        return;
    memset(bytes, 0, len);
    jsonio_fail(&node, ERR_INVALID, "must be %s%zu lower-case hex digits%s",
                skip > 0 ? "0x and " : "", 2 * len, skip > 0 ? "" : " without 0x");
}

void jsonio_hex(const struct jsonio_node *object, const char *key, void *bytes, size_t len)
{
    get_hex(object, key, "", bytes, len);
}

void jsonio_hex0x(const struct jsonio_node *object, const char *key, void *bytes, size_t len)
{
    get_hex(object, key, "0x", bytes, len);
}

struct hash32 jsonio_hash(const struct jsonio_node *object, const char *key)
{
    struct hash32 h;
    get_hex(object, key, "", h.b, sizeof h.b);
    return h;
}

struct hash32 jsonio_hash0x(const struct jsonio_node *object, const char *key)
{
    struct hash32 h;
    get_hex(object, key, "0x", h.b, sizeof h.b);
    return h;
}

size_t jsonio_word(const struct jsonio_node *object, const char *key, const char *const *words,
                   size_t n)
{
    struct jsonio_node node = member(object, key, JSON_STRING);
    const char *text = text_of(&node);
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    jsonio_fail(&node, ERR_INVALID, "is none of the words known here, like \"%s\"", words[0]);
    return 0;
}

size_t jsonio_count(const struct jsonio_node *array)
{
    return json_array_size(array->value);
}

struct jsonio_node jsonio_item(const struct jsonio_node *array, size_t index)
{
    struct jsonio_node node = {.doc = array->doc, .up = array, .index = index,
                               .value = json_array_get(array->value, index)};
    return need(node, JSON_OBJECT);
}

static bool one_bit_apart(const char *a, const char *b)
{
    size_t len = strlen(a);
    unsigned bits = 0;
    if (len != strlen(b))
        return false;
    for (size_t i = 0; i < len; i++)
        bits += (unsigned)__builtin_popcount((unsigned char)(a[i] ^ b[i]));
    return bits == 1;
}

void jsonio_keys(const struct jsonio_node *object, const char *const *keys)
{
    const char *name;
    json_t *value;
    json_object_foreach(object->value, name, value)
        for (const char *const *known = keys; *known != NULL; known++)
            if (one_bit_apart(name, *known))
                jsonio_fail(object, ERR_INVALID, "holds a damaged form of the member \"%s\"", *known);
}
