/* DIDs: see did.h. */
#include "verifier/keys/did.h"

#include <ctype.h>
#include <string.h>

#include "common/multibase.h"
#include "verifier/keys/account.h"
#include "verifier/keys/keytext.h"
#include "verifier/rdf/buffer.h"

/* -- Parts ---------------------------------------------------------------------------------- */

static const struct {
    const char *method;
    enum did_kind kind;
} METHODS[] = {
    {"key", DID_KEY}, {"jwk", DID_JWK}, {"pkh", DID_PKH}, {"ethr", DID_ETHR}, {"web", DID_WEB},
};

static enum did_kind kind_of(struct slice method)
{
    for (size_t i = 0; i < sizeof METHODS / sizeof METHODS[0]; i++)
        if (slice_is(method, METHODS[i].method))
            return METHODS[i].kind;
    return DID_OTHER;
}

static bool is_method(struct slice method)
{
    for (size_t i = 0; i < method.len; i++)
        if (!islower(method.data[i]) && !isdigit(method.data[i]))
            return false;
    return method.len > 0;
}

/* Letters, digits, ". - _ :" and percent signs (DID Core section 3.1). */
static bool is_name(struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum(name.data[i]) && memchr(".-_:%", name.data[i], 5) == NULL)
            return false;
    return name.len > 0;
}

static size_t find_any(struct slice s, const char *bytes)
{
    size_t i = 0;
    while (i < s.len && strchr(bytes, s.data[i]) == NULL)
        i++;
    return i;
}

struct did did_parse(struct slice url)
{
    struct did did = {0};
    if (url.len > DID_MAX || !slice_starts(url, SLICE("did:")) || memchr(url.data, '\0', url.len) != NULL)
        return did;
    size_t hash = slice_find(url, '#'), end = find_any(url, "/?#");
    struct slice rest = {url.data + 4, end - 4};
    size_t colon = slice_find(rest, ':');
    if (colon == rest.len)
        return did;
    did.whole = (struct slice){url.data, end};
    did.method = (struct slice){rest.data, colon};
    did.name = slice_from(rest, colon + 1);
    did.extra = end < hash;
    if (hash < url.len)
        did.fragment = slice_from(url, hash + 1);
    if (is_method(did.method) && is_name(did.name))
        did.kind = kind_of(did.method);
    return did;
}

/* -- Implied keys --------------------------------------------------------------------------- */

#define SIGNS (METHOD_BIT(METHOD_ASSERTION) | METHOD_BIT(METHOD_AUTHENTICATION) | \
               METHOD_BIT(METHOD_INVOCATION) | METHOD_BIT(METHOD_DELEGATION))

/* The method with its one id. A DID without a fragment means it too: there is no other. */
static enum err_code finish(struct arena *arena, const struct did *did, struct slice fragment,
                            struct method *m, struct err *e)
{
    if (did->fragment.len > 0 && !slice_equal(did->fragment, fragment))
        return err_set(e, ERR_NOT_FOUND, "the DID has no key #%.*s", SLICE_ARG(did->fragment));
    m->id = arena_join(arena, arena_join(arena, did->whole, SLICE("#")), fragment);
    m->controller = did->whole;
    m->purposes = SIGNS;
    return arena_check(arena, e);
}

static enum err_code implied_key(struct arena *arena, const struct did *did, struct method *m, struct err *e)
{
    enum err_code rc = keytext_multibase(&m->key, did->name, e);
    return rc != ERR_OK ? rc : finish(arena, did, did->name, m, e);
}

static enum err_code implied_jwk(struct arena *arena, const struct did *did, struct method *m, struct err *e)
{
    const struct jdoc *jwk;
    size_t len;
    uint8_t *json = arena_alloc(arena, did->name.len + 1);
    enum err_code rc = arena_check(arena, e);
    if (rc == ERR_OK)
        rc = multibase_base64url(json, &len, (const char *)did->name.data, did->name.len, e);
    if (rc == ERR_OK)
        rc = jdoc_parse(arena, (struct slice){json, len}, jdoc_limits(), &jwk, e);
    if (rc == ERR_OK)
        rc = keytext_jwk(&m->key, jwk, e);
    return rc != ERR_OK ? rc : finish(arena, did, SLICE("0"), m, e);
}

static enum err_code implied_pkh(struct arena *arena, const struct did *did, struct method *m, struct err *e)
{
    enum err_code rc = account_read(&m->key, did->name, e);
    return rc != ERR_OK ? rc : finish(arena, did, SLICE("blockchainAccountId"), m, e);
}

/* did:ethr:[network:]address, or the public key itself: then "#controllerKey" is that key, and
 * "#controller" its account. */
