/* The command `status`: see control_status.h. */
#include "daemon/control_status.h"

#include "daemon/control_keys.h"
#include "daemon/facts.h"

static json_t *status_anchors(const struct control *c)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->anchorer->n_batches; i++) {
        const struct anchor_job *job = &c->anchorer->tasks[i]->job;
        if (job->state == ANCHOR_FINAL && job->has_evidence)
            continue; /* only watched a while longer */
        json_t *row = json_object();
        control_base_put_u64(row, "batch", job->k);
        control_base_put_text(row, "state", anchor_state_name(job->state));
        if (job->has_nonce)
            control_base_put_u64(row, "nonce", job->nonce);
        control_base_put_u64(row, "attempts", job->n_attempts);
        if (job->n_attempts > 0)
            control_base_put_bytes(row, "transactionHash", "0x", job->attempts[job->n_attempts - 1].hash.b, 32);
        control_base_put_time(row, "queuedAt", job->queued_at);
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *status_alarms(const struct control *c)
{
    json_t *list = json_array();
    uint32_t alarms = anchorer_alarms(c->anchorer);
    for (unsigned i = 0; i < ANCHOR_N_ALARMS; i++) {
        if ((alarms & (1u << i)) == 0)
            continue;
        const struct anchor_alarm_info *info = anchor_alarm_info((enum anchor_alarm)(1u << i));
        json_array_append_new(list, json_pack("{s:s, s:b, s:s, s:s}", "name", info->name, "urgent", info->urgent, "text",
                                              info->text, "remedy", info->remedy));
    }
    return list;
}

static json_t *status_endpoints(const struct control *c)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->rpc->n_endpoints; i++) {
        const struct rpc_endpoint *endpoint = &c->rpc->endpoints[i];
        uint64_t head = c->anchorer->view.heads[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:f, s:o}", "endpoint", endpoint->label, "health",
                                              rpc_health_text(endpoint->health), "reason", endpoint->reason,
                                              "lastError", endpoint->last_error, "latencyMs", endpoint->latency_ms, "head",
                                              head != 0 ? json_integer((json_int_t)head) : json_null()));
    }
    return list;
}

static json_t *status_chain(const struct control *c)
{
    const struct chainview *view = &c->anchorer->view;
    json_t *chain = json_object();
    control_base_put_u64(chain, "id", c->log->chain_id);
    json_object_set_new(chain, "reachable", json_boolean(view->lane.rpc_ok));
    if (view->ever) {
        control_base_put_u64(chain, "head", view->head.number);
        json_object_set_new(chain, "finalized",
                            view->anchor.finalized_known ? json_integer((json_int_t)view->finalized.number) : json_null());
        control_base_put_wei(chain, "balance", view->lane.balance);
        control_base_put_wei(chain, "baseFee", view->head.base_fee);
        control_base_put_u64(chain, "nonce", view->lane.nonce);
        control_base_put_u64(chain, "looks", view->looks);
    }
    control_base_put_bytes(chain, "sender", "0x", c->anchorer->env.sender.b, 20);
    control_base_put_wei(chain, "spentToday", fee_ledger_at(c->anchorer->env.lane.ledger, clock_unix_s(c->clock)).spent);
    return chain;
}

static json_t *status_signer(const struct control *c)
{
    const struct signer *signer = c->anchorer->env.signer;
    json_t *object = json_object();
    control_base_put_text(object, "kind", signer->backend->name);
    control_base_put_text(object, "fault", signer_fault_name(signer->fault));
    control_base_put_text(object, "message", signer->message);
    return object;
}

static json_t *status_fees(const struct control *c, const struct facts *f)
{
    json_t *fees = json_object();
    control_base_put_text(fees, "state", facts_fee_word(f->fee));
    control_base_put_wei(fees, "maxFeePerGas", c->anchorer->env.policy.fees.max_fee_per_gas);
    if (c->anchorer->view.ever)
        control_base_put_wei(fees, "baseFee", c->anchorer->view.head.base_fee);
    control_base_put_wei(fees, "spentToday", f->spent_today);
    control_base_put_wei(fees, "dailyBudget", f->daily_budget);
    return fees;
}

static json_t *status_store(const struct store_stats *stats)
{
    json_t *object = json_object();
    control_base_put_u64(object, "logBytes", stats->log_bytes);
    control_base_put_u64(object, "indexBytes", stats->index_bytes);
    control_base_put_u64(object, "treeBytes", stats->tree_bytes);
    control_base_put_u64(object, "mapSize", stats->map_size);
    control_base_put_u64(object, "forgotten", stats->forgotten);
    control_base_put_u64(object, "toErase", stats->to_erase);
    return object;
}

/* What waits, and since when. */
static void status_work(const struct facts *f, json_t *object)
{
    control_base_put_u64(object, "accepted", f->store.targets);
    control_base_put_u64(object, "pending", f->pending.count);
    control_base_put_time(object, "oldestPendingAt", f->pending.oldest_at);
    control_base_put_time(object, "oldestUnanchoredAt", f->oldest_unanchored_at);
    control_base_put_u64(object, "oldestUnanchoredSeconds",
                         f->oldest_unanchored_at != 0 && f->now > f->oldest_unanchored_at ? f->now - f->oldest_unanchored_at : 0);
    control_base_put_u64(object, "batches", f->store.batches);
    control_base_put_u64(object, "batchesPerDay", f->batches_a_day);
    control_base_put_u64(object, "head", f->head);
    control_base_put_bytes(object, "anchored", "", f->anchored.b, 32);
    control_base_put_u64(object, "inFlight", f->in_flight);
    control_base_put_u64(object, "lastFinal", f->last_final);
    control_base_put_time(object, "lastFinalAt", f->last_final_at);
}

void control_status(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    (void)args;
    struct err e;
    struct facts f;
    json_t *object = json_object();
    enum err_code rc = facts_gather(c, &f, &e);
    control_base_put_text(object, "log", c->log->name);
    control_base_put_text(object, "version", HALLMARK_VERSION);
    control_base_put_text(object, "http", httpd_address(c->api->httpd));
    control_base_put_time(object, "startedAt", c->started_at);
    status_work(&f, object);
    json_object_set_new(object, "paused", json_boolean(c->sealer->paused));
    control_base_put_text(object, "sealError", c->sealer->last_error);
    json_object_set_new(object, "anchors", status_anchors(c));
    json_object_set_new(object, "alarms", status_alarms(c));
    json_object_set_new(object, "chain", status_chain(c));
    json_object_set_new(object, "signer", status_signer(c));
    json_object_set_new(object, "keys", control_keys_status(c));
    json_object_set_new(object, "fees", status_fees(c, &f));
    json_object_set_new(object, "runwayDays",
                        f.runway_days != FACTS_UNKNOWN ? json_integer((json_int_t)f.runway_days) : json_null());
    json_object_set_new(object, "endpoints", status_endpoints(c));
    control_base_put_u64(object, "quorum", c->anchorer->env.chain->quorum);
    control_base_put_text(object, "agreement", facts_agreement_word(f.agreement));
    json_object_set_new(object, "store", status_store(&f.store));
    control_base_result(req, rc, object, &e);
}
