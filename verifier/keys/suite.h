/* The ways of signing inside a document: which proof is of which, and what each needs. Pure. */
#ifndef VERIFIER_KEYS_SUITE_H
#define VERIFIER_KEYS_SUITE_H

#include "verifier/keys/key.h"
#include "verifier/rdf/jdoc.h"

enum suite_form {
    SUITE_RDFC,      /* hash of the canonical RDF of the options ‖ hash of that of the document */
    SUITE_JCS,       /* the same over canonical JSON */
    SUITE_SELECTIVE, /* ecdsa-sd-2023: every statement has its own signature */
};

/* Where the signature stands. */
enum suite_value {
    SUITE_BASE58,    /* proofValue, "z…" */
    SUITE_BASE64URL, /* proofValue, "u…" */
    SUITE_DETACHED,  /* jws, "header..signature" */
};

struct suite {
    const char *type;        /* of the proof */
    const char *cryptosuite; /* of a DataIntegrityProof, else NULL */
    enum suite_form form;
    enum suite_value value;
    unsigned kinds; /* bits of enum key_kind that it is made for */
};

/** The suite of a proof. Returns: NULL if it is none of ours. */
const struct suite *suite_of(const struct jdoc *proof);

bool suite_takes(const struct suite *suite, enum key_kind kind);

/** Its name: the cryptosuite, or the type. */
const char *suite_name(const struct suite *suite);

#endif
