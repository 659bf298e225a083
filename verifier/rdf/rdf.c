/* Terms, quads and datasets: see rdf.h. */
#include "verifier/rdf/rdf.h"

#include <stdlib.h>
#include <string.h>

struct rdf_term rdf_iri(struct slice iri)
{
    return (struct rdf_term){.kind = RDF_IRI, .value = iri};
}

struct rdf_term rdf_blank(struct slice label)
{
    return (struct rdf_term){.kind = RDF_BLANK, .value = label};
}

struct rdf_term rdf_literal(struct slice text, struct slice datatype)
{
    return (struct rdf_term){.kind = RDF_LITERAL, .value = text, .datatype = datatype};
}

struct rdf_term rdf_text(struct slice text)
{
    return rdf_literal(text, RDF_XSD_STRING);
}

struct rdf_term rdf_lang_text(struct slice text, struct slice language)
{
    struct rdf_term term = rdf_literal(text, RDF_LANG_STRING);
    term.language = language;
    return term;
}

struct rdf_dataset rdf_dataset(struct arena *arena, size_t max)
{
    return (struct rdf_dataset){.arena = arena, .max = max};
}

static enum err_code grow(struct rdf_dataset *dataset, struct err *e)
{
    size_t cap = dataset->cap == 0 ? 32 : 2 * dataset->cap;
    struct rdf_quad *quads = arena_array(dataset->arena, cap, sizeof *quads);
    if (quads == NULL)
        return arena_check(dataset->arena, e);
    if (dataset->n > 0)
        memcpy(quads, dataset->quads, dataset->n * sizeof *quads);
    dataset->quads = quads;
    dataset->cap = cap;
    return ERR_OK;
}

enum err_code rdf_add(struct rdf_dataset *dataset, const struct rdf_quad *quad, struct err *e)
{
    if (dataset->n >= dataset->max)
        return err_set(e, ERR_LIMIT, "more than %zu quads", dataset->max);
    if (dataset->n == dataset->cap) {
        enum err_code rc = grow(dataset, e);
        if (rc != ERR_OK)
            return rc;
    }
    dataset->quads[dataset->n++] = *quad;
    return ERR_OK;
}

/* Terms often share their text; the same memory needs no look. */
static int compare_text(struct slice x, struct slice y)
{
    return x.data == y.data && x.len == y.len ? 0 : slice_compare(x, y);
}

int rdf_term_compare(const struct rdf_term *x, const struct rdf_term *y)
{
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    int order = compare_text(x->value, y->value);
    if (order == 0)
        order = compare_text(x->datatype, y->datatype);
    if (order == 0)
        order = compare_text(x->language, y->language);
    return order;
}

bool rdf_term_equal(const struct rdf_term *x, const struct rdf_term *y)
{
    return x->value.len == y->value.len && rdf_term_compare(x, y) == 0;
}

int rdf_quad_compare(const struct rdf_quad *x, const struct rdf_quad *y)
{
    int order = rdf_term_compare(&x->subject, &y->subject);
    if (order == 0)
        order = rdf_term_compare(&x->predicate, &y->predicate);
    if (order == 0)
        order = rdf_term_compare(&x->object, &y->object);
    if (order == 0)
        order = rdf_term_compare(&x->graph, &y->graph);
    return order;
}

/* Equal quads by place, so that the first of them comes first. */
static int compare_entries(const void *x, const void *y)
{
    const struct rdf_quad *a = *(struct rdf_quad *const *)x, *b = *(struct rdf_quad *const *)y;
    int order = rdf_quad_compare(a, b);
    return order != 0 ? order : (a > b) - (a < b);
}

enum err_code rdf_dedupe(struct rdf_dataset *dataset, struct err *e)
{
    size_t n = dataset->n;
    if (n < 2)
        return ERR_OK;
    struct rdf_quad **sorted = arena_array(dataset->arena, n, sizeof *sorted);
    bool *repeated = arena_array(dataset->arena, n, sizeof *repeated);
    if (arena_check(dataset->arena, e) != ERR_OK)
        return ERR_LIMIT;
    for (size_t i = 0; i < n; i++)
        sorted[i] = &dataset->quads[i];
    qsort(sorted, n, sizeof *sorted, compare_entries);
    for (size_t i = 1; i < n; i++)
        repeated[sorted[i] - dataset->quads] = rdf_quad_compare(sorted[i - 1], sorted[i]) == 0;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!repeated[i])
            dataset->quads[kept++] = dataset->quads[i];
    dataset->n = kept;
    return ERR_OK;
}
