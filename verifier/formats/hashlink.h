/* Hashlinks: pictures that a credential shows by URL, with the hash that the issuer saw (hl:<hash>:<where>). */
#ifndef VERIFIER_FORMATS_HASHLINK_H
#define VERIFIER_FORMATS_HASHLINK_H

#include "verifier/formats/format.h"

/** Fetch what the hashlinks in display.content of c->root name, and compare. Adds checkImagesIntegrity for each,
 *  if there is one.
 *  Source: draft-sporny-hashlink: multibase of a multihash (SHA-256 only), multibase of CBOR with the URLs. */
void hashlink_check(struct format_check *c);

#endif
