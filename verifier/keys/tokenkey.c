/* The key of a token: see tokenkey.h. */
#include "verifier/keys/tokenkey.h"

#include <stdio.h>

#include "common/limits.h"
#include "verifier/keys/keytext.h"

static void refuse(struct resolve_result *ret, enum reason reason, const char *detail)
{
    ret->reason = reason;
    snprintf(ret->detail, sizeof ret->detail, "%.150s", detail);
}

static void refuse_error(struct resolve_result *ret, enum err_code rc, const struct err *e)
{
    refuse(ret, rc == ERR_NOT_FOUND ? REASON_KEY_NOT_LISTED : REASON_KEY_UNREADABLE, e->msg);
}

static bool is_self_made(struct slice id)
{
    enum did_kind kind = did_parse(id).kind;
    return kind == DID_KEY || kind == DID_JWK || kind == DID_PKH || kind == DID_ETHR;
}

static bool is_url(struct slice id)
{
    return slice_starts(id, SLICE("https://")) || slice_starts(id, SLICE("http://"));
}

/* The issuer's own list of keys into ret, or why there is none. */
static void ask_issuer(struct format_check *c, struct resolve_result *ret)
{
    bool resolver = did_parse(c->issuer).kind == DID_OTHER;
    *ret = (struct resolve_result){.owner = c->issuer, .binding = resolver ? RESOLVE_RESOLVER : RESOLVE_LISTED};
    ret->reason = resolve_document(c->env->lookup, c->arena, c->issuer, &ret->document, ret->detail);
}

/* A key that is known by value: the issuer must list it, else it is nobody's in particular. */
static void find_by_value(struct format_check *c, const struct jdoc *jwk, struct resolve_result *ret)
{
    struct key key;
    struct err e;
    enum err_code rc = keytext_jwk(&key, jwk, &e);
    if (rc != ERR_OK) {
        refuse(ret, REASON_KEY_UNREADABLE, e.msg);
        return;
    }
    ask_issuer(c, ret);
    if (ret->document != NULL && controller_has_list(ret->document)) {
        rc = controller_find_key(c->arena, ret->document, c->issuer, &key, &ret->method, &e);
        if (rc != ERR_OK)
            refuse_error(ret, rc, &e);
    } else if (ret->reason == REASON_KEY_UNREACHABLE || ret->document != NULL) {
        ret->method = (struct method){.id = c->issuer, .controller = c->issuer, .key = key, .unstated = true};
        ret->binding = RESOLVE_UNBOUND;
        ret->reason = REASON_KEY_FOUND;
    }
}

/* By the name that the issuer gave it; without a name the only one that he has for this. */
static void find_by_name(struct format_check *c, struct slice kid, struct resolve_result *ret)
{
    struct err e;
    ask_issuer(c, ret);
    if (ret->reason != REASON_KEY_FOUND || ret->document == NULL)
        return;
    if (kid.len > 0)
        kid = method_absolute(c->arena, c->issuer, kid);
    enum err_code rc =
        kid.len > 0 ? controller_find(c->arena, ret->document, c->issuer, kid, &ret->method, &e)
                    : controller_only(c->arena, ret->document, c->issuer, METHOD_ASSERTION, &ret->method, &e);
    if (rc != ERR_OK)
        refuse_error(ret, rc, &e);
}

/* The DID is its key, whatever the header calls it; but "#…" must be a key that it has. */
static void find_self_made(struct format_check *c, struct slice kid, struct resolve_result *ret)
{
    bool relative = kid.len > 0 && kid.data[0] == '#';
    struct slice url = relative ? arena_join(c->arena, c->issuer, kid) : c->issuer;
    resolve_method(c->env->lookup, c->arena, url, ret);
}

/* An https kid may lead to a bare JWK (1EdTech). It is the issuer's if it lies below the issuer's URL; what a URL
 * with ".." in it leads to is never asked (lookup.h). */
static bool is_below(struct slice url, struct slice issuer)
{
    return is_url(issuer) && slice_find(issuer, '?') == issuer.len && slice_starts(url, issuer) && url.len > issuer.len &&
           (url.data[issuer.len] == '/' || issuer.data[issuer.len - 1] == '/');
}

static void find_at_url(struct format_check *c, struct slice kid, struct resolve_result *ret)
{
    const struct jdoc *found = lookup_get_own(c->env->lookup, kid)->json;
    if (found == NULL || jdoc_get(found, "kty") == NULL) {
        resolve_method(c->env->lookup, c->arena, kid, ret);
        return;
    }
    find_by_value(c, found, ret);
    if (ret->reason == REASON_KEY_FOUND && ret->binding == RESOLVE_UNBOUND && is_below(kid, c->issuer))
        ret->binding = RESOLVE_LISTED;
}

void tokenkey_find(struct format_check *c, const struct jws *jws, struct resolve_result *ret)
{
    struct slice kid = jws->kid;
    bool fragment = slice_find(kid, '#') < kid.len;
    if (is_url(kid) && !fragment)
        find_at_url(c, kid, ret);
    else if (is_self_made(kid) || (fragment && (is_url(kid) || did_parse(kid).kind != DID_NONE)))
        resolve_method(c->env->lookup, c->arena, kid, ret);
    else if (is_self_made(c->issuer))
        find_self_made(c, kid, ret);
    else if (kid.len == 0 && jws->jwk != NULL)
        find_by_value(c, jws->jwk, ret);
    else
        find_by_name(c, slice_equal(kid, c->issuer) ? (struct slice){0} : kid, ret);
}
