/* Findings about keys: see judge.h. */
#include "verifier/keys/judge.h"

static bool same_owner(struct slice a, struct slice b)
{
    struct slice http = SLICE("http://"), https = SLICE("https://");
    if (slice_starts(a, http) && slice_starts(b, https))
        return slice_equal(slice_from(a, http.len), slice_from(b, https.len));
    if (slice_starts(a, https) && slice_starts(b, http))
        return slice_equal(slice_from(a, https.len), slice_from(b, http.len));
    return slice_equal(a, b);
}

/* A DID that names a key of its own is that DID. */
static struct slice without_fragment(struct slice id)
{
    return slice_starts(id, SLICE("did:")) ? (struct slice){id.data, slice_find(id, '#')} : id;
}

/* A number that leads to no page and to no key: anybody can write it, and no key belongs to it. */
static bool leads_nowhere(struct slice id)
{
    return slice_starts(id, SLICE("urn:"));
}

/* A document that names nobody is by nobody in particular. */
static bool check_owner(struct format_check *c, const struct resolve_result *key, bool cosigner, bool *cosigned)
{
    bool same = same_owner(key->owner, without_fragment(c->issuer));
    bool nobody = c->issuer.len == 0 || (leads_nowhere(c->issuer) && !same);
    *cosigned = !nobody && !same;
    if (nobody)
        format_say(c, REASON_KEY_UNBOUND, "the document names nobody who can be asked; the key is that of %.*s",
                   SLICE_ARG(key->owner));
    if (!*cosigned)
        return true;
    if (cosigner)
        format_say(c, REASON_COSIGNED, "%.*s", SLICE_ARG(key->owner));
    else
        format_say(c, REASON_SIGNER_NOT_ISSUER, "the key is that of %.*s", SLICE_ARG(key->owner));
    return cosigner;
}

static bool check_purpose(struct format_check *c, const struct resolve_result *key, unsigned purposes)
{
    if (key->method.unstated) {
        format_say(c, REASON_PURPOSES_UNSTATED, "%s", "");
        return true;
    }
    if ((key->method.purposes & purposes) != 0) {
        format_say(c, REASON_KEY_FOR_PURPOSE, "%s", "");
        return true;
    }
    return format_say(c, REASON_KEY_WRONG_PURPOSE, "%.*s", SLICE_ARG(key->method.id));
}

static bool check_window(struct format_check *c, const struct method *method, uint64_t moment)
{
    static const enum reason REASON_OF[] = {
        [METHOD_IN_FORCE] = REASON_KEY_IN_FORCE,       [METHOD_NOT_YET] = REASON_KEY_NOT_YET,
        [METHOD_REVOKED] = REASON_KEY_REVOKED_BEFORE,  [METHOD_EXPIRED] = REASON_KEY_EXPIRED_BEFORE,
        [METHOD_ENDED_SINCE] = REASON_KEY_ENDED_SINCE,
    };
    enum method_standing standing = method_standing(method, moment, c->env->now, false);
    format_say(c, REASON_OF[standing], "%s", "");
    return standing == METHOD_IN_FORCE;
}

/* How it is known whose key it is. */
static void say_binding(struct format_check *c, const struct resolve_result *key)
{
    if (key->binding == RESOLVE_UNBOUND) {
        format_say(c, REASON_KEY_UNBOUND, "%s", key->detail);
        return;
    }
    format_say(c, REASON_KEY_FOUND, "%.*s, %s", SLICE_ARG(key->method.id), key_kind_name(key->method.key.kind));
    if (key->binding == RESOLVE_RESOLVER)
        format_say(c, REASON_KEY_BY_RESOLVER, "%s", RESOLVE_PUBLIC_RESOLVER);
    if (key->registry_unasked)
        format_say(c, REASON_REGISTRY_UNASKED, "%s", "");
}

bool judge_key(struct format_check *c, const struct resolve_result *key, unsigned purposes, uint64_t moment,
               bool cosigner, bool *ret_cosigned)
{
    bool cosigned;
    if (key->reason != REASON_KEY_FOUND)
        return format_say(c, key->reason, "%s", key->detail);
    say_binding(c, key);
    bool good = check_owner(c, key, cosigner, &cosigned);
    if (key->binding != RESOLVE_UNBOUND) {
        good = check_purpose(c, key, purposes) && good;
        good = check_window(c, &key->method, moment) && good;
    }
    if (ret_cosigned != NULL)
        *ret_cosigned = cosigned;
    return good;
}

bool judge_signature(struct format_check *c, enum signature_answer answer, bool cosigned)
{
    switch (answer) {
    case SIGNATURE_HOLDS:
        format_say(c, cosigned ? REASON_COSIGNATURE_HOLDS : REASON_SIGNATURE_HOLDS, "%s", "");
        return true;
    case SIGNATURE_WRONG: return format_say(c, REASON_SIGNATURE_WRONG, "%s", "");
    case SIGNATURE_MALFORMED: return format_say(c, REASON_SIGNATURE_MALFORMED, "not as long as such a signature is");
    }
    return false;
}

bool judge_domain(const struct format_expected *expected, struct slice domain)
{
    bool any = false;
    for (size_t i = 0; i < FORMAT_MAX_DOMAINS && expected->domains[i] != NULL; i++) {
        if (slice_is(domain, expected->domains[i]))
            return true;
        any = true;
    }
    return !any;
}
