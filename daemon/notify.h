/* Word to the service manager by $NOTIFY_SOCKET, and the sockets it hands over (sd_notify(3) and
 * sd_listen_fds(3) without their library). */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdint.h>

/** Send one state, e.g. "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…".
 *  Does nothing when no manager asked for it. */
void notify_send(const char *state);

/** How often the manager wants to hear WATCHDOG=1, in milliseconds; 0 if not at all. Half of
 *  $WATCHDOG_USEC, as the manual advises. */
uint64_t notify_watchdog_ms(void);

/** The first socket handed over ($LISTEN_PID, $LISTEN_FDS), close-on-exec set. Returns: -1 if none. */
int notify_listen_fd(void);

#endif
