/* What a file holds: itself, a badge in a picture, the members of an archive.
 *
 * Happy path: unwrap_bytes() calls on_document once for every document found, in the order of the archive; a
 * document may have its proof with it (X beside X.proof.json in one archive).
 * Failures: what cannot be taken out comes to on_trouble, with the reason that a person is told.
 * Bounds: one level of archive, pictures inside of it; LIMITS_ZIP_MEMBERS members, of 16 MiB each,
 * LIMITS_UNPACKED_BYTES in all.
 */
#ifndef VERIFIER_WRAP_UNWRAP_H
#define VERIFIER_WRAP_UNWRAP_H

#include <stdbool.h>

#include "common/bytes.h"
#include "verifier/reasons.h"

/* Something found. All borrowed until the callback returns. */
struct unwrap_document {
    const char *name;    /* "badges.zip/anna.png" */
    struct slice bytes;
    struct slice proof;  /* the proof document that lay beside it; len 0: none */
    bool taken_out;      /* of a picture: what was taken out is not the file's own bytes */
};

struct unwrap_sink {
    void (*on_document)(void *self, const struct unwrap_document *document);
    void (*on_trouble)(void *self, const char *name, enum reason reason, const char *detail);
    void *self;
};

/** True if the bytes are an archive or a picture that holds a badge, or should: then unwrap_bytes() has
 *  something to do; anything else is a document by itself. */
bool unwrap_is_container(struct slice bytes);

/** In: name  of the file, for labels */
void unwrap_bytes(const struct unwrap_sink *sink, const char *name, struct slice bytes);

#endif
