/* The JSON-LD contexts that are embedded in the program: a closed list, each text pinned by SHA-256
 * (config/contexts). Some URLs had several texts over the years; each known one is a variant. */
#ifndef VERIFIER_RDF_CONTEXTS_H
#define VERIFIER_RDF_CONTEXTS_H

#include <stddef.h>

#include "verifier/rdf/slice.h"

/* One text. All strings are constants. */
struct contexts_text {
    const char *variant; /* "only", or what tells it from the other texts of its URL */
    const char *sha256;  /* of the file it comes from, 64 digits */
    const char *licence; /* SPDX name */
    const char *source;  /* "npm:PACKAGE/PATH", or "own:FILE" for a term table of this project */
    struct slice json;   /* an object with @context alone */
};

/** A text of a URL. In: variant  0 for the usual one. Returns: NULL if there is none. */
const struct contexts_text *contexts_find(struct slice url, size_t variant);

/** How many texts of a URL are known; 0 for an unknown URL. */
size_t contexts_count(struct slice url);

/** The URLs in the order of their bytes. Returns: NULL past the last one. */
const char *contexts_url(size_t index);

#endif
