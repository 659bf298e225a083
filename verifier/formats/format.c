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
