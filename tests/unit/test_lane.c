/* Who gets the next nonce, and when nobody does: each rule by itself. */
#include "tests/harness.h"

#include "daemon/core/lane.h"

static const struct lane_policy POLICY = {.window = 4, .fees = {.daily_budget = 1000000}};

/* A lane with nonces below 10 used, and up to six jobs: batches 1, 2, … */
struct scene {
    struct lane lane;
    struct anchor_job jobs[6];
    const struct anchor_job *list[6];
    bool idle[6];
    size_t n;
    struct lane_view view;
};

static struct scene scene(size_t n)
{
    struct scene s = {.lane = {.seeded = true, .next_nonce = 10},
                      .n = n,
                      .view = {.serial = 1, .rpc_ok = true, .chain_ok = true, .nonce = 10, .pending_known = true,
                               .nonce_pending = 10, .final_known = true, .nonce_final = 10, .balance = 1000}};
    for (size_t i = 0; i < n; i++) {
        struct hash32 value = {.b = {(uint8_t)(i + 1)}};
        s.jobs[i] = anchor_new(i + 1, &value, 0);
        s.idle[i] = true;
    }
    return s;
}

/* Job i has a nonce, in the given state; out: an endpoint took it. */
static void place(struct scene *s, size_t i, enum anchor_state state, uint64_t nonce, bool out)
{
    s->jobs[i].state = state;
    s->jobs[i].has_nonce = true;
    s->jobs[i].nonce = nonce;
    s->jobs[i].n_attempts = 1;
    s->jobs[i].attempts[0] = (struct anchor_attempt){.seq = 1, .accepted = out, .bid = {.cap = 10, .gas = 10}};
    if (nonce >= s->lane.next_nonce)
        s->lane.next_nonce = nonce + 1;
    if (s->jobs[i].k > s->lane.last_k)
        s->lane.last_k = s->jobs[i].k;
}

static struct lane_action step(struct scene *s)
{
    for (size_t i = 0; i < s->n; i++)
        s->list[i] = &s->jobs[i];
    return lane_step(&s->lane, s->list, s->idle, s->n, &s->view, &POLICY);
}

static void expect(struct scene *s, enum lane_do what, size_t index)
{
    struct lane_action a = step(s);
    assert_int_equal(a.what, what);
    assert_int_equal(a.index, index);
}

/* ------------------------------------------------------------------ in order, a few at a time */

static void the_lowest_batch_goes_first(void **state)
{
    (void)state;
    struct scene s = scene(3);
    expect(&s, LANE_DO_GO, 0);
    expect(&s, LANE_DO_WAIT, 0); /* it had its chance in this look */
    s.view.serial++;
    expect(&s, LANE_DO_GO, 0);
    s.view.serial++;
    s.idle[0] = false;
    expect(&s, LANE_DO_WAIT, 0); /* it is asking for a price */
}

static void the_next_one_follows_in_the_same_look(void **state)
{
    (void)state;
    struct scene s = scene(3);
    expect(&s, LANE_DO_GO, 0);
    place(&s, 0, ANCHOR_SENT, 10, true);
    expect(&s, LANE_DO_GO, 1);
}

static void not_before_the_one_below_is_out(void **state)
{
    (void)state;
    struct scene s = scene(2);
    place(&s, 0, ANCHOR_SIGNED, 10, false);
    expect(&s, LANE_DO_WAIT, 0);
    s.jobs[0].attempts[0].accepted = true;
    expect(&s, LANE_DO_GO, 1);
}

static void not_before_a_nonce_is_saved(void **state)
{
    (void)state;
    struct scene s = scene(2);
    place(&s, 0, ANCHOR_ASSIGNED, 10, true);
    s.lane.next_nonce = 10;
    expect(&s, LANE_DO_WAIT, 0);
}

static void four_at_once(void **state)
{
    (void)state;
    struct scene s = scene(6);
    for (size_t i = 0; i < 4; i++)
        place(&s, i, ANCHOR_SENT, 10 + i, true);
    expect(&s, LANE_DO_WAIT, 0);
    s.jobs[0].state = ANCHOR_MINED;
    expect(&s, LANE_DO_GO, 4);
}

static void not_while_something_is_suspect(void **state)
{
    (void)state;
    struct scene s = scene(2);
    place(&s, 0, ANCHOR_SUSPECT, 10, true);
    expect(&s, LANE_DO_WAIT, 0);
}

