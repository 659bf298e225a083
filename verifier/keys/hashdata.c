/* The hashes that proofs sign: see hashdata.h. */
#include "verifier/keys/hashdata.h"

#include <string.h>

#include "common/hex.h"
#include "verifier/document.h"
#include "verifier/rdf/jcs.h"

/* The proof without its value; NULL context: as it is. */
static const struct jdoc *options_of(struct arena *arena, const struct jdoc *proof, const struct jdoc *context)
{
    static const char *const VALUES[] = {"proofValue", "jws", "signatureValue"};
    struct jdoc *copy = jdoc_object(arena, proof->offset);
    for (struct map_entry *m = proof->object.first; m != NULL; m = m->next) {
        bool keep = true;
        for (size_t i = 0; i < sizeof VALUES / sizeof VALUES[0]; i++)
            keep = keep && !slice_is(m->key, VALUES[i]);
        if (keep)
            jdoc_set(arena, copy, m->key, m->value);
    }
    if (context != NULL)
        jdoc_set(arena, copy, SLICE("@context"), context);
    return copy;
}

static bool no_memory(struct format_check *c)
{
    struct err e;
    if (arena_check(c->arena, &e) == ERR_OK)
        return false;
    format_say(c, REASON_CREDENTIAL_COMPLEX, "%s", e.msg);
    return true;
}

/* -- RDF ------------------------------------------------------------------------------------ */

static bool canonize(struct format_check *c, const struct jdoc *root, enum digest_algorithm algorithm,
                     const char *what, struct canonize_result *ret)
{
    struct canonize_options options = canonize_options();
    struct err e;
    options.algorithm = algorithm;
    options.memo = &c->env->memo;
    enum err_code rc = document_canonize(c->env->canonize, c->arena, root, NULL, &options, ret, &e);
    if (rc == ERR_OK)
        return true;
    struct document_refusal why = document_refuse(c->env->canonize, root, &options, rc, &e);
    return format_say(c, why.reason, "%s%.140s", what, why.detail);
}

bool hashdata_canonical(struct format_check *c, const struct format_proof *proof,
                        enum digest_algorithm algorithm, struct hashdata_texts *ret)
{
    const struct jdoc *context = jdoc_get(proof->document, "@context");
    if (context == NULL)
        return format_say(c, REASON_CREDENTIAL_INVALID, "no @context");
    const struct jdoc *options = options_of(c->arena, proof->proof, context);
    return !no_memory(c) && canonize(c, proof->document, algorithm, "", &ret->document) &&
           canonize(c, options, algorithm, "in the proof: ", &ret->options);
}

/* -- Hashes --------------------------------------------------------------------------------- */

static void add_sha256(struct hashdata *h, const struct hash32 *hash)
{
    memcpy(h->bytes + h->len, hash->b, sizeof hash->b);
    h->len += sizeof hash->b;
}

static void add_hash(struct hashdata *h, enum digest_algorithm algorithm, struct slice text)
{
    struct digest digest = digest_of(algorithm, text);
    struct slice hex = digest_text(&digest, algorithm);
    /* What digest_of() writes is hexadecimal. */
    (void)!hex_decode(h->bytes + h->len, hex.len / 2, (const char *)hex.data, hex.len, false);
    h->len += hex.len / 2;
}

bool hashdata_rdfc(struct format_check *c, const struct format_proof *proof, enum digest_algorithm algorithm,
                   struct hashdata *ret)
{
    struct hashdata_texts texts;
    if (!hashdata_canonical(c, proof, algorithm, &texts))
        return false;
    ret->len = 0;
    if (algorithm == DIGEST_SHA256) { /* canonicalization has made them */
        add_sha256(ret, &texts.options.hash);
        add_sha256(ret, &texts.document.hash);
        return true;
    }
    add_hash(ret, algorithm, texts.options.text);
    add_hash(ret, algorithm, texts.document.text);
    return true;
}

bool hashdata_jcs(struct format_check *c, const struct format_proof *proof, enum digest_algorithm algorithm,
                  struct hashdata *ret)
{
    const struct jdoc *context = jdoc_get(proof->document, "@context");
    const struct jdoc *signed_context = jdoc_get(proof->proof, "@context");
    const struct jdoc *options = options_of(c->arena, proof->proof, NULL);
    struct slice texts[2];
    struct err e;
    if (no_memory(c))
        return false;
    if (signed_context != NULL && (context == NULL || !jdoc_equal(context, signed_context)))
        return format_say(c, REASON_CREDENTIAL_LOSSY, "the @context is not the one that was signed");
    enum err_code rc = jcs_write(c->arena, options, JCS_EXACT_INTEGER, &texts[0], &e);
    if (rc == ERR_OK)
        rc = jcs_write(c->arena, proof->document, JCS_EXACT_INTEGER, &texts[1], &e);
    if (rc != ERR_OK)
        return format_say(c, rc == ERR_LIMIT ? REASON_CREDENTIAL_COMPLEX : REASON_CREDENTIAL_LOSSY, "%s", e.msg);
    ret->len = 0;
    add_hash(ret, algorithm, texts[0]);
    add_hash(ret, algorithm, texts[1]);
    return true;
}
