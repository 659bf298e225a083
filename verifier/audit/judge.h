/* From facts to findings, all of them: the pure heart of `hallmark audit`. */
#ifndef VERIFIER_AUDIT_JUDGE_H
#define VERIFIER_AUDIT_JUDGE_H

#include "common/err.h"
#include "verifier/audit/findings.h"
#include "verifier/audit/ledger.h"
#include "verifier/audit/match.h"
#include "verifier/audit/walk.h"

/* What was made of the facts. Points into the ledger. {0} is empty; judge_done() frees. */
struct judge {
    struct walk walk;
    struct match match;
    struct findings findings; /* sorted */
};

void judge_done(struct judge *j);

/** Judge a log, as far as it was read (log_complete, chain_complete). The same facts give the same findings, in the
 *  same order.
 *  Returns: ERR_OK; ERR_NOMEM. */
enum err_code judge_ledger(const struct ledger *l, struct judge *ret, struct err *e)
    __attribute__((warn_unused_result));

#endif
