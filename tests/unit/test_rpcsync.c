/* Blocking JSON-RPC against a server that answers what it is told to, one connection an answer. */
#include "tests/harness.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/limits.h"
#include "common/text.h"
#include "daemon/ctl/rpcsync.h"

/* A server for one request. */
struct server {
    int fd;
    char url[64];
    pthread_t thread;
    const char *head; /* of the answer, without Content-Length; NULL: close without a word */
    const char *body;
    size_t padding;     /* blanks after the body */
    char request[4096]; /* what came */
};

/* Until the JSON of the request is whole: it ends with a brace and has no other line after its head. */
static void receive(struct server *s, int fd)
{
    size_t len = 0;
    while (len == 0 || s->request[len - 1] != '}') {
        ssize_t n = recv(fd, s->request + len, sizeof s->request - 1 - len, 0);
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    s->request[len] = '\0';
}

static void *serve(void *user)
{
    struct server *s = user;
    int fd = accept(s->fd, NULL, NULL);
    struct text t = {0};
    receive(s, fd);
    if (s->head != NULL) {
        text_putf(&t, "%sContent-Length: %zu\r\nConnection: close\r\n\r\n%s", s->head,
                  strlen(s->body) + s->padding, s->body);
        for (size_t i = 0; i < s->padding; i++)
            text_putc(&t, ' ');
        size_t sent = 0;
        while (sent < t.len) {
            ssize_t n = send(fd, t.data + sent, t.len - sent, MSG_NOSIGNAL);
            if (n <= 0)
                break; /* the client has had enough */
            sent += (size_t)n;
        }
    }
    text_done(&t);
    close(fd);
    return NULL;
}

static void start(struct server *s)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(s->fd, 1), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&address, &len), 0);
    snprintf(s->url, sizeof s->url, "http://user:word@127.0.0.1:%u/key", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

/* Ask the server for its chain id. */
static enum err_code ask(struct server *s, uint64_t *ret, struct err *e)
{
    struct rpcsync r;
    struct ethrpc_reply reply = {0};
    start(s);
    assert_ok(rpcsync_open(&r, s->url, e), *e);
    enum err_code rc =
        rpcsync_call(&r, &(struct ethrpc_request){.method = ETHRPC_CHAIN_ID}, &reply, e);
    if (rc == ERR_OK)
        rc = ethrpc_get_u64(&reply, ret, e);
    ethrpc_done(&reply);
    rpcsync_close(&r);
    pthread_join(s->thread, NULL);
    close(s->fd);
    return rc;
}

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define GOOD "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0xaa36a7\"}"

static void a_good_answer(void **state)
{
    (void)state;
    struct server s = {.head = OK_HEAD, .body = GOOD, .padding = 1000};
    uint64_t chain_id = 0;
    struct err e;
    setenv("http_proxy", "http://127.0.0.1:1/", 1); /* not asked */
    assert_ok(ask(&s, &chain_id, &e), e);
    unsetenv("http_proxy");
    assert_int_equal(chain_id, 11155111);
    assert_int_equal(strncmp(s.request, "POST /key HTTP/1.1\r\n", 20), 0);
    assert_non_null(strstr(s.request, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(s.request, "\"eth_chainId\""));
}

static void bad_answers(void **state)
{
    (void)state;
    static const struct {
        struct server server;
        enum err_code code;
        const char *message;
    } cases[] = {
        {{.head = NULL}, ERR_IO, "eth_chainId: "},
        {{.head = OK_HEAD, .body = "hello"}, ERR_RPC, "eth_chainId"},
        {{.head = OK_HEAD, .body = "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"0x1\"}"},
         ERR_RPC,
         "eth_chainId"},
        {{.head = "HTTP/1.1 503 Busy\r\n", .body = "<html>"}, ERR_RPC, "HTTP 503: eth_chainId"},
        {{.head = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n", .body = ""},
         ERR_RPC,
         "HTTP 302"},
        {{.head = OK_HEAD, .body = GOOD, .padding = LIMITS_RPC_REPLY_BYTES},
         ERR_LIMIT,
         "longer than 4194304 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct server s = cases[i].server;
        uint64_t chain_id = 5;
        struct err e;
        assert_err(ask(&s, &chain_id, &e), cases[i].code);
        if (strstr(e.msg, cases[i].message) == NULL)
            fail_msg("\"%s\" is not in \"%s\"", cases[i].message, e.msg);
        assert_null(strstr(e.msg, "word"));
        assert_null(strstr(e.msg, "/key"));
        assert_int_equal(chain_id, 5);
    }
}

/* A node may well answer an error with another status than 200. */
static void an_error_of_the_node_is_an_answer(void **state)
{
    (void)state;
    struct server s = {
        .head = "HTTP/1.1 429 Slow down\r\n",
        .body =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32005,\"message\":\"slow down\"}}"};
    uint64_t chain_id;
    struct err e;
    assert_err(ask(&s, &chain_id, &e), ERR_RPC);
    assert_non_null(strstr(e.msg, "slow down"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_answer),
        cmocka_unit_test(bad_answers),
        cmocka_unit_test(an_error_of_the_node_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
