/* Credentials as tokens: see jwt.h. */
#include "verifier/keys/jwt.h"

#include <ctype.h>
#include <string.h>

#include "common/rfc3339.h"
#include "verifier/keys/judge.h"
#include "verifier/keys/tokenkey.h"

/* -- Opening -------------------------------------------------------------------------------- */

/* Registered claims (RFC 7519, and cnf of RFC 7800): beside the credential, not of it. */
static const char *const CLAIMS[] = {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "cnf"};

static bool is_claim(struct slice key)
{
    for (size_t i = 0; i < sizeof CLAIMS / sizeof CLAIMS[0]; i++)
        if (slice_is(key, CLAIMS[i]))
            return true;
    return false;
}

static bool same_word(struct slice text, const char *word)
{
    if (text.len != strlen(word))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (tolower(text.data[i]) != word[i])
            return false;
    return true;
}

/* Absent, or one of the types of credentials; "application/" in front may be left out. */
static bool is_credential_type(struct slice typ)
{
    static const char *const TYPES[] = {"jwt", "vc+jwt", "vp+jwt", "vc+ld+jwt", "vp+ld+jwt",
                                        "vc+ld+json+jwt", "vp+ld+json+jwt"};
    static const char PREFIX[] = "application/";
    size_t prefix = sizeof PREFIX - 1;
    if (typ.len > prefix && same_word((struct slice){typ.data, prefix}, PREFIX))
        typ = slice_from(typ, prefix);
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++)
        if (same_word(typ, TYPES[i]))
            return true;
    return typ.len == 0;
}

static bool claim_time(const struct jdoc *claims, const char *name, uint64_t *ret)
{
    const struct jdoc *v = jdoc_get(claims, name);
    if (v == NULL || v->type != JDOC_NUMBER || v->number.value < 0 || v->number.value > (double)RFC3339_MAX)
        return false;
    *ret = (uint64_t)v->number.value;
    return true;
}

/* What a member says; null says nothing. */
static const struct jdoc *said(const struct jdoc *object, const char *member)
{
    const struct jdoc *v = jdoc_get(object, member);
    return v != NULL && v->type == JDOC_NULL ? NULL : v;
}

static void fill_time(struct arena *arena, struct jdoc *credential, const struct jdoc *claims, const char *claim,
                      const char *member)
{
    char text[RFC3339_LEN + 1];
    uint64_t seconds;
    if (said(credential, member) != NULL || !claim_time(claims, claim, &seconds) ||
        !rfc3339_write(text, seconds))
        return;
    struct slice copy = arena_copy(arena, (struct slice){(const uint8_t *)text, RFC3339_LEN});
    jdoc_set(arena, credential, slice_of(member), jdoc_string(arena, JDOC_BUILT, copy));
}

/* The payload without the claims: VCDM 2.0 and Open Badges 3.0. A token that has ended is no better than a
 * credential that has: where the credential is silent, the claims speak. */
static const struct jdoc *unwrapped(struct arena *arena, const struct jdoc *claims)
{
    struct jdoc *copy = jdoc_object(arena, claims->offset);
    for (struct map_entry *m = claims->object.first; m != NULL; m = m->next)
        if (!is_claim(m->key))
            jdoc_set(arena, copy, m->key, m->value);
    if (said(claims, "issuanceDate") == NULL)
        fill_time(arena, copy, claims, "nbf", "validFrom");
    if (said(claims, "expirationDate") == NULL)
        fill_time(arena, copy, claims, "exp", "validUntil");
    return copy;
}

static void fill(struct arena *arena, struct jdoc *credential, const struct jdoc *claims, const char *claim,
                 const char *member)
{
    const struct jdoc *v = jdoc_get(claims, claim);
    if (v != NULL && said(credential, member) == NULL)
        jdoc_set(arena, credential, slice_of(member), v);
}

static void fill_subject(struct arena *arena, struct jdoc *credential, const struct jdoc *claims)
{
    const struct jdoc *subject = jdoc_get(credential, "credentialSubject");
    if (subject == NULL || subject->type != JDOC_OBJECT || jdoc_get(claims, "sub") == NULL ||
        said(subject, "id") != NULL)
        return;
    struct jdoc *copy = jdoc_shallow(arena, subject);
    fill(arena, copy, claims, "sub", "id");
    jdoc_set(arena, credential, SLICE("credentialSubject"), copy);
}

