/* Finding keys and their owners: see resolve.h. */
#include "verifier/keys/resolve.h"

#include <stdio.h>
#include <string.h>

#include "verifier/keys/keytext.h"

#define DETAIL(detail, ...) snprintf(detail, 160, __VA_ARGS__)

/* -- Documents ------------------------------------------------------------------------------ */

static bool is_implied(enum did_kind kind)
{
    return kind == DID_KEY || kind == DID_JWK || kind == DID_PKH || kind == DID_ETHR;
}

static bool is_url(struct slice id)
{
    return slice_starts(id, SLICE("https://")) || slice_starts(id, SLICE("http://"));
}

/* Where the document of an id is to be had. Returns: REASON_KEY_FOUND if there is such a place. */
static enum reason locate(struct arena *arena, struct slice id, struct slice *ret_url, char *detail)
{
    struct did did = did_parse(id);
    struct err e = {.msg = ""};
    enum err_code rc = ERR_OK;
    if (did.kind == DID_WEB)
        rc = did_web_url(arena, &did, ret_url, &e);
    else if (did.kind == DID_OTHER)
        *ret_url = arena_join(arena, SLICE(RESOLVE_PUBLIC_RESOLVER), did.whole);
    else if (is_url(id))
        *ret_url = id;
    else
        rc = err_set(&e, ERR_UNSUPPORTED, "neither a DID nor an https URL: %.*s", SLICE_ARG(id));
    if (rc == ERR_OK && did.kind != DID_NONE && did.extra)
        rc = err_set(&e, ERR_UNSUPPORTED, "a DID URL with a path or a query");
    DETAIL(detail, "%.150s", e.msg);
    return rc == ERR_OK ? REASON_KEY_FOUND : REASON_DID_UNSUPPORTED;
}

/* A resolver wraps the document of a DID. */
static const struct jdoc *unwrap(const struct jdoc *answer)
{
    const struct jdoc *document = jdoc_get(answer, "didDocument");
    return document != NULL ? document : answer;
}

enum reason resolve_document(struct lookup *lookup, struct arena *arena, struct slice id,
                             const struct jdoc **ret_document, char detail[static 160])
{
    struct slice url;
    *ret_document = NULL;
    detail[0] = '\0';
    if (is_implied(did_parse(id).kind))
        return REASON_KEY_FOUND;
    enum reason reason = locate(arena, id, &url, detail);
    if (reason != REASON_KEY_FOUND)
        return reason;
    const struct lookup_reply *reply = lookup_get_own(lookup, url);
    if (reply->answer != LOOKUP_FOUND) {
        DETAIL(detail, "%s", reply->why);
        return REASON_KEY_UNREACHABLE;
    }
    if (reply->json == NULL) {
        DETAIL(detail, "%.150s", reply->not_json);
        return REASON_KEY_UNREADABLE;
    }
    const struct jdoc *document = unwrap(reply->json);
    if (!controller_is(document, id)) {
        DETAIL(detail, "it does not name itself %.*s", SLICE_ARG(id));
        return REASON_IDENTITY_OTHER;
    }
    *ret_document = document;
    return REASON_KEY_FOUND;
}

/* -- Methods -------------------------------------------------------------------------------- */

/* The DID or URL that a method's id belongs to. */
static struct slice owner_of(struct slice url)
{
    return (struct slice){url.data, slice_find(url, '#')};
}

static bool fail(struct resolve_result *ret, enum reason reason, const char *detail)
{
    ret->reason = reason;
    DETAIL(ret->detail, "%.150s", detail);
    return false;
}

static enum reason reason_of(enum err_code rc)
{
    return rc == ERR_NOT_FOUND ? REASON_KEY_NOT_LISTED : REASON_KEY_UNREADABLE;
}

static bool implied(struct arena *arena, const struct did *did, struct resolve_result *ret)
{
    struct err e;
    enum err_code rc = did_implied(arena, did, &ret->method, &e);
    ret->owner = did->whole;
    ret->binding = RESOLVE_IMPLIED;
    ret->registry_unasked = did->kind == DID_ETHR;
    if (rc == ERR_NOT_FOUND && did->kind == DID_ETHR)
        return fail(ret, REASON_DID_UNSUPPORTED, "a key that only the registry of did:ethr knows");
    return rc == ERR_OK || fail(ret, reason_of(rc), e.msg);
}

