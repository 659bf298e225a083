/* What must hold in a simulated world, each checked where it happens: it ends the program if it does not. */
#ifndef TESTS_SIM_CHECKS_H
#define TESTS_SIM_CHECKS_H

#include "tests/sim/world.h"

/* What all runs together must have seen, or they prove less than they say. */
struct checks_sight {
    uint64_t states[ANCHOR_N_STATES];
    uint64_t whats[ANCHOR_EV_FAILED + 1];
    uint64_t alarms[ANCHOR_N_ALARMS];
    uint64_t lane[LANE_DO_SAVE + 1];
};
extern struct checks_sight checks_sight;

/** A bid keeps to the caps. */
void checks_bid(const struct world *w, const struct anchor_job *job);
/** One value, one nonce, for ever, unless that nonce is finally used by something else; in order, few at once. */
void checks_nonce(struct world *w, const struct anchor_job *job);
/** At the moment of the look, the chain has it where the job says. */
void checks_mined(const struct world *w, const struct anchor_job *job);
/** The same, and that block is final. */
void checks_final(const struct world *w, const struct anchor_job *job);
/** What is read back is what was written. */
void checks_round_trip(const struct world *w, uint64_t k);

/** At the end: each value on the chain once if it is final, never if a later one proves it. */
void checks_end(const struct world *w);
/** Also if the daemon has stopped: no value twice, and in order. */
void checks_chain(const struct world *w);
/** What was mined on a day cost no more than the budget of a day. */
void checks_budget(const struct world *w);

void checks_note_alarms(uint32_t alarms);
/** After all runs: every state, event, alarm and act of the lane has occurred. */
void checks_seen(void);

#endif
