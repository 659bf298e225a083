/* One anchored value on its way: see job.h. */
#include "tests/job.h"

#include "tests/harness.h"

const struct anchor_policy job_policy = {
    .registry = true,
    .confirmations = 12,
    .watch_blocks = 64,
    .evidence = true,
    .poll_ms = 4000,
    .watch_ms = 60000,
    .resend_ms = 12000,
    .bump_after_ms = 48000,
    .retry_ms = 2000,
    .fees = {.max_fee_per_gas = 200 * JOB_GWEI, .min_priority_fee = JOB_GWEI, .max_priority_fee = 3 * JOB_GWEI,
             .max_gas = 100000},
};

struct anchor_event job_ev;

int job_begin(void **state)
{
    (void)state;
    memset(&job_ev, 0, sizeof job_ev);
    job_ev.now_ms = 5000;
    job_ev.now = JOB_NOON;
    return 0;
}

void job_later(uint64_t ms)
{
    job_ev.now_ms += ms;
    job_ev.now += ms / 1000;
}

struct hash32 job_hash(uint8_t n)
{
    return (struct hash32){.b = {n}};
}

struct anchor_action job_step(struct anchor_job *job, enum anchor_what what)
{
    job_ev.what = what;
    return anchor_step(job, &job_ev, &job_policy);
}

void job_expect(struct anchor_action a, enum anchor_do what)
{
    assert_string_equal(anchor_do_name(a.what), anchor_do_name(what));
}

void job_expect_state(const struct anchor_job *job, enum anchor_state state)
{
    assert_string_equal(anchor_state_name(job->state), anchor_state_name(state));
}

/* ------------------------------------------------------------------ the way to each state */

struct anchor_action job_quote(struct anchor_job *job, uint64_t base_gwei)
{
    job_ev.quote = (struct anchor_quote){.market = {.base = base_gwei * JOB_GWEI, .tip = JOB_GWEI},
                                     .gas = 23050,
                                     .room = {WEI_MAX, WEI_MAX},
                                     .next_nonce = 7};
    return job_step(job, ANCHOR_EV_QUOTE);
}

struct anchor_action job_signed(struct anchor_job *job, uint8_t n)
{
    job_ev.hash = job_hash(n);
    return job_step(job, ANCHOR_EV_SIGNED);
}

struct anchor_action job_sent(struct anchor_job *job, uint32_t replies)
{
    job_ev.sent = (struct anchor_sent){.replies = replies};
    return job_step(job, ANCHOR_EV_SENT);
}

struct anchor_action job_looked(struct anchor_job *job, uint64_t nonce, uint64_t nonce_final)
{
    job_ev.looked.n_receipts = 0;
    job_ev.looked.chain = (struct anchor_chain){.head = 100, .finalized_known = true, .finalized = 90,
                                            .nonce = nonce, .nonce_final_known = true,
                                            .nonce_final = nonce_final};
    return job_step(job, ANCHOR_EV_LOOKED);
}

struct anchor_action job_found(struct anchor_job *job, uint32_t seq, bool canonical, bool useful)
{
    job_ev.looked.chain = (struct anchor_chain){.head = 100, .nonce = 8};
    job_ev.looked.n_receipts = 1;
    job_ev.looked.receipts[0] = (struct anchor_receipt){
        .seq = seq,
        .mined = {.block = 100, .block_hash = job_hash(0xb0), .block_time = job_ev.now, .useful = useful,
                  .cost = 5000},
        .canonical_known = true,
        .canonical = canonical ? job_hash(0xb0) : job_hash(0xb1)};
    return job_step(job, ANCHOR_EV_LOOKED);
}

struct anchor_action job_checked(struct anchor_job *job, uint64_t head, uint64_t finalized,
                                    bool canonical)
{
    job_ev.checked.chain =
        (struct anchor_chain){.head = head, .finalized_known = true, .finalized = finalized};
    job_ev.checked.canonical_known = true;
    job_ev.checked.canonical = canonical ? job_hash(0xb0) : job_hash(0xb1);
    return job_step(job, ANCHOR_EV_CHECKED);
}

struct anchor_job job_at_queued(void)
{
    struct hash32 value = job_hash(1);
    struct anchor_job job = anchor_new(812, &value, job_ev.now);
    job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_WAIT);
    return job;
}

