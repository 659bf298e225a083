/* What hallmark-signer signs and what not: every rule, alone and at its limit, and the state on disk. */
#include "tests/harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/signer/guard.h"
#include "daemon/signer/guardfile.h"

#define NOON UINT64_C(1795348800) /* 2026-11-22T12:00:00Z */
#define GWEI UINT64_C(1000000000)

static const struct guard_policy POLICY = {.chain_id = 11155111,
                                           .registry = {{0xaa}},
                                           .max_fee_per_gas = 200 * GWEI,
                                           .max_gas = 100000,
                                           .daily_budget = (wei)30000 * 100 * GWEI * 3}; /* three of anchor() */
static const struct seal_address KEY = {{0x01}}, SECOND = {{0x02}};
static const uint8_t VALUES[2][36] = {{0x10}, {0x20}};

static struct guard_state state;
static uint8_t call[REGISTRY_CALL_LEN];

static int set_up(void **unused)
{
    (void)unused;
    state = (struct guard_state){0};
    return 0;
}

static struct ethtx anchor(uint64_t nonce, unsigned value)
{
    return (struct ethtx){.type = ETHTX_DYNAMIC_FEE, .has_chain_id = true, .chain_id = 11155111, .nonce = nonce, .gas = 30000,
                          .max_fee = 100 * GWEI, .max_priority_fee = GWEI, .has_to = true, .to = {{0xaa}},
                          .data = {VALUES[value], 32}};
}

static enum signerline_code check(const struct ethtx *tx)
{
    bool changed = false;
    return guard_check(&state, &POLICY, &KEY, tx, NOON, &changed);
}

static void expect(struct ethtx tx, enum signerline_code code)
{
    struct guard_state before = state;
    assert_int_equal(check(&tx), code);
    if (code != SIGNERLINE_OK)
        assert_memory_equal(&before, &state, sizeof state);
}

static void what_is_signed(void **unused)
{
    (void)unused;
    expect(anchor(0, 0), SIGNERLINE_OK);
    struct ethtx tx = anchor(1, 0);
    tx.data = (struct slice){call, sizeof call};
    registry_put_authorize(call, &SECOND);
    assert_string_equal(guard_kind(tx.data), "authorize");
    expect(tx, SIGNERLINE_OK);
    call[5] = 1; /* in the twelve bytes that must be zeros */
    tx.nonce = 2;
    expect(tx, SIGNERLINE_DATA);
    registry_put_deauthorize(call, &SECOND);
    assert_string_equal(guard_kind(tx.data), "deauthorize");
    registry_put_revoke(call, &(struct hash32){{0xff}});
    assert_string_equal(guard_kind(tx.data), "revoke");
    expect(tx, SIGNERLINE_OK);
}

static void what_is_not(void **unused)
{
    (void)unused;
    struct ethtx tx = anchor(0, 0);
    tx.chain_id = 1;
    expect(tx, SIGNERLINE_CHAIN);
    tx = anchor(0, 0);
    tx.to.b[19] = 1;
    expect(tx, SIGNERLINE_TO);
    tx = anchor(0, 0);
    memset(call, 0xee, sizeof call);
    tx.data = (struct slice){call, sizeof call};
    expect(tx, SIGNERLINE_DATA);
    tx.data = (struct slice){call, 33};
    expect(tx, SIGNERLINE_DATA);
    tx.data.len = 0;
    expect(tx, SIGNERLINE_DATA);
    tx = anchor(0, 0);
    tx.gas = POLICY.max_gas + 1;
    expect(tx, SIGNERLINE_GAS);
    tx = anchor(0, 0);
    tx.max_fee = (wei)POLICY.max_fee_per_gas + 1;
    expect(tx, SIGNERLINE_FEE);
    tx.max_fee = POLICY.max_fee_per_gas;
    expect(tx, SIGNERLINE_OK);
}

