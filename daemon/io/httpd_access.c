/* The way of one request through the server: headers, body, handler, end. See httpd.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/httpd.h"
#include "daemon/io/httpd_internal.h"
#include "daemon/io/tcplook.h"

#define DISCARD_MAX                                                                                \
    65536 /* a refused body up to this size is read, so that the connection lives on */
#define FIRST_ROOM 16384 /* for a body of unknown length */

/* ---- answering ---- */

static void queue(struct httpd_request *r)
{
    struct httpd *h = r->server;
    if (r->response == NULL || MHD_queue_response(r->mhd, r->status, r->response) != MHD_YES)
        r->is_cut = true;
    if (r->response != NULL)
        MHD_destroy_response(r->response); /* only our reference to it */
    r->response = NULL;
    r->phase = HTTPD_REPLYING;
    r->look_at = uv_now(h->loop) + h->config.request_timeout_ms;
    r->acked = HTTPD_UNKNOWN;
    h->stats.requests++;
    h->stats.by_class[r->status / 100]++;
}

static void resume(struct httpd_request *r)
{
    r->is_suspended = false;
    MHD_resume_connection(r->mhd);
    httpd_wake(r->server);
}

static void bury(struct httpd_request *r)
{
    struct httpd *h = r->server;
    httpd_unlink(r);
    r->next = h->answered_orphans;
    h->answered_orphans = r;
    httpd_wake(h);
}

void httpd_access_answer(struct httpd_request *r, unsigned status, struct MHD_Response *response)
{
    assert(!r->is_answered && status >= 200 && status < 600);
    r->is_answered = true;
    r->status = status;
    r->response = response;
    if (r->phase == HTTPD_ORPHAN) {
        bury(r);
    } else if (r->is_suspended) {
        queue(r);
        resume(r);
    } /* else we are inside httpd_access(), which queues it */
}

void httpd_access_gone(struct httpd_request *r)
{
    if (r->is_gone)
        return;
    r->is_gone = true;
    if (r->server->config.handler.on_gone != NULL)
        r->server->config.handler.on_gone(r);
}

/* ---- headers ---- */

static enum MHD_Result on_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                 size_t name_len, const char *value, size_t value_len)
{
    (void)kind;
    framing_header(ctx, name, name_len, value, value_len);
    return MHD_YES;
}

/* Scheme and authority of the absolute form are cut off (RFC 9112 section 3.2.2). */
static const char *path_of(const char *url)
{
    const char *slashes = strstr(url, "://");
    if (url[0] == '/' || slashes == NULL)
        return url;
    const char *path = strchr(slashes + 3, '/');
    return path != NULL ? path : "/";
}

