/* The command `explain`: the story of one hash in a few sentences.
 * Thread: the loop's.
 */
#ifndef DAEMON_CONTROL_EXPLAIN_H
#define DAEMON_CONTROL_EXPLAIN_H

#include "daemon/control_base.h"

control_base_command control_explain;

#endif
