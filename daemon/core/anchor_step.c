/* The step of one anchored value: see anchor.h. An event changes the job, then the job alone says what
 * comes next. */
#include "daemon/core/anchor.h"

#include <assert.h>

#define MAX_REVERTED 2              /* useless transactions before an operator is asked */
#define MAX_BUMP_MS (60 * 60 * 1000) /* between two bumps */
#define STUCK_S (60 * 60)           /* then an alarm says so */
#define EVIDENCE_TRIES 10

#define ALARMS_OF_PRICE                                                                            \
    (ANCHOR_ALARM_FEE_CAPPED | ANCHOR_ALARM_BUDGET | ANCHOR_ALARM_FUNDS | ANCHOR_ALARM_GAS)
#define ALARMS_OF_SENDING                                                                          \
    (ALARMS_OF_PRICE | ANCHOR_ALARM_ATTEMPTS | ANCHOR_ALARM_STUCK | ANCHOR_ALARM_NONCE_USED |      \
     ANCHOR_ALARM_ENDPOINT_CAP | ANCHOR_ALARM_SIGNER)

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void alarm_set(struct anchor_job *job, enum anchor_alarm alarm, bool on)
{
    job->alarms = on ? job->alarms | alarm : job->alarms & ~(uint32_t)alarm;
}

/* ------------------------------------------------------------------ what a job is */

/* It has no nonce and wants one. */
static bool is_waiting(const struct anchor_job *job)
{
    return job->state == ANCHOR_QUEUED || job->state == ANCHOR_FOREIGN ||
           job->state == ANCHOR_REVERTED;
}

/* It waits, and is not about to take a nonce. */
static bool is_free(const struct anchor_job *job)
{
    return is_waiting(job) && !job->run.go;
}

/* It has signed attempts, and none is known to be mined. */
static bool is_sending(const struct anchor_job *job)
{
    return job->state == ANCHOR_SIGNED || job->state == ANCHOR_SENT ||
           job->state == ANCHOR_FEE_CAPPED || job->state == ANCHOR_SUSPECT;
}

static struct anchor_attempt *find(struct anchor_job *job, uint32_t seq)
{
    for (uint32_t i = 0; i < job->n_attempts; i++) {
        if (job->attempts[i].seq == seq)
            return &job->attempts[i];
    }
    return NULL;
}

static bool is_ours(const struct anchor_job *job, const struct hash32 *hash)
{
    for (uint32_t i = 0; i < job->n_attempts; i++) {
        if (hash32_equal(&job->attempts[i].hash, hash))
            return true;
    }
    return false;
}

/* Bit i: attempts[i] has bytes to send. */
static uint32_t sendable(const struct anchor_job *job)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < job->n_attempts; i++) {
        if (!job->attempts[i].imported)
            mask |= UINT32_C(1) << i;
    }
    return mask;
}

/* Each attempt costs more than the one before. In: a mask that is not 0. */
static uint32_t dearest(uint32_t mask)
{
    return 31 - (uint32_t)__builtin_clz(mask);
}

/* ------------------------------------------------------------------ changes of state */

static enum anchor_state sending_state(const struct anchor_job *job)
{
    return anchor_is_out(job) ? ANCHOR_SENT : ANCHOR_SIGNED;
}

/* Begin to send anew: every attempt, after a look. */
static void start_over(struct anchor_job *job)
{
    struct anchor_run old = job->run;
    job->run = (struct anchor_run){.unsaved = old.unsaved, .head = old.head, .refusal = old.refusal};
}

static void append(struct anchor_job *job, struct anchor_attempt attempt)
{
    assert(job->n_attempts < ANCHOR_MAX_ATTEMPTS);
    attempt.seq = job->next_seq++;
    job->attempts[job->n_attempts++] = attempt;
    job->run.unsaved = true;
}

static void take_nonce(struct anchor_job *job, uint64_t nonce, enum anchor_state state)
{
    assert(!job->has_nonce && job->n_attempts == 0);
    job->has_nonce = true;
    job->nonce = nonce;
    job->state = state;
    job->run.go = false;
    job->run.unsaved = true;
}

/* A finalized block has used the nonce for something else: no attempt can be mined any more. */
static void lose_nonce(struct anchor_job *job, enum anchor_state state)
{
    job->has_nonce = false;
    job->n_attempts = 0;
    job->state = state;
    job->draft = (struct fee_bid){0};
    job->alarms &= ~(uint32_t)ALARMS_OF_SENDING;
    start_over(job);
    job->run.unsaved = true;
}

static void enter_mined(struct anchor_job *job, const struct anchor_receipt *receipt, uint64_t now)
{
    job->state = ANCHOR_MINED;
    job->mined = receipt->mined;
    job->mined.seq = receipt->seq;
    job->mined_at = now;
    if (job->sent_at == 0)
        job->sent_at = now;
    find(job, receipt->seq)->accepted = true;
    job->alarms &= ~(uint32_t)ALARMS_OF_SENDING;
    start_over(job);
    job->run.unsaved = true;
}

