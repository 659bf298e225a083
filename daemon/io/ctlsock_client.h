/* The blocking other end of the control socket, for hallmarkctl: send a line, read lines. */
#ifndef DAEMON_IO_CTLSOCK_CLIENT_H
#define DAEMON_IO_CTLSOCK_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

#define CTLSOCK_CLIENT_MAX_LINE (8u << 20) /* bytes of one line of a reply */

struct ctlsock_client {
    int fd;
    int timeout_ms; /* for each wait; -1: for ever */
    char *buffer;   /* what was read; one line is given out of it */
    size_t len, cap, taken;
};

/** Connect.
 *  Returns: ERR_INVALID (path too long), ERR_NOT_FOUND (no such socket: is the daemon running?),
 *           ERR_DENIED (not allowed: sudo, or the group of the socket), ERR_BUSY (nobody listens),
 *           ERR_IO. */
enum err_code ctlsock_client_open(struct ctlsock_client *c, const char *path, int timeout_ms,
                                  struct err *e) __attribute__((warn_unused_result));

/** Send one request: JSON without newlines. Returns: ERR_IO, ERR_TIMEOUT. */
enum err_code ctlsock_client_send(struct ctlsock_client *c, const char *json, struct err *e)
    __attribute__((warn_unused_result));

/** The next line of the reply.
 *  Out:     ret_line  NUL-terminated, valid until the next call; NULL: the reply is complete
 *  Returns: ERR_TIMEOUT, ERR_LIMIT (line too long), ERR_IO (also: closed before the end), ERR_NOMEM. */
enum err_code ctlsock_client_read(struct ctlsock_client *c, const char **ret_line, struct err *e)
    __attribute__((warn_unused_result));

/** Harmless on a client that was never opened, if it is zeroed with fd = -1. */
void ctlsock_client_close(struct ctlsock_client *c);

#endif
