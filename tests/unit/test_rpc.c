/* rpc: replies that are no use, health of endpoints, choice among them, all at once. */
#include "tests/harness.h"
#include "tests/looprun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/rpc.h"
#include "tests/faultserver.h"
#include "tests/rawclient.h"

static uv_loop_t loop;
static struct curluv curl;
static struct clock_fake fake;
static struct faultserver a, b;
static struct rpc rpc;
static struct rpc_call call;
static struct rpc_fanout all;
static unsigned n_done, n_closed;
static char reply[256];

static void on_done(struct rpc_call *c)
{
    n_done++;
    snprintf(reply, sizeof reply, "%.*s", (int)c->reply.len,
             c->reply.data != NULL ? (const char *)c->reply.data : "");
}

static void on_closed(struct curluv *c)
{
    (void)c;
    n_closed++;
}

static int set_up(void **state)
{
    (void)state;
    struct err e;
    char url_a[64], url_b[64];
    const char *urls[] = {url_a, url_b};
    uv_loop_init(&loop);
    clock_fake_init(&fake, 1000000);
    faultserver_open(&a, &loop);
    faultserver_open(&b, &loop);
    snprintf(url_a, sizeof url_a, "http://%s/s3cret", a.address);
    snprintf(url_b, sizeof url_b, "http://user:s3cret@%s/", b.address);
    assert_ok(curluv_open(&curl, &loop, &e), e);
    assert_ok(rpc_open(&rpc, &curl, &fake.clock, urls, 2, &e), e);
    call = (struct rpc_call){
        .body = "{}", .body_len = 2, .timeout_ms = 120000, .max_reply = 100000, .done = on_done};
    all =
        (struct rpc_fanout){.body = "[]", .body_len = 2, .timeout_ms = 120000, .max_reply = 100000};
    n_done = n_closed = 0;
    a.reply =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
    b.reply =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"b\":1}";
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    curluv_close(&curl, on_closed);
    faultserver_close(&a);
    faultserver_close(&b);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(n_closed, 1);
    rpc_close(&rpc);
    assert_int_equal(uv_loop_close(&loop), 0);
    return 0;
}

static enum err_code ask(int endpoint)
{
    unsigned before = n_done;
    rpc_start(&rpc, &call, endpoint);
    assert_int_equal(n_done, before);
    looprun_count(&loop, &n_done, before + 1);
    assert_null(strstr(call.err.msg, "s3cret"));
    for (size_t i = 0; i < rpc.n_endpoints; i++)
        assert_null(strstr(rpc.endpoints[i].last_error, "s3cret"));
    return call.err.code;
}

