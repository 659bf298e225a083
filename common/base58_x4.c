/* Digits of base 58 by AVX2: see base58_x4.h.
 *
 * The number is read a block of 91 bytes at a time, from its front: value = value * 2^728 + block. The value is kept
 * in "places" of base 58^5, a little less than 30 bits each, in lanes of 64 bits, so that
 *  - multiplying by 2^728 is a product of polynomials, and a block becomes places by a product with the matrix of
 *    the powers of 2^28: both are only multiplications 32 by 32 bits and sums, without any carry;
 *  - the carries are worked out once a block, for four places at a time and without a chain between them.
 * A place may end up slightly above its base; the last step makes it exact.
 *
 * No sum overflows: 25 products of two places, and 26 of a limb with a place, are below
 * 25 * (58^5 + 400) * 58^5 + 26 * 2^28 * 58^5 < 2^63.8. */
#include "common/base58_x4.h"

#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

#define BASE 656356768u /* 58^5 */
#define PLACE_DIGITS 5
#define LIMB_BITS 28
#define LIMBS 26    /* of a block */
#define BLOCK 91    /* bytes */
#define FACTOR 25   /* places of 2^728 */
#define ROW 28      /* places of a block, rounded up to whole vectors */
#define TILE 16     /* places that are multiplied together */
#define SPARE 32    /* zeros in front of the places and behind them, so that no tile needs an end of its own */
#define MAX_PLACES (BASE58_X4_MAX / BLOCK * FACTOR + ROW + SPARE)

/* Row i is 2^(28 i). */
static const uint64_t POWERS[LIMBS + 1][ROW] = {
#include "base58_embedded.h"
};

/* One conversion. The least significant place comes first. */
struct work {
    uint64_t places[SPARE + MAX_PLACES + SPARE];
    uint64_t sums[MAX_PLACES];
    uint64_t carries[MAX_PLACES + 4]; /* what a place receives */
};

AVX2 static inline __m256i load(const uint64_t *from)
{
    return _mm256_loadu_si256((const __m256i *)from);
}

AVX2 static inline void store(uint64_t *to, __m256i v)
{
    _mm256_storeu_si256((__m256i *)to, v);
}

AVX2 static inline __m256i all(uint64_t v)
{
    return _mm256_set1_epi64x((long long)v);
}

/* Of the low halves. */
AVX2 static inline __m256i times(__m256i a, __m256i b)
{
    return _mm256_mul_epu32(a, b);
}

AVX2 static inline __m256i plus(__m256i a, __m256i b)
{
    return _mm256_add_epi64(a, b);
}

/* sums = the block; n of them are set. */
AVX2 static void read_block(uint64_t *sums, size_t n, const uint8_t *block)
{
    __m256i row[ROW / 4];
    memset(row, 0, sizeof row);
    for (size_t i = 0; i < LIMBS; i += 2) { /* two limbs are seven bytes */
        const uint8_t *at = block + BLOCK - 7 * (i / 2 + 1);
        uint64_t pair = 0;
        for (size_t k = 0; k < 7; k++)
            pair = pair << 8 | at[k];
        __m256i low = all(pair & ((1u << LIMB_BITS) - 1)), high = all(pair >> LIMB_BITS);
#pragma GCC unroll 7
        for (size_t k = 0; k < ROW / 4; k++)
            row[k] = plus(row[k], plus(times(low, load(POWERS[i] + 4 * k)), times(high, load(POWERS[i + 1] + 4 * k))));
    }
    memset(sums, 0, n * sizeof *sums);
    for (size_t k = 0; k < ROW / 4; k++)
        store(sums + 4 * k, row[k]);
}

/* sums += places * 2^728, for n sums, a multiple of TILE. */
AVX2 static void add_shifted(uint64_t *sums, size_t n, const uint64_t *places)
{
    for (size_t j = 0; j < n; j += TILE) {
        __m256i a = load(sums + j), b = load(sums + j + 4), c = load(sums + j + 8), d = load(sums + j + 12);
        for (size_t k = 0; k < FACTOR; k++) {
            const uint64_t *from = places + j - k;
            __m256i power = all(POWERS[LIMBS][k]);
            a = plus(a, times(load(from), power));
            b = plus(b, times(load(from + 4), power));
            c = plus(c, times(load(from + 8), power));
            d = plus(d, times(load(from + 12), power));
        }
        store(sums + j, a);
        store(sums + j + 4, b);
        store(sums + j + 8, c);
        store(sums + j + 12, d);
    }
}

