/* Inflating with a bound, for everything compressed that a stranger hands in. */
#ifndef VERIFIER_WRAP_UNPACK_H
#define VERIFIER_WRAP_UNPACK_H

#include <stddef.h>

#include "common/bytes.h"
#include "common/text.h"

enum unpack_answer {
    UNPACK_DONE,
    UNPACK_TOO_LONG, /* more than max bytes, or than memory holds */
    UNPACK_DAMAGED,  /* not one whole stream, or something behind it */
};

/** Append what a zlib stream (RFC 1950) holds; on failure nothing or a part of it was appended. */
enum unpack_answer unpack_zlib(struct text *out, struct slice packed, size_t max);

/** The same for a raw deflate stream (RFC 1951). */
enum unpack_answer unpack_deflate(struct text *out, struct slice packed, size_t max);

#endif
