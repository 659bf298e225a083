/* The commands of the control socket: what hallmarkctl asks of a running daemon.
 *
 * A request is {"command":"…", …}. One table (control.c) holds the commands; each stands in a file
 * control_*.c of its own.
 * Thread: the loop's.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include "daemon/control_base.h"

/** Listen. In: c with what its owner must set. Returns: as ctlsock_open. */
enum err_code control_open(struct control *c, const char *path, struct err *e);

/** Something changed: look whether a `wait` is over. */
void control_wake(struct control *c);

/** End what waits, remove the socket. on_closed comes once. */
void control_close(struct control *c, void (*on_closed)(struct ctlsock *s));

#endif
