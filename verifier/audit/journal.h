/* What an audit has read so far, in a file, so that one that was broken off goes on where it stopped.
 *
 * The file belongs to one machine and one version of the program: a head that names both, the log and its
 * source, then frames that are appended. A torn last frame is dropped. It is no evidence, and no manifest
 * covers it; a complete audit deletes it. */
#ifndef VERIFIER_AUDIT_JOURNAL_H
#define VERIFIER_AUDIT_JOURNAL_H

#include <stdio.h>

#include "common/err.h"
#include "verifier/audit/ledger.h"

#define JOURNAL_NAME "audit.state"

/* {0}: none; every function then does nothing. */
struct journal {
    FILE *file;
    char path[4096];
};

/** Open DIR/audit.state and take what it holds into the ledger, if it is of this log and this source; else
 *  begin it anew.
 *  In:      l       with its genesis; empty otherwise
 *           source  names where the log is read from
 *  Returns: ERR_OK; ERR_IO; ERR_NOMEM. */
enum err_code journal_open(struct journal *ret, const char *folder, const char *source, struct ledger *l,
                           struct err *e) __attribute__((warn_unused_result));

/** Note a batch with its leaves and annex, a transaction, the recent block of a batch. What cannot be written
 *  is lost for the next run, nothing more. */
void journal_batch(struct journal *j, const struct ledger *l, size_t i);
void journal_tx(struct journal *j, const struct ledger_tx *tx);
void journal_recent(struct journal *j, const struct ledger_batch *batch);

/** In: finished  the file is not needed any more. */
void journal_close(struct journal *j, bool finished);

#endif
