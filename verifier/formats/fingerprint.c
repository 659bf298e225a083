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

static enum err_code canonize_as(struct format_check *c, const struct jdoc *subject, enum strictness how,
                                 const struct hash32 *target, struct canonize_result *ret, bool *ret_same,
                                 struct err *e)
{
    struct canonize_options options = canonize_options();
    options.losses = how == STRICT ? JSONLD_LOSS_FAIL : JSONLD_LOSS_LIST;
    options.credential = how != REDEFINED;
    enum err_code rc =
        canonize_match(c->env->canonize, c->arena, subject, &options, target, ret, ret_same, e);
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

bool fingerprint_check(struct format_check *c, const struct jdoc *subject, enum fingerprint_rule rule,
                       const struct hash32 *target, struct canonize_result *ret)
{
    struct canonize_result result;
    struct err first = {0}, e;
    bool same = false;
    enum strictness how = STRICT;
    enum err_code rc = canonize_as(c, subject, how, target, &result, &same, &first);
    for (how = LOSSY; rc == ERR_INVALID && how < STRICTNESSES; how++)
        rc = canonize_as(c, subject, how, target, &result, &same, &e);
    if (rc != ERR_OK)
        return format_say(c, refusal(rc), "%s", first.msg);
    how--;
    say_hash(c, &result.hash);
    say_contexts(c, &result);
    if (!same)
        return format_say(c, REASON_HASH_DIFFERS, "%s", "");
    if (how == REDEFINED)
        format_say(c, REASON_WORDS_REDEFINED, "%s", first.msg);
    else if (how == LOSSY && result.n_losses > 0)
        say_losses(c, &result, rule != FINGERPRINT_1_2 && adds_entries(&result) ? REASON_PARTS_ADDED
                                                                              : REASON_PARTS_UNSIGNED);
    format_say(c, REASON_HASH_MATCHES, "%s", "");
    *ret = result;
    return true;
}
