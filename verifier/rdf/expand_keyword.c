/* Entries whose key stands for a keyword (step 13.4 of expansion): see expand.h. */
#include "verifier/rdf/expand.h"
#include "verifier/rdf/iri.h"
#include "verifier/rdf/slice.h"

static void fail(struct expand_object *o, enum jsonld_code code, const struct jdoc *where,
                 const char *what)
{
    jsonld_fail(o->run, code, where, "%s", what);
}

static struct expand_property keyword_property(const char *keyword)
{
    struct slice name = slice_of(keyword);
    return (struct expand_property){name, map_hash(name)};
}

static void set(struct expand_object *o, const char *key, const struct jdoc *value)
{
    jdoc_set(o->run->arena, o->result, slice_of(key), value);
}

/* The value as an array of expanded elements; nothing becomes an empty array. */
static struct jdoc *expand_array(struct expand_object *o, struct expand_property property,
                                 const struct jdoc *value, enum expand_where where)
{
    struct jdoc *expanded = expand_element(o->run, o->active, property, value, where);
    if (expanded != NULL && expanded->type == JDOC_ARRAY)
        return expanded;
    struct jdoc *array = jdoc_array(o->run->arena, value->offset);
    jdoc_push(o->run->arena, array, expanded);
    return array;
}

static bool is_word_of(const struct jdoc *v, const char *a, const char *b)
{
    return jdoc_is(v, a) || jdoc_is(v, b);
}

/* 13.4.3 */
static void on_id(struct expand_object *o, const struct jdoc *value)
{
    if (value->type != JDOC_STRING) {
        fail(o, JSONLD_INVALID_ID_VALUE, value, "@id must be a string");
        return;
    }
    struct context_iri iri = context_iri_of(o->run, o->active, value->string, CONTEXT_DOCUMENT);
    set(o, "@id", expand_value_id(o->run, iri, value));
}

/* One type: relative ones are no types in RDF. */
static struct jdoc *expand_type(struct expand_object *o, const struct jdoc *value)
{
    if (value->type != JDOC_STRING) {
        fail(o, JSONLD_INVALID_TYPE_VALUE, value, "@type must be a string or an array of strings");
        return NULL;
    }
    struct context_iri iri =
        context_iri_of(o->run, o->type_scoped, value->string, CONTEXT_VOCAB | CONTEXT_DOCUMENT);
    bool absolute = iri.text.data != NULL && (iri_is_well_formed(iri.text) || iri_is_blank(iri.text));
    if (!absolute && iri.keyword != JSONLD_JSON)
        jsonld_lose(o->run, JSONLD_LOSS_TYPE, value);
    return iri.text.data == NULL ? NULL : jdoc_string(o->run->arena, value->offset, iri.text);
}

/* 13.4.4 */
static void on_type(struct expand_object *o, const struct jdoc *value)
{
    const struct jdoc *old = jdoc_get(o->result, "@type");
    if (value->type != JDOC_ARRAY && old == NULL) {
        set(o, "@type", expand_type(o, value));
        return;
    }
    struct jdoc *types = jdoc_array(o->run->arena, value->offset);
    struct expand_items items = expand_items(value);
    for (size_t i = 0; i < items.n; i++)
        jdoc_push(o->run->arena, types, expand_type(o, items.item[i]));
    if (old != NULL) {
        struct expand_items before = expand_items(old);
        for (size_t i = 0; i < before.n; i++)
            jdoc_push(o->run->arena, types, before.item[i]);
    }
    set(o, "@type", types);
}

/* 13.4.6. Under the name @included values stay and are refused, instead of vanishing as they would
 * at the top. */
static void on_included(struct expand_object *o, const struct jdoc *value)
{
    if (o->run->cache->mode_1_0)
        return;
    if (value->type == JDOC_NULL)
        fail(o, JSONLD_INVALID_INCLUDED_VALUE, value, "@included holds only nodes");
    struct jdoc *nodes = expand_array(o, keyword_property("@included"), value, EXPAND_PLAIN);
    if (nodes == NULL || jsonld_failed(o->run))
        return;
    struct jdoc *kept = jdoc_array(o->run->arena, value->offset);
    for (size_t i = 0; i < nodes->array.n; i++) {
        const struct jdoc *node = nodes->array.items[i];
        if (node->type != JDOC_OBJECT || expand_has(node, "@value") || expand_has(node, "@list"))
            fail(o, JSONLD_INVALID_INCLUDED_VALUE, value, "@included holds only nodes");
        else if (node->object.n == 0 || (node->object.n == 1 && expand_has(node, "@id")))
            jsonld_lose(o->run, JSONLD_LOSS_FREE_NODE, node);
        else
            jdoc_push(o->run->arena, kept, node);
    }
    expand_add(o->run, o->result, SLICE("@included"), kept);
}

/* 13.4.7 */
static void on_value(struct expand_object *o, const struct jdoc *value)
{
    bool scalar = value->type != JDOC_ARRAY && value->type != JDOC_OBJECT;
    if (!o->is_json && !scalar) {
        fail(o, JSONLD_INVALID_VALUE_OBJECT_VALUE, value, "@value must be a scalar or null");
        return;
    }
    if (!o->is_json)
        expand_value_check_number(o->run, value);
    set(o, "@value", value);
}

/* 13.4.8 */
static void on_language(struct expand_object *o, const struct jdoc *value)
{
    if (value->type != JDOC_STRING) {
        fail(o, JSONLD_INVALID_LANGUAGE_TAGGED_STRING, value, "@language must be a string");
        return;
    }
    expand_value_check_language(o->run, value->string, value);
    set(o, "@language", value);
}

