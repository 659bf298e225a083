/* One JSON-RPC body to one of several endpoints, or to all of them, and the health of each.
 *
 * Happy path: rpc_start() picks the best endpoint and lends the call to curl; done() finds the reply
 * bytes in it; the caller decodes them with common/ethrpc.
 * Failure modes: no connection, time out, a reply that is too long or no JSON at all: done() finds an
 * error, the endpoint's health notes it. Whatever only the decoder can see (wrong id, wrong chain)
 * is told back with rpc_blame() or rpc_quarantine().
 * An endpoint that failed RPC_BREAK_AFTER times in a row rests, 1 s at first, doubled up to 1 min. Then
 * it is probed: beside the next call if another endpoint is healthy, else by that call itself; only a
 * success ends the rest.
 * Thread rule: one thread, the loop's. Between start and done a call belongs to rpc.
 *
 * URLs may hold secrets (user and password, keys in path or query): nothing here ever shows more
 * than scheme://host:port.
 */
#ifndef DAEMON_IO_RPC_H
#define DAEMON_IO_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/err.h"
#include "daemon/io/clock.h"
#include "daemon/io/curluv.h"

#define RPC_MAX_ENDPOINTS 16
#define RPC_BREAK_AFTER 3     /* failures in a row until an endpoint rests */
#define RPC_REST_MS 1000      /* the first rest */
#define RPC_MAX_REST_MS 60000 /* the longest */
#define RPC_ANY (-1)          /* as endpoint: the best one */

enum rpc_health {
    RPC_HEALTHY,
    RPC_RESTING,    /* its breaker is open: not picked before rest_until_ms */
    RPC_PROBING,    /* one call is finding out whether it is back */
    RPC_QUARANTINED /* put aside by the caller, e.g. wrong chain: not picked until released */
};

/* Read-only for the caller. */
struct rpc_endpoint {
    char label[CURLUV_LABEL_LEN]; /* scheme://host:port, what may be logged */
    enum rpc_health health;
    char reason[128];       /* why quarantined; "" otherwise */
    char last_error[256];   /* "" if the last call went well */
    uint64_t last_ok_ms;    /* monotonic; 0: never */
    uint64_t n_calls;       /* finished */
    uint64_t n_failures;
    unsigned failures_in_row;
    unsigned n_running;
    double latency_ms;      /* smoothed over successes; 0: unknown */
    uint64_t rest_ms;       /* length of the present or last rest */
    uint64_t rest_until_ms; /* monotonic */

    /* Private. */
    char *url; /* secret */
    struct curluv_transfer probe;
    struct rpc *rpc;
};

struct rpc {
    struct curluv *curl;
    const struct clock *clock;
    struct rpc_endpoint endpoints[RPC_MAX_ENDPOINTS];
    size_t n_endpoints;
};

struct rpc_call {
    /* Filled in by the caller before start; borrowed until done. */
    const char *body; /* JSON */
    size_t body_len;
    uint64_t timeout_ms;
    size_t max_reply; /* bytes: LIMITS_RPC_REPLY_BYTES, or LIMITS_RPC_BLOCK_BYTES */
    void (*done)(struct rpc_call *call); /* exactly once, never from inside start */
    void *user;

    /* Filled in before done. */
    struct err err;     /* OK; IO, TIMEOUT, LIMIT, CANCELLED, NOMEM; RPC (not JSON: the text says what);
                           BUSY (every endpoint rests or is quarantined: the text says until when) */
    struct slice reply; /* JSON text and a NUL; valid until done returns, see rpc_steal_reply */
    unsigned status;    /* of HTTP: JSON that came with 4xx or 5xx is handed over too */
    int endpoint;       /* index of who was asked; -1 with BUSY */

    /* Private. */
    struct rpc *rpc;
    struct curluv_transfer transfer;
    char **held;             /* inside done: where the reply is, to be freed after it */
    unsigned row_before;     /* failures in a row before this reply was counted as a success, */
    uint64_t rest_before_ms; /* and the rest that they had earned: rpc_blame goes on from there */
};

/* The same body to every endpoint that is not quarantined (resting ones too). */
struct rpc_fanout {
    const char *body; /* as in rpc_call; for all of them */
    size_t body_len;
    uint64_t timeout_ms;
    size_t max_reply;
    void (*done)(struct rpc_fanout *f); /* once, when the last has answered or failed */
    void *user;

    struct rpc_call calls[RPC_MAX_ENDPOINTS]; /* replies are valid until done returns */
    size_t n_calls;                           /* 0: all are quarantined; done comes all the same */

    /* Private. */
    size_t n_running;
    char *replies[RPC_MAX_ENDPOINTS];
};

/** Copy the list of endpoints.
 *  Returns: ERR_INVALID (not http or https, or not a URL; the message gives its place in the list,
 *           never the URL), ERR_LIMIT (none, or more than RPC_MAX_ENDPOINTS), ERR_NOMEM.
 *  Owner:   curl and clock must outlive rpc. */
enum err_code rpc_open(struct rpc *r, struct curluv *curl, const struct clock *clock,
                       const char *const urls[], size_t n, struct err *e)
    __attribute__((warn_unused_result));

/** Free it, wiping the URLs. No call may be running (curluv_close ends them, and probes), so it is not
 *  called from inside a done. Harmless on zeros. */
void rpc_close(struct rpc *r);

/** Send. In: endpoint  RPC_ANY, or the index of one (asked even if it rests or is quarantined).
 *  Zero the call before its first start; it may be started again from its own done. */
void rpc_start(struct rpc *r, struct rpc_call *call, int endpoint);

/** Give up: done comes soon with ERR_CANCELLED, which is not held against the endpoint. */
void rpc_cancel(struct rpc_call *call);

/** Send to all. */
void rpc_start_all(struct rpc *r, struct rpc_fanout *f);
void rpc_cancel_all(struct rpc_fanout *f);

/** Inside done: keep the reply (call->reply stays valid with it). The caller frees it. */
char *rpc_steal_reply(struct rpc_call *call);

/** The endpoint that RPC_ANY would take now, -1 if none: among the healthy ones the least busy, then
 *  the quickest, then the first of the list; without any, one whose rest is over. */
int rpc_best(const struct rpc *r);

/** Inside done, once: the reply was unusable after all; counts as a failure of its endpoint. */
void rpc_blame(struct rpc_call *call, const char *why);

/** Put an endpoint aside, or take it back. */
void rpc_quarantine(struct rpc *r, int endpoint, const char *reason);
void rpc_release(struct rpc *r, int endpoint);

/** "https://host:port" of an endpoint, for logs; "-" for -1. */
const char *rpc_endpoint_label(const struct rpc *r, int endpoint);

/** The name of a state ("healthy", "resting", "probing", "quarantined"). */
const char *rpc_health_text(enum rpc_health health);

#endif
