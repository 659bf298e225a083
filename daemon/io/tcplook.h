/* What the kernel knows about a TCP connection: how much came and went, and whether the other side
 * is still there. Reads nothing from the connection. */
#ifndef DAEMON_IO_TCPLOOK_H
#define DAEMON_IO_TCPLOOK_H

#include <stdbool.h>
#include <stdint.h>

struct tcplook {
    uint64_t received;   /* bytes that came in, read by us or not */
    uint64_t acked;      /* bytes that the other side has acknowledged */
    bool has_unsent;     /* bytes written by us are still on their way */
    bool peer_has_closed; /* it will send nothing more, or is gone altogether */
};

/** Returns: false if fd is not a TCP socket. */
bool tcplook(int fd, struct tcplook *ret);

/** Bytes that have come in and that nobody has read yet. */
int tcplook_unread(int fd);

#endif
