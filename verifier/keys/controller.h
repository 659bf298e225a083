/* A controller document (a DID document, an issuer profile, a controlled identifier document): which
 * keys its owner lists, and for what. Pure.
 *
 * The document must name itself: its id is the DID or the URL that it was asked for. A key counts if it
 * stands in verificationMethod (or the older publicKey), or inside a relationship.
 */
#ifndef VERIFIER_KEYS_CONTROLLER_H
#define VERIFIER_KEYS_CONTROLLER_H

#include "verifier/keys/method.h"

#define CONTROLLER_MAX_METHODS 256 /* of one document */

/** True if the document's id is this DID or URL; http and https are the same owner. */
bool controller_is(const struct jdoc *document, struct slice id);

/** True if it has a list of keys, be it empty: the page of an issuer need not have one. */
bool controller_has_list(const struct jdoc *document);

/** Find a key by its id.
 *
 *  In:      base  the DID or URL of the document
 *           id    absolute, or a kid: the bare fragment, or the kid inside of publicKeyJwk
 *  Returns: ERR_OK; ERR_NOT_FOUND it lists no such key; ERR_CONFLICT it lists two different ones;
 *           ERR_LIMIT too many; else the key cannot be read: see method_read().
 */
enum err_code controller_find(struct arena *arena, const struct jdoc *document, struct slice base,
                              struct slice id, struct method *ret, struct err *e)
    __attribute__((warn_unused_result));

/** Find a listed key that equals one (that came with the document, say), or, if that is an account, the account or
 *  the key behind it. If several do, the first.
 *  Returns: as controller_find(). Keys that cannot be read are passed over. */
enum err_code controller_find_key(struct arena *arena, const struct jdoc *document, struct slice base,
                                  const struct key *key, struct method *ret, struct err *e)
    __attribute__((warn_unused_result));

/** The only key for a purpose, for a signature that names none.
 *  Returns: as controller_find(); ERR_CONFLICT there are several. */
enum err_code controller_only(struct arena *arena, const struct jdoc *document, struct slice base,
                              enum method_purpose purpose, struct method *ret, struct err *e)
    __attribute__((warn_unused_result));

#endif
