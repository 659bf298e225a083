/* Completion scripts for hallmarkctl, written from the table of commands: bash, zsh, fish. */
#ifndef DAEMON_CTL_COMPLETION_H
#define DAEMON_CTL_COMPLETION_H

#include "daemon/ctl/commands.h"

/** hallmarkctl completion SHELL: print the script. Returns: the exit code; 64 for another shell. */
int completion_run(struct commands_line *line);

#endif
