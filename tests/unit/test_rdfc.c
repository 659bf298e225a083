/* RDFC-1.0: the result does not depend on labels and order, and hard datasets stop at the budget.
 * The W3C suite is run by rdf-suite. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/text.h"
#include "verifier/rdf/rdfc.h"

struct fixture {
    struct arena arena;
    struct rdfc_budget budget;
    struct err e;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    arena_init(&f->arena, 64 << 20);
    f->budget = rdfc_budget();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_done(&f->arena);
    free(f);
    return 0;
}

static enum err_code canonize(struct fixture *f, struct slice text, struct rdfc_result *ret)
{
    struct rdf_dataset dataset = rdf_dataset(&f->arena, f->budget.quads);
    assert_ok(nquads_parse(&dataset, text, &f->e), f->e);
    return rdfc_canonize(&dataset, DIGEST_SHA256, NQUADS_RDFC, &f->budget, ret, &f->e);
}

static void assert_canonical(struct fixture *f, const char *text, const char *expected)
{
    struct rdfc_result got;
    assert_ok(canonize(f, slice_of(text), &got), f->e);
    assert_int_equal(got.text.len, strlen(expected));
    assert_memory_equal(got.text.data, expected, got.text.len);
}

static void without_blank_nodes_lines_are_sorted(void **state)
{
    assert_canonical(*state, "", "");
    assert_canonical(*state, "<b:s> <a:p> \"2\" .\n<b:s> <a:p> \"1\" .\n<a:s> <a:p> \"3\" .\n",
                     "<a:s> <a:p> \"3\" .\n<b:s> <a:p> \"1\" .\n<b:s> <a:p> \"2\" .\n");
}

/* U+FFFD comes before U+10000 by code point and by UTF-8, but not by UTF-16. */
static void lines_are_sorted_by_code_point(void **state)
{
    assert_canonical(*state, "<a:s> <a:p> \"\\U00010000\" .\n<a:s> <a:p> \"\\uFFFD\" .\n",
                     "<a:s> <a:p> \"\xef\xbf\xbd\" .\n<a:s> <a:p> \"\xf0\x90\x80\x80\" .\n");
}

static void issued_identifiers_name_the_input(void **state)
{
    struct fixture *f = *state;
    struct rdfc_result got;
    assert_ok(canonize(f, SLICE("_:x <a:p> _:y .\n_:y <a:q> \"1\" _:x .\n"), &got), f->e);
    assert_int_equal(got.n_issued, 2);
    assert_int_equal(got.n_ambiguous, 0);
    assert_true(slice_is(got.issued[0].label, "_:x"));
    assert_true(slice_is(got.issued[1].label, "_:y"));
    assert_false(slice_equal(got.issued[0].canonical, got.issued[1].canonical));
}

/* A graph of n blank nodes as text; labels and order of lines drawn from the seed. */
#define EDGES_MAX 128
struct edge {
    unsigned from, to, graph; /* graph 0: none */
};

static struct slice write_graph(struct fixture *f, const struct edge *edges, size_t n, unsigned nodes,
                                uint64_t seed)
{
    unsigned label[64], order[EDGES_MAX];
    for (unsigned i = 0; i < nodes; i++)
        label[i] = i;
    for (unsigned i = 0; i < n; i++)
        order[i] = i;
    for (unsigned i = nodes; seed != 0 && i > 1; i--) {
        unsigned j = (unsigned)(harness_random(&seed) % i), t = label[j];
        label[j] = label[i - 1], label[i - 1] = t;
    }
    for (unsigned i = (unsigned)n; seed != 0 && i > 1; i--) {
        unsigned j = (unsigned)(harness_random(&seed) % i), t = order[j];
        order[j] = order[i - 1], order[i - 1] = t;
    }
    struct buffer b = buffer(&f->arena, 0, 1 << 20);
    for (size_t i = 0; i < n; i++) {
        const struct edge *edge = &edges[order[i]];
        char line[128];
        int len = snprintf(line, sizeof line, "_:n%u <a:p> _:n%u", label[edge->from], label[edge->to]);
        buffer_put(&b, line, (size_t)len);
        len = snprintf(line, sizeof line, edge->graph == 0 ? " .\n" : " _:n%u .\n",
                       label[edge->graph % nodes]);
        buffer_put(&b, line, (size_t)len);
    }
    return buffer_slice(&b);
}

