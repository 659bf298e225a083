/* The metrics: see metrics.h. */
#include "daemon/metrics.h"

#include <inttypes.h>
#include <string.h>

#include "daemon/facts.h"

const struct metrics_row metrics_table[METRICS_N] = {
#define X(member, name, type, label, help) [METRICS_##member] = {name, type, label, help},
    METRICS_TABLE(X)
#undef X
};

/* ------------------------------------------------------------------ one metric */

static void begin(struct text *t, enum metrics_name which)
{
    const struct metrics_row *row = &metrics_table[which];
    text_putf(t, "# HELP hallmark_%s %s\n# TYPE hallmark_%s %s\n", row->name, row->help, row->name, row->type);
}

static void put(struct text *t, enum metrics_name which, double value)
{
    begin(t, which);
    text_putf(t, "hallmark_%s %.17g\n", metrics_table[which].name, value);
}

/* One line of a metric with a label, after begin(). */
static void put_label(struct text *t, enum metrics_name which, const char *label, double value)
{
    text_putf(t, "hallmark_%s{%s=\"", metrics_table[which].name, metrics_table[which].label);
    for (const char *p = label; *p != '\0'; p++) {
        if (*p == '\\' || *p == '"')
            text_putc(t, '\\');
        text_putc(t, *p == '\n' ? ' ' : *p);
    }
    text_putf(t, "\"} %.17g\n", value);
}

