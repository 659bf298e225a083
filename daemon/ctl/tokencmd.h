/* hallmarkctl token create, list, revoke: the file of tokens that [http] tokens_file names. Only hashes are
 * stored; a token is shown once, when it is made. Comments and other lines stay as they are.
 *
 * A change is whole or not at all: a new file beside the old one takes its place, with its owner and mode
 * (a first file: 0640 and the group of its folder, so that the daemon can read it). Two at a time take
 * turns. Then a running daemon is asked to read its settings again.
 *
 * Returns, all three: the exit code: 0; 1 with the reason on standard error; 64 for a bad name, scope or rate.
 */
#ifndef DAEMON_CTL_TOKENCMD_H
#define DAEMON_CTL_TOKENCMD_H

#include "daemon/ctl/commands.h"

int tokencmd_create(struct commands_line *line);
int tokencmd_list(struct commands_line *line);
int tokencmd_revoke(struct commands_line *line);

#endif
