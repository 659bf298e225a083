/* Closing a connection whose client still sends: the end of our answer is announced, and what still
 * comes is read and thrown away for a while, so that the client finds the answer instead of a reset. */
#ifndef DAEMON_IO_SOFTCLOSE_H
#define DAEMON_IO_SOFTCLOSE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define SOFTCLOSE_MS 5000 /* longest wait for the client to close */
#define SOFTCLOSE_MAX 256 /* at once; more are closed the hard way */

struct softclose {
    uv_loop_t *loop;
    uv_timer_t timer;                 /* runs while there are any */
    struct softclose_socket *sockets; /* newest first */
    uint64_t max_ms;    /* SOFTCLOSE_MS; a test may set another */
    unsigned n_sockets;
    unsigned n_handles; /* uv handles not yet closed */
    void (*on_closed)(struct softclose *l);
};

/** Cannot fail. Owner: l is the caller's and must not move until on_closed. */
void softclose_open(struct softclose *l, uv_loop_t *loop);

/** Send the end of stream, then wait for the client to close. Takes fd over, whatever happens. */
void softclose_add(struct softclose *l, int fd);

/** Close all at once, then on_closed from the loop. */
void softclose_close(struct softclose *l, void (*on_closed)(struct softclose *l));

#endif
