/* The control socket: see ctlsock.h. */
#include "daemon/io/ctlsock.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/io/listener.h"

#define BACKLOG 64
#define SOCKET_MODE 0660
#define MAX_GROUPS 1024 /* of one client; one in more is not let in by group */

/* A client. Freed when its pipe is closed and its request is ended. */
struct ctlsock_peer {
    struct ctlsock_request req; /* the one it has running */
    uv_pipe_t pipe;
    struct ctlsock_peer *prev, *next;
    bool is_running; /* in the hands of the handler */
    bool is_at_eof;  /* it will send no more */
    bool is_last;    /* close once everything is sent */
    bool is_closed;  /* the pipe, altogether */
    size_t n_unsent;
    size_t in_len;
    char in[CTLSOCK_MAX_LINE + 2]; /* a line, its newline, a NUL */
};

struct sending {
    uv_write_t write;
    size_t len;
    char data[];
};

/* ---- the end of a client ---- */

static void count_down(struct ctlsock *s)
{
    if (s->n_handles == 0 && s->n_peers == 0 && s->is_closing)
        s->on_closed(s);
}

static void free_if_over(struct ctlsock_peer *p)
{
    struct ctlsock *s = p->req.server;
    if (!p->is_closed || p->is_running)
        return;
    if (p->prev != NULL)
        p->prev->next = p->next;
    else
        s->peers = p->next;
    if (p->next != NULL)
        p->next->prev = p->prev;
    free(p);
    s->n_peers--;
    count_down(s);
}

static void on_pipe_closed(uv_handle_t *handle)
{
    struct ctlsock_peer *p = handle->data;
    p->is_closed = true;
    free_if_over(p);
}

static void hang_up(struct ctlsock_peer *p)
{
    if (uv_is_closing((uv_handle_t *)&p->pipe))
        return;
    p->req.is_gone = true;
    uv_close((uv_handle_t *)&p->pipe, on_pipe_closed);
    if (p->is_running && p->req.server->handler.on_gone != NULL)
        p->req.server->handler.on_gone(&p->req);
}

static void hang_up_when_sent(struct ctlsock_peer *p)
{
    p->is_last = true;
    if (p->n_unsent == 0)
        hang_up(p);
}

/* ---- sending ---- */

static void on_sent(uv_write_t *write, int status)
{
    struct sending *w = (struct sending *)(void *)write;
    struct ctlsock_peer *p = write->handle->data;
    p->n_unsent -= w->len;
    free(w);
    if (status != 0 || (p->is_last && p->n_unsent == 0))
        hang_up(p);
}

static void send_text(struct ctlsock_peer *p, const char *text, size_t len)
{
    if (p->req.is_gone)
        return;
    struct sending *w = p->n_unsent + len < CTLSOCK_MAX_UNSENT ? malloc(sizeof *w + len + 1) : NULL;
    if (w == NULL) {
        hang_up(p);
        return;
    }
    memcpy(w->data, text, len);
    w->data[len] = '\n';
    w->len = len + 1;
    p->n_unsent += w->len;
    uv_buf_t buf = uv_buf_init(w->data, (unsigned)w->len);
    if (uv_write(&w->write, (uv_stream_t *)&p->pipe, &buf, 1, on_sent) != 0) {
        p->n_unsent -= w->len;
        free(w);
        hang_up(p);
    }
}

static void refuse(struct ctlsock_peer *p, const char *code, const char *message)
{
    char line[200];
    int n = snprintf(line, sizeof line, "{\"ok\":false,\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}\n", code, message);
    uv_read_stop((uv_stream_t *)&p->pipe);
    send_text(p, line, (size_t)n);
    hang_up_when_sent(p);
}

/* ---- receiving ---- */

static struct ctlsock_peer *peer_of(struct ctlsock_request *req)
{
    return (struct ctlsock_peer *)(void *)((char *)req - offsetof(struct ctlsock_peer, req));
}

/* Give the next whole line to the handler, if there is one and none is running. */
static void take_line(struct ctlsock_peer *p)
{
    if (p->is_running || p->is_last || uv_is_closing((uv_handle_t *)&p->pipe))
        return;
    char *eol = memchr(p->in, '\n', p->in_len);
    if (eol == NULL) {
        if (p->in_len > CTLSOCK_MAX_LINE)
            refuse(p, "limit", "a request is one line of at most 65536 bytes");
        else if (p->is_at_eof)
            hang_up_when_sent(p);
        return;
    }
    *eol = '\0';
    p->req.line = p->in;
    p->req.len = (size_t)(eol - p->in);
    p->req.user = NULL;
    p->is_running = true;
    p->req.server->handler.on_request(&p->req);
}

