/* From the bytes of a credential to its hash: see canonize.h. */
#include "verifier/rdf/canonize.h"

#include "common/hex.h"
#include "common/sha256.h"
#include "verifier/rdf/contexts.h"
#include "verifier/rdf/expand.h"
#include "verifier/rdf/tordf.h"

#define MATCH_TRIES_MAX 64 /* ways to try for one hash; six URLs have two texts, two escapes */

/* An embedded context in use: the texts known for its URL, each parsed when it is first needed. */
struct listed {
    size_t chosen;
    size_t n;
    struct canonize_context texts[]; /* .document is NULL until then */
};

struct canonize_options canonize_options(void)
{
    return (struct canonize_options){
        .losses = JSONLD_LOSS_FAIL,
        .credential = true,
        .algorithm = DIGEST_SHA256,
        .escape = NQUADS_RDFC,
        .budget = rdfc_budget(),
    };
}

/* ---- contexts ---- */

static enum err_code load(void *ctx, struct slice url, const struct jdoc **ret, struct err *e);

void canonize_init(struct canonize *c)
{
    *c = (struct canonize){0};
    arena_init(&c->arena, CANONIZE_ARENA_BYTES);
    context_cache_init(&c->cache, load, c);
}

void canonize_done(struct canonize *c)
{
    context_cache_done(&c->cache);
    arena_done(&c->arena);
}

/* What was processed with other texts is worth nothing. */
static void forget_processed(struct canonize *c)
{
    context_cache_done(&c->cache);
    context_cache_init(&c->cache, load, c);
}

static enum err_code parse_context(struct canonize *c, struct canonize_context *context,
                                   struct slice json, struct err *e)
{
    struct jdoc_limits limits = {.bytes = CANONIZE_CONTEXT_BYTES, .depth = JDOC_MAX_DEPTH};
    const struct jdoc *document;
    enum err_code rc = jdoc_parse(&c->arena, json, limits, &document, e);
    if (rc != ERR_OK)
        return rc;
    if (jdoc_get(document, "@context") == NULL)
        return err_set(e, ERR_INVALID, "no object with an @context");
    context->document = document;
    return ERR_OK;
}

/* The entry of an embedded context. Returns: NULL if there is none, or no memory. */
static struct listed *find_listed(struct canonize *c, struct slice url)
{
    struct listed *listed = map_get(&c->listed, url);
    size_t n = contexts_count(url);
    if (listed != NULL || n == 0)
        return listed;
    listed = arena_alloc(&c->arena, sizeof *listed + n * sizeof listed->texts[0]);
    struct slice key = arena_copy(&c->arena, url);
    struct map_entry *entry = map_put(&c->arena, &c->listed, key);
    if (listed == NULL || entry == NULL)
        return NULL;
    listed->n = n;
    for (size_t i = 0; i < n; i++) {
        const struct contexts_text *text = contexts_find(url, i);
        listed->texts[i] = (struct canonize_context){key, text->variant, text->sha256, NULL};
    }
    return entry->value = listed;
}

/* The context that a URL stands for at present. Returns: NULL if it is not known. */
static struct canonize_context *find_context(struct canonize *c, struct slice url)
{
    struct canonize_context *given = map_get(&c->given, url);
    if (given != NULL)
        return given;
    struct listed *listed = find_listed(c, url);
    return listed == NULL ? NULL : &listed->texts[listed->chosen];
}

/* A context_loader. */
static enum err_code load(void *ctx, struct slice url, const struct jdoc **ret, struct err *e)
{
    struct canonize *c = ctx;
    struct canonize_context *context = find_context(c, url);
    if (context == NULL && arena_check(&c->arena, e) != ERR_OK)
        return ERR_LIMIT;
    if (context == NULL)
        return err_set(e, ERR_NOT_FOUND, "this context is not built in; name a file with --context URL=FILE");
    if (context->document == NULL) {
        struct listed *listed = find_listed(c, url);
        enum err_code rc = parse_context(c, context, contexts_find(url, listed->chosen)->json, e);
        if (rc != ERR_OK)
            return rc;
    }
    *ret = context->document;
    return ERR_OK;
}

