/* Hash N-Degree Quads: telling blank nodes apart by their neighbourhood (RDFC-1.0, 4.7 and 4.8).
 *
 * The time it takes can grow exponentially, so every step is counted.
 *
 * The Recommendation copies the issuer of temporary identifiers for every permutation that it tries.
 * Identifiers are only ever added, so here there is one issuer, and going back is popping.
 */
#ifndef VERIFIER_RDF_NDEGREE_H
#define VERIFIER_RDF_NDEGREE_H

#include "verifier/rdf/blanks.h"

struct ndegree_limits {
    size_t calls; /* of the algorithm, on average for each of n ambiguous blank nodes: max(calls, n) */
    size_t group; /* blank nodes that are permuted together */
    size_t work;  /* NDEGREE_WORK_HASH for a hash, 1 for an element of a permutation */
};

#define NDEGREE_WORK_HASH 16 /* a short hash costs about as much as so many elements */

struct ndegree_level;

struct ndegree {
    struct blanks *blanks;
    struct arena *arena;
    enum digest_algorithm algorithm;
    struct ndegree_limits limits; /* .calls: in all */
    size_t max_bytes;             /* of any text that is hashed */
    struct err *e;
    enum err_code rc; /* sticky */

    uint32_t *issued; /* the temporary issuer: ids in the order of their numbers */
    uint32_t n_issued;
    struct ndegree_level *levels; /* scratch by depth; never deeper than there are blank nodes */
    struct buffer scratch;
    size_t calls, work; /* spent */
};

/** Prepare. In: n_ambiguous  blank nodes whose first-degree hash is not theirs alone.
 *  Returns: ERR_OK; ERR_LIMIT no memory. */
enum err_code ndegree_init(struct ndegree *nd, struct blanks *blanks, size_t n_ambiguous,
                           enum digest_algorithm algorithm, const struct ndegree_limits *limits,
                           size_t max_bytes, struct err *e) __attribute__((warn_unused_result));

/** Issue canonical identifiers to a group of blank nodes with one first-degree hash, and to those
 *  around them that become known on the way (4.4.3, step 5). Groups come in the order of their hash.
 *  Returns: ERR_OK; ERR_LIMIT "too complex: …", or no memory. */
enum err_code ndegree_resolve(struct ndegree *nd, const uint32_t *group, size_t n)
    __attribute__((warn_unused_result));

#endif
