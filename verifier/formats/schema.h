/* credentialSchema: whether a credential has the form that its issuer laid down, in JSON Schema. */
#ifndef VERIFIER_FORMATS_SCHEMA_H
#define VERIFIER_FORMATS_SCHEMA_H

#include "verifier/formats/format.h"

/** Fetch and apply the schemas that c->root names. Adds checkCredentialSchemaConformity, if it names any. */
void schema_check(struct format_check *c);

#endif