struct anchor_job job_at_assigned(void)
{
    struct anchor_job job = job_at_queued();
    job_expect(job_step(&job, ANCHOR_EV_GO), ANCHOR_DO_QUOTE);
    job_expect(job_quote(&job, 20), ANCHOR_DO_SAVE);
    job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_SIGN);
    return job;
}

struct anchor_job job_at_sent(void)
{
    struct anchor_job job = job_at_assigned();
    job_expect(job_signed(&job, 0xa1), ANCHOR_DO_SAVE);
    job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_LOOK);
    job_expect(job_looked(&job, 7, 7), ANCHOR_DO_SEND);
    job_expect(job_sent(&job, ANCHOR_REPLY_ACCEPTED), ANCHOR_DO_SAVE);
    job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_WAIT);
    return job;
}

void job_add_attempt(struct anchor_job *job, uint8_t n)
{
    job_later(4000000);
    job_expect(job_step(job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
    struct anchor_action a = job_looked(job, 7, 7);
    if (a.what == ANCHOR_DO_SEND)
        a = job_sent(job, ANCHOR_REPLY_KNOWN);
    job_expect(a, ANCHOR_DO_QUOTE);
    job_expect(job_quote(job, 20), ANCHOR_DO_SIGN);
    job_expect(job_signed(job, n), ANCHOR_DO_SAVE);
    a = job_step(job, ANCHOR_EV_SAVED);
    job_expect(a, ANCHOR_DO_SEND);
    assert_int_equal(a.seq, job->n_attempts);
    job_expect(job_sent(job, ANCHOR_REPLY_ACCEPTED), ANCHOR_DO_SAVE);
    job_expect(job_step(job, ANCHOR_EV_SAVED), ANCHOR_DO_WAIT);
}

struct anchor_job job_at_mined(bool useful)
{
    struct anchor_job job = job_at_sent();
    job_expect(job_step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
    job_expect(job_found(&job, 1, true, useful), ANCHOR_DO_SAVE);
    job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_CHECK);
    job_expect(job_checked(&job, 100, 90, true), ANCHOR_DO_WAIT);
    return job;
}

struct anchor_job job_at_final(void)
{
    struct anchor_job job = job_at_mined(true);
    job_expect(job_step(&job, ANCHOR_EV_TICK), ANCHOR_DO_CHECK);
    job_expect(job_checked(&job, 110, 100, true), ANCHOR_DO_SAVE);
    job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_EVIDENCE);
    return job;
}

struct anchor_job job_at_suspect(void)
{
    struct anchor_job job = job_at_sent();
    job_expect(job_step(&job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
    job_expect(job_looked(&job, 8, 7), ANCHOR_DO_WAIT);
    job_expect_state(&job, ANCHOR_SUSPECT);
    return job;
}

struct anchor_job job_at_foreign(void)
{
    struct anchor_job job = job_at_suspect();
    job_step(&job, ANCHOR_EV_TICK);
    job_looked(&job, 8, 8);
    job_ev.located = (struct anchor_located){.user = ANCHOR_USER_STRANGER, .hash = job_hash(0xee)};
    job_expect(job_step(&job, ANCHOR_EV_LOCATED), ANCHOR_DO_SAVE);
    job_expect(job_step(&job, ANCHOR_EV_SAVED), ANCHOR_DO_WAIT);
    return job;
}

struct anchor_job job_reborn(const struct anchor_job *job)
{
    uint8_t blob[ANCHOR_MAX_BLOB];
    size_t len;
    struct anchor_job again;
    struct err e;
    anchor_encode(job, blob, &len);
    assert_ok(anchor_decode(&again, blob, len, &e), e);
    return again;
}

uint64_t job_bump_delay(struct anchor_job *job)
{
    uint64_t start = job_ev.now_ms;
    for (int i = 0; i < 10000; i++) {
        job_later(1000);
        job_expect(job_step(job, ANCHOR_EV_TICK), ANCHOR_DO_LOOK);
        struct anchor_action a = job_looked(job, 7, 7);
        if (a.what == ANCHOR_DO_SEND)
            a = job_sent(job, ANCHOR_REPLY_KNOWN);
        if (a.what == ANCHOR_DO_QUOTE)
            return job_ev.now_ms - start;
        job_expect(a, ANCHOR_DO_WAIT);
    }
    fail_msg("no higher fee is asked for in 10,000 s");
    return 0;
}
