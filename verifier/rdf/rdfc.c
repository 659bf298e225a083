/* RDFC-1.0: see rdfc.h. Step numbers are those of the Recommendation, section 4.4.3.
 *
 * Happy path: index the blank nodes of every quad; hash the quads of each blank node; those whose
 * hash is theirs alone get their number in the order of the hashes; write all quads and sort them.
 */
#include "verifier/rdf/rdfc.h"

#include <stdlib.h>

struct canon {
    const struct rdf_dataset *dataset;
    struct arena *arena;
    const struct rdfc_budget *budget;
    enum digest_algorithm algorithm;
    enum nquads_escape escape;
    struct err *e;
    struct blanks blanks;
    size_t n_ambiguous;
    struct buffer text; /* scratch, and at last the unsorted result */
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

/* One quad with its blank nodes called otherwise. */
static void put_relabelled(struct canon *c, size_t index, const struct slice labels[BLANKS_PLACES])
{
    const struct blanks_places *places = &c->blanks.places[index];
    struct rdf_quad copy = c->dataset->quads[index];
    struct rdf_term *terms[BLANKS_PLACES] = {&copy.subject, &copy.object, &copy.graph};
    for (size_t k = 0; k < BLANKS_PLACES; k++)
        if (places->id[k] != BLANKS_NONE)
            terms[k]->value = labels[k];
    nquads_put(&c->text, &copy, c->escape);
}

static int compare_lines(const void *x, const void *y)
{
    const struct slice *a = x, *b = y;
    return slice_compare(*a, *b);
}

/* Cut a text into its n lines and sort them by code point. Returns: NULL if there is no memory. */
static struct slice *sorted_lines(struct arena *arena, const struct buffer *b, size_t n)
{
    struct slice *lines = arena_array(arena, n, sizeof *lines);
    if (lines == NULL)
        return NULL;
    struct slice left = buffer_slice(b);
    for (size_t i = 0; i < n; i++) {
        size_t len = slice_find(left, '\n') + 1; /* a line feed inside a literal is escaped */
        lines[i] = (struct slice){left.data, len};
        left = slice_from(left, len);
    }
    qsort(lines, n, sizeof *lines, compare_lines);
    return lines;
}

/* ---- Hash First Degree Quads (4.6) ---- */

static enum err_code hash_first_degree(struct canon *c, uint32_t id)
{
    struct blank *blank = &c->blanks.at[id];
    c->text.len = 0;
    for (uint32_t i = 0; i < blank->n_quads; i++) {
        const struct blanks_places *places = &c->blanks.places[blank->quads[i]];
        struct slice labels[BLANKS_PLACES];
        for (size_t k = 0; k < BLANKS_PLACES; k++)
            labels[k] = places->id[k] == id ? SLICE("_:a") : SLICE("_:z");
        put_relabelled(c, blank->quads[i], labels);
    }
    enum err_code rc = nquads_check(&c->text, c->e);
    if (rc != ERR_OK)
        return rc;
    const struct slice *lines = sorted_lines(c->arena, &c->text, blank->n_quads);
    if (lines == NULL)
        return arena_check(c->arena, c->e);
    struct digest_stream stream = digest_start(c->algorithm);
    for (uint32_t i = 0; i < blank->n_quads; i++)
        digest_add(&stream, lines[i]);
    blank->hash = digest_end(&stream);
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

static enum err_code write_result(struct canon *c, struct rdfc_result *ret)
{
    const size_t n = c->dataset->n;
    struct rdfc_issued *issued = issued_map(c);
    if (arena_check(c->arena, c->e) != ERR_OK)
        return ERR_LIMIT;
    c->text.len = 0;
    for (size_t i = 0; i < n; i++) {
        const struct blanks_places *places = &c->blanks.places[i];
        struct slice labels[BLANKS_PLACES] = {{0}};
        for (size_t k = 0; k < BLANKS_PLACES; k++)
            if (places->id[k] != BLANKS_NONE)
                labels[k] = issued[places->id[k]].canonical;
        put_relabelled(c, i, labels);
    }
    enum err_code rc = nquads_check(&c->text, c->e);
    if (rc != ERR_OK)
        return rc;
    const struct slice *lines = sorted_lines(c->arena, &c->text, n);
    struct buffer sorted = buffer(c->arena, c->text.len, c->text.len);
    for (size_t i = 0; i < n && lines != NULL; i++)
        buffer_put_slice(&sorted, lines[i]);
    if (arena_check(c->arena, c->e) != ERR_OK)
        return ERR_LIMIT;
    *ret = (struct rdfc_result){.text = buffer_slice(&sorted), .issued = issued,
                                .n_issued = c->blanks.n, .n_ambiguous = c->n_ambiguous};
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

enum err_code rdfc_canonize(const struct rdf_dataset *dataset, enum digest_algorithm algorithm,
                            enum nquads_escape escape, const struct rdfc_budget *budget,
                            struct rdfc_result *ret, struct err *e)
{
    if (dataset->n > budget->quads)
        return err_set(e, ERR_LIMIT, "too complex: more than %zu quads", budget->quads);
    struct canon c = {.dataset = dataset, .arena = dataset->arena, .budget = budget,
                      .algorithm = algorithm, .escape = escape, .e = e};
    c.text = buffer(c.arena, guess_bytes(dataset), budget->bytes);
    enum err_code rc = blanks_index(&c.blanks, dataset, budget->blanks, e);
    if (rc == ERR_OK)
        rc = number_blanks(&c);
    if (rc == ERR_OK)
        rc = write_result(&c, ret);
    return rc;
}
