/* A sub-command of `hallmark`: the table in main.c dispatches, helps and completes from these. */
#ifndef VERIFIER_COMMAND_H
#define VERIFIER_COMMAND_H

#include <stddef.h>

#include "common/err.h"
#include "verifier/verdict.h"

struct command {
    const char *name;
    const char *arguments; /* for the usage line */
    const char *summary;   /* one sentence, plain words */
    int (*run)(const struct command *self, int argc, char **argv); /* returns the exit code */
};

/** Say on standard error what is wrong and how the command is used. Returns: VERDICT_EXIT_USAGE. */
int command_usage(const struct command *self, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/** Print the help of one command to standard output. Returns: 0. */
int command_help(const struct command *self);

/** Say one line on standard error: "hallmark: …". */
void command_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** Say why a document cannot be hashed: its code, the sentence and the detail.
 *  Returns: VERDICT_EXIT_NO_DOCUMENT. */
enum verdict_exit command_refuse(const char *path, enum reason reason, const char *detail);

/** The exit code for a file that cannot be read (ERR_NOT_FOUND, ERR_IO: 66), is malformed (64) or a
 *  failure of the machine or the network (2). */
enum verdict_exit command_exit(enum err_code code);

/** Write a whole file so that it is there complete or not at all. Returns: ERR_OK; ERR_IO. */
enum err_code command_write_file(const char *path, const char *data, size_t len, struct err *e)
    __attribute__((warn_unused_result));

#endif
