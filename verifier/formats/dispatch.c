/* Formats told apart, and presentations: see dispatch.h. */
#include "verifier/formats/dispatch.h"

#include "common/limits.h"
#include "verifier/formats/certificate.h"
#include "verifier/formats/credential.h"
#include "verifier/formats/dates.h"
#include "verifier/formats/openbadge2.h"
#include "verifier/formats/profile.h"

static const char ENVELOPE[] = "data:application/";

const char *dispatch_word(enum dispatch_kind kind)
{
    static const char *const WORDS[] = {
#define X(name, word) word,
        DISPATCH_KINDS(X)
#undef X
    };
    return WORDS[kind];
}

/* -- Which one ------------------------------------------------------------------------------ */

static bool names_blockcerts(const struct jdoc *root)
{
    const struct jdoc *context = jdoc_get(root, "@context");
    for (size_t i = 0; context != NULL && context->type == JDOC_ARRAY && i < context->array.n; i++) {
        const struct jdoc *one = context->array.items[i];
        if (one->type == JDOC_STRING && memmem(one->string.data, one->string.len, "blockcerts", 10) != NULL)
            return true;
    }
    return false;
}

enum dispatch_kind dispatch_recognise(const struct jdoc *root)
{
    if (jdoc_get(root, "receipt") != NULL && jdoc_get(root, "document") != NULL)
        return DISPATCH_BLOCKCERTS_1;
    if (format_has_type(root, "VerifiablePresentation"))
        return DISPATCH_PRESENTATION;
    if (format_has_type(jdoc_get(root, "signature"), "MerkleProof2017"))
        return DISPATCH_BLOCKCERTS_2;
    if (jdoc_get(root, "proof") == NULL && openbadge2_is(root))
        return DISPATCH_OPENBADGE_2;
    if (jdoc_get(root, "proof") == NULL && !format_has_type(root, "VerifiableCredential"))
        return DISPATCH_NONE;
    if (format_has_type(root, "BlockcertsCredential") || names_blockcerts(root))
        return DISPATCH_BLOCKCERTS_3;
    if (format_has_type(root, "OpenBadgeCredential") || format_has_type(root, "AchievementCredential") ||
        format_has_type(root, "EndorsementCredential"))
        return DISPATCH_OPENBADGE_3;
    return DISPATCH_CREDENTIAL;
}

/* -- Documents inside documents ------------------------------------------------------------- */

/* What is asked of the proof of the file (a purpose, a challenge) is not asked of what is inside it. */
static bool begin_inner(const struct format_check *c, struct format_check *ret)
{
    struct format_env *env = arena_alloc(c->arena, sizeof *env);
    *ret = *c;
    if (env == NULL)
        return false;
    *env = *c->env;
    env->expected = (struct format_expected){0};
    ret->env = env;
    ret->depth = c->depth + 1;
    ret->findings = format_findings(c->arena);
    ret->profile = NULL;
    ret->issuer = (struct slice){0};
    ret->profile_url = (struct slice){0};
    return ret->findings != NULL;
}

static bool parse(struct format_check *c, struct slice bytes)
{
    struct jdoc_limits limits = {.bytes = LIMITS_LOOKUP_BYTES, .depth = JDOC_MAX_DEPTH};
    struct err e;
    if (jdoc_parse(c->arena, bytes, limits, &c->root, &e) != ERR_OK)
        return format_say(c, REASON_CREDENTIAL_BROKEN, "%s", e.msg);
    return true;
}

/* format_check.nested. */
static bool check_nested(struct format_check *c, struct slice bytes, struct verdict *ret,
                         const struct jdoc **ret_root, struct slice *ret_issuer)
{
    struct format_outcome outcome = {0};
    struct format_check inner;
    *ret_root = NULL;
    *ret_issuer = (struct slice){0};
    if (c->depth + 1 >= FORMAT_MAX_DEPTH || !begin_inner(c, &inner))
        return false;
    inner.root = NULL;
    if (jws_looks_like(bytes))
        dispatch_check_token(&inner, bytes, &outcome);
    else if (parse(&inner, bytes))
        dispatch_check(&inner, &outcome);
    *ret = verdict_of(inner.findings);
    *ret_root = inner.root;
    *ret_issuer = outcome.issuer;
    return true;
}