/* VC Data Model 1.1, section 6.3.1: a claim may stand in the place of a member of the vc claim. */
static const struct jdoc *completed(struct arena *arena, const struct jdoc *vc, const struct jdoc *claims)
{
    struct jdoc *copy = jdoc_shallow(arena, vc);
    if (copy == NULL)
        return vc;
    bool presentation = jdoc_get(claims, "vp") == vc;
    fill(arena, copy, claims, "jti", "id");
    fill(arena, copy, claims, "iss", presentation ? "holder" : "issuer");
    fill_subject(arena, copy, claims);
    if (!presentation) {
        bool second = said(vc, "validFrom") != NULL || said(vc, "validUntil") != NULL;
        fill_time(arena, copy, claims, "nbf", second ? "validFrom" : "issuanceDate");
        fill_time(arena, copy, claims, "exp", second ? "validUntil" : "expirationDate");
    }
    return copy;
}

static enum err_code find_credential(struct arena *arena, struct jwt *jwt, struct err *e)
{
    const struct jdoc *vc = jdoc_get(jwt->claims, "vc"), *vp = jdoc_get(jwt->claims, "vp");
    if (vc != NULL && vp != NULL)
        return err_set(e, ERR_INVALID, "token with both a vc and a vp claim");
    vc = vc != NULL ? vc : vp;
    if (vc != NULL && vc->type != JDOC_OBJECT)
        return err_set(e, ERR_INVALID, "token whose vc claim is no object");
    if (vc == NULL && jdoc_get(jwt->claims, "@context") == NULL)
        return err_set(e, ERR_INVALID, "token that holds no credential");
    jwt->wrapped = vc != NULL;
    jwt->credential = vc != NULL ? completed(arena, vc, jwt->claims) : unwrapped(arena, jwt->claims);
    return arena_check(arena, e);
}

enum err_code jwt_open(struct arena *arena, struct slice text, struct jwt *ret, struct err *e)
{
    struct jdoc_limits limits = {.bytes = JWS_MAX_BYTES, .depth = JDOC_MAX_DEPTH};
    struct jwt jwt = {0};
    struct slice cty = {0};
    enum err_code rc = jws_open(arena, text, &jwt.jws, e);
    if (rc != ERR_OK)
        return rc;
    jdoc_get_string(jwt.jws.header, "cty", &cty);
    if (!is_credential_type(jwt.jws.typ) || same_word(cty, "jwt"))
        return err_set(e, ERR_INVALID, "token that says that it is no credential (typ, cty)");
    rc = jdoc_parse(arena, jwt.jws.payload, limits, &jwt.claims, e);
    if (rc != ERR_OK)
        return err_wrap(e, "payload of the token");
    if (jwt.claims->type != JDOC_OBJECT)
        return err_set(e, ERR_PARSE, "token whose payload is no object");
    rc = find_credential(arena, &jwt, e);
    if (rc == ERR_OK)
        *ret = jwt;
    return rc;
}

enum reason jwt_refusal(enum err_code rc)
{
    if (rc == ERR_UNSUPPORTED)
        return REASON_TOKEN_UNSIGNED;
    return rc == ERR_DENIED || rc == ERR_INVALID ? REASON_TOKEN_REFUSED : REASON_TOKEN_MALFORMED;
}

/* -- Claims --------------------------------------------------------------------------------- */

/* A claim beside a member: both there and different? */
static bool differs(const struct jdoc *claims, const char *claim, const struct jdoc *member)
{
    const struct jdoc *v = jdoc_get(claims, claim);
    return v != NULL && member != NULL && !jdoc_equal(v, member);
}

static const struct jdoc *id_of(const struct jdoc *v)
{
    return v != NULL && v->type == JDOC_OBJECT ? jdoc_get(v, "id") : v;
}

static bool is_presentation(const struct jdoc *credential)
{
    const struct jdoc *type = jdoc_get(credential, "type");
    for (size_t i = 0; type != NULL && type->type == JDOC_ARRAY && i < type->array.n; i++)
        if (jdoc_is(type->array.items[i], "VerifiablePresentation"))
            return true;
    return type != NULL && jdoc_is(type, "VerifiablePresentation");
}

/* The subject that sub speaks of: the only one. */
static const struct jdoc *subject_id(const struct jdoc *credential)
{
    const struct jdoc *subject = jdoc_get(credential, "credentialSubject");
    if (subject != NULL && subject->type == JDOC_ARRAY && subject->array.n == 1)
        subject = subject->array.items[0];
    return subject != NULL && subject->type == JDOC_OBJECT ? jdoc_get(subject, "id") : NULL;
}

