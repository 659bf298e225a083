/* The metrics: see metrics.h. */
#include "daemon/metrics.h"

static void metric(struct text *t, const char *name, const char *type, const char *help, double value)
{
    text_putf(t, "# HELP hallmark_%s %s\n# TYPE hallmark_%s %s\nhallmark_%s %.17g\n", name, help, name, type, name, value);
}

void metrics_write(struct control *c, struct text *t)
{
    struct store_read read;
    struct store_stats stats = {0};
    struct store_pending pending = {0};
    if (store_read_begin(c->store, &read, NULL) == ERR_OK) {
        if (store_stats(&read, &stats, NULL) != ERR_OK)
            stats = (struct store_stats){0};
        if (store_pending(&read, &pending, NULL) != ERR_OK)
            pending = (struct store_pending){0};
        store_read_end(&read);
    }
    const struct httpd_stats *http = &c->api->httpd->stats;
    const struct chainview *view = &c->anchorer->view;
    uint64_t now = clock_unix_s(c->clock);
    metric(t, "accepted_total", "counter", "Hashes accepted since the log began.", (double)stats.targets);
    metric(t, "duplicates_total", "counter", "Hashes sent again since the start.", (double)c->api->stats.duplicates);
    metric(t, "proofs_total", "counter", "Proofs handed out since the start.", (double)c->api->stats.proofs);
    metric(t, "pending", "gauge", "Hashes accepted and in no batch yet.", (double)pending.count);
    metric(t, "oldest_pending_seconds", "gauge", "Age of the oldest of these.",
           pending.count > 0 && now > pending.oldest_at ? (double)(now - pending.oldest_at) : 0);
    metric(t, "batches_total", "counter", "Batches sealed since the log began.", (double)stats.batches);
    metric(t, "anchors_open", "gauge", "Batches whose anchor is not final.", (double)c->anchorer->n_tasks);
    metric(t, "anchors_final_total", "counter", "Anchors that became final since the start.", (double)c->anchorer->stats.final);
    metric(t, "balance_wei", "gauge", "Balance of the sending key.", (double)view->lane.balance);
    metric(t, "spent_today_wei", "gauge", "Spent in this UTC day.",
           (double)fee_ledger_at(c->anchorer->env.lane.ledger, now).spent);
    metric(t, "chain_head", "gauge", "Newest block that the quorum has reached.", (double)view->head.number);
    metric(t, "chain_reachable", "gauge", "1 if enough endpoints answer.", view->lane.rpc_ok);
    metric(t, "connections", "gauge", "Open HTTP connections.", http->connections);
    metric(t, "requests_total", "counter", "HTTP requests answered since the start.", (double)http->requests);
    metric(t, "store_bytes", "gauge", "Used bytes of the store.",
           (double)(stats.log_bytes + stats.index_bytes + stats.tree_bytes));
    metric(t, "store_rounds_total", "counter", "Group commits since the start.", (double)c->storeq->stats.rounds);
    text_puts(t, "# HELP hallmark_alarm 1 while the condition lasts; see hallmarkctl status.\n# TYPE hallmark_alarm gauge\n");
    uint32_t alarms = anchorer_alarms(c->anchorer);
    for (unsigned i = 0; i < ANCHOR_N_ALARMS; i++)
        text_putf(t, "hallmark_alarm{name=\"%s\"} %d\n", anchor_alarm_info((enum anchor_alarm)(1u << i))->name,
                  (alarms & (1u << i)) != 0);
    for (size_t i = 0; i < c->rpc->n_endpoints; i++)
        text_putf(t, "hallmark_endpoint_up{endpoint=\"%s\"} %d\n", c->rpc->endpoints[i].label,
                  c->rpc->endpoints[i].health == RPC_HEALTHY);
}
