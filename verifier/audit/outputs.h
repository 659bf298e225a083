/* What an audit leaves behind: findings as JSON, tables as CSV (RFC 4180, UTF-8, ISO times), and the list of
 * hashes of these files. The same facts give the same bytes: no clock, no locale, no name of a machine. Pure
 * but for outputs_write(). */
#ifndef VERIFIER_AUDIT_OUTPUTS_H
#define VERIFIER_AUDIT_OUTPUTS_H

#include "common/err.h"
#include "common/text.h"
#include "verifier/audit/results.h"

/** One finding as a JSON object, without a newline. */
void outputs_finding(struct text *t, const struct finding *finding);

/** The summary as a JSON object on one line, as --json prints it last. In: exit  of the command. */
void outputs_summary(struct text *t, const struct results *o, int exit);

void outputs_findings_json(struct text *t, const struct results *o);
void outputs_anchors_csv(struct text *t, const struct results *o);
void outputs_batches_csv(struct text *t, const struct results *o);
void outputs_keys_csv(struct text *t, const struct results *o);
void outputs_sample_csv(struct text *t, const struct results *o);

/** Write all files into a folder, manifest.sha256 last (as sha256sum writes it).
 *  Returns: ERR_OK; ERR_IO; ERR_NOMEM. */
enum err_code outputs_write(const struct results *o, const char *folder, struct err *e)
    __attribute__((warn_unused_result));

#endif
