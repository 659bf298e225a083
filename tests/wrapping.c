/* Pictures and archives: see wrapping.h. */
#include "tests/wrapping.h"

#include <string.h>

#include <zlib.h>

#include "tests/harness.h"

struct slice wrapping_slice(const struct text *text)
{
    return (struct slice){(const uint8_t *)text_string(text), text->len};
}

static void put_big(struct text *out, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        text_putc(out, (char)((v >> shift) & 0xff));
}

static void put_little(struct text *out, uint32_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        text_putc(out, (char)(v >> (8 * i) & 0xff));
}

void wrapping_png_chunk(struct text *out, const char type[static 4], const void *data, size_t len)
{
    uLong crc = crc32(crc32(0, NULL, 0), (const Bytef *)type, 4);
    put_big(out, (uint32_t)len);
    text_put(out, type, 4);
    text_put(out, data, len);
    put_big(out, (uint32_t)crc32(crc, data, (uInt)len));
}

void wrapping_png_begin(struct text *out)
{
    text_put(out, "\x89PNG\r\n\x1a\n", 8);
    wrapping_png_chunk(out, "IHDR", "\0\0\0\1\0\0\0\1\10\2\0\0\0", 13);
}

void wrapping_png_end(struct text *out)
{
    wrapping_png_chunk(out, "IEND", "", 0);
}

void wrapping_pack(struct text *out, const void *data, size_t len, int format)
{
    static unsigned char piece[64 * 1024];
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)len};
    int rc = Z_OK;
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, format, 8, Z_DEFAULT_STRATEGY), Z_OK);
    while (rc == Z_OK) {
        z.next_out = piece;
        z.avail_out = sizeof piece;
        rc = deflate(&z, Z_FINISH);
        text_put(out, (const char *)piece, sizeof piece - z.avail_out);
    }
    assert_int_equal(rc, Z_STREAM_END);
    deflateEnd(&z);
}

/* The part that local header and directory share: flags to extra length. */
static void put_common(struct text *out, const struct wrapping_member *m, size_t packed_len)
{
    put_little(out, 0, 2);
    put_little(out, m->packed ? 8 : 0, 2);
    put_little(out, 0, 4);
    put_little(out, (uint32_t)crc32(crc32(0, NULL, 0), m->data, (uInt)m->len), 4);
    put_little(out, (uint32_t)packed_len, 4);
    put_little(out, (uint32_t)m->len, 4);
    put_little(out, (uint32_t)strlen(m->name), 2);
    put_little(out, 0, 2);
}

static void put_member(struct text *out, struct text *index, const struct wrapping_member *m, size_t start)
{
    struct text packed = {0};
    uint32_t offset = (uint32_t)(out->len - start);
    if (m->packed)
        wrapping_pack(&packed, m->data, m->len, -15);
    else
        text_put(&packed, m->data, m->len);
    put_little(out, 0x04034b50, 4);
    put_little(out, 20, 2);
    put_common(out, m, packed.len);
    text_puts(out, m->name);
    text_put(out, text_string(&packed), packed.len);
    put_little(index, 0x02014b50, 4);
    put_little(index, 20, 2);
    put_little(index, 20, 2);
    put_common(index, m, packed.len);
    put_little(index, 0, 4); /* comment length, disk */
    put_little(index, 0, 2);
    put_little(index, 0, 4);
    put_little(index, offset, 4);
    text_puts(index, m->name);
    text_done(&packed);
}

/* The directory, so many times, and the end record. */
static void put_directory(struct text *out, const struct text *index, size_t n, size_t times, size_t start)
{
    uint32_t offset = (uint32_t)(out->len - start);
    for (size_t i = 0; i < times; i++)
        text_put(out, text_string(index), index->len);
    put_little(out, 0x06054b50, 4);
    put_little(out, 0, 4);
    put_little(out, (uint32_t)(n * times), 2);
    put_little(out, (uint32_t)(n * times), 2);
    put_little(out, (uint32_t)(index->len * times), 4);
    put_little(out, offset, 4);
    put_little(out, 0, 2);
}

void wrapping_zip(struct text *out, const struct wrapping_member *members, size_t n)
{
    struct text index = {0};
    size_t start = out->len;
    for (size_t i = 0; i < n; i++)
        put_member(out, &index, &members[i], start);
    put_directory(out, &index, n, 1, start);
    text_done(&index);
}

void wrapping_bomb(struct text *out, const struct wrapping_member *member, size_t times)
{
    struct text index = {0};
    size_t start = out->len;
    put_member(out, &index, member, start);
    put_directory(out, &index, 1, times, start);
    text_done(&index);
}