static enum err_code implied_ethr(struct arena *arena, const struct did *did, struct method *m, struct err *e)
{
    struct slice name = did->name;
    for (size_t colon = slice_find(name, ':'); colon < name.len; colon = slice_find(name, ':'))
        name = slice_from(name, colon + 1);
    if (name.len == 42) {
        enum err_code rc = account_read(&m->key, name, e);
        return rc != ERR_OK ? rc : finish(arena, did, SLICE("controller"), m, e);
    }
    enum err_code rc = keytext_hex(&m->key, KEY_SECP256K1, name, e);
    if (rc != ERR_OK)
        return rc;
    if (!slice_is(did->fragment, "controller"))
        return finish(arena, did, SLICE("controllerKey"), m, e);
    m->key = account_of(&m->key, KEY_ETH_ACCOUNT);
    return finish(arena, did, SLICE("controller"), m, e);
}

enum err_code did_implied(struct arena *arena, const struct did *did, struct method *ret, struct err *e)
{
    struct method m = {0};
    enum err_code rc = ERR_UNSUPPORTED;
    if (did->extra)
        return err_set(e, ERR_UNSUPPORTED, "a DID URL with a path or a query");
    switch (did->kind) {
    case DID_KEY: rc = implied_key(arena, did, &m, e); break;
    case DID_JWK: rc = implied_jwk(arena, did, &m, e); break;
    case DID_PKH: rc = implied_pkh(arena, did, &m, e); break;
    case DID_ETHR: rc = implied_ethr(arena, did, &m, e); break;
    case DID_NONE:
    case DID_WEB:
    case DID_OTHER: return err_set(e, ERR_UNSUPPORTED, "a DID that does not tell its key");
    }
    if (rc == ERR_OK)
        *ret = m;
    return rc;
}

/* -- did:web -------------------------------------------------------------------------------- */

static int hex_digit(uint8_t c)
{
    return isdigit(c) ? c - '0' : isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

/* The byte at *at, percent-decoded once. Returns: -1 for a percent sign without its digits. */
static int next_byte(struct slice part, size_t *at)
{
    uint8_t c = part.data[(*at)++];
    if (c != '%')
        return c;
    if (part.len - *at < 2)
        return -1;
    int high = hex_digit(part.data[*at]), low = hex_digit(part.data[*at + 1]);
    *at += 2;
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* One part to the end of url: only what may stand in a host, or in a part of a path, comes out.
 * Returns: false if something else would. */
static bool put_part(struct buffer *url, struct slice part, bool is_host)
{
    const char *marks = is_host ? ".-:" : ".-_~";
    bool dots = true;
    for (size_t i = 0; i < part.len;) {
        int c = next_byte(part, &i);
        uint8_t byte = (uint8_t)c;
        if (c < 0 || (!isalnum(c) && memchr(marks, c, strlen(marks)) == NULL))
            return false;
        dots = dots && c == '.';
        buffer_put(url, &byte, 1);
    }
    return !dots; /* nor is it empty */
}

/* HOST or HOST:PORT, and nothing that another reader could take for something else. */
static bool is_authority(struct slice host)
{
    size_t colon = slice_find(host, ':');
    struct slice port = colon == host.len ? (struct slice){0} : slice_from(host, colon + 1);
    for (size_t i = 0; i < port.len; i++)
        if (!isdigit(port.data[i]))
            return false;
    return colon > 0 && port.len <= 5 && (colon == host.len || port.len > 0) && isalnum(host.data[0]);
}

enum err_code did_web_url(struct arena *arena, const struct did *did, struct slice *ret, struct err *e)
{
    struct buffer url = buffer(arena, did->name.len + 64, DID_MAX + 64);
    struct slice rest = did->name;
    size_t scheme = sizeof "https://" - 1, parts = 0;
    bool good = true;
    buffer_put_slice(&url, SLICE("https://"));
    for (bool more = true; more && good; parts++) {
        size_t colon = slice_find(rest, ':');
        if (parts > 0)
            buffer_put_slice(&url, SLICE("/"));
        good = put_part(&url, (struct slice){rest.data, colon}, parts == 0);
        if (parts == 0)
            good = good && is_authority(slice_from(buffer_slice(&url), scheme));
        more = colon < rest.len;
        rest = slice_from(rest, more ? colon + 1 : colon);
    }
    buffer_put_slice(&url, parts == 1 ? SLICE("/.well-known/did.json") : SLICE("/did.json"));
    if (!good)
        return err_set(e, ERR_PARSE, "did:web with a name that is no host and path");
    enum err_code rc = buffer_check(&url, e);
    if (rc == ERR_OK)
        *ret = buffer_slice(&url);
    return rc;
}
