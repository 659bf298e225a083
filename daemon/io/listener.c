/* A listening TCP socket on the loop: see listener.h. */
#include "daemon/io/listener.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define BACKLOG 4096
#define ACCEPTS_A_TURN 128 /* the rest of the loop has its turn after so many */
#define PAUSE_MS 100

struct host_port {
    char host[256];
    char port[6];
};

static enum err_code split_address(struct host_port *ret, const char *address, struct err *e)
{
    const char *host = address, *colon = strrchr(address, ':');
    if (colon == NULL || colon == address)
        return err_set(e, ERR_INVALID, "'%.100s' is not HOST:PORT", address);
    size_t host_len = (size_t)(colon - host);
    if (host[0] == '[' && host[host_len - 1] == ']') {
        host++;
        host_len -= 2;
    } else if (memchr(host, ':', host_len) != NULL) {
        return err_set(e, ERR_INVALID, "'%.100s': write an IPv6 address as [ADDRESS]:PORT",
                       address);
    }
    size_t port_len = strlen(colon + 1);
    if (port_len == 0 || port_len > 5 || strspn(colon + 1, "0123456789") != port_len ||
        strtoul(colon + 1, NULL, 10) > 65535)
        return err_set(e, ERR_INVALID, "'%.100s': the port is not a number from 0 to 65535",
                       address);
    if (host_len == 0 || host_len >= sizeof ret->host)
        return err_set(e, ERR_INVALID, "'%.100s' has no host, or one that is too long", address);
    memcpy(ret->host, host, host_len);
    ret->host[host_len] = '\0';
    memcpy(ret->port, colon + 1, port_len + 1);
    return ERR_OK;
}

static int bind_one(const struct addrinfo *a)
{
    int one = 1;
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        (a->ai_family != AF_INET6 ||
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) == 0) &&
        bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static enum err_code bind_address(int *ret_fd, const char *address, struct err *e)
{
    struct host_port hp;
    if (split_address(&hp, address, e) != ERR_OK)
        return e->code;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list;
    int rc = getaddrinfo(hp.host, hp.port, &hints, &list);
    if (rc != 0)
        return err_set(e, ERR_NOT_FOUND, "no address for host '%.100s': %s", hp.host,
                       gai_strerror(rc));
    int fd = -1;
    for (const struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next)
        fd = bind_one(a);
    int saved = errno;
    freeaddrinfo(list);
    if (fd < 0)
        return err_set(e, ERR_IO, "cannot listen on %.100s: %s", address, strerror(saved));
    *ret_fd = fd;
    return ERR_OK;
}

enum err_code listener_check_inherited(int fd, struct err *e)
{
    int listens = 0;
    socklen_t len = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0 || !listens)
        return err_set(e, ERR_INVALID, "descriptor %d is not a listening socket", fd);
    return ERR_OK;
}

static void name_address(char text[LISTENER_ADDRESS_LEN], int fd)
{
    struct sockaddr_storage addr;
    socklen_t len = sizeof addr;
    char host[INET6_ADDRSTRLEN + 1] = "?", port[8] = "?";
    if (getsockname(fd, (struct sockaddr *)&addr, &len) == 0)
        (void)getnameinfo((struct sockaddr *)&addr, len, host, sizeof host, port, sizeof port,
                          NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(text, LISTENER_ADDRESS_LEN, addr.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
             port);
}

enum err_code listener_open(struct listener *l, uv_loop_t *loop, const char *address, int fd,
                            struct err *e)
{
    int listening = fd;
    enum err_code code = fd >= 0 ? listener_check_inherited(fd, e) : bind_address(&listening, address, e);
    if (code != ERR_OK)
        return code;
    *l = (struct listener){.fd = listening, .n_handles = 2};
    int rc = uv_poll_init(loop, &l->poll, listening); /* also makes it non-blocking */
    if (rc != 0) {
        if (fd < 0)
            close(listening);
        return err_set(e, ERR_IO, "watch the listening socket: %s", uv_strerror(rc));
    }
    uv_timer_init(loop, &l->pause);
    l->poll.data = l->pause.data = l;
    name_address(l->address, listening);
    return ERR_OK;
}

static void on_readable(uv_poll_t *poll, int status, int events);

static void on_pause_over(uv_timer_t *timer)
{
    struct listener *l = timer->data;
    uv_poll_start(&l->poll, UV_READABLE, on_readable);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    struct listener *l = poll->data;
    for (int i = 0; i < ACCEPTS_A_TURN && l->fd >= 0; i++) {
        struct sockaddr_storage addr;
        socklen_t len = sizeof addr;
        int fd = accept4(l->fd, (struct sockaddr *)&addr, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            l->on_accept(l, fd, (struct sockaddr *)&addr, len);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            /* It stays readable: without a pause the loop would spin. */
            uv_poll_stop(&l->poll);
            uv_timer_start(&l->pause, on_pause_over, PAUSE_MS, 0);
            return;
        }
        if (errno == EAGAIN)
            return;
        /* Anything else is the fate of one connection that is gone already. */
    }
}

void listener_start(struct listener *l,
                    void (*on_accept)(struct listener *l, int fd, const struct sockaddr *addr,
                                      socklen_t len))
{
    l->on_accept = on_accept;
    uv_poll_start(&l->poll, UV_READABLE, on_readable);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct listener *l = handle->data;
    if (--l->n_handles == 0)
        l->on_closed(l);
}

void listener_close(struct listener *l, void (*on_closed)(struct listener *l))
{
    assert(l->fd >= 0);
    l->on_closed = on_closed;
    uv_poll_stop(&l->poll);
    close(l->fd);
    l->fd = -1;
    uv_close((uv_handle_t *)&l->poll, on_handle_closed);
    uv_close((uv_handle_t *)&l->pause, on_handle_closed);
}

enum err_code listener_raise_descriptors(unsigned wanted, struct err *e)
{
    struct rlimit lim;
    if (getrlimit(RLIMIT_NOFILE, &lim) != 0)
        return err_set(e, ERR_IO, "getrlimit: %s", strerror(errno));
    if (lim.rlim_cur >= wanted)
        return ERR_OK;
    if (lim.rlim_max != RLIM_INFINITY && lim.rlim_max < wanted)
        return err_set(e, ERR_LIMIT,
                       "%u descriptors are needed, the limit is %llu: raise LimitNOFILE", wanted,
                       (unsigned long long)lim.rlim_max);
    lim.rlim_cur = wanted;
    if (setrlimit(RLIMIT_NOFILE, &lim) != 0)
        return err_set(e, ERR_LIMIT, "raise the limit of descriptors to %u: %s", wanted,
                       strerror(errno));
    return ERR_OK;
}
