/* Context processing (section 5.1 of the API) and its cache: see context.h.
 * The numbers are those of the steps there. */
#include "verifier/rdf/context.h"
#include "verifier/rdf/iri.h"
#include "verifier/rdf/slice.h"

void context_cache_init(struct context_cache *cache, context_loader load, void *load_ctx)
{
    *cache = (struct context_cache){.load = load, .load_ctx = load_ctx};
    arena_init(&cache->arena, CONTEXT_CACHE_MAX_BYTES);
}

void context_cache_done(struct context_cache *cache)
{
    arena_done(&cache->arena);
    *cache = (struct context_cache){0};
}

/* The half that is left when this turns false is more than any one context needs. */
static bool cache_has_room(const struct context_cache *cache)
{
    return !cache->arena.failed && cache->arena.used < CONTEXT_CACHE_MAX_BYTES / 2;
}

static struct arena *arena_of(struct jsonld *run, bool shared)
{
    return shared ? &run->cache->arena : run->arena;
}

/* A new context that starts as a copy of another one. Returns: NULL if the arena failed. */
static struct context *derive(struct jsonld *run, const struct context *from, bool shared)
{
    struct context *context = arena_alloc(arena_of(run, shared), sizeof *context);
    if (context == NULL) {
        jsonld_fail(run, JSONLD_LIMIT, NULL, "no memory left for contexts");
        return NULL;
    }
    *context = *from;
    context->shared = shared;
    return context;
}

/* ---- what was processed before ---- */

/* All that the result of processing depends on. */
struct memo_key {
    const struct context *active;
    const struct jdoc *local;
    const uint8_t *base_url;
    uint64_t flags;
};

static struct memo_key memo_key(const struct context *active, const struct context_source *source)
{
    uint64_t flags = (uint64_t)source->origin << 2 | (uint64_t)source->override_protected << 1 |
                     source->type_scoped;
    return (struct memo_key){active, source->local, source->base_url.data, flags};
}

static bool can_share(struct jsonld *run, const struct context *active,
                      const struct context_source *source)
{
    return active->shared && source->origin == CONTEXT_LISTED && cache_has_room(run->cache);
}

static const struct context *recall(struct jsonld *run, const struct context *active,
                                    const struct context_source *source)
{
    struct memo_key key = memo_key(active, source);
    struct slice bytes = {(const uint8_t *)&key, sizeof key};
    const struct context *result = NULL;
    if (active->shared && source->origin == CONTEXT_LISTED)
        result = map_get(&run->cache->memo, bytes);
    return result != NULL ? result : map_get(&run->memo, bytes);
}

/* Only what depends on nothing of this run may go into the cache: pointers are part of the key. */
static void remember(struct jsonld *run, const struct context *active,
                     const struct context_source *source, const struct context *result)
{
    bool shared = can_share(run, active, source) && result->shared;
    struct memo_key key = memo_key(active, source);
    struct slice bytes = {(const uint8_t *)&key, sizeof key};
    struct arena *arena = arena_of(run, shared);
    struct map_entry *entry =
        map_put(arena, shared ? &run->cache->memo : &run->memo, arena_copy(arena, bytes));
    if (entry != NULL)
        entry->value = (struct context *)result;
}

/* ---- context documents ---- */

struct document {
    struct slice url;
    const struct jdoc *context; /* value of its @context */
};

