/* The blank nodes of a dataset by number, and which quads hold which of them.
 * What canonicalization learns about a blank node is kept here too. */
#ifndef VERIFIER_RDF_BLANKS_H
#define VERIFIER_RDF_BLANKS_H

#include "verifier/rdf/digest.h"
#include "verifier/rdf/nquads.h"

#define BLANKS_NONE UINT32_MAX
#define BLANKS_PLACES 3   /* subject, object, graph: where a blank node may stand */
#define BLANKS_LABEL_MAX 32 /* "_:c14n" and a number */

struct blank {
    struct slice label;   /* in the input */
    const uint32_t *quads; /* indexes of the quads that hold it, each once, ascending */
    uint32_t n_quads;
    uint32_t canonical;   /* canonical number + 1, or 0 */
    uint32_t temporary;   /* number of the temporary issuer + 1, or 0 */
    struct digest hash;   /* of its first-degree quads */
};

/* The blank nodes of one quad: subject, object, graph; BLANKS_NONE where something else stands. */
struct blanks_places {
    uint32_t id[BLANKS_PLACES];
};

struct blanks {
    const struct rdf_dataset *dataset;
    struct blanks_places *places; /* one for each quad */
    struct blank *at;             /* by id, in the order of first appearance */
    uint32_t n;
    uint32_t n_canonical; /* canonical numbers issued */
};

/** Index a dataset.
 *  In:      max  blank nodes
 *  Out:     ret  in the dataset's arena
 *  Returns: ERR_OK; ERR_LIMIT "too complex", or no memory. */
enum err_code blanks_index(struct blanks *ret, const struct rdf_dataset *dataset, size_t max,
                           struct err *e) __attribute__((warn_unused_result));

/** Give a blank node the next canonical number, unless it has one. */
void blanks_issue(struct blanks *blanks, uint32_t id);

/** Append the identifier a blank node has so far: the canonical one, else the temporary one. */
void blanks_put_identifier(struct buffer *b, const struct blank *blank);

#endif
