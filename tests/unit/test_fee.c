/* What to pay: known answers for each rule, and a property over random markets and clients. */
#include "tests/harness.h"

#include "daemon/core/fee.h"

#define GWEI UINT64_C(1000000000)

static const struct fee_policy POLICY = {.max_fee_per_gas = 200 * GWEI, .min_priority_fee = GWEI / 10,
                                         .max_priority_fee = 3 * GWEI, .max_gas = 100000,
                                         .daily_budget = WEI_PER_ETHER / 20};
static const struct fee_room PLENTY = {.budget = WEI_MAX, .funds = WEI_MAX};
static const struct fee_refusal NONE;

static struct fee_market market(uint64_t base_gwei, uint64_t tip)
{
    return (struct fee_market){.base = base_gwei * GWEI, .tip = tip};
}

static void expect_verdict(enum fee_verdict got, enum fee_verdict expected)
{
    assert_string_equal(fee_verdict_name(got), fee_verdict_name(expected));
}

/* ------------------------------------------------------------------ market */

static void market_is_the_median_of_used_blocks(void **state)
{
    (void)state;
    struct fee_history h = {.n_blocks = 4, .base = {1, 2, 3, 4, 5}, .tip = {90, 10, 50, 70},
                            .used = {true, true, false, true}};
    struct fee_market m = fee_market_of(&h, 7);
    assert_int_equal(m.base, 5); /* of the next block */
    assert_int_equal(m.tip, 70); /* of 10, 70, 90 */
    assert_false(m.legacy);
}

static void market_of_empty_blocks_is_what_the_node_says(void **state)
{
    (void)state;
    struct fee_history h = {.n_blocks = 2, .base = {1, 1, 9}, .tip = {4, 4}};
    assert_int_equal(fee_market_of(&h, 7).tip, 7);
    struct fee_history none = {.base = {6}};
    assert_int_equal(fee_market_of(&none, 7).base, 6);
}

static void market_without_base_fee(void **state)
{
    (void)state;
    struct fee_market m = fee_market_legacy(101);
    assert_true(m.legacy);
    assert_int_equal(m.tip, 112); /* 111.1 */
    assert_int_equal(m.base, 0);
}

/* ------------------------------------------------------------------ gas and amounts */

static void gas_limit(void **state)
{
    (void)state;
    assert_int_equal(fee_gas_limit(23050, &POLICY), 27660);
    assert_int_equal(fee_gas_limit(21000, &POLICY), 25200);
    assert_int_equal(fee_gas_limit(20999, &POLICY), 0);
    assert_int_equal(fee_gas_limit(90000, &POLICY), 100000); /* + 20 % is cut */
    assert_int_equal(fee_gas_limit(100000, &POLICY), 100000);
    assert_int_equal(fee_gas_limit(100001, &POLICY), 0);
}

static void worst_case_and_l1_share(void **state)
{
    (void)state;
    struct fee_bid bid = {.cap = 7, .gas = 100, .extra = 13};
    assert_true(fee_worst(&bid) == 713);
    assert_true(fee_l1_reserve(1000) == 1300);
    bid = (struct fee_bid){.cap = UINT64_MAX, .gas = UINT64_MAX, .extra = WEI_MAX};
    assert_true(fee_worst(&bid) == WEI_MAX);
}

/* ------------------------------------------------------------------ first price */

static void first_is_twice_the_base_and_the_tip(void **state)
{
    (void)state;
    struct fee_market m = market(20, GWEI);
    struct fee_bid bid;
    expect_verdict(fee_first(&m, 23050, 1000, &PLENTY, &POLICY, &bid), FEE_OK);
    assert_int_equal(bid.tip, GWEI);
    assert_int_equal(bid.cap, 41 * GWEI);
    assert_int_equal(bid.gas, 27660);
    assert_true(bid.extra == 1300);
    assert_false(bid.legacy);
}

static void first_tip_is_clamped(void **state)
{
    (void)state;
    struct fee_market empty = market(1, 0), greedy = market(1, 50 * GWEI);
    struct fee_bid bid;
    expect_verdict(fee_first(&empty, 23050, 0, &PLENTY, &POLICY, &bid), FEE_OK);
    assert_int_equal(bid.tip, GWEI / 10);
    expect_verdict(fee_first(&greedy, 23050, 0, &PLENTY, &POLICY, &bid), FEE_OK);
    assert_int_equal(bid.tip, 3 * GWEI);
}

