/* Metrics of an audit: see metrics.h. */
#include "verifier/audit/metrics.h"

#include <inttypes.h>

static void put(struct text *t, const char *name, const char *type, const char *help, uint64_t value)
{
    text_putf(t, "# HELP hallmark_audit_%s %s\n# TYPE hallmark_audit_%s %s\nhallmark_audit_%s %" PRIu64 "\n", name,
              help, name, type, name, value);
}

static void put_findings(struct text *t, const struct findings *f)
{
    text_puts(t, "# HELP hallmark_audit_findings What stands against the log now, by code.\n"
                 "# TYPE hallmark_audit_findings gauge\n");
    for (int code = 0; code < FINDING_CODES; code++) {
        const struct catalogue_row *row = catalogue_row((enum finding_code)code);
        uint64_t n = 0;
        for (size_t i = 0; i < f->n; i++)
            n += f->items[i].code == (enum finding_code)code;
        text_putf(t, "hallmark_audit_findings{code=\"%s\",name=\"%s\",severity=\"%s\"} %" PRIu64 "\n", row->code,
                  row->name, catalogue_severity_word(row->severity, CATALOGUE_ENGLISH), n);
    }
}

void metrics_write(struct text *t, const struct results *r, uint64_t rounds, uint64_t round_at)
{
    const struct ledger *l = r->ledger;
    const struct findings *f = &r->judge->findings;
    put(t, "rounds_total", "counter", "Rounds made since the start.", rounds);
    put(t, "last_round_timestamp_seconds", "gauge", "When the last round ended.", round_at);
    put(t, "complete", "gauge", "1 if the last round could read everything.",
        findings_count(f, CATALOGUE_INCOMPLETE) == 0);
    put(t, "exit", "gauge", "The exit code that the audit would end with now.", (uint64_t)findings_exit(f));
    put(t, "head", "gauge", "Number of the newest batch.", l->head);
    put(t, "batches", "gauge", "Batches that were rebuilt.", l->n_batches);
    put(t, "leaves", "gauge", "Leaves in them.", l->n_leaves);
    put(t, "transactions", "gauge", "Transactions of the keys of the log.", l->n_txs);
    put(t, "final_block", "gauge", "The block up to which the chain was read.", l->final.number);
    put_findings(t, f);
}
