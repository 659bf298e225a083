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
#define MAX_CHUNKS (MULTIBASE_MAX_BASE58 * 8 / 58 + 1 + POWER_CHUNKS)

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

/* A longer number is taken in blocks: number = number × 2^(64 × BLOCK) + block. The block is converted by
 * itself, and the product in base CHUNK needs no division in its inner loop, whose length is a constant. */
#define BLOCK 12 /* limbs */
#define POWER_CHUNKS 14

static const uint64_t POWER[POWER_CHUNKS] = { /* 2^(64 × BLOCK) in base CHUNK */
    UINT64_C(409430380193178624), UINT64_C(178381233586348207), UINT64_C(99515964111635645), UINT64_C(81326567734914559),
    UINT64_C(104321231803713669), UINT64_C(289361684405191279), UINT64_C(429868301097613887), UINT64_C(126297088920988324),
    UINT64_C(389850456311126910), UINT64_C(185537246978725005), UINT64_C(369351891369682878), UINT64_C(365570348971715086),
    UINT64_C(79942620168224141), UINT64_C(88),
};
/* A column of the product, with its block and its carry, stays below CHUNK × 2^64: one division is enough. */
_Static_assert(POWER_CHUNKS + 2 < UINT64_MAX / CHUNK, "a column fits");

/* chunks = chunks × POWER + block; chunks has room for POWER_CHUNKS more. Returns: how many it has then. */
static size_t append_block(uint64_t *chunks, size_t n, const uint64_t block[POWER_CHUNKS])
{
    uint64_t wide[POWER_CHUNKS - 1 + MAX_CHUNKS + POWER_CHUNKS]; /* chunks with zeros on both sides */
    uint64_t carry = 0;
    size_t columns = n + POWER_CHUNKS;
    memset(wide, 0, (POWER_CHUNKS - 1) * sizeof *wide);
    memcpy(wide + POWER_CHUNKS - 1, chunks, n * sizeof *chunks);
    memset(wide + POWER_CHUNKS - 1 + n, 0, POWER_CHUNKS * sizeof *wide);
    for (size_t at = 0; at < columns; at++) {
        u128 column = at < POWER_CHUNKS ? block[at] : 0;
        for (size_t i = 0; i < POWER_CHUNKS; i++)
            column += (u128)POWER[i] * wide[POWER_CHUNKS - 1 + at - i];
        column += carry;
        carry = (uint64_t)column;
        chunks[at] = divide((uint64_t)(column >> 64), &carry);
    }
    assert(carry == 0);
    while (columns > 0 && chunks[columns - 1] == 0)
        columns--;
    return columns;
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
    size_t at = n % BLOCK, n_chunks = convert_short(chunks, limbs, at);
    for (; at < n; at += BLOCK) {
        uint64_t block[POWER_CHUNKS] = {0};
        (void)convert_short(block, limbs + at, BLOCK);
        n_chunks = append_block(chunks, n_chunks, block);
    }
    return n_chunks;
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
