/* The terms of a context, and IRI expansion (section 5.3 of the API): see context.h. */
#include "verifier/rdf/context.h"
#include "verifier/rdf/iri.h"
#include "verifier/rdf/slice.h"

struct context_node {
    const struct context_term *term;
    struct context_node *child[4];
};

const struct context_term *context_iri_find(const struct context *context, struct slice name,
                                        uint64_t hash)
{
    const struct context_node *node = context->terms;
    for (uint64_t way = hash; node != NULL; way <<= 2) {
        if (node->term->hash == hash && slice_equal(node->term->name, name))
            return node->term->removed ? NULL : node->term;
        node = node->child[way >> 62];
    }
    return NULL;
}

/* Only the nodes on the way to the term are copied; the rest is shared with the older context. */
void context_iri_put(struct context_definer *d, const struct context_term *term)
{
    const struct context_node *old = d->result->terms;
    struct context_node *root = NULL, **slot = &root;
    for (uint64_t way = term->hash;; way <<= 2) {
        struct context_node *copy = *slot = arena_alloc(d->arena, sizeof *copy);
        if (copy == NULL)
            return;
        if (old != NULL)
            *copy = *old;
        if (old == NULL ||
            (old->term->hash == term->hash && slice_equal(old->term->name, term->name))) {
            copy->term = term;
            break;
        }
        slot = &copy->child[way >> 62];
        old = old->child[way >> 62];
    }
    d->result->terms = root;
}

/* What both forms of IRI expansion need; d is NULL outside of context processing. */
struct expansion {
    struct jsonld *run;
    struct arena *arena;
    const struct context *context;
    struct context_definer *d;
};

static const struct context_term *find(const struct expansion *x, struct slice name)
{
    if (x->d != NULL)
        context_term_define(x->d, name);
    return context_iri_find(x->context, name, map_hash(name));
}

static struct context_iri plain(struct slice text)
{
    return (struct context_iri){.text = text};
}

/* Step 6: something with a colon is a compact IRI, an IRI, or neither. */
static bool expand_colon(const struct expansion *x, struct slice value, size_t colon,
                         struct context_iri *ret)
{
    struct slice prefix = {value.data, colon}, suffix = slice_from(value, colon + 1);
    *ret = plain(value);
    if (slice_is(prefix, "_") || slice_starts(suffix, SLICE("//")))
        return true;
    const struct context_term *term = find(x, prefix);
    if (term != NULL && term->iri.text.data != NULL && term->prefix) {
        *ret = plain(arena_join(x->arena, term->iri.text, suffix));
        return true;
    }
    return (x->d == NULL && jsonld_is_iri(x->run, value)) || iri_has_scheme(value);
}

static struct context_iri expand(const struct expansion *x, struct slice value, unsigned how)
{
    enum jsonld_keyword keyword = jsonld_keyword(value);
    if (keyword != JSONLD_NO_KEYWORD)
        return (struct context_iri){jsonld_keyword_text(keyword), keyword};
    if (jsonld_looks_like_keyword(value))
        return (struct context_iri){0};
    const struct context_term *term = find(x, value);
    if (term != NULL && (term->iri.keyword != JSONLD_NO_KEYWORD || (how & CONTEXT_VOCAB)))
        return term->iri;
    struct context_iri iri;
    size_t colon = slice_find(value, ':');
    if (colon > 0 && colon < value.len && expand_colon(x, value, colon, &iri))
        return iri;
    if ((how & CONTEXT_VOCAB) && x->context->vocab.data != NULL)
        return plain(arena_join(x->arena, x->context->vocab, value));
    if ((how & CONTEXT_DOCUMENT) && x->context->base.data != NULL)
        return plain(iri_resolve(x->arena, x->context->base, value));
    return plain(value);
}

struct context_iri context_iri_of(struct jsonld *run, const struct context *context,
                                  struct slice value, unsigned how)
{
    struct expansion x = {.run = run, .arena = run->arena, .context = context};
    return expand(&x, value, how);
}

struct context_iri context_iri_defining(struct context_definer *d, struct slice value, unsigned how)
{
    struct expansion x = {.run = d->run, .arena = d->arena, .context = d->result, .d = d};
    return expand(&x, value, how);
}
