/* The keys of a log over time, by place and by time; and trusted blocks. */
#include "tests/harness.h"

#include "verifier/checkpoint.h"
#include "common/keychain.h"

static struct seal_address key(uint8_t n)
{
    struct seal_address a = {{n}};
    return a;
}

/* Events "by adds key" at (block, tx, log), shuffled: keychain_sort() must put them right. */
static const struct {
    uint64_t block, tx, log;
    uint8_t by, key;
    bool added;
} STORY[] = {
    {30, 0, 0, 2, 3, true},  /* 2 adds 3 */
    {10, 0, 0, 1, 2, true},  /* first: 1 adds 2 */
    {40, 1, 5, 3, 1, false}, /* 3 removes the first key, in the block in which … */
    {40, 0, 9, 1, 4, true},  /* … it still adds 4 */
    {20, 0, 0, 9, 8, true},  /* a stranger adds 8 */
    {50, 0, 0, 1, 5, true},  /* the first key speaks no more */
    {60, 0, 0, 4, 2, false}, /* 4 removes 2 */
};
#define N (sizeof STORY / sizeof STORY[0])

static void load(struct keychain_event events[N])
{
    for (size_t i = 0; i < N; i++)
        events[i] = (struct keychain_event){.place = {STORY[i].block, STORY[i].tx, STORY[i].log},
                                            .time = STORY[i].block * 100, .added = STORY[i].added,
                                            .issuer = key(STORY[i].by), .key = key(STORY[i].key)};
    keychain_sort(events, N);
}

static void standing_at_every_moment(void **state)
{
    (void)state;
    static const struct {
        uint8_t key;
        uint64_t block, tx, log;
        enum keychain_standing standing;
    } CASES[] = {
        {1, 0, 0, 0, KEYCHAIN_GENESIS},    {1, 40, 1, 5, KEYCHAIN_GENESIS},
        {1, 40, 1, 6, KEYCHAIN_FOREIGN},   {2, 10, 0, 0, KEYCHAIN_FOREIGN},
        {2, 10, 0, 1, KEYCHAIN_DELEGATED}, {2, 60, 0, 0, KEYCHAIN_DELEGATED},
        {2, 61, 0, 0, KEYCHAIN_FOREIGN},   {3, 30, 0, 0, KEYCHAIN_FOREIGN},
        {3, 99, 0, 0, KEYCHAIN_DELEGATED}, {4, 40, 1, 0, KEYCHAIN_DELEGATED},
        {5, 99, 0, 0, KEYCHAIN_FOREIGN},   {8, 99, 0, 0, KEYCHAIN_FOREIGN},
    };
    struct keychain_event events[N];
    struct seal_address first = key(1);
    load(events);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct seal_address who = key(CASES[i].key);
        struct keychain_moment by_place = {.place = {CASES[i].block, CASES[i].tx, CASES[i].log}};
        assert_int_equal(keychain_standing(&first, events, N, &who, &by_place), CASES[i].standing);
    }
}

static void standing_by_time_counts_the_second_itself(void **state)
{
    (void)state;
    struct keychain_event events[N];
    struct seal_address first = key(1), who = key(2);
    load(events);
    struct keychain_moment before = {.by_time = true, .time = 999},
                           then = {.by_time = true, .time = 1000};
    assert_int_equal(keychain_standing(&first, events, N, &who, &before), KEYCHAIN_FOREIGN);
    assert_int_equal(keychain_standing(&first, events, N, &who, &then), KEYCHAIN_DELEGATED);
}

static void checkpoints_confirm_and_contradict(void **state)
{
    (void)state;
    static const char TEXT[] =
        "[{\"chainId\":5,\"number\":7,\"hash\":"
        "\"0x0700000000000000000000000000000000000000000000000000000000000000\"}]";
    struct checkpoints c;
    struct err e;
    struct hash32 good = {{7}}, bad = {{8}};
    assert_ok(checkpoint_parse(&c, TEXT, strlen(TEXT), &e), e);
    assert_int_equal(checkpoint_about(&c, 5, 7, &good), CHECKPOINT_CONFIRMS);
    assert_int_equal(checkpoint_about(&c, 5, 7, &bad), CHECKPOINT_CONTRADICTS);
    assert_int_equal(checkpoint_about(&c, 5, 8, &good), CHECKPOINT_SILENT);
    assert_int_equal(checkpoint_about(&c, 1, 7, &good), CHECKPOINT_SILENT);
    checkpoint_done(&c);
}

static void malformed_checkpoints(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "",
        "{}",
        "[1]",
        "[{}]",
        "[{\"chainId\":5,\"number\":7}]",
        "[{\"chainId\":5,\"number\":-7,\"hash\":\"0x\"}]",
        "[{\"chainId\":5,\"number\":7,\"hash\":\"0700000000000000000000000000000000000000000000000000000000000000\"}]",
    };
    struct checkpoints c;
    struct err e;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        assert_int_not_equal(checkpoint_parse(&c, BAD[i], strlen(BAD[i]), &e), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standing_at_every_moment),
        cmocka_unit_test(standing_by_time_counts_the_second_itself),
        cmocka_unit_test(checkpoints_confirm_and_contradict),
        cmocka_unit_test(malformed_checkpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
