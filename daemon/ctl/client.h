/* The commands of hallmarkctl that ask a running daemon over its control socket, and how their answers
 * are shown to people. */
#ifndef DAEMON_CTL_CLIENT_H
#define DAEMON_CTL_CLIENT_H

#include <stdbool.h>

#include <jansson.h>

#include "common/err.h"

struct client_options {
    const char *socket; /* path */
    bool json;          /* print the daemon's answer as it is */
};

/** Ask and print.
 *
 *  In:      command  the table of control.c has it
 *           members  what the request holds beside "command"; taken; NULL: nothing
 *           waits    the answer may take for ever
 *  Returns: the exit code: 0; 1 the daemon says no, or not in time (its words are on standard error);
 *           69 (EX_UNAVAILABLE) there is no daemon; 77 (EX_NOPERM) not allowed.
 */
int client_run(const struct client_options *options, const char *command, json_t *members, bool waits);

#endif
