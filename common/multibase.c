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
#define MAX_CHUNKS (MULTIBASE_MAX_BASE58 * 8 / 58 + 2)

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

static uint64_t load_be(const uint8_t *bytes, size_t len)
{
    uint64_t v = 0;
    for (size_t i = 0; i < len; i++)
        v = v << 8 | bytes[i];
    return v;
}

static size_t to_chunks(uint64_t *chunks, const uint8_t *bytes, size_t len)
{
    size_t at = len % 8, n = push(chunks, 0, load_be(bytes, at));
    if ((len - at) % 16 != 0) {
        n = append_one(chunks, n, load_be(bytes + at, 8));
        at += 8;
    }
    for (; at < len; at += 16)
        n = append_two(chunks, n, load_be(bytes + at, 8), load_be(bytes + at + 8, 8));
    return n;
}

static char *put_chunk(char *out, uint64_t chunk, bool first)
{
    char digits[CHUNK_DIGITS];
    size_t from = CHUNK_DIGITS;
    for (; from > 0 && (!first || chunk > 0); chunk /= 58)
        digits[--from] = BASE58[chunk % 58];
    memcpy(out, digits + from, CHUNK_DIGITS - from);
    return out + CHUNK_DIGITS - from;
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