static void random_graphs_do_not_depend_on_labels(void **state)
{
    struct fixture *f = *state;
    uint64_t seed = 1;
    unsigned ambiguous = 0;
    for (int round = 0; round < 300; round++) {
        arena_reset(&f->arena);
        struct edge edges[EDGES_MAX];
        unsigned nodes = 2 + (unsigned)(harness_random(&seed) % 6);
        size_t n = 1 + harness_random(&seed) % 8;
        for (size_t i = 0; i < n; i++)
            edges[i] = (struct edge){(unsigned)(harness_random(&seed) % nodes),
                                     (unsigned)(harness_random(&seed) % nodes),
                                     (unsigned)(harness_random(&seed) % 8 == 0 ? 1 : 0)};
        struct rdfc_result one, other;
        assert_ok(canonize(f, write_graph(f, edges, n, nodes, 0), &one), f->e);
        assert_ok(canonize(f, write_graph(f, edges, n, nodes, harness_random(&seed) | 1), &other), f->e);
        assert_true(slice_equal(one.text, other.text));
        ambiguous += one.n_ambiguous > 0;
    }
    assert_true(ambiguous > 50); /* else the hard part was not tested */
}

static size_t clique(struct edge *edges, unsigned nodes)
{
    size_t n = 0;
    for (unsigned i = 0; i < nodes; i++)
        for (unsigned k = 0; k < nodes; k++)
            if (i != k)
                edges[n++] = (struct edge){i, k, 0};
    return n;
}

static void a_clique_stops_at_the_budget(void **state)
{
    struct fixture *f = *state;
    for (unsigned nodes = 7; nodes <= 9; nodes++) {
        struct edge edges[EDGES_MAX];
        struct rdfc_result got;
        size_t n = clique(edges, nodes);
        assert_err(canonize(f, write_graph(f, edges, n, nodes, 0), &got), ERR_LIMIT);
        assert_non_null(strstr(f->e.msg, "too complex"));
    }
}

static void a_small_clique_is_solved(void **state)
{
    struct fixture *f = *state;
    struct edge edges[EDGES_MAX];
    struct rdfc_result one, other;
    size_t n = clique(edges, 4);
    assert_ok(canonize(f, write_graph(f, edges, n, 4, 0), &one), f->e);
    assert_ok(canonize(f, write_graph(f, edges, n, 4, 5), &other), f->e);
    assert_true(slice_equal(one.text, other.text));
    assert_int_equal(one.n_ambiguous, 4);
}

/* A ring of equal blank nodes costs n × n looks: more than some credentials have, and within reach. */
static void a_ring_is_solved(void **state)
{
    struct fixture *f = *state;
    struct edge edges[EDGES_MAX];
    struct rdfc_result got;
    for (unsigned i = 0; i < 40; i++)
        edges[i] = (struct edge){i, (i + 1) % 40, 0};
    assert_ok(canonize(f, write_graph(f, edges, 40, 40, 3), &got), f->e);
    assert_int_equal(got.n_ambiguous, 40);
}

