/* From findings to the verdict: see verdict.h and design.md, "Verdict". */
#include "verifier/verdict.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/limits.h"

void verdict_add(struct verdict_findings *findings, int anchor, enum reason reason, const char *fmt,
                 ...)
{
    enum reasons_effect effect = reasons_row(reason)->effect;
    bool full = findings->n == VERDICT_MAX_FINDINGS;
    va_list ap;
    if (full && effect < REASONS_UNKNOWN_ISSUER)
        return;
    struct verdict_finding *f = &findings->items[full ? findings->n - 1 : findings->n++];
    f->reason = reason;
    f->anchor = anchor;
    va_start(ap, fmt);
    vsnprintf(f->detail, sizeof f->detail, fmt, ap);
    va_end(ap);
}

/* How grave a finding is for authenticity; 0: no objection. */
static unsigned gravity(const struct verdict_finding *f)
{
    enum reasons_effect effect = reasons_row(f->reason)->effect;
    return effect >= REASONS_UNKNOWN_ISSUER && effect <= REASONS_NOT_GENUINE ? effect : 0;
}

/* The gravest finding about one anchor (or about the document); NULL if nothing objects. */
static const struct verdict_finding *gravest(const struct verdict_findings *findings, int anchor)
{
    const struct verdict_finding *worst = NULL;
    for (size_t i = 0; i < findings->n; i++) {
        const struct verdict_finding *f = &findings->items[i];
        if (f->anchor == anchor && gravity(f) > (worst != NULL ? gravity(worst) : 0))
            worst = f;
    }
    return worst;
}

/* Nothing is genuine because nothing was found against it: something must carry the proof. */
static bool proves(const struct verdict_findings *findings, int anchor)
{
    for (size_t i = 0; i < findings->n; i++) {
        const struct verdict_finding *f = &findings->items[i];
        if (f->anchor == anchor && reasons_row(f->reason)->effect == REASONS_PROVES)
            return true;
    }
    return false;
}

bool verdict_anchor_good(const struct verdict_findings *findings, int anchor)
{
    return gravest(findings, anchor) == NULL && proves(findings, anchor);
}

/* How much an anchor's objection weighs among several anchors: what is not proven wrong may yet be
 * right, so a contradiction weighs least. */
static unsigned weight(const struct verdict_finding *f)
{
    return gravity(f) == REASONS_NOT_GENUINE ? 1 : 1 + gravity(f);
}

static bool any_anchor_good(const struct verdict_findings *findings)
{
    for (int anchor = 0; anchor < LIMITS_PROOF_ANCHORS; anchor++)
        if (verdict_anchor_good(findings, anchor))
            return true;
    return false;
}

/* The objection that all anchors together amount to; NULL if one of them is good. */
static const struct verdict_finding *of_anchors(const struct verdict_findings *findings)
{
    const struct verdict_finding *decides = NULL;
    if (any_anchor_good(findings))
        return NULL;
    for (int anchor = 0; anchor < LIMITS_PROOF_ANCHORS; anchor++) {
        const struct verdict_finding *f = gravest(findings, anchor);
        if (f != NULL && (decides == NULL || weight(f) > weight(decides)))
            decides = f;
    }
    return decides;
}

static const struct verdict_finding *graver(const struct verdict_finding *a,
                                            const struct verdict_finding *b)
{
    if (a == NULL || b == NULL)
        return a != NULL ? a : b;
    return gravity(b) > gravity(a) ? b : a;
}

static const struct verdict_finding *on_force(const struct verdict_findings *findings)
{
    const struct verdict_finding *worst = NULL;
    for (size_t i = 0; i < findings->n; i++) {
        const struct verdict_finding *f = &findings->items[i];
        enum reasons_effect effect = reasons_row(f->reason)->effect;
        if (effect >= REASONS_FORCE_UNKNOWN &&
            (worst == NULL || effect > reasons_row(worst->reason)->effect))
            worst = f;
    }
    return worst;
}

static enum verdict_authenticity authenticity_of(const struct verdict_finding *f)
{
    switch (f != NULL ? reasons_row(f->reason)->effect : REASONS_PASSED) {
    case REASONS_UNKNOWN_ISSUER: return VERDICT_UNKNOWN_ISSUER;
    case REASONS_PENDING: return VERDICT_PENDING;
    case REASONS_COULD_NOT_CHECK:
    case REASONS_MALFORMED:
    case REASONS_NO_DOCUMENT:
    case REASONS_NO_FILE: return VERDICT_COULD_NOT_CHECK;
    case REASONS_NOT_GENUINE: return VERDICT_NOT_GENUINE;
    case REASONS_PASSED:
    case REASONS_PROVES:
    case REASONS_SKIPPED:
    case REASONS_FORCE_UNKNOWN:
    case REASONS_NOT_YET:
    case REASONS_EXPIRED:
    case REASONS_REPLACED:
    case REASONS_SUSPENDED:
    case REASONS_REVOKED: return VERDICT_GENUINE;
    }
    return VERDICT_COULD_NOT_CHECK;
}

