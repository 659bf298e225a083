/* What there is to say about a running daemon, gathered at one moment: for `status`, the metrics and the
 * status page, so that all three say the same.
 * Thread: the loop's.
 */
#ifndef DAEMON_FACTS_H
#define DAEMON_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/db/store.h"
#include "common/err.h"
#include "daemon/control_base.h"

#define FACTS_UNKNOWN UINT64_MAX

/* Whether the fees allow anchoring: name, stable word. */
#define FACTS_FEES(X)                                                                                          \
    X(UNKNOWN, "unknown")   /* the chain was never reached */                                                  \
    X(OK, "ok")                                                                                                \
    X(ABOVE_CAP, "above-cap") /* the market is above max_fee_per_gas */                                        \
    X(NO_BUDGET, "no-budget") /* the daily budget is used up */                                                \
    X(NO_FUNDS, "no-funds")   /* the balance does not cover an anchor */

enum facts_fee {
#define X(name, word) FACTS_FEE_##name,
    FACTS_FEES(X)
#undef X
    FACTS_N_FEES
};

/* Whether the endpoints tell the same story: name, stable word. */
#define FACTS_AGREEMENTS(X)                                                                                    \
    X(UNKNOWN, "unknown")     /* never asked */                                                                \
    X(AGREE, "agree")                                                                                          \
    X(BEHIND, "behind")       /* one that answers is more than FACTS_MAX_LAG blocks behind another */           \
    X(DISAGREE, "disagree")   /* another chain, or another block with an anchor of ours */                     \
    X(TOO_FEW, "too-few")     /* fewer than the quorum answer */

enum facts_agreement {
#define X(name, word) FACTS_ENDPOINTS_##name,
    FACTS_AGREEMENTS(X)
#undef X
    FACTS_N_AGREEMENTS
};

#define FACTS_MAX_LAG 5 /* blocks */

struct facts {
    uint64_t now; /* times are Unix seconds; 0: there is none */
    struct store_stats store;
    struct store_pending pending;
    uint64_t head;                 /* newest batch; 0: none */
    struct hash32 anchored;        /* its value, R_0 if there is none */
    uint64_t oldest_unanchored_at; /* acceptance of the oldest hash without a final anchor */
    uint64_t last_final, last_final_at; /* newest batch with a final anchor */
    unsigned in_flight;            /* batches sealed and not final, in memory */
    unsigned healthy;              /* endpoints that answer */
    enum facts_agreement agreement;
    enum facts_fee fee;
    wei spent_today, daily_budget;
    uint64_t batches_a_day;        /* pace of the last day, at least 1 */
    uint64_t runway_days;          /* FACTS_UNKNOWN: not known, or for ever */
};

/** Gather. Out: ret complete if ERR_OK; else what needs the store is zero.
 *  Returns: ERR_OK and the errors of reading the store.
 *  Cost:    some ten reads; a log with many batches a day: up to a thousand more. */
enum err_code facts_gather(const struct control *c, struct facts *ret, struct err *e);

const char *facts_fee_word(enum facts_fee fee);
const char *facts_agreement_word(enum facts_agreement agreement);

#endif
