/* Issuer profiles: see profile.h. */
#include "verifier/formats/profile.h"

#include <ctype.h>
#include <stdio.h>

#include "verifier/formats/dates.h"
#include "verifier/keys/did.h"
#include "verifier/keys/proofs.h"
#include "verifier/keys/resolve.h"

#define ACCOUNTS_MAX 256 /* of one profile */

struct slice profile_without_fragment(struct slice url)
{
    url.len = slice_find(url, '#');
    return url;
}

static struct slice without_scheme(struct slice url)
{
    return slice_starts(url, SLICE("https://")) ? slice_from(url, 8) :
           slice_starts(url, SLICE("http://"))  ? slice_from(url, 7) :
                                                  url;
}

bool profile_same_owner(struct slice a, struct slice b)
{
    return slice_equal(without_scheme(a), without_scheme(b));
}

struct slice profile_name(const struct jdoc *profile)
{
    struct slice name = {0};
    jdoc_get_string(profile, "name", &name);
    return name;
}

/* -- Finding it ----------------------------------------------------------------------------- */

static bool is_word(const struct jdoc *v, const char *lower)
{
    if (v == NULL || v->type != JDOC_STRING || v->string.len != strlen(lower))
        return false;
    for (size_t i = 0; i < v->string.len; i++)
        if (tolower(v->string.data[i]) != lower[i])
            return false;
    return true;
}

static bool has_type(const struct jdoc *profile)
{
    static const char *const TYPES[] = {"issuer", "profile", "blockcertsissuerprofile"};
    const struct jdoc *type = jdoc_get(profile, "type");
    size_t n = type != NULL && type->type == JDOC_ARRAY ? type->array.n : 1;
    for (size_t i = 0; type != NULL && i < n; i++)
        for (size_t t = 0; t < sizeof TYPES / sizeof TYPES[0]; t++)
            if (is_word(type->type == JDOC_ARRAY ? type->array.items[i] : type, TYPES[t]))
                return true;
    return false;
}

/* The form before there were types. */
static bool is_old(const struct jdoc *profile)
{
    return (jdoc_get(profile, "issuerKeys") != NULL && jdoc_get(profile, "revocationKeys") != NULL) ||
           (jdoc_get(profile, "issuer_key") != NULL && jdoc_get(profile, "revocation_key") != NULL);
}

static bool read_page(struct format_check *c, struct slice url)
{
    const struct lookup_reply *reply = lookup_get_own(c->env->lookup, url);
    const struct jdoc *profile = reply->json;
    if (reply->answer != LOOKUP_FOUND)
        return format_say(c, REASON_PROFILE_UNREACHABLE, "%s", reply->why);
    if (profile == NULL)
        return format_say(c, REASON_PROFILE_UNUSABLE, "%s", reply->not_json);
    if (!has_type(profile) && !is_old(profile))
        return format_say(c, REASON_PROFILE_UNUSABLE, "it is not the page of an issuer");
    c->profile = profile;
    c->profile_url = url;
    format_say(c, REASON_PROFILE_READ, "%.*s", SLICE_ARG(url));
    return true;
}

/* The page that a DID document names as its profile. Returns: false if it names none. */
static bool service_of(const struct jdoc *document, struct slice *ret)
{
    const struct jdoc *services = jdoc_get(document, "service");
    for (size_t i = 0; services != NULL && services->type == JDOC_ARRAY && i < services->array.n; i++) {
        const struct jdoc *service = services->array.items[i];
        if (jdoc_is(jdoc_get(service, "type"), "IssuerProfile") &&
            jdoc_get_string(service, "serviceEndpoint", ret))
            return true;
    }
    return false;
}

static bool read_did(struct format_check *c, struct slice did)
{
    const struct jdoc *document = NULL;
    char detail[160] = "";
    struct slice url;
    enum reason reason = resolve_document(c->env->lookup, c->arena, did, &document, detail);
    if (reason != REASON_KEY_FOUND)
        return format_say(c, reason, "%s", detail);
    return document == NULL || !service_of(document, &url) || read_page(c, url);
}

/* -- Its signature -------------------------------------------------------------------------- */

/* The signature is checked by itself: what it proves is the page, not the document. */
static struct profile_judgement judge_signature_of(struct format_check *c, const struct jdoc *proof)
{
    struct format_check inner = *c;
    struct format_proof job = {.proof = proof, .moment = c->env->now};
    struct profile_judgement ret = {.finding = {.reason = REASON_PROFILE_UNCHECKED}};
    char *detail = ret.finding.detail;
    struct err e;
    inner.findings = format_findings(c->arena);
    inner.root = c->profile;
    inner.profile = NULL;
    if (inner.findings == NULL || !jdoc_get_string(c->profile, "id", &inner.issuer)) {
        ret.finding.reason = REASON_PROFILE_UNUSABLE;
        snprintf(detail, sizeof ret.finding.detail, "it does not name itself");
        return ret;
    }
    if (!proofs_known(proof) ||
        proofs_secured(c->arena, c->profile, proof, &job.document, &e) != ERR_OK) {
        snprintf(detail, sizeof ret.finding.detail, "it is signed in a way that we do not know");
        return ret;
    }
    dates_of(&job.moment, proof, "created");
    bool good = proofs_check(&inner, &job);
    struct verdict verdict = verdict_of(inner.findings);
    ret.good = good && verdict.authenticity == VERDICT_GENUINE;
    if (ret.good)
        ret.finding.reason = REASON_PROFILE_SIGNED;
    else if (verdict.authenticity == VERDICT_NOT_GENUINE)
        ret.finding.reason = REASON_PROFILE_FORGED;
    if (!ret.good)
        snprintf(detail, sizeof ret.finding.detail, "%s %.140s", reasons_row(verdict.reason)->code, verdict.detail);
    return ret;
}

