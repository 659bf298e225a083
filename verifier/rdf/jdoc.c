/* The JSON tree: look-up, comparison, pointers and builders; see jdoc.h. The parser is jdoc_parse.c. */
#include "verifier/rdf/jdoc.h"

#include "verifier/rdf/slice.h"

struct jdoc_limits jdoc_limits(void)
{
    return (struct jdoc_limits){.bytes = JDOC_MAX_BYTES, .depth = JDOC_MAX_DEPTH};
}

void jdoc_position(struct slice text, size_t offset, size_t *ret_line, size_t *ret_column)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.data[i] == '\n') {
            line++;
            column = 1;
        } else if ((text.data[i] & 0xc0) != 0x80) { /* continuation bytes are no characters */
            column++;
        }
    }
    *ret_line = line;
    *ret_column = column;
}

const struct jdoc *jdoc_get_slice(const struct jdoc *v, struct slice key)
{
    return v == NULL || v->type != JDOC_OBJECT ? NULL : map_get(&v->object, key);
}

const struct jdoc *jdoc_get(const struct jdoc *v, const char *key)
{
    return jdoc_get_slice(v, slice_of(key));
}

bool jdoc_get_string(const struct jdoc *v, const char *key, struct slice *ret)
{
    const struct jdoc *member = jdoc_get(v, key);
    if (member == NULL || member->type != JDOC_STRING)
        return false;
    *ret = member->string;
    return true;
}

bool jdoc_is(const struct jdoc *v, const char *text)
{
    return v != NULL && v->type == JDOC_STRING && slice_is(v->string, text);
}

static bool arrays_equal(const struct jdoc *a, const struct jdoc *b)
{
    if (a->array.n != b->array.n)
        return false;
    for (size_t i = 0; i < a->array.n; i++)
        if (!jdoc_equal(a->array.items[i], b->array.items[i]))
            return false;
    return true;
}

static bool objects_equal(const struct jdoc *a, const struct jdoc *b)
{
    if (a->object.n != b->object.n)
        return false;
    for (const struct map_entry *m = a->object.first; m != NULL; m = m->next) {
        const struct map_entry *other = map_find_hashed(&b->object, m->key, m->hash);
        if (other == NULL || !jdoc_equal(m->value, other->value))
            return false;
    }
    return true;
}

bool jdoc_equal(const struct jdoc *a, const struct jdoc *b)
{
    if (a == b)
        return true;
    if (a == NULL || b == NULL || a->type != b->type)
        return false;
    switch (a->type) {
    case JDOC_NULL:
        return true;
    case JDOC_BOOL:
        return a->boolean == b->boolean;
    case JDOC_NUMBER:
        return !(a->number.value < b->number.value) && !(a->number.value > b->number.value);
    case JDOC_STRING:
        return slice_equal(a->string, b->string);
    case JDOC_ARRAY:
        return arrays_equal(a, b);
    case JDOC_OBJECT:
        return objects_equal(a, b);
    }
    return false;
}

/* One step of a pointer; NULL key means an array index. */
struct step {
    const struct jdoc *value;
    struct slice key;
    size_t index;
    bool is_key;
};

/* The child of v that holds the byte at `offset`: the last one that does not begin behind it. */
static bool step_down(const struct jdoc *v, uint32_t offset, struct step *ret)
{
    struct step best = {0};
    if (v->type == JDOC_ARRAY) {
        for (size_t i = 0; i < v->array.n; i++) {
            const struct jdoc *item = v->array.items[i];
            if (item->offset <= offset && (best.value == NULL || item->offset > best.value->offset))
                best = (struct step){.value = item, .index = i};
        }
    } else if (v->type == JDOC_OBJECT) {
        for (const struct map_entry *m = v->object.first; m != NULL; m = m->next) {
            const struct jdoc *item = m->value;
            if (item->offset <= offset && (best.value == NULL || item->offset > best.value->offset))
                best = (struct step){.value = item, .key = m->key, .is_key = true};
        }
    }
    *ret = best;
    return best.value != NULL;
}

