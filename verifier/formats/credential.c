/* Credentials with proofs inside: see credential.h. */
#include "verifier/formats/credential.h"

#include "common/hex.h"
#include "verifier/formats/dates.h"
#include "verifier/formats/facts.h"
#include "verifier/formats/hashlink.h"
#include "verifier/formats/merkle.h"
#include "verifier/formats/plain.h"
#include "verifier/formats/profile.h"
#include "verifier/formats/schema.h"
#include "verifier/keys/did.h"
#include "verifier/keys/proofs.h"
#include "verifier/keys/suite.h"
#include "verifier/status/status.h"

#define VC1 "https://www.w3.org/2018/credentials/v1"
#define VC2 "https://www.w3.org/ns/credentials/v2"

static const struct dates_names NAMES = {{"validFrom", "issuanceDate"}, {"validUntil", "expirationDate"}};

/* -- Form ----------------------------------------------------------------------------------- */

static bool has_claims(const struct jdoc *subject)
{
    return subject->type == JDOC_OBJECT && subject->object.n > 0;
}

static bool are_subjects(const struct jdoc *v)
{
    if (v == NULL || v->type != JDOC_ARRAY)
        return v != NULL && has_claims(v);
    for (size_t i = 0; i < v->array.n; i++)
        if (!has_claims(v->array.items[i]))
            return false;
    return v->array.n > 0;
}

static bool is_typed(const struct jdoc *v)
{
    return v->type == JDOC_OBJECT && (jdoc_get(v, "type") != NULL || jdoc_get(v, "@type") != NULL);
}

/* Nobody can tell what to make of one without a type. */
static bool are_typed(const struct jdoc *v)
{
    if (v == NULL || v->type == JDOC_NULL)
        return true;
    if (v->type != JDOC_ARRAY)
        return is_typed(v);
    for (size_t i = 0; i < v->array.n; i++)
        if (!is_typed(v->array.items[i]))
            return false;
    return true;
}

static const char *without_type(const struct jdoc *root)
{
    static const struct {
        const char *key, *wrong;
    } MEMBERS[] = {
        {"credentialStatus", "credentialStatus must have a type"}, {"credentialSchema", "credentialSchema must have a type"},
        {"refreshService", "refreshService must have a type"},     {"termsOfUse", "termsOfUse must have a type"},
        {"evidence", "evidence must have a type"},
    };
    for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0]; i++)
        if (!are_typed(jdoc_get(root, MEMBERS[i].key)))
            return MEMBERS[i].wrong;
    return NULL;
}

/* What every proof leans on; the meaning of the rest is for the vocabulary. */
static const char *wrong_shape(const struct jdoc *root, struct slice issuer)
{
    const struct jdoc *context = jdoc_get(root, "@context"), *first = context;
    if (context != NULL && context->type == JDOC_ARRAY)
        first = context->array.n > 0 ? context->array.items[0] : NULL;
    if (first == NULL || (!jdoc_is(first, VC1) && !jdoc_is(first, VC2)))
        return "the first @context must be that of Verifiable Credentials";
    if (!format_has_type(root, "VerifiableCredential"))
        return "type must hold VerifiableCredential";
    if (issuer.len == 0 || slice_find(issuer, ':') == issuer.len)
        return "issuer must be an identifier (a URL or DID)";
    if (!are_subjects(jdoc_get(root, "credentialSubject")))
        return "credentialSubject must be an object that says something";
    return without_type(root);
}

/* -- Proofs --------------------------------------------------------------------------------- */

static size_t count_proving(const struct verdict_findings *findings)
{
    size_t n = 0;
    for (size_t i = 0; i < findings->n; i++)
        n += reasons_row(findings->items[i].reason)->effect == REASONS_PROVES;
    return n;
}

/* The proofs of a document under check, one after the other. */
struct proofs {
    struct slice owner;
    size_t n_merkle;   /* Merkle proofs seen so far */
    bool owner_proven; /* one of the owner held */
};

/* Only the first proof is the issuer's in any case: a later one may be that of an anchoring service. */
static struct slice owner_of(const struct proofs *proofs, const struct jdoc *proof, size_t i)
{
    struct slice method;
    if (i == 0 || !jdoc_get_string(proof, "verificationMethod", &method) || slice_find(method, '#') == method.len)
        return proofs->owner;
    return profile_without_fragment(method);
}

static void keep_record(struct format_check *c, const struct merkle_result *result, struct format_outcome *ret)
{
    if (ret->canonical.n == 0)
        ret->canonical = result->canonical;
    if (!result->recorded || ret->recorded)
        return;
    ret->recorded = true;
    ret->recorded_at = result->facts.time;
    ret->account = arena_copy(c->arena, slice_of(result->facts.account));
}

