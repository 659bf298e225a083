/* JSON Schema of credentials: see schema.h. */
#include "verifier/formats/schema.h"

void schema_check(struct format_check *c)
{
    if (jdoc_get(c->root, "credentialSchema") != NULL)
        format_say(c, REASON_SCHEMA_FOREIGN, "%s", "");
}
