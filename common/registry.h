/* The registry contract as callers and readers of the chain see it: calldata and events.
 *
 * An anchor is a bare call with the 32 bytes of the value. Source: design.md section 2, contracts/. */
#ifndef COMMON_REGISTRY_H
#define COMMON_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ethreceipt.h"
#include "common/hash32.h"
#include "common/seal.h"

#define REGISTRY_CALL_LEN 36 /* selector and one argument */

enum registry_what {
    REGISTRY_ANCHORED,    /* Anchored(bytes32 indexed root, address indexed issuer) */
    REGISTRY_KEY_ADDED,   /* KeyAdded(address indexed issuer, address indexed key) */
    REGISTRY_KEY_REMOVED, /* KeyRemoved(address indexed issuer, address indexed key) */
    REGISTRY_REVOKED,     /* Revoked(bytes32 indexed id, address indexed issuer) */
};
#define REGISTRY_N_EVENTS 4

struct registry_event {
    enum registry_what what;
    struct seal_address issuer; /* who called */
    struct hash32 value;        /* ANCHORED: the root; REVOKED: the revoke id */
    struct seal_address key;    /* KEY_ADDED, KEY_REMOVED */
};

/** The first topic of an event: the Keccak of its signature. */
struct hash32 registry_topic(enum registry_what what);

/** An address as a topic or argument: 12 zero bytes before it. */
struct hash32 registry_word(const struct seal_address *address);

/** Read a log.
 *  Returns: false if it is not of this registry, or not exactly one of its events. */
bool registry_read(struct registry_event *ret, const struct ethreceipt_log *log,
                   const struct seal_address *registry);

/** True if one of the logs is the registry's Anchored for this root and sender. */
bool registry_has_anchored(const struct ethreceipt_log *logs, size_t n,
                           const struct seal_address *registry, const struct hash32 *root,
                           const struct seal_address *sender);

/** Calldata of authorize(address), deauthorize(address), revoke(bytes32). */
void registry_put_authorize(uint8_t ret[static REGISTRY_CALL_LEN], const struct seal_address *key);
void registry_put_deauthorize(uint8_t ret[static REGISTRY_CALL_LEN], const struct seal_address *key);
void registry_put_revoke(uint8_t ret[static REGISTRY_CALL_LEN], const struct hash32 *id);

#endif
