/* The trust list (--trust FILE): the issuers that the reader of a verdict has decided to rely on.
 *
 * FORMAT: [{"id": "0x…" | "did:…" | "https://…", "name": "…", "from": RFC 3339 or null, "until": …}].
 * All but id may be left out. Any other member is an error: a misspelt "until" would trust for ever. */
#ifndef VERIFIER_TRUST_H
#define VERIFIER_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/seal.h"

struct trust_entry {
    char *id;   /* owned; as written */
    char *name; /* owned; "" if none */
    bool is_address;
    struct seal_address address; /* of a 0x id */
    uint64_t from, until;        /* Unix seconds, until is not included; 0 and UINT64_MAX if open */
};

struct trust {
    struct trust_entry *entries;
    size_t n;
};

/** Read a trust list.
 *  Returns: ERR_OK; ERR_PARSE, ERR_INVALID, ERR_LIMIT malformed, the message says where; ERR_NOMEM.
 *  Owner:   the caller; trust_done() frees. Untouched on error. */
enum err_code trust_parse(struct trust *ret, const char *text, size_t len, struct err *e)
    __attribute__((warn_unused_result));

void trust_done(struct trust *trust);

enum trust_answer { TRUST_LISTED, TRUST_NOT_THEN, TRUST_UNLISTED };

/** Look an issuer up by any of its addresses at a time (Unix seconds, of the block).
 *
 *  Out:     *ret_entry  the entry that matches (also for TRUST_NOT_THEN), else NULL
 */
enum trust_answer trust_find(const struct trust *trust, const struct seal_address *addresses,
                             size_t n, uint64_t time, const struct trust_entry **ret_entry);

/** Look an issuer up by the id that was proven: a DID or an https URL (http is the same). As trust_find(). */
enum trust_answer trust_find_id(const struct trust *trust, struct slice id, uint64_t time,
                                const struct trust_entry **ret_entry);

#endif
