/* Fingerprints of credentials under Merkle receipts: see fingerprint.h. */
#include "verifier/formats/fingerprint.h"

#include <stdio.h>

#include "common/hex.h"
#include "verifier/rdf/contexts.h"

/* -- What is hashed ------------------------------------------------------------------------- */

static const struct jdoc *without_member(struct arena *arena, const struct jdoc *root, const char *key)
{
    struct jdoc *copy = jdoc_object(arena, root->offset);
    for (struct map_entry *m = root->object.first; m != NULL; m = m->next)
        if (!slice_is(m->key, key))
            jdoc_set(arena, copy, m->key, m->value);
    return arena->failed ? NULL : copy;
}

const struct jdoc *fingerprint_subject(struct arena *arena, const struct jdoc *root,
                                       enum fingerprint_rule rule, size_t nth)
{
    const struct jdoc *document = jdoc_get(root, "document"), *proof = NULL, *subject;
    switch (rule) {
    case FINGERPRINT_1_2: return document != NULL && document->type == JDOC_OBJECT ? document : NULL;
    case FINGERPRINT_2: return without_member(arena, root, "signature");
    case FINGERPRINT_3:
        subject = canonize_without_proof(arena, root, nth, &proof);
        return proof != NULL ? subject : NULL;
    }
    return NULL;
}

/* -- How it was hashed ---------------------------------------------------------------------- */

static void say_contexts(struct format_check *c, const struct canonize_result *canonical)
{
    for (size_t i = 0; i < canonical->n_contexts; i++) {
        const struct canonize_context *used = canonical->contexts[i];
        if (strcmp(used->variant, "given") == 0)
            format_say(c, REASON_CONTEXT_GIVEN, "%.*s, SHA-256 %s", SLICE_ARG(used->url), used->sha256);
        else if (contexts_count(used->url) > 1)
            format_say(c, REASON_CONTEXT_VARIANT, "%.*s: %s", SLICE_ARG(used->url), used->variant);
    }
    if (canonical->escape != NQUADS_RDFC)
        format_say(c, REASON_OLD_ESCAPES, "%s", "");
}

static void say_hash(struct format_check *c, const struct hash32 *hash)
{
    char hex[65];
    hex_encode(hex, hash->b, sizeof hash->b);
    format_say(c, REASON_LOCAL_HASH, "SHA-256 %s of the canonical form", hex);
}

/* The places that are not covered, as many as fit. */
static void say_losses(struct format_check *c, const struct canonize_result *listed, enum reason reason)
{
    char places[160] = "";
    size_t len = 0;
    for (size_t i = 0; i < listed->n_losses && len < sizeof places; i++)
        len += (size_t)snprintf(places + len, sizeof places - len, "%s%.*s", i > 0 ? ", " : "",
                                SLICE_ARG(listed->losses[i].pointer));
    format_say(c, reason, "%s", places);
}

static bool adds_entries(const struct canonize_result *listed)
{
    for (size_t i = 0; i < listed->n_losses; i++)
        if (listed->losses[i].reason == JSONLD_LOSS_KEY)
            return true;
    return false;
}

/* Strictly; then with the losses listed; then as lenient verifiers do, only to say what is wrong. */
enum strictness { STRICT, LOSSY, REDEFINED, STRICTNESSES };

static enum err_code canonize_as(struct canonize *contexts, struct format_check *c, const struct jdoc *subject,
                                 enum strictness how, const struct hash32 *target,
                                 struct canonize_result *ret, bool *ret_same, struct err *e)
{
    struct canonize_options options = canonize_options();
    options.losses = how == STRICT ? JSONLD_LOSS_FAIL : JSONLD_LOSS_LIST;
    options.credential = how != REDEFINED;
    options.memo = &c->env->memo;
    enum err_code rc =
        canonize_match(contexts, c->arena, subject, &options, target, ret, ret_same, e);
    if (rc == ERR_OK && ret->text.len == 0)
        return err_set(e, ERR_INVALID, "the document says nothing: its canonical form is empty");
    return rc;
}

static enum reason refusal(enum err_code rc)
{
    return rc == ERR_NOT_FOUND ? REASON_CONTEXT_UNKNOWN :
           rc == ERR_LIMIT     ? REASON_CREDENTIAL_COMPLEX :
                                 REASON_CREDENTIAL_INVALID;
}

