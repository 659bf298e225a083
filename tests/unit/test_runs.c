/* The index: sorting, runs, merging in slices, reopening in the middle, equal tags; the filter and the newest
 * targets in memory. */
#include <stdio.h>
#include <stdlib.h>

#include "common/db/filter.h"
#include "common/db/recent.h"
#include "common/db/runs.h"
#include "common/sha256.h"
#include "tests/harness.h"
#include "tests/memfolder.h"

struct fixture {
    struct runs runs;
    char path[128];
    struct hash32 log;
    struct err e;
    uint64_t seed;
};

static unsigned n_folders;

static void open_runs(struct fixture *f)
{
    struct dbenv_options o = {f->path, "index", UINT64_C(1) << 30, false};
    assert_ok(runs_open(&f->runs, &o, &f->log, &f->e), f->e);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->path, sizeof f->path, "%s/runs-%u", memfolder(), n_folders++);
    open_runs(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    runs_close(&f->runs);
    free(f);
    return 0;
}

/* The tag of sequence s in these tests; some are shared by two sequences. */
static uint64_t tag_of(uint64_t s)
{
    uint64_t state = s % 100 == 7 ? s - 1 : s;
    return harness_random(&state);
}

static void add_run(struct fixture *f, uint64_t first, uint64_t n)
{
    struct runfile_entry *entry = malloc(2 * n * sizeof *entry);
    for (uint64_t i = 0; i < n; i++)
        entry[i] = (struct runfile_entry){tag_of(first + i), first + i};
    runfile_sort(entry, entry + n, n);
    assert_ok(runs_add(&f->runs, entry, n, &f->e), f->e);
    free(entry);
}

struct hits {
    uint64_t sequence[8];
    unsigned n;
};

static bool on_hit(void *ctx, uint64_t sequence)
{
    struct hits *h = ctx;
    assert_true(h->n < 8);
    h->sequence[h->n++] = sequence;
    return false;
}

static bool is_there(struct fixture *f, uint64_t sequence)
{
    struct hits h = {0};
    assert_ok(runs_find(&f->runs, tag_of(sequence), on_hit, &h, &f->e), f->e);
    for (unsigned i = 0; i < h.n; i++)
        if (h.sequence[i] == sequence)
            return true;
    return false;
}

static void check_all(struct fixture *f, uint64_t last, uint64_t step)
{
    for (uint64_t s = 1; s <= last; s += step)
        assert_true(is_there(f, s));
    assert_true(is_there(f, last));
    for (uint64_t s = last + 1; s < last + 100; s++)
        assert_false(is_there(f, s));
}

static void step_until_quiet(struct fixture *f)
{
    while (runs_due(&f->runs))
        assert_ok(runs_step(&f->runs, &f->e), f->e);
}

static void sorting(void **state)
{
    struct runfile_entry entry[3000], scratch[3000];
    uint64_t seed = 5;
    (void)state;
    for (uint64_t n = 0; n < 3000; n += 7) {
        for (uint64_t i = 0; i < n; i++)
            entry[i] = (struct runfile_entry){harness_random(&seed) >> (i % 3 == 0 ? 60 : 0), i};
        runfile_sort(entry, scratch, n);
        for (uint64_t i = 1; i < n; i++) {
            assert_true(entry[i - 1].tag <= entry[i].tag);
            if (entry[i - 1].tag == entry[i].tag)
                assert_true(entry[i - 1].sequence < entry[i].sequence);
        }
    }
}

static void nothing_is_there_at_first(void **state)
{
    struct fixture *f = *state;
    assert_false(is_there(f, 1));
    assert_false(runs_due(&f->runs));
    assert_ok(runs_step(&f->runs, &f->e), f->e);
}

static void runs_of_all_sizes(void **state)
{
    static const uint64_t SIZES[] = {1, 2, RUNFILE_PER_CHUNK, RUNFILE_PER_CHUNK + 1, 2 * RUNFILE_PER_CHUNK, 5000};
    struct fixture *f = *state;
    uint64_t first = 1;
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        add_run(f, first, SIZES[i]);
        first += SIZES[i];
        check_all(f, first - 1, 1);
    }
    assert_int_equal(f->runs.state.covered, 6);
}

static void an_empty_run(void **state)
{
    struct fixture *f = *state;
    assert_ok(runs_add(&f->runs, NULL, 0, &f->e), f->e); /* all of a generation was forgotten */
    add_run(f, 1, 100);
    check_all(f, 100, 1);
    for (unsigned i = 0; i < RUNS_FAN; i++)
        assert_ok(runs_add(&f->runs, NULL, 0, &f->e), f->e);
    step_until_quiet(f);
    check_all(f, 100, 1);
}

