/* The command `status`: see control_status.h. */
#include "daemon/control_status.h"

static json_t *status_anchors(const struct control *c)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->anchorer->n_tasks; i++) {
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
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:f}", "endpoint", endpoint->label, "health",
                                              rpc_health_text(endpoint->health), "reason", endpoint->reason,
                                              "lastError", endpoint->last_error, "latencyMs", endpoint->latency_ms));
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
    }
    control_base_put_bytes(chain, "sender", "0x", c->anchorer->env.sender.b, 20);
    control_base_put_wei(chain, "spentToday", fee_ledger_at(c->anchorer->env.lane.ledger, clock_unix_s(c->clock)).spent);
    return chain;
}

static enum err_code status_store(const struct control *c, json_t *object, struct err *e)
{
    struct store_read read;
    struct store_stats stats;
    struct store_pending pending;
    struct store_batch newest = {.anchored = c->log->r0};
    enum err_code rc = store_read_begin(c->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_stats(&read, &stats, e);
    if (rc == ERR_OK)
        rc = store_pending(&read, &pending, e);
    if (rc == ERR_OK) {
        rc = store_batch_newest(&read, &newest, e);
        rc = rc == ERR_NOT_FOUND ? ERR_OK : rc;
    }
    store_read_end(&read);
    if (rc != ERR_OK)
        return rc;
    control_base_put_u64(object, "accepted", stats.targets);
    control_base_put_u64(object, "pending", pending.count);
    control_base_put_time(object, "oldestPendingAt", pending.oldest_at);
    control_base_put_u64(object, "batches", stats.batches);
    control_base_put_u64(object, "head", newest.k);
    control_base_put_bytes(object, "anchored", "", newest.anchored.b, 32);
    json_object_set_new(object, "store", json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "logBytes", (json_int_t)stats.log_bytes,
                                                  "indexBytes", (json_int_t)stats.index_bytes, "treeBytes",
                                                  (json_int_t)stats.tree_bytes, "mapSize", (json_int_t)stats.map_size,
                                                  "forgotten", (json_int_t)stats.forgotten, "toErase",
                                                  (json_int_t)stats.to_erase));
    return ERR_OK;
}

/* At the present price and the pace since the start, at least one anchor a day. */
static uint64_t runway_days(const struct control *c)
{
    const struct chainview *view = &c->anchorer->view;
    uint64_t up = clock_unix_s(c->clock) - c->started_at;
    uint64_t per_day = up > 3600 ? c->sealer->stats.batches * 86400 / up : 144;
    wei price = wei_add(view->head.base_fee, c->anchorer->env.policy.fees.min_priority_fee);
    return lane_runway_days(view->lane.balance, price > UINT64_MAX ? UINT64_MAX : (uint64_t)price, 23200,
                            per_day > 0 ? per_day : 1);
}

void control_status(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    (void)args;
    struct err e;
    json_t *object = json_object();
    control_base_put_text(object, "log", c->log->name);
    control_base_put_text(object, "version", HALLMARK_VERSION);
    control_base_put_text(object, "http", httpd_address(c->api->httpd));
    control_base_put_time(object, "startedAt", c->started_at);
    enum err_code rc = status_store(c, object, &e);
    json_object_set_new(object, "paused", json_boolean(c->sealer->paused));
    control_base_put_text(object, "sealError", c->sealer->last_error);
    json_object_set_new(object, "anchors", status_anchors(c));
    control_base_put_time(object, "lastFinalAt", c->anchorer->last_final_at);
    json_object_set_new(object, "alarms", status_alarms(c));
    json_object_set_new(object, "chain", status_chain(c));
    if (c->anchorer->view.ever) {
        uint64_t days = runway_days(c);
        json_object_set_new(object, "runwayDays", days == UINT64_MAX ? json_null() : json_integer((json_int_t)days));
    }
    json_object_set_new(object, "endpoints", status_endpoints(c));
    control_base_result(req, rc, object, &e);
}
