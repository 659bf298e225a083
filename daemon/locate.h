/* Which transaction of a sender used a nonce, looked for in finalized blocks: by halving the range of
 * blocks until the one is found in which the transaction count passes the nonce.
 *
 * Happy path: locate_start(); about log2(head) questions; the block; done() with what stands there.
 * Failure modes: an endpoint without old state, too few answers: not .found, which proves nothing.
 * Thread: the loop's.
 */
#ifndef DAEMON_LOCATE_H
#define DAEMON_LOCATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/ethtx.h"
#include "common/hash32.h"
#include "common/seal.h"
#include "daemon/chain.h"

struct locate {
    struct chain *chain;
    struct seal_address sender;
    uint64_t nonce;
    uint64_t from;          /* it is not below this block; 0 if nothing is known */
    uint64_t last;          /* nor above this one */
    uint64_t first;         /* the block, if found */
    bool found;             /* the rest is valid */
    struct hash32 hash;     /* of the transaction */
    bool is_anchor;         /* 32 bytes of input, value 0, to `to` */
    struct hash32 value;    /* of an anchor */
    bool is_key_call;       /* authorize or deauthorize, to `to` */
    struct seal_address to; /* where anchors go */
    bool cancelled;
    void *user;
    void (*done)(struct locate *l);
    struct chain_ask ask; /* private */
};

/** Start. In: last  the newest block to look in: a final one. Set from, chain, sender, nonce, to, last,
 *  user and done; done comes exactly once, never from inside this call. */
void locate_start(struct locate *l);

#endif
