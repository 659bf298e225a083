/* `hallmark audit`: replay every record of an issuer against the chain. */
#ifndef VERIFIER_AUDIT_AUDIT_H
#define VERIFIER_AUDIT_AUDIT_H

#include "verifier/command.h"

extern const struct command audit_command;

#endif
