/* A file to be hashed: what it is, and the credential hash that its rule gives (design.md, "target"). */
#ifndef VERIFIER_DOCUMENT_H
#define VERIFIER_DOCUMENT_H

#include <stdbool.h>

#include "common/err.h"
#include "common/hash32.h"
#include "common/proof.h"
#include "verifier/rdf/canonize.h"
#include "verifier/reasons.h"

/* What a file is; the rules of later formats plug in here. */
enum document_kind {
    DOCUMENT_FILE,       /* bytes */
    DOCUMENT_CREDENTIAL, /* a JSON object with a top-level @context */
    DOCUMENT_QUADS,      /* canonical N-Quads that hold a credential: the same credential */
    DOCUMENT_TOKEN,      /* a compact JSON Web Token */
    DOCUMENT_DAMAGED,    /* begins like a credential and does not parse */
};

/* Why a document has no hash by its own rule. */
struct document_refusal {
    enum reason reason;
    char detail[256]; /* the place and the remedy, in English */
};

struct document {
    enum document_kind kind;
    enum proof_rule rule;    /* the file's own */
    struct hash32 as_bytes;  /* by the rule "bytes": see document_as_bytes() */
    bool has_as_bytes;
    struct hash32 hash;      /* by the file's own rule, once document_hash() said true */
    struct canonize_result canonical; /* credentials in JSON: how the hash came about */
    struct document_refusal refusal; /* DOCUMENT_DAMAGED, or document_hash() said false */
    char *text;              /* DOCUMENT_CREDENTIAL: the file, .root points into it; DOCUMENT_TOKEN: the same */
    size_t len;              /* of .text */
    struct arena arena;
    const struct jdoc *whole; /* DOCUMENT_CREDENTIAL: as parsed */
    const struct jdoc *root; /* DOCUMENT_CREDENTIAL: what its Merkle proof, if any, covers */
};

/** Read a file and find out what it is.
 *
 *  In:      as_bytes  whatever it is, its own rule is "bytes"
 *  Returns: ERR_OK; ERR_NOT_FOUND it cannot be opened; ERR_IO it cannot be read; ERR_NOMEM.
 *  Owner:   the caller calls document_done().
 *  Cost:    one pass over the file; a text that may be a credential is held in memory.
 */
enum err_code document_read(struct document *ret, const char *path, bool as_bytes, struct err *e)
    __attribute__((warn_unused_result));

/** The same for bytes that came out of a container, or from standard input; they are copied.
 *  Returns: ERR_OK; ERR_NOMEM. */
enum err_code document_take(struct document *ret, const char *bytes, size_t len, bool as_bytes,
                            struct err *e) __attribute__((warn_unused_result));

/** Hash a document by its own rule.
 *
 *  In:      contexts  what credentials are read with; .canonical points into it
 *           target    a hash to look for among the known variants of the contexts; NULL: none, the
 *                     usual texts decide
 *  Returns: false: it has no hash, see .refusal. */
bool document_hash(struct document *doc, struct canonize *contexts, const struct hash32 *target)
    __attribute__((warn_unused_result));

/** The hash of a document by the rule "bytes". Of a credential it is made when it is first asked for: most are
 *  judged by a proof of their own, and never need it. */
const struct hash32 *document_as_bytes(struct document *doc);

/** The token of a DOCUMENT_TOKEN, without white space around it. */
struct slice document_token(const struct document *doc);

void document_done(struct document *doc);

/** Canonicalize a JSON-LD document. The rule for inline contexts (rdf/context.h) holds where a context
 *  document is named; otherwise there is nothing that they could redefine.
 *
 *  In:      target   as for document_hash()
 *           options  .credential is set to what was decided
 *  Returns: as canonize_tree(). */
enum err_code document_canonize(struct canonize *contexts, struct arena *arena,
                                const struct jdoc *root, const struct hash32 *target,
                                struct canonize_options *options, struct canonize_result *ret,
                                struct err *e) __attribute__((warn_unused_result));

/** What an error of canonicalization means for the owner of the document; a document that loses data
 *  is told all the places, not only the first.
 *  In:  root  the document; NULL: it did not parse
 *       rc, e  the error */
struct document_refusal document_refuse(struct canonize *contexts, const struct jdoc *root,
                                        const struct canonize_options *options, enum err_code rc,
                                        const struct err *e);

/** A whole small file as text with a NUL behind it.
 *  Returns: ERR_OK; ERR_NOT_FOUND, ERR_IO; ERR_LIMIT longer than max; ERR_NOMEM.
 *  Owner:   the caller frees. */
enum err_code document_load(char **ret, size_t *ret_len, const char *path, size_t max, struct err *e)
    __attribute__((warn_unused_result));

#endif
