/* Open-ended answers, for server-sent events: see httpd.h.
 *
 * libmicrohttpd asks for content when the client can take some (on_content); with nothing to give the
 * connection is suspended there, and resumed when something is appended. */
#include <stdlib.h>
#include <string.h>

#include "daemon/io/httpd.h"
#include "daemon/io/httpd_internal.h"

#define BLOCK 4096

static ssize_t on_content(void *cls, uint64_t pos, char *buf, size_t max)
{
    (void)pos;
    struct httpd_request *r = cls;
    struct httpd_stream *s = &r->stream;
    if (r->is_gone || r->is_cut)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (s->len == 0) {
        if (s->is_ended)
            return MHD_CONTENT_READER_END_OF_STREAM;
        s->is_suspended = true;
        MHD_suspend_connection(r->mhd);
        return 0;
    }
    size_t n = s->len < max ? s->len : max;
    memcpy(buf, s->buffer, n);
    s->len -= n;
    memmove(s->buffer, s->buffer + n, s->len);
    if (s->len == 0 && !s->is_ended && r->server->config.handler.on_drained != NULL)
        r->server->config.handler.on_drained(r);
    return (ssize_t)n;
}

/* Let libmicrohttpd ask again. */
void httpd_stream_resume(struct httpd_request *req)
{
    if (!req->stream.is_suspended)
        return;
    req->stream.is_suspended = false;
    MHD_resume_connection(req->mhd);
    httpd_wake(req->server);
}

bool httpd_stream_open(struct httpd_request *req, const struct httpd_response *head,
                       size_t max_buffer)
{
    struct httpd *h = req->server;
    if (h->stats.streams >= h->config.max_streams || h->is_draining) {
        httpd_reply_fault(req, HTTPD_FAULT_OVERLOADED);
        return false;
    }
    struct MHD_Response *made =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, on_content, req, NULL);
    req->stream = (struct httpd_stream){.max = max_buffer, .is_open = true};
    h->stats.streams++;
    httpd_access_answer(req, head->status, httpd_reply_headers(req, head, made));
    return true;
}

size_t httpd_stream_room(const struct httpd_request *req)
{
    const struct httpd_stream *s = &req->stream;
    return s->is_ended || req->is_gone || req->is_cut ? 0 : s->max - s->len;
}

static bool make_room(struct httpd_stream *s, size_t len)
{
    if (len > s->max - s->len)
        return false;
    if (s->len + len <= s->cap)
        return true;
    size_t cap = s->cap > 0 ? s->cap : BLOCK;
    while (cap < s->len + len)
        cap *= 2;
    char *grown = realloc(s->buffer, cap);
    if (grown == NULL)
        return false;
    s->buffer = grown;
    s->cap = cap;
    return true;
}

bool httpd_stream_write(struct httpd_request *req, const void *data, size_t len)
{
    struct httpd_stream *s = &req->stream;
    if (s->is_ended || req->is_gone || req->is_cut || req->mhd == NULL)
        return false;
    if (!make_room(s, len)) {
        httpd_stream_end(req);
        return false;
    }
    memcpy(s->buffer + s->len, data, len);
    s->len += len;
    httpd_stream_resume(req);
    return true;
}

void httpd_stream_end(struct httpd_request *req)
{
    req->stream.is_ended = true;
    httpd_stream_resume(req);
}
