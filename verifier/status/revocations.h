/* Lists that name what was revoked: the RevocationList of Blockcerts and Open Badges 2.0, and the
 * 1EdTechRevocationList. Pure. */
#ifndef VERIFIER_STATUS_REVOCATIONS_H
#define VERIFIER_STATUS_REVOCATIONS_H

#include "common/bytes.h"
#include "verifier/rdf/jdoc.h"

#define REVOCATIONS_MAX_IDS 4

/* The names by which a list may call a document: its id, and in older formats a uid. */
struct revocations_ids {
    struct slice items[REVOCATIONS_MAX_IDS];
    size_t n;
};

enum revocations_answer {
    REVOCATIONS_CLEAR,
    REVOCATIONS_LISTED,
    REVOCATIONS_UNREADABLE, /* not such a list */
    REVOCATIONS_OTHER,      /* a list of somebody else, or another one */
};

/** The names of a credential: id, and for Blockcerts 1.2 and Open Badges uid. */
struct revocations_ids revocations_ids_of(const struct jdoc *root);

/** Look into {"revokedAssertions": [id | {"id" | "uid", "revocationReason"}]}.
 *  Out: ret_reason  empty if none is given */
enum revocations_answer revocations_of_assertions(const struct jdoc *list,
                                                  const struct revocations_ids *ids,
                                                  struct slice *ret_reason);

/** Look into {"id", "issuer", "revokedCredential": [{"id", "revoked", "revocationReason"}]}.
 *  In:  url     where it was found: its id, if it has one
 *       issuer  of the credential: its issuer, if it names one */
enum revocations_answer revocations_of_credentials(const struct jdoc *list, struct slice url,
                                                   struct slice issuer,
                                                   const struct revocations_ids *ids,
                                                   struct slice *ret_reason);

#endif
