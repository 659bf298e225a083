/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

/** Read one code point.
 *  Returns: its length in bytes, 1 to 4; 0 if text is empty or does not begin with a code point
 *           (ret_point is then untouched). */
size_t utf8_decode(struct slice text, uint32_t *ret_point);

/** Write one code point, which must be a scalar value. Returns: its length in bytes, 1 to 4. */
size_t utf8_encode(uint8_t bytes[static 4], uint32_t point);

/** Returns: how many bytes at the beginning of text are well formed; text.len if all are. */
size_t utf8_check(struct slice text);

#endif