static struct document *load(struct jsonld *run, struct slice url)
{
    struct context_cache *cache = run->cache;
    struct document *document = map_get(&cache->documents, url);
    const struct jdoc *whole = NULL;
    struct err e = {.code = ERR_OK};
    if (document != NULL)
        return document;
    if (cache->load(cache->load_ctx, url, &whole, &e) != ERR_OK) {
        jsonld_fail(run, JSONLD_LOADING_REMOTE_CONTEXT_FAILED, NULL, "%.*s: %s", SLICE_ARG(url), e.msg);
        return NULL;
    }
    const struct jdoc *context = jdoc_get(whole, "@context");
    if (context == NULL) {
        jsonld_fail(run, JSONLD_INVALID_REMOTE_CONTEXT, NULL, "%.*s has no @context", SLICE_ARG(url));
        return NULL;
    }
    document = arena_alloc(&cache->arena, sizeof *document);
    struct slice key = arena_copy(&cache->arena, url);
    struct map_entry *entry = map_put(&cache->arena, &cache->documents, key);
    if (entry == NULL) {
        jsonld_fail(run, JSONLD_LIMIT, NULL, "no memory left for contexts");
        return NULL;
    }
    *document = (struct document){.url = key, .context = context};
    return entry->value = document;
}

static bool in_chain(const struct context_chain *chain, struct slice url)
{
    for (; chain != NULL; chain = chain->outer)
        if (slice_equal(chain->url, url))
            return true;
    return false;
}

/* A document may name only so many different context documents. */
static void count_used(struct jsonld *run, struct slice url)
{
    map_put(run->arena, &run->contexts_used, url);
    if (run->contexts_used.n > JSONLD_MAX_CONTEXTS)
        jsonld_fail(run, JSONLD_LIMIT, NULL, "more than %d context documents", JSONLD_MAX_CONTEXTS);
}

/* Step 5.2: the context is a URL. */
static const struct context *process_url(struct jsonld *run, const struct context *active,
                                         struct slice reference, const struct context_source *outer)
{
    struct slice url = iri_resolve(run->arena, outer->base_url, reference);
    size_t depth = outer->chain == NULL ? 1 : outer->chain->depth + 1;
    if (outer->validating && in_chain(outer->chain, url))
        return active;
    if (depth > JSONLD_MAX_REMOTE_DEPTH) {
        jsonld_fail(run, JSONLD_CONTEXT_OVERFLOW, NULL, "%.*s: more than %d contexts deep",
                    SLICE_ARG(url), JSONLD_MAX_REMOTE_DEPTH);
        return NULL;
    }
    if (outer->origin == CONTEXT_INLINE)
        count_used(run, url);
    const struct document *document = jsonld_failed(run) ? NULL : load(run, url);
    if (document == NULL)
        return NULL;
    struct context_chain chain = {.outer = outer->chain, .url = document->url, .depth = depth};
    struct context_source source = *outer;
    source.local = document->context;
    source.base_url = document->url;
    source.origin = CONTEXT_LISTED;
    source.chain = &chain;
    return context_process(run, active, &source);
}

/* ---- the map form ---- */

static void fail(const struct context_definer *d, enum jsonld_code code, const char *what)
{
    struct slice url = d->source->chain != NULL ? d->source->chain->url : SLICE("the document");
    jsonld_fail(d->run, code, NULL, "context of %.*s: %s", SLICE_ARG(url), what);
}

/* Step 5.5, and what JSON-LD 1.0 did not know. */
static void check_version(const struct context_definer *d, const struct jdoc *local)
{
    const struct jdoc *version = jdoc_get(local, "@version");
    bool mode_1_0 = d->run->cache->mode_1_0;
    if (version != NULL) {
        bool is_1_1 = version->type == JDOC_NUMBER && version->number.value > 1.0999999 &&
                      version->number.value < 1.1000001;
        if (!is_1_1)
            fail(d, JSONLD_INVALID_VERSION_VALUE, "@version must be the number 1.1");
        else if (mode_1_0)
            fail(d, JSONLD_PROCESSING_MODE_CONFLICT, "@version 1.1 in the mode of 1.0");
    }
    if (mode_1_0 && (jdoc_get(local, "@import") != NULL || jdoc_get(local, "@propagate") != NULL ||
                     jdoc_get(local, "@protected") != NULL || jdoc_get(local, "@direction") != NULL))
        fail(d, JSONLD_INVALID_CONTEXT_ENTRY, "needs JSON-LD 1.1");
}