/* 13.4.9 */
static void on_direction(struct expand_object *o, const struct jdoc *value)
{
    if (!is_word_of(value, "ltr", "rtl")) {
        fail(o, JSONLD_INVALID_BASE_DIRECTION, value, "@direction must be \"ltr\" or \"rtl\"");
        return;
    }
    jsonld_lose(o->run, JSONLD_LOSS_DIRECTION, value);
    set(o, "@direction", value);
}

/* 13.4.10 */
static void on_index(struct expand_object *o, const struct jdoc *value)
{
    if (value->type != JDOC_STRING) {
        fail(o, JSONLD_INVALID_INDEX_VALUE, value, "@index must be a string");
        return;
    }
    jsonld_lose(o->run, JSONLD_LOSS_INDEX, value);
    set(o, "@index", value);
}

static bool is_top_level(struct slice property)
{
    return property.data == NULL || slice_is(property, "@graph");
}

/* 13.4.11 */
static void on_list(struct expand_object *o, const struct jdoc *value)
{
    if (is_top_level(o->property.name)) {
        jsonld_lose(o->run, JSONLD_LOSS_FREE_VALUE, value);
        return;
    }
    set(o, "@list", expand_array(o, o->property, value, EXPAND_IN_LIST));
}

/* 13.4.12 */
static void on_set(struct expand_object *o, const struct jdoc *value)
{
    struct jdoc *expanded = expand_element(o->run, o->active, o->property, value, EXPAND_PLAIN);
    set(o, "@set", expanded != NULL ? expanded : jdoc_array(o->run->arena, value->offset));
}

/* Values that point from there to here; only nodes can. */
static void add_reverse(struct expand_object *o, struct slice property, const struct jdoc *values)
{
    struct jdoc *map = (struct jdoc *)jdoc_get(o->result, "@reverse");
    if (map == NULL) {
        map = jdoc_object(o->run->arena, values->offset);
        set(o, "@reverse", map);
    }
    for (size_t i = 0; i < values->array.n; i++) {
        const struct jdoc *item = values->array.items[i];
        if (expand_has(item, "@value") || expand_has(item, "@list"))
            fail(o, JSONLD_INVALID_REVERSE_PROPERTY_VALUE, item, "@reverse holds only nodes");
    }
    expand_add(o->run, map, property, values);
}

/* 13.4.13 */
static void on_reverse(struct expand_object *o, const struct jdoc *value)
{
    if (value->type != JDOC_OBJECT) {
        fail(o, JSONLD_INVALID_REVERSE_VALUE, value, "@reverse must be an object");
        return;
    }
    struct jdoc *expanded =
        expand_element(o->run, o->active, keyword_property("@reverse"), value, EXPAND_PLAIN);
    if (expanded == NULL || expanded->type != JDOC_OBJECT || jsonld_failed(o->run))
        return;
    for (const struct map_entry *m = expanded->object.first; m != NULL; m = m->next) {
        if (!slice_is(m->key, "@reverse")) {
            add_reverse(o, m->key, m->value);
            continue;
        }
        const struct jdoc *twice = m->value;
        for (const struct map_entry *r = twice->object.first; r != NULL; r = r->next)
            expand_add(o->run, o->result, r->key, r->value);
    }
}

void expand_keyword(struct expand_object *o, const struct expand_entry *entry)
{
    const struct jdoc *value = entry->value;
    enum jsonld_keyword keyword = entry->iri.keyword;
    if (slice_is(o->property.name, "@reverse")) {
        fail(o, JSONLD_INVALID_REVERSE_PROPERTY_MAP, value, "@reverse holds only properties");
        return;
    }
    if (jdoc_get_slice(o->result, entry->iri.text) != NULL && keyword != JSONLD_INCLUDED &&
        keyword != JSONLD_TYPE && keyword != JSONLD_REVERSE) {
        fail(o, JSONLD_COLLIDING_KEYWORDS, value, "two keys stand for the same keyword");
        return;
    }
    switch (keyword) {
    case JSONLD_ID:
        on_id(o, value);
        return;
    case JSONLD_TYPE:
        on_type(o, value);
        return;
    case JSONLD_GRAPH:
        set(o, "@graph", expand_array(o, keyword_property("@graph"), value, EXPAND_PLAIN));
        return;
    case JSONLD_INCLUDED:
        on_included(o, value);
        return;
    case JSONLD_VALUE:
        on_value(o, value);
        return;
    case JSONLD_LANGUAGE:
        on_language(o, value);
        return;
    case JSONLD_DIRECTION:
        on_direction(o, value);
        return;
    case JSONLD_INDEX:
        on_index(o, value);
        return;
    case JSONLD_LIST:
        on_list(o, value);
        return;
    case JSONLD_SET:
        on_set(o, value);
        return;
    case JSONLD_REVERSE:
        on_reverse(o, value);
        return;
    case JSONLD_NO_KEYWORD:
    case JSONLD_BASE:
    case JSONLD_CONTAINER:
    case JSONLD_CONTEXT:
    case JSONLD_IMPORT:
    case JSONLD_JSON:
    case JSONLD_NEST:
    case JSONLD_NONE:
    case JSONLD_PREFIX:
    case JSONLD_PROPAGATE:
    case JSONLD_PROTECTED:
    case JSONLD_VERSION:
    case JSONLD_VOCAB:
        jsonld_lose(o->run, JSONLD_LOSS_KEY, value); /* has no meaning here */
        return;
    }
}
