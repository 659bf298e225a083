/* Embedded proofs with a key: see proofs.h. */
#include "verifier/keys/proofs.h"

#include "common/multibase.h"
#include "common/rfc3339.h"
#include "verifier/keys/hashdata.h"
#include "verifier/keys/jws.h"
#include "verifier/keys/judge.h"
#include "verifier/keys/selective.h"
#include "verifier/keys/suite.h"

#define PROOF_VALUE_MAX ((size_t)8 << 20) /* characters; a derived proof has 100 a statement */

bool proofs_known(const struct jdoc *proof)
{
    return suite_of(proof) != NULL;
}

/* -- Sets and chains ------------------------------------------------------------------------ */

static size_t n_proofs(const struct jdoc *root)
{
    const struct jdoc *proof = jdoc_get(root, "proof");
    return proof == NULL ? 0 : proof->type == JDOC_ARRAY ? proof->array.n : 1;
}

static const struct jdoc *nth_proof(const struct jdoc *root, size_t i)
{
    const struct jdoc *proof = jdoc_get(root, "proof");
    return proof->type == JDOC_ARRAY ? proof->array.items[i] : proof;
}

/* The only proof of an id. */
static enum err_code find_proof(const struct jdoc *root, struct slice id, size_t *ret, struct err *e)
{
    size_t found = 0, n = 0;
    struct slice own;
    for (size_t i = 0; i < n_proofs(root); i++)
        if (jdoc_get_string(nth_proof(root, i), "id", &own) && slice_equal(own, id)) {
            found = i;
            n++;
        }
    if (n == 0)
        return err_set(e, ERR_NOT_FOUND, "no proof %.*s", SLICE_ARG(id));
    if (n > 1)
        return err_set(e, ERR_INVALID, "two proofs are called %.*s", SLICE_ARG(id));
    *ret = found;
    return ERR_OK;
}

/* Which proofs one leans on directly, as bits. */
static enum err_code previous_of(const struct jdoc *root, const struct jdoc *proof, unsigned *ret, struct err *e)
{
    const struct jdoc *previous = jdoc_get(proof, "previousProof");
    size_t n = previous == NULL ? 0 : previous->type == JDOC_ARRAY ? previous->array.n : 1, at;
    unsigned bits = 0;
    for (size_t i = 0; i < n; i++) {
        const struct jdoc *id = previous->type == JDOC_ARRAY ? previous->array.items[i] : previous;
        if (id->type != JDOC_STRING)
            return err_set(e, ERR_INVALID, "previousProof that is no identifier");
        enum err_code rc = find_proof(root, id->string, &at, e);
        if (rc != ERR_OK)
            return rc;
        bits |= 1u << at;
    }
    *ret = bits;
    return ERR_OK;
}

/* No way back to a proof from those that it leans on; a way that never ends is one that goes round. */
static enum err_code check_chain(const struct jdoc *root, const struct jdoc *proof, struct err *e)
{
    unsigned open = 0;
    enum err_code rc = previous_of(root, proof, &open, e);
    for (size_t step = 0; rc == ERR_OK && open != 0 && step <= FORMAT_MAX_PROOFS; step++) {
        unsigned next = 0;
        for (size_t i = 0; rc == ERR_OK && i < n_proofs(root); i++) {
            unsigned more = 0;
            if ((open >> i & 1) == 0)
                continue;
            if (nth_proof(root, i) == proof)
                return err_set(e, ERR_INVALID, "a proof that leans on itself");
            rc = previous_of(root, nth_proof(root, i), &more, e);
            next |= more;
        }
        open = next;
    }
    if (rc == ERR_OK && open != 0)
        return err_set(e, ERR_INVALID, "proofs that lean on one another");
    return rc;
}

enum err_code proofs_secured(struct arena *arena, const struct jdoc *root, const struct jdoc *proof,
                             const struct jdoc **ret, struct err *e)
{
    unsigned previous = 0;
    if (n_proofs(root) > FORMAT_MAX_PROOFS)
        return err_set(e, ERR_LIMIT, "over %d proofs", FORMAT_MAX_PROOFS);
    enum err_code rc = check_chain(root, proof, e);
    if (rc == ERR_OK)
        rc = previous_of(root, proof, &previous, e);
    if (rc != ERR_OK)
        return rc;
    struct jdoc *copy = jdoc_object(arena, root->offset);
    struct jdoc *kept = previous != 0 ? jdoc_array(arena, jdoc_get(root, "proof")->offset) : NULL;
    for (size_t i = 0; kept != NULL && i < n_proofs(root); i++)
        if ((previous >> i & 1) != 0)
            jdoc_push(arena, kept, nth_proof(root, i));
    for (struct map_entry *m = root->object.first; m != NULL; m = m->next) {
        const struct jdoc *value = slice_is(m->key, "proof") ? kept : m->value;
        if (value != NULL)
            jdoc_set(arena, copy, m->key, value);
    }
    rc = arena_check(arena, e);
    if (rc == ERR_OK)
        *ret = copy;
    return rc;
}

/* -- Options -------------------------------------------------------------------------------- */

