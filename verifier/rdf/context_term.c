/* Term definitions (section 5.2 of the API, "Create Term Definition"): see context.h.
 * The numbers are those of the steps there. */
#include "verifier/rdf/context.h"
#include "verifier/rdf/iri.h"
#include "verifier/rdf/slice.h"

enum { IN_PROGRESS = 1, DONE };

/* One term under definition. */
struct draft {
    struct context_definer *d;
    struct slice name;
    const struct jdoc *value; /* NULL unless the map form */
    struct slice id;          /* of @id, or the string form; data NULL: null or absent */
    bool has_id, simple;
    struct context_term *term;
};

static void fail(const struct draft *t, enum jsonld_code code, const char *what)
{
    struct slice url = t->d->source->chain != NULL ? t->d->source->chain->url : SLICE("the document");
    jsonld_fail(t->d->run, code, NULL, "term '%.*s' in the context of %.*s: %s", SLICE_ARG(t->name),
                SLICE_ARG(url), what);
}

static const struct jdoc *member(const struct draft *t, const char *key)
{
    return jdoc_get(t->value, key);
}

static bool mode_1_0(const struct draft *t)
{
    return t->d->run->cache->mode_1_0;
}

static bool contains(struct slice text, uint8_t byte)
{
    return slice_find(text, byte) < text.len;
}

/* A colon that is neither the first nor the last character. */
static bool has_inner_colon(struct slice name)
{
    return name.len > 2 && contains((struct slice){name.data + 1, name.len - 2}, ':');
}

static bool is_iri_or_blank(struct slice text)
{
    return text.data != NULL && (iri_has_scheme(text) || iri_is_blank(text));
}

/* Step 4: @type may only be given @container: @set and @protected. */
static bool is_type_form(const struct draft *t, const struct jdoc *value)
{
    if (mode_1_0(t) || value->type != JDOC_OBJECT || value->object.n == 0)
        return false;
    for (const struct map_entry *m = value->object.first; m != NULL; m = m->next) {
        bool container = slice_is(m->key, "@container") && jdoc_is(m->value, "@set");
        if (!container && !slice_is(m->key, "@protected"))
            return false;
    }
    return true;
}

/* Steps 2, 4 and 5. Returns: false if nothing is to be defined. */
static bool check_name(const struct draft *t, const struct jdoc *value)
{
    enum jsonld_keyword keyword = jsonld_keyword(t->name);
    if (t->name.len == 0)
        fail(t, JSONLD_INVALID_TERM_DEFINITION, "a term must not be empty");
    else if (keyword == JSONLD_TYPE ? !is_type_form(t, value) : keyword != JSONLD_NO_KEYWORD)
        fail(t, JSONLD_KEYWORD_REDEFINITION, "a keyword cannot be redefined");
    else
        return keyword == JSONLD_TYPE || !jsonld_looks_like_keyword(t->name);
    return false;
}

/* Steps 7 to 9: null, a string, or a map. */
static void read_value(struct draft *t, const struct jdoc *value)
{
    const struct jdoc *id = value;
    if (value->type == JDOC_OBJECT) {
        t->value = value;
        id = jdoc_get(value, "@id");
        t->has_id = id != NULL;
    } else {
        t->simple = value->type == JDOC_STRING;
        t->has_id = true;
        if (value->type != JDOC_STRING && value->type != JDOC_NULL)
            fail(t, JSONLD_INVALID_TERM_DEFINITION, "must be null, a string or an object");
    }
    if (id == NULL || id->type == JDOC_NULL)
        return;
    if (id->type == JDOC_STRING)
        t->id = id->string;
    else if (t->value != NULL && member(t, "@reverse") == NULL)
        fail(t, JSONLD_INVALID_IRI_MAPPING, "@id must be a string or null");
}

/* Step 11. */
static void set_protected(struct draft *t)
{
    const struct jdoc *flag = member(t, "@protected");
    t->term->is_protected = t->d->protect;
    if (flag == NULL)
        return;
    if (mode_1_0(t))
        fail(t, JSONLD_INVALID_TERM_DEFINITION, "@protected needs JSON-LD 1.1");
    else if (flag->type != JDOC_BOOL)
        fail(t, JSONLD_INVALID_PROTECTED_VALUE, "@protected must be true or false");
    else
        t->term->is_protected = flag->boolean;
}

