/* One JSON-RPC body to one of several endpoints: see rpc.h. */
#include "daemon/io/rpc.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_TIMEOUT_MS 10000
#define PROBE_MAX_REPLY 65536
#define LATENCY_WEIGHT 0.2 /* of the newest in the smoothed value */

static const char *const HEALTH_TEXTS[] = {
    [RPC_HEALTHY] = "healthy",
    [RPC_RESTING] = "resting",
    [RPC_PROBING] = "probing",
    [RPC_QUARANTINED] = "quarantined",
};

/* ---- health: decisions only ---- */

static void rest(struct rpc_endpoint *ep, uint64_t now, uint64_t rest_ms)
{
    ep->rest_ms = rest_ms > RPC_MAX_REST_MS ? RPC_MAX_REST_MS : rest_ms;
    ep->rest_until_ms = now + ep->rest_ms;
    ep->health = RPC_RESTING;
}

static void note_failure(struct rpc_endpoint *ep, uint64_t now, const char *why)
{
    ep->n_failures++;
    ep->failures_in_row++;
    snprintf(ep->last_error, sizeof ep->last_error, "%s", why);
    if (ep->health == RPC_PROBING)
        rest(ep, now, 2 * ep->rest_ms);
    else if (ep->health == RPC_HEALTHY && ep->failures_in_row >= RPC_BREAK_AFTER)
        rest(ep, now, ep->rest_ms > 0 ? 2 * ep->rest_ms : RPC_REST_MS);
}

static void note_success(struct rpc_endpoint *ep, uint64_t now, uint64_t elapsed_ms)
{
    double ms = (double)elapsed_ms;
    ep->failures_in_row = 0;
    ep->rest_ms = 0;
    ep->last_error[0] = '\0';
    ep->last_ok_ms = now;
    ep->latency_ms =
        ep->latency_ms > 0 ? ep->latency_ms + LATENCY_WEIGHT * (ms - ep->latency_ms) : ms;
    if (ep->health != RPC_QUARANTINED)
        ep->health = RPC_HEALTHY;
}

/* Its probe was given up: nothing is known, the next may try. */
static void note_cancelled(struct rpc_endpoint *ep)
{
    if (ep->health == RPC_PROBING)
        ep->health = RPC_RESTING;
}

static bool is_better(const struct rpc_endpoint *a, const struct rpc_endpoint *b)
{
    if (a->n_running != b->n_running)
        return a->n_running < b->n_running;
    return a->latency_ms < b->latency_ms;
}

static bool is_due(const struct rpc_endpoint *ep, uint64_t now)
{
    return ep->health == RPC_RESTING && ep->rest_until_ms <= now;
}

int rpc_best(const struct rpc *r)
{
    uint64_t now = clock_mono_ms(r->clock);
    int best = -1, due = -1;
    for (int i = 0; i < (int)r->n_endpoints; i++) {
        const struct rpc_endpoint *ep = &r->endpoints[i];
        if (ep->health == RPC_HEALTHY && (best < 0 || is_better(ep, &r->endpoints[best])))
            best = i;
        if (is_due(ep, now) && (due < 0 || ep->rest_until_ms < r->endpoints[due].rest_until_ms))
            due = i;
    }
    return best >= 0 ? best : due;
}

/* Is it JSON at all? The decoder will say more. */
static bool looks_like_json(const char *text)
{
    text += strspn(text, " \t\r\n");
    return *text == '{' || *text == '[';
}

/* Busy or broken, whatever the body says. */
static bool is_trouble(unsigned status)
{
    return status == 429 || (status >= 502 && status <= 504);
}

/* The verdict on a finished transfer, in its err. */
static enum err_code judge(struct curluv_transfer *t, const char *label)
{
    if (t->err.code != ERR_OK)
        return t->err.code;
    if (!looks_like_json(t->reply))
        return err_set(&t->err, ERR_RPC, "%s: no JSON but HTTP %u, %s, %zu bytes", label, t->status,
                       t->content_type[0] != '\0' ? t->content_type : "no type", t->reply_len);
    return ERR_OK;
}

static void note(struct rpc_endpoint *ep, const struct curluv_transfer *t)
{
    uint64_t now = clock_mono_ms(ep->rpc->clock);
    ep->n_calls++;
    if (t->err.code == ERR_CANCELLED) {
        note_cancelled(ep);
    } else if (t->err.code != ERR_OK) {
        note_failure(ep, now, t->err.msg);
    } else if (is_trouble(t->status)) {
        char why[32];
        snprintf(why, sizeof why, "HTTP %u", t->status);
        note_failure(ep, now, why);
    } else {
        note_success(ep, now, t->elapsed_ms);
    }
}