/* The least lenient way that works. Out: ret_how, ret, ret_same; first: what was wrong with the strict way. */
static enum err_code canonize_any(struct canonize *contexts, struct format_check *c, const struct jdoc *subject,
                                  const struct hash32 *target, enum strictness *ret_how,
                                  struct canonize_result *ret, bool *ret_same, struct err *first)
{
    enum err_code rc = canonize_as(contexts, c, subject, STRICT, target, ret, ret_same, first);
    *ret_how = STRICT;
    for (enum strictness how = LOSSY; rc == ERR_INVALID && how < STRICTNESSES; how++) {
        rc = canonize_as(contexts, c, subject, how, target, ret, ret_same, NULL);
        *ret_how = how;
    }
    return rc;
}

/* Entries that the vocabulary of a version has always left out, in every certificate of that version. */
static bool never_covered(enum fingerprint_rule rule, const struct canonize_result *listed)
{
    for (size_t i = 0; i < listed->n_losses; i++)
        if (rule != FINGERPRINT_1_2 || !slice_is(listed->losses[i].pointer, "/certificate/language"))
            return false;
    return true;
}

/* RDF does not know in which direction a text runs, so that no canonical form says it: the words are covered. A full
 * list may hide anything. */
static bool only_directions(const struct canonize_result *listed)
{
    if (listed->n_losses == 0 || listed->n_losses >= JSONLD_MAX_LOSSES)
        return false;
    for (size_t i = 0; i < listed->n_losses; i++)
        if (listed->losses[i].reason != JSONLD_LOSS_DIRECTION)
            return false;
    return true;
}

/* What a right hash does not cover. */
static void judge_rest(struct format_check *c, enum fingerprint_rule rule, enum strictness how,
                       const struct canonize_result *result, const struct err *first)
{
    if (how == REDEFINED)
        format_say(c, REASON_WORDS_REDEFINED, "%s", first->msg);
    else if (how == LOSSY && only_directions(result))
        say_losses(c, result, REASON_DIRECTION_FREE);
    else if (how == LOSSY && never_covered(rule, result))
        say_losses(c, result, REASON_PARTS_NEVER_COVERED);
    else if (how == LOSSY)
        say_losses(c, result, rule != FINGERPRINT_1_2 && adds_entries(result) ? REASON_PARTS_ADDED
                                                                            : REASON_PARTS_UNSIGNED);
}

static bool check(struct canonize *contexts, struct format_check *c, const struct jdoc *subject,
                  enum fingerprint_rule rule, const struct hash32 *target, struct canonize_result *ret)
{
    struct canonize_result result;
    struct err first = {0};
    enum strictness how;
    bool same = false;
    enum err_code rc = canonize_any(contexts, c, subject, target, &how, &result, &same, &first);
    if (rc != ERR_OK)
        return format_say(c, refusal(rc), "%s", first.msg);
    say_hash(c, &result.hash);
    say_contexts(c, &result);
    if (!same)
        return format_say(c, REASON_HASH_DIFFERS, "%s", "");
    judge_rest(c, rule, how, &result, &first);
    format_say(c, REASON_HASH_MATCHES, "%s", "");
    *ret = result;
    return true;
}

/* The vocabulary of 1.2 was written for JSON-LD 1.0: it defines "image:signature" beside "image", which 1.1
 * refuses. Its contexts get a canonizer of their own. */
static bool check_1_2(struct format_check *c, const struct jdoc *subject, const struct hash32 *target,
                      struct canonize_result *ret)
{
    struct canonize *old = arena_alloc(c->arena, sizeof *old);
    if (old == NULL)
        return format_say(c, REASON_INCOMPLETE, "no memory");
    canonize_init(old);
    old->cache.mode_1_0 = true;
    bool good = check(old, c, subject, FINGERPRINT_1_2, target, ret);
    ret->n_contexts = 0; /* they go with the canonizer */
    canonize_done(old);
    return good;
}

bool fingerprint_check(struct format_check *c, const struct jdoc *subject, enum fingerprint_rule rule,
                       const struct hash32 *target, struct canonize_result *ret)
{
    return rule == FINGERPRINT_1_2 ? check_1_2(c, subject, target, ret)
                                   : check(c->env->canonize, c, subject, rule, target, ret);
}
