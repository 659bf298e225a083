/* The RDF data model: terms, quads, and a dataset that grows in an arena.
 *
 * Terms borrow their text: from the arena of the document, from the input, or from constants.
 * Nothing here is freed one by one; the arena's owner frees everything at once.
 */
#ifndef VERIFIER_RDF_RDF_H
#define VERIFIER_RDF_RDF_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "verifier/rdf/arena.h"
#include "verifier/rdf/slice.h"

enum rdf_kind {
    RDF_NONE, /* only as the graph of a quad: the default graph */
    RDF_IRI,
    RDF_BLANK,
    RDF_LITERAL,
};

struct rdf_term {
    enum rdf_kind kind;
    struct slice value;    /* IRI without <>; blank node label with its "_:"; lexical form, unescaped UTF-8 */
    struct slice datatype; /* of a literal, never empty; rdf:langString if there is a language */
    struct slice language; /* of a literal, as written; empty if none */
};

struct rdf_quad {
    struct rdf_term subject;   /* IRI or blank node */
    struct rdf_term predicate; /* IRI: generalized RDF is not supported */
    struct rdf_term object;
    struct rdf_term graph; /* IRI, blank node or none */
};

struct rdf_dataset {
    struct rdf_quad *quads; /* in the order they were added; see rdf_dedupe() */
    size_t n;
    size_t cap;
    size_t max;          /* rdf_add() refuses more */
    struct arena *arena; /* borrowed */
};

#define RDF_NS "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define RDF_XSD_NS "http://www.w3.org/2001/XMLSchema#"
#define RDF_XSD_STRING SLICE(RDF_XSD_NS "string")
#define RDF_LANG_STRING SLICE(RDF_NS "langString")

/** Terms as values. rdf_text() is an xsd:string, rdf_lang_text() an rdf:langString. */
struct rdf_term rdf_iri(struct slice iri);
struct rdf_term rdf_blank(struct slice label);
struct rdf_term rdf_literal(struct slice text, struct slice datatype);
struct rdf_term rdf_text(struct slice text);
struct rdf_term rdf_lang_text(struct slice text, struct slice language);

/** An empty dataset of at most max quads, growing in arena (which must outlive it). */
struct rdf_dataset rdf_dataset(struct arena *arena, size_t max);

/** Add one quad at the end; nothing is compared.
 *  Returns: ERR_OK; ERR_LIMIT over .max, or no memory. */
enum err_code rdf_add(struct rdf_dataset *dataset, const struct rdf_quad *quad, struct err *e)
    __attribute__((warn_unused_result));

/** Make the dataset a set: repeated quads go, the first of each stays, order is kept.
 *  Whoever fills a dataset calls this once at the end.
 *  Returns: ERR_OK; ERR_LIMIT no memory.
 *  Cost:    n log n comparisons whatever the input (no hash table that a stranger could flood). */
enum err_code rdf_dedupe(struct rdf_dataset *dataset, struct err *e)
    __attribute__((warn_unused_result));

bool rdf_term_equal(const struct rdf_term *x, const struct rdf_term *y);

/** Order of terms and quads for sorting: any total order in which equal means the same term.
 *  Returns: negative, 0 or positive. */
int rdf_term_compare(const struct rdf_term *x, const struct rdf_term *y);
int rdf_quad_compare(const struct rdf_quad *x, const struct rdf_quad *y);

#endif
