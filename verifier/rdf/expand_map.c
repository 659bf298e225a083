/* Language maps and index, id, type and graph maps (steps 13.7 and 13.8 of expansion): see expand.h. */
#include "verifier/rdf/expand.h"
#include "verifier/rdf/iri.h"
#include "verifier/rdf/slice.h"

static bool is_none(struct expand_object *o, struct slice index)
{
    return context_iri_of(o->run, o->active, index, CONTEXT_VOCAB).keyword == JSONLD_NONE;
}

static enum context_direction direction_of(const struct expand_object *o,
                                           const struct context_term *term)
{
    return term->direction != CONTEXT_DIRECTION_UNSET ? term->direction : o->active->direction;
}

/* One string of a language map. */
static struct jdoc *tagged(struct expand_object *o, const struct expand_entry *entry,
                           struct slice language, bool none, const struct jdoc *text)
{
    struct jsonld *run = o->run;
    struct jdoc *object = jdoc_object(run->arena, text->offset);
    enum context_direction direction = direction_of(o, entry->term);
    jdoc_set(run->arena, object, SLICE("@value"), text);
    if (!none) {
        expand_value_check_language(run, language, text);
        jdoc_set(run->arena, object, SLICE("@language"),
                 jdoc_string(run->arena, text->offset, language));
    }
    if (direction == CONTEXT_DIRECTION_LTR || direction == CONTEXT_DIRECTION_RTL) {
        struct slice word = direction == CONTEXT_DIRECTION_LTR ? SLICE("ltr") : SLICE("rtl");
        jsonld_lose(run, JSONLD_LOSS_DIRECTION, text);
        jdoc_set(run->arena, object, SLICE("@direction"),
                 jdoc_string(run->arena, text->offset, word));
    }
    return object;
}

struct jdoc *expand_map_language(struct expand_object *o, const struct expand_entry *entry)
{
    struct jdoc *result = jdoc_array(o->run->arena, entry->value->offset);
    for (const struct map_entry *m = entry->value->object.first; m != NULL; m = m->next) {
        const struct jdoc *value = m->value;
        bool none = is_none(o, m->key);
        struct expand_items items = expand_items(value);
        for (size_t i = 0; i < items.n; i++) {
            if (items.item[i]->type == JDOC_STRING)
                jdoc_push(o->run->arena, result, tagged(o, entry, m->key, none, items.item[i]));
            else if (items.item[i]->type != JDOC_NULL)
                jsonld_fail(o->run, JSONLD_INVALID_LANGUAGE_MAP_VALUE, items.item[i],
                            "a language map holds only strings");
        }
    }
    return result;
}

/* One key of an index, id or type map. */
struct slot {
    struct expand_object *o;
    const struct expand_entry *entry;
    struct slice index;          /* the key as written */
    struct context_iri expanded; /* what it stands for */
    const struct jdoc *value;
    unsigned container;
};

/* Steps 13.8.3.1 to 3: the context in which the values of one key are expanded. */
static const struct context *map_context(const struct slot *s)
{
    const struct context *context = s->o->active;
    if (s->container & (CONTEXT_ID | CONTEXT_TYPE) && context->previous != NULL)
        context = context->previous;
    if (s->container & CONTEXT_TYPE) {
        const struct context_term *type = context_iri_find(context, s->index, map_hash(s->index));
        if (type != NULL && type->context != NULL)
            context = context_type_scoped(s->o->run, context, type);
    }
    return context;
}

static bool is_graph_object(const struct jdoc *item)
{
    if (item->type != JDOC_OBJECT || !expand_has(item, "@graph"))
        return false;
    for (const struct map_entry *m = item->object.first; m != NULL; m = m->next)
        if (!slice_is(m->key, "@graph") && !slice_is(m->key, "@id") && !slice_is(m->key, "@index") &&
            !slice_is(m->key, "@context"))
            return false;
    return true;
}

static struct jdoc *in_graph(struct jsonld *run, const struct jdoc *item)
{
    struct jdoc *graph = jdoc_object(run->arena, item->offset);
    expand_add(run, graph, SLICE("@graph"), item);
    return graph;
}

/* A copy of an array entry with one value in front. */
static void put_first(struct jsonld *run, struct jdoc *object, struct slice key,
                      const struct jdoc *value)
{
    const struct jdoc *old = jdoc_get_slice(object, key);
    struct jdoc *all = jdoc_array(run->arena, value->offset);
    jdoc_push(run->arena, all, value);
    if (old != NULL) {
        struct expand_items items = expand_items(old);
        for (size_t i = 0; i < items.n; i++)
            jdoc_push(run->arena, all, items.item[i]);
    }
    jdoc_set(run->arena, object, key, all);
}

