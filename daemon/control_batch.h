/* The commands that steer sealing: flush, pause, resume, reload.
 * Thread: the loop's.
 */
#ifndef DAEMON_CONTROL_BATCH_H
#define DAEMON_CONTROL_BATCH_H

#include "daemon/control_base.h"

control_base_command control_batch_flush;
control_base_command control_batch_pause;
control_base_command control_batch_resume;
control_base_command control_batch_reload;

#endif
