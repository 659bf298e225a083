/* Controller documents: see controller.h. */
#include "verifier/keys/controller.h"

#include <string.h>

#include "verifier/keys/account.h"

/* -- Identity ------------------------------------------------------------------------------- */

/* A profile may still call itself by http. */
static struct slice without_scheme(struct slice id)
{
    if (slice_starts(id, SLICE("https:")))
        return slice_from(id, 6);
    return slice_starts(id, SLICE("http:")) ? slice_from(id, 5) : id;
}

bool controller_is(const struct jdoc *document, struct slice id)
{
    struct slice own;
    return jdoc_get_string(document, "id", &own) && slice_equal(without_scheme(own), without_scheme(id));
}

/* -- Walking over the methods --------------------------------------------------------------- */

static bool same_id(struct slice a, struct slice b)
{
    return a.len > 0 && slice_equal(without_scheme(a), without_scheme(b));
}

/* The id of a method, or of a reference to one. */
static struct slice id_of(struct arena *arena, const struct jdoc *v, struct slice base)
{
    struct slice id = {0};
    if (v->type == JDOC_STRING)
        id = v->string;
    else if (!jdoc_get_string(v, "id", &id))
        return id;
    return method_absolute(arena, base, id);
}

/* A walk calls this for every method object. Returns: false to stop. */
typedef bool visit(void *ctx, const struct jdoc *v);

static bool visit_member(const struct jdoc *document, const char *member, size_t *n, visit *f, void *ctx)
{
    const struct jdoc *list = jdoc_get(document, member);
    if (list == NULL)
        return true;
    if (list->type == JDOC_OBJECT)
        return ++*n <= CONTROLLER_MAX_METHODS && f(ctx, list);
    for (size_t i = 0; list->type == JDOC_ARRAY && i < list->array.n; i++) {
        const struct jdoc *v = list->array.items[i];
        if (++*n > CONTROLLER_MAX_METHODS || (v->type == JDOC_OBJECT && !f(ctx, v)))
            return false;
    }
    return true;
}

/* Every key object of the document. A document that is a key itself (an old style) is one too. */
static size_t visit_all(const struct jdoc *document, visit *f, void *ctx)
{
    size_t n = 0;
    bool more = visit_member(document, "verificationMethod", &n, f, ctx) &&
                visit_member(document, "publicKey", &n, f, ctx);
    for (int i = 0; more && i < METHOD_PURPOSES_N; i++)
        more = visit_member(document, method_purpose_word((enum method_purpose)i), &n, f, ctx);
    return n;
}

static bool has_member(const struct jdoc *document, const char *key)
{
    const struct jdoc *v = jdoc_get(document, key);
    return v != NULL && v->type != JDOC_NULL;
}

bool controller_has_list(const struct jdoc *document)
{
    bool has = has_member(document, "verificationMethod") || has_member(document, "publicKey");
    for (int i = 0; !has && i < METHOD_PURPOSES_N; i++)
        has = has_member(document, method_purpose_word((enum method_purpose)i));
    return has;
}

/* -- Purposes ------------------------------------------------------------------------------- */

static bool lists(struct arena *arena, const struct jdoc *list, struct slice base, struct slice id)
{
    if (list->type != JDOC_ARRAY)
        return same_id(id_of(arena, list, base), id);
    for (size_t i = 0; i < list->array.n; i++)
        if (same_id(id_of(arena, list->array.items[i], base), id))
            return true;
    return false;
}

static void add_purposes(struct arena *arena, const struct jdoc *document, struct slice base, struct method *m)
{
    m->unstated = true;
    for (int i = 0; i < METHOD_PURPOSES_N; i++) {
        const struct jdoc *list = jdoc_get(document, method_purpose_word((enum method_purpose)i));
        if (list == NULL)
            continue;
        m->unstated = false;
        if (lists(arena, list, base, m->id))
            m->purposes |= METHOD_BIT(i);
    }
}

/* -- Finding -------------------------------------------------------------------------------- */

