/* A verdict for people and for programs. */
#ifndef VERIFIER_REPORT_H
#define VERIFIER_REPORT_H

#include <stdint.h>

#include "common/text.h"
#include "verifier/check.h"
#include "verifier/reasons.h"

/** One JSON object on one line, with exactly the members of design.md, "Verdict". */
void report_json(struct text *out, const struct check_result *result, enum reasons_language language);

/** Three lines in plain words (is it authentic; what, to whom, by whom; is it in force, and when that was
 *  checked), then the steps behind them.
 *  In:  checked_at  Unix seconds
 *       judged_at   the day in question (--at); 0: the same */
void report_text(struct text *out, const struct check_result *result, enum reasons_language language,
                 uint64_t checked_at, uint64_t judged_at);

#endif