static void first_is_cut_to_the_cap_or_refused(void **state)
{
    (void)state;
    struct fee_market high = market(150, GWEI), just = {.base = 200 * GWEI - GWEI / 10, .tip = GWEI};
    struct fee_bid bid = {.cap = 1};
    expect_verdict(fee_first(&high, 23050, 0, &PLENTY, &POLICY, &bid), FEE_OK);
    assert_int_equal(bid.cap, 200 * GWEI);
    expect_verdict(fee_first(&just, 23050, 0, &PLENTY, &POLICY, &bid), FEE_OK);
    bid.cap = 1;
    just.base++; /* cannot pay base + min_priority_fee: could not be mined now */
    expect_verdict(fee_first(&just, 23050, 0, &PLENTY, &POLICY, &bid), FEE_OVER_PRICE);
    assert_int_equal(bid.cap, 1); /* untouched */
}

static void first_tip_is_never_above_the_cap(void **state)
{
    (void)state;
    struct fee_policy p = POLICY;
    p.max_fee_per_gas = 2 * GWEI;
    struct fee_market m = market(1, 3 * GWEI);
    struct fee_bid bid;
    expect_verdict(fee_first(&m, 23050, 0, &PLENTY, &p, &bid), FEE_OK);
    assert_int_equal(bid.cap, 2 * GWEI);
    assert_int_equal(bid.tip, 2 * GWEI);
}

static void first_needs_room(void **state)
{
    (void)state;
    struct fee_market m = market(20, GWEI);
    wei worst = (wei)41 * GWEI * 27660 + 1300;
    struct fee_room exact = {worst, worst}, no_budget = {worst - 1, worst}, no_funds = {worst, worst - 1};
    struct fee_bid bid;
    expect_verdict(fee_first(&m, 23050, 1000, &exact, &POLICY, &bid), FEE_OK);
    expect_verdict(fee_first(&m, 23050, 1000, &no_budget, &POLICY, &bid), FEE_OVER_BUDGET);
    expect_verdict(fee_first(&m, 23050, 1000, &no_funds, &POLICY, &bid), FEE_OVER_FUNDS);
    expect_verdict(fee_first(&m, 0, 1000, &exact, &POLICY, &bid), FEE_OVER_GAS);
}

static void first_on_a_legacy_chain(void **state)
{
    (void)state;
    struct fee_market m = fee_market_legacy(10 * GWEI), dear = fee_market_legacy(190 * GWEI);
    struct fee_bid bid;
    expect_verdict(fee_first(&m, 23050, 0, &PLENTY, &POLICY, &bid), FEE_OK);
    assert_true(bid.legacy);
    assert_int_equal(bid.cap, 11 * GWEI); /* max_priority_fee does not bind a whole price */
    assert_int_equal(bid.tip, 11 * GWEI);
    expect_verdict(fee_first(&dear, 23050, 0, &PLENTY, &POLICY, &bid), FEE_OVER_PRICE);
}

/* ------------------------------------------------------------------ replacements */

static enum fee_verdict bump(struct fee_bid old, struct fee_market m, struct fee_refusal refusal,
                             struct fee_bid *ret)
{
    old.gas = old.gas == 0 ? 27660 : old.gas;
    return fee_bump(&old, &m, &refusal, 23050, 0, fee_worst(&old), &PLENTY, &POLICY, ret);
}

static void bump_is_an_eighth_and_a_wei(void **state)
{
    (void)state;
    struct fee_bid bid;
    struct fee_bid old = {.tip = GWEI, .cap = 41 * GWEI};
    expect_verdict(bump(old, market(20, GWEI), NONE, &bid), FEE_OK);
    assert_int_equal(bid.tip, GWEI * 9 / 8 + 1);
    assert_int_equal(bid.cap, 41 * GWEI * 9 / 8 + 1);
    old = (struct fee_bid){.tip = 101, .cap = 1001}; /* rounded up */
    struct fee_policy p = POLICY;
    p.min_priority_fee = 0;
    struct fee_market still = {0};
    expect_verdict(fee_bump(&old, &still, &NONE, 23050, 0, 0, &PLENTY, &p, &bid), FEE_OK);
    assert_int_equal(bid.tip, 115);
    assert_int_equal(bid.cap, 1128);
}