static enum verdict_force force_of(const struct verdict_finding *f, bool established)
{
    switch (f != NULL ? reasons_row(f->reason)->effect : REASONS_PASSED) {
    case REASONS_NOT_YET: return VERDICT_NOT_YET;
    case REASONS_EXPIRED: return VERDICT_EXPIRED;
    case REASONS_REPLACED: return VERDICT_REPLACED;
    case REASONS_SUSPENDED: return VERDICT_SUSPENDED;
    case REASONS_REVOKED: return VERDICT_REVOKED;
    case REASONS_FORCE_UNKNOWN: return VERDICT_FORCE_UNKNOWN;
    case REASONS_PASSED:
    case REASONS_PROVES:
    case REASONS_SKIPPED:
    case REASONS_UNKNOWN_ISSUER:
    case REASONS_PENDING:
    case REASONS_COULD_NOT_CHECK:
    case REASONS_MALFORMED:
    case REASONS_NO_DOCUMENT:
    case REASONS_NO_FILE:
    case REASONS_NOT_GENUINE: return established ? VERDICT_IN_FORCE : VERDICT_FORCE_UNKNOWN;
    }
    return VERDICT_FORCE_UNKNOWN;
}

static enum verdict_exit exit_of_force(enum verdict_force force)
{
    switch (force) {
    case VERDICT_IN_FORCE: return VERDICT_EXIT_GENUINE;
    case VERDICT_FORCE_UNKNOWN: return VERDICT_EXIT_COULD_NOT_CHECK;
    case VERDICT_EXPIRED:
    case VERDICT_NOT_YET:
    case VERDICT_SUSPENDED:
    case VERDICT_REVOKED:
    case VERDICT_REPLACED: return VERDICT_EXIT_NOT_IN_FORCE;
    }
    return VERDICT_EXIT_COULD_NOT_CHECK;
}

static enum verdict_exit exit_of(const struct verdict *v)
{
    enum reasons_effect effect = reasons_row(v->reason)->effect;
    if (effect == REASONS_NO_FILE)
        return VERDICT_EXIT_NO_FILE;
    if (effect == REASONS_NO_DOCUMENT)
        return VERDICT_EXIT_NO_DOCUMENT;
    switch (v->authenticity) {
    case VERDICT_GENUINE: return exit_of_force(v->force);
    case VERDICT_NOT_GENUINE: return VERDICT_EXIT_NOT_GENUINE;
    case VERDICT_UNKNOWN_ISSUER: return VERDICT_EXIT_UNKNOWN_ISSUER;
    case VERDICT_COULD_NOT_CHECK:
    case VERDICT_PENDING: return VERDICT_EXIT_COULD_NOT_CHECK;
    }
    return VERDICT_EXIT_COULD_NOT_CHECK;
}

/* What is said when nothing speaks against it: of a presentation without credentials, no more than that. */
static enum reason good_reason(const struct verdict_findings *findings)
{
    for (size_t i = 0; i < findings->n; i++)
        if (findings->items[i].reason == REASON_PRESENTATION_BARE)
            return REASON_PRESENTATION_BARE;
    return REASON_GENUINE;
}

struct verdict verdict_of(const struct verdict_findings *findings)
{
    static const struct verdict_finding NOT_COMPLETED = {.reason = REASON_INCOMPLETE,
                                                         .anchor = VERDICT_DOCUMENT};
    const struct verdict_finding *auth =
        graver(gravest(findings, VERDICT_DOCUMENT), of_anchors(findings));
    if (auth == NULL && !proves(findings, VERDICT_DOCUMENT) && !any_anchor_good(findings))
        auth = &NOT_COMPLETED;
    const struct verdict_finding *force = on_force(findings);
    struct verdict v = {.authenticity = authenticity_of(auth)};
    bool established = v.authenticity == VERDICT_GENUINE || v.authenticity == VERDICT_UNKNOWN_ISSUER;
    v.force = force_of(force, established);
    const struct verdict_finding *decides = auth != NULL ? auth : force;
    v.reason = decides != NULL ? decides->reason : good_reason(findings);
    v.detail = decides != NULL ? decides->detail : "";
    v.authenticity_reason = auth != NULL ? auth->reason : good_reason(findings);
    v.force_reason = force != NULL ? force->reason : REASON_GENUINE;
    v.exit = exit_of(&v);
    return v;
}

enum verdict_exit verdict_worst(enum verdict_exit a, enum verdict_exit b)
{
    static const enum verdict_exit WORST_FIRST[] = {
        VERDICT_EXIT_NOT_GENUINE,     VERDICT_EXIT_NO_FILE,        VERDICT_EXIT_NO_DOCUMENT,
        VERDICT_EXIT_COULD_NOT_CHECK, VERDICT_EXIT_UNKNOWN_ISSUER, VERDICT_EXIT_NOT_IN_FORCE,
    };
    for (size_t i = 0; i < sizeof WORST_FIRST / sizeof WORST_FIRST[0]; i++)
        if (a == WORST_FIRST[i] || b == WORST_FIRST[i])
            return WORST_FIRST[i];
    return VERDICT_EXIT_GENUINE;
}

const char *verdict_authenticity_word(enum verdict_authenticity authenticity)
{
    static const char *const WORDS[] = {
#define X(name, word) word,
        VERDICT_AUTHENTICITIES(X)
#undef X
    };
    return WORDS[authenticity];
}

const char *verdict_force_word(enum verdict_force force)
{
    static const char *const WORDS[] = {
#define X(name, word) word,
        VERDICT_FORCES(X)
#undef X
    };
    return WORDS[force];
}
