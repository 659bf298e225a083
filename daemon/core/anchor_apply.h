/* What an event changes in a job. Half of the step: see anchor.h; nobody else calls it. */
#ifndef DAEMON_CORE_ANCHOR_APPLY_H
#define DAEMON_CORE_ANCHOR_APPLY_H

#include "daemon/core/anchor.h"

/** Take note of an event. Total: one that does not fit the state changes nothing. */
void anchor_apply(struct anchor_job *job, const struct anchor_event *event,
                  const struct anchor_policy *policy);

#endif