/* ------------------------------------------------------------------ pauses */

static void pauses(void **state)
{
    (void)state;
    struct scene down = scene(1), wrong = scene(1);
    down.view.rpc_ok = false;
    wrong.view.chain_ok = false;
    expect(&down, LANE_DO_WAIT, 0);
    assert_int_equal(down.lane.alarms, ANCHOR_ALARM_RPC_DOWN);
    expect(&wrong, LANE_DO_WAIT, 0);
    assert_int_equal(wrong.lane.alarms, ANCHOR_ALARM_WRONG_CHAIN);
    wrong.view.rpc_ok = false; /* who is on another chain is not asked again */
    expect(&wrong, LANE_DO_WAIT, 0);
    assert_int_equal(wrong.lane.alarms, ANCHOR_ALARM_WRONG_CHAIN);
}

static void low_funds_only_warn(void **state)
{
    (void)state;
    struct scene s = scene(0);
    struct lane_policy p = POLICY;
    p.low_funds = 1001;
    lane_step(&s.lane, s.list, s.idle, 0, &s.view, &p);
    assert_int_equal(s.lane.alarms, ANCHOR_ALARM_LOW_FUNDS);
    p.low_funds = 1000;
    lane_step(&s.lane, s.list, s.idle, 0, &s.view, &p);
    assert_int_equal(s.lane.alarms, 0);
}

static void a_value_reverted_twice_stops_those_behind_it(void **state)
{
    (void)state;
    struct scene s = scene(2);
    s.jobs[0].state = ANCHOR_REVERTED;
    s.jobs[0].n_reverted = 2;
    s.lane.last_k = 1;
    expect(&s, LANE_DO_GO, 0); /* it will not take it */
    expect(&s, LANE_DO_WAIT, 0);
}

static void a_gap_below_is_an_alarm(void **state)
{
    (void)state;
    struct scene s = scene(1);
    place(&s, 0, ANCHOR_SENT, 11, true);
    step(&s);
    assert_int_equal(s.lane.alarms, ANCHOR_ALARM_NONCE_GAP);
    s.view.nonce = 11;
    step(&s);
    assert_int_equal(s.lane.alarms, 0);
}

static void an_older_anchor_that_is_watched_hides_no_gap(void **state)
{
    (void)state;
    static const struct {
        uint64_t first;
        enum anchor_state state;
        uint32_t alarms;
    } CASES[] = {
        {9, ANCHOR_FINAL, ANCHOR_ALARM_NONCE_GAP}, /* a stranger's nonce 10 is free again */
        {10, ANCHOR_SENT, 0},                      /* ours is the next */
        {10, ANCHOR_MINED, 0},                     /* and the view is of before */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct scene s = scene(2);
        place(&s, 0, CASES[i].state, CASES[i].first, true);
        place(&s, 1, ANCHOR_SENT, 11, true);
        step(&s);
        assert_int_equal(s.lane.alarms, CASES[i].alarms);
        s.jobs[1].state = ANCHOR_FINAL; /* nothing waits */
        step(&s);
        assert_int_equal(s.lane.alarms, 0);
    }
}

/* ------------------------------------------------------------------ the first nonce, and after a restore */

static void the_first_nonce_needs_two_witnesses(void **state)
{
    (void)state;
    struct scene s = scene(1);
    s.lane = (struct lane){0};
    s.view.nonce = s.view.nonce_pending = 3;
    s.view.pending_known = false;
    expect(&s, LANE_DO_WAIT, 0);
    assert_int_equal(s.lane.alarms, ANCHOR_ALARM_SETTLING);
    s.view.pending_known = true;
    s.view.nonce_pending = 4;
    expect(&s, LANE_DO_WAIT, 0);
    s.view.nonce_pending = 3;
    s.idle[0] = false;
    expect(&s, LANE_DO_WAIT, 0); /* its save would be overtaken */
    s.idle[0] = true;
    expect(&s, LANE_DO_SAVE, 0);
    assert_int_equal(s.lane.next_nonce, 3);
    s.view.nonce_final = 3;
    expect(&s, LANE_DO_GO, 0);
}

