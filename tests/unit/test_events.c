/* The stream of changes of batches: what a reader is told, when he comes back, when he is too slow. */
#include "tests/harness.h"
#include "tests/looprun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/events.h"
#include "tests/memfolder.h"
#include "tests/rawclient.h"

#define MAP_SIZE (256u << 20)

static uv_loop_t loop;
static struct store *store;
static struct events ev;
static struct httpd server;
static unsigned n_done, n_closed, n_folders;
static uint64_t after;      /* what the next reader asks for */
static uint64_t timeout_ms; /* of requests, and for seeing that a reader left */
static struct err e;

/* ------------------------------------------------------------------ the server and the store */

static size_t on_headers(struct httpd_request *req)
{
    (void)req;
    return 0;
}

static void on_request(struct httpd_request *req)
{
    events_subscribe(&ev, httpd_user(req), req, after);
}

static void on_drained(struct httpd_request *req)
{
    events_continue(&ev, httpd_user(req));
}

static void on_done(struct httpd_request *req)
{
    events_leave(&ev, httpd_user(req));
    n_done++;
}

static void on_closed(struct httpd *h)
{
    (void)h;
    n_closed++;
}

static void open_store(void)
{
    char path[256];
    snprintf(path, sizeof path, "%s/events-%u", memfolder(), n_folders++);
    struct store_options options = {.path = path, .map_size = MAP_SIZE};
    assert_ok(store_open(&store, &options, &e), e);
}

static void serve(uint64_t heartbeat_ms)
{
    struct httpd_config config = {
        .listen = "127.0.0.1:0",
        .listen_fd = -1,
        .max_connections = 20,
        .max_streams = 3,
        .max_bodies = 4096,
        .request_timeout_ms = timeout_ms,
        .idle_timeout_ms = 600000,
        .user_size = sizeof(struct events_reader),
        .handler = {.on_headers = on_headers, .on_request = on_request, .on_drained = on_drained, .on_done = on_done},
    };
    ev = (struct events){.loop = &loop, .store = store, .heartbeat_ms = heartbeat_ms};
    assert_ok(events_open(&ev, &e), e);
    assert_ok(httpd_open(&server, &loop, &config, &e), e);
}

static int set_up(void **state)
{
    (void)state;
    n_done = n_closed = 0;
    after = UINT64_MAX;
    timeout_ms = 600000;
    uv_loop_init(&loop);
    open_store();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    httpd_close(&server, on_closed);
    looprun_count(&loop, &n_closed, 1);
    assert_int_equal(events_readers(&ev), 0);
    events_close(&ev);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    events_done(&ev);
    store_close(store);
    return 0;
}

/* Seal the empty batches first … last, with open anchors or final ones. */
static void seal(uint64_t first, uint64_t last, bool final)
{
    struct store_write *w;
    assert_ok(store_write_begin(store, &w, &e), e);
    for (uint64_t k = first; k <= last; k++) {
        struct store_batch batch = {.k = k, .first = 1, .sealed_at = 1000 + k, .status = final ? STORE_FINAL : STORE_SEALED};
        memcpy(batch.anchored.b, &k, sizeof k);
        memcpy(batch.seal.b, &k, sizeof k);
        assert_ok(store_batch_put(w, &batch, NULL, &e), e);
        assert_ok(store_anchor_put(w, k, final, "job", 3, &e), e);
    }
    assert_ok(store_write_commit(w, &e), e);
}

/* Change the status of a batch; done: its anchor needs no more work. */
static void mark(uint64_t k, enum store_status status, bool done)
{
    struct store_write *w;
    assert_ok(store_write_begin(store, &w, &e), e);
    assert_ok(store_batch_mark(w, k, status, status >= STORE_MINED ? 2000 : 0, status == STORE_FINAL ? 3000 : 0, &e), e);
    assert_ok(store_anchor_put(w, k, done, "job", 3, &e), e);
    assert_ok(store_write_commit(w, &e), e);
}

/* What the reader got so far, its chunks joined. */
static const char *body(const struct rawclient *c)
{
    static char *text;
    size_t len = 0;
    text = realloc(text, c->in_len + 1);
    assert_non_null(text);
    const char *at = strstr(c->in, "\r\n\r\n"), *end = c->in + c->in_len;
    for (at = at != NULL ? at + 4 : end; at < end;) {
        char *data;
        size_t n = strtoul(at, &data, 16);
        data += strlen("\r\n");
        if (n == 0 || data > end || (size_t)(end - data) < n + 2)
            break;
        memcpy(text + len, data, n);
        len += n;
        at = data + n + 2;
    }
    text[len] = '\0';
    return text;
}