/* Step 12. */
static void set_type(struct draft *t)
{
    const struct jdoc *type = member(t, "@type");
    if (type == NULL)
        return;
    if (type->type != JDOC_STRING) {
        fail(t, JSONLD_INVALID_TYPE_MAPPING, "@type must be a string");
        return;
    }
    struct context_iri iri = context_iri_defining(t->d, type->string, CONTEXT_VOCAB);
    bool known = iri.keyword == JSONLD_ID || iri.keyword == JSONLD_VOCAB;
    if (!mode_1_0(t))
        known |= iri.keyword == JSONLD_JSON || iri.keyword == JSONLD_NONE;
    if (!known && (iri.text.data == NULL || !iri_has_scheme(iri.text)))
        fail(t, JSONLD_INVALID_TYPE_MAPPING, "@type must be an IRI, @id, @vocab, @json or @none");
    t->term->type = iri;
}

/* Step 20. */
static void set_index(struct draft *t)
{
    const struct jdoc *value = member(t, "@index");
    if (value == NULL)
        return;
    struct context_iri iri = {0};
    bool legal = !mode_1_0(t) && (t->term->container & CONTEXT_INDEX) && value->type == JDOC_STRING;
    if (legal)
        iri = context_iri_defining(t->d, value->string, CONTEXT_VOCAB);
    if (!legal || iri.text.data == NULL || !iri_has_scheme(iri.text))
        fail(t, JSONLD_INVALID_TERM_DEFINITION, "@index must be an IRI, in an @index container");
    else
        t->term->index = value->string;
}

/* Step 13. Returns: false if nothing is to be defined. */
static bool set_reverse(struct draft *t)
{
    const struct jdoc *reverse = member(t, "@reverse"), *container = member(t, "@container");
    if (member(t, "@id") != NULL || member(t, "@nest") != NULL) {
        fail(t, JSONLD_INVALID_REVERSE_PROPERTY, "@reverse excludes @id and @nest");
        return false;
    }
    if (reverse->type != JDOC_STRING) {
        fail(t, JSONLD_INVALID_IRI_MAPPING, "@reverse must be a string");
        return false;
    }
    if (jsonld_looks_like_keyword(reverse->string))
        return false;
    t->term->iri = context_iri_defining(t->d, reverse->string, CONTEXT_VOCAB);
    if (!is_iri_or_blank(t->term->iri.text))
        fail(t, JSONLD_INVALID_IRI_MAPPING, "@reverse must stand for an IRI");
    t->term->reverse = true;
    if (jdoc_is(container, "@set"))
        t->term->container = CONTEXT_SET;
    else if (jdoc_is(container, "@index"))
        t->term->container = CONTEXT_INDEX;
    else if (container != NULL && container->type != JDOC_NULL)
        fail(t, JSONLD_INVALID_REVERSE_PROPERTY, "the container must be @set or @index");
    set_index(t);
    return true;
}

/* What the name stands for by itself. It counts as defined, so that it is not looked up again. */
static struct context_iri expand_name(const struct draft *t)
{
    struct map_entry *state = map_put(t->d->run->arena, &t->d->defined, t->name);
    if (state == NULL)
        return (struct context_iri){0};
    state->value = (void *)(uintptr_t)DONE;
    return context_iri_defining(t->d, t->name, CONTEXT_VOCAB);
}

/* Step 14.2.4: a term that looks like an IRI must stand for the same. JSON-LD 1.0 had no such rule, and
 * the context of Blockcerts 1.2 has such a term. */
static void check_iri_like(const struct draft *t)
{
    if (mode_1_0(t))
        return;
    if (!has_inner_colon(t->name) && !contains(t->name, '/'))
        return;
    struct context_iri same = expand_name(t);
    if (!slice_equal(same.text, t->term->iri.text))
        fail(t, JSONLD_INVALID_IRI_MAPPING, "the term looks like an IRI and is mapped to another");
}