/* The chain took our block back. */
static void leave_block(struct anchor_job *job)
{
    if (job->state == ANCHOR_FINAL) {
        alarm_set(job, ANCHOR_ALARM_FINALITY_BROKEN, true);
        job->cost -= job->mined.cost; /* booked stays: what is paid again counts once */
    }
    job->state = sending_state(job);
    job->mined = (struct anchor_mined){0};
    job->mined_at = job->final_at = 0;
    job->has_evidence = job->done = false;
    job->n_reorgs++;
    start_over(job);
    job->run.unsaved = true;
}

static void enter_final(struct anchor_job *job, uint64_t now)
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
    lose_nonce(job, ANCHOR_REVERTED);
    alarm_set(job, ANCHOR_ALARM_REVERTED, true);
}

/* ------------------------------------------------------------------ events: commands */

static void on_go(struct anchor_job *job)
{
    if (is_waiting(job) && (job->state != ANCHOR_REVERTED || job->n_reverted < MAX_REVERTED))
        job->run.go = true;
}

static void on_cover(struct anchor_job *job, uint64_t batch)
{
    if (!is_free(job))
        return;
    job->state = ANCHOR_COVERED;
    job->covered_by = batch;
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
    append(job, (struct anchor_attempt){
                    .hash = *hash, .made_at = now, .accepted = true, .imported = true});
}

static void on_adopt(struct anchor_job *job, const struct anchor_event *event)
{
    if (!is_free(job))
        return;
    take_nonce(job, event->nonce, ANCHOR_SENT);
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
    alarm_set(job, ALARMS[verdict], true);
}

static void on_quote(struct anchor_job *job, const struct anchor_event *event,
                     const struct anchor_policy *policy)
{
    const struct anchor_quote *q = &event->quote;
    job->alarms &= ~(uint32_t)ALARMS_OF_PRICE;
    enum fee_verdict verdict;
    if (is_waiting(job)) {
        if (!job->run.go)
            return;
        job->run.go = false; /* refused: the lane asks again after its next look */
        verdict = fee_first(&q->market, q->gas, q->l1_fee, &q->room, &policy->fees, &job->draft);
        if (verdict == FEE_OK)
            take_nonce(job, q->next_nonce, ANCHOR_ASSIGNED);
        else
            on_refused_price(job, verdict);
        return;
    }
    if (!is_sending(job) || job->run.quoted)
        return;
    static const struct fee_bid NOTHING; /* of an imported attempt the price is not known */
    uint32_t all = sendable(job);
    const struct fee_bid *old = all != 0 ? &job->attempts[dearest(all)].bid : &NOTHING;
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
    if (job->state != ANCHOR_ASSIGNED && !(is_sending(job) && job->run.quoted))
        return;
    append(job, (struct anchor_attempt){
                    .hash = event->hash, .bid = job->draft, .made_at = event->now});
    job->state = sending_state(job);
    alarm_set(job, ANCHOR_ALARM_SIGNER, false);
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
    alarm_set(job, ANCHOR_ALARM_FUNDS, (replies & ANCHOR_REPLY_FUNDS) != 0);
    alarm_set(job, ANCHOR_ALARM_GAS, (replies & ANCHOR_REPLY_GAS) != 0);
    alarm_set(job, ANCHOR_ALARM_ENDPOINT_CAP, (replies & ANCHOR_REPLY_FEE_CAP) != 0);
    if ((replies & PRICE) != 0 && job->state != ANCHOR_FEE_CAPPED)
        job->run.bump_at_ms = now_ms + policy->poll_ms;
}

static void on_sent(struct anchor_job *job, const struct anchor_event *event,
                    const struct anchor_policy *policy)
{
    const struct anchor_sent *sent = &event->sent;
    uint32_t all = sendable(job);
    if (!is_sending(job) || (all >> job->run.sending & 1) == 0)
        return;
    bool newest = job->run.sending == dearest(all);
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
    alarm_set(job, ANCHOR_ALARM_DISAGREE, chain->disagree);
    alarm_set(job, ANCHOR_ALARM_NO_FINALITY, chain->no_finality && !policy->by_depth);
}

/* A receipt counts only if the chain, asked by number, has its block: nodes also give receipts of
 * blocks that were taken back. */
