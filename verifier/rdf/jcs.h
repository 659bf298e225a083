/* JCS (RFC 8785): the one text of a JSON value; a text as it came; and the ECMAScript form of a number. */
#ifndef VERIFIER_RDF_JCS_H
#define VERIFIER_RDF_JCS_H

#include "verifier/rdf/jdoc.h"

enum jcs_numbers {
    JCS_ANY_NUMBER,    /* every finite double, as RFC 8785 has it */
    JCS_EXACT_INTEGER, /* a number written as an integer must lie within ±(2^53 − 1): beyond it,
                          several texts mean one double, and a signature would cover them all */
};

#define JCS_NUMBER_MAX 32 /* bytes that any number fits in */

/** Write a value.
 *  Out:     ret  in the arena
 *  Returns: ERR_OK; ERR_INVALID an integer beyond the exact range; ERR_LIMIT no memory.
 *  Depth:   that of the value, which the parser limits. */
enum err_code jcs_write(struct arena *arena, const struct jdoc *value, enum jcs_numbers numbers,
                        struct slice *ret, struct err *e) __attribute__((warn_unused_result));

/** Write a value without spaces, its members in the order that they have, numbers as they were written.
 *  In:      value  parsed
 *  Out:     ret    in the arena
 *  Returns: ERR_OK; ERR_LIMIT no memory. */
enum err_code jcs_write_as_it_came(struct arena *arena, const struct jdoc *value, struct slice *ret,
                                   struct err *e) __attribute__((warn_unused_result));

/** Write a finite number as ECMAScript's Number::toString does: the fewest digits that read back as
 *  the same double. -0 is "0". The locale does not matter.
 *  Returns: the length; no NUL is written. */
size_t jcs_number(char text[static JCS_NUMBER_MAX], double value);

/** Order of UTF-16 code units of two UTF-8 texts: that of bytes, but for U+10000 and above, which
 *  come before U+E000 to U+FFFF. Returns: negative, 0 or positive. */
int jcs_compare(struct slice x, struct slice y);

#endif
