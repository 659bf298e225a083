/* The safety rules for URLs that come out of documents, against a server on this machine. */
#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

#include "tests/scriptserver.h"
#include "verifier/fetch.h"

struct world {
    struct fetch fetch;
    struct fetch_reply reply;
    struct err e;
};

static struct world open_world(void)
{
    struct world w = {0};
    assert_ok(fetch_open(&w.fetch, &w.e), w.e);
    return w;
}

static void close_world(struct world *w)
{
    text_done(&w->reply.body);
    fetch_close(&w->fetch);
}

static enum err_code get(struct world *w, const char *url)
{
    struct fetch_request request = {.url = url, .max_reply = 1000, .token = "secret"};
    return fetch_do(&w->fetch, &request, &w->reply, &w->e);
}

/* "https://127.0.0.1:PORT" of a server that speaks http. */
static const char *over_tls(const struct scriptserver *server)
{
    static char url[80];
    snprintf(url, sizeof url, "https%s", server->url + strlen("http"));
    return url;
}

static void a_documents_url_is_public_and_https(void **state)
{
    (void)state;
    static const struct scriptserver_line NEVER[] = {{200, "never asked"}};
    static const struct {
        const char *url;
        enum err_code rc;
    } CASES[] = {
        {"http://192.0.2.1/", ERR_DENIED},
        {"https://192.0.2.1/", ERR_DENIED},
        {"https://user@192.0.2.1/", ERR_DENIED},
        {"https://user:pass@example.org/", ERR_DENIED},
        {"https://localhost/", ERR_DENIED},
        {"https://[::1]/", ERR_DENIED},
        {"https://[::ffff:127.0.0.1]/", ERR_DENIED},
        {"https://0x7f000001/", ERR_DENIED},
        {"https://2130706433/", ERR_DENIED},
        {"https://127.1/", ERR_DENIED},
        {"https://169.254.169.254/latest/meta-data/", ERR_DENIED},
        {"ftp://192.0.2.1/", ERR_INVALID},
        {"file:///etc/passwd", ERR_INVALID},
        {"https://", ERR_INVALID},
    };
    struct world w = open_world();
    struct scriptserver server;
    scriptserver_open(&server, NEVER, 1);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        enum err_code rc = get(&w, CASES[i].url);
        if (rc != CASES[i].rc)
            fail_msg("%s: %s (%s)", CASES[i].url, err_name(rc), w.e.msg);
    }
    assert_err(get(&w, server.url), ERR_DENIED);
    assert_err(get(&w, over_tls(&server)), ERR_DENIED);
    assert_string_equal(w.e.msg, "a document's URL may not lead to a private address");
    scriptserver_close(&server);
    assert_int_equal(server.n_requests, 0);
    close_world(&w);
}

static void an_allowed_origin_is_asked_as_it_says(void **state)
{
    (void)state;
    static const struct scriptserver_line SCRIPT[] = {{200, "one"}, {404, "two"}};
    struct world w = open_world();
    struct scriptserver server;
    char url[120];
    scriptserver_open(&server, SCRIPT, 2);
    assert_ok(fetch_allow(&w.fetch, server.url, &w.e), w.e);
    snprintf(url, sizeof url, "%s/a?b", over_tls(&server));
    assert_ok(get(&w, url), w.e);
    assert_int_equal(w.reply.status, 200);
    assert_string_equal(text_string(&w.reply.body), "one");
    snprintf(url, sizeof url, "%s/c", server.url);
    assert_ok(get(&w, url), w.e);
    assert_int_equal(w.reply.status, 404);
    scriptserver_wait(&server);
    assert_non_null(strstr(server.requests[0], "GET /a?b "));
    assert_null(strstr(server.requests[0], "secret"));
    assert_null(strstr(server.requests[1], "Authorization"));
    scriptserver_close(&server);
    close_world(&w);
}

static void what_is_no_origin(void **state)
{
    (void)state;
    static const char *const BAD[] = {"127.0.0.1:80", "ftp://h", "http://", "http://h/", "http://u@h",
                                      "https://h?q", "http://h h"};
    struct world w = open_world();
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        assert_err(fetch_allow(&w.fetch, BAD[i], &w.e), ERR_INVALID);
    for (size_t i = 0; i < FETCH_MAX_ALLOWED; i++)
        assert_ok(fetch_allow(&w.fetch, "https://h:8443", &w.e), w.e);
    assert_err(fetch_allow(&w.fetch, "https://h", &w.e), ERR_LIMIT);
    close_world(&w);
}

#define REDIRECT(to) "HTTP/1.1 302 Found\r\nLocation: " to "\r\nContent-Length: 0\r\n\r\n"

