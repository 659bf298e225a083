/* JSON-LD to RDF: see tordf.h. */
#include "verifier/rdf/tordf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "verifier/rdf/iri.h"
#include "verifier/rdf/jcs.h"
#include "verifier/rdf/nodemap.h"
#include "verifier/rdf/slice.h"

#define INTEGER_END 1e21 /* from here on a number without fraction is an xsd:double */

struct writer {
    struct jsonld *run;
    struct nodemap *map;
    struct rdf_dataset *dataset;
    struct rdf_term graph;
};

size_t tordf_double(char text[static TORDF_NUMBER_MAX], double value)
{
    char raw[TORDF_NUMBER_MAX];
    int n = snprintf(raw, sizeof raw, "%.15E", value);
    size_t sign = raw[0] == '-', exponent = 0, end;
    while (exponent < (size_t)n && raw[exponent] != 'E')
        exponent++;
    raw[sign + 1] = '.'; /* whatever the locale's point is */
    for (end = exponent; end > sign + 3 && raw[end - 1] == '0'; end--)
        ;
    memcpy(text, raw, end);
    int power = (int)strtol(raw + exponent + 1, NULL, 10);
    return end + (size_t)snprintf(text + end, TORDF_NUMBER_MAX - end, "E%d", power);
}

size_t tordf_integer(char text[static TORDF_NUMBER_MAX], double value)
{
    bool zero = value > -1 && value < 1; /* there is no -0 */
    return (size_t)snprintf(text, TORDF_NUMBER_MAX, "%.0f", zero ? 0.0 : value);
}

static struct slice lower_case(struct jsonld *run, struct slice tag)
{
    uint8_t *text = arena_alloc(run->arena, tag.len);
    for (size_t i = 0; text != NULL && i < tag.len; i++)
        text[i] = tag.data[i] >= 'A' && tag.data[i] <= 'Z' ? tag.data[i] | 0x20 : tag.data[i];
    return (struct slice){text, text == NULL ? 0 : tag.len};
}

/* An IRI or blank node. Returns: false if it is neither. */
static bool term_of_id(struct jsonld *run, struct slice id, struct rdf_term *ret)
{
    if (iri_is_blank(id))
        *ret = rdf_blank(id);
    else if (jsonld_is_iri(run, id))
        *ret = rdf_iri(id);
    else
        return false;
    return true;
}

/* Section 8.2.2 for a number. */
static struct rdf_term number(struct jsonld *run, double value, struct slice datatype)
{
    char text[TORDF_NUMBER_MAX];
    struct slice xsd_double = SLICE(RDF_XSD_NS "double");
    bool as_double = fabs(value) >= INTEGER_END || trunc(value) < value || trunc(value) > value ||
                     slice_equal(datatype, xsd_double);
    size_t n = as_double ? tordf_double(text, value) : tordf_integer(text, value);
    if (datatype.len == 0)
        datatype = as_double ? xsd_double : SLICE(RDF_XSD_NS "integer");
    return rdf_literal(arena_copy(run->arena, (struct slice){(uint8_t *)text, n}), datatype);
}

static bool json_literal(struct jsonld *run, const struct jdoc *value, struct rdf_term *ret)
{
    enum jcs_numbers numbers =
        run->options.losses == JSONLD_LOSS_FAIL ? JCS_EXACT_INTEGER : JCS_ANY_NUMBER;
    struct slice text;
    struct err e = {.code = ERR_OK};
    enum err_code code = jcs_write(run->arena, value, numbers, &text, &e);
    if (code != ERR_OK) {
        jsonld_fail(run, code == ERR_LIMIT ? JSONLD_LIMIT : JSONLD_INVALID_JSON_LITERAL, value, "%s",
                    e.msg);
        return false;
    }
    *ret = rdf_literal(text, SLICE(RDF_NS "JSON"));
    return true;
}

/* Section 8.2.2 for a value object. Returns: false if it has no place in RDF. */
static bool literal(struct jsonld *run, const struct jdoc *object, struct rdf_term *ret)
{
    const struct jdoc *value = jdoc_get(object, "@value");
    struct slice datatype = {0}, language = {0};
    jdoc_get_string(object, "@type", &datatype);
    if (slice_is(datatype, "@json"))
        return json_literal(run, value, ret);
    if (datatype.len > 0 && !iri_is_well_formed(datatype))
        return false;
    switch (value->type) {
    case JDOC_BOOL:
        *ret = rdf_literal(value->boolean ? SLICE("true") : SLICE("false"),
                           datatype.len > 0 ? datatype : SLICE(RDF_XSD_NS "boolean"));
        return true;
    case JDOC_NUMBER:
        *ret = number(run, value->number.value, datatype);
        return true;
    case JDOC_STRING:
        break;
    case JDOC_NULL:
    case JDOC_ARRAY:
    case JDOC_OBJECT:
        return false;
    }
    if (jdoc_get_string(object, "@language", &language)) {
        *ret = rdf_lang_text(value->string, lower_case(run, language));
        return jsonld_language_ok(language);
    }
    *ret = datatype.len > 0 ? rdf_literal(value->string, datatype) : rdf_text(value->string);
    return true;
}

