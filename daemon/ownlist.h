/* Every own anchor that is on the chain, in chain order, up to a final block: what a restore goes on from.
 *
 * Happy path: with a registry its events by this sender, in stretches of blocks that grow until an endpoint
 * calls one too long; without one the transaction of each nonce, located block by block.
 * Failure modes: fewer endpoints than the quorum give the same list, a block cannot be had: .ok is false,
 * and nothing follows from it.
 * Thread: the loop's.
 */
#ifndef DAEMON_OWNLIST_H
#define DAEMON_OWNLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/seal.h"
#include "daemon/chain.h"
#include "daemon/core/gap.h"
#include "daemon/locate.h"

struct ownlist {
    /* Set before ownlist_start. */
    struct chain *chain;
    struct seal_address sender;
    struct seal_address to;  /* the registry, or the sender itself */
    bool registry;
    uint64_t last_block;     /* the newest final one */
    uint64_t n_nonces;       /* transactions of the sender up to there */
    void *user;
    void (*done)(struct ownlist *l);
    /* Valid in done; freed by ownlist_done. */
    bool ok, cancelled;
    struct gap_value *values; /* k is 0 */
    size_t n;
    /* Private. */
    struct chain_ask ask;
    struct locate locate;
    uint64_t from, step, too_long;
    size_t room;
};

/** Start. Zero it before its first use. done comes exactly once, never from inside this call. */
void ownlist_start(struct ownlist *l);

/** Free the list. Nothing may be under way. */
void ownlist_done(struct ownlist *l);

#endif
