/* The commands of the control socket: see control.h. */
#include "daemon/control.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/jsonio.h"
#include "daemon/core/anchor_explain.h"
#include "daemon/log.h"

#define MAX_WAIT_S (7 * 24 * 3600)

/* ------------------------------------------------------------------ replies */

static void reply(struct ctlsock_request *req, json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    if (text != NULL)
        ctlsock_send(req, text, strlen(text));
    free(text);
    json_decref(object);
    ctlsock_end(req);
}

static void reply_error(struct ctlsock_request *req, enum err_code code, const char *message)
{
    reply(req, json_pack("{s:b, s:{s:s, s:s}}", "ok", 0, "error", "code", err_name(code), "message", message));
}

/* Reply with the object, or with the error. Takes the object. */
static void reply_result(struct ctlsock_request *req, enum err_code rc, json_t *object, const struct err *e)
{
    if (rc == ERR_OK) {
        json_object_set_new(object, "ok", json_true());
        reply(req, object);
        return;
    }
    json_decref(object);
    reply_error(req, rc, e->msg);
}

static void put_u64(json_t *object, const char *key, uint64_t v)
{
    json_object_set_new(object, key, json_integer((json_int_t)v));
}

static void put_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, json_string(text));
}

static void put_time(json_t *object, const char *key, uint64_t seconds)
{
    struct text t = {0};
    if (seconds != 0)
        text_put_time(&t, seconds);
    json_object_set_new(object, key, seconds != 0 ? json_string(text_string(&t)) : json_null());
    text_done(&t);
}

static void put_bytes(json_t *object, const char *key, const char *prefix, const void *bytes, size_t len)
{
    struct text t = {0};
    text_puts(&t, prefix);
    text_put_hex(&t, bytes, len);
    put_text(object, key, text_string(&t));
    text_done(&t);
}

static void put_wei(json_t *object, const char *key, wei amount)
{
    char text[WEI_TEXT_LEN];
    wei_format(text, amount);
    put_text(object, key, text);
}

/* ------------------------------------------------------------------ status */

