/* The metrics of a running daemon, as Prometheus text.
 * Thread: the loop's.
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include "common/text.h"
#include "daemon/control_base.h"

void metrics_write(struct control *c, struct text *out);

#endif
