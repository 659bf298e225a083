/* CPU time of one credential from JSON text to canonical N-Quads, contexts warm, by stage.
 *
 *   bench_canon [-n ROUNDS] [-c] FILE.json...
 *
 * Contexts are the embedded ones. If FILE.nq lies beside a file, the result must equal it. With -c the
 * canonical N-Quads are printed instead of times. bench_canon.sh prints jsonld.js beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "verifier/rdf/contexts.h"
#include "verifier/rdf/expand.h"
#include "verifier/rdf/rdfc.h"
#include "verifier/rdf/tordf.h"

#define ARENA_BYTES ((size_t)256 << 20)

enum { PARSE, EXPAND, TORDF, CANON, STAGES };

struct sample {
    double us[STAGES];
    double total;
};

static struct arena contexts_arena;

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* A context_loader over the embedded texts. */
static enum err_code load(void *ctx, struct slice url, const struct jdoc **ret, struct err *e)
{
    const struct contexts_text *text = contexts_find(url, 0);
    (void)ctx;
    if (text == NULL)
        return err_set(e, ERR_NOT_FOUND, "not an embedded context");
    return jdoc_parse(&contexts_arena, text->json, jdoc_limits(), ret, e);
}

static enum err_code run_once(struct arena *arena, struct context_cache *cache, struct slice text,
                              struct sample *ret, struct slice *ret_canonical, struct err *e)
{
    const struct jsonld_options options = {.losses = JSONLD_LOSS_IGNORE};
    const struct rdfc_budget budget = rdfc_budget();
    const struct jdoc *document, *expanded;
    struct rdfc_result result;
    struct jsonld run;
    double at[STAGES + 1];
    arena_reset(arena);
    struct rdf_dataset dataset = rdf_dataset(arena, budget.quads);
    at[PARSE] = now_us();
    enum err_code code = jdoc_parse(arena, text, jdoc_limits(), &document, e);
    at[EXPAND] = now_us();
    if (code == ERR_OK) {
        jsonld_init(&run, arena, cache, &options, document, e);
        code = expand_document(&run, &expanded);
    }
    at[TORDF] = now_us();
    if (code == ERR_OK)
        code = tordf_document(&run, expanded, &dataset);
    at[CANON] = now_us();
    if (code == ERR_OK)
        code = rdfc_canonize(&dataset, DIGEST_SHA256, NQUADS_RDFC, &budget, &result, e);
    at[STAGES] = now_us();
    for (int i = 0; i < STAGES; i++)
        ret->us[i] = at[i + 1] - at[i];
    ret->total = at[STAGES] - at[0];
    if (code == ERR_OK)
        *ret_canonical = result.text;
    return code;
}

static bool read_file(const char *path, struct slice *ret)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return false;
    static const size_t MAX = (size_t)16 << 20;
    uint8_t *data = malloc(MAX);
    size_t len = data == NULL ? 0 : fread(data, 1, MAX, f);
    fclose(f);
    *ret = (struct slice){data, len};
    return data != NULL;
}

static int by_total(const void *a, const void *b)
{
    const struct sample *x = a, *y = b;
    return (x->total > y->total) - (x->total < y->total);
}

/* "ok" or "DIFFERS" from FILE.nq, "-" if there is none. */
static const char *compare(const char *path, struct slice canonical)
{
    char other[4096];
    size_t stem = strlen(path) - (strlen(path) > 5 ? 5 : 0);
    struct slice expected;
    snprintf(other, sizeof other, "%.*s.nq", (int)stem, path);
    if (!read_file(other, &expected))
        return "-";
    bool same = slice_equal(canonical, expected);
    free((void *)expected.data);
    return same ? "ok" : "DIFFERS";
}

static bool bench(const char *path, size_t rounds, bool print)
{
    struct sample *samples = calloc(rounds, sizeof *samples);
    struct context_cache cache;
    struct slice text, canonical = {0};
    struct arena arena;
    struct err e;
    if (samples == NULL || !read_file(path, &text)) {
        printf("cannot read %s\n", path);
        return false;
    }
    arena_init(&arena, ARENA_BYTES);
    arena_init(&contexts_arena, ARENA_BYTES);
    context_cache_init(&cache, load, NULL);
    enum err_code code = run_once(&arena, &cache, text, samples, &canonical, &e);
    double cold = samples->total;
    for (size_t i = 0; i < rounds && code == ERR_OK && !print; i++)
        code = run_once(&arena, &cache, text, &samples[i], &canonical, &e);
    qsort(samples, rounds, sizeof *samples, by_total);
    const struct sample *m = &samples[rounds / 2];
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    if (code != ERR_OK)
        printf("%-48s %s\n", name, e.msg);
    else if (print)
        printf("%.*s", (int)canonical.len, (const char *)canonical.data);
    else
        printf("%-44s %7zu %8.0f %8.1f %8.1f %7.1f %7.1f %7.1f %7.1f  %s\n", name, text.len, cold,
               m->total, samples[0].total, m->us[PARSE], m->us[EXPAND], m->us[TORDF], m->us[CANON],
               compare(path, canonical));
    context_cache_done(&cache);
    arena_done(&contexts_arena);
    arena_done(&arena);
    free(samples);
    free((void *)text.data);
    return code == ERR_OK;
}

int main(int argc, char **argv)
{
    size_t rounds = 200;
    bool print = false, ok = true;
    for (int option; (option = getopt(argc, argv, "n:c")) != -1;) {
        if (option == 'c')
            print = true;
        else if (option != 'n' || (rounds = strtoul(optarg, NULL, 10)) == 0)
            return 64;
    }
    if (optind == argc) {
        fprintf(stderr, "usage: bench_canon [-n ROUNDS] [-c] FILE.json...\n");
        return 64;
    }
    if (!print)
        printf("%-44s %7s %8s %8s %8s %7s %7s %7s %7s\n", "CPU microseconds", "bytes", "cold",
               "median", "min", "parse", "expand", "toRDF", "RDFC");
    for (int i = optind; i < argc; i++)
        ok &= bench(argv[i], rounds, print);
    return ok ? 0 : 1;
}