enum err_code canonize_add_context(struct canonize *c, struct slice url, struct slice json,
                                   struct err *e)
{
    if (map_get(&c->given, url) != NULL)
        return err_set(e, ERR_EXISTS, "context %.*s is given twice", SLICE_ARG(url));
    struct canonize_context *context = arena_alloc(&c->arena, sizeof *context);
    char *sha256_text = arena_alloc(&c->arena, 2 * sizeof(struct hash32) + 1);
    struct slice key = arena_copy(&c->arena, url);
    if (arena_check(&c->arena, e) != ERR_OK)
        return ERR_LIMIT;
    struct hash32 hash = sha256(json.data, json.len);
    hex_encode(sha256_text, hash.b, sizeof hash.b);
    *context = (struct canonize_context){.url = key, .variant = "given", .sha256 = sha256_text};
    enum err_code rc = parse_context(c, context, json, e);
    if (rc != ERR_OK)
        return err_wrap(e, "context %.*s", SLICE_ARG(url));
    struct map_entry *entry = map_put(&c->arena, &c->given, key);
    if (entry == NULL)
        return arena_check(&c->arena, e);
    entry->value = context;
    forget_processed(c);
    return ERR_OK;
}

enum err_code canonize_use_variant(struct canonize *c, struct slice url, size_t variant,
                                   struct err *e)
{
    struct listed *listed = find_listed(c, url);
    if (arena_check(&c->arena, e) != ERR_OK)
        return ERR_LIMIT;
    if (listed == NULL || variant >= listed->n)
        return err_set(e, ERR_NOT_FOUND, "no variant %zu of context %.*s is known", variant, SLICE_ARG(url));
    if (listed->chosen != variant) {
        listed->chosen = variant;
        forget_processed(c);
    }
    return ERR_OK;
}

/* ---- proofs ---- */

/* True if a member is the text, or an array that holds it. */
static bool names(const struct jdoc *object, const char *key, const char *text)
{
    const struct jdoc *v = jdoc_get(object, key);
    for (size_t i = 0; v != NULL && v->type == JDOC_ARRAY && i < v->array.n; i++)
        if (jdoc_is(v->array.items[i], text))
            return true;
    return v != NULL && jdoc_is(v, text);
}

bool canonize_is_merkle_proof(const struct jdoc *proof)
{
    return names(proof, "type", "MerkleProof2019") || names(proof, "type", "MerkleProof2017") ||
           (names(proof, "type", "DataIntegrityProof") && names(proof, "cryptosuite", "merkle-proof-2019")) ||
           (names(proof, "type", "ChainedProof2021") && names(proof, "chainedProofType", "MerkleProof2019"));
}

/* The document with its proof replaced; NULL: without it. */
static const struct jdoc *with_proof(struct arena *arena, const struct jdoc *root, const struct jdoc *proof)
{
    struct jdoc *copy = jdoc_object(arena, root->offset);
    for (struct map_entry *m = root->object.first; m != NULL; m = m->next) {
        const struct jdoc *value = slice_is(m->key, "proof") ? proof : m->value;
        if (value != NULL)
            jdoc_set(arena, copy, m->key, value);
    }
    return arena->failed ? NULL : copy;
}

static const struct jdoc *first_items(struct arena *arena, const struct jdoc *array, size_t n)
{
    struct jdoc *copy = n == 0 ? NULL : jdoc_array(arena, array->offset);
    for (size_t i = 0; i < n; i++)
        jdoc_push(arena, copy, array->array.items[i]);
    return copy;
}

