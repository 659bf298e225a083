/* RDFC-1.0: see rdfc.h. Step numbers are those of the Recommendation, section 4.4.3.
 *
 * Happy path: index the blank nodes of every quad; hash the quads of each blank node; those whose
 * hash is theirs alone get their number in the order of the hashes; write all quads, sorted.
 */
#include "verifier/rdf/rdfc.h"

#include <stdlib.h>
#include <string.h>

#define MEMO_MIN 4096 /* bytes: less is hashed sooner than it is compared */

struct canon {
    const struct rdf_dataset *dataset;
    struct arena *arena;
    const struct rdfc_budget *budget;
    struct rdfc_memo *memo; /* or NULL */
    enum digest_algorithm algorithm;
    enum nquads_escape escape;
    struct err *e;
    struct blanks blanks;
    size_t n_ambiguous;
    struct buffer text; /* scratch, and at last the result */
};

struct rdfc_budget rdfc_budget(void)
{
    return (struct rdfc_budget){.quads = 20000, .blanks = 2000, .bytes = (size_t)64 << 20,
                                .ambiguous = {.calls = 64, .group = 7, .work = 1000000}};
}

struct rdfc_budget rdfc_budget_suite(void)
{
    return (struct rdfc_budget){.quads = 1000000, .blanks = 100000, .bytes = (size_t)1 << 30,
                                .ambiguous = {.calls = 1000000, .group = 8, .work = 64000000}};
}

/* ---- lines ---- */

/* A quad with its blank nodes called as they are written, and its line. */
struct line {
    struct rdf_quad quad;
    struct slice text; /* .data is set when all lines are written: the buffer may move before */
};

/* One quad with its blank nodes called otherwise. */
static struct rdf_quad relabelled(const struct canon *c, size_t index, const struct slice labels[BLANKS_PLACES])
{
    const struct blanks_places *places = &c->blanks.places[index];
    struct rdf_quad copy = c->dataset->quads[index];
    struct rdf_term *terms[BLANKS_PLACES] = {&copy.subject, &copy.object, &copy.graph};
    for (size_t k = 0; k < BLANKS_PLACES; k++)
        if (places->id[k] != BLANKS_NONE)
            terms[k]->value = labels[k];
    return copy;
}

static enum err_code write_lines(struct canon *c, struct line *lines, size_t n)
{
    c->text.len = 0;
    for (size_t i = 0; i < n; i++) {
        size_t before = c->text.len;
        nquads_put(&c->text, &lines[i].quad, c->escape);
        lines[i].text.len = c->text.len - before;
    }
    enum err_code rc = nquads_check(&c->text, c->e);
    const uint8_t *at = c->text.data;
    for (size_t i = 0; rc == ERR_OK && i < n; at += lines[i++].text.len)
        lines[i].text.data = at;
    return rc;
}

/* By code point. */
static int compare_lines(const void *x, const void *y)
{
    const struct line *a = x, *b = y;
    return slice_compare(a->text, b->text);
}

/* ---- Hash First Degree Quads (4.6) ---- */

static bool lines_are(const struct line *lines, size_t n, struct slice text)
{
    for (size_t i = 0; i < n; text = slice_from(text, lines[i++].text.len))
        if (!slice_starts(text, lines[i].text))
            return false;
    return text.len == 0;
}

static void remember(struct canon *c, const struct line *lines, size_t n, const struct digest *hash)
{
    struct buffer b = buffer(c->arena, c->text.len, c->text.len);
    for (size_t i = 0; i < n; i++)
        buffer_put_slice(&b, lines[i].text);
    if (b.failed == ERR_OK)
        *c->memo = (struct rdfc_memo){buffer_slice(&b), c->algorithm, *hash};
}

static struct digest hash_lines(struct canon *c, const struct line *lines, size_t n)
{
    const struct rdfc_memo *memo = c->memo;
    if (memo != NULL && memo->algorithm == c->algorithm && memo->text.len > 0 && lines_are(lines, n, memo->text))
        return memo->hash;
    struct digest_stream stream = digest_start(c->algorithm);
    for (size_t i = 0; i < n; i++)
        digest_add(&stream, lines[i].text);
    struct digest hash = digest_end(&stream);
    if (memo != NULL && c->text.len >= MEMO_MIN && c->text.len > memo->text.len)
        remember(c, lines, n, &hash);
    return hash;
}

