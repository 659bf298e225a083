/* jsonld-suite MANIFEST: the W3C tests of JSON-LD 1.1, expansion and conversion to RDF, or any
 * manifest of the same form. URLs under the manifest's base are files beside it; all others fail. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/suites/suite.h"
#include "verifier/rdf/expand.h"
#include "verifier/rdf/jcs.h"
#include "verifier/rdf/nquads.h"
#include "verifier/rdf/rdfc.h"
#include "verifier/rdf/slice.h"
#include "verifier/rdf/tordf.h"

#define ARENA_BYTES ((size_t)1 << 30)

/* One entry of the manifest; absent texts have data NULL. */
struct test {
    const char *id;
    struct slice input, expect, error; /* names of files; name of an error code */
    struct slice base;                 /* of the document */
    struct slice expand_context;       /* name of a file */
    bool to_rdf, negative, syntax_only, mode_1_0;
    const char *skip; /* why it is not run; NULL: it is */
};

/* What a run of one test needs. */
struct bench {
    struct suite *suite;
    struct arena arena;
    struct slice base_iri; /* of the manifest */
    struct slice *texts;   /* files read, freed at the end */
    size_t n_texts, cap_texts;
};

static const char *c_text(struct arena *arena, struct slice text)
{
    return (const char *)arena_join(arena, text, (struct slice){(const uint8_t *)"", 1}).data;
}

static bool has_word(const struct jdoc *words, const char *word)
{
    if (jdoc_is(words, word))
        return true;
    for (size_t i = 0; words != NULL && words->type == JDOC_ARRAY && i < words->array.n; i++)
        if (jdoc_is(words->array.items[i], word))
            return true;
    return false;
}

static const char *reason_to_skip(const struct jdoc *option)
{
    const struct jdoc *generalized = jdoc_get(option, "produceGeneralizedRdf");
    if (jdoc_is(jdoc_get(option, "specVersion"), "json-ld-1.0"))
        return "JSON-LD 1.0 only";
    if (generalized != NULL && generalized->type == JDOC_BOOL && generalized->boolean)
        return "generalized RDF";
    return jdoc_get(option, "rdfDirection") != NULL ? "optional rdfDirection" : NULL;
}

static bool read_test(struct bench *b, const struct jdoc *entry, struct test *ret)
{
    const struct jdoc *type = jdoc_get(entry, "@type"), *option = jdoc_get(entry, "option");
    struct slice id = {0};
    *ret = (struct test){
        .to_rdf = has_word(type, "jld:ToRDFTest"),
        .negative = has_word(type, "jld:NegativeEvaluationTest"),
        .syntax_only = has_word(type, "jld:PositiveSyntaxTest"),
        .mode_1_0 = jdoc_is(jdoc_get(option, "processingMode"), "json-ld-1.0"),
        .skip = reason_to_skip(option),
    };
    if (!jdoc_get_string(entry, "@id", &id) || !jdoc_get_string(entry, "input", &ret->input))
        return false;
    ret->id = c_text(&b->arena, id);
    jdoc_get_string(entry, "expect", &ret->expect);
    jdoc_get_string(entry, "expectErrorCode", &ret->error);
    jdoc_get_string(option, "expandContext", &ret->expand_context);
    if (!jdoc_get_string(option, "base", &ret->base))
        ret->base = arena_join(&b->arena, b->base_iri, ret->input);
    return ret->to_rdf || has_word(type, "jld:ExpandTest");
}

/* A file of the suite, kept until the test ends. */
static bool read_file(struct bench *b, struct slice name, struct slice *ret)
{
    if (b->n_texts == b->cap_texts) {
        b->cap_texts = 2 * b->cap_texts + 8;
        struct slice *more = realloc(b->texts, b->cap_texts * sizeof *more);
        if (more == NULL)
            return false;
        b->texts = more;
    }
    if (!suite_read(b->suite, c_text(&b->arena, name), ret))
        return false;
    b->texts[b->n_texts++] = *ret;
    return true;
}

static bool read_json(struct bench *b, const struct test *test, struct slice name,
                      const struct jdoc **ret)
{
    struct slice text;
    struct err e;
    if (!read_file(b, name, &text))
        return false;
    if (jdoc_parse(&b->arena, text, jdoc_limits(), ret, &e) == ERR_OK)
        return true;
    suite_fail(b->suite, test->id, "%.*s: %s", SLICE_ARG(name), e.msg);
    return false;
}

