/* One line on a terminal that tells how far a long run is; nothing where standard error is none. */
#ifndef VERIFIER_AUDIT_PROGRESS_H
#define VERIFIER_AUDIT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool shown;        /* standard error is a terminal */
    bool dirty;        /* a line stands there */
    const char *what;  /* that line tells of */
    uint64_t shown_at; /* milliseconds */
};

void progress_open(struct progress *p);

/** Tell how far it is; drawn ten times a second at most.
 *  In: what  static; total  0: not known. p may be NULL. */
void progress_step(struct progress *p, const char *what, uint64_t done, uint64_t total);

/** Wipe the line, so that something else can be printed. */
void progress_clear(struct progress *p);

#endif