/* Step 5.6: the imported context with the entries of this one over it. */
static const struct jdoc *import(const struct context_definer *d, const struct jdoc *local)
{
    const struct jdoc *reference = jdoc_get(local, "@import");
    if (reference == NULL)
        return local;
    if (reference->type != JDOC_STRING) {
        fail(d, JSONLD_INVALID_IMPORT_VALUE, "@import must be a string");
        return NULL;
    }
    struct slice url = iri_resolve(d->run->arena, d->source->base_url, reference->string);
    const struct document *document = load(d->run, url);
    if (document == NULL)
        return NULL;
    if (document->context->type != JDOC_OBJECT)
        fail(d, JSONLD_INVALID_REMOTE_CONTEXT, "what @import names must be a single context");
    else if (jdoc_get(document->context, "@import") != NULL)
        fail(d, JSONLD_INVALID_CONTEXT_ENTRY, "what @import names must not import");
    if (jsonld_failed(d->run))
        return NULL;
    struct jdoc *merged = jdoc_shallow(d->arena, document->context);
    for (const struct map_entry *m = local->object.first; m != NULL; m = m->next)
        jdoc_set(d->arena, merged, m->key, m->value);
    return merged;
}

/* Step 5.7; a context document has no say in the base. */
static void set_base(struct context_definer *d, const struct jdoc *local)
{
    const struct jdoc *base = jdoc_get(local, "@base");
    if (base == NULL || d->source->chain != NULL)
        return;
    if (base->type == JDOC_NULL)
        d->result->base = (struct slice){0};
    else if (base->type != JDOC_STRING)
        fail(d, JSONLD_INVALID_BASE_IRI, "@base must be a string or null");
    else if (iri_has_scheme(base->string))
        d->result->base = base->string;
    else if (d->result->base.data != NULL)
        d->result->base = iri_resolve(d->arena, d->result->base, base->string);
    else
        fail(d, JSONLD_INVALID_BASE_IRI, "@base is relative and there is no base");
}

/* Step 5.8. */
static void set_vocab(struct context_definer *d, const struct jdoc *local)
{
    const struct jdoc *vocab = jdoc_get(local, "@vocab");
    if (vocab == NULL)
        return;
    if (vocab->type == JDOC_NULL) {
        d->result->vocab = (struct slice){0};
        return;
    }
    bool legal = vocab->type == JDOC_STRING;
    if (legal && d->run->cache->mode_1_0)
        legal = iri_has_scheme(vocab->string) || iri_is_blank(vocab->string);
    struct context_iri iri = {0};
    if (legal) /* d->local is not set yet: only older terms count */
        iri = context_iri_defining(d, vocab->string, CONTEXT_VOCAB | CONTEXT_DOCUMENT);
    if (iri.text.data == NULL || iri.keyword != JSONLD_NO_KEYWORD)
        fail(d, JSONLD_INVALID_VOCAB_MAPPING, "@vocab must be an IRI, a blank node or null");
    d->result->vocab = iri.text;
}

/* Steps 5.9 and 5.10. */
static void set_language(struct context_definer *d, const struct jdoc *local)
{
    const struct jdoc *language = jdoc_get(local, "@language");
    const struct jdoc *direction = jdoc_get(local, "@direction");
    if (language != NULL) {
        if (language->type != JDOC_STRING && language->type != JDOC_NULL)
            fail(d, JSONLD_INVALID_DEFAULT_LANGUAGE, "@language must be a string or null");
        d->result->language = language->type == JDOC_STRING ? language->string : (struct slice){0};
    }
    if (direction == NULL)
        return;
    if (direction->type == JDOC_NULL)
        d->result->direction = CONTEXT_DIRECTION_UNSET;
    else if (jdoc_is(direction, "ltr"))
        d->result->direction = CONTEXT_DIRECTION_LTR;
    else if (jdoc_is(direction, "rtl"))
        d->result->direction = CONTEXT_DIRECTION_RTL;
    else
        fail(d, JSONLD_INVALID_BASE_DIRECTION, "@direction must be \"ltr\", \"rtl\" or null");
}

