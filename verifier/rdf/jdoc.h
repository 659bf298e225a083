/* JSON as a tree in an arena: a strict parser (RFC 8259, UTF-8 only), look-up by key, builders, and
 * the JSON pointer of a value for messages.
 *
 * Strict: no duplicate keys, no invalid UTF-8, no lone surrogates, no byte order mark, nothing after
 * the value, no number beyond a double, and limits on size and depth. What RFC 8259 leaves open is
 * refused where it would lose something; a number that underflows to zero is accepted.
 */
#ifndef VERIFIER_RDF_JDOC_H
#define VERIFIER_RDF_JDOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "verifier/rdf/arena.h"
#include "verifier/rdf/map.h"

#define JDOC_MAX_BYTES ((size_t)1 << 20) /* default limit of the text */
#define JDOC_MAX_DEPTH 64                /* default limit of nesting */
#define JDOC_BUILT UINT32_MAX            /* offset of a value that comes from no text */

enum jdoc_type {
    JDOC_NULL,
    JDOC_BOOL,
    JDOC_NUMBER,
    JDOC_STRING,
    JDOC_ARRAY,
    JDOC_OBJECT,
};

/* A value. Constant once parsed; what a builder made is changed only by its builder. */
struct jdoc {
    enum jdoc_type type;
    uint32_t offset; /* of its first byte in the text, or JDOC_BUILT */
    union {
        bool boolean;
        struct slice string; /* UTF-8, unescaped; may contain NUL */
        struct {
            struct slice text; /* as written */
            double value;      /* finite */
            bool is_integer;   /* written without fraction and exponent */
        } number;
        struct {
            struct jdoc **items;
            size_t n, cap;
        } array;
        struct map object; /* members in order; value: struct jdoc * */
    };
};

struct jdoc_limits {
    size_t bytes; /* at most 4 GiB */
    size_t depth; /* 1: a value without arrays and objects around it counts 0 */
};

/** The limits of a credential: JDOC_MAX_BYTES, JDOC_MAX_DEPTH. */
struct jdoc_limits jdoc_limits(void);

/** Parse a whole text.
 *
 *  In:      text  must outlive the tree: strings without escapes point into it
 *  Out:     ret   in the arena
 *  Returns: ERR_OK; ERR_PARSE not strict JSON; ERR_LIMIT size, depth, number range, memory.
 *           The message gives line and column (in characters, from 1).
 */
enum err_code jdoc_parse(struct arena *arena, struct slice text, struct jdoc_limits limits,
                         const struct jdoc **ret, struct err *e) __attribute__((warn_unused_result));

/** Line and column (in characters, both from 1) of an offset. */
void jdoc_position(struct slice text, size_t offset, size_t *ret_line, size_t *ret_column);

/** The member of an object. Returns: NULL if it is absent or v is no object. */
const struct jdoc *jdoc_get(const struct jdoc *v, const char *key);
const struct jdoc *jdoc_get_slice(const struct jdoc *v, struct slice key);

/** The string of a member. Returns: false if it is absent or no string. */
bool jdoc_get_string(const struct jdoc *v, const char *key, struct slice *ret);

/** True for a string equal to the text. */
bool jdoc_is(const struct jdoc *v, const char *text);

/** Same JSON value: order of members does not matter, numbers are compared as doubles. */
bool jdoc_equal(const struct jdoc *a, const struct jdoc *b);

/** The JSON pointer (RFC 6901) of a value inside a parsed tree, found by its offset.
 *  In:      root   the whole document, or a shallow copy of it with members taken out or added
 *  Returns: "" for the root itself; in the arena. */
struct slice jdoc_pointer(struct arena *arena, const struct jdoc *root, const struct jdoc *value);

/* Builders. They accept NULL and do nothing then, so that a failed arena need be looked at only once.
 * `offset` is that of the value of the text which the new one stands for, or JDOC_BUILT. */
struct jdoc *jdoc_null(struct arena *arena, uint32_t offset);
struct jdoc *jdoc_bool(struct arena *arena, uint32_t offset, bool boolean);
struct jdoc *jdoc_string(struct arena *arena, uint32_t offset, struct slice string); /* borrowed */
struct jdoc *jdoc_array(struct arena *arena, uint32_t offset);
struct jdoc *jdoc_object(struct arena *arena, uint32_t offset);
/** Add to the end of an array. */
void jdoc_push(struct arena *arena, struct jdoc *array, const struct jdoc *value);
/** Set a member; an old value of the key is replaced. In: key  borrowed. */
void jdoc_set(struct arena *arena, struct jdoc *object, struct slice key, const struct jdoc *value);
/** A copy of an array or object that can be added to; what it holds is shared. */
struct jdoc *jdoc_shallow(struct arena *arena, const struct jdoc *value);

#endif
