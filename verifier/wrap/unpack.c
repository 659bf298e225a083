/* Bounded inflating: see unpack.h. */
#include "verifier/wrap/unpack.h"

#include <limits.h>

#include <zlib.h>

static enum unpack_answer inflate_all(z_stream *z, struct text *out, size_t max)
{
    static unsigned char piece[64 * 1024];
    size_t end = out->len + max;
    int rc = Z_OK;
    while (rc == Z_OK) {
        z->next_out = piece;
        z->avail_out = sizeof piece;
        rc = inflate(z, Z_NO_FLUSH);
        size_t n = sizeof piece - z->avail_out;
        if (n > end - out->len)
            return UNPACK_TOO_LONG;
        text_put(out, (const char *)piece, n);
        if (out->failed || rc == Z_MEM_ERROR)
            return UNPACK_TOO_LONG;
    }
    return rc == Z_STREAM_END && z->avail_in == 0 ? UNPACK_DONE : UNPACK_DAMAGED;
}

static enum unpack_answer unpack(struct text *out, struct slice packed, size_t max, int bits)
{
    if (packed.len > INT_MAX)
        return UNPACK_TOO_LONG;
    z_stream z = {.next_in = (Bytef *)(uintptr_t)packed.data, .avail_in = (uInt)packed.len};
    if (inflateInit2(&z, bits) != Z_OK)
        return UNPACK_TOO_LONG;
    enum unpack_answer answer = inflate_all(&z, out, max);
    inflateEnd(&z);
    return answer;
}

enum unpack_answer unpack_zlib(struct text *out, struct slice packed, size_t max)
{
    return unpack(out, packed, max, MAX_WBITS);
}

enum unpack_answer unpack_deflate(struct text *out, struct slice packed, size_t max)
{
    return unpack(out, packed, max, -MAX_WBITS);
}
