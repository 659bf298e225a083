/* The life of one anchored value: see life.h. */
#include "daemon/core/life.h"

#include <assert.h>

#define ALARMS_OF_SENDING                                                                          \
    (LIFE_ALARMS_OF_PRICE | ANCHOR_ALARM_ATTEMPTS | ANCHOR_ALARM_STUCK | ANCHOR_ALARM_NONCE_USED | \
     ANCHOR_ALARM_ENDPOINT_CAP | ANCHOR_ALARMS_OF_SIGNER)

void life_alarm(struct anchor_job *job, enum anchor_alarm alarm, bool on)
{
    job->alarms = on ? job->alarms | alarm : job->alarms & ~(uint32_t)alarm;
}

/* ------------------------------------------------------------------ what a job is */

bool life_is_waiting(const struct anchor_job *job)
{
    return job->state == ANCHOR_QUEUED || job->state == ANCHOR_FOREIGN ||
           job->state == ANCHOR_REVERTED;
}

bool life_is_free(const struct anchor_job *job)
{
    return life_is_waiting(job) && !job->run.go;
}

bool life_is_sending(const struct anchor_job *job)
{
    return job->state == ANCHOR_SIGNED || job->state == ANCHOR_SENT ||
           job->state == ANCHOR_FEE_CAPPED || job->state == ANCHOR_SUSPECT;
}

struct anchor_attempt *life_attempt(struct anchor_job *job, uint32_t seq)
{
    for (uint32_t i = 0; i < job->n_attempts; i++) {
        if (job->attempts[i].seq == seq)
            return &job->attempts[i];
    }
    return NULL;
}

bool life_is_ours(const struct anchor_job *job, const struct hash32 *hash)
{
    for (uint32_t i = 0; i < job->n_attempts; i++) {
        if (hash32_equal(&job->attempts[i].hash, hash))
            return true;
    }
    return false;
}

uint32_t life_sendable(const struct anchor_job *job)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < job->n_attempts; i++) {
        if (!job->attempts[i].imported)
            mask |= UINT32_C(1) << i;
    }
    return mask;
}

uint32_t life_dearest(uint32_t mask)
{
    return 31 - (uint32_t)__builtin_clz(mask);
}

/* ------------------------------------------------------------------ changes of state */

enum anchor_state life_sending_state(const struct anchor_job *job)
{
    return anchor_is_out(job) ? ANCHOR_SENT : ANCHOR_SIGNED;
}

/* Begin to send anew: every attempt, after a look. */
static void start_over(struct anchor_job *job)
{
    struct anchor_run old = job->run;
    job->run = (struct anchor_run){.unsaved = old.unsaved, .head = old.head, .refusal = old.refusal};
}

void life_append(struct anchor_job *job, struct anchor_attempt attempt)
{
    assert(job->n_attempts < ANCHOR_MAX_ATTEMPTS);
    attempt.seq = job->next_seq++;
    job->attempts[job->n_attempts++] = attempt;
    job->run.unsaved = true;
}

void life_take_nonce(struct anchor_job *job, const struct seal_address *from, uint64_t nonce, enum anchor_state state)
{
    assert(!job->has_nonce && job->n_attempts == 0);
    job->has_nonce = true;
    job->nonce = nonce;
    job->from = *from;
    job->state = state;
    job->run.go = false;
    job->run.unsaved = true;
}

void life_lose_nonce(struct anchor_job *job, enum anchor_state state)
{
    job->has_nonce = false;
    job->n_attempts = 0;
    job->state = state;
    job->draft = (struct fee_bid){0};
    job->alarms &= ~(uint32_t)ALARMS_OF_SENDING;
    start_over(job);
    job->run.unsaved = true;
}

void life_enter_mined(struct anchor_job *job, const struct anchor_receipt *receipt, uint64_t now)
{
    job->state = ANCHOR_MINED;
    job->mined = receipt->mined;
    job->mined.seq = receipt->seq;
    job->mined_at = now;
    if (job->sent_at == 0)
        job->sent_at = now;
    life_attempt(job, receipt->seq)->accepted = true;
    job->alarms &= ~(uint32_t)ALARMS_OF_SENDING;
    start_over(job);
    job->run.unsaved = true;
}

void life_leave_block(struct anchor_job *job)
{
    if (job->state == ANCHOR_FINAL) {
        life_alarm(job, ANCHOR_ALARM_FINALITY_BROKEN, true);
        job->cost -= job->mined.cost; /* booked stays: what is paid again counts once */
    }
    job->state = life_sending_state(job);
    job->mined = (struct anchor_mined){0};
    job->mined_at = job->final_at = 0;
    job->has_evidence = job->done = false;
    job->n_reorgs++;
    start_over(job);
    job->run.unsaved = true;
}

void life_enter_final(struct anchor_job *job, uint64_t now)
{
    job->cost = wei_add(job->cost, job->mined.cost);
    if (job->mined.useful) {
        job->state = ANCHOR_FINAL;
        job->final_at = now;
        job->alarms &= ANCHOR_ALARM_FINALITY_BROKEN;
        job->run.unsaved = true;
        return;
    }
    job->n_reverted++;
    life_lose_nonce(job, ANCHOR_REVERTED);
    life_alarm(job, ANCHOR_ALARM_REVERTED, true);
}
