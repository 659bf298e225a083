/* Questions to the chain: one JSON-RPC request to every endpoint, and what enough of them agree on.
 *
 * Happy path: chain_ask() sends the request; when the last endpoint has answered or failed, done();
 * there the getters below give what the quorum says.
 * Failure modes: fewer than the quorum answer: the getters say so, and nothing follows from it. An
 * endpoint that answers nonsense is blamed.
 * Thread: the loop's.
 */
#ifndef DAEMON_CHAIN_H
#define DAEMON_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/ethrpc.h"
#include "common/hash32.h"
#include "daemon/io/rpc.h"

struct chain {
    struct rpc *rpc;     /* borrowed */
    uint64_t quorum;     /* this many endpoints must say the same */
    uint64_t timeout_ms; /* of one question */
    uint64_t next_id;
};

struct chain_ask {
    /* Valid in done and until the next chain_ask() or chain_ask_done(). */
    size_t n; /* well-formed answers; some may be refusals */
    struct ethrpc_reply replies[RPC_MAX_ENDPOINTS];
    int endpoints[RPC_MAX_ENDPOINTS]; /* who answered replies[i] */
    bool cancelled;                   /* the daemon is closing: do nothing more */
    void *user;
    /* Private. */
    struct chain *chain;
    enum ethrpc_method method;
    uint64_t id;
    char *body;
    struct rpc_fanout fanout; /* chain_ask */
    struct rpc_call call;     /* chain_ask_one */
    void (*done)(struct chain_ask *ask);
};

/** Ask all endpoints that are not quarantined. ask is zeroed before its first use, and may be used
 *  again from inside done. done comes exactly once, never from inside this call. */
void chain_ask(struct chain *chain, struct chain_ask *ask, const struct ethrpc_request *request,
               void (*done)(struct chain_ask *ask));

/** Ask only the best endpoint: for large answers that check themselves. */
void chain_ask_one(struct chain *chain, struct chain_ask *ask, const struct ethrpc_request *request,
                   void (*done)(struct chain_ask *ask));

/** Free what the answers hold. Nothing may be under way. */
void chain_ask_done(struct chain_ask *ask);

/** The largest number that the quorum has reached: block heights, transaction counts.
 *  Returns: false if fewer than the quorum gave one. */
bool chain_reached(const struct chain_ask *ask, uint64_t *ret);

/** The smallest and the largest amount that was answered. Returns: false if there was none. */
bool chain_amounts(const struct chain_ask *ask, wei *ret_least, wei *ret_most);

/** The newest block that the quorum has reached (it is the block of one of them). */
bool chain_block_reached(const struct chain_ask *ask, struct ethrpc_block *ret);

/** The block that the quorum gives with one and the same hash.
 *  Out:     ret_disagree  two endpoints gave different hashes */
bool chain_block_agreed(const struct chain_ask *ask, struct ethrpc_block *ret, bool *ret_disagree);

/** Whether every answer refuses with this class of fault, and there is one. */
bool chain_all_refuse(const struct chain_ask *ask, enum ethfault_class class);

#endif
