/* N-Quads: a strict parser (RDF 1.1 N-Quads) and the canonical writer (RDFC-1.0, section 5). */
#ifndef VERIFIER_RDF_NQUADS_H
#define VERIFIER_RDF_NQUADS_H

#include "verifier/rdf/buffer.h"
#include "verifier/rdf/rdf.h"

/** Parse a whole N-Quads document into a dataset (which becomes a set, see rdf_dedupe()).
 *
 *  In:      text  must outlive the dataset: terms without escapes point into it
 *  Returns: ERR_OK; ERR_PARSE not N-Quads (line and column, in bytes from 1); ERR_LIMIT more
 *           quads than the dataset may hold, or no memory.
 *  Strict:  UTF-8; IRIs absolute; what an IRIREF cannot hold only escaped; no surrogates; no
 *           generalized RDF.
 */
enum err_code nquads_parse(struct rdf_dataset *dataset, struct slice text, struct err *e)
    __attribute__((warn_unused_result));

/* Which characters of a literal are escaped. */
enum nquads_escape {
    NQUADS_RDFC,   /* \b \t \n \f \r \" \\, other controls and DEL as \u00XX: RDFC-1.0 */
    NQUADS_LEGACY, /* \n \r \" \\ only: URDNA2015 libraries before 2023 */
};

/** Append one quad in canonical form, with " .\n".
 *  On error: b->failed is ERR_INVALID if a language tag holds what N-Quads cannot carry. */
void nquads_put(struct buffer *b, const struct rdf_quad *quad, enum nquads_escape escape);

/** A quad that was written, borrowing from its line: as nquads_parse() would read it.
 *
 *  What a term borrowed before (a context, say) may go afterwards, except the text of a literal, which stays
 *  where it is: a long one would have to be unescaped again.
 *  In:  line  what nquads_put() appended for this quad; must stay where it is */
struct rdf_quad nquads_settle(struct arena *arena, const struct rdf_quad *quad, struct slice line);

/** Like buffer_check(), with a message for ERR_INVALID. */
enum err_code nquads_check(const struct buffer *b, struct err *e) __attribute__((warn_unused_result));

#endif