struct awaited {
    const struct rawclient *c;
    const char *what;
};

static bool has_come(void *arg)
{
    const struct awaited *a = arg;
    return a->c->is_closed || strstr(body(a->c), a->what) != NULL;
}

static const char *wait_for(const struct rawclient *c, const char *what)
{
    struct awaited a = {c, what};
    looprun_until(&loop, has_come, &a);
    assert_non_null(strstr(body(c), what));
    return body(c);
}

static bool has_two_readers(void *arg)
{
    (void)arg;
    return events_readers(&ev) >= 2;
}

static void subscribe(struct rawclient *c, uint64_t place)
{
    after = place;
    rawclient_open(c, &loop, httpd_address(&server));
    rawclient_say(c, "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
    wait_for(c, "retry: 3000\n");
}

static unsigned count(const char *text, const char *what)
{
    unsigned n = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
        n++;
    return n;
}

/* ------------------------------------------------------------------ tests */

static void changes_are_told(void **state)
{
    (void)state;
    struct rawclient c;
    serve(60000);
    subscribe(&c, UINT64_MAX);
    wait_for(&c, "id: 0\n\n");
    assert_non_null(strstr(c.in, "Content-Type: text/event-stream"));
    seal(1, 1, false);
    events_changed(&ev, 1);
    wait_for(&c, "id: 0\nevent: batch\ndata: {\"number\":1,\"status\":\"sealed\",\"leafCount\":0,\"anchored\":\"01000000");
    wait_for(&c, "\"sealedAt\":\"1970-01-01T00:16:41Z\",\"minedAt\":null,\"finalAt\":null}\n\n");
    events_changed(&ev, 1); /* nothing that can be seen: a fee was raised, say */
    mark(1, STORE_SENT, false);
    events_changed(&ev, 1);
    mark(1, STORE_FINAL, true);
    events_changed(&ev, 1);
    wait_for(&c, "\"finalAt\":\"1970-01-01T00:50:00Z\"}\n\n");
    assert_int_equal(count(body(&c), "event: batch\n"), 3);
    assert_non_null(strstr(body(&c), "id: 1\nevent: batch\ndata: {\"number\":1,\"status\":\"final\""));
    assert_int_equal(ev.sent, 3);
    rawclient_close(&c);
}

static void who_comes_back_misses_nothing(void **state)
{
    (void)state;
    struct rawclient c;
    seal(1, 3, true);
    seal(4, 5, false);
    serve(60000);
    mark(4, STORE_MINED, false);
    events_changed(&ev, 4);
    subscribe(&c, 2);
    wait_for(&c, "\"number\":5");
    assert_null(strstr(body(&c), "\"number\":2"));
    assert_non_null(strstr(body(&c), "id: 3\nevent: batch\ndata: {\"number\":3,\"status\":\"final\""));
    assert_non_null(strstr(body(&c), "id: 3\nevent: batch\ndata: {\"number\":4,\"status\":\"mined\""));
    assert_non_null(strstr(body(&c), "id: 3\nevent: batch\ndata: {\"number\":5,\"status\":\"sealed\""));
    mark(5, STORE_FINAL, true); /* out of order: batch 4 is still to be waited for */
    events_changed(&ev, 5);
    wait_for(&c, "id: 3\nevent: batch\ndata: {\"number\":5,\"status\":\"final\"");
    mark(4, STORE_FINAL, true);
    events_changed(&ev, 4);
    wait_for(&c, "id: 5\nevent: batch\ndata: {\"number\":4,\"status\":\"final\"");
    rawclient_close(&c);
}

/* Far more than the backlog: read from the store as it is taken, in order, each once. */
static void a_long_past_is_read_as_it_is_taken(void **state)
{
    (void)state;
    struct rawclient c;
    seal(1, 4000, true);
    serve(60000);
    subscribe(&c, 0);
    seal(4001, 4001, false);
    events_changed(&ev, 4001); /* while the reader is on his way: told once, in its place */
    wait_for(&c, "\"number\":4001,");
    assert_int_equal(count(body(&c), "event: batch\n"), 4001);
    const char *at = body(&c);
    for (uint64_t k = 1; k <= 4001; k++) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "\ndata: {\"number\":%u,", (unsigned)k);
        at = strstr(at, wanted);
        assert_non_null(at);
    }
    mark(4001, STORE_SENT, false);
    events_changed(&ev, 4001);
    wait_for(&c, "\"number\":4001,\"status\":\"sent\"");
    assert_int_equal(ev.cut, 0);
    rawclient_close(&c);
}

