/* The action SAVE of a task: the job, the lane's note of it, and what the last signature or evidence
 * brought, in one durable transaction. Thread: the loop's, but for what storeq applies. */
#ifndef DAEMON_TASKSAVE_H
#define DAEMON_TASKSAVE_H

#include "daemon/taskbase.h"

/** Store it; answered by SAVED or FAILED. */
void tasksave_start(struct task *task);

#endif
