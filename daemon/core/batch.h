/* When is a batch due? A pure decision: numbers in, one answer out. The sealer asks it after every
 * group commit, on every timer and on every command, and does what it says. */
#ifndef DAEMON_CORE_BATCH_H
#define DAEMON_CORE_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#define BATCH_NO_WAKE UINT64_MAX /* nothing can become due by time alone */

/* Section [batch] of the settings. */
struct batch_policy {
    uint64_t max_age_ms;      /* a pending hash waits at most so long; 0: seal at once */
    uint64_t max_leaves;      /* a batch holds at most so many, at least 1 */
    uint64_t min_interval_ms; /* between two batches; only a flush is exempt */
    uint64_t heartbeat_ms;    /* after so long without a batch seal one, even if empty; 0: off */
};

/* Two clocks. Wall time survives a restart but may jump; monotonic time does neither. A duration is
 * the longer of the two measures, so a clock that goes back an hour delays nothing, and one that
 * goes forward closes at most one batch early. */
struct batch_state {
    uint64_t now;            /* Unix seconds */
    uint64_t mono_ms;        /* monotonic, any origin */
    uint64_t pending;        /* accepted and not sealed */
    uint64_t oldest_at;      /* Unix seconds: when the oldest pending was accepted; if pending > 0 */
    uint64_t oldest_mono_ms; /* when this process accepted it, or found it at its start */
    uint64_t sealed_at;      /* sealed-at of the newest batch; the creation of the log if none */
    uint64_t sealed_mono_ms; /* when this process sealed it, or its start */
    uint64_t flush;          /* so many of the oldest pending must go now (0: no flush asked for) */
    bool forced;             /* one batch must go now, even an empty one: a new key proves itself by it */
    bool paused;             /* by the operator: nothing is sealed, not even by a flush */
    bool draining;           /* the daemon stops, a key is about to go, a loss is being settled: the same */
};

/* Why a batch is sealed, for the log line. */
enum batch_reason {
    BATCH_NOT_DUE,
    BATCH_FULL,
    BATCH_FLUSH,
    BATCH_AGE,
    BATCH_HEARTBEAT,
    /* never decided here: the sealer's own, after a loss */
    BATCH_GAP,   /* the empty batch that declares it */
    BATCH_AGAIN, /* what an orphan holds */
};

struct batch_decision {
    enum batch_reason reason; /* BATCH_NOT_DUE: seal nothing now */
    uint64_t n_leaves;        /* the oldest so many pending; 0 only for a heartbeat */
    uint64_t sealed_at;       /* for the header: never before the batch before */
    uint64_t wait_ms;         /* if not due: ask again after so long, or when something changes;
                                 0 after a seal: ask again at once; BATCH_NO_WAKE */
};

/** Decide.
 *
 *  After a seal the caller takes n_leaves off `pending` and off `flush` (not below 0), refreshes
 *  oldest_* and sealed_*, and asks again.
 */
struct batch_decision batch_decide(const struct batch_state *state, const struct batch_policy *policy);

/** "full", "flush", "age", "heartbeat", "gap", "again" or "not due". */
const char *batch_reason_name(enum batch_reason reason);

#endif