/* Step 13.8.3.7.2: the key of the map becomes a value of a property. */
static void add_index_property(const struct slot *s, struct jdoc *item)
{
    struct jsonld *run = s->o->run;
    struct slice name = s->entry->term->index;
    const struct context_term *term = context_iri_find(s->o->active, name, map_hash(name));
    const struct jdoc *text = jdoc_string(run->arena, s->value->offset, s->index);
    struct context_iri property = context_iri_of(run, s->o->active, name, CONTEXT_VOCAB);
    if (text == NULL || property.text.data == NULL)
        return;
    const struct jdoc *value = expand_value(run, s->o->active, term, text);
    if (expand_has(item, "@value"))
        jsonld_fail(run, JSONLD_INVALID_VALUE_OBJECT, s->value,
                    "the index of a value object cannot become a property");
    else if (value != NULL)
        put_first(run, item, property.text, value);
}

/* Step 13.8.3.7.3. */
static void add_index(const struct slot *s, struct jdoc *item)
{
    struct jsonld *run = s->o->run;
    if (expand_has(item, "@index"))
        return;
    jsonld_lose(run, JSONLD_LOSS_INDEX, s->value);
    jdoc_set(run->arena, item, SLICE("@index"),
             jdoc_string(run->arena, s->value->offset, s->index));
}

/* Step 13.8.3.7.4. */
static void add_id(const struct slot *s, struct jdoc *item)
{
    struct jsonld *run = s->o->run;
    if (expand_has(item, "@id"))
        return;
    struct context_iri iri = context_iri_of(run, s->o->active, s->index, CONTEXT_DOCUMENT);
    jdoc_set(run->arena, item, SLICE("@id"), expand_value_id(run, iri, s->value));
}

/* Step 13.8.3.7.5. */
static void add_type(const struct slot *s, struct jdoc *item)
{
    struct jsonld *run = s->o->run;
    if (s->expanded.text.data == NULL)
        return;
    if (!iri_is_well_formed(s->expanded.text) && !iri_is_blank(s->expanded.text))
        jsonld_lose(run, JSONLD_LOSS_TYPE, s->value);
    const struct jdoc *type = jdoc_string(run->arena, s->value->offset, s->expanded.text);
    if (type != NULL)
        put_first(run, item, SLICE("@type"), type);
}

/* Only a node can take an id or a type from the map. */
static bool check_node(const struct slot *s, const struct jdoc *item)
{
    if (!expand_has(item, "@value") && !expand_has(item, "@list"))
        return true;
    jsonld_fail(s->o->run, JSONLD_INVALID_VALUE_OBJECT, s->value,
                "an id or type map holds only nodes");
    return false;
}

/* Step 13.8.3.7, for one value under the key. */
static struct jdoc *finish_item(const struct slot *s, struct jdoc *item)
{
    bool named = s->expanded.keyword != JSONLD_NONE;
    if ((s->container & CONTEXT_GRAPH) && !is_graph_object(item))
        item = in_graph(s->o->run, item);
    if (item == NULL || item->type != JDOC_OBJECT || !named)
        return item;
    if ((s->container & CONTEXT_INDEX) && s->entry->term->index.data != NULL &&
        !slice_is(s->entry->term->index, "@index"))
        add_index_property(s, item);
    else if (s->container & CONTEXT_INDEX)
        add_index(s, item);
    else if (!check_node(s, item))
        return NULL;
    else if (s->container & CONTEXT_ID)
        add_id(s, item);
    else if (s->container & CONTEXT_TYPE)
        add_type(s, item);
    return item;
}

static void expand_slot(const struct slot *s, struct jdoc *result)
{
    struct jsonld *run = s->o->run;
    const struct context *context = map_context(s);
    if (jsonld_failed(run))
        return;
    struct jdoc *values = jdoc_array(run->arena, s->value->offset);
    struct expand_items given = expand_items(s->value);
    for (size_t i = 0; i < given.n; i++)
        jdoc_push(run->arena, values, given.item[i]);
    struct jdoc *expanded = values == NULL ? NULL
                            : expand_element(run, context, s->entry->key, values, EXPAND_FROM_MAP);
    if (expanded == NULL || jsonld_failed(run))
        return;
    for (size_t i = 0; i < expanded->array.n; i++)
        jdoc_push(run->arena, result, finish_item(s, expanded->array.items[i]));
}

struct jdoc *expand_map_index(struct expand_object *o, const struct expand_entry *entry)
{
    struct jdoc *result = jdoc_array(o->run->arena, entry->value->offset);
    for (const struct map_entry *m = entry->value->object.first; m != NULL; m = m->next) {
        struct slot slot = {.o = o, .entry = entry, .index = m->key, .value = m->value,
                            .container = entry->term->container,
                            .expanded = context_iri_of(o->run, o->active, m->key, CONTEXT_VOCAB)};
        expand_slot(&slot, result);
        if (jsonld_failed(o->run))
            return NULL;
    }
    return result;
}
