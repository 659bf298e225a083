/* What the rooms of a task share: see taskbase.h. */
#include "daemon/taskbase.h"

void taskbase_answer(struct task *task, enum anchor_what what)
{
    if (task->closing || task->ask.cancelled)
        return;
    task->event.what = what;
    task->step(task);
}

void taskbase_fail(struct task *task)
{
    task->event.action = task->action.what;
    taskbase_answer(task, ANCHOR_EV_FAILED);
}

void taskbase_ask(struct task *task, struct ethrpc_request request, void (*done)(struct chain_ask *a))
{
    task->ask.user = task;
    chain_ask(task->env->chain, &task->ask, &request, done);
}

uint64_t taskbase_clamp(wei amount)
{
    return amount > UINT64_MAX ? UINT64_MAX : (uint64_t)amount;
}
