/* How far a text goes before a byte that matters: long texts (images inside of credentials) are mostly made of
 * bytes that do not, and sixty-four of them are looked at at once. */
#ifndef VERIFIER_RDF_SPAN_H
#define VERIFIER_RDF_SPAN_H

#include <stdbool.h>

#include "common/bytes.h"

/** How many bytes at the beginning of a text are of no class in `classes`.
 *
 *  In:  table  class bits of each byte value. Letters, digits and ! # $ % & ' ( ) * + , - . / : ; = ? @ [ ] _
 *              must have none of `classes`: where there is nothing else they are not looked up. */
size_t span_without(struct slice text, const uint8_t table[static 256], uint8_t classes);

/** The same in a way that is chosen: for tests. In: avx2  only where span_has_avx2(). */
size_t span_without_by(bool avx2, struct slice text, const uint8_t table[static 256], uint8_t classes);
bool span_has_avx2(void);

#endif
