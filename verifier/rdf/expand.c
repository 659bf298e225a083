/* Expansion of elements and objects: see expand.h. The numbers are those of the steps of section 5.4. */
#include "verifier/rdf/expand.h"

#include <stdlib.h>

#include "verifier/rdf/iri.h"
#include "verifier/rdf/slice.h"

void expand_add(struct jsonld *run, struct jdoc *object, struct slice key, const struct jdoc *value)
{
    struct map_entry *entry =
        object == NULL || value == NULL ? NULL : map_put(run->arena, &object->object, key);
    if (entry == NULL)
        return;
    if (entry->value == NULL)
        entry->value = jdoc_array(run->arena, value->offset);
    struct expand_items items = expand_items(value);
    for (size_t i = 0; i < items.n; i++)
        jdoc_push(run->arena, entry->value, items.item[i]);
}

static bool is_top_level(struct expand_property property)
{
    return property.name.data == NULL || slice_is(property.name, "@graph");
}

static const struct context_term *term_of(const struct context *context,
                                          struct expand_property property)
{
    return property.name.data == NULL ? NULL : context_iri_find(context, property.name, property.hash);
}

static struct expand_property property_of(const struct map_entry *m)
{
    return (struct expand_property){m->key, m->hash};
}

/* What a key stands for; a term found by its hash needs no further look. */
static struct context_iri expand_key(struct jsonld *run, const struct context *context,
                                     const struct map_entry *m, const struct context_term **ret_term)
{
    *ret_term = context_iri_find(context, m->key, m->hash);
    if (*ret_term != NULL)
        return (*ret_term)->iri;
    return context_iri_of(run, context, m->key, CONTEXT_VOCAB);
}

/* ---- step 4: scalars; step 5: arrays ---- */

static struct jdoc *expand_scalar(struct jsonld *run, const struct context *active,
                                  struct expand_property property, const struct jdoc *element)
{
    if (is_top_level(property)) {
        jsonld_lose(run, JSONLD_LOSS_FREE_VALUE, element);
        return NULL;
    }
    const struct context_term *term = term_of(active, property);
    if (term != NULL && term->context != NULL) {
        active = context_property_scoped(run, active, term);
        if (active == NULL)
            return NULL;
        term = term_of(active, property);
    }
    return expand_value(run, active, term, element);
}

static struct jdoc *list_of(struct jsonld *run, const struct jdoc *value)
{
    struct jdoc *list = jdoc_object(run->arena, value->offset);
    expand_add(run, list, SLICE("@list"), value);
    return list;
}

static struct jdoc *expand_array(struct jsonld *run, const struct context *active,
                                 struct expand_property property, const struct jdoc *element,
                                 enum expand_where where)
{
    struct jdoc *result = jdoc_array(run->arena, element->offset);
    const struct context_term *term = term_of(active, property);
    bool in_list = where == EXPAND_IN_LIST || (term != NULL && (term->container & CONTEXT_LIST));
    for (size_t i = 0; i < element->array.n; i++) {
        struct jdoc *item =
            expand_element(run, active, property, element->array.items[i],
                           where == EXPAND_IN_LIST ? EXPAND_PLAIN : where);
        if (jsonld_failed(run))
            return NULL;
        if (item == NULL)
            continue;
        if (in_list && item->type == JDOC_ARRAY)
            item = list_of(run, item);
        if (item == NULL || item->type != JDOC_ARRAY) {
            jdoc_push(run->arena, result, item);
            continue;
        }
        for (size_t k = 0; k < item->array.n; k++)
            jdoc_push(run->arena, result, item->array.items[k]);
    }
    return result;
}

/* ---- steps 7 to 12: the context of an object ---- */

