/* The story of one anchored value in plain words, for `hallmarkctl explain` and for support. */
#ifndef DAEMON_CORE_ANCHOR_EXPLAIN_H
#define DAEMON_CORE_ANCHOR_EXPLAIN_H

#include "daemon/core/anchor.h"

#define ANCHOR_EXPLAIN_LEN 2048 /* enough for the longest story */

/** Write one paragraph: what happened, where it stands, what comes next ("Batch 812 was sealed at
 *  2026-11-22 07:00:00 UTC. …"). Every alarm of the job follows as a sentence with its remedy.
 *
 *  In:      now  Unix seconds, for "for 5 min"
 *  Returns: the length without the NUL; cut to fit cap, always terminated. cap ≥ 1
 */
size_t anchor_explain(const struct anchor_job *job, uint64_t now, char *ret, size_t cap);

#endif