static const struct anchor_receipt *mined_receipt(struct anchor_job *job,
                                                  const struct anchor_looked *looked)
{
    for (size_t i = 0; i < looked->n_receipts; i++) {
        const struct anchor_receipt *r = &looked->receipts[i];
        if (r->canonical_known && hash32_equal(&r->canonical, &r->mined.block_hash) &&
            find(job, r->seq) != NULL)
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
        job->state = sending_state(job);
        job->run.resend_at_ms = 0;
    }
    job->run.locate = false;
    alarm_set(job, ANCHOR_ALARM_NONCE_USED, false);
    job->run.next_in_line = chain->nonce == job->nonce;
    if (!job->run.next_in_line)
        job->run.bump_at_ms = 0;
    uint32_t all = sendable(job);
    if (job->run.resend_at_ms == 0)
        job->run.send = all;
    else if (now_ms >= job->run.resend_at_ms && all != 0)
        job->run.send |= UINT32_C(1) << dearest(all);
}

static void on_looked(struct anchor_job *job, const struct anchor_event *event,
                      const struct anchor_policy *policy)
{
    const struct anchor_looked *looked = &event->looked;
    if (!is_sending(job))
        return;
    note_chain(job, &looked->chain, policy);
    alarm_set(job, ANCHOR_ALARM_STUCK, event->now > job->attempts[0].made_at + STUCK_S);
    const struct anchor_receipt *receipt = mined_receipt(job, looked);
    if (receipt != NULL) {
        enter_mined(job, receipt, event->now);
    } else if (looked->chain.nonce > job->nonce) {
        job->state = ANCHOR_SUSPECT;
        job->run.send = 0;
        alarm_set(job, ANCHOR_ALARM_NONCE_USED, true);
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
        leave_block(job);
    else if (job->state == ANCHOR_MINED && is_final(job, &checked->chain, policy))
        enter_final(job, event->now);
}

static void on_located(struct anchor_job *job, const struct anchor_event *event)
{
    const struct anchor_located *located = &event->located;
    if (job->state != ANCHOR_SUSPECT)
        return;
    job->run.locate = false;
    if (located->user == ANCHOR_USER_UNKNOWN || is_ours(job, &located->hash))
        return; /* the receipt will turn up */
    if (located->user == ANCHOR_USER_SAME) {
        import(job, &located->hash, event->now);
        return;
    }
    job->n_foreign++;
    job->stranger = located->hash;
    lose_nonce(job, ANCHOR_FOREIGN);
    alarm_set(job, ANCHOR_ALARM_FOREIGN, true);
}

/* ------------------------------------------------------------------ events: saved, evidence, failures */

static void on_saved(struct anchor_job *job)
{
    for (uint32_t i = 0; i < job->n_attempts; i++)
        job->attempts[i].saved = true;
    job->run.unsaved = false;
    if (job->cost > job->booked)
        job->booked = job->cost;
    alarm_set(job, ANCHOR_ALARM_STORE, false);
}

static void on_evidence(struct anchor_job *job)
{
    if (job->state != ANCHOR_FINAL)
        return;
    job->has_evidence = true;
    alarm_set(job, ANCHOR_ALARM_EVIDENCE, false);
    job->run.unsaved = true;
}

static void on_evidence_failed(struct anchor_job *job, uint64_t now_ms, const struct anchor_policy *policy)
{
    job->run.evidence_at_ms = now_ms + (policy->retry_ms << job->run.evidence_tries);
    job->run.evidence_tries++;
    alarm_set(job, ANCHOR_ALARM_EVIDENCE, job->run.evidence_tries >= 3);
}

static void on_failed(struct anchor_job *job, const struct anchor_event *event,
                      const struct anchor_policy *policy)
{
    switch (event->action) {
    case ANCHOR_DO_SAVE:
        alarm_set(job, ANCHOR_ALARM_STORE, true);
        break;
    case ANCHOR_DO_QUOTE:
        job->run.go = false;
        job->run.bump_at_ms = event->now_ms + policy->retry_ms;
        break;
    case ANCHOR_DO_SIGN:
        alarm_set(job, ANCHOR_ALARM_SIGNER, true);
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

static void apply(struct anchor_job *job, const struct anchor_event *event,
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
    uint32_t i = dearest(job->run.send);
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
    alarm_set(job, ANCHOR_ALARM_ATTEMPTS, due && is_full(job));
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
    bool wanted = policy->evidence && !job->has_evidence && job->run.evidence_tries < EVIDENCE_TRIES;
    if (wanted && now_ms >= job->run.evidence_at_ms)
        return act(ANCHOR_DO_EVIDENCE);
    if (!job->run.looked)
        return act(ANCHOR_DO_CHECK);
    if (!wanted && job->run.head >= job->mined.block + policy->watch_blocks) {
        job->done = true;
        job->run.unsaved = true;
        return act(ANCHOR_DO_SAVE);
    }
    return wait_for(job, policy->poll_ms);
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
        break; /* always done */
    }
    return act(ANCHOR_DO_DONE);
}

struct anchor_action anchor_step(struct anchor_job *job, const struct anchor_event *event,
                                 const struct anchor_policy *policy)
{
    apply(job, event, policy);
    if (event->what == ANCHOR_EV_FAILED)
        return wait_for(job, policy->retry_ms);
    return next(job, event->now_ms, policy);
}
