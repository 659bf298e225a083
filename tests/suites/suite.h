/* What the conformance runners share: counting, reading the files of a suite, the last line.
 *
 * Every failure is printed as it is found; the last line is `passed P failed F skipped S missing M`
 * and the exit code is 0 only if F = M = 0.
 */
#ifndef TESTS_SUITES_SUITE_H
#define TESTS_SUITES_SUITE_H

#include <stdbool.h>

#include "common/bytes.h"

struct suite {
    const char *dir; /* folder that the names of files stand for */
    unsigned passed, failed, skipped, missing;
};

void suite_pass(struct suite *s);
void suite_fail(struct suite *s, const char *id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void suite_skip(struct suite *s, const char *id, const char *why);

/** Read a whole file of the suite, NUL-terminated.
 *  Returns: false if it cannot be read; it is then named and counted as missing.
 *  Owner:   the caller frees ret->data. */
bool suite_read(struct suite *s, const char *name, struct slice *ret);

/** Whether two texts are the same; if not, print the first line in which they differ and count. */
bool suite_expect(struct suite *s, const char *id, struct slice got, struct slice expected);

/** Print the last line. Returns: the exit code. */
int suite_end(const struct suite *s);

#endif