static void bump_follows_the_market(void **state)
{
    (void)state;
    struct fee_bid bid, old = {.tip = GWEI, .cap = 41 * GWEI};
    expect_verdict(bump(old, market(60, 2 * GWEI), NONE, &bid), FEE_OK);
    assert_int_equal(bid.tip, 2 * GWEI);
    assert_int_equal(bid.cap, 122 * GWEI);
}

static void bump_by_effective_price_when_refused(void **state)
{
    (void)state;
    struct fee_bid bid, old = {.tip = GWEI, .cap = 41 * GWEI};
    struct fee_refusal refused = {.replacement = true};
    /* base 20: 21 gwei now, 23.1 gwei wanted, so a tip of 3.1 gwei */
    expect_verdict(bump(old, market(20, GWEI), refused, &bid), FEE_OVER_PRICE); /* max_priority_fee is 3 */
    expect_verdict(bump(old, market(18, GWEI), refused, &bid), FEE_OK);
    assert_int_equal(bid.tip, 29 * GWEI / 10 + 1);
    assert_true(bid.cap >= 18 * GWEI + bid.tip);
    /* base over the old cap: the old effective price is its cap */
    old = (struct fee_bid){.tip = GWEI, .cap = 10 * GWEI};
    expect_verdict(bump(old, market(15, GWEI), refused, &bid), FEE_OK);
    assert_int_equal(bid.tip, GWEI * 9 / 8 + 1);
    /* no room for base and tip under max_fee_per_gas: the price would not be an effective one */
    struct fee_market brim = {.base = 199 * GWEI + GWEI / 2, .tip = GWEI};
    expect_verdict(bump(old, brim, refused, &bid), FEE_OVER_PRICE);
    expect_verdict(bump(old, brim, NONE, &bid), FEE_OK);
}

static void bump_honours_named_minimums(void **state)
{
    (void)state;
    struct fee_bid bid, old = {.tip = GWEI, .cap = 41 * GWEI};
    expect_verdict(bump(old, market(20, GWEI), (struct fee_refusal){.min_tip = 2 * GWEI + 5}, &bid), FEE_OK);
    assert_int_equal(bid.tip, 2 * GWEI + 5);
    expect_verdict(bump(old, market(20, GWEI), (struct fee_refusal){.min_cap = 90 * GWEI + 7}, &bid), FEE_OK);
    assert_int_equal(bid.cap, 90 * GWEI + 7);
    expect_verdict(bump(old, market(20, GWEI), (struct fee_refusal){.min_tip = 4 * GWEI}, &bid),
                   FEE_OVER_PRICE);
    expect_verdict(bump(old, market(20, GWEI), (struct fee_refusal){.min_cap = 201 * GWEI}, &bid),
                   FEE_OVER_PRICE);
}

static void bump_stops_at_the_caps(void **state)
{
    (void)state;
    struct fee_bid bid = {.cap = 1}, old = {.tip = GWEI, .cap = 178 * GWEI};
    expect_verdict(bump(old, market(90, GWEI), NONE, &bid), FEE_OVER_PRICE); /* 200.25 gwei */
    old.cap = 170 * GWEI;
    old.tip = 27 * GWEI / 10;
    expect_verdict(bump(old, market(90, GWEI), NONE, &bid), FEE_OVER_PRICE); /* tip 3.04 gwei */
    assert_int_equal(bid.cap, 1);
    old.tip = GWEI;
    expect_verdict(bump(old, market(150, GWEI), NONE, &bid), FEE_OK);
    assert_int_equal(bid.cap, 200 * GWEI); /* the market's wish is cut, the rule is kept */
}

static void bump_is_not_far_above_the_market(void **state)
{
    (void)state;
    struct fee_bid bid, old = {.tip = GWEI / 10, .cap = 90 * GWEI};
    expect_verdict(bump(old, market(1, 0), NONE, &bid), FEE_OVER_PRICE); /* over 100 gwei and 5 × 2.1 */
    expect_verdict(bump(old, market(11, 0), NONE, &bid), FEE_OK);        /* 5 × 22.1 */
    old.cap = 88 * GWEI;
    expect_verdict(bump(old, market(1, 0), NONE, &bid), FEE_OK);
}

