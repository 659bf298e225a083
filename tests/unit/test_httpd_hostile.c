/* httpd with clients that do not behave: ambiguous, oversized, slow, silent, deaf, gone, and many. */
#include "tests/httpd_fixture.h"
#include "tests/looprun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static struct httpd_fixture f;
static struct rawclient c;

static int init(void **state)
{
    (void)state;
    httpd_fixture_init(&f);
    return 0;
}

static void start(void)
{
    httpd_fixture_start(&f);
    rawclient_open(&c, &f.loop, httpd_address(&f.server));
}

static int stop(void **state)
{
    (void)state;
    rawclient_close(&c);
    httpd_fixture_stop(&f);
    return 0;
}

#define HOST "Host: a\r\n"

/* ---- framing ---- */

static void refused(const char *request, size_t len, const char *code)
{
    struct rawclient d;
    unsigned before = f.n_requests;
    rawclient_open(&d, &f.loop, httpd_address(&f.server));
    rawclient_send(&d, request, len);
    if (rawclient_reply(&d) != 400)
        fail_msg("status %d for %s", d.status, request);
    if (strstr(d.body, code) == NULL)
        fail_msg("'%s' without %s for %s", d.body, code, request);
    rawclient_wait_closed(&d);
    assert_int_equal(d.in_len, 0); /* nothing else was answered on this connection */
    assert_int_equal(f.n_requests, before);
    rawclient_close(&d);
}

#define SMUGGLED "GET /info HTTP/1.1\r\n" HOST "\r\n"

static void ambiguous_framing(void **state)
{
    (void)state;
    static const char *const REQUESTS[] = {
        "POST /echo HTTP/1.1\r\n" HOST
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
        "POST /echo HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" SMUGGLED,
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc" SMUGGLED,
        "POST /echo HTTP/1.1\r\n" HOST
        "Content-Length: 3\r\nContent-Length: 40\r\n\r\nabc" SMUGGLED,
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    };
    start();
    for (size_t i = 0; i < sizeof REQUESTS / sizeof REQUESTS[0]; i++)
        refused(REQUESTS[i], strlen(REQUESTS[i]), "ambiguous-framing");
}

static void malformed_headers(void **state)
{
    (void)state;
    static const char *const REQUESTS[] = {
        "POST /echo HTTP/1.1\nHost: a\nContent-Length: 0\n\n",
        "POST /echo HTTP/1.1\r\nHost: a\nContent-Length: 0\r\n\r\n",
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\n",
        "GET /info HTTP/1.1\r\n" HOST "X: b\rTransfer-Encoding: chunked\r\n\r\n",
        "GET /info HTTP/1.1\r\n" HOST "Dummy:\rxTransfer-Encoding: chunked\r\n\r\n",
        "GET /info HTTP/1.1\r\n" HOST "X: b\r\n folded\r\n\r\n",
        "GET /info HTTP/1.1\r\n" HOST "Content-Length : 3\r\n\r\nabc",
        "GET /info HTTP/1.1\r\n" HOST "X\x01: b\r\n\r\n",
        "GET /info HTTP/1.1\r\nX: b\r\n\r\n",
        "GET /info HTTP/1.1\r\n" HOST "Host: b\r\n\r\n",
        "GET /in fo HTTP/1.1\r\n" HOST "\r\n",
    };
    static const char NUL[] = "GET /info HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n";
    start();
    for (size_t i = 0; i < sizeof REQUESTS / sizeof REQUESTS[0]; i++)
        refused(REQUESTS[i], strlen(REQUESTS[i]), "malformed-header");
    refused(NUL, sizeof NUL - 1, "malformed-header");
}

