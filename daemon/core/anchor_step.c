/* The step of one anchored value: see anchor.h. An event changes the job (anchor_apply), then the job alone
 * says what comes next. */
#include "daemon/core/anchor.h"

#include <assert.h>

#include "daemon/core/anchor_apply.h"
#include "daemon/core/life.h"

#define MAX_BUMP_MS (60 * 60 * 1000) /* between two bumps */
#define EVIDENCE_TRIES 10

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ------------------------------------------------------------------ what comes next */

static struct anchor_action act(enum anchor_do what)
{
    return (struct anchor_action){.what = what};
}

/* After a wait the chain may be another: look before doing anything. */
static struct anchor_action wait_for(struct anchor_job *job, uint64_t wait_ms)
{
    job->run.looked = false;
    return (struct anchor_action){.what = ANCHOR_DO_WAIT, .wait_ms = wait_ms};
}

static struct anchor_action sign(const struct anchor_job *job)
{
    return (struct anchor_action){.what = ANCHOR_DO_SIGN, .seq = job->next_seq};
}

static struct anchor_action send_dearest(struct anchor_job *job)
{
    uint32_t i = life_dearest(job->run.send);
    const struct anchor_attempt *attempt = &job->attempts[i];
    assert(i < job->n_attempts && attempt->saved && !attempt->imported && job->run.looked);
    job->run.send &= ~(UINT32_C(1) << i);
    job->run.sending = i;
    return (struct anchor_action){.what = ANCHOR_DO_SEND, .seq = attempt->seq};
}

/* 48 s, 72 s, 108 s, … */
static uint64_t bump_interval(const struct anchor_job *job, const struct anchor_policy *policy)
{
    uint64_t ms = policy->bump_after_ms;
    for (uint32_t i = 1; i < job->n_attempts && ms < MAX_BUMP_MS; i++)
        ms += ms / 2;
    return min_u64(ms, MAX_BUMP_MS);
}

/* The last place is kept for an attempt that is found on the chain. */
static bool is_full(const struct anchor_job *job)
{
    return job->n_attempts >= ANCHOR_MAX_ATTEMPTS - 1;
}

static struct anchor_action next_sending(struct anchor_job *job, uint64_t now_ms,
                                         const struct anchor_policy *policy)
{
    struct anchor_run *run = &job->run;
    if (!run->looked)
        return act(ANCHOR_DO_LOOK);
    if (run->quoted)
        return sign(job);
    if (run->send != 0)
        return send_dearest(job);
    if (run->next_in_line && run->bump_at_ms == 0)
        run->bump_at_ms = now_ms + bump_interval(job, policy);
    bool due = run->next_in_line && now_ms >= run->bump_at_ms;
    life_alarm(job, ANCHOR_ALARM_ATTEMPTS, due && is_full(job));
    if (due && !is_full(job))
        return act(ANCHOR_DO_QUOTE);
    return wait_for(job, policy->poll_ms);
}

static struct anchor_action next_suspect(struct anchor_job *job, const struct anchor_policy *policy)
{
    if (!job->run.looked)
        return act(ANCHOR_DO_LOOK);
    if (job->run.locate)
        return act(ANCHOR_DO_LOCATE);
    return wait_for(job, policy->poll_ms);
}

/* A final anchor wants evidence, and is looked after until it is deep. */
static struct anchor_action next_final(struct anchor_job *job, uint64_t now_ms,
                                       const struct anchor_policy *policy)
{
    bool wanted = policy->evidence && !anchor_is_call(job) && !job->has_evidence && job->run.evidence_tries < EVIDENCE_TRIES;
    if (wanted && now_ms >= job->run.evidence_at_ms)
        return act(ANCHOR_DO_EVIDENCE);
    if (!job->run.looked)
        return act(ANCHOR_DO_CHECK);
    if (!wanted && job->run.head >= job->mined.block + policy->watch_blocks) {
        job->done = true;
        job->run.unsaved = true;
        return act(ANCHOR_DO_SAVE);
    }
    return wait_for(job, wanted ? policy->poll_ms : policy->watch_ms);
}

static struct anchor_action next(struct anchor_job *job, uint64_t now_ms,
                                 const struct anchor_policy *policy)
{
    if (job->run.unsaved)
        return act(ANCHOR_DO_SAVE);
    if (job->done)
        return act(ANCHOR_DO_DONE);
    switch (job->state) {
    case ANCHOR_QUEUED:
    case ANCHOR_FOREIGN:
    case ANCHOR_REVERTED:
        return job->run.go ? act(ANCHOR_DO_QUOTE) : wait_for(job, ANCHOR_NO_WAKE);
    case ANCHOR_ASSIGNED:
        return sign(job);
    case ANCHOR_SIGNED:
    case ANCHOR_SENT:
    case ANCHOR_FEE_CAPPED:
        return next_sending(job, now_ms, policy);
    case ANCHOR_SUSPECT:
        return next_suspect(job, policy);
    case ANCHOR_MINED:
        return job->run.looked ? wait_for(job, policy->poll_ms) : act(ANCHOR_DO_CHECK);
    case ANCHOR_FINAL:
        return next_final(job, now_ms, policy);
    case ANCHOR_COVERED:
    case ANCHOR_ORPHANED:
        break; /* always done */
    }
    return act(ANCHOR_DO_DONE);
}

struct anchor_action anchor_step(struct anchor_job *job, const struct anchor_event *event,
                                 const struct anchor_policy *policy)
{
    anchor_apply(job, event, policy);
    if (event->what == ANCHOR_EV_FAILED)
        return wait_for(job, policy->retry_ms);
    return next(job, event->now_ms, policy);
}