struct search {
    struct arena *arena;
    const struct jdoc *document;
    struct slice base;
    struct slice id;         /* what is looked for by name … */
    const struct key *key;   /* … or by value … */
    unsigned purposes;       /* … or by purpose */
    struct method found;
    size_t n;
    enum err_code rc; /* of the last one that fits by name and cannot be read */
    struct err *e;
};

static bool has_name(struct search *s, const struct jdoc *v)
{
    struct slice kid, id = id_of(s->arena, v, s->base);
    const struct jdoc *jwk = jdoc_get(v, "publicKeyJwk");
    if (same_id(id, s->id))
        return true;
    if (slice_find(s->id, ':') < s->id.len || s->id.len == 0)
        return false; /* an absolute id: nothing else may stand for it */
    size_t hash = slice_find(id, '#');
    return (hash < id.len && slice_equal(slice_from(id, hash + 1), s->id)) ||
           (jwk != NULL && jdoc_get_string(jwk, "kid", &kid) && slice_equal(kid, s->id));
}

/* The key itself, or the account of it. */
static bool is_key(const struct key *key, const struct key *wanted)
{
    struct key own = *key;
    if (key->kind == KEY_SECP256K1 && (wanted->kind == KEY_ETH_ACCOUNT || wanted->kind == KEY_BTC_ACCOUNT))
        own = account_of(key, wanted->kind);
    return key_equal(&own, wanted);
}

static bool fits(const struct search *s, const struct method *m)
{
    if (s->key != NULL)
        return is_key(&m->key, s->key);
    return s->purposes == 0 || m->unstated || (m->purposes & s->purposes) != 0;
}

/* The same key may be listed twice (by reference and embedded); two keys of one name may not. */
static bool take(void *ctx, const struct jdoc *v)
{
    struct search *s = ctx;
    struct method m;
    bool by_name = s->key == NULL && s->purposes == 0;
    if (by_name && !has_name(s, v))
        return true;
    enum err_code rc = method_read(s->arena, v, s->base, &m, by_name ? s->e : NULL);
    if (rc != ERR_OK) {
        s->rc = by_name ? rc : s->rc;
        return true;
    }
    add_purposes(s->arena, s->document, s->base, &m);
    if (!fits(s, &m) || (s->n > 0 && (s->key != NULL || key_equal(&m.key, &s->found.key))))
        return true;
    s->found = m;
    s->n++;
    return true;
}

static enum err_code search(struct search *s, struct method *ret)
{
    size_t visited = visit_all(s->document, take, s);
    if (s->document->type == JDOC_OBJECT && s->n == 0 && s->rc == ERR_OK)
        take(s, s->document);
    enum err_code rc = arena_check(s->arena, s->e);
    if (rc != ERR_OK)
        return rc;
    if (visited > CONTROLLER_MAX_METHODS)
        return err_set(s->e, ERR_LIMIT, "a list of over %d keys", CONTROLLER_MAX_METHODS);
    if (s->n == 0 && s->rc != ERR_OK)
        return s->rc;
    if (s->n == 0)
        return err_set(s->e, ERR_NOT_FOUND, "the list of keys does not hold it");
    if (s->n > 1)
        return err_set(s->e, ERR_CONFLICT, "the list of keys holds several that fit");
    *ret = s->found;
    return ERR_OK;
}

enum err_code controller_find(struct arena *arena, const struct jdoc *document, struct slice base,
                              struct slice id, struct method *ret, struct err *e)
{
    struct search s = {.arena = arena, .document = document, .base = base, .id = id, .e = e};
    return search(&s, ret);
}

enum err_code controller_find_key(struct arena *arena, const struct jdoc *document, struct slice base,
                                  const struct key *key, struct method *ret, struct err *e)
{
    struct search s = {.arena = arena, .document = document, .base = base, .key = key, .e = e};
    return search(&s, ret);
}

enum err_code controller_only(struct arena *arena, const struct jdoc *document, struct slice base,
                              enum method_purpose purpose, struct method *ret, struct err *e)
{
    struct search s = {.arena = arena, .document = document, .base = base,
                       .purposes = METHOD_BIT(purpose), .e = e};
    return search(&s, ret);
}