/* ---- the list ---- */

enum err_code rpc_open(struct rpc *r, struct curluv *curl, const struct clock *clock,
                       const char *const urls[], size_t n, struct err *e)
{
    if (n == 0 || n > RPC_MAX_ENDPOINTS)
        return err_set(e, ERR_LIMIT, "%zu endpoints: from 1 to %d can be given", n,
                       RPC_MAX_ENDPOINTS);
    memset(r, 0, sizeof *r);
    r->curl = curl;
    r->clock = clock;
    for (size_t i = 0; i < n; i++) {
        struct rpc_endpoint *ep = &r->endpoints[i];
        ep->rpc = r;
        curluv_label(ep->label, urls[i]);
        if (strcmp(ep->label, "?") == 0) {
            rpc_close(r);
            return err_set(e, ERR_INVALID, "endpoint %zu is not an http or https URL", i + 1);
        }
        ep->url = strdup(urls[i]);
        if (ep->url == NULL) {
            rpc_close(r);
            return err_set(e, ERR_NOMEM, "out of memory for endpoints");
        }
        r->n_endpoints++;
    }
    return ERR_OK;
}

void rpc_close(struct rpc *r)
{
    for (size_t i = 0; i < r->n_endpoints; i++) {
        struct rpc_endpoint *ep = &r->endpoints[i];
        explicit_bzero(ep->url, strlen(ep->url));
        free(ep->url);
        curluv_transfer_done(&ep->probe);
    }
    memset(r, 0, sizeof *r);
}

void rpc_quarantine(struct rpc *r, int endpoint, const char *reason)
{
    struct rpc_endpoint *ep = &r->endpoints[endpoint];
    ep->health = RPC_QUARANTINED;
    snprintf(ep->reason, sizeof ep->reason, "%s", reason);
}

void rpc_release(struct rpc *r, int endpoint)
{
    struct rpc_endpoint *ep = &r->endpoints[endpoint];
    if (ep->health != RPC_QUARANTINED)
        return;
    ep->health = RPC_HEALTHY;
    ep->reason[0] = '\0';
    ep->failures_in_row = 0;
    ep->rest_ms = 0;
}

const char *rpc_endpoint_label(const struct rpc *r, int endpoint)
{
    return endpoint >= 0 ? r->endpoints[endpoint].label : "-";
}

const char *rpc_health_text(enum rpc_health health)
{
    return HEALTH_TEXTS[health];
}

/* ---- probes ---- */

static void set_up_transfer(struct curluv_transfer *t, const struct rpc_endpoint *ep)
{
    t->url = ep->url;
    t->headers[0] = "Content-Type: application/json";
    t->headers[1] = "Accept: application/json";
    t->headers[2] = NULL;
}

static void on_probed(struct curluv_transfer *t)
{
    struct rpc_endpoint *ep =
        (struct rpc_endpoint *)(void *)((char *)t - offsetof(struct rpc_endpoint, probe));
    ep->n_running--;
    (void)judge(t, ep->label); /* the verdict is in t->err */
    note(ep, t);
    curluv_transfer_done(t);
}

/* Ask those whose rest is over a question that costs nothing. */
static void probe_due(struct rpc *r)
{
    static const char QUESTION[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]}";
    uint64_t now = clock_mono_ms(r->clock);
    for (size_t i = 0; i < r->n_endpoints; i++) {
        struct rpc_endpoint *ep = &r->endpoints[i];
        if (!is_due(ep, now) || ep->probe.is_running)
            continue;
        ep->health = RPC_PROBING;
        ep->n_running++;
        set_up_transfer(&ep->probe, ep);
        ep->probe.body = QUESTION;
        ep->probe.body_len = sizeof QUESTION - 1;
        ep->probe.timeout_ms = PROBE_TIMEOUT_MS;
        ep->probe.max_reply = PROBE_MAX_REPLY;
        ep->probe.done = on_probed;
        curluv_start(r->curl, &ep->probe);
    }
}

/* ---- one call ---- */

static void on_transferred(struct curluv_transfer *t)
{
    struct rpc_call *call =
        (struct rpc_call *)(void *)((char *)t - offsetof(struct rpc_call, transfer));
    if (call->endpoint >= 0) {
        struct rpc_endpoint *ep = &call->rpc->endpoints[call->endpoint];
        ep->n_running--;
        call->row_before = ep->failures_in_row;
        call->rest_before_ms = ep->rest_ms;
        (void)judge(t, ep->label); /* the verdict is in t->err */
        note(ep, t);
    }
    call->err = t->err;
    call->status = t->status;
    size_t len = t->reply_len;
    char *reply = curluv_steal_reply(t);
    call->reply = (struct slice){0};
    if (call->err.code == ERR_OK)
        call->reply = (struct slice){(const uint8_t *)reply, len};
    call->held = &reply;
    call->done(call); /* the call may be gone, or running again */
    free(reply);
}