static bool is_presentation(const struct jdoc *root)
{
    const struct jdoc *type = jdoc_get(root, "type");
    for (size_t i = 0; type != NULL && type->type == JDOC_ARRAY && i < type->array.n; i++)
        if (jdoc_is(type->array.items[i], "VerifiablePresentation"))
            return true;
    return type != NULL && jdoc_is(type, "VerifiablePresentation");
}

static bool check_purpose(struct format_check *c, enum method_purpose purpose)
{
    const char *expected = c->env->expected.purpose, *got = method_purpose_word(purpose);
    bool good = expected != NULL ? method_purpose(slice_of(expected)) == purpose
                                 : purpose == METHOD_ASSERTION ||
                                       (purpose == METHOD_AUTHENTICATION && is_presentation(c->root));
    return good || format_say(c, REASON_PROOF_OTHER_PURPOSE, "%s", got);
}

static bool check_domain(struct format_check *c, const struct jdoc *proof)
{
    const struct jdoc *domain = jdoc_get(proof, "domain");
    size_t n = domain == NULL ? 0 : domain->type == JDOC_ARRAY ? domain->array.n : 1;
    for (size_t i = 0; i < n; i++) {
        const struct jdoc *one = domain->type == JDOC_ARRAY ? domain->array.items[i] : domain;
        if (one->type == JDOC_STRING && judge_domain(&c->env->expected, one->string))
            return true;
    }
    return n == 0 || format_say(c, REASON_PROOF_OTHER_DOMAIN, "%s", "");
}

/* A proof for the moment (authentication) must answer the challenge; one for good may carry none. */
static bool check_challenge(struct format_check *c, const struct jdoc *proof, enum method_purpose purpose)
{
    const struct jdoc *challenge = jdoc_get(proof, "challenge");
    const char *expected = c->env->expected.challenge;
    if (expected == NULL || (challenge == NULL && purpose != METHOD_AUTHENTICATION))
        return true;
    return (challenge != NULL && jdoc_is(challenge, expected)) ||
           format_say(c, REASON_PROOF_OTHER_CHALLENGE, "%s", "");
}

/* created and expires, if they are there, are times. */
static bool check_dates(struct format_check *c, const struct jdoc *proof)
{
    static const char *const DATES[] = {"created", "expires"};
    uint64_t at[2] = {0, UINT64_MAX};
    for (size_t i = 0; i < 2; i++) {
        struct slice text;
        if (jdoc_get(proof, DATES[i]) == NULL)
            continue;
        if (!jdoc_get_string(proof, DATES[i], &text) || !rfc3339_read(&at[i], (const char *)text.data, text.len))
            return format_say(c, REASON_PROOF_INCOMPLETE, "%s is no RFC 3339 time", DATES[i]);
    }
    if (c->env->now >= at[1])
        format_say(c, REASON_PROOF_EXPIRED, "%s", "");
    return true;
}

static bool check_options(struct format_check *c, const struct jdoc *proof, enum method_purpose *ret)
{
    struct slice word;
    if (!jdoc_get_string(proof, "proofPurpose", &word))
        return format_say(c, REASON_PROOF_INCOMPLETE, "no proofPurpose");
    *ret = method_purpose(word);
    if (*ret == METHOD_PURPOSES_N)
        return format_say(c, REASON_PROOF_OTHER_PURPOSE, "%.*s", SLICE_ARG(word));
    bool good = check_purpose(c, *ret);
    good = check_domain(c, proof) && good;
    good = check_challenge(c, proof, *ret) && good;
    good = check_dates(c, proof) && good;
    if (good)
        format_say(c, REASON_PROOF_FITS, "%s", method_purpose_word(*ret));
    return good;
}

/* -- The key -------------------------------------------------------------------------------- */

static bool method_of(const struct jdoc *proof, struct slice *ret)
{
    const struct jdoc *method = jdoc_get(proof, "verificationMethod");
    if (method != NULL && method->type == JDOC_OBJECT)
        return jdoc_get_string(method, "id", ret) && ret->len > 0;
    return jdoc_get_string(proof, "verificationMethod", ret) && ret->len > 0;
}

/* True if another proof of the document says that it is the issuer's. It is checked like this one, and if
 * it is not, the document is not genuine. */
static bool has_issuers_proof(const struct format_check *c, const struct jdoc *proof)
{
    for (size_t i = 0; i < n_proofs(c->root); i++) {
        const struct jdoc *other = nth_proof(c->root, i);
        struct slice method;
        if (other == proof || !method_of(other, &method))
            continue;
        if (slice_equal((struct slice){method.data, slice_find(method, '#')}, c->issuer))
            return true;
    }
    return false;
}

/* -- The signature -------------------------------------------------------------------------- */

