/* What the rooms of a task share: see taskbase.h. */
#include "daemon/taskbase.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

size_t taskbase_data(const struct anchor_job *job, uint8_t ret[REGISTRY_CALL_LEN])
{
    struct seal_address key;
    memcpy(key.b, job->value.b + 12, sizeof key.b);
    switch (job->call) {
    case ANCHOR_CALL_NONE:
        memcpy(ret, job->value.b, sizeof job->value.b);
        return sizeof job->value.b;
    case ANCHOR_CALL_AUTHORIZE:
        registry_put_authorize(ret, &key);
        break;
    case ANCHOR_CALL_DEAUTHORIZE:
        registry_put_deauthorize(ret, &key);
        break;
    case ANCHOR_CALL_REVOKE:
        registry_put_revoke(ret, &job->value);
        break;
    }
    return REGISTRY_CALL_LEN;
}

struct taskbase_name taskbase_name(const struct anchor_job *job)
{
    struct taskbase_name name;
    if (anchor_is_call(job))
        snprintf(name.s, sizeof name.s, "call=%" PRIu64, job->k - ANCHOR_CALLS);
    else
        snprintf(name.s, sizeof name.s, "batch=%" PRIu64, job->k);
    return name;
}

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
