/* One named input to its verdicts: a file, a pipe or standard input ("-"); what it holds is taken out of its
 * wrapping, each document is checked, and what cannot be checked is told what is wrong with it.
 *
 * A file with a proof beside it, or one that was named for it, is checked as it is: the proof is about the
 * file, not about what may be inside of it. */
#ifndef VERIFIER_WRAP_EXAMINE_H
#define VERIFIER_WRAP_EXAMINE_H

#include "verifier/check.h"

struct examine {
    struct check_setup *setup;  /* borrowed */
    const char *proof_file;     /* NULL: none was named */
    void (*on_result)(void *self, const struct check_result *result); /* once for each document */
    void *self;
};

/** Examine one input; on_result is called at least once. */
void examine_path(const struct examine *x, const char *path);

#endif
