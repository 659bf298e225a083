/* The diagnosis of any bytes: it ends, speaks of no forgery, and says nothing of strict JSON. */
#include "tests/fuzz/fuzz.h"

#include "verifier/rdf/jdoc.h"
#include "verifier/rdf/slice.h"
#include "verifier/wrap/diagnose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct slice file = {data, len};
    enum reason reason = diagnose_file(file);
    enum reasons_effect effect = reasons_row(reason)->effect;
    struct arena arena;
    const struct jdoc *root;
    fuzz_assert(reason == REASON_GENUINE || effect == REASONS_NO_DOCUMENT || effect == REASONS_COULD_NOT_CHECK);
    arena_init(&arena, (size_t)64 << 20);
    if (jdoc_parse(&arena, file, jdoc_limits(), &root, NULL) == ERR_OK && root->type == JDOC_OBJECT)
        fuzz_assert(reason == REASON_GENUINE);
    arena_done(&arena);
    return 0;
}