/* Has it closed both ways, or does it only send no more (as `echo … | nc -U` does)? */
static bool has_left(struct ctlsock_peer *p)
{
    struct pollfd fd = {.events = 0};
    if (uv_fileno((uv_handle_t *)&p->pipe, &fd.fd) != 0)
        return true;
    return poll(&fd, 1, 0) == 1 && (fd.revents & (POLLHUP | POLLERR)) != 0;
}

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *buf)
{
    (void)wanted;
    struct ctlsock_peer *p = handle->data;
    *buf = uv_buf_init(p->in + p->in_len, (unsigned)(sizeof p->in - 1 - p->in_len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    (void)buf;
    struct ctlsock_peer *p = stream->data;
    if (n > 0) {
        p->in_len += (size_t)n;
        if (p->in_len == sizeof p->in - 1)
            uv_read_stop(stream); /* until the line before is done with */
    } else if (n < 0) {
        p->is_at_eof = true;
        uv_read_stop(stream);
        if (n != UV_EOF || has_left(p)) {
            hang_up(p);
            return;
        }
    }
    take_line(p);
}

static void on_again(uv_idle_t *idle)
{
    struct ctlsock *s = idle->data;
    uv_idle_stop(idle);
    for (struct ctlsock_peer *p = s->peers; p != NULL; p = p->next)
        take_line(p); /* hanging up frees later, from the loop: p->next stays valid */
}

static bool is_in_group(int fd, gid_t group)
{
    gid_t groups[MAX_GROUPS];
    socklen_t len = sizeof groups;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) != 0)
        return false;
    for (size_t i = 0; i < len / sizeof *groups; i++)
        if (groups[i] == group)
            return true;
    return false;
}

static bool may_ask(const struct ctlsock *s, int fd, const struct ucred *peer)
{
    return peer->uid == 0 || peer->uid == geteuid() || peer->gid == s->gid || is_in_group(fd, s->gid);
}

static void on_connection(uv_stream_t *listen, int status)
{
    struct ctlsock *s = listen->data;
    if (status != 0)
        return;
    struct ctlsock_peer *p = calloc(1, sizeof *p);
    if (p == NULL)
        return; /* it stays in the queue of the kernel */
    uv_pipe_init(s->loop, &p->pipe, 0);
    p->pipe.data = p;
    p->req.server = s;
    p->next = s->peers;
    if (p->next != NULL)
        p->next->prev = p;
    s->peers = p;
    s->n_peers++;
    uv_os_fd_t fd = -1;
    socklen_t len = sizeof p->req.peer;
    if (uv_accept(listen, (uv_stream_t *)&p->pipe) != 0 ||
        uv_fileno((uv_handle_t *)&p->pipe, &fd) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &p->req.peer, &len) != 0)
        hang_up(p);
    else if (!may_ask(s, fd, &p->req.peer))
        refuse(p, "denied", "only root and the group of the control socket may ask");
    else if (s->n_peers > CTLSOCK_MAX_CLIENTS)
        refuse(p, "limit", "too many clients on the control socket");
    else
        uv_read_start((uv_stream_t *)&p->pipe, on_alloc, on_read);
}

/* ---- opening ---- */

static bool somebody_listens(const struct sockaddr_un *addr)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool is_stale = fd >= 0 && connect(fd, (const struct sockaddr *)addr, sizeof *addr) != 0 &&
                    errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return !is_stale;
}

static enum err_code remove_stale(const struct sockaddr_un *addr, struct err *e)
{
    struct stat st;
    if (lstat(addr->sun_path, &st) != 0)
        return errno == ENOENT
                   ? ERR_OK
                   : err_set(e, ERR_IO, "look at %s: %s", addr->sun_path, strerror(errno));
    if (!S_ISSOCK(st.st_mode))
        return err_set(e, ERR_INVALID, "%s exists and is not a socket", addr->sun_path);
    if (somebody_listens(addr))
        return err_set(e, ERR_BUSY, "another process listens on %s", addr->sun_path);
    if (unlink(addr->sun_path) != 0)
        return err_set(e, ERR_IO, "remove the stale socket %s: %s", addr->sun_path,
                       strerror(errno));
    return ERR_OK;
}