/* Step 5.11 and @protected. */
static void check_flags(struct context_definer *d, const struct jdoc *local)
{
    const struct jdoc *propagate = jdoc_get(local, "@propagate");
    const struct jdoc *protect = jdoc_get(local, "@protected");
    if (propagate != NULL && propagate->type != JDOC_BOOL)
        fail(d, JSONLD_INVALID_PROPAGATE_VALUE, "@propagate must be true or false");
    if (protect != NULL && protect->type != JDOC_BOOL)
        fail(d, JSONLD_INVALID_PROTECTED_VALUE, "@protected must be true or false");
    else
        d->protect = protect != NULL && protect->boolean;
}

/* The rule for credentials: see context.h. Terms are looked at one by one in context_term.c. */
static void check_safe(const struct context_definer *d, const struct jdoc *local)
{
    static const char *const REFUSED[] = {"@base", "@import", "@vocab"};
    if (!d->run->options.credential || d->source->origin != CONTEXT_INLINE)
        return;
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++)
        if (jdoc_get(local, REFUSED[i]) != NULL)
            jsonld_fail(d->run, JSONLD_UNSAFE_CONTEXT, local, "an inline context must not set %s",
                        REFUSED[i]);
}

static bool is_context_keyword(struct slice key)
{
    static const unsigned KNOWN = JSONLD_BIT(BASE) | JSONLD_BIT(DIRECTION) | JSONLD_BIT(IMPORT) |
                                  JSONLD_BIT(LANGUAGE) | JSONLD_BIT(PROPAGATE) |
                                  JSONLD_BIT(PROTECTED) | JSONLD_BIT(VERSION) | JSONLD_BIT(VOCAB);
    return KNOWN >> jsonld_keyword(key) & 1;
}

/* Steps 5.5 to 5.13. */
static const struct context *process_map(struct jsonld *run, const struct context *active,
                                         const struct jdoc *local,
                                         const struct context_source *source)
{
    bool shared = can_share(run, active, source);
    struct context_definer d = {.run = run, .arena = arena_of(run, shared), .source = source,
                                .result = derive(run, active, shared)};
    if (d.result == NULL)
        return NULL;
    check_safe(&d, local);
    check_version(&d, local);
    local = import(&d, local);
    if (local == NULL || jsonld_failed(run))
        return NULL;
    set_base(&d, local);
    set_vocab(&d, local);
    set_language(&d, local);
    check_flags(&d, local);
    d.local = local;
    for (const struct map_entry *m = local->object.first; m != NULL; m = m->next)
        if (!is_context_keyword(m->key))
            context_term_define(&d, m->key);
    if (d.arena->failed)
        jsonld_fail(run, JSONLD_LIMIT, NULL, "no memory left for contexts");
    return jsonld_failed(run) ? NULL : d.result;
}

/* ---- processing ---- */

/* Step 5.1: null clears the context. */
static const struct context *nullify(struct jsonld *run, const struct context *active, bool propagate,
                                     const struct context_source *source)
{
    if (!source->override_protected && active->n_protected > 0) {
        jsonld_fail(run, JSONLD_INVALID_CONTEXT_NULLIFICATION, NULL,
                    "null cannot clear a context with protected terms");
        return NULL;
    }
    if (run->options.credential && source->origin == CONTEXT_INLINE && active->terms != NULL) {
        jsonld_fail(run, JSONLD_UNSAFE_CONTEXT, source->local, "null clears the context documents");
        return NULL;
    }
    struct context empty = {.base = active->original_base, .original_base = active->original_base,
                            .previous = propagate ? NULL : active->previous};
    return derive(run, &empty, can_share(run, active, source));
}

