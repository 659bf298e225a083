/* From the settings to the policies of the pure core: what hallmarkd lets its users choose, and the paces that follow
 * from it. */
#ifndef DAEMON_POLICIES_H
#define DAEMON_POLICIES_H

#include <stdint.h>

#include "daemon/core/anchor.h"
#include "daemon/core/batch.h"
#include "daemon/core/lane.h"
#include "daemon/settings.h"

/** When a batch is closed. */
struct batch_policy policies_batch(const struct settings *s);

/** How an anchor is made final. Its pace follows [chain] poll, which follows the pace of the chain: 4 s for blocks of
 *  12 s. */
struct anchor_policy policies_anchor(const struct settings *s);

/** How many anchors are under way at once, and what they may cost. */
struct lane_policy policies_lane(const struct settings *s);

/** Between two looks at the chain while nothing is under way, in ms. */
uint64_t policies_idle_poll_ms(const struct settings *s);

#endif