static void add(struct writer *w, struct rdf_term subject, struct slice predicate,
                struct rdf_term object)
{
    struct rdf_quad quad = {.subject = subject, .predicate = rdf_iri(predicate), .object = object,
                            .graph = w->graph};
    struct err e;
    if (!jsonld_failed(w->run) && rdf_add(w->dataset, &quad, &e) != ERR_OK)
        jsonld_fail(w->run, JSONLD_LIMIT, NULL, "%s", e.msg);
}

static bool convert(struct writer *w, const struct nodemap_value *value, struct rdf_term *ret);

/* Section 8.3: a chain of blank nodes. */
static struct rdf_term list(struct writer *w, const struct nodemap_value *items)
{
    struct rdf_term nil = rdf_iri(SLICE(RDF_NS "nil"));
    if (items == NULL)
        return nil;
    struct rdf_term head = rdf_blank(nodemap_blank(w->run, w->map)), cell = head;
    for (const struct nodemap_value *item = items; item != NULL; item = item->next) {
        struct rdf_term object, next = nil;
        if (convert(w, item, &object))
            add(w, cell, SLICE(RDF_NS "first"), object);
        if (item->next != NULL)
            next = rdf_blank(nodemap_blank(w->run, w->map));
        add(w, cell, SLICE(RDF_NS "rest"), next);
        cell = next;
    }
    return head;
}

/* Section 8.2. Returns: false if the value has no place in RDF. */
static bool convert(struct writer *w, const struct nodemap_value *value, struct rdf_term *ret)
{
    switch (value->kind) {
    case NODEMAP_NODE:
        if (term_of_id(w->run, value->id, ret))
            return true;
        jsonld_lose(w->run, JSONLD_LOSS_ID, value->element);
        return false;
    case NODEMAP_LITERAL:
        if (literal(w->run, value->element, ret))
            return true;
        jsonld_lose(w->run, JSONLD_LOSS_LITERAL, value->element);
        return false;
    case NODEMAP_LIST:
        *ret = list(w, value->items.first);
        return true;
    }
    return false;
}

static void add_values(struct writer *w, struct rdf_term subject, struct slice predicate,
                       const struct nodemap_value *value)
{
    struct rdf_term object;
    for (; value != NULL && !jsonld_failed(w->run); value = value->next)
        if (convert(w, value, &object))
            add(w, subject, predicate, object);
}

static void add_node(struct writer *w, const struct nodemap_node *node)
{
    struct rdf_term subject;
    if (!term_of_id(w->run, node->id, &subject)) {
        jsonld_lose(w->run, JSONLD_LOSS_ID, node->element);
        return;
    }
    add_values(w, subject, SLICE(RDF_NS "type"), node->types.first);
    for (const struct map_entry *m = node->properties.first; m != NULL; m = m->next) {
        const struct nodemap_values *values = m->value;
        if (iri_is_well_formed(m->key))
            add_values(w, subject, m->key, values->first);
        else if (values->first != NULL)
            jsonld_lose(w->run, JSONLD_LOSS_PROPERTY, values->first->element);
    }
}

static void add_graph(struct writer *w, const struct nodemap_graph *graph)
{
    for (const struct map_entry *m = graph->nodes.first; m != NULL; m = m->next)
        add_node(w, m->value);
}

enum err_code tordf_document(struct jsonld *run, const struct jdoc *expanded,
                             struct rdf_dataset *dataset)
{
    struct nodemap map;
    struct err e = {.code = ERR_OK};
    if (nodemap_generate(run, expanded, &map) != ERR_OK)
        return run->status;
    struct writer w = {.run = run, .map = &map, .dataset = dataset};
    add_graph(&w, map.default_graph);
    for (const struct map_entry *m = map.graphs.first; m != NULL; m = m->next)
        if (term_of_id(run, m->key, &w.graph)) /* else its node was reported in the graph around it */
            add_graph(&w, m->value);
    if (!jsonld_failed(run) && rdf_dedupe(dataset, &e) != ERR_OK)
        jsonld_fail(run, JSONLD_LIMIT, NULL, "%s", e.msg);
    return jsonld_failed(run) ? run->status : ERR_OK;
}
