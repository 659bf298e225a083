/* UTF-8, strictly: see utf8.h. */
#include "common/utf8.h"

#include <string.h>

#define ASCII_8 UINT64_C(0x8080808080808080) /* no bit of it is set in eight ASCII characters */

/* Lowest and highest second byte after each lead byte 0xC2 … 0xF4 (Unicode, table 3-7). */
static void second_byte_range(uint8_t lead, uint8_t *low, uint8_t *high)
{
    *low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    *high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
}

size_t utf8_decode(struct slice text, uint32_t *ret_point)
{
    if (text.len == 0)
        return 0;
    uint8_t lead = text.data[0];
    if (lead < 0x80) {
        *ret_point = lead;
        return 1;
    }
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    size_t len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint8_t low, high;
    second_byte_range(lead, &low, &high);
    if (text.len < len || text.data[1] < low || text.data[1] > high)
        return 0;
    uint32_t point = lead & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((text.data[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (text.data[i] & 0x3fu);
    }
    *ret_point = point;
    return len;
}

size_t utf8_encode(uint8_t bytes[static 4], uint32_t point)
{
    static const uint8_t LEAD[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, point >>= 6)
        bytes[i] = (uint8_t)(0x80 | (point & 0x3f));
    bytes[0] = (uint8_t)(LEAD[len] | point);
    return len;
}

size_t utf8_check(struct slice text)
{
    size_t at = 0;
    while (at < text.len) {
        uint64_t eight;
        if (text.len - at >= sizeof eight) {
            memcpy(&eight, text.data + at, sizeof eight);
            if ((eight & ASCII_8) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        uint32_t point;
        size_t len = utf8_decode((struct slice){text.data + at, text.len - at}, &point);
        if (len == 0)
            return at;
        at += len;
    }
    return at;
}
