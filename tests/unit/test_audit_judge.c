/* From facts to findings: logs made in memory, one fact changed at a time, up to the edge of each rule. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/sha256.h"
#include "verifier/audit/judge.h"
#include "verifier/audit/draw.h"

#define N 6
#define START 1700000000u

static struct seal_address key(uint8_t n)
{
    return (struct seal_address){{n}};
}

static struct hash32 hash_of(uint64_t n)
{
    return sha256(&n, sizeof n);
}

static struct ledger_block block(uint64_t number)
{
    return (struct ledger_block){.asked = true, .found = true, .number = number, .time = START + 12 * number,
                                 .hash = hash_of(1000000 + number)};
}

/* A batch is sealed with block 50k as its recent one and recorded in block 50k + 1. */
static void seal(struct ledger_batch *b, const struct hash32 *previous)
{
    seal_header_encode(b->header_bytes, &b->header);
    struct hash32 header_hash = sha256(b->header_bytes, sizeof b->header_bytes);
    b->header_ok = true;
    b->number = b->header.number;
    b->leaf_count = b->header.leaf_count;
    b->sealed_at = b->header.sealed_at;
    b->root = b->rebuilt;
    b->previous = *previous;
    b->seal = seal_of(&b->root, &header_hash);
    b->anchored = seal_next(&b->previous, &b->seal);
}

static struct ledger_tx anchor_of(const struct ledger_batch *b, uint64_t number, uint8_t by, uint64_t nonce)
{
    struct ledger_block at = block(number);
    return (struct ledger_tx){.place = {.block = number}, .time = at.time, .block_hash = at.hash,
                              .hash = hash_of(2000000 + 100 * number + nonce), .sender = key(by), .to = key(200),
                              .nonce = nonce, .kind = LEDGER_ANCHOR, .value = b->anchored, .counts = true};
}

static void add_batch(struct ledger *l, uint64_t k, const struct hash32 *previous)
{
    struct err e;
    struct hash32 leaves[3] = {hash_of(10 * k), hash_of(10 * k + 1), hash_of(10 * k + 2)};
    struct ledger_block recent = block(50 * k);
    struct ledger_batch b = {.status = PROOF_FINAL, .is_read = true, .recent = recent};
    b.header = (struct seal_header){.r0 = l->r0, .number = k, .leaf_count = 3, .sealed_at = recent.time + 5,
                                    .chain_id = 5, .block = recent.number, .block_hash = recent.hash};
    assert_ok(ledger_add_batch(l, &b, &e), e);
    assert_ok(ledger_rebuild(l, l->n_batches - 1, leaves, 3, &e), e);
    seal(&l->batches[l->n_batches - 1], previous);
}

static void add_anchor(struct ledger *l, const struct ledger_batch *b, uint64_t number, uint8_t by)
{
    struct err e;
    struct ledger_tx tx = anchor_of(b, number, by, l->n_txs);
    assert_ok(ledger_add_tx(l, &tx, &e), e);
}

static void set_head(struct ledger *l)
{
    l->head = l->batches[l->n_batches - 1].number;
    l->anchored = l->batches[l->n_batches - 1].anchored;
}

static int make(void **state)
{
    struct ledger *l = calloc(1, sizeof *l);
    struct err e;
    uint8_t bytes[SEAL_GENESIS_LEN];
    struct seal_genesis genesis = {.created_at = START, .chain_id = 5, .registry = key(200), .issuer = key(1)};
    seal_genesis_encode(bytes, &genesis);
    assert_ok(ledger_set_genesis(l, bytes, &e), e);
    struct hash32 previous = l->r0;
    for (uint64_t k = 1; k <= N; k++) {
        add_batch(l, k, &previous);
        previous = l->batches[l->n_batches - 1].anchored;
        add_anchor(l, &l->batches[l->n_batches - 1], 50 * k + 1, 1);
    }
    set_head(l);
    l->final = block(50 * N + 10);
    l->log_complete = l->chain_complete = l->has_claims = true;
    *state = l;
    return 0;
}

static int unmake(void **state)
{
    ledger_done(*state);
    free(*state);
    return 0;
}

