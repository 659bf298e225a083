/* The seam between formats (verifier/formats), keys (verifier/keys) and status (verifier/status): what one
 * credential under check is, how a proof is handed over, and how the result comes back.
 *
 * Findings are the only result. Whoever is handed a step adds to c->findings, about VERDICT_DOCUMENT:
 *  - a proof that holds ends in one finding whose effect is PROVES (reasons.h), and true is returned;
 *  - one that does not adds at least one objection, and false is returned. A signature that does not
 *    match and an identity that is contradicted are NOT_GENUINE; what could not be had is
 *    COULD_NOT_CHECK (identity) or FORCE_UNKNOWN (status). Never both silent and false.
 * Steps are named as in cert-verifier-js where it has one: that is the column `step` of reasons.h.
 *
 *   proof with a key   keys    bool proofs_check(struct format_check *, const struct format_proof *)
 *   token              keys    bool jwt_check(struct format_check *, const struct jwt *)
 *   DID, key document  keys    resolve_document() for an id, resolve_method() for a verification method
 *   status             status  void status_check(struct format_check *)
 *   containers         wrap    bytes and a name to check_bytes() (check.h)
 */
#ifndef VERIFIER_FORMATS_FORMAT_H
#define VERIFIER_FORMATS_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "verifier/lookup.h"
#include "verifier/rdf/canonize.h"
#include "verifier/trust.h"
#include "verifier/verdict.h"

#define FORMAT_MAX_DOMAINS 16
#define FORMAT_MAX_PROOFS 8
#define FORMAT_MAX_DEPTH 3 /* a status list is itself a credential, and may have a status */

/* What the verifier expects of a proof; NULL: nothing special. */
struct format_expected {
    const char *purpose;   /* NULL: assertionMethod, and for a presentation authentication as well */
    const char *challenge;
    const char *domains[FORMAT_MAX_DOMAINS + 1]; /* NULL at the end */
};

struct endpoints;
struct bitcoin;
struct profile_memory;

/* What all checks of one run share. */
struct format_env {
    struct lookup *lookup;
    struct endpoints *endpoints; /* of --rpc; NULL: none */
    struct bitcoin *bitcoin;     /* of --btc; NULL: none */
    struct profile_memory *profiles; /* judged before in this run; NULL: none are remembered */
    struct canonize *canonize;
    const struct trust *trust; /* NULL: no list was given */
    struct format_expected expected;
    uint64_t now;              /* the moment that is judged: the clock, or --at. Unix seconds */
    bool at;                   /* it is --at: what is known only of today must say so */
    struct rdfc_memo memo;     /* of the document under check: what its proofs have in common */
};

/* One credential or presentation under check. Everything borrowed; the arena is of this document. */
struct format_check {
    struct format_env *env;
    struct arena *arena;
    struct verdict_findings *findings;
    const struct jdoc *root;    /* the whole document, as parsed: what is verified and what is shown */
    struct slice issuer;        /* the id of the issuer (of a presentation: the holder); empty: not stated */
    const struct jdoc *profile; /* the issuer's profile once it was fetched and accepted, else NULL */
    struct slice profile_url;   /* where it came from */
    unsigned depth;             /* 0: the file itself; more: a status list of it, and so on */

    /* Checks a credential that was looked up (a status list) as if it were a file of its own; its findings
     * come back in ret, its parsed document (NULL: not a credential) in *ret_root, both in this arena. Set
     * by check.c. ret_issuer: the id that its proof was bound to. */
    bool (*nested)(struct format_check *c, struct slice bytes, struct verdict *ret,
                   const struct jdoc **ret_root, struct slice *ret_issuer);
};

/* What a check leaves for the report, besides its findings. Slices live as long as the arena and lookup. */
struct format_outcome {
    const char *format;     /* "blockcerts-3", …; static */
    const struct jdoc *shown; /* what was verified: a credential, for facts_of(); NULL: nothing was */
    struct rdf_dataset canonical; /* the same as canonical RDF, if that is how it was verified; else none */
    struct slice issuer;    /* id of the issuer, if it is proven */
    struct slice name;      /* of the issuer, out of a page or list of its own; may be empty */
    struct slice account;   /* that recorded it; empty: it is not recorded on a chain */
    bool recorded;
    uint64_t recorded_at;   /* time of the block; Unix seconds */
};

/* A proof to be checked with a key. */
struct format_proof {
    const struct jdoc *proof;    /* the proof object, with its value */
    const struct jdoc *document; /* what it secures: the document with its @context and without this proof,
                                    holding of the other proofs only those that it covers (previousProof) */
    uint64_t moment;             /* when it must have been valid: .created if it has one, else env->now */
};

/** True if the member "type" of an object is or holds the word. */
bool format_has_type(const struct jdoc *object, const char *word);

/** The id of a member that is a string or an object with an id. Returns: false if it is neither. */
bool format_id_of(const struct jdoc *v, struct slice *ret);

/** An empty list of findings, for a part that is judged by itself. Returns: NULL without memory. */
struct verdict_findings *format_findings(struct arena *arena);

/** Add a finding about the document. Returns: false, so that `return format_say(…)` reads well. */
bool format_say(struct format_check *c, enum reason reason, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
