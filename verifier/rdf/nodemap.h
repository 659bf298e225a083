/* Node map generation (section 7.2 of the JSON-LD API): an expanded document as graphs of nodes, each
 * node once, with what is said about it; blank nodes get new labels.
 *
 * What belongs to no property and a name of which nothing is said are reported (jsonld_lose): this is
 * the second net, behind expansion. Repeated values are kept: whoever makes quads of the map makes a set of them anyway.
 */
#ifndef VERIFIER_RDF_NODEMAP_H
#define VERIFIER_RDF_NODEMAP_H

#include "verifier/rdf/jsonld.h"

enum nodemap_kind {
    NODEMAP_NODE,
    NODEMAP_LITERAL,
    NODEMAP_LIST,
};

struct nodemap_value;

struct nodemap_values {
    struct nodemap_value *first, *last;
};

struct nodemap_value {
    enum nodemap_kind kind;
    const struct jdoc *element;  /* of the expanded document; NODEMAP_LITERAL: the value object */
    struct slice id;             /* NODEMAP_NODE: an IRI, "_:b0", or something relative */
    struct nodemap_values items; /* NODEMAP_LIST */
    struct nodemap_value *next;
};

struct nodemap_node {
    struct slice id;
    const struct jdoc *element; /* the first that names it */
    bool is_value;              /* some property points to it */
    struct slice index; /* data NULL: none */
    struct nodemap_values types;
    struct map properties; /* IRI or blank node label -> struct nodemap_values * */
};

struct nodemap_graph {
    struct slice name; /* data NULL: the default graph */
    struct map nodes;  /* id -> struct nodemap_node * */
};

struct nodemap {
    struct nodemap_graph *default_graph;
    struct map graphs; /* name -> struct nodemap_graph *, without the default graph */
    struct map labels; /* blank node label in the document -> const struct slice *, the new one */
    size_t n_blank;    /* labels given */
};

/** Make the node map of an expanded document.
 *  Returns: ERR_OK; ERR_INVALID "conflicting indexes"; ERR_LIMIT no memory. */
enum err_code nodemap_generate(struct jsonld *run, const struct jdoc *expanded, struct nodemap *ret)
    __attribute__((warn_unused_result));

/** A new blank node label, "_:b7". */
struct slice nodemap_blank(struct jsonld *run, struct nodemap *map);

#endif
