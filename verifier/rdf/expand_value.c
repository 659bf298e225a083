/* Value expansion (section 5.5 of the API) and what is lost in it: see expand.h. */
#include "verifier/rdf/expand.h"
#include "verifier/rdf/iri.h"
#include "verifier/rdf/slice.h"

#define EXACT_MAX 9007199254740991.0 /* 2^53 - 1 */
#define INTEGER_END 1e21             /* from here on a number becomes an xsd:double */

void expand_value_check_language(struct jsonld *run, struct slice language, const struct jdoc *where)
{
    if (!jsonld_language_ok(language))
        jsonld_lose(run, JSONLD_LOSS_LANGUAGE, where);
}

/* Doubles hold every integer up to 2^53 - 1 and only some beyond. */
void expand_value_check_number(struct jsonld *run, const struct jdoc *where)
{
    if (where->type != JDOC_NUMBER)
        return;
    double size = where->number.value < 0 ? -where->number.value : where->number.value;
    if (size > EXACT_MAX && (where->number.is_integer || size < INTEGER_END))
        jsonld_lose(run, JSONLD_LOSS_NUMBER, where);
}

struct jdoc *expand_value_id(struct jsonld *run, struct context_iri iri, const struct jdoc *where)
{
    bool absolute = iri.text.data != NULL && iri.keyword == JSONLD_NO_KEYWORD &&
                    (jsonld_is_iri(run, iri.text) || iri_is_blank(iri.text));
    if (!absolute)
        jsonld_lose(run, JSONLD_LOSS_ID, where);
    if (iri.text.data == NULL)
        return jdoc_null(run->arena, where->offset);
    return jdoc_string(run->arena, where->offset, iri.text);
}

/* A string coerced to @id or @vocab. */
static struct jdoc *expand_reference(struct jsonld *run, const struct context *active,
                                     enum jsonld_keyword type, const struct jdoc *value)
{
    unsigned how = type == JSONLD_VOCAB ? CONTEXT_VOCAB | CONTEXT_DOCUMENT : CONTEXT_DOCUMENT;
    struct context_iri iri = context_iri_of(run, active, value->string, how);
    struct jdoc *object = jdoc_object(run->arena, value->offset);
    jdoc_set(run->arena, object, SLICE("@id"), expand_value_id(run, iri, value));
    return object;
}

/* Language and direction of a string without a type. */
static void add_language(struct jsonld *run, const struct context *active,
                         const struct context_term *term, const struct jdoc *value,
                         struct jdoc *object)
{
    struct slice language = term != NULL && term->has_language ? term->language : active->language;
    enum context_direction direction = active->direction;
    if (term != NULL && term->direction != CONTEXT_DIRECTION_UNSET)
        direction = term->direction;
    if (language.data != NULL) {
        expand_value_check_language(run, language, value);
        jdoc_set(run->arena, object, SLICE("@language"),
                 jdoc_string(run->arena, value->offset, language));
    }
    if (direction == CONTEXT_DIRECTION_LTR || direction == CONTEXT_DIRECTION_RTL) {
        struct slice text = direction == CONTEXT_DIRECTION_LTR ? SLICE("ltr") : SLICE("rtl");
        jsonld_lose(run, JSONLD_LOSS_DIRECTION, value);
        jdoc_set(run->arena, object, SLICE("@direction"),
                 jdoc_string(run->arena, value->offset, text));
    }
}

struct jdoc *expand_value(struct jsonld *run, const struct context *active,
                          const struct context_term *term, const struct jdoc *value)
{
    struct context_iri type = term != NULL ? term->type : (struct context_iri){0};
    bool is_reference = type.keyword == JSONLD_ID || type.keyword == JSONLD_VOCAB;
    if (is_reference && value->type == JDOC_STRING)
        return expand_reference(run, active, type.keyword, value);
    struct jdoc *object = jdoc_object(run->arena, value->offset);
    jdoc_set(run->arena, object, SLICE("@value"), value);
    expand_value_check_number(run, value);
    if (type.text.data != NULL && !is_reference && type.keyword != JSONLD_NONE)
        jdoc_set(run->arena, object, SLICE("@type"),
                 jdoc_string(run->arena, value->offset, type.text));
    else if (value->type == JDOC_STRING)
        add_language(run, active, term, value, object);
    return object;
}
