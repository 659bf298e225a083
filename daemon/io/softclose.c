/* Closing without a reset: see softclose.h. */
#include "daemon/io/softclose.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define TICK_MS 500
#define READS_A_TURN 4

struct softclose_socket {
    uv_poll_t poll;
    struct softclose *owner;
    struct softclose_socket *prev, *next;
    int fd;
    uint64_t until; /* uv_now */
};

static void count_down(struct softclose *l)
{
    if (--l->n_handles == 0)
        l->on_closed(l);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct softclose_socket *s = handle->data;
    struct softclose *l = s->owner;
    free(s);
    count_down(l);
}

static void finish(struct softclose_socket *s)
{
    struct softclose *l = s->owner;
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        l->sockets = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    if (--l->n_sockets == 0)
        uv_timer_stop(&l->timer);
    uv_poll_stop(&s->poll);
    close(s->fd);
    uv_close((uv_handle_t *)&s->poll, on_poll_closed);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct softclose_socket *s = poll->data;
    static char bin[65536]; /* never looked at */
    ssize_t n = 1;
    for (int i = 0; i < READS_A_TURN && n > 0; i++)
        n = recv(s->fd, bin, sizeof bin, MSG_DONTWAIT);
    if (status < 0 || n == 0 || (n < 0 && errno != EAGAIN))
        finish(s);
}

static void on_tick(uv_timer_t *timer)
{
    struct softclose *l = timer->data;
    uint64_t now = uv_now(l->loop);
    for (struct softclose_socket *s = l->sockets, *next; s != NULL; s = next) {
        next = s->next;
        if (s->until <= now)
            finish(s);
    }
}

void softclose_open(struct softclose *l, uv_loop_t *loop)
{
    *l = (struct softclose){.loop = loop, .max_ms = SOFTCLOSE_MS, .n_handles = 1};
    uv_timer_init(loop, &l->timer);
    l->timer.data = l;
}

void softclose_add(struct softclose *l, int fd)
{
    struct softclose_socket *s = NULL;
    shutdown(fd, SHUT_WR);
    if (l->n_sockets >= SOFTCLOSE_MAX || (s = calloc(1, sizeof *s)) == NULL ||
        uv_poll_init(l->loop, &s->poll, fd) != 0) {
        free(s);
        close(fd);
        return;
    }
    s->poll.data = s;
    s->owner = l;
    s->fd = fd;
    s->until = uv_now(l->loop) + l->max_ms;
    s->next = l->sockets;
    if (s->next != NULL)
        s->next->prev = s;
    l->sockets = s;
    l->n_handles++;
    if (l->n_sockets++ == 0)
        uv_timer_start(&l->timer, on_tick, TICK_MS, TICK_MS);
    uv_poll_start(&s->poll, UV_READABLE, on_readable);
}

static void on_timer_closed(uv_handle_t *handle)
{
    count_down(handle->data);
}

void softclose_close(struct softclose *l, void (*on_closed)(struct softclose *l))
{
    l->on_closed = on_closed;
    while (l->sockets != NULL)
        finish(l->sockets);
    uv_close((uv_handle_t *)&l->timer, on_timer_closed);
}
