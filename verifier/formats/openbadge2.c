/* Open Badges 2.0: see openbadge2.h. */
#include "verifier/formats/openbadge2.h"

#include "common/limits.h"
#include "verifier/formats/credential.h"
#include "verifier/formats/dates.h"
#include "verifier/formats/profile.h"
#include "verifier/keys/keyder.h"
#include "verifier/status/status.h"

#define KEYS_MAX 64 /* of one issuer */
#define OB1 "https://w3id.org/openbadges/v1"
#define OB2 "https://w3id.org/openbadges/v2"

static const struct dates_names NAMES = {{"issuedOn"}, {"expires"}};

/* The assertion, and what it leads to. */
struct badge {
    const struct jdoc *assertion; /* NULL: the file is a badge class or an issuer itself */
    const struct jdoc *class, *issuer;
    struct slice issuer_id;
};

static bool is_issuer(const struct jdoc *v)
{
    return format_has_type(v, "Issuer") || format_has_type(v, "Profile");
}

static bool has_context(const struct jdoc *root, const char *url)
{
    const struct jdoc *context = jdoc_get(root, "@context");
    bool is = context != NULL && jdoc_is(context, url);
    for (size_t i = 0; context != NULL && context->type == JDOC_ARRAY && i < context->array.n; i++)
        is |= jdoc_is(context->array.items[i], url);
    return is;
}

bool openbadge2_is(const struct jdoc *root)
{
    return format_has_type(root, "Assertion") || format_has_type(root, "BadgeClass") || is_issuer(root) ||
           has_context(root, OB1) || has_context(root, OB2);
}

/* -- Reading -------------------------------------------------------------------------------- */

/* The document behind an id. Returns: NULL, with an objection. */
static const struct jdoc *read_page(struct format_check *c, struct slice url, const char *what)
{
    const struct lookup_reply *reply = lookup_get_own(c->env->lookup, url);
    if (reply->answer != LOOKUP_FOUND) {
        format_say(c, REASON_BADGE_UNREACHABLE, "%s: %s", what, reply->why);
        return NULL;
    }
    if (reply->json == NULL || reply->json->type != JDOC_OBJECT) {
        format_say(c, REASON_BADGE_UNUSABLE, "%s: %.*s", what, SLICE_ARG(url));
        return NULL;
    }
    return reply->json;
}

/* What is written out inside of a document is that document's word: enough for the description of a badge. */
static const struct jdoc *read_class(struct format_check *c)
{
    const struct jdoc *named = jdoc_get(c->root, "badge");
    struct slice url;
    if (named != NULL && named->type == JDOC_OBJECT && named->object.n > 1)
        return named;
    if (format_id_of(named, &url))
        return read_page(c, url, "badge");
    format_say(c, REASON_BADGE_UNUSABLE, "it names no badge");
    return NULL;
}

/* The issuer's policy and keys count only from the issuer's own page, and whose page it is says its address,
 * not its content: anybody can write out an issuer with a name, a policy and keys of his choice. */
static bool read_issuer(struct format_check *c, struct badge *badge, const struct jdoc *named)
{
    if (!format_id_of(named, &badge->issuer_id))
        return format_say(c, REASON_BADGE_UNUSABLE, "it names no issuer");
    badge->issuer = read_page(c, badge->issuer_id, "issuer");
    if (badge->issuer == NULL)
        return false;
    if (!is_issuer(badge->issuer))
        return format_say(c, REASON_BADGE_UNUSABLE, "the issuer is of another type");
    c->profile = badge->issuer;
    c->issuer = badge->issuer_id;
    format_say(c, REASON_BADGE_READ, "%.*s", SLICE_ARG(badge->issuer_id));
    return true;
}

static bool read_badge(struct format_check *c, struct badge *badge)
{
    if (format_has_type(c->root, "Assertion"))
        badge->assertion = c->root;
    if (badge->assertion == NULL && is_issuer(c->root))
        return read_issuer(c, badge, c->root);
    badge->class = badge->assertion == NULL ? c->root : read_class(c);
    if (badge->class == NULL)
        return false;
    if (!format_has_type(badge->class, "BadgeClass"))
        return format_say(c, REASON_BADGE_UNUSABLE, "the badge is of another type");
    return read_issuer(c, badge, jdoc_get(badge->class, "issuer"));
}