/* -- Presentations -------------------------------------------------------------------------- */

static void say_member(struct format_check *c, size_t i, const struct verdict *v)
{
    static const enum reason AUTHENTICITY[] = {
        [VERDICT_GENUINE] = REASON_MEMBER_HOLDS,
        [VERDICT_NOT_GENUINE] = REASON_MEMBER_FORGED,
        [VERDICT_UNKNOWN_ISSUER] = REASON_MEMBER_UNKNOWN,
        [VERDICT_COULD_NOT_CHECK] = REASON_MEMBER_UNCHECKED,
        [VERDICT_PENDING] = REASON_MEMBER_UNCHECKED,
    };
    static const struct {
        bool says;
        enum reason reason;
    } FORCE[] = {
        [VERDICT_IN_FORCE] = {false, REASON_MEMBER_HOLDS},
        [VERDICT_EXPIRED] = {true, REASON_MEMBER_EXPIRED},
        [VERDICT_NOT_YET] = {true, REASON_MEMBER_NOT_YET},
        [VERDICT_SUSPENDED] = {true, REASON_MEMBER_SUSPENDED},
        [VERDICT_REVOKED] = {true, REASON_MEMBER_REVOKED},
        [VERDICT_REPLACED] = {true, REASON_MEMBER_REVOKED},
        [VERDICT_FORCE_UNKNOWN] = {true, REASON_MEMBER_FORCE_UNKNOWN},
    };
    format_say(c, AUTHENTICITY[v->authenticity], "%zu: %s %s", i + 1,
               reasons_row(v->authenticity_reason)->code,
               v->reason == v->authenticity_reason ? v->detail : "");
    if (FORCE[v->force].says)
        format_say(c, FORCE[v->force].reason, "%zu: %s", i + 1, reasons_row(v->force_reason)->code);
}

/* A token as it is, or in an envelope ("data:application/vc+jwt,…"). */
static bool token_of(const struct jdoc *member, struct slice *ret)
{
    struct slice id;
    if (member->type == JDOC_STRING) {
        *ret = member->string;
        return true;
    }
    if (!format_has_type(member, "EnvelopedVerifiableCredential") || !jdoc_get_string(member, "id", &id) ||
        !slice_starts(id, slice_of(ENVELOPE)) || slice_find(id, ',') == id.len)
        return false;
    *ret = slice_from(id, slice_find(id, ',') + 1);
    return true;
}

static bool check_member(struct format_check *c, const struct jdoc *member, size_t i)
{
    struct format_outcome outcome = {0};
    struct format_check inner;
    struct slice token;
    if (!begin_inner(c, &inner))
        return format_say(c, REASON_INCOMPLETE, "no memory");
    inner.root = member;
    if (token_of(member, &token))
        dispatch_check_token(&inner, token, &outcome);
    else if (dispatch_recognise(member) == DISPATCH_PRESENTATION)
        format_say(&inner, REASON_SHAPE_WRONG, "a presentation inside a presentation");
    else
        dispatch_check(&inner, &outcome);
    struct verdict verdict = verdict_of(inner.findings);
    say_member(c, i, &verdict);
    return verdict.authenticity == VERDICT_GENUINE;
}

/* In: signed_itself  the presentation itself is proven: it may have nothing to show but who made it */
static bool check_members(struct format_check *c, bool signed_itself)
{
    const struct jdoc *list = jdoc_get(c->root, "verifiableCredential");
    size_t n = list == NULL ? 0 : list->type == JDOC_ARRAY ? list->array.n : 1;
    bool good = true;
    if (n == 0) {
        format_say(c, signed_itself ? REASON_PRESENTATION_BARE : REASON_PRESENTATION_EMPTY, "%s", "");
        return signed_itself;
    }
    if (n > DISPATCH_MAX_MEMBERS || c->depth + 1 >= FORMAT_MAX_DEPTH)
        return format_say(c, REASON_PROOFS_MANY, "%zu credentials", n);
    for (size_t i = 0; i < n; i++)
        good &= check_member(c, list->type == JDOC_ARRAY ? list->array.items[i] : list, i);
    return good;
}

