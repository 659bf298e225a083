/* What the steps of the JSON-LD 1.1 processor share: keywords, error codes, options, the reasons for
 * which a member of a document would not be signed, and the state of one run.
 *
 * Inside the processor failure is sticky: jsonld_fail() records the first one in the run, functions
 * then give NULL or nothing, and loops look at run->status. The public entry (jsonld_expand,
 * tordf_document) returns it. Source of all algorithms: W3C JSON-LD 1.1 API, section 5 and on.
 */
#ifndef VERIFIER_RDF_JSONLD_H
#define VERIFIER_RDF_JSONLD_H

#include <stdbool.h>

#include "verifier/rdf/arena.h"
#include "verifier/rdf/jdoc.h"
#include "verifier/rdf/map.h"

struct context_cache;

#define JSONLD_MAX_CONTEXTS 16  /* different context documents that one document may name */
#define JSONLD_MAX_REMOTE_DEPTH 8 /* context documents that name one another */
#define JSONLD_MAX_TERM_DEPTH 64  /* terms that are defined by one another */
#define JSONLD_MAX_LOSSES 100     /* unsigned members listed; more only count */

#define JSONLD_KEYWORDS(X)                                                                         \
    X(BASE, "@base")                                                                               \
    X(CONTAINER, "@container")                                                                     \
    X(CONTEXT, "@context")                                                                         \
    X(DIRECTION, "@direction")                                                                     \
    X(GRAPH, "@graph")                                                                             \
    X(ID, "@id")                                                                                   \
    X(IMPORT, "@import")                                                                           \
    X(INCLUDED, "@included")                                                                       \
    X(INDEX, "@index")                                                                             \
    X(JSON, "@json")                                                                               \
    X(LANGUAGE, "@language")                                                                       \
    X(LIST, "@list")                                                                               \
    X(NEST, "@nest")                                                                               \
    X(NONE, "@none")                                                                               \
    X(PREFIX, "@prefix")                                                                           \
    X(PROPAGATE, "@propagate")                                                                     \
    X(PROTECTED, "@protected")                                                                     \
    X(REVERSE, "@reverse")                                                                         \
    X(SET, "@set")                                                                                 \
    X(TYPE, "@type")                                                                               \
    X(VALUE, "@value")                                                                             \
    X(VERSION, "@version")                                                                         \
    X(VOCAB, "@vocab")

enum jsonld_keyword {
    JSONLD_NO_KEYWORD,
#define X(name, text) JSONLD_##name,
    JSONLD_KEYWORDS(X)
#undef X
};

