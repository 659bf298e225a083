/* A growing buffer for text that we write: proofs, JSON answers, reports. The error is sticky: write
 * the straight story, look once at the end. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {0} is an empty text. Owner: the holder; text_done() frees. */
struct text {
    char *data;  /* NUL-terminated once something was written, else NULL */
    size_t len;  /* bytes without the NUL */
    size_t cap;
    bool failed; /* out of memory: every later write is ignored */
};

void text_done(struct text *t);

/** Empty it, keep the memory: one buffer can serve many documents. */
void text_clear(struct text *t);

/** Room for at least `more` bytes, so that the writes that follow do not reallocate. */
void text_reserve(struct text *t, size_t more);

/** The text, or "" if nothing was written. */
const char *text_string(const struct text *t);

/** Give the text away. Returns: a NUL-terminated string that the caller frees; NULL if it failed. */
char *text_steal(struct text *t);

void text_put(struct text *t, const char *bytes, size_t len);
void text_puts(struct text *t, const char *string);
void text_putc(struct text *t, char c);
void text_putf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void text_put_u64(struct text *t, uint64_t v);

/** Lower-case hex, without prefix and quotes. */
void text_put_hex(struct text *t, const void *bytes, size_t len);

/** A JSON string with its quotes: control characters, quote and backslash are escaped; a byte that is
 *  not UTF-8 becomes U+FFFD, so that the result is always JSON. */
void text_put_json(struct text *t, const char *bytes, size_t len);

/** For a terminal: control characters and bytes that are not UTF-8 become question marks. */
void text_put_plain(struct text *t, const char *bytes, size_t len);

/** "2026-11-22T07:00:00Z" without quotes. In: Unix seconds, at most RFC3339_MAX; beyond it the text fails. */
void text_put_time(struct text *t, uint64_t seconds);

/** A further member of a JSON object: ,"key":"2026-11-22T07:00:00Z", or null for 0. */
void text_put_time_member(struct text *t, const char *key, uint64_t seconds);

#endif
