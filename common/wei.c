/* Amounts of the chain: see wei.h. */
#include "common/wei.h"

#include <string.h>

#include "common/hex.h"

static const struct {
    const char *name;
    unsigned decimals; /* 10^decimals wei */
} UNITS[] = {
    {"ether", 18},
    {"gwei", 9},
    {"wei", 0},
};
#define N_UNITS (sizeof UNITS / sizeof *UNITS)

wei wei_add(wei a, wei b)
{
    return a > WEI_MAX - b ? WEI_MAX : a + b;
}

wei wei_mul(wei a, wei b)
{
    return b != 0 && a > WEI_MAX / b ? WEI_MAX : a * b;
}

/* Append a digit. Returns: false on overflow. */
static bool push_digit(wei *v, unsigned digit)
{
    if (*v > (WEI_MAX - digit) / 10)
        return false;
    *v = *v * 10 + digit;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

enum err_code wei_parse(wei *ret, const char *text, struct err *e)
{
    static const char OVERFLOW[] = "amount is more than 128 bits of wei";
    wei v = 0;
    unsigned fraction = 0; /* digits behind the point */
    const char *p = text;
    for (; is_digit(*p); p++)
        if (!push_digit(&v, (unsigned)(*p - '0')))
            return err_set(e, ERR_LIMIT, OVERFLOW);
    if (p != text && *p == '.' && is_digit(p[1]))
        for (p++; is_digit(*p); p++, fraction++)
            if (!push_digit(&v, (unsigned)(*p - '0')))
                return err_set(e, ERR_LIMIT, OVERFLOW);
    unsigned unit = 0;
    while (unit < N_UNITS && strcmp(p, UNITS[unit].name) != 0)
        unit++;
    if (p == text || unit == N_UNITS)
        return err_set(e, ERR_PARSE, "amount must be a number and wei, gwei or ether, as in 0.1gwei");
    if (fraction > UNITS[unit].decimals)
        return err_set(e, ERR_INVALID, "amount holds a fraction of a wei");
    for (unsigned i = fraction; i < UNITS[unit].decimals; i++)
        if (!push_digit(&v, 0))
            return err_set(e, ERR_LIMIT, OVERFLOW);
    *ret = v;
    return ERR_OK;
}

/* The largest unit of which the amount has at least a thousandth. */
static unsigned unit_for(wei amount)
{
    if (amount >= WEI_PER_ETHER / 1000)
        return 0;
    return amount >= WEI_PER_GWEI / 1000 ? 1 : 2;
}

void wei_format(char text[static WEI_TEXT_LEN], wei amount)
{
    unsigned unit = unit_for(amount), decimals = UNITS[unit].decimals;
    for (; decimals > 0 && amount % 10 == 0; decimals--)
        amount /= 10;
    char reversed[WEI_TEXT_LEN];
    size_t n = 0;
    for (unsigned i = 0; amount > 0 || i <= decimals; i++, amount /= 10) {
        if (i == decimals && decimals > 0)
            reversed[n++] = '.';
        reversed[n++] = (char)('0' + (unsigned)(amount % 10));
    }
    for (size_t i = 0; i < n; i++)
        text[i] = reversed[n - 1 - i];
    memcpy(text + n, UNITS[unit].name, strlen(UNITS[unit].name) + 1);
}

bool wei_quantity_bytes(uint8_t ret[static 32], const char *text, size_t len)
{
    char digits[64];
    if (len < 3 || len > 2 + sizeof digits || text[0] != '0' || text[1] != 'x')
        return false;
    if (text[2] == '0' && len > 3)
        return false;
    memset(digits, '0', sizeof digits);
    memcpy(digits + sizeof digits - (len - 2), text + 2, len - 2);
    uint8_t bytes[32];
    if (!hex_decode(bytes, sizeof bytes, digits, sizeof digits, true))
        return false;
    memcpy(ret, bytes, sizeof bytes);
    return true;
}

bool wei_quantity(wei *ret, const char *text, size_t len)
{
    uint8_t bytes[32];
    if (!wei_quantity_bytes(bytes, text, len))
        return false;
    *ret = wei_from_bytes(bytes);
    return true;
}

bool wei_quantity_u64(uint64_t *ret, const char *text, size_t len)
{
    wei v;
    if (!wei_quantity(&v, text, len) || v > UINT64_MAX)
        return false;
    *ret = (uint64_t)v;
    return true;
}

void wei_to_quantity(char text[static WEI_QUANTITY_LEN], wei amount)
{
    uint8_t bytes[32];
    char digits[65];
    wei_to_bytes(bytes, amount);
    hex_encode(digits, bytes, sizeof bytes);
    size_t first = 0;
    while (first < 63 && digits[first] == '0')
        first++;
    memcpy(text, "0x", 2);
    memcpy(text + 2, digits + first, sizeof digits - first);
}

wei wei_from_bytes(const uint8_t bytes[static 32])
{
    wei v = 0;
    for (size_t i = 0; i < 16; i++)
        if (bytes[i] != 0)
            return WEI_MAX;
    for (size_t i = 16; i < 32; i++)
        v = v << 8 | bytes[i];
    return v;
}

void wei_to_bytes(uint8_t ret[static 32], wei amount)
{
    for (size_t i = 32; i-- > 0; amount >>= 8)
        ret[i] = (uint8_t)amount;
}
