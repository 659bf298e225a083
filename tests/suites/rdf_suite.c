/* rdf-suite DIR: the W3C test suite of RDFC-1.0, or any folder with a manifest.jsonld like its own. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/suites/suite.h"
#include "verifier/rdf/jdoc.h"
#include "verifier/rdf/rdfc.h"

#define ARENA_BYTES ((size_t)2 << 30)

/* One entry of the manifest. */
struct test {
    const char *id;
    struct slice type;
    const char *action, *result; /* names of files; result is NULL for a negative test */
    enum digest_algorithm algorithm;
};

static const char *text_of(struct arena *arena, const struct jdoc *entry, const char *key)
{
    struct slice text;
    if (!jdoc_get_string(entry, key, &text))
        return NULL;
    return (const char *)arena_join(arena, text, (struct slice){(const uint8_t *)"", 1}).data;
}

static bool read_test(struct arena *arena, const struct jdoc *entry, struct test *ret)
{
    struct slice hash = SLICE("SHA256");
    jdoc_get_string(entry, "hashAlgorithm", &hash);
    *ret = (struct test){
        .id = text_of(arena, entry, "id"),
        .action = text_of(arena, entry, "action"),
        .result = text_of(arena, entry, "result"),
        .algorithm = slice_is(hash, "SHA384") ? DIGEST_SHA384 : DIGEST_SHA256,
    };
    return ret->id != NULL && ret->action != NULL && jdoc_get_string(entry, "type", &ret->type) &&
           (slice_is(hash, "SHA256") || slice_is(hash, "SHA384"));
}

static enum err_code canonize(struct arena *arena, const struct test *test, struct slice input,
                              struct rdfc_result *ret, struct err *e)
{
    struct rdfc_budget budget = rdfc_budget_suite();
    struct rdf_dataset dataset = rdf_dataset(arena, budget.quads);
    enum err_code rc = nquads_parse(&dataset, input, e);
    return rc != ERR_OK ? rc : rdfc_canonize(&dataset, test->algorithm, NQUADS_RDFC, &budget, ret, e);
}

/* The expected map names blank nodes without "_:". */
static bool same_map(const struct rdfc_result *got, const struct jdoc *expected)
{
    if (expected->type != JDOC_OBJECT || expected->object.n != got->n_issued)
        return false;
    for (size_t i = 0; i < got->n_issued; i++) {
        const struct jdoc *label = jdoc_get_slice(expected, slice_from(got->issued[i].label, 2));
        if (label == NULL || label->type != JDOC_STRING ||
            !slice_equal(label->string, slice_from(got->issued[i].canonical, 2)))
            return false;
    }
    return true;
}

static void check_map(struct suite *s, struct arena *arena, const struct test *test,
                      const struct rdfc_result *got, struct slice expected)
{
    const struct jdoc *map;
    struct err e;
    if (jdoc_parse(arena, expected, jdoc_limits(), &map, &e) != ERR_OK)
        suite_fail(s, test->id, "%s: %s", test->result, e.msg);
    else if (!same_map(got, map))
        suite_fail(s, test->id, "the issued identifiers map is not the expected one");
    else
        suite_pass(s);
}

static void run_positive(struct suite *s, struct arena *arena, const struct test *test,
                         struct slice input)
{
    struct rdfc_result got;
    struct slice expected;
    struct err e;
    if (test->result == NULL) {
        suite_fail(s, test->id, "the manifest names no result");
        return;
    }
    if (!suite_read(s, test->result, &expected))
        return;
    if (canonize(arena, test, input, &got, &e) != ERR_OK)
        suite_fail(s, test->id, "%s", e.msg);
    else if (slice_is(test->type, "rdfc:RDFC10MapTest"))
        check_map(s, arena, test, &got, expected);
    else if (suite_expect(s, test->id, got.text, expected))
        suite_pass(s);
    free((void *)expected.data);
}

/* A negative test must end as too complex, and as nothing else. */
static void run_negative(struct suite *s, struct arena *arena, const struct test *test,
                         struct slice input)
{
    struct rdfc_result got;
    struct err e;
    enum err_code rc = canonize(arena, test, input, &got, &e);
    if (rc == ERR_LIMIT)
        suite_pass(s);
    else
        suite_fail(s, test->id, "expected \"too complex\", got %s", rc == ERR_OK ? "a result" : e.msg);
}

static void run_test(struct suite *s, const struct test *test)
{
    struct slice input;
    if (!suite_read(s, test->action, &input))
        return;
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    if (slice_is(test->type, "rdfc:RDFC10NegativeEvalTest"))
        run_negative(s, &arena, test, input);
    else if (slice_is(test->type, "rdfc:RDFC10EvalTest") || slice_is(test->type, "rdfc:RDFC10MapTest"))
        run_positive(s, &arena, test, input);
    else
        suite_skip(s, test->id, "unknown type of test");
    arena_done(&arena);
    free((void *)input.data);
}

static void run_manifest(struct suite *s, struct arena *arena, struct slice text)
{
    const struct jdoc *manifest, *entries = NULL;
    struct err e;
    struct jdoc_limits limits = {.bytes = (size_t)64 << 20, .depth = JDOC_MAX_DEPTH};
    if (jdoc_parse(arena, text, limits, &manifest, &e) != ERR_OK)
        suite_fail(s, "manifest.jsonld", "%s", e.msg);
    else if ((entries = jdoc_get(manifest, "entries")) == NULL || entries->type != JDOC_ARRAY)
        suite_fail(s, "manifest.jsonld", "it has no array \"entries\"");
    for (size_t i = 0; entries != NULL && entries->type == JDOC_ARRAY && i < entries->array.n; i++) {
        struct test test;
        if (read_test(arena, entries->array.items[i], &test))
            run_test(s, &test);
        else
            suite_fail(s, test.id != NULL ? test.id : "manifest.jsonld", "entry %zu is not understood", i);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: rdf-suite DIR\nDIR holds manifest.jsonld and the files that it names\n");
        return 64;
    }
    struct suite s = {.dir = argv[1]};
    struct slice text;
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    if (suite_read(&s, "manifest.jsonld", &text)) {
        run_manifest(&s, &arena, text);
        free((void *)text.data);
    }
    arena_done(&arena);
    return suite_end(&s);
}
