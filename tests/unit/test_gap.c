/* How a log goes on after a loss: numbers, the value that is followed, what is declared. */
#include "tests/harness.h"

#include <string.h>

#include "common/sha256.h"
#include "daemon/core/gap.h"

static const struct hash32 LAST = {.b = {200}};

static struct gap_value at(uint8_t name, uint64_t k)
{
    return (struct gap_value){.value = {.b = {name}}, .k = k};
}

static struct gap_plan plan(const struct gap_value *values, size_t n, uint64_t last_k)
{
    return gap_plan(values, n, &(struct gap_store){.k = last_k, .value = LAST});
}

static struct hash32 hash_of(const uint8_t *names, size_t n)
{
    struct hash32 values[8] = {0};
    for (size_t i = 0; i < n; i++)
        values[i].b[0] = names[i];
    return sha256(values, n * sizeof *values);
}

static void assert_hash(const struct hash32 *got, struct hash32 wanted)
{
    assert_memory_equal(got->b, wanted.b, 32);
}

static void nothing_is_lost(void **state)
{
    (void)state;
    struct gap_value values[] = {at(1, 1), at(2, 2)};
    struct gap_plan p = plan(values, 2, 3);
    assert_false(p.lost);
    assert_int_equal(p.anchored_k, 2); /* batch 3 waits, that is all */
    assert_false(plan(NULL, 0, 0).lost);
}

static void a_store_that_is_gone(void **state)
{
    (void)state;
    struct gap_value values[] = {at(1, 0), at(2, 0), at(3, 0)};
    struct gap_plan p = plan(values, 3, 0);
    assert_true(p.lost);
    assert_int_equal(p.k, 4 * GAP_ERA + 1);
    assert_int_equal(p.previous.b[0], 3);
    assert_int_equal(p.last_k, 0);
    assert_hash(&p.last, LAST);
    assert_int_equal(p.n_unknown, 3);
    assert_hash(&p.unknown, hash_of((const uint8_t[]){1, 2, 3}, 3));
    assert_int_equal(p.anchored_k, 0);
}

static void an_older_store(void **state)
{
    (void)state;
    struct gap_value values[] = {at(1, 1), at(2, 2), at(3, 0), at(4, 0)};
    struct gap_plan p = plan(values, 4, 3); /* batch 3 of the store is another than the chain's */
    assert_true(p.lost);
    assert_int_equal(p.k, 5 * GAP_ERA + 1);
    assert_int_equal(p.previous.b[0], 4);
    assert_int_equal(p.last_k, 3);
    assert_hash(&p.unknown, hash_of((const uint8_t[]){3, 4}, 2));
    assert_int_equal(p.anchored_k, 2); /* 3 is an orphan */
}

/* The newest value is followed although the store knows it, and batches need not be anchored in their order. */
static void known_values_among_unknown_ones(void **state)
{
    (void)state;
    struct gap_value values[] = {at(1, 0), at(2, 7), at(3, 6)};
    struct gap_plan p = plan(values, 3, 9);
    assert_true(p.lost);
    assert_int_equal(p.previous.b[0], 3);
    assert_int_equal(p.anchored_k, 7);
    assert_hash(&p.unknown, hash_of((const uint8_t[]){1}, 1));
}

/* Numbers never come twice: not those of a lost branch, nor those of an earlier recovery. */
static void numbers_grow(void **state)
{
    (void)state;
    struct gap_value values[] = {at(1, 0)};
    assert_int_equal(plan(values, 1, 7 * GAP_ERA + 5).k, 8 * GAP_ERA + 1);
    assert_int_equal(plan(values, 1, GAP_ERA - 1).k, 2 * GAP_ERA + 1);
    assert_int_equal(plan(values, 1, GAP_ERA).k, 2 * GAP_ERA + 1);
}

/* After a second restore what the first one declared is not declared again. */
static void what_was_declared_is_not_lost_again(void **state)
{
    (void)state;
    struct gap_value values[] = {at(1, 1), at(3, 0), at(4, 0), at(5, 5 * GAP_ERA + 1), at(6, 0)};
    struct gap_store store = {.k = 5 * GAP_ERA + 1, .value = LAST, .declared = {.b = {4}}};
    struct gap_plan p = gap_plan(values, 4, &store);
    assert_false(p.lost);
    assert_int_equal(p.anchored_k, 5 * GAP_ERA + 1);
    p = gap_plan(values, 5, &store);
    assert_true(p.lost);
    assert_int_equal(p.n_unknown, 1);
    assert_int_equal(p.k, 6 * GAP_ERA + 1);
}

static void the_first_of_equal_values_counts(void **state)
{
    (void)state;
    struct gap_value values[] = {at(9, 1), at(3, 0), at(9, 2), at(3, 0), at(1, 0)};
    assert_int_equal(gap_distinct(values, 5), 3);
    assert_int_equal(values[0].value.b[0], 9);
    assert_int_equal(values[0].k, 1);
    assert_int_equal(values[1].value.b[0], 3);
    assert_int_equal(values[2].value.b[0], 1);
    assert_int_equal(gap_distinct(values, 0), 0);
    assert_int_equal(gap_distinct(NULL, 0), 0); /* nothing was ever anchored */
}

static void the_annex(void **state)
{
    (void)state;
    char text[GAP_ANNEX_LEN], longest[GAP_ANNEX_LEN];
    struct gap_value values[] = {at(1, 0)};
    struct gap_plan p = gap_plan(values, 1, &(struct gap_store){.k = 2});
    size_t len = gap_annex(&p, NULL, 0, text);
    assert_int_equal(len, strlen(text));
    assert_string_equal(
        text,
        "{\"version\":1,\"gap\":{\"last\":{\"k\":2,\"value\":"
        "\"0000000000000000000000000000000000000000000000000000000000000000\"},\"unknown\":{\"count\":1,\"sha256\":"
        "\"01d0fabd251fcbbe2b93b4b927b26ad2a1a99077152e45ded1e678afa45dbec5\"},\"orphans\":{\"count\":0,\"sha256\":"
        "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}}}");
    gap_annex(&p, &LAST, 1, text);
    assert_non_null(strstr(text, "\"orphans\":{\"count\":1,\"sha256\":"
                                 "\"b62f4ea258f560113bae590c2cc7741747f636ca6cbf546ce221f7891b3633f8\"}"));
    p.last_k = p.n_unknown = UINT64_MAX;
    assert_true(gap_annex(&p, &LAST, 1, longest) < GAP_ANNEX_LEN);
}

static void what_an_annex_names(void **state)
{
    (void)state;
    char text[GAP_ANNEX_LEN];
    struct hash32 orphans[12] = {0};
    uint64_t n = 99;
    struct gap_plan p = {.last_k = 2, .last = LAST};
    size_t len = gap_annex(&p, orphans, 12, text);
    assert_false(gap_annex_names(text, len, 3, &LAST, &n));
    assert_false(gap_annex_names(text, len, 2, &orphans[0], &n));
    assert_false(gap_annex_names("{\"version\":1}", 13, 2, &LAST, &n));
    assert_int_equal(n, 99);
    assert_true(gap_annex_names(text, len, 2, &LAST, &n));
    assert_int_equal(n, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost),
        cmocka_unit_test(a_store_that_is_gone),
        cmocka_unit_test(an_older_store),
        cmocka_unit_test(known_values_among_unknown_ones),
        cmocka_unit_test(numbers_grow),
        cmocka_unit_test(what_was_declared_is_not_lost_again),
        cmocka_unit_test(the_first_of_equal_values_counts),
        cmocka_unit_test(the_annex),
        cmocka_unit_test(what_an_annex_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
