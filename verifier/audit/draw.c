/* Drawing leaves: see draw.h. */
#include "verifier/audit/draw.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/sha256.h"

void draw_done(struct draw *s)
{
    free(s->items);
    *s = (struct draw){0};
}

static uint64_t number_of(const char *seed, uint64_t i)
{
    char decimal[24];
    struct sha256_stream stream;
    int len = snprintf(decimal, sizeof decimal, "\n%" PRIu64, i);
    sha256_init(&stream);
    sha256_update(&stream, "hallmark sample 1\n", 18);
    sha256_update(&stream, seed, strlen(seed));
    sha256_update(&stream, decimal, (size_t)len);
    struct hash32 hash = sha256_final(&stream);
    struct bytes_reader r = bytes_reader(hash.b, sizeof hash.b);
    return bytes_get_u64(&r);
}

/* Where a place stands in the sorted items, or would stand. */
static size_t find(const struct draw *s, uint64_t at)
{
    size_t low = 0, high = s->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->items[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool insert(struct draw *s, uint64_t at)
{
    size_t place = find(s, at);
    if (place < s->n && s->items[place].at == at)
        return false;
    memmove(&s->items[place + 1], &s->items[place], (s->n - place) * sizeof *s->items);
    s->items[place] = (struct draw_item){.at = at};
    s->n++;
    return true;
}

enum err_code draw_make(struct draw *ret, uint64_t total, size_t n, const char *seed, struct err *e)
{
    struct draw s = {0};
    if (n > total)
        n = (size_t)total;
    s.items = calloc(n + 1, sizeof *s.items);
    if (s.items == NULL)
        return err_set(e, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
    for (uint64_t i = 0; s.n < n; i++) {
        uint64_t drawn = number_of(seed, i);
        if (n == total)
            insert(&s, i);
        else if (drawn < UINT64_MAX - UINT64_MAX % total)
            insert(&s, drawn % total);
    }
    *ret = s;
    return ERR_OK;
}

bool draw_hits(const struct draw *s, uint64_t first, uint64_t n)
{
    size_t place = find(s, first);
    return place < s->n && s->items[place].at - first < n;
}

void draw_fill(struct draw *s, uint64_t first, uint64_t number, const struct hash32 *leaves, uint64_t n)
{
    for (size_t i = find(s, first); i < s->n && s->items[i].at - first < n; i++) {
        struct draw_item *item = &s->items[i];
        item->number = number;
        item->index = item->at - first;
        item->leaf = leaves[item->index];
        item->found = true;
    }
}
