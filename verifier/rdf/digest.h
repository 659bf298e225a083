/* SHA-256 or SHA-384 in the form in which RDFC-1.0 compares hashes and hashes them again: text. */
#ifndef VERIFIER_RDF_DIGEST_H
#define VERIFIER_RDF_DIGEST_H

#include <stdint.h>

#include "common/bytes.h"

enum digest_algorithm {
    DIGEST_SHA256,
    DIGEST_SHA384,
};

/* Lower-case hexadecimal, zeros behind it. */
struct digest {
    char hex[96];
};

struct digest_stream {
    enum digest_algorithm algorithm;
    uint64_t state[32]; /* opaque */
};

struct digest_stream digest_start(enum digest_algorithm algorithm);
void digest_add(struct digest_stream *stream, struct slice bytes);
struct digest digest_end(struct digest_stream *stream);

/** Hash one text. */
struct digest digest_of(enum digest_algorithm algorithm, struct slice text);

/** The hexadecimal text: 64 or 96 characters, inside *digest. */
struct slice digest_text(const struct digest *digest, enum digest_algorithm algorithm);

/** Returns: negative, 0 or positive, by code point. */
int digest_compare(const struct digest *x, const struct digest *y);

#endif
