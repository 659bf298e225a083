/* The actions QUOTE, SIGN and SEND of a task: what an attempt costs, its signature, its way to the
 * endpoints. Thread: the loop's. */
#ifndef DAEMON_TASKSEND_H
#define DAEMON_TASKSEND_H

#include "daemon/taskbase.h"

/** Ask the market and estimate gas; answered by QUOTE or FAILED. */
void tasksend_quote(struct task *task);

/** Sign (nonce, draft) and check what comes back; answered by SIGNED or FAILED. */
void tasksend_sign(struct task *task);

/** Send the stored bytes of the attempt to every endpoint; answered by SENT or FAILED. */
void tasksend_send(struct task *task);

#endif
