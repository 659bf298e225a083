/* Merkle proofs of credentials: see merkle.h. */
#include "verifier/formats/merkle.h"

#include "common/hex.h"
#include "verifier/formats/identity.h"
#include "verifier/formats/profile.h"
#include "verifier/formats/registered.h"
#include "verifier/formats/receipt.h"
#include "verifier/keys/did.h"

/* -- What the proof is for ------------------------------------------------------------------ */

static bool is_among(const struct jdoc *v, const char *const *words)
{
    for (; *words != NULL; words++)
        if (jdoc_is(v, *words))
            return true;
    return false;
}

/* The domain of a proof is a string, or a list of which one must be ours. */
static bool domain_fits(const struct jdoc *domain, const char *const *expected)
{
    if (domain->type != JDOC_ARRAY)
        return is_among(domain, expected);
    for (size_t i = 0; i < domain->array.n; i++)
        if (is_among(domain->array.items[i], expected))
            return true;
    return false;
}

/* Whoever presents may also only authenticate. */
static bool purpose_fits(const struct format_check *c, const struct jdoc *purpose)
{
    const char *expected = c->env->expected.purpose;
    if (expected != NULL)
        return jdoc_is(purpose, expected);
    return jdoc_is(purpose, "assertionMethod") ||
           (jdoc_is(purpose, "authentication") && format_has_type(c->root, "VerifiablePresentation"));
}

bool merkle_check_options(struct format_check *c, const struct jdoc *proof)
{
    const struct format_expected *expected = &c->env->expected;
    const struct jdoc *purpose = jdoc_get(proof, "proofPurpose"), *domain = jdoc_get(proof, "domain"),
                      *challenge = jdoc_get(proof, "challenge");
    if (purpose == NULL || jdoc_get(proof, "created") == NULL)
        return format_say(c, REASON_OPTIONS_MISSING, "%s", "proofPurpose and created are required");
    if (!purpose_fits(c, purpose))
        return format_say(c, REASON_PURPOSE_DIFFERS, "%s", "proofPurpose");
    if (domain == NULL ? expected->domains[0] != NULL : !domain_fits(domain, expected->domains))
        return format_say(c, REASON_DOMAIN_DIFFERS, "%s", "domain");
    if (challenge == NULL ? expected->challenge != NULL
                          : expected->challenge == NULL || !jdoc_is(challenge, expected->challenge))
        return format_say(c, REASON_CHALLENGE_DIFFERS, "%s", "challenge");
    format_say(c, REASON_OPTIONS_HOLD, "%s", "");
    return true;
}

/* -- Receipt -------------------------------------------------------------------------------- */

static bool read_receipt(struct format_check *c, const struct merkle_job *job, struct merkleproof *ret)
{
    struct err e;
    enum err_code rc = job->rule == FINGERPRINT_3 ? receipt_read_proof(ret, job->proof, &e)
                                                  : receipt_read_json(ret, job->proof, &e);
    if (rc != ERR_OK)
        return format_say(c, rc == ERR_UNSUPPORTED ? REASON_PROOF_FOREIGN : REASON_RECEIPT_MALFORMED, "%s",
                          e.msg);
    format_say(c, REASON_RECEIPT_READ, "%s", "");
    return true;
}

static bool check_hash(struct format_check *c, const struct merkle_job *job,
                       const struct merkleproof *receipt, struct merkle_result *ret)
{
    struct canonize_result canonical;
    const struct jdoc *subject = fingerprint_subject(c->arena, c->root, job->rule, job->nth);
    if (subject == NULL)
        return format_say(c, REASON_SHAPE_WRONG, "there is nothing that the proof could cover");
    if (!fingerprint_check(c, subject, job->rule, &receipt->target, &canonical))
        return false;
    ret->canonical = canonical.data;
    if (!receipt_holds(receipt))
        return format_say(c, REASON_RECEIPT_CONTRADICTS, "%s", "");
    format_say(c, REASON_RECEIPT_HOLDS, "%zu steps", receipt->n_steps);
    return true;
}

/* -- Anchors -------------------------------------------------------------------------------- */

