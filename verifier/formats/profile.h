/* The issuer's own page (profile): which accounts it records from, and since and until when. */
#ifndef VERIFIER_FORMATS_PROFILE_H
#define VERIFIER_FORMATS_PROFILE_H

#include "verifier/formats/format.h"
#include "verifier/formats/ledger.h"

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
bool profile_check_account(struct format_check *c, const struct ledger_facts *facts);

/** The name that a profile gives itself; empty if none. */
struct slice profile_name(const struct jdoc *profile);

/** What stands before the fragment. */
struct slice profile_without_fragment(struct slice url);

/** True if two ids name the same owner: http and https are one. */
bool profile_same_owner(struct slice a, struct slice b);

#endif
