/* ZIP archives: see zip.h. */
#include "verifier/wrap/zip.h"

#include <string.h>

#include <zlib.h>

#include "common/limits.h"
#include "verifier/rdf/slice.h"
#include "verifier/wrap/unpack.h"

#define LOCAL 0x04034b50u
#define CENTRAL 0x02014b50u
#define END 0x06054b50u
#define LOCAL_LEN 30
#define CENTRAL_LEN 46
#define END_LEN 22
#define MAX_COMMENT 65535

enum { STORED = 0, DEFLATED = 8, ENCRYPTED = 1, LENGTHS_FOLLOW = 8 };

static uint16_t u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t u32(const uint8_t *at)
{
    return u16(at) | (uint32_t)u16(at + 2) << 16;
}

bool zip_is(struct slice file)
{
    return file.len >= 4 && (u32(file.data) == LOCAL || u32(file.data) == END);
}

/* The end record: the last one whose comment reaches exactly to the end. NULL if there is none. */
static const uint8_t *find_end(struct slice file)
{
    if (file.len < END_LEN)
        return NULL;
    size_t least = file.len > END_LEN + MAX_COMMENT ? file.len - END_LEN - MAX_COMMENT : 0;
    for (size_t at = file.len - END_LEN + 1; at-- > least;) {
        const uint8_t *end = file.data + at;
        if (u32(end) == END && at + END_LEN + u16(end + 20) == file.len)
            return end;
    }
    return NULL;
}

enum err_code zip_open(struct zip *ret, struct slice file, struct err *e)
{
    const uint8_t *end = find_end(file);
    if (end == NULL)
        return err_set(e, ERR_PARSE, "the archive has no end: it was cut off");
    size_t at = (size_t)(end - file.data), n = u16(end + 10), len = u32(end + 12), offset = u32(end + 16);
    if (n == 0xffff || len == UINT32_MAX || offset == UINT32_MAX)
        return err_set(e, ERR_UNSUPPORTED, "the archive is of the form ZIP64");
    if (u16(end + 4) != 0 || u16(end + 6) != 0 || u16(end + 8) != n)
        return err_set(e, ERR_UNSUPPORTED, "the archive has several parts");
    if (n > LIMITS_ZIP_MEMBERS)
        return err_set(e, ERR_LIMIT, "the archive has more than %d members", LIMITS_ZIP_MEMBERS);
    if (len > at || offset > at - len)
        return err_set(e, ERR_PARSE, "the archive's directory is not where it should be");
    *ret = (struct zip){.file = file, .index = {end - len, len}, .shift = at - len - offset, .left = n};
    return ERR_OK;
}

enum err_code zip_next(struct zip *zip, struct zip_member *ret, struct err *e)
{
    const uint8_t *at = zip->index.data;
    if (zip->left == 0)
        return ERR_NOT_FOUND;
    if (zip->index.len < CENTRAL_LEN || u32(at) != CENTRAL)
        return err_set(e, ERR_PARSE, "the archive's directory is damaged");
    size_t name_len = u16(at + 28), len = CENTRAL_LEN + name_len + u16(at + 30) + u16(at + 32);
    if (len > zip->index.len)
        return err_set(e, ERR_PARSE, "the archive's directory is damaged");
    *ret = (struct zip_member){
        .name = {at + CENTRAL_LEN, name_len},
        .is_folder = name_len > 0 && at[CENTRAL_LEN + name_len - 1] == '/',
        .flags = u16(at + 8), .method = u16(at + 10), .crc = u32(at + 16),
        .packed_len = u32(at + 20), .len = u32(at + 24), .offset = u32(at + 42),
    };
    zip->index = slice_from(zip->index, len);
    zip->left--;
    return ERR_OK;
}

/* CRC and lengths of a local header, which may be left empty for what follows the bytes. */
static bool has_same_lengths(const uint8_t *local, const struct zip_member *member)
{
    uint32_t crc = u32(local + 14), packed_len = u32(local + 18), len = u32(local + 22);
    if ((member->flags & LENGTHS_FOLLOW) != 0 && crc == 0 && packed_len == 0 && len == 0)
        return true;
    return crc == member->crc && packed_len == member->packed_len && len == member->len;
}

/* Some programs read the directory, others only local headers: both must see the same member. */
static bool is_header_of(const uint8_t *local, struct slice name, const struct zip_member *member)
{
    return ((u16(local + 6) ^ member->flags) & (ENCRYPTED | LENGTHS_FOLLOW)) == 0 && u16(local + 8) == member->method &&
           has_same_lengths(local, member) && slice_equal(name, member->name);
}

/* Where a member's bytes are: behind its local header, whose name and extra field the directory does not measure. */
static enum err_code find_data(const struct zip *zip, const struct zip_member *member, struct slice *ret, struct err *e)
{
    size_t from = zip->shift + (size_t)member->offset;
    if (from > zip->file.len || zip->file.len - from < LOCAL_LEN || u32(zip->file.data + from) != LOCAL)
        return err_set(e, ERR_PARSE, "the member is not where it should be");
    const uint8_t *local = zip->file.data + from;
    size_t name_len = u16(local + 26), rest = zip->file.len - from - LOCAL_LEN;
    from += LOCAL_LEN + name_len + u16(local + 28);
    if (name_len > rest || !is_header_of(local, (struct slice){local + LOCAL_LEN, name_len}, member))
        return err_set(e, ERR_PARSE, "the member's two headers differ");
    if (from > zip->file.len || zip->file.len - from < member->packed_len)
        return err_set(e, ERR_PARSE, "the member is not where it should be");
    *ret = (struct slice){zip->file.data + from, member->packed_len};
    return ERR_OK;
}

static enum err_code put_member(const struct zip_member *member, struct slice data, size_t max,
                                struct text *out, struct err *e)
{
    if (member->method == STORED && member->len == member->packed_len) {
        text_put(out, (const char *)data.data, data.len);
        return out->failed ? err_set(e, ERR_LIMIT, "%s", err_text(ERR_NOMEM)) : ERR_OK;
    }
    enum unpack_answer answer = member->method == DEFLATED
                                    ? unpack_deflate(out, data, member->len < max ? member->len : max)
                                    : UNPACK_DAMAGED;
    return answer == UNPACK_DONE ? ERR_OK : err_set(e, ERR_PARSE, "the member is damaged");
}

enum err_code zip_read(const struct zip *zip, const struct zip_member *member, size_t max,
                       struct text *out, struct err *e)
{
    struct slice data;
    size_t start = out->len;
    if ((member->flags & ENCRYPTED) != 0)
        return err_set(e, ERR_UNSUPPORTED, "the member is encrypted");
    if (member->method != STORED && member->method != DEFLATED)
        return err_set(e, ERR_UNSUPPORTED, "the member is packed by method %u", member->method);
    if (member->len > max)
        return err_set(e, ERR_LIMIT, "the member is longer than %zu bytes", max);
    enum err_code rc = find_data(zip, member, &data, e);
    if (rc == ERR_OK)
        rc = put_member(member, data, max, out, e);
    if (rc != ERR_OK)
        return rc;
    uLong crc = crc32(crc32(0, NULL, 0), (const Bytef *)text_string(out) + start, (uInt)(out->len - start));
    if (out->len - start != member->len || crc != member->crc)
        return err_set(e, ERR_PARSE, "the member is damaged");
    return ERR_OK;
}
