/* What is known of the chain: asked again and again, kept for whoever needs it.
 *
 * Happy path of one look: chain id of every endpoint (a wrong one is put aside), the genesis block
 * once, newest block, finalized block, our transaction counts, our balance; then on_view().
 * Failure modes: only endpoints of another chain: chain_ok = false until one of ours answers, put back by a
 * reload. No endpoint, or fewer than the quorum: the view says rpc_ok = false, the older numbers
 * stay for people to read.
 * Thread: the loop's.
 */
#ifndef DAEMON_CHAINVIEW_H
#define DAEMON_CHAINVIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/seal.h"
#include "daemon/chain.h"
#include "daemon/core/anchor.h"
#include "daemon/core/lane.h"
#include "daemon/io/clock.h"

struct chainview {
    /* Set by the owner before chainview_open. */
    uv_loop_t *loop;
    struct chain *chain;
    const struct clock *clock;
    struct seal_address sender;
    uint64_t chain_id;
    bool by_depth;           /* finality by depth, not by the chain's tag */
    uint64_t confirmations;
    uint64_t busy_ms, idle_ms; /* between two looks: while something is under way, and else */
    struct hash32 genesis;   /* hash of block 0, once pinned; zeros: learn it at the first look */
    void *owner;
    bool (*is_busy)(void *owner);
    void (*on_view)(void *owner);                               /* a look is complete */
    void (*on_genesis)(void *owner, const struct hash32 *hash); /* learnt: pin it durably */

    /* The view. */
    bool ever;                     /* there has been a complete look */
    bool stale;                    /* the key has changed, and nothing is known of the new one yet */
    struct lane_view lane;
    struct anchor_chain anchor;
    struct ethrpc_block head;      /* newest block that the quorum has reached */
    struct ethrpc_block finalized; /* number 0 and zeros if not known */
    uint64_t heads[RPC_MAX_ENDPOINTS]; /* newest block of each endpoint; 0: no answer at the last look */
    uint64_t looked_mono_ms;       /* when the last complete look ended */
    uint64_t looks, failures;

    /* Private. */
    struct chain_ask ask;
    uv_timer_t timer;
    bool running, again, closing;
    bool other;                    /* the look under way is about a key that sends no more */
    struct lane_view next_lane;
    struct anchor_chain next_anchor;
};

enum err_code chainview_open(struct chainview *v, struct err *e);

/** Look now. If a look is under way, another one follows it: on_view comes for a look that began after
 *  this call. */
void chainview_look(struct chainview *v);

/** Another key sends from now on. The view is stale until a look that began after this. */
void chainview_switch(struct chainview *v, const struct seal_address *sender);

/** Stop. curluv must be closed before the view's memory goes. */
void chainview_close(struct chainview *v);

#endif
