/* The sender of one key on one chain: who gets the next nonce, and when nobody does.
 *
 * Up to `window` values are under way at once, in the order of their batches. The own next nonce is the
 * truth; what the chain says only raises alarms. The rules:
 *   - nonce n + 1 is not taken while n has not been accepted by at least one endpoint, or mined;
 *   - no nonce is taken during a pause: no endpoint, wrong chain, low funds, a key used elsewhere, a store
 *     older than the chain, a value reverted twice;
 *   - a value that lost its nonce for good takes a new one only if no later value has taken one; else the
 *     later one proves it by its tail;
 *   - a finalized nonce beyond ours means that the key is used elsewhere, or that the store is older than
 *     the chain: each unknown nonce is located, a value of ours is taken over, a stranger's is skipped
 *     with an alarm. An anchor, or a change of keys, that the store does not know shows that the store is the
 *     older one, and so may what a key did before its lane was begun: no nonce is taken until all nonces of
 *     the chain agree, the own anchors are listed and the gap is sealed.
 * The lane decides; anchor_step() acts. Pure, like anchor.h.
 */
#ifndef DAEMON_CORE_LANE_H
#define DAEMON_CORE_LANE_H

#include "daemon/core/anchor.h"

#define LANE_WINDOW 4     /* values under way at once */
#define LANE_MAX_BLOB 128  /* bytes of an encoded lane */

struct lane {
    /* stored */
    bool seeded;         /* next_nonce is valid */
    bool settling;       /* after a restore: nothing is taken until all nonces of the chain agree */
    bool recover;        /* and then the own anchors are to be listed and a gap declared (gap.h) */
    uint64_t next_nonce;
    uint64_t last_k;     /* highest batch that ever took a nonce; 0: none */
    struct fee_ledger ledger;
    uint64_t strangers;  /* nonces of ours that others used */
    /* not stored */
    struct seal_address sender; /* the key; set by the owner */
    uint64_t tried;      /* look in which a GO was given to tried_k, or a nonce was located (0): what */
    uint64_t tried_k;    /* was in vain is tried again after the next look */
    uint32_t alarms;     /* enum anchor_alarm, as of the last lane_step() */
};

struct lane_policy {
    uint32_t window;       /* 1 to 16: the slots that pools guarantee to one account */
    struct fee_policy fees;
    wei low_funds;         /* alarm below this balance; 0: off */
};

/* What is known of the chain, once per poll. */
struct lane_view {
    uint64_t serial;       /* 1, 2, … a new number for each look: what failed is tried once a look */
    uint64_t now;          /* Unix seconds */
    bool chain_ok;         /* false: chain id or genesis are not the pinned ones, wherever they are known */
    bool rpc_ok;           /* enough endpoints for the quorum; else the rest is not valid */
    uint64_t nonce;        /* at latest */
    bool pending_known;
    uint64_t nonce_pending;
    bool final_known;
    uint64_t nonce_final;  /* at the finalized block, by the quorum */
    wei balance;           /* at latest */
};

enum lane_do {
    LANE_DO_WAIT,   /* nothing now */
    LANE_DO_GO,     /* give job `index` the event GO */
    LANE_DO_COVER,  /* give job `index` the event COVER with `batch` */
    LANE_DO_LOCATE, /* find the finalized transaction of our key with `nonce`, then lane_located() */
    LANE_DO_ADOPT,  /* give job `index` the event ADOPT with `nonce` and the hash that was located */
    LANE_DO_RECOVER, /* list the own anchors, orphan what waits, seal the gap; then lane_recovered() */
    LANE_DO_SAVE,   /* store the lane as it is (no save of a job is under way), then call again */
};

struct lane_action {
    enum lane_do what;
    size_t index;
    uint64_t batch;
    uint64_t nonce;
};

/** Decide what the lane does next. Call it after each look at the chain and whenever a job waits or is
 *  new; repeat until it says WAIT.
 *
 *  In:  jobs     every job in memory, ascending by k: all that are not done. Borrowed
 *       idle     idle[i]: jobs[i] waits (its last action was WAIT), so it may be given an event
 *       view     the last one; do not call before the first
 *  Out: lane     alarms; next_nonce (first start, or a stranger skipped)
 */
struct lane_action lane_step(struct lane *lane, const struct anchor_job *const *jobs, const bool *idle,
                             size_t n_jobs, const struct lane_view *view,
                             const struct lane_policy *policy);

/* The answer to LANE_DO_LOCATE. */
struct lane_found {
    enum { LANE_FOUND_NOTHING, LANE_FOUND_STRANGER, LANE_FOUND_ANCHOR, LANE_FOUND_KEY_CALL } what;
    struct hash32 hash;  /* of the transaction */
    struct hash32 value; /* ANCHOR: 32 bytes of input, value 0, to the right address */
    bool known;          /* ANCHOR: the store has a batch with this value. KEY_CALL: the store knows of none */
    uint64_t nonce;      /* as asked */
};

/** Decide about a located nonce; perform what it says, then call lane_step() again. */
struct lane_action lane_located(struct lane *lane, const struct anchor_job *const *jobs,
                                const bool *idle, size_t n_jobs, const struct lane_view *view,
                                const struct lane_found *found);

/** The gap is durable, together with this lane; or there was none. */
void lane_recovered(struct lane *lane);

/** Whether the log may go on: new batches are sealed behind the newest value that is known for certain. */
bool lane_may_seal(const struct lane *lane);

/** What the lane keeps of a job that is saved: a nonce it took, a cost not yet booked.
 *
 *  In the transaction that stores the job: read the stored lane (zeros if none), note the job, store the
 *  result. Once that is committed, and before the event SAVED, do the same with the lane in memory. Never in
 *  memory first: another job's save would make a nonce durable whose job is not.
 */
struct lane lane_note(const struct lane *lane, const struct anchor_job *job, uint64_t now)
    __attribute__((warn_unused_result));

/** What a further attempt may tie up, for the event QUOTE. */
struct fee_room lane_room(const struct lane *lane, const struct anchor_job *const *jobs, size_t n_jobs,
                          const struct lane_view *view, const struct lane_policy *policy);

/** Days that the balance lasts at `price` wei per gas (base + tip) and `per_day` anchors of `gas` each.
 *  Returns: UINT64_MAX if nothing is spent. */
uint64_t lane_runway_days(wei balance, uint64_t price, uint64_t gas, uint64_t per_day);

/* One batch, as far as its anchor goes. */
struct lane_batch {
    uint64_t k;
    enum anchor_state state;
};

/** Which batch proves batch k: itself, or the first later one that is not COVERED.
 *  In:      batches  ascending by k, from k on or from anywhere below
 *  Returns: true, ret_m ≥ k; false if k is not among them or all from k on are COVERED.
 */
bool lane_cover(const struct lane_batch *batches, size_t n, uint64_t k, uint64_t *ret_m);

/** The lane of another key of the same log: its nonces are its own, to be learnt from the chain; the budget of
 *  the day and the batches that took a nonce are the log's. */
struct lane lane_of_new_key(const struct lane *old, const struct seal_address *sender);

void lane_encode(const struct lane *lane, uint8_t ret[LANE_MAX_BLOB], size_t *ret_len);
/** Returns: ERR_OK; ERR_VERSION; ERR_CORRUPT. A log without a stored lane begins with a zeroed one. */
enum err_code lane_decode(struct lane *ret, const void *data, size_t len, struct err *e)
    __attribute__((warn_unused_result));

#endif
