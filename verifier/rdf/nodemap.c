/* Node map generation: see nodemap.h. */
#include "verifier/rdf/nodemap.h"

#include <stdio.h>

#include "verifier/rdf/iri.h"
#include "verifier/rdf/slice.h"

struct generator {
    struct jsonld *run;
    struct nodemap *map;
    struct nodemap_graph *graph; /* active graph */
};

/* Where a value goes: to a property of a node or to a list; NULL: nowhere. */
typedef struct nodemap_values *target;

static void visit(struct generator *g, const struct jdoc *element, target to);

struct slice nodemap_blank(struct jsonld *run, struct nodemap *map)
{
    char text[32];
    int n = snprintf(text, sizeof text, "_:b%zu", map->n_blank++);
    return arena_copy(run->arena, (struct slice){(const uint8_t *)text, (size_t)n});
}

/* The new label of a blank node of the document; other identifiers stay. */
static struct slice relabel(struct generator *g, struct slice id)
{
    if (!iri_is_blank(id))
        return id;
    struct map_entry *entry = map_put(g->run->arena, &g->map->labels, id);
    if (entry == NULL)
        return id;
    if (entry->value == NULL) {
        struct slice *label = arena_alloc(g->run->arena, sizeof *label);
        if (label == NULL)
            return id;
        *label = nodemap_blank(g->run, g->map);
        entry->value = label;
    }
    return *(const struct slice *)entry->value;
}

static struct nodemap_graph *graph_named(struct generator *g, struct slice name)
{
    struct map_entry *entry = map_put(g->run->arena, &g->map->graphs, name);
    if (entry != NULL && entry->value == NULL) {
        struct nodemap_graph *graph = entry->value = arena_alloc(g->run->arena, sizeof *graph);
        if (graph != NULL)
            graph->name = name;
    }
    return entry == NULL ? NULL : entry->value;
}

static struct nodemap_node *node_named(struct generator *g, struct slice id,
                                       const struct jdoc *element)
{
    struct map_entry *entry = map_put(g->run->arena, &g->graph->nodes, id);
    if (entry != NULL && entry->value == NULL) {
        struct nodemap_node *node = entry->value = arena_alloc(g->run->arena, sizeof *node);
        if (node != NULL) {
            node->id = id;
            node->element = element;
        }
    }
    return entry == NULL ? NULL : entry->value;
}

static target values_of(struct generator *g, struct nodemap_node *node, struct slice property)
{
    struct map_entry *entry = map_put(g->run->arena, &node->properties, property);
    if (entry != NULL && entry->value == NULL)
        entry->value = arena_alloc(g->run->arena, sizeof(struct nodemap_values));
    return entry == NULL ? NULL : entry->value;
}

static struct nodemap_value *append(struct generator *g, target to, enum nodemap_kind kind,
                                    const struct jdoc *element)
{
    struct nodemap_value *value = to == NULL ? NULL : arena_alloc(g->run->arena, sizeof *value);
    if (to == NULL && kind != NODEMAP_NODE)
        jsonld_lose(g->run, JSONLD_LOSS_FREE_VALUE, element);
    if (value == NULL)
        return NULL;
    value->kind = kind;
    value->element = element;
    if (to->last != NULL)
        to->last->next = value;
    else
        to->first = value;
    return to->last = value;
}

static void append_node(struct generator *g, target to, struct slice id, const struct jdoc *element)
{
    struct nodemap_value *value = append(g, to, NODEMAP_NODE, element);
    if (value != NULL)
        value->id = id;
}

static void visit_all(struct generator *g, const struct jdoc *array, target to)
{
    for (size_t i = 0; i < array->array.n && !jsonld_failed(g->run); i++)
        visit(g, array->array.items[i], to);
}

static void visit_list(struct generator *g, const struct jdoc *items, target to)
{
    struct nodemap_value *list = append(g, to, NODEMAP_LIST, items);
    if (list == NULL)
        return;
    if (items->type == JDOC_ARRAY)
        visit_all(g, items, &list->items);
    else
        visit(g, items, &list->items);
}

static void add_types(struct generator *g, struct nodemap_node *node, const struct jdoc *types)
{
    for (size_t i = 0; i < types->array.n; i++)
        append_node(g, &node->types, relabel(g, types->array.items[i]->string),
                    types->array.items[i]);
}

static void set_index(struct generator *g, struct nodemap_node *node, const struct jdoc *index)
{
    if (node->index.data != NULL && !slice_equal(node->index, index->string))
        jsonld_fail(g->run, JSONLD_CONFLICTING_INDEXES, index, "one node has two indexes");
    node->index = index->string;
}

static struct nodemap_node *visit_node(struct generator *g, const struct jdoc *element);

