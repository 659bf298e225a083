/* The metrics: histograms, and the page that documents the names. */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/histogram.h"
#include "daemon/metrics.h"

static void values_fall_into_rooms(void **state)
{
    (void)state;
    static const struct histogram_bounds bounds = {3, {1, 2, 5}};
    static const double values[] = {-3, 0, 1, 1.5, 2, 5, 5.1, 100};
    struct histogram h = {0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        histogram_add(&h, &bounds, values[i]);
    assert_int_equal(histogram_up_to(&h, 0), 3); /* -3 counts as 0; a bound belongs to its room */
    assert_int_equal(histogram_up_to(&h, 1), 5);
    assert_int_equal(histogram_up_to(&h, 2), 6);
    assert_int_equal(histogram_up_to(&h, 3), 8);
    assert_true(h.sum > 114.59 && h.sum < 114.61);
}

static void bounds_ascend(void **state)
{
    (void)state;
    const struct histogram_bounds *both[] = {&histogram_ack, &histogram_final};
    for (unsigned b = 0; b < 2; b++) {
        assert_in_range(both[b]->n, 1, HISTOGRAM_MAX_BOUNDS);
        for (unsigned i = 1; i < both[b]->n; i++)
            assert_true(both[b]->at[i] > both[b]->at[i - 1]);
    }
}

/* Names are unique and of Prometheus' form: counters end in _total, nothing else does. */
static void names_are_good(void **state)
{
    (void)state;
    for (unsigned i = 0; i < METRICS_N; i++) {
        const struct metrics_row *row = &metrics_table[i];
        size_t len = strlen(row->name);
        assert_int_equal(strspn(row->name, "abcdefghijklmnopqrstuvwxyz_"), len);
        assert_int_equal(strcmp(row->type, "counter") == 0, len > 6 && strcmp(row->name + len - 6, "_total") == 0);
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(row->name, metrics_table[j].name);
    }
}

static void the_page_has_every_metric_and_no_other(void **state)
{
    (void)state;
    char *page = harness_read("../docs/metrics.md", NULL), expected[512];
    unsigned rows = 0;
    for (const char *at = page; (at = strstr(at, "\n| `hallmark_")) != NULL; at++)
        rows++;
    for (unsigned i = 0; i < METRICS_N; i++) {
        const struct metrics_row *row = &metrics_table[i];
        const char *quote = row->label[0] != '\0' ? "`" : "";
        snprintf(expected, sizeof expected, "\n| `hallmark_%s` | %s | %s%s%s | %s |\n", row->name, row->type, quote, row->label,
                 quote, row->help);
        if (strstr(page, expected) == NULL)
            fail_msg("docs/metrics.md lacks this line:%s", expected);
    }
    assert_int_equal(rows, METRICS_N);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_fall_into_rooms),
        cmocka_unit_test(bounds_ascend),
        cmocka_unit_test(names_are_good),
        cmocka_unit_test(the_page_has_every_metric_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
