/* base58btc and base64url: see multibase.h. */
#include "common/multibase.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>


static const char BASE58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The number is held in chunks of ten base-58 digits, the least significant first. */
#define CHUNK_DIGITS 10
#define CHUNK UINT64_C(430804206899405824) /* 58^10, of 59 bits */
#define MAX_CHUNKS (MULTIBASE_MAX_BASE58 * 8 / 58 + 8)

typedef unsigned __int128 u128;

/* high × 2^64 + low divided by CHUNK, high < CHUNK: the quotient replaces *low, the remainder is
 * returned. By multiplication with a reciprocal (Möller and Granlund, "Improved division by
 * invariant integers", 2011, algorithm 4), because a 128-bit division is several times slower and
 * this is what a proof costs to write. */
static inline uint64_t divide(uint64_t high, uint64_t *low)
{
    enum { SHIFT = 5 }; /* to bring the divisor's top bit to bit 63 */
    const uint64_t divisor = CHUNK << SHIFT;
    const uint64_t reciprocal = (uint64_t)(~(u128)0 / divisor - ((u128)1 << 64)); /* a constant */
    uint64_t u1 = high << SHIFT | *low >> (64 - SHIFT), u0 = *low << SHIFT;
    u128 q = (u128)reciprocal * u1 + ((u128)u1 << 64 | u0);
    uint64_t q1 = (uint64_t)(q >> 64) + 1, rest = u0 - q1 * divisor;
    uint64_t over = -(uint64_t)(rest > (uint64_t)q); /* all ones: one too many */
    q1 += over;
    rest += over & divisor;
    if (__builtin_expect(rest >= divisor, 0)) {
        q1++;
        rest -= divisor;
    }
    *low = q1;
    return rest >> SHIFT;
}

static size_t push(uint64_t *chunks, size_t n, uint64_t carry)
{
    for (; carry > 0; carry /= CHUNK)
        chunks[n++] = carry % CHUNK;
    return n;
}

/* number = (number × 2^64 + a) × 2^64 + b, in one pass: the second multiplication follows one chunk
 * behind the first, so that the processor works on both at once. */
static size_t append_two(uint64_t *chunks, size_t n, uint64_t a, uint64_t b)
{
    uint64_t behind = 0;
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        uint64_t now = divide(chunks[i], &a);
        if (any)
            chunks[i - 1] = divide(behind, &b);
        behind = now;
        any = true;
    }
    uint64_t top[2];
    size_t n_top = push(top, 0, a);
    if (any)
        chunks[n - 1] = divide(behind, &b);
    for (size_t i = 0; i < n_top; i++)
        chunks[n++] = divide(top[i], &b);
    return push(chunks, n, b);
}

static size_t append_one(uint64_t *chunks, size_t n, uint64_t a)
{
    for (size_t i = 0; i < n; i++)
        chunks[i] = divide(chunks[i], &a);
    return push(chunks, n, a);
}

/* Digit by digit, two at a time: quadratic with a large constant, best for short numbers. */
static size_t convert_short(uint64_t *chunks, const uint64_t *limbs, size_t n_limbs)
{
    size_t n = 0, at = n_limbs % 2;
    if (at != 0)
        n = append_one(chunks, n, limbs[0]);
    for (; at < n_limbs; at += 2)
        n = append_two(chunks, n, limbs[at], limbs[at + 1]);
    return n;
}

/* A longer number is high × 2^(64m) + low: both halves are converted by themselves and joined by one
 * multiplication in base CHUNK, which needs no division in its inner loop. Twice as fast at 1 KiB, the
 * size of a usual proof. */
#define SHORT 12       /* limbs that are converted digit by digit */
#define MAX_LONG 1024  /* limbs; beyond it a column of the product would not fit into 128 bits */
#define MAX_LEVELS 7   /* SHORT << MAX_LEVELS is at least MAX_LONG */
#define ROOM(limbs) ((limbs) * 11 / 10 + 3) /* chunks for so many limbs: 64 / log2(CHUNK) = 1.093 */

struct powers {
    uint64_t *chunks[MAX_LEVELS]; /* 2^(64 × (SHORT << level)) in base CHUNK */
    size_t n[MAX_LEVELS];
};

/* One column into a chunk and what is carried on. */
static inline u128 carry_over(u128 column, uint64_t *ret_chunk)
{
    uint64_t high = (uint64_t)(column >> 64), low = (uint64_t)column;
    *ret_chunk = divide(high % CHUNK, &low);
    return (u128)(high / CHUNK) << 64 | low;
}