static void after_a_restore_all_nonces_must_agree(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct scene s = scene(1);
        s.lane.settling = true;
        s.view.nonce_pending -= i == 0;
        s.view.nonce_final -= i == 1;
        s.view.final_known = i != 2;
        s.view.pending_known = i != 3;
        expect(&s, LANE_DO_WAIT, 0);
        assert_true(s.lane.settling);
        s = (struct scene)scene(1);
        s.lane.settling = true;
        expect(&s, LANE_DO_SAVE, 0);
        assert_false(s.lane.settling);
        expect(&s, LANE_DO_GO, 0);
    }
}

/* ------------------------------------------------------------------ a key used elsewhere */

static struct lane_action locate(struct scene *s, struct lane_found found)
{
    s->view.nonce = s->view.nonce_pending = s->view.nonce_final = 11;
    struct lane_action a = step(s);
    assert_int_equal(a.what, LANE_DO_LOCATE);
    assert_int_equal(a.nonce, 10);
    assert_int_equal(s->lane.alarms, ANCHOR_ALARM_KEY_ELSEWHERE);
    found.nonce = a.nonce;
    return lane_located(&s->lane, s->list, s->idle, s->n, &s->view, &found);
}

static void a_use_that_is_not_final_is_waited_for(void **state)
{
    (void)state;
    struct scene s = scene(1);
    s.view.nonce = 11;
    expect(&s, LANE_DO_WAIT, 0);
    assert_int_equal(s.lane.alarms, ANCHOR_ALARM_KEY_ELSEWHERE);
}

static void a_strangers_nonce_is_skipped(void **state)
{
    (void)state;
    struct scene s = scene(1);
    struct lane_action a = locate(&s, (struct lane_found){.what = LANE_FOUND_STRANGER});
    assert_int_equal(a.what, LANE_DO_SAVE);
    assert_int_equal(s.lane.next_nonce, 11);
    assert_int_equal(s.lane.strangers, 1);
    expect(&s, LANE_DO_GO, 0);
}

static void a_change_of_keys_that_is_not_known_shows_an_old_store(void **state)
{
    (void)state;
    struct scene s = scene(1);
    struct lane_action a = locate(&s, (struct lane_found){.what = LANE_FOUND_KEY_CALL});
    assert_int_equal(a.what, LANE_DO_SAVE);
    assert_int_equal(s.lane.next_nonce, 11);
    assert_int_equal(s.lane.strangers, 0);
    assert_false(lane_may_seal(&s.lane));
    expect(&s, LANE_DO_RECOVER, 0);
}

static void a_key_that_comes_to_a_log_and_was_used_before(void **state)
{
    (void)state;
    static const struct {
        uint64_t last_k, nonce;
        bool recover;
    } CASES[] = {{0, 0, false}, {0, 10, false}, {5, 0, false}, {5, 10, true}}; /* a new log is told by its first key */
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct scene s = scene(1);
        s.lane = (struct lane){.last_k = CASES[i].last_k};
        s.jobs[0].k = 6;
        s.view.nonce = s.view.nonce_pending = s.view.nonce_final = CASES[i].nonce;
        expect(&s, LANE_DO_SAVE, 0);
        assert_int_equal(s.lane.next_nonce, CASES[i].nonce);
        assert_int_equal(lane_may_seal(&s.lane), !CASES[i].recover);
        expect(&s, CASES[i].recover ? LANE_DO_RECOVER : LANE_DO_GO, 0);
    }
}

static void what_cannot_be_located_is_asked_again_later(void **state)
{
    (void)state;
    struct scene s = scene(1);
    struct lane_action a = locate(&s, (struct lane_found){.what = LANE_FOUND_NOTHING});
    assert_int_equal(a.what, LANE_DO_WAIT);
    expect(&s, LANE_DO_WAIT, 0);
    s.view.serial++;
    expect(&s, LANE_DO_LOCATE, 0);
}

static void an_anchor_of_a_waiting_value_is_adopted(void **state)
{
    (void)state;
    struct scene s = scene(2);
    struct lane_found found = {.what = LANE_FOUND_ANCHOR, .value = s.jobs[1].value, .known = true};
    struct lane_action a = locate(&s, found);
    assert_int_equal(a.what, LANE_DO_ADOPT);
    assert_int_equal(a.index, 1);
    assert_int_equal(a.nonce, 10);
    s = scene(2);
    s.idle[1] = false;
    assert_int_equal(locate(&s, found).what, LANE_DO_WAIT);
    assert_int_equal(s.lane.next_nonce, 10);
}