static json_t *status_anchors(const struct control *c)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->anchorer->n_tasks; i++) {
        const struct anchor_job *job = &c->anchorer->tasks[i]->job;
        if (job->state == ANCHOR_FINAL && job->has_evidence)
            continue; /* only watched a while longer */
        json_t *row = json_object();
        put_u64(row, "batch", job->k);
        put_text(row, "state", anchor_state_name(job->state));
        if (job->has_nonce)
            put_u64(row, "nonce", job->nonce);
        put_u64(row, "attempts", job->n_attempts);
        if (job->n_attempts > 0)
            put_bytes(row, "transactionHash", "0x", job->attempts[job->n_attempts - 1].hash.b, 32);
        put_time(row, "queuedAt", job->queued_at);
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
    put_u64(chain, "id", c->log->chain_id);
    json_object_set_new(chain, "reachable", json_boolean(view->lane.rpc_ok));
    if (view->ever) {
        put_u64(chain, "head", view->head.number);
        json_object_set_new(chain, "finalized",
                            view->anchor.finalized_known ? json_integer((json_int_t)view->finalized.number) : json_null());
        put_wei(chain, "balance", view->lane.balance);
        put_wei(chain, "baseFee", view->head.base_fee);
        put_u64(chain, "nonce", view->lane.nonce);
    }
    put_bytes(chain, "sender", "0x", c->anchorer->env.sender.b, 20);
    put_wei(chain, "spentToday", fee_ledger_at(c->anchorer->env.lane.ledger, clock_unix_s(c->clock)).spent);
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
    put_u64(object, "accepted", stats.targets);
    put_u64(object, "pending", pending.count);
    put_time(object, "oldestPendingAt", pending.oldest_at);
    put_u64(object, "batches", stats.batches);
    put_u64(object, "head", newest.k);
    put_bytes(object, "anchored", "", newest.anchored.b, 32);
    json_object_set_new(object, "store", json_pack("{s:I, s:I, s:I, s:I, s:I}", "logBytes", (json_int_t)stats.log_bytes,
                                                  "indexBytes", (json_int_t)stats.index_bytes, "treeBytes",
                                                  (json_int_t)stats.tree_bytes, "mapSize", (json_int_t)stats.map_size,
                                                  "forgotten", (json_int_t)stats.forgotten));
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

static void run_status(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    (void)args;
    struct err e;
    json_t *object = json_object();
    put_text(object, "log", c->log->name);
    put_text(object, "version", HALLMARK_VERSION);
    put_text(object, "http", httpd_address(c->api->httpd));
    put_time(object, "startedAt", c->started_at);
    enum err_code rc = status_store(c, object, &e);
    json_object_set_new(object, "paused", json_boolean(c->sealer->paused));
    put_text(object, "sealError", c->sealer->last_error);
    json_object_set_new(object, "anchors", status_anchors(c));
    put_time(object, "lastFinalAt", c->anchorer->last_final_at);
    json_object_set_new(object, "alarms", status_alarms(c));
    json_object_set_new(object, "chain", status_chain(c));
    if (c->anchorer->view.ever) {
        uint64_t days = runway_days(c);
        json_object_set_new(object, "runwayDays", days == UINT64_MAX ? json_null() : json_integer((json_int_t)days));
    }
    json_object_set_new(object, "endpoints", status_endpoints(c));
    reply_result(req, rc, object, &e);
}

/* ------------------------------------------------------------------ flush, pause, resume, reload */

static void run_flush(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    (void)args;
    uint64_t n = sealer_flush(c->sealer);
    log_info("flush", "pending=%" PRIu64 " uid=%d", n, (int)req->peer.uid);
    reply(req, json_pack("{s:b, s:I}", "ok", 1, "pending", (json_int_t)n));
}

static void set_paused(struct control *c, struct ctlsock_request *req, bool paused)
{
    c->sealer->paused = paused;
    log_info(paused ? "paused" : "resumed", "uid=%d", (int)req->peer.uid);
    sealer_wake(c->sealer);
    reply(req, json_pack("{s:b, s:b}", "ok", 1, "paused", paused));
}

static void run_pause(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    (void)args;
    set_paused(c, req, true);
}

static void run_resume(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    (void)args;
    set_paused(c, req, false);
}

static void run_reload(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    (void)args;
    struct err e;
    json_t *object = json_object();
    reply_result(req, c->reload(c->owner, object, &e), object, &e);
}

/* ------------------------------------------------------------------ explain */

static void explain_time(struct text *t, const char *what, uint64_t seconds)
{
    text_puts(t, what);
    text_put_time(t, seconds);
}

static enum err_code explain(struct control *c, const struct hash32 *target, struct text *t, struct err *e)
{
    struct store_read read;
    struct store_entry entry;
    struct slice blob;
    struct anchor_job job;
    bool final;
    enum err_code rc = store_read_begin(c->store, &read, e);
    if (rc != ERR_OK)
        return rc;
    rc = store_find(&read, target, &entry, e);
    if (rc == ERR_OK) {
        text_putf(t, "The hash was accepted as number %" PRIu64, entry.sequence);
        explain_time(t, " at ", entry.accepted_at);
        if (entry.k == 0) {
            text_puts(t, " and waits for the next batch.");
        } else {
            text_putf(t, " and is leaf %" PRIu64 " of batch %" PRIu64 ". ", entry.leaf_index, entry.k);
            rc = store_anchor(&read, entry.k, &blob, &final, e);
            if (rc == ERR_OK)
                rc = anchor_decode(&job, blob.data, blob.len, e);
            if (rc == ERR_OK) {
                char story[ANCHOR_EXPLAIN_LEN];
                anchor_explain(&job, clock_unix_s(c->clock), story, sizeof story);
                text_puts(t, story);
            }
        }
    }
    store_read_end(&read);
    return rc;
}

static bool hash_argument(const json_t *value, struct hash32 *ret)
{
    const char *text = json_string_value(value);
    return text != NULL && hex_decode(ret->b, sizeof ret->b, text, json_string_length(value), false);
}

static void run_explain(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    struct hash32 target;
    struct text t = {0};
    struct err e;
    if (!hash_argument(json_array_get(json_object_get(args, "hashes"), 0), &target)) {
        reply_error(req, ERR_INVALID, "a hash is 64 lower-case hexadecimal digits without 0x");
        return;
    }
    enum err_code rc = explain(c, &target, &t, &e);
    if (rc == ERR_NOT_FOUND)
        err_set(&e, rc, "this hash was never accepted here");
    json_t *object = json_object();
    put_text(object, "text", text_string(&t));
    text_done(&t);
    reply_result(req, rc, object, &e);
}

/* ------------------------------------------------------------------ wait */

/* One client that waits until all its hashes are sealed, or final. */
struct control_waiter {
    struct control *control;
    struct ctlsock_request *req;
    struct control_waiter *next;
    uv_timer_t timer;
    bool final;
    bool over;  /* answered; freed when the timer is closed */
    size_t n;   /* hashes not yet there */
    struct hash32 targets[];
};

static void on_waiter_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* Out of the list, answered, and gone. */
static void waiter_finish(struct control_waiter *w, json_t *object)
{
    for (struct control_waiter **at = &w->control->waiters; *at != NULL; at = &(*at)->next)
        if (*at == w) {
            *at = w->next;
            break;
        }
    w->over = true;
    reply(w->req, object);
    uv_close((uv_handle_t *)&w->timer, on_waiter_closed);
}

static json_t *wait_error(enum err_code code, const char *message)
{
    return json_pack("{s:b, s:{s:s, s:s}}", "ok", 0, "error", "code", err_name(code), "message", message);
}

/* Whether a hash has come as far as is waited for. */
static enum err_code arrived(const struct store_read *read, const struct hash32 *target, bool final, bool *ret,
                             struct err *e)
{
    struct store_entry entry;
    struct store_batch batch;
    enum err_code rc = store_find(read, target, &entry, e);
    *ret = false;
    if (rc != ERR_OK || entry.k == 0)
        return rc;
    *ret = true;
    if (final && (rc = store_batch(read, entry.k, &batch, e)) == ERR_OK)
        *ret = batch.status == STORE_FINAL;
    return rc;
}

/* Drop what has arrived; finish if nothing is left or one hash is unknown. */
static void waiter_look(struct control_waiter *w)
{
    struct store_read read;
    struct err e = {0};
    enum err_code rc = store_read_begin(w->control->store, &read, &e);
    if (rc == ERR_OK) {
        for (size_t i = 0; rc == ERR_OK && i < w->n;) {
            bool there;
            rc = arrived(&read, &w->targets[i], w->final, &there, &e);
            if (there)
                w->targets[i] = w->targets[--w->n];
            else
                i++;
        }
        store_read_end(&read);
    }
    if (rc == ERR_NOT_FOUND)
        waiter_finish(w, wait_error(rc, "a hash was never accepted here"));
    else if (rc != ERR_OK)
        waiter_finish(w, wait_error(rc, e.msg));
    else if (w->n == 0)
        waiter_finish(w, json_pack("{s:b}", "ok", 1));
}

static void on_wait_timeout(uv_timer_t *timer)
{
    struct control_waiter *w = timer->data;
    if (!w->over)
        waiter_finish(w, wait_error(ERR_TIMEOUT, "not there in time; it goes on without you"));
}

static void run_wait(struct control *c, struct ctlsock_request *req, const json_t *args)
{
    const json_t *hashes = json_object_get(args, "hashes");
    json_int_t timeout = json_integer_value(json_object_get(args, "timeout"));
    size_t n = json_array_size(hashes);
    if (n < 1 || n > CONTROL_MAX_WAIT || timeout < 0 || timeout > MAX_WAIT_S) {
        reply_error(req, ERR_INVALID, "wait takes 1 to 1000 hashes and a timeout of at most a week");
        return;
    }
    struct control_waiter *w = calloc(1, sizeof *w + n * sizeof *w->targets);
    if (w == NULL) {
        reply_error(req, ERR_NOMEM, "out of memory");
        return;
    }
    for (w->n = 0; w->n < n; w->n++)
        if (!hash_argument(json_array_get(hashes, w->n), &w->targets[w->n])) {
            free(w);
            reply_error(req, ERR_INVALID, "a hash is 64 lower-case hexadecimal digits without 0x");
            return;
        }
    w->control = c;
    w->req = req;
    w->final = json_is_true(json_object_get(args, "final"));
    w->next = c->waiters;
    c->waiters = w;
    req->user = w;
    uv_timer_init(c->loop, &w->timer);
    w->timer.data = w;
    if (timeout > 0)
        uv_timer_start(&w->timer, on_wait_timeout, (uint64_t)timeout * 1000, 0);
    waiter_look(w);
}

void control_wake(struct control *c)
{
    for (struct control_waiter *w = c->waiters, *next; w != NULL; w = next) {
        next = w->next;
        waiter_look(w);
    }
}

static void on_gone(struct ctlsock_request *req)
{
    struct control_waiter *w = req->user;
    if (w != NULL && !w->over)
        waiter_finish(w, NULL);
}

/* ------------------------------------------------------------------ the table */

static const struct {
    const char *name;
    void (*run)(struct control *c, struct ctlsock_request *req, const json_t *args);
} COMMANDS[] = {
    {"status", run_status}, {"flush", run_flush},     {"pause", run_pause}, {"resume", run_resume},
    {"reload", run_reload}, {"explain", run_explain}, {"wait", run_wait},
};

static void on_request(struct ctlsock_request *req)
{
    struct control *c = req->server->handler.self;
    json_t *root = NULL;
    struct err e;
    if (jsonio_load(&root, req->line, req->len, CTLSOCK_MAX_LINE, &e) != ERR_OK) {
        reply_error(req, ERR_PARSE, e.msg);
        return;
    }
    const char *name = json_string_value(json_object_get(root, "command"));
    for (size_t i = 0; name != NULL && i < sizeof COMMANDS / sizeof *COMMANDS; i++)
        if (strcmp(COMMANDS[i].name, name) == 0) {
            COMMANDS[i].run(c, req, root);
            json_decref(root);
            return;
        }
    json_decref(root);
    reply_error(req, ERR_UNSUPPORTED, "this daemon does not know that command");
}

enum err_code control_open(struct control *c, const char *path, struct err *e)
{
    struct ctlsock_handler handler = {.self = c, .on_request = on_request, .on_gone = on_gone};
    return ctlsock_open(&c->sock, c->loop, path, -1, &handler, e);
}

void control_close(struct control *c, void (*on_closed)(struct ctlsock *s))
{
    while (c->waiters != NULL)
        waiter_finish(c->waiters, wait_error(ERR_CANCELLED, "the daemon stops"));
    ctlsock_close(&c->sock, on_closed);
}

/* ------------------------------------------------------------------ metrics */

static void metric(struct text *t, const char *name, const char *type, const char *help, double value)
{
    text_putf(t, "# HELP hallmark_%s %s\n# TYPE hallmark_%s %s\nhallmark_%s %.17g\n", name, help, name, type, name, value);
}

void control_write_metrics(struct control *c, struct text *t)
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