static bool check_value(struct format_check *c, const struct transaction_facts *facts, const struct hash32 *root)
{
    char hex[65];
    if (!facts->has_value)
        return format_say(c, facts->ethereum ? REASON_NOT_AN_ANCHOR : REASON_BITCOIN_EMPTY, "%s", "");
    hex_encode(hex, facts->value.b, sizeof facts->value.b);
    bool same = hash32_equal(&facts->value, root);
    format_say(c, same ? REASON_VALUE_MATCHES : REASON_VALUE_DIFFERS, "%s", hex);
    return same;
}

/* One anchor, its account included. */
static bool check_anchor(struct format_check *c, const struct merkleproof *receipt, size_t i,
                         struct merkle_result *ret)
{
    struct transaction_facts facts;
    if (!transaction_look(c, &receipt->anchors[i], &facts) || !check_value(c, &facts, &receipt->root))
        return false;
    ret->recorded = true;
    ret->facts = facts;
    ret->anchor = receipt->anchors[i];
    ret->account_proven = c->profile != NULL && profile_check_account(c, &facts);
    return c->profile == NULL || ret->account_proven;
}

/* How much an objection weighs among several anchors: what is not proven wrong may yet be right. */
static unsigned weight(enum verdict_authenticity authenticity)
{
    switch (authenticity) {
    case VERDICT_GENUINE: return 0;
    case VERDICT_NOT_GENUINE: return 1;
    case VERDICT_PENDING: return 2;
    case VERDICT_UNKNOWN_ISSUER: return 3;
    case VERDICT_COULD_NOT_CHECK: return 4;
    }
    return 4;
}

static void append(struct format_check *c, const struct verdict_findings *findings)
{
    for (size_t i = 0; i < findings->n; i++)
        format_say(c, findings->items[i].reason, "%s", findings->items[i].detail);
}

/* One good anchor is enough; otherwise the one that leaves most hope speaks for all. */
static bool check_anchors(struct format_check *c, const struct merkleproof *receipt, struct merkle_result *ret)
{
    struct verdict_findings *best = NULL;
    for (size_t i = 0; i < receipt->n_anchors; i++) {
        struct format_check trial = *c;
        struct merkle_result result = *ret;
        trial.findings = format_findings(c->arena);
        if (trial.findings == NULL)
            return format_say(c, REASON_INCOMPLETE, "no memory");
        bool good = check_anchor(&trial, receipt, i, &result);
        if (best == NULL || good ||
            weight(verdict_of(trial.findings).authenticity) > weight(verdict_of(best).authenticity)) {
            best = trial.findings;
            *ret = result;
        }
        if (good)
            break;
    }
    if (best != NULL)
        append(c, best);
    return best != NULL && verdict_of(best).authenticity != VERDICT_NOT_GENUINE;
}

/* -- The whole ------------------------------------------------------------------------------ */

/* Whose the account is: a page lists it; of a DID without such a page, its own key must be the account. */
static bool check_identity(struct format_check *c, const struct merkle_job *job, struct merkle_result *ret)
{
    bool same = false;
    if (job->rule == FINGERPRINT_3 &&
        !identity_check(c, job->proof, job->owner, ret->recorded ? &ret->facts : NULL, &same))
        return false;
    if (c->profile == NULL && ret->recorded && same) {
        format_say(c, REASON_ACCOUNT_LISTED, "%s, of the issuer's own key", ret->facts.account);
        ret->account_proven = true;
    } else if (c->profile == NULL) {
        return format_say(c, REASON_PROFILE_UNREACHABLE, "nothing says whose the account is");
    }
    return ret->account_proven;
}

bool merkle_check(struct format_check *c, const struct merkle_job *job, struct merkle_result *ret)
{
    struct merkleproof receipt = {0};
    *ret = (struct merkle_result){0};
    if (!read_receipt(c, job, &receipt))
        return false;
    bool good = (job->rule != FINGERPRINT_3 || merkle_check_options(c, job->proof)) &&
                check_hash(c, job, &receipt, ret);
    if (good) {
        bool known = profile_load(c, job->owner);
        good = check_anchors(c, &receipt, ret) && known && check_identity(c, job, ret);
        if (good && ret->recorded)
            registered_check(c, &receipt, &ret->facts);
    }
    merkleproof_done(&receipt);
    return good;
}
