/* Documents that bring their own proof, through every format: whatever they say, with nobody to ask. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "verifier/check.h"

/* The same contexts for all inputs: processing them is the slow part. */
static struct canonize *contexts(void)
{
    static struct canonize shared;
    static bool ready;
    if (!ready)
        canonize_init(&shared);
    ready = true;
    return &shared;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct check_result result; /* large */
    struct lookup lookup;
    lookup_open(&lookup, NULL);
    struct check_setup setup = {
        .canonize = contexts(), .lookup = &lookup, .now = 1780000000, .offline = true};
    check_bytes(&setup, "input", (const char *)data, size, &result);
    fuzz_assert(result.findings.n > 0 && result.findings.n <= VERDICT_MAX_FINDINGS);
    /* Nobody was asked: no chain and no list can have spoken for it. */
    fuzz_assert(!result.shown.recorded || result.verdict.authenticity != VERDICT_GENUINE);
    fuzz_assert(result.verdict.exit != VERDICT_EXIT_GENUINE || result.shown.has ||
                strcmp(result.format, "verifiable-presentation") == 0);
    lookup_close(&lookup);
    return 0;
}