/* The chain is ahead of the store: scan, wait until all agree, list, declare. */
static void an_unknown_anchor_is_a_loss(void **state)
{
    (void)state;
    struct scene s = scene(1);
    struct lane_found found = {.what = LANE_FOUND_ANCHOR, .value = {.b = {99}}};
    assert_int_equal(locate(&s, found).what, LANE_DO_SAVE);
    assert_true(s.lane.recover && !lane_may_seal(&s.lane));
    assert_int_equal(s.lane.strangers, 0); /* it is ours */
    s.view.nonce = s.view.nonce_final = s.lane.next_nonce;
    s.view.nonce_pending = s.view.nonce + 1; /* one more may be on its way */
    expect(&s, LANE_DO_WAIT, 0);
    assert_true((s.lane.alarms & ANCHOR_ALARM_OLD_STORE) != 0);
    s.view.nonce_pending = s.view.nonce;
    expect(&s, LANE_DO_RECOVER, 0);
    expect(&s, LANE_DO_WAIT, 0); /* once a look */
    s.view.serial++;
    expect(&s, LANE_DO_RECOVER, 0);
    lane_recovered(&s.lane);
    assert_true(lane_may_seal(&s.lane));
    expect(&s, LANE_DO_GO, 0);
}

static void an_anchor_that_the_store_knows_is_no_loss(void **state)
{
    (void)state;
    struct scene s = scene(1);
    struct lane_found found = {.what = LANE_FOUND_ANCHOR, .value = {.b = {99}}, .known = true};
    assert_int_equal(locate(&s, found).what, LANE_DO_SAVE); /* final already: its value again is of no use */
    assert_false(s.lane.recover);
}

/* Without anything that could be found on it the chain is not searched nonce by nonce. */
static void an_empty_store_is_not_searched_for(void **state)
{
    (void)state;
    struct scene s = scene(0);
    s.lane.recover = s.lane.settling = true;
    s.lane.next_nonce = 0;
    s.view.nonce = s.view.nonce_pending = 11;
    expect(&s, LANE_DO_LOCATE, 0); /* not all is final */
    s.view.nonce_final = 11;
    expect(&s, LANE_DO_SAVE, 0);
    assert_int_equal(s.lane.next_nonce, 11);
    expect(&s, LANE_DO_RECOVER, 0);
}

/* ------------------------------------------------------------------ covered by a later one */

static void a_lost_value_behind_a_later_one_is_covered(void **state)
{
    (void)state;
    struct scene s = scene(3);
    s.jobs[0].state = ANCHOR_FOREIGN;
    place(&s, 1, ANCHOR_SENT, 11, true);
    s.view.rpc_ok = false; /* needs no chain */
    struct lane_action a = step(&s);
    assert_int_equal(a.what, LANE_DO_COVER);
    assert_int_equal(a.index, 0);
    assert_int_equal(a.batch, 2);
    s.idle[0] = false;
    expect(&s, LANE_DO_WAIT, 0);
}

static void the_newest_lost_value_takes_a_new_nonce(void **state)
{
    (void)state;
    struct scene s = scene(2);
    s.lane.last_k = 1;
    s.jobs[0].state = ANCHOR_FOREIGN;
    expect(&s, LANE_DO_GO, 0);
}

static void cover_names_the_first_that_is_anchored(void **state)
{
    (void)state;
    static const struct lane_batch BATCHES[] = {{3, ANCHOR_COVERED}, {5, ANCHOR_COVERED}, {6, ANCHOR_MINED},
                                                {7, ANCHOR_FINAL},   {9, ANCHOR_COVERED}};
    uint64_t m = 0;
    assert_true(lane_cover(BATCHES, 5, 3, &m) && m == 6);
    assert_true(lane_cover(BATCHES, 5, 5, &m) && m == 6);
    assert_true(lane_cover(BATCHES, 5, 6, &m) && m == 6);
    assert_true(lane_cover(BATCHES, 5, 7, &m) && m == 7);
    assert_false(lane_cover(BATCHES, 5, 9, &m));
    assert_false(lane_cover(BATCHES, 5, 4, &m));
    assert_false(lane_cover(BATCHES, 5, 10, &m));
}

