/* The metrics of a running daemon, as Prometheus text. Names, labels and meanings are stable: one table
 * makes the HELP lines, and a test compares docs/metrics.md with it.
 * Thread: the loop's.
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include "common/text.h"
#include "daemon/control_base.h"

/* Member, name behind "hallmark_", type, label or "", help. Counters count since the start unless they say
 * otherwise. */
#define METRICS_TABLE(X)                                                                                          \
    X(BUILD_INFO, "build_info", "gauge", "version", "Always 1; the label says which version runs.")              \
    X(START_TIME, "start_time_seconds", "gauge", "", "When the daemon was started, Unix time.")                  \
    X(ACCEPTED, "accepted_total", "counter", "", "Hashes accepted since the log began.")                         \
    X(DUPLICATES, "duplicates_total", "counter", "", "Hashes handed in that were there already.")                \
    X(PROOFS, "proofs_total", "counter", "", "Proofs handed out.")                                               \
    X(ACK, "ack_seconds", "histogram", "",                                                                        \
      "From a whole POST /v1/hashes to its acknowledgement, when it is on disk.")                                \
    X(PENDING, "pending", "gauge", "", "Hashes accepted and in no batch yet.")                                   \
    X(OLDEST_PENDING, "oldest_pending_seconds", "gauge", "", "Age of the oldest hash that is in no batch; 0: none.") \
    X(OLDEST_UNANCHORED, "oldest_unanchored_seconds", "gauge", "",                                               \
      "Age of the oldest hash without a final anchor; 0: none.")                                                 \
    X(PAUSED, "paused", "gauge", "", "1 while sealing is paused by the operator.")                               \
    X(SEAL_FAILING, "seal_failing", "gauge", "", "1 while the last attempt to seal a batch has failed.")         \
    X(BATCHES, "batches_total", "counter", "", "Batches sealed since the log began.")                            \
    X(IN_FLIGHT, "in_flight", "gauge", "", "Batches that are sealed and not final yet.")                         \
    X(FINAL_TIME, "final_seconds", "histogram", "",                                                               \
      "For each batch, from the acceptance of its oldest hash to a final anchor.")                               \
    X(ANCHORS_FINAL, "anchors_final_total", "counter", "", "Batches whose anchor became final.")                         \
    X(LAST_FINAL, "last_final_time_seconds", "gauge", "", "When the newest final anchor became final, Unix time; 0: never.") \
    X(FEE_STATE, "fee_state", "gauge", "state", "1 for the present state of the fees: ok, above-cap, no-budget, no-funds, unknown.") \
    X(BASE_FEE, "base_fee_wei", "gauge", "", "Base fee of the newest block, wei per gas.")                       \
    X(MAX_FEE, "max_fee_wei", "gauge", "", "The cap max_fee_per_gas of the settings, wei per gas.")              \
    X(SPENT_TODAY, "spent_today_wei", "gauge", "", "Spent on anchors in this UTC day.")                          \
    X(DAILY_BUDGET, "daily_budget_wei", "gauge", "", "The daily_budget of the settings.")                        \
    X(BALANCE, "balance_wei", "gauge", "", "Balance of the sending key.")                                        \
    X(RUNWAY, "runway_seconds", "gauge", "", "How long the balance lasts at the present fee and pace; absent while not known.") \
    X(CHAIN_REACHABLE, "chain_reachable", "gauge", "", "1 if enough endpoints answer for the quorum.")           \
    X(CHAIN_HEAD, "chain_head", "gauge", "", "Newest block that the quorum has reached.")                        \
    X(ENDPOINT_UP, "endpoint_up", "gauge", "endpoint", "1 if the endpoint answers.")                             \
    X(ENDPOINT_HEAD, "endpoint_head", "gauge", "endpoint", "Newest block of the endpoint at the last look; 0: no answer.") \
    X(ENDPOINT_LATENCY, "endpoint_latency_seconds", "gauge", "endpoint", "Smoothed time of an answer; 0: not known.") \
    X(ENDPOINT_FAILURES, "endpoint_failures_total", "counter", "endpoint", "Requests that the endpoint did not answer well.") \
    X(AGREEMENT, "endpoint_agreement", "gauge", "state",                                                          \
      "1 for what the endpoints together are in: agree, behind, disagree, too-few, unknown.")                    \
    X(STORE_BYTES, "store_bytes", "gauge", "part", "Used bytes of the store: log, index, tree.")                 \
    X(STORE_LIMIT, "store_limit_bytes", "gauge", "", "What each part may grow to: map_size of the settings.")    \
    X(STORE_ROUNDS, "store_rounds_total", "counter", "", "Group commits.")                                       \
    X(STORE_REOPENED, "store_reopened_total", "counter", "", "How often a failed write made the files be opened anew.")\
    X(STORE_ROUND_TIME, "store_last_round_seconds", "gauge", "", "Duration of the last group commit.")           \
    X(QUEUE_DEPTH, "queue_depth", "gauge", "", "Writes that wait for a group commit.")                           \
    X(COMPACTIONS, "compactions_total", "counter", "", "Compactions of the store that were completed.")          \
    X(COMPACTION_WRITES, "compaction_writes_held_seconds", "gauge", "",                                          \
      "How long writes waited in the last compaction; 0: there was none.")                                       \
    X(COMPACTION_READS, "compaction_reads_held_seconds", "gauge", "",                                            \
      "How long reads were refused (503) in the last compaction; 0: there was none.")                            \
    X(CONNECTIONS, "connections", "gauge", "", "Open HTTP connections.")                                         \
    X(REFUSED, "connections_refused_total", "counter", "", "Connections closed at once, over max_connections.")  \
    X(REQUESTS, "requests_total", "counter", "class", "HTTP requests answered, by the first digit of the status.") \
    X(EVENT_READERS, "event_readers", "gauge", "", "Open streams of GET /v1/events.")                            \
    X(EVENTS, "events_total", "counter", "", "Events written to them.")                                          \
    X(EVENT_READERS_CUT, "event_readers_cut_total", "counter", "", "Streams cut because their reader was too slow.") \
    X(ALARM, "alarm", "gauge", "name", "1 while the condition lasts; hallmarkctl status says what to do.")       \
    X(ALARM_URGENT, "alarm_urgent", "gauge", "name", "The same for those in which nothing is anchored until somebody acts.")

enum metrics_name {
#define X(member, name, type, label, help) METRICS_##member,
    METRICS_TABLE(X)
#undef X
        METRICS_N
};

struct metrics_row {
    const char *name, *type, *label, *help;
};

extern const struct metrics_row metrics_table[METRICS_N];

/** Append all of them. If the store cannot be read a comment says so, and what needs it is 0. */
void metrics_write(const struct control *c, struct text *out);

#endif
