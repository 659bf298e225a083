/* What to pay: see fee.h. */
#include "daemon/core/fee.h"

#include <stdlib.h>
#include <string.h>

#define FEE_MIN_GAS 21000              /* no transaction costs less */
#define FEE_THRESHOLD UINT64_C(100000000000) /* 100 gwei: below it five times the market is no excess */
#define FEE_EXCESS 5
#define DAY_S 86400

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t cut(wei amount)
{
    return amount > UINT64_MAX ? UINT64_MAX : (uint64_t)amount;
}

static wei left(wei whole, wei used)
{
    return whole > used ? whole - used : 0;
}

/* ------------------------------------------------------------------ market */

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

struct fee_market fee_market_of(const struct fee_history *history, uint64_t fallback)
{
    uint64_t tips[FEE_BLOCKS];
    size_t n = 0;
    for (size_t i = 0; i < history->n_blocks; i++) {
        if (history->used[i])
            tips[n++] = history->tip[i];
    }
    qsort(tips, n, sizeof tips[0], compare);
    return (struct fee_market){.base = history->base[history->n_blocks],
                               .tip = n > 0 ? tips[n / 2] : fallback};
}

struct fee_market fee_market_legacy(uint64_t gas_price)
{
    return (struct fee_market){.legacy = true, .tip = cut(((wei)gas_price * 11 + 9) / 10)};
}

/* ------------------------------------------------------------------ bids */

uint64_t fee_gas_limit(uint64_t estimate, const struct fee_policy *policy)
{
    if (estimate < FEE_MIN_GAS || estimate > policy->max_gas)
        return 0;
    return min_u64(cut((wei)estimate * 6 / 5), policy->max_gas);
}

wei fee_l1_reserve(wei l1_fee)
{
    return wei_mul(l1_fee, 13) / 10;
}

wei fee_worst(const struct fee_bid *bid)
{
    return wei_add((wei)bid->cap * bid->gas, bid->extra);
}

static enum fee_verdict check_room(wei more, const struct fee_room *room)
{
    if (more > room->budget)
        return FEE_OVER_BUDGET;
    if (more > room->funds)
        return FEE_OVER_FUNDS;
    return FEE_OK;
}

/* The tip to offer; a legacy price has no part that is a tip alone. */
static uint64_t market_tip(const struct fee_market *market, const struct fee_policy *policy)
{
    if (market->legacy)
        return max_u64(market->tip, policy->min_priority_fee);
    return min_u64(max_u64(market->tip, policy->min_priority_fee), policy->max_priority_fee);
}

/* 2 × base + tip stays good for six full blocks in a row, each + 12.5 %. */
static uint64_t market_cap(const struct fee_market *market, uint64_t tip)
{
    return cut((wei)market->base * 2 + tip);
}

/* Whether it could be mined at the present base fee. */
static bool is_minable(const struct fee_bid *bid, const struct fee_market *market,
                       const struct fee_policy *policy)
{
    wei needed = bid->legacy ? market_tip(market, policy) : (wei)market->base + policy->min_priority_fee;
    return bid->cap >= needed;
}

enum fee_verdict fee_first(const struct fee_market *market, uint64_t gas_estimate, wei l1_fee,
                           const struct fee_room *room, const struct fee_policy *policy,
                           struct fee_bid *ret)
{
    struct fee_bid bid = {.legacy = market->legacy,
                          .gas = fee_gas_limit(gas_estimate, policy),
                          .extra = fee_l1_reserve(l1_fee)};
    if (bid.gas == 0)
        return FEE_OVER_GAS;
    uint64_t tip = market_tip(market, policy);
    bid.cap = min_u64(market_cap(market, tip), policy->max_fee_per_gas);
    bid.tip = bid.legacy ? bid.cap : min_u64(tip, bid.cap);
    if (!is_minable(&bid, market, policy))
        return FEE_OVER_PRICE;
    enum fee_verdict verdict = check_room(fee_worst(&bid), room);
    if (verdict == FEE_OK)
        *ret = bid;
    return verdict;
}

/* ------------------------------------------------------------------ replacements */

/* + 12.5 %, rounded up, + 1 wei: enough for every client's 10 %, however it rounds. */
static uint64_t raised(uint64_t price)
{
    return cut(((wei)price * 9 + 7) / 8 + 1);
}

/* besu and nethermind compare min(cap, base + tip) at the present base fee and want + 10 %. */
static uint64_t effective_tip(const struct fee_bid *old, uint64_t base)
{
    wei price = (wei)base + old->tip;
    if (price > old->cap)
        price = old->cap;
    wei wanted = (price * 11 + 9) / 10 + 1;
    return cut(left(wanted, base));
}

