/* Small helpers over struct slice: the text of JSON, IRIs and RDF terms is never NUL-terminated. */
#ifndef VERIFIER_RDF_SLICE_H
#define VERIFIER_RDF_SLICE_H

#include <stdbool.h>
#include <string.h>

#include "common/bytes.h"

/* For "%.*s" in messages: cut so that one name never fills the line. */
#define SLICE_MESSAGE_MAX 80
#define SLICE_ARG(s) (int)((s).len < SLICE_MESSAGE_MAX ? (s).len : SLICE_MESSAGE_MAX), (const char *)(s).data

/* A constant slice of a string literal, also in initialisers of tables. */
#define SLICE_INIT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}
#define SLICE(literal) ((struct slice)SLICE_INIT(literal))

static inline struct slice slice_of(const char *text)
{
    return (struct slice){(const uint8_t *)text, strlen(text)};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool slice_is(struct slice s, const char *text)
{
    return slice_equal(s, slice_of(text));
}

/** Order of the bytes, which for UTF-8 is the order of the code points. */
static inline int slice_compare(struct slice a, struct slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n == 0 ? 0 : memcmp(a.data, b.data, n);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static inline bool slice_starts(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len && slice_equal((struct slice){s.data, prefix.len}, prefix);
}

/** The part from `start` on; start <= s.len. An empty slice may have data NULL. */
static inline struct slice slice_from(struct slice s, size_t start)
{
    return (struct slice){start == 0 ? s.data : s.data + start, s.len - start};
}

/** Position of a byte, or s.len if it is not there. */
static inline size_t slice_find(struct slice s, uint8_t byte)
{
    const uint8_t *p = s.len == 0 ? NULL : memchr(s.data, byte, s.len);
    return p == NULL ? s.len : (size_t)(p - s.data);
}

#endif
