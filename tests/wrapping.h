/* Pictures and archives made for tests. */
#ifndef TESTS_WRAPPING_H
#define TESTS_WRAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/text.h"

/** Begin a PNG: its signature and a header of 1 × 1. */
void wrapping_png_begin(struct text *out);
void wrapping_png_chunk(struct text *out, const char type[static 4], const void *data, size_t len);
void wrapping_png_end(struct text *out);

/** Compressed: with the head of zlib (format 15), raw (−15) or of gzip (31). */
void wrapping_pack(struct text *out, const void *data, size_t len, int format);

/* A member of an archive. */
struct wrapping_member {
    const char *name;
    const void *data;
    size_t len;
    bool packed;
};

/** A whole ZIP archive behind what is in `out` already. */
void wrapping_zip(struct text *out, const struct wrapping_member *members, size_t n);

/** An archive whose directory names the same member many times: a few bytes that unpack to very many. */
void wrapping_bomb(struct text *out, const struct wrapping_member *member, size_t times);

struct slice wrapping_slice(const struct text *text);

#endif