static bool check_merkle(struct format_check *c, struct proofs *proofs, const struct jdoc *proof, size_t i,
                         struct format_outcome *ret)
{
    struct merkle_result result;
    struct merkle_job job = {FINGERPRINT_3, proofs->n_merkle++, proof, owner_of(proofs, proof, i)};
    bool own = profile_same_owner(job.owner, proofs->owner);
    const struct jdoc *profile = c->profile;
    bool good = merkle_check(c, &job, &result);
    keep_record(c, &result, ret);
    if (!own)
        c->profile = profile; /* that of the service says nothing about the issuer */
    proofs->owner_proven |= good && own;
    return good;
}

static bool say_foreign(struct format_check *c, const struct jdoc *proof)
{
    struct slice name = {0};
    if (!jdoc_get_string(proof, "cryptosuite", &name))
        jdoc_get_string(proof, "type", &name);
    return format_say(c, REASON_PROOF_FOREIGN, "%.*s", SLICE_ARG(name));
}

static bool check_signature(struct format_check *c, struct proofs *proofs, const struct jdoc *proof)
{
    struct format_proof job = {.proof = proof, .moment = c->env->now};
    size_t before = count_proving(c->findings);
    struct err e;
    if (!proofs_known(proof))
        return say_foreign(c, proof);
    if (proofs_secured(c->arena, c->root, proof, &job.document, &e) != ERR_OK)
        return format_say(c, REASON_RECEIPT_MALFORMED, "%s", e.msg);
    dates_of(&job.moment, proof, "created");
    bool good = proofs_check(c, &job);
    proofs->owner_proven |= good && count_proving(c->findings) > before;
    return good;
}

bool credential_check_proofs(struct format_check *c, struct slice owner, struct format_outcome *ret)
{
    const struct jdoc *list = jdoc_get(c->root, "proof");
    struct proofs proofs = {.owner = owner};
    size_t n = list == NULL ? 0 : list->type == JDOC_ARRAY ? list->array.n : 1;
    bool good = true;
    if (n == 0)
        return format_say(c, REASON_PROOFLESS, "%s", "");
    if (n > FORMAT_MAX_PROOFS)
        return format_say(c, REASON_PROOFS_MANY, "%zu proofs", n);
    for (size_t i = 0; i < n; i++) {
        const struct jdoc *proof = list->type == JDOC_ARRAY ? list->array.items[i] : list;
        good &= canonize_is_merkle_proof(proof) ? check_merkle(c, &proofs, proof, i, ret)
                                                : check_signature(c, &proofs, proof);
    }
    if (good && !proofs.owner_proven)
        return format_say(c, REASON_SIGNER_NOT_ISSUER, "no proof is by %.*s", SLICE_ARG(owner));
    return good;
}

/* -- Issuer, time and status ---------------------------------------------------------------- */

static enum trust_answer find_trusted(const struct trust *trust, struct slice issuer, struct slice account,
                                      uint64_t moment, const struct trust_entry **ret_entry)
{
    struct seal_address address;
    enum trust_answer answer = trust_find_id(trust, issuer, moment, ret_entry);
    bool is_address = account.len == 42 && hex_decode(address.b, sizeof address.b,
                                                      (const char *)account.data + 2, 40, true);
    if (answer == TRUST_UNLISTED && is_address)
        answer = trust_find(trust, &address, 1, moment, ret_entry);
    return answer;
}

void credential_check_trust(struct format_check *c, struct slice issuer, struct slice account,
                            uint64_t moment, struct format_outcome *ret)
{
    static const enum reason REASON_OF[] = {
        [TRUST_LISTED] = REASON_ISSUER_LISTED,
        [TRUST_NOT_THEN] = REASON_ISSUER_NOT_THEN,
        [TRUST_UNLISTED] = REASON_ISSUER_UNLISTED,
    };
    const struct trust_entry *entry;
    if (c->env->trust == NULL) {
        format_say(c, REASON_ISSUER_PROVEN, "%.*s", SLICE_ARG(issuer));
        return;
    }
    enum trust_answer answer = find_trusted(c->env->trust, issuer, account, moment, &entry);
    if (answer == TRUST_LISTED && entry->name[0] != '\0')
        ret->name = slice_of(entry->name);
    format_say(c, REASON_OF[answer], "%s", entry != NULL ? entry->name : "");
}

/* When it was made: a block proves it, a proof only says so. */
static uint64_t moment_of(const struct format_check *c, const struct format_outcome *outcome)
{
    const struct jdoc *proof = jdoc_get(c->root, "proof");
    uint64_t at = c->env->now;
    if (outcome->recorded)
        return outcome->recorded_at;
    if (proof != NULL && proof->type == JDOC_ARRAY && proof->array.n > 0)
        proof = proof->array.items[0];
    dates_of(&at, proof, "created");
    return at < c->env->now ? at : c->env->now;
}

