/* JSON-LD contexts: processing (section 5.1 of the API), term definitions (5.2), IRI expansion (5.3).
 *
 * An active context is immutable; what is built on it shares its terms. Contexts that come only from
 * context documents live in a cache and serve all later documents; the others live as long as their
 * document. Each (active context, local context) pair is processed once.
 *
 * Safety for credentials (jsonld_options.credential). Contexts are not covered by a credential's
 * hash, so whoever may change what a listed term means can change what a reader sees. A context
 * written inside the document may therefore only add terms that stand for IRIs: it may not redefine a
 * term of a context document, take one away, clear the context, alias a keyword, or set @base or
 * @vocab. This holds for terms that are not @protected too. One redefinition that is in many certificates and hides
 * nothing is let through: is_customary().
 *
 * Split in three: context.c (processing, cache), context_term.c, context_iri.c.
 */
#ifndef VERIFIER_RDF_CONTEXT_H
#define VERIFIER_RDF_CONTEXT_H

#include "verifier/rdf/jsonld.h"

/** Give the document at a URL. Never a fetch for credentials: from an embedded or named set only.
 *
 *  Out:     ret  the whole document; must outlive the cache
 *  Returns: ERR_OK; any error: the URL cannot be had (the message says what to do about it). */
typedef enum err_code (*context_loader)(void *ctx, struct slice url, const struct jdoc **ret,
                                        struct err *e);

enum context_container { /* bits */
    CONTEXT_GRAPH = 1,
    CONTEXT_ID = 2,
    CONTEXT_INDEX = 4,
    CONTEXT_LANGUAGE = 8,
    CONTEXT_LIST = 16,
    CONTEXT_SET = 32,
    CONTEXT_TYPE = 64,
};

enum context_direction {
    CONTEXT_DIRECTION_UNSET, /* a term without one takes the context's */
    CONTEXT_DIRECTION_NULL,
    CONTEXT_DIRECTION_LTR,
    CONTEXT_DIRECTION_RTL,
};

enum context_origin {
    CONTEXT_INLINE, /* written in the document */
    CONTEXT_CALLER, /* jsonld_options.expand_context */
    CONTEXT_LISTED, /* from a context document */
};

/* What a name or compact IRI stands for; text.data NULL: nothing. */
struct context_iri {
    struct slice text;
    enum jsonld_keyword keyword; /* which one the text is */
};

/* A term definition. Absent texts have data NULL. */
struct context_term {
    struct slice name;
    uint64_t hash; /* map_hash(name) */
    struct context_iri iri;
    struct context_iri type;
    struct slice language; /* see has_language: an absent one may be an explicit null */
    struct slice index;    /* as written */
    struct slice nest;
    const struct jdoc *context; /* scoped context; NULL: none */
    struct slice context_base;  /* what URLs in it are relative to */
    enum context_direction direction;
    enum context_origin origin;
    unsigned container; /* bits of enum context_container */
    bool removed;       /* there is no such term: hides an older one */
    bool has_language, prefix, reverse, is_protected;
};

struct context_node; /* a persistent trie over the hashes of names */

struct context {
    struct context_node *terms;
    struct slice base;          /* data NULL: none */
    struct slice original_base; /* of the document */
    struct slice vocab;         /* data NULL: none */
    struct slice language;      /* data NULL: none */
    enum context_direction direction;
    const struct context *previous; /* to go back to when a type-scoped context ends; or NULL */
    size_t n_protected;
    bool shared; /* lives in the cache */
};

#define CONTEXT_CACHE_BASES 16                    /* document bases kept in the cache */
#define CONTEXT_CACHE_MAX_BYTES ((size_t)64 << 20) /* when full, contexts live with their document */

struct context_cache {
    struct arena arena;
    context_loader load;
    void *load_ctx;
    bool mode_1_0;        /* processing mode json-ld-1.0: what it refuses, and what it let pass */
    struct map documents; /* URL -> its @context */
    struct map memo;
    struct map initial;   /* base -> empty context */
    struct map validated; /* scoped contexts of listed documents that were seen to be sound */
};

/** Start an empty cache; one thread at a time may use it.
 *  In:      load, load_ctx  where context documents come from; they must outlive the cache */
void context_cache_init(struct context_cache *cache, context_loader load, void *load_ctx);
void context_cache_done(struct context_cache *cache);

/** The context that a document starts with. Returns: NULL on failure, as all functions below. */
const struct context *context_initial(struct jsonld *run);

/** The context after an @context entry of the document. */
const struct context *context_local(struct jsonld *run, const struct context *active,
                                    const struct jdoc *local);

/** The context inside a value of a property, and inside a node of a type, whose term has a scoped
 *  context. The second kind ends at the next node. */
const struct context *context_property_scoped(struct jsonld *run, const struct context *active,
                                              const struct context_term *term);
const struct context *context_type_scoped(struct jsonld *run, const struct context *active,
                                          const struct context_term *term);

/** The definition of a term. In: hash  map_hash(name). Returns: NULL if there is none. */
const struct context_term *context_iri_find(const struct context *context, struct slice name,
                                        uint64_t hash);

enum context_how { /* bits */
    CONTEXT_VOCAB = 1,    /* terms and the vocabulary mapping count */
    CONTEXT_DOCUMENT = 2, /* relative to the base IRI */
};

/** IRI expansion. Returns: text.data NULL for a term without meaning or something like a keyword. */
struct context_iri context_iri_of(struct jsonld *run, const struct context *context,
                                  struct slice value, unsigned how);

/* ---- between context.c, context_term.c and context_iri.c ---- */

struct context_chain { /* context documents being read, innermost first */
    const struct context_chain *outer;
    struct slice url;
    size_t depth;
};

/* A local context and how it is to be processed. */
struct context_source {
    const struct jdoc *local;
    struct slice base_url; /* what its URLs are relative to */
    enum context_origin origin;
    bool override_protected;
    bool type_scoped;
    bool validating; /* only to see whether a scoped context is sound */
    const struct context_chain *chain;
};

/* The map form of a local context on its way into `result`. */
struct context_definer {
    struct jsonld *run;
    struct arena *arena; /* of the result */
    struct context *result;
    const struct jdoc *local;
    const struct context_source *source;
    bool protect;       /* the context's own @protected */
    struct map defined; /* term -> in progress or done */
    size_t depth;
};

const struct context *context_process(struct jsonld *run, const struct context *active,
                                      const struct context_source *source);

/** Create the definition of a term if the local context has it and it is not yet done. */
void context_term_define(struct context_definer *d, struct slice name);

/** IRI expansion while terms are being defined. */
struct context_iri context_iri_defining(struct context_definer *d, struct slice value, unsigned how);

/** Add or replace a term. */
void context_iri_put(struct context_definer *d, const struct context_term *term);

#endif