/* Step 14. Returns: false if nothing is to be defined. */
static bool set_id(struct draft *t)
{
    struct context_term *term = t->term;
    if (t->id.data == NULL) /* null: the term is taken out of use */
        return true;
    if (jsonld_keyword(t->id) == JSONLD_NO_KEYWORD && jsonld_looks_like_keyword(t->id))
        return false;
    term->iri = context_iri_defining(t->d, t->id, CONTEXT_VOCAB);
    if (jsonld_failed(t->d->run))
        return false;
    if (term->iri.keyword == JSONLD_CONTEXT)
        fail(t, JSONLD_INVALID_KEYWORD_ALIAS, "@context has no alias");
    else if (term->iri.keyword == JSONLD_NO_KEYWORD && !is_iri_or_blank(term->iri.text))
        fail(t, JSONLD_INVALID_IRI_MAPPING, "must stand for an IRI, a blank node or a keyword");
    else
        check_iri_like(t);
    term->prefix = t->simple && !contains(t->name, ':') && !contains(t->name, '/') &&
                   (iri_ends_in_delimiter(term->iri.text) || iri_is_blank(term->iri.text));
    return true;
}

/* Step 15: a term that is a compact IRI itself. */
static void derive_from_prefix(struct draft *t, size_t colon)
{
    struct slice prefix = {t->name.data, colon};
    context_term_define(t->d, prefix);
    const struct context_term *other = context_iri_find(t->d->result, prefix, map_hash(prefix));
    t->term->iri.text = t->name;
    if (other != NULL && other->iri.text.data != NULL)
        t->term->iri.text =
            arena_join(t->d->arena, other->iri.text, slice_from(t->name, colon + 1));
}

/* Steps 15 to 18: no @id, so the name itself says what it stands for. */
static void derive_iri(struct draft *t)
{
    size_t colon = slice_find(t->name, ':');
    if (colon < t->name.len && colon > 0) {
        derive_from_prefix(t, colon);
    } else if (contains(t->name, '/')) {
        t->term->iri = expand_name(t);
        if (t->term->iri.text.data == NULL || !iri_has_scheme(t->term->iri.text))
            fail(t, JSONLD_INVALID_IRI_MAPPING, "does not become an absolute IRI");
    } else if (jsonld_keyword(t->name) == JSONLD_TYPE) {
        t->term->iri = (struct context_iri){t->name, JSONLD_TYPE};
    } else if (t->d->result->vocab.data != NULL) {
        t->term->iri.text = arena_join(t->d->arena, t->d->result->vocab, t->name);
    } else {
        fail(t, JSONLD_INVALID_IRI_MAPPING, "has no @id and there is no @vocab");
    }
}

static unsigned container_bit(const struct jdoc *word)
{
    static const struct {
        const char *text;
        unsigned bit;
    } WORDS[] = {
        {"@graph", CONTEXT_GRAPH}, {"@id", CONTEXT_ID},     {"@index", CONTEXT_INDEX},
        {"@language", CONTEXT_LANGUAGE}, {"@list", CONTEXT_LIST}, {"@set", CONTEXT_SET},
        {"@type", CONTEXT_TYPE},
    };
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (jdoc_is(word, WORDS[i].text))
            return WORDS[i].bit;
    return 0;
}

/* The bits of a container value; 0 if it is not one of the legal combinations. */
static unsigned read_container(const struct draft *t, const struct jdoc *value)
{
    unsigned bits = container_bit(value), only_1_1 = CONTEXT_GRAPH | CONTEXT_ID | CONTEXT_TYPE;
    if (mode_1_0(t))
        return bits & only_1_1 ? 0 : bits;
    if (value->type != JDOC_ARRAY)
        return bits;
    for (size_t i = 0; i < value->array.n; i++) {
        unsigned bit = container_bit(value->array.items[i]);
        if (bit == 0)
            return 0;
        bits |= bit;
    }
    unsigned kind = bits & ~(unsigned)CONTEXT_SET;
    bool graph_map = kind == (CONTEXT_GRAPH | CONTEXT_ID) || kind == (CONTEXT_GRAPH | CONTEXT_INDEX);
    bool single = (kind & (kind - 1)) == 0;
    return (single || graph_map) && bits != (CONTEXT_LIST | CONTEXT_SET) ? bits : 0;
}