/* These libmicrohttpd refuses by itself, in its own words. */
static void refused_by_the_library(void **state)
{
    (void)state;
    static char longer[40000];
    static const struct {
        const char *request;
        int status;
    } CASES[] = {
        {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\n", 400},
        {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\n", 400},
        {"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n", 413},
        {"POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400},
        {"GET /info HTTP/3.0\r\n\r\n", 505},
        {"GET /info\r\n\r\n", 400},
    };
    start();
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct rawclient d;
        rawclient_open(&d, &f.loop, httpd_address(&f.server));
        rawclient_say(&d, CASES[i].request);
        assert_int_equal(rawclient_reply(&d), CASES[i].status);
        rawclient_wait_closed(&d);
        rawclient_close(&d);
    }
    memset(longer, 'a', sizeof longer - 1);
    rawclient_say(&c, "GET /info HTTP/1.1\r\n" HOST "X: ");
    rawclient_say(&c, longer);
    assert_int_equal(rawclient_reply(&c), 431);
    assert_int_equal(f.n_requests, 0);
}

/* ---- bodies ---- */

static void body_over_the_limit(void **state)
{
    (void)state;
    start();
    rawclient_say(&c, "POST /short HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n0123456789");
    assert_int_equal(rawclient_reply(&c), 200);
    rawclient_say(&c, "POST /short HTTP/1.1\r\n" HOST "Content-Length: 11\r\n\r\n0123456789a");
    assert_int_equal(rawclient_reply(&c), 413);
    assert_string_equal(c.body, "{\"code\":\"body-too-large\"}");
    assert_non_null(strstr(c.head, "application/problem+json"));
    rawclient_say(&c, "POST /short HTTP/1.1\r\n" HOST
                      "Transfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n6789a\r\n");
    assert_int_equal(rawclient_reply(&c), 413); /* without waiting for its end */
    assert_string_equal(c.body, "{\"code\":\"body-too-large\"}");
    rawclient_wait_closed(&c);
    assert_int_equal(f.n_requests, 1);
    assert_int_equal(f.n_headers, 3);
}

/* Far more than the buffers of the kernel hold. */
static void send_16_megabytes(struct rawclient *client)
{
    static char piece[1 << 20];
    for (int i = 0; i < 16; i++)
        rawclient_send(client, piece, sizeof piece);
}

/* Also when libmicrohttpd refuses by itself, a header that is far too long for instance. */
static void much_too_long_a_header(void **state)
{
    (void)state;
    start();
    rawclient_say(&c, "GET /info HTTP/1.1\r\n" HOST "X: ");
    send_16_megabytes(&c);
    assert_int_equal(rawclient_reply(&c), 431);
    rawclient_wait_closed(&c);
    assert_false(c.is_reset);
}

/* A client that sends all of it before it reads can do so, and finds the answer. */
static void much_too_large_a_body(void **state)
{
    (void)state;
    start();
    rawclient_say(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 16777216\r\n\r\n");
    send_16_megabytes(&c);
    assert_int_equal(rawclient_reply(&c), 413);
    rawclient_wait_closed(&c);
    assert_false(c.is_reset);
    rawclient_close(&c);
    rawclient_open(&c, &f.loop, httpd_address(&f.server));
    rawclient_say(&c,
                  "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1000000\r\n");
    send_16_megabytes(&c);
    assert_int_equal(rawclient_reply(&c), 413);
    rawclient_wait_closed(&c);
    assert_false(c.is_reset);
}

static void too_much_at_once(void **state)
{
    (void)state;
    struct rawclient d;
    static char body[700000];
    f.config.max_bodies = 1000000;
    start();
    rawclient_open(&d, &f.loop, httpd_address(&f.server));
    rawclient_say(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 700000\r\n\r\nx");
    looprun_count(&f.loop, &f.n_headers, 1);
    assert_int_equal(f.server.stats.body_bytes, 700000);
    rawclient_say(&d, "POST /echo HTTP/1.1\r\n" HOST
                      "Content-Length: 700000\r\nExpect: 100-continue\r\n\r\n");
    assert_int_equal(rawclient_reply(&d), 503); /* before its body is read */
    assert_non_null(strstr(d.head, "\r\nRetry-After: 1"));
    assert_string_equal(d.body, "{\"code\":\"overloaded\"}");
    rawclient_send(&c, body, sizeof body - 1);
    assert_int_equal(rawclient_reply(&c), 200);
    assert_int_equal(c.body_len, 700000);
    rawclient_say(&c, "GET /info HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(rawclient_reply(&c), 200);
    assert_int_equal(f.server.stats.body_bytes, 0);
    rawclient_close(&d);
}

/* Known: libmicrohttpd would neither read on nor give up, and spin. */
static void endless_chunk_extension(void **state)
{
    (void)state;
    static char extension[60000];
    start();
    memset(extension, 'e', sizeof extension - 1);
    rawclient_say(&c, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5;");
    rawclient_say(&c, extension);
    assert_int_equal(rawclient_reply(&c), 400);
    assert_string_equal(c.body, "{\"code\":\"malformed-header\"}");
    rawclient_wait_closed(&c);
}

/* ---- slow and silent ---- */

#define SHORT_MS                                                                                   \
    120 /* time-out in these tests: nothing sleeps, the loop waits for what must come */

struct drip {
    uv_timer_t timer;
    struct rawclient *client;
    const char *text;
    size_t pos;
};

static void on_drip(uv_timer_t *timer)
{
    struct drip *d = timer->data;
    if (d->text[d->pos] != '\0' && !d->client->is_closed)
        rawclient_send(d->client, &d->text[d->pos++], 1);
}

/* A byte every 5 ms, far too slow to be whole in time. Returns: the status that came. */
static int drip(struct rawclient *client, const char *text)
{
    struct drip d = {.client = client, .text = text};
    uv_timer_init(&f.loop, &d.timer);
    d.timer.data = &d;
    uv_timer_start(&d.timer, on_drip, 0, 5);
    int status = rawclient_reply(client);
    rawclient_wait_closed(client);
    uv_close((uv_handle_t *)&d.timer, NULL);
    while (uv_is_active((uv_handle_t *)&d.timer) || uv_run(&f.loop, UV_RUN_NOWAIT) < 0)
        ;
    assert_in_range(d.pos, 1, strlen(text) - 1);
    return status;
}

#define SLOW                                                                                       \
    "Slow: "                                                                                       \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
    "aaa\r\n"

static void drips(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
        "HTTP/1.1\r\n" HOST "\r\n",
        "GET /info HTTP/1.1\r\n" HOST SLOW "\r\n",
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\n"
        "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789",
    };
    f.config.request_timeout_ms = SHORT_MS;
    start();
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        struct rawclient d;
        rawclient_open(&d, &f.loop, httpd_address(&f.server));
        assert_int_equal(drip(&d, TEXTS[i]), 408);
        assert_string_equal(d.body, "{\"code\":\"request-timeout\"}");
        rawclient_close(&d);
    }
    assert_int_equal(f.n_requests, 0);
    assert_int_equal(f.server.stats.faults[HTTPD_FAULT_TIMEOUT], 3);
}

static void half_a_request(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "G",
        "GET /info HTTP/1.1\r\nHos",
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    };
    f.config.request_timeout_ms = SHORT_MS;
    start();
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        struct rawclient d;
        rawclient_open(&d, &f.loop, httpd_address(&f.server));
        rawclient_say(&d, TEXTS[i]);
        assert_int_equal(rawclient_reply(&d), 408);
        rawclient_wait_closed(&d);
        rawclient_close(&d);
    }
}

/* Requests of every kind of end, for what comes after them. */
static const char *const WHOLE[] = {
    "GET /info HTTP/1.1\r\n" HOST "\r\n",
    "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello",
    "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "POST /early HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello",
};
enum { N_WHOLE = sizeof WHOLE / sizeof WHOLE[0] };

/* The second request of a connection has its own time. */
static void half_a_second_request(void **state)
{
    (void)state;
    f.config.request_timeout_ms = SHORT_MS;
    start();
    for (size_t i = 0; i < N_WHOLE; i++) {
        struct rawclient d;
        rawclient_open(&d, &f.loop, httpd_address(&f.server));
        rawclient_say(&d, WHOLE[i]);
        assert_int_not_equal(rawclient_reply(&d), 0);
        rawclient_say(&d, "GET /info HT");
        assert_int_equal(rawclient_reply(&d), 408);
        rawclient_wait_closed(&d);
        rawclient_close(&d);
    }
}

static void idle_is_closed_in_silence(void **state)
{
    (void)state;
    f.config.request_timeout_ms = SHORT_MS;
    f.config.idle_timeout_ms = 2 * SHORT_MS;
    start();
    rawclient_wait_closed(&c);
    assert_int_equal(c.in_len, 0);
    for (size_t i = 0; i < N_WHOLE; i++) {
        struct rawclient d;
        rawclient_open(&d, &f.loop, httpd_address(&f.server));
        rawclient_say(&d, WHOLE[i]);
        assert_int_not_equal(rawclient_reply(&d), 0);
        rawclient_wait_closed(&d);
        assert_int_equal(d.in_len, 0);
        rawclient_close(&d);
    }
    assert_int_equal(f.server.stats.idle_closed, 1 + N_WHOLE);
    assert_int_equal(f.server.stats.faults[HTTPD_FAULT_TIMEOUT], 0);
}

/* What the handler takes is not the client's time. */
static void slow_handler(void **state)
{
    (void)state;
    f.config.request_timeout_ms = f.config.idle_timeout_ms = SHORT_MS;
    start();
    rawclient_say(&c, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    httpd_fixture_hold(&f, 1);
    struct rawclient d; /* its end tells that the time-outs have passed */
    rawclient_open(&d, &f.loop, httpd_address(&f.server));
    rawclient_say(&d, "GET");
    assert_int_equal(rawclient_reply(&d), 408);
    rawclient_close(&d);
    httpd_fixture_answer(&f, 0, "at last");
    assert_int_equal(rawclient_reply(&c), 200);
}

/* ---- deaf and gone ---- */

static void takes_nothing(void **state)
{
    (void)state;
    struct rawclient deaf;
    f.config.request_timeout_ms = SHORT_MS;
    start();
    rawclient_open_deaf(&deaf, &f.loop, httpd_address(&f.server));
    rawclient_say(&deaf, "GET /large HTTP/1.1\r\n" HOST "\r\n");
    looprun_count(&f.loop, &f.n_reader_done, 1);
    assert_int_equal(f.server.stats.idle_closed, 1);
    rawclient_close(&deaf);
}

static void leaves_before_the_answer(void **state)
{
    (void)state;
    struct rawclient d[2];
    f.config.request_timeout_ms = SHORT_MS;
    start();
    for (unsigned i = 0; i < 2; i++) {
        rawclient_open(&d[i], &f.loop, httpd_address(&f.server));
        rawclient_say(&d[i], "POST /later HTTP/1.1\r\n" HOST "Content-Length: 2000\r\n\r\n");
        static char body[2000];
        rawclient_send(&d[i], body, sizeof body);
        httpd_fixture_hold(&f, i + 1);
    }
    rawclient_close(&d[0]);
    rawclient_reset(&d[1]);
    looprun_count(&f.loop, &f.n_gone, 2);
    assert_int_equal(f.n_done, 0);
    assert_int_equal(httpd_body(f.held[0]).len, 2000); /* still there */
    httpd_fixture_answer(&f, 0, "to nobody");
    httpd_fixture_answer(&f, 1, "to nobody");
    looprun_count(&f.loop, &f.n_done, 2);
}

static void leaves_in_the_middle(void **state)
{
    (void)state;
    struct rawclient d;
    start();
    rawclient_open(&d, &f.loop, httpd_address(&f.server));
    rawclient_say(&d, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 500000\r\n\r\nabc");
    looprun_count(&f.loop, &f.n_headers, 1);
    rawclient_close(&d);
    looprun_count(&f.loop, &f.n_done, 1);
    assert_int_equal(f.n_requests, 0);
    assert_int_equal(f.server.stats.body_bytes, 0);
}

static void stream_without_a_reader(void **state)
{
    (void)state;
    struct rawclient d;
    static char event[100000];
    f.config.request_timeout_ms = SHORT_MS;
    start();
    rawclient_open(&d, &f.loop, httpd_address(&f.server));
    rawclient_say(&d, "GET /events HTTP/1.1\r\n" HOST "\r\n");
    httpd_fixture_hold(&f, 1);
    rawclient_close(&d);
    looprun_count(&f.loop, &f.n_done, 1); /* noticed although nothing is sent */
    assert_int_equal(f.n_gone, 1);
    struct rawclient deaf;
    rawclient_open_deaf(&deaf, &f.loop, httpd_address(&f.server));
    rawclient_say(&deaf, "GET /events HTTP/1.1\r\n" HOST "\r\n");
    httpd_fixture_hold(&f, 2);
    unsigned n = 0;
    while (httpd_stream_write(f.held[0], event, sizeof event))
        assert_true(++n < 1000);
    assert_in_range(n, 41, 42); /* 4 MiB */
    looprun_count(&f.loop, &f.n_done, 2);
    rawclient_close(&deaf);
}

/* ---- many ---- */

static bool has_room(void *arg)
{
    (void)arg;
    return f.server.stats.connections < f.config.max_connections;
}

static void over_max_connections(void **state)
{
    (void)state;
    struct rawclient d[4];
    f.config.max_connections = 3;
    start();
    for (int i = 0; i < 2; i++) {
        rawclient_open(&d[i], &f.loop, httpd_address(&f.server));
        rawclient_say(&d[i], "GET /info HTTP/1.1\r\n" HOST "\r\n");
        assert_int_equal(rawclient_reply(&d[i]), 200);
    }
    rawclient_open(&d[2], &f.loop, httpd_address(&f.server));
    rawclient_wait_closed(&d[2]);
    assert_int_equal(d[2].in_len, 0);
    assert_int_equal(f.server.stats.refused, 1);
    rawclient_close(&d[0]);
    looprun_until(&f.loop, has_room, NULL);
    rawclient_open(&d[3], &f.loop, httpd_address(&f.server));
    rawclient_say(&d[3], "GET /info HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(rawclient_reply(&d[3]), 200);
    rawclient_close(&d[1]);
    rawclient_close(&d[2]);
    rawclient_close(&d[3]);
}

/* 2,000 connections that say nothing, or half of something, do not keep the others waiting. */
static void two_thousand_idle(void **state)
{
    (void)state;
    enum { N = 2000 };
    struct err e;
    struct rawclient *d = calloc(N, sizeof *d);
    assert_non_null(d);
    if (listener_raise_descriptors(2 * N + 800, &e) != ERR_OK)
        skip();
    f.config.max_connections = N + 1;
    start();
    for (unsigned i = 0; i < N; i++) {
        rawclient_open(&d[i], &f.loop, httpd_address(&f.server));
        if (i % 2 == 0)
            rawclient_say(&d[i], "POST /echo HTTP/1.1\r\nHost: slow");
        if (i % 50 == 0)
            uv_run(&f.loop, UV_RUN_NOWAIT);
    }
    for (int i = 0; i < 1000; i++) {
        rawclient_say(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nok");
        assert_int_equal(rawclient_reply(&c), 200);
    }
    assert_int_equal(f.server.stats.connections, N + 1);
    for (unsigned i = 0; i < N; i++)
        rawclient_close(&d[i]);
    free(d);
}

static void more_connections_than_descriptors(void **state)
{
    (void)state;
    struct rlimit lim;
    struct err e;
    getrlimit(RLIMIT_NOFILE, &lim);
    if (lim.rlim_max > 100000) { /* some machines allow more than any setting can ask for */
        lim.rlim_max = 100000;
        lim.rlim_cur = lim.rlim_cur < lim.rlim_max ? lim.rlim_cur : lim.rlim_max;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
    }
    f.config.max_connections = (unsigned)lim.rlim_max;
    assert_err(httpd_open(&f.server, &f.loop, &f.config, &e), ERR_LIMIT);
    assert_non_null(strstr(e.msg, "LimitNOFILE"));
    f.config.max_connections = 10;
    start();
}

/* ---- closing hard ---- */

static void on_closed(struct httpd *h)
{
    (void)h;
    f.n_closed++;
    f.is_open = false;
}

static void closed_hard(void **state)
{
    (void)state;
    struct rawclient d[3];
    static const char *const TEXTS[] = {
        "GET /large HTTP/1.1\r\n" HOST "\r\n",
        "GET /events HTTP/1.1\r\n" HOST "\r\n",
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 50000\r\n\r\nabc",
    };
    start();
    rawclient_say(&c, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    httpd_fixture_hold(&f, 1);
    for (unsigned i = 0; i < 3; i++) {
        rawclient_open_deaf(&d[i], &f.loop, httpd_address(&f.server));
        rawclient_say(&d[i], TEXTS[i]);
        looprun_count(&f.loop, &f.n_headers, i + 2);
    }
    httpd_close(&f.server, on_closed);
    rawclient_wait_closed(&c);
    looprun_count(&f.loop, &f.n_gone, 1);
    looprun_count(&f.loop, &f.n_done, 3);
    assert_int_equal(f.n_closed, 0);
    assert_true(httpd_is_gone(f.held[0]));
    assert_null(httpd_header(f.held[0], "Host"));
    httpd_fixture_answer(&f, 0, "to nobody");
    looprun_count(&f.loop, &f.n_closed, 1);
    assert_int_equal(f.n_done, 4);
    for (unsigned i = 0; i < 3; i++)
        rawclient_close(&d[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, init, stop)
        T(ambiguous_framing),
        T(malformed_headers),
        T(refused_by_the_library),
        T(body_over_the_limit),
        T(much_too_long_a_header),
        T(much_too_large_a_body),
        T(too_much_at_once),
        T(endless_chunk_extension),
        T(drips),
        T(half_a_request),
        T(half_a_second_request),
        T(idle_is_closed_in_silence),
        T(slow_handler),
        T(takes_nothing),
        T(leaves_before_the_answer),
        T(leaves_in_the_middle),
        T(stream_without_a_reader),
        T(over_max_connections),
        T(two_thousand_idle),
        T(more_connections_than_descriptors),
        T(closed_hard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
