/* An HTTP/1.1 server on the loop: see httpd.h.
 *
 * How libmicrohttpd is driven: its epoll descriptor is watched by the loop; whatever happens in a turn
 * (a descriptor became ready, a handler answered) only marks the server as runnable, and the check
 * phase of the turn runs libmicrohttpd once for all of it. While it has more to do, an idle handle
 * keeps the loop from sleeping.
 *
 * What it does not do well is done here: accepting (so that the connection limit closes at once), all
 * deadlines, refusing ambiguous framing, a close that lets the client read the answer.
 */
#include "daemon/io/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/io/httpd_internal.h"

#define DEFAULT_MAX_HEADER 8192
#define SPARE_CONNECTIONS 256   /* of libmicrohttpd's limit over ours: it never comes to bear */
#define SPARE_DESCRIPTORS 512   /* store, chain, control socket, connections closed softly */
#define SUSPICIOUS_SPINS 200    /* turns; then see httpd_sweep_stuck() */
#define TLS_FILE_MAX (1u << 20) /* bytes of a certificate chain or key */

const struct httpd_fault_info httpd_fault_info[HTTPD_N_FAULTS] = {
#define X(name, status, code, text) {status, code, text},
    HTTPD_FAULTS(X)
#undef X
};

void httpd_unlink(struct httpd_request *r)
{
    if (r->prev != NULL)
        r->prev->next = r->next;
    else
        r->server->connections = r->next;
    if (r->next != NULL)
        r->next->prev = r->prev;
}

size_t httpd_user_room(const struct httpd *h)
{
    size_t unit = sizeof(max_align_t);
    return (h->config.user_size + unit - 1) / unit * unit;
}

/* ---- connections ---- */

static void connection_started(struct httpd *h, struct MHD_Connection *mhd, void **context)
{
    struct httpd_request *r = malloc(sizeof *r + httpd_user_room(h) + HTTPD_INLINE_BODY);
    *context = r;
    h->stats.connections++;
    if (r == NULL)
        return; /* httpd_access() refuses it */
    memset(r, 0, sizeof *r);
    r->server = h;
    r->mhd = mhd;
    r->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    r->address = peers_address(MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    peers_add(&h->peers, &r->address);
    r->quiet_since = uv_now(h->loop);
    r->look_at = r->quiet_since + httpd_sweep_ms(h);
    r->next = h->connections;
    if (r->next != NULL)
        r->next->prev = r;
    h->connections = r;
}

/* Whether it is we who close: libmicrohttpd does when it refuses a request by itself, and does not say so. */
static bool client_is_there(int fd)
{
    char byte;
    ssize_t n = recv(fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT);
    return n > 0 || (n < 0 && errno == EAGAIN);
}

static void connection_closed(struct httpd *h, struct httpd_request *r)
{
    h->stats.connections--;
    if (r == NULL)
        return;
    peers_remove(&h->peers, &r->address);
    if (!h->is_stopped && (r->has_leftovers || client_is_there(r->fd))) {
        int fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0); /* libmicrohttpd closes its own */
        if (fd >= 0)
            softclose_add(&h->softclose, fd);
    }
    r->mhd = NULL;
    r->fd = -1;
    if (r->phase == HTTPD_ORPHAN)
        return; /* freed when it has been answered */
    httpd_unlink(r);
    free(r);
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        connection_started(cls, mhd, context);
    else
        connection_closed(cls, *context);
}

static void on_accept(struct listener *l, int fd, const struct sockaddr *addr, socklen_t len)
{
    struct httpd *h = (struct httpd *)(void *)((char *)l - offsetof(struct httpd, listener));
    const struct peers_address from = peers_address(addr);
    if (h->stats.connections >= h->config.max_connections ||
        peers_count(&h->peers, &from) >= peers_share(&from, h->config.max_connections)) {
        h->stats.refused++;
        close(fd);
        return;
    }
    h->stats.accepted++;
    MHD_add_connection(h->daemon, fd, addr, len); /* closes fd itself if it fails */
    httpd_wake(h);
}

/* ---- running ---- */

static void on_idle(uv_idle_t *idle)
{
    (void)idle; /* that it is active is what matters */
}

void httpd_wake(struct httpd *h)
{
    h->is_runnable = true;
    uv_idle_start(&h->idle, on_idle);
}

