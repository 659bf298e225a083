/* A raw TCP or Unix client on the loop under test: sends any bytes, sees every byte. For tests of our
 * servers, whose loop runs in the test itself. */
#ifndef TESTS_RAWCLIENT_H
#define TESTS_RAWCLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct rawclient {
    uv_loop_t *loop;
    uv_poll_t poll;
    int fd;
    char *in; /* received and not yet taken, NUL-terminated */
    size_t in_len, in_cap;
    bool is_closed; /* the server has closed */
    bool is_reset;  /* the hard way, or while we were sending */

    /* The last HTTP response taken by rawclient_reply. */
    int status;
    char *head; /* status line and headers, without the empty line */
    char *body; /* NUL-terminated, chunks joined */
    size_t body_len;
};

/** Connect to "127.0.0.1:PORT", "[::1]:PORT" or the path of a Unix socket, or fail the test. */
void rawclient_open(struct rawclient *c, uv_loop_t *loop, const char *address);

/** The same, without watching the socket: nothing is read unless rawclient_watch is called. */
void rawclient_open_deaf(struct rawclient *c, uv_loop_t *loop, const char *address);
void rawclient_watch(struct rawclient *c);

/** Send everything, running the loop while the socket is full. */
void rawclient_send(struct rawclient *c, const void *data, size_t len);
void rawclient_say(struct rawclient *c, const char *text);

/** Run the loop until a whole HTTP response is there and take it. is_head: it has no body.
 *  Returns: its status; 0 if the connection was closed first. */
int rawclient_reply(struct rawclient *c);
int rawclient_reply_to_head(struct rawclient *c);

/** Run the loop until the text has come in, or the server has closed. Returns: whether it has. */
bool rawclient_wait_for(struct rawclient *c, const char *text);

/** Run the loop until the server has closed. */
void rawclient_wait_closed(struct rawclient *c);

/** Close and free. Reset: with an RST instead of a FIN. */
void rawclient_close(struct rawclient *c);
void rawclient_reset(struct rawclient *c);

#endif