static void bump_that_could_not_be_mined_is_refused(void **state)
{
    (void)state;
    struct fee_bid bid, old = {.tip = GWEI, .cap = 41 * GWEI};
    expect_verdict(bump(old, market(400, GWEI), NONE, &bid), FEE_OVER_PRICE);
}

static void bump_of_what_no_pool_holds(void **state)
{
    (void)state;
    struct fee_bid bid, old = {.tip = GWEI / 2, .cap = 200 * GWEI};
    struct fee_refusal refused = {.unheld = true, .min_tip = GWEI};
    expect_verdict(bump(old, market(20, GWEI / 2), (struct fee_refusal){.min_tip = GWEI}, &bid),
                   FEE_OVER_PRICE);
    expect_verdict(bump(old, market(20, GWEI / 2), refused, &bid), FEE_OK);
    assert_int_equal(bid.tip, GWEI);
    assert_true(bid.cap <= 200 * GWEI);
}

static void bump_needs_room_for_the_difference(void **state)
{
    (void)state;
    struct fee_bid bid, old = {.tip = GWEI, .cap = 40 * GWEI, .gas = 27660};
    struct fee_market m = market(20, GWEI);
    wei more = ((wei)45 * GWEI + 1) * 27660 - fee_worst(&old);
    struct fee_room exact = {more, more}, less = {more - 1, more};
    expect_verdict(fee_bump(&old, &m, &NONE, 23050, 0, fee_worst(&old), &exact, &POLICY, &bid), FEE_OK);
    expect_verdict(fee_bump(&old, &m, &NONE, 23050, 0, fee_worst(&old), &less, &POLICY, &bid),
                   FEE_OVER_BUDGET);
}

static void bump_keeps_the_gas_if_the_estimate_fails(void **state)
{
    (void)state;
    struct fee_bid bid, old = {.tip = GWEI, .cap = 40 * GWEI, .gas = 30000}, blank = {0};
    struct fee_market m = market(20, GWEI);
    expect_verdict(fee_bump(&old, &m, &NONE, 0, 0, 0, &PLENTY, &POLICY, &bid), FEE_OK);
    assert_int_equal(bid.gas, 30000);
    expect_verdict(fee_bump(&blank, &m, &NONE, 0, 0, 0, &PLENTY, &POLICY, &bid), FEE_OVER_GAS);
}

static void bump_keeps_the_type(void **state)
{
    (void)state;
    struct fee_bid bid, old = {.legacy = true, .tip = 10 * GWEI, .cap = 10 * GWEI};
    expect_verdict(bump(old, fee_market_legacy(10 * GWEI), NONE, &bid), FEE_OK);
    assert_true(bid.legacy);
    assert_int_equal(bid.cap, 10 * GWEI * 9 / 8 + 1);
    assert_int_equal(bid.tip, bid.cap);
    expect_verdict(bump(old, market(20, GWEI), NONE, &bid), FEE_OK); /* the chain got a base fee */
    assert_true(bid.legacy);
    assert_int_equal(bid.cap, 41 * GWEI);
    old = (struct fee_bid){.tip = GWEI, .cap = 10 * GWEI};
    expect_verdict(bump(old, fee_market_legacy(10 * GWEI), NONE, &bid), FEE_OK); /* or lost it */
    assert_false(bid.legacy);
    assert_true(bid.cap >= 22 * GWEI);
}