static enum err_code hash_first_degree(struct canon *c, uint32_t id)
{
    struct blank *blank = &c->blanks.at[id];
    struct line *lines = arena_array(c->arena, blank->n_quads, sizeof *lines);
    if (lines == NULL)
        return arena_check(c->arena, c->e);
    for (uint32_t i = 0; i < blank->n_quads; i++) {
        const struct blanks_places *places = &c->blanks.places[blank->quads[i]];
        struct slice labels[BLANKS_PLACES];
        for (size_t k = 0; k < BLANKS_PLACES; k++)
            labels[k] = places->id[k] == id ? SLICE("_:a") : SLICE("_:z");
        lines[i].quad = relabelled(c, blank->quads[i], labels);
    }
    enum err_code rc = write_lines(c, lines, blank->n_quads);
    if (rc != ERR_OK)
        return rc;
    qsort(lines, blank->n_quads, sizeof *lines, compare_lines);
    blank->hash = hash_lines(c, lines, blank->n_quads);
    return ERR_OK;
}

/* ---- numbers (steps 3 to 5) ---- */

static int compare_ranked(const void *x, const void *y)
{
    const struct blank *a = *(struct blank *const *)x, *b = *(struct blank *const *)y;
    int order = digest_compare(&a->hash, &b->hash);
    return order != 0 ? order : (a > b) - (a < b);
}

/* The ids of all blank nodes in the order of their hashes. Returns: NULL if there is no memory. */
static uint32_t *rank(struct canon *c)
{
    const size_t n = c->blanks.n;
    struct blank **ranked = arena_array(c->arena, n, sizeof *ranked);
    uint32_t *ids = arena_array(c->arena, n, sizeof *ids);
    if (ranked == NULL || ids == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++)
        ranked[i] = &c->blanks.at[i];
    qsort(ranked, n, sizeof *ranked, compare_ranked);
    for (size_t i = 0; i < n; i++)
        ids[i] = (uint32_t)(ranked[i] - c->blanks.at);
    return ids;
}

/* End of the run of equal hashes that begins at `first`. */
static size_t run_end(const struct canon *c, const uint32_t *ids, size_t first)
{
    const struct blank *at = c->blanks.at;
    size_t end = first + 1;
    while (end < c->blanks.n && digest_compare(&at[ids[first]].hash, &at[ids[end]].hash) == 0)
        end++;
    return end;
}

/* Step 5: those that share their hash, in the order of the hashes. */
static enum err_code resolve_ambiguous(struct canon *c, const uint32_t *ids)
{
    struct ndegree nd;
    enum err_code rc = ndegree_init(&nd, &c->blanks, c->n_ambiguous, c->algorithm,
                                    &c->budget->ambiguous, c->budget->bytes, c->e);
    for (size_t first = 0, end; first < c->blanks.n && rc == ERR_OK; first = end) {
        end = run_end(c, ids, first);
        if (end - first > 1)
            rc = ndegree_resolve(&nd, ids + first, end - first);
    }
    return rc;
}

static enum err_code number_blanks(struct canon *c)
{
    enum err_code rc = ERR_OK;
    if (c->blanks.n == 1) { /* whatever its hash is, it is the first */
        blanks_issue(&c->blanks, 0);
        return ERR_OK;
    }
    for (uint32_t id = 0; id < c->blanks.n && rc == ERR_OK; id++)
        rc = hash_first_degree(c, id);
    if (rc != ERR_OK)
        return rc;
    const uint32_t *ids = rank(c);
    if (ids == NULL)
        return arena_check(c->arena, c->e);
    for (size_t first = 0, end; first < c->blanks.n; first = end) {
        end = run_end(c, ids, first);
        if (end - first == 1)
            blanks_issue(&c->blanks, ids[first]);
        else
            c->n_ambiguous += end - first;
    }
    return c->n_ambiguous == 0 ? ERR_OK : resolve_ambiguous(c, ids);
}

/* ---- result (step 6) ---- */

static struct rdfc_issued *issued_map(struct canon *c)
{
    struct rdfc_issued *issued = arena_array(c->arena, c->blanks.n, sizeof *issued);
    for (uint32_t id = 0; id < c->blanks.n && issued != NULL; id++) {
        struct buffer label = buffer(c->arena, BLANKS_LABEL_MAX, BLANKS_LABEL_MAX);
        blanks_put_identifier(&label, &c->blanks.at[id]);
        issued[id] = (struct rdfc_issued){c->blanks.at[id].label, buffer_slice(&label)};
    }
    return issued;
}

/* As the texts of two terms come one after the other in lines, unless one has escapes. */
static int compare_written(struct slice x, struct slice y, uint8_t close)
{
    size_t n = x.len < y.len ? x.len : y.len;
    int order = n == 0 ? 0 : memcmp(x.data, y.data, n);
    if (order == 0 && x.len < y.len)
        order = close <= y.data[n] ? -1 : 1;
    else if (order == 0 && x.len > y.len)
        order = x.data[n] < close ? -1 : 1;
    return order;
}