/* Its words must be known, even if nothing is hashed: what is shown is read by them. */
static bool check_words(struct format_check *c, struct format_outcome *ret)
{
    struct canonize_options options = canonize_options();
    struct canonize_result result;
    struct err e;
    options.losses = JSONLD_LOSS_LIST;
    options.credential = false;
    enum err_code rc = canonize_tree(c->env->canonize, c->arena, c->root, &options, &result, &e);
    if (rc != ERR_OK)
        return format_say(c,
                          rc == ERR_NOT_FOUND ? REASON_CONTEXT_UNKNOWN :
                          rc == ERR_LIMIT     ? REASON_CREDENTIAL_COMPLEX :
                                                REASON_SHAPE_WRONG,
                          "%s", e.msg);
    ret->canonical = result.data;
    return true;
}

/* An extension brings the words that it is written in (specification, "Extensions"). */
static bool check_extensions(struct format_check *c)
{
    for (const struct map_entry *m = c->root->object.first; m != NULL; m = m->next) {
        const struct jdoc *v = m->value;
        if (format_has_type(v, "Extension") && jdoc_get(v, "@context") == NULL)
            return format_say(c, REASON_SHAPE_WRONG, "extension %.*s has no @context", SLICE_ARG(m->key));
    }
    return true;
}

static bool check_order(struct format_check *c)
{
    uint64_t from, until;
    if (dates_of(&from, c->root, "issuedOn") && dates_of(&until, c->root, "expires") && until < from)
        return format_say(c, REASON_SHAPE_WRONG, "it expires before it was issued");
    return true;
}

/* -- Hosted --------------------------------------------------------------------------------- */

static bool same_meaning(struct format_check *c, const struct jdoc *a, const struct jdoc *b)
{
    struct canonize_options options = canonize_options();
    struct canonize_result x, y;
    options.credential = false;
    return jdoc_equal(a, b) ||
           (canonize_tree(c->env->canonize, c->arena, a, &options, &x, NULL) == ERR_OK &&
            canonize_tree(c->env->canonize, c->arena, b, &options, &y, NULL) == ERR_OK &&
            x.text.len > 0 && hash32_equal(&x.hash, &y.hash));
}

/* The badge as it was before it was withdrawn. */
static const struct jdoc *before_withdrawal(struct arena *arena, const struct jdoc *badge)
{
    struct jdoc *copy = jdoc_object(arena, badge->offset);
    for (const struct map_entry *m = badge->object.first; m != NULL; m = m->next)
        if (!slice_is(m->key, "revoked") && !slice_is(m->key, "revocationReason"))
            jdoc_set(arena, copy, m->key, m->value);
    return copy;
}

/* A site that withdraws a badge may still show it whole; one that does not leaves open what it once was. */
static bool check_withdrawn(struct format_check *c, const struct jdoc *page)
{
    struct slice why = {0};
    jdoc_get_string(page, "revocationReason", &why);
    format_say(c, REASON_HOSTED_GONE, "%.*s", SLICE_ARG(why));
    if (!same_meaning(c, before_withdrawal(c->arena, c->root), before_withdrawal(c->arena, page)))
        return format_say(c, REASON_HOSTED_BLANK, "%s", "");
    format_say(c, REASON_HOSTED_SAME, "%s", "");
    return true;
}

static bool check_hosted(struct format_check *c)
{
    struct slice id;
    if (!format_id_of(c->root, &id))
        return format_say(c, REASON_SHAPE_WRONG, "it has no id");
    const struct lookup_reply *reply = lookup_get_own(c->env->lookup, id);
    if (reply->answer == LOOKUP_GONE) {
        format_say(c, REASON_HOSTED_GONE, "%s", reply->why);
        return format_say(c, REASON_HOSTED_BLANK, "%s", "");
    }
    if (reply->answer != LOOKUP_FOUND)
        return format_say(c, REASON_HOSTED_UNREACHABLE, "%s", reply->why);
    if (reply->json == NULL)
        return format_say(c, REASON_HOSTED_UNREACHABLE, "%s", "what is there is not JSON");
    const struct jdoc *revoked = jdoc_get(reply->json, "revoked");
    if (revoked != NULL && revoked->type == JDOC_BOOL && revoked->boolean)
        return check_withdrawn(c, reply->json);
    if (!same_meaning(c, c->root, reply->json))
        return format_say(c, REASON_HOSTED_DIFFERS, "%.*s", SLICE_ARG(id));
    format_say(c, REASON_HOSTED_SAME, "%.*s", SLICE_ARG(id));
    return true;
}

