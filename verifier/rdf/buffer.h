/* Text that grows in an arena, up to a limit of its own. The error is sticky: write the straight
 * story, look once at the end. */
#ifndef VERIFIER_RDF_BUFFER_H
#define VERIFIER_RDF_BUFFER_H

#include "verifier/rdf/arena.h"
#include "verifier/rdf/slice.h"

struct buffer {
    struct arena *arena; /* borrowed */
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;           /* bytes; more is ERR_LIMIT */
    enum err_code failed; /* ERR_OK, or what went wrong: everything written since is lost */
};

/** An empty buffer. In: size  bytes to allocate at first (a guess; 0 is legal). */
struct buffer buffer(struct arena *arena, size_t size, size_t max);

/** Append bytes. */
void buffer_put(struct buffer *b, const void *bytes, size_t len);
void buffer_put_slice(struct buffer *b, struct slice text);

/** What was written. Valid until the next write. */
struct slice buffer_slice(const struct buffer *b);

/** Returns: ERR_OK; ERR_LIMIT too long, or no memory; any other .failed without a new message. */
enum err_code buffer_check(const struct buffer *b, struct err *e) __attribute__((warn_unused_result));

#endif