static void merging_keeps_all(void **state)
{
    struct fixture *f = *state;
    uint64_t last = 0;
    for (unsigned i = 0; i < RUNS_FAN; i++, last += 20000)
        add_run(f, last + 1, 20000);
    assert_true(runs_due(&f->runs));
    for (unsigned slices = 0; runs_due(&f->runs); slices++) {
        assert_ok(runs_step(&f->runs, &f->e), f->e);
        check_all(f, last, 997); /* whole before, during and after */
        assert_true(slices < 50);
    }
    assert_int_equal(f->runs.state.n, 1);
    assert_int_equal(f->runs.state.run[0].tier, 1);
    assert_int_equal(f->runs.state.run[0].count, last);
    check_all(f, last, 1);
}

static void adding_while_merging(void **state)
{
    struct fixture *f = *state;
    uint64_t last = 0;
    for (unsigned i = 0; i < 3 * RUNS_FAN; i++, last += 15000) {
        add_run(f, last + 1, 15000);
        assert_ok(runs_step(&f->runs, &f->e), f->e);
    }
    check_all(f, last, 101);
    step_until_quiet(f);
    check_all(f, last, 101);
    assert_int_equal(f->runs.state.n, 3);
    assert_int_equal(f->runs.state.covered, 3 * RUNS_FAN);
}

static void two_tiers(void **state)
{
    struct fixture *f = *state;
    uint64_t last = 0;
    for (unsigned i = 0; i < RUNS_FAN * RUNS_FAN; i++, last += 400) {
        add_run(f, last + 1, 400);
        step_until_quiet(f);
    }
    assert_int_equal(f->runs.state.n, 1);
    assert_int_equal(f->runs.state.run[0].tier, 2);
    assert_int_equal(f->runs.state.run[0].generation, 0);
    check_all(f, last, 1);
}

static void reopening_between_all_slices(void **state)
{
    struct fixture *f = *state;
    uint64_t last = 0;
    for (unsigned i = 0; i < RUNS_FAN; i++, last += 15000)
        add_run(f, last + 1, 15000);
    for (unsigned slices = 1; f->runs.state.n != 1; slices++) {
        for (unsigned i = 0; i < slices && runs_due(&f->runs); i++)
            assert_ok(runs_step(&f->runs, &f->e), f->e);
        runs_close(&f->runs); /* a merge begins anew, what it left behind goes */
        open_runs(f);
        check_all(f, last, 499);
        assert_true(slices < 50);
    }
    check_all(f, last, 1);
}

static bool on_sum(void *ctx, uint64_t sequence)
{
    *(uint64_t *)ctx += sequence;
    return false;
}

/* The same target accepted, forgotten and accepted again, a thousand times: one tag fills several chunks. */
static void a_tag_of_many(void **state)
{
    struct fixture *f = *state;
    struct runfile_entry entry[1000];
    uint64_t sum = 0, want = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        entry[i] = (struct runfile_entry){i < 10 ? 5 : i < 990 ? 6 : 7, i + 1};
        want += i >= 10 && i < 990 ? i + 1 : 0;
    }
    for (unsigned i = 0; i < RUNS_FAN; i++)
        assert_ok(runs_add(&f->runs, entry, 1000, &f->e), f->e);
    assert_ok(runs_find(&f->runs, 6, on_sum, &sum, &f->e), f->e);
    assert_int_equal(sum, RUNS_FAN * want);
    step_until_quiet(f);
    sum = 0;
    assert_ok(runs_find(&f->runs, 6, on_sum, &sum, &f->e), f->e);
    assert_int_equal(sum, RUNS_FAN * want);
}

static void another_log_drops_the_index(void **state)
{
    struct fixture *f = *state;
    add_run(f, 1, 1000);
    runs_close(&f->runs);
    f->log.b[0] = 1;
    open_runs(f);
    assert_false(is_there(f, 1));
    assert_int_equal(f->runs.state.covered, 0);
}

static void on_each(void *ctx, uint64_t tag)
{
    *(uint64_t *)ctx += tag;
}

static void each_gives_all_tags(void **state)
{
    struct fixture *f = *state;
    uint64_t sum = 0, want = 0;
    add_run(f, 1, 1000);
    add_run(f, 1001, 500);
    for (uint64_t s = 1; s <= 1500; s++)
        want += tag_of(s);
    assert_ok(runs_each(&f->runs, on_each, &sum, &f->e), f->e);
    assert_int_equal(sum, want);
}

#ifdef HALLMARK_FAULTS
/* Sizes of the runs below: one takes several transactions. */
static const uint64_t MIXED[RUNS_FAN + 1] = {300, 90000, 300, 1, 313, 314, 0, 700, 20};

static void add_with_faults(struct fixture *f, uint64_t last, uint64_t n)
{
    struct runfile_entry *entry = malloc((2 * n + 1) * sizeof *entry);
    for (uint64_t i = 0; i < n; i++)
        entry[i] = (struct runfile_entry){tag_of(last + i + 1), last + i + 1};
    runfile_sort(entry, entry + n, n);
    while (runs_add(&f->runs, entry, n, &f->e) != ERR_OK)
        if (last > 0)
            check_all(f, last, 307);
    free(entry);
}