static void free_answered_orphans(struct httpd *h)
{
    while (h->answered_orphans != NULL) {
        struct httpd_request *r = h->answered_orphans;
        h->answered_orphans = r->next;
        httpd_access_end(r);
        free(r);
    }
}

static void stop(struct httpd *h);

static void on_check(uv_check_t *check)
{
    struct httpd *h = check->data;
    MHD_UNSIGNED_LONG_LONG wait_ms;
    if (!h->is_runnable)
        return;
    MHD_run(h->daemon);
    free_answered_orphans(h);
    h->is_runnable = MHD_get_timeout(h->daemon, &wait_ms) == MHD_YES && wait_ms == 0;
    h->n_spins = h->is_runnable ? h->n_spins + 1 : 0;
    if (!h->is_runnable)
        uv_idle_stop(&h->idle);
    else if (h->n_spins % SUSPICIOUS_SPINS == 0)
        httpd_sweep_stuck(h);
    if (h->is_draining && h->connections == NULL)
        stop(h);
}

static void on_epoll_ready(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    httpd_wake(poll->data);
}

static void on_sweep(uv_timer_t *timer)
{
    httpd_sweep(timer->data);
}

/* ---- opening ---- */

static enum err_code check_config(const struct httpd_config *c, struct err *e)
{
    if (c->max_connections < 1 || c->max_connections > 1000000)
        return err_set(e, ERR_INVALID, "max_connections is not from 1 to 1000000");
    if (c->request_timeout_ms < 1 || c->idle_timeout_ms < 1)
        return err_set(e, ERR_INVALID, "request_timeout and idle time-out must be over 0");
    if ((c->tls_cert == NULL) != (c->tls_key == NULL))
        return err_set(e, ERR_INVALID, "tls_cert and tls_key go together");
    return ERR_OK;
}

/* Returns the text of a file, NUL-terminated, from malloc. */
/* What libmicrohttpd says while it starts is our error message; later it speaks about clients. */
__attribute__((format(printf, 2, 0))) static void on_log(void *cls, const char *format, va_list ap)
{
    struct httpd *h = cls;
    if (h->daemon == NULL)
        vsnprintf(h->start_message, sizeof h->start_message, format, ap);
}

/* Paths and arguments stay as they were sent. */
static size_t leave_escapes(void *cls, struct MHD_Connection *mhd, char *text)
{
    (void)cls, (void)mhd;
    return strlen(text);
}

/* Called by GnuTLS in each handshake: the pair that is in force now. */
static int give_certificate(gnutls_session_t session, const gnutls_datum_t *ca, int n_ca, const gnutls_pk_algorithm_t *algorithms,
                            int n_algorithms, gnutls_pcert_st **ret_chain, unsigned *ret_n, gnutls_privkey_t *ret_key)
{
    (void)ca, (void)n_ca, (void)algorithms, (void)n_algorithms;
    struct MHD_Connection *mhd = gnutls_session_get_ptr(session);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info == NULL || info->socket_context == NULL)
        return -1;
    const struct httpd_request *r = info->socket_context;
    struct tlscert *cert = r->server->cert;
    *ret_chain = cert->chain;
    *ret_n = cert->n;
    *ret_key = cert->key;
    return 0;
}

static enum err_code start_daemon(struct httpd *h, struct err *e)
{
    const struct httpd_config *c = &h->config;
    size_t max_header = c->max_header > 0 ? c->max_header : DEFAULT_MAX_HEADER;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET |
                     MHD_USE_ERROR_LOG | (h->is_tls ? MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)give_certificate},
                                   {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem *none = &tls[1];
    h->daemon =
        MHD_start_daemon(flags, 0, NULL, NULL, httpd_access, h,                               //
                         MHD_OPTION_EXTERNAL_LOGGER, on_log, h,                               //
                         MHD_OPTION_CONNECTION_LIMIT, c->max_connections + SPARE_CONNECTIONS, //
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, 2 * max_header,                  //
                         MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,                      //
                         MHD_OPTION_NOTIFY_COMPLETED, httpd_access_completed, h,              //
                         MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, h,                      //
                         MHD_OPTION_ARRAY, h->is_tls ? tls : none,                            //
                         MHD_OPTION_END);
    if (h->daemon != NULL)
        return ERR_OK;
    h->start_message[strcspn(h->start_message, "\n")] = '\0';
    return err_set(e, ERR_IO, "start libmicrohttpd: %s",
                   h->start_message[0] != '\0' ? h->start_message : strerror(errno));
}

