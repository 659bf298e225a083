/* What to pay: first price, raised price, gas limit, caps and the daily budget. Pure arithmetic.
 *
 * Prices per gas are wei in 64 bits (18 ether per gas is beyond any chain); amounts are `wei`, 128
 * bits. Nothing overflows: sums and products saturate.
 */
#ifndef DAEMON_CORE_FEE_H
#define DAEMON_CORE_FEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wei.h"

#define FEE_BLOCKS 20 /* blocks asked of eth_feeHistory, with the reward percentile 50 */

/* The answer of eth_feeHistory(FEE_BLOCKS, "latest", [50]). */
struct fee_history {
    size_t n_blocks;               /* 0 to FEE_BLOCKS */
    uint64_t base[FEE_BLOCKS + 1]; /* n_blocks + 1 values, the last is the next block's */
    uint64_t tip[FEE_BLOCKS];      /* median reward of each block */
    bool used[FEE_BLOCKS];         /* gasUsedRatio > 0: an empty block says nothing about tips */
};

/* What the chain asks for now. */
struct fee_market {
    bool legacy;        /* no base fee in the newest header: type 0 transactions */
    uint64_t base;      /* base fee of the next block; 0 if legacy */
    uint64_t tip;       /* what others pay on top; the whole gas price if legacy */
};

/* Section [fees] of the settings. */
struct fee_policy {
    uint64_t max_fee_per_gas;
    uint64_t min_priority_fee; /* a floor: oracles of empty chains answer 0 */
    uint64_t max_priority_fee;
    uint64_t max_gas;  /* highest gas limit of one anchor */
    wei daily_budget;  /* per UTC day; 0: no anchoring at all */
};

/* The price of one attempt. */
struct fee_bid {
    bool legacy;
    uint64_t tip; /* maxPriorityFeePerGas; equals cap if legacy */
    uint64_t cap; /* maxFeePerGas, or gasPrice if legacy */
    uint64_t gas; /* limit */
    wei extra;    /* what the chain takes beside gas: the L1 fee of the OP stack with its margin */
};

/* Why a client did not take the newest attempt. All zero: it did, time has simply passed. */
struct fee_refusal {
    bool replacement; /* "replacement transaction underpriced": the effective-price rule applies */
    bool unheld;      /* underpriced in itself: no pool holds it, so a higher tip at the same cap will do */
    uint64_t min_cap; /* read out of the message; 0: not given */
    uint64_t min_tip;
};

/* How much more may be tied up, worst case; see lane_room(). */
struct fee_room {
    wei budget; /* left of the daily budget */
    wei funds;  /* left of the balance */
};

enum fee_verdict {
    FEE_OK,
    FEE_OVER_PRICE,  /* max_fee_per_gas, max_priority_fee or five times the market forbid it */
    FEE_OVER_BUDGET, /* the daily budget forbids it */
    FEE_OVER_FUNDS,  /* the balance does not cover it */
    FEE_OVER_GAS,    /* the estimate is below 21,000 or over max_gas */
};

/** Median of the tips of blocks that held something; if none did, `fallback` (the node's
 *  eth_maxPriorityFeePerGas). base is the next block's, 0 if the history is empty. */
struct fee_market fee_market_of(const struct fee_history *history, uint64_t fallback);

/** A chain without base fee: eth_gasPrice + 10 %. */
struct fee_market fee_market_legacy(uint64_t gas_price);

/** The estimate + 20 %, at most max_gas. Returns: 0 if the estimate is below 21,000 or over max_gas. */
uint64_t fee_gas_limit(uint64_t estimate, const struct fee_policy *policy);

/** The share of the L1 fee to set aside: + 30 %. */
wei fee_l1_reserve(wei l1_fee);

/** The most that a bid can cost: gas × cap + extra. */
wei fee_worst(const struct fee_bid *bid);

/** Price of a first attempt: tip clamped to the policy, cap = min(2 × base + tip, max_fee_per_gas).
 *
 *  It is refused if it could not be mined now (cap < base + min_priority_fee): no nonce is taken for
 *  a transaction that would only sit and wait.
 *  Returns: FEE_OK, ret filled; else why not, ret untouched.
 */
enum fee_verdict fee_first(const struct fee_market *market, uint64_t gas_estimate, wei l1_fee,
                           const struct fee_room *room, const struct fee_policy *policy,
                           struct fee_bid *ret);

/** Price of a replacement: both fields at least + 12.5 % + 1 wei, and what the market asks.
 *
 *  After a refused replacement also the rule of besu and nethermind, which compare effective prices
 *  at the present base fee; a minimum named by the client is honoured. The type of the
 *  transaction never changes within one nonce. A price that could not be mined now is refused, as
 *  by fee_first(): attempts are few.
 *  In:      old       the highest bid so far
 *           gas_estimate  0: not known, the limit of `old` stays
 *           reserved  what this value ties up already (worst case of its attempts)
 *  Returns: FEE_OK, ret filled; else why not, ret untouched: the value is capped and the old
 *           attempts stay as they are.
 *  Source:  replacement rules measured and read per client; caps as in optimism's txmgr.
 */
enum fee_verdict fee_bump(const struct fee_bid *old, const struct fee_market *market,
                          const struct fee_refusal *refusal, uint64_t gas_estimate, wei l1_fee,
                          wei reserved, const struct fee_room *room,
                          const struct fee_policy *policy, struct fee_bid *ret);

/* What has been spent on a UTC day. A value, stored with the lane. */
struct fee_ledger {
    uint64_t day; /* Unix seconds / 86,400; never goes back, even if the clock does */
    wei spent;
};

/** The ledger as it stands at `now` (Unix seconds): a new day begins at zero. */
struct fee_ledger fee_ledger_at(struct fee_ledger ledger, uint64_t now);

/** Book a cost at `now`. */
struct fee_ledger fee_ledger_spend(struct fee_ledger ledger, uint64_t now, wei amount);

/** budget − spent today − tied up, or 0. */
wei fee_budget_left(struct fee_ledger ledger, uint64_t now, wei reserved,
                    const struct fee_policy *policy);

/** "ok", "price", "budget", "funds", "gas". */
const char *fee_verdict_name(enum fee_verdict verdict);

#endif
