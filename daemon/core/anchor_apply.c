/* What an event changes in a job: see anchor_apply.h. */
#include "daemon/core/anchor_apply.h"

#include "daemon/core/life.h"

#define MAX_REVERTED 2    /* useless transactions before an operator is asked */
#define STUCK_S (60 * 60) /* then an alarm says so */
#define EVIDENCE_ALARM 3  /* failed captures until an operator hears of it */

/* ------------------------------------------------------------------ events: commands */

static void on_go(struct anchor_job *job)
{
    if (life_is_waiting(job) && (job->state != ANCHOR_REVERTED || job->n_reverted < MAX_REVERTED))
        job->run.go = true;
}

static void on_cover(struct anchor_job *job, uint64_t batch)
{
    if (!life_is_free(job))
        return;
    job->state = ANCHOR_COVERED;
    job->covered_by = batch;
    job->done = true;
    job->run.unsaved = true;
}

static void on_orphan(struct anchor_job *job)
{
    if (!life_is_free(job))
        return;
    job->state = ANCHOR_ORPHANED;
    job->alarms = 0;
    job->done = true;
    job->run.unsaved = true;
}

static void on_retry(struct anchor_job *job)
{
    if (job->state != ANCHOR_REVERTED)
        return;
    job->n_reverted = 0;
    job->run.unsaved = true;
}

static void import(struct anchor_job *job, const struct hash32 *hash, uint64_t now)
{
    if (job->n_attempts == ANCHOR_MAX_ATTEMPTS)
        return; /* is_full() keeps a place for the first; no nonce is used twice */
    life_append(job, (struct anchor_attempt){
                    .hash = *hash, .made_at = now, .accepted = true, .imported = true});
}

static void on_adopt(struct anchor_job *job, const struct anchor_event *event)
{
    if (!life_is_free(job))
        return;
    life_take_nonce(job, &event->sender, event->nonce, ANCHOR_SENT);
    import(job, &event->hash, event->now);
    job->sent_at = event->now;
}

/* ------------------------------------------------------------------ events: price, signature, sending */

static void on_refused_price(struct anchor_job *job, enum fee_verdict verdict)
{
    static const enum anchor_alarm ALARMS[] = {
        [FEE_OVER_PRICE] = ANCHOR_ALARM_FEE_CAPPED,
        [FEE_OVER_BUDGET] = ANCHOR_ALARM_BUDGET,
        [FEE_OVER_FUNDS] = ANCHOR_ALARM_FUNDS,
        [FEE_OVER_GAS] = ANCHOR_ALARM_GAS,
    };
    life_alarm(job, ALARMS[verdict], true);
}

static void on_quote(struct anchor_job *job, const struct anchor_event *event,
                     const struct anchor_policy *policy)
{
    const struct anchor_quote *q = &event->quote;
    job->alarms &= ~(uint32_t)LIFE_ALARMS_OF_PRICE;
    enum fee_verdict verdict;
    if (life_is_waiting(job)) {
        if (!job->run.go)
            return;
        job->run.go = false; /* refused: the lane asks again after its next look */
        verdict = fee_first(&q->market, q->gas, q->l1_fee, &q->room, &policy->fees, &job->draft);
        if (verdict == FEE_OK)
            life_take_nonce(job, &q->sender, q->next_nonce, ANCHOR_ASSIGNED);
        else
            on_refused_price(job, verdict);
        return;
    }
    if (!life_is_sending(job) || job->run.quoted)
        return;
    static const struct fee_bid NOTHING; /* of an imported attempt the price is not known */
    uint32_t all = life_sendable(job);
    const struct fee_bid *old = all != 0 ? &job->attempts[life_dearest(all)].bid : &NOTHING;
    verdict = fee_bump(old, &q->market, &job->run.refusal, q->gas, q->l1_fee, anchor_reserved(job),
                       &q->room, &policy->fees, &job->draft);
    job->run.quoted = verdict == FEE_OK;
    if (verdict == FEE_OK)
        return;
    on_refused_price(job, verdict);
    job->state = ANCHOR_FEE_CAPPED;
    job->run.bump_at_ms = event->now_ms + policy->resend_ms;
}