static void to_the_key_itself(void **unused)
{
    (void)unused;
    struct guard_policy self = POLICY;
    struct ethtx tx = anchor(0, 0);
    bool changed;
    self.to_self = true;
    assert_int_equal(guard_check(&state, &self, &KEY, &tx, NOON, &changed), SIGNERLINE_TO);
    tx.to = KEY;
    assert_int_equal(guard_check(&state, &self, &KEY, &tx, NOON, &changed), SIGNERLINE_OK);
    tx.nonce = 1;
    tx.data = (struct slice){call, sizeof call};
    registry_put_revoke(call, &(struct hash32){{0xff}});
    assert_int_equal(guard_check(&state, &self, &KEY, &tx, NOON, &changed), SIGNERLINE_DATA);
}

static void one_value_one_nonce(void **unused)
{
    (void)unused;
    expect(anchor(7, 0), SIGNERLINE_OK);
    expect(anchor(7, 1), SIGNERLINE_NONCE_USED);
    struct ethtx tx = anchor(7, 0);
    tx.data = (struct slice){VALUES[0], 36}; /* begins with the same bytes */
    expect(tx, SIGNERLINE_DATA);
    expect(anchor(7, 0), SIGNERLINE_OK); /* a higher fee for the same value */
    expect(anchor(6, 1), SIGNERLINE_OK);
    expect(anchor(6, 0), SIGNERLINE_NONCE_USED);
    expect(anchor(8, 0), SIGNERLINE_OK); /* the value may move to another nonce */
    bool changed = false;
    tx = anchor(7, 1);
    state.spent = 0;
    assert_int_equal(guard_check(&state, &POLICY, &SECOND, &tx, NOON, &changed), SIGNERLINE_OK); /* another key's nonces */
}

/* Sign `nonce` without minding the budget. */
static enum signerline_code sign_at(uint64_t nonce)
{
    struct ethtx tx = anchor(nonce, 0);
    state.spent = 0;
    return check(&tx);
}

static void nonces_are_remembered_and_the_old_are_refused(void **unused)
{
    (void)unused;
    for (uint64_t i = 0; i < 3 * GUARD_NONCES; i++) {
        assert_int_equal(sign_at(2 * i), SIGNERLINE_OK);
        assert_in_range(state.keys[0].n, 1, GUARD_NONCES);
    }
    uint64_t highest = 2 * (3 * GUARD_NONCES - 1);
    assert_int_equal(sign_at(highest - GUARD_NONCES), SIGNERLINE_NONCE_OLD);
    assert_int_equal(sign_at(0), SIGNERLINE_NONCE_OLD);
    assert_int_equal(sign_at(highest - GUARD_NONCES + 1), SIGNERLINE_OK); /* in the window, and never used */
    expect(anchor(highest - GUARD_NONCES + 2, 1), SIGNERLINE_NONCE_USED);
    expect(anchor(highest - GUARD_NONCES + 1, 1), SIGNERLINE_NONCE_USED);
    assert_int_equal(sign_at(highest + GUARD_JUMP + 1), SIGNERLINE_NONCE_JUMP);
    assert_int_equal(sign_at(highest + GUARD_JUMP), SIGNERLINE_OK);
    assert_int_equal(state.keys[0].n, 1);
    assert_int_equal(sign_at(highest), SIGNERLINE_NONCE_OLD);
    for (size_t i = 0; i < 100; i++) /* a whole window, each in turn below the one before */
        assert_int_equal(sign_at(highest + GUARD_JUMP - i % GUARD_NONCES), SIGNERLINE_OK);
    assert_int_equal(state.keys[0].n, GUARD_NONCES);
}

static void the_budget_counts_the_dearest_attempt_of_a_nonce(void **unused)
{
    (void)unused;
    for (uint64_t i = 0; i < 3; i++)
        expect(anchor(i, 0), SIGNERLINE_OK);
    assert_true(state.spent == POLICY.daily_budget);
    expect(anchor(3, 0), SIGNERLINE_BUDGET);
    expect(anchor(2, 0), SIGNERLINE_OK); /* again the same: it costs nothing more */
    struct ethtx dearer = anchor(2, 0);
    dearer.max_fee++;
    expect(dearer, SIGNERLINE_BUDGET);
    bool changed = false;
    struct ethtx tx = anchor(3, 0);
    assert_int_equal(guard_check(&state, &POLICY, &KEY, &tx, NOON + 86400, &changed), SIGNERLINE_OK); /* the next day */
    tx = anchor(4, 0);
    assert_int_equal(guard_check(&state, &POLICY, &KEY, &tx, NOON, &changed), SIGNERLINE_OK);
    tx = anchor(5, 0); /* a clock that goes back brings no new budget */
    assert_int_equal(guard_check(&state, &POLICY, &KEY, &tx, NOON, &changed), SIGNERLINE_OK);
    tx = anchor(6, 0);
    assert_int_equal(guard_check(&state, &POLICY, &KEY, &tx, NOON, &changed), SIGNERLINE_BUDGET);
}

