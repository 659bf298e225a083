/* What hallmark-signer signs, decided without touching anything: anchors (32 bytes) and calls of the registry
 * (36 bytes) to the one address, on the one chain, below the caps, within the budget of the day, and never
 * two values with one nonce. Whoever takes over hallmarkd can have nothing else signed.
 *
 * The budget counts the worst case of each nonce (gas limit × fee cap of its dearest attempt), since a signer
 * without network cannot know what was paid: set it to about three times what is really spent in a day.
 */
#ifndef DAEMON_SIGNER_GUARD_H
#define DAEMON_SIGNER_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/ethtx.h"
#include "common/signerline.h"
#include "common/wei.h"

#define GUARD_NONCES 64   /* the newest of each key are remembered; below them nothing is signed */
#define GUARD_JUMP 1024   /* so far above the highest nonce of a key the next may be */
#define GUARD_MAX_BLOB (64 + SIGNERLINE_MAX_KEYS * (32 + GUARD_NONCES * 72))

struct guard_policy {
    uint64_t chain_id;
    bool to_self;             /* anchors to the key's own address; then no calls */
    struct seal_address registry;
    uint64_t max_fee_per_gas; /* wei */
    uint64_t max_gas;
    wei daily_budget;         /* per UTC day, of all keys */
};

/* A nonce that was used: for what, and what it may cost at most. */
struct guard_nonce {
    uint64_t nonce;
    uint8_t len; /* 32 or 36 */
    uint8_t data[REGISTRY_CALL_LEN];
    wei worst;
};

struct guard_key {
    struct seal_address address;
    size_t n;
    struct guard_nonce used[GUARD_NONCES]; /* ascending; all above highest - GUARD_NONCES */
};

/* Kept durably: written before a signature leaves the process. A value. */
struct guard_state {
    uint64_t day; /* Unix seconds / 86,400; never goes back, even if the clock does */
    wei spent;    /* on that day, worst case */
    size_t n_keys;
    struct guard_key keys[SIGNERLINE_MAX_KEYS];
};

/** Decide.
 *
 *  In:      tx   value is 0 (the lines have none)
 *           now  Unix seconds
 *  Out:     state  as it must be durable before the signature leaves; untouched on a refusal
 *           ret_changed  whether it differs from before
 *  Returns: SIGNERLINE_OK, or why not.
 */
enum signerline_code guard_check(struct guard_state *state, const struct guard_policy *policy,
                                 const struct seal_address *from, const struct ethtx *tx, uint64_t now,
                                 bool *ret_changed);

/** "anchor", "authorize", "deauthorize", "revoke", or NULL: nothing that is signed here. */
const char *guard_kind(struct slice data);

void guard_encode(const struct guard_state *state, uint8_t ret[GUARD_MAX_BLOB], size_t *ret_len);
/** Returns: ERR_OK; ERR_VERSION; ERR_CORRUPT. */
enum err_code guard_decode(struct guard_state *ret, const void *data, size_t len, struct err *e)
    __attribute__((warn_unused_result));

#endif
