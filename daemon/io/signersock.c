/* hallmark-signer over its Unix socket: see signersock.h. */
#include "daemon/io/signersock.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

/* One request on its way. Freed once both handles are closed. */
struct signersock_exchange {
    struct signersock *sock;
    struct signersock_exchange *next;
    struct signer_request *r; /* NULL: answered */
    uv_pipe_t pipe;
    uv_timer_t timer;
    uv_connect_t connect;
    uv_write_t write;
    struct text line;
    char in[SIGNERLINE_MAX + 1];
    size_t in_len;
    unsigned n_handles;
};

static void on_closed(uv_handle_t *handle)
{
    struct signersock_exchange *x = handle->data;
    if (--x->n_handles > 0)
        return;
    text_done(&x->line);
    free(x);
}

/* The request is over, well or not: answer it, and hang up. */
static void finish(struct signersock_exchange *x)
{
    struct signer_request *r = x->r;
    for (struct signersock_exchange **at = &x->sock->running; *at != NULL; at = &(*at)->next)
        if (*at == x) {
            *at = x->next;
            break;
        }
    x->r = NULL;
    uv_close((uv_handle_t *)&x->pipe, on_closed);
    uv_close((uv_handle_t *)&x->timer, on_closed);
    signer_finish(r);
}

static void fail(struct signersock_exchange *x, int status)
{
    signer_fail(x->r, SIGNER_DOWN, ERR_IO, "hallmark-signer at %s: %s", x->sock->path,
                status == UV_EOF ? "it hung up" : uv_strerror(status));
    finish(x);
}

static void on_timer(uv_timer_t *timer)
{
    struct signersock_exchange *x = timer->data;
    signer_fail(x->r, SIGNER_SLOW, ERR_TIMEOUT, "hallmark-signer gave no answer within %llu ms",
                (unsigned long long)x->sock->timeout_ms);
    finish(x);
}

/* ------------------------------------------------------------------ the answer */

static void take_line(struct signersock_exchange *x, size_t len)
{
    struct signerline_reply reply;
    struct signer_request *r = x->r;
    struct err e;
    if (signerline_read_reply(&reply, x->in, len, &e) != ERR_OK) {
        signer_fail(r, SIGNER_GARBAGE, e.code, "the answer of hallmark-signer: %s", e.msg);
    } else if (reply.code != SIGNERLINE_OK) {
        signer_fail(r, reply.code == SIGNERLINE_NO_KEY ? SIGNER_OTHER_KEY : SIGNER_REFUSED, ERR_DENIED,
                    "hallmark-signer refuses (%s): %s", reply.code_name, reply.message);
    } else if (r->is_sign != (reply.raw_len > 0)) {
        signer_fail(r, SIGNER_GARBAGE, ERR_PARSE, "hallmark-signer answered another question");
    } else {
        memcpy(r->raw, reply.raw, reply.raw_len);
        r->raw_len = reply.raw_len;
        memcpy(r->keys, reply.keys, sizeof reply.keys);
        r->n_keys = reply.n_keys;
    }
    finish(x);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct signersock_exchange *x = handle->data;
    (void)suggested;
    *buf = uv_buf_init(x->in + x->in_len, (unsigned)(sizeof x->in - x->in_len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct signersock_exchange *x = stream->data;
    if (x->r == NULL || n == 0)
        return;
    if (n < 0 && n != UV_ENOBUFS) {
        fail(x, (int)n);
        return;
    }
    char *end = n > 0 ? memchr(buf->base, '\n', (size_t)n) : NULL;
    x->in_len += n > 0 ? (size_t)n : 0;
    if (end != NULL) {
        take_line(x, (size_t)(end - x->in));
    } else if (x->in_len == sizeof x->in) {
        signer_fail(x->r, SIGNER_GARBAGE, ERR_LIMIT, "the answer of hallmark-signer is too long");
        finish(x);
    }
}

static void on_written(uv_write_t *write, int status)
{
    struct signersock_exchange *x = write->data;
    if (x->r != NULL && status < 0)
        fail(x, status);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct signersock_exchange *x = connect->data;
    uv_buf_t buf = uv_buf_init(x->line.data, (unsigned)x->line.len);
    if (x->r == NULL)
        return;
    if (status == 0)
        status = uv_read_start((uv_stream_t *)&x->pipe, on_alloc, on_read);
    if (status == 0)
        status = uv_write(&x->write, (uv_stream_t *)&x->pipe, &buf, 1, on_written);
    if (status < 0)
        fail(x, status);
}

/* ------------------------------------------------------------------ the backend */

/* Owner: takes the line over. */
static void start(struct signersock *sock, struct signer_request *r, struct text line)
{
    struct signersock_exchange *x = calloc(1, sizeof *x);
    text_putc(&line, '\n');
    if (x == NULL || line.failed) {
        free(x);
        text_done(&line);
        signer_fail(r, SIGNER_DOWN, ERR_NOMEM, "out of memory");
        signer_finish(r);
        return;
    }
    *x = (struct signersock_exchange){.sock = sock, .r = r, .line = line, .n_handles = 2, .next = sock->running};
    sock->running = x;
    uv_pipe_init(sock->loop, &x->pipe, 0);
    uv_timer_init(sock->loop, &x->timer);
    x->pipe.data = x->timer.data = x->connect.data = x->write.data = x;
    uv_timer_start(&x->timer, on_timer, sock->timeout_ms, 0);
    uv_pipe_connect(&x->connect, &x->pipe, sock->path, on_connected);
}

static void sock_keys(void *self, struct signer_request *r)
{
    struct text line = {0};
    signerline_put_keys(&line);
    start(self, r, line);
}

static void sock_sign(void *self, struct signer_request *r)
{
    struct text line = {0};
    signerline_put_sign(&line, &r->from, &r->tx);
    start(self, r, line);
}

static void sock_close(void *self)
{
    struct signersock *sock = self;
    while (sock->running != NULL)
        finish(sock->running); /* the signer says cancelled */
}

const struct signer_backend signersock_backend = {
    .name = "hallmark-signer", .keys = sock_keys, .sign = sock_sign, .close = sock_close};
