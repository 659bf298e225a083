/* The part of CBOR (RFC 8949) that our proofs need: integers, byte strings, text strings, arrays and
 * maps of definite length. Reading and writing go through common/bytes and share its sticky error. */
#ifndef COMMON_CBOR_H
#define COMMON_CBOR_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

/* Major types, RFC 8949 section 3.1. */
enum cbor_type {
    CBOR_UINT = 0,
    CBOR_NEGATIVE = 1, /* -1 - value */
    CBOR_BYTES = 2,
    CBOR_TEXT = 3,
    CBOR_ARRAY = 4,
    CBOR_MAP = 5,
    CBOR_OTHER = 6, /* tags, floats, simple values: never read by us */
};

/** The head of an item in its shortest form: the integer itself, or the length of what follows. */
void cbor_put(struct bytes_writer *w, enum cbor_type type, uint64_t value);

/** The type of the next item, without reading it; CBOR_OTHER at the end. */
enum cbor_type cbor_peek(const struct bytes_reader *r);

/** Read the head of an item of this type. Another type, an indefinite length and a form that is not
 *  the shortest set failed and answer 0. */
uint64_t cbor_get(struct bytes_reader *r, enum cbor_type type);

/** An integer of either sign; outside int64_t sets failed. */
int64_t cbor_get_int(struct bytes_reader *r);

/** The content of a byte or text string. Text is not checked to be UTF-8. */
struct slice cbor_get_string(struct bytes_reader *r, enum cbor_type type);

#endif
