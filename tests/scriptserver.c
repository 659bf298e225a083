/* A scripted HTTP server: see scriptserver.h. */
#include "tests/scriptserver.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/text.h"
#include "tests/harness.h"

/* Read until head and body are there, as Content-Length says. */
static char *read_request(int fd)
{
    struct text t = {0};
    char piece[4096];
    for (ssize_t n; (n = read(fd, piece, sizeof piece)) > 0;) {
        text_put(&t, piece, (size_t)n);
        const char *end = strstr(t.data, "\r\n\r\n"),
                   *length = strcasestr(t.data, "\r\nContent-Length:");
        if (end == NULL)
            continue;
        size_t body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
        if (t.len >= (size_t)(end - t.data) + 4 + body)
            break;
    }
    return text_steal(&t);
}

static void answer(int fd, const struct scriptserver_line *line)
{
    struct text t = {0};
    if (line->status > 0)
        text_putf(
            &t,
            "HTTP/1.1 %d Scripted\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
            "Connection: close\r\n\r\n",
            line->status, strlen(line->body));
    text_puts(&t, line->body);
    for (size_t at = 0; at < t.len;) {
        ssize_t n = write(fd, t.data + at, t.len - at);
        if (n <= 0)
            break; /* the client had enough */
        at += (size_t)n;
    }
    text_done(&t);
    close(fd);
}

static void *serve(void *arg)
{
    struct scriptserver *s = arg;
    for (size_t i = 0; i < s->n; i++) {
        int fd = accept(s->fd, NULL, NULL);
        if (fd < 0)
            break;
        s->requests[s->n_requests++] = read_request(fd);
        if (s->script[i].status >= 0)
            answer(fd, &s->script[i]);
        else
            s->silent_fd = fd;
    }
    return NULL;
}

void scriptserver_open(struct scriptserver *ret, const struct scriptserver_line *script, size_t n)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    *ret = (struct scriptserver){.script = script, .n = n, .silent_fd = -1};
    ret->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(n <= SCRIPTSERVER_MAX);
    assert_int_equal(bind(ret->fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(ret->fd, 8), 0);
    assert_int_equal(getsockname(ret->fd, (struct sockaddr *)&address, &len), 0);
    snprintf(ret->url, sizeof ret->url, "http://127.0.0.1:%u", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&ret->thread, NULL, serve, ret), 0);
}

void scriptserver_wait(struct scriptserver *server)
{
    if (server->thread != 0)
        pthread_join(server->thread, NULL);
    server->thread = 0;
}

void scriptserver_close(struct scriptserver *server)
{
    shutdown(server->fd, SHUT_RDWR); /* wakes a thread that still waits */
    scriptserver_wait(server);
    close(server->fd);
    if (server->silent_fd >= 0)
        close(server->silent_fd);
    for (size_t i = 0; i < server->n_requests; i++)
        free(server->requests[i]);
}