static void on_signed(struct anchor_job *job, const struct anchor_event *event)
{
    if (job->state != ANCHOR_ASSIGNED && !(life_is_sending(job) && job->run.quoted))
        return;
    life_append(job, (struct anchor_attempt){
                    .hash = event->hash, .bid = job->draft, .made_at = event->now});
    job->state = life_sending_state(job);
    job->alarms &= ~(uint32_t)ANCHOR_ALARMS_OF_SIGNER;
    job->run.quoted = false;
    job->run.refusal = (struct fee_refusal){0};
    job->run.bump_at_ms = 0;
    job->run.send |= UINT32_C(1) << (job->n_attempts - 1);
}

static void on_accepted(struct anchor_job *job, struct anchor_attempt *attempt, uint64_t now)
{
    job->alarms &= ~(uint32_t)(ANCHOR_ALARM_FUNDS | ANCHOR_ALARM_GAS | ANCHOR_ALARM_ENDPOINT_CAP);
    if (attempt->accepted)
        return;
    attempt->accepted = true;
    job->run.unsaved = true;
    if (job->state == ANCHOR_SIGNED)
        job->state = ANCHOR_SENT;
    if (job->sent_at == 0)
        job->sent_at = now;
}

/* Nobody took the newest attempt: why, and would a higher fee help? */
static void on_refused(struct anchor_job *job, uint32_t replies, uint64_t now_ms,
                       const struct anchor_policy *policy)
{
    static const uint32_t PRICE = ANCHOR_REPLY_REPLACEMENT | ANCHOR_REPLY_UNDERPRICED |
                                  ANCHOR_REPLY_BELOW_BASE | ANCHOR_REPLY_GAS;
    life_alarm(job, ANCHOR_ALARM_FUNDS, (replies & ANCHOR_REPLY_FUNDS) != 0);
    life_alarm(job, ANCHOR_ALARM_GAS, (replies & ANCHOR_REPLY_GAS) != 0);
    life_alarm(job, ANCHOR_ALARM_ENDPOINT_CAP, (replies & ANCHOR_REPLY_FEE_CAP) != 0);
    if ((replies & PRICE) != 0 && job->state != ANCHOR_FEE_CAPPED)
        job->run.bump_at_ms = now_ms + policy->poll_ms;
}

static void on_sent(struct anchor_job *job, const struct anchor_event *event,
                    const struct anchor_policy *policy)
{
    const struct anchor_sent *sent = &event->sent;
    uint32_t all = life_sendable(job);
    if (!life_is_sending(job) || (all >> job->run.sending & 1) == 0)
        return;
    bool newest = job->run.sending == life_dearest(all);
    bool accepted = (sent->replies & (ANCHOR_REPLY_ACCEPTED | ANCHOR_REPLY_KNOWN)) != 0;
    if (accepted)
        on_accepted(job, &job->attempts[job->run.sending], event->now);
    else if ((sent->replies & ANCHOR_REPLY_NONCE_LOW) != 0)
        job->state = ANCHOR_SUSPECT;
    job->run.resend_at_ms = event->now_ms + policy->resend_ms;
    if (!newest)
        return; /* a cheaper attempt is bound to be refused */
    job->run.refusal.replacement |= (sent->replies & ANCHOR_REPLY_REPLACEMENT) != 0;
    job->run.refusal.unheld = !accepted && !job->run.refusal.replacement &&
                              (sent->replies & ANCHOR_REPLY_UNDERPRICED) != 0;
    if (sent->min_cap > job->run.refusal.min_cap)
        job->run.refusal.min_cap = sent->min_cap;
    if (sent->min_tip > job->run.refusal.min_tip)
        job->run.refusal.min_tip = sent->min_tip;
    if (!accepted)
        on_refused(job, sent->replies, event->now_ms, policy);
}

/* ------------------------------------------------------------------ events: what the chain says */

static void note_chain(struct anchor_job *job, const struct anchor_chain *chain,
                       const struct anchor_policy *policy)
{
    job->run.looked = true;
    job->run.head = chain->head;
    life_alarm(job, ANCHOR_ALARM_DISAGREE, chain->disagree);
    life_alarm(job, ANCHOR_ALARM_NO_FINALITY, chain->no_finality && !policy->by_depth);
}