/* The codes that were found, each once, as "HA-1008 HA-3001". */
static void expect(const struct ledger *l, const char *expected)
{
    struct judge j;
    struct err e;
    char got[512] = "";
    assert_ok(judge_ledger(l, &j, &e), e);
    for (size_t i = 0; i < j.findings.n; i++) {
        const char *code = catalogue_row(j.findings.items[i].code)->code;
        if (strstr(got, code) == NULL)
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", got[0] != '\0' ? " " : "", code);
    }
    judge_done(&j);
    assert_string_equal(got, expected);
}

/* Seal batch i and all after it anew, and let the anchors carry the new values. */
static void reseal(struct ledger *l, size_t from)
{
    for (size_t i = from; i < l->n_batches; i++) {
        struct hash32 previous = i > 0 ? l->batches[i - 1].anchored : l->r0, old = l->batches[i].anchored;
        seal(&l->batches[i], &previous);
        for (size_t t = 0; t < l->n_txs; t++)
            if (hash32_equal(&l->txs[t].value, &old))
                l->txs[t].value = l->batches[i].anchored;
    }
    set_head(l);
}

static void a_sound_log_is_clean(void **state)
{
    expect(*state, "");
}

static void the_edges_of_sealed_at(void **state)
{
    struct ledger *l = *state;
    struct ledger_batch *last = &l->batches[N - 1];
    uint64_t anchored_at = l->txs[N - 1].time;
    last->header.sealed_at = anchored_at + MATCH_CLOCKS;
    reseal(l, N - 1);
    expect(l, "");
    last->header.sealed_at++;
    reseal(l, N - 1);
    expect(l, "HA-2002");
    last->header.sealed_at = last->recent.time - MATCH_CLOCKS;
    l->batches[N - 2].header.sealed_at = last->header.sealed_at; /* equal is not back */
    reseal(l, N - 2);
    expect(l, "");
    last->header.sealed_at--;
    reseal(l, N - 1);
    expect(l, "HA-2001 HA-2003");
}

static void the_edge_of_late(void **state)
{
    struct ledger *l = *state;
    l->txs[N - 1].time = l->batches[N - 1].sealed_at + MATCH_LATE;
    expect(l, "");
    l->txs[N - 1].time++;
    expect(l, "HA-2008");
}

static void the_edge_of_pending(void **state)
{
    struct ledger *l = *state;
    l->n_txs--; /* the newest anchor; the slots are not looked at here */
    l->batches[N - 1].status = PROOF_SENT;
    l->final.time = l->batches[N - 1].sealed_at + MATCH_PENDING;
    expect(l, "HA-3002");
    l->final.time++;
    expect(l, "HA-3001");
    l->final.time--;
    l->batches[N - 1].status = PROOF_FINAL; /* a node that says so names its transaction */
    expect(l, "HA-3001");
    l->has_claims = false; /* a store does not */
    expect(l, "HA-3002");
}

static void recent_blocks(void **state)
{
    struct ledger *l = *state;
    struct ledger_batch *b = &l->batches[3];
    struct ledger_block right = b->recent;
    b->recent.found = false;
    expect(l, "HA-2004");
    b->recent = right;
    b->recent.hash.b[0] ^= 1;
    expect(l, "HA-2004");
    b->recent = (struct ledger_block){0}; /* not final yet: not looked up */
    expect(l, "");
    b->header.block = l->txs[3].place.block;
    reseal(l, 3);
    expect(l, "HA-2005");
    b->header.block = b->header.block - 1;
    reseal(l, 3);
    expect(l, "");
    memset(&b->header.block_hash, 0, sizeof b->header.block_hash); /* none known: legal */
    b->header.block = 0;
    reseal(l, 3);
    expect(l, "");
}

static void anchors_that_do_not_count(void **state)
{
    struct ledger *l = *state;
    l->txs[2].counts = false;
    expect(l, "HA-3003 HA-3010");
    l->txs[2].kind = LEDGER_ELSEWHERE;
    expect(l, "HA-3011 HA-3003");
    l->txs[2].kind = LEDGER_OTHER;
    expect(l, "HA-3003 HA-3012");
}

static void unknown_values_by_their_place(void **state)
{
    struct ledger *l = *state;
    struct ledger_batch stranger = {.anchored = hash_of(77)};
    add_anchor(l, &stranger, 50 * N + 5, 1);
    expect(l, "HA-3005");
    l->txs[N].place.block = 120;
    expect(l, "HA-3006");
    l->txs[N].place.block = 3;
    expect(l, "HA-3007");
    l->txs[N].sender = key(9); /* a stranger's is no matter of ours */
    expect(l, "");
}

