/* Texts by sixty-four bytes at once: see span.h. */
#include "verifier/rdf/span.h"

#include <string.h>

#define STEP 64

/* Signed, because the compare for "greater" that every x86-64 has is; from 0x80 on bytes are negative. Without AVX2
 * the compiler makes two of sixteen bytes of it. */
typedef int8_t bytes32 __attribute__((vector_size(32)));
typedef uint64_t words4 __attribute__((vector_size(32)));

/* Not zero where a byte could be of a class; \ and ^ differ in one bit, as < and > do. */
#define ODD(v)                                                                                     \
    (((v) < '!') | ((v) > 'z') | ((v) == '"') | ((v) == '`') | (((v) & ~2) == '<') | (((v) & ~2) == '\\'))

/* How many bytes, a multiple of STEP, could be of no class. */
__attribute__((always_inline)) static inline size_t plain_steps(const uint8_t *text, size_t len)
{
    size_t n = 0;
    for (; len - n >= STEP; n += STEP) {
        bytes32 x, y;
        memcpy(&x, text + n, sizeof x);
        memcpy(&y, text + n + sizeof x, sizeof y);
        words4 odd = (words4)(ODD(x) | ODD(y));
        if ((odd[0] | odd[1] | odd[2] | odd[3]) != 0)
            break;
    }
    return n;
}

static size_t steps_anywhere(const uint8_t *text, size_t len)
{
    return plain_steps(text, len);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static size_t steps_avx2(const uint8_t *text, size_t len)
{
    return plain_steps(text, len);
}

bool span_has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}
#else
static size_t (*const steps_avx2)(const uint8_t *text, size_t len) = steps_anywhere;

bool span_has_avx2(void)
{
    return false;
}
#endif

size_t span_without_by(bool avx2, struct slice text, const uint8_t table[static 256], uint8_t classes)
{
    size_t n = 0;
    while (n < text.len) {
        n += (avx2 ? steps_avx2 : steps_anywhere)(text.data + n, text.len - n);
        size_t end = text.len - n < STEP ? text.len : n + STEP;
        for (; n < end; n++)
            if ((table[text.data[n]] & classes) != 0)
                return n;
    }
    return n;
}

size_t span_without(struct slice text, const uint8_t table[static 256], uint8_t classes)
{
    return span_without_by(span_has_avx2(), text, table, classes);
}