/* A receipt counts only if the chain, asked by number, has its block: nodes also give receipts of
 * blocks that were taken back. */
static const struct anchor_receipt *mined_receipt(struct anchor_job *job,
                                                  const struct anchor_looked *looked)
{
    for (size_t i = 0; i < looked->n_receipts; i++) {
        const struct anchor_receipt *r = &looked->receipts[i];
        if (r->canonical_known && hash32_equal(&r->canonical, &r->mined.block_hash) &&
            life_attempt(job, r->seq) != NULL)
            return r;
    }
    return NULL;
}

/* No endpoint shows a receipt that may still turn out to be good. */
static bool no_open_receipt(const struct anchor_looked *looked)
{
    for (size_t i = 0; i < looked->n_receipts; i++) {
        if (!looked->receipts[i].canonical_known)
            return false;
    }
    return true;
}

static void plan_sending(struct anchor_job *job, const struct anchor_chain *chain, uint64_t now_ms)
{
    if (job->state == ANCHOR_SUSPECT) { /* the nonce is free after all: a reorganisation, or a lag */
        job->state = life_sending_state(job);
        job->run.resend_at_ms = 0;
    }
    job->run.locate = false;
    life_alarm(job, ANCHOR_ALARM_NONCE_USED, false);
    job->run.next_in_line = !chain->other_key && chain->nonce == job->nonce;
    if (!job->run.next_in_line)
        job->run.bump_at_ms = 0;
    uint32_t all = life_sendable(job);
    if (job->run.resend_at_ms == 0)
        job->run.send = all;
    else if (now_ms >= job->run.resend_at_ms && all != 0)
        job->run.send |= UINT32_C(1) << life_dearest(all);
}

static void on_looked(struct anchor_job *job, const struct anchor_event *event,
                      const struct anchor_policy *policy)
{
    const struct anchor_looked *looked = &event->looked;
    if (!life_is_sending(job))
        return;
    note_chain(job, &looked->chain, policy);
    life_alarm(job, ANCHOR_ALARM_STUCK, event->now > job->attempts[0].made_at + STUCK_S);
    const struct anchor_receipt *receipt = mined_receipt(job, looked);
    if (receipt != NULL) {
        life_enter_mined(job, receipt, event->now);
    } else if (!looked->chain.other_key && looked->chain.nonce > job->nonce) {
        job->state = ANCHOR_SUSPECT;
        job->run.send = 0;
        life_alarm(job, ANCHOR_ALARM_NONCE_USED, true);
        job->run.locate = looked->chain.nonce_final_known &&
                          looked->chain.nonce_final > job->nonce && no_open_receipt(looked);
    } else {
        plan_sending(job, &looked->chain, event->now_ms);
    }
}

static bool is_final(const struct anchor_job *job, const struct anchor_chain *chain,
                     const struct anchor_policy *policy)
{
    if (policy->by_depth)
        return chain->head >= job->mined.block + policy->confirmations;
    return chain->finalized_known && chain->finalized >= job->mined.block;
}

static void on_checked(struct anchor_job *job, const struct anchor_event *event,
                       const struct anchor_policy *policy)
{
    const struct anchor_checked *checked = &event->checked;
    if (job->state != ANCHOR_MINED && job->state != ANCHOR_FINAL)
        return;
    note_chain(job, &checked->chain, policy);
    if (!checked->canonical_known)
        return;
    if (!hash32_equal(&checked->canonical, &job->mined.block_hash))
        life_leave_block(job);
    else if (job->state == ANCHOR_MINED && is_final(job, &checked->chain, policy))
        life_enter_final(job, event->now);
}

static void on_located(struct anchor_job *job, const struct anchor_event *event)
{
    const struct anchor_located *located = &event->located;
    if (job->state != ANCHOR_SUSPECT)
        return;
    job->run.locate = false;
    if (located->user == ANCHOR_USER_UNKNOWN || life_is_ours(job, &located->hash))
        return; /* the receipt will turn up */
    if (located->user == ANCHOR_USER_SAME) {
        import(job, &located->hash, event->now);
        return;
    }
    job->n_foreign++;
    job->stranger = located->hash;
    life_lose_nonce(job, ANCHOR_FOREIGN);
    life_alarm(job, ANCHOR_ALARM_FOREIGN, true);
}