static void begin(struct httpd_request *r, const char *url, const char *method, const char *version)
{
    struct httpd *h = r->server;
    size_t kept = offsetof(struct httpd_request, method);
    size_t room = httpd_user_room(h);
    memset((char *)r + kept, 0, sizeof *r - kept + room);
    r->phase = HTTPD_BODY;
    if (r->deadline == 0)
        r->deadline = uv_now(h->loop) + h->config.request_timeout_ms;
    r->method = method;
    r->path = path_of(url);
    r->body = (uint8_t *)r->user + room;
    r->body_cap = HTTPD_INLINE_BODY;
    r->header_size =
        MHD_get_connection_info(r->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
    r->framing = framing_begin(version);
    MHD_get_connection_values_n(r->mhd, MHD_HEADER_KIND, on_header, &r->framing);
    framing_end(&r->framing, method + r->header_size);
    if (strchr(url, ' ') != NULL && r->framing.verdict == FRAMING_OK)
        r->framing.verdict = FRAMING_MALFORMED;
}

/* Room for `want` bytes of body. Returns: false if memory or its ceiling forbids it. */
static bool reserve(struct httpd_request *r, size_t want)
{
    struct httpd *h = r->server;
    if (want <= r->body_cap)
        return true;
    size_t cap = (size_t)r->framing.length;
    if (!r->framing.has_length) {
        cap = r->body_cap * 2 > FIRST_ROOM ? r->body_cap * 2 : FIRST_ROOM;
        cap = cap > r->max_body ? r->max_body : cap;
        cap = cap < want ? want : cap;
    }
    if (cap - r->body_reserved > h->config.max_bodies - h->stats.body_bytes)
        return false;
    uint8_t *grown = realloc(r->body_reserved > 0 ? r->body : NULL, cap);
    if (grown == NULL)
        return false;
    if (r->body_reserved == 0)
        memcpy(grown, r->body, r->body_len);
    h->stats.body_bytes += cap - r->body_reserved;
    r->body = grown;
    r->body_cap = r->body_reserved = cap;
    return true;
}

/* An answer that was given before the body was read. */
static void settle_early(struct httpd_request *r)
{
    const struct framing *f = &r->framing;
    bool has_body = f->is_chunked || f->length > 0;
    if (f->verdict == FRAMING_OK && !has_body)
        return; /* queued in the last call: here libmicrohttpd would close the connection */
    if (f->verdict == FRAMING_OK && f->has_length && f->length <= DISCARD_MAX &&
        !f->expects_continue) {
        r->is_discarding = true;
        return;
    }
    r->has_leftovers = true;
    queue(r);
}

static void take_headers(struct httpd_request *r)
{
    switch (r->framing.verdict) {
    case FRAMING_MALFORMED:
        httpd_reply_fault(r, HTTPD_FAULT_MALFORMED);
        break;
    case FRAMING_AMBIGUOUS:
        httpd_reply_fault(r, HTTPD_FAULT_FRAMING);
        break;
    case FRAMING_OK:
        r->has_begun = true;
        r->max_body = r->server->config.handler.on_headers(r);
        if (r->is_answered)
            break;
        if (r->framing.length > r->max_body)
            httpd_reply_fault(r, HTTPD_FAULT_TOO_LARGE);
        else if (!reserve(r, (size_t)r->framing.length))
            httpd_reply_fault(r, HTTPD_FAULT_OVERLOADED);
        break;
    }
    if (r->is_answered)
        settle_early(r);
}

/* ---- body ---- */

/* A fault in the middle of a body of unknown length. libmicrohttpd takes no answer now; on TLS it has
 * to wait for the end of the body, or the deadline. */
static void refuse_rest(struct httpd_request *r, enum httpd_fault fault)
{
    if (!r->server->is_tls) {
        httpd_reply_raw(r, fault);
        return;
    }
    httpd_reply_fault(r, fault);
    r->is_discarding = true;
}

static void take_body(struct httpd_request *r, const char *data, size_t len)
{
    if (r->is_discarding || r->is_cut)
        return;
    if (len > r->max_body - r->body_len) {
        refuse_rest(r, HTTPD_FAULT_TOO_LARGE);
    } else if (!reserve(r, r->body_len + len)) {
        refuse_rest(r, HTTPD_FAULT_OVERLOADED);
    } else {
        memcpy(r->body + r->body_len, data, len);
        r->body_len += len;
    }
}

/* ---- handler and end ---- */

static void take_end(struct httpd_request *r)
{
    if (r->is_cut)
        return;
    if (!r->is_answered) {
        assert(r->phase == HTTPD_BODY);
        r->phase = HTTPD_HANDLER;
        r->server->config.handler.on_request(r);
    }
    if (r->is_answered) {
        queue(r);
        return;
    }
    r->is_suspended = true;
    r->look_at = uv_now(r->server->loop) + httpd_sweep_ms(r->server);
    MHD_suspend_connection(r->mhd);
}

enum MHD_Result httpd_access(void *cls, struct MHD_Connection *mhd, const char *url,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_len, void **request)
{
    (void)cls;
    struct httpd_request *r =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    if (r == NULL)
        return MHD_NO; /* there was no memory when it was accepted */
    if (*request == NULL) {
        *request = r;
        begin(r, url, method, version);
        take_headers(r);
    } else if (*upload_len > 0) {
        take_body(r, upload, *upload_len);
        *upload_len = 0;
    } else {
        take_end(r);
    }
    return r->is_cut ? MHD_NO : MHD_YES;
}

static void release_body(struct httpd_request *r)
{
    if (r->body_reserved > 0)
        free(r->body);
    r->server->stats.body_bytes -= r->body_reserved;
    r->body_reserved = 0;
}

static void release_stream(struct httpd_request *r)
{
    if (r->stream.is_open)
        r->server->stats.streams--;
    free(r->stream.buffer);
    r->stream = (struct httpd_stream){0};
}

void httpd_access_end(struct httpd_request *r)
{
    if (r->has_begun && r->server->config.handler.on_done != NULL)
        r->server->config.handler.on_done(r);
    r->has_begun = false;
    release_body(r);
    release_stream(r);
    if (r->response != NULL)
        MHD_destroy_response(r->response);
    r->response = NULL;
}

/* Where the next request begins in what the connection receives. */
static uint64_t count_consumed(const struct httpd_request *r)
{
    struct tcplook look;
    if (r->server->is_tls)
        return HTTPD_UNKNOWN;
    if (!r->framing.is_chunked)
        return r->consumed + r->header_size + r->framing.length;
    return tcplook(r->fd, &look) ? look.received : HTTPD_UNKNOWN;
}

void httpd_access_completed(void *cls, struct MHD_Connection *mhd, void **request,
                            enum MHD_RequestTerminationCode how)
{
    (void)cls, (void)mhd, (void)how;
    struct httpd_request *r = *request;
    if (r == NULL)
        return;
    if (r->phase == HTTPD_HANDLER && !r->is_answered) {
        r->phase = HTTPD_ORPHAN;
        httpd_access_gone(r);
        return;
    }
    httpd_access_end(r);
    r->consumed = count_consumed(r);
    r->phase = HTTPD_IDLE;
    r->deadline = 0;
    r->quiet_since = uv_now(r->server->loop);
    r->look_at = r->quiet_since + httpd_sweep_ms(r->server);
    if (r->server->is_draining)
        httpd_sweep_cut(r);
}
