/* A listening TCP socket on a libuv loop: made from "HOST:PORT" or inherited; hands over accepted
 * descriptors. */
#ifndef DAEMON_IO_LISTENER_H
#define DAEMON_IO_LISTENER_H

#include <stdbool.h>
#include <sys/socket.h>
#include <uv.h>

#include "common/err.h"

#define LISTENER_ADDRESS_LEN 80

struct listener {
    uv_poll_t poll;
    uv_timer_t pause; /* out of descriptors: try again a little later */
    int fd;
    char address[LISTENER_ADDRESS_LEN]; /* really bound, "127.0.0.1:8420" or "[::1]:8420" */
    void (*on_accept)(struct listener *l, int fd, const struct sockaddr *addr, socklen_t len);
    void (*on_closed)(struct listener *l);
    unsigned n_handles;
};

/** Bind and listen; nothing is accepted before listener_start.
 *
 *  In:      address  "HOST:PORT" or "[IPV6]:PORT"; HOST is an IP address, "localhost" or a name
 *           fd       an inherited listening socket, then address is ignored; -1: none
 *  Returns: ERR_INVALID if the address does not parse or fd does not listen; ERR_NOT_FOUND if the
 *           name has no address; ERR_IO if it cannot be bound. On error fd stays the caller's.
 */
enum err_code listener_open(struct listener *l, uv_loop_t *loop, const char *address, int fd,
                            struct err *e) __attribute__((warn_unused_result));

/** Whether an inherited descriptor listens. Returns: ERR_OK; ERR_INVALID. */
enum err_code listener_check_inherited(int fd, struct err *e) __attribute__((warn_unused_result));

/** Accept from now on. on_accept owns each descriptor (non-blocking, close-on-exec). */
void listener_start(struct listener *l, void (*on_accept)(struct listener *l, int fd,
                                                          const struct sockaddr *addr,
                                                          socklen_t len));

/** Close the socket at once; on_closed comes from the loop later. */
void listener_close(struct listener *l, void (*on_closed)(struct listener *l));

/** Raise the soft limit of descriptors to at least `wanted`.
 *  Returns: ERR_LIMIT if the hard limit is lower. */
enum err_code listener_raise_descriptors(unsigned wanted, struct err *e)
    __attribute__((warn_unused_result));

#endif
