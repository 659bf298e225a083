/* RLP: see rlp.h. */
#include "common/rlp.h"

#include <string.h>

/* A prefix byte is one of: the byte itself; 0x80 + length; 0xb7 + length of the length; and for lists
 * 0xc0 + length; 0xf7 + length of the length. */
#define STRING 0x80
#define LIST 0xc0
#define SHORT_MAX 55

/* Write the prefix of a body of len bytes. Returns: its size, at most 9. */
static size_t prefix(uint8_t ret[9], uint8_t kind, size_t len)
{
    if (len <= SHORT_MAX) {
        ret[0] = (uint8_t)(kind + len);
        return 1;
    }
    size_t n = 0;
    for (size_t v = len; v > 0; v >>= 8)
        n++;
    ret[0] = (uint8_t)(kind + SHORT_MAX + n);
    for (size_t i = 0; i < n; i++)
        ret[1 + i] = (uint8_t)(len >> (8 * (n - 1 - i)));
    return 1 + n;
}

void rlp_put_bytes(struct bytes_writer *w, const void *data, size_t len)
{
    uint8_t head[9];
    if (len != 1 || *(const uint8_t *)data >= STRING)
        bytes_put(w, head, prefix(head, STRING, len));
    bytes_put(w, data, len);
}

void rlp_put_uint(struct bytes_writer *w, const uint8_t *bytes, size_t len)
{
    while (len > 0 && *bytes == 0)
        bytes++, len--;
    rlp_put_bytes(w, bytes, len);
}

void rlp_put_wei(struct bytes_writer *w, wei v)
{
    uint8_t bytes[32];
    wei_to_bytes(bytes, v);
    rlp_put_uint(w, bytes, sizeof bytes);
}

void rlp_put_u64(struct bytes_writer *w, uint64_t v)
{
    rlp_put_wei(w, v);
}

size_t rlp_open(const struct bytes_writer *w)
{
    return w->len;
}

/* The length is known only now: move the body up to make room for its prefix. */
static void close_as(struct bytes_writer *w, size_t mark, uint8_t kind)
{
    if (w->failed)
        return;
    uint8_t head[9];
    size_t len = w->len - mark, n = prefix(head, kind, len);
    bytes_put(w, head, n);
    if (w->failed)
        return;
    memmove(w->data + mark + n, w->data + mark, len);
    memcpy(w->data + mark, head, n);
}

void rlp_close(struct bytes_writer *w, size_t mark)
{
    close_as(w, mark, LIST);
}

void rlp_close_bytes(struct bytes_writer *w, size_t mark)
{
    if (w->len == mark + 1 && w->data[mark] < STRING)
        return; /* a small byte is its own form */
    close_as(w, mark, STRING);
}

void rlp_put_list_prefix(struct bytes_writer *w, size_t len)
{
    uint8_t head[9];
    bytes_put(w, head, prefix(head, LIST, len));
}

struct rlp_reader rlp_reader(const void *data, size_t len)
{
    return (struct rlp_reader){.data = data, .end = {len}};
}

void rlp_fail(struct rlp_reader *r, enum err_code code, const char *why)
{
    if (r->failed != ERR_OK)
        return;
    r->failed = code;
    r->why = why;
}

bool rlp_more(const struct rlp_reader *r)
{
    return r->failed == ERR_OK && r->pos < r->end[r->depth];
}

bool rlp_is_list(const struct rlp_reader *r)
{
    return rlp_more(r) && r->data[r->pos] >= LIST;
}

/* One item: where its body is. */
struct item {
    bool list;
    size_t body, len;
};

/* Read the n bytes of a long length. It must need them all, and be too long for the short form. */
static bool long_length(struct rlp_reader *r, struct item *item, size_t n, size_t left)
{
    if (n > left) {
        rlp_fail(r, ERR_PARSE, "a length reaches past the end");
        return false;
    }
    const uint8_t *p = r->data + r->pos + 1;
    uint64_t len = 0;
    for (size_t i = 0; i < n; i++)
        len = len << 8 | p[i];
    if (p[0] == 0 || len <= SHORT_MAX) {
        rlp_fail(r, ERR_PARSE, "a length is not in its shortest form");
        return false;
    }
    item->body += n;
    item->len = len > left - n ? SIZE_MAX : (size_t)len;
    return true;
}

