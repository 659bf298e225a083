/* Badges in PNG files: see png.h. */
#include "verifier/wrap/png.h"

#include <string.h>

#include <zlib.h>

#include "common/limits.h"
#include "verifier/rdf/slice.h"
#include "verifier/wrap/unpack.h"

static const uint8_t SIGNATURE[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

bool png_is(struct slice file)
{
    return slice_starts(file, (struct slice){SIGNATURE, sizeof SIGNATURE});
}

struct chunk {
    struct slice type, data;
    uint32_t crc;
};

static struct chunk next_chunk(struct bytes_reader *r)
{
    struct chunk chunk = {0};
    uint32_t len = bytes_get_u32(r);
    chunk.type = bytes_get_slice(r, 4);
    chunk.data = bytes_get_slice(r, len);
    chunk.crc = bytes_get_u32(r);
    return chunk;
}

static bool is_intact(const struct chunk *chunk)
{
    uLong crc = crc32(crc32(0, NULL, 0), chunk->type.data, (uInt)chunk->type.len);
    return crc32(crc, chunk->data.data, (uInt)chunk->data.len) == chunk->crc;
}

/* The part up to the next NUL, which is skipped. Returns: false if there is none. */
static bool take_string(struct slice *rest, struct slice *ret)
{
    size_t end = slice_find(*rest, '\0');
    if (end == rest->len)
        return false;
    *ret = (struct slice){rest->data, end};
    *rest = slice_from(*rest, end + 1);
    return true;
}

static bool is_badge_keyword(struct slice keyword)
{
    return slice_is(keyword, "openbadges") || slice_is(keyword, "openbadgecredential");
}

static enum badge_answer put_packed(struct text *out, struct slice packed)
{
    switch (unpack_zlib(out, packed, LIMITS_CREDENTIAL_BYTES)) {
    case UNPACK_DONE: return BADGE_FOUND;
    case UNPACK_TOO_LONG: return BADGE_TOO_LONG;
    case UNPACK_DAMAGED: return BADGE_DAMAGED;
    }
    return BADGE_DAMAGED;
}

static enum badge_answer put_plain(struct text *out, struct slice text)
{
    if (text.len > LIMITS_CREDENTIAL_BYTES)
        return BADGE_TOO_LONG;
    text_put(out, (const char *)text.data, text.len);
    return BADGE_FOUND;
}

/* iTXt: keyword, 0, whether it is compressed, 0, language, 0, translated keyword, 0, text */
static enum badge_answer put_itxt(struct text *out, struct slice rest)
{
    struct slice language, translated;
    if (rest.len < 2)
        return BADGE_DAMAGED;
    bool packed = rest.data[0] != 0;
    uint8_t method = rest.data[1];
    rest = slice_from(rest, 2);
    if ((packed && method != 0) || !take_string(&rest, &language) || !take_string(&rest, &translated))
        return BADGE_DAMAGED;
    return packed ? put_packed(out, rest) : put_plain(out, rest);
}

/* zTXt: keyword, 0, method 0, compressed text */
static enum badge_answer put_ztxt(struct text *out, struct slice rest)
{
    if (rest.len < 1 || rest.data[0] != 0)
        return BADGE_DAMAGED;
    return put_packed(out, slice_from(rest, 1));
}

static enum badge_answer put_badge(struct text *out, const struct chunk *chunk, struct slice rest)
{
    if (!is_intact(chunk))
        return BADGE_DAMAGED;
    if (slice_is(chunk->type, "iTXt"))
        return put_itxt(out, rest);
    return slice_is(chunk->type, "zTXt") ? put_ztxt(out, rest) : put_plain(out, rest);
}

static bool is_text(struct slice type)
{
    return slice_is(type, "iTXt") || slice_is(type, "tEXt") || slice_is(type, "zTXt");
}

enum badge_answer png_badge(struct text *out, struct slice file)
{
    struct bytes_reader r = bytes_reader(file.data, file.len);
    enum badge_answer answer = BADGE_NONE;
    struct chunk chunk = {0};
    bytes_get_slice(&r, sizeof SIGNATURE);
    while (!slice_is(chunk.type, "IEND")) {
        struct slice keyword;
        chunk = next_chunk(&r);
        if (r.failed)
            return answer == BADGE_FOUND ? answer : BADGE_DAMAGED;
        struct slice rest = chunk.data;
        if (!is_text(chunk.type) || !take_string(&rest, &keyword) || !is_badge_keyword(keyword))
            continue;
        if (answer != BADGE_NONE)
            return BADGE_TWICE;
        answer = put_badge(out, &chunk, rest);
        if (answer != BADGE_FOUND)
            return answer;
    }
    return answer;
}
