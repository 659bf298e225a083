/* Hexadecimal text: see hex.h. */
#include "common/hex.h"

#include <endian.h>
#include <string.h>

/* The digits of four bytes at once: a nibble a byte, the first digit in the least significant one. */
static uint64_t digits_of(const uint8_t bytes[4])
{
    uint64_t v = (uint64_t)bytes[0] | (uint64_t)bytes[1] << 16 | (uint64_t)bytes[2] << 32 | (uint64_t)bytes[3] << 48;
    v = (v >> 4 & 0x000f000f000f000f) | (v & 0x000f000f000f000f) << 8;
    uint64_t letters = (v + 0x0606060606060606) >> 4 & 0x0101010101010101; /* 1 from 10 on */
    return v + 0x3030303030303030 + letters * ('a' - '0' - 10);
}

void hex_encode(char *text, const uint8_t *bytes, size_t len)
{
    static const char DIGITS[] = "0123456789abcdef";
    size_t i = 0;
    for (; i + 4 <= len; i += 4) {
        uint64_t eight = htole64(digits_of(bytes + i));
        memcpy(text + 2 * i, &eight, sizeof eight);
    }
    for (; i < len; i++) {
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
