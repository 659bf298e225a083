/* One anchored value under way: see task.h. The loop that steps and performs; the rooms of what is
 * performed are tasksave.c, tasksend.c and tasklook.c. */
#include "daemon/task.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/tasklook.h"
#include "daemon/tasksave.h"
#include "daemon/tasksend.h"

/* ------------------------------------------------------------------ WAIT */

static void on_timer(uv_timer_t *timer)
{
    struct task *task = timer->data;
    struct anchor_event tick = {.what = ANCHOR_EV_TICK};
    if (task->idle)
        task_give(task, &tick);
}

static void do_wait(struct task *task)
{
    task->idle = true;
    if (task->action.wait_ms != ANCHOR_NO_WAKE)
        uv_timer_start(&task->timer, on_timer, task->action.wait_ms, 0);
    task->env->on_idle(task->env->owner, task);
}

/* ------------------------------------------------------------------ step and perform */

static void do_done(struct task *task)
{
    task->env->on_done(task->env->owner, task);
}

static void step(struct task *task)
{
    static void (*const PERFORM[])(struct task *) = {
        [ANCHOR_DO_WAIT] = do_wait,
        [ANCHOR_DO_SAVE] = tasksave_start,
        [ANCHOR_DO_QUOTE] = tasksend_quote,
        [ANCHOR_DO_SIGN] = tasksend_sign,
        [ANCHOR_DO_SEND] = tasksend_send,
        [ANCHOR_DO_LOOK] = tasklook_look,
        [ANCHOR_DO_CHECK] = tasklook_check,
        [ANCHOR_DO_LOCATE] = tasklook_locate,
        [ANCHOR_DO_EVIDENCE] = tasklook_evidence,
        [ANCHOR_DO_DONE] = do_done,
    };
    if (task->closing) /* it goes on at the next start: nobody could be asked now */
        return;
    task->event.now_ms = clock_mono_ms(task->env->clock);
    task->event.now = clock_unix_s(task->env->clock);
    task->idle = false;
    task->action = anchor_step(&task->job, &task->event, &task->env->policy);
    log_debug("step", "%s event=%s state=%s action=%s wait_ms=%" PRIu64, taskbase_name(&task->job).s,
              anchor_what_name(task->event.what), anchor_state_name(task->job.state), anchor_do_name(task->action.what),
              task->action.what == ANCHOR_DO_WAIT ? task->action.wait_ms : 0);
    PERFORM[task->action.what](task);
}

void task_give(struct task *task, const struct anchor_event *event)
{
    assert(task->idle);
    uv_timer_stop(&task->timer);
    task->event = *event;
    step(task);
}

static const struct seal_address NOBODY; /* the sender in records of before keys could change */

struct task *task_new(struct task_env *env, const struct anchor_job *job)
{
    struct task *task = calloc(1, sizeof *task);
    if (task == NULL)
        return NULL;
    task->env = env;
    task->job = *job;
    task->step = step;
    task->saved_state = job->state;
    task->data_len = taskbase_data(job, task->data);
    if (job->has_nonce && memcmp(&job->from, &NOBODY, sizeof NOBODY) == 0)
        task->job.from = env->log->genesis.issuer;
    task->idle = true;
    if (uv_timer_init(env->loop, &task->timer) != 0) {
        free(task);
        return NULL;
    }
    task->timer.data = task;
    return task;
}

static void on_closed(uv_handle_t *handle)
{
    struct task *task = handle->data;
    chain_ask_done(&task->ask);
    text_done(&task->evidence);
    free(task);
}

void task_stop(struct task *task)
{
    task->closing = true;
}

void task_close(struct task *task)
{
    task_stop(task);
    uv_close((uv_handle_t *)&task->timer, on_closed);
}