/* The chain may gain or lose its base fee while a value is under way; the type of a nonce stays. */
static struct fee_market as_type(const struct fee_market *market, bool legacy)
{
    struct fee_market m = *market;
    if (legacy && !m.legacy)
        m.tip = cut((wei)m.base * 2 + m.tip), m.base = 0;
    if (!legacy && m.legacy)
        m.base = m.tip, m.tip = 0;
    m.legacy = legacy;
    return m;
}

/* The least that clients take instead of `old`. */
static struct fee_bid least_bid(const struct fee_bid *old, const struct fee_market *market,
                                const struct fee_refusal *refusal)
{
    struct fee_bid least = {.legacy = old->legacy, .gas = old->gas};
    least.tip = max_u64(raised(old->tip), refusal->min_tip);
    if (refusal->replacement && !old->legacy)
        least.tip = max_u64(least.tip, effective_tip(old, market->base));
    least.cap = max_u64(refusal->min_cap, least.tip);
    if (!refusal->unheld || old->legacy)
        least.cap = max_u64(least.cap, raised(old->cap));
    if (refusal->replacement)
        least.cap = max_u64(least.cap, cut((wei)market->base + least.tip));
    return least;
}

/* What the market asks, cut to the caps, yet never below `least`. */
static enum fee_verdict price(struct fee_bid *bid, const struct fee_bid *least,
                              const struct fee_market *market, const struct fee_policy *policy)
{
    uint64_t tip = market_tip(market, policy);
    uint64_t excess = cut((wei)market_cap(market, tip) * FEE_EXCESS);
    uint64_t limit = min_u64(policy->max_fee_per_gas, max_u64(excess, FEE_THRESHOLD));
    if (least->cap > limit || (!bid->legacy && least->tip > policy->max_priority_fee))
        return FEE_OVER_PRICE;
    bid->tip = max_u64(tip, least->tip);
    bid->cap = min_u64(max_u64(market_cap(market, bid->tip), least->cap), limit);
    bid->tip = bid->legacy ? bid->cap : min_u64(bid->tip, bid->cap);
    return is_minable(bid, market, policy) ? FEE_OK : FEE_OVER_PRICE;
}

enum fee_verdict fee_bump(const struct fee_bid *old, const struct fee_market *market,
                          const struct fee_refusal *refusal, uint64_t gas_estimate, wei l1_fee,
                          wei reserved, const struct fee_room *room,
                          const struct fee_policy *policy, struct fee_bid *ret)
{
    struct fee_market m = as_type(market, old->legacy);
    struct fee_bid bid = {.legacy = old->legacy, .gas = old->gas, .extra = fee_l1_reserve(l1_fee)};
    if (gas_estimate != 0)
        bid.gas = fee_gas_limit(gas_estimate, policy);
    if (bid.gas == 0)
        return FEE_OVER_GAS;
    struct fee_bid least = least_bid(old, &m, refusal);
    enum fee_verdict verdict = price(&bid, &least, &m, policy);
    if (verdict == FEE_OK)
        verdict = check_room(left(fee_worst(&bid), reserved), room);
    if (verdict == FEE_OK)
        *ret = bid;
    return verdict;
}

/* ------------------------------------------------------------------ ledger */

struct fee_ledger fee_ledger_at(struct fee_ledger ledger, uint64_t now)
{
    if (now / DAY_S > ledger.day)
        return (struct fee_ledger){.day = now / DAY_S};
    return ledger;
}

struct fee_ledger fee_ledger_spend(struct fee_ledger ledger, uint64_t now, wei amount)
{
    ledger = fee_ledger_at(ledger, now);
    ledger.spent = wei_add(ledger.spent, amount);
    return ledger;
}

wei fee_budget_left(struct fee_ledger ledger, uint64_t now, wei reserved, const struct fee_policy *policy)
{
    return left(policy->daily_budget, wei_add(fee_ledger_at(ledger, now).spent, reserved));
}

const char *fee_verdict_name(enum fee_verdict verdict)
{
    static const char *const NAMES[] = {
        [FEE_OK] = "ok",
        [FEE_OVER_PRICE] = "price",
        [FEE_OVER_BUDGET] = "budget",
        [FEE_OVER_FUNDS] = "funds",
        [FEE_OVER_GAS] = "gas",
    };
    return NAMES[verdict];
}
