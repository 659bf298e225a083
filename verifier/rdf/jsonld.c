/* What the steps of the JSON-LD processor share: see jsonld.h. */
#include "verifier/rdf/jsonld.h"

#include <stdio.h>

#include "verifier/rdf/iri.h"
#include "verifier/rdf/slice.h"

static const struct slice KEYWORD_TEXT[] = {
    SLICE_INIT(""),
#define X(name, text) SLICE_INIT(text),
    JSONLD_KEYWORDS(X)
#undef X
};

static const char *const CODE_NAME[] = {
#define X(name, text) text,
    JSONLD_CODES(X)
#undef X
};

static const char *const LOSS_TEXT[] = {
#define X(name, text) text,
    JSONLD_LOSSES(X)
#undef X
};

void jsonld_init(struct jsonld *run, struct arena *arena, struct context_cache *cache,
                 const struct jsonld_options *options, const struct jdoc *root, struct err *e)
{
    *run = (struct jsonld){.arena = arena, .cache = cache, .options = *options, .root = root, .e = e};
}

enum jsonld_keyword jsonld_keyword(struct slice text)
{
    if (text.len < 2 || text.data[0] != '@')
        return JSONLD_NO_KEYWORD;
    for (size_t i = 1; i < sizeof KEYWORD_TEXT / sizeof *KEYWORD_TEXT; i++)
        if (slice_equal(text, KEYWORD_TEXT[i]))
            return (enum jsonld_keyword)i;
    return JSONLD_NO_KEYWORD;
}

struct slice jsonld_keyword_text(enum jsonld_keyword keyword)
{
    return KEYWORD_TEXT[keyword];
}

bool jsonld_looks_like_keyword(struct slice text)
{
    if (text.len < 2 || text.data[0] != '@')
        return false;
    for (size_t i = 1; i < text.len; i++) {
        uint8_t lower = text.data[i] | 0x20;
        if (lower < 'a' || lower > 'z')
            return false;
    }
    return true;
}

bool jsonld_language_ok(struct slice tag)
{
    bool first = true;
    for (size_t i = 0, part = 0; i <= tag.len; i++) {
        if (i == tag.len || tag.data[i] == '-') {
            if (part < 1 || part > 8)
                return false;
            part = 0;
            first = false;
            continue;
        }
        uint8_t c = tag.data[i], lower = c | 0x20;
        if ((lower < 'a' || lower > 'z') && (first || c < '0' || c > '9'))
            return false;
        part++;
    }
    return true;
}

bool jsonld_is_iri(struct jsonld *run, struct slice text)
{
    if (text.len > 0 && text.data == run->known_iri.data && text.len == run->known_iri.len)
        return true;
    bool good = iri_is_well_formed(text);
    if (good && text.len > run->known_iri.len)
        run->known_iri = text;
    return good;
}

const char *jsonld_code_name(enum jsonld_code code)
{
    return CODE_NAME[code];
}

const char *jsonld_loss_text(enum jsonld_loss reason)
{
    return LOSS_TEXT[reason];
}

static enum err_code code_class(enum jsonld_code code)
{
    if (code == JSONLD_LOADING_REMOTE_CONTEXT_FAILED || code == JSONLD_LOADING_DOCUMENT_FAILED)
        return ERR_NOT_FOUND;
    return code == JSONLD_LIMIT || code == JSONLD_CONTEXT_OVERFLOW ? ERR_LIMIT : ERR_INVALID;
}

bool jsonld_failed(struct jsonld *run)
{
    if (run->status == ERR_OK && run->arena->failed) {
        run->code = JSONLD_LIMIT;
        run->status = arena_check(run->arena, run->e);
    }
    return run->status != ERR_OK;
}

void jsonld_fail(struct jsonld *run, enum jsonld_code code, const struct jdoc *where,
                 const char *fmt, ...)
{
    char what[sizeof run->e->msg];
    struct slice pointer = {0};
    va_list ap;
    if (jsonld_failed(run)) /* what looks wrong after a failure is a consequence of it */
        return;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    if (where != NULL)
        pointer = jdoc_pointer(run->arena, run->root, where);
    run->code = code;
    if (where != NULL && pointer.len == 0)
        pointer = SLICE("the top");
    if (pointer.len > 0)
        run->status = err_set(run->e, code_class(code), "%s: %s (at %.*s)", jsonld_code_name(code),
                              what, SLICE_ARG(pointer));
    else
        run->status = err_set(run->e, code_class(code), "%s: %s", jsonld_code_name(code), what);
}

/* True if the path leads to the place of the pointer or into it. */
static bool leads_into(struct slice path, struct slice pointer)
{
    return slice_starts(path, pointer) &&
           (path.len == pointer.len || path.data[pointer.len] == '/');
}

/* A place found lossy by two steps is listed once, the more exact way. */
static void list_loss(struct jsonld *run, enum jsonld_loss reason, const struct jdoc *where)
{
    if (run->n_losses >= JSONLD_MAX_LOSSES) {
        run->n_losses++;
        return;
    }
    struct slice pointer = jdoc_pointer(run->arena, run->root, where);
    for (size_t i = 0; i < run->n_losses; i++)
        if (leads_into(run->losses[i].pointer, pointer))
            return;
    if (run->losses == NULL)
        run->losses = arena_array(run->arena, JSONLD_MAX_LOSSES, sizeof *run->losses);
    if (run->losses != NULL)
        run->losses[run->n_losses++] = (struct jsonld_unsigned){reason, pointer};
}

void jsonld_lose(struct jsonld *run, enum jsonld_loss reason, const struct jdoc *where)
{
    switch (run->options.losses) {
    case JSONLD_LOSS_IGNORE:
        return;
    case JSONLD_LOSS_LIST:
        list_loss(run, reason, where);
        return;
    case JSONLD_LOSS_FAIL:
        jsonld_fail(run, JSONLD_DATA_LOSS, where, "%s", jsonld_loss_text(reason));
        return;
    }
}