const struct jdoc *canonize_without_proof(struct arena *arena, const struct jdoc *root, size_t nth,
                                          const struct jdoc **ret_proof)
{
    const struct jdoc *proof = jdoc_get(root, "proof"), *found = NULL, *left = NULL;
    if (proof != NULL && proof->type != JDOC_ARRAY && nth == 0 && canonize_is_merkle_proof(proof))
        found = proof;
    for (size_t i = 0; proof != NULL && proof->type == JDOC_ARRAY && i < proof->array.n; i++)
        if (canonize_is_merkle_proof(proof->array.items[i]) && nth-- == 0) {
            found = proof->array.items[i];
            left = first_items(arena, proof, i);
            break;
        }
    if (ret_proof != NULL)
        *ret_proof = found;
    return found == NULL ? root : with_proof(arena, root, left);
}

/* ---- documents ---- */

static enum err_code hash_dataset(const struct rdf_dataset *dataset, const struct canonize_options *options,
                                  struct canonize_result *ret, struct err *e)
{
    struct rdfc_result canonical;
    enum err_code rc = rdfc_canonize_with(options->memo, dataset, options->algorithm, options->escape,
                                          &options->budget, &canonical, e);
    if (rc != ERR_OK)
        return rc;
    if (options->credential && canonical.text.len == 0)
        return err_set(e, ERR_INVALID, "the document says nothing: its canonical form is empty");
    ret->text = canonical.text;
    ret->data = canonical.data;
    ret->hash = sha256(canonical.text.data, canonical.text.len);
    ret->escape = options->escape;
    ret->issued = canonical.issued;
    ret->n_issued = canonical.n_issued;
    return ERR_OK;
}

/* The contexts that a run has named so far, also if it failed. */
static enum err_code list_contexts(struct canonize *c, const struct jsonld *run, struct canonize_result *ret,
                                   struct err *e)
{
    ret->n_contexts = 0;
    ret->contexts = arena_array(run->arena, run->contexts_used.n, sizeof *ret->contexts);
    if (ret->contexts == NULL)
        return arena_check(run->arena, e);
    for (struct map_entry *used = run->contexts_used.first; used != NULL; used = used->next) {
        const struct canonize_context *context = find_context(c, used->key);
        if (context != NULL)
            ret->contexts[ret->n_contexts++] = context;
    }
    return ERR_OK;
}

/* canonize_tree(); on failure ret holds the contexts, if memory allows. */
static enum err_code run_tree(struct canonize *c, struct arena *arena, const struct jdoc *root,
                              const struct canonize_options *options, struct canonize_result *ret,
                              struct err *e)
{
    const struct jsonld_options jsonld = {.base = options->base, .losses = options->losses,
                                          .credential = options->credential};
    struct rdf_dataset dataset = rdf_dataset(arena, options->budget.quads);
    const struct jdoc *expanded;
    struct jsonld run;
    *ret = (struct canonize_result){0};
    jsonld_init(&run, arena, &c->cache, &jsonld, root, e);
    enum err_code rc = expand_document(&run, &expanded);
    if (rc == ERR_OK)
        rc = tordf_document(&run, expanded, &dataset);
    if (rc == ERR_OK)
        rc = hash_dataset(&dataset, options, ret, e);
    ret->losses = run.losses;
    ret->n_losses = run.n_losses < JSONLD_MAX_LOSSES ? run.n_losses : JSONLD_MAX_LOSSES;
    enum err_code listed = list_contexts(c, &run, ret, rc == ERR_OK ? e : NULL);
    return rc == ERR_OK ? listed : rc;
}

enum err_code canonize_tree(struct canonize *c, struct arena *arena, const struct jdoc *root,
                            const struct canonize_options *options, struct canonize_result *ret,
                            struct err *e)
{
    struct canonize_result result;
    enum err_code rc = run_tree(c, arena, root, options, &result, e);
    if (rc == ERR_OK)
        *ret = result;
    return rc;
}

