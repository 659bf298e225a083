/* Answers of known length: see httpd.h. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "daemon/io/httpd.h"
#include "daemon/io/httpd_internal.h"

static struct MHD_Response *from_buffer(const struct httpd_response *r)
{
    static const enum MHD_ResponseMemoryMode MODES[] = {
        [HTTPD_BORROWED] = MHD_RESPMEM_PERSISTENT,
        [HTTPD_COPIED] = MHD_RESPMEM_MUST_COPY,
        [HTTPD_GIVEN] = MHD_RESPMEM_MUST_FREE,
    };
    /* libmicrohttpd takes a plain void pointer, but does not write through it. */
    union {
        const void *in;
        void *out;
    } body = {.in = r->len > 0 ? r->body : ""};
    bool is_given = r->owner == HTTPD_GIVEN && r->body != NULL;
    struct MHD_Response *made = MHD_create_response_from_buffer(
        r->len, body.out, r->len > 0 ? MODES[r->owner] : MHD_RESPMEM_PERSISTENT);
    if (is_given && (made == NULL || r->len == 0)) {
        body.in = r->body;
        free(body.out);
    }
    return made;
}

struct MHD_Response *httpd_reply_headers(struct httpd_request *req,
                                         const struct httpd_response *from, struct MHD_Response *to)
{
    bool ok = to != NULL;
    if (ok && from->content_type != NULL)
        ok = MHD_add_response_header(to, MHD_HTTP_HEADER_CONTENT_TYPE, from->content_type) ==
             MHD_YES;
    for (size_t i = 0; ok && i < HTTPD_MAX_HEADERS && from->headers[i].name != NULL; i++)
        ok = MHD_add_response_header(to, from->headers[i].name, from->headers[i].value) == MHD_YES;
    if (ok && req->server->is_draining)
        ok = MHD_add_response_header(to, MHD_HTTP_HEADER_CONNECTION, "close") == MHD_YES;
    if (!ok && to != NULL)
        MHD_destroy_response(to);
    return ok ? to : NULL;
}

void httpd_reply(struct httpd_request *req, const struct httpd_response *response)
{
    httpd_access_answer(req, response->status,
                        httpd_reply_headers(req, response, from_buffer(response)));
}

void httpd_reply_fault(struct httpd_request *req, enum httpd_fault fault)
{
    char body[1024];
    struct httpd *h = req->server;
    const struct httpd_handler *handler = &h->config.handler;
    struct httpd_response response = {.status = httpd_fault_info[fault].status,
                                      .content_type = handler->error_type,
                                      .body = body,
                                      .owner = HTTPD_COPIED};
    if (handler->make_error != NULL)
        response.len = handler->make_error(handler->self, fault, body, sizeof body);
    assert(response.len <= sizeof body);
    if (response.status == MHD_HTTP_SERVICE_UNAVAILABLE) {
        response.headers[0].name = MHD_HTTP_HEADER_RETRY_AFTER;
        response.headers[0].value = "1";
    }
    h->stats.faults[fault]++;
    httpd_reply(req, &response);
}

void httpd_reply_raw(struct httpd_request *r, enum httpd_fault fault)
{
    char body[1024], head[256];
    struct httpd *h = r->server;
    const struct httpd_handler *handler = &h->config.handler;
    size_t len = 0;
    if (handler->make_error != NULL)
        len = handler->make_error(handler->self, fault, body, sizeof body);
    unsigned status = httpd_fault_info[fault].status;
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %u %s\r\nContent-Type: %.80s\r\nContent-Length: %zu\r\n"
                     "Connection: close\r\n\r\n",
                     status, MHD_get_reason_phrase_for(status),
                     handler->error_type != NULL ? handler->error_type : "text/plain", len);
    struct iovec parts[] = {{head, (size_t)n}, {body, len}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    if (!h->is_tls) {
        /* Whether it arrives is the client's affair. */
        ssize_t sent = sendmsg(r->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        (void)sent;
    }
    r->is_answered = r->is_cut = r->has_leftovers = true;
    h->stats.faults[fault]++;
    h->stats.requests++;
    h->stats.by_class[status / 100]++;
}

/* A body that is read as the client takes it. */
struct reader {
    ssize_t (*read)(void *ctx, uint64_t pos, char *buf, size_t max);
    void (*done)(void *ctx);
    void *ctx;
};

#define READER_BLOCK 65536

static ssize_t on_read(void *cls, uint64_t pos, char *buf, size_t max)
{
    const struct reader *r = cls;
    ssize_t n = r->read(r->ctx, pos, buf, max);
    assert(n != 0 && n <= (ssize_t)max); /* 0 would make libmicrohttpd spin */
    return n < 0 ? MHD_CONTENT_READER_END_WITH_ERROR : n;
}

static void on_reader_free(void *cls)
{
    struct reader *r = cls;
    if (r->done != NULL)
        r->done(r->ctx);
    free(r);
}

void httpd_reply_reader(struct httpd_request *req, const struct httpd_response *head, uint64_t len,
                        ssize_t (*read)(void *ctx, uint64_t pos, char *buf, size_t max),
                        void (*done)(void *ctx), void *ctx)
{
    struct reader *r = malloc(sizeof *r);
    struct MHD_Response *made = NULL;
    if (r != NULL) {
        *r = (struct reader){.read = read, .done = done, .ctx = ctx};
        made = MHD_create_response_from_callback(len, READER_BLOCK, on_read, r, on_reader_free);
    }
    if (made == NULL) { /* the callback that frees was not taken over */
        free(r);
        if (done != NULL)
            done(ctx);
    }
    httpd_access_answer(req, head->status, httpd_reply_headers(req, head, made));
}
