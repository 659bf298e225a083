/* Hexadecimal text: see hex.h. */
#include "common/hex.h"

void hex_encode(char *text, const uint8_t *bytes, size_t len)
{
    static const char DIGITS[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = DIGITS[bytes[i] >> 4];
        text[2 * i + 1] = DIGITS[bytes[i] & 15];
    }
    text[2 * len] = '\0';
}

/* Value of a digit plus one; 0 is no digit, bit 7 marks upper case. One table keeps bulk decoding fast. */
#define UPPER 0x80
static const uint8_t DIGIT[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = UPPER | 11, ['B'] = UPPER | 12, ['C'] = UPPER | 13,
    ['D'] = UPPER | 14, ['E'] = UPPER | 15, ['F'] = UPPER | 16,
};

bool hex_decode(uint8_t *bytes, size_t len, const char *text, size_t text_len, bool upper)
{
    if (text_len != 2 * len)
        return false;
    uint8_t seen = 0;
    bool bad = false;
    for (size_t i = 0; i < len; i++) {
        uint8_t hi = DIGIT[(uint8_t)text[2 * i]], lo = DIGIT[(uint8_t)text[2 * i + 1]];
        bad |= hi == 0 || lo == 0;
        seen |= hi | lo;
        bytes[i] = (uint8_t)((((hi & 31) - 1) & 15) << 4 | (((lo & 31) - 1) & 15));
    }
    return !bad && (upper || (seen & UPPER) == 0);
}