/* Whatever the market: a bump pleases every client that reads its own rule, and stays within the caps. */
static void property_bumps_are_accepted_and_capped(void **state)
{
    (void)state;
    uint64_t r = 3;
    unsigned n_ok = 0;
    for (int i = 0; i < 100000; i++) {
        struct fee_market m = {.base = harness_random(&r) % (150 * GWEI), .tip = harness_random(&r) % (4 * GWEI)};
        struct fee_bid bid, old;
        if (fee_first(&m, 23050, 0, &PLENTY, &POLICY, &old) != FEE_OK)
            continue;
        m.base = m.base / 2 + harness_random(&r) % (m.base + 1);
        struct fee_refusal refusal = {.replacement = harness_random(&r) % 2 == 0};
        if (bump(old, m, refusal, &bid) != FEE_OK)
            continue;
        n_ok++;
        assert_true(bid.cap <= POLICY.max_fee_per_gas && bid.tip <= POLICY.max_priority_fee);
        assert_true(bid.tip <= bid.cap && bid.cap >= m.base + POLICY.min_priority_fee);
        assert_true((wei)bid.cap * 10 > (wei)old.cap * 11 && (wei)bid.tip * 10 > (wei)old.tip * 11);
        uint64_t before = m.base + old.tip < old.cap ? m.base + old.tip : old.cap;
        uint64_t after = m.base + bid.tip < bid.cap ? m.base + bid.tip : bid.cap;
        if (refusal.replacement)
            assert_true((wei)after * 10 > (wei)before * 11);
    }
    assert_true(n_ok > 10000);
}

/* ------------------------------------------------------------------ ledger */

static void ledger_begins_anew_each_day(void **state)
{
    (void)state;
    struct fee_ledger l = {0};
    l = fee_ledger_spend(l, 86400 * 5 + 10, 100);
    l = fee_ledger_spend(l, 86400 * 6 - 1, 30);
    assert_int_equal(l.day, 5);
    assert_true(l.spent == 130);
    l = fee_ledger_spend(l, 86400 * 6, 7);
    assert_int_equal(l.day, 6);
    assert_true(l.spent == 7);
}

static void ledger_is_not_reset_by_a_clock_that_goes_back(void **state)
{
    (void)state;
    struct fee_ledger l = fee_ledger_spend((struct fee_ledger){0}, 86400 * 5 + 10, 100);
    l = fee_ledger_spend(l, 86400 * 4, 1);
    assert_int_equal(l.day, 5);
    assert_true(l.spent == 101);
}

static void budget_left(void **state)
{
    (void)state;
    struct fee_policy p = {.daily_budget = 1000};
    struct fee_ledger l = {.day = 5, .spent = 300};
    assert_true(fee_budget_left(l, 86400 * 5, 200, &p) == 500);
    assert_true(fee_budget_left(l, 86400 * 5, 700, &p) == 0);
    assert_true(fee_budget_left(l, 86400 * 5, WEI_MAX, &p) == 0);
    assert_true(fee_budget_left(l, 86400 * 6, 200, &p) == 800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(market_is_the_median_of_used_blocks),
        cmocka_unit_test(market_of_empty_blocks_is_what_the_node_says),
        cmocka_unit_test(market_without_base_fee),
        cmocka_unit_test(gas_limit),
        cmocka_unit_test(worst_case_and_l1_share),
        cmocka_unit_test(first_is_twice_the_base_and_the_tip),
        cmocka_unit_test(first_tip_is_clamped),
        cmocka_unit_test(first_is_cut_to_the_cap_or_refused),
        cmocka_unit_test(first_tip_is_never_above_the_cap),
        cmocka_unit_test(first_needs_room),
        cmocka_unit_test(first_on_a_legacy_chain),
        cmocka_unit_test(bump_is_an_eighth_and_a_wei),
        cmocka_unit_test(bump_follows_the_market),
        cmocka_unit_test(bump_by_effective_price_when_refused),
        cmocka_unit_test(bump_honours_named_minimums),
        cmocka_unit_test(bump_stops_at_the_caps),
        cmocka_unit_test(bump_is_not_far_above_the_market),
        cmocka_unit_test(bump_that_could_not_be_mined_is_refused),
        cmocka_unit_test(bump_of_what_no_pool_holds),
        cmocka_unit_test(bump_needs_room_for_the_difference),
        cmocka_unit_test(bump_keeps_the_gas_if_the_estimate_fails),
        cmocka_unit_test(bump_keeps_the_type),
        cmocka_unit_test(property_bumps_are_accepted_and_capped),
        cmocka_unit_test(ledger_begins_anew_each_day),
        cmocka_unit_test(ledger_is_not_reset_by_a_clock_that_goes_back),
        cmocka_unit_test(budget_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
