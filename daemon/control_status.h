/* The command `status`: what the daemon does and what it needs, as one JSON object.
 * Thread: the loop's.
 */
#ifndef DAEMON_CONTROL_STATUS_H
#define DAEMON_CONTROL_STATUS_H

#include "daemon/control_base.h"

control_base_command control_status;

#endif
