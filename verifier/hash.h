/* `hallmark hash`: print the credential hash of files, without telling anybody. */
#ifndef VERIFIER_HASH_H
#define VERIFIER_HASH_H

#include "verifier/command.h"
#include "verifier/document.h"

extern const struct command hash_command;

/** The credential hash of one file for `hash` and `submit`, or a complaint on standard error.
 *  In:      as_bytes  whatever it is, its rule is "bytes"
 *  Returns: 0; VERDICT_EXIT_NO_FILE, VERDICT_EXIT_NO_DOCUMENT. */
enum verdict_exit hash_of_file(struct hash32 *ret, enum proof_rule *ret_rule, const char *path,
                               struct canonize *contexts, bool as_bytes);

#endif
