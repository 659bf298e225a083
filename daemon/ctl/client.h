/* The commands of hallmarkctl that ask a running daemon over its control socket, and how their answers
 * are shown to people. */
#ifndef DAEMON_CTL_CLIENT_H
#define DAEMON_CTL_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

struct client_options {
    const char *socket; /* path */
    bool json;          /* print the daemon's answer as it is */
};

/** Ask and print.
 *
 *  In:      command, hashes, n_hashes, final, timeout_s  as control.h has them; timeout_s 0: for ever
 *  Returns: the exit code: 0; 1 the daemon says no, or not in time (its words are on standard error);
 *           69 (EX_UNAVAILABLE) there is no daemon; 77 (EX_NOPERM) not allowed.
 */
int client_run(const struct client_options *options, const char *command, char *const *hashes, unsigned n_hashes,
               bool final, uint64_t timeout_s);

#endif