/* Step 19. */
static void set_container(struct draft *t)
{
    const struct jdoc *value = member(t, "@container");
    if (value == NULL)
        return;
    t->term->container = read_container(t, value);
    if (t->term->container == 0)
        fail(t, JSONLD_INVALID_CONTAINER_MAPPING, "no such @container");
    if ((t->term->container & CONTEXT_TYPE) == 0)
        return;
    if (t->term->type.text.data == NULL)
        t->term->type = (struct context_iri){SLICE("@id"), JSONLD_ID};
    else if (t->term->type.keyword != JSONLD_ID && t->term->type.keyword != JSONLD_VOCAB)
        fail(t, JSONLD_INVALID_TYPE_MAPPING, "a @type container needs @type: @id or @vocab");
}

/* Step 21: a scoped context is read now only to see whether it is sound. This is done after the
 * definition, so that it may use the term itself. */
static void validate_scoped(const struct draft *t)
{
    struct jsonld *run = t->d->run;
    const struct jdoc *local = t->term->context;
    struct context_source source = *t->d->source;
    struct slice key = {(const uint8_t *)&local, sizeof local};
    if (source.origin == CONTEXT_LISTED && map_find(&run->cache->validated, key) != NULL)
        return;
    source.local = local;
    source.override_protected = source.validating = true;
    source.type_scoped = false;
    if (context_process(run, t->d->result, &source) == NULL) {
        if (run->status == ERR_INVALID && run->code != JSONLD_UNSAFE_CONTEXT)
            run->code = JSONLD_INVALID_SCOPED_CONTEXT;
        if (run->code == JSONLD_LOADING_REMOTE_CONTEXT_FAILED)
            run->code = JSONLD_INVALID_SCOPED_CONTEXT;
        err_wrap(run->e, "scoped context of term '%.*s'", SLICE_ARG(t->name));
    } else if (source.origin == CONTEXT_LISTED) {
        map_put(&run->cache->arena, &run->cache->validated, arena_copy(&run->cache->arena, key));
    }
}

static void set_context(struct draft *t)
{
    const struct jdoc *local = member(t, "@context");
    if (local == NULL)
        return;
    if (mode_1_0(t)) {
        fail(t, JSONLD_INVALID_TERM_DEFINITION, "a scoped context needs JSON-LD 1.1");
        return;
    }
    t->term->context = local;
    t->term->context_base = t->d->source->base_url;
}

/* Steps 22 and 23. */
static void set_language(struct draft *t)
{
    const struct jdoc *language = member(t, "@language"), *direction = member(t, "@direction");
    if (member(t, "@type") != NULL)
        return;
    if (language != NULL) {
        t->term->has_language = true;
        if (language->type == JDOC_STRING)
            t->term->language = language->string;
        else if (language->type != JDOC_NULL)
            fail(t, JSONLD_INVALID_LANGUAGE_MAPPING, "@language must be a string or null");
    }
    if (direction == NULL)
        return;
    if (direction->type == JDOC_NULL)
        t->term->direction = CONTEXT_DIRECTION_NULL;
    else if (jdoc_is(direction, "ltr"))
        t->term->direction = CONTEXT_DIRECTION_LTR;
    else if (jdoc_is(direction, "rtl"))
        t->term->direction = CONTEXT_DIRECTION_RTL;
    else
        fail(t, JSONLD_INVALID_BASE_DIRECTION, "@direction must be \"ltr\", \"rtl\" or null");
}

/* Step 24. */
static void set_nest(struct draft *t)
{
    const struct jdoc *nest = member(t, "@nest");
    if (nest == NULL)
        return;
    enum jsonld_keyword keyword =
        nest->type == JDOC_STRING ? jsonld_keyword(nest->string) : JSONLD_NO_KEYWORD;
    if (mode_1_0(t))
        fail(t, JSONLD_INVALID_TERM_DEFINITION, "@nest needs JSON-LD 1.1");
    else if (nest->type != JDOC_STRING || (keyword != JSONLD_NO_KEYWORD && keyword != JSONLD_NEST))
        fail(t, JSONLD_INVALID_NEST_VALUE, "@nest must be a term or @nest itself");
    else
        t->term->nest = nest->string;
}

