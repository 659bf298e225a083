/* A raw client on the loop under test: see rawclient.h. */
#include "tests/rawclient.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/looprun.h"

/* Returns: false once there is nothing more to read for now, or ever. */
static bool read_some(struct rawclient *c)
{
    static char buf[1 << 16];
    ssize_t n = recv(c->fd, buf, sizeof buf, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0) {
        c->is_closed = true;
        c->is_reset |= n < 0;
        uv_poll_stop(&c->poll);
        return false;
    }
    while (c->in_len + (size_t)n + 1 > c->in_cap) {
        c->in_cap *= 2;
        c->in = realloc(c->in, c->in_cap);
        assert_non_null(c->in);
    }
    memcpy(c->in + c->in_len, buf, (size_t)n);
    c->in_len += (size_t)n;
    c->in[c->in_len] = '\0';
    return true;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct rawclient *c = poll->data;
    bool has_more = read_some(c);
    while (status < 0 && has_more) /* after an error libuv does not call again */
        has_more = read_some(c);
}

static int connect_to(const char *address)
{
    struct sockaddr_storage addr = {0};
    socklen_t len;
    const char *port = strrchr(address, ':');
    if (address[0] == '/') {
        struct sockaddr_un *un = (struct sockaddr_un *)&addr;
        un->sun_family = AF_UNIX;
        snprintf(un->sun_path, sizeof un->sun_path, "%s", address);
        len = sizeof *un;
    } else if (address[0] == '[') {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&addr;
        in6->sin6_family = AF_INET6;
        in6->sin6_addr = in6addr_loopback;
        in6->sin6_port = htons((uint16_t)strtoul(port + 1, NULL, 10));
        len = sizeof *in6;
    } else {
        struct sockaddr_in *in = (struct sockaddr_in *)&addr;
        in->sin_family = AF_INET;
        in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        in->sin_port = htons((uint16_t)strtoul(port + 1, NULL, 10));
        len = sizeof *in;
    }
    int fd = socket(addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&addr, len) != 0)
        fail_msg("connect to %s: %s", address, strerror(errno));
    return fd;
}

void rawclient_open_deaf(struct rawclient *c, uv_loop_t *loop, const char *address)
{
    *c = (struct rawclient){.loop = loop, .fd = connect_to(address)};
    c->in_cap = 4096;
    c->in = calloc(1, c->in_cap);
    assert_non_null(c->in);
    assert_int_equal(uv_poll_init(loop, &c->poll, c->fd), 0); /* also makes it non-blocking */
    c->poll.data = c;
}

void rawclient_watch(struct rawclient *c)
{
    uv_poll_start(&c->poll, UV_READABLE, on_readable);
}

void rawclient_open(struct rawclient *c, uv_loop_t *loop, const char *address)
{
    rawclient_open_deaf(c, loop, address);
    rawclient_watch(c);
}

void rawclient_send(struct rawclient *c, const void *data, size_t len)
{
    const char *at = data;
    for (int patience = 0; len > 0; patience++) {
        ssize_t n = send(c->fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) {
            c->is_reset = true; /* what had come before can still be read */
            return;
        }
        if (n > 0) {
            at += n;
            len -= (size_t)n;
            patience = 0;
        }
        if (len > 0)
            uv_run(c->loop, UV_RUN_NOWAIT);
        if (patience > 10000000)
            fail_msg("nobody reads what is sent");
    }
}

void rawclient_say(struct rawclient *c, const char *text)
{
    rawclient_send(c, text, strlen(text));
}

static void take(struct rawclient *c, size_t n)
{
    memmove(c->in, c->in + n, c->in_len - n + 1);
    c->in_len -= n;
}

static void keep(struct rawclient *c, size_t head_len, const char *body, size_t body_len)
{
    free(c->head);
    free(c->body);
    c->head = strndup(c->in, head_len);
    c->body = malloc(body_len + 1);
    assert_non_null(c->body);
    memcpy(c->body, body, body_len);
    c->body[body_len] = '\0';
    c->body_len = body_len;
    c->status = atoi(c->head + strlen("HTTP/1.1 "));
}