static enum err_code bind_path(int fd, const struct sockaddr_un *addr, struct err *e)
{
    /* Nobody may connect before the mode is right: the file is made with the mode of the socket. */
    if (fchmod(fd, S_IRUSR | S_IWUSR) != 0 ||
        bind(fd, (const struct sockaddr *)addr, sizeof *addr) != 0)
        return err_set(e, ERR_IO, "bind %s: %s", addr->sun_path, strerror(errno));
    if (chmod(addr->sun_path, SOCKET_MODE) != 0 || listen(fd, BACKLOG) != 0) {
        err_set(e, ERR_IO, "listen on %s: %s", addr->sun_path, strerror(errno));
        unlink(addr->sun_path);
        return e->code;
    }
    return ERR_OK;
}

static enum err_code make_socket(struct ctlsock *s, int *ret_fd, const char *path, struct err *e)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct stat st;
    if (path[0] == '\0' || strlen(path) >= sizeof addr.sun_path)
        return err_set(e, ERR_INVALID, "the path of the control socket must have 1 to %zu bytes",
                       sizeof addr.sun_path - 1);
    memcpy(addr.sun_path, path, strlen(path) + 1);
    if (remove_stale(&addr, e) != ERR_OK)
        return e->code;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set(e, ERR_IO, "make the control socket: %s", strerror(errno));
    if (bind_path(fd, &addr, e) != ERR_OK) {
        close(fd);
        return e->code;
    }
    if (lstat(path, &st) == 0) {
        memcpy(s->path, path, strlen(path) + 1);
        s->dev = st.st_dev;
        s->ino = st.st_ino;
        s->gid = st.st_gid;
    }
    *ret_fd = fd;
    return ERR_OK;
}

enum err_code ctlsock_open(struct ctlsock *s, uv_loop_t *loop, const char *path, int fd,
                           const struct ctlsock_handler *handler, struct err *e)
{
    *s = (struct ctlsock){.loop = loop, .handler = *handler, .n_handles = 2, .gid = getegid()};
    int listening = fd;
    enum err_code code = fd >= 0 ? listener_check_inherited(fd, e) : make_socket(s, &listening, path, e);
    if (code != ERR_OK)
        return code;
    uv_pipe_init(loop, &s->listen, 0);
    uv_idle_init(loop, &s->again);
    s->listen.data = s->again.data = s;
    int opened = uv_pipe_open(&s->listen, listening);
    int listens = uv_listen((uv_stream_t *)&s->listen, BACKLOG, on_connection);
    assert(opened == 0 && listens == 0); /* the descriptor is a socket that listens already */
    (void)opened, (void)listens;
    return ERR_OK;
}

/* ---- closing ---- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct ctlsock *s = handle->data;
    s->n_handles--;
    count_down(s);
}

static void remove_file(const struct ctlsock *s)
{
    struct stat st;
    if (s->path[0] != '\0' && lstat(s->path, &st) == 0 && st.st_dev == s->dev &&
        st.st_ino == s->ino)
        unlink(s->path);
}

void ctlsock_close(struct ctlsock *s, void (*on_closed)(struct ctlsock *s))
{
    assert(!s->is_closing);
    s->is_closing = true;
    s->on_closed = on_closed;
    remove_file(s);
    uv_close((uv_handle_t *)&s->listen, on_handle_closed);
    uv_close((uv_handle_t *)&s->again, on_handle_closed);
    for (struct ctlsock_peer *p = s->peers; p != NULL; p = p->next)
        hang_up(p);
}

/* ---- for the handler ---- */

void ctlsock_send(struct ctlsock_request *req, const char *json, size_t len)
{
    assert(memchr(json, '\n', len) == NULL);
    send_text(peer_of(req), json, len);
}

void ctlsock_end(struct ctlsock_request *req)
{
    struct ctlsock_peer *p = peer_of(req);
    assert(p->is_running);
    send_text(p, "", 0); /* the empty line */
    p->is_running = false;
    if (uv_is_closing((uv_handle_t *)&p->pipe)) {
        free_if_over(p);
        return;
    }
    size_t taken = req->len + 1;
    memmove(p->in, p->in + taken, p->in_len - taken);
    p->in_len -= taken;
    if (!p->is_at_eof)
        uv_read_start((uv_stream_t *)&p->pipe, on_alloc, on_read); /* it may have been stopped */
    uv_idle_start(&req->server->again, on_again);
}
