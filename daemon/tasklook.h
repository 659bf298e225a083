/* The actions LOOK, CHECK, LOCATE and EVIDENCE of a task: what the chain says of it. Thread: the loop's. */
#ifndef DAEMON_TASKLOOK_H
#define DAEMON_TASKLOOK_H

#include "daemon/taskbase.h"

/** Receipts of all attempts, newest first; answered by LOOKED or FAILED. */
void tasklook_look(struct task *task);

/** The canonical block at the height of job.mined; answered by CHECKED or FAILED. */
void tasklook_check(struct task *task);

/** Which finalized transaction used the nonce; answered by LOCATED. */
void tasklook_locate(struct task *task);

/** Capture the evidence of job.mined; answered by EVIDENCE or FAILED. */
void tasklook_evidence(struct task *task);

#endif
