/* `hallmark submit`: send the credential hashes of files to a node, wait, and keep the proofs.
 *
 * Happy path: hash every file here; POST the hashes (one request for up to 10,000); with --wait or -o
 * ask GET /v1/proofs for one file after the other until it is there (and final), check it, write it.
 * A credential whose proof is final also gets a copy that carries it inside, for Blockcerts verifiers.
 * Failures: a file that cannot be read is named and left out, the others go on; a node that refuses or
 * goes away ends the run with what it said; a proof that does not fit its file is never written. */
#ifndef VERIFIER_SUBMIT_H
#define VERIFIER_SUBMIT_H

#include "verifier/command.h"

extern const struct command submit_command;

#endif
