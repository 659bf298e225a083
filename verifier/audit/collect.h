/* Reading a log into a ledger, whole or what came since: rows, leaves, annexes; one batch in memory at a time. */
#ifndef VERIFIER_AUDIT_COLLECT_H
#define VERIFIER_AUDIT_COLLECT_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "verifier/audit/journal.h"
#include "verifier/audit/ledger.h"
#include "verifier/audit/progress.h"
#include "verifier/audit/draw.h"
#include "verifier/audit/source.h"

struct collect {
    struct source *source;     /* borrowed, all of them */
    struct journal *journal;
    struct progress *progress;
    struct ledger *ledger;
    struct draw *sample;     /* drawn in the first round; filled */
    size_t sample_n;           /* 0: no sample */
    const char *sample_seed;
    bool listed;               /* the first round is over */
};

/** Read what is new. What an interrupted round has read stays in the ledger and is not read again.
 *  Returns: ERR_OK, the ledger holds the log up to its head; the errors of source.h. */
enum err_code collect_round(struct collect *c, struct err *e) __attribute__((warn_unused_result));

#endif