/* ------------------------------------------------------------------ what it keeps, room, bytes */

static void notes_nonce_and_cost(void **state)
{
    (void)state;
    struct scene s = scene(1);
    struct lane fresh = {0}, next;
    place(&s, 0, ANCHOR_MINED, 12, true);
    s.jobs[0].cost = 500;
    s.jobs[0].booked = 100;
    next = lane_note(&fresh, &s.jobs[0], 86400 * 3);
    assert_true(next.seeded && next.next_nonce == 13 && next.last_k == 1);
    assert_true(next.ledger.spent == 400 && next.ledger.day == 3);
    s.jobs[0].booked = 600; /* taken back, and cheaper the second time */
    next = lane_note(&next, &s.jobs[0], 86400 * 3);
    assert_true(next.ledger.spent == 400);
    s.jobs[0].nonce = 5; /* an older one never lowers it */
    assert_true(lane_note(&next, &s.jobs[0], 0).next_nonce == 13);
}

/* ------------------------------------------------------------------ calls of the registry, and another key */

static void a_call_goes_before_batches_and_is_never_covered(void **state)
{
    (void)state;
    struct scene s = scene(3);
    struct hash32 word = {{0}};
    s.jobs[2] = anchor_new_call(1, ANCHOR_CALL_REVOKE, &word, 0);
    expect(&s, LANE_DO_GO, 2);
    place(&s, 1, ANCHOR_SENT, 10, true);
    place(&s, 2, ANCHOR_SENT, 11, true);
    s.lane.last_k = 2;
    assert_int_equal(lane_note(&s.lane, &s.jobs[2], 0).last_k, 2);
    s.jobs[0].state = ANCHOR_FINAL;
    s.jobs[2].state = ANCHOR_FOREIGN; /* it lost its nonce: a later batch does not do its work */
    s.jobs[2].has_nonce = false;
    s.view.serial++;
    expect(&s, LANE_DO_GO, 2);
}

static void a_call_is_not_taken_for_an_anchor_of_the_same_bytes(void **state)
{
    (void)state;
    struct scene s = scene(1);
    struct hash32 value = {{7}};
    s.jobs[0] = anchor_new_call(1, ANCHOR_CALL_REVOKE, &value, 0);
    s.view.nonce = s.view.nonce_final = 11;
    struct lane_found found = {.what = LANE_FOUND_ANCHOR, .value = value, .nonce = 10, .known = true};
    s.list[0] = &s.jobs[0];
    assert_int_equal(lane_located(&s.lane, s.list, s.idle, 1, &s.view, &found).what, LANE_DO_SAVE);
}

static void a_new_key_has_nonces_of_its_own(void **state)
{
    (void)state;
    struct scene s = scene(1);
    struct seal_address old = {{1}}, new = {{2}};
    s.lane.sender = old;
    s.lane.last_k = 5;
    s.lane.ledger = (struct fee_ledger){.day = 3, .spent = 100};
    struct lane lane = lane_of_new_key(&s.lane, &new);
    assert_false(lane.seeded);
    assert_true(lane.last_k == 5 && lane.ledger.spent == 100);
    place(&s, 0, ANCHOR_FINAL, 10, true);
    s.jobs[0].from = old;
    s.jobs[0].cost = 7;
    struct lane noted = lane_note(&lane, &s.jobs[0], 86400 * 3); /* a job of the old key is saved once more */
    assert_false(noted.seeded);
    assert_true(noted.ledger.spent == 107);
    s.jobs[0].from = new;
    assert_true(lane_note(&lane, &s.jobs[0], 0).next_nonce == 11);
    s = scene(2);
    place(&s, 0, ANCHOR_FINAL, 10, true); /* the old key's last nonce is above all of the new one's */
    s.jobs[0].from = old;
    s.lane = (struct lane){.seeded = true, .sender = new, .last_k = 1};
    s.view.nonce = s.view.nonce_pending = s.view.nonce_final = 0;
    expect(&s, LANE_DO_GO, 1);
    assert_int_equal(s.lane.alarms, 0);
}