/* Whose proof a presentation must carry: the holder's; one that names no holder, or is anchored, is that of whoever
 * made its proof. */
static struct slice presenter_of(const struct jdoc *root)
{
    const struct jdoc *proof = jdoc_get(root, "proof");
    struct slice id = {0};
    if (proof != NULL && proof->type == JDOC_ARRAY && proof->array.n > 0)
        proof = proof->array.items[0];
    bool anchored = proof != NULL && canonize_is_merkle_proof(proof);
    if (!anchored && jdoc_get(root, "holder") != NULL) {
        format_id_of(jdoc_get(root, "holder"), &id);
        return id;
    }
    return jdoc_get_string(proof, "verificationMethod", &id) ? profile_without_fragment(id) : id;
}

/* An unsigned presentation is as good as its credentials; what they prove must then carry the verdict. */
static void check_presentation(struct format_check *c, struct format_outcome *ret)
{
    c->issuer = presenter_of(c->root);
    if (jdoc_get(c->root, "proof") == NULL) {
        if (check_members(c, false))
            format_say(c, REASON_MEMBERS_PROVE, "%s", "");
        format_say(c, REASON_PRESENTATION_UNSIGNED, "%s", "");
        return;
    }
    bool proven = credential_check_proofs(c, c->issuer, ret) && credential_check_words(c, ret);
    dates_check_form(c, c->root);
    if (check_members(c, proven) && proven) {
        ret->issuer = c->issuer;
        ret->name = profile_name(c->profile);
    }
}

/* -- Dispatch ------------------------------------------------------------------------------- */

void dispatch_check(struct format_check *c, struct format_outcome *ret)
{
    enum dispatch_kind kind = dispatch_recognise(c->root);
    ret->format = dispatch_word(kind);
    c->nested = check_nested;
    switch (kind) {
    case DISPATCH_NONE: format_say(c, REASON_PROOFLESS, "%s", ""); break;
    case DISPATCH_BLOCKCERTS_1: certificate_check_1(c, ret); break;
    case DISPATCH_BLOCKCERTS_2: certificate_check_2(c, ret); break;
    case DISPATCH_OPENBADGE_2: openbadge2_check(c, ret); break;
    case DISPATCH_BLOCKCERTS_3:
    case DISPATCH_OPENBADGE_3:
    case DISPATCH_CREDENTIAL: credential_check(c, ret); break;
    case DISPATCH_PRESENTATION: check_presentation(c, ret); break;
    }
}

/* A presentation as a token: its signature stands for a proof inside. */
static void check_presentation_token(struct format_check *c, const struct jwt *jwt)
{
    format_id_of(jdoc_get(c->root, "holder"), &c->issuer);
    bool proven = jwt_check(c, jwt);
    check_members(c, proven);
}

/* A signed badge of 2.0 is a token whose payload is the assertion. */
static bool is_assertion(struct format_check *c, struct slice token, struct jws *ret)
{
    struct jdoc_limits limits = {.bytes = LIMITS_CREDENTIAL_BYTES, .depth = JDOC_MAX_DEPTH};
    return jws_open(c->arena, token, ret, NULL) == ERR_OK &&
           jdoc_parse(c->arena, ret->payload, limits, &c->root, NULL) == ERR_OK && openbadge2_is(c->root);
}

void dispatch_check_token(struct format_check *c, struct slice token, struct format_outcome *ret)
{
    struct jwt jwt;
    struct jws jws;
    struct err e;
    c->nested = check_nested;
    if (is_assertion(c, token, &jws)) {
        ret->format = dispatch_word(DISPATCH_OPENBADGE_2);
        openbadge2_check_signed(c, &jws, ret);
        return;
    }
    enum err_code rc = jwt_open(c->arena, token, &jwt, &e);
    if (rc != ERR_OK) {
        format_say(c, jwt_refusal(rc), "%s", e.msg);
        return;
    }
    c->root = jwt.credential;
    enum dispatch_kind kind = dispatch_recognise(c->root);
    ret->format = dispatch_word(kind == DISPATCH_NONE ? DISPATCH_CREDENTIAL : kind);
    if (kind == DISPATCH_PRESENTATION)
        check_presentation_token(c, &jwt);
    else
        credential_check_token(c, &jwt, ret);
}
