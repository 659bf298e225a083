/* What the conformance runners share: see suite.h. */
#include "tests/suites/suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void suite_pass(struct suite *s)
{
    s->passed++;
}

void suite_fail(struct suite *s, const char *id, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    printf("FAILED %s: ", id);
    vprintf(fmt, args);
    putchar('\n');
    va_end(args);
    s->failed++;
}

void suite_skip(struct suite *s, const char *id, const char *why)
{
    printf("skipped %s: %s\n", id, why);
    s->skipped++;
}

/* All bytes of a stream. Returns: NULL if it cannot be read. */
static char *read_all(FILE *f, size_t *ret_len)
{
    char *data = NULL;
    size_t len = 0, cap = 0, got;
    do {
        if (cap - len < 2) {
            cap = cap == 0 ? 65536 : 2 * cap;
            char *bigger = realloc(data, cap);
            if (bigger == NULL)
                break;
            data = bigger;
        }
        got = fread(data + len, 1, cap - len - 1, f);
        len += got;
    } while (got > 0);
    if (ferror(f) || data == NULL) {
        free(data);
        return NULL;
    }
    data[len] = '\0';
    *ret_len = len;
    return data;
}

bool suite_read(struct suite *s, const char *name, struct slice *ret)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", s->dir, name);
    FILE *f = n > 0 && (size_t)n < sizeof path ? fopen(path, "rb") : NULL;
    size_t len = 0;
    char *data = f == NULL ? NULL : read_all(f, &len);
    if (f != NULL)
        fclose(f);
    if (data == NULL) {
        printf("missing %s\n", path);
        s->missing++;
        return false;
    }
    *ret = (struct slice){(const uint8_t *)data, len};
    return true;
}

/* The line that begins at `at`, cut to fit a terminal. */
static void print_line(const char *title, struct slice text, size_t at)
{
    const uint8_t *end = at < text.len ? memchr(text.data + at, '\n', text.len - at) : NULL;
    size_t len = (end == NULL ? text.len : (size_t)(end - text.data)) - at;
    printf("    %s %.*s\n", title, (int)(len < 300 ? len : 300), (const char *)text.data + at);
}

bool suite_expect(struct suite *s, const char *id, struct slice got, struct slice expected)
{
    size_t n = got.len < expected.len ? got.len : expected.len, at = 0, line = 0, number = 1;
    while (at < n && got.data[at] == expected.data[at])
        if (got.data[at++] == '\n') {
            line = at;
            number++;
        }
    if (at == got.len && at == expected.len)
        return true;
    suite_fail(s, id, "line %zu of the result is not the expected one", number);
    print_line("got     ", got, line);
    print_line("expected", expected, line);
    return false;
}

int suite_end(const struct suite *s)
{
    printf("passed %u failed %u skipped %u missing %u\n", s->passed, s->failed, s->skipped, s->missing);
    return s->failed == 0 && s->missing == 0 ? 0 : 1;
}
