/* SHA-256 and SHA-384 as text, on nettle: see digest.h. */
#include "verifier/rdf/digest.h"

#include <string.h>

#include <nettle/sha2.h>

#include "common/hex.h"

_Static_assert(sizeof(struct sha256_ctx) <= sizeof((struct digest_stream){0}.state), "room for SHA-256");
_Static_assert(sizeof(struct sha384_ctx) <= sizeof((struct digest_stream){0}.state), "room for SHA-384");

static size_t size_of(enum digest_algorithm algorithm)
{
    switch (algorithm) {
    case DIGEST_SHA256:
        return SHA256_DIGEST_SIZE;
    case DIGEST_SHA384:
        return SHA384_DIGEST_SIZE;
    }
    return 0;
}

struct digest_stream digest_start(enum digest_algorithm algorithm)
{
    struct digest_stream stream = {.algorithm = algorithm};
    switch (algorithm) {
    case DIGEST_SHA256:
        sha256_init((struct sha256_ctx *)stream.state);
        break;
    case DIGEST_SHA384:
        sha384_init((struct sha384_ctx *)stream.state);
        break;
    }
    return stream;
}

void digest_add(struct digest_stream *stream, struct slice bytes)
{
    switch (stream->algorithm) {
    case DIGEST_SHA256:
        sha256_update((struct sha256_ctx *)stream->state, bytes.len, bytes.data);
        break;
    case DIGEST_SHA384:
        sha384_update((struct sha384_ctx *)stream->state, bytes.len, bytes.data);
        break;
    }
}

struct digest digest_end(struct digest_stream *stream)
{
    uint8_t bytes[SHA384_DIGEST_SIZE];
    char text[2 * sizeof bytes + 1];
    size_t n = size_of(stream->algorithm);
    switch (stream->algorithm) {
    case DIGEST_SHA256:
        sha256_digest((struct sha256_ctx *)stream->state, n, bytes);
        break;
    case DIGEST_SHA384:
        sha384_digest((struct sha384_ctx *)stream->state, n, bytes);
        break;
    }
    hex_encode(text, bytes, n);
    struct digest digest = {0};
    memcpy(digest.hex, text, 2 * n);
    return digest;
}

struct digest digest_of(enum digest_algorithm algorithm, struct slice text)
{
    struct digest_stream stream = digest_start(algorithm);
    digest_add(&stream, text);
    return digest_end(&stream);
}

struct slice digest_text(const struct digest *digest, enum digest_algorithm algorithm)
{
    return (struct slice){(const uint8_t *)digest->hex, 2 * size_of(algorithm)};
}

int digest_compare(const struct digest *x, const struct digest *y)
{
    return memcmp(x->hex, y->hex, sizeof x->hex);
}