/* Step 25. */
static void set_prefix(struct draft *t)
{
    const struct jdoc *prefix = member(t, "@prefix");
    if (prefix == NULL)
        return;
    if (mode_1_0(t) || contains(t->name, ':') || contains(t->name, '/'))
        fail(t, JSONLD_INVALID_TERM_DEFINITION, "this term cannot be a prefix");
    else if (prefix->type != JDOC_BOOL)
        fail(t, JSONLD_INVALID_PREFIX_VALUE, "@prefix must be true or false");
    else if (prefix->boolean && t->term->iri.keyword != JSONLD_NO_KEYWORD)
        fail(t, JSONLD_INVALID_TERM_DEFINITION, "a keyword cannot be a prefix");
    else
        t->term->prefix = prefix->boolean;
}

/* Step 26. */
static void check_members(const struct draft *t)
{
    static const unsigned KNOWN = JSONLD_BIT(ID) | JSONLD_BIT(REVERSE) | JSONLD_BIT(CONTAINER) |
                                  JSONLD_BIT(CONTEXT) | JSONLD_BIT(DIRECTION) | JSONLD_BIT(INDEX) |
                                  JSONLD_BIT(LANGUAGE) | JSONLD_BIT(NEST) | JSONLD_BIT(PREFIX) |
                                  JSONLD_BIT(PROTECTED) | JSONLD_BIT(TYPE);
    if (t->value == NULL)
        return;
    for (const struct map_entry *m = t->value->object.first; m != NULL; m = m->next)
        if ((KNOWN >> jsonld_keyword(m->key) & 1) == 0)
            fail(t, JSONLD_INVALID_TERM_DEFINITION, "unknown entry in the definition");
}

static bool same_iri(struct context_iri a, struct context_iri b)
{
    return (a.text.data == NULL) == (b.text.data == NULL) && slice_equal(a.text, b.text);
}

/* Equal in all but @protected. */
static bool same_definition(const struct context_term *a, const struct context_term *b)
{
    bool same_context = a->context == NULL || b->context == NULL
                            ? a->context == b->context
                            : jdoc_equal(a->context, b->context);
    return same_iri(a->iri, b->iri) && same_iri(a->type, b->type) && same_context &&
           a->container == b->container && a->reverse == b->reverse && a->prefix == b->prefix &&
           a->has_language == b->has_language && slice_equal(a->language, b->language) &&
           a->direction == b->direction && slice_equal(a->index, b->index) &&
           slice_equal(a->nest, b->nest);
}

/* What one maker of issuing software writes into the context of every certificate: a random number, which nobody reads,
 * under the name that listed contexts give to another one. */
static bool is_customary(const struct context_term *term)
{
    return slice_is(term->name, "nonce") && term->context == NULL && !term->reverse && term->container == 0 &&
           slice_is(term->iri.text, "https://schemas.learningmachine.com/2017/blockcerts/nonce");
}

/* The rule for credentials: see context.h. */
static void check_safe(const struct draft *t, const struct context_term *previous)
{
    if (!t->d->run->options.credential || t->d->source->origin != CONTEXT_INLINE)
        return;
    if (previous != NULL && previous->origin != CONTEXT_INLINE) {
        if (!same_definition(t->term, previous) && !is_customary(t->term))
            fail(t, JSONLD_UNSAFE_CONTEXT, "redefines a term of a context document");
    } else if (t->term->iri.text.data == NULL) {
        fail(t, JSONLD_UNSAFE_CONTEXT, "maps a term to null, which hides its values");
    } else if (t->term->iri.keyword != JSONLD_NO_KEYWORD) {
        fail(t, JSONLD_UNSAFE_CONTEXT, "gives a keyword another name");
    }
}

