/* What formats, keys and status checks share: see format.h. */
#include "verifier/formats/format.h"

#include <stdarg.h>
#include <stdio.h>

bool format_say(struct format_check *c, enum reason reason, const char *fmt, ...)
{
    char detail[sizeof c->findings->items[0].detail];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(detail, sizeof detail, fmt, ap);
    va_end(ap);
    verdict_add(c->findings, VERDICT_DOCUMENT, reason, "%s", detail);
    return false;
}

struct verdict_findings *format_findings(struct arena *arena)
{
    struct verdict_findings *findings = arena_raw(arena, sizeof *findings);
    if (findings != NULL)
        findings->n = 0;
    return findings;
}

bool format_has_type(const struct jdoc *object, const char *word)
{
    const struct jdoc *type = jdoc_get(object, "type");
    for (size_t i = 0; type != NULL && type->type == JDOC_ARRAY && i < type->array.n; i++)
        if (jdoc_is(type->array.items[i], word))
            return true;
    return type != NULL && jdoc_is(type, word);
}

bool format_id_of(const struct jdoc *v, struct slice *ret)
{
    if (v == NULL)
        return false;
    if (v->type == JDOC_STRING)
        *ret = v->string;
    else if (!jdoc_get_string(v, "id", ret))
        return false;
    return ret->len > 0;
}
