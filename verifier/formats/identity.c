/* The key behind a Merkle proof: see identity.h. */
#include "verifier/formats/identity.h"

#include "verifier/formats/dates.h"
#include "verifier/formats/profile.h"
#include "verifier/keys/account.h"
#include "verifier/keys/controller.h"
#include "verifier/keys/did.h"
#include "verifier/keys/resolve.h"

#define BARE SLICE("ecdsa-koblitz-pubkey:") /* the account itself, as early 3.0 documents name it */

static bool compare(struct format_check *c, bool same, bool *ret_same)
{
    format_say(c, same ? REASON_ACCOUNT_SAME : REASON_ACCOUNT_OTHER, "%s", "");
    *ret_same = same;
    return same;
}

static bool check_period(struct format_check *c, const struct jdoc *proof, const struct method *method,
                         const struct transaction_facts *facts)
{
    static const enum reason REASON_OF[] = {
        [METHOD_IN_FORCE] = REASON_KEY_IN_FORCE,        [METHOD_NOT_YET] = REASON_KEY_NOT_YET,
        [METHOD_REVOKED] = REASON_KEY_REVOKED_BEFORE,   [METHOD_EXPIRED] = REASON_KEY_EXPIRED_BEFORE,
        [METHOD_ENDED_SINCE] = REASON_KEY_ENDED_SINCE,
    };
    uint64_t moment = c->env->now;
    dates_of(&moment, proof, "created");
    if (facts != NULL)
        moment = facts->time; /* a block proves it; the proof only says so */
    enum method_standing standing = method_standing(method, moment, c->env->now, facts != NULL);
    format_say(c, REASON_OF[standing], "%.*s", SLICE_ARG(method->id));
    return standing == METHOD_IN_FORCE;
}

/* The account of the key on the chain of the transaction; both kinds where there is none. */
static bool check_account(struct format_check *c, const struct key *key, const struct transaction_facts *facts,
                          bool *ret_same)
{
    enum key_kind kind = facts != NULL && facts->ethereum ? KEY_ETH_ACCOUNT : KEY_BTC_ACCOUNT;
    struct key own = *key, recorded;
    char text[ACCOUNT_ROOM];
    struct err e;
    if (key->kind == KEY_SECP256K1)
        own = account_of(key, kind);
    else if (key->kind != kind)
        return format_say(c, REASON_ACCOUNT_UNDERIVED, "%s", key_kind_name(key->kind));
    account_write(text, &own);
    format_say(c, REASON_ACCOUNT_DERIVED, "%s", text);
    if (facts == NULL)
        return true;
    if (account_read(&recorded, slice_of(facts->account), &e) != ERR_OK)
        return format_say(c, REASON_ACCOUNT_UNDERIVED, "%s: %s", facts->account, e.msg);
    return compare(c, key_equal(&own, &recorded), ret_same);
}

/* Pages from before there were verification methods list accounts only; those were judged already. */
static bool lists_no_methods(const struct format_check *c, struct slice owner)
{
    return did_parse(owner).kind == DID_NONE && c->profile != NULL &&
           jdoc_get(c->profile, "verificationMethod") == NULL;
}

/* No proof covers what it says of its key: to name none, or the account itself, must not spare the key its dates. */
static bool check_unnamed(struct format_check *c, const struct jdoc *proof, struct slice owner,
                          const struct transaction_facts *facts)
{
    const struct jdoc *document = c->profile;
    struct method method;
    struct key account;
    struct err e;
    char detail[160];
    if (did_parse(owner).kind != DID_NONE)
        resolve_document(c->env->lookup, c->arena, profile_without_fragment(owner), &document, detail);
    if (facts == NULL || document == NULL || account_read(&account, slice_of(facts->account), &e) != ERR_OK)
        return true;
    enum err_code rc = controller_find_key(c->arena, document, owner, &account, &method, &e);
    if (rc == ERR_NOT_FOUND)
        return true; /* the list of accounts was asked already */
    return rc == ERR_OK ? check_period(c, proof, &method, facts) : format_say(c, REASON_KEY_UNREADABLE, "%s", e.msg);
}

bool identity_check(struct format_check *c, const struct jdoc *proof, struct slice owner,
                    const struct transaction_facts *facts, bool *ret_same)
{
    struct slice method;
    struct resolve_result found;
    *ret_same = false;
    if (!jdoc_get_string(proof, "verificationMethod", &method))
        return check_unnamed(c, proof, owner, facts);
    if (slice_starts(method, BARE))
        return facts == NULL ||
               (compare(c, transaction_same_account(slice_from(method, BARE.len), slice_of(facts->account)), ret_same) &&
                check_unnamed(c, proof, owner, facts));
    if (!profile_same_owner(profile_without_fragment(method), profile_without_fragment(owner)))
        return format_say(c, REASON_METHOD_ELSEWHERE, "%.*s", SLICE_ARG(method));
    if (lists_no_methods(c, owner))
        return true;
    if (!resolve_method(c->env->lookup, c->arena, method, &found))
        return format_say(c, found.reason, "%s", found.detail);
    if (found.binding == RESOLVE_RESOLVER)
        format_say(c, REASON_KEY_BY_RESOLVER, "%s", found.detail);
    if (found.binding == RESOLVE_UNBOUND)
        return format_say(c, REASON_KEY_UNBOUND, "%.*s", SLICE_ARG(method));
    format_say(c, REASON_METHOD_OWN, "%.*s", SLICE_ARG(method));
    return check_period(c, proof, &found.method, facts) &&
           check_account(c, &found.method.key, facts, ret_same);
}