/* proofValue in the one base that the suite uses. */
static bool read_value(struct format_check *c, const struct suite *suite, const struct jdoc *proof,
                       struct slice *ret)
{
    char prefix = suite->value == SUITE_BASE58 ? 'z' : 'u';
    struct slice text;
    struct err e;
    size_t len;
    if (!jdoc_get_string(proof, "proofValue", &text) || text.len == 0)
        return format_say(c, REASON_PROOF_INCOMPLETE, "no proofValue");
    if (text.data[0] != (uint8_t)prefix || text.len > PROOF_VALUE_MAX)
        return format_say(c, REASON_SIGNATURE_MALFORMED, "proofValue does not begin with %c", prefix);
    uint8_t *bytes = arena_alloc(c->arena, MULTIBASE_BYTES_ROOM(text.len));
    enum err_code rc = arena_check(c->arena, &e);
    if (rc == ERR_OK)
        rc = multibase_decode(bytes, &len, (const char *)text.data, text.len, &e);
    if (rc != ERR_OK)
        return format_say(c, REASON_SIGNATURE_MALFORMED, "%s", e.msg);
    *ret = (struct slice){bytes, len};
    return true;
}

static bool check_detached(struct format_check *c, const struct jdoc *proof, struct slice message,
                           const struct key *key, bool cosigned)
{
    struct slice text;
    struct jws jws;
    struct err e;
    enum signature_answer answer;
    if (!jdoc_get_string(proof, "jws", &text))
        return format_say(c, REASON_PROOF_INCOMPLETE, "no jws");
    enum err_code rc = jws_open_detached(c->arena, text, message, &jws, &e);
    if (rc != ERR_OK)
        return format_say(c, REASON_SIGNATURE_MALFORMED, "%s", e.msg);
    if (!jws_verify(&jws, key, &answer))
        return format_say(c, REASON_ALGORITHM_NOT_OF_KEY, "the key is %s", key_kind_name(key->kind));
    return judge_signature(c, answer, cosigned);
}

/* Two hashes, signed. P-384 goes with SHA-384. */
static bool check_hashes(struct format_check *c, const struct format_proof *proof, const struct suite *suite,
                         const struct key *key, bool cosigned)
{
    enum digest_algorithm algorithm = key->kind == KEY_P384 ? DIGEST_SHA384 : DIGEST_SHA256;
    struct hashdata hashes;
    struct slice value;
    if (suite->value != SUITE_DETACHED && !read_value(c, suite, proof->proof, &value))
        return false;
    if (!(suite->form == SUITE_JCS ? hashdata_jcs(c, proof, algorithm, &hashes)
                                   : hashdata_rdfc(c, proof, algorithm, &hashes)))
        return false;
    struct slice message = {hashes.bytes, hashes.len};
    if (suite->value == SUITE_DETACHED)
        return check_detached(c, proof->proof, message, key, cosigned);
    return judge_signature(c, signature_check(key, message, value), cosigned);
}

static enum reason of_selective(enum err_code rc)
{
    if (rc == ERR_UNSUPPORTED)
        return REASON_BASE_PROOF;
    return rc == ERR_LIMIT ? REASON_CREDENTIAL_COMPLEX : REASON_SIGNATURE_MALFORMED;
}

static bool check_selective(struct format_check *c, const struct format_proof *proof, const struct suite *suite,
                            const struct key *key, bool cosigned)
{
    struct selective_proof selective;
    struct hashdata_texts texts;
    enum signature_answer answer;
    struct slice value;
    struct err e;
    if (!read_value(c, suite, proof->proof, &value))
        return false;
    enum err_code rc = selective_read(c->arena, value, &selective, &e);
    if (rc != ERR_OK)
        return format_say(c, of_selective(rc), "%s", e.msg);
    if (!hashdata_canonical(c, proof, DIGEST_SHA256, &texts))
        return false;
    rc = selective_check(c->arena, &selective, &texts.options.hash, texts.document.text, key, &answer, &e);
    if (rc == ERR_INVALID) /* more or other statements than were signed */
        return format_say(c, REASON_SIGNATURE_WRONG, "%s", e.msg);
    if (rc != ERR_OK)
        return format_say(c, of_selective(rc), "%s", e.msg);
    return judge_signature(c, answer, cosigned);
}

bool proofs_check(struct format_check *c, const struct format_proof *proof)
{
    const struct suite *suite = suite_of(proof->proof);
    enum method_purpose purpose = METHOD_ASSERTION;
    struct resolve_result key;
    struct slice method;
    bool cosigned = false;
    if (suite == NULL)
        return format_say(c, REASON_SUITE_UNKNOWN, "%s", "");
    bool good = check_options(c, proof->proof, &purpose);
    if (purpose == METHOD_PURPOSES_N)
        return false;
    if (!method_of(proof->proof, &method))
        return format_say(c, REASON_PROOF_INCOMPLETE, "no verificationMethod");
    resolve_method(c->env->lookup, c->arena, method, &key);
    good = judge_key(c, &key, METHOD_BIT(purpose), proof->moment, has_issuers_proof(c, proof->proof), &cosigned) &&
           good;
    if (key.reason != REASON_KEY_FOUND)
        return false;
    if (!suite_takes(suite, key.method.key.kind))
        return format_say(c, REASON_SUITE_NOT_OF_KEY, "%s with a key of %s", suite_name(suite),
                          key_kind_name(key.method.key.kind));
    return (suite->form == SUITE_SELECTIVE ? check_selective : check_hashes)(c, proof, suite, &key.method.key,
                                                                             cosigned) && good;
}
