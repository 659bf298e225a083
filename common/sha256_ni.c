/* SHA-256 with the SHA-NI instructions, two messages interleaved: the two rounds of sha256rnds2 take four
 * cycles and one may start every two, so a second message is free. Source: Intel, "Intel SHA Extensions" (2013);
 * FIPS 180-4, 6.2.2. */
#include "common/sha256_paths.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("sha,sse4.1")))
#define BLOCK 64

/* A state as the instructions want it. */
struct state {
    __m128i abef, cdgh;
};

TARGET static inline __m128i load_words(const void *p)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    return _mm_shuffle_epi8(_mm_loadu_si128(p), big_endian);
}

TARGET static inline struct state initial(void)
{
    __m128i dcba = _mm_loadu_si128((const __m128i *)sha256_paths_initial);
    __m128i hgfe = _mm_loadu_si128((const __m128i *)(sha256_paths_initial + 4));
    __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1), efgh = _mm_shuffle_epi32(hgfe, 0x1b);
    return (struct state){_mm_alignr_epi8(cdab, efgh, 8), _mm_blend_epi16(efgh, cdab, 0xf0)};
}

TARGET static inline void store(struct hash32 *ret, struct state s)
{
    __m128i feba = _mm_shuffle_epi32(s.abef, 0x1b), dchg = _mm_shuffle_epi32(s.cdgh, 0xb1);
    __m128i dcba = _mm_blend_epi16(feba, dchg, 0xf0), hgfe = _mm_alignr_epi8(dchg, feba, 8);
    _mm_storeu_si128((__m128i *)ret->b, load_words(&dcba));
    _mm_storeu_si128((__m128i *)(ret->b + 16), load_words(&hgfe));
}

/* Four rounds of both messages; kw holds K + W. */
#define FOUR_ROUNDS(s, kw)                                                                         \
    do {                                                                                           \
        __m128i kw_ = (kw);                                                                        \
        (s).cdgh = _mm_sha256rnds2_epu32((s).cdgh, (s).abef, kw_);                                 \
        (s).abef = _mm_sha256rnds2_epu32((s).abef, (s).cdgh, _mm_shuffle_epi32(kw_, 0x0e));        \
    } while (0)

/* The next four words of the schedule, over the sixteen before them; they replace the oldest. */
#define NEXT_WORDS(w0, w1, w2, w3)                                                                 \
    ((w0) = _mm_sha256msg2_epu32(                                                                  \
         _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4)), w3))

TARGET static inline void compress(struct state *x, struct state *y, const uint8_t *bx, const uint8_t *by)
{
    struct state sx = *x, sy = *y;
    __m128i vx[4], vy[4];
    for (unsigned i = 0; i < 4; i++) {
        vx[i] = load_words(bx + 16 * i);
        vy[i] = load_words(by + 16 * i);
    }
#define BOTH(i, t)                                                                                 \
    do {                                                                                           \
        __m128i k = _mm_loadu_si128((const __m128i *)(sha256_paths_k + (t) + 4 * (i)));            \
        FOUR_ROUNDS(sx, _mm_add_epi32(vx[i], k));                                                  \
        FOUR_ROUNDS(sy, _mm_add_epi32(vy[i], k));                                                  \
    } while (0)
#define NEXT(i)                                                                                    \
    do {                                                                                           \
        NEXT_WORDS(vx[i], vx[((i) + 1) % 4], vx[((i) + 2) % 4], vx[((i) + 3) % 4]);                \
        NEXT_WORDS(vy[i], vy[((i) + 1) % 4], vy[((i) + 2) % 4], vy[((i) + 3) % 4]);                \
    } while (0)
    for (unsigned t = 0; t < 48; t += 16) {
        BOTH(0, t);
        NEXT(0);
        BOTH(1, t);
        NEXT(1);
        BOTH(2, t);
        NEXT(2);
        BOTH(3, t);
        NEXT(3);
    }
    BOTH(0, 48);
    BOTH(1, 48);
    BOTH(2, 48);
    BOTH(3, 48);
#undef BOTH
#undef NEXT
    *x = (struct state){_mm_add_epi32(sx.abef, x->abef), _mm_add_epi32(sx.cdgh, x->cdgh)};
    *y = (struct state){_mm_add_epi32(sy.abef, y->abef), _mm_add_epi32(sy.cdgh, y->cdgh)};
}

/* The padding block of a 64-byte message. */
TARGET static inline void compress_pad(struct state *x, struct state *y)
{
    struct state sx = *x, sy = *y;
    for (unsigned t = 0; t < 64; t += 4) {
        __m128i kw = _mm_loadu_si128((const __m128i *)(sha256_paths_k_pad + t));
        FOUR_ROUNDS(sx, kw);
        FOUR_ROUNDS(sy, kw);
    }
    *x = (struct state){_mm_add_epi32(sx.abef, x->abef), _mm_add_epi32(sx.cdgh, x->cdgh)};
    *y = (struct state){_mm_add_epi32(sy.abef, y->abef), _mm_add_epi32(sy.cdgh, y->cdgh)};
}

/* An odd last message is hashed twice. */
TARGET void sha256_ni_pairs(struct hash32 *ret, const struct hash32 *in, size_t n)
{
    for (size_t i = 0; i < n; i += 2) {
        size_t j = i + 1 < n ? i + 1 : i;
        struct state x = initial(), y = initial();
        compress(&x, &y, in[2 * i].b, in[2 * j].b);
        compress_pad(&x, &y);
        store(&ret[i], x);
        store(&ret[j], y);
    }
}

TARGET void sha256_ni_leaves(struct hash32 *ret, const uint8_t *records, size_t stride, size_t n)
{
    uint8_t padded[2][BLOCK] = {{0}};
    for (size_t j = 0; j < 2; j++) {
        padded[j][48] = 0x80;
        padded[j][62] = 48 * 8 >> 8;
        padded[j][63] = 48 * 8 & 0xff;
    }
    for (size_t i = 0; i < n; i += 2) {
        size_t j = i + 1 < n ? i + 1 : i;
        struct state x = initial(), y = initial();
        memcpy(padded[0], records + i * stride, 48);
        memcpy(padded[1], records + j * stride, 48);
        compress(&x, &y, padded[0], padded[1]);
        store(&ret[i], x);
        store(&ret[j], y);
    }
    explicit_bzero(padded, sizeof padded); /* targets and salts */
}
#else
typedef int sha256_ni_is_for_x86_64;
#endif
