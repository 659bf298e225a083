/* The bits of a status list: base64url of gzip, as StatusList2021 and Bitstring Status List publish them.
 * Pure. Source: W3C Bitstring Status List v1.0 (expand algorithm), StatusList2021. */
#ifndef VERIFIER_STATUS_BITLIST_H
#define VERIFIER_STATUS_BITLIST_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/err.h"
#include "common/text.h"

#define BITLIST_MIN_BITS 131072 /* both specifications ask for this many, so that nobody stands alone */

struct bitlist {
    struct text bytes; /* owned */
};

/** Expand a list.
 *
 *  In:      encoded  base64url of gzip; the Multibase letter "u" in front and "=" at the end are optional
 *  Returns: ERR_OK; ERR_PARSE not base64url, not one whole gzip stream; ERR_LIMIT longer than
 *           LIMITS_STATUS_BITS_BYTES when inflated; ERR_INVALID shorter than BITLIST_MIN_BITS; ERR_NOMEM.
 *  Owner:   the caller, bitlist_close(). Untouched on error.
 */
enum err_code bitlist_open(struct bitlist *ret, struct slice encoded, struct err *e)
    __attribute__((warn_unused_result));
void bitlist_close(struct bitlist *list);

/** The value of an entry, the first bit of the list being the highest of its first byte.
 *  In:      bits  of one entry, 1 to 32
 *  Returns: false if the list ends before it. */
bool bitlist_get(const struct bitlist *list, uint64_t index, unsigned bits, uint32_t *ret);

#endif
