/* JSON: what the strict parser accepts has one JCS text, which it accepts again and which does not change. */
#include "tests/fuzz/fuzz.h"

#include "verifier/rdf/jcs.h"
#include "verifier/rdf/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena arena;
    const struct jdoc *value, *again;
    struct slice text, same;
    struct err e;
    arena_init(&arena, (size_t)64 << 20);
    if (jdoc_parse(&arena, (struct slice){data, len}, jdoc_limits(), &value, &e) == ERR_OK &&
        jcs_write(&arena, value, JCS_ANY_NUMBER, &text, &e) == ERR_OK) {
        struct jdoc_limits limits = {.bytes = text.len, .depth = JDOC_MAX_DEPTH};
        fuzz_assert(jdoc_parse(&arena, text, limits, &again, &e) == ERR_OK);
        fuzz_assert(jdoc_equal(value, again));
        fuzz_assert(jcs_write(&arena, again, JCS_ANY_NUMBER, &same, &e) == ERR_OK);
        fuzz_assert(slice_equal(text, same));
    }
    arena_done(&arena);
    return 0;
}
