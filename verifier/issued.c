/* A credential with its proof inside: see issued.h. */
#include "verifier/issued.h"

#include <inttypes.h>
#include <string.h>

#include "common/limits.h"
#include "common/merkleproof.h"
#include "verifier/rdf/canonize.h"
#include "verifier/rdf/slice.h"

#define ARENA_BYTES ((size_t)128 << 20)

static const char CREDENTIALS_V1[] = "https://www.w3.org/2018/credentials/v1";
static const char CREDENTIALS_V2[] = "https://www.w3.org/ns/credentials/v2";
static const char DATA_INTEGRITY[] = "https://w3id.org/security/data-integrity/";

struct issued {
    struct text *out;
    struct slice json;
    struct arena arena;
    const struct jdoc *root;
    const struct proof *proof;
    const struct proof_anchor *anchor;
    const char *method;      /* NULL: made from .issuer */
    struct slice controller; /* id of the issuer, or of the holder of a presentation */
};

/* -- What the credential is ------------------------------------------------------------------- */

static const struct jdoc *nth_context(const struct jdoc *root, size_t n)
{
    const struct jdoc *context = jdoc_get(root, "@context");
    if (context == NULL || context->type != JDOC_ARRAY)
        return n == 0 ? context : NULL;
    return n < context->array.n ? context->array.items[n] : NULL;
}

static bool is_credential(const struct jdoc *root)
{
    const struct jdoc *first = nth_context(root, 0);
    return first != NULL && (jdoc_is(first, CREDENTIALS_V1) || jdoc_is(first, CREDENTIALS_V2));
}

static bool knows_data_integrity(const struct jdoc *root)
{
    const struct jdoc *context;
    for (size_t i = 0; (context = nth_context(root, i)) != NULL; i++)
        if (jdoc_is(context, CREDENTIALS_V2) ||
            (context->type == JDOC_STRING && slice_starts(context->string, slice_of(DATA_INTEGRITY))))
            return true;
    return false;
}

/* An issuer or holder: its id, alone or in an object. */
static bool id_of(const struct jdoc *root, const char *member, struct slice *ret)
{
    const struct jdoc *who = jdoc_get(root, member);
    if (who != NULL && who->type == JDOC_STRING)
        *ret = who->string;
    else if (who == NULL || !jdoc_get_string(who, "id", ret))
        return false;
    return ret->len > 0;
}

static enum err_code inspect(struct issued *is, struct err *e)
{
    if (!is_credential(is->root))
        return err_set(e, ERR_UNSUPPORTED, "it is no Verifiable Credential");
    if (!id_of(is->root, "issuer", &is->controller) && !id_of(is->root, "holder", &is->controller) &&
        is->method == NULL)
        return err_set(e, ERR_UNSUPPORTED, "it names no issuer");
    for (size_t i = 0; i < is->proof->n_anchors && is->anchor == NULL; i++)
        if (merkleproof_names(is->proof->anchors[i].chain_id))
            is->anchor = &is->proof->anchors[i];
    if (is->anchor != NULL)
        return ERR_OK;
    if (is->proof->n_anchors == 0)
        return err_set(e, ERR_UNSUPPORTED, "it is not anchored yet");
    return err_set(e, ERR_UNSUPPORTED, "MerkleProof2019 has no name for chain %" PRIu64,
                   is->proof->anchors[0].chain_id);
}

/* -- Writing ---------------------------------------------------------------------------------- */

/* Where the string ends that begins at `at`. The text is known to be JSON. */
static size_t string_end(struct slice json, size_t at)
{
    for (at++; at < json.len && json.data[at] != '"'; at++)
        if (json.data[at] == '\\')
            at++;
    return at + 1;
}

/* Where the value ends that begins at `at`: with its own closing mark, or before what follows a number
 * or a word. */
static size_t value_end(struct slice json, size_t at)
{
    size_t depth = 0;
    if (json.data[at] == '"')
        return string_end(json, at);
    for (; at < json.len; at++) {
        uint8_t c = json.data[at];
        if (c == '"')
            at = string_end(json, at) - 1;
        else if (c == '{' || c == '[')
            depth++;
        else if (depth > 0 && (c == '}' || c == ']') && --depth == 0)
            return at + 1;
        else if (depth == 0 && memchr(",}] \t\r\n", c, 7) != NULL)
            return at;
    }
    return json.len;
}

static void put_raw(struct issued *is, const struct jdoc *value)
{
    size_t end = value_end(is->json, value->offset);
    text_put(is->out, (const char *)is->json.data + value->offset, end - value->offset);
}

static void put_slice(struct text *out, const char *before, struct slice value)
{
    text_puts(out, before);
    text_put_json(out, (const char *)value.data, value.len);
}

static void put_method(struct issued *is)
{
    struct text method = {0};
    if (is->method != NULL) {
        text_puts(&method, is->method);
    } else {
        text_put(&method, (const char *)is->controller.data, is->controller.len);
        text_puts(&method, "#0x");
        text_put_hex(&method, is->anchor->from.b, sizeof is->anchor->from.b);
    }
    text_put_json(is->out, text_string(&method), method.len);
    is->out->failed = is->out->failed || method.failed;
    text_done(&method);
}