static void refuse(struct rpc *r, struct rpc_call *call)
{
    uint64_t now = clock_mono_ms(r->clock), soonest = UINT64_MAX;
    struct err busy;
    for (size_t i = 0; i < r->n_endpoints; i++) {
        const struct rpc_endpoint *ep = &r->endpoints[i];
        if (ep->health == RPC_RESTING && ep->rest_until_ms < soonest)
            soonest = ep->rest_until_ms;
    }
    if (soonest == UINT64_MAX)
        err_set(&busy, ERR_BUSY,
                "no endpoint can be used now: each is being probed or is quarantined");
    else
        err_set(&busy, ERR_BUSY,
                "every endpoint is resting after failures, next try in %" PRIu64 " ms",
                soonest > now ? soonest - now : 0);
    curluv_refuse(r->curl, &call->transfer, &busy);
}

void rpc_start(struct rpc *r, struct rpc_call *call, int endpoint)
{
    assert(call->done != NULL && endpoint < (int)r->n_endpoints);
    call->rpc = r;
    call->endpoint = endpoint >= 0 ? endpoint : rpc_best(r);
    call->reply = (struct slice){0};
    call->transfer.done = on_transferred;
    if (call->endpoint < 0) {
        refuse(r, call);
        return;
    }
    struct rpc_endpoint *ep = &r->endpoints[call->endpoint];
    if (is_due(ep, clock_mono_ms(r->clock)))
        ep->health = RPC_PROBING;
    ep->n_running++;
    set_up_transfer(&call->transfer, ep);
    call->transfer.body = call->body;
    call->transfer.body_len = call->body_len;
    call->transfer.timeout_ms = call->timeout_ms;
    call->transfer.max_reply = call->max_reply;
    curluv_start(r->curl, &call->transfer);
    probe_due(r);
}

void rpc_cancel(struct rpc_call *call)
{
    curluv_cancel(&call->transfer);
}

char *rpc_steal_reply(struct rpc_call *call)
{
    char *reply = *call->held;
    *call->held = NULL;
    return reply;
}

void rpc_blame(struct rpc_call *call, const char *why)
{
    if (call->endpoint < 0 || call->err.code != ERR_OK)
        return; /* has been counted as a failure */
    struct rpc_endpoint *ep = &call->rpc->endpoints[call->endpoint];
    ep->failures_in_row = call->row_before;
    ep->rest_ms = call->rest_before_ms;
    note_failure(ep, clock_mono_ms(call->rpc->clock), why);
}

/* ---- one body to all ---- */

static void on_one_of_all(struct rpc_call *call)
{
    struct rpc_fanout *f = call->user;
    if (call->endpoint < 0)
        f->n_calls = 0; /* the stand-in for nobody */
    if (call->reply.data != NULL)
        f->replies[call - f->calls] = rpc_steal_reply(call);
    if (--f->n_running > 0)
        return;
    /* f may be gone, or running again, after done */
    char *replies[RPC_MAX_ENDPOINTS];
    memcpy(replies, f->replies, sizeof replies);
    f->done(f);
    for (size_t i = 0; i < RPC_MAX_ENDPOINTS; i++)
        free(replies[i]);
}

static void start_one_of_all(struct rpc *r, struct rpc_fanout *f, int endpoint)
{
    struct rpc_call *call = &f->calls[f->n_calls++];
    call->body = f->body;
    call->body_len = f->body_len;
    call->timeout_ms = f->timeout_ms;
    call->max_reply = f->max_reply;
    call->done = on_one_of_all;
    call->user = f;
    f->n_running++;
    if (endpoint >= 0) {
        rpc_start(r, call, endpoint);
        return;
    }
    call->rpc = r;
    call->endpoint = -1;
    call->transfer.done = on_transferred;
    refuse(r, call);
}

void rpc_start_all(struct rpc *r, struct rpc_fanout *f)
{
    assert(f->n_running == 0 && f->done != NULL);
    f->n_calls = 0;
    memset(f->replies, 0, sizeof f->replies);
    for (int i = 0; i < (int)r->n_endpoints; i++)
        if (r->endpoints[i].health != RPC_QUARANTINED)
            start_one_of_all(r, f, i);
    if (f->n_calls == 0)
        start_one_of_all(r, f, -1);
}

void rpc_cancel_all(struct rpc_fanout *f)
{
    for (size_t i = 0; i < f->n_calls; i++)
        rpc_cancel(&f->calls[i]);
}
