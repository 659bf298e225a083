/* One anchored value under way: performs what anchor_step() says and answers with events. It decides
 * nothing. The anchorer owns all tasks and the lane they share.
 *
 * Thread: the loop's, but for what storeq applies.
 */
#ifndef DAEMON_TASK_H
#define DAEMON_TASK_H

#include "daemon/taskbase.h"

/** Make a task of a job that is durable. Returns: NULL without memory. */
struct task *task_new(struct task_env *env, const struct anchor_job *job);

/** Give it an event while it is idle; the times of the event are set here. */
void task_give(struct task *task, const struct anchor_event *event);

/** What is under way ends, a save with its log line; nothing follows it. */
void task_stop(struct task *task);

/** Stop it, and free it once what is under way has ended. rpc and storeq are closed before or soon. */
void task_close(struct task *task);

#endif