/* A later anchor proves earlier batches, whose own anchors were given up: they follow it. */
static void batches_proven_by_a_later_one(void **state)
{
    (void)state;
    struct rawclient c;
    seal(1, 3, false);
    serve(60000);
    mark(1, STORE_SEALED, true);
    mark(2, STORE_SEALED, true);
    mark(3, STORE_SENT, false);
    subscribe(&c, UINT64_MAX);
    events_changed(&ev, 3);
    wait_for(&c, "id: 0\nevent: batch\ndata: {\"number\":3,\"status\":\"sent\"");
    for (uint64_t k = 1; k <= 3; k++)
        mark(k, STORE_FINAL, true);
    events_changed(&ev, 3);
    wait_for(&c, "id: 3\nevent: batch\ndata: {\"number\":3,\"status\":\"final\"");
    const char *text = body(&c), *one = strstr(text, "{\"number\":1,\"status\":\"final\""), *two = strstr(text, "{\"number\":2,\"status\":\"final\"");
    assert_true(one != NULL && two != NULL && one < two);
    assert_int_equal(ev.sent, 4);
    rawclient_close(&c);
}

static void who_does_not_read_is_cut(void **state)
{
    (void)state;
    struct rawclient deaf, good;
    seal(1, 1, false);
    serve(60000);
    subscribe(&good, UINT64_MAX);
    after = UINT64_MAX;
    rawclient_open_deaf(&deaf, &loop, httpd_address(&server));
    rawclient_say(&deaf, "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
    looprun_until(&loop, has_two_readers, NULL);
    for (unsigned i = 0; ev.cut == 0; i++) { /* the kernel takes some megabytes first */
        assert_true(i < 200000);
        mark(1, i % 2 == 0 ? STORE_SENT : STORE_SEALED, false);
        events_changed(&ev, 1);
        char last[48];
        snprintf(last, sizeof last, "\"status\":\"%s\"", i % 2 == 0 ? "sent" : "sealed");
        assert_true(rawclient_wait_for(&good, last)); /* one event, one chunk */
        good.in[good.in_len = 0] = '\0';
    }
    assert_int_equal(ev.cut, 1);
    rawclient_watch(&deaf); /* what was written before is there, then the end */
    assert_true(rawclient_wait_for(&deaf, "\r\n0\r\n\r\n")); /* megabytes: not taken apart event by event */
    assert_memory_equal(deaf.in, "HTTP/1.1 200", 12);
    looprun_count(&loop, &n_done, 1);
    assert_int_equal(events_readers(&ev), 1); /* the other is not disturbed */
    rawclient_close(&deaf);
    rawclient_close(&good);
}

static void heartbeats(void **state)
{
    (void)state;
    struct rawclient c;
    serve(1);
    subscribe(&c, UINT64_MAX);
    wait_for(&c, "\n:\n\n");
    rawclient_close(&c);
}

static void readers_are_bounded(void **state)
{
    (void)state;
    struct rawclient c[4], head;
    timeout_ms = 2000; /* so that one who left is missed soon */
    serve(60000);
    for (unsigned i = 0; i < 3; i++)
        subscribe(&c[i], UINT64_MAX);
    rawclient_open(&c[3], &loop, httpd_address(&server));
    rawclient_say(&c[3], "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(rawclient_reply(&c[3]), 503);
    rawclient_open(&head, &loop, httpd_address(&server));
    rawclient_say(&head, "HEAD /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(rawclient_reply_to_head(&head), 200);
    assert_int_equal(events_readers(&ev), 3);
    rawclient_close(&c[1]);
    looprun_count(&loop, &n_done, 3);
    assert_int_equal(events_readers(&ev), 2);
    subscribe(&c[1], UINT64_MAX);
    for (unsigned i = 0; i < 4; i++)
        rawclient_close(&c[i]);
    rawclient_close(&head);
}

static void streams_end_with_the_service(void **state)
{
    (void)state;
    struct rawclient c;
    serve(60000);
    subscribe(&c, UINT64_MAX);
    httpd_drain(&server, on_closed);
    assert_int_equal(rawclient_reply(&c), 200); /* whole: its last chunk is there */
    rawclient_wait_closed(&c);
    rawclient_close(&c);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(changes_are_told),
        T(who_comes_back_misses_nothing),
        T(a_long_past_is_read_as_it_is_taken),
        T(batches_proven_by_a_later_one),
        T(who_does_not_read_is_cut),
        T(heartbeats),
        T(readers_are_bounded),
        T(streams_end_with_the_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
