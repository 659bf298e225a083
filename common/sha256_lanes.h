/* SHA-256 of many short messages side by side, in GCC's vector code: the text of sha256_x4.c, sha256_x8.c and
 * sha256_x16.c, each of which defines before it includes this
 *   LANES            how many messages at once: 4, 8 or 16
 *   TARGET           function attributes that let the compiler use the CPU's instructions
 *   PAIRS, LEAVES    the names of the two functions
 * A vector holds the same word of LANES messages. Source: FIPS 180-4, 6.2.2. */
#include <string.h>

#include "common/sha256_paths.h"

typedef uint32_t vec __attribute__((vector_size(4 * LANES)));

#define BLOCK 64
#define ROWS (LANES < 8 ? 8 : LANES) /* of a state on its way out: a whole number of squares */

/* The butterflies of a LANES × LANES transposition: size, mask of the low and of the high row. */
#if LANES == 4
#define STAGES(X)                                                                                  \
    X(1, (0, 4, 2, 6), (1, 5, 3, 7))                                                               \
    X(2, (0, 1, 4, 5), (2, 3, 6, 7))
#elif LANES == 8
#define STAGES(X)                                                                                  \
    X(1, (0, 8, 2, 10, 4, 12, 6, 14), (1, 9, 3, 11, 5, 13, 7, 15))                                 \
    X(2, (0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15))                                 \
    X(4, (0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15))