/* Add and merge, trying again what failed. Returns: the last sequence. */
static uint64_t add_and_merge(struct fixture *f)
{
    uint64_t last = 0;
    for (unsigned i = 0; i < RUNS_FAN + 1; last += MIXED[i++])
        add_with_faults(f, last, MIXED[i]);
    while (runs_due(&f->runs))
        if (runs_step(&f->runs, &f->e) != ERR_OK)
            check_all(f, last, 307);
    return last;
}

static void every_call_fails_once(void **state)
{
    struct fixture *f = *state;
    bool hit = true;
    for (long k = 1; hit; k++) {
        runs_close(&f->runs);
        snprintf(f->path, sizeof f->path, "%s/runs-%u", memfolder(), n_folders++);
        open_runs(f);
        dbenv_fault_rc = MDB_MAP_FULL;
        dbenv_fault_at = k;
        uint64_t last = add_and_merge(f);
        hit = dbenv_fault_at <= 0;
        dbenv_fault_at = 0;
        check_all(f, last, 307);
        assert_int_equal(f->runs.state.n, 2);
        if (k > 300) /* the many alike calls of a merge: some of them */
            k += (long)(harness_random(&f->seed) % 193);
    }
}
#endif

/* ------------------------------------------------------------------ the newest targets */

static bool recent_has(const struct recent *r, uint64_t tag, uint64_t sequence)
{
    struct recent_look look = {0};
    uint64_t s;
    while ((s = recent_next(r, tag, &look)) != 0)
        if (s == sequence)
            return true;
    return false;
}

static void recent_across_generations(void **state)
{
    struct recent r;
    struct err e;
    (void)state;
    recent_init(&r, 3);
    uint64_t first = 3 * RECENT_ENTRIES + 1, last = 5 * RECENT_ENTRIES + 1000;
    assert_false(recent_has(&r, tag_of(first), first));
    for (uint64_t s = first; s <= last; s++) {
        assert_ok(recent_reserve(&r, s, &e), e);
        recent_insert(&r, tag_of(s), s);
    }
    for (uint64_t s = first; s <= last; s += 37)
        assert_true(recent_has(&r, tag_of(s), s));
    recent_release(&r);
    assert_false(recent_has(&r, tag_of(first), first));
    for (uint64_t s = first + RECENT_ENTRIES; s <= last; s += 37)
        assert_true(recent_has(&r, tag_of(s), s));
    assert_err(recent_reserve(&r, (4 + RECENT_GENERATIONS) * RECENT_ENTRIES + 1, &e), ERR_BUSY);
    assert_ok(recent_reserve(&r, (4 + RECENT_GENERATIONS) * RECENT_ENTRIES, &e), e);
    recent_done(&r);
}

static void recent_takes_back(void **state)
{
    enum { KEPT = 1000, TAKEN = 5000 };
    static uint32_t slot[KEPT + TAKEN + 1];
    struct recent r;
    struct err e;
    (void)state;
    recent_init(&r, 0);
    assert_ok(recent_reserve(&r, KEPT + TAKEN, &e), e);
    for (uint64_t s = 1; s <= KEPT + TAKEN; s++) /* tags close together: long chains */
        slot[s] = recent_insert(&r, tag_of(s) >> 12, s);
    for (uint64_t s = KEPT + TAKEN; s > KEPT; s--)
        recent_remove(&r, s, slot[s]);
    for (uint64_t s = 1; s <= KEPT + TAKEN; s++)
        assert_int_equal(recent_has(&r, tag_of(s) >> 12, s), s <= KEPT);
    recent_done(&r);
}

/* ------------------------------------------------------------------ the filter */

static void filter_never_misses(void **state)
{
    const uint64_t n = 3 * FILTER_FIRST;
    uint64_t wrong = 0, seed = 99;
    struct filter f;
    struct err e;
    (void)state;
    assert_ok(filter_init(&f, 0, &e), e);
    for (uint64_t s = 1; s <= n; s++) {
        assert_ok(filter_reserve(&f, 1, &e), e);
        filter_add(&f, tag_of(s));
    }
    assert_int_equal(f.n_layers, 3);
    for (uint64_t s = 1; s <= n; s += 11)
        assert_true(filter_has(&f, tag_of(s)));
    for (unsigned i = 0; i < 100000; i++)
        wrong += filter_has(&f, harness_random(&seed));
    assert_in_range(wrong, 0, 3000); /* three layers, 1 in 100 each */
    filter_done(&f);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorting),
        TEST(nothing_is_there_at_first),
        TEST(runs_of_all_sizes),
        TEST(an_empty_run),
        TEST(merging_keeps_all),
        TEST(adding_while_merging),
        TEST(two_tiers),
        TEST(reopening_between_all_slices),
        TEST(a_tag_of_many),
        TEST(another_log_drops_the_index),
        TEST(each_gives_all_tags),
#ifdef HALLMARK_FAULTS
        TEST(every_call_fails_once),
#endif
        cmocka_unit_test(recent_across_generations),
        cmocka_unit_test(recent_takes_back),
        cmocka_unit_test(filter_never_misses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