/* places = sums, carried twice: first by about v / 58^5, which leaves at most 15 * 58^5, then by what that and the
 * carry from below (< 2^35) hold, at most 59. The quotients are estimates from the upper bits, never too large. */
AVX2 static void carry(struct work *w, size_t n)
{
    const __m256i inverse61 = all((UINT64_C(1) << 61) / BASE), inverse58 = all((UINT64_C(1) << 58) / BASE);
    const __m256i base = all(BASE);
    uint64_t *places = w->places + SPARE;
    w->carries[0] = 0;
    for (size_t j = 0; j < n; j += 4) {
        __m256i sum = load(w->sums + j);
        __m256i quotient = _mm256_srli_epi64(times(_mm256_srli_epi64(sum, 32), inverse61), 29);
        __m256i above = _mm256_slli_epi64(times(_mm256_srli_epi64(quotient, 32), base), 32);
        store(w->sums + j, _mm256_sub_epi64(sum, plus(times(quotient, base), above)));
        store(w->carries + j + 1, quotient);
    }
    for (size_t j = 0; j < n; j += 4) {
        __m256i sum = plus(load(w->sums + j), load(w->carries + j));
        __m256i quotient = _mm256_srli_epi64(times(_mm256_srli_epi64(sum, 8), inverse58), 50);
        store(w->sums + j, _mm256_sub_epi64(sum, times(quotient, base)));
        store(places + j, quotient);
    }
    for (size_t j = n; j > 0; j -= 4) /* downwards: each quotient is read before its place is written */
        store(places + j - 4, plus(load(w->sums + j - 4), load(places + j - 5)));
}

/* Every place below its base. Returns: how many there are without the zeros in front. */
static size_t settle(uint64_t *places, size_t n)
{
    uint64_t over = 0;
    for (size_t j = 0; j < n; j++) {
        places[j] += over;
        over = places[j] >= BASE;
        places[j] -= over * BASE;
    }
    while (n > 0 && places[n - 1] == 0)
        n--;
    return n;
}

static inline void write_place(uint8_t digits[PLACE_DIGITS], uint32_t place)
{
    for (size_t i = PLACE_DIGITS; i-- > 0; place /= 58)
        digits[i] = (uint8_t)(place % 58);
}

static size_t write_digits(uint8_t *digits, const uint64_t *places, size_t n)
{
    uint8_t top[PLACE_DIGITS], *out = digits;
    size_t skip = 0;
    write_place(top, (uint32_t)places[n - 1]);
    while (top[skip] == 0)
        skip++;
    memcpy(out, top + skip, sizeof top - skip);
    out += sizeof top - skip;
    for (size_t j = n - 1; j-- > 0; out += PLACE_DIGITS)
        write_place(out, (uint32_t)places[j]);
    return (size_t)(out - digits);
}

static size_t whole_tiles(size_t n)
{
    return (n + TILE - 1) / TILE * TILE;
}

bool base58_x4_can(void)
{
    return __builtin_cpu_supports("avx2");
}

size_t base58_x4(uint8_t *digits, const uint8_t *bytes, size_t len)
{
    assert(len > 0 && len <= BASE58_X4_MAX && bytes[0] != 0);
    struct work w;
    uint8_t first[BLOCK] = {0};
    size_t blocks = (len + BLOCK - 1) / BLOCK, part = len - (blocks - 1) * BLOCK;
    memset(w.places, 0, (SPARE + whole_tiles((blocks - 1) * FACTOR + ROW) + SPARE) * sizeof w.places[0]);
    memcpy(first + BLOCK - part, bytes, part);
    size_t n = whole_tiles(ROW);
    read_block(w.sums, n, first);
    carry(&w, n);
    for (size_t i = 1; i < blocks; i++) {
        n = whole_tiles(i * FACTOR + ROW);
        read_block(w.sums, n, bytes + part + (i - 1) * BLOCK);
        add_shifted(w.sums, n, w.places + SPARE);
        carry(&w, n);
    }
    n = settle(w.places + SPARE, n);
    return write_digits(digits, w.places + SPARE, n);
}

#else
bool base58_x4_can(void)
{
    return false;
}

size_t base58_x4(uint8_t *digits, const uint8_t *bytes, size_t len)
{
    (void)digits, (void)bytes, (void)len;
    return 0;
}
#endif