static void put_histogram(struct text *t, enum metrics_name which, const struct histogram *h,
                          const struct histogram_bounds *bounds)
{
    const char *name = metrics_table[which].name;
    begin(t, which);
    for (unsigned i = 0; i < bounds->n; i++)
        text_putf(t, "hallmark_%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, bounds->at[i], histogram_up_to(h, i));
    uint64_t all = histogram_up_to(h, bounds->n);
    text_putf(t, "hallmark_%s_bucket{le=\"+Inf\"} %" PRIu64 "\nhallmark_%s_sum %.17g\nhallmark_%s_count %" PRIu64 "\n",
              name, all, name, h->sum, name, all);
}

static double age(uint64_t now, uint64_t at)
{
    return at != 0 && now > at ? (double)(now - at) : 0;
}

/* ------------------------------------------------------------------ groups of them */

static void put_intake(struct text *t, const struct control *c, const struct facts *f)
{
    begin(t, METRICS_BUILD_INFO);
    put_label(t, METRICS_BUILD_INFO, HALLMARK_VERSION, 1);
    put(t, METRICS_START_TIME, (double)c->started_at);
    put(t, METRICS_ACCEPTED, (double)f->store.targets);
    put(t, METRICS_DUPLICATES, (double)c->api->stats.duplicates);
    put(t, METRICS_PROOFS, (double)c->api->stats.proofs);
    put_histogram(t, METRICS_ACK, &c->api->stats.ack, &histogram_ack);
    put(t, METRICS_PENDING, (double)f->pending.count);
    put(t, METRICS_OLDEST_PENDING, age(f->now, f->pending.oldest_at));
    put(t, METRICS_OLDEST_UNANCHORED, age(f->now, f->oldest_unanchored_at));
}

static void put_sealing(struct text *t, const struct control *c, const struct facts *f)
{
    put(t, METRICS_PAUSED, c->sealer->paused);
    put(t, METRICS_SEAL_FAILING, c->sealer->last_error[0] != '\0');
    put(t, METRICS_BATCHES, (double)f->store.batches);
    put(t, METRICS_IN_FLIGHT, f->in_flight);
    put_histogram(t, METRICS_FINAL_TIME, &c->api->events->final, &histogram_final);
    put(t, METRICS_ANCHORS_FINAL, (double)histogram_up_to(&c->api->events->final, histogram_final.n));
    put(t, METRICS_LAST_FINAL, (double)f->last_final_at);
}

static void put_fees(struct text *t, const struct control *c, const struct facts *f)
{
    const struct chainview *view = &c->anchorer->view;
    begin(t, METRICS_FEE_STATE);
    for (unsigned i = 0; i < FACTS_N_FEES; i++)
        put_label(t, METRICS_FEE_STATE, facts_fee_word((enum facts_fee)i), f->fee == (enum facts_fee)i);
    put(t, METRICS_BASE_FEE, (double)view->head.base_fee);
    put(t, METRICS_MAX_FEE, (double)c->anchorer->env.policy.fees.max_fee_per_gas);
    put(t, METRICS_SPENT_TODAY, (double)f->spent_today);
    put(t, METRICS_DAILY_BUDGET, (double)f->daily_budget);
    put(t, METRICS_BALANCE, (double)view->lane.balance);
    if (f->runway_days != FACTS_UNKNOWN)
        put(t, METRICS_RUNWAY, (double)f->runway_days * 86400);
}

static void put_endpoints(struct text *t, const struct control *c, const struct facts *f)
{
    const struct chainview *view = &c->anchorer->view;
    const struct rpc_endpoint *endpoints = c->rpc->endpoints;
    put(t, METRICS_CHAIN_REACHABLE, view->lane.rpc_ok);
    put(t, METRICS_CHAIN_HEAD, (double)view->head.number);
    begin(t, METRICS_ENDPOINT_UP);
    for (size_t i = 0; i < c->rpc->n_endpoints; i++)
        put_label(t, METRICS_ENDPOINT_UP, endpoints[i].label, endpoints[i].health == RPC_HEALTHY);
    begin(t, METRICS_ENDPOINT_HEAD);
    for (size_t i = 0; i < c->rpc->n_endpoints; i++)
        put_label(t, METRICS_ENDPOINT_HEAD, endpoints[i].label, (double)view->heads[i]);
    begin(t, METRICS_ENDPOINT_LATENCY);
    for (size_t i = 0; i < c->rpc->n_endpoints; i++)
        put_label(t, METRICS_ENDPOINT_LATENCY, endpoints[i].label, endpoints[i].latency_ms / 1000);
    begin(t, METRICS_ENDPOINT_FAILURES);
    for (size_t i = 0; i < c->rpc->n_endpoints; i++)
        put_label(t, METRICS_ENDPOINT_FAILURES, endpoints[i].label, (double)endpoints[i].n_failures);
    begin(t, METRICS_AGREEMENT);
    for (unsigned i = 0; i < FACTS_N_AGREEMENTS; i++)
        put_label(t, METRICS_AGREEMENT, facts_agreement_word((enum facts_agreement)i), f->agreement == (enum facts_agreement)i);
}

static void put_store(struct text *t, const struct control *c, const struct facts *f)
{
    begin(t, METRICS_STORE_BYTES);
    put_label(t, METRICS_STORE_BYTES, "log", (double)f->store.log_bytes);
    put_label(t, METRICS_STORE_BYTES, "index", (double)f->store.index_bytes);
    put_label(t, METRICS_STORE_BYTES, "tree", (double)f->store.tree_bytes);
    put(t, METRICS_STORE_LIMIT, (double)f->store.map_size);
    put(t, METRICS_STORE_ROUNDS, (double)c->storeq->stats.rounds);
    put(t, METRICS_STORE_REOPENED, (double)c->storeq->stats.reopened);
    put(t, METRICS_STORE_ROUND_TIME, (double)c->storeq->stats.last_round_us / 1e6);
    put(t, METRICS_QUEUE_DEPTH, (double)c->storeq->stats.waiting);
    put(t, METRICS_COMPACTIONS, (double)c->compaction->completed);
    put(t, METRICS_COMPACTION_WRITES, (double)c->compaction->writes_held_us / 1e6);
    put(t, METRICS_COMPACTION_READS, (double)c->compaction->reads_held_us / 1e6);
}

static void put_http(struct text *t, const struct control *c)
{
    static const char *const CLASSES[] = {"", "1xx", "2xx", "3xx", "4xx", "5xx"};
    const struct httpd_stats *http = &c->api->httpd->stats;
    put(t, METRICS_CONNECTIONS, http->connections);
    put(t, METRICS_REFUSED, (double)http->refused);
    begin(t, METRICS_REQUESTS);
    for (unsigned i = 2; i < 6; i++)
        put_label(t, METRICS_REQUESTS, CLASSES[i], (double)http->by_class[i]);
    put(t, METRICS_EVENT_READERS, events_readers(c->api->events));
    put(t, METRICS_EVENTS, (double)c->api->events->sent);
    put(t, METRICS_EVENT_READERS_CUT, (double)c->api->events->cut);
}

static void put_alarms(struct text *t, const struct control *c)
{
    uint32_t alarms = anchorer_alarms(c->anchorer);
    for (unsigned urgent = 0; urgent < 2; urgent++) {
        enum metrics_name which = urgent ? METRICS_ALARM_URGENT : METRICS_ALARM;
        begin(t, which);
        for (unsigned i = 0; i < ANCHOR_N_ALARMS; i++) {
            const struct anchor_alarm_info *info = anchor_alarm_info((enum anchor_alarm)(1u << i));
            if (!urgent || info->urgent)
                put_label(t, which, info->name, (alarms & (1u << i)) != 0);
        }
    }
}

void metrics_write(const struct control *c, struct text *t)
{
    struct facts f;
    struct err e;
    if (facts_gather(c, &f, &e) != ERR_OK) /* what does not need the store is true all the same */
        text_puts(t, "# the store cannot be read\n");
    put_intake(t, c, &f);
    put_sealing(t, c, &f);
    put_fees(t, c, &f);
    put_endpoints(t, c, &f);
    put_store(t, c, &f);
    put_http(t, c);
    put_alarms(t, c);
}