/* A context_loader. A file that is not there is an error of the document, not of the suite. */
static enum err_code load(void *ctx, struct slice url, const struct jdoc **ret, struct err *e)
{
    struct bench *b = ctx;
    struct slice text;
    unsigned missing = b->suite->missing;
    if (!slice_starts(url, b->base_iri))
        return err_set(e, ERR_NOT_FOUND, "not under the base of the manifest");
    if (!read_file(b, slice_from(url, b->base_iri.len), &text)) {
        b->suite->missing = missing;
        return err_set(e, ERR_NOT_FOUND, "no such file");
    }
    return jdoc_parse(&b->arena, text, jdoc_limits(), ret, e);
}

static bool same(const struct jdoc *a, const struct jdoc *b, bool ordered);

/* Each item of one array has a partner of its own in the other. */
static bool same_unordered(const struct jdoc *a, const struct jdoc *b)
{
    bool used[1024] = {false};
    for (size_t i = 0; i < a->array.n; i++) {
        size_t k = 0;
        while (k < b->array.n && (used[k] || !same(a->array.items[i], b->array.items[k], false)))
            k++;
        if (k == b->array.n)
            return false;
        used[k] = true;
    }
    return true;
}

/* The comparison of the test suite: the order of an array counts only in @list and JSON literals. */
static bool same(const struct jdoc *a, const struct jdoc *b, bool ordered)
{
    if (a->type == JDOC_ARRAY && b->type == JDOC_ARRAY && a->array.n == b->array.n && !ordered &&
        a->array.n <= 1024)
        return same_unordered(a, b);
    if (a->type == JDOC_ARRAY && b->type == JDOC_ARRAY && a->array.n == b->array.n) {
        for (size_t i = 0; i < a->array.n; i++)
            if (!same(a->array.items[i], b->array.items[i], false))
                return false;
        return true;
    }
    if (a->type != JDOC_OBJECT || b->type != JDOC_OBJECT || a->object.n != b->object.n)
        return jdoc_equal(a, b);
    for (const struct map_entry *m = a->object.first; m != NULL; m = m->next) {
        const struct jdoc *other = jdoc_get_slice(b, m->key);
        bool literal = slice_is(m->key, "@value");
        if (other == NULL ||
            !(literal ? jdoc_equal(m->value, other) : same(m->value, other, slice_is(m->key, "@list"))))
            return false;
    }
    return true;
}

static void print_json(const char *title, struct bench *b, const struct jdoc *v)
{
    struct slice text;
    struct err e;
    if (jcs_write(&b->arena, v, JCS_ANY_NUMBER, &text, &e) == ERR_OK)
        printf("    %s %.*s\n", title, (int)text.len, (const char *)text.data);
}

static void check_expanded(struct bench *b, const struct test *test, const struct jdoc *got)
{
    const struct jdoc *expected;
    if (!read_json(b, test, test->expect, &expected))
        return;
    if (same(got, expected, false)) {
        suite_pass(b->suite);
        return;
    }
    suite_fail(b->suite, test->id, "the expansion is not the expected one");
    print_json("got     ", b, got);
    print_json("expected", b, expected);
}

/* Datasets are compared by their canonical form. */
static bool canonical(struct bench *b, const struct test *test, const struct rdf_dataset *dataset,
                      struct slice *ret)
{
    struct rdfc_budget budget = rdfc_budget_suite();
    struct rdfc_result result;
    struct err e;
    if (rdfc_canonize(dataset, DIGEST_SHA256, NQUADS_RDFC, &budget, &result, &e) != ERR_OK) {
        suite_fail(b->suite, test->id, "%s", e.msg);
        return false;
    }
    *ret = result.text;
    return true;
}

static void check_quads(struct bench *b, const struct test *test, const struct rdf_dataset *got)
{
    struct rdf_dataset expected = rdf_dataset(&b->arena, SIZE_MAX);
    struct slice text, got_text, expected_text;
    struct err e;
    if (!read_file(b, test->expect, &text))
        return;
    if (nquads_parse(&expected, text, &e) != ERR_OK)
        suite_fail(b->suite, test->id, "%.*s: %s", SLICE_ARG(test->expect), e.msg);
    else if (canonical(b, test, got, &got_text) && canonical(b, test, &expected, &expected_text) &&
             suite_expect(b->suite, test->id, got_text, expected_text))
        suite_pass(b->suite);
}