/* The error codes of the specification by their names there; the last three are our own. */
#define JSONLD_CODES(X)                                                                            \
    X(NO_ERROR, "no error")                                                                        \
    X(COLLIDING_KEYWORDS, "colliding keywords")                                                    \
    X(CONFLICTING_INDEXES, "conflicting indexes")                                                  \
    X(CONTEXT_OVERFLOW, "context overflow")                                                        \
    X(CYCLIC_IRI_MAPPING, "cyclic IRI mapping")                                                    \
    X(INVALID_ID_VALUE, "invalid @id value")                                                       \
    X(INVALID_IMPORT_VALUE, "invalid @import value")                                               \
    X(INVALID_INCLUDED_VALUE, "invalid @included value")                                           \
    X(INVALID_INDEX_VALUE, "invalid @index value")                                                 \
    X(INVALID_NEST_VALUE, "invalid @nest value")                                                   \
    X(INVALID_PREFIX_VALUE, "invalid @prefix value")                                               \
    X(INVALID_PROPAGATE_VALUE, "invalid @propagate value")                                         \
    X(INVALID_PROTECTED_VALUE, "invalid @protected value")                                         \
    X(INVALID_REVERSE_VALUE, "invalid @reverse value")                                             \
    X(INVALID_VERSION_VALUE, "invalid @version value")                                             \
    X(INVALID_BASE_DIRECTION, "invalid base direction")                                            \
    X(INVALID_BASE_IRI, "invalid base IRI")                                                        \
    X(INVALID_CONTAINER_MAPPING, "invalid container mapping")                                      \
    X(INVALID_CONTEXT_ENTRY, "invalid context entry")                                              \
    X(INVALID_CONTEXT_NULLIFICATION, "invalid context nullification")                              \
    X(INVALID_DEFAULT_LANGUAGE, "invalid default language")                                        \
    X(INVALID_IRI_MAPPING, "invalid IRI mapping")                                                  \
    X(INVALID_JSON_LITERAL, "invalid JSON literal")                                                \
    X(INVALID_KEYWORD_ALIAS, "invalid keyword alias")                                              \
    X(INVALID_LANGUAGE_MAP_VALUE, "invalid language map value")                                    \
    X(INVALID_LANGUAGE_MAPPING, "invalid language mapping")                                        \
    X(INVALID_LANGUAGE_TAGGED_STRING, "invalid language-tagged string")                            \
    X(INVALID_LANGUAGE_TAGGED_VALUE, "invalid language-tagged value")                              \
    X(INVALID_LOCAL_CONTEXT, "invalid local context")                                              \
    X(INVALID_REMOTE_CONTEXT, "invalid remote context")                                            \
    X(INVALID_REVERSE_PROPERTY, "invalid reverse property")                                        \
    X(INVALID_REVERSE_PROPERTY_MAP, "invalid reverse property map")                                \
    X(INVALID_REVERSE_PROPERTY_VALUE, "invalid reverse property value")                            \
    X(INVALID_SCOPED_CONTEXT, "invalid scoped context")                                            \
    X(INVALID_SET_OR_LIST_OBJECT, "invalid set or list object")                                    \
    X(INVALID_TERM_DEFINITION, "invalid term definition")                                          \
    X(INVALID_TYPE_MAPPING, "invalid type mapping")                                                \
    X(INVALID_TYPE_VALUE, "invalid type value")                                                    \
    X(INVALID_TYPED_VALUE, "invalid typed value")                                                  \
    X(INVALID_VALUE_OBJECT, "invalid value object")                                                \
    X(INVALID_VALUE_OBJECT_VALUE, "invalid value object value")                                    \
    X(INVALID_VOCAB_MAPPING, "invalid vocab mapping")                                              \
    X(IRI_CONFUSED_WITH_PREFIX, "IRI confused with prefix")                                        \
    X(KEYWORD_REDEFINITION, "keyword redefinition")                                                \
    X(LOADING_DOCUMENT_FAILED, "loading document failed")                                          \
    X(LOADING_REMOTE_CONTEXT_FAILED, "loading remote context failed")                              \
    X(PROCESSING_MODE_CONFLICT, "processing mode conflict")                                        \
    X(PROTECTED_TERM_REDEFINITION, "protected term redefinition")                                  \
    X(DATA_LOSS, "not signed") /* a member that the canonical form would not hold */               \
    X(UNSAFE_CONTEXT, "unsafe context") /* an inline context that changes what a listed one says */ \
    X(LIMIT, "over a limit")   /* memory, depth, number of contexts */

enum jsonld_code {
#define X(name, text) JSONLD_##name,
    JSONLD_CODES(X)
#undef X
};

/* Why a member of the document leaves no trace, or not its whole trace, in the RDF. */
#define JSONLD_LOSSES(X)                                                                           \
    X(KEY, "no context defines the key")                                                           \
    X(PROPERTY, "the key stands for no absolute IRI")                                              \
    X(ID, "the identifier is no absolute IRI")                                                     \
    X(TYPE, "the type is no absolute IRI")                                                         \
    X(FREE_VALUE, "a value that belongs to no property")                                           \
    X(FREE_NODE, "a node of which nothing is said")                                                \
    X(NULL_VALUE, "a value object without a value")                                                \
    X(LITERAL, "the value has no place in RDF")                                                    \
    X(LANGUAGE, "the language tag is not well formed")                                             \
    X(DIRECTION, "a base direction has no place in the canonical form")                            \
    X(INDEX, "an index has no place in the canonical form")                                        \
    X(NUMBER, "an integer beyond 2^53 - 1 is rounded")

