/* One entry of credentialStatus that points into a status list: StatusList2021Entry and
 * BitstringStatusListEntry. Pure. */
#ifndef VERIFIER_STATUS_ENTRY_H
#define VERIFIER_STATUS_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "verifier/rdf/jdoc.h"

#define ENTRY_PURPOSES(X)                                                                          \
    X(REVOCATION, "revocation") /* cannot be undone */                                             \
    X(SUSPENSION, "suspension") /* can be lifted again */                                          \
    X(MESSAGE, "message")       /* each value has a text of its own */                             \
    X(REFRESH, "refresh")       /* a newer copy can be had */
enum entry_purpose {
#define X(name, word) ENTRY_##name,
    ENTRY_PURPOSES(X)
#undef X
    ENTRY_OTHER, /* a word of the issuer's own */
};

struct entry {
    enum entry_purpose purpose;
    struct slice word;     /* the purpose as written */
    struct slice list;     /* URL of the list credential */
    uint64_t index;
    unsigned bits;         /* of one entry: statusSize, 1 if it is not given */
    const struct jdoc *messages; /* statusMessage, or NULL */
};

/** True if its type is one of the two. */
bool entry_is_bit(const struct jdoc *status);

/** Read it.
 *  Returns: ERR_OK; ERR_INVALID a member is missing or wrong, the message says which. */
enum err_code entry_read(struct entry *ret, const struct jdoc *status, struct err *e)
    __attribute__((warn_unused_result));

/** The text that goes with a value, or an empty slice. */
struct slice entry_message(const struct entry *entry, uint32_t value);

/** True if the word stands in a list's statusPurpose (a string or an array); a list that names no purpose
 *  fits every one: lists of both kinds are published without. */
bool entry_fits(const struct entry *entry, const struct jdoc *list_subject);

/** True if a member is this string, or an array that holds it. */
bool entry_names(const struct jdoc *object, const char *member, struct slice word);

#endif
