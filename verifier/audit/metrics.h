/* How an audit that keeps watching stands, as a text file for Prometheus (the node exporter's textfile
 * collector reads it). Pure. */
#ifndef VERIFIER_AUDIT_METRICS_H
#define VERIFIER_AUDIT_METRICS_H

#include <stdint.h>

#include "common/text.h"
#include "verifier/audit/results.h"

#define METRICS_NAME "metrics.prom"

/** In: rounds  how many were made; round_at  Unix seconds of the last one. */
void metrics_write(struct text *t, const struct results *r, uint64_t rounds, uint64_t round_at);

#endif
