/* A server for tests: see httpd_fixture.h. */
#include "tests/httpd_fixture.h"
#include "tests/looprun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONG_MS 600000 /* no test takes so long, on no machine */

static void reply_text(struct httpd_request *req, unsigned status, const char *text)
{
    const struct httpd_response response = {.status = status,
                                            .content_type = "text/plain",
                                            .body = text,
                                            .len = strlen(text),
                                            .owner = HTTPD_COPIED};
    httpd_reply(req, &response);
}

static struct httpd_fixture *fixture_of(struct httpd_request *req)
{
    return httpd_self(req);
}

static size_t on_headers(struct httpd_request *req)
{
    struct httpd_fixture *f = fixture_of(req);
    f->n_headers++;
    const unsigned char *user = httpd_user(req);
    for (size_t i = 0; i < f->config.user_size; i++)
        assert_int_equal(user[i], 0);
    memset(httpd_user(req), 0xa5, f->config.user_size);
    if (strcmp(httpd_path(req), "/early") == 0)
        reply_text(req, 401, "who are you");
    if (strcmp(httpd_path(req), "/short") == 0)
        return 10;
    return 1u << 20;
}

char httpd_fixture_large(uint64_t pos)
{
    return (char)(pos * 2654435761u >> 24);
}

static ssize_t read_large(void *ctx, uint64_t pos, char *buf, size_t max)
{
    (void)ctx;
    for (size_t i = 0; i < max; i++)
        buf[i] = httpd_fixture_large(pos + i);
    return (ssize_t)max;
}

static ssize_t read_broken(void *ctx, uint64_t pos, char *buf, size_t max)
{
    return pos >= 100000 ? -1 : read_large(ctx, pos, buf, max < 50000 ? max : 50000);
}

static void on_reader_done(void *ctx)
{
    ((struct httpd_fixture *)ctx)->n_reader_done++;
}

static void reply_info(struct httpd_request *req)
{
    char text[512], remote[HTTPD_REMOTE_LEN];
    const char *a = httpd_query(req, "a"), *b = httpd_query(req, "b"),
               *x = httpd_header(req, "x-test");
    snprintf(text, sizeof text, "%s %s a=%s(%u) b=%s x=%s(%u) remote=%s", httpd_method(req),
             httpd_path(req), a != NULL ? a : "-", httpd_count_query(req, "a"), b != NULL ? b : "-",
             x != NULL ? x : "-", httpd_count_header(req, "x-test"), httpd_remote(req, remote));
    reply_text(req, 200, text);
}

static void hold(struct httpd_request *req)
{
    struct httpd_fixture *f = fixture_of(req);
    unsigned i = 0;
    while (f->held[i] != NULL)
        i++;
    assert_true(i < sizeof f->held / sizeof f->held[0]);
    f->held[i] = req;
}

static void on_request(struct httpd_request *req)
{
    static const struct httpd_response HEAD = {.status = 200,
                                               .content_type = "application/octet-stream"};
    struct httpd_fixture *f = fixture_of(req);
    const char *path = httpd_path(req);
    f->n_requests++;
    if (strcmp(path, "/echo") == 0 || strcmp(path, "/short") == 0) {
        struct slice body = httpd_body(req);
        const struct httpd_response r = {
            .status = 200, .body = body.data, .len = body.len, .owner = HTTPD_BORROWED};
        httpd_reply(req, &r);
    } else if (strcmp(path, "/info") == 0) {
        reply_info(req);
    } else if (strcmp(path, "/given") == 0) {
        const struct httpd_response r = {.status = 201,
                                         .body = strdup("given"),
                                         .len = 5,
                                         .owner = HTTPD_GIVEN,
                                         .headers = {{"Location", "/x"}, {"X-Two", "2"}}};
        httpd_reply(req, &r);
    } else if (strcmp(path, "/large") == 0) {
        httpd_reply_reader(req, &HEAD, HTTPD_FIXTURE_LARGE, read_large, on_reader_done, f);
    } else if (strcmp(path, "/broken") == 0) {
        httpd_reply_reader(req, &HEAD, HTTPD_FIXTURE_LARGE, read_broken, on_reader_done, f);
    } else if (strcmp(path, "/later") == 0) {
        hold(req);
    } else if (strcmp(path, "/events") == 0) {
        if (httpd_stream_open(req, &HEAD, 4u << 20))
            hold(req);
    } else {
        reply_text(req, 404, "no such thing");
    }
}

static void forget(struct httpd_fixture *f, struct httpd_request *req)
{
    for (size_t i = 0; i < sizeof f->held / sizeof f->held[0]; i++)
        if (f->held[i] == req)
            f->held[i] = NULL;
}

static void on_gone(struct httpd_request *req)
{
    assert_true(httpd_is_gone(req));
    fixture_of(req)->n_gone++;
}

static void on_done(struct httpd_request *req)
{
    fixture_of(req)->n_done++;
    forget(fixture_of(req), req);
}

static size_t make_error(void *self, enum httpd_fault fault, char *body, size_t cap)
{
    (void)self;
    int n = snprintf(body, cap, "{\"code\":\"%s\"}", httpd_fault_info[fault].code);
    return (size_t)n;
}

void httpd_fixture_init(struct httpd_fixture *f)
{
    *f = (struct httpd_fixture){0};
    uv_loop_init(&f->loop);
    f->config = (struct httpd_config){
        .listen = "127.0.0.1:0",
        .listen_fd = -1,
        .max_connections = 100,
        .max_streams = 2,
        .max_bodies = 4u << 20,
        .request_timeout_ms = LONG_MS,
        .idle_timeout_ms = LONG_MS,
        .user_size = 40,
        .handler = {.self = f,
                    .on_headers = on_headers,
                    .on_request = on_request,
                    .on_gone = on_gone,
                    .on_done = on_done,
                    .make_error = make_error,
                    .error_type = "application/problem+json"},
    };
}

void httpd_fixture_start(struct httpd_fixture *f)
{
    struct err e;
    assert_ok(httpd_open(&f->server, &f->loop, &f->config, &e), e);
    f->server.softclose.max_ms = LONG_MS;
    f->is_open = true;
}

void httpd_fixture_hold(struct httpd_fixture *f, unsigned n)
{
    looprun_count(&f->loop, &f->n_requests, n);
}

void httpd_fixture_answer(struct httpd_fixture *f, unsigned i, const char *text)
{
    assert_non_null(f->held[i]);
    reply_text(f->held[i], 200, text);
}

static void on_closed(struct httpd *h)
{
    struct httpd_fixture *f = h->config.handler.self;
    f->n_closed++;
    f->is_open = false;
}

void httpd_fixture_stop(struct httpd_fixture *f)
{
    if (f->is_open)
        httpd_close(&f->server, on_closed);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_false(f->is_open);
    assert_int_equal(f->n_done, f->n_headers);
    assert_int_equal(f->server.stats.body_bytes, 0);
    assert_int_equal(f->server.stats.streams, 0);
    assert_int_equal(f->server.stats.connections, 0);
    assert_int_equal(uv_loop_close(&f->loop), 0);
}
