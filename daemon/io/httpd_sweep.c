/* Deadlines of connections: see httpd.h.
 *
 * libmicrohttpd does not tell when the first byte of a request comes, and renews its own time-out with
 * each byte. So the received bytes that the kernel counts are compared with those of the requests that
 * are over: more means that a request has begun, and from that look on it has request_timeout. */
#include <sys/socket.h>

#include "daemon/io/httpd.h"
#include "daemon/io/httpd_internal.h"
#include "daemon/io/tcplook.h"

#define SWEEPS_PER_TIMEOUT 16
#define LOOKS_PER_TIMEOUT 8
#define MAX_SWEEP_MS 1000
#define MIN_PROGRESS 8192 /* bytes that a client must take in a quarter of request_timeout */

uint64_t httpd_sweep_ms(const struct httpd *h)
{
    uint64_t ms = h->config.request_timeout_ms / SWEEPS_PER_TIMEOUT;
    return ms < 1 ? 1 : ms > MAX_SWEEP_MS ? MAX_SWEEP_MS : ms;
}

void httpd_sweep_cut(struct httpd_request *r)
{
    shutdown(r->fd, SHUT_RDWR); /* libmicrohttpd finds the connection at its end */
    if (r->phase == HTTPD_HANDLER && r->is_suspended) {
        r->is_cut = true;
        r->is_suspended = false;
        MHD_resume_connection(r->mhd);
    }
    if (r->stream.is_suspended) {
        r->is_cut = true;
        httpd_stream_resume(r);
    }
    httpd_wake(r->server);
}

static void cut_idle(struct httpd_request *r)
{
    r->server->stats.idle_closed++;
    httpd_sweep_cut(r);
}

static void cut_late(struct httpd_request *r)
{
    httpd_reply_raw(r, HTTPD_FAULT_TIMEOUT);
    httpd_sweep_cut(r);
}

/* Has a request begun? If not, is it time to close? */
static void look_at_idle(struct httpd_request *r, uint64_t now)
{
    const struct httpd_config *config = &r->server->config;
    struct tcplook look;
    if (!tcplook(r->fd, &look))
        return;
    if (r->consumed == HTTPD_UNKNOWN)
        r->consumed = look.received;
    if (look.received > r->consumed)
        r->deadline = now + config->request_timeout_ms;
    else if (now >= r->quiet_since + config->idle_timeout_ms)
        cut_idle(r);
    r->look_at = now + config->request_timeout_ms / LOOKS_PER_TIMEOUT;
}

/* The handler has it: is anybody still waiting for the answer? */
static void look_at_handler(struct httpd_request *r, uint64_t now)
{
    struct tcplook look;
    r->look_at = now + r->server->config.request_timeout_ms / LOOKS_PER_TIMEOUT;
    if (tcplook(r->fd, &look) && look.peer_has_closed)
        httpd_access_gone(r);
}

/* Does the client take what it is sent? */
static void look_at_reply(struct httpd_request *r, uint64_t now)
{
    struct tcplook look;
    r->look_at = now + r->server->config.request_timeout_ms / 4;
    if (!tcplook(r->fd, &look))
        return;
    if (r->stream.is_open && look.peer_has_closed) {
        httpd_access_gone(r);
        httpd_sweep_cut(r);
        return;
    }
    uint64_t enough = r->stream.is_open ? 1 : MIN_PROGRESS;
    if (look.has_unsent && r->acked != HTTPD_UNKNOWN && look.acked - r->acked < enough)
        cut_idle(r);
    r->acked = look.has_unsent ? look.acked : HTTPD_UNKNOWN;
}

static void sweep_one(struct httpd_request *r, uint64_t now)
{
    switch (r->phase) {
    case HTTPD_IDLE:
    case HTTPD_BODY:
        if (r->is_cut)
            break;
        if (r->deadline == 0 && now >= r->look_at)
            look_at_idle(r, now);
        else if (r->deadline != 0 && now >= r->deadline)
            cut_late(r);
        break;
    case HTTPD_HANDLER:
        if (now >= r->look_at && !r->is_gone)
            look_at_handler(r, now);
        break;
    case HTTPD_REPLYING:
        if (now >= r->look_at)
            look_at_reply(r, now);
        break;
    case HTTPD_ORPHAN:
        break;
    }
}

void httpd_sweep(struct httpd *h)
{
    uint64_t now = uv_now(h->loop);
    for (struct httpd_request *r = h->connections, *next; r != NULL; r = next) {
        next = r->next; /* a handler's on_gone may answer an orphan, which leaves the list */
        sweep_one(r, now);
    }
}

/* Known: with a chunk extension longer than its buffer it neither reads nor gives up. */
void httpd_sweep_stuck(struct httpd *h)
{
    for (struct httpd_request *r = h->connections; r != NULL; r = r->next) {
        struct tcplook look;
        if (r->phase != HTTPD_BODY || !r->framing.is_chunked || r->is_cut)
            continue;
        int unread = tcplook_unread(r->fd);
        if (unread <= 0 || !tcplook(r->fd, &look))
            continue;
        uint64_t read = look.received - (uint64_t)unread;
        if (read == r->read_mark) {
            httpd_reply_raw(r, HTTPD_FAULT_MALFORMED);
            httpd_sweep_cut(r);
        }
        r->read_mark = read;
    }
}