static bool check_identities(struct format_check *c, const struct jwt *jwt)
{
    const struct jdoc *v = jwt->credential;
    const struct {
        const char *claim;
        const struct jdoc *member;
    } PAIRS[] = {
        {"iss", id_of(jdoc_get(v, is_presentation(v) ? "holder" : "issuer"))},
        {"sub", subject_id(v)},
        {"jti", jdoc_get(v, "id")},
    };
    bool good = true;
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++)
        if (differs(jwt->claims, PAIRS[i].claim, PAIRS[i].member))
            good = format_say(c, REASON_CLAIMS_OTHER_IDENTITY, "%s", PAIRS[i].claim);
    return good;
}

/* A fraction of a second has no place in most claims: it is cut off on both sides. */
static bool check_date(struct format_check *c, const struct jwt *jwt, const char *claim, const char *member)
{
    struct slice text;
    uint64_t claimed, stated;
    if (jdoc_get(jwt->claims, claim) == NULL)
        return true;
    if (!claim_time(jwt->claims, claim, &claimed))
        return format_say(c, REASON_CLAIMS_OTHER_DATES, "%s is no time", claim);
    if (!jdoc_get_string(jwt->credential, member, &text) ||
        !rfc3339_read(&stated, (const char *)text.data, text.len) || stated == claimed)
        return true; /* what is wrong with the member itself is said where it is read */
    return format_say(c, REASON_CLAIMS_OTHER_DATES, "%s and %s", claim, member);
}

/* VC 1.1 calls the first day issuanceDate, 2.0 validFrom; a credential of the one may hold the other. */
static const char *first_of(const struct jdoc *v, const char *a, const char *b)
{
    return said(v, a) != NULL ? a : b;
}

static bool check_claims(struct format_check *c, const struct jwt *jwt)
{
    const struct jdoc *v = jwt->credential;
    bool good = check_identities(c, jwt);
    good = check_date(c, jwt, "nbf", first_of(v, "issuanceDate", "validFrom")) && good;
    good = check_date(c, jwt, "exp", first_of(v, "expirationDate", "validUntil")) && good;
    if (good)
        format_say(c, REASON_CLAIMS_AGREE, "%s", "");
    return good;
}

/* A presentation is made for somebody: aud and nonce are what domain and challenge are in a proof. */
static bool check_audience(struct format_check *c, const struct jwt *jwt)
{
    const struct format_expected *expected = &c->env->expected;
    const struct jdoc *nonce = jdoc_get(jwt->claims, "nonce"), *aud = jdoc_get(jwt->claims, "aud");
    bool named = aud == NULL;
    if (!is_presentation(jwt->credential))
        return true;
    for (size_t i = 0; aud != NULL && aud->type == JDOC_ARRAY && i < aud->array.n; i++)
        named = named || (aud->array.items[i]->type == JDOC_STRING &&
                          judge_domain(expected, aud->array.items[i]->string));
    if (aud != NULL && aud->type == JDOC_STRING)
        named = judge_domain(expected, aud->string);
    if (!named)
        return format_say(c, REASON_PROOF_OTHER_DOMAIN, "%s", "aud");
    if (expected->challenge != NULL && (nonce == NULL || !jdoc_is(nonce, expected->challenge)))
        return format_say(c, REASON_PROOF_OTHER_CHALLENGE, "%s", "nonce");
    return true;
}

/* -- All of it ------------------------------------------------------------------------------ */

static unsigned purposes_of(const struct jwt *jwt)
{
    unsigned assertion = METHOD_BIT(METHOD_ASSERTION);
    return is_presentation(jwt->credential) ? assertion | METHOD_BIT(METHOD_AUTHENTICATION) : assertion;
}

static uint64_t moment_of(const struct format_check *c, const struct jwt *jwt)
{
    uint64_t moment = c->env->now;
    if (!claim_time(jwt->claims, "iat", &moment))
        claim_time(jwt->claims, "nbf", &moment);
    return moment;
}

bool jwt_check(struct format_check *c, const struct jwt *jwt)
{
    struct resolve_result key = {0};
    enum signature_answer answer;
    unsigned purposes = purposes_of(jwt);
    format_say(c, REASON_TOKEN_READ, "%s", "");
    tokenkey_find(c, &jwt->jws, &key);
    bool good = judge_key(c, &key, purposes, moment_of(c, jwt), false, NULL);
    if (key.reason != REASON_KEY_FOUND)
        return false;
    if (!jws_verify(&jwt->jws, &key.method.key, &answer))
        return format_say(c, REASON_ALGORITHM_NOT_OF_KEY, "the key is %s",
                          key_kind_name(key.method.key.kind));
    good = judge_signature(c, answer, false) && good;
    if (answer != SIGNATURE_HOLDS)
        return false;
    good = check_audience(c, jwt) && good;
    return check_claims(c, jwt) && good;
}