/* Steps 27 and 28. */
static void finish(struct draft *t, const struct context_term *previous)
{
    const struct context_term *term = t->term;
    check_safe(t, previous);
    if (previous != NULL && previous->is_protected && !t->d->source->override_protected) {
        if (!same_definition(term, previous))
            fail(t, JSONLD_PROTECTED_TERM_REDEFINITION, "a protected term cannot be redefined");
        term = previous;
    }
    if (previous != NULL && previous->is_protected)
        t->d->result->n_protected--;
    if (term->is_protected)
        t->d->result->n_protected++;
    context_iri_put(t->d, term);
    if (term->context != NULL && !jsonld_failed(t->d->run))
        validate_scoped(t);
}

/* Steps 10 to 26. Returns: false if nothing is to be defined. */
static bool fill(struct draft *t)
{
    set_protected(t);
    set_type(t);
    if (jsonld_failed(t->d->run))
        return false;
    if (member(t, "@reverse") != NULL)
        return set_reverse(t);
    if (t->has_id && !(t->id.data != NULL && slice_equal(t->id, t->name))) {
        if (!set_id(t))
            return false;
    } else {
        derive_iri(t);
    }
    if (jsonld_failed(t->d->run))
        return false;
    set_container(t);
    set_index(t);
    set_context(t);
    set_language(t);
    set_nest(t);
    set_prefix(t);
    check_members(t);
    return true;
}

/* Step 6: while a term is being defined its old definition does not count. */
static void hide(struct draft *t)
{
    struct context_term *hidden = arena_alloc(t->d->arena, sizeof *hidden);
    if (hidden == NULL)
        return;
    *hidden = (struct context_term){.name = t->name, .hash = t->term->hash, .removed = true};
    context_iri_put(t->d, hidden);
}

/* A definition that is to be ignored (something like a keyword) still ends the older one. */
static void drop(struct draft *t, const struct context_term *previous)
{
    if (previous->is_protected && !t->d->source->override_protected)
        fail(t, JSONLD_PROTECTED_TERM_REDEFINITION, "a protected term cannot be taken away");
    if (previous->is_protected)
        t->d->result->n_protected--;
    t->term->iri = (struct context_iri){0};
    check_safe(t, previous);
}

static void define(struct context_definer *d, struct slice name, const struct jdoc *value)
{
    struct draft t = {.d = d, .name = name};
    if (!check_name(&t, value))
        return;
    t.term = arena_alloc(d->arena, sizeof *t.term);
    if (t.term == NULL)
        return;
    t.term->name = name;
    t.term->hash = map_hash(name);
    t.term->origin = d->source->origin;
    const struct context_term *previous = context_iri_find(d->result, name, t.term->hash);
    if (previous != NULL)
        hide(&t);
    read_value(&t, value);
    bool is_term = !jsonld_failed(d->run) && fill(&t);
    if (is_term && !jsonld_failed(d->run))
        finish(&t, previous);
    else if (previous != NULL && !jsonld_failed(d->run))
        drop(&t, previous);
}

void context_term_define(struct context_definer *d, struct slice name)
{
    const struct jdoc *value = jdoc_get_slice(d->local, name);
    if (value == NULL || jsonld_failed(d->run))
        return;
    struct map_entry *state = map_put(d->run->arena, &d->defined, name);
    if (state == NULL || state->value == (void *)(uintptr_t)DONE)
        return;
    if (state->value == (void *)(uintptr_t)IN_PROGRESS) {
        jsonld_fail(d->run, JSONLD_CYCLIC_IRI_MAPPING, NULL, "term '%.*s' is defined by itself",
                    SLICE_ARG(name));
        return;
    }
    if (d->depth == JSONLD_MAX_TERM_DEPTH) {
        jsonld_fail(d->run, JSONLD_LIMIT, NULL, "more than %d terms defined by one another",
                    JSONLD_MAX_TERM_DEPTH);
        return;
    }
    d->depth++;
    state->value = (void *)(uintptr_t)IN_PROGRESS;
    define(d, name, value);
    state->value = (void *)(uintptr_t)DONE;
    d->depth--;
}
