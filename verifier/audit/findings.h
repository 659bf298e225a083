/* A list of findings with their pointers into log and chain, in a fixed order. Pure. */
#ifndef VERIFIER_AUDIT_FINDINGS_H
#define VERIFIER_AUDIT_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash32.h"
#include "common/seal.h"
#include "verifier/audit/catalogue.h"

#define FINDINGS_MAX 100000 /* of one audit; what comes after is counted as HA-9004 */

/* What was found, and where to look. Zeros: the finding has no such pointer. */
struct finding {
    enum finding_code code;
    uint64_t number;         /* of a batch */
    uint64_t block;          /* with a transaction: the block that holds it */
    struct hash32 tx;        /* hash of a transaction */
    struct seal_address key; /* of the log */
    char detail[200];        /* for a technician, in English; may be empty */
};

/* {0} is empty. Owner: the holder; findings_done() frees. */
struct findings {
    struct finding *items;
    size_t n, cap;
    size_t dropped; /* above FINDINGS_MAX */
    bool failed;    /* out of memory */
};

void findings_done(struct findings *f);

/** Note a finding. In: where  its code and pointers; the detail is written from fmt. */
void findings_add(struct findings *f, struct finding where, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** The gravest first, then by code, batch, block, transaction, key and detail; what is equal is kept once. */
void findings_sort(struct findings *f);

/** Less than, equal to or greater than 0, in the order of findings_sort(). */
int findings_compare(const struct finding *a, const struct finding *b);

/** How many have this severity. */
size_t findings_count(const struct findings *f, enum catalogue_severity severity);

/** 0 clean (notices at most), 1 findings, 2 nothing was found but the audit could not be completed. */
int findings_exit(const struct findings *f);

#endif