/* What points to the node: each of these nodes gets the property. */
static void add_reverse(struct generator *g, struct nodemap_node *node, const struct jdoc *reverse)
{
    for (const struct map_entry *m = reverse->object.first; m != NULL; m = m->next) {
        const struct jdoc *values = m->value;
        for (size_t i = 0; i < values->array.n && !jsonld_failed(g->run); i++) {
            struct nodemap_node *from = visit_node(g, values->array.items[i]);
            if (from == NULL)
                return;
            append_node(g, values_of(g, from, relabel(g, m->key)), node->id, node->element);
            node->is_value = true;
        }
    }
}

static void add_graph(struct generator *g, struct slice name, const struct jdoc *content)
{
    struct nodemap_graph *outer = g->graph;
    g->graph = graph_named(g, name);
    if (g->graph != NULL)
        visit_all(g, content, NULL);
    g->graph = outer;
}

static void visit_entry(struct generator *g, struct nodemap_node *node, const struct map_entry *m)
{
    const struct jdoc *value = m->value;
    switch (jsonld_keyword(m->key)) {
    case JSONLD_ID:
        return;
    case JSONLD_TYPE:
        add_types(g, node, value);
        return;
    case JSONLD_INDEX:
        set_index(g, node, value);
        return;
    case JSONLD_REVERSE:
        add_reverse(g, node, value);
        return;
    case JSONLD_GRAPH:
        add_graph(g, node->id, value);
        return;
    case JSONLD_INCLUDED:
        visit_all(g, value, NULL);
        return;
    case JSONLD_NO_KEYWORD:
        visit_all(g, value, values_of(g, node, relabel(g, m->key)));
        return;
    case JSONLD_BASE:
    case JSONLD_CONTAINER:
    case JSONLD_CONTEXT:
    case JSONLD_DIRECTION:
    case JSONLD_IMPORT:
    case JSONLD_JSON:
    case JSONLD_LANGUAGE:
    case JSONLD_LIST:
    case JSONLD_NEST:
    case JSONLD_NONE:
    case JSONLD_PREFIX:
    case JSONLD_PROPAGATE:
    case JSONLD_PROTECTED:
    case JSONLD_SET:
    case JSONLD_VALUE:
    case JSONLD_VERSION:
    case JSONLD_VOCAB:
        return; /* expansion leaves none of these in a node; @language alone says nothing */
    }
}

static struct nodemap_node *visit_node(struct generator *g, const struct jdoc *element)
{
    const struct jdoc *id = jdoc_get(element, "@id");
    struct slice name = SLICE(""); /* what "@id": null becomes: no IRI, so no quads */
    if (id == NULL)
        name = nodemap_blank(g->run, g->map);
    else if (id->type == JDOC_STRING)
        name = relabel(g, id->string);
    struct nodemap_node *node = node_named(g, name, element);
    for (const struct map_entry *m = element->object.first; m != NULL && node != NULL; m = m->next) {
        visit_entry(g, node, m);
        if (jsonld_failed(g->run))
            return NULL;
    }
    return node;
}

static void visit(struct generator *g, const struct jdoc *element, target to)
{
    const struct jdoc *list = jdoc_get(element, "@list");
    if (jdoc_get(element, "@value") != NULL) {
        append(g, to, NODEMAP_LITERAL, element);
    } else if (list != NULL) {
        visit_list(g, list, to);
    } else {
        struct nodemap_node *node = visit_node(g, element);
        if (node == NULL)
            return;
        append_node(g, to, node->id, element);
        node->is_value |= to != NULL;
    }
}

/* A name of which nothing is said leaves no quad. */
static void check_nodes(struct jsonld *run, const struct nodemap *map,
                        const struct nodemap_graph *graph)
{
    for (const struct map_entry *m = graph->nodes.first; m != NULL; m = m->next) {
        const struct nodemap_node *node = m->value;
        const struct nodemap_graph *named = map_get(&map->graphs, node->id);
        bool says = node->types.first != NULL || node->properties.n > 0 || node->is_value ||
                    (named != NULL && named->nodes.n > 0);
        if (!says && jdoc_get(node->element, "@id") != NULL)
            jsonld_lose(run, JSONLD_LOSS_FREE_NODE, node->element);
    }
}

enum err_code nodemap_generate(struct jsonld *run, const struct jdoc *expanded, struct nodemap *ret)
{
    *ret = (struct nodemap){.default_graph = arena_alloc(run->arena, sizeof *ret->default_graph)};
    struct generator g = {.run = run, .map = ret, .graph = ret->default_graph};
    if (g.graph == NULL)
        return jsonld_failed(run) ? run->status : ERR_OK;
    visit_all(&g, expanded, NULL);
    check_nodes(run, ret, ret->default_graph);
    for (const struct map_entry *m = ret->graphs.first; m != NULL; m = m->next)
        check_nodes(run, ret, m->value);
    return jsonld_failed(run) ? run->status : ERR_OK;
}
