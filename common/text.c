/* A growing text buffer: see text.h. */
#include "common/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/rfc3339.h"
#include "common/utf8.h"

void text_done(struct text *t)
{
    free(t->data);
    *t = (struct text){0};
}

void text_clear(struct text *t)
{
    t->len = 0;
    t->failed = false;
    if (t->data != NULL)
        t->data[0] = '\0';
}

void text_reserve(struct text *t, size_t more)
{
    if (t->failed || more < t->cap - t->len) /* one byte is for the NUL */
        return;
    size_t cap = t->cap < 256 ? 256 : t->cap;
    while (cap - t->len <= more && cap <= SIZE_MAX / 2)
        cap *= 2;
    char *data = cap - t->len > more ? realloc(t->data, cap) : NULL;
    if (data == NULL) {
        t->failed = true;
        return;
    }
    t->data = data;
    t->cap = cap;
    t->data[t->len] = '\0';
}

const char *text_string(const struct text *t)
{
    return t->data != NULL ? t->data : "";
}

char *text_steal(struct text *t)
{
    text_reserve(t, 0);
    char *data = t->failed ? NULL : t->data;
    if (t->failed)
        free(t->data);
    *t = (struct text){0};
    return data;
}

void text_put(struct text *t, const char *bytes, size_t len)
{
    text_reserve(t, len);
    if (t->failed)
        return;
    if (len > 0)
        memcpy(t->data + t->len, bytes, len);
    t->len += len;
    t->data[t->len] = '\0';
}

void text_puts(struct text *t, const char *string)
{
    text_put(t, string, strlen(string));
}

void text_putc(struct text *t, char c)
{
    text_put(t, &c, 1);
}

void text_putf(struct text *t, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        t->failed = true;
    else
        text_reserve(t, (size_t)n);
    if (!t->failed) {
        vsnprintf(t->data + t->len, (size_t)n + 1, fmt, again);
        t->len += (size_t)n;
    }
    va_end(again);
}

void text_put_u64(struct text *t, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    text_put(t, digits + at, sizeof digits - at);
}

void text_put_hex(struct text *t, const void *bytes, size_t len)
{
    text_reserve(t, 2 * len);
    if (t->failed)
        return;
    hex_encode(t->data + t->len, bytes, len);
    t->len += 2 * len;
}

static void put_escaped(struct text *t, uint32_t point)
{
    static const char SHORT[128] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                    ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\'};
    if (point < sizeof SHORT && SHORT[point] != '\0')
        text_put(t, (char[]){'\\', SHORT[point]}, 2);
    else
        text_putf(t, "\\u%04x", point);
}

static bool is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

/* The next code point; a byte that is not UTF-8 counts as one U+FFFD. Returns: its length. */
static size_t next_point(const char *bytes, size_t len, uint32_t *ret_point, bool *ret_sound)
{
    size_t n = utf8_decode((struct slice){(const uint8_t *)bytes, len}, ret_point);
    *ret_sound = n > 0;
    if (n == 0)
        *ret_point = 0xfffd;
    return n > 0 ? n : 1;
}

/* How many characters from here on are ASCII and stand for themselves, in JSON too. */
static size_t plain_run(const char *bytes, size_t len)
{
    size_t n = 0;
    while (n < len && bytes[n] >= ' ' && bytes[n] < 0x7f && bytes[n] != '"' && bytes[n] != '\\')
        n++;
    return n;
}

void text_put_json(struct text *t, const char *bytes, size_t len)
{
    uint32_t point;
    bool sound;
    text_putc(t, '"');
    for (size_t at = 0, n; at < len; at += n) {
        n = plain_run(bytes + at, len - at);
        text_put(t, bytes + at, n);
        at += n;
        if (at == len)
            break;
        n = next_point(bytes + at, len - at, &point, &sound);
        if (sound && !is_control(point) && point != '"' && point != '\\')
            text_put(t, bytes + at, n);
        else
            put_escaped(t, point);
    }
    text_putc(t, '"');
}

void text_put_plain(struct text *t, const char *bytes, size_t len)
{
    uint32_t point;
    bool sound;
    for (size_t at = 0, n; at < len; at += n) {
        n = next_point(bytes + at, len - at, &point, &sound);
        text_put(t, sound && !is_control(point) ? bytes + at : "?",
                 sound && !is_control(point) ? n : 1);
    }
}

void text_put_time(struct text *t, uint64_t seconds)
{
    char text[RFC3339_LEN + 1];
    if (rfc3339_write(text, seconds))
        text_put(t, text, RFC3339_LEN);
    else
        t->failed = true;
}

void text_put_time_member(struct text *t, const char *key, uint64_t seconds)
{
    text_putf(t, ",\"%s\":", key);
    if (seconds == 0) {
        text_puts(t, "null");
        return;
    }
    text_putc(t, '"');
    text_put_time(t, seconds);
    text_putc(t, '"');
}
