/* The verdict: from what every step found to two axes that are never merged. Pure: no I/O, no clock. */
#ifndef VERIFIER_VERDICT_H
#define VERIFIER_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "verifier/reasons.h"

#define VERDICT_AUTHENTICITIES(X)                                                                  \
    X(GENUINE, "genuine") X(NOT_GENUINE, "not-genuine") X(UNKNOWN_ISSUER, "unknown-issuer")        \
    X(COULD_NOT_CHECK, "could-not-check") X(PENDING, "pending")
enum verdict_authenticity {
#define X(name, word) VERDICT_##name,
    VERDICT_AUTHENTICITIES(X)
#undef X
};

#define VERDICT_FORCES(X)                                                                          \
    X(IN_FORCE, "in-force") X(EXPIRED, "expired") X(NOT_YET, "not-yet") X(SUSPENDED, "suspended")  \
    X(REVOKED, "revoked") X(REPLACED, "replaced") X(FORCE_UNKNOWN, "unknown")
enum verdict_force {
#define X(name, word) VERDICT_##name,
    VERDICT_FORCES(X)
#undef X
};

enum verdict_exit {
    VERDICT_EXIT_GENUINE = 0,
    VERDICT_EXIT_NOT_GENUINE = 1,
    VERDICT_EXIT_COULD_NOT_CHECK = 2,
    VERDICT_EXIT_NOT_IN_FORCE = 3,
    VERDICT_EXIT_UNKNOWN_ISSUER = 4,
    VERDICT_EXIT_USAGE = 64,
    VERDICT_EXIT_NO_DOCUMENT = 65,
    VERDICT_EXIT_NO_FILE = 66,
};

#define VERDICT_MAX_FINDINGS 512 /* 16 anchors with 10 steps each, 8 proofs with 30, and the rest */
#define VERDICT_DOCUMENT (-1)    /* a finding about the document, not about one anchor */

/* What one step found. */
struct verdict_finding {
    enum reason reason;
    int anchor;       /* which one, from 0, or VERDICT_DOCUMENT */
    char detail[160]; /* what a technician wants to know, in English; may be empty */
};

struct verdict_findings {
    struct verdict_finding items[VERDICT_MAX_FINDINGS];
    size_t n;
};

/** Note what a step found. When there is no room left, what went well is dropped, and an objection takes the
 *  place of the last finding: a full list can only make the verdict worse. */
void verdict_add(struct verdict_findings *findings, int anchor, enum reason reason, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

struct verdict {
    enum verdict_authenticity authenticity;
    enum verdict_force force;
    enum reason reason; /* the one that decides: its code and sentence stand for the whole */
    const char *detail; /* of that finding; points into the findings */
    enum reason authenticity_reason; /* the same for each axis by itself: REASON_GENUINE if nothing objects, or
                                        REASON_PRESENTATION_BARE: then it proves who made it, and no more */
    enum reason force_reason;
    enum verdict_exit exit;
};

/** Judge.
 *
 *  Authenticity: the gravest finding decides. Of several anchors one without objection is enough;
 *  otherwise one that could not be checked or is pending makes the whole so; only when all
 *  contradict is it not genuine. Findings of anchors that do not decide count for nothing.
 *  Force: the gravest finding; where authenticity could not be established it is unknown, unless
 *  something worse is certain.
 */
struct verdict verdict_of(const struct verdict_findings *findings);

/** True if no finding of this anchor objects. */
bool verdict_anchor_good(const struct verdict_findings *findings, int anchor);

/** The exit code of several files: the worst, in the order 1, 66, 65, 2, 4, 3, 0. */
enum verdict_exit verdict_worst(enum verdict_exit a, enum verdict_exit b);

const char *verdict_authenticity_word(enum verdict_authenticity authenticity);
const char *verdict_force_word(enum verdict_force force);

#endif