static void every_limit_is_kept(void **state)
{
    struct fixture *f = *state;
    const struct rdfc_budget normal = f->budget;
    struct slice text = SLICE("_:a <a:p> _:b .\n_:c <a:p> _:d .\n");
    struct rdfc_result got;
    struct rdfc_budget small[] = {normal, normal, normal, normal};
    small[0].blanks = 3;
    small[1].bytes = 30;
    small[2].ambiguous.work = 5;
    small[3].ambiguous.group = 0;
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        f->budget = small[i];
        f->budget.quads = normal.quads;
        assert_err(canonize(f, text, &got), ERR_LIMIT);
    }
    struct rdf_dataset dataset = rdf_dataset(&f->arena, 10);
    assert_ok(nquads_parse(&dataset, text, &f->e), f->e);
    f->budget = normal;
    f->budget.quads = 1;
    assert_err(rdfc_canonize(&dataset, DIGEST_SHA256, NQUADS_RDFC, &f->budget, &got, &f->e), ERR_LIMIT);
    assert_string_equal(f->e.msg, "too complex: more than 1 quads");
}

/* Every cap of the arena below the need gives a clean error; at last it succeeds. */
static void memory_may_end_anywhere(void **state)
{
    struct fixture *f = *state;
    struct edge edges[EDGES_MAX];
    struct slice text = write_graph(f, edges, clique(edges, 4), 4, 0);
    enum err_code rc = ERR_LIMIT;
    size_t cap = 0;
    for (; rc != ERR_OK && cap < (1 << 20); cap += 97) {
        struct arena arena;
        struct rdfc_result got;
        arena_init(&arena, cap);
        struct rdf_dataset dataset = rdf_dataset(&arena, 1000);
        rc = nquads_parse(&dataset, text, &f->e);
        if (rc == ERR_OK)
            rc = rdfc_canonize(&dataset, DIGEST_SHA384, NQUADS_RDFC, &f->budget, &got, &f->e);
        assert_true(rc == ERR_OK || rc == ERR_LIMIT);
        arena_done(&arena);
    }
    assert_int_equal(rc, ERR_OK);
}

/* ---- the result as quads ---- */

/* What the text says, in the order of its lines. */
static void assert_data_is_text(struct fixture *f, const struct rdfc_result *got)
{
    struct rdf_dataset read = rdf_dataset(&f->arena, f->budget.quads);
    assert_ok(nquads_parse(&read, got->text, &f->e), f->e);
    assert_int_equal(got->data.n, read.n);
    for (size_t i = 0; i < read.n; i++)
        assert_int_equal(rdf_quad_compare(&got->data.quads[i], &read.quads[i]), 0);
}

/* Whatever stood in the order of the lines: prefixes of each other, escapes, every kind in every place. */
static void data_is_what_the_text_says(void **state)
{
    static const char *const SUBJECTS[] = {"<a:s>", "<a:s#x>", "<a:sx>", "<a:s-1>", "<a:\\u003Es>", "_:b1", "_:b2", "_:b10"};
    static const char *const OBJECTS[] = {
        "\"\"", "\"a\"", "\"a b\"", "\"a\\\"b\"", "\"a\\n\"", "\"a\\u0001\"", "\"a\\\\\"", "\"a!\"", "\"a#\"", "\"a\"@en",
        "\"a\"@en-GB", "\"a\"^^<x:y>", "\"a\"^^<x:\\u007By>", "<a:o>", "<a:o/p>", "<a:\\u0020o>", "_:b1", "_:b3",
    };
    static const char *const GRAPHS[] = {"", "<g:1>", "<g:\\u0022>", "_:b2"};
    struct fixture *f = *state;
    struct text text = {0};
    for (size_t s = 0; s < sizeof SUBJECTS / sizeof SUBJECTS[0]; s++)
        for (size_t o = 0; o < sizeof OBJECTS / sizeof OBJECTS[0]; o++)
            text_putf(&text, "%s <a:p> %s %s .\n", SUBJECTS[s], OBJECTS[o], GRAPHS[(s + o) % 4]);
    struct rdfc_result got;
    assert_ok(canonize(f, (struct slice){(const uint8_t *)text_string(&text), text.len}, &got), f->e);
    assert_int_equal(got.data.n, sizeof SUBJECTS / sizeof SUBJECTS[0] * (sizeof OBJECTS / sizeof OBJECTS[0]));
    assert_data_is_text(f, &got);
    struct slice left = got.text, before = {0};
    for (size_t len; left.len > 0; left = slice_from(left, len)) {
        len = slice_find(left, '\n') + 1;
        assert_true(slice_compare(before, (struct slice){left.data, len}) < 0);
        before = (struct slice){left.data, len};
    }
    text_done(&text);
}

