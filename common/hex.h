/* Hexadecimal text. Hashes of ours are lower case without 0x; values of the chain carry 0x. */
#ifndef COMMON_HEX_H
#define COMMON_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Write len bytes as 2 × len lower-case digits and a NUL.
 *  Shapes:  text  2 × len + 1 bytes, owned by the caller. */
void hex_encode(char *text, const uint8_t *bytes, size_t len);

/** Read exactly 2 × len digits.
 *
 *  In:      text, text_len  the digits, no prefix, NUL not needed
 *           upper           whether A-F are accepted too (our own interfaces refuse them)
 *  Returns: false if the length or a digit is wrong (bytes is then undefined).
 */
bool hex_decode(uint8_t *bytes, size_t len, const char *text, size_t text_len, bool upper)
    __attribute__((warn_unused_result));

#endif
