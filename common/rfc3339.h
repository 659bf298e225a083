/* Times as text (RFC 3339), without a clock, a locale or a time zone database. */
#ifndef COMMON_RFC3339_H
#define COMMON_RFC3339_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RFC3339_LEN 20                    /* "2026-11-22T07:00:00Z" */
#define RFC3339_MAX UINT64_C(253402300799) /* the last second of year 9999 */

/** Write Unix seconds as UTC with a NUL. Returns: false (text untouched) above RFC3339_MAX. */
bool rfc3339_write(char text[RFC3339_LEN + 1], uint64_t seconds) __attribute__((warn_unused_result));

/** Read any RFC 3339 time: T and Z in either case, fraction cut off, offset applied, a leap second
 *  counted as the second after it.
 *  Returns: false if it is not one, or lies before 1970. */
bool rfc3339_read(uint64_t *ret_seconds, const char *text, size_t len)
    __attribute__((warn_unused_result));

#endif
