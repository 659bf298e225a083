/* Check one file with its proof: every step in order, from the document to the verdict. */
#ifndef VERIFIER_CHECK_H
#define VERIFIER_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/seal.h"
#include "verifier/checkpoint.h"
#include "verifier/endpoints.h"
#include "verifier/formats/bitcoin.h"
#include "verifier/formats/facts.h"
#include "verifier/formats/transaction.h"
#include "verifier/formats/profile.h"
#include "verifier/record.h"
#include "verifier/rdf/canonize.h"
#include "verifier/registrylog.h"
#include "verifier/trust.h"
#include "verifier/verdict.h"

/* The final anchor that was looked at last: the files of one batch share it, and it cannot change. */
struct check_memory {
    bool filled, has_block_0;
    uint64_t chain_id;
    struct hash32 tx_hash;
    struct seal_address registry;
    struct record_facts facts;
};

/* What all files of one call share. */
struct check_setup {
    struct endpoints *endpoints;      /* borrowed; none: no chain can be asked */
    struct bitcoin *bitcoin;          /* the same for Bitcoin; may be NULL */
    struct lookup *lookup;            /* borrowed; NULL: proofs inside of documents are not looked at */
    struct format_expected expected;  /* of proofs inside of documents */
    uint64_t now;                     /* the moment that is judged: the clock, or --at. Unix seconds */
    bool at;                          /* it is --at */
    struct registrylog registrylog;   /* registrylog_done() after the last file */
    struct canonize *canonize;        /* borrowed: the contexts of credentials */
    const struct trust *trust;        /* NULL: no list was given */
    const struct checkpoints *checkpoints; /* may be empty */
    struct check_memory memory;       /* {0} before the first file */
    struct profile_memory profiles;   /* the same */
    bool offline;                     /* rely on evidence; endpoints are asked for blocks at heights only */
    bool as_bytes;                    /* whatever the file is, its rule is "bytes" */
};

/* Who registered it in a Hallmark log: filled only from what was proven (has is false otherwise). */
struct check_issuer {
    bool has;
    char name[128];               /* of the trust list; "" if none */
    char log[SEAL_NAME_MAX + 1];  /* the log's own name: it proves nobody */
    struct seal_address first_key; /* in the genesis */
    struct seal_address key;      /* that signed the earliest good anchor */
    uint64_t recorded_at;         /* time of its block */
    uint64_t chain_id;
};

/* The same for a document with a proof of its own; all "" and 0 where nothing was proven. */
struct check_shown {
    bool has;
    struct facts facts;     /* what, and to whom */
    char issuer_id[256];
    char issuer_name[128];  /* of the trust list, or the issuer's own page */
    char account[TRANSACTION_ACCOUNT_MAX]; /* that recorded it on a chain */
    bool recorded;
    uint64_t recorded_at;
};

struct check_result {
    const char *file;   /* borrowed */
    const char *format; /* "hallmark", "blockcerts-3", …, or NULL: not recognised. Static */
    struct verdict_findings findings;
    struct verdict verdict; /* points into the findings */
    struct check_issuer issuer; /* format "hallmark" */
    struct check_shown shown;   /* any other */
};

/** Check bytes that came out of a container (a baked badge, a member of a ZIP, standard input): the proof
 *  must be inside them. There is always a result.
 *  In:  name  for the report; borrowed, as the bytes are, until the report is written */
void check_bytes(struct check_setup *setup, const char *name, const char *bytes, size_t len,
                 struct check_result *ret);

/** Check bytes with the proof document that lay beside them in their container.
 *  In:  name  as for check_bytes() */
void check_pair(struct check_setup *setup, const char *name, struct slice bytes, struct slice proof,
                struct check_result *ret);

/** Check a file. There is always a result.
 *  In:  proof_file  NULL: <file>.proof.json */
void check_file(struct check_setup *setup, const char *file, const char *proof_file,
                struct check_result *ret);

#endif
