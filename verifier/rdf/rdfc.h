/* RDFC-1.0: the canonical N-Quads of a dataset, whatever its blank nodes were called.
 *
 * Blank nodes that their own quads tell apart are the normal case and cost one hash each. The others
 * need Hash N-Degree Quads, which can take exponential time; so all work is counted, and a dataset
 * that asks for more than its budget is "too complex", which never means that it was altered.
 */
#ifndef VERIFIER_RDF_RDFC_H
#define VERIFIER_RDF_RDFC_H

#include "verifier/rdf/ndegree.h"

struct rdfc_budget {
    size_t quads;
    size_t blanks; /* blank nodes */
    size_t bytes;  /* of the canonical text, and of any text hashed on the way */
    struct ndegree_limits ambiguous;
};

/** The budget of a verifier that reads documents of strangers: tens of milliseconds at most. */
struct rdfc_budget rdfc_budget(void);

/** The budget of conformance suites: seconds. */
struct rdfc_budget rdfc_budget_suite(void);

/* One entry of the issued identifiers map. */
struct rdfc_issued {
    struct slice label;     /* in the input, with its "_:" */
    struct slice canonical; /* "_:c14n0" */
};

/* The longest text that was hashed for one blank node, and its hash. The proofs of a document are about nearly
 * the same statements, and where an image is inside, hashing is most of the work. {0}: none yet. */
struct rdfc_memo {
    struct slice text; /* in the arena of the datasets, which must be one */
    enum digest_algorithm algorithm;
    struct digest hash;
};

struct rdfc_result {
    struct slice text;          /* the canonical N-Quads; empty if there are no quads */
    struct rdf_dataset data;    /* the same, a quad for each line: see nquads_settle() */
    struct rdfc_issued *issued; /* one for each blank node, in the order of first appearance */
    size_t n_issued;
    size_t n_ambiguous; /* blank nodes that needed Hash N-Degree Quads */
};

/** Canonicalize.
 *
 *  In:      dataset    a set: see rdf_dedupe()
 *           algorithm  SHA-256, unless a cryptosuite says otherwise
 *           escape     NQUADS_RDFC; NQUADS_LEGACY to try what old libraries wrote
 *  Out:     ret        in the dataset's arena
 *  Returns: ERR_OK; ERR_LIMIT "too complex: …" over the budget, or no memory; ERR_INVALID a
 *           language tag that N-Quads cannot carry.
 *  Source:  W3C Recommendation RDF Dataset Canonicalization, section 4.
 */
enum err_code rdfc_canonize(const struct rdf_dataset *dataset, enum digest_algorithm algorithm,
                            enum nquads_escape escape, const struct rdfc_budget *budget,
                            struct rdfc_result *ret, struct err *e) __attribute__((warn_unused_result));

/** The same, for one of several datasets in one arena. In: memo  shared by them; NULL: none. */
enum err_code rdfc_canonize_with(struct rdfc_memo *memo, const struct rdf_dataset *dataset,
                                 enum digest_algorithm algorithm, enum nquads_escape escape,
                                 const struct rdfc_budget *budget, struct rdfc_result *ret, struct err *e)
    __attribute__((warn_unused_result));

#endif