#elif LANES == 16
#define STAGES(X)                                                                                  \
    X(1, (0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),                              \
      (1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))                                 \
    X(2, (0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),                               \
      (2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))                                \
    X(4, (0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),                               \
      (4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))                                \
    X(8, (0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),                                 \
      (8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
#endif

#define ROTATE(x, n) ((x) >> (n) | (x) << (32 - (n)))

/* Messages are big-endian. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HALF_SWAPPED(x) (((x) & 0xff00ff00) >> 8 | ((x) & 0x00ff00ff) << 8)
#define FROM_BIG(x) ROTATE(HALF_SWAPPED(x), 16)
#else
#define FROM_BIG(x) (x)
#endif

/* Rows become columns: log2(LANES) stages, each of which swaps squares of size d. */
TARGET static inline void transpose(vec row[LANES])
{
#define UNWRAP(...) __VA_ARGS__
#define STAGE(d, low, high)                                                                        \
    for (unsigned i = 0; i < LANES; i++) {                                                         \
        if ((i & (d)) != 0)                                                                        \
            continue;                                                                              \
        vec x = row[i], y = row[i + (d)];                                                          \
        row[i] = __builtin_shufflevector(x, y, UNWRAP low);                                        \
        row[i + (d)] = __builtin_shufflevector(x, y, UNWRAP high);                                 \
    }
    STAGES(STAGE)
#undef STAGE
#undef UNWRAP
}

/* Word t of LANES blocks into w[t]. */
TARGET static inline void load(vec w[16], const uint8_t *const block[LANES])
{
    for (unsigned square = 0; square < 16; square += LANES) {
        for (unsigned i = 0; i < LANES; i++)
            memcpy(&w[square + i], block[i] + 4 * square, sizeof w[0]);
        transpose(w + square);
    }
    for (unsigned t = 0; t < 16; t++)
        w[t] = FROM_BIG(w[t]);
}

TARGET static inline void store(struct hash32 *ret, size_t n, const vec state[8])
{
    vec row[ROWS];
    uint32_t out[LANES][ROWS];
    for (unsigned i = 0; i < ROWS; i++)
        row[i] = FROM_BIG(state[i % 8]);
    for (unsigned square = 0; square < ROWS; square += LANES) {
        transpose(row + square);
        for (unsigned i = 0; i < LANES; i++)
            memcpy(&out[i][square], &row[square + i], sizeof row[0]);
    }
    for (size_t i = 0; i < n; i++)
        memcpy(ret[i].b, out[i], sizeof ret[i].b);
}

#define ROUND(a, b, c, d, e, f, g, h, kw)                                                          \
    do {                                                                                           \
        vec t1 = h + (kw) + (ROTATE(e, 6) ^ ROTATE(e, 11) ^ ROTATE(e, 25)) + (g ^ (e & (f ^ g)));  \
        vec ab = a ^ b; /* the next round's b ^ c */                                               \
        vec t2 = (ROTATE(a, 2) ^ ROTATE(a, 13) ^ ROTATE(a, 22)) + (b ^ (ab & bc));                 \
        bc = ab;                                                                                   \
        d += t1;                                                                                   \
        h = t1 + t2;                                                                               \
    } while (0)

#define EIGHT_ROUNDS(KW, t)                                                                        \
    do {                                                                                           \
        ROUND(a, b, c, d, e, f, g, h, KW(t));                                                      \
        ROUND(h, a, b, c, d, e, f, g, KW((t) + 1));                                                \
        ROUND(g, h, a, b, c, d, e, f, KW((t) + 2));                                                \
        ROUND(f, g, h, a, b, c, d, e, KW((t) + 3));                                                \
        ROUND(e, f, g, h, a, b, c, d, KW((t) + 4));                                                \
        ROUND(d, e, f, g, h, a, b, c, KW((t) + 5));                                                \
        ROUND(c, d, e, f, g, h, a, b, KW((t) + 6));                                                \
        ROUND(b, c, d, e, f, g, h, a, KW((t) + 7));                                                \
    } while (0)

#define LOAD_STATE                                                                                 \
    vec a = state[0], b = state[1], c = state[2], d = state[3];                                    \
    vec e = state[4], f = state[5], g = state[6], h = state[7], bc = b ^ c
#define ADD_STATE                                                                                  \
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;                                    \
    state[4] += e, state[5] += f, state[6] += g, state[7] += h

/* Words t … t + 15 of the message schedule over words t - 16 … t - 1. */
TARGET static inline void schedule(vec w[16])
{
    for (unsigned t = 0; t < 16; t++) {
        vec x = w[(t + 1) % 16], y = w[(t + 14) % 16];
        w[t] += (ROTATE(x, 7) ^ ROTATE(x, 18) ^ x >> 3) + w[(t + 9) % 16] +
                (ROTATE(y, 17) ^ ROTATE(y, 19) ^ y >> 10);
    }
}

TARGET static void compress(vec state[8], vec w[16])
{
    LOAD_STATE;
    for (unsigned t = 0; t < 64; t += 16) {
        if (t > 0)
            schedule(w);
#define KW(i) (w[i] + sha256_paths_k[t + (i)])
        EIGHT_ROUNDS(KW, 0);
        EIGHT_ROUNDS(KW, 8);
#undef KW
    }
    ADD_STATE;
}

/* The padding block of a 64-byte message. */
TARGET static void compress_pad(vec state[8])
{
    const vec zero = {0};
    LOAD_STATE;
    for (unsigned t = 0; t < 64; t += 8) {
#define KW(i) (zero + sha256_paths_k_pad[t + (i)])
        EIGHT_ROUNDS(KW, 0);
#undef KW
    }
    ADD_STATE;
}

TARGET static inline void begin(vec state[8], vec w[16], const uint8_t *const block[LANES])
{
    const vec zero = {0};
    for (unsigned i = 0; i < 8; i++)
        state[i] = zero + sha256_paths_initial[i];
    load(w, block);
}

/* Lanes beyond the end hash the last message again. */
TARGET void PAIRS(struct hash32 *ret, const struct hash32 *in, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        const uint8_t *block[LANES];
        vec state[8], w[16];
        for (size_t j = 0; j < LANES; j++)
            block[j] = in[2 * (i + j < n ? i + j : n - 1)].b;
        begin(state, w, block);
        compress(state, w);
        compress_pad(state);
        store(ret + i, n - i < LANES ? n - i : LANES, state);
    }
}

/* 48 bytes and their padding are one block. */
TARGET void LEAVES(struct hash32 *ret, const uint8_t *records, size_t stride, size_t n)
{
    uint8_t padded[LANES][BLOCK] = {{0}};
    const uint8_t *block[LANES];
    for (size_t j = 0; j < LANES; j++) {
        block[j] = padded[j];
        padded[j][48] = 0x80;
        padded[j][62] = 48 * 8 >> 8;
        padded[j][63] = 48 * 8 & 0xff;
    }
    for (size_t i = 0; i < n; i += LANES) {
        vec state[8], w[16];
        for (size_t j = 0; j < LANES; j++)
            memcpy(padded[j], records + (i + j < n ? i + j : n - 1) * stride, 48);
        begin(state, w, block);
        compress(state, w);
        store(ret + i, n - i < LANES ? n - i : LANES, state);
    }
    explicit_bzero(padded, sizeof padded); /* targets and salts */
}