/* Returns: false if the path is too long to be written in this form. */
static bool put_proof(struct issued *is)
{
    const struct proof_anchor *anchor = is->anchor;
    struct merkleproof_steps steps = {is->proof->path, anchor->tail, is->proof->n_path, anchor->n_tail};
    bool modern = knows_data_integrity(is->root);
    text_puts(is->out, modern ? "{\n    \"type\": \"DataIntegrityProof\",\n"
                                "    \"cryptosuite\": \"merkle-proof-2019\",\n"
                              : "{\n    \"type\": \"MerkleProof2019\",\n");
    text_puts(is->out, "    \"created\": \"");
    text_put_time(is->out, anchor->block_time);
    text_puts(is->out, "\",\n    \"verificationMethod\": ");
    put_method(is);
    text_puts(is->out, ",\n    \"proofPurpose\": \"assertionMethod\",\n    \"proofValue\": \"");
    bool fits = merkleproof_write(is->out, &steps, &anchor->merkle_root, &is->proof->target,
                                  anchor->chain_id, &anchor->tx_hash);
    text_puts(is->out, "\"\n  }");
    return fits;
}

/* What the hash covers of the proofs that are there: none, one, or the first of an array. */
struct proofs {
    const struct jdoc *kept; /* NULL: none */
    size_t n;
};

static struct proofs covered_proofs(struct issued *is, const struct jdoc *root)
{
    const struct jdoc *covered = canonize_without_proof(&is->arena, root, 0, NULL);
    const struct jdoc *kept = covered != NULL ? jdoc_get(covered, "proof") : NULL;
    return (struct proofs){kept, kept == NULL ? 0 : kept->type == JDOC_ARRAY ? kept->array.n : 1};
}

static const struct jdoc *proof_at(const struct proofs *proofs, size_t i)
{
    return proofs->kept->type == JDOC_ARRAY ? proofs->kept->array.items[i] : proofs->kept;
}

static bool put_proofs(struct issued *is)
{
    struct proofs covered = covered_proofs(is, is->root);
    text_puts(is->out, covered.n > 0 ? "\n  \"proof\": [" : "\n  \"proof\": ");
    for (size_t i = 0; i < covered.n; i++) {
        put_raw(is, proof_at(&covered, i));
        text_puts(is->out, ", ");
    }
    bool fits = put_proof(is);
    text_puts(is->out, covered.n > 0 ? "]" : "");
    return fits;
}

static bool put_members(struct issued *is)
{
    text_puts(is->out, "{");
    for (const struct map_entry *m = is->root->object.first; m != NULL; m = m->next) {
        if (slice_is(m->key, "proof"))
            continue;
        put_slice(is->out, "\n  ", m->key);
        text_puts(is->out, ": ");
        put_raw(is, m->value);
        text_puts(is->out, ",");
    }
    bool fits = put_proofs(is);
    text_puts(is->out, "\n}\n");
    return fits;
}

/* -- The whole -------------------------------------------------------------------------------- */

static enum err_code parse(struct arena *arena, struct slice json, const struct jdoc **ret,
                           struct err *e)
{
    struct jdoc_limits limits = {.bytes = LIMITS_CREDENTIAL_BYTES + LIMITS_PROOF_VALUE_BYTES + 4096,
                                 .depth = JDOC_MAX_DEPTH};
    return jdoc_parse(arena, json, limits, ret, e);
}

static bool same_members(const struct jdoc *a, const struct jdoc *b)
{
    for (const struct map_entry *m = a->object.first; m != NULL; m = m->next) {
        const struct jdoc *other = jdoc_get_slice(b, m->key);
        if (!slice_is(m->key, "proof") && (other == NULL || !jdoc_equal(m->value, other)))
            return false;
    }
    return true;
}

/* What was written says the same, but for the proof: nobody else would notice if it did not. */
static enum err_code check_copy(struct issued *is, struct slice copy, struct err *e)
{
    const struct jdoc *root;
    enum err_code rc = parse(&is->arena, copy, &root, e);
    if (rc != ERR_OK)
        return rc;
    struct proofs before = covered_proofs(is, is->root), after = covered_proofs(is, root);
    bool same = same_members(is->root, root) && same_members(root, is->root) && before.n == after.n;
    for (size_t i = 0; same && i < before.n; i++)
        same = jdoc_equal(proof_at(&before, i), proof_at(&after, i));
    rc = arena_check(&is->arena, e);
    return same || rc != ERR_OK ? rc : err_set(e, ERR_CORRUPT, "the copy differs from the credential");
}

static enum err_code write_copy(struct issued *is, struct err *e)
{
    size_t start = is->out->len;
    enum err_code rc = parse(&is->arena, is->json, &is->root, e);
    if (rc == ERR_OK)
        rc = inspect(is, e);
    if (rc != ERR_OK)
        return rc;
    bool fits = put_members(is);
    if (is->out->failed)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    if (!fits)
        return err_set(e, ERR_UNSUPPORTED, "the path is too long for a MerkleProof2019");
    struct slice copy = {(const uint8_t *)is->out->data + start, is->out->len - start};
    return check_copy(is, copy, e);
}

enum err_code issued_write(struct text *out, struct slice json, const struct proof *proof,
                           const char *method, struct err *e)
{
    struct issued is = {.out = out, .json = json, .proof = proof, .method = method};
    arena_init(&is.arena, ARENA_BYTES);
    enum err_code rc = write_copy(&is, e);
    arena_done(&is.arena);
    return rc;
}
