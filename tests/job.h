/* One anchored value on its way, for the tests of its step: each function feeds one event, each job_at_* makes a job
 * that has come so far by the happy path. Every test begins with job_begin(). */
#ifndef TESTS_JOB_H
#define TESTS_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/core/anchor.h"

#define JOB_GWEI UINT64_C(1000000000)
#define JOB_NOON UINT64_C(1795348800) /* 2026-11-22 12:00:00 UTC */

extern const struct anchor_policy job_policy;
/* The event being made; job_begin() leaves an empty one, five seconds after the boot, at noon. */
extern struct anchor_event job_ev;

/** A set-up of cmocka's. */
int job_begin(void **state);
void job_later(uint64_t ms);
/** 32 bytes that begin with n. */
struct hash32 job_hash(uint8_t n);

/** Feed job_ev as this event. */
struct anchor_action job_step(struct anchor_job *job, enum anchor_what what);
void job_expect(struct anchor_action a, enum anchor_do what);
void job_expect_state(const struct anchor_job *job, enum anchor_state state);

struct anchor_action job_quote(struct anchor_job *job, uint64_t base_gwei);
struct anchor_action job_signed(struct anchor_job *job, uint8_t n);
/** In: replies  ANCHOR_REPLY_… */
struct anchor_action job_sent(struct anchor_job *job, uint32_t replies);
/** A look that finds no receipt. */
struct anchor_action job_looked(struct anchor_job *job, uint64_t nonce, uint64_t nonce_final);
/** A look that finds the receipt of attempt seq in block 100, which the chain has (or has another). */
struct anchor_action job_found(struct anchor_job *job, uint32_t seq, bool canonical, bool useful);
struct anchor_action job_checked(struct anchor_job *job, uint64_t head, uint64_t finalized, bool canonical);

struct anchor_job job_at_queued(void);
struct anchor_job job_at_assigned(void);
struct anchor_job job_at_sent(void);
struct anchor_job job_at_mined(bool useful);
struct anchor_job job_at_final(void);
struct anchor_job job_at_suspect(void);
/** A stranger's transaction used its nonce. */
struct anchor_job job_at_foreign(void);
/** The job as the store gives it back. */
struct anchor_job job_reborn(const struct anchor_job *job);

/** From a job that waits: a second attempt, sent too. */
void job_add_attempt(struct anchor_job *job, uint8_t n);
/** How long after its sending the next higher fee is asked for, in ms. */
uint64_t job_bump_delay(struct anchor_job *job);

#endif
