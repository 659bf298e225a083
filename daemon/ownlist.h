/* Every own anchor that is on the chain, in chain order, up to a final block: what a restore goes on from.
 *
 * Happy path: with a registry its events, in stretches of blocks that grow until an endpoint calls one too long:
 * which keys each key of the log added and removed, beginning with the first one, and what it anchored; what a key
 * anchored while it was not in force does not count. Without one the transaction of each nonce of the sender,
 * located block by block.
 * Failure modes: fewer endpoints than the quorum give the same list, a block cannot be had: .ok is false,
 * and nothing follows from it.
 * Thread: the loop's.
 */
#ifndef DAEMON_OWNLIST_H
#define DAEMON_OWNLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/keychain.h"
#include "common/registry.h"
#include "common/seal.h"
#include "daemon/chain.h"
#include "daemon/core/gap.h"
#include "daemon/locate.h"

/* What a key anchored, wherever. */
struct ownlist_anchor {
    struct keychain_place place;
    struct seal_address issuer;
    struct hash32 value;
};

struct ownlist {
    /* Set before ownlist_start. */
    struct chain *chain;
    struct seal_address first; /* key of the log */
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
    struct seal_address keys[KEYCHAIN_MAX_KEYS]; /* the first one, and all that a key of the log ever added */
    bool in_force[KEYCHAIN_MAX_KEYS];            /* which of them speak for the log in the end */
    size_t n_keys;                               /* without a registry 0: there is nothing to be learnt */
    /* Private. */
    struct chain_ask ask;
    struct locate locate;
    uint64_t from, step, too_long;
    size_t room;
    size_t at_key;
    enum registry_what what; /* is being asked for about keys[at_key] */
    struct keychain_event *changes;
    struct ownlist_anchor *anchors;
    size_t n_changes, change_room, n_anchors, anchor_room;
};

/** Start. Zero it before its first use. done comes exactly once, never from inside this call. */
void ownlist_start(struct ownlist *l);

/** Whether the sender is a key of the log, as far as the chain says. Without a registry keys cannot change. */
bool ownlist_sender_counts(const struct ownlist *l);

/** Free the list. Nothing may be under way. */
void ownlist_done(struct ownlist *l);

#endif
