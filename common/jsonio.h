/* Strict reading of JSON that a stranger may have written, over jansson.
 *
 * Happy path: jsonio_load(), then jsonio_root() and the typed getters, in a straight line; the
 * first thing that is wrong is kept in struct jsonio with the place ("anchors[2].tail[0].right: …"),
 * every getter after it answers zeros; look at .code once at the end.
 */
#ifndef COMMON_JSONIO_H
#define COMMON_JSONIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "common/err.h"
#include "common/hash32.h"

/** Parse one document: duplicate keys, nesting deeper than LIMITS_JSON_DEPTH, invalid UTF-8 and
 *  anything after the value are refused; U+0000 in a string is accepted here (not by jsonio_string).
 *
 *  Out:     *ret  a new reference, the caller gives it back with json_decref()
 *  Returns: ERR_OK; ERR_LIMIT longer than max_len or nested too deep; ERR_PARSE, the message says
 *           line and column and never quotes the document.
 */
enum err_code jsonio_load(json_t **ret, const void *text, size_t len, size_t max_len,
                          struct err *e) __attribute__((warn_unused_result));

/* One document being read: the first error, kept. */
struct jsonio {
    enum err_code code; /* ERR_OK so far */
    struct err *e;      /* borrowed; may be NULL */
};

/* A value and where it stands. Lives on the stack of the reader: `up` must outlive it. */
struct jsonio_node {
    struct jsonio *doc;
    json_t *value;                /* borrowed; NULL: absent or wrong, all getters answer zeros */
    const struct jsonio_node *up; /* NULL at the root */
    const char *key;              /* member name, or NULL: element `index` of `up` */
    size_t index;
};

/** The whole document, which must be an object (or, for _array, an array of at most max elements). */
struct jsonio_node jsonio_root(struct jsonio *doc, json_t *value);
struct jsonio_node jsonio_root_array(struct jsonio *doc, json_t *value, size_t max);

/** True if the object has this member (null counts as having it). */
bool jsonio_has(const struct jsonio_node *object, const char *key);

/** A member of a given kind; absent or of another kind is an error. */
struct jsonio_node jsonio_object(const struct jsonio_node *object, const char *key);
struct jsonio_node jsonio_array(const struct jsonio_node *object, const char *key, size_t max);
bool jsonio_bool(const struct jsonio_node *object, const char *key);
/** 0 … 2^63 - 1, written as an integer. */
uint64_t jsonio_u64(const struct jsonio_node *object, const char *key);
/** Never NULL ("" on error); without U+0000. Lives as long as the document. */
const char *jsonio_string(const struct jsonio_node *object, const char *key);
/** An RFC 3339 time in exactly the form that we write ("2026-11-22T07:00:00Z"), as Unix seconds. */
uint64_t jsonio_time(const struct jsonio_node *object, const char *key);

/** Exactly len bytes of lower-case hex: `hex` without a prefix (ours), `hex0x` after 0x (the chain's). */
void jsonio_hex(const struct jsonio_node *object, const char *key, void *bytes, size_t len);
void jsonio_hex0x(const struct jsonio_node *object, const char *key, void *bytes, size_t len);
struct hash32 jsonio_hash(const struct jsonio_node *object, const char *key);
struct hash32 jsonio_hash0x(const struct jsonio_node *object, const char *key);

/** Which of n words the string member is; any other string is an error and answers 0. */
size_t jsonio_word(const struct jsonio_node *object, const char *key, const char *const *words,
                   size_t n);

/** Elements of an array node: how many (0 if it failed), and one of them, which must be an object. */
size_t jsonio_count(const struct jsonio_node *array);
struct jsonio_node jsonio_item(const struct jsonio_node *array, size_t index);

/** Refuse damage: a member whose name is one flipped bit away from a known one. Other unknown
 *  members are ignored, as the formats ask.
 *  In: keys  the known names, ended by NULL. */
void jsonio_keys(const struct jsonio_node *object, const char *const *keys);

/** Record an error at this place, unless one is recorded already. Returns: the document's code. */
enum err_code jsonio_fail(const struct jsonio_node *at, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