enum err_code canonize_document(struct canonize *c, struct arena *arena, struct slice json,
                                const struct canonize_options *options,
                                struct canonize_result *ret, struct err *e)
{
    struct jdoc_limits limits = {.bytes = CANONIZE_JSON_BYTES, .depth = JDOC_MAX_DEPTH};
    const struct jdoc *root;
    enum err_code rc = jdoc_parse(arena, json, limits, &root, e);
    if (rc != ERR_OK)
        return rc;
    root = canonize_without_proof(arena, root, 0, NULL);
    return root == NULL ? arena_check(arena, e) : canonize_tree(c, arena, root, options, ret, e);
}

enum err_code canonize_nquads(struct arena *arena, struct slice text,
                              const struct canonize_options *options, struct canonize_result *ret,
                              struct err *e)
{
    struct canonize_result result = {0};
    struct rdf_dataset dataset = rdf_dataset(arena, options->budget.quads);
    enum err_code rc = nquads_parse(&dataset, text, e);
    if (rc == ERR_OK)
        rc = hash_dataset(&dataset, options, &result, e);
    if (rc != ERR_OK)
        return rc;
    if (!slice_equal(result.text, text))
        return err_set(e, ERR_INVALID, "N-Quads, but not in canonical form");
    *ret = result;
    return ERR_OK;
}

/* ---- looking for a known hash ---- */

static void reset_variants(struct canonize *c)
{
    for (struct map_entry *entry = c->listed.first; entry != NULL; entry = entry->next) {
        struct listed *listed = entry->value;
        if (listed != NULL && listed->chosen != 0) {
            listed->chosen = 0;
            forget_processed(c);
        }
    }
}

/* The next combination of variants, as an odometer counts. Returns: false after the last one, when all
 * stand at the usual text again. */
static bool next_variants(struct canonize *c, const struct canonize_result *used)
{
    for (size_t i = 0; i < used->n_contexts; i++) {
        struct slice url = used->contexts[i]->url;
        struct listed *listed = map_get(&c->given, url) != NULL ? NULL : map_get(&c->listed, url);
        if (listed == NULL || listed->n == 1)
            continue;
        listed->chosen = (listed->chosen + 1) % listed->n;
        forget_processed(c);
        if (listed->chosen != 0)
            return true;
    }
    return false;
}

/* All variants, with one way of escaping. Returns: true at the first one that gives the hash. */
static bool try_variants(struct canonize *c, const struct jdoc *root,
                                  const struct canonize_options *options, const struct canonize_result *usual,
                                  const struct hash32 *hash, size_t *tries)
{
    do {
        struct arena arena;
        struct canonize_result result;
        arena_init(&arena, CANONIZE_ARENA_BYTES);
        bool same = canonize_tree(c, &arena, root, options, &result, NULL) == ERR_OK &&
                    hash32_equal(&result.hash, hash);
        arena_done(&arena);
        if (same)
            return true;
    } while (++*tries < MATCH_TRIES_MAX && next_variants(c, usual));
    return false;
}

enum err_code canonize_match(struct canonize *c, struct arena *arena, const struct jdoc *root,
                             const struct canonize_options *options, const struct hash32 *hash,
                             struct canonize_result *ret, bool *ret_matches, struct err *e)
{
    static const enum nquads_escape ESCAPES[] = {NQUADS_RDFC, NQUADS_LEGACY};
    struct canonize_options other = *options;
    struct canonize_result usual;
    size_t tries = 0;
    other.memo = NULL; /* each try has an arena of its own */
    reset_variants(c);
    enum err_code rc = run_tree(c, arena, root, options, &usual, e);
    bool matches = rc == ERR_OK && hash32_equal(&usual.hash, hash);
    for (size_t i = 0; i < sizeof ESCAPES / sizeof ESCAPES[0] && !matches && rc != ERR_LIMIT; i++) {
        other.escape = ESCAPES[i];
        matches = try_variants(c, root, &other, &usual, hash, &tries);
        if (matches)
            rc = canonize_tree(c, arena, root, &other, &usual, e);
    }
    reset_variants(c);
    if (rc == ERR_OK) {
        *ret = usual;
        *ret_matches = matches;
    }
    return rc;
}