/* "host:port" of a URL; empty if it is not one of http or https. */
static struct slice authority_of(struct slice url)
{
    if (slice_starts(url, SLICE("https://")))
        url = slice_from(url, 8);
    else if (slice_starts(url, SLICE("http://")))
        url = slice_from(url, 7);
    else
        return (struct slice){0};
    size_t len = slice_find(url, '/');
    url.len = len;
    url.len = slice_find(url, '?');
    url.len = slice_find(url, '#');
    return url;
}

/* How a value of a policy fits. */
typedef bool fits(struct slice value, struct slice text);

static bool any_fits(const struct jdoc *v, struct slice text, fits *f)
{
    size_t n = v == NULL ? 0 : v->type == JDOC_ARRAY ? v->array.n : 1;
    for (size_t i = 0; i < n; i++) {
        const struct jdoc *one = v->type == JDOC_ARRAY ? v->array.items[i] : v;
        if (one->type == JDOC_STRING && f(one->string, text))
            return true;
    }
    return false;
}

/* "https://a.example" is the beginning of every URL of that host, not of https://a.example.evil.example. */
static bool is_start(struct slice value, struct slice id)
{
    return slice_starts(id, value) && authority_of(value).len > 0 && slice_equal(authority_of(value), authority_of(id));
}

/* Where an issuer keeps its badges: what its profile says, else its own host. */
static bool check_origin(struct format_check *c, const struct badge *badge)
{
    const struct jdoc *policy = jdoc_get(badge->issuer, "verification");
    const struct jdoc *starts = jdoc_get(policy, "startsWith"), *origins = jdoc_get(policy, "allowedOrigins");
    struct slice id = {0};
    format_id_of(c->root, &id);
    struct slice authority = authority_of(id), own = authority_of(badge->issuer_id);
    bool good = authority.len > 0;
    if (starts != NULL)
        good = good && any_fits(starts, id, is_start);
    if (origins != NULL)
        good = good && any_fits(origins, authority, slice_equal);
    else if (starts == NULL)
        good = good && slice_equal(authority, own);
    enum reason otherwise = badge->assertion != NULL ? REASON_ORIGIN_FOREIGN : REASON_ORIGIN_UNSHOWN;
    format_say(c, good ? REASON_ORIGIN_ALLOWED : otherwise, "%.*s", SLICE_ARG(authority));
    return good;
}

/* -- Signed --------------------------------------------------------------------------------- */

/* The key that the assertion names, or the only one of the issuer. */
static const struct jdoc *named_key(const struct format_check *c, const struct badge *badge)
{
    const struct jdoc *creator = jdoc_get(jdoc_get(c->root, "verification"), "creator");
    const struct jdoc *listed = jdoc_get(badge->issuer, "publicKey");
    if (creator != NULL)
        return creator;
    if (listed != NULL && listed->type == JDOC_ARRAY)
        return listed->array.n == 1 ? listed->array.items[0] : NULL;
    return listed;
}

static bool lists_key(const struct jdoc *issuer, struct slice id)
{
    const struct jdoc *listed = jdoc_get(issuer, "publicKey");
    size_t n = listed == NULL ? 0 : listed->type == JDOC_ARRAY ? listed->array.n : 1;
    for (size_t i = 0; i < n && i < KEYS_MAX; i++) {
        struct slice one;
        if (format_id_of(listed->type == JDOC_ARRAY ? listed->array.items[i] : listed, &one) &&
            profile_same_owner(one, id))
            return true;
    }
    return false;
}

/* A key that the issuer's page itself writes out, or the page of the key. */
static const struct jdoc *read_key(struct format_check *c, const struct badge *badge, struct slice id)
{
    const struct jdoc *listed = jdoc_get(badge->issuer, "publicKey");
    size_t n = listed == NULL ? 0 : listed->type == JDOC_ARRAY ? listed->array.n : 1;
    for (size_t i = 0; i < n && i < KEYS_MAX; i++) {
        const struct jdoc *one = listed->type == JDOC_ARRAY ? listed->array.items[i] : listed;
        struct slice own;
        if (one->type == JDOC_OBJECT && jdoc_get(one, "publicKeyPem") != NULL && format_id_of(one, &own) &&
            profile_same_owner(own, id))
            return one;
    }
    return read_page(c, id, "key");
}