/* ---- a hash remembered ---- */

static void canonize_with(struct fixture *f, struct rdfc_memo *memo, enum digest_algorithm algorithm, const char *text,
                          struct rdfc_result *ret)
{
    struct rdf_dataset dataset = rdf_dataset(&f->arena, f->budget.quads);
    assert_ok(nquads_parse(&dataset, slice_of(text), &f->e), f->e);
    assert_ok(rdfc_canonize_with(memo, &dataset, algorithm, NQUADS_RDFC, &f->budget, ret, &f->e), f->e);
}

/* Long texts that differ in one letter, in turn: each has the same result as by itself. */
static void what_is_remembered_is_not_confused(void **state)
{
    enum { LONG = 6000, TEXTS = 4 };
    struct fixture *f = *state;
    struct rdfc_memo memo = {.hash = {.hex = ""}};
    struct text texts[TEXTS] = {{0}};
    char letters[LONG + 1];
    memset(letters, 'x', LONG);
    letters[LONG] = '\0';
    for (size_t i = 0; i < TEXTS; i++) {
        if (i > 0)
            letters[LONG - 1 - i] = 'y';
        text_putf(&texts[i], "_:a <a:p> \"%s\" .\n_:a <a:q> _:b .\n_:b <a:p> \"%zu\" .\n", letters, i % 2);
    }
    for (size_t round = 0; round < 32; round++) {
        size_t i = round * 7 / 3 % TEXTS;
        enum digest_algorithm algorithm = round % 5 == 0 ? DIGEST_SHA384 : DIGEST_SHA256;
        struct rdfc_result alone, together;
        canonize_with(f, NULL, algorithm, text_string(&texts[i]), &alone);
        canonize_with(f, &memo, algorithm, text_string(&texts[i]), &together);
        assert_true(slice_equal(alone.text, together.text));
    }
    assert_true(memo.text.len > LONG);
    for (size_t i = 0; i < TEXTS; i++)
        text_done(&texts[i]);
}

/* The hash that is remembered is the one that is used: with a wrong one the nodes change places. */
static void what_is_remembered_is_used(void **state)
{
    struct fixture *f = *state;
    struct rdfc_memo memo = {.hash = {.hex = ""}};
    struct rdfc_result right, again, wrong;
    struct text text = {0};
    text_putf(&text, "_:a <a:p> \"%05000d\" .\n_:b <a:p> \"1\" .\n", 0);
    canonize_with(f, &memo, DIGEST_SHA256, text_string(&text), &right);
    canonize_with(f, &memo, DIGEST_SHA256, text_string(&text), &again);
    assert_true(slice_equal(right.text, again.text));
    bool first = slice_is(right.issued[0].canonical, "_:c14n0");
    memset(memo.hash.hex, first ? 'f' : '0', 64);
    canonize_with(f, &memo, DIGEST_SHA256, text_string(&text), &wrong);
    assert_false(slice_equal(right.text, wrong.text));
    text_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_blank_nodes_lines_are_sorted, setup, teardown),
        cmocka_unit_test_setup_teardown(lines_are_sorted_by_code_point, setup, teardown),
        cmocka_unit_test_setup_teardown(issued_identifiers_name_the_input, setup, teardown),
        cmocka_unit_test_setup_teardown(random_graphs_do_not_depend_on_labels, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clique_stops_at_the_budget, setup, teardown),
        cmocka_unit_test_setup_teardown(a_small_clique_is_solved, setup, teardown),
        cmocka_unit_test_setup_teardown(a_ring_is_solved, setup, teardown),
        cmocka_unit_test_setup_teardown(every_limit_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_may_end_anywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(data_is_what_the_text_says, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_remembered_is_not_confused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_remembered_is_used, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