/* out += a × b; out has n chunks. Returns: how many it has then. */
static size_t multiply(uint64_t *out, size_t n, const uint64_t *a, size_t n_a, const uint64_t *b,
                       size_t n_b)
{
    u128 carry = 0;
    size_t columns = n_a + n_b > n ? n_a + n_b : n;
    for (size_t at = 0; at < columns || carry > 0; at++) {
        u128 column = carry + (at < n ? out[at] : 0);
        size_t from = at < n_b ? 0 : at - n_b + 1, to = at < n_a ? at + 1 : n_a;
        for (size_t i = from; i < to; i++)
            column += (u128)a[i] * b[at - i];
        carry = carry_over(column, &out[at]);
        columns = at + 1 > columns ? at + 1 : columns;
    }
    while (columns > 0 && out[columns - 1] == 0)
        columns--;
    return columns;
}

static size_t convert_long(uint64_t *chunks, const uint64_t *limbs, size_t n_limbs,
                           const struct powers *powers, uint64_t *scratch)
{
    size_t level = 0;
    if (n_limbs <= SHORT)
        return convert_short(chunks, limbs, n_limbs);
    while ((size_t)SHORT << (level + 1) < n_limbs)
        level++;
    size_t n_high = n_limbs - ((size_t)SHORT << level);
    uint64_t *high = scratch;
    size_t n_chunks = convert_long(high, limbs, n_high, powers, scratch + ROOM(n_high));
    size_t n = convert_long(chunks, limbs + n_high, n_limbs - n_high, powers, scratch + ROOM(n_high));
    return multiply(chunks, n, high, n_chunks, powers->chunks[level], powers->n[level]);
}

/* The powers that a number of n limbs needs, each the square of the one before. */
static void find_powers(struct powers *ret, uint64_t *memory, size_t n_limbs)
{
    static const uint64_t FIRST[SHORT + 1] = {1};
    for (size_t level = 0; (size_t)SHORT << level < n_limbs; level++) {
        ret->chunks[level] = memory;
        memory += ROOM(SHORT << level) + 1;
        if (level == 0)
            ret->n[0] = convert_short(ret->chunks[0], FIRST, SHORT + 1);
        else
            ret->n[level] = multiply(ret->chunks[level], 0, ret->chunks[level - 1], ret->n[level - 1],
                                     ret->chunks[level - 1], ret->n[level - 1]);
    }
}

static uint64_t load_be(const uint8_t *bytes, size_t len)
{
    uint64_t v = 0;
    for (size_t i = 0; i < len; i++)
        v = v << 8 | bytes[i];
    return v;
}

static size_t to_chunks(uint64_t *chunks, const uint8_t *bytes, size_t len)
{
    uint64_t limbs[MULTIBASE_MAX_BASE58 / 8 + 1];
    size_t n = 0, first = len % 8;
    if (first > 0)
        limbs[n++] = load_be(bytes, first);
    for (size_t at = first; at < len; at += 8)
        limbs[n++] = load_be(bytes + at, 8);
    if (n <= SHORT || n > MAX_LONG)
        return convert_short(chunks, limbs, n);
    struct powers powers;
    uint64_t memory[2 * ROOM(MAX_LONG) + 8 * MAX_LEVELS], scratch[2 * ROOM(MAX_LONG) + 8 * MAX_LEVELS];
    find_powers(&powers, memory, n);
    return convert_long(chunks, limbs, n, &powers, scratch);
}

/* Ten digits in two chains of five, of 32 bits each, that the processor runs side by side. */
static void chunk_digits(char digits[CHUNK_DIGITS], uint64_t chunk)
{
    enum { HALF = 656356768 }; /* 58^5 */
    uint32_t high = (uint32_t)(chunk / HALF), low = (uint32_t)(chunk % HALF);
    for (size_t i = CHUNK_DIGITS / 2; i > 0; i--, high /= 58, low /= 58) {
        digits[i - 1] = BASE58[high % 58];
        digits[i - 1 + CHUNK_DIGITS / 2] = BASE58[low % 58];
    }
}

