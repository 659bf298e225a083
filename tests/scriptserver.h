/* A plain HTTP server in a thread of its own that answers one request after the other from a script,
 * one request a connection. For tests of blocking clients. */
#ifndef TESTS_SCRIPTSERVER_H
#define TESTS_SCRIPTSERVER_H

#include <pthread.h>
#include <stddef.h>

#define SCRIPTSERVER_MAX 16

/* One answer. status 0: the body is sent as it is, without a head; -1: nothing is sent and the connection stays
 * open until the server ends. */
struct scriptserver_line {
    int status;
    const char *body;
};

struct scriptserver {
    char url[64]; /* http://127.0.0.1:PORT */
    const struct scriptserver_line *script;
    size_t n;
    char *requests[SCRIPTSERVER_MAX]; /* what came, head and body; owned */
    size_t n_requests;
    int fd, silent_fd;
    pthread_t thread;
};

/** Start it. In: script  at most SCRIPTSERVER_MAX lines, borrowed. */
void scriptserver_open(struct scriptserver *ret, const struct scriptserver_line *script, size_t n);

/** Wait until the script is at its end, so that .requests may be read. */
void scriptserver_wait(struct scriptserver *server);
void scriptserver_close(struct scriptserver *server);

#endif
