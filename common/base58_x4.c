/* Base 58 by AVX2: see base58_x4.h.
 *
 * The number is cut into blocks of 98 bytes, and is the sum of block i times 2^(784 i). Blocks and powers are
 * polynomials in "places" of base 58^5, a little less than 30 bits each:
 *  - a block becomes places by a product with the matrix of the powers of 2^28;
 *  - the sum of the products of all blocks and their powers is worked out 16 places at a time, in lanes of 64 bits:
 *    only multiplications 32 by 32 bits and sums, without any carry;
 *  - the carries are worked out once for all blocks, and once at the end, four places at a time and without a chain
 *    between them. A place may end up slightly above its base; the last step makes it exact.
 *
 * No sum overflows: 28 products of a limb and a place are below 28 * 2^28 * 58^5 < 2^62.1, 27 products of two places
 * and what is left of earlier ones below 27 * (58^5 + 60) * 58^5 + 2^40 < 2^63.4. */
#include "common/base58_x4.h"

#if defined(__x86_64__)
#include <assert.h>
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

#define BASE 656356768u /* 58^5 */
#define PLACE_DIGITS 5
#define LIMB_BITS 28
#define LIMBS 28  /* of a block */
#define BLOCK 98  /* bytes */
#define FACTOR 27 /* places of a block */
#define BLOCKS (BASE58_X4_MAX / BLOCK)
#define ROW 32  /* FACTOR rounded up to whole vectors of 8 */
#define TILE 16 /* places of the result that are worked out together */
#define GAP 48  /* zeros in front of and behind each power, so that no tile needs an end of its own */
#define MAX_PLACES (BLOCKS * ROW)
#define FOLD_BITS 40 /* of a sum that stay where they are when room is made for more products */

#include "base58_embedded.h"

static_assert(GAP >= ROW + TILE, "a tile reads so far beyond both ends of a power");

/* One conversion. The least significant place comes first. */
struct work {
    uint64_t places[4 + MAX_PLACES]; /* see places_of() */
    uint64_t sums[MAX_PLACES];
    uint64_t carries[MAX_PLACES + 4]; /* what a place receives */
};

/* Four zeros stand before them. */
static inline uint64_t *places_of(struct work *w)
{
    return w->places + 4;
}

AVX2 static inline __m256i load(const void *from)
{
    return _mm256_loadu_si256(from);
}

