/* `hallmark verify`: check files with their proofs and say what follows. */
#ifndef VERIFIER_VERIFY_H
#define VERIFIER_VERIFY_H

#include "verifier/command.h"

extern const struct command verify_command;

#endif