static bool check_key(struct format_check *c, const struct badge *badge, struct key *ret)
{
    const struct jdoc *named = named_key(c, badge);
    struct slice id, owner, pem;
    struct err e;
    if (!format_id_of(named, &id))
        return format_say(c, REASON_KEY_UNREADABLE, "no single key is named");
    if (!lists_key(badge->issuer, id))
        return format_say(c, REASON_KEY_NOT_LISTED, "%.*s", SLICE_ARG(id));
    const struct jdoc *document = read_key(c, badge, id);
    if (document == NULL)
        return false;
    if (!format_id_of(jdoc_get(document, "owner"), &owner) || !profile_same_owner(owner, badge->issuer_id))
        return format_say(c, REASON_SIGNER_NOT_ISSUER, "the key names another owner");
    if (!jdoc_get_string(document, "publicKeyPem", &pem) || keyder_pem(ret, pem, &e) != ERR_OK)
        return format_say(c, REASON_KEY_UNREADABLE, "%.*s", SLICE_ARG(id));
    format_say(c, REASON_KEY_FOUND, "%.*s", SLICE_ARG(id));
    return true;
}

static bool check_jws(struct format_check *c, const struct badge *badge, const struct jws *jws)
{
    struct key key;
    enum signature_answer answer;
    if (!check_key(c, badge, &key))
        return false;
    if (!jws_verify(jws, &key, &answer))
        return format_say(c, REASON_ALGORITHM_NOT_OF_KEY, "%s", key_algorithm(key.kind));
    switch (answer) {
    case SIGNATURE_HOLDS: format_say(c, REASON_SIGNATURE_HOLDS, "%s", key_algorithm(key.kind)); return true;
    case SIGNATURE_WRONG: return format_say(c, REASON_SIGNATURE_WRONG, "%s", "");
    case SIGNATURE_MALFORMED: return format_say(c, REASON_SIGNATURE_MALFORMED, "%s", "");
    }
    return false;
}

/* -- The whole ------------------------------------------------------------------------------ */

static bool is_hosted(const struct jdoc *root)
{
    const struct jdoc *verification = jdoc_get(root, "verification");
    return !format_has_type(root, "Assertion") || format_has_type(verification, "hosted") ||
           format_has_type(verification, "HostedBadge");
}

static void finish(struct format_check *c, const struct badge *badge, bool proven, struct format_outcome *ret)
{
    uint64_t issued = c->env->now;
    if (badge->assertion != NULL) {
        dates_check(c, c->root, &NAMES);
        status_check(c);
    } else {
        format_say(c, REASON_NO_REVOCATION, "%s", "");
    }
    if (!proven)
        return;
    dates_of(&issued, c->root, "issuedOn");
    ret->shown = c->root;
    ret->issuer = badge->issuer_id;
    ret->name = profile_name(badge->issuer);
    credential_check_trust(c, badge->issuer_id, (struct slice){0}, issued, ret);
}

void openbadge2_check(struct format_check *c, struct format_outcome *ret)
{
    struct badge badge = {0};
    if (has_context(c->root, OB1)) {
        format_say(c, REASON_BADGE_OLD, "%s", "");
        return;
    }
    if (!is_hosted(c->root)) {
        format_say(c, REASON_PROOFLESS, "it is of the signed kind: the token is needed");
        return;
    }
    bool proven = check_words(c, ret) && check_extensions(c) && check_order(c) && check_hosted(c) && read_badge(c, &badge) &&
                  check_origin(c, &badge);
    finish(c, &badge, proven, ret);
}

void openbadge2_check_signed(struct format_check *c, const struct jws *jws, struct format_outcome *ret)
{
    struct badge badge = {0};
    bool proven = check_words(c, ret) && check_extensions(c) && check_order(c) && read_badge(c, &badge) && check_jws(c, &badge, jws);
    finish(c, &badge, proven, ret);
}
