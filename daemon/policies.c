/* From the settings to the policies of the pure core: see policies.h. */
#include "daemon/policies.h"

#define IDLE_POLL_MS 60000
#define RESEND_POLLS 6 /* two blocks: 24 s */
#define RETRY_MS(poll) ((poll) + (poll) / 4)
#define WINDOW 4
#define WATCH_BLOCKS 64
#define WATCH_POLLS 15 /* a final anchor is looked at so much less often */

struct batch_policy policies_batch(const struct settings *s)
{
    return (struct batch_policy){
        .max_age_ms = s->batch.max_age,
        .max_leaves = s->batch.max_leaves,
        .min_interval_ms = s->batch.min_interval,
        .heartbeat_ms = s->batch.heartbeat,
    };
}

struct anchor_policy policies_anchor(const struct settings *s)
{
    return (struct anchor_policy){
        .registry = s->chain.anchor_to == SETTINGS_TO_REGISTRY,
        .by_depth = s->chain.finality == SETTINGS_BY_DEPTH,
        .confirmations = (uint32_t)s->chain.confirmations,
        .watch_blocks = WATCH_BLOCKS,
        .evidence = true,
        .poll_ms = s->chain.poll,
        .watch_ms = s->chain.poll * WATCH_POLLS,
        .resend_ms = s->chain.poll * RESEND_POLLS,
        .bump_after_ms = s->fees.bump_after,
        .retry_ms = RETRY_MS(s->chain.poll),
        .fees = settings_fee_policy(s),
    };
}

struct lane_policy policies_lane(const struct settings *s)
{
    return (struct lane_policy){.window = WINDOW, .fees = settings_fee_policy(s)};
}

uint64_t policies_idle_poll_ms(const struct settings *s)
{
    return s->chain.poll > IDLE_POLL_MS ? s->chain.poll : IDLE_POLL_MS;
}
