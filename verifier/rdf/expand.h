/* JSON-LD expansion (section 5.4 of the API): a document without contexts, every key an IRI.
 *
 * The result is built of the same JSON values, in the arena of the run; values of the document are
 * shared. Keys keep the order of the document (the specification's "ordered" flag is off).
 *
 * Split in four: expand.c (elements and objects), expand_keyword.c (entries that are keywords),
 * expand_map.c (language, index, id and type maps), expand_value.c (value expansion).
 */
#ifndef VERIFIER_RDF_EXPAND_H
#define VERIFIER_RDF_EXPAND_H

#include "verifier/rdf/context.h"
#include "verifier/rdf/jsonld.h"

/** Expand the document of a run (run->root).
 *
 *  Out:     ret  an array of node objects; may be empty
 *  Returns: ERR_OK; else the first failure: run->code is its name in the specification, and the
 *           message ends in the JSON pointer of the place. ERR_INVALID the document or a context
 *           breaks a rule, or loses data; ERR_NOT_FOUND a context cannot be had; ERR_LIMIT.
 */
enum err_code expand_document(struct jsonld *run, const struct jdoc **ret)
    __attribute__((warn_unused_result));

/* ---- between the four files ---- */

/* The active property; name.data NULL: none. */
struct expand_property {
    struct slice name;
    uint64_t hash; /* map_hash(name) */
};

/* An object under expansion. */
struct expand_object {
    struct jsonld *run;
    const struct context *active;      /* for keys and values */
    const struct context *type_scoped; /* for values of @type: as it was before their own contexts */
    struct expand_property property;   /* whose value the object is */
    bool is_json;                      /* its type is @json */
    struct jdoc *result;
};

/* One entry of it. */
struct expand_entry {
    struct expand_property key;
    const struct jdoc *value;
    const struct context_term *term; /* NULL: the key is no term */
    struct context_iri iri;          /* what the key stands for */
};

enum expand_where { /* where an element stands */
    EXPAND_PLAIN,
    EXPAND_FROM_MAP, /* under a key of an index, id or type map: type-scoped contexts go on */
    EXPAND_IN_LIST,  /* the value of @list: arrays in it are lists of their own. The specification says
                        so only of list containers; the libraries that issue credentials do both */
};

/** Expand any element. Returns: NULL for null, and on failure. */
struct jdoc *expand_element(struct jsonld *run, const struct context *active,
                            struct expand_property property, const struct jdoc *element,
                            enum expand_where where);

/** Value expansion (section 5.5) of a scalar. */
struct jdoc *expand_value(struct jsonld *run, const struct context *active,
                          const struct context_term *term, const struct jdoc *value);

/** An entry whose key stands for a keyword, but @context and @nest. */
void expand_keyword(struct expand_object *o, const struct expand_entry *entry);

/** The value of a key with a map container. Returns: an array. */
struct jdoc *expand_map_language(struct expand_object *o, const struct expand_entry *entry);
struct jdoc *expand_map_index(struct expand_object *o, const struct expand_entry *entry);

/** Add a value, or all values of an array, to an entry that is an array; made if need be. */
void expand_add(struct jsonld *run, struct jdoc *object, struct slice key, const struct jdoc *value);

/** Check an IRI that stands for a node, report what would get lost, and make it a string. */
struct jdoc *expand_value_id(struct jsonld *run, struct context_iri iri, const struct jdoc *where);

/** Report what a value object would lose. In: where  the value in the document. */
void expand_value_check_language(struct jsonld *run, struct slice language, const struct jdoc *where);
void expand_value_check_number(struct jsonld *run, const struct jdoc *where);

/* The items of a value that may stand alone or in an array. */
struct expand_items {
    const struct jdoc *const *item;
    size_t n;
};
#define expand_items(v)                                                                            \
    ((v)->type == JDOC_ARRAY                                                                       \
         ? (struct expand_items){(const struct jdoc *const *)(v)->array.items, (v)->array.n}       \
         : (struct expand_items){(const struct jdoc *const *)&(v), 1})

static inline bool expand_has(const struct jdoc *object, const char *key)
{
    return jdoc_get(object, key) != NULL;
}

#endif