static enum err_code start_with_tls(struct httpd *h, struct err *e)
{
    h->is_tls = h->config.tls_cert != NULL;
    if (h->is_tls && MHD_is_feature_supported(MHD_FEATURE_HTTPS_CERT_CALLBACK) != MHD_YES)
        return err_set(e, ERR_UNSUPPORTED, "this libmicrohttpd was built without TLS");
    enum err_code code = h->is_tls ? tlscert_load(&h->cert, h->config.tls_cert, h->config.tls_key, e) : ERR_OK;
    if (code == ERR_OK && (code = start_daemon(h, e)) != ERR_OK)
        tlscert_free(h->cert);
    return code;
}

/* Those that no handshake can be using any more. */
static void free_replaced(struct httpd *h)
{
    uint64_t longest = h->config.idle_timeout_ms + 2 * h->config.request_timeout_ms;
    for (struct tlscert **at = &h->cert->next; *at != NULL; at = &(*at)->next)
        if ((*at)->replaced_at + longest < uv_now(h->loop)) {
            tlscert_free(*at); /* and the older ones */
            *at = NULL;
            return;
        }
}

enum err_code httpd_set_certificate(struct httpd *h, const char *cert_path, const char *key_path, struct err *e)
{
    struct tlscert *cert;
    if (!h->is_tls)
        return ERR_OK;
    enum err_code rc = tlscert_load(&cert, cert_path, key_path, e);
    if (rc != ERR_OK)
        return rc;
    h->cert->replaced_at = uv_now(h->loop);
    cert->next = h->cert;
    h->cert = cert;
    free_replaced(h);
    return ERR_OK;
}

static void start_handles(struct httpd *h)
{
    int epoll_fd = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->listen_fd;
    uv_poll_init(h->loop, &h->poll, epoll_fd);
    uv_check_init(h->loop, &h->check);
    uv_idle_init(h->loop, &h->idle);
    uv_timer_init(h->loop, &h->sweep);
    h->poll.data = h->check.data = h->idle.data = h->sweep.data = h;
    uv_poll_start(&h->poll, UV_READABLE, on_epoll_ready);
    uv_check_start(&h->check, on_check);
    uv_timer_start(&h->sweep, on_sweep, httpd_sweep_ms(h), httpd_sweep_ms(h));
    softclose_open(&h->softclose, h->loop);
    listener_start(&h->listener, on_accept);
    h->n_parts = 6; /* the four handles, softclose, listener */
}

enum err_code httpd_open(struct httpd *h, uv_loop_t *loop, const struct httpd_config *config,
                         struct err *e)
{
    enum err_code code = check_config(config, e);
    if (code == ERR_OK)
        code = listener_raise_descriptors(config->max_connections + SPARE_DESCRIPTORS, e);
    if (code != ERR_OK)
        return code;
    memset(h, 0, sizeof *h);
    h->config = *config;
    h->loop = loop;
    code = peers_open(&h->peers, config->max_connections + SPARE_CONNECTIONS, e);
    if (code == ERR_OK)
        code = start_with_tls(h, e);
    if (code != ERR_OK) {
        peers_close(&h->peers);
        return code;
    }
    code = listener_open(&h->listener, loop, config->listen, config->listen_fd, e);
    if (code != ERR_OK) {
        MHD_stop_daemon(h->daemon);
        tlscert_free(h->cert);
        peers_close(&h->peers);
        return code;
    }
    start_handles(h);
    return ERR_OK;
}

const char *httpd_address(const struct httpd *h)
{
    return h->listener.address;
}

/* ---- closing ---- */

static void part_closed(struct httpd *h)
{
    if (--h->n_parts > 0)
        return;
    peers_close(&h->peers);
    h->on_closed(h);
}

static void on_handle_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

static void on_listener_closed(struct listener *l)
{
    part_closed((struct httpd *)(void *)((char *)l - offsetof(struct httpd, listener)));
}

static void on_softclose_closed(struct softclose *l)
{
    part_closed((struct httpd *)(void *)((char *)l - offsetof(struct httpd, softclose)));
}

