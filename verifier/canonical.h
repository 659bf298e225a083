/* `hallmark canonize`: print the canonical form of a credential, the text that its hash is made of. */
#ifndef VERIFIER_CANONICAL_H
#define VERIFIER_CANONICAL_H

#include "verifier/command.h"

extern const struct command canonical_command;

#endif