enum jsonld_loss {
#define X(name, text) JSONLD_LOSS_##name,
    JSONLD_LOSSES(X)
#undef X
};

/* What to do about a loss. */
enum jsonld_loss_mode {
    JSONLD_LOSS_FAIL,   /* the first one is an error (DATA_LOSS): the rule for credentials */
    JSONLD_LOSS_LIST,   /* collect them, so that the verdict can name the unsigned members */
    JSONLD_LOSS_IGNORE, /* the plain algorithms of the specification */
};

struct jsonld_unsigned {
    enum jsonld_loss reason;
    struct slice pointer; /* JSON pointer into the document, in the arena of the run */
};

struct jsonld_options {
    struct slice base;                 /* base IRI of the document; empty: none */
    const struct jdoc *expand_context; /* processed before the document's own; NULL: none */
    enum jsonld_loss_mode losses;
    bool credential; /* inline contexts may only add terms: see context.h */
};

/* One document on its way through the processor. */
struct jsonld {
    struct arena *arena;         /* of the document: everything of this run */
    struct context_cache *cache; /* contexts that outlive the run */
    struct jsonld_options options;
    const struct jdoc *root; /* for pointers in messages */

    enum err_code status;  /* of the first failure */
    enum jsonld_code code; /* its name in the specification */
    struct err *e;

    struct slice known_iri;   /* the longest text so far that jsonld_is_iri() */
    struct map contexts_used; /* URLs that the document named */
    size_t n_inline;          /* contexts that it carries itself */
    struct map memo;          /* contexts that are not in the cache: see context.c */
    struct jsonld_unsigned *losses; /* in the order of discovery */
    size_t n_losses; /* may be over JSONLD_MAX_LOSSES: only so many are kept */
};

/** Start a run. Everything is borrowed and must outlive it.
 *  In:      root  the document; may be a shallow copy of the parsed one
 *           e     where the first failure is described; may be NULL */
void jsonld_init(struct jsonld *run, struct arena *arena, struct context_cache *cache,
                 const struct jsonld_options *options, const struct jdoc *root, struct err *e);

/* A set of keywords, for look-ups: JSONLD_BIT(ID) | JSONLD_BIT(TYPE). */
#define JSONLD_BIT(name) (1u << JSONLD_##name)

/** The keyword that a text is, JSONLD_NO_KEYWORD for none. */
enum jsonld_keyword jsonld_keyword(struct slice text);
struct slice jsonld_keyword_text(enum jsonld_keyword keyword);

/** "@" and letters only: reserved for keywords to come. */
bool jsonld_looks_like_keyword(struct slice text);

/** True for a language tag that RDF takes: parts of 1 to 8 letters or digits, the first of letters. */
bool jsonld_language_ok(struct slice tag);

/** iri_is_well_formed() for a text of the document or the run's arena. The longest one is remembered by where it
 *  stands: an image that is an IRI comes by in several steps. */
bool jsonld_is_iri(struct jsonld *run, struct slice text);

/** The name of a code in the specification. Never NULL. */
const char *jsonld_code_name(enum jsonld_code code);
const char *jsonld_loss_text(enum jsonld_loss reason);

/** Record a failure unless there is one already. In: where  a value of the document, or NULL. */
void jsonld_fail(struct jsonld *run, enum jsonld_code code, const struct jdoc *where,
                 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/** True once something failed, the arena included. */
bool jsonld_failed(struct jsonld *run);

/** Say that a value of the document is not, or not wholly, in the RDF. */
void jsonld_lose(struct jsonld *run, enum jsonld_loss reason, const struct jdoc *where);

#endif
