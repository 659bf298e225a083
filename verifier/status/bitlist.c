/* Expanding status lists: see bitlist.h. */
#include "verifier/status/bitlist.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "common/limits.h"
#include "common/multibase.h"

#define GZIP_ONLY (16 + MAX_WBITS)

/* gzip begins with 1f 8b: its base64url with "H4", so that a "u" in front can only be the prefix. */
static struct slice without_marks(struct slice s)
{
    if (s.len > 0 && s.data[0] == 'u')
        s = (struct slice){s.data + 1, s.len - 1};
    while (s.len > 0 && s.data[s.len - 1] == '=')
        s.len--;
    return s;
}

static enum err_code inflate_all(z_stream *z, struct text *out, struct err *e)
{
    static unsigned char piece[64 * 1024];
    int rc = Z_OK;
    while (rc == Z_OK) {
        z->next_out = piece;
        z->avail_out = sizeof piece;
        rc = inflate(z, Z_NO_FLUSH);
        text_put(out, (const char *)piece, sizeof piece - z->avail_out);
        if (out->len > LIMITS_STATUS_BITS_BYTES)
            return err_set(e, ERR_LIMIT, "the list is longer than %u bytes", LIMITS_STATUS_BITS_BYTES);
        if (out->failed || rc == Z_MEM_ERROR)
            return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    }
    if (rc != Z_STREAM_END || z->avail_in > 0)
        return err_set(e, ERR_PARSE, "the list is not one whole gzip stream");
    return ERR_OK;
}

static enum err_code inflate_bytes(struct text *out, uint8_t *bytes, size_t len, struct err *e)
{
    z_stream z = {.next_in = bytes, .avail_in = (uInt)len};
    if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    enum err_code rc = inflate_all(&z, out, e);
    inflateEnd(&z);
    return rc;
}

enum err_code bitlist_open(struct bitlist *ret, struct slice encoded, struct err *e)
{
    struct slice s = without_marks(encoded);
    struct text bits = {0};
    size_t len;
    if (s.len > LIMITS_LOOKUP_BYTES)
        return err_set(e, ERR_LIMIT, "the list is longer than %u bytes", LIMITS_LOOKUP_BYTES);
    uint8_t *bytes = malloc(MULTIBASE_BYTES_ROOM(s.len) + 1);
    if (bytes == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    enum err_code rc = multibase_base64url(bytes, &len, (const char *)s.data, s.len, e);
    if (rc == ERR_OK)
        rc = inflate_bytes(&bits, bytes, len, e);
    if (rc == ERR_OK && bits.len < BITLIST_MIN_BITS / 8)
        rc = err_set(e, ERR_INVALID, "the list has fewer than %d entries", BITLIST_MIN_BITS);
    free(bytes);
    if (rc == ERR_OK)
        *ret = (struct bitlist){bits};
    else
        text_done(&bits);
    return rc;
}

void bitlist_close(struct bitlist *list)
{
    text_done(&list->bytes);
}

bool bitlist_get(const struct bitlist *list, uint64_t index, unsigned bits, uint32_t *ret)
{
    uint64_t held = (uint64_t)list->bytes.len * 8;
    uint32_t value = 0;
    if (bits == 0 || bits > 32 || index >= held / bits)
        return false;
    for (uint64_t i = index * bits; i < (index + 1) * bits; i++)
        value = value << 1 | ((uint8_t)list->bytes.data[i / 8] >> (7 - i % 8) & 1);
    *ret = value;
    return true;
}
