/* JSON-LD with context documents of the fuzzer's own: the input is a document and, each behind a byte
 * 0xff (which JSON cannot hold), the texts of the contexts "c:0" to "c:9".
 *  - A cache that has processed the same contexts before gives the same result.
 *  - What is accepted because nothing is lost has no losses when they are listed, and the same quads.
 *  - Every pointer to a loss leads somewhere. */
#include "tests/fuzz/fuzz.h"

#include "verifier/rdf/expand.h"
#include "verifier/rdf/jcs.h"
#include "verifier/rdf/slice.h"
#include "verifier/rdf/tordf.h"

#define MAX_QUADS 20000
#define ARENA_BYTES ((size_t)64 << 20)

struct input {
    struct slice document, contexts[10];
    struct arena arena; /* of parsed contexts */
};

static struct input split(const uint8_t *data, size_t len)
{
    struct slice rest = {data, len};
    struct input in = {.document = {data, slice_find(rest, 0xff)}};
    size_t end = in.document.len;
    for (size_t i = 0; i < 10 && end < rest.len; i++) {
        rest = slice_from(rest, end + 1);
        end = slice_find(rest, 0xff);
        in.contexts[i] = (struct slice){rest.data, end};
    }
    return in;
}

/* A context_loader. */
static enum err_code load(void *ctx, struct slice url, const struct jdoc **ret, struct err *e)
{
    struct input *in = ctx;
    if (url.len != 3 || url.data[0] != 'c' || url.data[1] != ':' || url.data[2] < '0' || url.data[2] > '9')
        return err_set(e, ERR_NOT_FOUND, "no such context");
    return jdoc_parse(&in->arena, in->contexts[url.data[2] - '0'], jdoc_limits(), ret, e);
}

struct outcome {
    enum err_code code;
    enum jsonld_code reason;
    struct slice expanded; /* as JCS */
    size_t n_quads, n_losses;
};

static void check_losses(struct arena *arena, const struct jsonld *run)
{
    size_t kept = run->n_losses < JSONLD_MAX_LOSSES ? run->n_losses : JSONLD_MAX_LOSSES;
    for (size_t i = 0; i < kept && !arena->failed; i++)
        fuzz_assert(run->losses[i].pointer.len == 0 || run->losses[i].pointer.data[0] == '/');
}

static struct outcome process(struct arena *arena, struct context_cache *cache, const struct jdoc *document,
                              enum jsonld_loss_mode losses, bool credential)
{
    struct jsonld_options options = {.base = SLICE("http://b/c/d"), .losses = losses, .credential = credential};
    struct rdf_dataset dataset = rdf_dataset(arena, MAX_QUADS);
    struct outcome outcome = {.code = ERR_OK};
    const struct jdoc *expanded;
    struct jsonld run;
    struct err e;
    jsonld_init(&run, arena, cache, &options, document, &e);
    outcome.code = expand_document(&run, &expanded);
    if (outcome.code == ERR_OK)
        outcome.code = jcs_write(arena, expanded, JCS_ANY_NUMBER, &outcome.expanded, &e);
    if (outcome.code == ERR_OK)
        outcome.code = tordf_document(&run, expanded, &dataset);
    outcome.reason = run.code;
    outcome.n_losses = run.n_losses;
    outcome.n_quads = dataset.n;
    check_losses(arena, &run);
    return outcome;
}

static void check_same(struct outcome a, struct outcome b)
{
    fuzz_assert(a.code == b.code && a.reason == b.reason);
    fuzz_assert(slice_equal(a.expanded, b.expanded) && a.n_quads == b.n_quads);
}

static void check_document(struct input *in, struct arena *arena, struct context_cache *cache)
{
    const struct jdoc *document;
    if (jdoc_parse(arena, in->document, jdoc_limits(), &document, NULL) != ERR_OK)
        return;
    struct outcome cold = process(arena, cache, document, JSONLD_LOSS_IGNORE, false);
    struct outcome warm = process(arena, cache, document, JSONLD_LOSS_IGNORE, false);
    struct outcome strict = process(arena, cache, document, JSONLD_LOSS_FAIL, true);
    struct outcome listed = process(arena, cache, document, JSONLD_LOSS_LIST, true);
    if (arena->failed || in->arena.failed || cache->arena.failed)
        return;
    check_same(cold, warm);
    if (strict.code == ERR_OK) {
        fuzz_assert(listed.n_losses == 0);
        check_same(cold, strict);
        check_same(strict, listed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct input in = split(data, len);
    struct context_cache cache;
    struct arena arena;
    arena_init(&in.arena, ARENA_BYTES);
    arena_init(&arena, ARENA_BYTES);
    context_cache_init(&cache, load, &in);
    check_document(&in, &arena, &cache);
    context_cache_done(&cache);
    arena_done(&arena);
    arena_done(&in.arena);
    return 0;
}
