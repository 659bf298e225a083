/* Which mechanism a credential names: see status.h. */
#include "verifier/status/status.h"

void status_check(struct format_check *c)
{
    if (jdoc_get(c->root, "credentialStatus") == NULL && jdoc_get(c->profile, "revocationList") == NULL)
        format_say(c, REASON_NO_REVOCATION, "%s", "");
    else
        format_say(c, REASON_REVOCATION_UNKNOWN, "its list is of a kind that this version does not read");
}