static void redirects_keep_to_the_rules(void **state)
{
    (void)state;
    static const struct {
        const char *reply;
        enum err_code rc;
        const char *says;
    } CASES[] = {
        {REDIRECT("http://example.org/"), ERR_DENIED, "https"},
        {REDIRECT("https://127.0.0.1:1/"), ERR_DENIED, "private"},
        {REDIRECT("https://[::1]:1/"), ERR_DENIED, "private"},
        {REDIRECT("https://a:b@example.org/"), ERR_DENIED, "user name"},
        {REDIRECT("file:///etc/passwd"), ERR_INVALID, "http"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct scriptserver_line script[] = {{0, CASES[i].reply}};
        struct world w = open_world();
        struct scriptserver server;
        scriptserver_open(&server, script, 1);
        assert_ok(fetch_allow(&w.fetch, server.url, &w.e), w.e);
        enum err_code rc = get(&w, server.url);
        if (rc != CASES[i].rc || strstr(w.e.msg, CASES[i].says) == NULL)
            fail_msg("%s: %s (%s)", CASES[i].reply, err_name(rc), w.e.msg);
        scriptserver_close(&server);
        close_world(&w);
    }
}

static void redirects_are_followed_and_counted(void **state)
{
    (void)state;
    static const struct scriptserver_line SCRIPT[] = {
        {0, REDIRECT("/b")}, {200, "there"},
        {0, REDIRECT("/1")}, {0, REDIRECT("/2")}, {0, REDIRECT("/3")},
        {0, REDIRECT("/4")}, {0, REDIRECT("/5")}, {0, REDIRECT("/6")},
    };
    struct world w = open_world();
    struct scriptserver server;
    scriptserver_open(&server, SCRIPT, 8);
    assert_ok(fetch_allow(&w.fetch, server.url, &w.e), w.e);
    assert_ok(get(&w, server.url), w.e);
    assert_string_equal(text_string(&w.reply.body), "there");
    assert_err(get(&w, server.url), ERR_LIMIT);
    scriptserver_wait(&server);
    assert_non_null(strstr(server.requests[1], "GET /b "));
    scriptserver_close(&server);
    close_world(&w);
}

/* Who answered in the end is said if it is another than was asked. */
static void redirects_to_another_site(void **state)
{
    static const struct scriptserver_line THERE[] = {{200, "keys of another"}, {200, "keys"}};
    char redirect[200];
    struct world w = open_world();
    struct scriptserver server, other;
    (void)state;
    scriptserver_open(&other, THERE, 2);
    snprintf(redirect, sizeof redirect, "HTTP/1.1 301 Moved\r\nLocation: %s/did.json\r\nContent-Length: 0\r\n\r\n", other.url);
    const struct scriptserver_line script[] = {{0, redirect}, {0, REDIRECT("/b")}, {200, "here"}};
    scriptserver_open(&server, script, 3);
    assert_ok(fetch_allow(&w.fetch, server.url, &w.e), w.e);
    assert_ok(fetch_allow(&w.fetch, other.url, &w.e), w.e);
    assert_ok(get(&w, server.url), w.e);
    assert_string_equal(text_string(&w.reply.body), "keys of another");
    assert_string_equal(w.reply.elsewhere, other.url + strlen("http://"));
    assert_ok(get(&w, server.url), w.e);
    assert_string_equal(w.reply.elsewhere, "");
    assert_ok(get(&w, other.url), w.e);
    assert_string_equal(w.reply.elsewhere, "");
    scriptserver_close(&server);
    scriptserver_close(&other);
    close_world(&w);
}

static void a_users_url_is_not_redirected(void **state)
{
    (void)state;
    static const struct scriptserver_line SCRIPT[] = {{0, REDIRECT("/b")}};
    struct world w = open_world();
    struct scriptserver server;
    scriptserver_open(&server, SCRIPT, 1);
    struct fetch_request request = {
        .url = server.url, .trust = FETCH_OF_USER, .max_reply = 1000, .token = "secret"};
    assert_ok(fetch_do(&w.fetch, &request, &w.reply, &w.e), w.e);
    assert_int_equal(w.reply.status, 302);
    scriptserver_wait(&server);
    assert_non_null(strstr(server.requests[0], "Authorization: Bearer secret"));
    scriptserver_close(&server);
    close_world(&w);
}

static void limits(void **state)
{
    (void)state;
    static const struct scriptserver_line SCRIPT[] = {{200, "12345"}, {200, "123456"}, {-1, NULL}};
    struct world w = open_world();
    struct scriptserver server;
    scriptserver_open(&server, SCRIPT, 3);
    assert_ok(fetch_allow(&w.fetch, server.url, &w.e), w.e);
    struct fetch_request request = {.url = server.url, .max_reply = 5};
    assert_ok(fetch_do(&w.fetch, &request, &w.reply, &w.e), w.e);
    assert_err(fetch_do(&w.fetch, &request, &w.reply, &w.e), ERR_LIMIT);
    request.timeout_ms = 50;
    assert_err(fetch_do(&w.fetch, &request, &w.reply, &w.e), ERR_TIMEOUT);
    scriptserver_close(&server);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_documents_url_is_public_and_https),
        cmocka_unit_test(an_allowed_origin_is_asked_as_it_says),
        cmocka_unit_test(what_is_no_origin),
        cmocka_unit_test(redirects_keep_to_the_rules),
        cmocka_unit_test(redirects_are_followed_and_counted),
        cmocka_unit_test(redirects_to_another_site),
        cmocka_unit_test(a_users_url_is_not_redirected),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
