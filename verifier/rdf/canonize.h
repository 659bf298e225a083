/* From the bytes of a credential to its hash: JSON, JSON-LD, RDF, RDFC-1.0, SHA-256.
 *
 * A canonizer holds what documents share: the contexts, each parsed and processed once. Contexts come
 * from the embedded list and from files that the user named, never from the network.
 */
#ifndef VERIFIER_RDF_CANONIZE_H
#define VERIFIER_RDF_CANONIZE_H

#include "common/hash32.h"
#include "verifier/rdf/context.h"
#include "verifier/rdf/rdfc.h"

#define CANONIZE_ARENA_BYTES ((size_t)256 << 20)  /* enough for a document of CANONIZE_JSON_BYTES */
#define CANONIZE_JSON_BYTES ((size_t)16 << 20)    /* credentials of several MiB exist: images inside */
#define CANONIZE_CONTEXT_BYTES ((size_t)256 << 10) /* a context file that the user names */

struct canonize {
    struct arena arena;         /* parsed contexts */
    struct map given;           /* URL -> struct canonize_context *: files of the user */
    struct map listed;          /* URL -> struct listed * (canonize.c): embedded ones used so far */
    struct context_cache cache; /* processed contexts */
};

/* A context that a document used. */
struct canonize_context {
    struct slice url;
    const char *variant; /* "given" for a file of the user; else see contexts.h */
    const char *sha256;  /* of the file, 64 digits */
    const struct jdoc *document;
};

struct canonize_options {
    struct slice base;                   /* base IRI; empty: relative IRIs are lost */
    enum jsonld_loss_mode losses;
    bool credential;                     /* inline contexts only add terms; an empty result is an error */
    enum digest_algorithm algorithm;     /* inside RDFC-1.0 */
    enum nquads_escape escape;
    struct rdfc_budget budget;
    struct rdfc_memo *memo;              /* shared by what is canonicalized in one arena; NULL: none */
};

struct canonize_result {
    struct slice text;                    /* canonical N-Quads */
    struct rdf_dataset data;              /* the same, a quad for each line: it needs neither document nor contexts,
                                             except the document for the text of literals */
    struct hash32 hash;                   /* SHA-256 of it */
    enum nquads_escape escape;            /* in which the text is written */
    const struct jsonld_unsigned *losses; /* JSONLD_LOSS_LIST: what the text does not hold */
    size_t n_losses;                      /* as many as are kept */
    const struct canonize_context **contexts;
    size_t n_contexts;
    struct rdfc_issued *issued; /* the issued identifiers map */
    size_t n_issued;
};

/** The options for a credential: nothing may be lost, RDFC-1.0 with SHA-256, production budget. */
struct canonize_options canonize_options(void);

/** Start a canonizer. It may not move afterwards. One thread at a time may use it. */
void canonize_init(struct canonize *c);
void canonize_done(struct canonize *c);

/** Add a context file that the user named; it goes before an embedded one of the same URL.
 *  In:      json  borrowed until canonize_done()
 *  Returns: ERR_OK; ERR_PARSE not JSON; ERR_INVALID no object with @context; ERR_EXISTS; ERR_LIMIT. */
enum err_code canonize_add_context(struct canonize *c, struct slice url, struct slice json,
                                   struct err *e) __attribute__((warn_unused_result));

/** Use another known text of a URL from now on. Returns: ERR_OK; ERR_NOT_FOUND; ERR_LIMIT. */
enum err_code canonize_use_variant(struct canonize *c, struct slice url, size_t variant,
                                   struct err *e) __attribute__((warn_unused_result));

/** Canonicalize a parsed document.
 *
 *  In:      root  may be a shallow copy of a parsed tree with members taken out
 *  Out:     ret   in the arena; .contexts as long as c
 *  Returns: ERR_OK; ERR_INVALID the document breaks a rule of JSON-LD, loses data (the message ends
 *           in a JSON pointer), or says nothing; ERR_NOT_FOUND a context is not known; ERR_LIMIT
 *           "too complex", or a limit of size.
 */
enum err_code canonize_tree(struct canonize *c, struct arena *arena, const struct jdoc *root,
                            const struct canonize_options *options, struct canonize_result *ret,
                            struct err *e) __attribute__((warn_unused_result));

/** The rule "rdfc" of design.md: parse, drop the Merkle proof, canonicalize.
 *  In:      json  must outlive ret
 *  Returns: as canonize_tree(); ERR_PARSE not strict JSON. */
enum err_code canonize_document(struct canonize *c, struct arena *arena, struct slice json,
                                const struct canonize_options *options,
                                struct canonize_result *ret, struct err *e)
    __attribute__((warn_unused_result));

/** Canonicalize a document, and look for the text that has a known hash: first in the usual way, then
 *  with every other known variant of the contexts, and with the escapes of old libraries.
 *  Out:     ret          of the way that gave the hash; of the usual one if none did
 *           ret_matches  whether one did
 *  Returns: ERR_OK; if none gave the hash, and the usual way fails, its error: see canonize_tree(). */
enum err_code canonize_match(struct canonize *c, struct arena *arena, const struct jdoc *root,
                             const struct canonize_options *options, const struct hash32 *hash,
                             struct canonize_result *ret, bool *ret_matches, struct err *e)
    __attribute__((warn_unused_result));

/** Read N-Quads that are canonical already: the text must be what canonicalizing it gives.
 *  Returns: ERR_OK; ERR_PARSE not N-Quads; ERR_INVALID not canonical, or empty; ERR_LIMIT. */
enum err_code canonize_nquads(struct arena *arena, struct slice text,
                              const struct canonize_options *options, struct canonize_result *ret,
                              struct err *e) __attribute__((warn_unused_result));

/** Whether a proof is a Merkle proof: MerkleProof2017, MerkleProof2019, a Data Integrity proof with
 *  the cryptosuite merkle-proof-2019, or a ChainedProof2021 around one of them. */
bool canonize_is_merkle_proof(const struct jdoc *proof);

/** What a Merkle proof covers: the document without it and, in an array, without all proofs after it.
 *  In:      nth        which Merkle proof, from 0
 *  Out:     ret_proof  the proof, or NULL; may be NULL
 *  Returns: root itself if there is no such proof; NULL if there is no memory. */
const struct jdoc *canonize_without_proof(struct arena *arena, const struct jdoc *root, size_t nth,
                                          const struct jdoc **ret_proof);

#endif
