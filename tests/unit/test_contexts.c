/* The embedded contexts: sound JSON, closed list, and the same terms as the public collection has. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "verifier/rdf/contexts.h"
#include "verifier/rdf/jdoc.h"

static const struct jdoc *parse(struct arena *arena, struct slice text)
{
    const struct jdoc *value;
    struct err e;
    assert_ok(jdoc_parse(arena, text, jdoc_limits(), &value, &e), e);
    return value;
}

static void every_text_is_an_object_with_a_context(void **state)
{
    (void)state;
    size_t n_texts = 0, i = 0;
    for (const char *url; (url = contexts_url(i)) != NULL; i++) {
        const struct contexts_text *text;
        for (size_t k = 0; (text = contexts_find(slice_of(url), k)) != NULL; k++, n_texts++) {
            struct arena arena;
            arena_init(&arena, 4 << 20);
            assert_non_null(jdoc_get(parse(&arena, text->json), "@context"));
            assert_int_equal(strlen(text->sha256), 64);
            arena_done(&arena);
        }
    }
    assert_true(i >= 71 && n_texts >= i);
}

static void urls_are_in_order(void **state)
{
    (void)state;
    for (size_t i = 1; contexts_url(i) != NULL; i++)
        assert_true(strcmp(contexts_url(i - 1), contexts_url(i)) < 0);
}

static void an_unknown_url_has_no_text(void **state)
{
    (void)state;
    assert_null(contexts_find(SLICE("https://www.w3.org/ns/credentials/v2x"), 0));
    assert_null(contexts_find(SLICE("https://www.w3.org/ns/credentials/v"), 0));
    assert_null(contexts_find(SLICE(""), 0));
    assert_null(contexts_find(SLICE("https://www.w3.org/ns/credentials/v2"), 1));
    assert_int_equal(contexts_count(SLICE("https://www.w3.org/ns/credentials/v2x")), 0);
}

/* The digests that the Recommendations print. */
static void recommended_digests_are_met(void **state)
{
    (void)state;
    assert_string_equal(contexts_find(SLICE("https://www.w3.org/ns/credentials/v2"), 0)->sha256,
                        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734");
    assert_string_equal(contexts_find(SLICE("https://w3id.org/security/data-integrity/v2"), 0)->sha256,
                        "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4");
}

static void known_variants_differ(void **state)
{
    (void)state;
    static const char *const URLS[] = {
        "https://www.w3.org/2018/credentials/v1",
        "https://w3id.org/openbadges/v2",
        "https://w3id.org/security/suites/merkle-2019/v1",
        "https://w3id.org/blockcerts/v3.0-alpha",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/context.json",
    };
    for (size_t i = 0; i < sizeof URLS / sizeof URLS[0]; i++) {
        struct arena arena;
        arena_init(&arena, 4 << 20);
        assert_int_equal(contexts_count(slice_of(URLS[i])), 2);
        const struct contexts_text *usual = contexts_find(slice_of(URLS[i]), 0),
                                   *other = contexts_find(slice_of(URLS[i]), 1);
        assert_string_not_equal(usual->variant, other->variant);
        assert_false(jdoc_equal(parse(&arena, usual->json), parse(&arena, other->json)));
        arena_done(&arena);
    }
}

/* The file of a URL in the public collection, through its index. */
static char *read_collected(const struct jdoc *index, const char *url)
{
    struct slice file;
    char name[512];
    if (!jdoc_get_string(jdoc_get(index, url), "file", &file))
        return NULL;
    snprintf(name, sizeof name, "contexts/%.*s", SLICE_ARG(file));
    const char *path = harness_data(name);
    return path == NULL ? NULL : harness_read(path, NULL);
}

/* Whatever the bytes, whoever wrote the file: the terms are those of the public collection. */
static void terms_are_those_of_the_public_collection(void **state)
{
    (void)state;
    const char *path = harness_data("contexts/INDEX.json");
    if (path == NULL)
        skip();
    struct arena arena;
    arena_init(&arena, 64 << 20);
    size_t compared = 0, repeated = 0;
    struct err e;
    char *index_text = harness_read(path, NULL);
    const struct jdoc *index = parse(&arena, slice_of(index_text));
    for (size_t i = 0; contexts_url(i) != NULL; i++) {
        char *text = read_collected(index, contexts_url(i));
        if (text == NULL)
            continue; /* ours alone */
        const struct jdoc *ours = parse(&arena, contexts_find(slice_of(contexts_url(i)), 0)->json);
        const struct jdoc *theirs;
        if (jdoc_parse(&arena, slice_of(text), jdoc_limits(), &theirs, &e) != ERR_OK) {
            /* The file of Blockcerts 1.2 has two keys twice; the last counts, as for JSON.parse. */
            assert_non_null(strstr(e.msg, "duplicate key"));
            repeated++;
        } else if (!jdoc_equal(jdoc_get(ours, "@context"), jdoc_get(theirs, "@context"))) {
            fail_msg("%s: the terms differ", contexts_url(i));
        }
        free(text);
        compared++;
    }
    assert_true(compared >= 71);
    assert_int_equal(repeated, 2); /* its URL and its alias */
    arena_done(&arena);
    free(index_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_is_an_object_with_a_context),
        cmocka_unit_test(urls_are_in_order),
        cmocka_unit_test(an_unknown_url_has_no_text),
        cmocka_unit_test(recommended_digests_are_met),
        cmocka_unit_test(known_variants_differ),
        cmocka_unit_test(terms_are_those_of_the_public_collection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
