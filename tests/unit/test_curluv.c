/* curluv against servers that misbehave: every end comes once, later, with the right word. */
#include "tests/harness.h"
#include "tests/looprun.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/io/curluv.h"
#include "tests/faultserver.h"
#include "tests/rawclient.h"

static uv_loop_t loop;
static struct curluv curl;
static struct faultserver server;
static struct curluv_transfer t;
static char url[128];
static unsigned n_done, n_closed;

static void on_closed(struct curluv *c)
{
    (void)c;
    n_closed++;
}

static void on_done(struct curluv_transfer *transfer)
{
    assert_false(transfer->is_running);
    n_done++;
}

static int set_up(void **state)
{
    (void)state;
    struct err e;
    uv_loop_init(&loop);
    assert_ok(curluv_open(&curl, &loop, &e), e);
    faultserver_open(&server, &loop);
    snprintf(url, sizeof url, "http://%s/path?key=s3cret", server.address);
    t = (struct curluv_transfer){
        .url = url, .timeout_ms = 120000, .max_reply = 100000, .done = on_done};
    n_done = n_closed = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (!curl.is_closing)
        curluv_close(&curl, on_closed);
    faultserver_close(&server);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(n_closed, 1);
    curluv_transfer_done(&t);
    assert_int_equal(uv_loop_close(&loop), 0);
    return 0;
}

static void run(void)
{
    unsigned before = n_done;
    curluv_start(&curl, &t);
    assert_int_equal(n_done, before); /* never from inside start */
    looprun_count(&loop, &n_done, before + 1);
    assert_int_equal(n_done, before + 1);
    assert_null(strstr(t.err.msg, "s3cret"));
    assert_null(strstr(t.err.msg, "path"));
}

static void post_and_reply(void **state)
{
    (void)state;
    server.reply = faultserver_http(200, "application/json", "{\"a\":1}");
    t.body = "hello";
    t.body_len = 5;
    t.headers[0] = "Content-Type: text/x";
    run();
    assert_ok(t.err.code, t.err);
    assert_int_equal(t.status, 200);
    assert_string_equal(t.reply, "{\"a\":1}");
    assert_string_equal(t.content_type, "application/json");
    assert_non_null(strstr(server.last, "POST /path?key=s3cret HTTP/1.1\r\n"));
    assert_non_null(strstr(server.last, "Content-Type: text/x\r\n"));
    assert_null(strstr(server.last, "Expect"));
    assert_non_null(strstr(server.last, "\r\n\r\nhello"));
}

static void connection_is_reused(void **state)
{
    (void)state;
    server.reply = faultserver_http(200, "text/plain", "x");
    for (int i = 0; i < 5; i++) {
        run();
        assert_ok(t.err.code, t.err);
    }
    assert_int_equal(server.n_requests, 5);
    assert_int_equal(server.n_connections, 1);
}

static void other_statuses_are_replies(void **state)
{
    (void)state;
    server.reply =
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    run();
    assert_ok(t.err.code, t.err);
    assert_int_equal(t.status, 302); /* not followed */
    server.reply = faultserver_http(503, "text/html", "<html>busy</html>");
    run();
    assert_ok(t.err.code, t.err);
    assert_int_equal(t.status, 503);
    assert_string_equal(t.reply, "<html>busy</html>");
}

static void broken_replies(void **state)
{
    (void)state;
    static const char *const REPLIES[] = {
        "garbage that is not HTTP\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        NULL,
    };
    server.is_closing = true;
    for (size_t i = 0; i < sizeof REPLIES / sizeof REPLIES[0]; i++) {
        server.reply = REPLIES[i];
        run();
        assert_err(t.err.code, ERR_IO);
    }
}

static void too_long(void **state)
{
    (void)state;
    server.reply = "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n";
    server.filler = 10u << 20;
    run();
    assert_err(t.err.code, ERR_LIMIT);
    server.reply = "HTTP/1.1 200 OK\r\n\r\n"; /* no length: ends with the connection */
    server.is_closing = true;
    run();
    assert_err(t.err.code, ERR_LIMIT);
    assert_true(t.reply_len <= t.max_reply);
    server.filler = t.max_reply;
    run();
    assert_ok(t.err.code, t.err);
    assert_int_equal(t.reply_len, t.max_reply);
}

static void too_slow(void **state)
{
    (void)state;
    t.timeout_ms = 50;
    run(); /* no answer at all */
    assert_err(t.err.code, ERR_TIMEOUT);
    server.reply = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    run();
    assert_err(t.err.code, ERR_TIMEOUT);
}

/* curl asks the name server on a thread of its own. One host's answer takes as long as the test likes. */
static uv_sem_t asked, answer, answered;

