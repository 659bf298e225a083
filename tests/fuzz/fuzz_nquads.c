/* N-Quads: what the parser accepts is written in a form that it accepts again as the same quads; and the
 * canonical form of a dataset is its own canonical form. */
#include "tests/fuzz/fuzz.h"

#include "verifier/rdf/rdfc.h"

static struct slice write_all(struct arena *arena, const struct rdf_dataset *dataset)
{
    struct buffer b = buffer(arena, 0, (size_t)16 << 20);
    for (size_t i = 0; i < dataset->n; i++)
        nquads_put(&b, &dataset->quads[i], NQUADS_RDFC);
    fuzz_assert(nquads_check(&b, NULL) == ERR_OK);
    return buffer_slice(&b);
}

static void check_round_trip(struct arena *arena, const struct rdf_dataset *dataset)
{
    struct rdf_dataset again = rdf_dataset(arena, dataset->n);
    fuzz_assert(nquads_parse(&again, write_all(arena, dataset), NULL) == ERR_OK);
    fuzz_assert(again.n == dataset->n);
    for (size_t i = 0; i < again.n; i++)
        fuzz_assert(rdf_quad_compare(&again.quads[i], &dataset->quads[i]) == 0);
}

static void check_canonical(struct arena *arena, const struct rdf_dataset *dataset)
{
    const struct rdfc_budget budget = rdfc_budget();
    struct rdf_dataset again = rdf_dataset(arena, dataset->n);
    struct rdfc_result one, other;
    enum err_code rc = rdfc_canonize(dataset, DIGEST_SHA256, NQUADS_RDFC, &budget, &one, NULL);
    fuzz_assert(rc == ERR_OK || rc == ERR_LIMIT);
    if (rc != ERR_OK)
        return;
    fuzz_assert(nquads_parse(&again, one.text, NULL) == ERR_OK);
    rc = rdfc_canonize(&again, DIGEST_SHA256, NQUADS_RDFC, &budget, &other, NULL);
    fuzz_assert(rc == ERR_LIMIT || slice_equal(one.text, other.text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena arena;
    arena_init(&arena, (size_t)256 << 20);
    struct rdf_dataset dataset = rdf_dataset(&arena, 20000);
    if (nquads_parse(&dataset, (struct slice){data, len}, NULL) == ERR_OK) {
        check_round_trip(&arena, &dataset);
        check_canonical(&arena, &dataset);
    }
    arena_done(&arena);
    return 0;
}
