/* Badges baked into PNG files: the text of an iTXt chunk (plain or compressed), a tEXt or a zTXt chunk with
 * the keyword "openbadges" (Open Badges 1 and 2) or "openbadgecredential" (3.0). Pure.
 *
 * Only chunks are walked and only the badge's own checksum is looked at: the pixels prove nothing. Source:
 * PNG (third edition) section 11.3.3, Open Badges 2.0 Baking, Open Badges 3.0 section 5.3.2. */
#ifndef VERIFIER_WRAP_PNG_H
#define VERIFIER_WRAP_PNG_H

#include <stdbool.h>

#include "common/bytes.h"
#include "common/text.h"
#include "verifier/wrap/badge.h"

/** True if it begins like one. */
bool png_is(struct slice file);

/** Take the badge out.
 *  Out: out  the text is appended if there is one: JSON, a compact token, or the URL of an assertion */
enum badge_answer png_badge(struct text *out, struct slice file);

#endif
