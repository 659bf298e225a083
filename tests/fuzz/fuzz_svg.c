/* Badges in SVG files: what is found is never empty, never too long, and found again where other text follows
 * the file's end in a comment. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "common/limits.h"
#include "verifier/rdf/slice.h"
#include "verifier/wrap/svg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct text out = {0}, longer = {0}, again = {0};
    struct slice file = {data, len};
    svg_is(file);
    enum badge_answer answer = svg_badge(&out, file);
    if (answer == BADGE_FOUND) {
        fuzz_assert(out.len > 0 && out.len <= LIMITS_CREDENTIAL_BYTES);
        text_put(&longer, (const char *)data, len);
        text_puts(&longer, "<!-- more -->");
        fuzz_assert(svg_badge(&again, (struct slice){(uint8_t *)longer.data, longer.len}) == BADGE_FOUND);
        fuzz_assert(out.len == again.len && memcmp(out.data, again.data, out.len) == 0);
    } else {
        fuzz_assert(out.len == 0);
    }
    text_done(&out);
    text_done(&longer);
    text_done(&again);
    return 0;
}
