/* Base 58 by AVX2: in about 0.4 of libgmp's time for values of the length of a proof. Only common/multibase.c uses
 * it, where the CPU can. */
#ifndef COMMON_BASE58_X4_H
#define COMMON_BASE58_X4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BASE58_X4_MAX 2940 /* bytes; libgmp's method grows more slowly, and longer values are rare */

/** True if this CPU can run base58_x4(). */
bool base58_x4_can(void);

/** Write the number that the bytes are in the alphabet of Bitcoin.
 *
 *  Shapes:  text   len * 138 / 100 + 2 bytes; no NUL is written
 *           bytes  big-endian; the first is not 0
 *           len    1 to BASE58_X4_MAX
 *  Returns: how many characters.
 */
size_t base58_x4(char *text, const uint8_t *bytes, size_t len);

#endif
