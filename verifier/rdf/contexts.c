/* The embedded contexts: see contexts.h. */
#include "verifier/rdf/contexts.h"

#include <stdlib.h>

struct url_row {
    const char *url;
    const struct contexts_text *texts; /* the usual one first */
    size_t n;
};

#include "contexts_embedded.h" /* TEXTS, and URLS in the order of their bytes */

#define N_URLS (sizeof URLS / sizeof URLS[0])

static int compare_url(const void *key, const void *row)
{
    const struct slice *url = key;
    return slice_compare(*url, slice_of(((const struct url_row *)row)->url));
}

static const struct url_row *find(struct slice url)
{
    return bsearch(&url, URLS, N_URLS, sizeof URLS[0], compare_url);
}

const struct contexts_text *contexts_find(struct slice url, size_t variant)
{
    const struct url_row *row = find(url);
    return row == NULL || variant >= row->n ? NULL : &row->texts[variant];
}

size_t contexts_count(struct slice url)
{
    const struct url_row *row = find(url);
    return row == NULL ? 0 : row->n;
}

const char *contexts_url(size_t index)
{
    return index < N_URLS ? URLS[index].url : NULL;
}