static void key_event(struct ledger *l, uint64_t number, bool added, uint8_t by, uint8_t whom)
{
    struct err e;
    struct ledger_block at = block(number);
    struct ledger_tx tx = {.place = {.block = number, .log_index = 1}, .time = at.time, .hash = hash_of(3000000 + number),
                           .sender = key(by), .to = key(200), .kind = added ? LEDGER_KEY_ADD : LEDGER_KEY_REMOVE,
                           .key = key(whom), .counts = true};
    struct ledger_change change = {.number = 1, .added = added, .key = key(whom)};
    assert_ok(ledger_add_tx(l, &tx, &e), e);
    assert_ok(ledger_add_change(l, &change, &e), e);
}

static void windows_of_keys(void **state)
{
    struct ledger *l = *state;
    key_event(l, 160, true, 1, 2);
    for (int i = 3; i < N; i++)
        l->txs[i].sender = key(2);
    expect(l, "");
    key_event(l, 310, false, 2, 1); /* after the last anchor */
    expect(l, "");
    l->txs[N - 1].sender = key(1);
    expect(l, "");
    l->txs[N - 1].place.block = 311; /* in force until 310 */
    expect(l, "HA-3001 HA-4001");
    l->txs[N - 1].sender = key(2);
    l->txs[2].sender = key(2); /* in block 151, before 160 */
    expect(l, "HA-4002 HA-3003");
    l->n_changes--;
    expect(l, "HA-4002 HA-3003 HA-4005");
}

static void a_key_that_nobody_let_in(void **state)
{
    struct ledger *l = *state;
    key_event(l, 160, true, 1, 2);
    key_event(l, 161, false, 1, 2);
    key_event(l, 162, true, 2, 3);
    expect(l, "HA-4003 HA-4004");
}

static void claims(void **state)
{
    struct ledger *l = *state;
    struct ledger_claim *claim = &l->batches[2].claim;
    *claim = (struct ledger_claim){.made = true, .chain_id = 5, .block = l->txs[2].place.block, .tx = l->txs[2].hash,
                                   .block_hash = l->txs[2].block_hash, .value = l->txs[2].value};
    expect(l, "");
    claim->value = l->txs[3].value; /* proved by a later one, in another transaction than it says */
    expect(l, "HA-3004");
    claim->value = l->txs[2].value;
    claim->block_hash.b[0] ^= 1;
    expect(l, "HA-3004");
    claim->block = l->final.number + 1; /* not looked at yet */
    expect(l, "");
    claim->block = 1;
    claim->chain_id = 6; /* another chain: not audited */
    expect(l, "");
}

static void what_was_not_read_is_not_judged(void **state)
{
    struct ledger *l = *state;
    l->batches[1].root.b[0] ^= 1;
    l->n_txs = 0;
    l->chain_complete = false;
    expect(l, "HA-1008 HA-1009");
    l->log_complete = false;
    expect(l, "");
}

static void annexes(void **state)
{
    static const struct {
        const char *text;
        enum ledger_annex annex;
        size_t n_changes;
        bool closed;
    } CASES[] = {
        {"{\"version\":1}", LEDGER_ANNEX_READ, 0, false},
        {"{\"version\":1,\"closed\":true,\"new\":[]}", LEDGER_ANNEX_READ, 0, true},
        {"{\"version\":1,\"keys\":[{\"add\":\"0x0102030405060708090a0b0c0d0e0f1011121314\"}]}", LEDGER_ANNEX_READ, 1, false},
        {"{\"version\":1,\"keys\":[{\"add\":\"0x01\"}]}", LEDGER_ANNEX_MALFORMED, 0, false},
        {"{\"version\":1,\"keys\":[{\"add\":\"0x0102030405060708090a0b0c0d0e0f1011121314\","
         "\"remove\":\"0x0102030405060708090a0b0c0d0e0f1011121314\"}]}", LEDGER_ANNEX_MALFORMED, 0, false},
        {"{\"version\":1,\"keys\":[{}]}", LEDGER_ANNEX_MALFORMED, 0, false},
        {"{\"version\":2}", LEDGER_ANNEX_MALFORMED, 0, false},
        {"{\"version\":1,\"closed\":1}", LEDGER_ANNEX_MALFORMED, 0, false},
        {"{\"version\":1,\"gap\":{}}", LEDGER_ANNEX_MALFORMED, 0, false},
        {"[]", LEDGER_ANNEX_MALFORMED, 0, false},
        {"", LEDGER_ANNEX_MALFORMED, 0, false},
    };
    struct ledger *l = *state;
    struct err e;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        l->n_changes = 0;
        l->batches[0].closed = false;
        assert_ok(ledger_read_annex(l, 0, CASES[i].text, strlen(CASES[i].text), &e), e);
        assert_int_equal(l->batches[0].annex, CASES[i].annex);
        assert_int_equal(l->n_changes, CASES[i].n_changes);
        assert_int_equal(l->batches[0].closed, CASES[i].closed);
    }
}