/* In place of the C library's: only names come here, numbers are read by curl itself. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
    (void)service;
    (void)hints;
    (void)list;
    if (strcmp(node, "slow.example") != 0)
        return EAI_NONAME;
    uv_sem_post(&asked);
    uv_sem_wait(&answer);
    uv_sem_post(&answered);
    return EAI_AGAIN;
}

static void nobody_there(void **state)
{
    (void)state;
    char address[HARNESS_ADDRESS_LEN];
    int closed = harness_closed_port(address);
    snprintf(url, sizeof url, "http://%s/path?key=s3cret", address);
    run();
    assert_err(t.err.code, ERR_IO);
    assert_non_null(strstr(t.err.msg, address));
    close(closed);
    t.url = "http://" HARNESS_NO_HOST "/";
    run();
    assert_err(t.err.code, ERR_IO);
}

static void a_name_server_that_is_silent(void **state)
{
    (void)state;
    uv_sem_init(&asked, 0);
    uv_sem_init(&answer, 0);
    uv_sem_init(&answered, 0);
    t.url = "http://slow.example/";
    t.timeout_ms = 50;
    run(); /* the loop does not wait for that thread */
    assert_err(t.err.code, ERR_TIMEOUT);
    uv_sem_wait(&asked);
    uv_sem_post(&answer);
    uv_sem_wait(&answered);
}

static void not_a_url(void **state)
{
    (void)state;
    static const char *const URLS[] = {
        "", "localhost:8545", "ftp://host/", "file:///etc/passwd", "http://", "http://a b/"};
    for (size_t i = 0; i < sizeof URLS / sizeof URLS[0]; i++) {
        t.url = URLS[i];
        run();
        assert_err(t.err.code, ERR_INVALID);
    }
}

static void no_proxy_from_the_environment(void **state)
{
    (void)state;
    server.reply = faultserver_http(200, "text/plain", "direct");
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    run();
    unsetenv("http_proxy");
    assert_ok(t.err.code, t.err);
}

static void cancelled(void **state)
{
    (void)state;
    curluv_start(&curl, &t);
    looprun_count(&loop, &server.n_requests, 1);
    curluv_cancel(&t);
    curluv_cancel(&t);
    assert_int_equal(n_done, 0);
    looprun_count(&loop, &n_done, 1);
    assert_err(t.err.code, ERR_CANCELLED);
    curluv_cancel(&t); /* harmless */
}

static struct curluv_transfer many[8];

static void closed_in_flight(void **state)
{
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        many[i] = (struct curluv_transfer){
            .url = url, .timeout_ms = 120000, .max_reply = 10, .done = on_done};
        curluv_start(&curl, &many[i]);
    }
    looprun_count(&loop, &server.n_requests, 3);
    curluv_close(&curl, on_closed);
    assert_int_equal(n_done, 0);
    looprun_count(&loop, &n_closed, 1);
    assert_int_equal(n_done, 8);
    for (size_t i = 0; i < 8; i++) {
        assert_err(many[i].err.code, ERR_CANCELLED);
        curluv_transfer_done(&many[i]);
    }
}

/* Somebody who does not know yet: his transfer is over at once, and the end comes after it. It comes after the loop
 * looked for idle handles, in the turn in which those of curluv close. */
static void close_and_start(uv_check_t *check)
{
    uv_close((uv_handle_t *)check, NULL);
    curluv_close(&curl, on_closed);
    curluv_start(&curl, &t);
    assert_int_equal(n_done, 0);
}

static void started_while_it_closes(void **state)
{
    (void)state;
    uv_check_t check;
    uv_check_init(&loop, &check);
    uv_check_start(&check, close_and_start);
    faultserver_close(&server);
    for (unsigned turns = 0; turns < 10; turns++) /* a loop that something keeps never ends */
        uv_run(&loop, UV_RUN_NOWAIT);
    int alive = uv_loop_alive(&loop);
    faultserver_open(&server, &loop); /* for the end of the test */
    assert_int_equal(alive, 0);
    assert_int_equal(n_done, 1);
    assert_int_equal(n_closed, 1);
    assert_err(t.err.code, ERR_CANCELLED);
}

static void on_done_again(struct curluv_transfer *transfer)
{
    on_done(transfer);
    if (n_done < 100)
        curluv_start(&curl, transfer);
}

static void started_from_its_own_done(void **state)
{
    (void)state;
    server.reply = faultserver_http(200, "text/plain", "x");
    t.done = on_done_again;
    curluv_start(&curl, &t);
    looprun_count(&loop, &n_done, 100);
    assert_int_equal(server.n_requests, 100);
}

static void stolen(void **state)
{
    (void)state;
    server.reply = faultserver_http(200, "text/plain", "mine");
    run();
    char *mine = curluv_steal_reply(&t);
    assert_string_equal(mine, "mine");
    assert_null(curluv_steal_reply(&t));
    free(mine);
}

static void labels(void **state)
{
    (void)state;
    static const struct {
        const char *url, *label;
    } CASES[] = {
        {"https://user:pw@rpc.example.org/v3/KEY?x=KEY#KEY", "https://rpc.example.org:443"},
        {"http://127.0.0.1:8545", "http://127.0.0.1:8545"},
        {"http://[::1]:8545/", "http://[::1]:8545"},
        {"HTTP://A.example/", "http://A.example:80"},
        {"ws://a/", "?"},
        {"nonsense", "?"},
    };
    char label[CURLUV_LABEL_LEN];
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        curluv_label(label, CASES[i].url);
        assert_string_equal(label, CASES[i].label);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(post_and_reply),
        T(connection_is_reused),
        T(other_statuses_are_replies),
        T(broken_replies),
        T(too_long),
        T(too_slow),
        T(nobody_there),
        T(a_name_server_that_is_silent),
        T(not_a_url),
        T(no_proxy_from_the_environment),
        T(cancelled),
        T(closed_in_flight),
        T(started_while_it_closes),
        T(started_from_its_own_done),
        T(stolen),
        T(labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