static void check_error(struct bench *b, const struct test *test, const struct jsonld *run,
                        const struct err *e)
{
    if (!test->negative)
        suite_fail(b->suite, test->id, "%s", e->msg);
    else if (slice_is(test->error, jsonld_code_name(run->code)))
        suite_pass(b->suite);
    else
        suite_fail(b->suite, test->id, "expected \"%.*s\", got \"%s\"", SLICE_ARG(test->error), e->msg);
}

static void process(struct bench *b, const struct test *test, struct context_cache *cache,
                    const struct jsonld_options *options, const struct jdoc *input)
{
    struct rdf_dataset dataset = rdf_dataset(&b->arena, SIZE_MAX);
    const struct jdoc *expanded;
    struct jsonld run;
    struct err e = {.code = ERR_OK};
    jsonld_init(&run, &b->arena, cache, options, input, &e);
    enum err_code code = expand_document(&run, &expanded);
    if (code == ERR_OK && test->to_rdf)
        code = tordf_document(&run, expanded, &dataset);
    if (code != ERR_OK)
        check_error(b, test, &run, &e);
    else if (test->negative)
        suite_fail(b->suite, test->id, "expected \"%.*s\", got a result", SLICE_ARG(test->error));
    else if (test->syntax_only)
        suite_pass(b->suite);
    else if (test->to_rdf)
        check_quads(b, test, &dataset);
    else
        check_expanded(b, test, expanded);
}

static void run_test(struct bench *b, const struct test *test)
{
    struct jsonld_options options = {.base = test->base, .losses = JSONLD_LOSS_IGNORE};
    struct context_cache cache;
    const struct jdoc *input;
    if (test->skip != NULL) {
        suite_skip(b->suite, test->id, test->skip);
        return;
    }
    if (!read_json(b, test, test->input, &input))
        return;
    if (test->expand_context.data != NULL &&
        !read_json(b, test, test->expand_context, &options.expand_context))
        return;
    context_cache_init(&cache, load, b);
    cache.mode_1_0 = test->mode_1_0;
    process(b, test, &cache, &options, input);
    context_cache_done(&cache);
}

/* The arena of the manifest holds the tests; each test has one of its own beside it. */
static void run_entry(const struct bench *manifest, const struct jdoc *entry)
{
    struct bench b = {.suite = manifest->suite, .base_iri = manifest->base_iri};
    struct test test;
    arena_init(&b.arena, ARENA_BYTES);
    if (read_test(&b, entry, &test))
        run_test(&b, &test);
    else
        suite_fail(b.suite, test.id != NULL ? test.id : "manifest", "an entry is not understood");
    for (size_t i = 0; i < b.n_texts; i++)
        free((void *)b.texts[i].data);
    free(b.texts);
    arena_done(&b.arena);
}

static void run_manifest(struct bench *b, struct slice text)
{
    const struct jdoc *manifest, *entries = NULL;
    struct err e;
    struct jdoc_limits limits = {.bytes = (size_t)64 << 20, .depth = JDOC_MAX_DEPTH};
    if (jdoc_parse(&b->arena, text, limits, &manifest, &e) != ERR_OK)
        suite_fail(b->suite, "manifest", "%s", e.msg);
    else if ((entries = jdoc_get(manifest, "sequence")) == NULL || entries->type != JDOC_ARRAY ||
             !jdoc_get_string(manifest, "baseIri", &b->base_iri))
        suite_fail(b->suite, "manifest", "it needs \"baseIri\" and an array \"sequence\"");
    else
        for (size_t i = 0; i < entries->array.n; i++)
            run_entry(b, entries->array.items[i]);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: jsonld-suite MANIFEST\n"
                        "files that the manifest names are looked for beside it\n");
        return 64;
    }
    char *slash = strrchr(argv[1], '/');
    if (slash != NULL)
        *slash = '\0';
    struct suite s = {.dir = slash == NULL ? "." : argv[1]};
    struct bench b = {.suite = &s};
    struct slice text;
    arena_init(&b.arena, ARENA_BYTES);
    if (suite_read(&s, slash == NULL ? argv[1] : slash + 1, &text)) {
        run_manifest(&b, text);
        free((void *)text.data);
    }
    arena_done(&b.arena);
    return suite_end(&s);
}
