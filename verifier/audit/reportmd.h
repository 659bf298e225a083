/* The report that an auditor reads and signs: Markdown, in English and then in French. Pure. */
#ifndef VERIFIER_AUDIT_REPORTMD_H
#define VERIFIER_AUDIT_REPORTMD_H

#include "common/text.h"
#include "verifier/audit/results.h"

/** The same results give the same bytes. */
void reportmd_write(struct text *t, const struct results *r);

/** One finding as a sentence with its pointers, for the terminal too. */
void reportmd_finding(struct text *t, const struct finding *finding, enum catalogue_language language);

#endif