static void room_counts_what_is_tied_up(void **state)
{
    (void)state;
    struct scene s = scene(3);
    place(&s, 0, ANCHOR_MINED, 10, true); /* 100 each */
    place(&s, 1, ANCHOR_SENT, 11, true);
    step(&s);
    s.lane.ledger = (struct fee_ledger){.day = 0, .spent = 300};
    struct fee_room room = lane_room(&s.lane, s.list, s.n, &s.view, &POLICY);
    assert_true(room.budget == 1000000 - 300 - 200);
    assert_true(room.funds == 1000 - 100); /* what is mined is paid */
    s.view.balance = 50;
    assert_true(lane_room(&s.lane, s.list, s.n, &s.view, &POLICY).funds == 0);
}

static void runway(void **state)
{
    (void)state;
    assert_int_equal(lane_runway_days(1000, 2, 5, 10), 10);
    assert_int_equal(lane_runway_days(1099, 2, 5, 10), 10);
    assert_true(lane_runway_days(1000, 0, 5, 10) == UINT64_MAX);
    assert_true(lane_runway_days(WEI_MAX, 1, 1, 1) == UINT64_MAX);
}

static void bytes(void **state)
{
    (void)state;
    struct lane lane = {.seeded = true, .settling = true, .next_nonce = 7, .last_k = 8,
                        .ledger = {.day = 9, .spent = (wei)10 << 64 | 11}, .strangers = 12};
    struct lane back;
    uint8_t blob[LANE_MAX_BLOB];
    size_t len;
    struct err e;
    lane_encode(&lane, blob, &len);
    assert_ok(lane_decode(&back, blob, len, &e), e);
    assert_true(back.seeded && back.settling && back.next_nonce == 7 && back.last_k == 8);
    assert_true(back.ledger.day == 9 && back.ledger.spent == lane.ledger.spent && back.strangers == 12);
    for (size_t i = 0; i < len; i++)
        assert_err(lane_decode(&back, blob, i, &e), ERR_CORRUPT);
    blob[1] = 2;
    assert_err(lane_decode(&back, blob, len, &e), ERR_CORRUPT);
    blob[0] = 9;
    assert_err(lane_decode(&back, blob, len, &e), ERR_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_batch_goes_first),
        cmocka_unit_test(the_next_one_follows_in_the_same_look),
        cmocka_unit_test(not_before_the_one_below_is_out),
        cmocka_unit_test(not_before_a_nonce_is_saved),
        cmocka_unit_test(four_at_once),
        cmocka_unit_test(not_while_something_is_suspect),
        cmocka_unit_test(pauses),
        cmocka_unit_test(low_funds_only_warn),
        cmocka_unit_test(a_value_reverted_twice_stops_those_behind_it),
        cmocka_unit_test(a_gap_below_is_an_alarm),
        cmocka_unit_test(an_older_anchor_that_is_watched_hides_no_gap),
        cmocka_unit_test(the_first_nonce_needs_two_witnesses),
        cmocka_unit_test(after_a_restore_all_nonces_must_agree),
        cmocka_unit_test(a_use_that_is_not_final_is_waited_for),
        cmocka_unit_test(a_strangers_nonce_is_skipped),
        cmocka_unit_test(a_change_of_keys_that_is_not_known_shows_an_old_store),
        cmocka_unit_test(a_key_that_comes_to_a_log_and_was_used_before),
        cmocka_unit_test(what_cannot_be_located_is_asked_again_later),
        cmocka_unit_test(an_anchor_of_a_waiting_value_is_adopted),
        cmocka_unit_test(an_unknown_anchor_is_a_loss),
        cmocka_unit_test(an_anchor_that_the_store_knows_is_no_loss),
        cmocka_unit_test(an_empty_store_is_not_searched_for),
        cmocka_unit_test(a_lost_value_behind_a_later_one_is_covered),
        cmocka_unit_test(the_newest_lost_value_takes_a_new_nonce),
        cmocka_unit_test(cover_names_the_first_that_is_anchored),
        cmocka_unit_test(notes_nonce_and_cost),
        cmocka_unit_test(a_call_goes_before_batches_and_is_never_covered),
        cmocka_unit_test(a_call_is_not_taken_for_an_anchor_of_the_same_bytes),
        cmocka_unit_test(a_new_key_has_nonces_of_its_own),
        cmocka_unit_test(room_counts_what_is_tied_up),
        cmocka_unit_test(runway),
        cmocka_unit_test(bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
