/* How a log goes on after a loss: see gap.h. */
#include "daemon/core/gap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/sha256.h"

static int by_value(const void *a, const void *b)
{
    const struct gap_value *x = a, *y = b;
    int order = memcmp(&x->value, &y->value, sizeof x->value);
    return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

static int by_order(const void *a, const void *b)
{
    const struct gap_value *x = a, *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

size_t gap_distinct(struct gap_value *values, size_t n)
{
    size_t kept = 0;
    if (n == 0) /* then there may be no array at all, and qsort wants one */
        return 0;
    for (size_t i = 0; i < n; i++)
        values[i].order = i;
    qsort(values, n, sizeof *values, by_value);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || !hash32_equal(&values[kept - 1].value, &values[i].value))
            values[kept++] = values[i];
    qsort(values, kept, sizeof *values, by_order);
    return kept;
}

/* The first value that no earlier gap has declared. */
static size_t undeclared(const struct gap_value *values, size_t n, const struct hash32 *declared)
{
    for (size_t i = n; i > 0; i--)
        if (hash32_equal(&values[i - 1].value, declared))
            return i;
    return 0;
}

struct gap_plan gap_plan(const struct gap_value *values, size_t n, const struct gap_store *store)
{
    uint64_t eras = store->k / GAP_ERA > n ? store->k / GAP_ERA : n;
    struct gap_plan plan = {.k = GAP_ERA * (1 + eras) + 1, .last_k = store->k, .last = store->value};
    struct sha256_stream unknown;
    sha256_init(&unknown);
    for (size_t i = undeclared(values, n, &store->declared); i < n; i++) {
        plan.previous = values[i].value;
        if (values[i].k > plan.anchored_k)
            plan.anchored_k = values[i].k;
        if (values[i].k != 0)
            continue;
        sha256_update(&unknown, values[i].value.b, sizeof values[i].value.b);
        plan.n_unknown++;
    }
    plan.unknown = sha256_final(&unknown);
    plan.lost = plan.n_unknown > 0;
    return plan;
}

size_t gap_annex(const struct gap_plan *plan, const struct hash32 *orphans, size_t n_orphans,
                 char ret[GAP_ANNEX_LEN])
{
    char last[65], unknown[65], orphaned[65];
    struct hash32 sum = n_orphans > 0 ? sha256(orphans, n_orphans * sizeof *orphans) : sha256("", 0);
    hex_encode(last, plan->last.b, sizeof plan->last.b);
    hex_encode(unknown, plan->unknown.b, sizeof plan->unknown.b);
    hex_encode(orphaned, sum.b, sizeof sum.b);
    return (size_t)snprintf(ret, GAP_ANNEX_LEN,
                            "{\"version\":1,\"gap\":{\"last\":{\"k\":%" PRIu64 ",\"value\":\"%s\"},"
                            "\"unknown\":{\"count\":%" PRIu64 ",\"sha256\":\"%s\"},"
                            "\"orphans\":{\"count\":%zu,\"sha256\":\"%s\"}}}",
                            plan->last_k, last, plan->n_unknown, unknown, n_orphans, orphaned);
}

bool gap_annex_names(const char *annex, size_t len, uint64_t last_k, const struct hash32 *last,
                     uint64_t *ret_orphans)
{
    static const char ORPHANS[] = "\"orphans\":{\"count\":";
    char hex[65], begin[GAP_ANNEX_LEN];
    uint64_t count = 0;
    hex_encode(hex, last->b, sizeof last->b);
    size_t n = (size_t)snprintf(begin, sizeof begin,
                                "{\"version\":1,\"gap\":{\"last\":{\"k\":%" PRIu64 ",\"value\":\"%s\"},", last_k, hex);
    const char *at = len > n && memcmp(annex, begin, n) == 0 ? memmem(annex, len, ORPHANS, sizeof ORPHANS - 1) : NULL;
    if (at == NULL)
        return false;
    for (at += sizeof ORPHANS - 1; at < annex + len && *at >= '0' && *at <= '9'; at++)
        count = 10 * count + (uint64_t)(*at - '0');
    *ret_orphans = count;
    return true;
}
