/* Log and chain against each other: which batch is recorded where, by which key and when; what is recorded
 * that the log does not hold; what the log says that the chain does not show. Pure. */
#ifndef VERIFIER_AUDIT_MATCH_H
#define VERIFIER_AUDIT_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "verifier/audit/findings.h"
#include "verifier/audit/ledger.h"
#include "verifier/audit/walk.h"

#define MATCH_CLOCKS 900          /* seconds that a clock may differ from the chain's */
#define MATCH_PENDING 3600        /* seconds after sealing in which a batch need not be final yet */
#define MATCH_LATE (7 * 86400)    /* seconds from sealing to the chain that nobody wonders about */

/* What came of a transaction of a key. */
enum match_role {
    MATCH_BATCH,    /* records a batch of the log, by a key in force */
    MATCH_REPEATED, /* records it again */
    MATCH_UNKNOWN,  /* records a value that the log does not hold */
    MATCH_LOST,     /* the same, and a gap declares it or the missing batches explain it */
    MATCH_STANDING, /* an anchor by a key that was not in force */
    MATCH_KEYS,     /* changes the keys */
    MATCH_REVOKE,
    MATCH_FAILED,
    MATCH_OTHER,
};
const char *match_role_word(enum match_role role);

struct match_tx {
    const struct ledger_tx *tx;
    enum match_role role;
    uint64_t number; /* BATCH, REPEATED, STANDING: of the batch; 0: none */
};

/* The two sides put together. {0} is empty. Owner: the holder; match_done() frees. */
struct match {
    struct match_tx *txs;         /* in chain order */
    size_t n_txs;
    const struct ledger_tx **first; /* by step of the walk: its earliest good anchor; NULL: none */
    bool *orphan; /* by step of the walk: a gap declares that it never reached the chain and was sealed again */
    bool *proven;                 /* by index in l->batches: recorded, itself or by a later one */
    struct keychain_event *events; /* changes of keys that were really made, sorted; valid or not */
    size_t n_events;
};

void match_done(struct match *m);

/** Returns: ERR_OK; ERR_NOMEM. */
enum err_code match_chain(const struct ledger *l, const struct walk *w, struct match *ret, struct findings *out,
                          struct err *e) __attribute__((warn_unused_result));

#endif
