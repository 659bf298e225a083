/* A server that misbehaves on purpose: see faultserver.h. */
#include "tests/faultserver.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/harness.h"

struct faultserver_peer {
    uv_tcp_t tcp;
    struct faultserver *server;
    struct faultserver_peer *prev, *next;
    char in[1 << 17];
    size_t in_len;
};

struct sending {
    uv_write_t write;
    bool is_last;
    char data[];
};

static void on_peer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void drop(struct faultserver_peer *p)
{
    if (uv_is_closing((uv_handle_t *)&p->tcp))
        return;
    if (p->prev != NULL)
        p->prev->next = p->next;
    else
        p->server->peers = p->next;
    if (p->next != NULL)
        p->next->prev = p->prev;
    uv_close((uv_handle_t *)&p->tcp, on_peer_closed);
}

static void on_sent(uv_write_t *write, int status)
{
    struct sending *s = (struct sending *)write;
    struct faultserver_peer *p = write->handle->data;
    if (s->is_last || status != 0)
        drop(p);
    free(s);
}

static void answer(struct faultserver_peer *p)
{
    struct faultserver *server = p->server;
    size_t reply_len = server->reply != NULL ? strlen(server->reply) : 0,
           len = reply_len + server->filler;
    if (len == 0) {
        if (server->is_closing)
            drop(p);
        return;
    }
    struct sending *s = malloc(sizeof *s + len);
    assert_non_null(s);
    if (reply_len > 0)
        memcpy(s->data, server->reply, reply_len);
    memset(s->data + reply_len, 'x', server->filler);
    s->is_last = server->is_closing;
    uv_buf_t buf = uv_buf_init(s->data, (unsigned)len);
    uv_write(&s->write, (uv_stream_t *)&p->tcp, &buf, 1, on_sent);
}

/* Length of the request at the front of the input, 0 if it is not all there. */
static size_t whole_request(const struct faultserver_peer *p)
{
    const char *end = memmem(p->in, p->in_len, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    const char *length = strcasestr(p->in, "\r\nContent-Length:");
    size_t len = (size_t)(end + 4 - p->in);
    if (length != NULL && length < end)
        len += strtoul(length + 17, NULL, 10);
    return len <= p->in_len ? len : 0;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    (void)buf;
    struct faultserver_peer *p = stream->data;
    struct faultserver *s = p->server;
    size_t len;
    if (n < 0) {
        drop(p);
        return;
    }
    p->in_len += (size_t)n;
    p->in[p->in_len] = '\0';
    while ((len = whole_request(p)) > 0) {
        s->n_requests++;
        snprintf(s->last, sizeof s->last, "%.*s", (int)len, p->in);
        memmove(p->in, p->in + len, p->in_len - len + 1);
        p->in_len -= len;
        answer(p);
    }
}

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *buf)
{
    (void)wanted;
    struct faultserver_peer *p = handle->data;
    *buf = uv_buf_init(p->in + p->in_len, (unsigned)(sizeof p->in - p->in_len - 1));
}

static void on_connection(uv_stream_t *listen, int status)
{
    struct faultserver *s = listen->data;
    struct faultserver_peer *p = calloc(1, sizeof *p);
    assert_int_equal(status, 0);
    assert_non_null(p);
    uv_tcp_init(listen->loop, &p->tcp);
    p->tcp.data = p;
    p->server = s;
    assert_int_equal(uv_accept(listen, (uv_stream_t *)&p->tcp), 0);
    p->next = s->peers;
    if (p->next != NULL)
        p->next->prev = p;
    s->peers = p;
    s->n_connections++;
    uv_read_start((uv_stream_t *)&p->tcp, on_alloc, on_read);
}

void faultserver_open(struct faultserver *s, uv_loop_t *loop)
{
    struct sockaddr_in addr;
    int len = sizeof addr;
    *s = (struct faultserver){0};
    uv_tcp_init(loop, &s->listen);
    s->listen.data = s;
    uv_ip4_addr("127.0.0.1", 0, &addr);
    assert_int_equal(uv_tcp_bind(&s->listen, (struct sockaddr *)&addr, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&s->listen, 64, on_connection), 0);
    uv_tcp_getsockname(&s->listen, (struct sockaddr *)&addr, &len);
    snprintf(s->text, sizeof s->text, "127.0.0.1:%u", ntohs(addr.sin_port));
    s->address = s->text;
}

const char *faultserver_http(int status, const char *type, const char *body)
{
    static char text[8192];
    snprintf(text, sizeof text,
             "HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", status, type,
             strlen(body), body);
    return text;
}

void faultserver_close(struct faultserver *s)
{
    uv_close((uv_handle_t *)&s->listen, NULL);
    while (s->peers != NULL)
        drop(s->peers);
}
