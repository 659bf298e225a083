/* Badges in PNG files: the input as it is, and again with every checksum put right, so that the contents of
 * the chunks are reached. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include <zlib.h>

#include "common/limits.h"
#include "verifier/rdf/slice.h"
#include "verifier/wrap/png.h"

static uint32_t big(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void mend(uint8_t *png, size_t len)
{
    for (size_t at = 8; at + 12 <= len;) {
        size_t data = big(png + at);
        if (data > len - at - 12)
            return;
        uLong crc = crc32(crc32(0, NULL, 0), png + at + 4, (uInt)data + 4);
        for (int i = 0; i < 4; i++)
            png[at + 8 + data + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
        at += 12 + data;
    }
}

static void check(struct slice file)
{
    struct text out = {0}, again = {0};
    enum badge_answer answer = png_badge(&out, file);
    fuzz_assert(png_badge(&again, file) == answer);
    fuzz_assert(out.len == again.len && out.len <= LIMITS_CREDENTIAL_BYTES + (size_t)(64 << 10));
    fuzz_assert(answer != BADGE_NONE || out.len == 0);
    text_done(&out);
    text_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len + 1);
    fuzz_assert(copy != NULL);
    if (!png_is((struct slice){data, len})) {
        free(copy);
        return 0;
    }
    memcpy(copy, data, len);
    check((struct slice){copy, len});
    mend(copy, len);
    check((struct slice){copy, len});
    free(copy);
    return 0;
}
