/* The issuer's own page (profile): which accounts it records from, and since and until when. */
#ifndef VERIFIER_FORMATS_PROFILE_H
#define VERIFIER_FORMATS_PROFILE_H

#include "verifier/formats/format.h"
#include "verifier/formats/transaction.h"

#define PROFILE_MEMORY_MAX 16

/* What the signature of a page proved: the pages of one run are signed once each, however many files name them.
 * It is keyed by the page's tree in the lookup (lookup_get_json(): one tree is one text, for the whole run), and
 * by all else that the judgement depends on. When it is full, the oldest goes. */
struct profile_memory {
    struct profile_judgement {
        const struct jdoc *profile;
        const struct lookup *lookup;
        uint64_t now;
        struct format_expected expected;
        bool good;
        struct verdict_finding finding;
    } items[PROFILE_MEMORY_MAX];
    size_t n; /* judged in all */
};

/** Find the profile of an issuer, and check its signature if it has one. Adds parseIssuerKeys and
 *  verifyIssuerProfile.
 *
 *  In:      id  its https URL, or a DID whose document names one
 *  Out:     c->profile, c->profile_url  set if it can be used; NULL otherwise, and for a DID that names
 *               none: its own keys must do
 *  Returns: false: an objection was added. */
bool profile_load(struct format_check *c, struct slice id);

/** Judge whether an account was the issuer's at the time of a block. Adds checkAuthenticity.
 *  In:  c->profile  not NULL
 *  Returns: true if it was. */
bool profile_check_account(struct format_check *c, const struct transaction_facts *facts);

/** The name that a profile gives itself; empty if none. */
struct slice profile_name(const struct jdoc *profile);

/** What stands before the fragment. */
struct slice profile_without_fragment(struct slice url);

/** True if two ids name the same owner: http and https are one. */
bool profile_same_owner(struct slice a, struct slice b);

#endif