static int compare_terms(const struct rdf_term *x, const struct rdf_term *y)
{
    static const uint8_t FIRST[] = {[RDF_NONE] = '.', [RDF_IRI] = '<', [RDF_BLANK] = '_', [RDF_LITERAL] = '"'};
    static const uint8_t CLOSE[] = {[RDF_NONE] = '.', [RDF_IRI] = '>', [RDF_BLANK] = ' ', [RDF_LITERAL] = '"'};
    if (x->kind != y->kind)
        return FIRST[x->kind] - FIRST[y->kind];
    return compare_written(x->value, y->value, CLOSE[x->kind]);
}

/* The likely order of the lines, told without writing them. */
static int compare_unwritten(const void *x, const void *y)
{
    const struct rdf_quad *a = &((const struct line *)x)->quad, *b = &((const struct line *)y)->quad;
    int order = compare_terms(&a->subject, &b->subject);
    if (order == 0)
        order = compare_terms(&a->predicate, &b->predicate);
    return order != 0 ? order : compare_terms(&a->object, &b->object);
}

static bool are_sorted(const struct line *lines, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (compare_lines(&lines[i - 1], &lines[i]) > 0)
            return false;
    return true;
}

/* Lines are long where images are inside: they are written where they belong, and moved only if that was a wrong
 * guess. */
static enum err_code write_sorted(struct canon *c, struct line *lines, size_t n)
{
    if (n == 0)
        return ERR_OK;
    qsort(lines, n, sizeof *lines, compare_unwritten);
    enum err_code rc = write_lines(c, lines, n);
    if (rc != ERR_OK || are_sorted(lines, n))
        return rc;
    qsort(lines, n, sizeof *lines, compare_lines);
    c->text = buffer(c->arena, c->text.len, c->text.len);
    return write_lines(c, lines, n);
}

static enum err_code write_result(struct canon *c, struct rdfc_result *ret)
{
    const size_t n = c->dataset->n;
    struct rdfc_issued *issued = issued_map(c);
    struct line *lines = arena_array(c->arena, n, sizeof *lines);
    struct rdf_quad *quads = arena_array(c->arena, n, sizeof *quads);
    if (arena_check(c->arena, c->e) != ERR_OK)
        return ERR_LIMIT;
    for (size_t i = 0; i < n; i++) {
        const struct blanks_places *places = &c->blanks.places[i];
        struct slice labels[BLANKS_PLACES] = {{0}};
        for (size_t k = 0; k < BLANKS_PLACES; k++)
            if (places->id[k] != BLANKS_NONE)
                labels[k] = issued[places->id[k]].canonical;
        lines[i].quad = relabelled(c, i, labels);
    }
    enum err_code rc = write_sorted(c, lines, n);
    for (size_t i = 0; i < n && rc == ERR_OK; i++)
        quads[i] = nquads_settle(c->arena, &lines[i].quad, lines[i].text);
    if (rc == ERR_OK)
        rc = arena_check(c->arena, c->e);
    if (rc != ERR_OK)
        return rc;
    *ret = (struct rdfc_result){.text = buffer_slice(&c->text), .issued = issued,
                                .n_issued = c->blanks.n, .n_ambiguous = c->n_ambiguous,
                                .data = {.quads = quads, .n = n, .cap = n, .max = n, .arena = c->arena}};
    return ERR_OK;
}

/* A first guess of the length of the text, so that it need not be moved. */
static size_t guess_bytes(const struct rdf_dataset *dataset)
{
    size_t n = 0;
    for (size_t i = 0; i < dataset->n; i++) {
        const struct rdf_quad *q = &dataset->quads[i];
        n += q->subject.value.len + q->predicate.value.len + q->object.value.len +
             q->object.datatype.len + q->object.language.len + q->graph.value.len + 24;
    }
    return n;
}

enum err_code rdfc_canonize_with(struct rdfc_memo *memo, const struct rdf_dataset *dataset,
                                 enum digest_algorithm algorithm, enum nquads_escape escape,
                                 const struct rdfc_budget *budget, struct rdfc_result *ret, struct err *e)
{
    if (dataset->n > budget->quads)
        return err_set(e, ERR_LIMIT, "too complex: more than %zu quads", budget->quads);
    struct canon c = {.dataset = dataset, .arena = dataset->arena, .budget = budget,
                      .memo = memo, .algorithm = algorithm, .escape = escape, .e = e};
    c.text = buffer(c.arena, guess_bytes(dataset), budget->bytes);
    enum err_code rc = blanks_index(&c.blanks, dataset, budget->blanks, e);
    if (rc == ERR_OK)
        rc = number_blanks(&c);
    if (rc == ERR_OK)
        rc = write_result(&c, ret);
    return rc;
}

enum err_code rdfc_canonize(const struct rdf_dataset *dataset, enum digest_algorithm algorithm,
                            enum nquads_escape escape, const struct rdfc_budget *budget,
                            struct rdfc_result *ret, struct err *e)
{
    return rdfc_canonize_with(NULL, dataset, algorithm, escape, budget, ret, e);
}