static bool same_expected(const struct format_expected *a, const struct format_expected *b)
{
    bool same = a->purpose == b->purpose && a->challenge == b->challenge;
    for (size_t i = 0; same && i < FORMAT_MAX_DOMAINS; i++)
        same = a->domains[i] == b->domains[i];
    return same;
}

static const struct profile_judgement *remembered(const struct format_check *c)
{
    const struct profile_memory *memory = c->env->profiles;
    for (size_t i = 0; memory != NULL && i < memory->n && i < PROFILE_MEMORY_MAX; i++) {
        const struct profile_judgement *one = &memory->items[i];
        if (one->profile == c->profile && one->lookup == c->env->lookup && one->now == c->env->now &&
            same_expected(&one->expected, &c->env->expected))
            return one;
    }
    return NULL;
}

static void remember(const struct format_check *c, const struct profile_judgement *judgement)
{
    struct profile_memory *memory = c->env->profiles;
    if (memory == NULL)
        return;
    struct profile_judgement *one = &memory->items[memory->n++ % PROFILE_MEMORY_MAX];
    *one = *judgement;
    one->profile = c->profile;
    one->lookup = c->env->lookup;
    one->now = c->env->now;
    one->expected = c->env->expected;
}

/* Only what was proven, one way or the other, is kept; what could not be judged is tried again. */
static bool check_signature(struct format_check *c)
{
    const struct jdoc *proof = jdoc_get(c->profile, "proof");
    if (proof == NULL)
        return true;
    const struct profile_judgement *before = remembered(c);
    struct profile_judgement judgement = before != NULL ? *before : judge_signature_of(c, proof);
    if (before == NULL && (judgement.good || judgement.finding.reason == REASON_PROFILE_FORGED))
        remember(c, &judgement);
    format_say(c, judgement.finding.reason, "%s", judgement.finding.detail);
    return judgement.good;
}

bool profile_load(struct format_check *c, struct slice id)
{
    c->profile = NULL;
    bool did = did_parse(id).kind != DID_NONE;
    bool good = did ? read_did(c, profile_without_fragment(id)) : read_page(c, profile_without_fragment(id));
    return good && (c->profile == NULL || check_signature(c));
}

/* -- Its accounts --------------------------------------------------------------------------- */

/* The time in which an account was the issuer's. */
struct account {
    bool has_created, has_revoked, has_expires, damaged;
    uint64_t created, revoked, expires;
};

static void read_date(struct account *account, const struct jdoc *entry, const char *key, bool *ret_has,
                      uint64_t *ret)
{
    const struct jdoc *v = jdoc_get(entry, key);
    *ret_has = v != NULL && v->type != JDOC_NULL;
    if (*ret_has && !dates_of(ret, entry, key))
        account->damaged = true;
}

static bool is_account(struct slice name, struct slice account)
{
    struct slice prefix = SLICE("ecdsa-koblitz-pubkey:");
    return transaction_same_account(slice_starts(name, prefix) ? slice_from(name, prefix.len) : name, account);
}

/* An entry is the account, or names it by one of its members: the others may name the entry itself. */
static bool is_of(const struct jdoc *entry, struct slice account)
{
    static const char *const NAMES[] = {"id", "publicKey", "key"};
    struct slice name;
    if (entry->type == JDOC_STRING)
        return is_account(entry->string, account);
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (jdoc_get_string(entry, NAMES[i], &name) && is_account(name, account))
            return true;
    return false;
}

static struct account read_account(const struct jdoc *entry)
{
    struct account account = {0}, *ret = &account;
    read_date(ret, entry, "created", &ret->has_created, &ret->created);
    read_date(ret, entry, "revoked", &ret->has_revoked, &ret->revoked);
    read_date(ret, entry, "expires", &ret->has_expires, &ret->expires);
    return account;
}

static const struct jdoc *accounts_of(const struct jdoc *profile)
{
    static const char *const LISTS[] = {"publicKey", "publicKeys", "issuerKeys", "issuer_key"};
    for (size_t i = 0; i < sizeof LISTS / sizeof LISTS[0]; i++)
        if (jdoc_get(profile, LISTS[i]) != NULL)
            return jdoc_get(profile, LISTS[i]);
    return NULL;
}

/* The windows are half open: from the moment of creation on, up to the end, which is not included. */
static enum reason judge(const struct account *account, uint64_t time)
{
    if (account->damaged)
        return REASON_PROFILE_UNUSABLE;
    if (account->has_created && time < account->created)
        return REASON_ACCOUNT_TOO_EARLY;
    if (account->has_revoked && time >= account->revoked)
        return REASON_ACCOUNT_REVOKED;
    if (account->has_expires && time >= account->expires)
        return REASON_ACCOUNT_EXPIRED;
    return REASON_ACCOUNT_LISTED;
}

bool profile_check_account(struct format_check *c, const struct transaction_facts *facts)
{
    const struct jdoc *list = accounts_of(c->profile);
    enum reason reason = REASON_ACCOUNT_FOREIGN;
    size_t n = list == NULL ? 0 : list->type == JDOC_ARRAY ? list->array.n : 1;
    for (size_t i = 0; i < n && i < ACCOUNTS_MAX && reason != REASON_ACCOUNT_LISTED; i++) {
        const struct jdoc *entry = list->type == JDOC_ARRAY ? list->array.items[i] : list;
        struct account account = read_account(entry);
        if (is_of(entry, slice_of(facts->account)))
            reason = judge(&account, facts->time);
    }
    format_say(c, reason, "%s", facts->account);
    return reason == REASON_ACCOUNT_LISTED;
}
