/* The blocking other end of the control socket: see ctlsock_client.h. */
#include "daemon/io/ctlsock_client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_ROOM 4096

static enum err_code connect_error(const char *path, int number, struct err *e)
{
    switch (number) {
    case ENOENT:
        return err_set(e, ERR_NOT_FOUND, "%s does not exist: is hallmarkd running?", path);
    case ECONNREFUSED:
        return err_set(e, ERR_BUSY, "nobody listens on %s: is hallmarkd running?", path);
    case EACCES:
        return err_set(e, ERR_DENIED,
                       "no right to use %s: become root or join the group of the socket", path);
    default:
        return err_set(e, ERR_IO, "connect to %s: %s", path, strerror(number));
    }
}

enum err_code ctlsock_client_open(struct ctlsock_client *c, const char *path, int timeout_ms,
                                  struct err *e)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (path[0] == '\0' || strlen(path) >= sizeof addr.sun_path)
        return err_set(e, ERR_INVALID, "the path of the control socket must have 1 to %zu bytes",
                       sizeof addr.sun_path - 1);
    memcpy(addr.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_set(e, ERR_IO, "make a socket: %s", strerror(errno));
    if (connect(fd, (struct sockaddr *)&addr, sizeof addr) != 0) {
        int number = errno;
        close(fd);
        return connect_error(path, number, e);
    }
    *c = (struct ctlsock_client){.fd = fd, .timeout_ms = timeout_ms};
    return ERR_OK;
}

/* Wait until the socket can be read or written. */
static enum err_code wait_for(const struct ctlsock_client *c, short events, struct err *e)
{
    struct pollfd p = {.fd = c->fd, .events = events};
    int n;
    do
        n = poll(&p, 1, c->timeout_ms);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        return err_set(e, ERR_TIMEOUT, "no answer from hallmarkd within %d ms", c->timeout_ms);
    return n > 0 ? ERR_OK : err_set(e, ERR_IO, "wait for hallmarkd: %s", strerror(errno));
}

static enum err_code send_all(struct ctlsock_client *c, const char *data, size_t len, struct err *e)
{
    while (len > 0) {
        if (wait_for(c, POLLOUT, e) != ERR_OK)
            return e->code;
        ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return err_set(e, ERR_IO, "send to hallmarkd: %s", strerror(errno));
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return ERR_OK;
}

enum err_code ctlsock_client_send(struct ctlsock_client *c, const char *json, struct err *e)
{
    if (send_all(c, json, strlen(json), e) != ERR_OK)
        return e->code;
    return send_all(c, "\n", 1, e);
}

static enum err_code make_room(struct ctlsock_client *c, struct err *e)
{
    if (c->len + 1 < c->cap)
        return ERR_OK;
    if (c->cap > CTLSOCK_CLIENT_MAX_LINE)
        return err_set(e, ERR_LIMIT, "a line of the answer is over %u bytes",
                       CTLSOCK_CLIENT_MAX_LINE);
    size_t cap = c->cap > 0 ? c->cap * 2 : FIRST_ROOM;
    char *grown = realloc(c->buffer, cap);
    if (grown == NULL)
        return err_set(e, ERR_NOMEM, "out of memory for an answer");
    c->buffer = grown;
    c->cap = cap;
    return ERR_OK;
}

static enum err_code receive(struct ctlsock_client *c, struct err *e)
{
    if (make_room(c, e) != ERR_OK || wait_for(c, POLLIN, e) != ERR_OK)
        return e->code;
    ssize_t n = recv(c->fd, c->buffer + c->len, c->cap - c->len - 1, MSG_DONTWAIT);
    if (n == 0)
        return err_set(e, ERR_IO, "hallmarkd closed the control socket before it had answered");
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return err_set(e, ERR_IO, "read from hallmarkd: %s", strerror(errno));
    c->len += n > 0 ? (size_t)n : 0;
    return ERR_OK;
}

enum err_code ctlsock_client_read(struct ctlsock_client *c, const char **ret_line, struct err *e)
{
    char *eol;
    if (c->taken > 0) {
        memmove(c->buffer, c->buffer + c->taken, c->len - c->taken);
        c->len -= c->taken;
        c->taken = 0;
    }
    while ((eol = c->len > 0 ? memchr(c->buffer, '\n', c->len) : NULL) == NULL)
        if (receive(c, e) != ERR_OK)
            return e->code;
    *eol = '\0';
    c->taken = (size_t)(eol - c->buffer) + 1;
    *ret_line = c->taken > 1 ? c->buffer : NULL;
    return ERR_OK;
}

void ctlsock_client_close(struct ctlsock_client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    free(c->buffer);
    *c = (struct ctlsock_client){.fd = -1};
}
