/* A TCP server on the loop under test that answers each HTTP request with whatever bytes the test
 * wants, or with none. For tests of our clients. */
#ifndef TESTS_FAULTSERVER_H
#define TESTS_FAULTSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct faultserver {
    /* What to do with each request; may be changed at any time. */
    const char *reply;   /* bytes to send; NULL: nothing */
    size_t filler;       /* then so many bytes of 'x' */
    bool is_closing;     /* then close the connection */
    const char *address; /* "127.0.0.1:PORT" */

    /* What was seen. */
    unsigned n_connections, n_requests;
    char last[8192]; /* the last request, NUL-terminated, cut if longer */

    uv_tcp_t listen;
    struct faultserver_peer *peers;
    char text[32];
};

void faultserver_open(struct faultserver *s, uv_loop_t *loop);

/** A well-formed reply with this status, type and body. Owner: static, until the next call. */
const char *faultserver_http(int status, const char *type, const char *body);

/** Close everything; the loop must run once more. */
void faultserver_close(struct faultserver *s);

#endif
