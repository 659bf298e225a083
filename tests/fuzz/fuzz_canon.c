/* From JSON to the hash: contexts, expansion, RDF, canonicalisation.
 *  - The canonical text is canonical N-Quads, with the same hash.
 *  - What is accepted because nothing is lost has the same text when losses are listed, and none is. */
#include "tests/fuzz/fuzz.h"

#include "verifier/rdf/canonize.h"

static struct canonize *canonizer(void)
{
    static struct canonize c;
    static bool ready;
    if (!ready)
        canonize_init(&c);
    ready = true;
    return &c;
}

static enum err_code run(struct arena *arena, struct slice json, enum jsonld_loss_mode losses, bool credential,
                         struct canonize_result *ret)
{
    struct canonize_options options = canonize_options();
    struct err e;
    options.losses = losses;
    options.credential = credential;
    return canonize_document(canonizer(), arena, json, &options, ret, &e);
}

static void check_text(struct arena *arena, const struct canonize_result *result)
{
    struct canonize_options options = canonize_options();
    struct canonize_result again;
    options.credential = false;
    enum err_code rc = canonize_nquads(arena, result->text, &options, &again, NULL);
    fuzz_assert(rc == ERR_LIMIT || (rc == ERR_OK && hash32_equal(&result->hash, &again.hash)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct slice json = {data, len};
    struct canonize_result plain, strict, listed;
    struct arena arena;
    arena_init(&arena, CANONIZE_ARENA_BYTES);
    if (run(&arena, json, JSONLD_LOSS_IGNORE, false, &plain) == ERR_OK) {
        check_text(&arena, &plain);
        if (run(&arena, json, JSONLD_LOSS_FAIL, true, &strict) == ERR_OK) {
            fuzz_assert(slice_equal(plain.text, strict.text));
            fuzz_assert(run(&arena, json, JSONLD_LOSS_LIST, true, &listed) == ERR_OK);
            fuzz_assert(listed.n_losses == 0 && slice_equal(listed.text, strict.text));
        }
    }
    arena_done(&arena);
    return 0;
}
