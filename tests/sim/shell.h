/* The shell of a simulated daemon, as thin as the real one: it does what the core says, and decides nothing. */
#ifndef TESTS_SIM_SHELL_H
#define TESTS_SIM_SHELL_H

#include "tests/sim/world.h"

/** Start, also after a crash: everything comes from the disk. */
void shell_start(struct world *w);
/** Give a waiting job an event, and perform what it wants until it waits, or an action takes longer. */
void shell_run(struct world *w, struct slot *slot, enum anchor_what what);
/** Go on with an action that took longer. */
void shell_go_on(struct world *w, struct slot *slot);
/** Look at the chain for the lane. */
void shell_look(struct world *w);
/** Do what the lane says until it waits. */
void shell_lane(struct world *w);

#endif