static char *put_chunk(char *out, uint64_t chunk, bool first)
{
    char digits[CHUNK_DIGITS];
    size_t skip = 0;
    chunk_digits(digits, chunk);
    while (first && skip < CHUNK_DIGITS && digits[skip] == BASE58[0])
        skip++; /* the first chunk is not zero: its zeros stand in front */
    memcpy(out, digits + skip, CHUNK_DIGITS - skip);
    return out + CHUNK_DIGITS - skip;
}

size_t multibase_base58(char *text, const uint8_t *bytes, size_t len)
{
    assert(len <= MULTIBASE_MAX_BASE58);
    char *out = text;
    *out++ = 'z';
    for (; len > 0 && *bytes == 0; bytes++, len--) /* a leading zero byte is a 1 */
        *out++ = BASE58[0];
    uint64_t chunks[MAX_CHUNKS];
    size_t n = to_chunks(chunks, bytes, len);
    for (size_t i = n; i > 0; i--)
        out = put_chunk(out, chunks[i - 1], i == n);
    *out = '\0';
    return (size_t)(out - text);
}

static int digit_of(const char *alphabet, char c)
{
    const char *at = c != '\0' ? strchr(alphabet, c) : NULL;
    return at != NULL ? (int)(at - alphabet) : -1;
}

/* limbs = limbs × factor + more, 64-bit limbs, the least significant first. */
static size_t multiply_add(uint64_t *limbs, size_t n, uint64_t factor, uint64_t more)
{
    uint64_t carry = more;
    for (size_t i = 0; i < n; i++) {
        u128 v = (u128)limbs[i] * factor + carry;
        limbs[i] = (uint64_t)v;
        carry = (uint64_t)(v >> 64);
    }
    if (carry > 0)
        limbs[n++] = carry;
    return n;
}

static enum err_code bad_digit(struct err *e, size_t at)
{
    return err_set(e, ERR_PARSE, "character %zu does not belong there", at);
}

static enum err_code decode_base58(uint8_t *bytes, size_t *ret_len, const char *text, size_t len,
                                   struct err *e)
{
    if (len > MULTIBASE_BASE58_ROOM(MULTIBASE_MAX_BASE58) - 2)
        return err_set(e, ERR_LIMIT, "base58btc longer than %u bytes", MULTIBASE_MAX_BASE58);
    uint64_t limbs[MULTIBASE_MAX_BASE58 / 8 + 2];
    size_t n = 0, zeros = 0;
    while (zeros < len && text[zeros] == BASE58[0])
        zeros++;
    for (size_t at = zeros; at < len;) {
        uint64_t factor = 1, chunk = 0;
        for (; at < len && factor < CHUNK; factor *= 58) {
            int digit = digit_of(BASE58, text[at++]);
            if (digit < 0)
                return bad_digit(e, at);
            chunk = chunk * 58 + (uint64_t)digit;
        }
        n = multiply_add(limbs, n, factor, chunk);
    }
    memset(bytes, 0, zeros);
    size_t out = zeros;
    for (size_t i = 8 * n; i > 0; i--) {
        uint8_t byte = (uint8_t)(limbs[(i - 1) / 8] >> (8 * ((i - 1) % 8)));
        if (byte != 0 || out > zeros)
            bytes[out++] = byte;
    }
    *ret_len = out;
    return ERR_OK;
}

enum err_code multibase_base64url(uint8_t *bytes, size_t *ret_len, const char *text, size_t len,
                                  struct err *e)
{
    uint32_t bits = 0;
    size_t n_bits = 0, out = 0;
    for (size_t i = 0; i < len; i++) {
        int digit = digit_of(BASE64URL, text[i]);
        if (digit < 0)
            return bad_digit(e, i + 1);
        bits = bits << 6 | (uint32_t)digit;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            bytes[out++] = (uint8_t)(bits >> n_bits);
            bits &= (1u << n_bits) - 1;
        }
    }
    if (n_bits >= 6 || bits != 0)
        return err_set(e, ERR_PARSE, "base64url ends in the middle of a byte");
    *ret_len = out;
    return ERR_OK;
}

enum err_code multibase_decode(uint8_t *bytes, size_t *ret_len, const char *text, size_t len,
                               struct err *e)
{
    if (len > 0 && text[0] == 'z')
        return decode_base58(bytes, ret_len, text + 1, len - 1, e);
    if (len > 0 && text[0] == 'u')
        return multibase_base64url(bytes, ret_len, text + 1, len - 1, e);
    return err_set(e, ERR_UNSUPPORTED, "not multibase of a kind we read (z or u)");
}
