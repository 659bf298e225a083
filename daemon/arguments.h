/* The command line of a service: which settings, and what to do with them besides running. hallmarkd and
 * hallmark-signer take the same options, from one table. */
#ifndef DAEMON_ARGUMENTS_H
#define DAEMON_ARGUMENTS_H

#include <stdbool.h>

#include "common/conf.h"
#include "common/err.h"

/* What differs from program to program. */
struct arguments_program {
    const char *name;
    const char *purpose; /* what it does: sentences, one a line */
    const char *config;  /* the default of --config, as the help words it */
    const char *remarks; /* below the options, or "" */
};

struct arguments {
    const char *config; /* --config; NULL: none was named */
    bool check;         /* --check-config */
    bool print;         /* --print-config */
};

/** Read the command line; --version, --help and mistakes are answered here.
 *  In:      ret  zeroed
 *  Returns: the exit code of the program (0 or EX_USAGE), or -1 to go on with ret. */
int arguments_read(struct arguments *ret, const struct arguments_program *program, int argc, char **argv);

/** Say on standard error why the settings cannot be used: every error of the report, or else the one of e. */
void arguments_complain(const struct arguments_program *program, const struct conf_report *report, const struct err *e);

/** Print the settings in force (--print-config). Returns: the exit code. */
int arguments_print(const struct conf_table *table, const void *settings);

#endif