static void findings_are_sorted_and_kept_once(void **state)
{
    (void)state;
    struct findings f = {0};
    findings_add(&f, (struct finding){.code = FINDING_ANCHOR_PENDING, .number = 2}, "%s", "");
    findings_add(&f, (struct finding){.code = FINDING_ROOT_DIFFERS, .number = 9}, "%s", "");
    assert_int_equal(findings_exit(&f), 1);
    findings_add(&f, (struct finding){.code = FINDING_ROOT_DIFFERS, .number = 3}, "%s", "");
    findings_add(&f, (struct finding){.code = FINDING_ROOT_DIFFERS, .number = 9}, "%s", "");
    findings_add(&f, (struct finding){.code = FINDING_CHAIN_INCOMPLETE}, "%s", "");
    findings_sort(&f);
    assert_int_equal(f.n, 4);
    assert_int_equal(f.items[0].code, FINDING_CHAIN_INCOMPLETE);
    assert_int_equal(f.items[1].number, 3);
    assert_int_equal(f.items[2].number, 9);
    assert_int_equal(findings_exit(&f), 1);
    f.n = 1;
    assert_int_equal(findings_exit(&f), 2);
    f.n = 0;
    assert_int_equal(findings_exit(&f), 0);
    findings_done(&f);
}

static void the_list_has_an_end(void **state)
{
    struct ledger *l = *state;
    struct judge j;
    struct err e;
    for (uint64_t i = 0; i < FINDINGS_MAX + 5; i++)
        findings_add(&l->seen, (struct finding){.code = FINDING_LOG_FALSE, .number = i}, "%s", "");
    assert_int_equal(l->seen.dropped, 5);
    l->batches[0].root.b[0] ^= 1; /* two more, for which there is no room */
    assert_ok(judge_ledger(l, &j, &e), e);
    assert_int_equal(j.findings.n, FINDINGS_MAX);
    assert_int_equal(j.findings.items[0].code, FINDING_TOO_MANY);
    assert_non_null(strstr(j.findings.items[0].detail, "8 more"));
    judge_done(&j);
}

static void draws(void **state)
{
    (void)state;
    struct draw s = {0};
    struct err e;
    unsigned counts[10] = {0};
    for (int i = 0; i < 2000; i++) {
        char seed[16];
        snprintf(seed, sizeof seed, "%d", i);
        assert_ok(draw_make(&s, 10, 3, seed, &e), e);
        assert_int_equal(s.n, 3);
        for (size_t j = 0; j < s.n; j++) {
            assert_true(s.items[j].at < 10 && (j == 0 || s.items[j].at > s.items[j - 1].at));
            counts[s.items[j].at]++;
        }
        draw_done(&s);
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(counts[i], 500, 700); /* 600 on average, the same in every run */
    assert_ok(draw_make(&s, 0, 3, "x", &e), e);
    assert_int_equal(s.n, 0);
    assert_false(draw_hits(&s, 0, 10));
    draw_done(&s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)
    const struct CMUnitTest tests[] = {
        TEST(a_sound_log_is_clean),
        TEST(the_edges_of_sealed_at),
        TEST(the_edge_of_late),
        TEST(the_edge_of_pending),
        TEST(recent_blocks),
        TEST(anchors_that_do_not_count),
        TEST(unknown_values_by_their_place),
        TEST(windows_of_keys),
        TEST(a_key_that_nobody_let_in),
        TEST(claims),
        TEST(what_was_not_read_is_not_judged),
        TEST(annexes),
        TEST(the_list_has_an_end),
        cmocka_unit_test(findings_are_sorted_and_kept_once),
        cmocka_unit_test(draws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
