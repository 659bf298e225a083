/* The list of findings: see findings.h. */
#include "verifier/audit/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void findings_done(struct findings *f)
{
    free(f->items);
    *f = (struct findings){0};
}

static bool grow(struct findings *f)
{
    size_t cap = f->cap > 0 ? 2 * f->cap : 64;
    struct finding *items = realloc(f->items, cap * sizeof *items);
    if (items == NULL)
        return false;
    f->items = items;
    f->cap = cap;
    return true;
}

void findings_add(struct findings *f, struct finding where, const char *fmt, ...)
{
    if (f->n >= FINDINGS_MAX) {
        f->dropped++;
        return;
    }
    if (f->n == f->cap && !grow(f)) {
        f->failed = true;
        return;
    }
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(where.detail, sizeof where.detail, fmt, ap);
    va_end(ap);
    f->items[f->n++] = where;
}

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int findings_compare(const struct finding *a, const struct finding *b)
{
    int by = order(catalogue_row(b->code)->severity, catalogue_row(a->code)->severity);
    if (by == 0)
        by = order(a->code, b->code);
    if (by == 0)
        by = order(a->number, b->number);
    if (by == 0)
        by = order(a->block, b->block);
    if (by == 0)
        by = memcmp(a->tx.b, b->tx.b, sizeof a->tx.b);
    if (by == 0)
        by = memcmp(a->key.b, b->key.b, sizeof a->key.b);
    return by != 0 ? by : strcmp(a->detail, b->detail);
}

static int compare(const void *a, const void *b)
{
    return findings_compare(a, b);
}

void findings_sort(struct findings *f)
{
    size_t kept = 0;
    if (f->n > 1)
        qsort(f->items, f->n, sizeof *f->items, compare);
    for (size_t i = 0; i < f->n; i++)
        if (kept == 0 || findings_compare(&f->items[kept - 1], &f->items[i]) != 0)
            f->items[kept++] = f->items[i];
    f->n = kept;
}

size_t findings_count(const struct findings *f, enum catalogue_severity severity)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        n += catalogue_row(f->items[i].code)->severity == severity;
    return n;
}

int findings_exit(const struct findings *f)
{
    if (findings_count(f, CATALOGUE_ERROR) + findings_count(f, CATALOGUE_WARNING) > 0)
        return 1;
    return f->failed || findings_count(f, CATALOGUE_INCOMPLETE) > 0 ? 2 : 0;
}
