/* The states of one anchored value, and the ways from one to the next. For the step of anchor.h alone.
 *
 * Every way ends with an unsaved job; a nonce is taken and lost here and nowhere else. */
#ifndef DAEMON_CORE_LIFE_H
#define DAEMON_CORE_LIFE_H

#include "daemon/core/anchor.h"

#define LIFE_ALARMS_OF_PRICE                                                                       \
    (ANCHOR_ALARM_FEE_CAPPED | ANCHOR_ALARM_BUDGET | ANCHOR_ALARM_FUNDS | ANCHOR_ALARM_GAS)

void life_alarm(struct anchor_job *job, enum anchor_alarm alarm, bool on);

/** It has no nonce and wants one. */
bool life_is_waiting(const struct anchor_job *job);

/** It waits, and is not about to take a nonce. */
bool life_is_free(const struct anchor_job *job);

/** It has signed attempts, and none is known to be mined. */
bool life_is_sending(const struct anchor_job *job);

/** The attempt with this number, or NULL. */
struct anchor_attempt *life_attempt(struct anchor_job *job, uint32_t seq);

/** Whether this is the hash of one of its attempts. */
bool life_is_ours(const struct anchor_job *job, const struct hash32 *hash);

/** Bit i: attempts[i] has bytes to send. */
uint32_t life_sendable(const struct anchor_job *job);

/** The index of the dearest: each attempt costs more than the one before. In: a mask that is not 0. */
uint32_t life_dearest(uint32_t mask);

/** SENT if an endpoint has taken an attempt, else SIGNED. */
enum anchor_state life_sending_state(const struct anchor_job *job);

/** Add an attempt; it gets the next number. In: there is room for it. */
void life_append(struct anchor_job *job, struct anchor_attempt attempt);

/** In: a job that waits; whose nonce it is. */
void life_take_nonce(struct anchor_job *job, const struct seal_address *from, uint64_t nonce, enum anchor_state state);

/** A finalized block has used the nonce for something else: no attempt can be mined any more. */
void life_lose_nonce(struct anchor_job *job, enum anchor_state state);

/** In: a receipt of one of its attempts, in a canonical block. */
void life_enter_mined(struct anchor_job *job, const struct anchor_receipt *receipt, uint64_t now);

/** The chain took its block back: to be sent anew. */
void life_leave_block(struct anchor_job *job);

/** Its block is final: FINAL if it is an anchor, else REVERTED. */
void life_enter_final(struct anchor_job *job, uint64_t now);

#endif