/* Step 7: a type-scoped context ends at the next node, unless that is a value or a mere reference. */
static bool ends_type_scope(struct jsonld *run, const struct context *active,
                            const struct jdoc *element)
{
    const struct context_term *term;
    for (const struct map_entry *m = element->object.first; m != NULL; m = m->next) {
        enum jsonld_keyword keyword = expand_key(run, active, m, &term).keyword;
        if (keyword == JSONLD_VALUE || (keyword == JSONLD_ID && element->object.n == 1))
            return false;
    }
    return true;
}

static int by_key(const void *a, const void *b)
{
    const struct map_entry *const *x = a, *const *y = b;
    return slice_compare((*x)->key, (*y)->key);
}

/* The entries that stand for @type, in the order of their keys. */
static size_t type_entries(struct jsonld *run, const struct context *active,
                           const struct jdoc *element, const struct map_entry ***ret)
{
    const struct context_term *term;
    const struct map_entry **found = NULL;
    size_t n = 0;
    for (const struct map_entry *m = element->object.first; m != NULL; m = m->next) {
        if (expand_key(run, active, m, &term).keyword != JSONLD_TYPE)
            continue;
        if (found == NULL)
            found = arena_array(run->arena, element->object.n, sizeof *found);
        if (found == NULL)
            return 0;
        found[n++] = m;
    }
    if (n > 1)
        qsort(found, n, sizeof *found, by_key);
    *ret = found;
    return n;
}