/* Look at the next item without moving. Returns: false, with the error set, if there is none. */
static bool peek(struct rlp_reader *r, struct item *ret)
{
    if (r->failed != ERR_OK)
        return false;
    if (r->pos >= r->end[r->depth]) {
        rlp_fail(r, ERR_PARSE, "an item is missing");
        return false;
    }
    uint8_t head = r->data[r->pos];
    size_t left = r->end[r->depth] - r->pos - 1; /* behind the prefix byte */
    struct item item = {.list = head >= LIST, .body = r->pos + 1};
    size_t size = (size_t)head - (item.list ? LIST : STRING); /* or what the long form says */
    if (head < STRING) {
        item.body = r->pos;
        item.len = 1;
        left++;
    } else if (size <= SHORT_MAX) {
        item.len = size;
    } else if (!long_length(r, &item, size - SHORT_MAX, left)) {
        return false;
    } else {
        left -= size - SHORT_MAX;
    }
    if (item.len > left) {
        rlp_fail(r, ERR_PARSE, "an item reaches past the end");
        return false;
    }
    if (head == STRING + 1 && r->data[item.body] < STRING) {
        rlp_fail(r, ERR_PARSE, "a small byte is not in its shortest form");
        return false;
    }
    *ret = item;
    return true;
}

void rlp_enter(struct rlp_reader *r)
{
    struct item item;
    if (!peek(r, &item))
        return;
    if (!item.list) {
        rlp_fail(r, ERR_PARSE, "a list is expected");
    } else if (r->depth == RLP_MAX_DEPTH) {
        rlp_fail(r, ERR_LIMIT, "lists are nested too deep");
    } else {
        r->pos = item.body;
        r->end[++r->depth] = item.body + item.len;
    }
}

void rlp_leave(struct rlp_reader *r)
{
    if (r->failed != ERR_OK)
        return;
    if (r->pos != r->end[r->depth])
        rlp_fail(r, ERR_PARSE, "a list has too many items");
    else
        r->depth--;
}

struct slice rlp_get_bytes(struct rlp_reader *r)
{
    struct item item;
    if (!peek(r, &item))
        return (struct slice){0};
    if (item.list) {
        rlp_fail(r, ERR_PARSE, "bytes are expected, not a list");
        return (struct slice){0};
    }
    r->pos = item.body + item.len;
    return (struct slice){r->data + item.body, item.len};
}

void rlp_get_fixed(struct rlp_reader *r, void *ret, size_t len)
{
    struct slice s = rlp_get_bytes(r);
    if (s.len != len)
        rlp_fail(r, ERR_PARSE, "a value has the wrong length");
    if (r->failed != ERR_OK)
        memset(ret, 0, len);
    else
        memcpy(ret, s.data, len);
}

/* Read an integer of at most max ≤ 32 bytes into the end of ret. */
static void get_uint(struct rlp_reader *r, uint8_t ret[static 32], size_t max)
{
    memset(ret, 0, 32);
    struct slice s = rlp_get_bytes(r);
    if (s.len > 0 && s.data[0] == 0)
        rlp_fail(r, ERR_PARSE, "an integer has leading zeros");
    else if (s.len > max)
        rlp_fail(r, ERR_LIMIT, "an integer is too large");
    else if (s.len > 0)
        memcpy(ret + 32 - s.len, s.data, s.len);
}

uint64_t rlp_get_u64(struct rlp_reader *r)
{
    uint8_t bytes[32];
    get_uint(r, bytes, 8);
    return (uint64_t)wei_from_bytes(bytes);
}

wei rlp_get_wei(struct rlp_reader *r)
{
    uint8_t bytes[32];
    get_uint(r, bytes, sizeof bytes);
    return wei_from_bytes(bytes);
}

void rlp_get_u256(struct rlp_reader *r, uint8_t ret[static 32])
{
    get_uint(r, ret, 32);
}

struct slice rlp_skip(struct rlp_reader *r)
{
    size_t start = r->pos;
    unsigned depth = r->depth;
    do {
        if (rlp_is_list(r))
            rlp_enter(r);
        else
            rlp_get_bytes(r);
        while (r->failed == ERR_OK && r->depth > depth && !rlp_more(r))
            rlp_leave(r);
    } while (r->failed == ERR_OK && r->depth > depth);
    if (r->failed != ERR_OK)
        return (struct slice){0};
    return (struct slice){r->data + start, r->pos - start};
}

enum err_code rlp_finish(const struct rlp_reader *r, const char *what, struct err *e)
{
    if (r->failed != ERR_OK)
        return err_set(e, r->failed, "%s: %s at byte %zu", what, r->why, r->pos);
    if (r->depth != 0 || r->pos != r->end[0])
        return err_set(e, ERR_PARSE, "%s: bytes are left over at byte %zu", what, r->pos);
    return ERR_OK;
}
