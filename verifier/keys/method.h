/* A verification method: a key with its owner, what it is for and when. Pure.
 * Source: W3C Controlled Identifiers 1.0, section 2.2; the older forms of the security vocabularies. */
#ifndef VERIFIER_KEYS_METHOD_H
#define VERIFIER_KEYS_METHOD_H

#include "verifier/keys/key.h"
#include "verifier/rdf/jdoc.h"

#define METHOD_PURPOSES(X)                                                                         \
    X(ASSERTION, "assertionMethod")                                                                \
    X(AUTHENTICATION, "authentication")                                                            \
    X(AGREEMENT, "keyAgreement")                                                                   \
    X(INVOCATION, "capabilityInvocation")                                                          \
    X(DELEGATION, "capabilityDelegation")

enum method_purpose {
#define X(name, word) METHOD_##name,
    METHOD_PURPOSES(X)
#undef X
    METHOD_PURPOSES_N
};

#define METHOD_BIT(purpose) (1u << (purpose))

struct method_date {
    bool has;
    uint64_t at; /* Unix seconds */
};

struct method {
    struct slice id;         /* absolute */
    struct slice controller; /* absolute; empty: not stated */
    struct key key;
    unsigned purposes;       /* METHOD_BIT(): relationships under which its document lists it */
    bool unstated;           /* its document names no relationship for any key */
    struct method_date created, revoked, expires;
};

/** Read a verification method object.
 *
 *  In:      base  what a relative id ("#key-1") and controller belong to
 *  Out:     ret   .purposes, .unstated are left 0: its document knows them; strings in the arena, or in v
 *  Returns: ERR_OK; ERR_NOT_FOUND no key in it; ERR_CONFLICT several forms of the key that differ;
 *           ERR_INVALID a date that is none; of the key: see keytext.h, account.h.
 */
enum err_code method_read(struct arena *arena, const struct jdoc *v, struct slice base,
                          struct method *ret, struct err *e) __attribute__((warn_unused_result));

/** An identifier as an absolute one: "#x" and "" belong to base. Empty if the arena failed. */
struct slice method_absolute(struct arena *arena, struct slice base, struct slice id);

/* How a moment stands to the dates of a key. */
enum method_standing {
    METHOD_IN_FORCE,
    METHOD_NOT_YET,      /* before it was created */
    METHOD_REVOKED,      /* at or after the revocation */
    METHOD_EXPIRED,      /* at or after the expiry */
    METHOD_ENDED_SINCE,  /* in force at the moment, but not any more now */
};

/** Judge a signature that says, or is known, to be of a moment.
 *  In: moment, now  Unix seconds
 *      proven       the moment is known (a block), so that an end after it does not matter */
enum method_standing method_standing(const struct method *method, uint64_t moment, uint64_t now,
                                     bool proven);

/** The purpose of a word, METHOD_PURPOSES_N if it is none. */
enum method_purpose method_purpose(struct slice word);
const char *method_purpose_word(enum method_purpose purpose);

#endif