static void stop(struct httpd *h)
{
    if (h->is_stopped)
        return;
    h->is_stopped = true;
    h->is_runnable = false;
    uv_poll_stop(&h->poll); /* before its descriptor is closed */
    MHD_stop_daemon(h->daemon);
    tlscert_free(h->cert);
    h->cert = NULL;
    softclose_close(&h->softclose, on_softclose_closed);
    uv_close((uv_handle_t *)&h->poll, on_handle_closed);
    uv_close((uv_handle_t *)&h->check, on_handle_closed);
    uv_close((uv_handle_t *)&h->idle, on_handle_closed);
    uv_close((uv_handle_t *)&h->sweep, on_handle_closed);
}

void httpd_drain(struct httpd *h, void (*on_closed)(struct httpd *h))
{
    if (h->is_draining)
        return;
    h->is_draining = true;
    h->on_closed = on_closed;
    listener_close(&h->listener, on_listener_closed);
    for (struct httpd_request *r = h->connections; r != NULL; r = r->next) {
        if (r->phase == HTTPD_IDLE)
            httpd_sweep_cut(r);
        else if (r->stream.is_open)
            httpd_stream_end(r);
    }
    httpd_wake(h);
}

void httpd_close(struct httpd *h, void (*on_closed)(struct httpd *h))
{
    httpd_drain(h, on_closed);
    for (struct httpd_request *r = h->connections, *next; r != NULL; r = next) {
        next = r->next;
        if (r->phase != HTTPD_ORPHAN)
            httpd_sweep_cut(r);
    }
}

/* ---- what a request says ---- */

void *httpd_self(const struct httpd_request *req)
{
    return req->server->config.handler.self;
}

void *httpd_user(struct httpd_request *req)
{
    return req->user;
}

const char *httpd_method(const struct httpd_request *req)
{
    return req->method;
}

const char *httpd_path(const struct httpd_request *req)
{
    return req->path;
}

struct slice httpd_body(const struct httpd_request *req)
{
    return (struct slice){req->body, req->body_len};
}

bool httpd_is_head(const struct httpd_request *req)
{
    return strcmp(req->method, MHD_HTTP_METHOD_HEAD) == 0;
}

bool httpd_is_gone(const struct httpd_request *req)
{
    return req->is_gone;
}

static const char *look_up(struct httpd_request *req, enum MHD_ValueKind kind, const char *name)
{
    const char *value = NULL;
    size_t len;
    if (req->phase == HTTPD_ORPHAN ||
        MHD_lookup_connection_value_n(req->mhd, kind, name, strlen(name), &value, &len) != MHD_YES)
        return NULL;
    return value != NULL ? value : "";
}

const char *httpd_header(struct httpd_request *req, const char *name)
{
    return look_up(req, MHD_HEADER_KIND, name);
}

const char *httpd_query(struct httpd_request *req, const char *name)
{
    return look_up(req, MHD_GET_ARGUMENT_KIND, name);
}

struct counting {
    const char *name;
    unsigned n;
};

static enum MHD_Result on_value(void *ctx, enum MHD_ValueKind kind, const char *name,
                                const char *value)
{
    (void)kind, (void)value;
    struct counting *c = ctx;
    c->n += strcasecmp(name, c->name) == 0;
    return MHD_YES;
}

static unsigned count(struct httpd_request *req, enum MHD_ValueKind kind, const char *name)
{
    struct counting c = {.name = name};
    if (req->phase != HTTPD_ORPHAN)
        MHD_get_connection_values(req->mhd, kind, on_value, &c);
    return c.n;
}

unsigned httpd_count_header(struct httpd_request *req, const char *name)
{
    return count(req, MHD_HEADER_KIND, name);
}

unsigned httpd_count_query(struct httpd_request *req, const char *name)
{
    return count(req, MHD_GET_ARGUMENT_KIND, name);
}

const char *httpd_remote(struct httpd_request *req, char text[HTTPD_REMOTE_LEN])
{
    const struct sockaddr *addr = NULL;
    memcpy(text, "?", 2);
    if (req->phase != HTTPD_ORPHAN)
        addr = MHD_get_connection_info(req->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    if (addr != NULL && addr->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)addr)->sin_addr, text,
                  HTTPD_REMOTE_LEN);
    else if (addr != NULL && addr->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)addr)->sin6_addr, text,
                  HTTPD_REMOTE_LEN);
    return text;
}