/* "~" and "/" are escaped in a pointer (RFC 6901). */
static struct slice escape(struct arena *arena, struct slice key)
{
    if (slice_find(key, '~') == key.len && slice_find(key, '/') == key.len)
        return key;
    uint8_t *text = arena_alloc(arena, 2 * key.len);
    size_t n = 0;
    for (size_t i = 0; text != NULL && i < key.len; i++) {
        bool special = key.data[i] == '~' || key.data[i] == '/';
        if (special)
            text[n++] = '~';
        text[n++] = !special ? key.data[i] : key.data[i] == '~' ? '0' : '1';
    }
    return (struct slice){text, n};
}

struct slice jdoc_pointer(struct arena *arena, const struct jdoc *root, const struct jdoc *value)
{
    struct slice pointer = {(const uint8_t *)"", 0};
    struct step step;
    if (value->offset == JDOC_BUILT)
        return pointer;
    for (const struct jdoc *v = root; v->offset != value->offset || v == root; v = step.value) {
        uint8_t digits[24];
        if (v->offset == value->offset || !step_down(v, value->offset, &step))
            break;
        size_t at = sizeof digits, i = step.index;
        do
            digits[--at] = (uint8_t)('0' + i % 10);
        while ((i /= 10) > 0);
        pointer = arena_join(arena, pointer, SLICE("/"));
        pointer = arena_join(arena, pointer,
                             step.is_key ? escape(arena, step.key)
                                         : (struct slice){digits + at, sizeof digits - at});
    }
    return pointer;
}

static struct jdoc *new_value(struct arena *arena, enum jdoc_type type, uint32_t offset)
{
    struct jdoc *v = arena_alloc(arena, sizeof *v);
    if (v != NULL) {
        v->type = type;
        v->offset = offset;
    }
    return v;
}

struct jdoc *jdoc_null(struct arena *arena, uint32_t offset)
{
    return new_value(arena, JDOC_NULL, offset);
}

struct jdoc *jdoc_bool(struct arena *arena, uint32_t offset, bool boolean)
{
    struct jdoc *v = new_value(arena, JDOC_BOOL, offset);
    if (v != NULL)
        v->boolean = boolean;
    return v;
}

struct jdoc *jdoc_string(struct arena *arena, uint32_t offset, struct slice string)
{
    struct jdoc *v = new_value(arena, JDOC_STRING, offset);
    if (v != NULL)
        v->string = string;
    return v;
}

struct jdoc *jdoc_array(struct arena *arena, uint32_t offset)
{
    return new_value(arena, JDOC_ARRAY, offset);
}

struct jdoc *jdoc_object(struct arena *arena, uint32_t offset)
{
    return new_value(arena, JDOC_OBJECT, offset);
}

/* The old block stays in the arena: at most as much again as the final one. */
static bool grow(struct arena *arena, struct jdoc *array)
{
    size_t cap = array->array.cap == 0 ? 4 : 2 * array->array.cap;
    struct jdoc **items = arena_array(arena, cap, sizeof(struct jdoc *));
    if (items == NULL)
        return false;
    if (array->array.n > 0)
        memcpy(items, array->array.items, array->array.n * sizeof(struct jdoc *));
    array->array.items = items;
    array->array.cap = cap;
    return true;
}

void jdoc_push(struct arena *arena, struct jdoc *array, const struct jdoc *value)
{
    if (array == NULL || value == NULL)
        return;
    if (array->array.n == array->array.cap && !grow(arena, array))
        return;
    array->array.items[array->array.n++] = (struct jdoc *)value;
}

void jdoc_set(struct arena *arena, struct jdoc *object, struct slice key, const struct jdoc *value)
{
    if (object == NULL || value == NULL)
        return;
    struct map_entry *member = map_put(arena, &object->object, key);
    if (member != NULL)
        member->value = (struct jdoc *)value;
}

struct jdoc *jdoc_shallow(struct arena *arena, const struct jdoc *value)
{
    struct jdoc *copy = new_value(arena, value->type, value->offset);
    if (value->type == JDOC_ARRAY)
        for (size_t i = 0; i < value->array.n; i++)
            jdoc_push(arena, copy, value->array.items[i]);
    else if (value->type == JDOC_OBJECT)
        for (const struct map_entry *m = value->object.first; m != NULL; m = m->next)
            jdoc_set(arena, copy, m->key, m->value);
    else if (copy != NULL)
        *copy = *value;
    return copy;
}
