/* httpd with clients that behave: requests, answers now and later, streams, TLS, drain. */
#include "tests/httpd_fixture.h"
#include "tests/looprun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct httpd_fixture f;
static struct rawclient c;

static int set_up(void **state)
{
    (void)state;
    httpd_fixture_init(&f);
    httpd_fixture_start(&f);
    rawclient_open(&c, &f.loop, httpd_address(&f.server));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rawclient_close(&c);
    httpd_fixture_stop(&f);
    return 0;
}

#define HOST "Host: a\r\n"

static void echo(void **state)
{
    (void)state;
    rawclient_say(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello");
    assert_int_equal(rawclient_reply(&c), 200);
    assert_string_equal(c.body, "hello");
    rawclient_say(&c, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                      "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nTrailer: x\r\n\r\n");
    assert_int_equal(rawclient_reply(&c), 200);
    assert_string_equal(c.body, "abcdefg");
    assert_int_equal(f.server.stats.accepted, 1);
    assert_int_equal(f.server.stats.by_class[2], 2);
}

static void large_body(void **state)
{
    (void)state;
    static char body[1 << 20], head[200];
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = httpd_fixture_large(i);
    int n = snprintf(head, sizeof head,
                     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", sizeof body);
    rawclient_send(&c, head, (size_t)n);
    rawclient_send(&c, body, sizeof body);
    assert_int_equal(rawclient_reply(&c), 200);
    assert_int_equal(c.body_len, sizeof body);
    assert_memory_equal(c.body, body, sizeof body);
}

static void what_a_request_says(void **state)
{
    (void)state;
    rawclient_say(&c, "DELETE /info?a=1%202&b&a=x HTTP/1.1\r\n" HOST
                      "X-Test: one\r\nx-test: two\r\n\r\n");
    assert_int_equal(rawclient_reply(&c), 200);
    assert_string_equal(c.body, "DELETE /info a=1%202(2) b= x=one(2) remote=127.0.0.1");
    rawclient_say(&c, "GET http://example.org/info HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(rawclient_reply(&c), 200);
    assert_string_equal(c.body, "GET /info a=-(0) b=- x=-(0) remote=127.0.0.1");
    rawclient_say(&c, "OPTIONS /%69nfo HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(rawclient_reply(&c), 404);
}

static void given_and_head(void **state)
{
    (void)state;
    rawclient_say(&c, "GET /given HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(rawclient_reply(&c), 201);
    assert_string_equal(c.body, "given");
    assert_non_null(strstr(c.head, "\r\nLocation: /x"));
    assert_non_null(strstr(c.head, "\r\nX-Two: 2"));
    rawclient_say(&c, "HEAD /given HTTP/1.1\r\n" HOST "\r\nHEAD /large HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(rawclient_reply_to_head(&c), 201);
    assert_non_null(strstr(c.head, "\r\nContent-Length: 5"));
    assert_int_equal(rawclient_reply_to_head(&c), 200);
    assert_non_null(strstr(c.head, "\r\nContent-Length: 8388608"));
    rawclient_say(&c, "GET /info HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(rawclient_reply(&c), 200);
    assert_int_equal(f.n_reader_done, 1);
}

/* An early answer keeps the connection if what is left of the request is small. */
static void early_answer(void **state)
{
    (void)state;
    rawclient_say(&c, "POST /early HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello"
                      "GET /early HTTP/1.1\r\n" HOST "\r\nGET /info HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(rawclient_reply(&c), 401);
    assert_int_equal(rawclient_reply(&c), 401);
    assert_int_equal(rawclient_reply(&c), 200);
    assert_int_equal(f.n_requests, 1);
    rawclient_say(&c, "POST /early HTTP/1.1\r\n" HOST "Content-Length: 500000\r\n\r\nhello");
    assert_int_equal(rawclient_reply(&c), 401);
    assert_non_null(strstr(c.head, "\r\nConnection: close"));
    rawclient_wait_closed(&c);
    assert_false(c.is_reset);
}

static void asks_before_it_sends(void **state)
{
    (void)state;
    rawclient_say(&c, "POST /echo HTTP/1.1\r\n" HOST
                      "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_true(rawclient_wait_for(&c, "HTTP/1.1 100 Continue\r\n\r\n"));
    rawclient_reply_to_head(&c);
    rawclient_say(&c, "ok");
    assert_int_equal(rawclient_reply(&c), 200);
    assert_string_equal(c.body, "ok");
    rawclient_say(&c, "POST /early HTTP/1.1\r\n" HOST
                      "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_int_equal(rawclient_reply(&c), 401);
}

static void answers_later(void **state)
{
    (void)state;
    struct rawclient d;
    rawclient_open(&d, &f.loop, httpd_address(&f.server));
    rawclient_say(&c, "POST /later HTTP/1.1\r\n" HOST
                      "Content-Length: 3\r\n\r\nabcGET /info HTTP/1.1\r\n" HOST "\r\n");
    httpd_fixture_hold(&f, 1);
    rawclient_say(&d, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    httpd_fixture_hold(&f, 2);
    assert_int_equal(httpd_body(f.held[0]).len, 3);
    httpd_fixture_answer(&f, 1, "second");
    assert_int_equal(rawclient_reply(&d), 200);
    assert_string_equal(d.body, "second");
    assert_int_equal(f.n_requests, 2); /* a pipelined request waits for the one before it */
    httpd_fixture_answer(&f, 0, "first");
    assert_int_equal(rawclient_reply(&c), 200);
    assert_string_equal(c.body, "first");
    assert_int_equal(rawclient_reply(&c), 200);
    rawclient_close(&d);
}

static void many_pipelined(void **state)
{
    (void)state;
    enum { N = 2000 };
    char line[100], expected[16];
    for (int i = 0; i < N; i++) {
        int n = snprintf(line, sizeof line,
                         "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\n%04d", i);
        rawclient_send(&c, line, (size_t)n);
    }
    for (int i = 0; i < N; i++) {
        assert_int_equal(rawclient_reply(&c), 200);
        snprintf(expected, sizeof expected, "%04d", i);
        assert_string_equal(c.body, expected);
    }
}

/* A client with a thousand requests on the wire does not keep another one waiting for them. */
static void pipelining_is_fair(void **state)
{
    (void)state;
    enum { N = 1000 };
    struct rawclient d;
    for (int i = 0; i < N; i++)
        rawclient_say(&c, "GET /info HTTP/1.1\r\n" HOST "\r\n");
    rawclient_open(&d, &f.loop, httpd_address(&f.server));
    rawclient_say(&d, "GET /echo HTTP/1.1\r\n" HOST "\r\n");
    unsigned before = f.n_requests;
    assert_int_equal(rawclient_reply(&d), 200);
    assert_in_range(f.n_requests - before, 1, 100);
    rawclient_close(&d);
}

static void large_answer(void **state)
{
    (void)state;
    rawclient_say(&c, "GET /large HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(rawclient_reply(&c), 200);
    assert_int_equal(c.body_len, HTTPD_FIXTURE_LARGE);
    for (size_t i = 0; i < c.body_len; i += 997)
        assert_int_equal(c.body[i], httpd_fixture_large(i));
    rawclient_say(&c, "GET /broken HTTP/1.1\r\n" HOST "\r\n");
    rawclient_wait_closed(&c);
    assert_in_range(c.in_len, 100000, 101000);
    assert_int_equal(f.n_reader_done, 2);
}

static void events(void **state)
{
    (void)state;
    rawclient_say(&c, "GET /events HTTP/1.1\r\n" HOST "\r\n");
    httpd_fixture_hold(&f, 1);
    assert_int_equal(f.server.stats.streams, 1);
    assert_true(httpd_stream_write(f.held[0], "data: 1\n\n", 9));
    assert_true(rawclient_wait_for(&c, "data: 1\n\n"));
    assert_true(httpd_stream_write(f.held[0], "data: 2\n\n", 9));
    assert_true(httpd_stream_write(f.held[0], "data: 3\n\n", 9));
    assert_true(rawclient_wait_for(&c, "data: 3\n\n"));
    httpd_stream_end(f.held[0]);
    assert_int_equal(rawclient_reply(&c), 200);
    assert_string_equal(c.body, "data: 1\n\ndata: 2\n\ndata: 3\n\n");
    assert_int_equal(f.n_done, 1);
    rawclient_say(&c, "HEAD /events HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(rawclient_reply_to_head(&c), 200);
    assert_int_equal(f.n_done, 2);
}

static void more_streams_than_allowed(void **state)
{
    (void)state;
    struct rawclient d[2];
    for (unsigned i = 0; i < 2; i++) {
        rawclient_open(&d[i], &f.loop, httpd_address(&f.server));
        rawclient_say(&d[i], "GET /events HTTP/1.1\r\n" HOST "\r\n");
        httpd_fixture_hold(&f, i + 1);
    }
    rawclient_say(&c, "GET /events HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(rawclient_reply(&c), 503);
    assert_string_equal(c.body, "{\"code\":\"overloaded\"}");
    assert_non_null(strstr(c.head, "\r\nRetry-After: 1"));
    rawclient_close(&d[0]);
    rawclient_close(&d[1]);
}

static void http_1_0(void **state)
{
    (void)state;
    rawclient_say(&c, "GET /info HTTP/1.0\r\n\r\n");
    assert_int_equal(rawclient_reply(&c), 200);
    rawclient_wait_closed(&c);
}

static void on_drained(struct httpd *h)
{
    f.is_open = false;
    f.n_closed++;
    assert_int_equal(h->stats.connections, 0);
}

static void drain(void **state)
{
    (void)state;
    struct rawclient idle, streaming;
    rawclient_open(&idle, &f.loop, httpd_address(&f.server));
    rawclient_open(&streaming, &f.loop, httpd_address(&f.server));
    rawclient_say(&streaming, "GET /events HTTP/1.1\r\n" HOST "\r\n");
    httpd_fixture_hold(&f, 1);
    rawclient_say(&c, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    httpd_fixture_hold(&f, 2);
    httpd_drain(&f.server, on_drained);
    rawclient_wait_closed(&idle);
    assert_int_equal(rawclient_reply(&streaming), 200);
    assert_int_equal(f.n_closed, 0);
    httpd_fixture_answer(&f, f.held[0] != NULL ? 0 : 1, "last words");
    assert_int_equal(rawclient_reply(&c), 200);
    assert_string_equal(c.body, "last words");
    assert_non_null(strstr(c.head, "\r\nConnection: close"));
    looprun_count(&f.loop, &f.n_closed, 1);
    rawclient_close(&idle);
    rawclient_close(&streaming);
}

/* A request that began before the drain is served, but no stream is opened any more. */
static void drain_in_the_middle_of_a_body(void **state)
{
    (void)state;
    struct rawclient d;
    rawclient_open(&d, &f.loop, httpd_address(&f.server));
    rawclient_say(&c, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhe");
    rawclient_say(&d, "POST /events HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhe");
    looprun_count(&f.loop, &f.n_headers, 2);
    httpd_drain(&f.server, on_drained);
    rawclient_say(&c, "llo");
    rawclient_say(&d, "llo");
    assert_int_equal(rawclient_reply(&c), 200);
    assert_string_equal(c.body, "hello");
    assert_int_equal(rawclient_reply(&d), 503);
    looprun_count(&f.loop, &f.n_closed, 1);
    rawclient_close(&d);
}

static void close_with_nobody_there(void **state)
{
    (void)state;
    struct httpd_fixture *g = calloc(1, sizeof *g);
    assert_non_null(g);
    httpd_fixture_init(g);
    httpd_fixture_start(g);
    httpd_fixture_stop(g);
    assert_int_equal(g->n_closed, 1);
    free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(echo),
        T(large_body),
        T(what_a_request_says),
        T(given_and_head),
        T(early_answer),
        T(asks_before_it_sends),
        T(answers_later),
        T(many_pipelined),
        T(pipelining_is_fair),
        T(large_answer),
        T(events),
        T(more_streams_than_allowed),
        T(http_1_0),
        T(drain),
        T(drain_in_the_middle_of_a_body),
        T(close_with_nobody_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
