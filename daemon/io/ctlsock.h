/* The control socket: a Unix stream socket on the loop. A request is one line of JSON; a reply is one
 * or more lines of JSON and then an empty line. It knows nothing of what the lines mean.
 *
 * Happy path: a client connects, sends a line; on_request(); the handler sends lines, at once or
 * later, and ends; the client may send the next line.
 * Who may ask: root, our own user, and whoever is in the group of the socket file, by the kernel's word
 * (SO_PEERCRED, SO_PEERGROUPS), whatever the mode of the file.
 * Failure modes: somebody else, a line over CTLSOCK_MAX_LINE, or too many clients: the reply is one line,
 * {"ok":false,"error":{"code":"denied" or "limit","message":"…"}}, and the connection is closed. The client leaves, or does not read:
 * on_gone(); the request stays valid until ctlsock_end.
 * Thread rule: one thread, the loop's.
 */
#ifndef DAEMON_IO_CTLSOCK_H
#define DAEMON_IO_CTLSOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <uv.h>

#include "common/err.h"

#define CTLSOCK_MAX_LINE 65536   /* bytes of a request, without its newline */
#define CTLSOCK_MAX_CLIENTS 32
#define CTLSOCK_MAX_UNSENT (8u << 20) /* bytes waiting for a client that does not read */

struct ctlsock;

/* One client, and the request it has running (one at a time). */
struct ctlsock_request {
    struct ctlsock *server;
    const char *line; /* NUL-terminated, no newline; valid until ctlsock_end */
    size_t len;
    struct ucred peer; /* who asks: pid, uid, gid, by SO_PEERCRED */
    bool is_gone;      /* nobody listens any more */
    void *user;        /* the handler's; NULL at on_request */
};

struct ctlsock_handler {
    void *self; /* for the handler: request->server->handler.self */
    /** A line has come. Must be ended with ctlsock_end, now or later, exactly once. */
    void (*on_request)(struct ctlsock_request *req);
    /** The client left while its request runs. NULL: not interested. */
    void (*on_gone)(struct ctlsock_request *req);
};

struct ctlsock {
    uv_pipe_t listen;
    uv_idle_t again; /* takes the next lines outside of ctlsock_end */
    uv_loop_t *loop;
    struct ctlsock_handler handler;
    char path[108]; /* "" if the socket was inherited: then it is not removed at close */
    dev_t dev;      /* of the socket file: somebody else's is not removed */
    ino_t ino;
    gid_t gid;      /* of the socket file; our own if it was inherited */
    struct ctlsock_peer *peers;
    unsigned n_peers;
    unsigned n_handles;
    bool is_closing;
    void (*on_closed)(struct ctlsock *s);
};

/** Make the socket, mode 0660, and listen. A socket file that nobody listens on is replaced.
 *
 *  In:      path  of the socket file, or NULL with fd
 *           fd    an inherited listening socket, or -1
 *  Returns: ERR_INVALID (path too long, or something else than a socket stands there), ERR_BUSY
 *           (another process listens there), ERR_IO.
 *  Owner:   s is the caller's and must not move until on_closed.
 */
enum err_code ctlsock_open(struct ctlsock *s, uv_loop_t *loop, const char *path, int fd,
                           const struct ctlsock_handler *handler, struct err *e)
    __attribute__((warn_unused_result));

/** Remove the file, close all clients (on_gone for running requests), then on_closed, once each
 *  running request has been ended. */
void ctlsock_close(struct ctlsock *s, void (*on_closed)(struct ctlsock *s));

/** Send one line of a reply: JSON without newlines (the newline is added). Copied. */
void ctlsock_send(struct ctlsock_request *req, const char *json, size_t len);

/** The reply is complete. req is not valid after this. */
void ctlsock_end(struct ctlsock_request *req);

#endif