/* The whole chunked body at `at` joined into out. Returns: bytes taken, 0 if it is not all there. */
static size_t join_chunks(const char *at, size_t len, char *out, size_t *ret_len)
{
    size_t pos = 0;
    *ret_len = 0;
    for (;;) {
        const char *eol = memmem(at + pos, len - pos, "\r\n", 2);
        if (eol == NULL)
            return 0;
        size_t n = strtoul(at + pos, NULL, 16);
        pos = (size_t)(eol + 2 - at);
        if (len < pos + n + 2)
            return 0;
        memcpy(out + *ret_len, at + pos, n);
        *ret_len += n;
        pos += n + 2;
        if (n == 0)
            return pos;
    }
}

/* Take a whole response off the input. Returns: false if it is not all there. */
static bool take_reply(struct rawclient *c, bool has_body)
{
    char *end = memmem(c->in, c->in_len, "\r\n\r\n", 4);
    if (end == NULL)
        return false;
    size_t head_len = (size_t)(end - c->in), have = c->in_len - head_len - 4;
    char *head = strndup(c->in, head_len), *length = strcasestr(head, "\r\nContent-Length:");
    bool is_chunked = strcasestr(head, "\r\nTransfer-Encoding: chunked") != NULL, is_whole = true;
    size_t body_len = length != NULL && has_body ? strtoul(length + 17, NULL, 10) : 0,
           taken = body_len;
    char *joined = NULL;
    const char *body = end + 4;
    if (is_chunked && has_body) {
        joined = malloc(have + 1);
        assert_non_null(joined);
        taken = join_chunks(end + 4, have, joined, &body_len);
        is_whole = taken > 0;
        body = joined;
    }
    if (is_whole && have >= taken) {
        keep(c, head_len, body, body_len);
        take(c, head_len + 4 + taken);
    } else {
        is_whole = false;
    }
    free(head);
    free(joined);
    return is_whole;
}

static bool has_reply(void *arg)
{
    struct rawclient *c = arg;
    return take_reply(c, true) || c->is_closed;
}

static bool has_head(void *arg)
{
    struct rawclient *c = arg;
    return take_reply(c, false) || c->is_closed;
}

int rawclient_reply(struct rawclient *c)
{
    c->status = 0;
    looprun_until(c->loop, has_reply, c);
    return c->status;
}

int rawclient_reply_to_head(struct rawclient *c)
{
    c->status = 0;
    looprun_until(c->loop, has_head, c);
    return c->status;
}

struct awaited {
    struct rawclient *client;
    const char *text;
};

static bool has_text(void *arg)
{
    struct awaited *a = arg;
    return memmem(a->client->in, a->client->in_len, a->text, strlen(a->text)) != NULL ||
           a->client->is_closed;
}

bool rawclient_wait_for(struct rawclient *c, const char *text)
{
    struct awaited a = {c, text};
    looprun_until(c->loop, has_text, &a);
    return memmem(c->in, c->in_len, text, strlen(text)) != NULL;
}

static bool is_closed(void *arg)
{
    return ((struct rawclient *)arg)->is_closed;
}

void rawclient_wait_closed(struct rawclient *c)
{
    looprun_until(c->loop, is_closed, c);
}

static void on_poll_closed(uv_handle_t *handle)
{
    handle->data = NULL;
}

void rawclient_close(struct rawclient *c)
{
    uv_poll_stop(&c->poll);
    close(c->fd);
    uv_close((uv_handle_t *)&c->poll, on_poll_closed);
    while (c->poll.data != NULL)
        uv_run(c->loop, UV_RUN_NOWAIT);
    free(c->in);
    free(c->head);
    free(c->body);
}

void rawclient_reset(struct rawclient *c)
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    rawclient_close(c);
}
