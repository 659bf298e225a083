/* Bounded reader and writer: see bytes.h. */
#include "common/bytes.h"

#include <string.h>

struct bytes_reader bytes_reader(const void *data, size_t len)
{
    return (struct bytes_reader){.data = data, .len = len};
}

struct bytes_writer bytes_writer(void *data, size_t cap)
{
    return (struct bytes_writer){.data = data, .cap = cap};
}

size_t bytes_left(const struct bytes_reader *r)
{
    return r->failed ? 0 : r->len - r->pos;
}

bool bytes_done(const struct bytes_reader *r)
{
    return !r->failed && r->pos == r->len;
}

struct slice bytes_get_slice(struct bytes_reader *r, size_t len)
{
    if (len > bytes_left(r)) {
        r->failed = true;
        return (struct slice){0};
    }
    struct slice s = {r->data + r->pos, len};
    r->pos += len;
    return s;
}

void bytes_get(struct bytes_reader *r, void *out, size_t len)
{
    struct slice s = bytes_get_slice(r, len);
    if (r->failed)
        memset(out, 0, len);
    else if (len > 0)
        memcpy(out, s.data, len);
}

static uint64_t get_be(struct bytes_reader *r, size_t len)
{
    struct slice s = bytes_get_slice(r, len);
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++)
        v = v << 8 | s.data[i];
    return v;
}

uint8_t bytes_get_u8(struct bytes_reader *r)
{
    return (uint8_t)get_be(r, 1);
}

uint32_t bytes_get_u32(struct bytes_reader *r)
{
    return (uint32_t)get_be(r, 4);
}

uint64_t bytes_get_u64(struct bytes_reader *r)
{
    return get_be(r, 8);
}

unsigned __int128 bytes_get_u128(struct bytes_reader *r)
{
    unsigned __int128 high = bytes_get_u64(r);
    return high << 64 | bytes_get_u64(r);
}

void bytes_put(struct bytes_writer *w, const void *data, size_t len)
{
    if (w->failed || len > w->cap - w->len) {
        w->failed = true;
        return;
    }
    if (len > 0)
        memcpy(w->data + w->len, data, len);
    w->len += len;
}

static void put_be(struct bytes_writer *w, uint64_t v, size_t len)
{
    uint8_t b[8];
    for (size_t i = 0; i < len; i++)
        b[i] = (uint8_t)(v >> (8 * (len - 1 - i)));
    bytes_put(w, b, len);
}

void bytes_put_u8(struct bytes_writer *w, uint8_t v)
{
    put_be(w, v, 1);
}

void bytes_put_u32(struct bytes_writer *w, uint32_t v)
{
    put_be(w, v, 4);
}

void bytes_put_u64(struct bytes_writer *w, uint64_t v)
{
    put_be(w, v, 8);
}

void bytes_put_u128(struct bytes_writer *w, unsigned __int128 v)
{
    bytes_put_u64(w, (uint64_t)(v >> 64));
    bytes_put_u64(w, (uint64_t)v);
}
