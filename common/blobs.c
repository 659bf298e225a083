/* A growing list of byte strings: see blobs.h. */
#include "common/blobs.h"

#include <stdlib.h>
#include <string.h>

void blobs_done(struct blobs *b)
{
    free(b->data);
    free(b->end);
    *b = (struct blobs){0};
}

/* Memory for at least `need` elements, doubled. Returns: where it is now, NULL without memory. */
static void *grown(void *old, size_t *cap, size_t need, size_t size)
{
    size_t more = *cap < 64 ? 64 : *cap;
    while (more < need && more <= SIZE_MAX / 2 / size)
        more *= 2;
    if (old != NULL && more == *cap)
        return old;
    void *new = more < need ? NULL : realloc(old, more * size);
    if (new != NULL)
        *cap = more;
    return new;
}

struct bytes_writer blobs_begin(struct blobs *b, size_t room)
{
    uint8_t *data = NULL;
    size_t *end = NULL;
    if (!b->failed && room <= SIZE_MAX - b->len)
        data = grown(b->data, &b->cap, b->len + room, sizeof *data);
    if (data != NULL) {
        b->data = data;
        end = grown(b->end, &b->n_cap, b->n + 1, sizeof *end);
    }
    if (end == NULL) {
        b->failed = true;
        return (struct bytes_writer){.failed = true};
    }
    b->end = end;
    return bytes_writer(b->data + b->len, room);
}

bool blobs_commit(struct blobs *b, const struct bytes_writer *w)
{
    if (b->failed || w->failed)
        return false;
    b->len += w->len;
    b->end[b->n++] = b->len;
    return true;
}

void blobs_add(struct blobs *b, const void *data, size_t len)
{
    struct bytes_writer w = blobs_begin(b, len);
    bytes_put(&w, data, len);
    blobs_commit(b, &w);
}

struct slice blobs_get(const struct blobs *b, size_t i)
{
    size_t start = i > 0 ? b->end[i - 1] : 0;
    return (struct slice){b->data + start, b->end[i] - start};
}

void blobs_cut(struct blobs *b, size_t n)
{
    if (n >= b->n)
        return;
    b->n = n;
    b->len = n > 0 ? b->end[n - 1] : 0;
}
