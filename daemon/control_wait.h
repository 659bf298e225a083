/* The command `wait`: replies once all its hashes are sealed, or final, or the time is over.
 * Thread: the loop's.
 */
#ifndef DAEMON_CONTROL_WAIT_H
#define DAEMON_CONTROL_WAIT_H

#include "daemon/control_base.h"

#define CONTROL_WAIT_MAX 1000 /* hashes in one wait */

control_base_command control_wait;

/** Something changed: look whether a wait is over. */
void control_wait_wake(struct control *c);

/** The daemon stops: end them all. */
void control_wait_cancel(struct control *c);

#endif