/* ------------------------------------------------------------------ events: saved, evidence, failures */

static void on_saved(struct anchor_job *job)
{
    for (uint32_t i = 0; i < job->n_attempts; i++)
        job->attempts[i].saved = true;
    job->run.unsaved = false;
    if (job->cost > job->booked)
        job->booked = job->cost;
    life_alarm(job, ANCHOR_ALARM_STORE, false);
}

static void on_evidence(struct anchor_job *job)
{
    if (job->state != ANCHOR_FINAL)
        return;
    job->has_evidence = true;
    life_alarm(job, ANCHOR_ALARM_EVIDENCE, false);
    job->run.unsaved = true;
}

static void on_evidence_failed(struct anchor_job *job, uint64_t now_ms, const struct anchor_policy *policy)
{
    job->run.evidence_at_ms = now_ms + (policy->retry_ms << job->run.evidence_tries);
    job->run.evidence_tries++;
    life_alarm(job, ANCHOR_ALARM_EVIDENCE, job->run.evidence_tries >= EVIDENCE_ALARM);
}

static void on_failed(struct anchor_job *job, const struct anchor_event *event,
                      const struct anchor_policy *policy)
{
    switch (event->action) {
    case ANCHOR_DO_SAVE:
        life_alarm(job, ANCHOR_ALARM_STORE, true);
        break;
    case ANCHOR_DO_QUOTE:
        job->run.go = false;
        job->run.bump_at_ms = event->now_ms + policy->retry_ms;
        break;
    case ANCHOR_DO_SIGN:
        job->alarms &= ~(uint32_t)ANCHOR_ALARMS_OF_SIGNER;
        life_alarm(job, event->alarm != 0 ? event->alarm : ANCHOR_ALARM_SIGNER, true);
        job->run.quoted = false;
        job->run.bump_at_ms = event->now_ms + policy->retry_ms;
        break;
    case ANCHOR_DO_SEND: /* perhaps sent */
        job->run.resend_at_ms = event->now_ms + policy->resend_ms;
        break;
    case ANCHOR_DO_EVIDENCE:
        on_evidence_failed(job, event->now_ms, policy);
        break;
    case ANCHOR_DO_LOOK:
    case ANCHOR_DO_CHECK:
    case ANCHOR_DO_LOCATE:
    case ANCHOR_DO_WAIT:
    case ANCHOR_DO_DONE:
        break;
    }
}

void anchor_apply(struct anchor_job *job, const struct anchor_event *event,
                  const struct anchor_policy *policy)
{
    switch (event->what) {
    case ANCHOR_EV_TICK:
        break;
    case ANCHOR_EV_GO:
        on_go(job);
        break;
    case ANCHOR_EV_COVER:
        on_cover(job, event->batch);
        break;
    case ANCHOR_EV_ORPHAN:
        on_orphan(job);
        break;
    case ANCHOR_EV_RETRY:
        on_retry(job);
        break;
    case ANCHOR_EV_ADOPT:
        on_adopt(job, event);
        break;
    case ANCHOR_EV_SAVED:
        on_saved(job);
        break;
    case ANCHOR_EV_QUOTE:
        on_quote(job, event, policy);
        break;
    case ANCHOR_EV_SIGNED:
        on_signed(job, event);
        break;
    case ANCHOR_EV_SENT:
        on_sent(job, event, policy);
        break;
    case ANCHOR_EV_LOOKED:
        on_looked(job, event, policy);
        break;
    case ANCHOR_EV_CHECKED:
        on_checked(job, event, policy);
        break;
    case ANCHOR_EV_LOCATED:
        on_located(job, event);
        break;
    case ANCHOR_EV_EVIDENCE:
        on_evidence(job);
        break;
    case ANCHOR_EV_FAILED:
        on_failed(job, event, policy);
        break;
    }
}
