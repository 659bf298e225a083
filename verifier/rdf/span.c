/* Texts by sixty-four bytes at once: see span.h. */
#include "verifier/rdf/span.h"

#include <stdbool.h>
#include <string.h>

#define STEP 64

/* Signed, because the compare for "greater" that every x86-64 has is; from 0x80 on bytes are negative. */
typedef int8_t bytes16 __attribute__((vector_size(16)));

/* Not zero where a byte could be of a class; \ and ^ differ in one bit, as < and > do. */
static inline bytes16 odd_bytes(const uint8_t *text)
{
    bytes16 v;
    memcpy(&v, text, sizeof v);
    bytes16 paired = v & ~2;
    return (v < '!') | (v > 'z') | (v == '"') | (v == '`') | (paired == '<') | (paired == '\\');
}

static bool all_plain(const uint8_t *text)
{
    uint64_t odd[2];
    bytes16 any = odd_bytes(text) | odd_bytes(text + 16) | odd_bytes(text + 32) | odd_bytes(text + 48);
    memcpy(odd, &any, sizeof odd);
    return (odd[0] | odd[1]) == 0;
}

size_t span_without(struct slice text, const uint8_t table[static 256], uint8_t classes)
{
    size_t n = 0;
    while (n < text.len) {
        size_t end = text.len - n < STEP ? text.len : n + STEP;
        if (end - n == STEP && all_plain(text.data + n)) {
            n = end;
            continue;
        }
        for (; n < end; n++)
            if ((table[text.data[n]] & classes) != 0)
                return n;
    }
    return n;
}
