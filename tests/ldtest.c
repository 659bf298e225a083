/* A JSON-LD processor for tests: see ldtest.h. */
#include "tests/ldtest.h"

#include "tests/harness.h"
#include "verifier/rdf/contexts.h"
#include "verifier/rdf/rdfc.h"
#include "verifier/rdf/slice.h"
#include "verifier/rdf/tordf.h"

#define CTX "https://ctx.example/"

static const struct {
    const char *url, *text;
} DOCUMENTS[] = {
    {CTX "v1", "{\"@context\":{\"id\":\"@id\",\"type\":\"@type\",\"name\":\"https://s.example/name\","
               "\"Person\":{\"@id\":\"https://s.example/Person\",\"@context\":{"
               "\"knows\":{\"@id\":\"https://s.example/knows\",\"@type\":\"@id\"}}},"
               "\"holder\":{\"@id\":\"https://s.example/holder\",\"@context\":{"
               "\"name\":\"https://s.example/holderName\"}},"
               "\"s\":{\"@id\":\"https://s.example/\",\"@prefix\":true}}}"},
    {CTX "protected", "{\"@context\":{\"@protected\":true,\"p\":\"https://p.example/p\","
                      "\"q\":{\"@id\":\"https://p.example/q\",\"@context\":{\"p\":\"https://p.example/inner\"}},"
                      "\"T\":{\"@id\":\"https://p.example/T\",\"@context\":{\"p\":\"https://p.example/other\"}}}}"},
    {CTX "array", "{\"@context\":[\"v1\",{\"more\":\"https://s.example/more\"}]}"},
    {CTX "import", "{\"@context\":{\"@import\":\"v1\",\"name\":\"https://s.example/imported\"}}"},
    {CTX "imports-array", "{\"@context\":{\"@import\":\"array\"}}"},
    {CTX "imports-import", "{\"@context\":{\"@import\":\"import\"}}"},
    {CTX "loop", "{\"@context\":\"loop\"}"},
    {CTX "scoped-loop", "{\"@context\":{\"a\":{\"@id\":\"https://s.example/a\",\"@context\":\"scoped-loop\"}}}"},
    {CTX "base", "{\"@context\":{\"@base\":\"https://evil.example/\",\"b\":\"https://s.example/b\"}}"},
    {CTX "none", "{\"name\":1}"},
    {CTX "bad", "{\"@context\":{\"a\":{\"@id\":\"rel\"}}}"},
};

static const char *text_of(struct slice url)
{
    for (size_t i = 0; i < sizeof DOCUMENTS / sizeof *DOCUMENTS; i++)
        if (slice_is(url, DOCUMENTS[i].url))
            return DOCUMENTS[i].text;
    return NULL;
}

/* A context_loader. The trees live in the arena of the cache, which outlives its use of them. */
static enum err_code load(void *ctx, struct slice url, const struct jdoc **ret, struct err *e)
{
    struct ldtest *t = ctx;
    const char *text = text_of(url);
    const struct contexts_text *embedded = contexts_find(url, 0);
    t->n_loads++;
    if (text != NULL)
        return jdoc_parse(&t->cache.arena, slice_of(text), jdoc_limits(), ret, e);
    if (embedded != NULL)
        return jdoc_parse(&t->cache.arena, embedded->json, jdoc_limits(), ret, e);
    if (slice_starts(url, SLICE(CTX "n/"))) /* as many different ones as a test wants */
        return jdoc_parse(&t->cache.arena, SLICE("{\"@context\":{}}"), jdoc_limits(), ret, e);
    return err_set(e, ERR_NOT_FOUND, "unknown context, name a file for it");
}

void ldtest_start(struct ldtest *t)
{
    *t = (struct ldtest){.n_loads = 0};
    arena_init(&t->arena, (size_t)64 << 20);
    context_cache_init(&t->cache, load, t);
}

void ldtest_end(struct ldtest *t)
{
    context_cache_done(&t->cache);
    arena_done(&t->arena);
}

const struct jdoc *ldtest_parse(struct ldtest *t, const char *json)
{
    const struct jdoc *v = NULL;
    struct slice copy = arena_copy(&t->arena, slice_of(json));
    assert_ok(jdoc_parse(&t->arena, copy, jdoc_limits(), &v, &t->e), t->e);
    return v;
}

const char *ldtest_canonize(struct ldtest *t, const char *json, enum jsonld_loss_mode losses,
                            bool credential)
{
    const struct jsonld_options options = {.losses = losses, .credential = credential};
    const struct rdfc_budget budget = rdfc_budget();
    struct rdf_dataset dataset = rdf_dataset(&t->arena, budget.quads);
    const struct jdoc *expanded;
    struct rdfc_result result;
    t->e = (struct err){.code = ERR_OK};
    jsonld_init(&t->run, &t->arena, &t->cache, &options, ldtest_parse(t, json), &t->e);
    if (expand_document(&t->run, &expanded) != ERR_OK ||
        tordf_document(&t->run, expanded, &dataset) != ERR_OK)
        return NULL;
    assert_ok(rdfc_canonize(&dataset, DIGEST_SHA256, NQUADS_RDFC, &budget, &result, &t->e), t->e);
    return (const char *)arena_join(&t->arena, result.text, (struct slice){(const uint8_t *)"", 1}).data;
}
