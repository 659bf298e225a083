/* What is wrong with a file that holds no credential we can read, in terms of what people do to files: a
 * screenshot, a scan, a link, text that went through a mail program, a web page or a word processor. Pure.
 *
 * It never says forged: what a mangled text once was, nobody can know. */
#ifndef VERIFIER_WRAP_DIAGNOSE_H
#define VERIFIER_WRAP_DIAGNOSE_H

#include "common/bytes.h"
#include "verifier/reasons.h"

/** Look at a file that has no proof, or that did not parse.
 *  Returns: the reason to give; REASON_GENUINE if there is nothing to say about it. */
enum reason diagnose_file(struct slice file);

#endif