static void only_a_change_is_written(void **unused)
{
    (void)unused;
    bool changed = false;
    struct ethtx tx = anchor(0, 0);
    assert_int_equal(guard_check(&state, &POLICY, &KEY, &tx, NOON, &changed), SIGNERLINE_OK);
    assert_true(changed);
    assert_int_equal(guard_check(&state, &POLICY, &KEY, &tx, NOON, &changed), SIGNERLINE_OK);
    assert_false(changed);
    tx.max_fee++;
    assert_int_equal(guard_check(&state, &POLICY, &KEY, &tx, NOON, &changed), SIGNERLINE_OK);
    assert_true(changed);
}

static void a_free_transaction_is_recorded_too(void **unused)
{
    (void)unused;
    bool changed = false;
    struct ethtx tx = anchor(0, 0);
    tx.max_fee = tx.max_priority_fee = 0;
    assert_int_equal(guard_check(&state, &POLICY, &KEY, &tx, NOON, &changed), SIGNERLINE_OK);
    assert_true(changed);
    expect(anchor(0, 1), SIGNERLINE_NONCE_USED);
}

/* ------------------------------------------------------------------ on disk */

static void the_state_survives(void **unused)
{
    (void)unused;
    char path[128];
    struct guardfile file, second;
    struct guard_state read;
    struct err e;
    snprintf(path, sizeof path, "%s/state", harness_folder());
    assert_ok(guardfile_open(&file, path, &read, &e), e);
    assert_memory_equal(&read, &state, sizeof read); /* nothing yet */
    assert_err(guardfile_open(&second, path, &read, &e), ERR_BUSY);
    for (uint64_t i = 0; i < 2 * GUARD_NONCES; i++)
        assert_int_equal(sign_at(i), SIGNERLINE_OK);
    assert_ok(guardfile_save(&file, &state, &e), e);
    guardfile_close(&file);
    assert_ok(guardfile_open(&file, path, &read, &e), e);
    uint8_t a[GUARD_MAX_BLOB], b[GUARD_MAX_BLOB];
    size_t a_len, b_len;
    guard_encode(&read, a, &a_len);
    guard_encode(&state, b, &b_len);
    assert_int_equal(a_len, b_len);
    assert_memory_equal(a, b, a_len);
    guardfile_close(&file);
}

static void damage_is_noticed(void **unused)
{
    (void)unused;
    uint8_t bytes[GUARD_MAX_BLOB];
    struct guard_state read;
    size_t len;
    struct err e;
    expect(anchor(5, 0), SIGNERLINE_OK);
    guard_encode(&state, bytes, &len);
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= 1;
        assert_int_not_equal(guard_decode(&read, bytes, len, &e), ERR_OK);
        bytes[i] ^= 1;
        assert_int_not_equal(guard_decode(&read, bytes, i, &e), ERR_OK);
    }
    bytes[3] = '2';
    assert_err(guard_decode(&read, bytes, len, &e), ERR_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_signed, set_up),
        cmocka_unit_test_setup(what_is_not, set_up),
        cmocka_unit_test_setup(to_the_key_itself, set_up),
        cmocka_unit_test_setup(one_value_one_nonce, set_up),
        cmocka_unit_test_setup(nonces_are_remembered_and_the_old_are_refused, set_up),
        cmocka_unit_test_setup(the_budget_counts_the_dearest_attempt_of_a_nonce, set_up),
        cmocka_unit_test_setup(only_a_change_is_written, set_up),
        cmocka_unit_test_setup(a_free_transaction_is_recorded_too, set_up),
        cmocka_unit_test_setup(the_state_survives, set_up),
        cmocka_unit_test_setup(damage_is_noticed, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
