/* What credentials are read with: the embedded contexts, and the files of --context URL=FILE. */
#ifndef VERIFIER_CONTEXTFILES_H
#define VERIFIER_CONTEXTFILES_H

#include "verifier/command.h"
#include "verifier/rdf/canonize.h"

#define CONTEXTFILES_MAX 16

struct contextfiles {
    struct canonize canonize;
    char *texts[CONTEXTFILES_MAX]; /* owned: the canonizer points into them */
    size_t n;
};

/** Start with the embedded contexts alone. It may not move afterwards. */
void contextfiles_open(struct contextfiles *c);
void contextfiles_close(struct contextfiles *c);

/** Take one --context option: the last "=" ends the URL, because a query may hold others.
 *  Returns: 0, or the exit code after a complaint on standard error. */
int contextfiles_add(struct contextfiles *c, const struct command *command, const char *option);

#endif