static int by_text(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* Step 11: the scoped contexts of the types, in the order of their names. */
static void apply_types(struct expand_object *o, const struct jdoc *types)
{
    struct expand_items items = expand_items(types);
    struct slice *names = arena_array(o->run->arena, items.n, sizeof *names);
    size_t n = 0;
    for (size_t i = 0; names != NULL && i < items.n; i++)
        if (items.item[i]->type == JDOC_STRING)
            names[n++] = items.item[i]->string;
    if (n > 1)
        qsort(names, n, sizeof *names, by_text);
    for (size_t i = 0; i < n && o->active != NULL; i++) {
        const struct context_term *type = context_iri_find(o->type_scoped, names[i], map_hash(names[i]));
        if (type != NULL && type->context != NULL)
            o->active = context_type_scoped(o->run, o->active, type);
    }
}

/* Step 12: is the value a JSON literal? The last type of the first entry says so. */
static bool names_json(struct expand_object *o, const struct jdoc *types)
{
    struct expand_items items = expand_items(types);
    if (items.n == 0 || items.item[items.n - 1]->type != JDOC_STRING)
        return false;
    struct slice last = items.item[items.n - 1]->string;
    return context_iri_of(o->run, o->active, last, CONTEXT_VOCAB).keyword == JSONLD_JSON;
}

/* Steps 7 to 12. Returns: false on failure. */
static bool enter(struct expand_object *o, const struct jdoc *element, enum expand_where where)
{
    const struct context_term *term = term_of(o->active, o->property);
    const struct jdoc *local = jdoc_get(element, "@context");
    const struct map_entry **types = NULL;
    if (o->active->previous != NULL && where != EXPAND_FROM_MAP && ends_type_scope(o->run, o->active, element))
        o->active = o->active->previous;
    if (term != NULL && term->context != NULL)
        o->active = context_property_scoped(o->run, o->active, term);
    if (local != NULL && o->active != NULL)
        o->active = context_local(o->run, o->active, local);
    if (o->active == NULL)
        return false;
    o->type_scoped = o->active;
    size_t n = type_entries(o->run, o->active, element, &types);
    for (size_t i = 0; i < n && o->active != NULL; i++)
        apply_types(o, types[i]->value);
    if (o->active != NULL && n > 0)
        o->is_json = names_json(o, types[0]->value);
    return o->active != NULL && !jsonld_failed(o->run);
}

/* ---- steps 13 and 14: the entries ---- */

/* Steps 13.6 to 13.9. Returns: NULL for null, and on failure. */
static struct jdoc *expand_entry_value(struct expand_object *o, const struct expand_entry *entry)
{
    struct jsonld *run = o->run;
    const struct context_term *term = entry->term;
    unsigned container = term == NULL ? 0 : term->container;
    if (term != NULL && term->type.keyword == JSONLD_JSON) {
        struct jdoc *literal = jdoc_object(run->arena, entry->value->offset);
        jdoc_set(run->arena, literal, SLICE("@value"), entry->value);
        jdoc_set(run->arena, literal, SLICE("@type"),
                 jdoc_string(run->arena, entry->value->offset, SLICE("@json")));
        return literal;
    }
    if ((container & CONTEXT_LANGUAGE) && entry->value->type == JDOC_OBJECT)
        return expand_map_language(o, entry);
    if ((container & (CONTEXT_INDEX | CONTEXT_TYPE | CONTEXT_ID)) &&
        entry->value->type == JDOC_OBJECT)
        return expand_map_index(o, entry);
    return expand_element(run, o->active, entry->key, entry->value, EXPAND_PLAIN);
}

/* Steps 13.11 and 13.12: lists and graphs by container. */
static struct jdoc *apply_container(struct jsonld *run, unsigned container, struct jdoc *value)
{
    if ((container & CONTEXT_LIST) && !(value->type == JDOC_OBJECT && expand_has(value, "@list")))
        value = list_of(run, value);
    if (value == NULL || (container & (CONTEXT_GRAPH | CONTEXT_ID | CONTEXT_INDEX)) != CONTEXT_GRAPH)
        return value;
    struct jdoc *graphs = jdoc_array(run->arena, value->offset);
    struct expand_items items = expand_items(value);
    for (size_t i = 0; i < items.n; i++) {
        struct jdoc *graph = jdoc_object(run->arena, items.item[i]->offset);
        expand_add(run, graph, SLICE("@graph"), items.item[i]);
        jdoc_push(run->arena, graphs, graph);
    }
    return graphs;
}

/* Step 13.13. */
static void add_reverse(struct expand_object *o, struct slice property, const struct jdoc *value)
{
    struct jdoc *map = (struct jdoc *)jdoc_get(o->result, "@reverse");
    struct expand_items items = expand_items(value);
    if (map == NULL) {
        map = jdoc_object(o->run->arena, value->offset);
        jdoc_set(o->run->arena, o->result, SLICE("@reverse"), map);
    }
    for (size_t i = 0; i < items.n; i++)
        if (expand_has(items.item[i], "@value") || expand_has(items.item[i], "@list"))
            jsonld_fail(o->run, JSONLD_INVALID_REVERSE_PROPERTY_VALUE, items.item[i],
                        "a reverse property holds only nodes");
    expand_add(o->run, map, property, value);
}

/* Steps 13.5 to 13.14. */
static void expand_property(struct expand_object *o, const struct expand_entry *entry)
{
    if (!iri_is_well_formed(entry->iri.text))
        jsonld_lose(o->run, JSONLD_LOSS_PROPERTY, entry->value);
    struct jdoc *value = expand_entry_value(o, entry);
    if (value == NULL || jsonld_failed(o->run))
        return;
    value = apply_container(o->run, entry->term == NULL ? 0 : entry->term->container, value);
    if (value == NULL)
        return;
    if (entry->term != NULL && entry->term->reverse)
        add_reverse(o, entry->iri.text, value);
    else
        expand_add(o->run, o->result, entry->iri.text, value);
}

static void expand_nested(struct expand_object *o, const struct expand_entry *entry);

static struct expand_entry read_entry(struct expand_object *o, const struct map_entry *m)
{
    struct expand_entry entry = {.key = property_of(m), .value = m->value};
    entry.iri = expand_key(o->run, o->active, m, &entry.term);
    return entry;
}

/* Steps 13 and 14. @nest comes after all the others. */
static void expand_entries(struct expand_object *o, const struct jdoc *element)
{
    size_t n_nests = 0;
    for (const struct map_entry *m = element->object.first; m != NULL; m = m->next) {
        if (slice_is(m->key, "@context"))
            continue;
        struct expand_entry entry = read_entry(o, m);
        if (entry.iri.keyword == JSONLD_NEST && !slice_is(o->property.name, "@reverse"))
            n_nests++;
        else if (entry.iri.keyword != JSONLD_NO_KEYWORD)
            expand_keyword(o, &entry);
        else if (entry.iri.text.data == NULL || slice_find(entry.iri.text, ':') == entry.iri.text.len)
            jsonld_lose(o->run, JSONLD_LOSS_KEY, entry.value);
        else
            expand_property(o, &entry);
        if (jsonld_failed(o->run))
            return;
    }
    for (const struct map_entry *m = element->object.first; n_nests > 0 && m != NULL; m = m->next) {
        struct expand_entry entry = read_entry(o, m);
        if (entry.iri.keyword == JSONLD_NEST)
            expand_nested(o, &entry);
        if (jsonld_failed(o->run))
            return;
    }
}

static bool has_value_entry(struct expand_object *o, const struct jdoc *element)
{
    const struct context_term *term;
    for (const struct map_entry *m = element->object.first; m != NULL; m = m->next)
        if (expand_key(o->run, o->active, m, &term).keyword == JSONLD_VALUE)
            return true;
    return false;
}

/* Step 14: what is under @nest belongs to the object itself. */
static void expand_nested(struct expand_object *o, const struct expand_entry *entry)
{
    struct expand_items items = expand_items(entry->value);
    const struct context *outside = o->active;
    if (entry->term != NULL && entry->term->context != NULL)
        o->active = context_property_scoped(o->run, o->active, entry->term);
    for (size_t i = 0; i < items.n && o->active != NULL && !jsonld_failed(o->run); i++) {
        const struct jdoc *nested = items.item[i];
        if (nested->type != JDOC_OBJECT || has_value_entry(o, nested))
            jsonld_fail(o->run, JSONLD_INVALID_NEST_VALUE, nested,
                        "@nest holds only objects that are no values");
        else
            expand_entries(o, nested);
    }
    o->active = outside;
}

/* ---- steps 15 to 19: what the object turned out to be ---- */

/* Step 15. Returns: NULL if the value is null. */
static struct jdoc *finish_value(struct expand_object *o, const struct jdoc *element)
{
    const struct jdoc *value = jdoc_get(o->result, "@value"), *type = jdoc_get(o->result, "@type");
    bool language = expand_has(o->result, "@language");
    bool tagged = language || expand_has(o->result, "@direction");
    for (const struct map_entry *m = o->result->object.first; m != NULL; m = m->next)
        if (!slice_is(m->key, "@value") && !slice_is(m->key, "@type") &&
            !slice_is(m->key, "@language") && !slice_is(m->key, "@direction") &&
            !slice_is(m->key, "@index"))
            jsonld_fail(o->run, JSONLD_INVALID_VALUE_OBJECT, element,
                        "a value has only a type, or a language and a direction");
    if (type != NULL && tagged)
        jsonld_fail(o->run, JSONLD_INVALID_VALUE_OBJECT, element,
                    "a value has a type, or a language and a direction, not both");
    if (jdoc_is(type, "@json"))
        return o->result;
    if (value->type == JDOC_NULL || (value->type == JDOC_ARRAY && value->array.n == 0)) {
        jsonld_lose(o->run, JSONLD_LOSS_NULL_VALUE, element);
        return NULL;
    }
    if (value->type != JDOC_STRING && language)
        jsonld_fail(o->run, JSONLD_INVALID_LANGUAGE_TAGGED_VALUE, element,
                    "only a string can have a language");
    else if (type != NULL && (type->type != JDOC_STRING || !iri_has_scheme(type->string)))
        jsonld_fail(o->run, JSONLD_INVALID_TYPED_VALUE, element, "the type of a value must be an IRI");
    return o->result;
}

/* Step 17. */
static struct jdoc *finish_set(struct expand_object *o, const struct jdoc *element)
{
    const struct jdoc *set = jdoc_get(o->result, "@set");
    size_t allowed = expand_has(o->result, "@index") ? 2 : 1;
    if (o->result->object.n > allowed) {
        jsonld_fail(o->run, JSONLD_INVALID_SET_OR_LIST_OBJECT, element,
                    "a set or list has only an index beside it");
        return NULL;
    }
    return set != NULL ? (struct jdoc *)set : o->result;
}

static struct jdoc *array_type(struct expand_object *o)
{
    const struct jdoc *type = jdoc_get(o->result, "@type");
    if (type != NULL && type->type != JDOC_ARRAY) {
        struct jdoc *types = jdoc_array(o->run->arena, type->offset);
        jdoc_push(o->run->arena, types, type);
        jdoc_set(o->run->arena, o->result, SLICE("@type"), types);
    }
    return o->result;
}

/* Step 19: at the top a value, or a node of which nothing is said, says nothing. */
static struct jdoc *finish_top(struct expand_object *o, struct jdoc *result,
                               const struct jdoc *element)
{
    if (result == NULL || result->type != JDOC_OBJECT)
        return result;
    if (expand_has(result, "@value") || expand_has(result, "@list")) {
        jsonld_lose(o->run, JSONLD_LOSS_FREE_VALUE, element);
        return NULL;
    }
    if (result->object.n == 0 || (result->object.n == 1 && expand_has(result, "@id"))) {
        jsonld_lose(o->run, JSONLD_LOSS_FREE_NODE, element);
        return NULL;
    }
    return result;
}

/* Steps 15 to 19. */
static struct jdoc *finish(struct expand_object *o, const struct jdoc *element)
{
    struct jdoc *result;
    if (expand_has(o->result, "@value"))
        result = finish_value(o, element);
    else if (expand_has(o->result, "@set") || expand_has(o->result, "@list"))
        result = finish_set(o, element);
    else
        result = array_type(o);
    if (result != NULL && result->type == JDOC_OBJECT && result->object.n == 1 &&
        expand_has(result, "@language")) {
        jsonld_lose(o->run, JSONLD_LOSS_FREE_VALUE, element);
        return NULL;
    }
    return is_top_level(o->property) ? finish_top(o, result, element) : result;
}

struct jdoc *expand_element(struct jsonld *run, const struct context *active,
                            struct expand_property property, const struct jdoc *element,
                            enum expand_where where)
{
    struct expand_object o = {.run = run, .active = active, .property = property};
    switch (element->type) {
    case JDOC_NULL:
        return NULL;
    case JDOC_BOOL:
    case JDOC_NUMBER:
    case JDOC_STRING:
        return expand_scalar(run, active, property, element);
    case JDOC_ARRAY:
        return expand_array(run, active, property, element, where);
    case JDOC_OBJECT:
        break;
    }
    o.result = jdoc_object(run->arena, element->offset);
    if (o.result == NULL || !enter(&o, element, where))
        return NULL;
    expand_entries(&o, element);
    struct jdoc *result = jsonld_failed(run) ? NULL : finish(&o, element);
    return jsonld_failed(run) ? NULL : result;
}

enum err_code expand_document(struct jsonld *run, const struct jdoc **ret)
{
    const struct context *context = context_initial(run);
    struct jdoc *result = NULL;
    if (context != NULL)
        result = expand_element(run, context, (struct expand_property){0}, run->root, EXPAND_PLAIN);
    if (jsonld_failed(run))
        return run->status;
    if (result != NULL && result->type == JDOC_OBJECT && result->object.n == 1 &&
        expand_has(result, "@graph"))
        result = (struct jdoc *)jdoc_get(result, "@graph");
    struct jdoc *array = result;
    if (result == NULL || result->type != JDOC_ARRAY) {
        array = jdoc_array(run->arena, run->root->offset);
        jdoc_push(run->arena, array, result);
    }
    if (jsonld_failed(run))
        return run->status;
    *ret = array;
    return ERR_OK;
}