static void asked_and_answered(void **state)
{
    (void)state;
    assert_err(ask(RPC_ANY), ERR_OK);
    assert_string_equal(reply, "{\"a\":1}");
    assert_int_equal(call.endpoint, 0);
    assert_non_null(strstr(a.last, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(a.last, "\r\n\r\n{}"));
    assert_err(ask(1), ERR_OK);
    assert_string_equal(reply, "{\"b\":1}");
    assert_non_null(strstr(b.last, "Authorization: Basic"));
    assert_int_equal(rpc.endpoints[0].n_calls, 1);
    assert_true(rpc.endpoints[0].last_ok_ms == fake.mono_ms);
}

static void json_with_another_status(void **state)
{
    (void)state;
    a.reply = faultserver_http(400, "application/json", " \n{\"error\":{\"code\":-32600}}");
    assert_err(ask(0), ERR_OK);
    assert_int_equal(call.status, 400);
    assert_string_equal(reply, " \n{\"error\":{\"code\":-32600}}");
    assert_int_equal(rpc.endpoints[0].failures_in_row, 0);
    a.reply = faultserver_http(429, "application/json", "{\"error\":{\"code\":-32005}}");
    assert_err(ask(0), ERR_OK);
    assert_int_equal(rpc.endpoints[0].failures_in_row, 1);
    assert_string_equal(rpc.endpoints[0].last_error, "HTTP 429");
}

static void no_json(void **state)
{
    (void)state;
    a.reply = faultserver_http(200, "text/html", "<html>hello</html>");
    assert_err(ask(0), ERR_RPC);
    assert_non_null(strstr(call.err.msg, "HTTP 200, text/html"));
    assert_null(call.reply.data);
    a.reply = faultserver_http(503, "text/plain", "");
    assert_err(ask(0), ERR_RPC);
    a.is_closing = true;
    a.reply = "HTTP/1.1 200 OK\r\nContent-Len"; /* curl takes that for an empty reply */
    assert_err(ask(0), ERR_RPC);
    a.reply = "\x16\x03\x01 garbage\r\n\r\n";
    rpc.endpoints[0].failures_in_row = 0;
    assert_err(ask(0), ERR_IO);
    a.reply = NULL;
    assert_err(ask(0), ERR_IO);
    a.reply = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":1}";
    assert_err(ask(0), ERR_IO);
    a.reply = "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n{";
    a.filler = 10485759;
    assert_err(ask(0), ERR_LIMIT);
    assert_int_equal(rpc.endpoints[0].n_failures, 7);
}

static void slow(void **state)
{
    (void)state;
    a.reply = NULL;
    call.timeout_ms = 40;
    assert_err(ask(0), ERR_TIMEOUT);
    assert_int_equal(rpc.endpoints[0].failures_in_row, 1);
}

/* Three failures: it rests and the other is asked; when the rest is over a probe brings it back. */
static bool is_probed(void *arg)
{
    (void)arg;
    return rpc.endpoints[0].health != RPC_PROBING;
}

static void rests_and_comes_back(void **state)
{
    (void)state;
    a.reply = faultserver_http(500, "text/html", "<p>");
    for (int i = 0; i < RPC_BREAK_AFTER; i++)
        assert_err(ask(0), ERR_RPC);
    assert_int_equal(rpc.endpoints[0].health, RPC_RESTING);
    assert_err(ask(RPC_ANY), ERR_OK);
    assert_int_equal(call.endpoint, 1);
    unsigned before = a.n_requests;
    clock_fake_pass(&fake, RPC_REST_MS);
    assert_err(ask(RPC_ANY), ERR_OK); /* beside it a probe, which fails */
    assert_int_equal(call.endpoint, 1);
    looprun_count(&loop, &a.n_requests, before + 1);
    looprun_until(&loop, is_probed, NULL);
    assert_int_equal(rpc.endpoints[0].health, RPC_RESTING);
    assert_int_equal(rpc.endpoints[0].rest_ms, 2 * RPC_REST_MS);
    assert_non_null(strstr(a.last, "eth_chainId"));
    a.reply = faultserver_http(200, "application/json", "{\"result\":\"0x1\"}");
    clock_fake_pass(&fake, 2 * RPC_REST_MS);
    assert_err(ask(RPC_ANY), ERR_OK);
    looprun_until(&loop, is_probed, NULL);
    assert_int_equal(rpc.endpoints[0].health, RPC_HEALTHY);
    assert_string_equal(rpc.endpoints[0].last_error, "");
}

static void all_rest(void **state)
{
    (void)state;
    a.reply = b.reply = faultserver_http(500, "text/html", "<p>");
    for (int i = 0; i < RPC_BREAK_AFTER; i++) {
        assert_err(ask(0), ERR_RPC);
        assert_err(ask(1), ERR_RPC);
    }
    assert_int_equal(rpc_best(&rpc), -1);
    assert_err(ask(RPC_ANY), ERR_BUSY);
    assert_non_null(strstr(call.err.msg, "1000 ms"));
    assert_int_equal(call.endpoint, -1);
    clock_fake_pass(&fake, RPC_REST_MS);
    assert_err(ask(RPC_ANY), ERR_RPC); /* the call itself is the probe */
    assert_int_equal(rpc.endpoints[call.endpoint].health, RPC_RESTING);
    for (int i = 0; i < 10; i++) {
        clock_fake_pass(&fake, RPC_MAX_REST_MS);
        ask(0);
        ask(1);
    }
    assert_true(rpc.endpoints[0].rest_ms == RPC_MAX_REST_MS);
    a.reply = faultserver_http(200, "application/json", "{}");
    assert_err(ask(0), ERR_OK); /* asked by name, even while it rests */
    assert_int_equal(rpc.endpoints[0].health, RPC_HEALTHY);
}

static void on_done_blame(struct rpc_call *c)
{
    on_done(c);
    rpc_blame(c, "wrong id");
}

static void blamed(void **state)
{
    (void)state;
    call.done = on_done_blame;
    for (int i = 0; i < RPC_BREAK_AFTER; i++)
        assert_err(ask(0), ERR_OK);
    assert_int_equal(rpc.endpoints[0].health, RPC_RESTING);
    assert_string_equal(rpc.endpoints[0].last_error, "wrong id");
    assert_int_equal(rpc.endpoints[0].n_failures, RPC_BREAK_AFTER);
    clock_fake_pass(&fake, RPC_REST_MS);
    assert_err(ask(0), ERR_OK);
    assert_int_equal(rpc.endpoints[0].rest_ms, 2 * RPC_REST_MS);
}

static void quarantined(void **state)
{
    (void)state;
    rpc_quarantine(&rpc, 0, "wrong chain: 5 instead of 1");
    assert_err(ask(RPC_ANY), ERR_OK);
    assert_int_equal(call.endpoint, 1);
    assert_err(ask(0), ERR_OK); /* a success does not release it */
    assert_int_equal(rpc.endpoints[0].health, RPC_QUARANTINED);
    rpc_quarantine(&rpc, 1, "too");
    assert_err(ask(RPC_ANY), ERR_BUSY);
    rpc_release(&rpc, 0);
    assert_err(ask(RPC_ANY), ERR_OK);
    assert_int_equal(call.endpoint, 0);
    assert_string_equal(rpc.endpoints[0].reason, "");
}

static void the_quicker_and_less_busy(void **state)
{
    (void)state;
    rpc.endpoints[0].latency_ms = 50;
    rpc.endpoints[1].latency_ms = 20;
    assert_int_equal(rpc_best(&rpc), 1);
    rpc.endpoints[1].n_running = 1;
    assert_int_equal(rpc_best(&rpc), 0);
    rpc.endpoints[1].n_running = 0;
}

static void cancelled(void **state)
{
    (void)state;
    a.reply = NULL;
    rpc_start(&rpc, &call, 0);
    looprun_count(&loop, &a.n_requests, 1);
    rpc_cancel(&call);
    looprun_count(&loop, &n_done, 1);
    assert_err(call.err.code, ERR_CANCELLED);
    assert_int_equal(rpc.endpoints[0].n_failures, 0);
    assert_int_equal(rpc.endpoints[0].n_running, 0);
}

static void on_all(struct rpc_fanout *f)
{
    (void)f;
    n_done++;
}

static void on_both(struct rpc_fanout *f)
{
    n_done++;
    assert_int_equal(f->n_calls, 2);
    assert_string_equal((const char *)f->calls[0].reply.data, "{\"a\":1}");
    assert_string_equal((const char *)f->calls[1].reply.data, "{\"b\":1}");
    assert_int_equal(f->calls[1].endpoint, 1);
}

static void everybody(void **state)
{
    (void)state;
    all.done = on_both;
    rpc_start_all(&rpc, &all);
    looprun_count(&loop, &n_done, 1);
    all.done = on_all;
    a.reply = faultserver_http(500, "text/html", "<p>");
    rpc_start_all(&rpc, &all);
    looprun_count(&loop, &n_done, 2);
    assert_err(all.calls[0].err.code, ERR_RPC);
    assert_err(all.calls[1].err.code, ERR_OK);
    rpc_quarantine(&rpc, 0, "x");
    rpc_start_all(&rpc, &all);
    looprun_count(&loop, &n_done, 3);
    assert_int_equal(all.n_calls, 1);
    assert_int_equal(all.calls[0].endpoint, 1);
    rpc_quarantine(&rpc, 1, "x");
    rpc_start_all(&rpc, &all);
    assert_int_equal(n_done, 3);
    looprun_count(&loop, &n_done, 4);
    assert_int_equal(all.n_calls, 0);
}

static void everybody_cancelled(void **state)
{
    (void)state;
    a.reply = NULL;
    all.done = on_all;
    rpc_start_all(&rpc, &all);
    looprun_count(&loop, &a.n_requests, 1);
    rpc_cancel_all(&all);
    looprun_count(&loop, &n_done, 1);
    assert_err(all.calls[0].err.code, ERR_CANCELLED);
}

static char *kept;

static void on_done_keep(struct rpc_call *c)
{
    n_done++;
    kept = rpc_steal_reply(c);
}

static void stolen(void **state)
{
    (void)state;
    call.done = on_done_keep;
    ask(0);
    assert_string_equal(kept, "{\"a\":1}");
    free(kept);
}

static void bad_lists(void **state)
{
    (void)state;
    struct err e;
    struct rpc r = {0};
    static const char *const BAD[] = {"http://fine/", "ftp://user:s3cret@host/"};
    const char *many[RPC_MAX_ENDPOINTS + 1];
    assert_err(rpc_open(&r, &curl, &fake.clock, BAD, 2, &e), ERR_INVALID);
    assert_string_equal(e.msg, "endpoint 2 is not an http or https URL");
    assert_err(rpc_open(&r, &curl, &fake.clock, BAD, 0, &e), ERR_LIMIT);
    for (size_t i = 0; i <= RPC_MAX_ENDPOINTS; i++)
        many[i] = "http://a/";
    assert_err(rpc_open(&r, &curl, &fake.clock, many, RPC_MAX_ENDPOINTS + 1, &e), ERR_LIMIT);
    rpc_close(&r);
    assert_string_equal(rpc_endpoint_label(&rpc, -1), "-");
    assert_null(strstr(rpc_endpoint_label(&rpc, 1), "s3cret"));
    assert_string_equal(rpc_health_text(RPC_PROBING), "probing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(asked_and_answered),
        T(json_with_another_status),
        T(no_json),
        T(slow),
        T(rests_and_comes_back),
        T(all_rest),
        T(blamed),
        T(quarantined),
        T(the_quicker_and_less_busy),
        T(cancelled),
        T(everybody),
        T(everybody_cancelled),
        T(stolen),
        T(bad_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
