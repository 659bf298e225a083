/* A file to be hashed: what it is, and the credential hash that its rule gives (design.md, "target"). */
#ifndef VERIFIER_DOCUMENT_H
#define VERIFIER_DOCUMENT_H

#include <stdbool.h>

#include "common/err.h"
#include "common/hash32.h"
#include "common/proof.h"

/* What a file is; the rules of later formats plug in here. */
enum document_kind {
    DOCUMENT_FILE,       /* bytes */
    DOCUMENT_CREDENTIAL, /* a JSON object with a top-level @context, or N-Quads that hold a credential */
    DOCUMENT_DAMAGED, /* begins like a credential and does not parse */
};

struct document {
    enum document_kind kind;
    enum proof_rule rule;  /* of .hash: the file's own */
    bool hashed;           /* false: there is no rule for this kind yet, .hash means nothing */
    struct hash32 hash;    /* by the file's own rule */
    struct hash32 as_bytes; /* by the rule "bytes", always */
    char why[160];         /* DOCUMENT_DAMAGED: what is wrong with it */
};

/** Read and hash a file.
 *
 *  In:      as_bytes  whatever it is, its own rule is "bytes"
 *  Returns: ERR_OK; ERR_NOT_FOUND it cannot be opened; ERR_IO it cannot be read; ERR_NOMEM.
 *  Cost:    one pass over the file; a text that may be a credential is held in memory.
 */
enum err_code document_read(struct document *ret, const char *path, bool as_bytes, struct err *e)
    __attribute__((warn_unused_result));

/** A whole small file as text with a NUL behind it.
 *  Returns: ERR_OK; ERR_NOT_FOUND, ERR_IO; ERR_LIMIT longer than max; ERR_NOMEM.
 *  Owner:   the caller frees. */
enum err_code document_load(char **ret, size_t *ret_len, const char *path, size_t max, struct err *e)
    __attribute__((warn_unused_result));

#endif
