/* base58btc and base64url: see multibase.h. */
#include "common/multibase.h"

#include <assert.h>
#include <gmp.h>
#include <string.h>

#include "common/base58_x4.h"

static const char BASE58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#define MAX_LIMBS (MULTIBASE_MAX_BASE58 / sizeof(mp_limb_t) + 3)
#define MAX_DIGITS (MULTIBASE_BASE58_ROOM(MULTIBASE_MAX_BASE58) + 16) /* of MAX_LIMBS, and one as libgmp asks */

/* The bytes as a number, the least significant limb first. Returns: how many limbs. */
static size_t to_limbs(mp_limb_t *limbs, const uint8_t *bytes, size_t len)
{
    size_t n = 0;
    for (size_t end = len; end > 0; n++) {
        size_t from = end > sizeof *limbs ? end - sizeof *limbs : 0;
        limbs[n] = 0;
        for (size_t i = from; i < end; i++)
            limbs[n] = limbs[n] << 8 | bytes[i];
        end = from;
    }
    return n;
}

/* The text of a number whose first byte is not 0. Returns: its length. */
static size_t write_number(char *text, const uint8_t *bytes, size_t len)
{
    if (len <= BASE58_X4_MAX && base58_x4_can())
        return base58_x4(text, bytes, len);
    unsigned char digits[MAX_DIGITS];
    mp_limb_t limbs[MAX_LIMBS]; /* libgmp spoils the number, and its digits may begin with zeros */
    size_t n = mpn_get_str(digits, 58, limbs, (mp_size_t)to_limbs(limbs, bytes, len)), skip = 0;
    while (digits[skip] == 0)
        skip++;
    for (size_t i = skip; i < n; i++)
        text[i - skip] = BASE58[digits[i]];
    return n - skip;
}

size_t multibase_base58(char *text, const uint8_t *bytes, size_t len)
{
    assert(len <= MULTIBASE_MAX_BASE58);
    char *out = text;
    *out++ = 'z';
    for (; len > 0 && *bytes == 0; bytes++, len--) /* a leading zero byte is a 1 */
        *out++ = BASE58[0];
    if (len > 0)
        out += write_number(out, bytes, len);
    *out = '\0';
    return (size_t)(out - text);
}

static int digit_of(const char *alphabet, char c)
{
    const char *at = c != '\0' ? strchr(alphabet, c) : NULL;
    return at != NULL ? (int)(at - alphabet) : -1;
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
    mp_limb_t limbs[MAX_LIMBS];
    unsigned char digits[MAX_DIGITS];
    size_t zeros = 0, n = 0;
    while (zeros < len && text[zeros] == BASE58[0])
        zeros++;
    for (size_t at = zeros; at < len; at++) {
        int digit = digit_of(BASE58, text[at]);
        if (digit < 0)
            return bad_digit(e, at + 1);
        digits[at - zeros] = (unsigned char)digit;
    }
    if (len > zeros)
        n = (size_t)mpn_set_str(limbs, digits, len - zeros, 58);
    memset(bytes, 0, zeros);
    size_t out = zeros;
    for (size_t i = sizeof *limbs * n; i > 0; i--) {
        uint8_t byte = (uint8_t)(limbs[(i - 1) / sizeof *limbs] >> (8 * ((i - 1) % sizeof *limbs)));
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
