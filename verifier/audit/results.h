/* One finished audit, as everything that is written out of it sees it. */
#ifndef VERIFIER_AUDIT_RESULTS_H
#define VERIFIER_AUDIT_RESULTS_H

#include <stddef.h>

#include "verifier/audit/judge.h"
#include "verifier/audit/ledger.h"
#include "verifier/audit/draw.h"

/* All borrowed. */
struct results {
    const struct ledger *ledger;
    const struct judge *judge;
    const struct draw *sample;
    const char *seed; /* of the sample; NULL: none was asked for */
    size_t sample_n;  /* how many were asked for */
};

#endif