/* Step 5, for one context of the array. */
static const struct context *process_one(struct jsonld *run, const struct context *active,
                                         const struct jdoc *local, bool propagate,
                                         const struct context_source *source)
{
    switch (local->type) {
    case JDOC_NULL:
        return nullify(run, active, propagate, source);
    case JDOC_STRING:
        return process_url(run, active, local->string, source);
    case JDOC_OBJECT:
        run->n_inline += source->origin == CONTEXT_INLINE;
        return process_map(run, active, local, source);
    case JDOC_BOOL:
    case JDOC_NUMBER:
    case JDOC_ARRAY:
        break;
    }
    jsonld_fail(run, JSONLD_INVALID_LOCAL_CONTEXT, NULL,
                "a context must be null, a URL, an object, or an array of these");
    return NULL;
}

/* Steps 1 to 3: the context to start from. */
static const struct context *begin(struct jsonld *run, const struct context *active,
                                   const struct context_source *source, bool *ret_propagate)
{
    const struct jdoc *flag = jdoc_get(source->local, "@propagate");
    *ret_propagate = !source->type_scoped;
    if (flag != NULL && flag->type == JDOC_BOOL)
        *ret_propagate = flag->boolean;
    if (*ret_propagate || active->previous != NULL)
        return active;
    struct context *result = derive(run, active, can_share(run, active, source));
    if (result != NULL)
        result->previous = active;
    return result;
}

const struct context *context_process(struct jsonld *run, const struct context *active,
                                      const struct context_source *source)
{
    bool propagate;
    const struct jdoc *local = source->local;
    const struct context *result = source->validating ? NULL : recall(run, active, source);
    if (result != NULL)
        return result;
    result = begin(run, active, source, &propagate);
    if (local->type == JDOC_ARRAY) {
        for (size_t i = 0; i < local->array.n && result != NULL; i++)
            result = process_one(run, result, local->array.items[i], propagate, source);
    } else if (result != NULL) {
        result = process_one(run, result, local, propagate, source);
    }
    if (result != NULL && !source->validating)
        remember(run, active, source, result);
    return jsonld_failed(run) ? NULL : result;
}

/* ---- what expansion asks for ---- */

/* The empty context of a base, in the cache unless there have been too many bases. */
static const struct context *empty_context(struct jsonld *run)
{
    struct context_cache *cache = run->cache;
    struct context empty = {0};
    struct slice base = run->options.base;
    const struct context *known = map_get(&cache->initial, base);
    if (known != NULL)
        return known;
    bool shared = cache->initial.n < CONTEXT_CACHE_BASES && cache_has_room(cache);
    if (base.len > 0)
        empty.base = empty.original_base = shared ? arena_copy(&cache->arena, base) : base;
    struct context *context = derive(run, &empty, shared);
    struct map_entry *entry =
        shared ? map_put(&cache->arena, &cache->initial, empty.base) : NULL;
    if (entry != NULL)
        entry->value = context;
    return context;
}

const struct context *context_initial(struct jsonld *run)
{
    const struct context *context = empty_context(run);
    const struct jdoc *extra = run->options.expand_context;
    if (context == NULL || extra == NULL)
        return context;
    const struct jdoc *inner = jdoc_get(extra, "@context");
    struct context_source source = {.local = inner != NULL ? inner : extra,
                                    .base_url = run->options.base, .origin = CONTEXT_CALLER};
    return context_process(run, context, &source);
}

const struct context *context_local(struct jsonld *run, const struct context *active,
                                    const struct jdoc *local)
{
    struct context_source source = {.local = local, .base_url = run->options.base,
                                    .origin = CONTEXT_INLINE};
    return context_process(run, active, &source);
}

const struct context *context_property_scoped(struct jsonld *run, const struct context *active,
                                              const struct context_term *term)
{
    struct context_source source = {.local = term->context, .base_url = term->context_base,
                                    .origin = term->origin, .override_protected = true};
    return context_process(run, active, &source);
}

const struct context *context_type_scoped(struct jsonld *run, const struct context *active,
                                          const struct context_term *term)
{
    struct context_source source = {.local = term->context, .base_url = term->context_base,
                                    .origin = term->origin, .type_scoped = true};
    return context_process(run, active, &source);
}
