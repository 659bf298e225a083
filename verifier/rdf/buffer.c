/* Text that grows in an arena: see buffer.h. */
#include "verifier/rdf/buffer.h"

#define FIRST_SIZE 256

struct buffer buffer(struct arena *arena, size_t size, size_t max)
{
    struct buffer b = {.arena = arena, .max = max};
    b.data = size == 0 ? NULL : arena_raw(arena, size);
    b.cap = b.data == NULL ? 0 : size;
    return b;
}

static void grow(struct buffer *b, size_t more)
{
    size_t cap = b->cap < FIRST_SIZE / 2 ? FIRST_SIZE : 2 * b->cap;
    if (cap < b->len + more)
        cap = b->len + more;
    uint8_t *data = arena_raw(b->arena, cap);
    if (data == NULL) {
        b->failed = ERR_LIMIT;
        return;
    }
    if (b->len > 0)
        memcpy(data, b->data, b->len);
    b->data = data;
    b->cap = cap;
}

void buffer_put(struct buffer *b, const void *bytes, size_t len)
{
    if (b->failed == ERR_OK && len > b->max - b->len)
        b->failed = ERR_LIMIT;
    if (b->failed == ERR_OK && len > b->cap - b->len)
        grow(b, len);
    if (b->failed != ERR_OK || len == 0)
        return;
    memcpy(b->data + b->len, bytes, len);
    b->len += len;
}

void buffer_put_slice(struct buffer *b, struct slice text)
{
    buffer_put(b, text.data, text.len);
}

struct slice buffer_slice(const struct buffer *b)
{
    return (struct slice){b->data, b->len};
}

enum err_code buffer_check(const struct buffer *b, struct err *e)
{
    if (b->failed == ERR_LIMIT && arena_check(b->arena, e) == ERR_OK)
        return err_set(e, ERR_LIMIT, "the text needs more than %zu bytes", b->max);
    return b->failed;
}