AVX2 static inline void store(void *to, __m256i v)
{
    _mm256_storeu_si256(to, v);
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

/* Eight sums: those of the places 0, 2, 4, 6, and of 1, 3, 5, 7. */
struct eight {
    __m256i even, odd;
};

AVX2 static inline struct eight add_product(struct eight sum, const uint32_t *eight, __m256i factor)
{
    __m256i from = load(eight);
    sum.even = plus(sum.even, times(from, factor));
    sum.odd = plus(sum.odd, times(_mm256_srli_epi64(from, 32), factor));
    return sum;
}

AVX2 static inline void store_eight(uint64_t *to, struct eight v)
{
    __m256i low = _mm256_unpacklo_epi64(v.even, v.odd), high = _mm256_unpackhi_epi64(v.even, v.odd);
    store(to, _mm256_permute2x128_si256(low, high, 0x20));
    store(to + 4, _mm256_permute2x128_si256(low, high, 0x31));
}

static inline uint32_t big_endian(const uint8_t bytes[4])
{
    uint32_t v;
    memcpy(&v, bytes, sizeof v);
    return __builtin_bswap32(v);
}

/* ROW sums of a block. */
AVX2 static void read_block(uint64_t sums[ROW], const uint8_t block[BLOCK])
{
    const struct eight none = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    struct eight row[ROW / 8] = {none, none, none, none};
    for (size_t i = 0; i < LIMBS; i++) {
        const uint8_t *pair = block + BLOCK - 7 * (i / 2 + 1); /* two limbs are seven bytes */
        __m256i limb = all(i % 2 == 0 ? big_endian(pair + 3) & ((1u << LIMB_BITS) - 1) : big_endian(pair) >> 4);
#pragma GCC unroll 4
        for (size_t k = 0; k < ROW / 8; k++)
            row[k] = add_product(row[k], LIMB_POWERS[i] + 8 * k, limb);
    }
    for (size_t k = 0; k < ROW / 8; k++)
        store_eight(sums + 8 * k, row[k]);
}

/* Places = sums, carried twice: first by about v / 58^5, which leaves at most 15 * 58^5, then by what that and the
 * carry from below (< 2^35) hold, at most 59. The quotients are estimates from the upper bits, never too large. */
AVX2 static void carry(struct work *w, size_t n)
{
    const __m256i inverse61 = all((UINT64_C(1) << 61) / BASE), inverse58 = all((UINT64_C(1) << 58) / BASE);
    const __m256i base = all(BASE);
    uint64_t *places = places_of(w);
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

/* Where the places of 2^(784 i) begin. */
static const uint32_t *block_power(size_t i)
{
    return BLOCK_POWERS + GAP + (i - 1) * GAP + i * (i - 1) / 2 * FACTOR;
}

/* TILE places of the result, from `at` on: the products of all blocks but the lowest with their powers. Room for the
 * next products is made after each block: what is above FOLD_BITS is counted apart, and comes back as its places. */
AVX2 static void sum_tile(struct work *w, size_t at, size_t blocks)
{
    const uint64_t fold = UINT64_C(1) << FOLD_BITS;
    const __m256i rest = all(fold % BASE), whole = all(fold / BASE), low_bits = all(fold - 1);
    const uint64_t *places = places_of(w);
    const struct eight none = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    struct eight low[TILE / 8] = {none, none}, high[TILE / 8] = {none, none};
    for (size_t i = blocks - 1; i > 0 && at < (i + 1) * FACTOR; i--) {
        const uint32_t *power = block_power(i) + at;
        __m256i odd[TILE / 8] = {load(power + 1), load(power + 9)}; /* what is odd for one place is even for the next */
#pragma GCC unroll 9
        for (size_t k = 0; k < FACTOR; k++) {
            __m256i place = all(places[i * ROW + k]);
#pragma GCC unroll 2
            for (size_t t = 0; t < TILE / 8; t++) {
                __m256i even = load(power - k + 8 * t);
                low[t].even = plus(low[t].even, times(even, place));
                low[t].odd = plus(low[t].odd, times(odd[t], place));
                odd[t] = even;
            }
        }
#pragma GCC unroll 2
        for (size_t t = 0; t < TILE / 8; t++) {
            high[t].even = plus(high[t].even, _mm256_srli_epi64(low[t].even, FOLD_BITS));
            high[t].odd = plus(high[t].odd, _mm256_srli_epi64(low[t].odd, FOLD_BITS));
            low[t].even = _mm256_and_si256(low[t].even, low_bits);
            low[t].odd = _mm256_and_si256(low[t].odd, low_bits);
        }
    }
#pragma GCC unroll 2
    for (size_t t = 0; t < TILE / 8; t++) {
        low[t].even = plus(low[t].even, times(high[t].even, rest));
        low[t].odd = plus(low[t].odd, times(high[t].odd, rest));
        high[t].even = times(high[t].even, whole);
        high[t].odd = times(high[t].odd, whole);
        store_eight(w->sums + at + 8 * t, low[t]);
        store_eight(w->carries + at + 8 * t + 1, high[t]);
    }
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

/* Characters of digits 0 to 57: the alphabet is six runs of ASCII. */
AVX2 static inline __m256i to_text(__m256i digits)
{
    static const struct {
        char from, more; /* above `from`, the distance to ASCII grows by `more` */
    } RUNS[] = {{8, 7}, {16, 1}, {21, 1}, {32, 6}, {43, 1}};
    __m256i text = _mm256_add_epi8(digits, _mm256_set1_epi8('1'));
#pragma GCC unroll 5
    for (size_t i = 0; i < sizeof RUNS / sizeof RUNS[0]; i++)
        text = _mm256_add_epi8(text, _mm256_and_si256(_mm256_cmpgt_epi8(digits, _mm256_set1_epi8(RUNS[i].from)),
                                                      _mm256_set1_epi8(RUNS[i].more)));
    return text;
}

/* The 20 characters of four places, the last of them first. Writes six bytes more. Quotients are products with an
 * inverse that is exact for numbers of that size. */
AVX2 static inline void write_places(char *text, const uint64_t *places)
{
    const __m256i order = _mm256_broadcastsi128_si256(_mm_setr_epi8(8, 12, 9, 10, 14, 0, 4, 1, 2, 6, -1, -1, -1, -1, -1, -1));
    __m256i v = load(places);
    __m256i upper = _mm256_srli_epi64(times(v, all((UINT64_C(1) << 48) / 195112 + 1)), 48); /* two digits: v / 58^3 */
    __m256i lower = _mm256_sub_epi64(v, times(upper, all(195112)));                         /* three */
    __m256i middle = _mm256_srli_epi64(times(lower, all((UINT64_C(1) << 40) / 3364 + 1)), 40); /* lower / 58^2 */
    lower = _mm256_sub_epi64(lower, times(middle, all(3364)));
    __m256i pairs = _mm256_or_si256(upper, _mm256_slli_epi64(lower, 16));
    __m256i tens = _mm256_srli_epi16(_mm256_mulhi_epu16(pairs, _mm256_set1_epi16((1 << 20) / 58 + 1)), 4);
    __m256i ones = _mm256_sub_epi16(pairs, _mm256_mullo_epi16(tens, _mm256_set1_epi16(58)));
    __m256i digits = _mm256_or_si256(_mm256_or_si256(tens, _mm256_slli_epi64(middle, 8)), _mm256_slli_epi64(ones, 32));
    digits = to_text(_mm256_shuffle_epi8(digits, order));
    _mm_storeu_si128((__m128i *)(void *)text, _mm256_extracti128_si256(digits, 1));
    _mm_storeu_si128((__m128i *)(void *)(text + 10), _mm256_castsi256_si128(digits));
}

AVX2 static size_t write_text(char *text, const uint64_t *places, size_t n)
{
    char buffer[MAX_PLACES * PLACE_DIGITS + 6];
    size_t len = 0, skip = 0;
    for (size_t j = (n + 3) / 4 * 4; j > 0; j -= 4, len += 4 * PLACE_DIGITS)
        write_places(buffer + len, places + j - 4);
    while (buffer[skip] == '1')
        skip++;
    memcpy(text, buffer + skip, len - skip);
    return len - skip;
}

bool base58_x4_can(void)
{
    return __builtin_cpu_supports("avx2");
}

size_t base58_x4(char *text, const uint8_t *bytes, size_t len)
{
    assert(len > 0 && len <= BASE58_X4_MAX && bytes[0] != 0);
    struct work w;
    uint8_t first[BLOCK] = {0};
    size_t blocks = (len + BLOCK - 1) / BLOCK, part = len - (blocks - 1) * BLOCK;
    memset(w.places, 0, 4 * sizeof w.places[0]);
    memcpy(first + BLOCK - part, bytes, part);
    read_block(w.sums + (blocks - 1) * ROW, first);
    for (size_t i = 1; i < blocks; i++)
        read_block(w.sums + (blocks - 1 - i) * ROW, bytes + part + (i - 1) * BLOCK);
    carry(&w, blocks * ROW);
    size_t n = (blocks * FACTOR + TILE - 1) / TILE * TILE;
    for (size_t at = 0; at < n; at += TILE)
        sum_tile(&w, at, blocks);
    w.carries[0] = 0;
    for (size_t j = 0; j < n; j++)
        w.sums[j] += w.carries[j] + (j < ROW ? places_of(&w)[j] : 0);
    carry(&w, n);
    return write_text(text, places_of(&w), settle(places_of(&w), n));
}

#else
bool base58_x4_can(void)
{
    return false;
}

size_t base58_x4(char *text, const uint8_t *bytes, size_t len)
{
    (void)text, (void)bytes, (void)len;
    return 0;
}
#endif