/* "https://…#z…": the fragment is the key, and the owner cannot be asked. */
static bool from_fragment(struct slice url, struct resolve_result *ret)
{
    size_t hash = slice_find(url, '#');
    struct key key;
    if (hash == url.len || keytext_multibase(&key, slice_from(url, hash + 1), NULL) != ERR_OK)
        return false;
    ret->method = (struct method){.id = url, .controller = ret->owner, .key = key, .unstated = true};
    ret->binding = RESOLVE_UNBOUND;
    ret->reason = REASON_KEY_FOUND;
    return true;
}

static bool get_document(struct lookup *lookup, struct arena *arena, struct slice owner,
                         struct resolve_result *ret)
{
    ret->owner = owner;
    ret->reason = resolve_document(lookup, arena, owner, &ret->document, ret->detail);
    ret->binding = did_parse(owner).kind == DID_OTHER ? RESOLVE_RESOLVER : RESOLVE_LISTED;
    return ret->reason == REASON_KEY_FOUND;
}

static bool find_listed(struct arena *arena, struct slice url, struct resolve_result *ret)
{
    struct err e;
    enum err_code rc = controller_find(arena, ret->document, ret->owner, url, &ret->method, &e);
    if (rc == ERR_NOT_FOUND && !controller_has_list(ret->document))
        return fail(ret, REASON_KEY_UNREADABLE, "the page of its owner has no list of keys");
    return rc == ERR_OK || fail(ret, reason_of(rc), e.msg);
}

/* "#z…" names a key by its value: the owner may list it under another name, or, if his page lists no keys at all,
 * say nothing of it. */
static bool find_by_value(struct arena *arena, struct slice url, struct resolve_result *ret)
{
    struct resolve_result named = *ret;
    struct err e;
    if (!from_fragment(url, &named))
        return false;
    if (controller_has_list(ret->document)) {
        named.binding = ret->binding;
        if (controller_find_key(arena, ret->document, ret->owner, &named.method.key, &named.method, &e) != ERR_OK)
            return false;
    }
    *ret = named;
    return true;
}

/* A key that says that it belongs to somebody else belongs to whom it says, if he lists it too. */
static bool follow_controller(struct lookup *lookup, struct arena *arena, struct slice url,
                              struct resolve_result *ret)
{
    struct slice controller = ret->method.controller;
    struct key key = ret->method.key;
    if (controller.len == 0 || slice_equal(controller, ret->owner) ||
        controller_is(ret->document, controller))
        return true;
    if (!get_document(lookup, arena, controller, ret))
        return false;
    if (ret->document == NULL)
        return fail(ret, REASON_KEY_UNREADABLE, "its controller is a DID that lists no keys");
    if (!find_listed(arena, url, ret))
        return false;
    return key_equal(&key, &ret->method.key) ||
           fail(ret, REASON_KEY_UNREADABLE, "its controller lists another key of that name");
}

bool resolve_method(struct lookup *lookup, struct arena *arena, struct slice url,
                    struct resolve_result *ret)
{
    struct did did = did_parse(url);
    *ret = (struct resolve_result){.reason = REASON_KEY_FOUND};
    if (is_implied(did.kind))
        return implied(arena, &did, ret);
    if (!get_document(lookup, arena, did.kind != DID_NONE ? did.whole : owner_of(url), ret))
        return ret->reason == REASON_KEY_UNREACHABLE && from_fragment(url, ret);
    if (find_listed(arena, url, ret))
        return follow_controller(lookup, arena, url, ret);
    bool missing = ret->reason == REASON_KEY_NOT_LISTED || !controller_has_list(ret->document);
    return missing && find_by_value(arena, url, ret) &&
           (ret->binding == RESOLVE_UNBOUND || follow_controller(lookup, arena, ret->method.id, ret));
}
