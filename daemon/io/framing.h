/* Where does a request end? Decided strictly, because two servers in a row that decide differently
 * let a request be smuggled between them. Pure; somebody else has cut the text into headers.
 *
 * The pointers of the pieces tell what a tolerant parser hides: each header of a plain request
 * begins exactly two bytes (CR, LF) after the value before it. A bare LF, a folded line or a NUL
 * breaks that. */
#ifndef DAEMON_IO_FRAMING_H
#define DAEMON_IO_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum framing_verdict {
    FRAMING_OK,
    FRAMING_MALFORMED, /* not the syntax of RFC 9112 */
    FRAMING_AMBIGUOUS  /* more than one length, or one that we do not understand */
};

struct framing {
    enum framing_verdict verdict; /* sticky: the first that is not OK */
    bool is_chunked;
    bool has_length;
    bool expects_continue;
    uint64_t length; /* Content-Length; 0 if absent */

    const char *next; /* where the next header has to begin */
    bool is_1_0;
    unsigned n_host, n_transfer_encoding;
};

/** Begin after a request line. In: version  its last word, "HTTP/1.1" */
struct framing framing_begin(const char *version);

/** One header, in order. The text is the caller's. */
void framing_header(struct framing *f, const char *name, size_t name_len, const char *value,
                    size_t value_len);

/** All headers are there. In: end  the first byte after the empty line */
void framing_end(struct framing *f, const char *end);

#endif
