/* N-Quads: a strict parser (RDF 1.1 N-Quads) and the canonical writer (RDFC-1.0, section 5). */
#ifndef VERIFIER_RDF_NQUADS_H
#define VERIFIER_RDF_NQUADS_H

#include "verifier/rdf/rdf.h"

/** Parse a whole N-Quads document into a dataset (which becomes a set, see rdf_dedupe()).
 *
 *  In:      text  must outlive the dataset: terms without escapes point into it
 *  Returns: ERR_OK; ERR_PARSE not N-Quads (line and column, in bytes from 1); ERR_LIMIT more
 *           quads than the dataset may hold, or no memory.
 *  Strict:  UTF-8; IRIs absolute, without the characters an IRIREF cannot hold, escaped or not;
 *           no surrogates; no generalized RDF.
 */
enum err_code nquads_parse(struct rdf_dataset *dataset, struct slice text, struct err *e)
    __attribute__((warn_unused_result));

/* Which characters of a literal are escaped. */
enum nquads_escape {
    NQUADS_RDFC,   /* \b \t \n \f \r \" \\, other controls and DEL as \u00XX: RDFC-1.0 */
    NQUADS_LEGACY, /* \n \r \" \\ only: URDNA2015 libraries before 2023 */
};

/* Text that grows in an arena. Errors are sticky: write the straight story, look once at the end. */
struct nquads_writer {
    struct arena *arena;       /* borrowed */
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;                /* bytes; more is ERR_LIMIT */
    enum nquads_escape escape;
    enum err_code failed;      /* ERR_OK; ERR_LIMIT; ERR_INVALID a term that N-Quads cannot carry */
};

/** An empty writer. In: size  bytes to allocate at first (a guess; 0 is legal). */
struct nquads_writer nquads_writer(struct arena *arena, size_t size, size_t max,
                                   enum nquads_escape escape);

/** Append bytes as they are. */
void nquads_put(struct nquads_writer *w, const void *bytes, size_t len);

/** Append one quad in canonical form, with " .\n". */
void nquads_put_quad(struct nquads_writer *w, const struct rdf_quad *quad);

/** Returns: ERR_OK, or .failed with its message. */
enum err_code nquads_check(const struct nquads_writer *w, struct err *e)
    __attribute__((warn_unused_result));

#endif