static const struct jdoc *without_proofs(struct format_check *c)
{
    struct jdoc *copy = jdoc_object(c->arena, c->root->offset);
    for (const struct map_entry *m = c->root->object.first; m != NULL; m = m->next)
        if (!slice_is(m->key, "proof"))
            jdoc_set(c->arena, copy, m->key, m->value);
    return c->arena->failed ? NULL : copy;
}

/* What key proofs and Merkle proofs cover is the meaning; a proof over the bytes covers the words too, and may
 * be of a document that has no canonical form (then it is empty). */
static struct rdf_dataset meaning_of(struct format_check *c, const struct format_outcome *outcome)
{
    return outcome->canonical.n > 0 ? outcome->canonical : facts_canonical(c, without_proofs(c));
}

/* The signature of a token covers the bytes; so do proofs over canonical JSON, if there are no others. */
static bool covers_bytes(const struct jdoc *root)
{
    const struct jdoc *proof = jdoc_get(root, "proof");
    size_t n = proof == NULL ? 0 : proof->type == JDOC_ARRAY ? proof->array.n : 1;
    for (size_t i = 0; i < n; i++) {
        const struct suite *suite = suite_of(proof->type == JDOC_ARRAY ? proof->array.items[i] : proof);
        if (suite == NULL || suite->form != SUITE_JCS)
            return false;
    }
    return true;
}

static bool check_words(struct format_check *c, const struct rdf_dataset *meaning)
{
    return (meaning->n == 0 && covers_bytes(c->root)) || plain_check(c, meaning, c->root, &NAMES);
}

bool credential_check_words(struct format_check *c, const struct format_outcome *outcome)
{
    struct rdf_dataset meaning = meaning_of(c, outcome);
    return check_words(c, &meaning);
}

/* By what it means, whatever word stands for it. */
static bool is_blockcerts(const struct format_check *c, const struct rdf_dataset *meaning)
{
    return format_has_type(c->root, "BlockcertsCredential") || facts_names_type(meaning, "BlockcertsCredential");
}

/* What a DID document names as its issuer's page is no part of the proof: if it is not to be had, only the list of
 * what was withdrawn is missing. */
static void load_page_of_did(struct format_check *c)
{
    struct format_check trial = *c;
    trial.findings = format_findings(c->arena);
    if (trial.findings == NULL)
        format_say(c, REASON_INCOMPLETE, "no memory");
    else if (profile_load(&trial, c->issuer))
        c->profile = trial.profile, c->profile_url = trial.profile_url;
    else
        format_say(c, REASON_REVOCATION_UNKNOWN, "%s", verdict_of(trial.findings).detail);
}

/* The page of an issuer of Blockcerts names the list of what was withdrawn, also if a key alone proved it. */
static void load_profile(struct format_check *c, const struct rdf_dataset *meaning)
{
    if (c->profile != NULL || !is_blockcerts(c, meaning))
        return;
    if (did_parse(c->issuer).kind == DID_NONE)
        profile_load(c, c->issuer);
    else
        load_page_of_did(c);
}

static void finish(struct format_check *c, bool proven, struct format_outcome *ret)
{
    if (proven) {
        struct rdf_dataset meaning = meaning_of(c, ret);
        load_profile(c, &meaning);
        check_words(c, &meaning);
    }
    if (ret->recorded)
        dates_check_recorded(c, ret->recorded_at);
    hashlink_check(c);
    schema_check(c);
    dates_check(c, c->root, &NAMES);
    dates_check_form(c, c->root);
    status_check(c);
    if (!proven || verdict_of(c->findings).authenticity != VERDICT_GENUINE)
        return;
    ret->shown = c->root;
    ret->issuer = c->issuer;
    ret->name = profile_name(c->profile);
    credential_check_trust(c, c->issuer, ret->account, moment_of(c, ret), ret);
}

static bool check_shape(struct format_check *c)
{
    format_id_of(jdoc_get(c->root, "issuer"), &c->issuer);
    const char *wrong = wrong_shape(c->root, c->issuer);
    if (wrong != NULL)
        return format_say(c, REASON_SHAPE_WRONG, "%s", wrong);
    format_say(c, REASON_SHAPE_RIGHT, "%s", "");
    return true;
}

void credential_check(struct format_check *c, struct format_outcome *ret)
{
    if (check_shape(c))
        finish(c, credential_check_proofs(c, c->issuer, ret), ret);
}

void credential_check_token(struct format_check *c, const struct jwt *jwt, struct format_outcome *ret)
{
    if (check_shape(c))
        finish(c, jwt_check(c, jwt), ret);
}
